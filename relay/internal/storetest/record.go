package storetest

import (
	"errors"
	"sync/atomic"

	"vialog/relay/internal/store"
)

func record(b *bench) {
	n := b.tenant(nil)
	before := b.getTenant(n)
	b.want(b.s.Record(b.ctx, act("one")), nil)
	b.together(8, func(int) {
		if err := b.s.Record(b.ctx, act("many")); err != nil {
			b.Error(err)
		}
	})
	b.want(b.s.Record(b.ctx, act("two\nlines")), store.ErrAuditText)
	b.want(b.s.Record(b.ctx, act("last")), nil)
	all, err := b.s.Audits(b.ctx, 1, 1000) // after the tenant's
	b.want(err, nil)
	if len(all) != 10 || all[0].Act != "one" || all[9].Act != "last" {
		b.Fatalf("%d acts", len(all))
	}
	first, err := b.s.Audits(b.ctx, 0, 1)
	b.want(err, nil)
	if _, err := store.VerifyAudits(first[0], all); err != nil {
		b.Error(err)
	}
	// Of several that ask for the same place, one gets it.
	next := act("there")
	next.Index = all[9].Index + 1
	late := next
	late.Index++
	b.want(b.s.Record(b.ctx, late), store.ErrConflict)
	var got atomic.Int32
	b.together(8, func(int) {
		switch err := b.s.Record(b.ctx, next); {
		case err == nil:
			got.Add(1)
		case !errors.Is(err, store.ErrConflict):
			b.Error(err)
		}
	})
	b.want(b.s.Record(b.ctx, next), store.ErrConflict)
	more, err := b.s.Audits(b.ctx, all[9].Index, 1000)
	b.want(err, nil)
	if got.Load() != 1 || len(more) != 1 || more[0].Act != "there" {
		b.Errorf("%d got the place, %d acts are there", got.Load(), len(more))
	}
	if after := b.getTenant(n); after != before {
		b.Errorf("a tenant was %+v and is %+v", before, after)
	}
}
