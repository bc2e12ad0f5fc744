package postgres

import (
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

const (
	selectChannels = `SELECT c.n, c.id, founding, access, tenant, created, expires, noted, coalesce(b.pos, 0), coalesce(b.held, 0), owner, day
		FROM channels c LEFT JOIN LATERAL (SELECT pos, held FROM boxes WHERE ch = c.n ORDER BY pos DESC LIMIT 1) b ON true`
	selectTenants = `SELECT id, name, key, state, open, max_channels, max_bytes, channels, bytes, created, code_expires, code_hash,
		contact, requester, approver, approved, reviewed, review, ends, wiped FROM tenants`
	selectAudits = `SELECT n, time, actor, act, subject, detail, prev, hash FROM audits`
)

// errRow reports a row that no release of this store has written.
var errRow = errors.New("store holds a row of a wrong form")

// exact takes a value that has exactly its length.
type exact []byte

// ScanBytes is pgtype.BytesScanner.
func (e exact) ScanBytes(v []byte) error {
	if copy(e, v) != len(e) || len(v) != len(e) {
		return errRow
	}
	return nil
}

// optional takes a value that has exactly its length, or leaves what is there for NULL.
type optional []byte

// ScanBytes is pgtype.BytesScanner.
func (o optional) ScanBytes(v []byte) error {
	if v == nil {
		return nil
	}
	return exact(o).ScanBytes(v)
}

// text takes any bytes as a string.
type text struct{ to *string }

// ScanBytes is pgtype.BytesScanner.
func (t text) ScanBytes(v []byte) error {
	*t.to = string(v)
	return nil
}

// A channel is a row of channels, with what its newest box tells.
type channel struct {
	n int64
	store.Channel
	noted uint64 // of Bytes, those of notes
	day   int64  // on which it was last written to
}

func scanChannel(r pgx.CollectableRow) (*channel, error) {
	var c channel
	var created, expires, noted, head, held int64
	err := r.Scan(&c.n, exact(c.ID[:]), exact(c.Founding[:]), exact(c.Access[:]), exact(c.Tenant[:]), &created, &expires, &noted, &head, &held, optional(c.Ceded[:]), &c.day)
	c.Created, c.Expires = fromSeconds(created), fromSeconds(expires)
	c.noted = uint64(noted)
	c.Head, c.Bytes = uint64(head), uint64(held)+c.noted
	return &c, err
}

func scanTenant(r pgx.CollectableRow) (store.Tenant, error) {
	var t store.Tenant
	var state, maxChannels, maxBytes, channels, bytes, created, expires, approved, reviewed, review, ends, wiped int64
	err := r.Scan(exact(t.ID[:]), text{&t.Name}, exact(t.Key[:]), &state, &t.Open, &maxChannels, &maxBytes, &channels, &bytes, &created, &expires, optional(t.CodeHash[:]),
		text{&t.Contact}, text{&t.Requester}, text{&t.Approver}, &approved, &reviewed, &review, &ends, &wiped)
	t.State = store.State(state)
	t.MaxChannels, t.MaxBytes = int(maxChannels), uint64(maxBytes)
	t.Channels, t.Bytes = int(channels), uint64(bytes)
	t.Created, t.CodeExpires = fromSeconds(created), fromSeconds(expires)
	t.Approved, t.Reviewed, t.Review = fromSeconds(approved), fromSeconds(reviewed), fromSeconds(review)
	t.Ends, t.Wiped = fromSeconds(ends), fromSeconds(wiped)
	return t, err
}

func scanAudit(r pgx.CollectableRow) (store.Audit, error) {
	var a store.Audit
	var n, ms int64
	err := r.Scan(&n, &ms, text{&a.Actor}, text{&a.Act}, text{&a.Subject}, text{&a.Detail}, exact(a.Prev[:]), exact(a.Hash[:]))
	a.Index, a.Time = uint64(n), time.UnixMilli(ms).UTC()
	return a, err
}

func scanID(r pgx.CollectableRow) (id wire.Channel, err error) {
	return id, r.Scan(exact(id[:]))
}

// orNull returns nil for a zero hash.
func orNull(h [32]byte) []byte {
	if h == [32]byte{} {
		return nil
	}
	return h[:]
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
