// Package memory keeps channels in memory: for tests, and to try the relay out.
//
// It keeps every promise of storetest but one: nothing outlives the process.
package memory

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// ticketGrace is how long the count of an expired ticket is still kept, so
// that a clock that was set back does not bring the ticket to life again.
const ticketGrace = 24 * time.Hour

type ticketID struct {
	tenant wire.TenantID
	id     [16]byte
}

type ticket struct {
	used    int
	expires time.Time
}

type note struct {
	old  wire.AccessKey
	text []byte
}

type channel struct {
	store.Channel
	boxes []wire.Stored // boxes[i] has position i+1
	at    map[wire.BoxID]uint64
	day   int64  // on which it was last written to
	notes []note // in the order of the rotations
}

// A Store is safe for use by several goroutines.
type Store struct {
	id wire.StoreID

	mu       sync.RWMutex // guards all below
	closed   bool
	channels map[wire.Channel]*channel
	tenants  map[wire.TenantID]*store.Tenant
	order    []wire.TenantID
	tickets  map[ticketID]ticket
	audits   []store.Audit
}

// New returns an empty store.
func New() *Store {
	s := &Store{
		channels: map[wire.Channel]*channel{},
		tenants:  map[wire.TenantID]*store.Tenant{},
		tickets:  map[ticketID]ticket{},
	}
	rand.Read(s.id[:]) // never fails: crypto/rand ends the process instead
	return s
}

// ID returns the identifier of this store.
func (s *Store) ID() wire.StoreID { return s.id }

// Close forgets nothing, but refuses all further calls.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func (s *Store) write(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, store.ErrClosed
	}
	return s.mu.Unlock, nil
}

func (s *Store) read(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	if s.closed {
		s.mu.RUnlock()
		return nil, store.ErrClosed
	}
	return s.mu.RUnlock, nil
}

// Create adds a channel.
func (s *Store) Create(ctx context.Context, c store.Channel, use store.TicketUse) error {
	unlock, err := s.write(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if has, ok := s.channels[c.ID]; ok {
		if has.Erased() {
			return store.ErrErased
		}
		if has.Founding == c.Founding && has.Access == c.Access && has.Tenant == c.Tenant {
			return nil
		}
		return store.ErrExists
	}
	t, ok := s.tenants[c.Tenant]
	if !ok {
		return store.ErrNoTenant
	}
	if err := t.May(); err != nil {
		return err
	}
	if use.ID == [16]byte{} && !t.Open {
		return store.ErrTicketUsed
	}
	if t.MaxChannels != 0 && t.Channels >= t.MaxChannels {
		return store.ErrQuota
	}
	if use.ID != [16]byte{} {
		k := ticketID{c.Tenant, use.ID}
		if s.tickets[k].used >= use.Max {
			return store.ErrTicketUsed
		}
		s.tickets[k] = ticket{s.tickets[k].used + 1, use.Expires}
	}
	c.Head, c.Bytes = 0, 0
	c.Created, c.Expires = store.Seconds(c.Created), store.Seconds(c.Expires)
	s.channels[c.ID] = &channel{Channel: c, at: map[wire.BoxID]uint64{}, day: store.Day(c.Created)}
	t.Channels++
	return nil
}

// Lookup returns a channel.
func (s *Store) Lookup(ctx context.Context, id wire.Channel) (store.Channel, error) {
	unlock, err := s.read(ctx)
	if err != nil {
		return store.Channel{}, err
	}
	defer unlock()
	c, err := s.channel(id)
	if err != nil {
		return store.Channel{}, err
	}
	return c.Channel, nil
}

// channel returns a channel. The caller holds mu.
func (s *Store) channel(id wire.Channel) (*channel, error) {
	c, ok := s.channels[id]
	switch {
	case !ok:
		return nil, store.ErrNoChannel
	case c.Erased():
		return nil, store.ErrErased
	}
	return c, nil
}

// Append adds boxes at the end of a channel.
func (s *Store) Append(ctx context.Context, id wire.Channel, as wire.AccessKey, boxes []wire.Box, maxBytes uint64) ([]uint64, error) {
	unlock, err := s.write(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	c, err := s.channel(id)
	if err != nil {
		return nil, err
	}
	if c.Access != as {
		return nil, store.ErrConflict
	}
	t := s.tenants[c.Tenant]
	if grow := c.growth(boxes); grow > 0 {
		if maxBytes != 0 && c.Bytes+grow > maxBytes {
			return nil, store.ErrFull
		}
		if t.MaxBytes != 0 && t.Bytes+grow > t.MaxBytes {
			return nil, store.ErrQuota
		}
	}
	return c.add(t, boxes), nil
}

// growth returns what boxes would add to the bytes of c.
func (c *channel) growth(boxes []wire.Box) uint64 {
	var n uint64
	fresh := map[wire.BoxID]bool{}
	for _, b := range boxes {
		if c.at[b.ID] == 0 && !fresh[b.ID] {
			fresh[b.ID] = true
			n += uint64(len(b.Data))
		}
	}
	return n
}

func (c *channel) add(t *store.Tenant, boxes []wire.Box) []uint64 {
	pos := make([]uint64, len(boxes))
	for i, b := range boxes {
		at := c.at[b.ID]
		if at == 0 {
			c.Head++
			at = c.Head
			c.at[b.ID] = at
			c.boxes = append(c.boxes, wire.Stored{Pos: at, Box: wire.Box{ID: b.ID, Data: bytes.Clone(b.Data)}})
			c.Bytes += uint64(len(b.Data))
			t.Bytes += uint64(len(b.Data))
			c.touch()
		}
		pos[i] = at
	}
	return pos
}

func (c *channel) touch() { c.day = max(c.day, store.Day(time.Now())) }

// After returns boxes above a position.
func (s *Store) After(ctx context.Context, id wire.Channel, pos uint64, maxBytes int, _ *store.Room) ([]wire.Stored, uint64, error) {
	unlock, err := s.read(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	c, err := s.channel(id)
	if err != nil {
		return nil, 0, err
	}
	var out []wire.Stored
	n := 0
	for i := pos; i < c.Head; i++ {
		b := c.boxes[i]
		n += len(b.Data)
		if n > maxBytes && len(out) > 0 {
			break
		}
		b.Data = bytes.Clone(b.Data)
		out = append(out, b)
	}
	return out, c.Head, nil
}

// Rotate replaces the access key of a channel.
func (s *Store) Rotate(ctx context.Context, id wire.Channel, old, next wire.AccessKey, text []byte, boxes []wire.Box, maxBytes uint64) ([]uint64, error) {
	unlock, err := s.write(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	c, err := s.channel(id)
	if err != nil {
		return nil, err
	}
	t := s.tenants[c.Tenant]
	grow := c.growth(boxes)
	if c.Access == next {
		// A retry after a lost answer finds its own note, and every box.
		if n := len(c.notes); n > 0 && grow == 0 && (old == wire.AccessKey{} || old == c.notes[n-1].old) && bytes.Equal(text, c.notes[n-1].text) && c.holds(boxes) {
			return c.add(t, boxes), nil
		}
		return nil, store.ErrConflict
	}
	if old != (wire.AccessKey{}) && old != c.Access {
		return nil, store.ErrConflict
	}
	if slices.ContainsFunc(c.notes, func(n note) bool { return n.old == next }) {
		return nil, store.ErrConflict
	}
	cost := uint64(len(text)) + store.NoteOverhead
	if maxBytes != 0 && c.Bytes+grow+cost > maxBytes {
		return nil, store.ErrFull
	}
	c.notes = append(c.notes, note{c.Access, bytes.Clone(text)})
	c.Access = next
	c.Bytes += cost
	t.Bytes += cost
	c.touch()
	return c.add(t, boxes), nil
}

// Cede replaces the owner's key.
func (s *Store) Cede(ctx context.Context, id wire.Channel, old, next wire.FoundingKey) error {
	unlock, err := s.write(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	c, err := s.channel(id)
	switch {
	case err != nil:
		return err
	case c.Owner() == next:
		return nil
	case c.Owner() != old:
		return store.ErrConflict
	}
	c.Ceded = next
	return nil
}

func (c *channel) holds(boxes []wire.Box) bool {
	for _, b := range boxes {
		if c.at[b.ID] == 0 {
			return false
		}
	}
	return true
}

// Note returns the note that the rotation which replaced old left.
func (s *Store) Note(ctx context.Context, id wire.Channel, old wire.AccessKey) ([]byte, error) {
	unlock, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	c, err := s.channel(id)
	if err != nil {
		return nil, err
	}
	for _, n := range c.notes {
		if n.old == old {
			return bytes.Clone(n.text), nil
		}
	}
	return nil, store.ErrNoNote
}

// Delete removes a channel with all it holds.
func (s *Store) Delete(ctx context.Context, id wire.Channel) error {
	unlock, err := s.write(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	c, err := s.channel(id)
	if err != nil {
		return err
	}
	s.drop(c)
	return nil
}

// Erase removes all that a channel holds, for good.
func (s *Store) Erase(ctx context.Context, id wire.Channel) error {
	unlock, err := s.write(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	c, err := s.channel(id)
	if err != nil {
		return err
	}
	s.drop(c)
	s.channels[id] = &channel{Channel: c.Tombstone(), day: store.Day(time.Now())}
	s.tenants[c.Tenant].Channels++
	return nil
}

func (s *Store) drop(c *channel) {
	t := s.tenants[c.Tenant]
	t.Channels--
	t.Bytes -= c.Bytes
	delete(s.channels, c.ID)
}

// Expire deletes the channels whose time has come.
func (s *Store) Expire(ctx context.Context, now time.Time) ([]wire.Channel, error) {
	unlock, err := s.write(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var gone []wire.Channel
	for id, c := range s.channels {
		if !c.Expires.IsZero() && !c.Expires.After(now) {
			gone = append(gone, id)
			s.drop(c)
		}
	}
	for k, t := range s.tickets {
		if t.expires.Add(ticketGrace).Before(now) {
			delete(s.tickets, k)
		}
	}
	return gone, nil
}

// AddTenant adds a tenant.
func (s *Store) AddTenant(ctx context.Context, t store.Tenant, a store.Audit) error {
	if err := a.Check(); err != nil {
		return err
	}
	unlock, err := s.write(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if _, ok := s.tenants[t.ID]; ok {
		return store.ErrExists
	}
	for _, has := range s.tenants {
		if t.Open && has.Open && has.State != store.Leaving && has.State != store.Erased || t.CodeHash != [32]byte{} && t.CodeHash == has.CodeHash {
			return store.ErrExists
		}
	}
	t.Channels, t.Bytes = 0, 0
	t = t.Rounded()
	s.tenants[t.ID] = &t
	s.order = append(s.order, t.ID)
	s.record(a)
	return nil
}

// Tenants returns all tenants, in the order they were added.
func (s *Store) Tenants(ctx context.Context) ([]store.Tenant, error) {
	unlock, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var out []store.Tenant
	for _, id := range s.order {
		out = append(out, *s.tenants[id])
	}
	return out, nil
}

// Tenant returns one tenant.
func (s *Store) Tenant(ctx context.Context, id wire.TenantID) (store.Tenant, error) {
	unlock, err := s.read(ctx)
	if err != nil {
		return store.Tenant{}, err
	}
	defer unlock()
	if t, ok := s.tenants[id]; ok {
		return *t, nil
	}
	return store.Tenant{}, store.ErrNoTenant
}

// OpenTenant returns the tenant that admits anybody.
func (s *Store) OpenTenant(ctx context.Context) (store.Tenant, error) {
	unlock, err := s.read(ctx)
	if err != nil {
		return store.Tenant{}, err
	}
	defer unlock()
	for _, t := range s.tenants {
		if t.Open && t.State != store.Leaving && t.State != store.Erased {
			return *t, nil
		}
	}
	return store.Tenant{}, store.ErrNoTenant
}

// Redeem gives the tenant that a one-time code was made for its key.
func (s *Store) Redeem(ctx context.Context, codeHash [32]byte, key wire.TenantKey, now time.Time, a store.Audit) (store.Tenant, error) {
	if err := a.Check(); err != nil {
		return store.Tenant{}, err
	}
	unlock, err := s.write(ctx)
	if err != nil {
		return store.Tenant{}, err
	}
	defer unlock()
	if codeHash == [32]byte{} || key == (wire.TenantKey{}) {
		return store.Tenant{}, store.ErrCode
	}
	for _, t := range s.tenants {
		if t.CodeHash != codeHash {
			continue
		}
		switch {
		case t.State == store.Pending && now.Before(t.CodeExpires):
			t.Key, t.State = key, store.Active
			s.record(a)
			return *t, nil
		case t.Key == key && (t.State == store.Active || t.State == store.Suspended):
			return *t, nil
		}
	}
	return store.Tenant{}, store.ErrCode
}

// SetTenantKey replaces the key of a tenant.
func (s *Store) SetTenantKey(ctx context.Context, id wire.TenantID, key wire.TenantKey, a store.Audit) error {
	if err := a.Check(); err != nil {
		return err
	}
	unlock, err := s.write(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	t, ok := s.tenants[id]
	if !ok || t.Open {
		return store.ErrNoTenant
	}
	if err := t.May(); err != nil {
		return err
	}
	if t.Key == key {
		return nil
	}
	t.Key = key
	s.record(a)
	return nil
}

// ChangeTenant changes what an administrator decides of a tenant.
func (s *Store) ChangeTenant(ctx context.Context, id wire.TenantID, change func(*store.Tenant) (store.Audit, error)) (store.Tenant, error) {
	unlock, err := s.write(ctx)
	if err != nil {
		return store.Tenant{}, err
	}
	defer unlock()
	t, ok := s.tenants[id]
	if !ok {
		return store.Tenant{}, store.ErrNoTenant
	}
	next := *t
	a, err := change(&next)
	if err != nil {
		return store.Tenant{}, err
	}
	if next, err = t.Changed(next); err != nil || next == *t {
		return next, err
	}
	if err := a.Check(); err != nil {
		return store.Tenant{}, err
	}
	for _, has := range s.tenants {
		if next.CodeHash != t.CodeHash && next.CodeHash != [32]byte{} && has.CodeHash == next.CodeHash {
			return store.Tenant{}, store.ErrExists
		}
	}
	*t = next
	s.record(a)
	return next, nil
}

// Activity counts the channels of each tenant that has any.
func (s *Store) Activity(ctx context.Context, before time.Time) ([]store.Activity, error) {
	unlock, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	of := map[wire.TenantID]store.Activity{}
	for _, c := range s.channels {
		if c.Erased() {
			continue
		}
		a := of[c.Tenant]
		a.Tenant = c.Tenant
		a.Channels++
		if c.day < store.Day(before) {
			a.Dormant++
		}
		if day := store.DayTime(c.day); a.Channels == 1 || day.After(a.Last) {
			a.Last = day
		}
		of[c.Tenant] = a
	}
	var out []store.Activity
	for _, id := range s.order {
		if a, ok := of[id]; ok {
			out = append(out, a)
		}
	}
	return out, nil
}

// EraseTenant removes all that a tenant stored.
func (s *Store) EraseTenant(ctx context.Context, id wire.TenantID, now time.Time, act func(store.Erasure) store.Audit) (store.Erasure, error) {
	unlock, err := s.write(ctx)
	if err != nil {
		return store.Erasure{}, err
	}
	defer unlock()
	t, ok := s.tenants[id]
	switch {
	case !ok:
		return store.Erasure{}, store.ErrNoTenant
	case t.State == store.Erased:
		return store.Erasure{}, nil
	}
	if err := t.MayErase(now); err != nil {
		return store.Erasure{}, err
	}
	e := s.held(id)
	a := act(e)
	if err := a.Check(); err != nil {
		return store.Erasure{}, err
	}
	for _, c := range s.channels {
		if c.Tenant == id {
			s.drop(c)
		}
	}
	for k := range s.tickets {
		if k.tenant == id {
			delete(s.tickets, k)
		}
	}
	*t = t.Tombstone()
	s.record(a)
	return e, nil
}

// held counts what belongs to a tenant.
func (s *Store) held(id wire.TenantID) (e store.Erasure) {
	for _, c := range s.channels {
		if c.Tenant == id {
			e.Channels++
			e.Boxes += len(c.boxes)
			e.Notes += len(c.notes)
			e.Bytes += c.Bytes
		}
	}
	for k := range s.tickets {
		if k.tenant == id {
			e.Tickets++
		}
	}
	return e
}

// WipeTenant looks whether what was erased is gone.
func (s *Store) WipeTenant(ctx context.Context, id wire.TenantID, now time.Time, a store.Audit) (store.Erasure, error) {
	if err := a.Check(); err != nil {
		return store.Erasure{}, err
	}
	unlock, err := s.write(ctx)
	if err != nil {
		return store.Erasure{}, err
	}
	defer unlock()
	t, ok := s.tenants[id]
	switch {
	case !ok:
		return store.Erasure{}, store.ErrNoTenant
	case t.State != store.Erased:
		return store.Erasure{}, store.ErrConflict
	case !t.Wiped.IsZero():
		return store.Erasure{}, nil
	}
	left := s.held(id)
	if left == (store.Erasure{}) {
		t.Wiped = store.Seconds(now)
		s.record(a)
	}
	return left, nil
}

func (s *Store) record(a store.Audit) {
	s.audits = append(s.audits, a.Following(s.lastAudit()))
}

func (s *Store) lastAudit() (last store.Audit) {
	if n := len(s.audits); n > 0 {
		last = s.audits[n-1]
	}
	return last
}

// Audits returns records above an index.
func (s *Store) Audits(ctx context.Context, after uint64, n int) ([]store.Audit, error) {
	unlock, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	n = min(n, store.MaxAudits)
	if after >= uint64(len(s.audits)) || n <= 0 {
		return nil, nil
	}
	rest := s.audits[after:]
	return slices.Clone(rest[:min(n, len(rest))]), nil
}

// Check returns every invariant that does not hold.
func (s *Store) Check(ctx context.Context) error {
	unlock, err := s.read(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	var bad []error
	channels := map[wire.TenantID]int{}
	held := map[wire.TenantID]uint64{}
	for _, c := range s.channels {
		var n uint64
		for i, b := range c.boxes {
			n += uint64(len(b.Data))
			if b.Pos != uint64(i)+1 || c.at[b.ID] != b.Pos {
				bad = append(bad, fmt.Errorf("a channel has a gap at %d", i+1))
			}
		}
		for _, t := range c.notes {
			n += uint64(len(t.text)) + store.NoteOverhead
		}
		if n != c.Bytes || c.Head != uint64(len(c.boxes)) {
			bad = append(bad, fmt.Errorf("a channel says head %d and %d bytes, and holds %d boxes of %d bytes", c.Head, c.Bytes, len(c.boxes), n))
		}
		channels[c.Tenant]++
		held[c.Tenant] += n
	}
	for id, t := range s.tenants {
		if t.Channels != channels[id] || t.Bytes != held[id] {
			bad = append(bad, fmt.Errorf("a tenant says %d channels of %d bytes, and has %d of %d", t.Channels, t.Bytes, channels[id], held[id]))
		}
	}
	if _, err := store.VerifyAudits(store.Audit{}, s.audits); err != nil {
		bad = append(bad, err)
	}
	return errors.Join(bad...)
}
