package app

import (
	"bytes"
	"context"
	"slices"

	"vialog/wasm/internal/arrange"
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
	fieldClaimChain
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
	chain  *link.Chain // of the account, with the change that brings the device in; nil on the card
	hash   link.Hash   // of the statement; zero for the one on the card
	by     seal.DeviceID
}

func paperBody(account keyring.AccountID, p paper) []byte {
	f := fields{fieldClaimAccount: account[:], fieldClaimPaper: p.sealed, fieldClaimChain: link.ChainsBody(*p.chain)}
	f.setNumber(fieldClaimGen, uint64(p.gen))
	return f.bytes()
}

func parsePaper(f fields) (account keyring.AccountID, p paper, ok bool) {
	a, ok := copy32(f[fieldClaimAccount])
	gen := f.number(fieldClaimGen)
	chains, err := link.ParseChains(f[fieldClaimChain])
	p.sealed, p.gen = f[fieldClaimPaper], uint32(gen)
	if !ok || err != nil || len(chains) != 1 || chains[0].Team || len(chains[0].Raws) == 0 || len(p.sealed) != seal.SealedSecretSize || gen == 0 || gen >= 1<<32 {
		return a, p, false
	}
	p.chain = &chains[0]
	return a, p, true
}

// maxPapers bounds what is kept of one device for one account: each stands for a
// removal. A device that is going to be removed fills its own share only.
const maxPapers = 1024

// takeClaim takes in what a device of the own account says of personas.
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
	if a, p, ok := parsePaper(f); ok {
		said := 0
		for _, o := range d.papers[a] {
			if o.by == e.Device {
				said++
			}
		}
		if said >= maxPapers {
			return
		}
		p.hash, p.by = e.Hash(), e.Device
		d.papers[a] = append(d.papers[a], p)
		arrange.By(d.papers[a], func(x, y paper) int {
			if x.gen != y.gen {
				return int(int64(y.gen) - int64(x.gen))
			}
			return bytes.Compare(x.hash[:], y.hash[:])
		})
	}
}

// papers opens the paper devices of a centre's card: those that were sealed under
// the newest key first, then by the hash of the statement.
func (c *Client) papers(k *centreCard, f func(d *seal.Device, p paper) (found bool)) bool {
	home := c.primary()
	home.book.Lock()
	keys, err := accountKeys(home)
	home.book.Unlock()
	if err != nil {
		return false
	}
	for _, p := range append(slices.Clip(c.desk.papers[k.account]), paper{sealed: k.paper, gen: k.paperGen}) {
		seed, ok := unseal(keys, p.gen, seal.LabelAppAccount, k.account[:], p.sealed)
		if ok && f(seal.DeviceFromSeed(seed), p) {
			return true
		}
	}
	return false
}

// paper is the one with which a device comes in that knows the card alone, with
// the chains that it needs. Two devices may have tidied at once: which of their
// papers is in the account, the chains of both together tell.
func (c *Client) paper(k *centreCard) (d *seal.Device, chains []link.Chain, ok bool) {
	book := keyring.NewBook()
	chains = slices.Clip(k.chains)
	for _, p := range c.desk.papers[k.account] {
		chains = append(chains, *p.chain)
	}
	for _, ch := range chains {
		if !ch.Team {
			ch.AddTo(book) // what does not verify brings nobody in
		}
	}
	account, known := book.Account(k.account)
	if !known {
		return nil, nil, false
	}
	d, ok = c.paperIn(k, account)
	var in []link.Chain
	if ok {
		in = append(in, link.Chain{Raws: account.Raws()})
	}
	return d, append(in, k.chains...), ok
}

// paperIn is the one that is in an account now.
func (c *Client) paperIn(k *centreCard, account *keyring.Account) (d *seal.Device, ok bool) {
	ok = c.papers(k, func(found *seal.Device, _ paper) bool { d = found; return account.HasDevice(d.ID()) })
	return d, ok
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
	persona, ok := c.accountIn(s)
	if !ok || !persona.HasDevice(s.device.ID()) {
		return
	}
	if c.papers(k, func(d *seal.Device, p paper) bool {
		if p.gen < last {
			return false // whoever was removed knows the seed
		}
		if p.chain != nil && !persona.Has(keyring.HashOf(p.chain.Raws[len(p.chain.Raws)-1])) {
			// Another device said so at home, and not here yet.
			if c.write(ctx, s, link.TypeChain, link.ChainsBody(*p.chain)) == nil {
				persona, _ = c.accountIn(s)
			}
		}
		return persona.HasDevice(d.ID())
	}) {
		return // tidy
	}
	var out []seal.DeviceID
	for i, d := range persona.Devices() {
		if d.Active() && d.ID != s.device.ID() && !c.ours(account, k, d.ID, i == 0) {
			out = append(out, d.ID)
		}
	}
	seed := seal.NewSecret()
	in := seal.DeviceFromSeed(seed).Public()
	raw, err := persona.Replace(s.device, out, &in, c.env.Now())
	if err != nil {
		return
	}
	// At home first: what is not said there would be a device that nobody knows.
	p := paper{sealed: seal.SealSecret(keys.Key(gen), seal.LabelAppAccount, s.account[:], seed), gen: gen,
		chain: &link.Chain{Raws: append(persona.Raws(), raw)}}
	if c.write(ctx, home, typePaper, paperBody(s.account, p)) == nil {
		c.tellChange(ctx, s, persona.Raws(), raw)
	}
}

func (c *Client) accountIn(s *space) (*keyring.Account, bool) {
	s.book.Lock()
	defer s.book.Unlock()
	return s.book.Account(s.account)
}

// ours reports that an active device at home says that a device of a persona is
// its own. The device that founded the persona says so by its card.
func (c *Client) ours(home *keyring.Account, k *centreCard, id seal.DeviceID, founder bool) bool {
	if founder && home.HasDevice(k.by) {
		return true
	}
	return slices.ContainsFunc(c.desk.claims[claim{k.account, id}], home.HasDevice)
}
