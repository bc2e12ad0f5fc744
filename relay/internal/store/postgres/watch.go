package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"vialog/shared/wire"
)

const (
	// notifyBytes is below what PostgreSQL takes as one notification.
	notifyBytes = 7000

	listenEvery  = 5 * time.Second // without news the server is asked whether it is there
	listenWithin = 5 * time.Second
	listenPause  = 200 * time.Millisecond // before dialling again; grows
	listenLimit  = 2 * time.Second
)

// ErrAnother reports a database that was exchanged for another one, or marked
// as restored, while the relay was serving: what its clients were told is of
// the one before.
var ErrAnother = errors.New("the database is another one than when the relay was started: start it again")

// A Watcher is told what other nodes change. Its functions return soon.
type Watcher struct {
	// Channel has changed: one whose identifier begins with mark.
	Channel func(mark uint64)
	// Tenants have changed.
	Tenants func()
	// Blind says that changes go untold from now on, or that they are told of
	// again and anything may have changed meanwhile. It begins blind.
	Blind func(blind bool)
	// Failed gets an error that begins a time of being blind.
	Failed func(error)
}

// Watch tells w what other nodes change, until ctx ends (nil) or the database
// is another one (ErrAnother).
func (s *Store) Watch(ctx context.Context, w Watcher) error {
	pause := listenPause
	for {
		err := s.listen(ctx, w, func() { pause = listenPause })
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, ErrAnother) {
			return err
		}
		w.Blind(true)
		if pause == listenPause {
			w.Failed(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, listenLimit)
	}
}

func (s *Store) listen(ctx context.Context, w Watcher, begun func()) error {
	c, err := s.address.dial(ctx, listening)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		c.Close(closing)
	}()
	if _, err := c.Exec(ctx, `LISTEN `+pgx.Identifier{s.topic}.Sanitize()); err != nil {
		return classify(err)
	}
	switch id, err := identify(ctx, c, s.address.schema); {
	case err != nil && !errors.Is(err, ErrNone):
		return classify(err)
	case err != nil || id != s.id:
		return ErrAnother
	}
	w.Blind(false)
	w.Tenants()
	begun()
	for {
		waiting, cancel := context.WithTimeout(ctx, listenEvery)
		n, err := c.WaitForNotification(waiting)
		late := waiting.Err() != nil
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			if err := s.hear(w, n.Payload); err != nil {
				return err
			}
			continue
		case !late || c.IsClosed():
			return classify(err)
		}
		asking, cancel := context.WithTimeout(ctx, listenWithin)
		err = c.Ping(asking)
		cancel()
		if err != nil {
			return classify(err)
		}
	}
}

// news is what a group changed, for other nodes. A text of it has the number of
// the node that tells, then "t" for tenants, "r" for a store that was marked as
// restored, and the marks of channels, each in 16 hexadecimal digits.
type news struct {
	tenants  bool
	restored bool
	marks    map[uint64]struct{}
}

// Mark is what a channel's identifier begins with, as a number: all that a
// notification says of it.
func Mark(id wire.Channel) uint64 { return binary.BigEndian.Uint64(id[:]) }

func (n *news) channel(id wire.Channel) {
	if n.marks == nil {
		n.marks = map[uint64]struct{}{}
	}
	n.marks[Mark(id)] = struct{}{}
}

func (n *news) texts(node uint64) (out []string) {
	head := fmt.Appendf(nil, "%016x", node)
	b := head[:len(head):len(head)]
	add := func(word string) {
		if len(b)+len(word)+1 > notifyBytes {
			out = append(out, string(b))
			b = head[:len(head):len(head)]
		}
		b = append(append(b, ' '), word...)
	}
	if n.tenants {
		add("t")
	}
	if n.restored {
		add("r")
	}
	for m := range n.marks {
		add(fmt.Sprintf("%016x", m))
	}
	if len(b) > len(head) {
		out = append(out, string(b))
	}
	return out
}

// hear passes on what another node told. A text that cannot be read may mean
// anything: then the listener begins anew, and everything is looked at again.
func (s *Store) hear(w Watcher, text string) error {
	words := strings.Split(text, " ")
	if words[0] == fmt.Sprintf("%016x", s.node.Load()) {
		return nil
	}
	for _, word := range words[1:] {
		switch {
		case word == "t":
			w.Tenants()
		case word == "r":
			return ErrAnother
		default:
			mark, err := strconv.ParseUint(word, 16, 64)
			if err != nil || len(word) != 16 {
				return errors.New("database: a notification that no node has sent")
			}
			w.Channel(mark)
		}
	}
	return nil
}
