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
