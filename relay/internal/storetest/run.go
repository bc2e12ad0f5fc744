package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// Run tests the stores that open returns, each empty and closed by Run.
func Run(t *testing.T, open func(*testing.T) Store) {
	tests := []struct {
		claim string
		test  func(*bench)
	}{
		{"a channel is created once, and a repetition changes nothing", createOnce},
		{"a channel needs an active tenant", createNeedsTenant},
		{"a ticket admits as many channels as it says", ticketCounts},
		{"a ticket is counted exactly while many try at once", ticketRace},
		{"a tenant's channels are limited", channelQuota},
		{"a tenant's bytes are limited over all its channels", byteQuota},
		{"boxes have positions from 1 without gaps, in their order", appendOrder},
		{"a box that was stored before keeps its first position", appendAgain},
		{"a batch that does not fit leaves nothing behind", appendFull},
		{"appending needs the access key in force", appendAs},
		{"a box of no bytes and one of the largest size come back whole", appendSizes},
		{"the caller may use its memory again", ownMemory},
		{"reading starts anywhere and keeps to its bytes", afterLimits},
		{"many writers of one channel share its positions without gaps", manyWriters},
		{"writers of many channels do not disturb each other", manyChannels},
		{"a rotation changes key, note and boxes together", rotate},
		{"a rotation with an outdated key changes nothing", rotateConflict},
		{"a rotation by the founding key needs no access key", rotateFounding},
		{"a rotation may be repeated, and no other may pass for it", rotateAgain},
		{"a key never comes back", rotateBack},
		{"a rotation is possible where the tenant's bytes are used up", rotateQuota},
		{"every former key finds its own note", notes},
		{"only one of many rotations at once succeeds", rotateRace},
		{"a deleted channel is gone, and gives back what it counted", deleteChannel},
		{"a deleted channel can be founded anew, and is empty", foundAnew},
		{"an erased channel is gone for good, and gives back its bytes", eraseChannel},
		{"one of many who erase and write at once erases, and nothing is left", eraseRace},
		{"the owner's power goes to one key after another, and never back by itself", cede},
		{"a channel expires at its time, not before", expire},
		{"tenants are listed as they were added", tenants},
		{"there is one open tenant at most", openTenant},
		{"a code is redeemed once, and again with the same key", redeem},
		{"a code that expired is not redeemed", redeemExpired},
		{"one of many who redeem a code at once gets it", redeemRace},
		{"a tenant's key is replaced while it is active", tenantKey},
		{"a tenant is suspended, resumed and removed for good", tenantState},
		{"what an operator decides of a tenant comes back, and nothing else changes", changeTenant},
		{"nothing can be used before it was approved", approve},
		{"a code that was replaced is void", newCode},
		{"what a tenant's channels do is known to the day", activity},
		{"a tenant is erased when its time is over, with nothing left and nobody else touched", eraseTenant},
		{"a record that a log should not hold is refused with its act", auditText},
		{"every act is in the audit log, in a chain", audits},
		{"an act by itself is in the audit log, and changes nothing else", record},
		{"a call whose time is over has changed nothing", cancelled},
		{"values at their limits come back whole", limits},
		{"a closed store refuses", closed},
		{"boxes in any mixture end as a simple model says", model},
	}
	for _, tt := range tests {
		t.Run(tt.claim, func(t *testing.T) {
			b := &bench{T: t, s: open(t), ctx: t.Context()}
			defer b.s.Close()
			tt.test(b)
			if t.Failed() {
				return
			}
			if err := b.s.Check(context.Background()); err != nil && !errors.Is(err, store.ErrClosed) {
				t.Errorf("afterwards the store is not sound: %v", err)
			}
		})
	}
}

// A bench is one test's store, with what the tests of this package do to it.
type bench struct {
	*testing.T
	s   Store
	ctx context.Context
	n   uint64 // of names made so far
}

// noon is when the tests take place.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// bytes returns 32 bytes that it never returns again, the same in every run.
func (b *bench) bytes() [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, atomic.AddUint64(&b.n, 1)))
}

func (b *bench) key() wire.AccessKey { return b.bytes() }

func (b *bench) founding() wire.FoundingKey { return b.bytes() }

func (b *bench) short() (id [16]byte) {
	all := b.bytes()
	copy(id[:], all[:])
	return id
}

func (b *bench) box(size int) wire.Box {
	x := wire.Box{ID: b.short(), Data: make([]byte, size)}
	for i := range x.Data {
		x.Data[i] = x.ID[i%len(x.ID)] + byte(i>>4)
	}
	return x
}

func (b *bench) boxes(n, size int) []wire.Box {
	out := make([]wire.Box, n)
	for i := range out {
		out[i] = b.box(size)
	}
	return out
}

func act(what string) store.Audit {
	return store.Audit{Time: noon, Actor: "operator", Act: what, Subject: "tenant", Detail: "in a test"}
}

// tenant adds a tenant and, if it has no code, is already active.
func (b *bench) tenant(change func(*store.Tenant)) store.Tenant {
	b.Helper()
	n := store.Tenant{ID: b.short(), Name: "Centre", Key: b.bytes(), State: store.Active, Created: noon}
	if change != nil {
		change(&n)
	}
	b.want(b.s.AddTenant(b.ctx, n, act("add")), nil)
	return n
}

func (b *bench) newChannel(n store.Tenant) store.Channel {
	c := store.Channel{Founding: b.bytes(), Access: b.key(), Tenant: n.ID, Created: noon}
	c.ID = wire.ChannelOf(c.Founding)
	return c
}

func (b *bench) ticket(max int) store.TicketUse {
	return store.TicketUse{ID: b.short(), Max: max, Expires: noon.Add(time.Hour)}
}

// channel makes a tenant with one channel.
func (b *bench) channel() store.Channel {
	b.Helper()
	c := b.newChannel(b.tenant(nil))
	b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
	return c
}

func (b *bench) want(got, want error) {
	b.Helper()
	if !errors.Is(got, want) {
		b.Fatalf("got error %v, want %v", got, want)
	}
}

func (b *bench) append(c store.Channel, boxes ...wire.Box) []uint64 {
	b.Helper()
	pos, err := b.s.Append(b.ctx, c.ID, c.Access, boxes, 0)
	b.want(err, nil)
	return pos
}

func (b *bench) lookup(c store.Channel) store.Channel {
	b.Helper()
	got, err := b.s.Lookup(b.ctx, c.ID)
	b.want(err, nil)
	return got
}

func (b *bench) getTenant(n store.Tenant) store.Tenant {
	b.Helper()
	got, err := b.s.Tenant(b.ctx, n.ID)
	b.want(err, nil)
	return got
}

func (b *bench) positions(got []uint64, want ...uint64) {
	b.Helper()
	if !slices.Equal(got, want) {
		b.Fatalf("got positions %d, want %d", got, want)
	}
}

// holds fails unless a channel holds exactly these boxes in this order.
func (b *bench) holds(c store.Channel, boxes ...wire.Box) {
	b.Helper()
	got, head, err := b.s.After(b.ctx, c.ID, 0, math.MaxInt, nil)
	b.want(err, nil)
	if len(got) != len(boxes) || head != uint64(len(boxes)) {
		b.Fatalf("channel holds %d boxes with head %d, want %d", len(got), head, len(boxes))
	}
	var bytesHeld uint64
	for i, g := range got {
		if g.Pos != uint64(i)+1 || g.ID != boxes[i].ID || !bytes.Equal(g.Data, boxes[i].Data) {
			b.Fatalf("box %d is not the one appended there", i+1)
		}
		bytesHeld += uint64(len(g.Data))
	}
	if l := b.lookup(c); l.Head != head || l.Bytes < bytesHeld {
		b.Fatalf("channel says head %d and %d bytes, and holds %d boxes of %d bytes", l.Head, l.Bytes, head, bytesHeld)
	}
}

func createOnce(b *bench) {
	n := b.tenant(nil)
	c := b.newChannel(n)
	c.Expires = noon.Add(time.Hour)
	_, err := b.s.Lookup(b.ctx, c.ID)
	b.want(err, store.ErrNoChannel)
	use := b.ticket(1)
	b.want(b.s.Create(b.ctx, c, use), nil)
	if got := b.lookup(c); got != c {
		b.Errorf("got channel %+v, want %+v", got, c)
	}
	box := b.box(300)
	b.append(c, box)
	b.want(b.s.Create(b.ctx, c, use), nil)
	b.holds(c, box)

	other := c
	other.Access = b.key()
	b.want(b.s.Create(b.ctx, other, b.ticket(1)), store.ErrExists)
	other = c
	other.Founding = b.bytes()
	b.want(b.s.Create(b.ctx, other, b.ticket(1)), store.ErrExists)
	other = c
	other.Tenant = b.tenant(nil).ID
	b.want(b.s.Create(b.ctx, other, b.ticket(1)), store.ErrExists)
	if got := b.getTenant(n); got.Channels != 1 || got.Bytes != 300 {
		b.Errorf("tenant counts %d channels of %d bytes, want 1 of 300", got.Channels, got.Bytes)
	}
}

func createNeedsTenant(b *bench) {
	var none store.Tenant
	none.ID = b.short()
	for _, tt := range []struct {
		claim  string
		tenant store.Tenant
		want   error
	}{
		{"unknown", none, store.ErrNoTenant},
		{"pending", b.tenant(func(n *store.Tenant) { n.State, n.CodeHash = store.Pending, b.bytes() }), store.ErrNoTenant},
		{"suspended", b.tenant(func(n *store.Tenant) { n.State = store.Suspended }), store.ErrSuspended},
		{"requested", b.tenant(func(n *store.Tenant) { n.State = store.Requested }), store.ErrNoTenant},
		{"leaving", b.tenant(func(n *store.Tenant) { n.State = store.Leaving }), store.ErrNoTenant},
		{"erased", b.tenant(func(n *store.Tenant) { n.State = store.Erased }), store.ErrNoTenant},
		{"active, without a ticket", b.tenant(nil), store.ErrTicketUsed},
		{"open, without a ticket", b.tenant(func(n *store.Tenant) { n.Open = true }), nil},
	} {
		use := store.TicketUse{}
		if tt.want != store.ErrTicketUsed && !tt.tenant.Open {
			use = b.ticket(1)
		}
		c := b.newChannel(tt.tenant)
		if err := b.s.Create(b.ctx, c, use); !errors.Is(err, tt.want) {
			b.Errorf("%s: got %v, want %v", tt.claim, err, tt.want)
		}
		if _, err := b.s.Lookup(b.ctx, c.ID); (err == nil) != (tt.want == nil) {
			b.Errorf("%s: looking the channel up: %v", tt.claim, err)
		}
	}
}

func ticketCounts(b *bench) {
	n := b.tenant(nil)
	use := b.ticket(2)
	first := b.newChannel(n)
	b.want(b.s.Create(b.ctx, first, use), nil)
	b.want(b.s.Create(b.ctx, first, use), nil)
	b.want(b.s.Create(b.ctx, b.newChannel(n), use), nil)
	third := b.newChannel(n)
	b.want(b.s.Create(b.ctx, third, use), store.ErrTicketUsed)
	b.want(b.s.Create(b.ctx, first, use), nil) // a repetition asks for nothing new
	b.want(b.s.Delete(b.ctx, first.ID), nil)
	b.want(b.s.Create(b.ctx, third, use), store.ErrTicketUsed)

	// The same identifier in another tenant's ticket is another ticket.
	b.want(b.s.Create(b.ctx, b.newChannel(b.tenant(nil)), use), nil)

	// Expiry does not bring a ticket to life again at once.
	_, err := b.s.Expire(b.ctx, use.Expires.Add(time.Minute))
	b.want(err, nil)
	b.want(b.s.Create(b.ctx, third, use), store.ErrTicketUsed)
}

func ticketRace(b *bench) {
	n := b.tenant(nil)
	use := b.ticket(5)
	var ok, used atomic.Int32
	b.together(20, func(int) {
		switch err := b.s.Create(b.ctx, b.newChannel(n), use); {
		case err == nil:
			ok.Add(1)
		case errors.Is(err, store.ErrTicketUsed):
			used.Add(1)
		default:
			b.Error(err)
		}
	})
	if ok.Load() != 5 || used.Load() != 15 {
		b.Errorf("%d created and %d refused, want 5 and 15", ok.Load(), used.Load())
	}
	if got := b.getTenant(n).Channels; got != 5 {
		b.Errorf("tenant counts %d channels, want 5", got)
	}
}

// together runs f several times at once and waits.
func (b *bench) together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

func channelQuota(b *bench) {
	n := b.tenant(func(n *store.Tenant) { n.MaxChannels = 2 })
	first := b.newChannel(n)
	b.want(b.s.Create(b.ctx, first, b.ticket(9)), nil)
	b.want(b.s.Create(b.ctx, b.newChannel(n), b.ticket(9)), nil)
	use := b.ticket(1)
	third := b.newChannel(n)
	b.want(b.s.Create(b.ctx, third, use), store.ErrQuota)
	b.want(b.s.Create(b.ctx, first, b.ticket(9)), nil)
	b.want(b.s.Delete(b.ctx, first.ID), nil)
	b.want(b.s.Create(b.ctx, third, use), nil) // the refusal did not use the ticket up
}

func byteQuota(b *bench) {
	n := b.tenant(func(n *store.Tenant) { n.MaxBytes = 1000 })
	one, two := b.newChannel(n), b.newChannel(n)
	b.want(b.s.Create(b.ctx, one, b.ticket(1)), nil)
	b.want(b.s.Create(b.ctx, two, b.ticket(1)), nil)
	held := b.boxes(2, 400)
	b.append(one, held[0])
	b.append(two, held[1])
	_, err := b.s.Append(b.ctx, two.ID, two.Access, []wire.Box{held[1], b.box(201)}, 0)
	b.want(err, store.ErrQuota)
	b.holds(two, held[1])
	last := b.box(200)
	b.positions(b.append(two, held[1], last), 1, 2)
	b.positions(b.append(one, held[0]), 1) // nothing new is never too much
	if got := b.getTenant(n); got.Bytes != 1000 || got.Channels != 2 {
		b.Errorf("tenant counts %d bytes in %d channels, want 1000 in 2", got.Bytes, got.Channels)
	}
}

func appendOrder(b *bench) {
	c := b.channel()
	b.holds(c)
	all := b.boxes(6, 300)
	b.positions(b.append(c, all[0]), 1)
	b.positions(b.append(c, all[1:5]...), 2, 3, 4, 5)
	b.positions(b.append(c))
	b.positions(b.append(c, all[5]), 6)
	b.holds(c, all...)
	other := b.channel()
	b.positions(b.append(other, all[3]), 1) // identifiers are each channel's own
	b.holds(other, all[3])
	missing := b.newChannel(b.tenant(nil))
	_, err := b.s.Append(b.ctx, missing.ID, missing.Access, all, 0)
	b.want(err, store.ErrNoChannel)
	_, _, err = b.s.After(b.ctx, missing.ID, 0, 1, nil)
	b.want(err, store.ErrNoChannel)
}

func appendAgain(b *bench) {
	x := b.boxes(5, 300)
	changed := x[0]
	changed.Data = make([]byte, 500)
	c := b.channel()
	for _, tt := range []struct {
		claim string
		batch []wire.Box
		want  []uint64
	}{
		{"new", []wire.Box{x[0], x[1]}, []uint64{1, 2}},
		{"answer lost, sent again", []wire.Box{x[0], x[1]}, []uint64{1, 2}},
		{"sent again in another order", []wire.Box{x[1], x[0]}, []uint64{2, 1}},
		{"old and new mixed", []wire.Box{x[2], x[0], x[3]}, []uint64{3, 1, 4}},
		{"twice in one batch", []wire.Box{x[4], x[4], x[0], x[4]}, []uint64{5, 5, 1, 5}},
		{"with other content", []wire.Box{changed}, []uint64{1}},
	} {
		got, err := b.s.Append(b.ctx, c.ID, c.Access, tt.batch, 0)
		if err != nil || !slices.Equal(got, tt.want) {
			b.Fatalf("%s: got %d and %v, want %d", tt.claim, got, err, tt.want)
		}
	}
	b.holds(c, x...)
}

func appendFull(b *bench) {
	c := b.channel()
	held := b.box(400)
	b.append(c, held)
	try := func(limit uint64, boxes ...wire.Box) error {
		_, err := b.s.Append(b.ctx, c.ID, c.Access, boxes, limit)
		return err
	}
	b.want(try(999, b.boxes(2, 300)...), store.ErrFull)
	b.want(try(100, b.box(1)), store.ErrFull)
	b.holds(c, held)
	b.want(try(100, held, held), nil) // nothing new is never too much
	more := b.boxes(2, 300)
	b.want(try(1000, held, more[0], more[1], more[0]), nil)
	b.want(try(1000, b.box(1)), store.ErrFull)
	b.want(try(math.MaxUint64, b.box(0)), nil)
	if got := b.lookup(c); got.Bytes != 1000 || got.Head != 4 {
		b.Errorf("channel says %d bytes and head %d, want 1000 and 4", got.Bytes, got.Head)
	}
}

func appendAs(b *bench) {
	c := b.channel()
	box := b.box(300)
	_, err := b.s.Append(b.ctx, c.ID, b.key(), []wire.Box{box}, 0)
	b.want(err, store.ErrConflict)
	b.holds(c)
	b.append(c, box)
	next := b.key()
	_, err = b.s.Rotate(b.ctx, c.ID, c.Access, next, nil, nil, 0)
	b.want(err, nil)
	for _, again := range [][]wire.Box{{box}, {b.box(300)}} {
		_, err = b.s.Append(b.ctx, c.ID, c.Access, again, 0)
		b.want(err, store.ErrConflict)
	}
	c.Access = next
	b.holds(c, box)
}

func appendSizes(b *bench) {
	c := b.channel()
	all := []wire.Box{b.box(0), b.box(1), b.box(wire.MinBox), b.box(4097), b.box(wire.MaxBox), b.box(0)}
	b.append(c, all...)
	b.holds(c, all...)
	c = b.channel()
	many := b.boxes(wire.MaxBatch, wire.MinBox)
	b.append(c, many...)
	b.holds(c, many...)
}

func ownMemory(b *bench) {
	c := b.channel()
	box := b.box(300)
	mine := slices.Clone(box.Data)
	note := []byte("the new generation")
	b.append(c, wire.Box{ID: box.ID, Data: mine})
	_, err := b.s.Rotate(b.ctx, c.ID, c.Access, b.key(), note, nil, 0)
	b.want(err, nil)
	clear(mine)
	clear(note)
	b.holds(c, box)
	got, _, err := b.s.After(b.ctx, c.ID, 0, 1, nil)
	b.want(err, nil)
	clear(got[0].Data)
	b.holds(c, box)
	left, err := b.s.Note(b.ctx, c.ID, c.Access)
	b.want(err, nil)
	if string(left) != "the new generation" {
		b.Errorf("note reads %q", left)
	}
	clear(left)
	if left, _ = b.s.Note(b.ctx, c.ID, c.Access); string(left) != "the new generation" {
		b.Errorf("note reads %q when asked for again", left)
	}
}

func afterLimits(b *bench) {
	c := b.channel()
	boxes := []wire.Box{b.box(300), b.box(400), b.box(500)}
	b.append(c, boxes...)
	mine, _, err := b.s.After(b.ctx, c.ID, 0, 1<<20, nil)
	b.want(err, nil)
	var room store.Room
	for _, tt := range []struct {
		claim string
		pos   uint64
		max   int
		want  []uint64
	}{
		{"all", 0, 1 << 20, []uint64{1, 2, 3}},
		{"exactly all", 0, 1200, []uint64{1, 2, 3}},
		{"one byte short", 0, 1199, []uint64{1, 2}},
		{"exactly two", 0, 700, []uint64{1, 2}},
		{"less than the first", 0, 10, []uint64{1}},
		{"no bytes", 0, 0, []uint64{1}},
		{"fewer than none", 0, -1, []uint64{1}},
		{"from the middle", 1, 1 << 20, []uint64{2, 3}},
		{"the last", 2, 1, []uint64{3}},
		{"at the end", 3, 1 << 20, nil},
		{"beyond the end", 4, 1 << 20, nil},
		{"at the largest number of the wire", 1<<53 - 1, 1 << 20, nil},
		{"at the largest number of all", math.MaxUint64, 1 << 20, nil},
	} {
		for _, in := range []*store.Room{nil, &room} {
			got, head, err := b.s.After(b.ctx, c.ID, tt.pos, tt.max, in)
			var pos []uint64
			for _, g := range got {
				pos = append(pos, g.Pos)
				if i := int(g.Pos - 1); g.ID != boxes[i].ID || !bytes.Equal(g.Data, boxes[i].Data) {
					b.Errorf("%s: box %d is another one", tt.claim, g.Pos)
				}
			}
			if err != nil || head != 3 || !slices.Equal(pos, tt.want) {
				b.Errorf("%s: got %d, head %d, %v; want %d", tt.claim, pos, head, err, tt.want)
			}
		}
	}
	for i, g := range mine {
		if !bytes.Equal(g.Data, boxes[i].Data) {
			b.Errorf("box %d that was read without a room is overwritten", g.Pos)
		}
	}
}

func manyWriters(b *bench) {
	c := b.channel()
	const writers, each = 16, 20
	var mu sync.Mutex
	at := map[uint64]wire.BoxID{}
	b.together(writers, func(w int) {
		for i := range each {
			batch := b.boxes(1+i%3, 300)
			pos, err := b.s.Append(b.ctx, c.ID, c.Access, batch, 0)
			if err != nil {
				b.Error(err)
				return
			}
			mu.Lock()
			for j, p := range pos {
				if j > 0 && p != pos[j-1]+1 {
					b.Errorf("a batch was torn apart: %d", pos)
				}
				if _, taken := at[p]; taken {
					b.Errorf("position %d was given twice", p)
				}
				at[p] = batch[j].ID
			}
			mu.Unlock()
		}
	})
	got, head, err := b.s.After(b.ctx, c.ID, 0, math.MaxInt, nil)
	b.want(err, nil)
	if head != uint64(len(at)) || len(got) != len(at) {
		b.Fatalf("head is %d with %d boxes, want %d", head, len(got), len(at))
	}
	for i, g := range got {
		if g.Pos != uint64(i)+1 || at[g.Pos] != g.ID {
			b.Fatalf("position %d holds another box than was answered", g.Pos)
		}
	}
}

func manyChannels(b *bench) {
	n := b.tenant(nil)
	b.together(12, func(i int) {
		c := b.newChannel(n)
		if err := b.s.Create(b.ctx, c, b.ticket(1)); err != nil {
			b.Error(err)
			return
		}
		for want := uint64(1); want <= 15; want++ {
			box := b.boxes(1, 300)
			for range 2 { // every box is sent twice
				pos, err := b.s.Append(b.ctx, c.ID, c.Access, box, 0)
				if err != nil || len(pos) != 1 || pos[0] != want {
					b.Errorf("got %d and %v, want %d", pos, err, want)
					return
				}
			}
			// What was answered can be read at once.
			got, head, err := b.s.After(b.ctx, c.ID, want-1, 1000, nil)
			if err != nil || head != want || len(got) != 1 || got[0].ID != box[0].ID {
				b.Errorf("box %d cannot be read after it was answered: %v", want, err)
				return
			}
		}
		if i%3 == 0 {
			if err := b.s.Delete(b.ctx, c.ID); err != nil {
				b.Error(err)
			}
		}
	})
	if got := b.getTenant(n); got.Channels != 8 || got.Bytes != 8*15*300 {
		b.Errorf("tenant counts %d channels of %d bytes, want 8 of %d", got.Channels, got.Bytes, 8*15*300)
	}
}

func rotate(b *bench) {
	c := b.channel()
	first := b.box(300)
	b.append(c, first)
	_, err := b.s.Note(b.ctx, c.ID, c.Access)
	b.want(err, store.ErrNoNote)
	old, next := c.Access, b.key()
	more := b.boxes(2, 300)
	pos, err := b.s.Rotate(b.ctx, c.ID, old, next, []byte("note"), []wire.Box{more[0], first, more[1]}, 0)
	b.want(err, nil)
	b.positions(pos, 2, 1, 3)
	c.Access = next
	b.holds(c, first, more[0], more[1])
	got := b.lookup(c)
	if got.Access != next {
		b.Error("the new key is not in force")
	}
	if want := uint64(900 + 4 + store.NoteOverhead); got.Bytes != want {
		b.Errorf("channel says %d bytes, want %d", got.Bytes, want)
	}
	if n := b.getTenant(store.Tenant{ID: c.Tenant}); n.Bytes != got.Bytes {
		b.Errorf("tenant counts %d bytes, its only channel %d", n.Bytes, got.Bytes)
	}
	note, err := b.s.Note(b.ctx, c.ID, old)
	b.want(err, nil)
	if string(note) != "note" {
		b.Errorf("note reads %q", note)
	}
	_, err = b.s.Note(b.ctx, c.ID, next)
	b.want(err, store.ErrNoNote)
	missing := b.newChannel(b.tenant(nil))
	_, err = b.s.Note(b.ctx, missing.ID, old)
	b.want(err, store.ErrNoChannel)
	_, err = b.s.Rotate(b.ctx, missing.ID, old, next, nil, nil, 0)
	b.want(err, store.ErrNoChannel)
}

func rotateConflict(b *bench) {
	c := b.channel()
	box := b.box(300)
	for _, tt := range []struct {
		claim     string
		old, next wire.AccessKey
		max       uint64
		want      error
	}{
		{"by a key never in force", b.key(), b.key(), 0, store.ErrConflict},
		{"to the key in force", c.Access, c.Access, 0, store.ErrConflict},
		{"to the key in force, by the founding key", wire.AccessKey{}, c.Access, 0, store.ErrConflict},
		{"beyond the channel's bytes", c.Access, b.key(), 300 + 4 + store.NoteOverhead - 1, store.ErrFull},
	} {
		_, err := b.s.Rotate(b.ctx, c.ID, tt.old, tt.next, []byte("note"), []wire.Box{box}, tt.max)
		if !errors.Is(err, tt.want) {
			b.Errorf("%s: got %v, want %v", tt.claim, err, tt.want)
		}
		if b.lookup(c) != c {
			b.Fatalf("%s: the channel was changed", tt.claim)
		}
		_, err = b.s.Note(b.ctx, c.ID, c.Access)
		b.want(err, store.ErrNoNote)
		b.holds(c)
	}
	_, err := b.s.Rotate(b.ctx, c.ID, c.Access, b.key(), []byte("note"), []wire.Box{box}, 300+4+store.NoteOverhead)
	b.want(err, nil)
}

func rotateFounding(b *bench) {
	c := b.channel()
	next := b.key()
	_, err := b.s.Rotate(b.ctx, c.ID, wire.AccessKey{}, next, []byte("by the founder"), nil, 0)
	b.want(err, nil)
	note, err := b.s.Note(b.ctx, c.ID, c.Access)
	b.want(err, nil)
	if string(note) != "by the founder" || b.lookup(c).Access != next {
		b.Errorf("note reads %q", note)
	}
	_, err = b.s.Note(b.ctx, c.ID, wire.AccessKey{})
	b.want(err, store.ErrNoNote)
}

func rotateAgain(b *bench) {
	for _, founding := range []bool{false, true} {
		c := b.channel()
		old, next := c.Access, b.key()
		by := old
		if founding {
			by = wire.AccessKey{}
		}
		boxes := b.boxes(2, 300)
		for range 2 {
			pos, err := b.s.Rotate(b.ctx, c.ID, by, next, []byte("note"), boxes, 0)
			b.want(err, nil)
			b.positions(pos, 1, 2)
		}
		before := b.lookup(c)
		for _, tt := range []struct {
			claim string
			by    wire.AccessKey
			note  string
			boxes []wire.Box
		}{
			{"with another note", by, "other", boxes},
			{"with another box", by, "note", b.boxes(1, 300)},
			{"by another key", b.key(), "note", boxes},
		} {
			_, err := b.s.Rotate(b.ctx, c.ID, tt.by, next, []byte(tt.note), tt.boxes, 0)
			if !errors.Is(err, store.ErrConflict) {
				b.Errorf("%s: got %v, want %v", tt.claim, err, store.ErrConflict)
			}
		}
		if b.lookup(c) != before {
			b.Error("a repetition changed the channel")
		}
	}
}

func rotateBack(b *bench) {
	c := b.channel()
	keys := []wire.AccessKey{c.Access, b.key(), b.key()}
	for i := range 2 {
		_, err := b.s.Rotate(b.ctx, c.ID, keys[i], keys[i+1], nil, nil, 0)
		b.want(err, nil)
	}
	for _, former := range keys {
		for _, by := range []wire.AccessKey{keys[2], {}} {
			_, err := b.s.Rotate(b.ctx, c.ID, by, former, []byte("back"), nil, 0)
			b.want(err, store.ErrConflict)
		}
	}
	if b.lookup(c).Access != keys[2] {
		b.Error("the newest key is not in force")
	}
}

func rotateQuota(b *bench) {
	n := b.tenant(func(n *store.Tenant) { n.MaxBytes = 300 })
	c := b.newChannel(n)
	b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
	b.append(c, b.box(300))
	next := b.key()
	_, err := b.s.Rotate(b.ctx, c.ID, c.Access, next, []byte("note"), b.boxes(1, 300), 0)
	b.want(err, nil)
	c.Access = next
	_, err = b.s.Append(b.ctx, c.ID, c.Access, b.boxes(1, 300), 0)
	b.want(err, store.ErrQuota)
	if got := b.getTenant(n).Bytes; got != 600+4+store.NoteOverhead {
		b.Errorf("tenant counts %d bytes", got)
	}
}

func notes(b *bench) {
	c := b.channel()
	key := c.Access
	var former []wire.AccessKey
	for i := range 20 {
		next := b.key()
		note := fmt.Appendf(nil, "note %d", i)
		if i == 7 {
			note = nil
		}
		if i == 8 {
			note = b.box(wire.MaxNote).Data
		}
		_, err := b.s.Rotate(b.ctx, c.ID, key, next, note, nil, 0)
		b.want(err, nil)
		former = append(former, key)
		key = next
	}
	for i, old := range former {
		note, err := b.s.Note(b.ctx, c.ID, old)
		b.want(err, nil)
		switch {
		case i == 7 && len(note) != 0, i == 8 && len(note) != wire.MaxNote,
			i != 7 && i != 8 && string(note) != fmt.Sprintf("note %d", i):
			b.Errorf("the note of rotation %d is another one", i)
		}
	}
}

func rotateRace(b *bench) {
	c := b.channel()
	var won atomic.Int32
	b.together(10, func(i int) {
		switch _, err := b.s.Rotate(b.ctx, c.ID, c.Access, b.key(), fmt.Append(nil, i), b.boxes(1, 300), 0); {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, store.ErrConflict):
			b.Error(err)
		}
	})
	if won.Load() != 1 || b.lookup(c).Head != 1 {
		b.Errorf("%d rotations succeeded, head is %d; want 1 and 1", won.Load(), b.lookup(c).Head)
	}
}

func deleteChannel(b *bench) {
	n := b.tenant(nil)
	gone, stays := b.newChannel(n), b.newChannel(n)
	box := b.box(300)
	for _, c := range []store.Channel{gone, stays} {
		b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
		b.append(c, box)
	}
	b.append(gone, b.boxes(200, 300)...)
	next := b.key()
	_, err := b.s.Rotate(b.ctx, gone.ID, gone.Access, next, []byte("note"), nil, 0)
	b.want(err, nil)
	b.want(b.s.Delete(b.ctx, gone.ID), nil)
	b.want(b.s.Delete(b.ctx, gone.ID), store.ErrNoChannel)
	_, err = b.s.Lookup(b.ctx, gone.ID)
	b.want(err, store.ErrNoChannel)
	_, _, err = b.s.After(b.ctx, gone.ID, 0, 1000, nil)
	b.want(err, store.ErrNoChannel)
	_, err = b.s.Note(b.ctx, gone.ID, gone.Access)
	b.want(err, store.ErrNoChannel)
	_, err = b.s.Append(b.ctx, gone.ID, next, b.boxes(1, 300), 0)
	b.want(err, store.ErrNoChannel)
	b.holds(stays, box)
	if got := b.getTenant(n); got.Channels != 1 || got.Bytes != 300 {
		b.Errorf("tenant counts %d channels of %d bytes, want 1 of 300", got.Channels, got.Bytes)
	}
}

func foundAnew(b *bench) {
	c := b.channel()
	box := b.box(300)
	b.append(c, box)
	_, err := b.s.Rotate(b.ctx, c.ID, c.Access, b.key(), []byte("note"), nil, 0)
	b.want(err, nil)
	b.want(b.s.Delete(b.ctx, c.ID), nil)
	b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
	b.holds(c)
	_, err = b.s.Note(b.ctx, c.ID, c.Access)
	b.want(err, store.ErrNoNote)
	b.positions(b.append(c, box), 1)
	b.holds(c, box)
}

func cede(b *bench) {
	c := b.channel()
	box := b.box(300)
	b.append(c, box)
	first, second, third := c.Founding, b.founding(), b.founding()
	if got := b.lookup(c); got.Owner() != first {
		b.Error("the founding key does not own the channel")
	}
	b.want(b.s.Cede(b.ctx, c.ID, second, third), store.ErrConflict)
	b.want(b.s.Cede(b.ctx, c.ID, first, second), nil)
	b.want(b.s.Cede(b.ctx, c.ID, first, second), nil) // the answer got lost
	b.want(b.s.Cede(b.ctx, c.ID, first, third), store.ErrConflict)
	b.want(b.s.Cede(b.ctx, c.ID, second, third), nil)
	b.want(b.s.Cede(b.ctx, c.ID, first, second), store.ErrConflict)
	got := b.lookup(c)
	if got.Owner() != third || got.Founding != first || got.Access != c.Access || got.Bytes != 300 {
		b.Errorf("the channel is %+v", got)
	}
	next := b.key()
	_, err := b.s.Rotate(b.ctx, c.ID, c.Access, next, nil, nil, 0)
	b.want(err, nil)
	if b.lookup(c).Owner() != third {
		b.Error("a rotation changed the owner")
	}
	c.Access = next
	b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil) // the answer got lost, long ago
	if b.lookup(c).Owner() != third {
		b.Error("creating again changed the owner")
	}
	b.holds(c, box)
	missing := b.newChannel(b.tenant(nil))
	b.want(b.s.Cede(b.ctx, missing.ID, missing.Founding, second), store.ErrNoChannel)
	b.want(b.s.Delete(b.ctx, c.ID), nil)
	b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
	if b.lookup(c).Owner() != first {
		b.Error("a channel founded anew belongs to somebody of before")
	}
}

func expire(b *bench) {
	n := b.tenant(nil)
	var at []store.Channel
	for _, when := range []time.Time{noon, noon.Add(time.Second), noon.Add(time.Hour), {}} {
		c := b.newChannel(n)
		c.Expires = when
		b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
		b.append(c, b.box(300))
		at = append(at, c)
	}
	for _, tt := range []struct {
		claim string
		now   time.Time
		want  []store.Channel
	}{
		{"before all", noon.Add(-time.Second), nil},
		{"at the time of the first", noon, at[:1]},
		{"again", noon, nil},
		{"after the rest", noon.Add(2 * time.Hour), at[1:3]},
		{"long after", noon.AddDate(100, 0, 0), nil},
	} {
		got, err := b.s.Expire(b.ctx, tt.now)
		b.want(err, nil)
		var want []wire.Channel
		for _, c := range tt.want {
			want = append(want, c.ID)
		}
		byBytes := func(x, y wire.Channel) int { return bytes.Compare(x[:], y[:]) }
		slices.SortFunc(got, byBytes)
		slices.SortFunc(want, byBytes)
		if !slices.Equal(got, want) {
			b.Errorf("%s: %d channels expired, want %d", tt.claim, len(got), len(want))
		}
		for _, id := range got {
			_, err := b.s.Lookup(b.ctx, id)
			b.want(err, store.ErrNoChannel)
		}
	}
	if got := b.getTenant(n); got.Channels != 1 || got.Bytes != 300 {
		b.Errorf("tenant counts %d channels of %d bytes, want 1 of 300", got.Channels, got.Bytes)
	}
}

func tenants(b *bench) {
	got, err := b.s.Tenants(b.ctx)
	b.want(err, nil)
	if len(got) != 0 {
		b.Fatalf("an empty store has %d tenants", len(got))
	}
	var want []store.Tenant
	for i := range 5 {
		want = append(want, b.tenant(func(n *store.Tenant) {
			n.Name = fmt.Sprintf("Zentrum Süd %d", i)
			n.MaxChannels, n.MaxBytes = i, uint64(i)*1000
			if i == 3 {
				n.State, n.CodeHash, n.Key = store.Pending, b.bytes(), wire.TenantKey{}
				n.CodeExpires = noon.Add(time.Hour)
			}
		}))
	}
	got, err = b.s.Tenants(b.ctx)
	b.want(err, nil)
	if !reflect.DeepEqual(got, want) {
		b.Errorf("got tenants %+v, want %+v", got, want)
	}
	for _, n := range want {
		if b.getTenant(n) != n {
			b.Errorf("tenant %q comes back otherwise", n.Name)
		}
	}
	_, err = b.s.Tenant(b.ctx, b.short())
	b.want(err, store.ErrNoTenant)
	b.want(b.s.AddTenant(b.ctx, want[0], act("add")), store.ErrExists)
	twin := want[3]
	twin.ID = b.short()
	b.want(b.s.AddTenant(b.ctx, twin, act("add")), store.ErrExists)
}

func openTenant(b *bench) {
	_, err := b.s.OpenTenant(b.ctx)
	b.want(err, store.ErrNoTenant)
	b.tenant(nil)
	open := func(n *store.Tenant) { n.Open, n.Key = true, wire.TenantKey{} }
	first := b.tenant(open)
	got, err := b.s.OpenTenant(b.ctx)
	b.want(err, nil)
	if got != first {
		b.Errorf("got %+v, want %+v", got, first)
	}
	second := store.Tenant{ID: b.short(), Name: "Another", State: store.Active, Open: true, Created: noon}
	b.want(b.s.AddTenant(b.ctx, second, act("add")), store.ErrExists)
	b.want(b.s.SetTenantKey(b.ctx, first.ID, b.bytes(), act("rekey")), store.ErrNoTenant)
	b.want(b.setState(first.ID, store.Suspended, act("suspend")), nil)
	b.want(b.s.AddTenant(b.ctx, second, act("add")), store.ErrExists)
	b.want(b.setState(first.ID, store.Leaving, act("remove")), nil)
	_, err = b.s.OpenTenant(b.ctx)
	b.want(err, store.ErrNoTenant)
	b.want(b.s.AddTenant(b.ctx, second, act("add")), nil)
	got, err = b.s.OpenTenant(b.ctx)
	b.want(err, nil)
	if got.ID != second.ID {
		b.Error("the removed open tenant is still the open one")
	}
}

// invited adds a tenant that waits for its code to be redeemed.
func (b *bench) invited() (n store.Tenant, code [32]byte) {
	b.Helper()
	code = b.bytes()
	return b.tenant(func(n *store.Tenant) {
		n.State, n.Key = store.Pending, wire.TenantKey{}
		n.CodeHash, n.CodeExpires = code, noon.Add(time.Hour)
	}), code
}

// setState changes a tenant's state alone.
func (b *bench) setState(id wire.TenantID, to store.State, a store.Audit) error {
	_, err := b.s.ChangeTenant(b.ctx, id, func(n *store.Tenant) (store.Audit, error) {
		n.State = to
		return a, nil
	})
	return err
}

func (b *bench) audits() int {
	b.Helper()
	all, err := b.s.Audits(b.ctx, 0, 1000)
	b.want(err, nil)
	return len(all)
}

func redeem(b *bench) {
	n, code := b.invited()
	b.invited()
	key := wire.TenantKey(b.bytes())
	before := b.audits()
	for _, tt := range []struct {
		claim string
		code  [32]byte
		key   wire.TenantKey
		want  error
		acts  int
	}{
		{"unknown code", b.bytes(), key, store.ErrCode, 0},
		{"no code", [32]byte{}, key, store.ErrCode, 0},
		{"no key", code, wire.TenantKey{}, store.ErrCode, 0},
		{"first", code, key, nil, 1},
		{"answer lost, sent again", code, key, nil, 0},
		{"somebody else", code, b.bytes(), store.ErrCode, 0},
	} {
		got, err := b.s.Redeem(b.ctx, tt.code, tt.key, noon, act("redeem"))
		if !errors.Is(err, tt.want) {
			b.Fatalf("%s: got %v, want %v", tt.claim, err, tt.want)
		}
		if err == nil && (got.ID != n.ID || got.State != store.Active || got.Key != key || got != b.getTenant(n)) {
			b.Errorf("%s: got %+v", tt.claim, got)
		}
		if acts := b.audits() - before; acts != tt.acts {
			b.Errorf("%s: %d acts were recorded, want %d", tt.claim, acts, tt.acts)
		}
		before += tt.acts
	}
	// A lost answer is given again however late, but not for a key since replaced.
	_, err := b.s.Redeem(b.ctx, code, key, noon.AddDate(1, 0, 0), act("redeem"))
	b.want(err, nil)
	b.want(b.s.SetTenantKey(b.ctx, n.ID, b.bytes(), act("rekey")), nil)
	_, err = b.s.Redeem(b.ctx, code, key, noon, act("redeem"))
	b.want(err, store.ErrCode)
}

func redeemExpired(b *bench) {
	n, code := b.invited()
	_, err := b.s.Redeem(b.ctx, code, b.bytes(), n.CodeExpires, act("redeem"))
	b.want(err, store.ErrCode)
	if b.getTenant(n) != n {
		b.Error("the tenant was changed")
	}
	_, err = b.s.Redeem(b.ctx, code, b.bytes(), n.CodeExpires.Add(-time.Second), act("redeem"))
	b.want(err, nil)
	removed, code := b.invited()
	b.want(b.setState(removed.ID, store.Erased, act("remove")), nil)
	_, err = b.s.Redeem(b.ctx, code, b.bytes(), noon, act("redeem"))
	b.want(err, store.ErrCode)
}

func redeemRace(b *bench) {
	n, code := b.invited()
	var won atomic.Int32
	var winner atomic.Pointer[wire.TenantKey]
	b.together(10, func(int) {
		key := wire.TenantKey(b.bytes())
		switch _, err := b.s.Redeem(b.ctx, code, key, noon, act("redeem")); {
		case err == nil:
			won.Add(1)
			winner.Store(&key)
		case !errors.Is(err, store.ErrCode):
			b.Error(err)
		}
	})
	if won.Load() != 1 || b.getTenant(n).Key != *winner.Load() {
		b.Errorf("%d got the code, want 1", won.Load())
	}
}

func tenantKey(b *bench) {
	n := b.tenant(nil)
	key := wire.TenantKey(b.bytes())
	before := b.audits()
	for range 2 {
		b.want(b.s.SetTenantKey(b.ctx, n.ID, key, act("rekey")), nil)
	}
	if got := b.getTenant(n); got.Key != key {
		b.Error("the key was not replaced")
	}
	if b.audits() != before+1 {
		b.Errorf("%d acts were recorded, want 1", b.audits()-before)
	}
	pending, _ := b.invited()
	suspended := b.tenant(func(n *store.Tenant) { n.State = store.Suspended })
	leaving := b.tenant(func(n *store.Tenant) { n.State = store.Leaving })
	before = b.audits()
	b.want(b.s.SetTenantKey(b.ctx, b.short(), key, act("rekey")), store.ErrNoTenant)
	b.want(b.s.SetTenantKey(b.ctx, pending.ID, key, act("rekey")), store.ErrNoTenant)
	b.want(b.s.SetTenantKey(b.ctx, suspended.ID, key, act("rekey")), store.ErrSuspended)
	b.want(b.s.SetTenantKey(b.ctx, leaving.ID, key, act("rekey")), store.ErrNoTenant)
	if b.audits() != before {
		b.Error("a refusal was recorded")
	}
}

func tenantState(b *bench) {
	n := b.tenant(nil)
	c := b.newChannel(n)
	b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
	for _, tt := range []struct {
		state  store.State
		set    error
		create error
	}{
		{store.Suspended, nil, store.ErrSuspended},
		{store.Suspended, nil, store.ErrSuspended},
		{store.Pending, store.ErrConflict, store.ErrSuspended},
		{store.Active, nil, nil},
		{store.State(0), store.ErrConflict, nil},
		{store.State(9), store.ErrConflict, nil},
		{store.Requested, store.ErrConflict, nil},
		{store.Erased, store.ErrConflict, nil},
		{store.Leaving, nil, store.ErrNoTenant},
		{store.Leaving, nil, store.ErrNoTenant},
		{store.Erased, store.ErrConflict, store.ErrNoTenant},
		{store.Active, store.ErrConflict, store.ErrNoTenant},
		{store.Suspended, store.ErrConflict, store.ErrNoTenant},
	} {
		before, acts := b.getTenant(n).State, b.audits()
		err := b.setState(n.ID, tt.state, act(tt.state.String()))
		if !errors.Is(err, tt.set) {
			b.Errorf("%v after %v: got %v, want %v", tt.state, before, err, tt.set)
		}
		want := acts
		if err == nil && before != tt.state {
			want++
		}
		if got := b.audits(); got != want {
			b.Errorf("%v after %v: %d acts were recorded", tt.state, before, got-acts)
		}
		b.want(b.s.Create(b.ctx, b.newChannel(n), b.ticket(1)), tt.create)
		// Whatever becomes of the tenant, its patients keep their diaries.
		b.append(c, b.box(300))
	}
	pending, _ := b.invited()
	b.want(b.setState(pending.ID, store.Active, act("resume")), store.ErrConflict)
	b.want(b.setState(pending.ID, store.Suspended, act("suspend")), store.ErrConflict)
	b.want(b.setState(pending.ID, store.Leaving, act("remove")), store.ErrConflict)
	b.want(b.setState(pending.ID, store.Erased, act("remove")), nil)
	b.want(b.setState(b.short(), store.Active, act("resume")), store.ErrNoTenant)
}

func audits(b *bench) {
	n, code := b.invited()
	_, err := b.s.Redeem(b.ctx, code, b.bytes(), noon, act("redeem"))
	b.want(err, nil)
	b.want(b.s.SetTenantKey(b.ctx, n.ID, b.bytes(), act("rekey")), nil)
	b.want(b.setState(n.ID, store.Suspended, act("suspend")), nil)
	odd := act("resume")
	odd.Time = noon.Add(1234567 * time.Microsecond).In(time.FixedZone("CET", 3600))
	odd.Actor, odd.Subject, odd.Detail = "", "Zentrum »Süd«", strings.Repeat("ä", store.MaxAuditText/2)
	b.want(b.setState(n.ID, store.Active, odd), nil)
	b.together(8, func(int) {
		other := store.Tenant{ID: b.short(), Name: "Centre", Key: b.bytes(), State: store.Active, Created: noon}
		if err := b.s.AddTenant(b.ctx, other, act("add")); err != nil {
			b.Error(err)
		}
	})
	all, err := b.s.Audits(b.ctx, 0, 1000)
	b.want(err, nil)
	if len(all) != 13 {
		b.Fatalf("%d acts are recorded, want 13", len(all))
	}
	for i, want := range []string{"add", "redeem", "rekey", "suspend", "resume"} {
		if all[i].Act != want || all[i].Index != uint64(i)+1 {
			b.Errorf("record %d is %d, %q; want %q", i+1, all[i].Index, all[i].Act, want)
		}
	}
	if got := all[4]; got.Time != odd.Time.Truncate(time.Millisecond).UTC() || got.Subject != odd.Subject || got.Detail != odd.Detail || got.Actor != "" {
		b.Error("a record comes back otherwise")
	}
	// Page by page they are the same chain.
	var last store.Audit
	var paged []store.Audit
	for {
		page, err := b.s.Audits(b.ctx, last.Index, 4)
		b.want(err, nil)
		if len(page) == 0 {
			break
		}
		last, err = store.VerifyAudits(last, page)
		b.want(err, nil)
		paged = append(paged, page...)
	}
	if !reflect.DeepEqual(paged, all) {
		b.Error("pages differ from the whole")
	}
	for _, after := range []uint64{13, 14, math.MaxUint64} {
		if none, err := b.s.Audits(b.ctx, after, 10); err != nil || len(none) != 0 {
			b.Errorf("after %d: %d records, %v", after, len(none), err)
		}
	}
	if none, err := b.s.Audits(b.ctx, 0, 0); err != nil || len(none) != 0 {
		b.Errorf("none asked for: %d records, %v", len(none), err)
	}
}

func cancelled(b *bench) {
	c := b.channel()
	n := b.getTenant(store.Tenant{ID: c.Tenant})
	pending, code := b.invited()
	acts := b.audits()
	other := b.newChannel(n)
	over, cancel := context.WithCancel(b.ctx)
	cancel()
	for _, tt := range []struct {
		claim string
		call  func() error
	}{
		{"create", func() error { return b.s.Create(over, other, b.ticket(1)) }},
		{"lookup", func() error { _, err := b.s.Lookup(over, c.ID); return err }},
		{"append", func() error { _, err := b.s.Append(over, c.ID, c.Access, b.boxes(1, 300), 0); return err }},
		{"after", func() error { _, _, err := b.s.After(over, c.ID, 0, 1, nil); return err }},
		{"rotate", func() error { _, err := b.s.Rotate(over, c.ID, c.Access, b.key(), nil, nil, 0); return err }},
		{"cede", func() error { return b.s.Cede(over, c.ID, c.Founding, b.founding()) }},
		{"note", func() error { _, err := b.s.Note(over, c.ID, c.Access); return err }},
		{"delete", func() error { return b.s.Delete(over, c.ID) }},
		{"erase", func() error { return b.s.Erase(over, c.ID) }},
		{"expire", func() error { _, err := b.s.Expire(over, noon); return err }},
		{"add tenant", func() error { return b.s.AddTenant(over, store.Tenant{ID: b.short(), State: store.Active}, act("add")) }},
		{"tenants", func() error { _, err := b.s.Tenants(over); return err }},
		{"tenant", func() error { _, err := b.s.Tenant(over, n.ID); return err }},
		{"open tenant", func() error { _, err := b.s.OpenTenant(over); return err }},
		{"redeem", func() error { _, err := b.s.Redeem(over, code, b.bytes(), noon, act("redeem")); return err }},
		{"tenant key", func() error { return b.s.SetTenantKey(over, n.ID, b.bytes(), act("rekey")) }},
		{"change tenant", func() error {
			_, err := b.s.ChangeTenant(over, n.ID, func(n *store.Tenant) (store.Audit, error) {
				n.State = store.Suspended
				return act("suspend"), nil
			})
			return err
		}},
		{"activity", func() error { _, err := b.s.Activity(over, noon); return err }},
		{"erase tenant", func() error {
			_, err := b.s.EraseTenant(over, n.ID, noon, func(store.Erasure) store.Audit { return act("erase") })
			return err
		}},
		{"wipe tenant", func() error { _, err := b.s.WipeTenant(over, n.ID, noon, act("wipe")); return err }},
		{"audits", func() error { _, err := b.s.Audits(over, 0, 9); return err }},
		{"check", func() error { return b.s.Check(over) }},
	} {
		if err := tt.call(); !errors.Is(err, context.Canceled) {
			b.Errorf("%s: got %v, want %v", tt.claim, err, context.Canceled)
		}
	}
	if b.lookup(c) != c || b.getTenant(n) != n || b.getTenant(pending) != pending || b.audits() != acts {
		b.Error("something was changed")
	}
	_, err := b.s.Lookup(b.ctx, other.ID)
	b.want(err, store.ErrNoChannel)

	// Cancelled at any moment: an error means that the box is not there, an
	// answer that it is.
	var kept []wire.Box
	for i := range 60 {
		ctx, cancel := context.WithTimeout(b.ctx, time.Duration(i)*20*time.Microsecond)
		box := b.box(300)
		if _, err := b.s.Append(ctx, c.ID, c.Access, []wire.Box{box}, 0); err == nil {
			kept = append(kept, box)
		}
		cancel()
	}
	b.append(c)
	b.holds(c, kept...)
}

func limits(b *bench) {
	n := b.tenant(func(n *store.Tenant) {
		n.Name = string(bytes.Repeat([]byte("Ä"), 1000))
		n.MaxChannels, n.MaxBytes = math.MaxInt32, math.MaxUint64
		n.ID, n.Key = wire.TenantID(bytes.Repeat([]byte{255}, 16)), wire.TenantKey(bytes.Repeat([]byte{255}, 32))
	})
	if got := b.getTenant(n); got != n {
		b.Errorf("got tenant %+v", got)
	}
	c := b.newChannel(n)
	c.Founding, c.Access = wire.FoundingKey{}, wire.AccessKey(bytes.Repeat([]byte{255}, 32))
	c.ID = wire.ChannelOf(c.Founding)
	c.Expires = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	use := b.ticket(math.MaxUint16)
	use.ID = [16]byte(bytes.Repeat([]byte{255}, 16))
	b.want(b.s.Create(b.ctx, c, use), nil)
	if got := b.lookup(c); got != c {
		b.Errorf("got channel %+v", got)
	}
	box := b.box(300)
	box.ID = wire.BoxID{}
	_, err := b.s.Append(b.ctx, c.ID, c.Access, []wire.Box{box, box}, math.MaxUint64)
	b.want(err, nil)
	b.holds(c, box)

	fraction := b.newChannel(n)
	fraction.Created = noon.Add(999 * time.Millisecond).In(time.FixedZone("CET", 3600))
	b.want(b.s.Create(b.ctx, fraction, b.ticket(1)), nil)
	if got := b.lookup(fraction).Created; got != noon {
		b.Errorf("time comes back as %v, want %v", got, noon)
	}
	b.want(b.s.Create(b.ctx, b.newChannel(n), b.ticket(0)), store.ErrTicketUsed)
}

func closed(b *bench) {
	c := b.channel()
	b.append(c, b.box(300))
	id := b.s.ID()
	if id == (wire.StoreID{}) {
		b.Error("the store has no identifier")
	}
	b.want(b.s.Close(), nil)
	b.want(b.s.Close(), nil)
	_, err := b.s.Append(b.ctx, c.ID, c.Access, b.boxes(1, 300), 0)
	b.want(err, store.ErrClosed)
	_, err = b.s.Lookup(b.ctx, c.ID)
	b.want(err, store.ErrClosed)
	_, _, err = b.s.After(b.ctx, c.ID, 0, 1, nil)
	b.want(err, store.ErrClosed)
	b.want(b.s.Check(b.ctx), store.ErrClosed)
	_, err = b.s.Tenants(b.ctx)
	b.want(err, store.ErrClosed)
	if b.s.ID() != id {
		b.Error("the identifier changed")
	}
}
