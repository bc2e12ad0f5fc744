package link

import (
	"errors"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

// A Chain is the membership history of an account or a team, as it is
// published in a space and handed over when people join. It verifies itself. It
// may begin later than with the first change, for readers who know what stands
// before.
type Chain struct {
	Team bool // otherwise an account
	Raws []keyring.Raw

	space bool // only in notes: changes of the space itself
}

// AddTo merges the chain into a book.
func (c Chain) AddTo(b keyring.Book) (err error) {
	if c.Team {
		_, err = b.AddTeam(c.Raws)
	} else {
		_, err = b.AddAccount(c.Raws)
	}
	return err
}

// learn is AddTo, and reports whether the book knew less before.
func (c Chain) learn(b keyring.Book) (bool, error) {
	if !slices.ContainsFunc(c.Raws, func(raw keyring.Raw) bool { return !b.Knows(c.Team, raw) }) {
		return false, nil
	}
	err := c.AddTo(b)
	return err == nil, err
}

const maxChains = 512

var errChains = errors.New("link: malformed list of chains")

// AppendChains writes chains; accounts must stand before the teams they are in.
func AppendChains(b *cryptobyte.Builder, chains []Chain) {
	b.AddUint16(uint16(len(chains)))
	for _, c := range chains {
		b.AddUint8(flag(c.Team) | flag(c.space)<<1)
		AppendRaws(b, c.Raws)
	}
}

// AppendRaws writes the changes of one chain.
func AppendRaws(b *cryptobyte.Builder, raws []keyring.Raw) {
	b.AddUint16(uint16(len(raws)))
	for _, raw := range raws {
		b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(raw) })
	}
}

// ReadChains reads what AppendChains wrote.
func ReadChains(in *cryptobyte.String) ([]Chain, error) { return readChains(in, 1) }

// readChains reads chains of kinds up to most: 2, the space's own changes, stands
// in notes only.
func readChains(in *cryptobyte.String, most uint8) ([]Chain, error) {
	var n uint16
	if !in.ReadUint16(&n) || n > maxChains || len(*in) < int(n)*3 {
		return nil, errChains
	}
	chains := make([]Chain, n)
	for i := range chains {
		var team uint8
		if !in.ReadUint8(&team) || team > most {
			return nil, errChains
		}
		raws, err := ReadRaws(in)
		if err != nil {
			return nil, err
		}
		chains[i] = Chain{Team: team == 1, space: team == 2, Raws: raws}
	}
	return chains, nil
}

// ReadRaws reads what AppendRaws wrote; the changes are copied.
func ReadRaws(in *cryptobyte.String) ([]keyring.Raw, error) {
	var n uint16
	if !in.ReadUint16(&n) || len(*in) < int(n)*3 {
		return nil, errChains
	}
	raws := make([]keyring.Raw, n)
	for i := range raws {
		var one cryptobyte.String
		if !in.ReadUint24LengthPrefixed(&one) || len(one) == 0 {
			return nil, errChains
		}
		raws[i] = append(keyring.Raw(nil), one...)
	}
	return raws, nil
}

// ChainsBody is the body of a TypeChain statement.
func ChainsBody(chains ...Chain) []byte {
	b := cryptobyte.NewBuilder(nil)
	AppendChains(b, chains)
	return b.BytesOrPanic()
}

// ParseChains reads the body of a TypeChain statement.
func ParseChains(body []byte) ([]Chain, error) {
	in := cryptobyte.String(body)
	chains, err := ReadChains(&in)
	if err != nil || !in.Empty() {
		return nil, errChains
	}
	return chains, nil
}

// pointBody is the body of a checkpoint: the heads of every device, the
// author's own included, signed hybrid, so that statements below it stay
// unforgeable when classical signatures no longer are.
func (r *Replica) pointBody(me *seal.Device) []byte {
	heads := make([]Head, 0, len(r.lines))
	for id, l := range r.lines {
		if n := len(l.hashes); n > 0 {
			heads = append(heads, Head{Device: id, Seq: uint64(n), Hash: l.hashes[n-1]})
		}
	}
	sortHeads(heads)
	b := cryptobyte.NewBuilder(nil)
	b.AddUint16(uint16(len(heads)))
	for _, h := range heads {
		b.AddBytes(h.Device[:])
		b.AddUint64(h.Seq)
		b.AddBytes(h.Hash[:])
	}
	list := b.BytesOrPanic()
	space := r.space.ID()
	return append(list, me.SignHybrid(seal.LabelCheckpoint, append(space[:], list...))...)
}

// point checks a checkpoint that a device has stated.
func (r *Replica) point(s *Statement, pub seal.DevicePublic, u *Update) {
	in := cryptobyte.String(s.Body)
	var n uint16
	if !in.ReadUint16(&n) || len(in) != int(n)*72+seal.HybridSize {
		return
	}
	list := s.Body[:2+int(n)*72]
	space := r.space.ID()
	if pub.VerifyHybrid(seal.LabelCheckpoint, append(space[:], list...), s.Body[len(list):]) != nil {
		r.alarm(u, Alarm{s.Device, s.Seq, AlarmFork})
		return
	}
	for range n {
		var h Head
		in.CopyBytes(h.Device[:])
		in.ReadUint64(&h.Seq)
		in.CopyBytes(h.Hash[:])
		l := r.lines[h.Device]
		if l != nil && h.Seq > 0 && h.Seq <= uint64(len(l.hashes)) && l.hashes[h.Seq-1] != h.Hash {
			r.alarm(u, Alarm{h.Device, h.Seq, AlarmFork})
		}
	}
}
