package app

import (
	"bytes"
	"context"
	"slices"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// A patient's devices have other keys in every centre's space, so that two
// centres cannot compare them. Only home knows which belong together. When home
// removes a device, each persona account is tidied: out goes every device that
// none of those left says is its own, and the paper device whose seed the removed
// one knew; in comes a fresh one, all in one change.

// Statements of home about the devices of personas.
const (
	typeClaim link.Type = 40 // a device's keys in a centre's space
	typePaper link.Type = 41 // the paper device of a persona's account
)

const (
	fieldClaimAccount = iota + 1
	fieldClaimDevice
	fieldClaimPaper
	fieldClaimGen
)

// A claim is what a device at home says of a device in a persona's account.
type claim struct {
	account keyring.AccountID
	device  seal.DeviceID
}

func (k claim) body() []byte {
	return fields{fieldClaimAccount: k.account[:], fieldClaimDevice: k.device[:]}.bytes()
}

func parseClaim(f fields) (k claim, ok bool) {
	a, one := copy32(f[fieldClaimAccount])
	d, two := copy32(f[fieldClaimDevice])
	return claim{a, d}, one && two
}

// A paper is the seed of a persona's paper device, sealed under a key of the
// account at home.
type paper struct {
	sealed []byte
	gen    uint32
	hash   link.Hash // of the statement; zero for the one on the card
}

func paperBody(account keyring.AccountID, p paper) []byte {
	f := fields{fieldClaimAccount: account[:], fieldClaimPaper: p.sealed}
	f.setNumber(fieldClaimGen, uint64(p.gen))
	return f.bytes()
}

func parsePaper(f fields) (account keyring.AccountID, p paper, ok bool) {
	a, ok := copy32(f[fieldClaimAccount])
	p.sealed = f[fieldClaimPaper]
	gen := f.number(fieldClaimGen)
	p.gen = uint32(gen)
	return a, p, ok && len(p.sealed) == seal.SealedSecretSize && gen > 0 && gen < 1<<32
}

// maxPapers bounds what is kept for one account: each stands for a removal.
const maxPapers = 1024

// takeClaim takes in what a device says of personas. Of other accounts' devices
// nothing is asked, and their papers do not open.
func (d *desk) takeClaim(e *link.Entry) {
	f, err := parseFields(e.Body)
	if err != nil {
		return
	}
	if e.Type == typeClaim {
		if k, ok := parseClaim(f); ok && !slices.Contains(d.claims[k], e.Device) {
			d.claims[k] = append(d.claims[k], e.Device)
		}
		return
	}
	if a, p, ok := parsePaper(f); ok && len(d.papers[a]) < maxPapers {
		p.hash = e.Hash()
		d.papers[a] = append(d.papers[a], p)
		slices.SortFunc(d.papers[a], func(x, y paper) int {
			if x.gen != y.gen {
				return int(int64(y.gen) - int64(x.gen))
			}
			return bytes.Compare(x.hash[:], y.hash[:])
		})
	}
}

// paper finds the paper device of a centre's card: of those that open, the one
// sealed under the newest key, then the one with the smallest hash. Those that
// account lists as removed are passed over; it may be nil.
func (c *Client) paper(k *centreCard, account *keyring.Account) (*seal.Device, uint32, bool) {
	home := c.primary()
	home.book.Lock()
	keys, err := accountKeys(home)
	home.book.Unlock()
	if err != nil {
		return nil, 0, false
	}
	for _, p := range append(slices.Clip(c.desk.papers[k.account]), paper{sealed: k.paper, gen: k.paperGen}) {
		if !keys.Key(p.gen).Valid() {
			continue
		}
		seed, err := seal.OpenSecret(keys.Key(p.gen), seal.LabelAppAccount, k.account[:], p.sealed)
		if err != nil {
			continue
		}
		d := seal.DeviceFromSeed(seed)
		if account != nil && !account.HasDevice(d.ID()) {
			if _, listed := account.Device(d.ID()); listed {
				continue
			}
		}
		return d, p.gen, true
	}
	return nil, 0, false
}

// card is that of the centre of a space, nil while home has not been told.
func (c *Client) card(s *space) *centreCard {
	for _, k := range c.cards() {
		if k.account == s.account {
			return k
		}
	}
	return nil
}

// tidyPersona says at home which keys this device has in a centre's space, and
// shuts out there who was removed at home.
func (c *Client) tidyPersona(ctx context.Context, s *space) {
	home, k := c.primary(), c.card(s)
	if k == nil || !c.mayChange(s) || !c.caughtUp(home) {
		return
	}
	me := claim{s.account, s.device.ID()}
	if k.by != home.device.ID() && !slices.Contains(c.desk.claims[me], home.device.ID()) {
		if c.write(ctx, home, typeClaim, me.body()) != nil {
			return
		}
	}
	home.book.Lock()
	account, ok := home.book.Account(home.account)
	if !ok {
		home.book.Unlock()
		return
	}
	gen, last := account.Generation(), uint32(0)
	for _, d := range account.Devices() {
		last = max(last, d.Until)
	}
	keys, err := accountKeys(home)
	home.book.Unlock()
	if last == 0 || err != nil || !keys.Key(gen).Valid() {
		return // nobody was removed
	}
	s.book.Lock()
	persona, ok := s.book.Account(s.account)
	s.book.Unlock()
	if !ok || !persona.HasDevice(s.device.ID()) {
		return
	}
	fresh, sealedUnder, ok := c.paper(k, persona)
	if !ok || sealedUnder < last {
		// Whoever was removed knows the seed, or none is left.
		p := paper{sealed: seal.SealSecret(keys.Key(gen), seal.LabelAppAccount, s.account[:], seal.NewSecret()), gen: gen}
		if c.write(ctx, home, typePaper, paperBody(s.account, p)) != nil {
			return
		}
		if fresh, _, ok = c.paper(k, persona); !ok {
			return
		}
	}
	if persona.HasDevice(fresh.ID()) {
		return // tidy
	}
	var out []seal.DeviceID
	for i, d := range persona.Devices() {
		if d.Active() && d.ID != s.device.ID() && !c.ours(account, k, d.ID, i == 0) {
			out = append(out, d.ID)
		}
	}
	in := fresh.Public()
	if raw, err := persona.Replace(s.device, out, &in, c.env.Now()); err == nil {
		c.tellChange(ctx, s, persona.Raws(), raw)
	}
}

// ours reports that an active device at home says that a device of a persona is
// its own. The device that founded the persona says so by its card.
func (c *Client) ours(home *keyring.Account, k *centreCard, id seal.DeviceID, founder bool) bool {
	if founder && home.HasDevice(k.by) {
		return true
	}
	return slices.ContainsFunc(c.desk.claims[claim{k.account, id}], home.HasDevice)
}
