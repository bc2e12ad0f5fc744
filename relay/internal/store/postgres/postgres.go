// Package postgres keeps channels in PostgreSQL, for several nodes at once.
//
// What a method has answered survives a power cut: one goroutine of each node
// collects the changes that are pending, commits them together in one durable
// transaction, and only then answers. The transactions of all nodes happen one
// after the other. A server or role that answers before data is on disk is
// refused when the store is opened, and whenever it is connected to anew.
//
// A connection that breaks is made again with the next call. An error for what
// was in hand then leaves open whether it happened: every call may be repeated,
// and finds what is there.
//
// Watch tells what other nodes change. The database holds ciphertext, public
// keys, and the names that an operator gave to tenants. Errors hold neither the
// password nor the URL.
package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

const (
	pageBoxes = wire.MaxBatch // boxes of one query

	// ticketGrace is how long the count of an expired ticket is still kept, so
	// that a clock that was set back does not bring the ticket to life again.
	ticketGrace = 24 * time.Hour
)

// A Store is safe for use by several goroutines.
type Store struct {
	id      wire.StoreID
	address *address
	number  int32         // of the schema: the second half of the lock's key
	node    atomic.Uint64 // tells our own notifications from those of others
	topic   string        // of notifications
	pool    *pgxpool.Pool
	w       *writer
	sweeper *sweeper

	closing sync.Once
	closed  chan struct{}
}

// Open opens the store that a URL names. Only with create is it made if there
// is none (ErrNone).
func Open(ctx context.Context, name string, create bool) (*Store, error) {
	s, err := open(ctx, name, create)
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", classify(err))
	}
	return s, nil
}

func open(ctx context.Context, name string, create bool) (*Store, error) {
	a, err := parse(name)
	if err != nil {
		return nil, err
	}
	s := &Store{address: a, closed: make(chan struct{}), sweeper: newSweeper()}
	s.node.Store(newNode())
	c, err := a.dial(ctx, writing)
	if err != nil {
		return nil, err
	}
	if s.id, err = prepare(ctx, c, a.schema, create); err == nil {
		// The lock's key is signed, a schema's number is not: every bit counts.
		err = c.QueryRow(ctx, `SELECT (oid::bigint - 2147483648)::int FROM pg_namespace WHERE nspname = $1`, a.schema).Scan(&s.number)
	}
	if err == nil {
		s.topic = fmt.Sprintf("vialog:%d", s.number)
		s.pool, err = pgxpool.NewWithConfig(ctx, a.config)
	}
	if err != nil {
		c.Close(ctx)
		return nil, err
	}
	s.w = newWriter(s, c)
	go s.w.loop()
	sweeping, stop := context.WithCancel(context.Background())
	s.sweeper.stop = stop
	go s.sweeper.loop(sweeping, s)
	return s, nil
}

func newNode() uint64 {
	var node [8]byte
	rand.Read(node[:]) // never fails: crypto/rand ends the process instead
	return binary.BigEndian.Uint64(node[:])
}

// ID returns the identifier that the store got when it was made.
func (s *Store) ID() wire.StoreID { return s.id }

// Close commits what is pending, waits for those who read, and hangs up.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.w.close()
		s.sweeper.close()
		close(s.closed)
		s.pool.Close()
	})
	return nil
}

// read has f ask the database. If the connection has died, all others may have:
// f is called once more with a new one. What it asks changes nothing.
func (s *Store) read(ctx context.Context, f func(*pgxpool.Conn) error) error {
	for try := 0; ; try++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		select {
		case <-s.closed:
			return store.ErrClosed
		default:
		}
		dead := false
		err := s.pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
			err := f(c)
			dead = c.Conn().IsClosed()
			return err
		})
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !dead || try > 0:
			select {
			case <-s.closed:
				return store.ErrClosed
			default:
			}
			return classify(err)
		}
		s.pool.Reset()
	}
}

// query returns what a query yields.
func query[R any](ctx context.Context, s *Store, scan pgx.RowToFunc[R], q string, args ...any) (all []R, err error) {
	err = s.read(ctx, func(c *pgxpool.Conn) error {
		r, err := c.Query(ctx, q, args...)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(r, scan)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Create adds a channel.
func (s *Store) Create(ctx context.Context, c store.Channel, use store.TicketUse) error {
	return s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		has, err := t.channel(c.ID)
		if err != nil {
			return err
		}
		if has != nil {
			if has.Erased() {
				return store.ErrErased
			}
			if has.Founding == c.Founding && has.Access == c.Access && has.Tenant == c.Tenant {
				return nil
			}
			return store.ErrExists
		}
		n, err := t.tenant(c.Tenant)
		if err != nil {
			return err
		}
		if n == nil {
			return store.ErrNoTenant
		}
		if err := n.May(); err != nil {
			return err
		}
		ticket := use.ID != [16]byte{}
		if !ticket && !n.Open {
			return store.ErrTicketUsed
		}
		if n.MaxChannels != 0 && n.Channels >= n.MaxChannels {
			return store.ErrQuota
		}
		if ticket {
			used, err := t.number(`SELECT used FROM tickets WHERE tenant = $1 AND id = $2`, c.Tenant[:], use.ID[:])
			if err != nil {
				return err
			}
			if used >= int64(use.Max) {
				return store.ErrTicketUsed
			}
			if _, err := t.exec(`INSERT INTO tickets AS k (tenant, id, used, expires) VALUES ($1, $2, 1, $3)
				ON CONFLICT (tenant, id) DO UPDATE SET used = k.used + 1, expires = $3`,
				c.Tenant[:], use.ID[:], seconds(use.Expires)); err != nil {
				return err
			}
		}
		if _, err := t.exec(`INSERT INTO channels (id, founding, access, tenant, created, expires, noted, day) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)`,
			c.ID[:], c.Founding[:], c.Access[:], c.Tenant[:], seconds(c.Created), seconds(c.Expires), store.Day(c.Created)); err != nil {
			return err
		}
		delete(t.channels, c.ID) // its number is not known yet
		t.count(n, 1, 0)
		return nil
	})
}

// Lookup returns a channel.
func (s *Store) Lookup(ctx context.Context, id wire.Channel) (store.Channel, error) {
	all, err := query(ctx, s, scanChannel, selectChannels+` WHERE c.id = $1`, id[:])
	if err != nil {
		return store.Channel{}, err
	}
	if len(all) == 0 {
		return store.Channel{}, store.ErrNoChannel
	}
	if all[0].Erased() {
		return store.Channel{}, store.ErrErased
	}
	return all[0].Channel, nil
}

// Append adds boxes at the end of a channel.
func (s *Store) Append(ctx context.Context, id wire.Channel, as wire.AccessKey, boxes []wire.Box, maxBytes uint64) (pos []uint64, err error) {
	size := sizeOf(boxes)
	err = s.w.ops.Do(ctx, int(size), &need{id, boxes}, func(t *tx) error {
		c, n, err := t.both(id)
		if err != nil {
			return err
		}
		if c.Access != as {
			return store.ErrConflict
		}
		if beyond(c.Bytes, size, maxBytes) || beyond(n.Bytes, size, n.MaxBytes) {
			grow, err := t.growth(c, boxes)
			switch {
			case err != nil:
				return err
			case grow > 0 && beyond(c.Bytes, grow, maxBytes):
				return store.ErrFull
			case grow > 0 && beyond(n.Bytes, grow, n.MaxBytes):
				return store.ErrQuota
			}
		}
		pos, err = t.add(c, n, boxes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pos, nil
}

func sizeOf(boxes []wire.Box) (n uint64) {
	for _, b := range boxes {
		n += uint64(len(b.Data))
	}
	return n
}

// beyond reports whether have and more exceed a limit; 0 is none.
func beyond(have, more, limit uint64) bool {
	return limit != 0 && (more > limit || have > limit-more)
}

// After returns boxes above a position.
func (s *Store) After(ctx context.Context, id wire.Channel, pos uint64, maxBytes int, _ *store.Room) (out []wire.Stored, head uint64, err error) {
	left := maxBytes
	for {
		page, now, err := s.page(ctx, id, pos, left)
		if err != nil {
			return nil, 0, err
		}
		head = now
		if len(out) > 0 && len(page) > 0 && len(page[0].Data) > left {
			return out, head, nil // the first of a page comes whatever its size
		}
		out = append(out, page...)
		if len(page) < pageBoxes {
			return out, head, nil
		}
		for i := range page {
			left -= len(page[i].Data)
		}
		pos = page[len(page)-1].Pos
	}
}

// page returns up to pageBoxes boxes whose data fits in maxBytes, but at least
// one. Boxes carry the sum over all before them, so that the server sends no
// more than fits.
func (s *Store) page(ctx context.Context, id wire.Channel, pos uint64, maxBytes int) (out []wire.Stored, head uint64, err error) {
	type row struct {
		head int64
		pos  *int64
		wire.Stored
	}
	all, err := query(ctx, s, func(r pgx.CollectableRow) (one row, err error) {
		err = r.Scan(&one.head, &one.pos, optional(one.ID[:]), &one.Data)
		return one, err
	}, `SELECT coalesce(l.pos, 0), p.pos, p.id, p.data FROM channels c
		LEFT JOIN LATERAL (SELECT pos FROM boxes WHERE ch = c.n ORDER BY pos DESC LIMIT 1) l ON true
		LEFT JOIN LATERAL (SELECT held FROM boxes WHERE ch = c.n AND pos <= $2 ORDER BY pos DESC LIMIT 1) b ON true
		LEFT JOIN LATERAL (SELECT * FROM (SELECT * FROM boxes WHERE ch = c.n AND pos > $2 ORDER BY pos LIMIT $4) q
			WHERE q.held - coalesce(b.held, 0) <= $3 OR q.pos = $2 + 1) p ON true
		WHERE c.id = $1 AND c.access <> $5 ORDER BY p.pos`, id[:], int64(min(pos, math.MaxInt64-1)), int64(maxBytes), pageBoxes, nobody[:])
	if err != nil {
		return nil, 0, err
	}
	if len(all) == 0 {
		return nil, 0, store.ErrNoChannel
	}
	for _, r := range all {
		head = uint64(r.head)
		if r.pos != nil {
			r.Pos = uint64(*r.pos)
			out = append(out, r.Stored)
		}
	}
	return out, head, nil
}

// Rotate replaces the access key of a channel.
func (s *Store) Rotate(ctx context.Context, id wire.Channel, old, next wire.AccessKey, note []byte, boxes []wire.Box, maxBytes uint64) (pos []uint64, err error) {
	if note == nil {
		note = []byte{}
	}
	size := sizeOf(boxes)
	err = s.w.ops.Do(ctx, int(size)+len(note), &need{id, boxes}, func(t *tx) error {
		c, n, err := t.both(id)
		if err != nil {
			return err
		}
		if c.Access == next {
			again, err := t.rotated(c, old, note, boxes)
			if err != nil {
				return err
			}
			if !again {
				return store.ErrConflict
			}
			pos, err = t.add(c, n, boxes)
			return err
		}
		if old != (wire.AccessKey{}) && old != c.Access {
			return store.ErrConflict
		}
		former, err := t.number(`SELECT count(*) FROM notes WHERE ch = $1 AND old = $2`, c.n, next[:])
		if err != nil {
			return err
		}
		if former > 0 {
			return store.ErrConflict
		}
		cost := uint64(len(note)) + store.NoteOverhead
		if beyond(c.Bytes, size+cost, maxBytes) {
			grow, err := t.growth(c, boxes)
			if err != nil {
				return err
			}
			if beyond(c.Bytes, grow+cost, maxBytes) {
				return store.ErrFull
			}
		}
		if _, err := t.exec(`INSERT INTO notes (ch, old, note) VALUES ($1, $2, $3)`, c.n, c.Access[:], note); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE channels SET access = $2, noted = noted + $3 WHERE n = $1`, c.n, next[:], int64(cost)); err != nil {
			return err
		}
		c.Access = next
		c.Bytes += cost
		c.noted += cost
		t.count(n, 0, int64(cost))
		t.touch(c)
		pos, err = t.add(c, n, boxes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pos, nil
}

// rotated reports whether the newest rotation of c is the one described: a
// retry after a lost answer finds its own note, and every box.
func (t *tx) rotated(c *channel, old wire.AccessKey, note []byte, boxes []wire.Box) (bool, error) {
	type row struct{ old, note []byte }
	all, err := rows(t, func(r pgx.CollectableRow) (one row, err error) {
		return one, r.Scan(&one.old, &one.note)
	}, `SELECT old, note FROM notes WHERE ch = $1 ORDER BY n DESC LIMIT 1`, c.n)
	if err != nil || len(all) == 0 {
		return false, err
	}
	if old != (wire.AccessKey{}) && !bytes.Equal(all[0].old, old[:]) || !bytes.Equal(all[0].note, note) {
		return false, nil
	}
	for _, b := range boxes {
		if p, err := t.position(c, b.ID); err != nil || p == 0 {
			return false, err
		}
	}
	return true, nil
}

// Cede replaces the owner's key.
func (s *Store) Cede(ctx context.Context, id wire.Channel, old, next wire.FoundingKey) error {
	return s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		c, _, err := t.both(id)
		switch {
		case err != nil:
			return err
		case c.Owner() == next:
			return nil
		case c.Owner() != old:
			return store.ErrConflict
		}
		if _, err := t.exec(`UPDATE channels SET owner = $2 WHERE n = $1`, c.n, next[:]); err != nil {
			return err
		}
		c.Ceded = next
		t.told.channel(c.ID)
		return nil
	})
}

// Note returns the note that the rotation which replaced old left.
func (s *Store) Note(ctx context.Context, id wire.Channel, old wire.AccessKey) ([]byte, error) {
	all, err := query(ctx, s, pgx.RowTo[[]byte], `SELECT n.note FROM channels c LEFT JOIN notes n ON n.ch = c.n AND n.old = $2 WHERE c.id = $1 AND c.access <> $3`, id[:], old[:], nobody[:])
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, store.ErrNoChannel
	case all[0] == nil:
		return nil, store.ErrNoNote
	}
	return all[0], nil
}

// Delete removes a channel with all it holds.
func (s *Store) Delete(ctx context.Context, id wire.Channel) error {
	return s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		c, _, err := t.both(id)
		if err != nil {
			return err
		}
		return t.bury(c)
	})
}

// nobody is the access key of an erased channel.
var nobody wire.AccessKey

// Erase removes all that a channel holds, for good.
func (s *Store) Erase(ctx context.Context, id wire.Channel) error {
	return s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		c, n, err := t.both(id)
		if err != nil {
			return err
		}
		if err := t.bury(c); err != nil {
			return err
		}
		// A row of a new number: the old one's boxes are still being taken out.
		if _, err := t.exec(`INSERT INTO channels (id, founding, access, tenant, created, expires, noted, day) VALUES ($1, $2, $2, $3, 0, 0, 0, $4)`,
			id[:], nobody[:], n.ID[:], store.Day(time.Now())); err != nil {
			return err
		}
		delete(t.channels, id) // its number is not known yet
		t.count(n, 1, 0)
		return nil
	})
}

// expireAtOnce bounds the channels that expire in one transaction, so that many
// do not hold up the appends of all nodes.
const expireAtOnce = 1000

// Expire deletes the channels whose time has come.
func (s *Store) Expire(ctx context.Context, now time.Time) (gone []wire.Channel, err error) {
	for {
		some, err := s.expire(ctx, now)
		if err != nil && len(gone) == 0 {
			return nil, err
		}
		gone = append(gone, some...)
		if err != nil || len(some) < expireAtOnce {
			return gone, nil // the next call finds the rest
		}
	}
}

func (s *Store) expire(ctx context.Context, now time.Time) (gone []wire.Channel, err error) {
	err = s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		ids, err := rows(t, scanID, `SELECT id FROM channels WHERE expires <> 0 AND expires <= $1 ORDER BY expires LIMIT $2`, now.Unix(), expireAtOnce)
		if err != nil {
			return err
		}
		for _, id := range ids {
			c, err := t.channel(id)
			if err != nil {
				return err
			}
			if err := t.bury(c); err != nil {
				return err
			}
		}
		if _, err := t.exec(`DELETE FROM tickets WHERE expires < $1`, now.Add(-ticketGrace).Unix()); err != nil {
			return err
		}
		gone = ids
		return nil
	})
	if err != nil {
		return nil, err
	}
	return gone, nil
}

// AddTenant adds a tenant.
func (s *Store) AddTenant(ctx context.Context, n store.Tenant, a store.Audit) error {
	if err := a.Check(); err != nil {
		return err
	}
	return s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		clash, err := t.number(`SELECT count(*) FROM tenants WHERE id = $1 OR code_hash = $2 OR (open AND state NOT IN (4, 6) AND $3)`, n.ID[:], orNull(n.CodeHash), n.Open)
		if err != nil {
			return err
		}
		if clash > 0 {
			return store.ErrExists
		}
		if _, err := t.exec(`INSERT INTO tenants (id, n, name, key, state, open, max_channels, max_bytes, channels, bytes, created, code_expires, code_hash)
			VALUES ($1, (SELECT coalesce(max(n), 0) + 1 FROM tenants), $2, $3, $4, $5, 0, 0, 0, 0, $6, 0, NULL)`,
			n.ID[:], []byte(n.Name), n.Key[:], int64(n.State), n.Open, seconds(n.Created)); err != nil {
			return err
		}
		delete(t.tenants, n.ID)
		return t.set(&tenant{Tenant: n}, a)
	})
}

func (s *Store) oneTenant(ctx context.Context, where string, args ...any) (store.Tenant, error) {
	all, err := query(ctx, s, scanTenant, selectTenants+where, args...)
	if err != nil {
		return store.Tenant{}, err
	}
	if len(all) == 0 {
		return store.Tenant{}, store.ErrNoTenant
	}
	return all[0], nil
}

// Tenants returns all tenants, in the order they were added.
func (s *Store) Tenants(ctx context.Context) ([]store.Tenant, error) {
	return query(ctx, s, scanTenant, selectTenants+` ORDER BY n`)
}

// Tenant returns one tenant.
func (s *Store) Tenant(ctx context.Context, id wire.TenantID) (store.Tenant, error) {
	return s.oneTenant(ctx, ` WHERE id = $1`, id[:])
}

// OpenTenant returns the tenant that admits anybody.
func (s *Store) OpenTenant(ctx context.Context) (store.Tenant, error) {
	return s.oneTenant(ctx, ` WHERE open AND state NOT IN (4, 6)`)
}

// Redeem gives the tenant that a one-time code was made for its key.
func (s *Store) Redeem(ctx context.Context, codeHash [32]byte, key wire.TenantKey, now time.Time, a store.Audit) (out store.Tenant, err error) {
	if codeHash == [32]byte{} || key == (wire.TenantKey{}) {
		return store.Tenant{}, store.ErrCode
	}
	if err := a.Check(); err != nil {
		return store.Tenant{}, err
	}
	err = s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		all, err := rows(t, scanTenant, selectTenants+` WHERE code_hash = $1`, codeHash[:])
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return store.ErrCode
		}
		n, err := t.tenant(all[0].ID)
		switch {
		case err != nil:
			return err
		case n.State == store.Pending && now.Before(n.CodeExpires):
			n.Key, n.State = key, store.Active
			if err := t.set(n, a); err != nil {
				return err
			}
		case n.Key == key && (n.State == store.Active || n.State == store.Suspended):
		default:
			return store.ErrCode
		}
		out = n.Tenant
		return nil
	})
	if err != nil {
		return store.Tenant{}, err
	}
	return out, nil
}

// SetTenantKey replaces the key of a tenant.
func (s *Store) SetTenantKey(ctx context.Context, id wire.TenantID, key wire.TenantKey, a store.Audit) error {
	if err := a.Check(); err != nil {
		return err
	}
	return s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		n, err := t.tenant(id)
		if err != nil {
			return err
		}
		if n == nil || n.Open {
			return store.ErrNoTenant
		}
		if err := n.May(); err != nil {
			return err
		}
		if n.Key == key {
			return nil
		}
		n.Key = key
		return t.set(n, a)
	})
}

// ChangeTenant changes what an administrator decides of a tenant.
func (s *Store) ChangeTenant(ctx context.Context, id wire.TenantID, change func(*store.Tenant) (store.Audit, error)) (out store.Tenant, err error) {
	err = s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		n, err := t.tenant(id)
		if err != nil {
			return err
		}
		if n == nil {
			return store.ErrNoTenant
		}
		next := n.Tenant
		a, err := change(&next)
		if err != nil {
			return err
		}
		if next, err = n.Changed(next); err != nil {
			return err
		}
		if next == n.Tenant {
			out = next
			return nil
		}
		if err := a.Check(); err != nil {
			return err
		}
		if next.CodeHash != n.CodeHash {
			clash, err := t.number(`SELECT count(*) FROM tenants WHERE code_hash = $1`, orNull(next.CodeHash))
			if err != nil {
				return err
			}
			if clash > 0 {
				return store.ErrExists
			}
		}
		n.Tenant, out = next, next
		return t.set(n, a)
	})
	if err != nil {
		return store.Tenant{}, err
	}
	return out, nil
}

// Audits returns records above an index.
func (s *Store) Audits(ctx context.Context, after uint64, n int) ([]store.Audit, error) {
	if n <= 0 {
		return nil, ctx.Err()
	}
	return query(ctx, s, scanAudit, selectAudits+` WHERE n > $1 ORDER BY n LIMIT $2`, int64(min(after, math.MaxInt64)), min(n, store.MaxAudits))
}

// Renew gives the store another identifier, which tells clients that positions
// they remember mean nothing, and records what act returns for the two.
func (s *Store) Renew(ctx context.Context, act func(from, to string) store.Audit) (id wire.StoreID, err error) {
	rand.Read(id[:])
	a := act(s.id.String(), id.String())
	if err := a.Check(); err != nil {
		return wire.StoreID{}, err
	}
	err = s.w.ops.Do(ctx, 0, nil, func(t *tx) error {
		if _, err := t.exec(`UPDATE meta SET value = $1 WHERE name = 'store'`, id[:]); err != nil {
			return err
		}
		t.told.restored = true
		return t.record(a)
	})
	if err != nil {
		return wire.StoreID{}, err
	}
	return id, nil
}
