package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"vialog/shared/wire/wiretest"
)

var addVectors = flag.Bool("vectors", false, "write vectors that are missing in testdata")

// A vector is a file of "name: hex" lines. Files are added, never edited.
type vector map[string][]byte

func readVector(t testing.TB, name string) vector {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	v := make(vector)
	for line := range strings.Lines(string(b)) {
		k, x, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(k, "#") {
			continue
		}
		if v[k], err = hex.DecodeString(strings.TrimSpace(x)); err != nil {
			t.Fatalf("%s: %s: %v", name, k, err)
		}
	}
	return v
}

func writeVector(t *testing.T, name string, v vector) {
	path := filepath.Join("testdata", name+".txt")
	if _, err := os.Stat(path); err == nil {
		return
	}
	var keys []string
	for k := range v {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var b strings.Builder
	for _, k := range keys {
		fmt.Fprintf(&b, "%s: %x\n", k, v[k])
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run does what the vector's name says is to be done with its fields.
func (v vector) run(kind string) error {
	s := func(name string) Secret {
		s, err := SecretFrom(v[name])
		if err != nil {
			panic(err)
		}
		return s
	}
	same := func(got []byte, err error) error {
		if err != nil {
			return err
		}
		if !bytes.Equal(got, v["content"]) {
			return errors.New("opens to something else")
		}
		return nil
	}
	label := Label(v["label"])
	switch kind {
	case "box":
		return same(NewBoxKey(s("secret"), [32]byte(v["space"])).Open(v["box"]))
	case "media":
		return same(NewMediaKey(s("secret"), [32]byte(v["space"]), [16]byte(v["id"])).Open(v["box"]))
	case "blob":
		return same(OpenBlob(s("secret"), label, v["aad"], v["blob"]))
	case "sealed":
		got, err := OpenSecret(s("secret"), label, v["info"], v["sealed"])
		if err != nil {
			return err
		}
		return same(got.Bytes(), nil)
	case "wrap":
		got, err := DeviceFromSeed(s("secret")).Unwrap(label, v["info"], v["wrap"])
		if err != nil {
			return err
		}
		return same(got.Bytes(), nil)
	case "device":
		p, err := ParseDevicePublic(v["device"])
		if err != nil {
			return err
		}
		id := p.ID()
		if !bytes.Equal(id[:], v["id"]) {
			return errors.New("another id")
		}
		return nil
	case "signature":
		p := DeviceFromSeed(s("secret")).Public()
		return p.Verify(label, v["message"], v["signature"])
	case "hybrid":
		p := DeviceFromSeed(s("secret")).Public()
		return p.VerifyHybrid(label, v["message"], v["signature"])
	case "params":
		_, err := ParseKDFParams(v["params"])
		return err
	case "passphrase":
		p, err := ParseKDFParams(v["params"])
		if err != nil {
			return err
		}
		k, err := PassphraseKey(v["passphrase"], p)
		if err != nil {
			return err
		}
		return same(k.Bytes(), nil)
	case "derive":
		d := s("secret").Derive(label, v["context1"], v["context2"])
		return same(d.Bytes(), nil)
	case "commit":
		c := s("secret").Commit(v["context1"], v["context2"])
		return same(c[:], nil)
	case "hash":
		h := Hash(label, v["part1"], v["part2"])
		return same(h[:], nil)
	}
	panic("vector of an unknown kind " + kind)
}

func TestVectors(t *testing.T) {
	if *addVectors {
		makeVectors(t)
	}
	files, err := filepath.Glob("testdata/*-*.txt")
	if err != nil || len(files) < 30 {
		t.Fatalf("only %d vectors: %v", len(files), err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		verdict, rest, _ := strings.Cut(name, "-")
		if verdict != "accept" && verdict != "reject" {
			continue
		}
		kind, _, _ := strings.Cut(strings.TrimSuffix(rest, ".txt"), "-")
		t.Run(name, func(t *testing.T) {
			err := readVector(t, name).run(kind)
			if (err == nil) != (verdict == "accept") {
				t.Errorf("verdict: %v", err)
			}
		})
	}
}

func (v vector) with(name string, b []byte) vector {
	w := make(vector, len(v))
	for k, x := range v {
		w[k] = x
	}
	w[name] = b
	return w
}

func flip(b []byte, at int) []byte {
	c := bytes.Clone(b)
	if at < 0 {
		at += len(c)
	}
	c[at] ^= 1
	return c
}

func fill(n int, from byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = from + byte(i)
	}
	return b
}

func makeVectors(t *testing.T) {
	secret, space := fill(32, 1), fill(32, 64)
	s, _ := SecretFrom(secret)
	put := func(name string, v vector) { writeVector(t, name, v) }

	k := NewBoxKey(s, [32]byte(space))
	for _, n := range []int{0, 700, 974, 975, 4046, 4047, 10000} {
		content := fill(n, 7)
		put(fmt.Sprintf("accept-box-of-%d", n), vector{"secret": secret, "space": space, "content": content, "box": k.Seal(9, content)})
	}
	content := fill(700, 7)
	{
		id := fill(16, 200)
		m := vector{"secret": secret, "space": space, "id": id, "content": content}
		m["box"] = NewMediaKey(s, [32]byte(space), [16]byte(id)).Seal(9, content)
		put("accept-media", m)
		put("reject-media-other-blob", m.with("id", fill(16, 201)))
		put("reject-media-other-space", m.with("space", fill(32, 65)))
		put("reject-media-box-of-the-space", m.with("box", k.Seal(9, content)))
		put("reject-media-content", m.with("box", flip(m["box"], 100)))
	}
	box := k.Seal(9, content)
	v := vector{"secret": secret, "space": space, "content": content, "box": box}
	put("reject-box-version", v.with("box", flip(box, 0)))
	put("reject-box-suite", v.with("box", flip(box, 1)))
	put("reject-box-epoch", v.with("box", flip(box, 5)))
	put("reject-box-nonce", v.with("box", flip(box, 6)))
	put("reject-box-content", v.with("box", flip(box, 100)))
	put("reject-box-tag", v.with("box", flip(box, -1)))
	put("reject-box-cut", v.with("box", box[:len(box)-1]))
	put("reject-box-longer", v.with("box", append(bytes.Clone(box), 0)))
	put("reject-box-other-space", v.with("space", fill(32, 65)))
	put("reject-box-other-secret", v.with("secret", fill(32, 2)))
	odd := func(size int, length uint32, dirty bool) []byte {
		padded := make([]byte, size-headerSize-16)
		copy(padded, content)
		n := len(padded)
		padded[n-4], padded[n-3], padded[n-2], padded[n-1] = byte(length>>24), byte(length>>16), byte(length>>8), byte(length)
		if dirty {
			padded[n-5] = 1
		}
		head := append(append([]byte{1, 1, 0, 0, 0, 9}, fill(24, 3)...), make([]byte, 0, size)...)
		return k.k.get().aead.Seal(head, head[6:30], padded, append(bytes.Clone(k.k.get().prefix), head...))
	}
	put("reject-box-padding-not-zero", v.with("box", odd(1024, 700, true)))
	put("reject-box-padded-more-than-needed", v.with("box", odd(2048, 700, false)))
	put("reject-box-size-between-steps", v.with("box", odd(1500, 700, false)))
	put("reject-box-length-beyond-box", v.with("box", odd(1024, 1<<31, false)))

	v = vector{"secret": secret, "label": []byte(LabelVaultRecord), "aad": fill(5, 1), "content": content}
	blob := SealBlob(s, LabelVaultRecord, v["aad"], content)
	v["blob"] = blob
	put("accept-blob", v)
	put("reject-blob-version", v.with("blob", flip(blob, 0)))
	put("reject-blob-suite", v.with("blob", flip(blob, 1)))
	put("reject-blob-commitment", v.with("blob", flip(blob, 2)))
	put("reject-blob-nonce", v.with("blob", flip(blob, 34)))
	put("reject-blob-content", v.with("blob", flip(blob, 60)))
	put("reject-blob-cut", v.with("blob", blob[:len(blob)-1]))
	put("reject-blob-other-label", v.with("label", []byte(LabelVaultName)))
	put("reject-blob-other-aad", v.with("aad", fill(5, 2)))

	v = vector{"secret": secret, "label": []byte(LabelTeamLink), "info": fill(5, 1), "content": fill(32, 99)}
	inner, _ := SecretFrom(v["content"])
	sealed := SealSecret(s, LabelTeamLink, v["info"], inner)
	v["sealed"] = sealed
	put("accept-sealed-secret", v)
	put("reject-sealed-secret-version", v.with("sealed", flip(sealed, 0)))
	put("reject-sealed-secret-suite", v.with("sealed", flip(sealed, 1)))
	put("reject-sealed-secret-salt", v.with("sealed", flip(sealed, 2)))
	put("reject-sealed-secret-commitment", v.with("sealed", flip(sealed, 34)))
	put("reject-sealed-secret-ciphertext", v.with("sealed", flip(sealed, 66)))
	put("reject-sealed-secret-longer", v.with("sealed", append(bytes.Clone(sealed), 0)))
	put("reject-sealed-secret-other-label", v.with("label", []byte(LabelAccountLink)))
	put("reject-sealed-secret-other-info", v.with("info", fill(5, 2)))
	put("reject-sealed-secret-other-key", v.with("secret", fill(32, 2)))

	d := DeviceFromSeed(s)
	v = vector{"secret": secret, "label": []byte(LabelEpochWrap), "info": fill(5, 1), "content": fill(32, 99)}
	wrap, err := WrapTo(d.Public().KEM, LabelEpochWrap, v["info"], inner)
	if err != nil {
		t.Fatal(err)
	}
	v["wrap"] = wrap
	put("accept-wrap", v)
	put("reject-wrap-mlkem-half", v.with("wrap", flip(wrap, 0)))
	put("reject-wrap-x25519-half", v.with("wrap", flip(wrap, 1088)))
	put("reject-wrap-ciphertext", v.with("wrap", flip(wrap, 1120)))
	put("reject-wrap-cut", v.with("wrap", wrap[:len(wrap)-1]))
	put("reject-wrap-other-label", v.with("label", []byte(LabelTeamWrap)))
	put("reject-wrap-other-info", v.with("info", fill(5, 2)))
	put("reject-wrap-other-recipient", v.with("secret", fill(32, 2)))

	pub := d.Public().Append(nil)
	id := d.ID()
	v = vector{"device": pub, "id": id[:]}
	put("accept-device", v)
	key := func(name string, at int, b ...byte) {
		c := bytes.Clone(pub)
		copy(c[at:], b)
		bad, err := hex.DecodeString(hex.EncodeToString(c))
		if err != nil {
			t.Fatal(err)
		}
		// The id is that of the bytes, so that the keys are the only reason.
		id := Hash(LabelDeviceID, bad)
		put("reject-device-"+name, vector{"device": bad, "id": id[:]})
	}
	key("version", 0, 2)
	key("suite", 1, 2)
	minus := func(n byte) (b [32]byte) { // 2^255 - 19 - n
		copy(b[:], bytes.Repeat([]byte{0xff}, 32))
		b[0], b[31] = 0xed-n, 0x7f
		return b
	}
	weak := wiretest.WeakKeys()
	identity, two, zero := [32]byte{1}, minus(1), [32]byte{}
	key("ed25519-identity", 2, identity[:]...)
	key("ed25519-order-2", 2, two[:]...)
	key("ed25519-order-4", 2, zero[:]...)
	key("ed25519-order-8", 2, weak[6].Key[:]...)
	eight := weak[8].Key
	eight[31] |= 0x80
	key("ed25519-order-8-negative", 2, eight[:]...)
	p, p1 := minus(0), minus(0)
	p1[0]++
	key("ed25519-not-reduced", 2, p1[:]...)
	notPoint := [32]byte{2}
	key("ed25519-not-on-the-curve", 2, notPoint[:]...)
	mlkem := 2 + 32 + 1312
	key("mlkem-not-reduced", mlkem, 0xff, 0xff, 0xff)
	x := mlkem + 1184
	key("x25519-zero", x, zero[:]...)
	key("x25519-one", x, identity[:]...)
	key("x25519-minus-one", x, two[:]...)
	key("x25519-not-reduced", x, p[:]...)
	high := bytes.Clone(pub[x:])
	high[31] |= 0x80
	key("x25519-top-bit", x, high...)
	eightX, _ := hex.DecodeString("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
	key("x25519-order-8", x, eightX...)
	put("reject-device-longer", v.with("device", append(bytes.Clone(pub), 0)))

	v = vector{"secret": secret, "label": []byte(LabelStatement), "message": fill(50, 1)}
	sig := d.Sign(LabelStatement, v["message"])
	hyb := d.SignHybrid(LabelStatement, v["message"])
	v["signature"] = sig[:]
	put("accept-signature", v)
	put("reject-signature-message", v.with("message", fill(50, 2)))
	put("reject-signature-other-label", v.with("label", []byte(LabelLease)))
	put("reject-signature-half-of-hybrid", v.with("signature", hyb[:64]))
	v = v.with("signature", hyb)
	put("accept-hybrid", v)
	put("reject-hybrid-message", v.with("message", fill(50, 2)))
	put("reject-hybrid-other-label", v.with("label", []byte(LabelLease)))
	put("reject-hybrid-ed25519-half", v.with("signature", flip(hyb, 0)))
	put("reject-hybrid-mldsa-half", v.with("signature", flip(hyb, 64)))
	put("reject-hybrid-without-mldsa", v.with("signature", hyb[:64]))
	put("reject-hybrid-plain-half", v.with("signature", append(bytes.Clone(sig[:]), hyb[64:]...)))
	put("reject-hybrid-longer", v.with("signature", append(bytes.Clone(hyb), 0)))

	params := func(p KDFParams) []byte { p.Salt = [16]byte(fill(16, 1)); return p.Append(nil) }
	put("accept-params-floor", vector{"params": params(KDFParams{MiB: 19, Time: 2, Lanes: 1})})
	put("accept-params-ceiling", vector{"params": params(KDFParams{MiB: 256, Time: 10, Lanes: 4})})
	put("reject-params-memory-below-floor", vector{"params": params(KDFParams{MiB: 18, Time: 9, Lanes: 1})})
	put("reject-params-passes-below-floor", vector{"params": params(KDFParams{MiB: 64, Time: 1, Lanes: 1})})
	put("reject-params-no-lanes", vector{"params": params(KDFParams{MiB: 64, Time: 3})})
	put("reject-params-memory-above-ceiling", vector{"params": params(KDFParams{MiB: 1 << 31, Time: 3, Lanes: 1})})
	put("reject-params-passes-above-ceiling", vector{"params": params(KDFParams{MiB: 64, Time: 1 << 31, Lanes: 1})})
	put("reject-params-lanes-above-ceiling", vector{"params": params(KDFParams{MiB: 64, Time: 3, Lanes: 5})})
	put("reject-params-no-salt", vector{"params": KDFParams{MiB: 64, Time: 3, Lanes: 1}.Append(nil)})
	v = vector{"passphrase": []byte("ein ganz langer Satz"), "params": params(KDFParams{MiB: 19, Time: 2, Lanes: 1})}
	pp, _ := ParseKDFParams(v["params"])
	pk, err := PassphraseKey(v["passphrase"], pp)
	if err != nil {
		t.Fatal(err)
	}
	put("accept-passphrase", v.with("content", pk.Bytes()))

	v = vector{"secret": secret, "label": []byte(LabelMediaKey), "context1": fill(3, 1), "context2": fill(4, 1)}
	put("accept-derive", v.with("content", s.Derive(LabelMediaKey, v["context1"], v["context2"]).Bytes()))
	c := s.Commit(v["context1"], v["context2"])
	put("accept-commit", v.with("content", c[:]))
	h := Hash(LabelContent, fill(3, 1), fill(4, 1))
	v = vector{"label": []byte(LabelContent), "part1": fill(3, 1), "part2": fill(4, 1), "content": h[:]}
	put("accept-hash", v)
	put("reject-hash-parts-run-together", v.with("part1", fill(2, 1)).with("part2", append([]byte{3}, fill(4, 1)...)))
}
