package storetest

import "vialog/relay/internal/store"

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
	if after := b.getTenant(n); after != before {
		b.Errorf("a tenant was %+v and is %+v", before, after)
	}
}
