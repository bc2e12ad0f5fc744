package screen

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/passphrase"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

func TestAPassphraseWeighsWhatAThiefNeeds(t *testing.T) {
	x := unlocked(t)
	for _, tt := range []struct {
		pass string
		want view.Strength
	}{
		{"", view.Unweighed},
		{"hallo", view.TooWeak},
		{"passwort", view.TooWeak},
		{"aaaaaaaaaaaaaaaaaaaa", view.TooWeak},
		{"123456789012345", view.TooWeak},
		{"abcdefghijklmnop", view.TooWeak},
		{"Sommer 2026", view.TooWeak},
		{"drei kleine worte", view.TooWeak},
		{"vier kleine gute worte", view.Weak},
		{"river pebble lantern oven birch", view.Strong},
		{words, view.Strong},
		{"teacup teacup teacup teacup teacup", view.TooWeak},
	} {
		if got := x.weighPass(tt.pass); got.strength != tt.want {
			t.Errorf("%q weighs %d (%.0f bits), want %d", tt.pass, got.strength, passphrase.Bits(tt.pass), tt.want)
		}
	}
	x.suggest = passphrase.Draw()
	if w := x.weighPass(" " + x.suggest); w.strength != view.Strong || w.drawn < 60 || w.lasts.Unit != view.Ages {
		t.Errorf("what was drawn: %+v", w)
	}
}

func TestTimesAreRoundedDown(t *testing.T) {
	for bits, want := range map[float64]view.Span{
		10: {}, 34: {Unit: view.Hours}, 40: {N: 3, Unit: view.Days}, 44: {N: 1, Unit: view.Months}, 45: {N: 3, Unit: view.Months},
		48: {N: 2, Unit: view.Years}, 55: {N: 200, Unit: view.Years}, 66: {Unit: view.Ages}, 500: {Unit: view.Ages},
	} {
		if got := spanOf(bits); got != want && !(bits == 44 && got == view.Span{N: 50, Unit: view.Days}) {
			t.Errorf("%v bits: %+v, want %+v", bits, got, want)
		}
	}
}

// choosing is a tab that asks for a passphrase.
func choosing(t *testing.T) *tab {
	x := open(t, vault.NewMemory(), vault.NewSoftware())
	x.press(view.ActStartAlone)
	return x
}

func TestTheOnlyRuleIsTheLength(t *testing.T) {
	x := choosing(t)
	x.press(view.ActPassSave, view.FieldPassphrase, "a b   c d e")
	if x.open {
		t.Fatal("nine characters were taken")
	}
	x.shows(x.lang.T(lang.ProblemPassLength, "n", "10"))
	x.press(view.ActPassSave, view.FieldPassphrase, "passwort passwort")
	if x.open {
		t.Fatal("a weak one was taken without a word")
	}
	x.shows(x.lang.T(lang.ProblemPassSure, "time", x.lang.T(lang.SpanMoments)))
	x.shows(x.lang.T(lang.PassSaveWeak))
	// Another weak one is told of as well.
	x.press(view.ActPassSave, view.FieldPassphrase, "passwort123")
	if x.open {
		t.Fatal("another weak one was taken without a word")
	}
	x.press(view.ActPassSave, view.FieldPassphrase, "passwort123")
	if !x.open {
		t.Fatal("a person may not decide")
	}
}

func TestACentreIsNotOpenedByAWeakPassphrase(t *testing.T) {
	x := choosing(t)
	x.centre = "a code"
	for range 3 {
		x.press(view.ActPassSave, view.FieldPassphrase, "passwort123")
	}
	if x.open {
		t.Error("taken")
	}
	x.shows(x.lang.T(lang.ProblemPassCentre, "time", x.lang.T(lang.SpanMoments)))
}

func TestThePassphraseIsChangedByWhoKnowsTheOldOne(t *testing.T) {
	x := unlocked(t)
	const other = "meadow pebble lantern oven birch teacup"
	x.press(view.ActPassChange)
	x.shows("old-passphrase")
	x.press(view.ActPassSave, view.FieldOldPassphrase, "a guess", view.FieldPassphrase, other)
	x.shows(x.lang.T(lang.ProblemPassOld))
	x.press(view.ActPassSave, view.FieldOldPassphrase, words, view.FieldPassphrase, other)
	if x.at.name == atPassphrase || x.notice == nil || x.notice.Key != lang.NoticePassChanged {
		t.Fatalf("at %v, %+v", x.at.name, x.notice)
	}
	x.lock(false)
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	if x.open {
		t.Fatal("the old one opens")
	}
	x.press(view.ActUnlock, view.FieldPassphrase, other)
	if !x.open {
		t.Fatal("the new one does not open")
	}
}

func TestWrongPassphrasesLockNobodyOut(t *testing.T) {
	x := unlocked(t)
	x.lock(false)
	for range 20 {
		x.press(view.ActUnlock, view.FieldPassphrase, "a guess")
	}
	x.shows(x.lang.T(lang.UnlockHelpSafe))
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	if !x.open || x.notice == nil || x.notice.Key != lang.NoticeWrongTries || x.keys.missed != 0 {
		t.Errorf("open %v, %+v", x.open, x.notice)
	}
}

// A passkeyKeeper keeps passkeys, as a browser has it.
type passkeyKeeper struct {
	x       *tab
	answers bool // to "create" already
	prf     []byte
	id      []byte
}

// answer answers what was asked last.
func (k *passkeyKeeper) answer(failed string) {
	k.x.t.Helper()
	r := k.x.page.asked[len(k.x.page.asked)-1]
	e := node.Event{Kind: "passkey", Fields: map[string]string{"how": "get"}}
	if r.Make {
		e.Fields["how"] = "create"
	}
	if failed != "" {
		e.Fields["failed"] = failed
	} else {
		e.Files = []node.File{{Field: "id", Data: bytes.Clone(k.id)}, {Field: "prf"}}
		if !r.Make || k.answers {
			e.Files[1].Data = bytes.Clone(k.prf)
		}
	}
	k.x.tell(e)
}

func (k *passkeyKeeper) add() {
	k.x.t.Helper()
	k.x.press(view.ActUnlocking)
	k.x.press(view.ActPasskeyForm)
	k.x.press(view.ActPasskeyAdd, view.FieldPassphrase, words, view.FieldPasskeyName, "  Fingerprint ")
	k.answer("")
}

func newKeeper(x *tab) *passkeyKeeper {
	return &passkeyKeeper{x: x, answers: true, id: []byte{1, 2, 3}, prf: bytes.Repeat([]byte{7}, 32)}
}

func TestAPasskeyIsAddedAndOpens(t *testing.T) {
	for _, answers := range []bool{true, false} {
		x := unlocked(t)
		k := newKeeper(x)
		k.answers = answers
		k.add()
		if !answers {
			k.answer("") // it is asked a second time
		}
		x.shows("Fingerprint")
		if x.notice == nil || x.notice.Key != lang.NoticePasskeyAdded || x.at.name != atUnlocking {
			t.Fatalf("%+v at %v", x.notice, x.at.name)
		}
		if r := x.page.asked[0]; !r.Make || r.Host != "app.test" || r.Input != vault.PasskeyInput() || strings.Contains(r.Name, "Fingerprint") {
			t.Errorf("asked %+v", r)
		}
		x.lock(false)
		x.draw()
		x.shows(x.lang.T(lang.UnlockPasskey))
		x.press(view.ActUnlockPasskey)
		k.answer("")
		if !x.open {
			t.Fatal("it does not open")
		}
		x.press(view.ActUnlocking)
		x.press(view.ActPasskeyRemove, view.FieldPasskey, "010203")
		x.shows(x.lang.T(lang.PasskeysNone))
		if !slices.Contains(x.page.commands, "unknown host app.test id AQID") {
			t.Errorf("its keeper was not told: %q", x.page.commands)
		}
		x.lock(false)
		x.draw()
		if strings.Contains(x.page.html, view.ActUnlockPasskey) {
			t.Error("a removed passkey is offered")
		}
	}
}

func TestAPasskeyTakesThePassphrase(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActUnlocking)
	x.press(view.ActPasskeyForm)
	x.press(view.ActPasskeyAdd, view.FieldPassphrase, "a guess", view.FieldPasskeyName, "x")
	x.shows(x.lang.T(lang.ProblemPassWrong))
	if len(x.page.asked) != 0 {
		t.Error("the browser was asked before")
	}
}

func TestWhatABrowserSaysAboutAPasskeyIsToldInWords(t *testing.T) {
	x := unlocked(t)
	k := newKeeper(x)
	x.press(view.ActUnlocking)
	x.press(view.ActPasskeyForm)
	x.press(view.ActPasskeyAdd, view.FieldPassphrase, words)
	x.shows(x.lang.T(lang.PasskeyAsking))
	for failed, say := range map[string]lang.Key{
		"NotAllowedError": lang.ProblemPasskeyCancelled, "AbortError": lang.ProblemPasskeyCancelled, "SecurityError": lang.ProblemPasskeyCancelled,
		"InvalidStateError": lang.ProblemPasskeyThere, "NotSupportedError": lang.ProblemPasskeyUnable,
	} {
		k.answer(failed)
		x.shows(x.lang.T(say))
		// The passphrase is not asked for again.
		x.press(view.ActPasskeyAdd, view.FieldPasskeyName, "x")
	}
	k.prf, k.answers = nil, false
	k.answer("")
	k.answer("")
	x.shows(x.lang.T(lang.ProblemPasskeyUnable))
	if !slices.Contains(x.page.commands, "unknown host app.test id AQID") {
		t.Error("the useless one stays with its keeper")
	}
}

func TestAPasskeyThatIsGoneLeavesThePassphrase(t *testing.T) {
	x := unlocked(t)
	k := newKeeper(x)
	k.add()
	x.lock(false)
	x.press(view.ActUnlockPasskey)
	k.answer("NotAllowedError")
	x.shows(x.lang.T(lang.ProblemPasskeyNot))
	x.press(view.ActUnlockPasskey)
	k.prf = bytes.Repeat([]byte{8}, 32)
	k.answer("")
	x.shows(x.lang.T(lang.ProblemPasskeyWrong))
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	if !x.open {
		t.Fatal("the passphrase does not open")
	}
}

func TestAnAnswerThatNobodyWaitsForDoesNothing(t *testing.T) {
	x := unlocked(t)
	k := newKeeper(x)
	k.add()
	x.lock(false)
	x.press(view.ActUnlockPasskey)
	// Meanwhile the passphrase was typed, and Vialog locked again.
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	k.answer("")
	x.lock(false)
	k.answer("")
	if x.open {
		t.Error("an old answer opens")
	}
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	x.press(view.ActUnlocking)
	x.press(view.ActPasskeyForm)
	x.press(view.ActPasskeyAdd, view.FieldPassphrase, words)
	x.press(view.ActBack)
	k.id = []byte{9}
	k.answer("")
	if list, err := x.env.Client.Passkeys(x.ctx); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if !slices.Contains(x.page.commands, "unknown host app.test id CQ") {
		t.Error("the one that nobody waited for stays with its keeper")
	}
}

func TestWithoutPasskeysNoneIsOffered(t *testing.T) {
	x := unlocked(t)
	newKeeper(x).add()
	for _, no := range []func(){func() { x.keys.able = false }, func() { x.keys.able, x.env.Origin = true, "http://127.0.0.1:8080" }} {
		no()
		x.press(view.ActUnlocking)
		x.shows(x.lang.T(lang.PasskeysUnable))
		x.lock(false)
		x.draw()
		if strings.Contains(x.page.html, view.ActUnlockPasskey) {
			t.Error("offered behind the lock")
		}
		x.press(view.ActUnlock, view.FieldPassphrase, words)
	}
}

func TestItLocksWhenThePersonSaid(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActUnlocking)
	x.press(view.ActLockAfter, view.FieldHidden, "15", view.FieldIdle, "60")
	for _, bad := range []string{"0", "31", "-1", "999999", ""} {
		x.press(view.ActLockAfter, view.FieldHidden, bad, view.FieldIdle, "60")
	}
	x.lock(false)
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	if x.keys.after.Hidden != 15*time.Minute || x.keys.after.Idle != time.Hour {
		t.Fatalf("%+v", x.keys.after)
	}
	wait := func(d time.Duration) bool {
		x.watch = x.watch.Add(d)
		x.clock()
		return x.open
	}
	if !wait(59*time.Minute) || wait(2*time.Minute) {
		t.Error("not after an hour without use")
	}
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	x.tell(node.Event{Kind: "hidden"})
	if !wait(14*time.Minute) || wait(2*time.Minute) {
		t.Error("not after 15 minutes out of view")
	}
}

func TestForgettingSaysWhatGoesAndGivesAReceipt(t *testing.T) {
	x := unlocked(t)
	newKeeper(x).add()
	x.press(view.ActForget)
	x.shows(x.lang.N(lang.ForgetGoes3, 1))
	x.shows(x.lang.T(lang.ForgetNoSheet))
	x.press(view.ActBack)
	if ok, _ := x.env.Client.Exists(x.ctx); !ok {
		t.Fatal("gone without a yes")
	}
	x.press(view.ActForgetDo)
	if ok, _ := x.env.Client.Exists(x.ctx); !ok {
		t.Fatal("gone from another screen")
	}
	x.press(view.ActForget)
	x.press(view.ActForgetDo)
	if ok, _ := x.env.Client.Exists(x.ctx); ok || x.open {
		t.Fatal("still there")
	}
	x.shows(x.lang.T(lang.ForgottenTitle))
	x.shows(x.lang.N(lang.ForgottenEntries, 0))
	if !slices.Contains(x.page.commands, "unknown host app.test id AQID") {
		t.Error("the passkey's keeper was not told")
	}
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	x.shows(x.lang.T(lang.ForgottenTitle))
}

func TestALockedBrowserIsForgottenToo(t *testing.T) {
	x := unlocked(t)
	x.lock(false)
	x.press(view.ActWipe)
	x.press(view.ActWipe)
	x.shows(x.lang.T(lang.ForgottenUnknown))
	if ok, _ := x.env.Client.Exists(x.ctx); ok {
		t.Error("still there")
	}
}

func TestAHeaderThatIsNoneIsToldWithAWayOut(t *testing.T) {
	disk := vault.NewMemory()
	x := open(t, disk, vault.NewSoftware())
	x.press(view.ActStartAlone)
	x.press(view.ActPassSave, view.FieldPassphrase, words)
	x.lock(false)
	raw, err := disk.Get(x.ctx, "vault")
	if err != nil {
		t.Fatal(err)
	}
	raw[5] = 1 // memory: 1 MiB
	if err := disk.Write(x.ctx, []vault.Record{{Key: "vault", Value: raw}}); err != nil {
		t.Fatal(err)
	}
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	x.shows(x.lang.T(lang.FatalHeader))
	x.press(view.ActWipe)
	x.press(view.ActWipe)
	x.shows(x.lang.T(lang.ForgottenTitle))
}

func TestPasskeysThatWereChangedFromOutsideAreDroppedAndTold(t *testing.T) {
	disk := vault.NewMemory()
	x := open(t, disk, vault.NewSoftware())
	x.press(view.ActStartAlone)
	x.press(view.ActPassSave, view.FieldPassphrase, words)
	newKeeper(x).add()
	x.lock(false)
	raw, err := disk.Get(x.ctx, "vault")
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-1] ^= 1
	if err := disk.Write(x.ctx, []vault.Record{{Key: "vault", Value: raw}}); err != nil {
		t.Fatal(err)
	}
	x.press(view.ActUnlockPasskey)
	k := newKeeper(x)
	k.answer("")
	x.shows(x.lang.T(lang.ProblemPasskeyChanged))
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	if x.notice == nil || x.notice.Key != lang.NoticePasskeysDropped || !x.notice.Bad {
		t.Errorf("%+v", x.notice)
	}
	x.press(view.ActUnlocking)
	x.shows(x.lang.T(lang.PasskeysNone))
}
