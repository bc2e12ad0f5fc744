package storetest

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// model drives a store with random calls beside a model that keeps slices, and
// compares every answer and, from time to time, everything.
func model(b *bench) {
	seed := uint64(time.Now().UnixNano())
	b.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))

	type held struct {
		c     store.Channel
		boxes []wire.Box
		bytes uint64
	}
	const limit, quota = 12_000, 30_000
	n := b.tenant(func(n *store.Tenant) { n.MaxBytes = quota })
	pool := b.boxes(60, 300)
	for i := range pool {
		pool[i] = b.box(rnd.IntN(900))
	}
	all := make([]*held, 4)
	var room store.Room
	total := func() (sum uint64) {
		for _, h := range all {
			if h != nil {
				sum += h.bytes
			}
		}
		return sum
	}
	// place returns where the batch would be, and what it would add.
	place := func(h *held, batch []wire.Box) (pos []uint64, fresh []wire.Box, size uint64) {
		for _, x := range batch {
			same := func(y wire.Box) bool { return x.ID == y.ID }
			at := slices.IndexFunc(h.boxes, same)
			if at < 0 {
				if at = slices.IndexFunc(fresh, same); at < 0 {
					at = len(fresh)
					fresh = append(fresh, x)
					size += uint64(len(x.Data))
				}
				at += len(h.boxes)
			}
			pos = append(pos, uint64(at)+1)
		}
		return pos, fresh, size
	}
	for step := range 600 {
		i := rnd.IntN(len(all))
		h := all[i]
		if h == nil {
			h = &held{c: b.newChannel(n)}
			b.want(b.s.Create(b.ctx, h.c, b.ticket(1)), nil)
			all[i] = h
			continue
		}
		batch := make([]wire.Box, rnd.IntN(6))
		for j := range batch {
			batch[j] = pool[rnd.IntN(len(pool))]
		}
		pos, fresh, size := place(h, batch)
		switch what := rnd.IntN(20); {
		case what == 0:
			b.want(b.s.Delete(b.ctx, h.c.ID), nil)
			all[i] = nil
		case what < 3:
			next := b.key()
			note := make([]byte, rnd.IntN(50))
			cost := size + uint64(len(note)) + store.NoteOverhead
			got, err := b.s.Rotate(b.ctx, h.c.ID, h.c.Access, next, note, batch, limit)
			if h.bytes+cost > limit {
				b.want(err, store.ErrFull)
				break
			}
			b.want(err, nil)
			b.positions(got, pos...)
			h.c.Access = next
			h.boxes = append(h.boxes, fresh...)
			h.bytes += cost
		default:
			got, err := b.s.Append(b.ctx, h.c.ID, h.c.Access, batch, limit)
			switch {
			case size > 0 && h.bytes+size > limit:
				b.want(err, store.ErrFull)
			case size > 0 && total()+size > quota:
				b.want(err, store.ErrQuota)
			case err != nil:
				b.Fatalf("step %d: %v", step, err)
			default:
				b.positions(got, pos...)
				h.boxes = append(h.boxes, fresh...)
				h.bytes += size
			}
		}
		if step%50 != 0 {
			continue
		}
		for _, h := range all {
			if h == nil {
				continue
			}
			b.holds(h.c, h.boxes...)
			if got := b.lookup(h.c); got.Bytes != h.bytes || got.Access != h.c.Access {
				b.Fatalf("step %d: channel says %d bytes, want %d", step, got.Bytes, h.bytes)
			}
			from := rnd.IntN(len(h.boxes) + 1)
			some, _, err := b.s.After(b.ctx, h.c.ID, uint64(from), rnd.IntN(2000), &room)
			b.want(err, nil)
			for j, g := range some {
				if !bytes.Equal(g.Data, h.boxes[from+j].Data) {
					b.Fatalf("step %d: box %d is another one", step, g.Pos)
				}
			}
		}
		if got := b.getTenant(n); got.Bytes != total() {
			b.Fatalf("step %d: tenant counts %d bytes, want %d", step, got.Bytes, total())
		}
		if err := b.s.Check(b.ctx); err != nil && !errors.Is(err, store.ErrClosed) {
			b.Fatalf("step %d: %v", step, err)
		}
	}
}
