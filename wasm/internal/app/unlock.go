package app

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// opened is the open vault, or ErrLocked.
func (c *Client) opened() (*vault.Vault, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return nil, ErrLocked
	}
	return c.v, nil
}

// PasskeyIDs are the credentials that may open the vault of this browser.
func (c *Client) PasskeyIDs(ctx context.Context) ([][]byte, error) {
	return vault.PasskeyIDs(ctx, c.env.Disk)
}

// UnlockPasskey is Unlock with a passkey's answer to vault.PasskeyInput. The
// errors are those of vault.OpenPasskey: the passphrase opens in every case.
func (c *Client) UnlockPasskey(ctx context.Context, id, prf []byte) error {
	v, err := vault.OpenPasskey(ctx, c.env.host(), id, prf)
	if err != nil {
		return err
	}
	if err := c.admit(ctx, v); err != nil {
		return err
	}
	return c.take(ctx, v)
}

// Passkeys are those that open the vault beside the passphrase.
func (c *Client) Passkeys(ctx context.Context) ([]vault.Passkey, error) {
	v, err := c.opened()
	if err != nil {
		return nil, err
	}
	return v.Passkeys(ctx)
}

// PasskeysDropped reports that the list of passkeys had been changed by
// something else than this app, so that none of them opens the vault any more.
func (c *Client) PasskeysDropped() bool {
	v, err := c.opened()
	return err == nil && v.Changed()
}

// Prove checks the passphrase of the open vault.
func (c *Client) Prove(ctx context.Context, pass []byte) (*vault.Proof, error) {
	v, err := c.opened()
	if err != nil {
		return nil, err
	}
	return v.Prove(ctx, pass)
}

// AddPasskey lets a passkey open the vault; it takes a proof that the passphrase is known.
func (c *Client) AddPasskey(ctx context.Context, by *vault.Proof, p vault.Passkey, prf []byte) error {
	v, err := c.opened()
	if err != nil {
		return err
	}
	return v.AddPasskey(ctx, by, p, prf)
}

// RemovePasskey takes that back.
func (c *Client) RemovePasskey(ctx context.Context, id []byte) error {
	v, err := c.opened()
	if err != nil {
		return err
	}
	return v.RemovePasskey(ctx, id)
}

// ChangePassphrase replaces the passphrase of the open vault, for who knows
// the old one. Passkeys stay.
func (c *Client) ChangePassphrase(ctx context.Context, old, pass []byte) error {
	v, err := c.opened()
	if err != nil {
		return err
	}
	return v.ChangePassphrase(ctx, old, pass, c.env.Params())
}

// A LockAfter says when an open vault is locked by itself.
type LockAfter struct {
	Hidden time.Duration // the app is not seen
	Idle   time.Duration // it is seen and not used
}

const lockKey = "lock"

// ErrLockAfter reports times that the policy does not allow.
var ErrLockAfter = errors.New("app: a time to lock after that the policy does not allow")

// Check compares with the policy.
func (l LockAfter) Check() error {
	p := seal.Current.Lock
	if l.Hidden < p.Least || l.Hidden > p.HiddenMost || l.Idle < p.Least || l.Idle > p.IdleMost || l.Hidden%time.Minute != 0 || l.Idle%time.Minute != 0 {
		return ErrLockAfter
	}
	return nil
}

// LockAfter is what the person has chosen, or the policy's usual. A choice that
// the policy does not allow any more counts as none.
func (c *Client) LockAfter(ctx context.Context) LockAfter {
	usual := LockAfter{seal.Current.Lock.Hidden, seal.Current.Lock.Idle}
	v, err := c.opened()
	if err != nil {
		return usual
	}
	b, err := v.Get(ctx, lockKey)
	if err != nil || len(b) != 5 || b[0] != 1 {
		return usual
	}
	l := LockAfter{time.Duration(binary.BigEndian.Uint16(b[1:])) * time.Minute, time.Duration(binary.BigEndian.Uint16(b[3:])) * time.Minute}
	if l.Check() != nil {
		return usual
	}
	return l
}

// SetLockAfter keeps a choice for this browser.
func (c *Client) SetLockAfter(ctx context.Context, l LockAfter) error {
	if err := l.Check(); err != nil {
		return err
	}
	v, err := c.opened()
	if err != nil {
		return err
	}
	b := binary.BigEndian.AppendUint16([]byte{1}, uint16(l.Hidden/time.Minute))
	return v.Write(ctx, []vault.Record{{Key: lockKey, Value: binary.BigEndian.AppendUint16(b, uint16(l.Idle/time.Minute))}})
}
