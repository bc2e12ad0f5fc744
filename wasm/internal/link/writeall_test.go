package link

import (
	"bytes"
	"errors"
	"strconv"
	"testing"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

// further founds spaces of Anna's besides the world's, on the same disk and book.
func (w *world) further(n int) (out []*member) {
	w.t.Helper()
	for i := range n {
		m := *w.anna
		founder := seal.SignerFromSecret(must(seal.SecretFrom(bytes.Repeat([]byte{byte(100 + i)}, 32))), seal.LabelChannelFounding)
		raw, e1, err := keyring.FoundSpace(keyring.Home, m.author(), keyring.AccountRef(m.account), nil, founder.Public(), m.book.Book, noon)
		if err != nil {
			w.t.Fatal(err)
		}
		cfg := m.config()
		cfg.Prefix = "s/" + strconv.Itoa(2+i) + "/"
		m.Replica = must(Found(w.t.Context(), cfg, w.chains, raw, e1, "https://relay.example", wire.Admission{}))
		out = append(out, &m)
	}
	return out
}

// What is written in many spaces at once is kept in all of them or in none, also when
// the disk fails or its answer is lost, and each line goes on without a gap or a fork.
func TestWhatIsWrittenInManySpacesIsKeptInAllOrNone(t *testing.T) {
	for what, c := range map[string]struct{ fails, kept bool }{"kept": {false, false}, "write lost": {true, false}, "write kept, answer lost": {true, true}} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			all := append(w.further(3), w.anna)
			var drafts []Draft
			for i, m := range all {
				m.write("before")
				drafts = append(drafts, Draft{m.Replica, text, []byte("many " + strconv.Itoa(i))})
			}
			if c.fails {
				w.anna.disk.FailIn(1, c.kept)
			}
			us, refused, err := WriteAll(t.Context(), drafts)
			if (err != nil) != c.fails {
				t.Fatalf("the write says %v", err)
			}
			for i, m := range all {
				want := "before many " + strconv.Itoa(i)
				if refused[i] != nil || len(us[i].Entries) == 1 == c.fails {
					t.Fatalf("space %d: refused %v, told %d", i, refused[i], len(us[i].Entries))
				}
				if c.fails {
					want = "before"
				}
				w.expect(m, m, want)
				m.write("after")
				w.expect(m, m, want+" after")
			}
			for i, m := range all {
				cfg := m.cfg
				cfg.Book = NewBook()
				r := must(Load(t.Context(), cfg))
				want := m.Entries()
				if got := must(r.All(t.Context())); len(got) != len(want) || got[len(got)-1].Hash() != want[len(want)-1].Hash() {
					t.Fatalf("space %d: %d statements after a restart, not %d", i, len(got), len(want))
				}
				if got, want := r.Waiting(), m.Waiting(); got != want {
					t.Fatalf("space %d: %d wait for the relay after a restart, not %d", i, got, want)
				}
			}
		})
	}
}

// What one space refuses keeps back no other.
func TestASpaceThatRefusesKeepsBackNoOther(t *testing.T) {
	w := newWorld(t)
	all := w.further(2)
	all[0].Replica.meta.removed = true
	us, refused, err := WriteAll(t.Context(), []Draft{{all[0].Replica, text, []byte("a")}, {all[1].Replica, text, []byte("b")}, {all[1].Replica, text, []byte("c")}})
	if err != nil || !errors.Is(refused[0], ErrRemoved) || refused[1] != nil || !errors.Is(refused[2], ErrTwice) || len(us[0].Entries) != 0 || len(us[1].Entries) != 1 {
		t.Fatalf("%v, refused %v", err, refused)
	}
	w.expect(all[1], all[1], "b")
	if us, refused, err := WriteAll(t.Context(), nil); us != nil || refused != nil || err != nil {
		t.Fatal("nothing to write")
	}
}
