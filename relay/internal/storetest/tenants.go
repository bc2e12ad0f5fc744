package storetest

import (
	"errors"
	"slices"
	"strings"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

func (b *bench) change(n store.Tenant, what string, change func(*store.Tenant)) store.Tenant {
	b.Helper()
	got, err := b.s.ChangeTenant(b.ctx, n.ID, func(n *store.Tenant) (store.Audit, error) {
		change(n)
		return act(what), nil
	})
	b.want(err, nil)
	return got
}

func changeTenant(b *bench) {
	n := b.tenant(func(n *store.Tenant) { n.MaxChannels = 5 })
	c := b.newChannel(n)
	b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
	b.append(c, b.box(300))
	want := b.getTenant(n)
	want.Name, want.MaxChannels, want.MaxBytes = "Zentrum Süd", 7, 1<<40
	want.Contact, want.Requester, want.Approver = "Leitung der Ambulanz", "jo", "mira"
	want.Approved, want.Reviewed, want.Review = noon, noon.Add(time.Hour), noon.AddDate(1, 0, 0)
	acts := b.audits()
	for range 2 {
		got := b.change(n, "change", func(n *store.Tenant) {
			*n = want
			n.ID, n.Created, n.Channels, n.Bytes, n.Open = b.short(), noon.Add(time.Hour), 9, 9, true
			n.Approved = noon.Add(time.Millisecond)
		})
		if got != want || b.getTenant(n) != want {
			b.Errorf("got %+v, want %+v", got, want)
		}
		if b.audits() != acts+1 {
			b.Errorf("%d acts were recorded, want 1", b.audits()-acts)
		}
	}
	// The quota is in force at once.
	b.change(n, "quota", func(n *store.Tenant) { n.MaxBytes = 400 })
	_, err := b.s.Append(b.ctx, c.ID, c.Access, b.boxes(1, 101), 0)
	b.want(err, store.ErrQuota)
	b.append(c, b.box(100))

	acts = b.audits()
	reason := errors.New("reason")
	for _, tt := range []struct {
		claim  string
		id     wire.TenantID
		change func(*store.Tenant) error
		want   error
	}{
		{"unknown", b.short(), func(*store.Tenant) error { return nil }, store.ErrNoTenant},
		{"refused by the caller", n.ID, func(n *store.Tenant) error { n.Name = "x"; return reason }, reason},
		{"state that does not follow", n.ID, func(n *store.Tenant) error { n.Name, n.State = "x", store.Pending; return nil }, store.ErrConflict},
	} {
		_, err := b.s.ChangeTenant(b.ctx, tt.id, func(n *store.Tenant) (store.Audit, error) { return act("change"), tt.change(n) })
		if !errors.Is(err, tt.want) {
			b.Errorf("%s: got %v, want %v", tt.claim, err, tt.want)
		}
	}
	if b.getTenant(n).Name != want.Name || b.audits() != acts {
		b.Error("a refused change left something behind")
	}
}

func approve(b *bench) {
	n := b.tenant(func(n *store.Tenant) { n.State, n.Key, n.Requester = store.Requested, wire.TenantKey{}, "jo" })
	code := b.bytes()
	for _, to := range []store.State{store.Active, store.Suspended, store.Leaving} {
		b.want(b.setState(n.ID, to, act("resume")), store.ErrConflict)
	}
	_, err := b.s.Redeem(b.ctx, code, b.bytes(), noon, act("redeem"))
	b.want(err, store.ErrCode)
	b.want(b.s.SetTenantKey(b.ctx, n.ID, b.bytes(), act("rekey")), store.ErrNoTenant)
	b.change(n, "approve", func(n *store.Tenant) {
		n.State, n.Approver, n.Approved = store.Pending, "mira", noon
		n.CodeHash, n.CodeExpires = code, noon.Add(time.Hour)
	})
	b.want(b.s.Create(b.ctx, b.newChannel(n), b.ticket(1)), store.ErrNoTenant)
	_, err = b.s.Redeem(b.ctx, code, b.bytes(), noon, act("redeem"))
	b.want(err, nil)
	b.want(b.s.Create(b.ctx, b.newChannel(n), b.ticket(1)), nil)

	// An open one has no code: it is in use once approved.
	open := b.tenant(func(n *store.Tenant) { n.State, n.Key, n.Open = store.Requested, wire.TenantKey{}, true })
	b.want(b.s.Create(b.ctx, b.newChannel(open), store.TicketUse{}), store.ErrNoTenant)
	b.want(b.setState(open.ID, store.Active, act("approve")), nil)
	b.want(b.s.Create(b.ctx, b.newChannel(open), store.TicketUse{}), nil)

	// What was asked for and never used ends at once, and keeps its identifier.
	n = b.tenant(func(n *store.Tenant) { n.State, n.Key = store.Requested, wire.TenantKey{} })
	b.want(b.setState(n.ID, store.Erased, act("remove")), nil)
	b.want(b.setState(n.ID, store.Pending, act("approve")), store.ErrConflict)
	b.want(b.s.AddTenant(b.ctx, n, act("add")), store.ErrExists)
}

func newCode(b *bench) {
	n, old := b.invited()
	other, taken := b.invited()
	next := b.bytes()
	give := func(code [32]byte) error {
		_, err := b.s.ChangeTenant(b.ctx, n.ID, func(n *store.Tenant) (store.Audit, error) {
			n.CodeHash, n.CodeExpires = code, noon.Add(2*time.Hour)
			return act("code"), nil
		})
		return err
	}
	b.want(give(taken), store.ErrExists)
	b.want(give(next), nil)
	key := wire.TenantKey(b.bytes())
	late := noon.Add(90 * time.Minute) // when the old one had expired
	_, err := b.s.Redeem(b.ctx, old, key, noon, act("redeem"))
	b.want(err, store.ErrCode)
	got, err := b.s.Redeem(b.ctx, next, key, late, act("redeem"))
	b.want(err, nil)
	if got.ID != n.ID || got.Key != key {
		b.Errorf("got %+v", got)
	}
	if b.getTenant(other) != other {
		b.Error("another tenant changed")
	}
}

func activity(b *bench) {
	none, err := b.s.Activity(b.ctx, noon)
	b.want(err, nil)
	if len(none) != 0 {
		b.Errorf("an empty store has %+v", none)
	}
	b.tenant(nil) // has no channel
	one, two := b.tenant(nil), b.tenant(nil)
	var first []store.Channel
	for range 3 {
		c := b.newChannel(one)
		b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
		first = append(first, c)
	}
	b.want(b.s.Create(b.ctx, b.newChannel(two), b.ticket(1)), nil)
	day := noon.Truncate(24 * time.Hour)
	check := func(before time.Time, want ...store.Activity) {
		b.Helper()
		got, err := b.s.Activity(b.ctx, before)
		b.want(err, nil)
		if !slices.Equal(got, want) {
			b.Fatalf("got %+v, want %+v", got, want)
		}
	}
	check(noon, store.Activity{Tenant: one.ID, Channels: 3, Last: day}, store.Activity{Tenant: two.ID, Channels: 1, Last: day})
	check(noon.AddDate(0, 0, 1), store.Activity{Tenant: one.ID, Channels: 3, Dormant: 3, Last: day},
		store.Activity{Tenant: two.ID, Channels: 1, Dormant: 1, Last: day})

	// An append and a rotation count, a repetition and a reader do not. The
	// tests take place after noon of that day; at midnight today may end.
	box := b.box(300)
	b.append(first[0], box)
	_, err = b.s.Rotate(b.ctx, first[1].ID, first[1].Access, b.key(), nil, nil, 0)
	b.want(err, nil)
	b.holds(first[2])
	start := time.Now()
	got, err := b.s.Activity(b.ctx, noon.AddDate(0, 0, 1))
	b.want(err, nil)
	if len(got) != 2 || got[0].Dormant != 1 || got[1].Dormant != 1 || got[1].Last != day {
		b.Fatalf("after an append and a rotation: %+v", got)
	}
	if last := got[0].Last; last != last.Truncate(24*time.Hour) || last.After(start) || start.Sub(last) > 50*time.Hour {
		b.Errorf("the last day is %v", last)
	}
}

func eraseTenant(b *bench) {
	other := b.channel()
	kept := b.box(300)
	b.append(other, kept)
	n := b.tenant(nil)
	var mine []store.Channel
	for range 3 {
		c := b.newChannel(n)
		b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
		b.append(c, b.boxes(70, 300)...)
		mine = append(mine, c)
	}
	_, err := b.s.Rotate(b.ctx, mine[0].ID, mine[0].Access, b.key(), []byte("note"), nil, 0)
	b.want(err, nil)
	var said store.Erasure
	erase := func(now time.Time) (store.Erasure, error) {
		return b.s.EraseTenant(b.ctx, n.ID, now, func(e store.Erasure) store.Audit { said = e; return act("erase") })
	}
	wipe := func() (store.Erasure, error) { return b.s.WipeTenant(b.ctx, n.ID, noon, act("wipe")) }
	ends := noon.AddDate(0, 0, 30)
	acts := b.audits()
	_, err = erase(ends)
	b.want(err, store.ErrConflict)
	_, err = b.s.EraseTenant(b.ctx, b.short(), ends, func(store.Erasure) store.Audit { return act("erase") })
	b.want(err, store.ErrNoTenant)
	b.want(b.setState(n.ID, store.Leaving, act("remove")), nil)
	_, err = erase(ends)
	b.want(err, store.ErrGrace) // no date is set
	b.change(n, "remove", func(n *store.Tenant) { n.Ends = ends })
	_, err = erase(ends.Add(-time.Second))
	b.want(err, store.ErrGrace)
	_, err = wipe()
	b.want(err, store.ErrConflict)
	if _, head, err := b.s.After(b.ctx, mine[2].ID, 0, 1, nil); err != nil || head != 70 {
		b.Fatalf("before it was erased: %d boxes, %v", head, err)
	}
	if b.audits() != acts+2 {
		b.Error("a refusal was recorded")
	}

	got, err := erase(ends)
	b.want(err, nil)
	want := store.Erasure{Channels: 3, Boxes: 210, Notes: 1, Tickets: 3, Bytes: 210*300 + 4 + store.NoteOverhead}
	if got != want || said != want {
		b.Errorf("erased %+v, said %+v, want %+v", got, said, want)
	}
	for _, c := range mine {
		_, err := b.s.Lookup(b.ctx, c.ID)
		b.want(err, store.ErrNoChannel)
		_, _, err = b.s.After(b.ctx, c.ID, 0, 1, nil)
		b.want(err, store.ErrNoChannel)
		_, err = b.s.Append(b.ctx, c.ID, c.Access, b.boxes(1, 300), 0)
		b.want(err, store.ErrNoChannel)
	}
	stone := b.getTenant(n)
	if stone.State != store.Erased || stone.Channels != 0 || stone.Bytes != 0 || stone.Key != (wire.TenantKey{}) || !stone.Wiped.IsZero() || stone.Name != n.Name || stone.Ends != ends {
		b.Errorf("what stays is %+v", stone)
	}
	for range 2 { // the answer may have been lost
		left, err := wipe()
		b.want(err, nil)
		if left != (store.Erasure{}) {
			b.Errorf("%+v is left", left)
		}
	}
	if got := b.getTenant(n); got.Wiped != noon {
		b.Errorf("wiped %v", got.Wiped)
	}
	if again, err := erase(ends); err != nil || again != (store.Erasure{}) {
		b.Errorf("erased again: %+v, %v", again, err)
	}
	if b.audits() != acts+4 {
		b.Errorf("%d acts were recorded, want 4", b.audits()-acts)
	}
	b.want(b.s.AddTenant(b.ctx, n, act("add")), store.ErrExists)
	b.want(b.setState(n.ID, store.Active, act("resume")), store.ErrConflict)
	b.holds(other, kept)
	b.append(other, b.box(300))
	// A diary that moves elsewhere may be founded here again under its keys.
	back := mine[0]
	back.Tenant = other.Tenant
	b.want(b.s.Create(b.ctx, back, b.ticket(1)), nil)
	b.holds(back)
}

func auditText(b *bench) {
	n := b.tenant(nil)
	acts := b.audits()
	long := strings.Repeat("x", store.MaxAuditText+1)
	for _, a := range []store.Audit{
		{Time: noon, Actor: long}, {Time: noon, Act: "a\nb"}, {Time: noon, Subject: "\x1b[2J"}, {Time: noon, Detail: "\xff"}, {Time: noon, Detail: "\x00"},
	} {
		b.want(b.setState(n.ID, store.Suspended, a), store.ErrAuditText)
		b.want(b.s.SetTenantKey(b.ctx, n.ID, b.bytes(), a), store.ErrAuditText)
		b.want(b.s.AddTenant(b.ctx, store.Tenant{ID: b.short(), State: store.Active, Created: noon}, a), store.ErrAuditText)
		_, err := b.s.Redeem(b.ctx, b.bytes(), b.bytes(), noon, a)
		b.want(err, store.ErrAuditText)
	}
	if b.audits() != acts || b.getTenant(n) != n {
		b.Error("a refusal left something behind")
	}
	b.want(b.setState(n.ID, store.Suspended, store.Audit{Time: noon, Detail: long[1:]}), nil)
}
