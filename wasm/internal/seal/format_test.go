package seal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"testing"

	"filippo.io/mldsa"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"
)

// This file reads FORMAT.md a second time, with nothing of this package but the
// bytes that it made: primitives that have vectors from outside, put together
// by hand. What both agree on is what the text says.

func framedByHand(label string, parts ...[]byte) []byte {
	out := append([]byte{byte(len(label))}, label...)
	for _, p := range parts {
		out = append(binary.BigEndian.AppendUint32(out, uint32(len(p))), p...)
	}
	return out
}

// hkdfByHand is RFC 5869 with HMAC alone.
func hkdfByHand(ikm, salt, info []byte, n int) (okm []byte) {
	mac := func(key []byte, parts ...[]byte) []byte {
		h := hmac.New(sha256.New, key)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	if len(salt) == 0 {
		salt = make([]byte, sha256.Size)
	}
	prk := mac(salt, ikm)
	var block []byte
	for i := byte(1); len(okm) < n; i++ {
		block = mac(prk, block, info, []byte{i})
		okm = append(okm, block...)
	}
	return okm[:n]
}

func deriveByHand(secret []byte, label string, context ...[]byte) []byte {
	return hkdfByHand(secret, nil, framedByHand(label, context...), 32)
}

func openByHand(t *testing.T, key, nonce, ciphertext, aad []byte) []byte {
	t.Helper()
	a, err := chacha20poly1305.NewX(key)
	if len(nonce) == 12 {
		a, err = chacha20poly1305.New(key)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := a.Open(nil, nonce, ciphertext, aad)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatIsSealedReadsByTheTextOfTheFormatAlone(t *testing.T) {
	secret, space, content := fill(32, 1), fill(32, 64), []byte("a bleed in the left knee")
	s, err := SecretFrom(secret)
	if err != nil {
		t.Fatal(err)
	}

	derived := s.Derive(LabelMediaKey, []byte("ab"), nil)
	if !bytes.Equal(derived.Bytes(), deriveByHand(secret, "vialog/link/v1/media-key", []byte("ab"), nil)) {
		t.Error("derive")
	}
	if c := s.Commit([]byte("x")); !bytes.Equal(c[:], deriveByHand(secret, "vialog/seal/v1/commit", []byte("x"))) {
		t.Error("commit")
	}
	if h := Hash(LabelContent, content, nil); h != blake2b.Sum256(framedByHand("vialog/link/v1/content", content, nil)) {
		t.Error("hash")
	}

	box := NewBoxKey(s, [32]byte(space)).Seal(9, content)
	header := box[:30]
	if !bytes.Equal(header[:6], []byte{1, 1, 0, 0, 0, 9}) {
		t.Errorf("header %x", header)
	}
	aad := append(append([]byte("vialog/seal/v1/box\x00"), space...), header...)
	padded := openByHand(t, deriveByHand(secret, "vialog/seal/v1/box-key", space), header[6:], box[30:], aad)
	want := make([]byte, 1024-30-16)
	copy(want, content)
	binary.BigEndian.PutUint32(want[len(want)-4:], uint32(len(content)))
	if !bytes.Equal(padded, want) {
		t.Error("box")
	}

	id := fill(16, 5)
	media := NewMediaKey(s, [32]byte(space), [16]byte(id)).Seal(9, content)
	aad = append(append([]byte("vialog/seal/v1/media-box\x00"), space...), media[:30]...)
	if padded = openByHand(t, deriveByHand(secret, "vialog/link/v1/media-key", space, id), media[6:30], media[30:], aad); !bytes.Equal(padded, want) {
		t.Error("blob of a media channel")
	}

	label := string(LabelVaultRecord)
	blob := SealBlob(s, LabelVaultRecord, []byte("aad"), content)
	if blob[0] != 1 || blob[1] != 1 || !bytes.Equal(blob[2:34], deriveByHand(secret, "vialog/seal/v1/blob-commit", []byte(label))) {
		t.Error("head of a blob")
	}
	if got := openByHand(t, deriveByHand(secret, "vialog/seal/v1/blob-key", []byte(label)), blob[34:58], blob[58:], framedByHand(label, blob[:58], []byte("aad"))); !bytes.Equal(got, content) {
		t.Error("blob")
	}

	inner := epochSecret(3)
	sealed := SealSecret(s, LabelTeamLink, []byte("info"), inner)
	okm := hkdfByHand(secret, sealed[2:34], framedByHand("vialog/keyring/v1/team-link", []byte("info")), 64)
	if len(sealed) != 114 || sealed[0] != 1 || sealed[1] != 1 || !bytes.Equal(sealed[34:66], okm[32:]) {
		t.Error("head of a sealed secret")
	}
	if got := openByHand(t, okm[:32], make([]byte, 12), sealed[66:], sealed[:66]); !bytes.Equal(got, inner.Bytes()) {
		t.Error("sealed secret")
	}

	// A device, from its seed.
	d := DeviceFromSeed(s)
	sign := ed25519.NewKeyFromSeed(deriveByHand(secret, "vialog/seal/v1/device-sign"))
	signPQ, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), deriveByHand(secret, "vialog/seal/v1/device-sign-pq"))
	if err != nil {
		t.Fatal(err)
	}
	kem, err := hpke.MLKEM768X25519().NewPrivateKey(deriveByHand(secret, "vialog/seal/v1/device-kem"))
	if err != nil {
		t.Fatal(err)
	}
	public := append([]byte{1, 1}, sign.Public().(ed25519.PublicKey)...)
	public = append(append(public, signPQ.PublicKey().Bytes()...), kem.PublicKey().Bytes()...)
	if !bytes.Equal(public, d.Public().Append(nil)) || len(public) != 2562 {
		t.Error("device public")
	}
	if d.ID() != blake2b.Sum256(framedByHand("vialog/seal/v1/device-id", public)) {
		t.Error("device id")
	}

	// Signatures.
	input := func(form byte) []byte { return append([]byte("vialog/link/v1/statement\x00"+string(form)), content...) }
	plain, hybrid := d.Sign(LabelStatement, content), d.SignHybrid(LabelStatement, content)
	if !ed25519.Verify(sign.Public().(ed25519.PublicKey), input(1), plain[:]) {
		t.Error("signature")
	}
	if len(hybrid) != 64+2420 || !ed25519.Verify(sign.Public().(ed25519.PublicKey), input(2), hybrid[:64]) ||
		mldsa.Verify(signPQ.PublicKey(), input(2), hybrid[64:], &mldsa.Options{Context: "vialog/link/v1/statement"}) != nil {
		t.Error("hybrid signature")
	}

	// A wrap: enc || ciphertext, no associated data.
	wrap, err := WrapTo(d.Public().KEM, LabelEpochWrap, []byte("info"), inner)
	if err != nil {
		t.Fatal(err)
	}
	r, err := hpke.NewRecipient(wrap[:1120], kem, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), framedByHand("vialog/keyring/v1/epoch-wrap", []byte("info")))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Open(nil, wrap[1120:]); err != nil || !bytes.Equal(got, inner.Bytes()) || len(wrap) != 1168 {
		t.Errorf("wrap: %v", err)
	}
}

// Padmé as its authors write it (Nikitin et al., "Reducing Metadata Leakage from Encrypted
// Files and Communication with PURBs", 2019, algorithm 1), with logarithms.
func TestLargeBoxesArePaddedAsThePaperOnPadmeSays(t *testing.T) {
	padme := func(l int) int {
		e := int(math.Floor(math.Log2(float64(l))))
		s := int(math.Floor(math.Log2(float64(e)))) + 1
		mask := 1<<(e-s) - 1
		return (l + mask) / (mask + 1) * (mask + 1)
	}
	for _, n := range []int{10_000, 1_000_000} { // of the repository dedis/purb
		if want := map[int]int{10_000: 10_240, 1_000_000: 1_015_808}[n]; padme(n) != want || BoxSize(n-boxOverhead) != want {
			t.Errorf("%d: %d and %d, want %d", n, padme(n), BoxSize(n-boxOverhead), want)
		}
	}
	for n := maxSteps + 1; n <= MaxBox; n += 1 + n/997 {
		if got := BoxSize(n - boxOverhead); got != padme(n) {
			t.Fatalf("%d bytes: %d, the paper has %d", n, got, padme(n))
		}
	}
}
