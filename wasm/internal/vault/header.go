package vault

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"vialog/wasm/internal/seal"
)

const (
	version    = 1
	suite      = 1
	headerName = "vault"
	bindName   = "bind" // where a browser may keep the key of its Binder

	paramsSize = 1 + 1 + seal.KDFParamsSize
	rootSize   = seal.SealedSecretSize
)

// A header is what stands in clear about a vault.
type header struct {
	params seal.KDFParams
	root   []byte // sealed
}

// parameters are the bytes that the sealed root is bound to.
func (h header) parameters() []byte {
	b := make([]byte, 0, paramsSize+2+rootSize)
	b = append(b, version, suite)
	return h.params.Append(b)
}

func (h header) encode() []byte {
	b := h.parameters()
	b = binary.BigEndian.AppendUint16(b, uint16(len(h.root)))
	return append(b, h.root...)
}

// parseHeader reads a header. The cost it states is within the policy.
func parseHeader(b []byte) (header, error) {
	if len(b) != paramsSize+2+rootSize || b[0] != version || b[1] != suite {
		return header{}, ErrHeader
	}
	if binary.BigEndian.Uint16(b[paramsSize:]) != rootSize {
		return header{}, ErrHeader
	}
	p, err := seal.ParseKDFParams(b[2:paramsSize])
	if err != nil {
		return header{}, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	return header{params: p, root: b[paramsSize+2:]}, nil
}

// wrapKey is the key that seals the root.
func (v *Vault) wrapKey(ctx context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error) {
	stretched, err := v.kdf(ctx, pass, p)
	if err != nil {
		return seal.Secret{}, fmt.Errorf("vault: stretching the passphrase: %w", err)
	}
	var challenge [32]byte
	copy(challenge[:], stretched.Derive(seal.LabelVaultBind).Bytes())
	bound, err := v.binder.Bind(ctx, challenge)
	if err != nil {
		return seal.Secret{}, fmt.Errorf("vault: key of this browser: %w", err)
	}
	return stretched.Derive(seal.LabelVaultUnlock, bound[:]), nil
}

func (v *Vault) readHeader(ctx context.Context, pass []byte) (seal.Secret, error) {
	b, err := v.disk.Get(ctx, headerName)
	if err != nil {
		return seal.Secret{}, fmt.Errorf("vault: reading the header: %w", err)
	}
	if b == nil {
		return seal.Secret{}, ErrNone
	}
	h, err := parseHeader(b)
	if err != nil {
		return seal.Secret{}, err
	}
	wrap, err := v.wrapKey(ctx, pass, h.params)
	if err != nil {
		return seal.Secret{}, err
	}
	root, err := seal.OpenSecret(wrap, seal.LabelVaultMaster, h.parameters(), h.root)
	if err != nil {
		return seal.Secret{}, ErrPassphrase
	}
	return root, nil
}

// writeHeader seals root under pass with a new salt. It is one write.
func (v *Vault) writeHeader(ctx context.Context, root seal.Secret, pass []byte, p seal.KDFParams) error {
	rand.Read(p.Salt[:])
	if err := p.Check(); err != nil {
		return fmt.Errorf("vault: cost of the passphrase: %w", err)
	}
	wrap, err := v.wrapKey(ctx, pass, p)
	if err != nil {
		return err
	}
	h := header{params: p}
	h.root = seal.SealSecret(wrap, seal.LabelVaultMaster, h.parameters(), root)
	if err := v.disk.Write(ctx, []Record{{headerName, h.encode()}}); err != nil {
		return fmt.Errorf("vault: writing the header: %w", err)
	}
	return nil
}
