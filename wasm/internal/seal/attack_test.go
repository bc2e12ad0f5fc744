package seal

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"

	"vialog/shared/wire"
)

// little reads a little-endian number.
func little(b []byte) *big.Int {
	b = bytes.Clone(b)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}

// salamander makes one ciphertext of n blocks of 16 bytes, at least two, with its tag, that
// ChaCha20-Poly1305 opens under both keys with this nonce and associated data (Dodis et al.,
// "Fast Message Franking", 2018; Len et al., "Partitioning Oracle Attacks", 2021): Poly1305 is
// linear in each block, so the last one is solved for. Both keys give some plaintext.
func salamander(t *testing.T, k1, k2, nonce, aad []byte, n int) []byte {
	t.Helper()
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 130), big.NewInt(5))
	one128 := new(big.Int).Lsh(big.NewInt(1), 128)
	type oneTime struct{ r, s *big.Int }
	keys := make([]oneTime, 2)
	for i, k := range [][]byte{k1, k2} {
		c, err := chacha20.NewUnauthenticatedCipher(k, nonce)
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 32)
		c.XORKeyStream(b, b)
		for _, j := range []int{3, 7, 11, 15} {
			b[j] &= 15
		}
		for _, j := range []int{4, 8, 12} {
			b[j] &= 252
		}
		keys[i] = oneTime{little(b[:16]), little(b[16:])}
	}
	pad := func(b []byte) []byte { return append(bytes.Clone(b), make([]byte, (16-len(b)%16)%16)...) }
	lengths := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, uint64(len(aad))), uint64(16*n))
	// value is the polynomial with the last block of the ciphertext left out.
	value := func(k oneTime, before []byte) *big.Int {
		h := new(big.Int)
		for b := range slices.Chunk(append(pad(aad), before...), 16) {
			h.Add(h, new(big.Int).Add(little(b), one128))
			h.Mul(h, k.r).Mod(h, p)
		}
		h.Mul(h, k.r).Mod(h, p) // the block left out
		h.Add(h, new(big.Int).Add(little(lengths), one128))
		return h.Mul(h, k.r).Mod(h, p)
	}
	a1, err := chacha20poly1305.New(k1)
	if err != nil {
		t.Fatal(err)
	}
	a2, err := chacha20poly1305.New(k2)
	if err != nil {
		t.Fatal(err)
	}
	for try := uint64(0); try < 1000; try++ {
		ct := make([]byte, 16*n, 16*n+16)
		binary.LittleEndian.PutUint64(ct, try)
		v1, v2 := value(keys[0], ct[:16*(n-1)]), value(keys[1], ct[:16*(n-1)])
		// v1 + x·r1² + s1 = v2 + x·r2² + s2
		d := new(big.Int).Sub(keys[1].s, keys[0].s)
		d.Add(d, v2).Sub(d, v1)
		f := new(big.Int).Sub(new(big.Int).Mul(keys[0].r, keys[0].r), new(big.Int).Mul(keys[1].r, keys[1].r))
		x := d.Mul(d, f.ModInverse(f.Mod(f, p), p))
		x.Mod(x, p).Sub(x, one128)
		if x.Sign() < 0 || x.Cmp(one128) >= 0 {
			continue // does not fit a block
		}
		last := x.FillBytes(make([]byte, 16))
		slices.Reverse(last)
		copy(ct[16*(n-1):], last)
		h := value(keys[0], ct[:16*(n-1)])
		h.Add(h, new(big.Int).Mul(new(big.Int).Add(x, one128), new(big.Int).Mul(keys[0].r, keys[0].r))).Mod(h, p)
		tag := h.Add(h, keys[0].s).Mod(h, one128).FillBytes(make([]byte, 16))
		slices.Reverse(tag)
		out := append(ct, tag...)
		_, err1 := a1.Open(nil, nonce, out, aad)
		_, err2 := a2.Open(nil, nonce, out, aad)
		if err1 == nil && err2 == nil {
			return out
		}
	}
	t.Fatal("no ciphertext found that two keys open")
	return nil
}

// The AEAD does not say under which key something was sealed. What carries a secret or stands
// at rest therefore commits to its key; a box's key is committed to in the change that introduces
// the epoch (keyring).
func TestOneCiphertextForTwoKeysIsRefused(t *testing.T) {
	a, b := epochSecret(1), epochSecret(2)
	salt := fill(32, 9)
	info := appendFramed(nil, LabelTeamLink, nil)
	okmA, okmB := expand(a.must(), salt, info, 64), expand(b.must(), salt, info, 64)
	for _, c := range []struct {
		name       string
		commitment []byte
		a, b       bool // opens under it
	}{
		{"committed to the first", okmA[32:], true, false},
		{"committed to the second", okmB[32:], false, true},
		{"committed to neither", fill(32, 1), false, false},
	} {
		head := append(append([]byte{version, suite}, salt...), c.commitment...)
		sealed := append(bytes.Clone(head), salamander(t, okmA[:32], okmB[:32], make([]byte, 12), head, 2)...)
		_, errA := OpenSecret(a, LabelTeamLink, nil, sealed)
		_, errB := OpenSecret(b, LabelTeamLink, nil, sealed)
		if (errA == nil) != c.a || (errB == nil) != c.b || errA != nil && errA != ErrOpen || errB != nil && errB != ErrOpen {
			t.Errorf("sealed secret %s: %v, %v", c.name, errA, errB)
		}
	}

	// A blob: XChaCha20-Poly1305 is ChaCha20-Poly1305 under a key from HChaCha20.
	nonce := fill(24, 3)
	inner := func(s Secret) []byte {
		k, err := chacha20.HChaCha20(s.Derive(LabelBlobKey, []byte(LabelVaultRecord)).must(), nonce[:16])
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	commit := a.Derive(LabelBlobCommit, []byte(LabelVaultRecord)).must()
	head := append(append([]byte{version, suite}, commit...), nonce...)
	aad := appendFramed(nil, LabelVaultRecord, head, nil)
	blob := append(bytes.Clone(head), salamander(t, inner(a), inner(b), append(make([]byte, 4), nonce[16:]...), aad, 4)...)
	if _, err := OpenBlob(a, LabelVaultRecord, nil, blob); err != nil {
		t.Errorf("the attack itself does not work on blobs: %v", err)
	}
	if _, err := OpenBlob(b, LabelVaultRecord, nil, blob); err != ErrOpen {
		t.Errorf("a blob opens under two keys: %v", err)
	}
}

func TestNoNonceAndNoSaltComesTwice(t *testing.T) {
	const n = 100_000
	key := epochSecret(1)
	box, blob := NewBoxKey(key, [32]byte{2}), NewBlobKey(key, LabelVaultRecord)
	for _, c := range []struct {
		name string
		n    int
		draw func() []byte
	}{
		{"nonces of boxes", n, func() []byte { return box.Seal(1, nil)[6:30] }},
		{"nonces of blobs", n, func() []byte { return blob.Seal(nil, nil)[34:58] }},
		{"salts of sealed secrets", n / 10, func() []byte { return SealSecret(key, LabelTeamLink, nil, key)[2:34] }},
		{"salts of passphrases", n / 10, func() []byte { p := NewKDFParams(); return p.Salt[:] }},
		{"secrets", n / 10, func() []byte { return NewSecret().Bytes() }},
	} {
		if testing.Short() {
			c.n /= 10 // in Node
		}
		seen, ones, size := make(map[string]bool, c.n), [256]int{}, 0
		for range c.n {
			b := c.draw()
			seen[string(b)], size = true, len(b)
			for i := range 8 * len(b) {
				ones[i] += int(b[i/8] >> (i % 8) & 1)
			}
		}
		if len(seen) != c.n {
			t.Errorf("%s: %d of %d are different", c.name, len(seen), c.n)
		}
		// No bit is fixed, or leans: six standard deviations around a half.
		for i, k := range ones[:8*size] {
			if d := float64(2*k - c.n); d*d > 36*float64(c.n) {
				t.Errorf("%s: bit %d is set in %d of %d", c.name, i, k, c.n)
			}
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// A random source that fails ends the program (random_test.go). One that gives zeros must not
// go unnoticed either: no key and no nonce is made of them.
func TestARandomSourceThatGivesZerosIsNotUsed(t *testing.T) {
	old := rand.Reader
	rand.Reader = zeros{}
	defer func() { rand.Reader = old }()
	key := epochSecret(1)
	box, blob := NewBoxKey(key, [32]byte{2}), NewBlobKey(key, LabelVaultRecord)
	for name, f := range map[string]func(){
		"secret":        func() { NewSecret() },
		"box":           func() { box.Seal(1, nil) },
		"blob":          func() { blob.Seal(nil, nil) },
		"sealed secret": func() { SealSecret(key, LabelTeamLink, nil, key) },
		"salt":          func() { NewKDFParams() },
	} {
		panicked := func() (p bool) {
			defer func() { p = recover() != nil }()
			f()
			return false
		}()
		if !panicked {
			t.Errorf("%s is made of zeros", name)
		}
	}
}

// Whichever half of a wrap is damaged, the answer is the same: ML-KEM gives another
// secret instead of an error, and that must not show (implicit rejection).
func TestADamagedWrapTellsNothingAboutWhere(t *testing.T) {
	d := DeviceFromSeed(epochSecret(1))
	wrap, err := WrapTo(d.Public().KEM, LabelEpochWrap, nil, epochSecret(2))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(wrap); i++ {
		if i < 1088 && i%17 != 0 {
			continue // the ML-KEM half is long
		}
		bad := bytes.Clone(wrap)
		bad[i] ^= 1 << (i % 7)
		if _, err := d.Unwrap(LabelEpochWrap, nil, bad); err != ErrOpen {
			t.Errorf("byte %d: %v", i, err)
		}
	}
	for _, half := range []struct {
		name     string
		from, to int
	}{{"ML-KEM half", 0, 1088}, {"X25519 half", 1088, 1120}} {
		bad := bytes.Clone(wrap)
		clear(bad[half.from:half.to])
		if _, err := d.Unwrap(LabelEpochWrap, nil, bad); err != ErrOpen {
			t.Errorf("%s of zeros: %v", half.name, err)
		}
	}
}

// Nobody talks a reader into the classical half alone.
func TestWhatLacksItsPostQuantumHalfIsRefused(t *testing.T) {
	d := DeviceFromSeed(epochSecret(1))
	pub := d.Public()
	// The secret in a wrap to the X25519 half only.
	k, err := ecdh.X25519().NewPublicKey(pub.KEM[1184:])
	if err != nil {
		t.Fatal(err)
	}
	classical, err := hpke.NewDHKEMPublicKey(k)
	if err != nil {
		t.Fatal(err)
	}
	wrap, err := hpke.Seal(classical, wrapKDF(), wrapAEAD(), appendFramed(nil, LabelEpochWrap, nil), epochSecret(2).must())
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string][]byte{
		"X25519 alone":                      wrap,
		"X25519 in the place of the hybrid": append(make([]byte, WrapSize-len(wrap)), wrap...),
	} {
		if _, err := d.Unwrap(LabelEpochWrap, nil, w); err != ErrOpen {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A hybrid signature with one half, each way.
	sig := d.SignHybrid(LabelSpaceChange, []byte("x"))
	ed := d.Sign(LabelSpaceChange, []byte("x"))
	for name, s := range map[string][]byte{
		"Ed25519 alone":           sig[:64],
		"ML-DSA of zeros":         append(bytes.Clone(sig[:64]), make([]byte, 2420)...),
		"Ed25519 of zeros":        append(make([]byte, 64), sig[64:]...),
		"ML-DSA alone":            sig[64:],
		"a plain signature first": append(bytes.Clone(ed[:]), sig[64:]...),
		"twice Ed25519":           append(bytes.Clone(sig[:64]), sig[:64]...),
		"ML-DSA of another":       append(bytes.Clone(sig[:64]), DeviceFromSeed(epochSecret(2)).SignHybrid(LabelSpaceChange, []byte("x"))[64:]...),
	} {
		if err := pub.VerifyHybrid(LabelSpaceChange, []byte("x"), s); err != ErrSignature {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := pub.Verify(LabelSpaceChange, []byte("x"), sig[:64]); err != ErrSignature {
		t.Errorf("the half passes as a plain signature: %v", err)
	}
	if err := pub.VerifyHybrid(LabelSpaceChange, []byte("x"), sig); err != nil {
		t.Errorf("the whole: %v", err)
	}
}

// What is signed for the relay begins with a label of the wire, what devices sign with one of
// this table; neither begins like the other, so no signature serves on the other side.
func TestNoLabelOfTheAppIsOneOfTheWire(t *testing.T) {
	n, g := wire.Nonce{1}, &wire.Create{Admission: wire.Admission{Kind: wire.ByOpenTenant}}
	for name, context := range map[string][]byte{
		"create":   wire.CreateContext("https://relay.example", n, g),
		"open":     wire.OpenContext("https://relay.example", n, wire.Channel{}, wire.AccessKey{}),
		"rotate":   wire.RotateContext("https://relay.example", n, &wire.Rotate{}),
		"delete":   wire.DeleteContext("https://relay.example", n, wire.Channel{}),
		"erase":    wire.EraseContext("https://relay.example", n, wire.Channel{}),
		"cede":     wire.CedeContext("https://relay.example", n, wire.Channel{}, wire.FoundingKey{}),
		"register": wire.RegisterContext("https://relay.example", n, wire.Code{}, wire.TenantKey{}),
		"rekey":    wire.RekeyContext("https://relay.example", n, wire.TenantID{}, wire.TenantKey{}),
		"ticket":   wire.TicketContext(&wire.Ticket{}),
	} {
		label, _, ok := strings.Cut(string(context), "\x00")
		if !ok || !strings.HasPrefix(label, "vialog/wire/v1/") {
			t.Errorf("%s signs %q", name, label)
		}
	}
	// Labels of the table name a package of the app: TestEveryLabelNamesOnePurpose sees their form.
	for _, l := range labels(t) {
		if strings.HasPrefix(l, "vialog/wire/") {
			t.Errorf("%s is the wire's", l)
		}
	}
}

// In input(label, form, message) the zero byte ends the label, so no label with another message reads
// as one that is longer; in framed a length stands before it.
func TestNoLabelRunsIntoItsMessage(t *testing.T) {
	all := labels(t)
	for _, a := range all {
		for _, b := range all {
			if a == b || !strings.HasPrefix(b, a) {
				continue
			}
			rest := b[len(a):]
			if bytes.Equal(appendSigned(nil, Label(a), formPlain, []byte(rest)), appendSigned(nil, Label(b), formPlain, nil)) ||
				bytes.Equal(appendFramed(nil, Label(a), []byte(rest)), appendFramed(nil, Label(b))) {
				t.Errorf("%s runs into %s", a, b)
			}
		}
	}
}

func TestBoxesOpenUnderNoKeyOfAnotherPurpose(t *testing.T) {
	s := epochSecret(1)
	box := NewBoxKey(s, [32]byte{2}).Seal(1, []byte("x"))
	n := 0
	for _, l := range labels(t) {
		if Label(l) == LabelBoxKey {
			continue
		}
		k := newBoxKey(s.Derive(Label(l), make([]byte, 32)), LabelBox, [32]byte{2})
		if _, err := k.Open(box); !errors.Is(err, ErrOpen) {
			t.Errorf("opens under the key for %s", l)
		}
		n++
	}
	if n < 60 {
		t.Errorf("only %d labels", n)
	}
}
