package sqlite

import (
	"context"
	"database/sql/driver"
	"sync/atomic"
	"time"

	"vialog/relay/internal/store"
	"vialog/relay/internal/store/queue"
	"vialog/shared/wire"
)

const (
	groupOps   = 1024    // changes committed at once, at most
	groupBytes = 8 << 20 // of box data committed at once, beyond which no further change is taken in
	cacheLimit = 8192    // channels whose state the writer remembers
	sweepBoxes = 64      // rows of deleted channels taken out at a time

	// checkpointPages is how far the log grows, as the writer estimates it,
	// before it is copied into the file.
	checkpointPages = 8000
)

// An op is one change that somebody waits for.
type op = queue.Op[*tx, struct{}]

// A writer is the only one to change the file in this process. It collects the
// changes that are pending, commits them together, and only then answers.
type writer struct {
	tx    tx
	ops   *queue.Queue[*tx, struct{}]
	ended chan struct{}

	sweeping bool           // there may be graves
	written  int            // pages of the log since the last checkpoint, estimated
	due      chan struct{}  // tells the checkpointer to start
	finish   chan chan bool // asks for the rest of a checkpoint between two commits

	observer atomic.Pointer[func(changes int, took time.Duration)] // of commits
}

func newWriter(c *conn) *writer {
	return &writer{
		tx:       tx{conn: c},
		ops:      queue.New[*tx, struct{}](groupOps, groupBytes),
		ended:    make(chan struct{}),
		sweeping: true,
		due:      make(chan struct{}, 1),
		finish:   make(chan chan bool),
	}
}

// do has run executed and committed, as the queue promises.
func (w *writer) do(ctx context.Context, size int, run func(*tx) error) error {
	return w.ops.Do(ctx, size, struct{}{}, run)
}

// close lets what is pending be committed, and ends.
func (w *writer) close() {
	w.ops.Close()
	<-w.ended
}

func (w *writer) loop() {
	defer close(w.ended)
	group := make([]*op, 0, groupOps)
	for {
		var first *op
		var ok bool
		if w.sweeping {
			select {
			case first, ok = <-w.ops.Next():
			case c := <-w.finish:
				c <- w.tx.checkpoint()
				continue
			default:
				w.sweeping = w.sweep()
				continue
			}
		} else {
			select {
			case first, ok = <-w.ops.Next():
			case c := <-w.finish:
				c <- w.tx.checkpoint()
				continue
			}
		}
		if !ok {
			return
		}
		group = w.ops.Collect(group, first)
		w.commit(group)
		select {
		case c := <-w.finish:
			c <- w.tx.checkpoint()
		default:
		}
	}
}

// commit runs the group in one transaction. If the disk fails, nothing of the
// group is kept and everyone in it is told so.
func (w *writer) commit(group []*op) {
	began := time.Now()
	err := w.tx.atomically(func() error {
		for _, o := range group {
			ran := o.Run(&w.tx)
			if err := w.tx.failed; err != nil {
				return err
			}
			if ran {
				w.written += 2 + o.Size/3000
			}
		}
		w.sweeping = w.sweeping || w.tx.buried
		return w.tx.counts()
	})
	if err != nil {
		w.tx.forget()
	} else if observe := w.observer.Load(); observe != nil {
		(*observe)(len(group), time.Since(began))
	}
	for _, o := range group {
		o.Finish(err)
	}
	w.checkpointWhenDue()
}

func (w *writer) checkpointWhenDue() {
	if w.written >= checkpointPages {
		select {
		case w.due <- struct{}{}:
			w.written = 0
		default: // one is running already
		}
	}
}

// sweep takes out some rows of deleted channels and reports whether there are more.
func (w *writer) sweep() (more bool) {
	t := &w.tx
	ch, _ := t.number(`SELECT ch FROM graves LIMIT 1`)
	if ch == 0 {
		return false
	}
	err := t.atomically(func() error {
		n, _ := t.exec(`DELETE FROM boxes WHERE n IN (SELECT n FROM boxes WHERE ch = ?1 LIMIT ?2)`, ch, int64(sweepBoxes))
		if n < sweepBoxes {
			t.exec(`DELETE FROM notes WHERE ch = ?`, ch)
			t.exec(`DELETE FROM graves WHERE ch = ?`, ch)
		}
		return t.failed
	})
	w.written += 4 * sweepBoxes
	if err != nil {
		t.forget()
		return false // the next deletion, or the next start, tries again
	}
	w.checkpointWhenDue()
	return true
}

// A tx is the transaction of one group. It remembers the state of channels and
// tenants from one group to the next, for as long as nobody else has written
// to the file, and writes what tenants count once per group.
type tx struct {
	*conn
	channels map[wire.Channel]*channel
	tenants  map[wire.TenantID]*tenant
	changed  []*tenant
	buried   bool // a channel was deleted
}

type channel struct {
	n int64
	store.Channel
	noted uint64 // of Bytes, those of notes
	day   int64  // on which it was last written to
}

type tenant struct {
	store.Tenant
	changed bool
}

func (t *tx) forget() {
	t.channels = map[wire.Channel]*channel{}
	t.tenants = map[wire.TenantID]*tenant{}
	t.changed = nil
}

// counts writes what changed of tenants, at the end of a group.
func (t *tx) counts() error {
	for _, n := range t.changed {
		n.changed = false
		if _, err := t.exec(`UPDATE tenants SET channels = ?2, bytes = ?3 WHERE id = ?1`,
			n.ID[:], int64(n.Channels), int64(n.Bytes)); err != nil {
			return err
		}
	}
	t.changed = t.changed[:0]
	return nil
}

// channel returns the state of a channel, nil if there is none.
func (t *tx) channel(id wire.Channel) (*channel, error) {
	if c, ok := t.channels[id]; ok {
		return c, nil
	}
	var c *channel
	err := t.query(context.Background(), selectChannels+` WHERE c.id = ?`, func(r []driver.Value) error {
		v, err := scanChannel(r)
		c = &v
		return err
	}, id[:])
	if err != nil {
		return nil, err
	}
	if c != nil {
		t.channels[id] = c
	}
	return c, nil
}

// tenant returns the state of a tenant, nil if there is none.
func (t *tx) tenant(id wire.TenantID) (*tenant, error) {
	if n, ok := t.tenants[id]; ok {
		return n, nil
	}
	var n *tenant
	err := t.query(context.Background(), selectTenants+` WHERE id = ?`, func(r []driver.Value) error {
		v, err := scanTenant(r)
		n = &tenant{Tenant: v}
		return err
	}, id[:])
	if err != nil {
		return nil, err
	}
	if n != nil {
		t.tenants[id] = n
	}
	return n, nil
}

// count changes how much a tenant has.
func (t *tx) count(n *tenant, channels int, bytes int64) {
	n.Channels += channels
	n.Bytes = uint64(int64(n.Bytes) + bytes)
	if !n.changed {
		n.changed = true
		t.changed = append(t.changed, n)
	}
}

// set writes what an administrator changed of a tenant.
func (t *tx) set(n *tenant, a store.Audit) error {
	if _, err := t.exec(`UPDATE tenants SET name = ?2, key = ?3, state = ?4, max_channels = ?5, max_bytes = ?6, code_expires = ?7, code_hash = ?8,
		contact = ?9, requester = ?10, approver = ?11, approved = ?12, reviewed = ?13, review = ?14, ends = ?15, wiped = ?16 WHERE id = ?1`,
		n.ID[:], n.Name, n.Key[:], int64(n.State), int64(n.MaxChannels), int64(n.MaxBytes), seconds(n.CodeExpires), codeOf(n.Tenant),
		n.Contact, n.Requester, n.Approver, seconds(n.Approved), seconds(n.Reviewed), seconds(n.Review), seconds(n.Ends), seconds(n.Wiped)); err != nil {
		return err
	}
	return t.record(a)
}

// codeOf returns the hash of a tenant's code, NULL if it has none.
func codeOf(n store.Tenant) driver.Value {
	if n.CodeHash == [32]byte{} {
		return nil
	}
	return n.CodeHash[:]
}

// record adds to the audit log.
func (t *tx) record(a store.Audit) error {
	last, err := t.lastAudit()
	if err != nil {
		return err
	}
	a = a.Following(last)
	_, err = t.exec(`INSERT INTO audits (n, time, actor, act, subject, detail, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		int64(a.Index), a.Time.UnixMilli(), a.Actor, a.Act, a.Subject, a.Detail, a.Prev[:], a.Hash[:])
	return err
}

// lastAudit returns the newest record, the zero Audit if there is none.
func (t *tx) lastAudit() (last store.Audit, err error) {
	err = t.query(context.Background(), selectAudits+` ORDER BY n DESC LIMIT 1`, func(r []driver.Value) (err error) {
		last, err = scanAudit(r)
		return err
	})
	return last, err
}

// growth returns what boxes would add to the bytes of c.
func (t *tx) growth(c *channel, boxes []wire.Box) (uint64, error) {
	var n uint64
	fresh := map[wire.BoxID]bool{}
	for _, b := range boxes {
		if fresh[b.ID] {
			continue
		}
		fresh[b.ID] = true
		pos, err := t.position(c, b.ID)
		if err != nil {
			return 0, err
		}
		if pos == 0 {
			n += uint64(len(b.Data))
		}
	}
	return n, nil
}

// position returns where c holds a box, 0 if it does not.
func (t *tx) position(c *channel, id wire.BoxID) (uint64, error) {
	pos, err := t.number(`SELECT pos FROM boxes WHERE ch = ? AND id = ?`, c.n, id[:])
	return uint64(pos), err
}

// add stores the boxes that c does not hold yet and returns where each is.
func (t *tx) add(c *channel, n *tenant, boxes []wire.Box) ([]uint64, error) {
	out := make([]uint64, len(boxes))
	var grown int64
	for i, b := range boxes {
		data := b.Data
		if data == nil {
			data = []byte{}
		}
		rows, err := t.exec(`INSERT INTO boxes (ch, pos, held, id, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT (ch, id) DO NOTHING`,
			c.n, int64(c.Head+1), int64(c.Bytes-c.noted)+int64(len(data)), b.ID[:], data)
		if err != nil {
			return nil, err
		}
		if rows == 0 {
			if out[i], err = t.position(c, b.ID); err != nil {
				return nil, err
			}
			continue
		}
		c.Head++
		c.Bytes += uint64(len(data))
		grown += int64(len(data))
		out[i] = c.Head
		if err := t.touch(c); err != nil {
			return nil, err
		}
	}
	if grown > 0 {
		t.count(n, 0, grown)
	}
	return out, nil
}

// touch notes the day on which c was last written to: one change of its row a
// day, and nothing finer.
func (t *tx) touch(c *channel) error {
	today := store.Day(time.Now())
	if c.day >= today {
		return nil
	}
	c.day = today
	_, err := t.exec(`UPDATE channels SET day = ?2 WHERE n = ?1`, c.n, today)
	return err
}

// bury deletes a channel. Its boxes are out of reach at once.
func (t *tx) bury(c *channel) error {
	n, err := t.tenant(c.Tenant)
	if err != nil {
		return err
	}
	if n == nil {
		return t.fail(errRow)
	}
	if _, err := t.exec(`DELETE FROM channels WHERE n = ?`, c.n); err != nil {
		return err
	}
	if _, err := t.exec(`INSERT INTO graves (ch) VALUES (?)`, c.n); err != nil {
		return err
	}
	delete(t.channels, c.ID)
	t.count(n, -1, -int64(c.Bytes))
	t.buried = true
	return nil
}
