package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// A statement of every kind, by a member of home with every right: what stands
// in the wrong column of FORMAT.md's table changes nothing, whoever signed it.
func TestWhatAMemberMayNotWriteChangesNothing(t *testing.T) {
	now := diary.MomentOf(time.Now())
	head := func() diary.Head { return diary.Head{ID: diary.NewID(), Entered: now} }
	chain := must(keyring.FoundAccount(seal.DeviceFromSeed(fixedSecret(t, 5)), "", nil, time.Now()))(t)
	inv := join.New(join.Carer, [32]byte{1})
	note, card := &diary.Note{Head: head(), Text: "x"}, &diary.Card{Head: head(), Contacts: "x"}
	message, seen := &diary.Message{Head: head(), Text: "x"}, &diary.Seen{Head: head(), Entries: []diary.ID{{1}}}
	contact, opened := &diary.Contact{Head: head(), Phone: "112"}, &diary.Opened{Head: head()}
	body := func(e diary.Entry) []byte { return must(diary.Encode(e))(t) }

	cl, _, _ := hanging(t)
	all, own, home := "own care read", "own", "own care"
	for _, c := range []struct {
		name  string
		typ   link.Type
		body  []byte
		may   string // rights with which it counts
		count func(c *Client) int
	}{
		{"note", link.Type(diary.KindNote), body(note), home, entries},
		{"card", link.Type(diary.KindCard), body(card), home, entries},
		{"message", link.Type(diary.KindMessage), body(message), "own care treat", entries},
		{"seen", link.Type(diary.KindSeen), body(seen), "own treat", entries}, // by a carer it is still new to the owner
		{"contact of a centre", link.Type(diary.KindContact), body(contact), "treat", entries},
		{"look of a centre", link.Type(diary.KindOpened), body(opened), "treat", entries},
		{"centre", typeCentre, (&centreCard{
			idKey: fixedSecret(t, 1), chains: []link.Chain{{Raws: []keyring.Raw{chain}}}, chain: []keyring.Raw{chain}, origin: "https://relay.example",
		}).body(), own, func(c *Client) int { return len(c.desk.centres) }},
		{"invitation", typeInvitation, (&invite{id: [16]byte{1}, inv: inv, right: keyring.Care}).body(), own, func(c *Client) int { return len(c.desk.order) }},
		{"state of an invitation", typeInviteState, inviteStateBody([16]byte{1}, InviteRevoked), own, func(c *Client) int { return len(c.desk.states) }},
		{"pin", typeInviteState, pinBody([16]byte{1}, [64]byte{1}), own, func(c *Client) int { return len(c.desk.pins) }},
		{"persona", typePersona, fixedPersona(t, "", [32]byte{7}).body(), all, func(c *Client) int { return len(c.people.personas) }},
		{"admitted", typeAdmitted, (&admitted{account: [32]byte{1}, chain: []keyring.Raw{{1}}, origin: "https://relay.example"}).body(), own,
			func(c *Client) int { return len(c.people.admitted) }},
		{"name", typeName, nameBody("Oma Inge"), all, func(c *Client) int { return len(c.people.names) }},
		{"handover", typeHandover, handoverBody([32]byte{9}, 0), own, func(c *Client) int { return len(c.people.handed) }},
		{"decision", typeHandover, handoverBody([32]byte{9}, keyring.Read), own, func(c *Client) int { return len(c.people.decided) }},
		{"media channel", typeMedia, mediaChannelBody([32]byte{1}, [32]byte{2}), own, func(c *Client) int { return len(c.people.media) }},
		{"places of photos", link.TypeBlobs, link.BlobsBody(wire.Channel{1}, []link.BlobPlace{{Channel: wire.Channel{1}, Blob: link.BlobID{1}, Pos: 1}}), home,
			func(c *Client) int { return len(c.spaces[0].places) }},
	} {
		for _, right := range []keyring.Right{keyring.Own, keyring.Care, keyring.Treat, keyring.Read, 0} {
			cl.stop()
			cl.begin(cl.v, &profile{role: Patient, seed: seal.NewSecret()})
			s := &space{role: roleHome, account: [32]byte{7}}
			cl.prepare(s)
			cl.spaces = []*space{s}
			s.replica = lonely(t, cl, s)
			e := &link.Entry{Statement: &link.Statement{Seq: 1, Time: 5, Account: [32]byte{7}, Type: c.typ, Body: c.body}, Right: right}
			cl.absorb(s, []*link.Entry{e})
			want := 0
			if slices.Contains(strings.Fields(c.may), right.String()) {
				want = 1
			}
			if got := c.count(cl); got != want {
				t.Errorf("%s, with the right %v: %d, want %d", c.name, right, got, want)
			}
		}
	}
}

func entries(c *Client) int { return c.own.Len() }

// lonely is a home space of its own for a test.
func lonely(t *testing.T, c *Client, s *space) *link.Replica {
	t.Helper()
	genesis, e1, err := c.foundSpace(s, keyring.Home, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return must(link.Found(t.Context(), c.config(s), chainsOf(s.book.Book, keyring.TeamID{}, s.account), genesis, e1, "https://relay.example", wire.Admission{}))(t)
}
