package screen

import (
	"encoding/binary"
	"strconv"
	"testing"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/pseudonym"
	"vialog/wasm/internal/view"
)

// Among a thousand patients of the record one is found by a part of the pseudonym
// or of the case note, also one who has left; no more are offered than can be read.
func TestAPatientOfTheRecordIsFoundByTyping(t *testing.T) {
	x := unlocked(t)
	who := make(map[keyring.SpaceID]app.Recorded)
	var gone keyring.SpaceID
	for i := range 1000 {
		var id keyring.SpaceID
		binary.BigEndian.PutUint32(id[:], uint32(i+1)*2654435761)
		who[id] = app.Recorded{Space: id, Pseudonym: pseudonym.Of(id).String(), Note: "K-" + strconv.Itoa(1000+i), N: uint32(i + 1)}
		if i == 517 {
			gone = id
			r := who[id]
			r.N, r.Gone = 0, true
			who[id] = r
		}
	}
	left := pseudonym.Of(gone).String() + " (K-1517), no longer shared"
	for _, c := range []struct {
		find  string
		match int
	}{{"", 0}, {"  ", 0}, {"nobody", 0}, {"no longer", 0}, {"k-1517", 1}, {" K-1517 ", 1}, {pseudonym.Of(gone).String(), 1}, {"k-15", 100}, {"K-", 1000}} {
		x.legal.find, x.legal.query = c.find, view.LegalQuery{}
		got := x.findRecorded(who)
		if got.Match != c.match || len(got.Matches) != min(c.match, view.MaxMatches) || got.Chosen != "" {
			t.Errorf("%q: %d match, %d are offered", c.find, got.Match, len(got.Matches))
		}
		if c.match == 1 && (got.Matches[0] != view.Choice{Value: spaceValue(gone), Label: left}) {
			t.Errorf("%q: %v", c.find, got.Matches[0])
		}
	}
	x.legal.query.Patient = spaceValue(gone)
	if got := x.findRecorded(who); got.Value != spaceValue(gone) || got.Chosen != left {
		t.Errorf("chosen: %q", got.Chosen)
	}
}
