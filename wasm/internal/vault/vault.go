// Package vault keeps what a device knows, sealed, on a disk that others may read.
//
// The key comes from a passphrase through Argon2id, mixed with a key that this
// browser holds and does not give away. Records have names in clear and sealed
// values.
//
// When Open succeeds:
//   - the passphrase is the one last set, and the cost of guessing it was not
//     lowered by whoever can write to the disk;
//   - every value read is one that this vault wrote under that very name.
//
// When Write returns nil all its records are on the disk; when it fails all or
// none of them are.
//
// The vault does not promise that a record is the newest one of its name, nor
// that none has been deleted: whoever can write to the disk can put back an
// older value. FORMAT.md gives the bytes.
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
// hold up the screen.
type KDF func(ctx context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error)

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

	// ErrName reports a record name that is reserved, empty or too long.
	ErrName = errors.New("vault: not a name for a record")
)

// A Vault is an open vault. It is safe for concurrent use.
type Vault struct {
	disk   Disk
	binder Binder
	kdf    KDF

	mu     sync.Mutex
	root   seal.Secret   // guarded by mu; the zero value once locked
	record *seal.BlobKey // guarded by mu; nil once locked
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
func Create(ctx context.Context, d Disk, b Binder, kdf KDF, pass []byte, p seal.KDFParams) (*Vault, error) {
	switch there, err := Exists(ctx, d); {
	case err != nil:
		return nil, err
	case there:
		return nil, ErrExists
	}
	v := &Vault{disk: d, binder: b, kdf: kdf}
	v.unlock(seal.NewSecret())
	if err := v.writeHeader(ctx, v.root, pass, p); err != nil {
		return nil, err
	}
	return v, nil
}

// Open opens the vault on the disk. It fails with ErrNone if there is none, and
// with ErrPassphrase if the passphrase is not the right one.
func Open(ctx context.Context, d Disk, b Binder, kdf KDF, pass []byte) (*Vault, error) {
	v := &Vault{disk: d, binder: b, kdf: kdf}
	root, err := v.readHeader(ctx, pass)
	if err != nil {
		return nil, err
	}
	v.unlock(root)
	return v, nil
}

// unlock is called before anyone else can know of v.
func (v *Vault) unlock(root seal.Secret) {
	v.root = root
	v.record = seal.NewBlobKey(root, seal.LabelVaultRecord)
}

// Lock forgets the keys. Whatever is called after it fails with ErrLocked.
func (v *Vault) Lock() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.root, v.record = seal.Secret{}, nil
}

// Wipe deletes everything on the disk and forgets the keys.
func (v *Vault) Wipe(ctx context.Context) error {
	v.Lock()
	if err := v.disk.Wipe(ctx); err != nil {
		return fmt.Errorf("vault: wiping: %w", err)
	}
	return nil
}

// Check reports whether the passphrase is that of the open vault: ErrPassphrase
// if not.
func (v *Vault) Check(ctx context.Context, pass []byte) error {
	if _, err := v.keys(); err != nil {
		return err
	}
	root, err := v.readHeader(ctx, pass)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.root.Valid() || !v.root.Equal(root) {
		return ErrLocked // locked meanwhile, or another vault has taken its place
	}
	return nil
}

// ChangePassphrase replaces the passphrase. The records stay as they are. When
// its answer is lost either the old or the new passphrase opens the vault.
func (v *Vault) ChangePassphrase(ctx context.Context, old, new []byte, p seal.KDFParams) error {
	if _, err := v.keys(); err != nil {
		return err
	}
	root, err := v.readHeader(ctx, old)
	if err != nil {
		return err
	}
	v.mu.Lock()
	same := v.root.Valid() && v.root.Equal(root)
	v.mu.Unlock()
	if !same {
		return ErrLocked // locked meanwhile, or another vault has taken its place
	}
	return v.writeHeader(ctx, root, new, p)
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
	sealed, err := v.disk.Get(ctx, key)
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
	list, err := v.disk.Scan(ctx, prefix)
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
	if err := v.disk.Write(ctx, sealed); err != nil {
		return fmt.Errorf("vault: writing %d records: %w", len(puts), err)
	}
	return nil
}

// keys returns the key of the records, or ErrLocked.
func (v *Vault) keys() (*seal.BlobKey, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
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
	return append([]byte{version}, name...)
}

func checkName(name string) error {
	if name == "" || len(name) > 255 || name == headerName || name == bindName || strings.ContainsRune(name, 0) {
		return ErrName
	}
	return nil
}
