package ledger

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"vialog/relay/internal/store"
)

var addVectors = flag.Bool("vectors", false, "write vectors that are missing in testdata")

// reasons says why each vector whose name begins with reject is refused. The
// part of a name after that is its kind: leaf, head, proof, growth or export.
var reasons = map[string]error{
	"reject-leaf-other-label":            ErrLeaf,
	"reject-leaf-number-0":               ErrLeaf,
	"reject-leaf-time-too-late":          ErrLeaf,
	"reject-leaf-text-beyond-its-end":    ErrLeaf,
	"reject-leaf-byte-after-its-end":     ErrLeaf,
	"reject-leaf-short":                  ErrLeaf,
	"reject-head-size-0":                 ErrHead,
	"reject-head-size-leading-zero":      ErrHead,
	"reject-head-size-too-large":         ErrHead,
	"reject-head-root-short":             ErrHead,
	"reject-head-root-other-spelling":    ErrHead,
	"reject-head-extension-line":         ErrHead,
	"reject-head-no-signature":           ErrHead,
	"reject-head-signed-by-another-key":  ErrSignature,
	"reject-head-altered":                ErrSignature,
	"reject-head-of-another-log":         ErrSignature,
	"reject-proof-other-label":           ErrProof,
	"reject-proof-without-record":        ErrProof,
	"reject-proof-index-leading-zero":    ErrProof,
	"reject-proof-hash-short":            ErrProof,
	"reject-proof-without-head":          ErrProof,
	"reject-proof-record-is-none":        ErrLeaf,
	"reject-proof-head-by-another-key":   ErrSignature,
	"reject-proof-record-altered":        ErrNotProved,
	"reject-proof-index-of-another":      ErrNotProved,
	"reject-proof-hash-altered":          ErrNotProved,
	"reject-proof-hash-missing":          ErrNotProved,
	"reject-proof-hash-too-many":         ErrNotProved,
	"reject-proof-hashes-exchanged":      ErrNotProved,
	"reject-proof-beyond-head":           ErrNotProved,
	"reject-growth-other-label":          ErrProof,
	"reject-growth-size-0":               ErrProof,
	"reject-growth-root-other-spelling":  ErrProof,
	"reject-growth-from-another-size":    ErrOtherHead,
	"reject-growth-from-another-root":    ErrOtherHead,
	"reject-growth-head-by-another-key":  ErrSignature,
	"reject-growth-past-altered":         ErrNotProved,
	"reject-growth-hash-missing":         ErrNotProved,
	"reject-growth-shrunk":               ErrNotProved,
	"reject-export-other-label":          ErrExport,
	"reject-export-without-head":         ErrExport,
	"reject-export-line-after-head":      ErrExport,
	"reject-export-gap":                  ErrExport,
	"reject-export-member-unknown":       ErrExport,
	"reject-export-member-order":         ErrExport,
	"reject-export-space":                ErrExport,
	"reject-export-time-without-millis":  ErrExport,
	"reject-export-time-before-1970":     ErrExport,
	"reject-export-last-line-cut":        ErrExport,
	"reject-export-head-by-another-key":  ErrSignature,
	"reject-export-record-altered":       ErrNotProved,
	"reject-export-last-record-missing":  ErrNotProved,
	"reject-export-record-put-in-behind": ErrNotProved,
}

// made are the vectors: over a log of 13 records, and with the head over its
// first 7 as the earlier one.
func made(t testing.TB) map[string][]byte {
	k, stranger := keyOf(t, 1, origin), keyOf(t, 2, origin)
	r := logOf(13)
	h, head := headOf(t, r, k)
	earlier, earlierHead := headOf(t, r[:7], k)
	_, strange := headOf(t, r, stranger)
	ctx := t.Context()
	must := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	swap := func(b []byte, old, new string) []byte {
		t.Helper()
		if !bytes.Contains(b, []byte(old)) {
			t.Fatalf("no %q in\n%s", old, b)
		}
		return bytes.Replace(b, []byte(old), []byte(new), 1)
	}
	sign := func(text string) []byte { return must(note.Sign(&note.Note{Text: text}, k)) }
	asHex := func(b []byte) []byte { return []byte(hex.EncodeToString(b) + "\n") }
	lines := func(b []byte, change func([]string) []string) []byte {
		return []byte(strings.Join(change(strings.Split(string(b), "\n")), "\n"))
	}

	leaf := r[4].Leaf()
	label := len(store.AuditLabel)
	late := bytes.Clone(leaf)
	late[label+8] = 1
	zero := bytes.Clone(leaf)
	copy(zero[label:], make([]byte, 8))
	long := bytes.Clone(leaf)
	long[label+16] = 1
	proof := must(Prove(ctx, r, 5, head, k))
	growth := must(ProveGrowth(ctx, r, earlier, head, k))
	root := formatHash(h.Root)
	tail := "\n\n" + string(head)

	other := r[4]
	other.Actor = "mira"
	other.Hash = other.Sum()
	altered := logOf(13)
	altered[2].Actor = "mira"
	altered = altered.rechained()
	alteredHead, alteredSigned := headOf(t, altered, k)
	p, err := tlog.ProveTree(13, 7, hashes(ctx, altered))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := Export(ctx, r, &b, k); err != nil {
		t.Fatal(err)
	}
	export := b.Bytes()
	var c bytes.Buffer
	if _, err := Export(ctx, r[:1], &c, k); err != nil {
		t.Fatal(err)
	}
	last := export[bytes.LastIndexByte(export[:len(export)-1], '\n')+1:]
	return map[string][]byte{
		"verifier":     []byte(verifierOf(t, 1) + "\n"),
		"earlier-head": earlierHead,

		"accept-leaf":                     asHex(leaf),
		"accept-leaf-first":               asHex(r[0].Leaf()),
		"reject-leaf-other-label":         asHex(swap(leaf, "audit", "audix")),
		"reject-leaf-number-0":            asHex(zero),
		"reject-leaf-time-too-late":       asHex(late),
		"reject-leaf-text-beyond-its-end": asHex(long),
		"reject-leaf-byte-after-its-end":  asHex(append(bytes.Clone(leaf), 0)),
		"reject-leaf-short":               asHex(leaf[:len(leaf)-1]),

		"accept-head":                       head,
		"accept-head-with-a-witness":        must(note.Sign(&note.Note{Text: h.text()}, k, keyOf(t, 3, "witness.example"))),
		"reject-head-size-0":                sign(origin + "\n0\n" + root + "\n"),
		"reject-head-size-leading-zero":     sign(origin + "\n013\n" + root + "\n"),
		"reject-head-size-too-large":        sign(fmt.Sprintf("%s\n%d\n%s\n", origin, uint64(maxSize)+1, root)),
		"reject-head-root-short":            sign(origin + "\n13\n" + base64.StdEncoding.EncodeToString(h.Root[:31]) + "\n"),
		"reject-head-root-other-spelling":   sign(origin + "\n13\n" + respelt(root) + "\n"),
		"reject-head-extension-line":        sign(h.text() + "more\n"),
		"reject-head-no-signature":          []byte(h.text()),
		"reject-head-signed-by-another-key": strange,
		"reject-head-altered":               swap(head, "\n13\n", "\n14\n"),
		"reject-head-of-another-log":        sign("other.example.org/audit\n13\n" + root + "\n"),

		"accept-proof":                     proof,
		"accept-proof-of-the-only-record":  must(Prove(ctx, r, 1, second(headOf(t, r[:1], k)), k)),
		"accept-proof-of-the-last-record":  must(Prove(ctx, r, 13, head, k)),
		"reject-proof-other-label":         swap(proof, "@v1", "@v2"),
		"reject-proof-without-record":      lines(proof, func(s []string) []string { return slices.Delete(s, 1, 2) }),
		"reject-proof-index-leading-zero":  swap(proof, "index 4", "index 04"),
		"reject-proof-hash-short":          lines(proof, func(s []string) []string { s[3] = s[3][4:]; return s }),
		"reject-proof-without-head":        proof[:bytes.Index(proof, []byte("\n\n"))+1],
		"reject-proof-record-is-none":      lines(proof, func(s []string) []string { s[1] = "extra AAAA"; return s }),
		"reject-proof-head-by-another-key": swap(proof, tail, "\n\n"+string(strange)),
		"reject-proof-record-altered":      lines(proof, func(s []string) []string { s[1] = "extra " + base64.StdEncoding.EncodeToString(other.Leaf()); return s }),
		"reject-proof-index-of-another":    swap(proof, "index 4", "index 5"),
		"reject-proof-hash-altered":        lines(proof, func(s []string) []string { s[3] = formatHash(tlog.Hash{1}); return s }),
		"reject-proof-hash-missing":        lines(proof, func(s []string) []string { return slices.Delete(s, 3, 4) }),
		"reject-proof-hash-too-many":       lines(proof, func(s []string) []string { return slices.Insert(s, 3, s[3]) }),
		"reject-proof-hashes-exchanged":    lines(proof, func(s []string) []string { s[3], s[4] = s[4], s[3]; return s }),
		"reject-proof-beyond-head":         swap(must(Prove(ctx, r, 13, head, k)), tail, "\n\n"+string(earlierHead)),

		"accept-growth":                     growth,
		"accept-growth-of-nothing":          must(ProveGrowth(ctx, r, earlier, earlierHead, k)),
		"reject-growth-other-label":         swap(growth, "/v1/", "/v2/"),
		"reject-growth-size-0":              swap(growth, "size 7", "size 0"),
		"reject-growth-root-other-spelling": swap(growth, formatHash(earlier.Root), respelt(formatHash(earlier.Root))),
		"reject-growth-from-another-size":   swap(growth, "size 7", "size 6"),
		"reject-growth-from-another-root":   swap(growth, formatHash(earlier.Root), formatHash(alteredHead.Root)),
		"reject-growth-head-by-another-key": swap(growth, tail, "\n\n"+string(strange)),
		"reject-growth-past-altered":        formatGrowth(earlier, p, alteredSigned),
		"reject-growth-hash-missing":        lines(growth, func(s []string) []string { return slices.Delete(s, 3, 4) }),
		"reject-growth-shrunk":              formatGrowth(earlier, nil, second(headOf(t, r[:6], k))),

		"accept-export":                     export,
		"accept-export-of-one-record":       c.Bytes(),
		"reject-export-other-label":         swap(export, "/v1/", "/v2/"),
		"reject-export-without-head":        export[:len(export)-len(last)],
		"reject-export-line-after-head":     append(bytes.Clone(export), last...),
		"reject-export-gap":                 swap(export, `"n":5,`, `"n":6,`),
		"reject-export-member-unknown":      swap(export, `"n":5,`, `"n":5,"m":1,`),
		"reject-export-member-order":        swap(export, `"actor":"jo","act":"tenant.suspend"`, `"act":"tenant.suspend","actor":"jo"`),
		"reject-export-space":               swap(export, `"n":5,`, `"n": 5,`),
		"reject-export-time-without-millis": swap(export, `12:00:00.000Z`, `12:00:00Z`),
		"reject-export-time-before-1970":    swap(export, `2026-03-14T12`, `1926-03-14T12`),
		"reject-export-last-line-cut":       export[:len(export)-1],
		"reject-export-head-by-another-key": append(bytes.Clone(export[:len(export)-len(last)]), line(exportHead{string(strange)})...),
		"reject-export-record-altered":      swap(export, `"actor":"jo"`, `"actor":"mira"`),
		"reject-export-last-record-missing": lines(export, func(s []string) []string { return slices.Delete(s, 13, 14) }),
		"reject-export-record-put-in-behind": lines(export, func(s []string) []string {
			return slices.Insert(s, 14, strings.Replace(s[13], `"n":13`, `"n":14`, 1))
		}),
	}
}

func second(_ Head, signed []byte) []byte { return signed }

// respelt is another base64 of the same 32 bytes: its last character has bits
// that mean nothing.
func respelt(hash string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	at := len(hash) - 2
	return hash[:at] + string(digits[strings.IndexByte(digits, hash[at])+1]) + hash[at+1:]
}

func verifierOf(t testing.TB, seed byte) string {
	text, err := note.NewEd25519VerifierKey(origin, keyOf(t, seed, origin).key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	out := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".txt")] = b
	}
	return out
}

// check reads a vector as somebody would who has the verifier and the earlier head.
func check(t testing.TB, kind string, b []byte, v note.Verifier, earlier Head) error {
	t.Helper()
	switch kind {
	case "leaf":
		raw, err := hex.DecodeString(strings.TrimSpace(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		_, err = ParseLeaf(raw)
		return err
	case "head":
		_, err := OpenHead(b, v)
		return err
	case "proof":
		_, _, err := CheckProof(b, v)
		return err
	case "growth":
		_, err := CheckGrowth(b, earlier, v)
		return err
	case "export":
		_, err := CheckExport(bytes.NewReader(b), v, nil)
		return err
	}
	t.Fatalf("no kind %q", kind)
	return nil
}

func TestVectors(t *testing.T) {
	want := made(t)
	if *addVectors {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		for name, b := range want {
			path := filepath.Join("testdata", name+".txt")
			if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
				if err := os.WriteFile(path, b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	have := vectors(t)
	for name := range want {
		if _, ok := have[name]; !ok {
			t.Errorf("%s is missing: make vectors", name)
		}
	}
	v, err := note.NewVerifier(strings.TrimSpace(string(have["verifier"])))
	if err != nil {
		t.Fatal(err)
	}
	earlier, err := OpenHead(have["earlier-head"], v)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name, b := range have {
		verdict, rest, _ := strings.Cut(name, "-")
		kind, _, _ := strings.Cut(rest, "-")
		switch verdict {
		case "accept":
			if err := check(t, kind, b, v, earlier); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case "reject":
			seen[name] = true
			if err := check(t, kind, b, v, earlier); reasons[name] == nil || !errors.Is(err, reasons[name]) {
				t.Errorf("%s: got %v, want %v", name, err, reasons[name])
			}
		}
		if made, ok := want[name]; ok && !bytes.Equal(made, b) {
			t.Errorf("%s: what is made now differs", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(reasons)) {
		if !seen[name] {
			t.Errorf("%s has a reason and no vector", name)
		}
	}
}

func seeds(f *testing.F, kind string) {
	for name, b := range vectors(f) {
		if strings.Contains(name, "-"+kind) {
			f.Add(b)
		}
	}
}

func FuzzLeaf(f *testing.F) {
	for name, b := range vectors(f) {
		if strings.Contains(name, "-leaf") {
			raw, err := hex.DecodeString(strings.TrimSpace(string(b)))
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseLeaf(b)
		if err == nil && !bytes.Equal(a.Leaf(), b) {
			t.Error("comes back otherwise")
		}
	})
}

func FuzzHead(f *testing.F) {
	seeds(f, "head")
	k := keyOf(f, 1, origin)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := OpenHead(b, k)
		if err == nil && !bytes.HasPrefix(b, []byte(h.text()+"\n")) {
			t.Error("comes back otherwise")
		}
		// The text alone, which no fuzzer can sign.
		if h, err := parseHead(string(b)); err == nil && h.text() != string(b) {
			t.Error("the text comes back otherwise")
		}
	})
}

func FuzzProof(f *testing.F) {
	seeds(f, "proof")
	k := keyOf(f, 1, origin)
	r := logOf(13)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, h, err := CheckProof(b, k)
		if err != nil {
			return
		}
		// Only the signed head can be shown for, and only what is under it.
		if a != r[a.Index-1] {
			t.Error("another record is proved")
		}
		lines, p, head, err := split(b, 3, 63)
		if err != nil || h.Size > 13 || !bytes.Equal(formatProof(a.Leaf(), int64(a.Index)-1, p, head), b) {
			t.Errorf("comes back otherwise: %q", lines)
		}
	})
}

func FuzzGrowth(f *testing.F) {
	seeds(f, "growth")
	k := keyOf(f, 1, origin)
	earlier, _ := headOf(f, logOf(7), k)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := CheckGrowth(b, earlier, k)
		if err != nil {
			return
		}
		_, p, head, err := split(b, 3, 126)
		if err != nil || h.Size < earlier.Size || !bytes.Equal(formatGrowth(earlier, p, head), b) {
			t.Error("comes back otherwise")
		}
	})
}

func FuzzExport(f *testing.F) {
	seeds(f, "export")
	k := keyOf(f, 1, origin)
	r := logOf(13)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := CheckExport(bytes.NewReader(b), k, nil)
		if err != nil {
			return
		}
		// What is signed is known here, so only one text may pass but for the signatures.
		var want bytes.Buffer
		if _, err := Export(t.Context(), r[:h.Size], &want, k); err != nil {
			t.Fatal(err)
		}
		records := func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')] }
		if !bytes.Equal(records(want.Bytes()), records(b)) {
			t.Error("other records pass")
		}
	})
}
