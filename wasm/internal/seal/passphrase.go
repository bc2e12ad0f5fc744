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

// oldestFloor is the floor of the first policy: nothing was ever written below it.
var oldestFloor = KDFParams{MiB: 19, Time: 2, Lanes: 1}

// Check compares p with the policy. It must come before p is used for
// something new: costs that someone else chose can be too low to protect.
func (p KDFParams) Check() error {
	if !p.AtLeast(Current.Passphrase.Floor) {
		return ErrParams
	}
	return p.CheckOld()
}

// CheckOld compares p with all policies there have been. It must come before
// any use of p: costs that someone else chose can be too high to run, or lower
// than anything that this app has written. What it lets through and Check does
// not is to be written anew with higher costs before it is relied on.
func (p KDFParams) CheckOld() error {
	hi := Current.Passphrase.Ceiling
	if !p.AtLeast(oldestFloor) || !hi.AtLeast(p) || p.Salt == [16]byte{} {
		return ErrParams
	}
	return nil
}

// AtLeast reports that no cost of p is lower than that of q.
func (p KDFParams) AtLeast(q KDFParams) bool {
	return p.MiB >= q.MiB && p.Time >= q.Time && p.Lanes >= q.Lanes
}

// Raise returns p with each cost that is lower than that of q raised to it.
func (p KDFParams) Raise(q KDFParams) KDFParams {
	p.MiB, p.Time, p.Lanes = max(p.MiB, q.MiB), max(p.Time, q.Time), max(p.Lanes, q.Lanes)
	return p
}

// Append appends the encoding of p.
func (p KDFParams) Append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, p.MiB)
	dst = binary.BigEndian.AppendUint32(dst, p.Time)
	dst = append(dst, p.Lanes)
	return append(dst, p.Salt[:]...)
}

// ParseKDFParams decodes exactly one set of parameters and checks it with CheckOld.
func ParseKDFParams(b []byte) (KDFParams, error) {
	if len(b) != KDFParamsSize {
		return KDFParams{}, ErrLength
	}
	p := KDFParams{MiB: binary.BigEndian.Uint32(b), Time: binary.BigEndian.Uint32(b[4:]), Lanes: b[8], Salt: [16]byte(b[9:])}
	return p, p.CheckOld()
}

// PassphraseKey derives a secret from a passphrase with Argon2id. It checks p
// with CheckOld first.
func PassphraseKey(pass []byte, p KDFParams) (Secret, error) {
	if err := p.CheckOld(); err != nil {
		return Secret{}, err
	}
	return SecretFrom(argon2.IDKey(pass, p.Salt[:], p.Time, p.MiB<<10, p.Lanes, 32))
}
