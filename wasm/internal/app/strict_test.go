package app

import (
	"testing"

	"vialog/wasm/internal/join"
	"vialog/wasm/internal/link"
)

func TestAnIdentifierThatIsTooLongIsNotCut(t *testing.T) {
	i := &invite{id: [16]byte{1}, inv: join.New(join.Patient, [32]byte{2}), nonce: join.Nonce{3}}
	for _, field := range []uint16{fieldInviteID, fieldInviteNonce} {
		f, err := parseFields(i.body())
		if err != nil {
			t.Fatal(err)
		}
		f[field] = append(f[field], 0)
		d := newDesk()
		d.take(&link.Entry{Statement: &link.Statement{Type: typeInvitation, Body: f.bytes()}})
		if len(d.invites) != 0 {
			t.Errorf("an invitation with a longer field %d was taken", field)
		}
	}
	f, err := parseFields(inviteStateBody(i.id, InviteUsed))
	if err != nil {
		t.Fatal(err)
	}
	f[fieldInviteID] = append(f[fieldInviteID], 0)
	d := newDesk()
	d.take(&link.Entry{Statement: &link.Statement{Type: typeInviteState, Body: f.bytes()}})
	if len(d.states) != 0 {
		t.Error("a state with a longer identifier was taken")
	}
}
