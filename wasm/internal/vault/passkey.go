package vault

import (
	"bytes"
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"vialog/wasm/internal/seal"
)

// A Passkey opens a vault beside the passphrase, never instead of it.
type Passkey struct {
	ID    []byte // of the credential, in clear in the header
	Name  string // at most MaxName bytes, sealed
	Added time.Time
}

// PasskeyInput is what every passkey is asked about. Its answer, by the PRF
// extension of WebAuthn, is 32 bytes that only it can give.
func PasskeyInput() [32]byte { return seal.Hash(seal.LabelVaultPasskeyInput) }

// PasskeyIDs are the credentials that may open the vault on a disk, as its
// header says; nobody has proved it right. There are none if there is no vault.
func PasskeyIDs(ctx context.Context, d Disk) ([][]byte, error) {
	h, err := Host{Disk: d}.read(ctx)
	if err == ErrNone {
		return nil, nil
	}
	var ids [][]byte
	for _, k := range h.keys {
		ids = append(ids, k.id)
	}
	return ids, err
}

// OpenPasskey opens the vault with the answer of a passkey to PasskeyInput. It
// fails with ErrPasskey if that is none of the vault's, with ErrChanged if
// somebody changed who may open it, and with ErrCosts if the passphrase is
// needed; in each case the passphrase opens it.
func OpenPasskey(ctx context.Context, h Host, id, prf []byte) (*Vault, error) {
	head, err := h.read(ctx)
	if err != nil {
		return nil, err
	}
	at := head.find(id)
	if at < 0 {
		return nil, ErrPasskey
	}
	if head.params.Check() != nil {
		return nil, ErrCosts
	}
	wrap, err := h.byPasskey(ctx, prf)
	if err != nil {
		return nil, err
	}
	defer wrap.Wipe()
	root, err := seal.OpenSecret(wrap, seal.LabelVaultPasskeyMaster, passkeyInfo(id), head.keys[at].root)
	if err != nil {
		return nil, ErrPasskey
	}
	if _, err := head.openList(root); err != nil {
		root.Wipe()
		return nil, err
	}
	return newVault(h, root, false), nil
}

// Passkeys are those that open the vault, in the order in which they were added.
func (v *Vault) Passkeys(ctx context.Context) ([]Passkey, error) {
	_, list, err := v.listed(ctx)
	return list, err
}

// listed reads the header and its list.
func (v *Vault) listed(ctx context.Context) (head header, list []Passkey, err error) {
	if head, err = v.host.read(ctx); err != nil {
		return head, nil, err
	}
	if locked := v.use(func(root seal.Secret) { list, err = head.openList(root) }); locked != nil {
		err = locked
	}
	return head, list, err
}

// A Proof says that somebody knew the passphrase of an open vault.
type Proof struct {
	v    *Vault
	root []byte // as sealed by that passphrase
}

// Prove checks the passphrase of an open vault: an unlocked screen alone does not
// tell who sits before it. It fails with ErrPassphrase.
func (v *Vault) Prove(ctx context.Context, pass []byte) (*Proof, error) {
	v.head.Lock()
	defer v.head.Unlock()
	head, list, err := v.prove(ctx, pass)
	if err != nil {
		return nil, err
	}
	if head.version != version || v.Changed() {
		// Such a header holds no passkeys, and Renew could not write another.
		if err := v.rewrap(ctx, head, list, pass, head.params.Raise(seal.Current.Passphrase.Floor)); err != nil {
			return nil, err
		}
		if head, _, err = v.listed(ctx); err != nil {
			return nil, err
		}
	}
	return &Proof{v, head.root}, nil
}

// Proved reports whether p says so of this vault.
func (v *Vault) Proved(p *Proof) bool { return p != nil && p.v == v }

// AddPasskey lets a passkey open the vault. One that is there already gets the
// new name. When its answer is lost the passkey may open the vault or not.
func (v *Vault) AddPasskey(ctx context.Context, by *Proof, p Passkey, prf []byte) error {
	if len(p.ID) == 0 || len(p.ID) > maxID || len(p.Name) > MaxName || !utf8.ValidString(p.Name) {
		return ErrPasskey
	}
	v.head.Lock()
	defer v.head.Unlock()
	head, list, err := v.listed(ctx)
	if err != nil {
		return err
	}
	if by == nil || by.v != v || !bytes.Equal(by.root, head.root) {
		return ErrPassphrase // it has been changed since
	}
	if i := head.find(p.ID); i >= 0 {
		head.keys, list = slices.Delete(head.keys, i, i+1), slices.Delete(list, i, i+1)
	}
	if len(head.keys) >= MaxPasskeys {
		return ErrPasskey
	}
	wrap, err := v.host.byPasskey(ctx, prf)
	if err != nil {
		return err
	}
	defer wrap.Wipe()
	if err := v.use(func(root seal.Secret) {
		head.keys = append(head.keys, opener{p.ID, seal.SealSecret(wrap, seal.LabelVaultPasskeyMaster, passkeyInfo(p.ID), root)})
		head.sealList(root, append(list, p))
	}); err != nil {
		return err
	}
	return v.host.write(ctx, head)
}

// RemovePasskey takes back that a passkey opens the vault; one that does not is
// none. A copy of the disk that was made before still opens with it.
func (v *Vault) RemovePasskey(ctx context.Context, id []byte) error {
	v.head.Lock()
	defer v.head.Unlock()
	head, list, err := v.listed(ctx)
	if err != nil {
		return err
	}
	i := head.find(id)
	if i < 0 {
		return nil
	}
	head.keys, list = slices.Delete(head.keys, i, i+1), slices.Delete(list, i, i+1)
	if err := v.use(func(root seal.Secret) { head.sealList(root, list) }); err != nil {
		return err
	}
	return v.host.write(ctx, head)
}
