package seal

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/mlkem"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"github.com/c2sp/wycheproof"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"
)

// outside lists, for each primitive of the policy by its name there, vectors
// that nobody here wrote. They go through our own functions where these take
// what the vectors give (VerifySigner, Signer, expand, verifyPQ, KEMPublic.Check,
// WrapTo, the three of suite 1); where ours frame or pad what they are
// given they go through the primitive, and format_test.go shows what ours add.
var outside = map[string][]outsideVectors{
	"XChaCha20-Poly1305": {
		{"Wycheproof", xchachaWycheproof},
		{"draft-irtf-cfrg-xchacha-03, A.3.1", xchachaDraft},
	},
	"ChaCha20-Poly1305": {
		{"Wycheproof", chachaWycheproof},
		{"RFC 8439, 2.8.2", chachaRFC},
	},
	"HPKE base, MLKEM768-X25519, HKDF-SHA256": {
		{"hpke-pq, from Go's own tests", hpkePQ},
		{"RFC 9180, from Go's own tests", hpkeRFC},
		{"Wycheproof, ML-KEM-768 decapsulation and C2SP/CCTV", mlkemWycheproof},
		{"Wycheproof, ML-KEM-768 encapsulation keys", mlkemKeysWycheproof},
		{"Wycheproof, ML-KEM-768 keys from seeds", mlkemSeedsWycheproof},
		{"Wycheproof, X25519", x25519Wycheproof},
	},
	"Ed25519": {
		{"Wycheproof", ed25519Wycheproof},
		{"RFC 8032, 7.1", ed25519RFC},
		{"ed25519.cr.yp.to, a selection, from Go's own tests", ed25519Authors},
	},
	"Ed25519 with ML-DSA-44": {
		{"Wycheproof, ML-DSA-44 verification", mldsaWycheproof},
		{"Wycheproof, ML-DSA-44 signing", mldsaSigningWycheproof},
	},
	"HKDF-SHA256": {
		{"Wycheproof", hkdfWycheproof},
		{"RFC 5869, A.1 to A.3", hkdfRFC},
	},
	"BLAKE2b-256": {
		{"RFC 7693, appendices A and E", blake2bRFC},
	},
	// The vector of RFC 9106, 5.3, has a secret and associated data, which we
	// do not use and x/crypto/argon2 does not take; its own tests pass it.
	"Argon2id": {
		{"the test program of the authors", argon2Authors},
	},
}

type outsideVectors struct {
	source string
	run    func(t *testing.T)
}

func TestEveryPrimitiveOfThePolicyPassesVectorsThatNobodyHereWrote(t *testing.T) {
	unused := maps.Clone(outside)
	for _, s := range Current.Suites {
		for _, p := range s.Parts {
			delete(unused, p.Name)
			if len(outside[p.Name]) == 0 {
				t.Errorf("suite %d: %s has no vectors from outside", s.Number, p.Name)
			}
		}
	}
	for name := range unused {
		t.Errorf("%s is not in the policy", name)
	}
	for _, name := range slices.Sorted(maps.Keys(outside)) {
		for _, v := range outside[name] {
			t.Run(name+"/"+v.source, v.run)
		}
	}
}

// A policy with one primitive more must fail the test above.
func TestAPrimitiveWithoutVectorsIsNoticed(t *testing.T) {
	for _, s := range Current.Suites {
		for _, p := range append(slices.Clip(s.Parts), Primitive{Name: "ROT13"}) {
			if (len(outside[p.Name]) == 0) != (p.Name == "ROT13") {
				t.Errorf("%s", p.Name)
			}
		}
	}
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		panic(err)
	}
	return b
}

// goTestdata reads a file of Go's own source, which is where Go is.
func goTestdata(t *testing.T, path string) []byte {
	root := os.Getenv("GOROOT") // go test sets it; make js hands it to Node
	if root == "" {
		out, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			t.Fatalf("GOROOT is not set and go cannot be asked: %v", err)
		}
		root = strings.TrimSpace(string(out))
	}
	b, err := os.ReadFile(filepath.Join(root, "src", path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type wycheproofTest struct {
	ID                        int `json:"tcId"`
	Comment, Result           string
	Flags                     []string
	Key, IV, AAD, Msg, CT     hexBytes
	Tag, Sig, Ikm, Salt, Info hexBytes
	OKM, Ctx                  hexBytes
	Public, Private, Shared   hexBytes
	Seed, EK, C, K, M         hexBytes
	Size                      int
}

// eachWycheproof runs f on every test of a file, of which there must be n. f says
// whether the test passes as valid; what the file calls acceptable f is not asked.
func eachWycheproof(t *testing.T, file string, n int, f func(t *testing.T, group json.RawMessage, c wycheproofTest) bool) {
	t.Helper()
	b, err := fs.ReadFile(wycheproof.TestVectors, file)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		NumberOfTests int
		TestGroups    []json.RawMessage
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, raw := range d.TestGroups {
		var g struct{ Tests []wycheproofTest }
		if err := json.Unmarshal(raw, &g); err != nil {
			t.Fatal(err)
		}
		for _, c := range g.Tests {
			ran++
			if c.Result == "acceptable" {
				continue
			}
			if got := f(t, raw, c); got != (c.Result == "valid") {
				t.Errorf("%s %d (%s): %v, want %s", file, c.ID, c.Comment, got, c.Result)
			}
		}
	}
	if ran < n || ran != d.NumberOfTests {
		t.Errorf("%s: %d tests of %d, at least %d are known", file, ran, d.NumberOfTests, n)
	}
}

func xchachaWycheproof(t *testing.T) {
	eachWycheproof(t, "xchacha20_poly1305_test.json", 315, func(t *testing.T, _ json.RawMessage, c wycheproofTest) bool {
		a, err := chacha20poly1305.NewX(c.Key)
		if err != nil || len(c.IV) != a.NonceSize() {
			return false
		}
		out, err := a.Open(nil, c.IV, append(bytes.Clone(c.CT), c.Tag...), c.AAD)
		return err == nil && bytes.Equal(out, c.Msg) && bytes.Equal(a.Seal(nil, c.IV, c.Msg, c.AAD), append(c.CT, c.Tag...))
	})
}

func chachaWycheproof(t *testing.T) {
	eachWycheproof(t, "chacha20_poly1305_test.json", 325, func(t *testing.T, _ json.RawMessage, c wycheproofTest) bool {
		a, err := chacha20poly1305.New(c.Key)
		if err != nil || len(c.IV) != a.NonceSize() {
			return false
		}
		out, err := a.Open(nil, c.IV, append(bytes.Clone(c.CT), c.Tag...), c.AAD)
		return err == nil && bytes.Equal(out, c.Msg) && bytes.Equal(a.Seal(nil, c.IV, c.Msg, c.AAD), append(c.CT, c.Tag...))
	})
}

const sunscreen = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."

func xchachaDraft(t *testing.T) {
	a, err := chacha20poly1305.NewX(fill(32, 0x80))
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(`bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb
		731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452
		2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
		21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49`)
	if got := a.Seal(nil, fill(24, 0x40), []byte(sunscreen), unhex("50515253c0c1c2c3c4c5c6c7")); !bytes.Equal(got, want) {
		t.Errorf("%x", got)
	}
}

func chachaRFC(t *testing.T) {
	a, err := chacha20poly1305.New(fill(32, 0x80))
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(`d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6
		3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36
		92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc
		3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691`)
	if got := a.Seal(nil, unhex("070000004041424344454647"), []byte(sunscreen), unhex("50515253c0c1c2c3c4c5c6c7")); !bytes.Equal(got, want) {
		t.Errorf("%x", got)
	}
}

type hpkeVector struct {
	Mode        int    `json:"mode"`
	KEM         uint16 `json:"kem_id"`
	KDF         uint16 `json:"kdf_id"`
	AEAD        uint16 `json:"aead_id"`
	Info        hexBytes
	SkRm, PkRm  hexBytes
	Enc         hexBytes
	Encryptions []struct{ AAD, CT, PT hexBytes }

	Accumulated hexBytes `json:"encryptions_accumulated"`
}

// hpkePQ runs what suite 1 wraps with on every vector of its KEM. The suite is
// the one of wrapKEM, wrapKDF and wrapAEAD wherever the vector's is.
func hpkePQ(t *testing.T) {
	var all []hpkeVector
	if err := json.Unmarshal(goTestdata(t, "crypto/hpke/testdata/hpke-pq.json"), &all); err != nil {
		t.Fatal(err)
	}
	if wrapKEM().ID() != 0x647a || wrapKDF().ID() != 1 || wrapAEAD().ID() != 3 {
		t.Error("suite 1 wraps with something else than the policy says") // A53: not with AES
	}
	ours, others := 0, 0
	for _, v := range all {
		if v.KEM != wrapKEM().ID() {
			continue
		}
		kdf, aead := wrapKDF(), wrapAEAD()
		if v.KDF == kdf.ID() && v.AEAD == aead.ID() {
			ours++
		} else {
			others++
			var err, err2 error
			kdf, err = hpke.NewKDF(v.KDF)
			aead, err2 = hpke.NewAEAD(v.AEAD)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
		}
		k, err := wrapKEM().NewPrivateKey(v.SkRm)
		if err != nil {
			t.Fatal(err)
		}
		if pub := k.PublicKey().Bytes(); !bytes.Equal(pub, v.PkRm) || KEMPublic(pub).Check() != nil {
			t.Error("public key differs, or is refused")
		}
		r, err := hpke.NewRecipient(v.Enc, k, kdf, aead, v.Info)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range v.Encryptions {
			if got, err := r.Open(e.AAD, e.CT); err != nil || !bytes.Equal(got, e.PT) {
				t.Errorf("encryption %d opens to %x: %v", i, got, err)
			}
		}
		if len(v.Encryptions) == 0 {
			t.Error("a vector without an encryption")
		}
	}
	if ours < 1 || others < 1 {
		t.Errorf("%d vectors of our suite and %d of its KEM with another", ours, others)
	}
}

// hpkeRFC checks the schedule of keys with the classical half: suite 0x0020, 1, 3.
// Go's file holds the recipient's key and a hash over all encryptions of RFC 9180's file; the
// first of A.2.1.1 stands here.
func hpkeRFC(t *testing.T) {
	var all []hpkeVector
	if err := json.Unmarshal(goTestdata(t, "crypto/hpke/testdata/rfc9180.json"), &all); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(v hpkeVector) bool { return v.Mode == 0 && v.KEM == 0x20 && v.KDF == 1 && v.AEAD == 3 })
	if i < 0 || len(all) < 24 {
		t.Fatalf("not among %d vectors", len(all))
	}
	v := all[i]
	k, err := hpke.DHKEM(ecdh.X25519()).NewPrivateKey(v.SkRm)
	if err != nil {
		t.Fatal(err)
	}
	r, err := hpke.NewRecipient(v.Enc, k, wrapKDF(), wrapAEAD(), v.Info)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Open([]byte("Count-0"), unhex(`1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28`))
	if err != nil || string(got) != "Beauty is truth, truth beauty" {
		t.Errorf("opens to %q: %v", got, err)
	}
}

func mlkemWycheproof(t *testing.T) {
	eachWycheproof(t, "mlkem_768_test.json", 201, func(t *testing.T, _ json.RawMessage, c wycheproofTest) bool {
		k, err := mlkem.NewDecapsulationKey768(c.Seed)
		if err != nil {
			return false
		}
		if len(c.EK) > 0 && !bytes.Equal(k.EncapsulationKey().Bytes(), c.EK) {
			return false
		}
		// A changed ciphertext gives another key, and no error: a wrap then fails in its AEAD (A52).
		shared, err := k.Decapsulate(c.C)
		return err == nil && bytes.Equal(shared, c.K)
	})
}

// Half of these are keys with a coefficient that is not reduced.
func mlkemKeysWycheproof(t *testing.T) {
	good := DeviceFromSeed(epochSecret(1)).Public().KEM
	eachWycheproof(t, "mlkem_768_encaps_test.json", 265, func(t *testing.T, _ json.RawMessage, c wycheproofTest) bool {
		if len(c.EK) != mlkem.EncapsulationKeySize768 {
			return false // no KEMPublic can hold it
		}
		k := good
		copy(k[:], c.EK)
		_, err := WrapTo(k, LabelEpochWrap, nil, epochSecret(2))
		if (err == nil) != (k.Check() == nil) {
			t.Errorf("%d: Check and WrapTo do not agree", c.ID)
		}
		return err == nil
	})
}

func mlkemSeedsWycheproof(t *testing.T) {
	eachWycheproof(t, "mlkem_768_keygen_seed_test.json", 100, func(t *testing.T, _ json.RawMessage, c wycheproofTest) bool {
		k, err := mlkem.NewDecapsulationKey768(c.Seed)
		return err == nil && bytes.Equal(k.EncapsulationKey().Bytes(), c.EK)
	})
}

// Wycheproof calls keys of small order "acceptable". We refuse them.
func x25519Wycheproof(t *testing.T) {
	b, err := fs.ReadFile(wycheproof.TestVectors, "x25519_test.json")
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		TestGroups []struct{ Tests []wycheproofTest }
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	good := DeviceFromSeed(epochSecret(1)).Public().KEM
	agreed, refused := 0, 0
	for _, g := range d.TestGroups {
		for _, c := range g.Tests {
			pub, err := ecdh.X25519().NewPublicKey(c.Public)
			if err != nil {
				continue
			}
			priv, err := ecdh.X25519().NewPrivateKey(c.Private)
			if err != nil {
				t.Fatal(err)
			}
			k := good
			copy(k[1184:], c.Public)
			shared, err := priv.ECDH(pub)
			if err == nil {
				agreed++
				if !bytes.Equal(shared, c.Shared) {
					t.Errorf("%d (%s): another secret", c.ID, c.Comment)
				}
				if c.Result == "valid" && k.Check() != nil {
					t.Errorf("%d (%s): a good key is refused", c.ID, c.Comment)
				}
				continue
			}
			refused++
			if c.Result == "valid" {
				t.Errorf("%d (%s): %v", c.ID, c.Comment, err)
			}
			if k.Check() == nil {
				t.Errorf("%d (%s): key passes", c.ID, c.Comment)
			}
			if _, err := WrapTo(k, LabelEpochWrap, nil, epochSecret(2)); err == nil {
				t.Errorf("%d (%s): wraps to the key", c.ID, c.Comment)
			}
		}
	}
	if refused < 31 || agreed < 480 {
		t.Errorf("%d keys of small order and %d others seen", refused, agreed)
	}
}

func ed25519Wycheproof(t *testing.T) {
	eachWycheproof(t, "ed25519_test.json", 150, func(t *testing.T, group json.RawMessage, c wycheproofTest) bool {
		var g struct{ PublicKey struct{ PK hexBytes } }
		if err := json.Unmarshal(group, &g); err != nil {
			t.Fatal(err)
		}
		return VerifySigner([32]byte(g.PublicKey.PK), c.Msg, c.Sig) == nil
	})
}

// signs checks both directions through a Signer.
func signs(t *testing.T, seed, public, msg, sig []byte) {
	t.Helper()
	s := &Signer{veil((*[64]byte)(ed25519.NewKeyFromSeed(seed)))}
	pub, got := s.Public(), s.Sign(msg)
	if !bytes.Equal(pub[:], public) || !bytes.Equal(got[:], sig) || VerifySigner(pub, msg, sig) != nil {
		t.Errorf("%d bytes: public key, signature or verification differ", len(msg))
	}
	if VerifySigner(pub, append(bytes.Clone(msg), 0), sig) == nil {
		t.Errorf("%d bytes: verifies for another message", len(msg))
	}
}

func ed25519RFC(t *testing.T) {
	for _, v := range []struct{ seed, public, msg, sig string }{
		{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
		{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
		{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
	} {
		signs(t, unhex(v.seed), unhex(v.public), unhex(v.msg), unhex(v.sig))
	}
}

func ed25519Authors(t *testing.T) {
	z, err := gzip.NewReader(bytes.NewReader(goTestdata(t, "crypto/ed25519/testdata/sign.input.gz")))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for s := bufio.NewScanner(z); s.Scan(); n++ {
		p := strings.Split(s.Text(), ":")
		if len(p) != 5 {
			t.Fatalf("line %d: %d parts", n, len(p))
		}
		signs(t, unhex(p[0])[:32], unhex(p[1]), unhex(p[2]), unhex(p[3])[:64])
	}
	if n != 128 {
		t.Errorf("%d lines", n)
	}
}

func mldsaWycheproof(t *testing.T) {
	eachWycheproof(t, "mldsa_44_verify_test.json", 180, func(t *testing.T, group json.RawMessage, c wycheproofTest) bool {
		var g struct{ PublicKey hexBytes }
		if err := json.Unmarshal(group, &g); err != nil {
			t.Fatal(err)
		}
		return verifyPQ(g.PublicKey, string(c.Ctx), c.Msg, c.Sig)
	})
}

// Ours are hedged with randomness, these are not: what is compared is the key
// that the seed gives, and that ours verify under it.
func mldsaSigningWycheproof(t *testing.T) {
	eachWycheproof(t, "mldsa_44_sign_seed_test.json", 86, func(t *testing.T, group json.RawMessage, c wycheproofTest) bool {
		var g struct{ PrivateSeed, PublicKey hexBytes }
		if err := json.Unmarshal(group, &g); err != nil {
			t.Fatal(err)
		}
		k, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), g.PrivateSeed)
		if err != nil || !bytes.Equal(k.PublicKey().Bytes(), g.PublicKey) {
			return false
		}
		if slices.Contains(c.Flags, "Internal") {
			return true // signs a digest made elsewhere, which we never do
		}
		if slices.Contains(c.Flags, "Randomized") {
			return verifyPQ(g.PublicKey, string(c.Ctx), c.Msg, c.Sig)
		}
		o := &mldsa.Options{Context: string(c.Ctx)}
		sig, err := k.SignDeterministic(c.Msg, o)
		if err != nil || !bytes.Equal(sig, c.Sig) {
			return false
		}
		hedged, err := k.Sign(nil, c.Msg, o)
		return err == nil && verifyPQ(g.PublicKey, string(c.Ctx), c.Msg, hedged) && verifyPQ(g.PublicKey, string(c.Ctx), c.Msg, sig)
	})
}

func hkdfWycheproof(t *testing.T) {
	eachWycheproof(t, "hkdf_sha256_test.json", 86, func(t *testing.T, _ json.RawMessage, c wycheproofTest) bool {
		if c.Size > 255*32 {
			return false
		}
		return bytes.Equal(expand(c.Ikm, c.Salt, c.Info, c.Size), c.OKM)
	})
}

func hkdfRFC(t *testing.T) {
	for i, v := range []struct{ ikm, salt, info, okm []byte }{
		{bytes.Repeat([]byte{0x0b}, 22), fill(13, 0), fill(10, 0xf0),
			unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")},
		{fill(80, 0), fill(80, 0x60), fill(80, 0xb0),
			unhex("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87")},
		{bytes.Repeat([]byte{0x0b}, 22), nil, nil,
			unhex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")},
	} {
		if got := expand(v.ikm, v.salt, v.info, len(v.okm)); !bytes.Equal(got, v.okm) {
			t.Errorf("A.%d: %x", i+1, got)
		}
	}
}

// blake2bRFC runs appendix A's example, and appendix E's self-test: hashes of
// many lengths, with and without a key, hashed together.
func blake2bRFC(t *testing.T) {
	long := blake2b.Sum512([]byte("abc"))
	if got := hex.EncodeToString(long[:]); got != "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923" {
		t.Errorf("appendix A: %s", got)
	}
	sequence := func(n int, seed uint32) []byte {
		out := make([]byte, n)
		a, b := 0xdead4bad*seed, uint32(1)
		for i := range out {
			a, b = b, a+b
			out[i] = byte(b >> 24)
		}
		return out
	}
	all, err := blake2b.New256(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{20, 32, 48, 64} {
		for _, n := range []int{0, 3, 128, 129, 255, 1024} {
			in := sequence(n, uint32(n))
			for _, key := range [][]byte{nil, sequence(size, uint32(size))} {
				h, err := blake2b.New(size, key)
				if err != nil {
					t.Fatal(err)
				}
				h.Write(in)
				all.Write(h.Sum(nil))
				if size == 32 && key == nil {
					if one := blake2b.Sum256(in); !bytes.Equal(one[:], h.Sum(nil)) {
						t.Errorf("Sum256 of %d bytes differs", n)
					}
				}
			}
		}
	}
	if got := hex.EncodeToString(all.Sum(nil)); got != "c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475" {
		t.Errorf("appendix E: %s", got)
	}
}

// argon2Authors has results of phc-winner-argon2's src/test.c, version 0x13.
func argon2Authors(t *testing.T) {
	for _, v := range []struct {
		passes, kib    uint32
		lanes          uint8
		password, salt string
		want           string
	}{
		{2, 256, 1, "password", "somesalt", "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"},
		{2, 256, 2, "password", "somesalt", "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"},
		{2, 65536, 1, "password", "somesalt", "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"},
		{1, 65536, 1, "password", "somesalt", "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"},
		{4, 65536, 1, "password", "somesalt", "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c"},
		{2, 65536, 1, "differentpassword", "somesalt", "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde"},
		{2, 65536, 1, "password", "diffsalt", "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"},
	} {
		if got := argon2.IDKey([]byte(v.password), []byte(v.salt), v.passes, v.kib, v.lanes, 32); hex.EncodeToString(got) != v.want {
			t.Errorf("%d passes, %d KiB, %d lanes, %s, %s: %x", v.passes, v.kib, v.lanes, v.password, v.salt, got)
		}
	}
}

// The draft's vector of our suite, kept here since before Go's file was read.
func TestHPKEOpensTheVectorOfTheDraft(t *testing.T) {
	v := readVector(t, "hpke-pq-647a-1-3.txt")
	k, err := wrapKEM().NewPrivateKey(v["skRm"])
	if err != nil {
		t.Fatal(err)
	}
	r, err := hpke.NewRecipient(v["enc"], k, wrapKDF(), wrapAEAD(), v["info"])
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Open(v["aad"], v["ct"]); err != nil || !bytes.Equal(got, v["pt"]) {
		t.Errorf("opens to %x: %v", got, err)
	}
}
