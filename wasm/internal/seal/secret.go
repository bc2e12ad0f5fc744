package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"
)

var (
	// ErrOpen reports something sealed that does not open, whatever the cause.
	ErrOpen = errors.New("does not open")

	// ErrSignature reports a signature that does not verify.
	ErrSignature = errors.New("signature does not verify")

	// ErrKey reports a public key that is malformed, weak or of an unknown suite.
	ErrKey = errors.New("unusable public key")

	// ErrLength reports bytes that cannot be what they are said to be.
	ErrLength = errors.New("wrong length")
)

const (
	version = 1
	suite   = 1
)

const hidden = "(hidden)"

// A Secret is 32 bytes that must stay secret. The zero Secret is invalid:
// deriving from it panics.
type Secret struct{ b veiled[[32]byte] }

// veiled keeps a key out of fmt's reach. On an unexported field of another
// struct fmt cannot call String; it would print the bytes behind one pointer
// for a verb that does not fit, such as %s. It does not follow a second one.
type veiled[T any] struct{ p **T }

func veil[T any](v *T) veiled[T] { return veiled[T]{&v} }

func (v veiled[T]) get() *T { return *v.p }

func (v veiled[T]) empty() bool { return v.p == nil || *v.p == nil }

func (Secret) String() string   { return "seal.Secret" + hidden }
func (Secret) GoString() string { return "seal.Secret" + hidden }

// NewSecret draws a secret from the system's random source, which either
// works or ends the program.
func NewSecret() Secret {
	b := new([32]byte)
	random(b[:])
	return Secret{veil(b)}
}

// random fills b, at least 16 bytes, from the system's random source, which
// either works or ends the program. That many zeros mean that it does not.
func random(b []byte) {
	rand.Read(b)
	var or byte
	for _, x := range b {
		or |= x
	}
	if or == 0 {
		panic("seal: the random source gives zeros")
	}
}

// SecretFrom copies b, which must be 32 bytes and not all zero.
func SecretFrom(b []byte) (Secret, error) {
	var zero [32]byte
	if len(b) != 32 || subtle.ConstantTimeCompare(b, zero[:]) == 1 {
		return Secret{}, ErrLength
	}
	return Secret{veil((*[32]byte)(append([]byte(nil), b...)))}, nil
}

// Bytes returns a copy, for sealed storage and printed sheets only.
func (s Secret) Bytes() []byte { return append([]byte(nil), s.must()...) }

// Valid reports whether s holds a secret.
func (s Secret) Valid() bool { return !s.b.empty() }

// Wipe overwrites s with zeros; s and every copy of this Secret are invalid from
// then on. What was derived from it, and what Bytes returned, stays. It must not
// run at the same time as any other use of them.
func (s Secret) Wipe() {
	if s.Valid() {
		clear(s.must())
		*s.b.p = nil
	}
}

// Equal compares in constant time. An invalid secret equals nothing.
func (s Secret) Equal(t Secret) bool {
	return s.Valid() && t.Valid() && subtle.ConstantTimeCompare(s.must(), t.must()) == 1
}

// Derive returns the secret for one purpose and context.
func (s Secret) Derive(l Label, context ...[]byte) Secret {
	return Secret{veil((*[32]byte)(expand(s.must(), nil, appendFramed(nil, l, context...), 32)))}
}

// Commit returns bytes that bind their publisher to s and tell nothing of it.
func (s Secret) Commit(context ...[]byte) [32]byte {
	return [32]byte(expand(s.must(), nil, appendFramed(nil, LabelCommit, context...), 32))
}

func (s Secret) must() []byte {
	if s.b.empty() {
		panic("seal: use of an empty secret")
	}
	return s.b.get()[:]
}

func expand(ikm, salt, info []byte, n int) []byte {
	out, err := hkdf.Key(sha256.New, ikm, salt, string(info), n)
	if err != nil {
		panic("seal: " + err.Error()) // only for lengths beyond 8160
	}
	return out
}

// FileHash is the SHA-256 of a file that leaves the app, which tools on any computer
// work out again. It protects nothing: it tells people which file is meant.
func FileHash(file []byte) [32]byte { return sha256.Sum256(file) }

// Hash returns the BLAKE2b-256 hash of the parts, which cannot run into each other.
func Hash(l Label, parts ...[]byte) [32]byte {
	n := 1 + len(l)
	for _, p := range parts {
		n += 4 + len(p)
	}
	var near [512]byte // most of what is hashed is a statement
	if n <= len(near) {
		return blake2b.Sum256(appendFramed(near[:0], l, parts...))
	}
	return blake2b.Sum256(appendFramed(make([]byte, 0, n), l, parts...))
}

// SealedSecretSize is the length of what SealSecret returns.
const SealedSecretSize = 2 + 32 + 32 + 32 + chacha20poly1305.Overhead

// SealSecret seals s under key. The result commits to the key: it opens under no other.
func SealSecret(key Secret, l Label, info []byte, s Secret) []byte {
	out := make([]byte, 2+32+32, SealedSecretSize)
	out[0], out[1] = version, suite
	random(out[2:34])
	okm := expand(key.must(), out[2:34], appendFramed(nil, l, info), 64)
	copy(out[34:66], okm[32:])
	return must(chacha20poly1305.New(okm[:32])).Seal(out, make([]byte, chacha20poly1305.NonceSize), s.must(), out[:66])
}

// OpenSecret undoes SealSecret. Every failure is ErrOpen.
func OpenSecret(key Secret, l Label, info, sealed []byte) (Secret, error) {
	if len(sealed) != SealedSecretSize || sealed[0] != version || sealed[1] != suite {
		return Secret{}, ErrOpen
	}
	okm := expand(key.must(), sealed[2:34], appendFramed(nil, l, info), 64)
	if subtle.ConstantTimeCompare(okm[32:], sealed[34:66]) != 1 {
		return Secret{}, ErrOpen
	}
	b, err := must(chacha20poly1305.New(okm[:32])).Open(nil, make([]byte, chacha20poly1305.NonceSize), sealed[66:], sealed[:66])
	if err != nil {
		return Secret{}, ErrOpen
	}
	s, err := SecretFrom(b)
	if err != nil {
		return Secret{}, ErrOpen
	}
	return s, nil
}

// must is for constructors that fail only for a key of a wrong length.
func must[T any](v T, err error) T {
	if err != nil {
		panic("seal: " + err.Error())
	}
	return v
}
