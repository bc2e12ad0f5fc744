package seal

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"testing"

	"filippo.io/mldsa"
	"github.com/c2sp/wycheproof"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/chacha20poly1305"
)

// The primitives below this package are tested by their own authors. These
// tests show that the ones we call, as we call them, are those.

type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

type wycheproofTest struct {
	ID                        int `json:"tcId"`
	Comment, Result           string
	Key, IV, AAD, Msg, CT     hexBytes
	Tag, Sig, Ikm, Salt, Info hexBytes
	OKM, Ctx                  hexBytes
	Public, Private, Shared   hexBytes
	Size                      int
}

func eachWycheproof(t *testing.T, file string, f func(t *testing.T, group json.RawMessage, c wycheproofTest) bool) {
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
	n := 0
	for _, raw := range d.TestGroups {
		var g struct{ Tests []wycheproofTest }
		if err := json.Unmarshal(raw, &g); err != nil {
			t.Fatal(err)
		}
		for _, c := range g.Tests {
			n++
			if c.Result == "acceptable" {
				continue
			}
			if got := f(t, raw, c); got != (c.Result == "valid") {
				t.Errorf("%s %d (%s): %v, want %s", file, c.ID, c.Comment, got, c.Result)
			}
		}
	}
	if n == 0 || n != d.NumberOfTests {
		t.Errorf("%s: %d tests of %d", file, n, d.NumberOfTests)
	}
}

func TestXChaCha20Poly1305PassesWycheproof(t *testing.T) {
	eachWycheproof(t, "xchacha20_poly1305_test.json", func(t *testing.T, _ json.RawMessage, c wycheproofTest) bool {
		a, err := chacha20poly1305.NewX(c.Key)
		if err != nil || len(c.IV) != a.NonceSize() {
			return false
		}
		out, err := a.Open(nil, c.IV, append(bytes.Clone(c.CT), c.Tag...), c.AAD)
		return err == nil && bytes.Equal(out, c.Msg) && bytes.Equal(a.Seal(nil, c.IV, c.Msg, c.AAD), append(c.CT, c.Tag...))
	})
}

func TestEd25519PassesWycheproof(t *testing.T) {
	eachWycheproof(t, "ed25519_test.json", func(t *testing.T, group json.RawMessage, c wycheproofTest) bool {
		var g struct{ PublicKey struct{ PK hexBytes } }
		if err := json.Unmarshal(group, &g); err != nil {
			t.Fatal(err)
		}
		if len(c.Sig) != ed25519.SignatureSize {
			return false
		}
		return ed25519.Verify(ed25519.PublicKey(g.PublicKey.PK), c.Msg, c.Sig)
	})
}

func TestHKDFPassesWycheproof(t *testing.T) {
	eachWycheproof(t, "hkdf_sha256_test.json", func(t *testing.T, _ json.RawMessage, c wycheproofTest) bool {
		if c.Size > 255*32 {
			return false
		}
		return bytes.Equal(expand(c.Ikm, c.Salt, c.Info, c.Size), c.OKM)
	})
}

func TestMLDSA44PassesWycheproof(t *testing.T) {
	eachWycheproof(t, "mldsa_44_verify_test.json", func(t *testing.T, group json.RawMessage, c wycheproofTest) bool {
		var g struct{ PublicKey hexBytes }
		if err := json.Unmarshal(group, &g); err != nil {
			t.Fatal(err)
		}
		k, err := mldsa.NewPublicKey(mldsa.MLDSA44(), g.PublicKey)
		return err == nil && mldsa.Verify(k, c.Msg, c.Sig, &mldsa.Options{Context: string(c.Ctx)}) == nil
	})
}

// Wycheproof calls keys of small order "acceptable". We refuse them.
func TestX25519KeysOfSmallOrderOfWycheproofAreRefused(t *testing.T) {
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
	refused := 0
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
			shared, err := priv.ECDH(pub)
			if c.Result == "valid" && (err != nil || !bytes.Equal(shared, c.Shared)) {
				t.Errorf("%d (%s): %v", c.ID, c.Comment, err)
			}
			if err != nil {
				refused++
				k := good
				copy(k[1184:], c.Public)
				if k.Check() == nil {
					t.Errorf("%d (%s): key passes", c.ID, c.Comment)
				}
				if _, err := WrapTo(k, LabelEpochWrap, nil, epochSecret(2)); err == nil {
					t.Errorf("%d (%s): wraps to the key", c.ID, c.Comment)
				}
			}
		}
	}
	if refused < 20 {
		t.Errorf("only %d keys of small order seen", refused)
	}
}

func TestHPKEOpensTheVectorOfTheDraft(t *testing.T) {
	v := readVector(t, "hpke-pq-647a-1-3.txt")
	k, err := hpke.MLKEM768X25519().NewPrivateKey(v["skRm"])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(k.PublicKey().Bytes(), v["pkRm"]) {
		t.Error("public key differs")
	}
	r, err := hpke.NewRecipient(v["enc"], k, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), v["info"])
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.Open(v["aad"], v["ct"]); err != nil || !bytes.Equal(got, v["pt"]) {
		t.Errorf("opens to %x: %v", got, err)
	}
}

func TestBLAKE2bAndArgon2idGivePublishedResults(t *testing.T) {
	sum := blake2b.Sum256([]byte("abc"))
	if got := hex.EncodeToString(sum[:]); got != "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319" {
		t.Errorf("BLAKE2b-256: %s", got)
	}
	long := blake2b.Sum512([]byte("abc")) // RFC 7693, appendix A
	if got := hex.EncodeToString(long[:8]); got != "ba80a53f981c4d0d" {
		t.Errorf("BLAKE2b-512: %s", got)
	}
	// From the test program of the authors of Argon2.
	got := hex.EncodeToString(argon2.IDKey([]byte("password"), []byte("somesalt"), 2, 64<<10, 1, 32))
	if got != "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7" {
		t.Errorf("Argon2id: %s", got)
	}
}
