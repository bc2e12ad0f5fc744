package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/seal"
)

// A key is a passkey outside the vault.
type key struct{ id, prf []byte }

func newKey() key {
	k := key{make([]byte, 16), make([]byte, 32)}
	rand.Read(k.id)
	rand.Read(k.prf)
	return k
}

// passkeys adds some to a vault whose passphrase is the usual one.
func passkeys(t *testing.T, v *Vault, names ...string) (keys []key) {
	t.Helper()
	by, err := v.Prove(ctx, []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		k := newKey()
		if err := v.AddPasskey(ctx, by, Passkey{k.id, name, time.UnixMilli(int64(1000 + i))}, k.prf); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	return keys
}

// composed is as much of NFC as these tests need.
func composed(s string) string { return strings.ReplaceAll(s, "u\u0308", "ü") }

func names(t *testing.T, v *Vault) string {
	t.Helper()
	list, err := v.Passkeys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range list {
		out = append(out, p.Name)
	}
	return strings.Join(out, ",")
}

// createOld makes a vault as releases before passkeys did.
func createOld(t *testing.T, pass string) (*MemoryDisk, Host) {
	t.Helper()
	d, b, _ := create(t)
	h := Host{Disk: d, Binder: b, KDF: kdf, NFC: composed}
	head := header{version: versionOld, params: cheap}
	rand.Read(head.params.Salt[:])
	wrap, err := h.byPassphrase(ctx, versionOld, []byte(pass), head.params)
	if err != nil {
		t.Fatal(err)
	}
	root := seal.NewSecret()
	head.root = seal.SealSecret(wrap, seal.LabelVaultMaster, head.parameters(), root)
	d.records = map[string][]byte{headerName: head.encode()}
	put(t, newVault(h, root, false), "a", "old")
	return d, h
}

func TestAPasskeyOpensBesideThePassphrase(t *testing.T) {
	d, b, v := create(t)
	h := Host{Disk: d, Binder: b, KDF: kdf}
	put(t, v, "a", "one")
	keys := passkeys(t, v, "phone", "key ring")
	for _, k := range keys {
		w, err := OpenPasskey(ctx, Host{Disk: d, Binder: b, KDF: forbidden(t)}, k.id, k.prf)
		if err != nil {
			t.Fatal(err)
		}
		if get(t, w, "a") != "one" || names(t, w) != "phone,key ring" {
			t.Errorf("%q, %s", get(t, w, "a"), names(t, w))
		}
	}
	if _, err := Open(ctx, h, []byte("correct horse")); err != nil {
		t.Errorf("the passphrase: %v", err)
	}
	if bytes.Contains(d.records[headerName], []byte("phone")) {
		t.Error("the name is readable")
	}
	list, err := v.Passkeys(ctx)
	if err != nil || !list[1].Added.Equal(time.UnixMilli(1001)) {
		t.Errorf("%v, %v", list, err)
	}
	ids, err := PasskeyIDs(ctx, d)
	if err != nil || len(ids) != 2 || !bytes.Equal(ids[1], keys[1].id) {
		t.Errorf("%q, %v", ids, err)
	}
	if ids, err := PasskeyIDs(ctx, NewMemory()); ids != nil || err != nil {
		t.Errorf("of no vault: %q, %v", ids, err)
	}
}

func TestOnlyItsOwnPasskeyInItsOwnBrowserOpens(t *testing.T) {
	d, b, v := create(t)
	h := Host{Disk: d, Binder: b}
	keys := passkeys(t, v, "phone", "key ring")
	phone, ring := keys[0], keys[1]
	for what, try := range map[string]struct {
		h       Host
		id, prf []byte
	}{
		"another answer":          {h, phone.id, newKey().prf},
		"the answer of another":   {h, phone.id, ring.prf},
		"an unknown credential":   {h, []byte("stranger"), phone.prf},
		"copied to another place": {Host{Disk: d, Binder: NewSoftware()}, phone.id, phone.prf},
		"no answer":               {h, phone.id, nil},
		"an answer of zeros":      {h, phone.id, make([]byte, 32)},
		"a long answer":           {h, phone.id, append(bytes.Clone(phone.prf), 1)},
	} {
		if _, err := OpenPasskey(ctx, try.h, try.id, try.prf); !errors.Is(err, ErrPasskey) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Whoever can write to the disk exchanges what the two passkeys open.
	head, err := parseHeader(d.records[headerName])
	if err != nil {
		t.Fatal(err)
	}
	head.keys[0].root, head.keys[1].root = head.keys[1].root, head.keys[0].root
	d.records[headerName] = head.encode()
	if _, err := OpenPasskey(ctx, h, phone.id, phone.prf); !errors.Is(err, ErrPasskey) {
		t.Errorf("exchanged: %v", err)
	}
	if _, err := OpenPasskey(ctx, h, phone.id, ring.prf); !errors.Is(err, ErrPasskey) {
		t.Errorf("exchanged, and the other's answer: %v", err)
	}
}

func TestNobodyAddsOrTakesAPasskeyFromOutside(t *testing.T) {
	d, b, v := create(t)
	h := Host{Disk: d, Binder: b, KDF: kdf}
	put(t, v, "a", "one")
	keys := passkeys(t, v, "phone", "key ring")
	good, err := parseHeader(d.records[headerName])
	if err != nil {
		t.Fatal(err)
	}
	_, _, other := create(t)
	passkeys(t, other, "thief")
	theirs, err := parseHeader(other.host.Disk.(*MemoryDisk).records[headerName])
	if err != nil {
		t.Fatal(err)
	}
	before := bytes.Clone(d.records[headerName])
	if err := v.RemovePasskey(ctx, keys[0].id); err != nil {
		t.Fatal(err)
	}
	later, err := parseHeader(d.records[headerName])
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*header){
		"one taken":               func(h *header) { h.keys = h.keys[1:] },
		"all taken":               func(h *header) { h.keys = nil },
		"another order":           func(h *header) { h.keys = []opener{h.keys[1], h.keys[0]} },
		"a stranger's added":      func(h *header) { h.keys = append(h.keys[:2:2], theirs.keys[0]) },
		"another identifier":      func(h *header) { h.keys = []opener{{[]byte("x"), h.keys[0].root}, h.keys[1]} },
		"a stranger's list":       func(h *header) { h.list = theirs.list },
		"the list of a later day": func(h *header) { h.list = later.list },
	} {
		bad := good
		change(&bad)
		d.records[headerName] = bad.encode()
		for _, k := range keys {
			if _, err := OpenPasskey(ctx, h, k.id, k.prf); !errors.Is(err, ErrChanged) && !errors.Is(err, ErrPasskey) {
				t.Errorf("%s: a passkey opens: %v", what, err)
			}
		}
		w, err := Open(ctx, h, []byte("correct horse"))
		if err != nil || !w.Changed() || get(t, w, "a") != "one" {
			t.Errorf("%s: the passphrase: %v", what, err)
			continue
		}
		if err := w.Renew(ctx, []byte("correct horse"), cheap); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if names(t, w) != "" || !w.Changed() {
			t.Errorf("%s: passkeys are left: %s", what, names(t, w))
		}
		w, err = Open(ctx, h, []byte("correct horse"))
		if err != nil || w.Changed() {
			t.Errorf("%s: still changed after it was written anew: %v", what, err)
		}
	}
	// What cannot be found out: the header of another day, as a whole.
	d.records[headerName] = before
	if _, err := OpenPasskey(ctx, h, keys[0].id, keys[0].prf); err != nil {
		t.Errorf("FORMAT.md says that an older header opens: %v", err)
	}
}

func TestAPasskeyIsAddedOnlyByWhoKnowsThePassphrase(t *testing.T) {
	d, b, v := create(t)
	if _, err := v.Prove(ctx, []byte("guess")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("proved by a guess: %v", err)
	}
	_, _, other := create(t)
	foreign, err := other.Prove(ctx, []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	by, err := v.Prove(ctx, []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	k := newKey()
	p := Passkey{ID: k.id, Name: "phone"}
	for what, proof := range map[string]*Proof{"none": nil, "of another vault": foreign} {
		if err := v.AddPasskey(ctx, proof, p, k.prf); !errors.Is(err, ErrPassphrase) {
			t.Errorf("proof %s: %v", what, err)
		}
	}
	if err := v.ChangePassphrase(ctx, []byte("correct horse"), []byte("new"), cheap); err != nil {
		t.Fatal(err)
	}
	if err := v.AddPasskey(ctx, by, p, k.prf); !errors.Is(err, ErrPassphrase) {
		t.Errorf("with the proof of a passphrase that was replaced: %v", err)
	}
	if by, err = v.Prove(ctx, []byte("new")); err != nil {
		t.Fatal(err)
	}
	for what, bad := range map[string]Passkey{
		"no identifier":   {Name: "x"},
		"long identifier": {ID: make([]byte, maxID+1)},
		"long name":       {ID: k.id, Name: strings.Repeat("a", MaxName+1)},
		"no text":         {ID: k.id, Name: "\xff"},
	} {
		if err := v.AddPasskey(ctx, by, bad, k.prf); !errors.Is(err, ErrPasskey) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := v.AddPasskey(ctx, by, p, make([]byte, 32)); !errors.Is(err, ErrPasskey) {
		t.Errorf("an answer of zeros: %v", err)
	}
	for i := range MaxPasskeys {
		k := newKey()
		if err := v.AddPasskey(ctx, by, Passkey{ID: k.id, Name: fmt.Sprint(i)}, k.prf); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.AddPasskey(ctx, by, p, k.prf); !errors.Is(err, ErrPasskey) {
		t.Errorf("one too many: %v", err)
	}
	list, err := v.Passkeys(ctx)
	if err != nil {
		t.Fatal(err)
	}
	again := key{list[3].ID, newKey().prf}
	if err := v.AddPasskey(ctx, by, Passkey{ID: again.id, Name: "renamed"}, again.prf); err != nil {
		t.Errorf("one that is there, again: %v", err)
	}
	if got := names(t, v); got != "0,1,2,4,5,6,7,renamed" {
		t.Error(got)
	}
	if _, err := OpenPasskey(ctx, Host{Disk: d, Binder: b}, again.id, again.prf); err != nil {
		t.Error(err)
	}
}

func TestAPasskeyThatWasRemovedOpensNothing(t *testing.T) {
	d, b, v := create(t)
	h := Host{Disk: d, Binder: b, KDF: kdf}
	keys := passkeys(t, v, "phone", "key ring")
	d.FailNext()
	if err := v.RemovePasskey(ctx, keys[0].id); !errors.Is(err, ErrDisk) {
		t.Fatal(err)
	}
	if _, err := OpenPasskey(ctx, h, keys[0].id, keys[0].prf); err != nil {
		t.Errorf("the write was lost: %v", err)
	}
	for range 2 {
		if err := v.RemovePasskey(ctx, keys[0].id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := OpenPasskey(ctx, h, keys[0].id, keys[0].prf); !errors.Is(err, ErrPasskey) {
		t.Errorf("removed: %v", err)
	}
	if w, err := OpenPasskey(ctx, h, keys[1].id, keys[1].prf); err != nil || names(t, w) != "key ring" {
		t.Errorf("the other: %v", err)
	}
}

func TestPasskeysStayWhenThePassphraseIsChanged(t *testing.T) {
	for _, f := range []fault{{}, {1, false}, {1, true}} {
		d, b, v := create(t)
		h := Host{Disk: d, Binder: b, KDF: kdf}
		keys := passkeys(t, v, "phone")
		d.fault = f
		if err := v.ChangePassphrase(ctx, []byte("correct horse"), []byte("new"), cheap); (err != nil) != (f.in > 0) {
			t.Fatal(err)
		}
		opens := 0
		for _, pass := range []string{"correct horse", "new"} {
			if _, err := Open(ctx, h, []byte(pass)); err == nil {
				opens++
			}
		}
		if w, err := OpenPasskey(ctx, h, keys[0].id, keys[0].prf); err != nil || names(t, w) != "phone" || opens != 1 {
			t.Errorf("%v: %v, %d passphrases open", f, err, opens)
		}
	}
}

// under has the policy ask for other costs until the test ends.
func under(t *testing.T, floor, usual seal.KDFParams) {
	was := seal.Current
	t.Cleanup(func() { seal.Current = was })
	seal.Current.Passphrase.Floor, seal.Current.Passphrase.Default = floor, usual
}

func TestCostsRiseWithThePolicyWhateverIsLost(t *testing.T) {
	more := cheap
	more.MiB, more.Time = cheap.MiB+5, cheap.Time+1
	for _, row := range []struct {
		what   string
		fault  fault
		floor  bool // the old costs are below the new floor
		raised bool
		open   bool // afterwards
	}{
		{"all well", fault{}, false, true, true},
		{"write lost", fault{1, false}, false, false, true},
		{"write kept, answer lost", fault{1, true}, false, true, true},
		{"below the floor, all well", fault{}, true, true, true},
		{"below the floor, write lost", fault{1, false}, true, false, false},
		{"below the floor, answer lost", fault{1, true}, true, true, false},
	} {
		t.Run(row.what, func(t *testing.T) {
			d, b, v := create(t)
			h := Host{Disk: d, Binder: b, KDF: kdf}
			put(t, v, "a", "kept")
			keys := passkeys(t, v, "phone")
			floor := cheap
			if row.floor {
				floor = more
			}
			under(t, floor, more)
			_, err := OpenPasskey(ctx, h, keys[0].id, keys[0].prf)
			if row.floor != errors.Is(err, ErrCosts) || !row.floor && err != nil {
				t.Errorf("the passkey before: %v", err)
			}
			v, err = Open(ctx, h, []byte("correct horse"))
			if err != nil {
				t.Fatal(err)
			}
			d.fault = row.fault
			salt := bytes.Clone(d.records[headerName][:paramsSize])
			if err := v.Renew(ctx, []byte("correct horse"), more); (err != nil) != (row.fault.in > 0) {
				t.Fatal(err)
			}
			if _, err := v.Get(ctx, "a"); (err == nil) != row.open {
				t.Errorf("afterwards: %v", err)
			}
			// As after a crash: it opens, with the costs that were written.
			h.Disk = d.Copy()
			head, err := h.read(ctx)
			if err != nil || head.params.AtLeast(more) != row.raised || bytes.Equal(salt, head.parameters()) == row.raised {
				t.Errorf("%+v, %v", head.params, err)
			}
			again, err := Open(ctx, h, []byte("correct horse"))
			if err != nil || get(t, again, "a") != "kept" || names(t, again) != "phone" {
				t.Fatalf("after a crash: %v", err)
			}
			if err := again.Renew(ctx, []byte("correct horse"), more); err != nil {
				t.Fatal(err)
			}
			if _, err := OpenPasskey(ctx, h, keys[0].id, keys[0].prf); err != nil {
				t.Errorf("the passkey after: %v", err)
			}
			n := h.Disk.(*MemoryDisk).Writes()
			if err := again.Renew(ctx, []byte("correct horse"), cheap); err != nil || h.Disk.(*MemoryDisk).Writes() != n {
				t.Errorf("written although nothing was to be raised: %v", err)
			}
		})
	}
}

func TestHigherCostsAreNeverLowered(t *testing.T) {
	d, b := NewMemory(), NewSoftware()
	h := Host{Disk: d, Binder: b, KDF: kdf}
	high := cheap
	high.Time += 2
	v, err := Create(ctx, h, []byte("old"), high)
	if err != nil {
		t.Fatal(err)
	}
	wide := cheap
	wide.MiB += 3
	if err := v.ChangePassphrase(ctx, []byte("old"), []byte("new"), wide); err != nil {
		t.Fatal(err)
	}
	head, err := h.read(ctx)
	if err != nil || head.params.Time != high.Time || head.params.MiB != wide.MiB {
		t.Errorf("%+v, %v", head.params, err)
	}
}

func TestAVaultOfAnEarlierReleaseOpensAndIsWrittenAnew(t *testing.T) {
	typed := "  Tu\u0308r  auf " // as an earlier release took it: unchanged
	for _, f := range []fault{{}, {1, false}, {1, true}} {
		d, h := createOld(t, typed)
		if _, err := Open(ctx, h, []byte("Tür auf")); !errors.Is(err, ErrPassphrase) {
			t.Errorf("spelt otherwise before it was written anew: %v", err)
		}
		v, err := Open(ctx, h, []byte(typed))
		if err != nil || v.Changed() {
			t.Fatal(err)
		}
		d.fault = f
		if err := v.Renew(ctx, []byte(typed), cheap); (err != nil) != (f.in > 0) {
			t.Fatal(err)
		}
		h.Disk = d.Copy()
		again, err := Open(ctx, h, []byte(typed))
		if err != nil || get(t, again, "a") != "old" {
			t.Fatalf("%v: %v", f, err)
		}
		if err := again.Renew(ctx, []byte(typed), cheap); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(ctx, h, []byte("Tür auf")); err != nil {
			t.Errorf("%v: spelt otherwise: %v", f, err)
		}
	}
}

func TestAPasskeyIsAddedToAVaultOfAnEarlierRelease(t *testing.T) {
	d, h := createOld(t, "correct horse")
	v, err := Open(ctx, h, []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	keys := passkeys(t, v, "phone")
	if w, err := OpenPasskey(ctx, h, keys[0].id, keys[0].prf); err != nil || get(t, w, "a") != "old" {
		t.Error(err)
	}
	if d.records[headerName][0] != version {
		t.Error("not written anew")
	}
}

func TestOnePassphraseIsSpeltInOneWay(t *testing.T) {
	h := Host{Disk: NewMemory(), Binder: NewSoftware(), KDF: kdf, NFC: composed}
	if _, err := Create(ctx, h, []byte("Schlüssel im  Schloss"), cheap); err != nil {
		t.Fatal(err)
	}
	for typed, opens := range map[string]bool{
		"Schlüssel im Schloss":          true,
		" Schlu\u0308ssel im Schloss\n": true,
		"Schlüssel\u00a0im Schloss":     true,
		"schlüssel im Schloss":          false,
		"Schlüsselim Schloss":           false,
		"Schlussel im Schloss":          false,
	} {
		if _, err := Open(ctx, h, []byte(typed)); (err == nil) != opens {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestALockedVaultChangesNothingAboutWhoOpensIt(t *testing.T) {
	d, _, v := create(t)
	by, err := v.Prove(ctx, []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	keys := passkeys(t, v, "phone")
	v.Lock()
	n := d.Writes()
	k := newKey()
	_, e1 := v.Prove(ctx, []byte("correct horse"))
	e2 := v.AddPasskey(ctx, by, Passkey{ID: k.id}, k.prf)
	e3 := v.RemovePasskey(ctx, keys[0].id)
	_, e4 := v.Passkeys(ctx)
	up := cheap
	up.Time++
	e5 := v.Renew(ctx, []byte("correct horse"), up)
	for i, err := range []error{e1, e2, e3, e4, e5} {
		if !errors.Is(err, ErrLocked) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if d.Writes() != n {
		t.Error("something was written")
	}
}

func TestLockOverwritesTheRoot(t *testing.T) {
	_, _, v := create(t)
	copied := v.root // the same memory
	v.Lock()
	if copied.Valid() {
		t.Error("a copy of the root can still be used")
	}
}

func BenchmarkOpen(b *testing.B) {
	disk, bind := NewMemory(), NewSoftware()
	plain := func(_ context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error) {
		return seal.PassphraseKey(pass, p)
	}
	h := Host{Disk: disk, Binder: bind, KDF: plain}
	v, err := Create(ctx, h, []byte("p"), seal.Current.Passphrase.Default)
	if err != nil {
		b.Fatal(err)
	}
	by, err := v.Prove(ctx, []byte("p"))
	if err != nil {
		b.Fatal(err)
	}
	k := newKey()
	if err := v.AddPasskey(ctx, by, Passkey{ID: k.id}, k.prf); err != nil {
		b.Fatal(err)
	}
	b.Run("passphrase", func(b *testing.B) {
		for b.Loop() {
			if _, err := Open(ctx, h, []byte("p")); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("passkey", func(b *testing.B) {
		for b.Loop() {
			if _, err := OpenPasskey(ctx, h, k.id, k.prf); err != nil {
				b.Fatal(err)
			}
		}
	})
}
