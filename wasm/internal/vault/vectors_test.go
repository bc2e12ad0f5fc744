package vault

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vialog/wasm/internal/seal"
)

var addVectors = flag.Bool("vectors", false, "write vectors that are missing in testdata")

// A vector is a vault with at most one record, in "name: hex" lines. Files are
// added, never edited.
//
//	browser, passphrase   what it is opened with
//	header                what stands under the header's name
//	name, record          a record, and where it stands
//	content               what the record holds
//	want                  in words, why it is refused; nothing: it opens
type vector map[string]string

func (v vector) with(changes ...string) vector {
	w := make(vector, len(v))
	for k, x := range v {
		w[k] = x
	}
	for i := 0; i < len(changes); i += 2 {
		w[changes[i]] = changes[i+1]
	}
	return w
}

// reasons are the words for why a vault or a record is refused.
var reasons = map[string]error{
	"header": ErrHeader, "passphrase": ErrPassphrase, "record": seal.ErrOpen, "name": ErrName,
}

// run opens the vault and reads the record, if there is one.
func (v vector) run(t *testing.T) error {
	b := Software{key: new([32]byte)}
	copy(b.key[:], v["browser"])
	d := NewMemory()
	d.records[headerName] = []byte(v["header"])
	stretch := KDF(kdf)
	if v["want"] == "header" {
		stretch = forbidden(t) // the cost is checked before it is paid
	}
	vault, err := Open(ctx, d, b, stretch, []byte(v["passphrase"]))
	if err != nil {
		return err
	}
	name, ok := v["name"]
	if !ok {
		return nil
	}
	d.records[name] = []byte(v["record"])
	got, err := vault.Get(ctx, name)
	if err == nil && string(got) != v["content"] {
		return errors.New("holds something else")
	}
	return err
}

func makeVectors(t *testing.T) map[string]vector {
	t.Helper()
	d, b := NewMemory(), NewSoftware()
	costs := cheap
	costs.Time++
	pass := []byte("correct horse")
	v, err := Create(ctx, d, b, kdf, pass, costs)
	if err != nil {
		t.Fatal(err)
	}
	put(t, v, "x/00000001", "a record", "x/00000002", "")
	base := vector{"browser": string(b.key[:]), "passphrase": string(pass), "header": string(d.records[headerName])}

	header := func(change func(h []byte) []byte) vector {
		return base.with("header", string(change(bytes.Clone(d.records[headerName]))))
	}
	set := func(at int, x byte) func([]byte) []byte {
		return func(h []byte) []byte { h[at] = x; return h }
	}
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[(at+len(b))%len(b)] ^= 1
		return b
	}
	flipped := func(at int) func([]byte) []byte {
		return func(h []byte) []byte { return flip(h, at) }
	}
	cost := func(change func(p *seal.KDFParams)) func([]byte) []byte {
		return func(raw []byte) []byte {
			h, err := parseHeader(raw)
			if err != nil {
				t.Fatal(err)
			}
			change(&h.params)
			return h.encode()
		}
	}
	out := map[string]vector{
		"accept-header":                  base,
		"accept-record":                  base.with("name", "x/00000001", "record", string(d.records["x/00000001"]), "content", "a record"),
		"accept-record-empty":            base.with("name", "x/00000002", "record", string(d.records["x/00000002"]), "content", ""),
		"reject-header-other-passphrase": base.with("passphrase", "correct horsf", "want", "passphrase"),
		"reject-header-other-browser":    base.with("browser", string(flip(b.key[:], 0)), "want", "passphrase"),
	}
	for name, change := range map[string]func([]byte) []byte{
		"lowered-cost": cost(func(p *seal.KDFParams) { p.Time-- }),
		"changed-salt": cost(func(p *seal.KDFParams) { p.Salt[15] ^= 1 }),
		"changed-root": flipped(-1),
		"raised-lanes": cost(func(p *seal.KDFParams) { p.Lanes++ }),
	} {
		out["reject-header-"+name] = header(change).with("want", "passphrase")
	}
	for name, change := range map[string]func([]byte) []byte{
		"version-0":            set(0, 0),
		"version-2":            set(0, 2),
		"suite-0":              set(1, 0),
		"suite-2":              set(1, 2),
		"memory-below-floor":   cost(func(p *seal.KDFParams) { p.MiB = cheap.MiB - 1 }),
		"memory-above-ceiling": cost(func(p *seal.KDFParams) { p.MiB = seal.Current.Passphrase.Ceiling.MiB + 1 }),
		"passes-below-floor":   cost(func(p *seal.KDFParams) { p.Time = cheap.Time - 1 }),
		"passes-above-ceiling": cost(func(p *seal.KDFParams) { p.Time = seal.Current.Passphrase.Ceiling.Time + 1 }),
		"no-lanes":             cost(func(p *seal.KDFParams) { p.Lanes = 0 }),
		"lanes-above-ceiling":  cost(func(p *seal.KDFParams) { p.Lanes = seal.Current.Passphrase.Ceiling.Lanes + 1 }),
		"no-salt":              cost(func(p *seal.KDFParams) { p.Salt = [16]byte{} }),
		"length-of-root": func(h []byte) []byte {
			binary.BigEndian.PutUint16(h[paramsSize:], rootSize-1)
			return h
		},
		"truncated":     func(h []byte) []byte { return h[:len(h)-1] },
		"trailing-byte": func(h []byte) []byte { return append(h, 0) },
		"empty":         func([]byte) []byte { return []byte{} },
	} {
		out["reject-header-"+name] = header(change).with("want", "header")
	}

	one := d.records["x/00000001"]
	record := func(raw []byte) vector {
		return base.with("name", "x/00000001", "record", string(raw), "want", "record")
	}
	_, _, stranger := create(t)
	put(t, stranger, "x/00000001", "a record")
	out["reject-record-other-name"] = record(one).with("name", "x/00000002")
	out["reject-record-other-vault"] = record(stranger.disk.(*MemoryDisk).records["x/00000001"])
	out["reject-record-truncated"] = record(one[:len(one)-1])
	out["reject-record-trailing-byte"] = record(append(bytes.Clone(one), 0))
	out["reject-record-changed"] = record(flip(one, -1))
	out["reject-record-version"] = record(flip(one, 0))
	out["reject-record-suite"] = record(flip(one, 1))
	out["reject-record-empty"] = record([]byte{})
	for name, key := range map[string]string{"bind": bindName, "none": "", "256-bytes": strings.Repeat("a", 256)} {
		sealed := v.record.Seal(recordAAD(key), []byte("a record"))
		out["reject-record-name-"+name] = base.with("name", key, "record", string(sealed), "want", "name")
	}
	return out
}

func writeVector(t *testing.T, name string, v vector) {
	f, err := os.OpenFile(filepath.Join("testdata", name+".txt"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if os.IsExist(err) {
		return // vectors are never changed
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		x := hex.EncodeToString([]byte(v[k]))
		if k == "want" {
			x = v[k]
		}
		if _, err := f.WriteString(strings.TrimSpace(k+": "+x) + "\n"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryVectorOpensOrNotAsItsNameSays(t *testing.T) {
	if *addVectors {
		for name, v := range makeVectors(t) {
			writeVector(t, name, v)
		}
	}
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) < 35 {
		t.Fatalf("only %d vectors", len(files))
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, v := strings.TrimSuffix(filepath.Base(path), ".txt"), make(vector)
		for line := range strings.Lines(string(text)) {
			k, x, _ := strings.Cut(strings.TrimSpace(line), ":")
			x = strings.TrimSpace(x)
			if k != "want" {
				raw, err := hex.DecodeString(x)
				if err != nil {
					t.Fatalf("%s: %s: %v", name, k, err)
				}
				x = string(raw)
			}
			v[k] = x
		}
		want, refused := reasons[v["want"]]
		if refused != strings.HasPrefix(name, "reject-") || refused != (v["want"] != "") {
			t.Errorf("%s: wants %q", name, v["want"])
			continue
		}
		if err := v.run(t); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}
