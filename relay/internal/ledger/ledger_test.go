package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"vialog/relay/internal/store"
)

// records is a log in memory, which a test may alter.
type records []store.Audit

func (r records) Audits(_ context.Context, after uint64, n int) ([]store.Audit, error) {
	if after >= uint64(len(r)) {
		return nil, nil
	}
	return r[after:min(uint64(len(r)), after+uint64(n))], nil
}

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func logOf(n int) (r records) {
	var last store.Audit
	for i := range n {
		last = store.Audit{
			Time: noon.Add(time.Duration(i) * time.Hour), Actor: "jo", Act: "tenant.suspend",
			Subject: "tenant_7Q2M", Detail: fmt.Sprintf("reason %q, step %d <ä> \u2028", "unpaid", i),
		}.Following(last)
		r = append(r, last)
	}
	return r
}

// rechained makes the chain of altered records whole again, as a forger would.
func (r records) rechained() records {
	var last store.Audit
	for i := range r {
		last = r[i].Following(last)
		r[i] = last
	}
	return r
}

type signer struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.key, msg), nil }

// keyOf returns the same key for the same seed in every run.
func keyOf(t testing.TB, seed byte, name string) signer {
	t.Helper()
	k := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	text, err := note.NewEd25519VerifierKey(name, k.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		t.Fatal(err)
	}
	return signer{v, k}
}

const origin = "relay.example.org/audit"

func headOf(t testing.TB, r records, s note.Signer) (Head, []byte) {
	t.Helper()
	tree, err := Verify(t.Context(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := HeadOf(s.Name(), tree)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := h.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	return h, signed
}

func TestTheTreeIsThatOfTlog(t *testing.T) {
	r := logOf(70)
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) (out []tlog.Hash, err error) {
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return out, nil
	})
	var tree Tree
	for i, a := range r {
		more, err := tlog.StoredHashes(int64(i), a.Leaf(), read)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		tree.add(tlog.RecordHash(a.Leaf()), func(index int64, h tlog.Hash) {
			if stored[index] != h {
				t.Fatalf("after %d leaves hash %d is another", i+1, index)
			}
		})
		want, err := tlog.TreeHash(int64(i)+1, read)
		if err != nil || tree.Root() != want {
			t.Fatalf("after %d leaves the root is another: %v", i+1, err)
		}
	}
}

func TestEveryRecordIsProvedForEveryHead(t *testing.T) {
	k := keyOf(t, 1, origin)
	all := logOf(18)
	for size := 1; size <= len(all); size++ {
		_, head := headOf(t, all[:size], k)
		for n := 1; n <= size; n++ {
			p, err := Prove(t.Context(), all, uint64(n), head, k) // the log has grown meanwhile
			if err != nil {
				t.Fatalf("%d of %d: %v", n, size, err)
			}
			a, h, err := CheckProof(p, k)
			if err != nil || a != all[n-1] || h.Size != int64(size) {
				t.Fatalf("%d of %d: %v", n, size, err)
			}
		}
		for _, n := range []uint64{0, uint64(size) + 1, 1 << 63} {
			if _, err := Prove(t.Context(), all, n, head, k); !errors.Is(err, ErrNoRecord) {
				t.Errorf("%d of %d: %v", n, size, err)
			}
		}
		for from := 1; from <= size; from++ {
			earlier, _ := headOf(t, all[:from], k)
			p, err := ProveGrowth(t.Context(), all, earlier, head, k)
			if err != nil {
				t.Fatalf("from %d to %d: %v", from, size, err)
			}
			if h, err := CheckGrowth(p, earlier, k); err != nil || h.Size != int64(size) {
				t.Fatalf("from %d to %d: %v", from, size, err)
			}
			if _, err := Verify(t.Context(), all[:size], &earlier); err != nil {
				t.Fatalf("from %d to %d: %v", from, size, err)
			}
		}
	}
}

// Whoever keeps a head sees what became of the log, also if the forger made the
// chain whole again.
func TestAHeadThatWasKeptShowsWhatHappened(t *testing.T) {
	k := keyOf(t, 1, origin)
	earlier, _ := headOf(t, logOf(9), k)
	for _, tt := range []struct {
		claim string
		log   records
		want  error
	}{
		{"nothing happened", logOf(9), nil},
		{"it grew", logOf(14), nil},
		{"the end was cut off", logOf(8), ErrCutOff},
		{"all was cut off", nil, ErrCutOff},
		{"the first was altered", func() records { r := logOf(14); r[0].Actor = "mira"; return r.rechained() }(), ErrAltered},
		{"the newest one under the head was altered", func() records { r := logOf(14); r[8].Detail = ""; return r.rechained() }(), ErrAltered},
		{"one was taken out", func() records { r := logOf(14); return append(r[:4], r[5:]...).rechained() }(), ErrAltered},
		{"cut off and gone on otherwise", func() records { r := logOf(14); r[7].Act = "tenant.resume"; return r.rechained() }(), ErrAltered},
		{"what came after it was altered", func() records { r := logOf(14); r[9].Detail = ""; return r.rechained() }(), nil},
		{"altered without care", func() records { r := logOf(14); r[3].Detail = ""; return r }(), store.ErrAudit},
	} {
		if _, err := Verify(t.Context(), tt.log, &earlier); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.claim, err, tt.want)
		}
		if len(tt.log) == 0 || errors.Is(tt.want, store.ErrAudit) {
			continue
		}
		_, head := headOf(t, tt.log, k)
		if _, err := ProveGrowth(t.Context(), tt.log, earlier, head, k); !errors.Is(err, tt.want) {
			t.Errorf("%s: proving growth: got %v, want %v", tt.claim, err, tt.want)
		}
		var b bytes.Buffer
		if _, err := Export(t.Context(), tt.log, &b, k); err != nil {
			t.Fatal(err)
		}
		if _, err := CheckExport(bytes.NewReader(b.Bytes()), k, &earlier); !errors.Is(err, tt.want) {
			t.Errorf("%s: an export: got %v, want %v", tt.claim, err, tt.want)
		}
	}
}

func TestAnExportHasEveryRecord(t *testing.T) {
	k := keyOf(t, 1, origin)
	for _, n := range []int{1, 2, 499, 500, 501, 1001} { // pages end here and there
		var b bytes.Buffer
		r := logOf(n)
		want, err := Export(t.Context(), r, &b, k)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := CheckExport(&b, k, nil); err != nil || got != want || got.Size != int64(n) {
			t.Errorf("%d records: %v", n, err)
		}
	}
	if _, err := Export(t.Context(), records{}, &bytes.Buffer{}, k); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty log: %v", err)
	}
	odd := logOf(3)
	odd[1].Detail = "\xff"
	if _, err := Export(t.Context(), odd.rechained(), &bytes.Buffer{}, k); !errors.Is(err, ErrText) || !strings.Contains(err.Error(), "record 2") {
		t.Errorf("bytes that are no text: %v", err)
	}
}

func TestAKeyIsItsOwnersAloneAndNeverReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	for _, name := range []string{"", "a b", "a+b", strings.Repeat("x", 201)} {
		if _, err := MakeKey(file, name); !errors.Is(err, ErrKeyName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	text, err := MakeKey(file, origin)
	if err != nil {
		t.Fatal(err)
	}
	s, v, err := ReadKey(file)
	if err != nil || s.Name() != origin {
		t.Fatal(err)
	}
	public, err := note.NewVerifier(text)
	if err != nil || public.KeyHash() != v.KeyHash() {
		t.Fatal(err)
	}
	_, head := headOf(t, logOf(3), s)
	if _, err := OpenHead(head, public); err != nil {
		t.Error(err)
	}
	if _, err := MakeKey(file, origin); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second key in the same file: %v", err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v", err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, _, err := ReadKey(file); !errors.Is(err, ErrKeyFile) {
		t.Errorf("a key that others can read: %v", err)
	}
	good, _ := os.ReadFile(file)
	other := filepath.Join(t.TempDir(), "other")
	if _, err := MakeKey(other, origin); err != nil {
		t.Fatal(err)
	}
	stranger, _ := os.ReadFile(other)
	for claim, text := range map[string]string{
		"nothing": "", "half": string(good[:40]), "one line": strings.Split(string(good), "\n")[0] + "\n", "more": string(good) + "x\n",
		"two keys": strings.Split(string(good), "\n")[0] + "\n" + strings.Split(string(stranger), "\n")[1] + "\n",
	} {
		path := filepath.Join(t.TempDir(), "bad")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := ReadKey(path)
		if !errors.Is(err, ErrKeyFile) || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: %v", claim, err)
		}
	}
}
