package seal

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"encoding/base32"

	"filippo.io/mldsa"
	"golang.org/x/crypto/cryptobyte"

	"vialog/shared/wire"
)

const (
	// WrapSize is the length of one wrapped secret.
	WrapSize = 1120 + 32 + 16

	// SignatureSize and HybridSize are the lengths of the two forms of signature.
	SignatureSize = ed25519.SignatureSize
	HybridSize    = ed25519.SignatureSize + mldsa.MLDSA44SignatureSize

	// DevicePublicSize is the length of an encoded DevicePublic.
	DevicePublicSize = 2 + 32 + mldsa.MLDSA44PublicKeySize + 1216

	formPlain  = 1
	formHybrid = 2
)

// A DeviceID names a device: the hash of its public keys.
type DeviceID [32]byte

func (id DeviceID) String() string { return "dev_" + short(id[:]) }

func short(b []byte) string {
	return base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding).EncodeToString(b[:10])
}

// A Device holds the private keys of one device. They never leave it.
type Device struct{ k veiled[deviceKeys] }

type deviceKeys struct {
	sign   ed25519.PrivateKey
	signPQ *mldsa.PrivateKey
	kem    *KEMPrivate
	public DevicePublic
	id     DeviceID
}

func (Device) String() string   { return "seal.Device" + hidden }
func (Device) GoString() string { return "seal.Device" + hidden }

// DeviceFromSeed derives a device's three key pairs.
func DeviceFromSeed(seed Secret) *Device {
	k := &deviceKeys{
		sign:   ed25519.NewKeyFromSeed(seed.Derive(LabelDeviceSign).must()),
		signPQ: must(mldsa.NewPrivateKey(mldsa.MLDSA44(), seed.Derive(LabelDeviceSignPQ).must())),
	}
	k.public.Sign = [32]byte(k.sign.Public().(ed25519.PublicKey))
	k.public.SignPQ = [1312]byte(k.signPQ.PublicKey().Bytes())
	k.public.KEM, k.kem = KEMFromSecret(seed, LabelDeviceKEM)
	k.id = k.public.ID()
	return &Device{veil(k)}
}

// Public returns what others need to address and verify the device.
func (d *Device) Public() DevicePublic { return d.k.get().public }

// ID returns the device's identifier.
func (d *Device) ID() DeviceID { return d.k.get().id }

// Sign signs msg for the purpose l, with Ed25519.
func (d *Device) Sign(l Label, msg []byte) [64]byte {
	return [64]byte(ed25519.Sign(d.k.get().sign, appendSigned(nil, l, formPlain, msg)))
}

// SignHybrid signs msg for the purpose l with Ed25519 and ML-DSA-44.
func (d *Device) SignHybrid(l Label, msg []byte) []byte {
	in := appendSigned(nil, l, formHybrid, msg)
	pq := must(d.k.get().signPQ.Sign(nil, in, &mldsa.Options{Context: string(l)}))
	return append(ed25519.Sign(d.k.get().sign, in), pq...)
}

// Unwrap opens a secret that was wrapped to this device.
func (d *Device) Unwrap(l Label, info, wrapped []byte) (Secret, error) {
	return d.k.get().kem.Unwrap(l, info, wrapped)
}

// A DevicePublic is the public half of a device.
type DevicePublic struct {
	Sign   [32]byte   // Ed25519
	SignPQ [1312]byte // ML-DSA-44
	KEM    KEMPublic
}

// ID returns the identifier of the device with these keys.
func (p DevicePublic) ID() DeviceID { return Hash(LabelDeviceID, p.Append(nil)) }

// Append appends the encoding of p.
func (p DevicePublic) Append(dst []byte) []byte {
	dst = append(dst, version, suite)
	dst = append(dst, p.Sign[:]...)
	dst = append(dst, p.SignPQ[:]...)
	return append(dst, p.KEM[:]...)
}

// ParseDevicePublic decodes and checks exactly one device's keys.
func ParseDevicePublic(b []byte) (DevicePublic, error) {
	var p DevicePublic
	if len(b) != DevicePublicSize {
		return p, ErrLength
	}
	s := cryptobyte.String(b)
	var v, n uint8
	if !s.ReadUint8(&v) || !s.ReadUint8(&n) || v != version || n != suite {
		return p, ErrKey
	}
	if !s.CopyBytes(p.Sign[:]) || !s.CopyBytes(p.SignPQ[:]) || !s.CopyBytes(p.KEM[:]) || !s.Empty() {
		return p, ErrLength
	}
	return p, p.Check()
}

// Check refuses keys that are malformed or have small order.
func (p DevicePublic) Check() error {
	if err := checkEd25519(p.Sign); err != nil {
		return err
	}
	if _, err := mldsa.NewPublicKey(mldsa.MLDSA44(), p.SignPQ[:]); err != nil {
		return ErrKey
	}
	return p.KEM.Check()
}

// Verify checks a plain signature.
func (p DevicePublic) Verify(l Label, msg, sig []byte) error {
	if len(sig) != SignatureSize || !ed25519.Verify(p.Sign[:], appendSigned(nil, l, formPlain, msg), sig) {
		return ErrSignature
	}
	return nil
}

// VerifyHybrid checks both halves of a hybrid signature.
func (p DevicePublic) VerifyHybrid(l Label, msg, sig []byte) error {
	if len(sig) != HybridSize {
		return ErrSignature
	}
	in := appendSigned(nil, l, formHybrid, msg)
	if !ed25519.Verify(p.Sign[:], in, sig[:SignatureSize]) || !verifyPQ(p.SignPQ[:], string(l), in, sig[SignatureSize:]) {
		return ErrSignature
	}
	return nil
}

// verifyPQ checks the half of a hybrid signature that is to outlast the other.
func verifyPQ(public []byte, context string, msg, sig []byte) bool {
	k, err := mldsa.NewPublicKey(mldsa.MLDSA44(), public)
	return err == nil && mldsa.Verify(k, msg, sig, &mldsa.Options{Context: context}) == nil
}

// goodKeyError is what a good key answers to an empty signature.
var goodKeyError = ed25519.VerifyWithOptions(ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey), nil, nil, &ed25519.Options{}).Error()

func checkEd25519(key [32]byte) error {
	if wire.WeakKey(key) {
		return ErrKey
	}
	// A key that is not on the curve is refused before the empty signature is.
	if err := ed25519.VerifyWithOptions(key[:], nil, nil, &ed25519.Options{}); err == nil || err.Error() != goodKeyError {
		return ErrKey
	}
	return nil
}

// What suite 1 wraps with, in one place, so that the vectors are run on the
// same as the app.
func wrapKEM() hpke.KEM   { return hpke.MLKEM768X25519() }
func wrapKDF() hpke.KDF   { return hpke.HKDFSHA256() }
func wrapAEAD() hpke.AEAD { return hpke.ChaCha20Poly1305() }

// A KEMPublic is an MLKEM768-X25519 public key.
type KEMPublic [1216]byte

var probe = must(ecdh.X25519().NewPrivateKey([]byte("any scalar: looks for zero only.")))

// Check refuses a key that is malformed or whose X25519 half has small order.
func (p KEMPublic) Check() error {
	x := [32]byte(p[1184:])
	if x[31]&0x80 != 0 || !wire.Reduced(x) {
		return ErrKey
	}
	pub, err := ecdh.X25519().NewPublicKey(x[:])
	if err != nil {
		return ErrKey
	}
	if _, err := probe.ECDH(pub); err != nil {
		return ErrKey
	}
	if _, err := wrapKEM().NewPublicKey(p[:]); err != nil {
		return ErrKey
	}
	return nil
}

// A KEMPrivate opens what was wrapped to its KEMPublic.
type KEMPrivate struct{ k veiled[hpke.PrivateKey] }

func (KEMPrivate) String() string   { return "seal.KEMPrivate" + hidden }
func (KEMPrivate) GoString() string { return "seal.KEMPrivate" + hidden }

// KEMFromSecret derives a key pair for the purpose l.
func KEMFromSecret(s Secret, l Label) (KEMPublic, *KEMPrivate) {
	k := must(wrapKEM().NewPrivateKey(s.Derive(l).must()))
	return KEMPublic(k.PublicKey().Bytes()), &KEMPrivate{veil(&k)}
}

// WrapTo wraps s to pub, which must pass Check.
func WrapTo(pub KEMPublic, l Label, info []byte, s Secret) ([]byte, error) {
	if err := pub.Check(); err != nil {
		return nil, err
	}
	k, err := wrapKEM().NewPublicKey(pub[:])
	if err != nil {
		return nil, ErrKey
	}
	out, err := hpke.Seal(k, wrapKDF(), wrapAEAD(), appendFramed(nil, l, info), s.must())
	if err != nil {
		return nil, ErrKey
	}
	return out, nil
}

// Unwrap opens a wrapped secret. Every failure is ErrOpen. The caller checks
// the secret against its commitment.
func (k *KEMPrivate) Unwrap(l Label, info, wrapped []byte) (Secret, error) {
	if len(wrapped) != WrapSize {
		return Secret{}, ErrOpen
	}
	b, err := hpke.Open(*k.k.get(), wrapKDF(), wrapAEAD(), appendFramed(nil, l, info), wrapped)
	if err != nil {
		return Secret{}, ErrOpen
	}
	s, err := SecretFrom(b)
	if err != nil {
		return Secret{}, ErrOpen
	}
	return s, nil
}

// A Signer is an Ed25519 key for talking to the relay: channel access,
// founding and tenant keys. The contexts it signs carry their own label.
type Signer struct{ k veiled[[64]byte] }

func (Signer) String() string   { return "seal.Signer" + hidden }
func (Signer) GoString() string { return "seal.Signer" + hidden }

// SignerFromSecret derives the signer for the purpose l.
func SignerFromSecret(s Secret, l Label) *Signer {
	return &Signer{veil((*[64]byte)(ed25519.NewKeyFromSeed(s.Derive(l).must())))}
}

// Public returns the public key.
func (s *Signer) Public() [32]byte { return [32]byte(s.k.get()[32:]) }

// Sign signs msg as it is.
func (s *Signer) Sign(msg []byte) [64]byte { return [64]byte(ed25519.Sign(s.k.get()[:], msg)) }

// VerifySigner checks a signature of a Signer and refuses weak keys.
func VerifySigner(public [32]byte, msg, sig []byte) error {
	if checkEd25519(public) != nil || len(sig) != SignatureSize || !ed25519.Verify(public[:], msg, sig) {
		return ErrSignature
	}
	return nil
}
