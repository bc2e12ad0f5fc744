package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"vialog/relay/internal/store"
	"vialog/relay/internal/store/queue"
	"vialog/shared/wire"
)

const (
	groupOps   = 1024    // changes committed at once, at most
	groupBytes = 8 << 20 // of box data committed at once, beyond which no further change is taken in
)

// A need is what an append will look at, so that all of a group is fetched at once.
type need struct {
	channel wire.Channel
	boxes   []wire.Box
}

type (
	op     = queue.Op[*tx, *need]
	opened = pgx.Conn
)

// A writer is the only one to change the store in this process. It collects the
// changes that are pending, commits them together, and only then answers.
//
// Each group holds the store's advisory lock until it is on disk: the groups of
// all nodes happen one after the other. That makes quotas, tickets, positions
// and the order of the audit log exact without anything else. A group of appends
// costs two round trips, however many are in it.
type writer struct {
	s     *Store
	ops   *queue.Queue[*tx, *need]
	conn  *opened // nil: to be dialled
	ended chan struct{}

	observer atomic.Pointer[func(changes int, took time.Duration)] // of commits
}

func newWriter(s *Store, c *opened) *writer {
	return &writer{s: s, ops: queue.New[*tx, *need](groupOps, groupBytes), conn: c, ended: make(chan struct{})}
}

// close lets what is pending be committed, and ends.
func (w *writer) close() {
	w.ops.Close()
	<-w.ended
}

func (w *writer) loop() {
	defer close(w.ended)
	group := make([]*op, 0, groupOps)
	for first := range w.ops.Next() {
		group = w.ops.Collect(group, first)
		w.commit(group)
		clear(group)
	}
	w.hangUp()
}

func (w *writer) hangUp() {
	if w.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		w.conn.Close(ctx)
		w.conn = nil
	}
}

// commit runs the group in one transaction. If that fails, nothing of the group
// is kept and everyone in it is told so.
func (w *writer) commit(group []*op) {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	began := time.Now()
	t, err := w.begin(ctx, group)
	if err == nil {
		for _, o := range group {
			if o.Run(t); t.failed != nil {
				break
			}
		}
		if err = t.failed; err == nil {
			err = t.commit()
		}
		if err != nil {
			err = w.abandon(t, err)
		}
	}
	if observe := w.observer.Load(); err == nil && observe != nil {
		(*observe)(len(group), time.Since(began))
	}
	for _, o := range group {
		o.Finish(err)
	}
	if err == nil && t.buried {
		w.s.sweepSoon()
	}
}

// begin begins a transaction. A connection that has died meanwhile is replaced:
// nothing was asked of it.
func (w *writer) begin(ctx context.Context, group []*op) (*tx, error) {
	for {
		fresh := w.conn == nil
		if fresh {
			c, err := w.s.address.dial(ctx, writing)
			if err != nil {
				return nil, err
			}
			w.conn = c
		}
		t := &tx{ctx: ctx, conn: w.conn, store: w.s, channels: map[wire.Channel]*channel{}, tenants: map[wire.TenantID]*tenant{}, at: map[place]uint64{}}
		err := t.begin(group)
		if err == nil {
			return t, nil
		}
		dead := w.conn.IsClosed()
		w.rollback(ctx)
		if fresh || !dead {
			return nil, classify(err)
		}
	}
}

func (w *writer) rollback(ctx context.Context) {
	if w.conn == nil || w.conn.IsClosed() {
		w.conn = nil
		return
	}
	if _, err := w.conn.Exec(ctx, `ROLLBACK`); err != nil {
		w.hangUp()
	}
}

// abandon ends t, which failed, and returns why. Where the answer to COMMIT got
// lost nobody can say yet what became of it: a server that died may give the
// transaction's number to another one. Whoever asked then asks again, and finds
// what is there. Should it be committed after all, its news are to reach our
// own hub, too: so they must not count as our own.
func (w *writer) abandon(t *tx, err error) error {
	if !w.conn.IsClosed() {
		w.rollback(t.ctx)
		return classify(err)
	}
	w.conn = nil
	if t.committing {
		w.s.node.Store(newNode())
		return fmt.Errorf("%w; it is not known whether the last changes are there", classify(err))
	}
	return classify(err)
}

// A place is where a box might be.
type place struct {
	ch int64
	id wire.BoxID
}

type tenant struct {
	store.Tenant
	changed bool
}

// A tx is the transaction of one group. It remembers what it has looked at, and
// keeps boxes and counts back to write them all at once.
type tx struct {
	ctx   context.Context
	conn  *opened
	store *Store

	committing bool // COMMIT may have reached the server
	failed     error

	channels map[wire.Channel]*channel // nil: there is none
	tenants  map[wire.TenantID]*tenant // nil: there is none
	at       map[place]uint64          // 0: not there
	changed  []*tenant
	buried   bool // a channel was deleted
	told     news

	today []int64 // channels whose day is not yet written

	// boxes not yet written, by column
	ch, pos, held []int64
	ids, data     [][]byte
}

// fail remembers that the transaction is of no use any more: the server refuses
// all that follows an error.
func (t *tx) fail(err error) error {
	err = classify(err)
	if t.failed == nil {
		t.failed = err
	}
	return err
}

// begin takes the lock, and fetches what the group's appends will look at.
func (t *tx) begin(group []*op) error {
	seen := map[wire.Channel]bool{}
	var channels, of, ids [][]byte
	for _, o := range group {
		n := o.Hint
		if n == nil {
			continue
		}
		if !seen[n.channel] {
			seen[n.channel] = true
			channels = append(channels, n.channel[:])
		}
		for i := range n.boxes {
			of, ids = append(of, n.channel[:]), append(ids, n.boxes[i].ID[:])
		}
	}
	b := &pgx.Batch{}
	// Not repeatable read: what is fetched after the lock is to be what others
	// committed before it.
	b.Queue(`BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE`)
	b.Queue(`SELECT pg_advisory_xact_lock($1, $2)`, lockClass, t.store.number)
	if len(channels) > 0 {
		b.Queue(selectChannels+` WHERE c.id = ANY ($1)`, channels)
		b.Queue(selectTenants+` WHERE id = ANY (SELECT tenant FROM channels WHERE id = ANY ($1))`, channels)
		b.Queue(`SELECT c.n, b.id, b.pos FROM unnest($1::bytea[], $2::bytea[]) AS q (channel, id)
			JOIN channels c ON c.id = q.channel
			CROSS JOIN LATERAL (SELECT id, pos FROM boxes WHERE ch = c.n AND id = q.id LIMIT 1) b`, of, ids)
	}
	r := t.conn.SendBatch(t.ctx, b)
	defer r.Close()
	for range 2 {
		if _, err := r.Exec(); err != nil {
			return err
		}
	}
	if len(channels) == 0 {
		return r.Close()
	}
	rows, err := r.Query()
	if err != nil {
		return err
	}
	found, err := pgx.CollectRows(rows, scanChannel)
	if err != nil {
		return err
	}
	for _, c := range found {
		t.channels[c.ID] = c
	}
	for id := range seen {
		if t.channels[id] == nil {
			t.channels[id] = nil
		}
	}
	if rows, err = r.Query(); err != nil {
		return err
	}
	tenants, err := pgx.CollectRows(rows, scanTenant)
	if err != nil {
		return err
	}
	for _, n := range tenants {
		t.tenants[n.ID] = &tenant{Tenant: n}
	}
	if rows, err = r.Query(); err != nil {
		return err
	}
	var p place
	var pos int64
	held := map[place]uint64{}
	if _, err := pgx.ForEachRow(rows, []any{&p.ch, exact(p.id[:]), &pos}, func() error {
		held[p] = uint64(pos)
		return nil
	}); err != nil {
		return err
	}
	for _, o := range group {
		if o.Hint == nil || t.channels[o.Hint.channel] == nil {
			continue
		}
		for i := range o.Hint.boxes {
			p := place{t.channels[o.Hint.channel].n, o.Hint.boxes[i].ID}
			t.at[p] = held[p]
		}
	}
	return r.Close()
}

// queue adds to b what was kept back, and returns b.
func (t *tx) queue(b *pgx.Batch) *pgx.Batch {
	if len(t.ch) > 0 {
		b.Queue(`INSERT INTO boxes (ch, pos, held, id, data)
			SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[])`, t.ch, t.pos, t.held, t.ids, t.data)
		t.ch, t.pos, t.held, t.ids, t.data = nil, nil, nil, nil, nil
	}
	if len(t.today) > 0 {
		b.Queue(`UPDATE channels SET day = $2 WHERE n = ANY ($1)`, t.today, store.Day(time.Now()))
		t.today = nil
	}
	return b
}

// flush writes what was kept back, before something looks for it.
func (t *tx) flush() error {
	b := t.queue(&pgx.Batch{})
	if b.Len() == 0 {
		return nil
	}
	if err := t.conn.SendBatch(t.ctx, b).Close(); err != nil {
		return t.fail(err)
	}
	return nil
}

func (t *tx) commit() error {
	b := t.queue(&pgx.Batch{})
	if len(t.changed) > 0 {
		var ids [][]byte
		var channels, bytes []int64
		for _, n := range t.changed {
			ids, channels, bytes = append(ids, n.ID[:]), append(channels, int64(n.Channels)), append(bytes, int64(n.Bytes))
		}
		b.Queue(`UPDATE tenants t SET channels = q.channels, bytes = q.bytes
			FROM unnest($1::bytea[], $2::bigint[], $3::bigint[]) AS q (id, channels, bytes) WHERE t.id = q.id`, ids, channels, bytes)
	}
	if texts := t.told.texts(t.store.node.Load()); len(texts) > 0 {
		b.Queue(`SELECT pg_notify($1, q) FROM unnest($2::text[]) AS q`, t.store.topic, texts)
	}
	b.Queue(`COMMIT`)
	t.committing = true
	r := t.conn.SendBatch(t.ctx, b)
	defer r.Close()
	for range b.Len() - 1 {
		if _, err := r.Exec(); err != nil {
			return err
		}
	}
	tag, err := r.Exec()
	if err == nil && tag.String() != "COMMIT" {
		err = errors.New("the server answered COMMIT with " + tag.String())
	}
	if err != nil {
		return err
	}
	return r.Close()
}

// exec runs a statement after what was kept back, and returns how many rows it changed.
func (t *tx) exec(q string, args ...any) (int64, error) {
	if err := t.flush(); err != nil {
		return 0, err
	}
	tag, err := t.conn.Exec(t.ctx, q, args...)
	if err != nil {
		return 0, t.fail(err)
	}
	return tag.RowsAffected(), nil
}

// rows returns what a query yields, after what was kept back is written.
func rows[R any](t *tx, scan pgx.RowToFunc[R], q string, args ...any) ([]R, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	r, err := t.conn.Query(t.ctx, q, args...)
	if err != nil {
		return nil, t.fail(err)
	}
	all, err := pgx.CollectRows(r, scan)
	if err != nil {
		return nil, t.fail(err)
	}
	return all, nil
}

// number returns the one number a query yields, 0 if it yields no row.
func (t *tx) number(q string, args ...any) (int64, error) {
	all, err := rows(t, pgx.RowTo[int64], q, args...)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return all[0], nil
}

// channel returns the state of a channel, nil if there is none.
func (t *tx) channel(id wire.Channel) (*channel, error) {
	if c, ok := t.channels[id]; ok {
		return c, nil
	}
	all, err := rows(t, scanChannel, selectChannels+` WHERE c.id = $1`, id[:])
	if err != nil {
		return nil, err
	}
	var c *channel
	if len(all) > 0 {
		c = all[0]
	}
	t.channels[id] = c
	return c, nil
}

// tenant returns the state of a tenant, nil if there is none.
func (t *tx) tenant(id wire.TenantID) (*tenant, error) {
	if n, ok := t.tenants[id]; ok {
		return n, nil
	}
	all, err := rows(t, scanTenant, selectTenants+` WHERE id = $1`, id[:])
	if err != nil {
		return nil, err
	}
	var n *tenant
	if len(all) > 0 {
		n = &tenant{Tenant: all[0]}
	}
	t.tenants[id] = n
	return n, nil
}

// both returns a channel and its tenant.
func (t *tx) both(id wire.Channel) (*channel, *tenant, error) {
	c, err := t.channel(id)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case c == nil:
		return nil, nil, store.ErrNoChannel
	case c.Erased():
		return nil, nil, store.ErrErased
	}
	n, err := t.tenant(c.Tenant)
	if err != nil {
		return nil, nil, err
	}
	if n == nil {
		return nil, nil, t.fail(errRow)
	}
	return c, n, nil
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
	if _, err := t.exec(`UPDATE tenants SET name = $2, key = $3, state = $4, max_channels = $5, max_bytes = $6, code_expires = $7, code_hash = $8,
		contact = $9, requester = $10, approver = $11, approved = $12, reviewed = $13, review = $14, ends = $15, wiped = $16 WHERE id = $1`,
		n.ID[:], []byte(n.Name), n.Key[:], int64(n.State), int64(n.MaxChannels), int64(n.MaxBytes), seconds(n.CodeExpires), orNull(n.CodeHash),
		[]byte(n.Contact), []byte(n.Requester), []byte(n.Approver), seconds(n.Approved), seconds(n.Reviewed), seconds(n.Review), seconds(n.Ends), seconds(n.Wiped)); err != nil {
		return err
	}
	return t.record(a)
}

// record adds to the audit log, and tells other nodes to look at the tenants again.
func (t *tx) record(a store.Audit) error {
	t.told.tenants = true
	last, err := t.lastAudit()
	if err != nil {
		return err
	}
	a = a.Following(last)
	_, err = t.exec(`INSERT INTO audits (n, time, actor, act, subject, detail, prev, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		int64(a.Index), a.Time.UnixMilli(), []byte(a.Actor), []byte(a.Act), []byte(a.Subject), []byte(a.Detail), a.Prev[:], a.Hash[:])
	return err
}

// lastAudit returns the newest record, the zero Audit if there is none.
func (t *tx) lastAudit() (last store.Audit, err error) {
	all, err := rows(t, scanAudit, selectAudits+` ORDER BY n DESC LIMIT 1`)
	if len(all) > 0 {
		last = all[0]
	}
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
	p := place{c.n, id}
	if pos, ok := t.at[p]; ok {
		return pos, nil
	}
	pos, err := t.number(`SELECT pos FROM boxes WHERE ch = $1 AND id = $2`, c.n, id[:])
	if err != nil {
		return 0, err
	}
	t.at[p] = uint64(pos)
	return uint64(pos), nil
}

// add keeps back the boxes that c does not hold yet and returns where each is.
func (t *tx) add(c *channel, n *tenant, boxes []wire.Box) ([]uint64, error) {
	out := make([]uint64, len(boxes))
	var grown int64
	for i, b := range boxes {
		pos, err := t.position(c, b.ID)
		if err != nil {
			return nil, err
		}
		if pos != 0 {
			out[i] = pos
			continue
		}
		data := b.Data
		if data == nil {
			data = []byte{}
		}
		c.Head++
		c.Bytes += uint64(len(data))
		grown += int64(len(data))
		t.ch, t.pos, t.held = append(t.ch, c.n), append(t.pos, int64(c.Head)), append(t.held, int64(c.Bytes-c.noted))
		t.ids, t.data = append(t.ids, b.ID[:]), append(t.data, data)
		t.at[place{c.n, b.ID}] = c.Head
		out[i] = c.Head
		t.touch(c)
	}
	if grown > 0 {
		t.count(n, 0, grown)
	}
	return out, nil
}

// touch notes that c was written to, and the day of it: one change of its row a
// day, and nothing finer.
func (t *tx) touch(c *channel) {
	t.told.channel(c.ID)
	if today := store.Day(time.Now()); c.day < today {
		c.day = today
		t.today = append(t.today, c.n)
	}
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
	if _, err := t.exec(`WITH gone AS (DELETE FROM channels WHERE n = $1 RETURNING n) INSERT INTO graves (ch) SELECT n FROM gone`, c.n); err != nil {
		return err
	}
	t.channels[c.ID] = nil
	t.count(n, -1, -int64(c.Bytes))
	t.told.channel(c.ID)
	t.buried = true
	return nil
}
