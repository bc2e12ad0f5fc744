package app

import (
	"bytes"
	"context"
	"encoding/binary"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// How somebody at a centre wants to see the list of patients. A choice is kept
// in the browser as soon as it is made, and told to the person's other browsers
// once it is settled: as a statement in the team's space, sealed under the key of
// the person's own account, so that colleagues learn no more than that somebody
// has chosen something.

// typeChoice is how its author wants to see the list of patients.
const typeChoice link.Type = 83

// MaxChoice bounds a choice, in bytes: with its form and length it is one sealed secret.
const MaxChoice = 30

const (
	fieldChoice = iota + 120
	fieldChoiceGen
	fieldChoiceTurn
)

// choiceKey is the record of what was chosen here and has not been told.
const choiceKey = "choice"

// A choice is one statement of type 83. Turns count the choices of an account, so
// that a browser whose clock is behind is not overruled by what it has changed.
type choice struct {
	sealed []byte
	gen    uint32 // of the author's account's key that seals it
	turn   uint64
	saying

	view []byte
	open bool // view is what was sealed
}

func (k *choice) body() []byte {
	f := fields{fieldChoice: k.sealed}
	f.setNumber(fieldChoiceGen, uint64(k.gen))
	f.setNumber(fieldChoiceTurn, k.turn)
	return f.bytes()
}

func parseChoice(body []byte) (*choice, error) {
	f, err := parseFields(body)
	if err != nil {
		return nil, err
	}
	gen := f.number(fieldChoiceGen)
	k := &choice{sealed: f[fieldChoice], gen: uint32(gen), turn: f.number(fieldChoiceTurn)}
	if len(k.sealed) != seal.SealedSecretSize || gen == 0 || gen >= 1<<32 || k.turn == 0 || k.turn >= 1<<53 {
		return nil, errFields
	}
	return k, nil
}

// packChoice writes a view as a secret.
func packChoice(view []byte) seal.Secret {
	b := make([]byte, 2+MaxChoice)
	b[0], b[1] = 1, byte(len(view))
	if copy(b[2:], view) < len(view) {
		panic("app: a choice that is too long")
	}
	s, err := seal.SecretFrom(b)
	if err != nil {
		panic("app: " + err.Error())
	}
	return s
}

func unpackChoice(s seal.Secret) (view []byte, ok bool) {
	b := s.Bytes()
	n := int(b[1])
	if b[0] != 1 || n > MaxChoice || len(bytes.Trim(b[2+n:], "\x00")) > 0 {
		return nil, false
	}
	return b[2 : 2+n], true
}

// takeChoice keeps the last choice of each account: of the highest turn, then
// the latest, then the greater hash.
func (d *desk) takeChoice(e *link.Entry) {
	k, err := parseChoice(e.Body)
	if err != nil {
		return
	}
	k.at, k.hash = e.Time, e.Hash()
	if o := d.choices[e.Account]; o != nil && (o.turn > k.turn || o.turn == k.turn && o.after(k.at, k.hash)) {
		return
	}
	if d.choices == nil {
		d.choices = make(map[keyring.AccountID]*choice)
	}
	d.choices[e.Account] = k
}

// A pendingChoice was made in this browser and has not been told.
type pendingChoice struct {
	turn uint64 // that it will have; 0: there is none
	view []byte
}

func (p pendingChoice) record() vaultRecord {
	if p.turn == 0 {
		return vaultRecord{Key: choiceKey}
	}
	return vaultRecord{Key: choiceKey, Value: append(binary.BigEndian.AppendUint64([]byte{2}, p.turn), p.view...)}
}

// parsePending reads the record. What was kept before choices were told, version
// 1, is the whole of a view, and the first choice of its account.
func parsePending(raw []byte) (p pendingChoice, err error) {
	switch {
	case len(raw) == 0:
		return p, nil
	case raw[0] == 1 && len(raw) <= MaxChoice:
		return pendingChoice{turn: 1, view: raw}, nil
	case raw[0] != 2 || len(raw) < 9 || len(raw) > 9+MaxChoice:
		return p, errFields
	}
	p = pendingChoice{turn: binary.BigEndian.Uint64(raw[1:9]), view: raw[9:]}
	if p.turn == 0 || p.turn >= 1<<53 {
		return pendingChoice{}, errFields
	}
	return p, nil
}

// toldChoice is what this account last told its browsers; turn 0: nothing. The caller holds mu.
func (c *Client) toldChoice() (turn uint64, view []byte) {
	prim := c.primary()
	if prim == nil {
		return 0, nil
	}
	k := c.desk.choices[prim.account]
	if k == nil {
		return 0, nil
	}
	if !k.open {
		prim.book.Lock()
		keys, err := accountKeys(prim)
		prim.book.Unlock()
		if err == nil {
			if s, ok := unseal(keys, k.gen, seal.LabelAppChoice, prim.account[:], k.sealed); ok {
				k.view, k.open = unpackChoice(s)
			}
		}
	}
	return k.turn, k.view
}

// Choice is how the person wants to see the list of patients, as KeepChoice was
// told here or in another browser of theirs. It is empty if they have not said.
func (l Look) Choice() []byte {
	turn, view := l.c.toldChoice()
	if l.c.chosen.turn > turn {
		return l.c.chosen.view
	}
	return view
}

// KeepChoice keeps how the person wants to see the list of patients, in this
// browser until TellChoice.
func (c *Client) KeepChoice(ctx context.Context, view []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	turn, _ := c.toldChoice()
	p := pendingChoice{turn: turn + 1, view: bytes.Clone(view)}
	if err := c.v.Write(ctx, []vaultRecord{p.record()}); err != nil {
		return err
	}
	c.chosen = p
	return nil
}

// TellChoice tells the person's other browsers what was chosen here, if that is
// anything new to them.
func (c *Client) TellChoice(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	prim := c.primary()
	if c.chosen.turn == 0 || prim == nil || prim.role != roleTeam {
		return nil
	}
	turn, view := c.toldChoice()
	if c.chosen.turn > turn && !bytes.Equal(view, c.chosen.view) {
		prim.book.Lock()
		keys, err := accountKeys(prim)
		prim.book.Unlock()
		if err != nil {
			return err
		}
		k := choice{gen: keys.Newest(), turn: c.chosen.turn}
		k.sealed = seal.SealSecret(keys.Key(k.gen), seal.LabelAppChoice, prim.account[:], packChoice(c.chosen.view))
		if err := c.write(ctx, prim, typeChoice, k.body()); err != nil {
			return err
		}
	}
	if err := c.v.Write(ctx, []vaultRecord{pendingChoice{}.record()}); err != nil {
		return err // the statement has its turn: next time it is dropped
	}
	c.chosen = pendingChoice{}
	return nil
}
