package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"vialog/wasm/internal/seal"
)

const (
	version     = 2
	versionOld  = 1 // of headers that are still read
	recordsFrom = 1 // version in what records are bound to
	suite       = 1
	headerName  = "vault"
	bindName    = "bind" // where a browser may keep the key of its Binder

	paramsSize = 1 + 1 + seal.KDFParamsSize
	rootSize   = seal.SealedSecretSize

	maxID   = 1023 // bytes of a credential's identifier, a limit of WebAuthn
	maxList = seal.BlobOverhead + MaxPasskeys*(8+1+MaxName)
)

// Limits of passkeys.
const (
	MaxPasskeys = 8
	MaxName     = 200 // bytes
)

// A header is what stands in clear about a vault.
type header struct {
	version uint8
	params  seal.KDFParams
	root    []byte   // sealed by the passphrase
	keys    []opener // passkeys
	list    []byte   // sealed: what else is known of them
}

// An opener is a passkey as the header has it.
type opener struct {
	id   []byte // of the credential
	root []byte // sealed by it
}

// parameters are the bytes that the root sealed by the passphrase is bound to.
func (h header) parameters() []byte {
	b := make([]byte, 0, paramsSize+2+rootSize)
	b = append(b, h.version, suite)
	return h.params.Append(b)
}

// openers is everything before the list, which is bound to it.
func (h header) openers() []byte {
	b := append(h.parameters(), h.root...)
	b = append(b, byte(len(h.keys)))
	for _, k := range h.keys {
		b = binary.BigEndian.AppendUint16(b, uint16(len(k.id)))
		b = append(b, k.id...)
		b = append(b, k.root...)
	}
	return b
}

func (h header) encode() []byte {
	if h.version == versionOld {
		b := binary.BigEndian.AppendUint16(h.parameters(), uint16(len(h.root)))
		return append(b, h.root...)
	}
	b := h.openers()
	b = binary.BigEndian.AppendUint16(b, uint16(len(h.list)))
	return append(b, h.list...)
}

// parseHeader reads a header. The cost it states is within what policies have allowed.
func parseHeader(b []byte) (header, error) {
	in := b
	take := func(n int) []byte {
		if n > len(in) {
			in = nil
			return nil
		}
		out := in[:n:n]
		in = in[n:]
		return out
	}
	number := func() int {
		n := take(2)
		if n == nil {
			return -1
		}
		return int(binary.BigEndian.Uint16(n))
	}
	first := take(paramsSize)
	if first == nil || first[0] != version && first[0] != versionOld || first[1] != suite {
		return header{}, ErrHeader
	}
	h := header{version: first[0]}
	var err error
	if h.params, err = seal.ParseKDFParams(first[2:]); err != nil {
		return header{}, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	if h.version == versionOld {
		if number() != rootSize || len(in) != rootSize {
			return header{}, ErrHeader
		}
		h.root = in
		return h, nil
	}
	h.root = take(rootSize)
	count := take(1)
	if h.root == nil || count == nil || count[0] > MaxPasskeys {
		return header{}, ErrHeader
	}
	for range count[0] {
		n := number()
		if n < 1 || n > maxID {
			return header{}, ErrHeader
		}
		k := opener{take(n), take(rootSize)}
		if k.id == nil || k.root == nil || h.find(k.id) >= 0 {
			return header{}, ErrHeader
		}
		h.keys = append(h.keys, k)
	}
	n := number()
	if n < seal.BlobOverhead || n > maxList || n != len(in) {
		return header{}, ErrHeader
	}
	h.list = in
	return h, nil
}

// find is the place of a passkey, -1 if it has none.
func (h header) find(id []byte) int {
	return slices.IndexFunc(h.keys, func(k opener) bool { return bytes.Equal(k.id, id) })
}

// sealList binds the header to the root.
func (h *header) sealList(root seal.Secret, list []Passkey) {
	if len(list) != len(h.keys) {
		panic("vault: another number of names than passkeys")
	}
	var b []byte
	for _, p := range list {
		b = binary.BigEndian.AppendUint64(b, uint64(p.Added.UnixMilli()))
		b = append(b, byte(len(p.Name)))
		b = append(b, p.Name...)
	}
	h.list = seal.SealBlob(root, seal.LabelVaultHeader, h.openers(), b)
}

// openList is what the root says of the passkeys, if it says it of this very header.
func (h header) openList(root seal.Secret) ([]Passkey, error) {
	if h.version == versionOld {
		return nil, nil
	}
	b, err := seal.OpenBlob(root, seal.LabelVaultHeader, h.openers(), h.list)
	if err != nil {
		return nil, ErrChanged
	}
	list := make([]Passkey, 0, len(h.keys))
	for _, k := range h.keys {
		if len(b) < 9 || len(b) < 9+int(b[8]) || b[8] > MaxName {
			return nil, ErrChanged
		}
		n := 9 + int(b[8])
		list = append(list, Passkey{ID: k.id, Added: time.UnixMilli(int64(binary.BigEndian.Uint64(b))), Name: string(b[9:n])})
		b = b[n:]
	}
	if len(b) > 0 {
		return nil, ErrChanged
	}
	return list, nil
}

// bind mixes the key of this browser into an opener's own.
func (h Host) bind(ctx context.Context, key seal.Secret, challenge, wrap seal.Label) (seal.Secret, error) {
	in := key.Derive(challenge)
	defer in.Wipe()
	bound, err := h.Binder.Bind(ctx, [32]byte(in.Bytes()))
	if err != nil {
		return seal.Secret{}, fmt.Errorf("vault: key of this browser: %w", err)
	}
	defer clear(bound[:])
	return key.Derive(wrap, bound[:]), nil
}

// byPassphrase is the key that seals the root for a passphrase. Version is that of the header.
func (h Host) byPassphrase(ctx context.Context, version uint8, pass []byte, p seal.KDFParams) (seal.Secret, error) {
	if version != versionOld {
		pass = h.spell(pass)
		defer clear(pass)
	}
	stretched, err := h.KDF(ctx, pass, p)
	if err != nil {
		return seal.Secret{}, fmt.Errorf("vault: stretching the passphrase: %w", err)
	}
	defer stretched.Wipe()
	return h.bind(ctx, stretched, seal.LabelVaultBind, seal.LabelVaultUnlock)
}

// byPasskey is the same for a passkey.
func (h Host) byPasskey(ctx context.Context, prf []byte) (seal.Secret, error) {
	s, err := seal.SecretFrom(prf)
	if err != nil {
		return seal.Secret{}, ErrPasskey
	}
	defer s.Wipe()
	return h.bind(ctx, s, seal.LabelVaultPasskeyBind, seal.LabelVaultPasskeyUnlock)
}

func passkeyInfo(id []byte) []byte { return append([]byte{version, suite}, id...) }

// spell gives a passphrase the one spelling that counts, in memory of its own.
func (h Host) spell(pass []byte) []byte {
	if h.NFC != nil {
		pass = []byte(h.NFC(string(pass)))
		defer clear(pass)
	}
	return bytes.Join(bytes.Fields(pass), []byte(" "))
}

// read reads the header.
func (h Host) read(ctx context.Context) (header, error) {
	b, err := h.Disk.Get(ctx, headerName)
	if err != nil {
		return header{}, fmt.Errorf("vault: reading the header: %w", err)
	}
	if b == nil {
		return header{}, ErrNone
	}
	return parseHeader(b)
}

// open opens the root of a header by the passphrase.
func (h Host) open(ctx context.Context, head header, pass []byte) (seal.Secret, error) {
	wrap, err := h.byPassphrase(ctx, head.version, pass, head.params)
	if err != nil {
		return seal.Secret{}, err
	}
	defer wrap.Wipe()
	root, err := seal.OpenSecret(wrap, seal.LabelVaultMaster, head.parameters(), head.root)
	if err != nil {
		return seal.Secret{}, ErrPassphrase
	}
	return root, nil
}

// wrap seals the root under pass with a new salt, in a header with these passkeys.
func (h Host) wrap(ctx context.Context, root seal.Secret, pass []byte, p seal.KDFParams, keys []opener, list []Passkey) (header, error) {
	rand.Read(p.Salt[:])
	if err := p.Check(); err != nil {
		return header{}, fmt.Errorf("vault: cost of the passphrase: %w", err)
	}
	wrap, err := h.byPassphrase(ctx, version, pass, p)
	if err != nil {
		return header{}, err
	}
	defer wrap.Wipe()
	head := header{version: version, params: p, keys: keys}
	head.root = seal.SealSecret(wrap, seal.LabelVaultMaster, head.parameters(), root)
	head.sealList(root, list)
	return head, nil
}

// write is one write.
func (h Host) write(ctx context.Context, head header) error {
	if err := h.Disk.Write(ctx, []Record{{headerName, head.encode()}}); err != nil {
		return fmt.Errorf("vault: writing the header: %w", err)
	}
	return nil
}
