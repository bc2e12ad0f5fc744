package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire/wiretest"
)

// labels reads the table.
func labels(t *testing.T) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "labels.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range v.Names {
			lit, ok := v.Values[i].(*ast.BasicLit)
			if !ok {
				t.Fatalf("%s is not a literal", name)
			}
			s, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, s)
		}
		return true
	})
	if len(out) < 60 {
		t.Errorf("only %d labels found", len(out))
	}
	return out
}

func TestEveryLabelNamesOnePurpose(t *testing.T) {
	seen := make(map[string]bool)
	for _, s := range labels(t) {
		if seen[s] {
			t.Errorf("%s stands twice", s)
		}
		seen[s] = true
		parts := strings.Split(s, "/")
		if len(s) > 64 || len(parts) != 4 || parts[0] != "vialog" || parts[2] != "v1" || strings.ContainsAny(s, "\x00 ") {
			t.Errorf("%q has another form", s)
		}
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	s := epochSecret(0xa7)
	d := DeviceFromSeed(s)
	_, kem := KEMFromSecret(s, LabelAccountKEM)
	signer := SignerFromSecret(s, LabelChannelAccess)
	type holder struct {
		s      Secret
		p      *Secret
		d      *Device
		k      *KEMPrivate
		signer *Signer
		box    *BoxKey
		blob   *BlobKey
		S      Secret
		D      Device
		K      *KEMPrivate
		All    []Secret
		signV  Signer
		devV   Device
	}
	h := holder{s, &s, d, kem, signer, NewBoxKey(s, [32]byte{}), NewBlobKey(s, LabelVaultRecord), s, *d, kem, []Secret{s}, *signer, *d}
	kb, err := (*kem.k.get()).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	private := [][]byte{s.Bytes(), d.k.get().sign[:32], d.k.get().signPQ.Bytes(), kb, signer.k.get()[:32], s.Derive(LabelBoxKey, make([]byte, 32)).Bytes()}
	var out bytes.Buffer
	for _, v := range []any{h, &h, s, &s, d, *d, kem, signer, *signer, h.box, h.blob, []any{s, d}, map[string]Secret{"x": s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	}
	text := strings.ToLower(out.String())
	for i, b := range private {
		for _, form := range []string{
			hex.EncodeToString(b[:4]), strings.Trim(strings.ReplaceAll(fmt.Sprint(b[:4]), " ", " "), "[]"),
			strings.Trim(fmt.Sprintf("%#v", b[:4]), "[]byte{}"), strings.ToLower(string(b[:4])),
		} {
			if strings.Contains(text, form) {
				t.Errorf("secret %d is printed as %q", i, form)
			}
		}
	}
}

func TestKeysOfOnePurposeFailInAnother(t *testing.T) {
	s := epochSecret(1)
	if s.Derive(LabelMediaKey).Equal(s.Derive(LabelBackup)) || s.Derive(LabelMediaKey, []byte("ab")).Equal(s.Derive(LabelMediaKey, []byte("a"), []byte("b"))) {
		t.Error("two purposes share a key")
	}
	if Hash(LabelContent, []byte("ab")) == Hash(LabelContent, []byte("a"), []byte("b")) {
		t.Error("two inputs share a hash")
	}
	d := DeviceFromSeed(s)
	sig, hyb := d.Sign(LabelStatement, nil), d.SignHybrid(LabelStatement, nil)
	p := d.Public()
	if p.Verify(LabelStatement, nil, hyb[:64]) == nil || p.VerifyHybrid(LabelStatement, nil, append(sig[:], hyb[64:]...)) == nil {
		t.Error("the two forms of signature can be exchanged")
	}
	if VerifySigner(p.Sign, nil, sig[:]) == nil {
		t.Error("a statement passes as an answer to the relay")
	}
	var zero Secret
	if zero.Valid() || zero.Equal(zero) {
		t.Error("the zero secret passes")
	}
	if _, err := SecretFrom(make([]byte, 32)); err == nil {
		t.Error("32 zero bytes pass as a secret")
	}
}

// With a public key of small order anybody signs anything, and a proof of possession
// does not notice.
func TestAKeyOfSmallOrderIsRefusedThoughItsSignatureVerifies(t *testing.T) {
	good := DeviceFromSeed(epochSecret(1)).Public()
	for _, w := range wiretest.WeakKeys() {
		p := good
		p.Sign = w.Key
		if p.Check() == nil {
			t.Errorf("%s: the key passes", w.Name)
		}
		if _, err := ParseDevicePublic(p.Append(nil)); !errors.Is(err, ErrKey) {
			t.Errorf("%s: parses: %v", w.Name, err)
		}
		forged := false
		for i := byte(0); i < 50 && !forged; i++ {
			var sig [64]byte
			if sig, forged = wiretest.Forge(w.Key, []byte{i}); forged && VerifySigner(w.Key, []byte{i}, sig[:]) == nil {
				t.Errorf("%s: the signature passes", w.Name)
			}
		}
		if !forged {
			t.Errorf("%s: no signature found", w.Name)
		}
	}
}

func TestBoxesTellOnlyTheirSizeClass(t *testing.T) {
	k := NewBoxKey(epochSecret(1), [32]byte{2})
	sizes := make(map[int]bool)
	for n := 0; n <= 4046; n += 17 {
		box := k.Seal(3, make([]byte, n))
		if len(box) != BoxSize(n) {
			t.Fatalf("%d bytes: box of %d, want %d", n, len(box), BoxSize(n))
		}
		sizes[len(box)] = true
	}
	if len(sizes) != 4 {
		t.Errorf("%d sizes up to 4 KiB", len(sizes))
	}
	for _, c := range []struct{ content, box int }{
		{0, 1024}, {974, 1024}, {975, 2048}, {1998, 2048}, {4046, 4096}, {4047, 4352}, {9950, 10240}, {1e6 - 50, 1015808}, {MaxContent, MaxBox},
	} {
		if got := BoxSize(c.content); got != c.box {
			t.Errorf("%d bytes of content: %d, want %d", c.content, got, c.box)
		}
	}
	for n := 4047; n < MaxContent; n += 1237 {
		if s := BoxSize(n); s < n+boxOverhead || float64(s) > 1.12*float64(n+boxOverhead) {
			t.Errorf("%d bytes of content: %d", n, s)
		}
	}
}

func TestNoTwoBoxesAreAlikeAndNoneOpensChanged(t *testing.T) {
	k := NewBoxKey(epochSecret(1), [32]byte{2})
	box, twin := k.Seal(3, []byte("dose")), k.Seal(3, []byte("dose"))
	if bytes.Equal(box, twin) {
		t.Fatal("a nonce was used twice")
	}
	if e, err := BoxEpoch(box); err != nil || e != 3 {
		t.Errorf("epoch %d, %v", e, err)
	}
	dst := make([]byte, 0, MaxBox)
	for i := range box {
		for bit := range 8 {
			box[i] ^= 1 << bit
			if _, err := k.OpenInto(dst, box); !errors.Is(err, ErrOpen) {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
			box[i] ^= 1 << bit
		}
	}
	if got, err := k.OpenInto(dst, box); err != nil || string(got) != "dose" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestOpenIntoDoesNotAllocate(t *testing.T) {
	k := NewBoxKey(epochSecret(1), [32]byte{2})
	box := k.Seal(1, make([]byte, 900))
	dst := make([]byte, 0, len(box))
	if n := testing.AllocsPerRun(1000, func() {
		if _, err := k.OpenInto(dst, box); err != nil {
			t.Fatal(err)
		}
	}); n > 0.1 {
		t.Errorf("%v allocations", n)
	}
}

// A box key or a wrap made by an attacker must not open under two secrets.
func TestASealedSecretOpensUnderOneKeyOnly(t *testing.T) {
	a, b := epochSecret(1), epochSecret(2)
	sealed := SealSecret(a, LabelTeamLink, nil, epochSecret(3))
	if _, err := OpenSecret(b, LabelTeamLink, nil, sealed); !errors.Is(err, ErrOpen) {
		t.Error(err)
	}
	// Even if the tag were to match, the commitment does not.
	if bytes.Equal(sealed[34:66], SealSecret(b, LabelTeamLink, nil, epochSecret(3))[34:66]) {
		t.Error("two keys share a commitment")
	}
}

func TestThePolicyIsWhatTheCodeDoes(t *testing.T) {
	p := Current
	if p.Version != 2 || len(p.Suites) != 1 || p.Suites[0].Number != suite || p.Suites[0].State != Write {
		t.Error("suites")
	}
	if p.Passphrase.Floor.MiB != 19 || p.Passphrase.Floor.Time != 2 || p.Passphrase.Ceiling.MiB != 256 || p.Passphrase.Ceiling.Time != 10 {
		t.Error("passphrase costs")
	}
	if p.Lease != 7*24*time.Hour || p.Box.Max != MaxBox {
		t.Error("lease or sizes")
	}
	if err := NewKDFParams().Check(); err != nil {
		t.Error(err)
	}
	q := policy2()
	if p.Hash() != q.Hash() {
		t.Error("the encoding differs from one time to the next")
	}
	q.Passphrase.Floor.MiB--
	if p.Hash() == q.Hash() {
		t.Error("the hash does not cover the floor")
	}
	q = policy2()
	q.Passphrase.MinLength--
	if p.Hash() == q.Hash() {
		t.Error("the hash does not cover the length of passphrases")
	}
}

func TestCostsAreReadDownToTheFirstFloorAndWrittenDownToThePresentOne(t *testing.T) {
	was := Current
	t.Cleanup(func() { Current = was })
	old := KDFParams{MiB: 19, Time: 2, Lanes: 1, Salt: [16]byte{1}}
	Current.Passphrase.Floor = KDFParams{MiB: 46, Time: 2, Lanes: 1}
	if err := old.Check(); !errors.Is(err, ErrParams) {
		t.Errorf("written: %v", err)
	}
	if err := old.CheckOld(); err != nil {
		t.Errorf("read: %v", err)
	}
	if _, err := PassphraseKey([]byte("x"), old); err != nil {
		t.Errorf("used: %v", err)
	}
	old.MiB--
	if err := old.CheckOld(); !errors.Is(err, ErrParams) {
		t.Errorf("never written, read: %v", err)
	}
	if got := (KDFParams{MiB: 20, Time: 9, Lanes: 1}).Raise(Current.Passphrase.Floor); got != (KDFParams{MiB: 46, Time: 9, Lanes: 1}) {
		t.Errorf("raised to %+v", got)
	}
}

func TestASecretThatWasOverwrittenIsNotUsed(t *testing.T) {
	s := NewSecret()
	other, inside := s, s.must()
	s.Wipe()
	if s.Valid() || other.Valid() || !bytes.Equal(inside, make([]byte, 32)) {
		t.Error("it is still there")
	}
	defer func() {
		if recover() == nil {
			t.Error("it was derived from")
		}
	}()
	other.Derive(LabelBoxKey)
}

func TestAPassphraseIsNotStretchedBeyondTheCeiling(t *testing.T) {
	start := time.Now()
	_, err := PassphraseKey([]byte("x"), KDFParams{MiB: 1 << 30, Time: 1 << 30, Lanes: 255, Salt: [16]byte{1}})
	if !errors.Is(err, ErrParams) || time.Since(start) > time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

func FuzzBox(f *testing.F) {
	k := NewBoxKey(epochSecret(1), [32]byte{2})
	f.Add(k.Seal(1, []byte("dose")), []byte("dose"))
	f.Add(k.Seal(1, make([]byte, 5000)), make([]byte, 5000))
	f.Fuzz(func(t *testing.T, box, content []byte) {
		if got, err := k.Open(box); err == nil {
			// Only what Seal makes opens; its size is that of its content.
			if len(box) != BoxSize(len(got)) {
				t.Fatal("a box of another size opens")
			}
		} else if !errors.Is(err, ErrOpen) {
			t.Fatal(err)
		}
		if len(content) > MaxContent {
			return
		}
		if got, err := k.Open(k.Seal(7, content)); err != nil || !bytes.Equal(got, content) {
			t.Fatal("what was sealed does not open")
		}
		// What the fuzzer made, with a right tag: the inner form.
		if len(content) > 4 {
			head := append([]byte{1, 1, 0, 0, 0, 1}, make([]byte, 24)...)
			forged := k.k.get().aead.Seal(bytes.Clone(head), head[6:], content, append(bytes.Clone(k.k.get().prefix), head...))
			if got, err := k.Open(forged); err == nil {
				padded := make([]byte, len(forged)-headerSize-16)
				copy(padded, got)
				n := len(padded)
				padded[n-4], padded[n-3], padded[n-2], padded[n-1] = byte(len(got)>>24), byte(len(got)>>16), byte(len(got)>>8), byte(len(got))
				if !bytes.Equal(padded, content) {
					t.Fatal("what was accepted is not written back")
				}
			}
		}
	})
}

func FuzzDevicePublic(f *testing.F) {
	p := DeviceFromSeed(epochSecret(1)).Public()
	f.Add(p.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParseDevicePublic(b)
		if err == nil && !bytes.Equal(p.Append(nil), b) {
			t.Fatal("what was accepted is not written back")
		}
	})
}

// The processes of a fuzzing run must agree on what is good, hence vectors.

func FuzzWrap(f *testing.F) {
	v := readVector(f, "accept-wrap.txt")
	s, err := SecretFrom(v["secret"])
	if err != nil {
		f.Fatal(err)
	}
	d := DeviceFromSeed(s)
	f.Add(v["wrap"])
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := d.Unwrap(LabelEpochWrap, v["info"], b); err == nil && !bytes.Equal(b, v["wrap"]) {
			t.Fatal("something else opens")
		}
	})
}

func FuzzSealedSecret(f *testing.F) {
	v := readVector(f, "accept-sealed-secret.txt")
	s, err := SecretFrom(v["secret"])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(v["sealed"])
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := OpenSecret(s, LabelTeamLink, v["info"], b); err == nil && !bytes.Equal(b, v["sealed"]) {
			t.Fatal("something else opens")
		}
	})
}

func FuzzBlob(f *testing.F) {
	v := readVector(f, "accept-blob.txt")
	s, err := SecretFrom(v["secret"])
	if err != nil {
		f.Fatal(err)
	}
	k := NewBlobKey(s, LabelVaultRecord)
	f.Add(v["blob"])
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := k.Open(v["aad"], b); err == nil && !bytes.Equal(b, v["blob"]) {
			t.Fatal("something else opens")
		}
	})
}

func FuzzKDFParams(f *testing.F) {
	f.Add(NewKDFParams().Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParseKDFParams(b)
		if err == nil && !bytes.Equal(p.Append(nil), b) {
			t.Fatal("what was accepted is not written back")
		}
	})
}
