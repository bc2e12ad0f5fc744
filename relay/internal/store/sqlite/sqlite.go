// Package sqlite keeps channels in one SQLite file.
//
// What a method has answered survives a power cut: one goroutine collects the
// changes that are pending, commits them together in one synchronous
// transaction, and only then answers. Reading goes on beside it. The file may
// be opened by another process at the same time, which is how tenants are
// administered while the relay serves.
//
// A full disk is store.ErrDiskFull; what was there stays readable, and writing
// goes on once there is room. The file is readable by its owner alone. It holds
// ciphertext, public keys, and the names that an operator gave to tenants: it
// is not encrypted itself.
package sqlite

import (
	"bytes"
	"context"
	"database/sql/driver"
	"math"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// ticketGrace is how long the count of an expired ticket is still kept, so
// that a clock that was set back does not bring the ticket to life again.
const ticketGrace = 24 * time.Hour

// Create adds a channel.
func (s *Store) Create(ctx context.Context, c store.Channel, use store.TicketUse) error {
	return s.w.do(ctx, 0, func(t *tx) error {
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
			used, err := t.number(`SELECT used FROM tickets WHERE tenant = ? AND id = ?`, c.Tenant[:], use.ID[:])
			if err != nil {
				return err
			}
			if used >= int64(use.Max) {
				return store.ErrTicketUsed
			}
			if _, err := t.exec(`INSERT INTO tickets (tenant, id, used, expires) VALUES (?1, ?2, 1, ?3)
				ON CONFLICT (tenant, id) DO UPDATE SET used = used + 1, expires = ?3`,
				c.Tenant[:], use.ID[:], seconds(use.Expires)); err != nil {
				return err
			}
		}
		if _, err := t.exec(`INSERT INTO channels (id, founding, access, tenant, created, expires, noted, day) VALUES (?, ?, ?, ?, ?, ?, 0, ?)`,
			c.ID[:], c.Founding[:], c.Access[:], c.Tenant[:], seconds(c.Created), seconds(c.Expires), store.Day(c.Created)); err != nil {
			return err
		}
		t.count(n, 1, 0)
		return nil
	})
}

// Lookup returns a channel.
func (s *Store) Lookup(ctx context.Context, id wire.Channel) (store.Channel, error) {
	out, err := store.Channel{}, store.ErrNoChannel
	if e := s.read(ctx, func(c *conn) error {
		return c.query(ctx, selectChannels+` WHERE c.id = ?`, func(r []driver.Value) error {
			var v channel
			v, err = scanChannel(r)
			if err == nil && v.Erased() {
				err = store.ErrErased
				return errStop
			}
			out = v.Channel
			return errStop
		}, id[:])
	}); e != nil {
		return store.Channel{}, e
	}
	return out, err
}

// Append adds boxes at the end of a channel.
func (s *Store) Append(ctx context.Context, id wire.Channel, as wire.AccessKey, boxes []wire.Box, maxBytes uint64) (pos []uint64, err error) {
	size := sizeOf(boxes)
	err = s.w.do(ctx, int(size), func(t *tx) error {
		c, n, err := t.both(id)
		if err != nil {
			return err
		}
		if c.Access != as {
			return store.ErrConflict
		}
		// Only a channel that is nearly full needs to know which boxes are new.
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
func (s *Store) After(ctx context.Context, id wire.Channel, pos uint64, maxBytes int, room *store.Room) (out []wire.Stored, head uint64, err error) {
	found := false
	size := 0
	room = room.Empty()
	err = s.read(ctx, func(c *conn) error {
		return c.each(ctx, `SELECT coalesce(l.pos, 0), b.pos, b.id, b.data FROM channels c
			LEFT JOIN boxes l ON l.n = (SELECT n FROM boxes WHERE ch = c.n ORDER BY pos DESC LIMIT 1)
			LEFT JOIN boxes b ON b.ch = c.n AND b.pos > ?2
			WHERE c.id = ?1 AND c.access <> zeroblob(32) ORDER BY b.pos`, func(r row) error {
			first := !found
			if first {
				n, ok := r.number(0)
				if !ok {
					return errRow
				}
				found, head = true, uint64(n)
				if r.null(1) {
					return nil
				}
			}
			at, isNumber := r.number(1)
			name, isName := r.blob(2)
			data, isData := r.blob(3)
			if !isNumber || !isName || !isData || len(name) != len(wire.BoxID{}) {
				return errRow
			}
			if size += len(data); size > maxBytes && !first {
				return errStop
			}
			room.Add(uint64(at), wire.BoxID(name), data)
			if size >= maxBytes {
				return errStop
			}
			return nil
		}, id[:], int64(min(pos, math.MaxInt64)))
	})
	if err != nil {
		return nil, 0, err
	}
	if !found {
		return nil, 0, store.ErrNoChannel
	}
	return room.Boxes(), head, nil
}

// Rotate replaces the access key of a channel.
func (s *Store) Rotate(ctx context.Context, id wire.Channel, old, next wire.AccessKey, note []byte, boxes []wire.Box, maxBytes uint64) (pos []uint64, err error) {
	if note == nil {
		note = []byte{}
	}
	size := sizeOf(boxes)
	err = s.w.do(ctx, int(size)+len(note), func(t *tx) error {
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
		former, err := t.number(`SELECT count(*) FROM notes WHERE ch = ? AND old = ?`, c.n, next[:])
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
		if _, err := t.exec(`INSERT INTO notes (ch, old, note) VALUES (?, ?, ?)`, c.n, c.Access[:], note); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE channels SET access = ?2, noted = noted + ?3 WHERE n = ?1`, c.n, next[:], int64(cost)); err != nil {
			return err
		}
		c.Access = next
		c.Bytes += cost
		c.noted += cost
		t.count(n, 0, int64(cost))
		if err := t.touch(c); err != nil {
			return err
		}
		pos, err = t.add(c, n, boxes)
		return err
	})
	if err != nil {
		return nil, err
	}
	return pos, nil
}

// Cede replaces the owner's key.
func (s *Store) Cede(ctx context.Context, id wire.Channel, old, next wire.FoundingKey) error {
	return s.w.do(ctx, 0, func(t *tx) error {
		c, _, err := t.both(id)
		switch {
		case err != nil:
			return err
		case c.Owner() == next:
			return nil
		case c.Owner() != old:
			return store.ErrConflict
		}
		if _, err := t.exec(`UPDATE channels SET owner = ?2 WHERE n = ?1`, c.n, next[:]); err != nil {
			return err
		}
		c.Ceded = next
		return nil
	})
}

// rotated reports whether the newest rotation of c is the one described: a
// retry after a lost answer finds its own note, and every box.
func (t *tx) rotated(c *channel, old wire.AccessKey, note []byte, boxes []wire.Box) (bool, error) {
	same := false
	err := t.query(context.Background(), `SELECT old, note FROM notes WHERE ch = ? ORDER BY n DESC LIMIT 1`, func(r []driver.Value) error {
		was, _ := r[0].([]byte)
		has, _ := r[1].([]byte)
		same = (old == wire.AccessKey{} || bytes.Equal(was, old[:])) && bytes.Equal(has, note)
		return nil
	}, c.n)
	if err != nil || !same {
		return false, err
	}
	for _, b := range boxes {
		if p, err := t.position(c, b.ID); err != nil || p == 0 {
			return false, err
		}
	}
	return true, nil
}

// Note returns the note that the rotation which replaced old left.
func (s *Store) Note(ctx context.Context, id wire.Channel, old wire.AccessKey) ([]byte, error) {
	out, err := []byte(nil), store.ErrNoChannel
	if e := s.read(ctx, func(c *conn) error {
		return c.query(ctx, `SELECT n.note FROM channels c LEFT JOIN notes n ON n.ch = c.n AND n.old = ?2 WHERE c.id = ?1 AND c.access <> zeroblob(32)`, func(r []driver.Value) error {
			err = store.ErrNoNote
			if b, ok := r[0].([]byte); ok {
				out, err = b, nil
			}
			return nil
		}, id[:], old[:])
	}); e != nil {
		return nil, e
	}
	return out, err
}

// Delete removes a channel with all it holds.
func (s *Store) Delete(ctx context.Context, id wire.Channel) error {
	return s.w.do(ctx, 0, func(t *tx) error {
		c, _, err := t.both(id)
		if err != nil {
			return err
		}
		return t.bury(c)
	})
}

// Erase removes all that a channel holds, for good.
func (s *Store) Erase(ctx context.Context, id wire.Channel) error {
	return s.w.do(ctx, 0, func(t *tx) error {
		c, n, err := t.both(id)
		if err != nil {
			return err
		}
		if err := t.bury(c); err != nil {
			return err
		}
		return t.raise(n, id, store.Day(time.Now()))
	})
}

// raise puts a tombstone where a channel was, or would be: a row of a new number,
// because the old one's boxes are still being taken out.
func (t *tx) raise(n *tenant, id wire.Channel, day int64) error {
	if _, err := t.exec(`INSERT INTO channels (id, founding, access, tenant, created, expires, noted, day) VALUES (?1, zeroblob(32), zeroblob(32), ?2, 0, 0, 0, ?3)`,
		id[:], n.ID[:], day); err != nil {
		return err
	}
	t.count(n, 1, 0)
	return nil
}

// Expire deletes the channels whose time has come.
func (s *Store) Expire(ctx context.Context, now time.Time) (gone []wire.Channel, err error) {
	err = s.w.do(ctx, 0, func(t *tx) error {
		var ids []wire.Channel
		err := t.query(context.Background(), `SELECT id FROM channels WHERE expires <> 0 AND expires <= ?`, func(r []driver.Value) error {
			var id wire.Channel
			if !copyExact(id[:], r[0]) {
				return errRow
			}
			ids = append(ids, id)
			return nil
		}, now.Unix())
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
		if _, err := t.exec(`DELETE FROM tickets WHERE expires < ?`, now.Add(-ticketGrace).Unix()); err != nil {
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
	return s.w.do(ctx, 0, func(t *tx) error {
		clash, err := t.number(`SELECT count(*) FROM tenants WHERE id = ?1 OR code_hash = ?2 OR (open = 1 AND state NOT IN (4, 6) AND ?3 = 1)`,
			n.ID[:], codeOf(n), truth(n.Open))
		if err != nil {
			return err
		}
		if clash > 0 {
			return store.ErrExists
		}
		if _, err := t.exec(`INSERT INTO tenants (id, n, name, key, state, open, max_channels, max_bytes, channels, bytes, created, code_expires, code_hash)
			VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM tenants), ?2, ?3, ?4, ?5, 0, 0, 0, 0, ?6, 0, NULL)`,
			n.ID[:], n.Name, n.Key[:], int64(n.State), truth(n.Open), seconds(n.Created)); err != nil {
			return err
		}
		return t.set(&tenant{Tenant: n}, a)
	})
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (s *Store) selectTenants(ctx context.Context, where string, args ...driver.Value) (out []store.Tenant, err error) {
	err = s.read(ctx, func(c *conn) error {
		return c.query(ctx, selectTenants+where, func(r []driver.Value) error {
			t, err := scanTenant(r)
			out = append(out, t)
			return err
		}, args...)
	})
	return out, err
}

func (s *Store) oneTenant(ctx context.Context, where string, args ...driver.Value) (store.Tenant, error) {
	all, err := s.selectTenants(ctx, where, args...)
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
	return s.selectTenants(ctx, ` ORDER BY n`)
}

// Tenant returns one tenant.
func (s *Store) Tenant(ctx context.Context, id wire.TenantID) (store.Tenant, error) {
	return s.oneTenant(ctx, ` WHERE id = ?`, id[:])
}

// OpenTenant returns the tenant that admits anybody.
func (s *Store) OpenTenant(ctx context.Context) (store.Tenant, error) {
	return s.oneTenant(ctx, ` WHERE open = 1 AND state NOT IN (4, 6)`)
}

// Redeem gives the tenant that a one-time code was made for its key.
func (s *Store) Redeem(ctx context.Context, codeHash [32]byte, key wire.TenantKey, now time.Time, a store.Audit) (out store.Tenant, err error) {
	if codeHash == [32]byte{} || key == (wire.TenantKey{}) {
		return store.Tenant{}, store.ErrCode
	}
	if err := a.Check(); err != nil {
		return store.Tenant{}, err
	}
	err = s.w.do(ctx, 0, func(t *tx) error {
		var id wire.TenantID
		found := false
		err := t.query(context.Background(), `SELECT id FROM tenants WHERE code_hash = ?`, func(r []driver.Value) error {
			found = copyExact(id[:], r[0])
			return nil
		}, codeHash[:])
		if err != nil {
			return err
		}
		if !found {
			return store.ErrCode
		}
		n, err := t.tenant(id)
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
	return s.w.do(ctx, 0, func(t *tx) error {
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
	err = s.w.do(ctx, 0, func(t *tx) error {
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
			clash, err := t.number(`SELECT count(*) FROM tenants WHERE code_hash = ?`, codeOf(next))
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
func (s *Store) Audits(ctx context.Context, after uint64, n int) (out []store.Audit, err error) {
	if n <= 0 {
		return nil, ctx.Err()
	}
	n = min(n, store.MaxAudits)
	err = s.read(ctx, func(c *conn) error {
		return c.query(ctx, selectAudits+` WHERE n > ? ORDER BY n LIMIT ?`, func(r []driver.Value) error {
			a, err := scanAudit(r)
			out = append(out, a)
			return err
		}, int64(min(after, math.MaxInt64)), int64(n))
	})
	return out, err
}
