package app

import (
	"bytes"
	"testing"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// decodeChoice reads what is said of the list of patients: the statement, what
// it seals, or what this device has not said yet.
func decodeChoice(kind string, b []byte) ([]byte, error) {
	switch kind {
	case "choice":
		k, err := parseChoice(b)
		if err != nil {
			return nil, err
		}
		return k.body(), nil
	case "chosen":
		p, err := parsePending(b)
		if err != nil || len(b) > 0 && b[0] == 1 {
			return b, err // this release writes none of version 1
		}
		return p.record().Value, nil
	}
	s, err := seal.SecretFrom(b)
	if err != nil {
		return nil, err
	}
	view, ok := unpackChoice(s)
	if !ok {
		return nil, errFields
	}
	return packChoice(view).Bytes(), nil
}

// choiceCases are the vectors of them.
func choiceCases(t *testing.T) map[string][]byte {
	edit := fieldEditor(t)
	body := (&choice{sealed: fill(seal.SealedSecretSize, 1), gen: 3, turn: 5}).body()
	pending := pendingChoice{turn: 5, view: []byte{2, 1, 10, 1, 1, 10, 3}}.record().Value
	list := packChoice([]byte{2, 0, 0, 0, 1, 3}).Bytes()
	dirty := bytes.Clone(list)
	dirty[31] = 1
	return map[string][]byte{
		"accept-choice":                    body,
		"accept-choice-last-turn":          edit(body, fieldChoiceTurn, asNumber(1<<53-1)),
		"reject-choice-truncated":          body[:len(body)-1],
		"reject-choice-without-view":       edit(body, fieldChoice, nil),
		"reject-choice-short-view":         edit(body, fieldChoice, fill(seal.SealedSecretSize-1, 1)),
		"reject-choice-generation-0":       edit(body, fieldChoiceGen, asNumber(0)),
		"reject-choice-generation-2-32":    edit(body, fieldChoiceGen, asNumber(1<<32)),
		"reject-choice-turn-0":             edit(body, fieldChoiceTurn, nil),
		"reject-choice-turn-2-53":          edit(body, fieldChoiceTurn, asNumber(1<<53)),
		"accept-chosen":                    pending,
		"accept-chosen-usual":              pending[:9],
		"accept-chosen-before-it-was-told": {1, 3, 10},
		"reject-chosen-version-3":          append([]byte{3}, pending[1:]...),
		"reject-chosen-cut":                pending[:8],
		"reject-chosen-turn-0":             append(make([]byte, 0), 2, 0, 0, 0, 0, 0, 0, 0, 0, 2),
		"reject-chosen-turn-2-53":          append(make([]byte, 0), 2, 0, 32, 0, 0, 0, 0, 0, 0, 2),
		"reject-chosen-of-31-bytes":        append(bytes.Clone(pending[:9]), fill(31, 1)...),
		"accept-listing":                   list,
		"accept-listing-usual":             packChoice(nil).Bytes(),
		"accept-listing-of-30-bytes":       packChoice(fill(30, 1)).Bytes(),
		"reject-listing-form-2":            append([]byte{2}, list[1:]...),
		"reject-listing-of-31-bytes":       append([]byte{1, 31}, list[2:]...),
		"reject-listing-something-after":   dirty,
	}
}

func FuzzChoice(f *testing.F) {
	for _, kind := range []string{"choice", "chosen", "listing"} {
		f.Add(kind, (&choice{sealed: fill(seal.SealedSecretSize, 1), gen: 3, turn: 5}).body())
		f.Add(kind, pendingChoice{turn: 5, view: []byte{2, 1, 10, 1, 1, 10, 3}}.record().Value)
		f.Add(kind, packChoice([]byte{2, 0, 0, 0, 1, 3}).Bytes())
	}
	f.Fuzz(func(t *testing.T, kind string, b []byte) {
		if kind != "choice" && kind != "chosen" && kind != "listing" {
			return
		}
		once, err := decodeChoice(kind, b)
		if err != nil {
			return
		}
		// What a later version adds to a statement is left out; all else comes back as it was.
		if twice, err := decodeChoice(kind, once); err != nil || !bytes.Equal(once, twice) || kind != "choice" && !bytes.Equal(once, b) {
			t.Fatalf("what was read does not come back as it was: %v", err)
		}
	})
}

// Of the choices of an account the highest turn counts, then the latest, then the
// greater hash, in whatever order they come; nobody's word is about another's.
func TestTheLastChoiceIsThatOfTheHighestTurn(t *testing.T) {
	said := func(account byte, turn uint64, at int64) *link.Entry {
		e := by(typeChoice, keyring.Treat, uint64(account)<<8|turn, (&choice{sealed: fill(seal.SealedSecretSize, byte(turn)), gen: 1, turn: turn}).body())
		e.Account, e.Time = keyring.AccountID{account}, at
		return e
	}
	early, slow, same := said(1, 1, 5000), said(1, 2, 1000), said(1, 2, 1000) // its clock is behind
	same.Seq++                                                                // another statement, of another hash
	winner, loser := slow.Hash(), same.Hash()
	if bytes.Compare(winner[:], loser[:]) < 0 {
		winner = loser
	}
	other := said(2, 9, 9000)
	for _, order := range [][]*link.Entry{{early, slow, same, other}, {same, slow, other, early}, {other, slow, early, same}, {slow, other, same, early}} {
		d := newDesk()
		for _, e := range order {
			d.takeChoice(e)
		}
		if got := d.choices[keyring.AccountID{1}]; got.turn != 2 || got.hash != winner {
			t.Errorf("turn %d counts, hash %x", got.turn, got.hash[:4])
		}
		if got := d.choices[keyring.AccountID{2}]; got.turn != 9 {
			t.Errorf("the other's choice is of turn %d", got.turn)
		}
	}
}
