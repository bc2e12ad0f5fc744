package app

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/native"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// hanging is a client whose relay does not answer: a call ends with its context.
func hanging(t *testing.T) (*Client, Env, *atomic.Int32) {
	calls := new(atomic.Int32)
	env := Env{
		Disk: vault.NewMemory(), Binder: vault.NewSoftware(), KDF: native.KDF, Now: time.Now, Origin: "https://relay.example",
		Params: func() seal.KDFParams {
			p := seal.NewKDFParams()
			p.MiB, p.Time = seal.Current.Passphrase.Floor.MiB, seal.Current.Passphrase.Floor.Time
			return p
		},
		Dial: func(ctx context.Context, _ string) (link.Conn, error) {
			calls.Add(1)
			<-ctx.Done()
			return nil, ctx.Err()
		},
	}
	c := New(env)
	if err := c.Create(t.Context(), []byte("passphrase")); err != nil {
		t.Fatal(err)
	}
	return c, env, calls
}

func locks(t *testing.T, c *Client) {
	t.Helper()
	done := make(chan struct{})
	go func() { c.Lock(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("locking waits for the relay")
	}
}

func TestTheEndOfATalkIsSentAgainAfterUnlocking(t *testing.T) {
	c, env, calls := hanging(t)
	inv := join.New(join.Colleague, [32]byte{1})
	c.mu.Lock()
	if err := c.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.answer(t.Context(), inv, []byte("the end"))
	c.mu.Unlock()
	for calls.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	locks(t, c)
	calls.Store(0)
	again := New(env)
	if err := again.Unlock(t.Context(), []byte("passphrase")); err != nil {
		t.Fatal(err)
	}
	for range 12000 { // a minute
		if calls.Load() > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if calls.Load() == 0 {
		t.Error("the end of the talk was lost with the browser")
	}
	locks(t, again)
}

func TestACallAfterLockingIsRefused(t *testing.T) {
	c, _, _ := hanging(t)
	p := &Preview{Kind: join.Patient, talk: newTalk(join.New(join.Patient, [32]byte{1}))}
	locks(t, c)
	ctx := t.Context()
	for name, err := range map[string]error{
		"restore": func() error {
			ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			return c.Restore(ctx, join.NewSheet())
		}(),
		"join":    c.JoinCentre(ctx, p, anAgreement),
		"share":   func() error { _, err := c.shareWith(ctx, p, anAgreement); return err }(),
		"say":     c.Say(ctx, 1, "x", [16]byte{}),
		"begin":   c.BeginCentre(ctx, [16]byte{}, "a", "b"),
		"confirm": c.Confirm(ctx, [16]byte{}),
		"revoke":  c.Revoke(ctx, [16]byte{}),
		"await":   c.Await(ctx),
	} {
		if !errors.Is(err, ErrLocked) && name != "restore" || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.Look(func(Look) { t.Error("a locked client is looked at") })
}

func TestADeskIsTheSameInAnyOrder(t *testing.T) {
	inv := join.New(join.Patient, [32]byte{1})
	i := &invite{id: [16]byte{1}, inv: inv, created: time.UnixMilli(5), expires: time.Unix(9, 0)}
	raw := must(keyring.FoundAccount(seal.DeviceFromSeed(seal.NewSecret()), "", nil, time.Now()))(t)
	k := &card{invite: i.id, chain: []keyring.Raw{raw}, origin: "o", note: "first"}
	statement := func(n uint64, typ link.Type, body []byte) *link.Entry {
		return &link.Entry{Statement: &link.Statement{Seq: n, Time: int64(n), Type: typ, Body: body}}
	}
	card := statement(1, typeCard, k.body())
	of := card.Hash()
	note := func(n uint64, s string) *link.Entry {
		return statement(n, typeCaseNote, fields{fieldCardOf: of[:], fieldCardNote: []byte(s)}.bytes())
	}
	all := []*link.Entry{
		statement(1, typeInvitation, i.body()), statement(2, typeInviteState, inviteStateBody(i.id, InviteRevoked)),
		statement(3, typeInviteState, inviteStateBody(i.id, InviteUsed)), statement(4, typeInviteState, inviteStateBody(i.id, InviteRefused)),
		card, note(5, "second"), note(6, "third"),
		statement(7, typeInvitation, []byte{1}), statement(7, typeCard, nil), statement(7, typeInviteState, fields{fieldInviteID: {1}}.bytes()),
		statement(7, 999, []byte("later version")),
	}
	for seed := range uint64(200) {
		d := newDesk()
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
		for _, e := range append(all, all...) {
			d.take(e)
		}
		if len(d.invites) != 1 || len(d.order) != 1 || d.invites[i.id].state != InviteUsed {
			t.Fatalf("seed %d: %d invitations", seed, len(d.invites))
		}
		if len(d.cards) != 1 || d.cards[0].note != "third" {
			t.Fatalf("seed %d: %d cards", seed, len(d.cards))
		}
	}
}

func FuzzFields(f *testing.F) {
	f.Add(fields{1: []byte("a"), 7: nil, 300: bytes.Repeat([]byte{1}, 300)}.bytes())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := parseFields(b); err == nil && !bytes.Equal(got.bytes(), b) {
			t.Fatal("another encoding was accepted")
		}
		parseProfile(b)
		parseSpace(1, b)
		parseCentreCard(b)
		newDesk().take(&link.Entry{Statement: &link.Statement{Type: typeCard, Body: b}})
		newDesk().take(&link.Entry{Statement: &link.Statement{Type: typeInvitation, Body: b}})
		newDesk().take(&link.Entry{Statement: &link.Statement{Type: typeCaseNote, Body: b}})
	})
}

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	p := &profile{
		role: Centre, seed: seal.NewSecret(), next: 7, sheet: join.NewSheet(), sheetMade: time.UnixMilli(5), name: "Süd", hasCode: true,
		tenant: [16]byte{2}, account: [32]byte{3}, team: [32]byte{4}, locker: []byte{5}, admission: []byte{6},
	}
	p.code = [16]byte{1}
	back, err := parseProfile(p.record().Value)
	if err != nil || !bytes.Equal(back.record().Value, p.record().Value) {
		t.Fatal("profile", err)
	}
	s := &space{n: 3, role: roleCentre, persona: 4, idKey: seal.NewSecret(), invite: []byte{1}, offer: []byte{2}, request: []byte{3},
		heard: time.UnixMilli(9), state: CentreUnchecked, check: "123456", card: &card{id: [32]byte{7}}}
	sb, err := parseSpace(3, s.record().Value)
	if err != nil || !bytes.Equal(sb.record().Value, s.record().Value) {
		t.Fatal("space", err)
	}
}
