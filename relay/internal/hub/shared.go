package hub

import (
	"encoding/binary"
	"errors"
	"slices"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// A hub whose log is shared with others keeps what it knows of a channel only
// until it is told of a change, and asks the log whenever a key decides: who
// opens, rotates, cedes or deletes is judged by the key in force at all hubs.
// Boxes go to a follower only up to the head that was read together with the
// key: so nobody gets what came with or after a rotation at another hub,
// however late the news of it is. Appends are judged by the log itself.
//
// While it is blind, a hub trusts nothing that it remembers.

// Changed says that another hub changed a channel whose identifier begins with mark.
func (h *Hub) Changed(mark uint64) {
	h.mu.Lock()
	some := slices.Clone(h.marked[mark])
	for _, ch := range some {
		ch.refs.Add(1)
	}
	h.mu.Unlock()
	for _, ch := range some {
		ch.doubt(func() {})
		ch.release()
	}
}

// looks is how many channels are looked at together when all are.
const looks = 16

// Blind says whether changes by other hubs go untold. Once they no longer do,
// all that clients have open is looked at again.
func (h *Hub) Blind(blind bool) {
	if h.blind.Swap(blind); blind {
		return
	}
	h.mu.Lock()
	all := make([]*channel, 0, len(h.channels))
	for _, ch := range h.channels {
		ch.refs.Add(1)
		all = append(all, ch)
	}
	h.mu.Unlock()
	for _, ch := range all { // at once, although looking takes a while
		ch.mu.Lock()
		ch.loaded = false
		ch.mu.Unlock()
	}
	go func() {
		room := make(chan struct{}, looks)
		for _, ch := range all {
			room <- struct{}{}
			ch.doubt(func() { <-room })
			ch.release()
		}
	}()
}

// mark and unmark keep the second index. Called with mu held.
func (h *Hub) mark(ch *channel) {
	if h.shared {
		m := binary.BigEndian.Uint64(ch.id[:])
		h.marked[m] = append(h.marked[m], ch)
	}
}

func (h *Hub) unmark(ch *channel) {
	if !h.shared {
		return
	}
	m := binary.BigEndian.Uint64(ch.id[:])
	rest := slices.DeleteFunc(h.marked[m], func(one *channel) bool { return one == ch })
	if len(rest) == 0 {
		delete(h.marked, m)
		return
	}
	h.marked[m] = rest
}

// doubt makes the hub look at the channel again, in its lane, and calls then.
func (ch *channel) doubt(then func()) {
	ch.mu.Lock()
	ch.loaded = false
	due := !ch.looking
	ch.looking = true
	ch.mu.Unlock()
	if !due {
		then()
		return
	}
	ch.submit(job{do: func() {
		ch.look()
		then()
	}}, false)
}

// look brings what the hub knows, and its members, to what the log has.
func (ch *channel) look() {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	ch.looking = false
	if len(ch.members) == 0 {
		return // whoever comes next asks
	}
	switch err := ch.load(); {
	case errors.Is(err, store.ErrNoChannel):
		ch.endGone()
	case err != nil:
		ch.h.logger.Warn("a channel could not be looked at; will try again", "err", err) // tidy does
	}
}

// endGone tells the members of a channel that is no longer there why. Called with mu held.
func (ch *channel) endGone() {
	code := wire.Deleted
	if ch.expired(ch.h.now()) {
		code = wire.Expired
	}
	ch.endLocked(code)
}

// fresh is load where a key decides. Called with mu held.
func (ch *channel) fresh() error {
	if ch.h.shared {
		ch.loaded = false
	}
	return ch.load()
}
