package keyring

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vialog/wasm/internal/keyring/model"
	"vialog/wasm/internal/seal"
)

// These tests play histories of package model with real keys and signatures, what the
// rules refuse included, and compare: what is taken, what is in force and void, who is a member,
// whether a new key is due, and which device reaches which key.

// differ tells of a difference once and with t: hashes are drawn anew in each
// run, so rapid may not find the same one again, and would say only that.
func differ(t *testing.T, rt *rapid.T, format string, args ...any) {
	t.Helper()
	if !t.Failed() {
		t.Errorf(format, args...)
	}
	rt.FailNow()
}

// ranks returns for each hash its position in their order.
func ranks(hashes []Hash) []int {
	order := make([]int, len(hashes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare(hashes[a][:], hashes[b][:]) })
	out := make([]int, len(hashes))
	for position, i := range order {
		out[i] = position
	}
	return out
}

// inSomeOrder applies raws in an order drawn by rt, those that are early later.
func inSomeOrder[C interface{ Apply(Raw) (C, error) }](t *testing.T, rt *rapid.T, start C, raws []Raw) C {
	for left := rapid.Permutation(raws).Draw(rt, "order of arrival"); len(left) > 0; {
		var early []Raw
		for _, r := range left {
			next, err := start.Apply(r)
			switch {
			case err == nil:
				start = next
			case errors.Is(err, ErrLink):
				early = append(early, r)
			default:
				differ(t, rt, "refused after others were taken: %v", err)
			}
		}
		if len(early) == len(left) {
			differ(t, rt, "changes that follow nothing")
		}
		left = early
	}
	return start
}

var accountDevices = [model.Devices]int{model.Sheet: 100, model.First: 1, model.Second: 2, model.Third: 3}

func TestAccountsDoWhatTheModelDoes(t *testing.T) {
	var taken, refused int
	conform := accountsConform(t, &taken, &refused)
	rapid.Check(t, func(rt *rapid.T) { conform(t, rt) })
	if taken < refused/4 || refused < 50 {
		t.Errorf("%d changes were taken and %d refused", taken, refused)
	}
}

func FuzzAccountsDoWhatTheModelDoes(f *testing.F) {
	var taken, refused int
	conform := accountsConform(f, &taken, &refused)
	f.Fuzz(func(t *testing.T, b []byte) { rapid.MakeFuzz(func(rt *rapid.T) { conform(t, rt) })(t, b) })
}

func accountsConform(t testing.TB, taken, refused *int) func(*testing.T, *rapid.T) {
	sheet := device(100).Public()
	start := must(ReplayAccount([]Raw{must(FoundAccount(device(1), "", &sheet, noon))}))
	start = must(start.Apply(must(start.AddDevice(device(1), device(2).Public(), must(start.Keys(device(1))), at(1)))))
	kem := func(d int) seal.KEMPublic { return device(accountDevices[d]).Public().KEM }
	return func(t *testing.T, rt *rapid.T) {
		m := model.NewAccount(0)
		nodes, hashes, secrets := []*Account{start}, []Hash{start.Head()}, []seal.Secret{must(start.Keys(device(1))).Key(1)}
		for range rapid.IntRange(5, 16).Draw(rt, "tries") {
			if m.Len() == 7 {
				break
			}
			before := rapid.IntRange(0, m.Len()-1).Draw(rt, "after")
			// Mostly what may be taken, so that histories grow.
			c := model.Change{By: rapid.IntRange(0, model.Devices-1).Draw(rt, "by"), Key: true}
			if rapid.IntRange(0, 2).Draw(rt, "rotate") > 0 {
				c.Op = rapid.SampledFrom([]model.Op{model.Remove, model.Remove, model.Add}).Draw(rt, "op")
				c.Who = rapid.IntRange(0, model.Devices-1).Draw(rt, "whom")
				if c.Op == model.Add {
					c.Who, c.Key = cmp.Or(c.Who, model.Third), false
				}
			}
			switch rapid.IntRange(0, 9).Draw(rt, "lie") {
			case 0:
				c.Key = c.Op == model.Rotate // a removal without a key
			case 1:
				if c.Key {
					c.Also = 1 << c.Who
				}
			case 2:
				if c.Key {
					c.Less = 1 << rapid.IntRange(0, model.Devices-1).Draw(rt, "left out")
				}
			}
			a := nodes[before]
			s := a.head.state
			active := m.Active(before)
			id := func(d int) Ref { return Ref{toDevice, device(accountDevices[d]).ID()} }
			var ops []op
			secret := secrets[m.KeyOf(before)]
			switch c.Op {
			case model.Remove:
				ops, active = append(ops, &opRemove{id(c.Who)}), active&^(1<<c.Who)
			case model.Add:
				w := must(wrapFor(accountKeyLabels, s.anchor, uint32(m.Generation(before)), recipient{id(c.Who), 0, kem(c.Who)}, secret))
				ops = append(ops, &opAddDevice{foundDevice{c.Who == model.Sheet, device(accountDevices[c.Who]).Public()}, w})
			}
			if c.Also &^= active; c.Less&active == 0 {
				c.Less = 0 // no lie
			}
			if c.Key {
				var to []recipient
				for d := range model.Devices {
					if (active&^c.Less | c.Also).Has(d) {
						to = append(to, recipient{id(d), 0, kem(d)})
					}
				}
				next := seal.NewSecret()
				ops = append(ops, must(newKey(accountKeyLabels, s.anchor, uint32(m.Generation(before)+1), next, secret, to)))
				secret = next
			}
			by := device(accountDevices[c.By])
			raw := forge(by, follow(a.chain, a.author(by), ops...))
			next, err := a.Apply(raw)
			if ok := m.Try(before, c); ok != (err == nil) {
				differ(t, rt, "%+v after %d:\n%s: the model says %v, the code %v", c, before, m, ok, err)
			}
			if err != nil {
				*refused++
				continue
			}
			*taken++
			nodes, hashes, secrets = append(nodes, next), append(hashes, HashOf(raw)), append(secrets, secret)
		}
		m.Order(ranks(hashes))
		var raws []Raw
		for _, n := range nodes[1:] {
			raws = append(raws, n.head.raw)
		}
		got := inSomeOrder(t, rt, start, raws)
		again := must(ReplayAccount(append(slices.Clone(raws), start.Raws()...)))
		head := m.Head()
		if got.Head() != hashes[head] || again.Head() != hashes[head] {
			differ(t, rt, "another head than %d:\n%s", head, m)
		}
		for d := range model.Devices {
			if got.HasDevice(device(accountDevices[d]).ID()) != m.Active(head).Has(d) {
				differ(t, rt, "device %d", d)
			}
		}
		if int(got.Generation()) != m.Generation(head) || got.NeedsRotation() != m.Due(head) {
			differ(t, rt, "generation %d, due %v:\n%s", got.Generation(), got.NeedsRotation(), m)
		}
		for n := 1; n < m.Len(); n++ {
			if got.InForce(hashes[n]) != m.InForce(n, head) {
				differ(t, rt, "%d is in force: %v\n%s", n, got.InForce(hashes[n]), m)
			}
		}
		// What each device reaches in any state that there was.
		know := m.Knows()
		for d := range model.Devices {
			reached := make(map[int]bool)
			for n, a := range nodes {
				keys, err := a.Keys(device(accountDevices[d]))
				if err != nil {
					continue
				}
				for on := n; ; on = m.Before(on) {
					k := m.KeyOf(on)
					if s := keys.Key(uint32(m.Generation(k))); s.Valid() {
						reached[k] = true
						if !s.Equal(secrets[k]) {
							differ(t, rt, "device %d reaches another key", d)
						}
					}
					if on == 0 {
						break
					}
				}
			}
			for n := range m.Len() {
				if m.KeyOf(n) == n && know[n].Has(d) != reached[n] {
					differ(t, rt, "device %d reaches the key of %d: %v\n%s", d, n, reached[n], m)
				}
			}
		}
	}
}

func TestSpacesDoWhatTheModelDoes(t *testing.T) {
	var taken, refused int
	conform := spacesConform(t, &taken, &refused)
	rapid.Check(t, func(rt *rapid.T) { conform(t, rt) })
	if taken < refused/4 || refused < 50 {
		t.Errorf("%d changes were taken and %d refused", taken, refused)
	}
}

func FuzzSpacesDoWhatTheModelDoes(f *testing.F) {
	var taken, refused int
	conform := spacesConform(f, &taken, &refused)
	f.Fuzz(func(t *testing.T, b []byte) { rapid.MakeFuzz(func(rt *rapid.T) { conform(t, rt) })(t, b) })
}

func spacesConform(t testing.TB, taken, refused *int) func(*testing.T, *rapid.T) {
	devices := [model.Devices]int{1, 2, 20, 21}
	worlds := make(map[model.OwnerHistory]func() (*world, [3]Author, *Space, seal.Secret))
	for _, h := range model.OwnerHistories {
		w := newWorld(t)
		who := [3]Author{w.account(device(1), ""), w.account(device(20), "carer"), w.account(device(21), "stranger")}
		raw, err := w.acct(who[0]).AddDevice(device(1), device(2).Public(), w.keys(who[0]), at(1))
		w.addAccount(who[0], raw, err)
		first, e, err := FoundSpace(Home, who[0], ref(who[0]), []Member{{ref(who[1]), Care}}, [32]byte{7}, w.book, at(2))
		if err != nil {
			t.Fatal(err)
		}
		for g := 2; g <= h.Generation; g++ {
			if g == h.Retired {
				raw, err = w.acct(who[0]).RemoveDevice(device(1), device(2).ID(), at(g+1))
			} else {
				raw, err = w.acct(who[0]).Rotate(device(1), at(g+1))
			}
			w.addAccount(who[0], raw, err)
		}
		s := must(ReplaySpace([]Raw{first}, w.book))
		worlds[h] = func() (*world, [3]Author, *Space, seal.Secret) { return w, who, s, e }
	}
	return func(t *testing.T, rt *rapid.T) {
		h := rapid.SampledFrom(model.OwnerHistories).Draw(rt, "owner")
		w, who, start, e := worlds[h]()
		w.t = t
		m := model.NewSpace(0, h)
		acct := func(d int) int { return max(d-1, 0) }
		nodes, hashes, secrets := []*Space{start}, []Hash{start.Head()}, []seal.Secret{e}
		for range rapid.IntRange(5, 16).Draw(rt, "tries") {
			if m.Len() == 7 {
				break
			}
			before := rapid.IntRange(0, m.Len()-1).Draw(rt, "after")
			c := model.SpaceChange{By: rapid.SampledFrom([]int{0, 0, 0, 1, 1, 2, 3}).Draw(rt, "by"), Cite: 1, Key: true}
			if acct(c.By) == model.Owner {
				c.Cite = rapid.IntRange(1, h.Generation).Draw(rt, "cite")
			}
			c.Op = rapid.SampledFrom([]model.SpaceOp{model.Advance, model.Expel, model.Invite, model.InviteFromNow}).Draw(rt, "op")
			if c.Op != model.Advance {
				c.Who = rapid.IntRange(model.Carer, model.Stranger).Draw(rt, "whom")
			}
			if c.Op == model.Invite {
				c.Key = false
			}
			lie := rapid.IntRange(0, 9).Draw(rt, "lie")
			if lie == 0 && c.Op == model.Expel {
				c.Key = false
			}
			if c.Key {
				c.Owner = c.Cite
				if acct(c.By) != model.Owner || lie < 3 {
					c.Owner = rapid.IntRange(1, h.Generation).Draw(rt, "sealed to")
				}
			}
			s := nodes[before]
			anchor := s.head.state.anchor
			secret := secrets[m.KeyOf(before)]
			var ops []op
			in := [3]bool{true, m.Member(before, model.Carer), m.Member(before, model.Stranger)}
			switch c.Op {
			case model.Expel:
				ops, in[c.Who] = append(ops, &opRemove{ref(who[c.Who])}), false
			case model.Invite, model.InviteFromNow:
				o := &opAdd{ref(who[c.Who]), uint8(Care), nil}
				if !c.Key {
					o.wrap = must(wrapFor(epochLabels, anchor, uint32(m.Epoch(before)), must(w.book.recipient(o.ref)), secret))
				}
				ops, in[c.Who] = append(ops, o), true
			}
			if c.Key {
				if lie == 3 && !in[model.Stranger] {
					c.Also, in[model.Stranger] = 1<<model.Stranger, true
				}
				var to []recipient
				for i, yes := range in {
					if !yes {
						continue
					}
					r := must(w.book.recipient(ref(who[i])))
					if i == model.Owner {
						r.gen, r.kem = uint32(c.Owner), *w.acct(who[0]).head.state.gens[c.Owner-1].kem
					}
					to = append(to, r)
				}
				next, prev := seal.NewSecret(), secret
				if c.Op == model.InviteFromNow {
					prev = seal.Secret{}
				}
				ops = append(ops, must(newKey(epochLabels, anchor, uint32(m.Epoch(before)+1), next, prev, to)))
				secret = next
			}
			by := device(devices[c.By])
			raw := forge(by, follow(s.chain, author{device: by.ID(), account: who[acct(c.By)].Account, gen: uint32(c.Cite)}, ops...))
			next, err := s.Apply(raw)
			if ok := m.Try(before, c); ok != (err == nil) {
				differ(t, rt, "%+v after %d:\n%s: the model says %v, the code %v", c, before, m, ok, err)
			}
			if err != nil {
				*refused++
				continue
			}
			*taken++
			nodes, hashes, secrets = append(nodes, next), append(hashes, HashOf(raw)), append(secrets, secret)
		}
		m.Order(ranks(hashes))
		raws := start.Raws()
		for _, n := range nodes[1:] {
			raws = append(raws, n.head.raw)
		}
		got := inSomeOrder(t, rt, start, raws[1:])
		head := m.Head()
		if got.Head() != hashes[head] || must(ReplaySpace(raws, w.book)).Head() != hashes[head] {
			differ(t, rt, "another head than %d:\n%s", head, m)
		}
		if int(got.Epoch()) != m.Epoch(head) || got.NeedsRotation() != m.Due(head) {
			differ(t, rt, "epoch %d, due %v:\n%s", got.Epoch(), got.NeedsRotation(), m)
		}
		for i := range who {
			is := slices.ContainsFunc(got.Members(), func(x Member) bool { return x.Ref == ref(who[i]) })
			if is != m.Member(head, i) {
				differ(t, rt, "account %d is a member: %v", i, is)
			}
		}
		for n := 1; n < m.Len(); n++ {
			if got.InForce(hashes[n]) != m.InForce(n, head) {
				differ(t, rt, "%d is in force: %v\n%s", n, got.InForce(hashes[n]), m)
			}
		}
		know := m.Knows()
		for d := range model.Devices {
			keys := w.keys(Author{device(devices[d]), who[acct(d)].Account})
			reached := make(map[int]bool)
			for n, s := range nodes {
				epochs, err := s.Epochs(keys)
				if err != nil {
					continue
				}
				for on := n; ; on = m.Before(on) {
					k := m.KeyOf(on)
					if x := epochs[uint32(m.Epoch(k))]; x.Valid() {
						reached[k] = true
						if !x.Equal(secrets[k]) {
							differ(t, rt, "device %d reaches another key", d)
						}
					}
					if on == 0 {
						break
					}
				}
			}
			for n := range m.Len() {
				if m.KeyOf(n) == n && know[n].Has(d) != reached[n] {
					differ(t, rt, "device %d reaches the epoch of %d: %v\n%s", d, n, reached[n], m)
				}
			}
		}
	}
}
