package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
)

// A passkey opens the vault beside the passphrase, in a real browser with a
// keeper of passkeys beside it.
func TestAPasskeyOpensBesideThePassphrase(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	b := browsertest.Start(t)
	w := &walk{t: t, browser: b, relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}
	w.relay.Run("tenant", "add", "-open", "Für alle")
	p := b.Page("passkey", "en-GB")
	keeper := p.Keeper(true)
	const changed = "meadow pebble lantern oven birch teacup"
	// enter types the passphrase at the lock screen and says how long it took.
	enter := func(pass string) time.Duration {
		p.Has("[data-key=unlock]")
		p.Fill("passphrase", pass)
		began := time.Now()
		p.Press(kb.Enter)
		p.Has("[data-key=today]")
		return time.Since(began)
	}
	w.steps([]step{
		{"a diary begins with a passphrase", func() {
			p.Go(w.relay.Origin + "/")
			p.Click("#way-alone > summary")
			p.Click("start.alone")
			p.Fill("passphrase", "short")
			p.Click("passphrase.save")
			p.See("At least 10 characters")
			p.Fill("passphrase", "Sommer 2024 Kaffee")
			p.See("less than an hour")
			p.Fill("passphrase", patientsWords)
			p.See("Strong")
			p.Click("passphrase.save")
			p.Has("[data-key=today]")
		}},
		{"a passkey is added with the passphrase", func() {
			p.Click("#go-settings")
			p.Click("unlocking")
			w.arrived(p, "Unlocking and locking")
			p.See("There is none yet")
			w.shots(p, "unlocking")
			p.Click("passkey.form")
			w.arrived(p, "Add a passkey")
			p.Fill("passphrase", "not this one")
			p.Click("passkey.add")
			p.See("does not open")
			if n := keeper.Passkeys(); n != 0 {
				w.t.Errorf("%d passkeys before the passphrase was right", n)
			}
			p.Fill("passphrase", patientsWords)
			p.Fill("passkey-name", w.canary("Kanarienfinger"))
			p.Press(kb.Enter)
			p.See("“Kanarienfinger” opens Vialog")
			if n := keeper.Passkeys(); n != 1 {
				w.t.Errorf("%d passkeys", n)
			}
			w.shots(p, "unlocking-passkey")
		}},
		{"it opens, by keyboard alone, and nothing of it was sent", func() {
			p.Click("#place-today")
			for range 2 {
				p.Reload()
				p.Has("[data-key=unlock]")
				p.FocusOn("#f-passphrase")
				p.Press(kb.Tab + kb.Tab + kb.Tab) // show, unlock, passkey
				p.FocusOn("#f-passkey")
				began := time.Now()
				p.Press(kb.Enter)
				p.Has("[data-key=today]")
				w.t.Logf("unlocked with a passkey in %d ms", time.Since(began).Milliseconds())
			}
			p.Reload()
			w.t.Logf("unlocked with the passphrase in %d ms", enter(patientsWords).Milliseconds())
			if l := p.Leaked(append(w.canaries, patientsWords)...); len(l) > 0 {
				w.t.Errorf("sent readable: %s", l)
			}
		}},
		{"it stays when the passphrase is changed, and the old one opens nothing", func() {
			p.Click("#go-settings")
			p.Click("unlocking")
			p.Click("passphrase.change")
			w.arrived(p, "Choose a new passphrase")
			p.Fill("old-passphrase", patientsWords)
			p.Fill("passphrase", changed)
			p.Press(kb.Enter)
			p.See("Your passphrase has been changed")
			p.Reload()
			p.Has("[data-key=unlock]")
			p.Fill("passphrase", patientsWords)
			p.Press(kb.Enter)
			p.See("does not open the diary")
			p.Click("unlock.passkey")
			p.Has("[data-key=today]")
		}},
		{"the times to lock after are kept", func() {
			p.Click("#go-settings")
			p.Click("unlocking")
			p.Click("#lock-after label[for=f-hidden]") // one minute
			p.Reload()
			p.Click("unlock.passkey")
			p.Has("[data-key=today]")
			p.Click("#go-settings")
			p.See("1 min")
		}},
		{"a finger that is not the person's leaves the passphrase", func() {
			keeper.Verify(false)
			p.Reload()
			p.Has("[data-key=unlock]")
			p.Click("unlock.passkey")
			p.See("No passkey answered")
			p.FocusOn("#f-passkey")
			w.shots(p, "unlock-passkey-gone")
			enter(changed)
			keeper.Verify(true)
		}},
		{"deleted where it was kept, it is told, and the passphrase opens", func() {
			keeper.Delete()
			p.Reload()
			p.Has("[data-key=unlock]")
			p.Click("unlock.passkey")
			p.See("the passkey is not there any more")
			enter("  " + strings.ReplaceAll(changed, " ", "   ")) // spaces do not count
			p.Click("#go-settings")
			p.Click("unlocking")
			p.Click("passkey.remove")
			p.See("There is none yet")
			p.Reload()
			p.Has("[data-key=unlock]")
			if browsertest.Eval[bool](p, `!!document.querySelector("#f-passkey")`) {
				w.t.Error("a removed passkey is offered")
			}
			enter(changed)
		}},
		{"Caps Lock is told", func() {
			p.Reload()
			p.Has("[data-key=unlock]")
			hint := func() string {
				return browsertest.Eval[string](p, `getComputedStyle(document.querySelector(".caps")).visibility`)
			}
			if hint() != "hidden" {
				w.t.Error("it is told without a reason")
			}
			browsertest.Eval[bool](p, `dispatchEvent(new KeyboardEvent("keydown", {key: "A", modifierCapsLock: true}))`)
			if hint() != "visible" {
				w.t.Error("it is not told")
			}
			browsertest.Eval[bool](p, `dispatchEvent(new KeyboardEvent("keyup", {key: "a"}))`)
			enter(changed)
		}},
		{"forgetting gives a receipt and leaves nothing", func() {
			p.Click("#go-settings")
			p.Click("unlocking")
			p.Click("forget")
			w.arrived(p, "Forget everything here")
			p.See("You have no recovery sheet")
			w.shots(p, "forget")
			p.Click("forget.do")
			w.arrived(p, "Vialog has forgotten everything here")
			w.shots(p, "forgotten")
			left := browsertest.Eval[int](p, `new Promise((yes, no) => {
				const o = indexedDB.open("vialog");
				o.onerror = no;
				o.onsuccess = () => {
					const c = o.result.transaction("records").objectStore("records").count();
					c.onsuccess = () => { o.result.close(); yes(c.result); };
				};
			})`)
			if left != 0 {
				w.t.Errorf("%d records are left", left)
			}
			p.Click("reload")
			p.Heading("Welcome to Vialog")
			w.noProblems(p)
		}},
	})
}

// A keeper without PRF makes passkeys that cannot open a vault: the person is
// told so, and nothing depends on it.
func TestAPasskeyWithoutPRFIsNotTaken(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	b := browsertest.Start(t)
	relay := browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))
	relay.Run("tenant", "add", "-open", "Für alle")
	p := b.Page("no-prf", "de-DE")
	p.Keeper(false)
	p.Go(relay.Origin + "/")
	p.Click("#way-alone > summary")
	p.Click("start.alone")
	p.Fill("passphrase", doctorsWords)
	p.Click("passphrase.save")
	p.Has("[data-key=today]")
	p.Click("#go-settings")
	p.Click("unlocking")
	p.Click("passkey.form")
	p.Fill("passphrase", doctorsWords)
	p.Click("passkey.add")
	p.See("kann Vialog nicht öffnen")
	p.Click("back")
	p.See("Es gibt noch keinen")
}
