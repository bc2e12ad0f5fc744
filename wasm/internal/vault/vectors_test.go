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
	"time"

	"vialog/wasm/internal/seal"
)

var addVectors = flag.Bool("vectors", false, "write vectors that are missing in testdata")

// A vector is a vault with at most one record, in "name: hex" lines. Files are
// added, never edited.
//
//	browser, passphrase   what it is opened with
//	header                what stands under the header's name
//	credential, prf       the passkey that it is opened with instead, and its answer
//	spelling              "NFC": passphrases are brought into that form
//	changed               "01": it opens, and is known to have been changed from outside
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
	"header": ErrHeader, "passphrase": ErrPassphrase, "record": seal.ErrOpen, "name": ErrName, "passkey": ErrPasskey, "changed": ErrChanged,
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
	h := Host{Disk: d, Binder: b, KDF: stretch}
	if v["spelling"] == "NFC" {
		h.NFC = composed
	}
	var vault *Vault
	var err error
	if id, ok := v["credential"]; ok {
		vault, err = OpenPasskey(ctx, h, []byte(id), []byte(v["prf"]))
	} else {
		vault, err = Open(ctx, h, []byte(v["passphrase"]))
	}
	if err != nil {
		return err
	}
	if vault.Changed() != (v["changed"] == "\x01") {
		return errors.New("changed or not")
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
	v, err := Create(ctx, Host{Disk: d, Binder: b, KDF: kdf}, pass, costs)
	if err != nil {
		t.Fatal(err)
	}
	old := header{version: versionOld, params: costs}
	old.params.Salt[0] = 1
	wrap, err := v.host.byPassphrase(ctx, versionOld, pass, old.params)
	if err != nil {
		t.Fatal(err)
	}
	old.root = seal.SealSecret(wrap, seal.LabelVaultMaster, old.parameters(), v.root)
	d.records[headerName] = old.encode()
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

	for name, x := range headerVectors(t) {
		out[name] = x
	}

	one := d.records["x/00000001"]
	record := func(raw []byte) vector {
		return base.with("name", "x/00000001", "record", string(raw), "want", "record")
	}
	_, _, stranger := create(t)
	put(t, stranger, "x/00000001", "a record")
	out["reject-record-other-name"] = record(one).with("name", "x/00000002")
	out["reject-record-other-vault"] = record(stranger.host.Disk.(*MemoryDisk).records["x/00000001"])
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

// headerVectors are those of headers of version 2.
func headerVectors(t *testing.T) map[string]vector {
	d, b := NewMemory(), NewSoftware()
	costs := cheap
	costs.Time++
	h := Host{Disk: d, Binder: b, KDF: kdf, NFC: composed}
	pass := []byte("Schl\u00fcssel im Schloss")
	v, err := Create(ctx, h, pass, costs)
	if err != nil {
		t.Fatal(err)
	}
	alone := vector{"browser": string(b.key[:]), "passphrase": string(pass), "spelling": "NFC", "header": string(d.records[headerName])}
	by, err := v.Prove(ctx, pass)
	if err != nil {
		t.Fatal(err)
	}
	keys := []key{newKey(), newKey()}
	for i, k := range keys {
		if err := v.AddPasskey(ctx, by, Passkey{k.id, []string{"Telefon", "Schl\u00fcsselbund"}[i], time.UnixMilli(1_795_000_000_000)}, k.prf); err != nil {
			t.Fatal(err)
		}
	}
	raw := d.records[headerName]
	good, err := parseHeader(raw)
	if err != nil {
		t.Fatal(err)
	}
	base := alone.with("header", string(raw))
	passkey := base.with("credential", string(keys[0].id), "prf", string(keys[0].prf))
	delete(passkey, "passphrase")
	delete(passkey, "spelling")

	changed := func(of vector, change func(h *header)) vector {
		h := good
		h.keys = slices.Clone(good.keys)
		change(&h)
		return of.with("header", string(h.encode()))
	}
	bytewise := func(change func(b []byte) []byte) vector {
		return base.with("header", string(change(bytes.Clone(raw))), "want", "header")
	}
	const count = paramsSize + rootSize // where the number of passkeys stands
	first := count + 1                  // and the first of them
	out := map[string]vector{
		"accept-header-2":                  alone,
		"accept-header-2-passkeys":         base,
		"accept-header-2-spelt-otherwise":  base.with("passphrase", " Schlu\u0308ssel  im Schloss\n"),
		"accept-header-2-passkey-taken":    changed(base, func(h *header) { h.keys = h.keys[1:] }).with("changed", "\x01"),
		"accept-header-2-list-changed":     changed(base, func(h *header) { h.list = flipLast(h.list) }).with("changed", "\x01"),
		"accept-passkey":                   passkey,
		"reject-header-2-other-passphrase": base.with("passphrase", "Schlussel im Schloss", "want", "passphrase"),
		"reject-header-2-lowered-cost":     changed(base, func(h *header) { h.params.Time-- }).with("want", "passphrase"),
		"reject-passkey-other-answer":      passkey.with("prf", string(keys[1].prf), "want", "passkey"),
		"reject-passkey-zero-answer":       passkey.with("prf", string(make([]byte, 32)), "want", "passkey"),
		"reject-passkey-unknown":           passkey.with("credential", "unknown", "want", "passkey"),
		"reject-passkey-other-browser":     passkey.with("browser", string(flipLast(b.key[:])), "want", "passkey"),
		"reject-passkey-exchanged": changed(passkey, func(h *header) {
			h.keys[0].root, h.keys[1].root = h.keys[1].root, h.keys[0].root
		}).with("want", "passkey"),
		"reject-passkey-other-taken":  changed(passkey, func(h *header) { h.keys = h.keys[:1] }).with("want", "changed"),
		"reject-passkey-order":        changed(passkey, func(h *header) { slices.Reverse(h.keys) }).with("want", "changed"),
		"reject-passkey-lowered-cost": changed(passkey, func(h *header) { h.params.Time-- }).with("want", "changed"),
		"reject-passkey-other-root":   changed(passkey, func(h *header) { h.root = flipLast(h.root) }).with("want", "changed"),
		"reject-passkey-list-changed": changed(passkey, func(h *header) { h.list = flipLast(h.list) }).with("want", "changed"),

		"reject-header-2-memory-below-floor":   changed(base, func(h *header) { h.params.MiB = 18 }).with("want", "header"),
		"reject-header-2-memory-above-ceiling": changed(base, func(h *header) { h.params.MiB = 257 }).with("want", "header"),
		"reject-header-2-passkey-twice":        changed(base, func(h *header) { h.keys[1].id = h.keys[0].id }).with("want", "header"),
		"reject-header-2-identifier-empty":     changed(base, func(h *header) { h.keys[0].id = nil }).with("want", "header"),
		"reject-header-2-identifier-1024":      changed(base, func(h *header) { h.keys[0].id = make([]byte, 1024) }).with("want", "header"),
		"reject-header-2-list-too-short":       changed(base, func(h *header) { h.list = h.list[:seal.BlobOverhead-1] }).with("want", "header"),
		"reject-header-2-list-too-long":        changed(base, func(h *header) { h.list = make([]byte, maxList+1) }).with("want", "header"),
		"reject-header-2-9-passkeys":           changed(base, func(h *header) { h.keys = manyKeys(9) }).with("want", "header"),
		"reject-header-2-fewer-than-said":      bytewise(func(b []byte) []byte { b[count]++; return b }),
		"reject-header-2-identifier-over-end":  bytewise(func(b []byte) []byte { b[first] = 3; return b }),
		"reject-header-2-version-3":            bytewise(func(b []byte) []byte { b[0] = 3; return b }),
		"reject-header-2-suite-2":              bytewise(func(b []byte) []byte { b[1] = 2; return b }),
		"reject-header-2-truncated":            bytewise(func(b []byte) []byte { return b[:len(b)-1] }),
		"reject-header-2-trailing-byte":        bytewise(func(b []byte) []byte { return append(b, 0) }),
	}
	return out
}

func manyKeys(n int) (keys []opener) {
	for i := range n {
		keys = append(keys, opener{[]byte{byte(i)}, make([]byte, rootSize)})
	}
	return keys
}

func flipLast(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)-1] ^= 1
	return b
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
		if k == "want" || k == "spelling" {
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
	if len(files) < 67 {
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
			if k != "want" && k != "spelling" {
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
