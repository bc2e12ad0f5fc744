package sqlite

import (
	"database/sql/driver"
	"errors"
	"time"

	"vialog/relay/internal/store"
)

const (
	selectChannels = `SELECT c.n, c.id, founding, access, tenant, created, expires, noted, coalesce(pos, 0), coalesce(held, 0), owner, day
		FROM channels c LEFT JOIN boxes b ON b.n = (SELECT n FROM boxes WHERE ch = c.n ORDER BY pos DESC LIMIT 1)`
	selectTenants = `SELECT id, name, key, state, open, max_channels, max_bytes, channels, bytes, created, code_expires, code_hash,
		contact, requester, approver, approved, reviewed, review, ends, wiped FROM tenants`
	selectAudits = `SELECT n, time, actor, act, subject, detail, prev, hash FROM audits`
)

// errRow reports a row that no release of this store has written.
var errRow = errors.New("store holds a row of a wrong form")

// A scanner reads a row column by column and remembers whether all had the right form.
type scanner struct {
	row []driver.Value
	bad bool
}

func (s *scanner) next() driver.Value {
	v := s.row[0]
	s.row = s.row[1:]
	return v
}

func (s *scanner) number() int64 {
	n, ok := s.next().(int64)
	s.bad = s.bad || !ok
	return n
}

func (s *scanner) text() string {
	t, ok := s.next().(string)
	s.bad = s.bad || !ok
	return t
}

func (s *scanner) blob(dst []byte) {
	s.bad = !copyExact(dst, s.next()) || s.bad
}

func (s *scanner) err() error {
	if s.bad {
		return errRow
	}
	return nil
}

func scanChannel(row []driver.Value) (channel, error) {
	s := scanner{row: row}
	var c channel
	c.n = s.number()
	s.blob(c.ID[:])
	s.blob(c.Founding[:])
	s.blob(c.Access[:])
	s.blob(c.Tenant[:])
	c.Created, c.Expires = fromSeconds(s.number()), fromSeconds(s.number())
	c.noted = uint64(s.number())
	c.Head, c.Bytes = uint64(s.number()), uint64(s.number())+c.noted
	if owner := s.next(); owner != nil {
		s.bad = !copyExact(c.Ceded[:], owner) || s.bad
	}
	c.day = s.number()
	return c, s.err()
}

func scanTenant(row []driver.Value) (store.Tenant, error) {
	s := scanner{row: row}
	var t store.Tenant
	s.blob(t.ID[:])
	t.Name = s.text()
	s.blob(t.Key[:])
	t.State = store.State(s.number())
	t.Open = s.number() == 1
	t.MaxChannels, t.MaxBytes = int(s.number()), uint64(s.number())
	t.Channels, t.Bytes = int(s.number()), uint64(s.number())
	t.Created, t.CodeExpires = fromSeconds(s.number()), fromSeconds(s.number())
	if h := s.next(); h != nil {
		s.bad = !copyExact(t.CodeHash[:], h) || s.bad
	}
	t.Contact, t.Requester, t.Approver = s.text(), s.text(), s.text()
	for _, at := range []*time.Time{&t.Approved, &t.Reviewed, &t.Review, &t.Ends, &t.Wiped} {
		*at = fromSeconds(s.number())
	}
	return t, s.err()
}

func scanAudit(row []driver.Value) (store.Audit, error) {
	s := scanner{row: row}
	var a store.Audit
	a.Index = uint64(s.number())
	a.Time = time.UnixMilli(s.number()).UTC()
	a.Actor, a.Act, a.Subject, a.Detail = s.text(), s.text(), s.text(), s.text()
	s.blob(a.Prev[:])
	s.blob(a.Hash[:])
	return a, s.err()
}

// Times are kept in seconds; 0 is the zero time, which means never.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func fromSeconds(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}
