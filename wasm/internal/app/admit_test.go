package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A release that may not go on opens nothing and sends nothing.
func TestWhatIsNotAdmittedStaysLocked(t *testing.T) {
	no := errors.New("an older release")
	var verdict error
	asked, dialed := 0, 0
	env := Env{
		Disk: vault.NewMemory(), Binder: vault.NewSoftware(), Params: seal.NewKDFParams, Origin: "https://relay.test",
		KDF: func(_ context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error) {
			sum := sha256.Sum256(append(p.Salt[:], pass...))
			return seal.SecretFrom(sum[:])
		},
		Dial: func(context.Context, string) (link.Conn, error) { dialed++; return nil, errors.New("no network") },
		Admit: func(ctx context.Context, v *vault.Vault) error {
			asked++
			if _, err := v.Get(ctx, "profile"); err != nil {
				t.Errorf("the vault cannot be read: %v", err)
			}
			return verdict
		},
	}
	pass := []byte("river pebble lantern oven birch teacup")
	c := New(env)
	if err := c.Create(t.Context(), pass); err != nil || asked != 1 {
		t.Fatalf("%v, asked %d times", err, asked)
	}
	c.Lock()
	verdict = no
	c = New(env)
	if err := c.Unlock(t.Context(), pass); !errors.Is(err, no) || asked != 2 {
		t.Fatalf("%v, asked %d times", err, asked)
	}
	c.Look(func(Look) { t.Error("it can be looked at") })

	// Nor does it write a header that the right release may not know.
	dearer := env
	dearer.Params = func() seal.KDFParams {
		p := seal.NewKDFParams()
		p.Time++
		return p
	}
	before, err := env.Disk.Get(t.Context(), "vault")
	if err != nil {
		t.Fatal(err)
	}
	if err := New(dearer).Unlock(t.Context(), pass); !errors.Is(err, no) {
		t.Fatal(err)
	}
	if after, err := env.Disk.Get(t.Context(), "vault"); err != nil || !bytes.Equal(before, after) {
		t.Errorf("it wrote the header of the vault: %v", err)
	}
	if dialed > 0 {
		t.Error("it connected")
	}
	verdict = nil
	if err := c.Unlock(t.Context(), pass); err != nil {
		t.Errorf("admitted again: %v", err)
	}
	c.Lock()
	other := env
	other.Disk, verdict = vault.NewMemory(), no
	if err := New(other).Create(t.Context(), pass); !errors.Is(err, no) {
		t.Errorf("made: %v", err)
	}
}
