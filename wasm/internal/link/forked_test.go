package link

import (
	"testing"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/vault"
)

// A stolen phone renews its account's key and the epoch while its owner, who does not hear of it,
// removes it. What it did in the account is void then, and what it did here cites that.
func TestADiaryGoesOnThoughAStolenPhoneRenewedItsKeysMeanwhile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world, d *double) {
		ctx := t.Context()
		stolen := &member{t: t, dev: device(4), account: w.carl.account, disk: vault.NewMemory(), book: NewBook()}
		acct := func(m *member) *keyring.Account { a, _ := m.book.Account(w.carl.account); return a }
		base := acct(w.carl)
		grown := Chain{Raws: append(base.Raws(), must(base.AddDevice(w.carl.dev, stolen.dev.Public(), must(base.Keys(w.carl.dev)), noon)))}
		for _, m := range []*member{w.anna, w.carl, w.dora} {
			must(m.Write(ctx, TypeChain, ChainsBody(grown)))
			if err := grown.AddTo(m.book.Book); err != nil {
				t.Fatal(err)
			}
		}
		stolen.join([]Chain{w.chains[0], grown, w.chains[2]}, w.genesis)
		d.online(t, w.anna, w.dora, stolen)
		settled()
		x := Chain{Raws: append(acct(stolen).Raws(), must(acct(stolen).Rotate(stolen.dev, noon)))}
		if err := x.AddTo(stolen.book.Book); err != nil {
			t.Fatal(err)
		}
		must(stolen.Write(ctx, TypeChain, ChainsBody(x)))
		settled()
		if err := stolen.advance(x); err != nil {
			t.Fatal(err)
		}
		settled()
		if w.anna.epoch() != 2 {
			t.Fatalf("the stolen phone's epoch was not taken: this test shows nothing")
		}
		w.anna.write("between")
		settled()

		y := Chain{Raws: append(acct(w.carl).Raws(), must(acct(w.carl).RemoveDevice(w.carl.dev, stolen.dev.ID(), noon)))}
		if err := y.AddTo(w.carl.book.Book); err != nil {
			t.Fatal(err)
		}
		must(w.carl.Write(ctx, TypeChain, ChainsBody(y)))
		d.online(t, w.carl)
		settled()
		for name, m := range map[string]*member{"anna": w.anna, "dora": w.dora, "carl": w.carl} {
			if m.epoch() != 1 || !m.Space().NeedsRotation() || acct(m).HasDevice(stolen.dev.ID()) {
				t.Fatalf("%s: epoch %d, rotation due %v", name, m.epoch(), m.Space().NeedsRotation())
			}
			w.expect(m, w.anna, "between")
		}
		// Whoever merges leads out of it, after a restart too.
		z := Chain{Raws: append(acct(w.carl).Raws(), must(acct(w.carl).Rotate(w.carl.dev, noon)))}
		if err := z.AddTo(w.carl.book.Book); err != nil {
			t.Fatal(err)
		}
		must(w.carl.Write(ctx, TypeChain, ChainsBody(z)))
		settled()
		if err := w.anna.advance(); err != nil {
			t.Fatal(err)
		}
		settled()
		w.anna.write("after")
		w.carl.write("me too")
		settled()
		for name, m := range map[string]*member{"anna": w.anna, "dora": w.dora, "carl": w.carl} {
			for range 2 {
				w.expect(m, w.anna, "between after")
				w.expect(m, w.carl, "me too")
				if m.epoch() != 2 || m.Space().Head() != w.anna.Space().Head() || m.Space().NeedsRotation() {
					t.Fatalf("%s: epoch %d, rotation due %v", name, m.epoch(), m.Space().NeedsRotation())
				}
				if len(m.Alarms()) > 0 {
					t.Fatalf("%s: alarms %v", name, m.Alarms())
				}
				m.restart()
			}
		}
		// The stolen phone has nothing of what came after.
		if got := stolen.has(w.carl); got != "" {
			t.Errorf("the stolen phone reads %q", got)
		}
	})
}
