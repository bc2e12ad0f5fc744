package link

import (
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// alone is the configuration of a home space with one device, and its founding change.
func alone(t *testing.T, disk *vault.MemoryDisk, now func() time.Time) (Config, keyring.Raw, seal.Secret) {
	t.Helper()
	d := seal.DeviceFromSeed(seal.NewSecret())
	raw, err := keyring.FoundAccount(d, "", nil, now())
	if err != nil {
		t.Fatal(err)
	}
	book := NewBook()
	a, err := book.AddAccount([]keyring.Raw{raw})
	if err != nil {
		t.Fatal(err)
	}
	by := keyring.Author{Device: d, Account: a.ID()}
	genesis, e1, err := keyring.FoundSpace(keyring.Home, by, keyring.AccountRef(a.ID()), nil, [32]byte{7}, book.Book, now())
	if err != nil {
		t.Fatal(err)
	}
	return Config{Keeper: disk, Prefix: "s/0/", Book: book, Device: d, Account: a.ID(), Now: now}, genesis, e1
}

// A page that the last write has filled must not be written over by the first
// write after the device was switched off, whatever was written in between.
func TestAFullPageSurvivesSwitchingOff(t *testing.T) {
	disk := vault.NewMemory()
	cfg, genesis, e1 := alone(t, disk, time.Now)
	chains := []Chain{{Raws: mustAccount(t, cfg).Raws()}}
	r, err := Found(t.Context(), cfg, chains, genesis, e1, "http://relay", wire.Admission{})
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3*pageSize+1; n++ {
		if _, err := r.Write(t.Context(), 16, []byte{byte(n)}); err != nil {
			t.Fatal(err)
		}
		cfg.Book = NewBook()
		if r, err = Load(t.Context(), cfg); err != nil {
			t.Fatalf("switched off after %d statements: %v", n, err)
		}
		if have := len(r.Entries()); have != n {
			t.Fatalf("switched off after %d statements: %d are left", n, have)
		}
	}
}

func mustAccount(t *testing.T, cfg Config) *keyring.Account {
	t.Helper()
	a, ok := cfg.Book.Account(cfg.Account)
	if !ok {
		t.Fatal("no account")
	}
	return a
}

// What was let go is read again as it was, with what came since; what is let go
// while the disk fails is not lost, and changed pages are refused.
func TestWhatWasLetGoIsReadAgain(t *testing.T) {
	disk := vault.NewMemory()
	cfg, genesis, e1 := alone(t, disk, time.Now)
	chains := []Chain{{Raws: mustAccount(t, cfg).Raws()}}
	r, err := Found(t.Context(), cfg, chains, genesis, e1, "http://relay", wire.Admission{})
	if err != nil {
		t.Fatal(err)
	}
	var want []Entry
	has := func() {
		t.Helper()
		got, err := r.All(t.Context())
		if err != nil || len(got) != len(want) || r.Len() != len(want) {
			t.Fatalf("%d of %d, counted %d, %v", len(got), len(want), r.Len(), err)
		}
		for i, e := range got {
			if e.hash != want[i].hash || e.Sig != want[i].Sig || string(e.Body) != string(want[i].Body) || e.Right != want[i].Right || e.Own != want[i].Own {
				t.Fatalf("statement %d is another: %v", i, e)
			}
		}
	}
	for n := range 3*pageSize + 6 {
		u, err := r.Write(t.Context(), 16, []byte{byte(n), byte(n >> 8)})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, *u.Entries[0])
		if n%7 == 0 || n%pageSize > pageSize-3 {
			r.LetGo()
			if len(r.dirty) == 0 && len(r.Entries()) != 0 {
				t.Fatalf("%d were not let go", len(r.Entries()))
			}
		}
		has()
	}
	disk.FailNext()
	if _, err := r.Write(t.Context(), 16, []byte("not kept")); err == nil {
		t.Fatal("the disk did not fail")
	}
	n := len(r.Entries())
	if r.LetGo(); len(r.Entries()) != n || n == 0 {
		t.Fatal("let go while something is not saved")
	}
	has()
	r.LetGo()
	disk.FailReads(1)
	if _, err := r.All(t.Context()); err == nil {
		t.Fatal("the disk did not fail")
	}
	has()
	page := name(cfg.Prefix, "p", 1)
	raw, err := disk.Get(t.Context(), page)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func([]byte) []byte{
		"missing":                      func([]byte) []byte { return nil },
		"cut":                          func(b []byte) []byte { return b[:len(b)-1] },
		"a bit of the first statement": func(b []byte) []byte { b[10] ^= 1; return b },
		"another":                      func([]byte) []byte { return pageRecord("", 0, nil).Value },
	} {
		was := append([]byte(nil), raw...)
		if err := disk.Write(t.Context(), []vault.Record{{Key: page, Value: change(was)}}); err != nil {
			t.Fatal(err)
		}
		r.LetGo()
		if _, err := r.All(t.Context()); err != ErrDamaged {
			t.Errorf("%s: %v", what, err)
		}
	}
}
