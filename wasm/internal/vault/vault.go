// Package vault keeps what a device knows, sealed, on a disk that others may read.
//
// The key is opened by a passphrase through Argon2id, or by a passkey that was
// added with it, each mixed with a key that this browser holds and does not
// give away. Records have names in clear and sealed values.
//
// When Open or OpenPasskey succeeds:
//   - the passphrase or passkey is one that this vault was given, and the cost of
//     guessing the passphrase was not lowered by whoever can write to the disk;
//   - no opener was added, and none exchanged, by anybody without the key;
//   - every value read is one that this vault wrote under that very name.
//
// When Write returns nil all its records are on the disk; when it fails all or
// none of them are.
//
// The vault does not promise that a record is the newest one of its name, nor
// that none has been deleted: whoever can write to the disk can put back an
// older value, the header among them. FORMAT.md gives the bytes.
package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"vialog/wasm/internal/seal"
)

// A Record is a name in clear and a value. On a Disk the value is sealed.
type Record struct {
	Key   string
	Value []byte
}

// A Disk keeps records by name. What it returns belongs to the caller.
type Disk interface {
	// Get returns the value of key, or nil and no error if there is none.
	Get(ctx context.Context, key string) ([]byte, error)

	// Scan returns the records whose names begin with prefix, sorted by name.
	Scan(ctx context.Context, prefix string) ([]Record, error)

	// Write stores all of puts, or none. A nil value deletes the record.
	// Once it returns nil the records survive a power cut. After an error the
	// records may have been stored or not, but never some of them only.
	Write(ctx context.Context, puts []Record) error

	// Wipe deletes everything, and the keys that bind records to this browser.
	Wipe(ctx context.Context) error
}

// A Binder mixes in a key that cannot leave this browser. The same input gives
// the same output until the disk is wiped, and says nothing about the key.
type Binder interface {
	Bind(ctx context.Context, in [32]byte) ([32]byte, error)
}

// A KDF stretches a passphrase. It is seal.PassphraseKey, run where it does not
// hold up the screen. What it returns is overwritten after use.
type KDF func(ctx context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error)

// A Host is where a vault is.
type Host struct {
	Disk   Disk
	Binder Binder
	KDF    KDF
	NFC    func(string) string // Unicode's canonical composition; nil: passphrases are typed so
}

var (
	// ErrPassphrase reports a passphrase that does not open the vault. A header
	// that was tampered with looks the same.
	ErrPassphrase = errors.New("vault: the passphrase does not open it")

	// ErrNone reports that there is no vault on the disk.
	ErrNone = errors.New("vault: none on this device")

	// ErrExists reports that there is a vault on the disk already.
	ErrExists = errors.New("vault: there is one on this device already")

	// ErrLocked reports a use of the vault after Lock.
	ErrLocked = errors.New("vault: locked")

	// ErrHeader reports a header that no version of this app has written.
	ErrHeader = errors.New("vault: header is not readable")

	// ErrPasskey reports a passkey that does not open the vault or cannot be
	// added: it is not the vault's, not usable, or one too many.
	ErrPasskey = errors.New("vault: the passkey does not open it")

	// ErrChanged reports that the list of those who may open the vault is not
	// the one that it wrote.
	ErrChanged = errors.New("vault: the header was changed from outside")

	// ErrCosts reports that guessing the passphrase costs less than the policy's
	// floor, so that the vault is opened by the passphrase only, which raises it.
	ErrCosts = errors.New("vault: the passphrase has to be stretched anew")

	// ErrName reports a record name that is reserved, empty or too long.
	ErrName = errors.New("vault: not a name for a record")
)

// A Vault is an open vault. It is safe for concurrent use.
type Vault struct {
	host Host

	head sync.Mutex // held while the header is read and written anew

	mu      sync.RWMutex  // held for reading while the keys are used
	root    seal.Secret   // guarded by mu; the zero value once locked
	record  *seal.BlobKey // guarded by mu; nil once locked
	changed bool          // guarded by mu
}

func (*Vault) String() string   { return "vault.Vault(hidden)" }
func (*Vault) GoString() string { return "vault.Vault(hidden)" }

// Exists reports whether there is a vault on the disk, readable or not.
func Exists(ctx context.Context, d Disk) (bool, error) {
	b, err := d.Get(ctx, headerName)
	if err != nil {
		return false, fmt.Errorf("vault: looking for the header: %w", err)
	}
	return b != nil, nil
}

// Create makes a new vault. The costs are those of p, its salt is drawn anew. When its answer is lost there may be a vault, which
// Open opens with the same passphrase.
func Create(ctx context.Context, h Host, pass []byte, p seal.KDFParams) (*Vault, error) {
	switch there, err := Exists(ctx, h.Disk); {
	case err != nil:
		return nil, err
	case there:
		return nil, ErrExists
	}
	v := newVault(h, seal.NewSecret(), false)
	head, err := h.wrap(ctx, v.root, pass, p, nil, nil)
	if err != nil {
		return nil, err
	}
	if err := h.write(ctx, head); err != nil {
		return nil, err
	}
	return v, nil
}

// Open opens the vault on the disk. It fails with ErrNone if there is none, and
// with ErrPassphrase if the passphrase is not the right one. Renew is to follow.
func Open(ctx context.Context, h Host, pass []byte) (*Vault, error) {
	head, err := h.read(ctx)
	if err != nil {
		return nil, err
	}
	root, err := h.open(ctx, head, pass)
	if err != nil {
		return nil, err
	}
	_, err = head.openList(root)
	return newVault(h, root, err != nil), nil
}

func newVault(h Host, root seal.Secret, changed bool) *Vault {
	return &Vault{host: h, root: root, record: seal.NewBlobKey(root, seal.LabelVaultRecord), changed: changed}
}

// Changed reports that the list of passkeys was changed from outside when the
// vault was opened. None of them opens it any more.
func (v *Vault) Changed() bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.changed
}

// Lock forgets the keys and overwrites the one that all others come from.
// Whatever is called after it fails with ErrLocked.
func (v *Vault) Lock() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.root.Wipe()
	v.root, v.record = seal.Secret{}, nil
}

// Wipe deletes everything on the disk and forgets the keys.
func (v *Vault) Wipe(ctx context.Context) error {
	v.Lock()
	if err := v.host.Disk.Wipe(ctx); err != nil {
		return fmt.Errorf("vault: wiping: %w", err)
	}
	return nil
}

// prove opens the header by the passphrase and checks that it is the one of this
// vault. The caller holds head.
func (v *Vault) prove(ctx context.Context, pass []byte) (header, []Passkey, error) {
	if _, err := v.keys(); err != nil {
		return header{}, nil, err
	}
	head, err := v.host.read(ctx)
	if err != nil {
		return header{}, nil, err
	}
	root, err := v.host.open(ctx, head, pass)
	if err != nil {
		return header{}, nil, err
	}
	defer root.Wipe()
	same := false
	if err := v.use(func(own seal.Secret) { same = own.Equal(root) }); err != nil {
		return header{}, nil, err
	}
	if !same {
		return header{}, nil, ErrLocked // another vault has taken its place
	}
	list, err := head.openList(root)
	if err != nil {
		head.keys, list = nil, nil // nobody knows who put them there
	}
	return head, list, nil
}

// use lends the root, or fails with ErrLocked.
func (v *Vault) use(f func(root seal.Secret)) error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if !v.root.Valid() {
		return ErrLocked
	}
	f(v.root)
	return nil
}

// borrow is a copy of the root, for what takes time. The caller wipes it.
func (v *Vault) borrow() (root seal.Secret, err error) {
	err = v.use(func(own seal.Secret) {
		b := own.Bytes()
		defer clear(b)
		root, _ = seal.SecretFrom(b)
	})
	return root, err
}

// rewrap seals the root anew under pass. The caller holds head.
func (v *Vault) rewrap(ctx context.Context, head header, list []Passkey, pass []byte, p seal.KDFParams) error {
	root, err := v.borrow()
	if err != nil {
		return err
	}
	defer root.Wipe()
	next, err := v.host.wrap(ctx, root, pass, p, head.keys, list)
	if err != nil {
		return err
	}
	return v.host.write(ctx, next)
}

// ChangePassphrase replaces the passphrase. The records and the passkeys stay as
// they are, and costs are never lowered. When its answer is lost either the old or the new passphrase opens the vault.
func (v *Vault) ChangePassphrase(ctx context.Context, old, new []byte, p seal.KDFParams) error {
	v.head.Lock()
	defer v.head.Unlock()
	head, list, err := v.prove(ctx, old)
	if err != nil {
		return err
	}
	return v.rewrap(ctx, head, list, new, p.Raise(head.params))
}

// Renew brings the header of a vault that pass has just opened up to date: costs
// are raised to those of p, a header of an earlier version and one that was changed
// from outside are written anew. It does nothing where nothing is to be done.
// When it fails the vault is as it was and stays open, unless the costs are below
// the floor: then it is locked. When its answer is lost the vault opens all the same.
func (v *Vault) Renew(ctx context.Context, pass []byte, p seal.KDFParams) error {
	v.head.Lock()
	defer v.head.Unlock()
	head, err := v.host.read(ctx)
	if err != nil {
		return err
	}
	if head.version == version && head.params.AtLeast(p) && !v.Changed() {
		return nil
	}
	low := head.params.Check() != nil
	head, list, err := v.prove(ctx, pass)
	if err == nil {
		err = v.rewrap(ctx, head, list, pass, p.Raise(head.params))
	}
	if err != nil && low {
		v.Lock()
	}
	return err
}

// Get returns the value of key, or nil and no error if there is none.
func (v *Vault) Get(ctx context.Context, key string) ([]byte, error) {
	k, err := v.keys()
	if err != nil {
		return nil, err
	}
	if err := checkName(key); err != nil {
		return nil, err
	}
	sealed, err := v.host.Disk.Get(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("vault: reading %s: %w", key, err)
	}
	if sealed == nil {
		return nil, nil
	}
	return open(k, key, sealed)
}

// Scan returns the records whose names begin with prefix, sorted by name. One
// record that does not open fails them all.
func (v *Vault) Scan(ctx context.Context, prefix string) ([]Record, error) {
	k, err := v.keys()
	if err != nil {
		return nil, err
	}
	list, err := v.host.Disk.Scan(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("vault: reading %s*: %w", prefix, err)
	}
	out := make([]Record, 0, len(list))
	for _, r := range list {
		if r.Key == headerName {
			continue
		}
		content, err := open(k, r.Key, r.Value)
		if err != nil {
			return nil, err
		}
		out = append(out, Record{r.Key, content})
	}
	return out, nil
}

// Write seals and stores all of puts, or none. A nil value deletes the record.
func (v *Vault) Write(ctx context.Context, puts []Record) error {
	k, err := v.keys()
	if err != nil {
		return err
	}
	sealed := make([]Record, len(puts))
	for i, r := range puts {
		if err := checkName(r.Key); err != nil {
			return err
		}
		sealed[i].Key = r.Key
		if r.Value != nil {
			sealed[i].Value = k.Seal(recordAAD(r.Key), r.Value)
		}
	}
	if err := v.host.Disk.Write(ctx, sealed); err != nil {
		return fmt.Errorf("vault: writing %d records: %w", len(puts), err)
	}
	return nil
}

// keys returns the key of the records, or ErrLocked.
func (v *Vault) keys() (*seal.BlobKey, error) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.record == nil {
		return nil, ErrLocked
	}
	return v.record, nil
}

func open(k *seal.BlobKey, name string, sealed []byte) ([]byte, error) {
	content, err := k.OpenInPlace(recordAAD(name), sealed)
	if err != nil {
		return nil, fmt.Errorf("vault: record %s: %w", name, err)
	}
	if content == nil {
		content = []byte{} // an empty record is there, a nil one is not
	}
	return content, nil
}

func recordAAD(name string) []byte {
	return append([]byte{recordsFrom}, name...)
}

func checkName(name string) error {
	if name == "" || len(name) > 255 || name == headerName || name == bindName || strings.ContainsRune(name, 0) {
		return ErrName
	}
	return nil
}
