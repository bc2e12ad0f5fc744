package seal

import (
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/argon2"
)

// ErrParams reports parameters below the floor or above the ceiling of the policy.
var ErrParams = errors.New("passphrase parameters outside the policy")

// KDFParams are the costs of turning a passphrase into a key, and its salt.
type KDFParams struct {
	MiB   uint32
	Time  uint32 // passes
	Lanes uint8
	Salt  [16]byte
}

// KDFParamsSize is the length of encoded KDFParams.
const KDFParamsSize = 4 + 4 + 1 + 16

// NewKDFParams returns the policy's default costs with a fresh salt.
func NewKDFParams() KDFParams {
	p := Current.Passphrase.Default
	random(p.Salt[:])
	return p
}

// Check compares p with the policy. It must come before any use of p: costs
// that someone else chose can be too low to protect or too high to run.
func (p KDFParams) Check() error {
	lo, hi := Current.Passphrase.Floor, Current.Passphrase.Ceiling
	if p.MiB < lo.MiB || p.Time < lo.Time || p.Lanes < lo.Lanes ||
		p.MiB > hi.MiB || p.Time > hi.Time || p.Lanes > hi.Lanes || p.Salt == [16]byte{} {
		return ErrParams
	}
	return nil
}

// Append appends the encoding of p.
func (p KDFParams) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, p.MiB)
	dst = binary.BigEndian.AppendUint32(dst, p.Time)
	dst = append(dst, p.Lanes)
	return append(dst, p.Salt[:]...)
}

// ParseKDFParams decodes and checks exactly one set of parameters.
func ParseKDFParams(b []byte) (KDFParams, error) {
	if len(b) != KDFParamsSize {
		return KDFParams{}, ErrLength
	}
	p := KDFParams{MiB: binary.BigEndian.Uint32(b), Time: binary.BigEndian.Uint32(b[4:]), Lanes: b[8], Salt: [16]byte(b[9:])}
	return p, p.Check()
}

// PassphraseKey derives a secret from a passphrase with Argon2id. It checks p first.
func PassphraseKey(pass []byte, p KDFParams) (Secret, error) {
	if err := p.Check(); err != nil {
		return Secret{}, err
	}
	return SecretFrom(argon2.IDKey(pass, p.Salt[:], p.Time, p.MiB<<10, p.Lanes, 32))
}
