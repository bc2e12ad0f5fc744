package storetest

import (
	"errors"
	"time"

	"vialog/relay/internal/store"
)

func eraseChannel(b *bench) {
	n := b.tenant(func(n *store.Tenant) { n.MaxChannels = 3 })
	gone, stays := b.newChannel(n), b.newChannel(n)
	gone.Expires = noon.Add(time.Hour)
	box := b.box(300)
	for _, c := range []store.Channel{gone, stays} {
		b.want(b.s.Create(b.ctx, c, b.ticket(1)), nil)
		b.append(c, box)
	}
	b.append(gone, b.boxes(300, 300)...)
	former, next, owner := gone.Access, b.key(), b.founding()
	_, err := b.s.Rotate(b.ctx, gone.ID, former, next, []byte("note"), nil, 0)
	b.want(err, nil)
	b.want(b.s.Cede(b.ctx, gone.ID, gone.Founding, owner), nil)
	b.want(b.s.Erase(b.ctx, b.newChannel(n).ID), store.ErrNoChannel)
	b.want(b.s.Erase(b.ctx, gone.ID), nil)

	nothing := func() {
		b.Helper()
		_, err := b.s.Lookup(b.ctx, gone.ID)
		b.want(err, store.ErrErased)
		for _, access := range []store.Channel{gone, {Access: next}, {}} {
			_, err = b.s.Append(b.ctx, gone.ID, access.Access, b.boxes(1, 300), 0)
			b.want(err, store.ErrErased)
			_, err = b.s.Rotate(b.ctx, gone.ID, access.Access, b.key(), nil, nil, 0)
			b.want(err, store.ErrErased)
			_, err = b.s.Note(b.ctx, gone.ID, access.Access)
			b.want(err, store.ErrNoChannel)
		}
		_, _, err = b.s.After(b.ctx, gone.ID, 0, 1000, nil)
		b.want(err, store.ErrNoChannel)
		b.want(b.s.Cede(b.ctx, gone.ID, owner, b.founding()), store.ErrErased)
		b.want(b.s.Delete(b.ctx, gone.ID), store.ErrErased)
		b.want(b.s.Erase(b.ctx, gone.ID), store.ErrErased)
		b.want(b.s.Create(b.ctx, gone, b.ticket(1)), store.ErrErased)
		b.holds(stays, box)
		if got := b.getTenant(n); got.Channels != 2 || got.Bytes != 300 {
			b.Errorf("tenant counts %d channels of %d bytes, want 2 of 300", got.Channels, got.Bytes)
		}
	}
	nothing()
	if !errors.Is(store.ErrErased, store.ErrNoChannel) {
		b.Error("whoever looks for a missing channel takes an erased one for something else")
	}
	expired, err := b.s.Expire(b.ctx, noon.Add(2*time.Hour))
	b.want(err, nil)
	if len(expired) != 0 {
		b.Error("what was erased expired")
	}
	nothing()

	// It counts against the tenant's channels, or anybody could fill the disk with what is left.
	b.want(b.s.Create(b.ctx, b.newChannel(n), b.ticket(1)), nil)
	b.want(b.s.Create(b.ctx, b.newChannel(n), b.ticket(1)), store.ErrQuota)
	acts, err := b.s.Activity(b.ctx, time.Now().Add(48*time.Hour))
	b.want(err, nil)
	if len(acts) != 1 || acts[0].Channels != 2 || acts[0].Dormant != 2 {
		b.Errorf("activity is %+v, want that of two channels", acts)
	}

	// With the tenant it goes too.
	b.want(b.setState(n.ID, store.Leaving, act("tenant.remove")), nil)
	_, err = b.s.ChangeTenant(b.ctx, n.ID, func(n *store.Tenant) (store.Audit, error) {
		n.Ends = noon
		return act("tenant.remove"), nil
	})
	b.want(err, nil)
	e, err := b.s.EraseTenant(b.ctx, n.ID, noon.Add(time.Hour), func(store.Erasure) store.Audit { return act("tenant.erase") })
	b.want(err, nil)
	if e.Channels != 3 || e.Boxes != 1 || e.Bytes != 300 {
		b.Errorf("erased %+v", e)
	}
	left, err := b.s.WipeTenant(b.ctx, n.ID, noon, act("tenant.wiped"))
	b.want(err, nil)
	if left != (store.Erasure{}) {
		b.Errorf("left is %+v", left)
	}
	_, err = b.s.Lookup(b.ctx, gone.ID)
	b.want(err, store.ErrNoChannel)
}

func eraseRace(b *bench) {
	c := b.channel()
	box := b.box(300)
	b.append(c, box)
	const all = 12
	did := make([]error, all)
	b.together(all, func(i int) {
		switch i % 3 {
		case 0:
			did[i] = b.s.Erase(b.ctx, c.ID)
		case 1:
			_, err := b.s.Append(b.ctx, c.ID, c.Access, b.boxes(3, 300), 0)
			if err != nil && !errors.Is(err, store.ErrErased) {
				b.Errorf("append: %v", err)
			}
			did[i] = store.ErrErased
		default:
			if err := b.s.Create(b.ctx, c, b.ticket(1)); err != nil && !errors.Is(err, store.ErrErased) {
				b.Errorf("create: %v", err)
			}
			did[i] = store.ErrErased
		}
	})
	won := 0
	for _, err := range did {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, store.ErrErased):
			b.Errorf("erase: %v", err)
		}
	}
	if won != 1 {
		b.Errorf("%d erased it, want 1", won)
	}
	_, err := b.s.Lookup(b.ctx, c.ID)
	b.want(err, store.ErrErased)
	if got := b.getTenant(store.Tenant{ID: c.Tenant}); got.Channels != 1 || got.Bytes != 0 {
		b.Errorf("tenant counts %d channels of %d bytes, want 1 of 0", got.Channels, got.Bytes)
	}
}
