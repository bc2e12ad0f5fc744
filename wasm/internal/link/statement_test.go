package link

import (
	"bytes"
	"encoding/hex"
	commandline "flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

var addVectors = commandline.Bool("vectors", false, "write vectors that are missing in testdata")

// sample is a statement with everything in it; all keys and numbers are fixed.
func sample(change func(*Statement)) []byte {
	d := device(1)
	s := &Statement{
		Space: keyring.SpaceID{1, 2, 3}, Epoch: 2, Device: d.ID(), Account: keyring.AccountID{4, 5}, Seq: 3, Prev: Hash{6},
		Heads: []Head{{seal.DeviceID{1}, 7, Hash{8}}, {seal.DeviceID{2}, 1, Hash{9}}}, Time: noon.UnixMilli(), Type: 18, Body: []byte("body"),
	}
	change(s)
	return s.sign(d)
}

// Offsets in a statement.
const (
	atSeq   = 1 + 32 + 4 + 32 + 32
	atPrev  = atSeq + 8
	atHeads = atPrev + 32
)

func chainsOf(n int) []byte {
	var raws []keyring.Raw
	for i := range n {
		raws = append(raws, keyring.Raw{1, byte(i)})
	}
	return ChainsBody(Chain{Raws: raws}, Chain{Team: true, Raws: raws})
}

func cases() map[string][]byte {
	none := func(*Statement) {}
	with := func(at int, b ...byte) []byte {
		raw := sample(none)
		copy(raw[at:], b)
		return raw
	}
	heads := func(h ...Head) []byte { return sample(func(s *Statement) { s.Heads = h }) }
	many := make([]Head, maxHeads+1)
	for i := range many {
		many[i] = Head{Device: seal.DeviceID{byte(i >> 8), byte(i)}, Seq: 1}
	}
	own := device(1).ID()
	end := func(b []byte, more ...byte) []byte { return append(bytes.Clone(b), more...) }
	short := sample(func(s *Statement) { s.Heads, s.Body = nil, nil })
	return map[string][]byte{
		"accept-statement":                        sample(none),
		"accept-statement-first":                  sample(func(s *Statement) { s.Seq, s.Prev = 1, Hash{} }),
		"accept-statement-without-heads-and-body": short,
		"accept-statement-most-heads":             heads(many[:maxHeads]...),
		"accept-statement-unknown-type":           sample(func(s *Statement) { s.Type = 65535 }),
		"reject-statement-empty":                  {},
		"reject-statement-version-0":              with(0, 0),
		"reject-statement-version-2":              with(0, 2),
		"reject-statement-number-0":               sample(func(s *Statement) { s.Seq, s.Prev = 0, Hash{} }),
		"reject-statement-first-with-predecessor": sample(func(s *Statement) { s.Seq = 1 }),
		"reject-statement-second-without":         sample(func(s *Statement) { s.Prev = Hash{} }),
		"reject-statement-257-heads":              heads(many...),
		"reject-statement-heads-beyond-end":       with(atHeads, 0, 200),
		"reject-statement-head-number-0":          heads(Head{Device: seal.DeviceID{1}}),
		"reject-statement-head-of-author":         heads(Head{own, 1, Hash{1}}),
		"reject-statement-heads-out-of-order":     heads(Head{seal.DeviceID{2}, 1, Hash{}}, Head{seal.DeviceID{1}, 1, Hash{}}),
		"reject-statement-head-twice":             heads(Head{seal.DeviceID{1}, 1, Hash{}}, Head{seal.DeviceID{1}, 2, Hash{}}),
		"reject-statement-time-beyond-2-53":       sample(func(s *Statement) { s.Time = 1 << 53 }),
		"reject-statement-time-negative":          sample(func(s *Statement) { s.Time = -1 }),
		"reject-statement-type-0":                 sample(func(s *Statement) { s.Type = 0 }),
		"reject-statement-trailing-byte":          end(sample(none), 0),
		"reject-statement-cut-signature":          sample(none)[:len(sample(none))-1],
		"reject-statement-body-beyond-end":        with(len(sample(none))-64-4-3, 255),
		"accept-chains":                           chainsOf(2),
		"accept-chains-none":                      ChainsBody(),
		"reject-chains-empty":                     {},
		"reject-chains-trailing-byte":             end(chainsOf(1), 0),
		"reject-chains-flag-2":                    {0, 1, 2, 0, 0},
		"reject-chains-count-beyond-end":          {2, 0, 0, 0, 0},
		"reject-chains-513":                       append([]byte{2, 1}, make([]byte, 513*3)...),
		"reject-chains-empty-change":              {0, 1, 0, 0, 1, 0, 0, 0},
		"reject-chains-changes-beyond-end":        {0, 1, 0, 1, 0, 0, 0, 1, 5},
		"reject-chains-cut-change":                {0, 1, 0, 0, 1, 0, 0, 2, 5},
		"accept-blobs":                            blobsOf(0x0101, 0x0202),
		"accept-blobs-256":                        blobsOf(upTo(256)...),
		"reject-blobs-none":                       blobsOf(),
		"reject-blobs-empty":                      {},
		"reject-blobs-257":                        blobsOf(upTo(257)...),
		"reject-blobs-zero":                       blobsOf(0),
		"reject-blobs-twice":                      blobsOf(0x0101, 0x0101),
		"reject-blobs-out-of-order":               blobsOf(0x0202, 0x0101),
		"reject-blobs-position-0":                 append(blobsOf(0x0101)[:48], make([]byte, 8)...),
		"reject-blobs-position-2-53":              append(blobsOf(0x0101)[:48], 0, 0x20, 0, 0, 0, 0, 0, 0),
		"reject-blobs-trailing-byte":              end(blobsOf(0x0101), 0),
		"reject-blobs-cut":                        blobsOf(0x0101)[:55],
	}
}

// blobsOf is a list of blobs as bytes, whatever is wrong with it.
func blobsOf(ids ...uint16) []byte {
	b := bytes.Repeat([]byte{9}, 32)
	for _, id := range ids {
		b = append(b, byte(id>>8), byte(id))
		b = append(b, make([]byte, 14)...)
		b = append(b, 0, 0, 0, 0, 0, 0, 0, 7)
	}
	return b
}

func upTo(n uint16) (ids []uint16) {
	for i := range n {
		ids = append(ids, i+1)
	}
	return ids
}

func decode(name string, b []byte) error {
	kind := strings.Split(name, "-")[1]
	if kind == "chains" {
		_, err := ParseChains(b)
		return err
	}
	if kind == "blobs" {
		_, err := ParseBlobs(b)
		return err
	}
	_, err := ParseStatement(b)
	return err
}

func TestEveryVectorIsReadAsItsNameSays(t *testing.T) {
	if *addVectors {
		for name, b := range cases() {
			path := filepath.Join("testdata", name+".txt")
			if _, err := os.Stat(path); err == nil {
				continue
			}
			if err := os.WriteFile(path, []byte("bytes: "+hex.EncodeToString(b)+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) < len(cases()) {
		t.Fatalf("%d vectors for %d cases", len(files), len(cases()))
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		b, err := hex.DecodeString(strings.TrimSpace(strings.TrimPrefix(string(text), "bytes:")))
		if err != nil {
			t.Fatal(err)
		}
		if err := decode(name, b); (err == nil) != strings.HasPrefix(name, "accept-") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASignatureCoversEveryByte(t *testing.T) {
	raw := sample(func(*Statement) {})
	pub := device(1).Public()
	if s, err := ParseStatement(raw); err != nil || !authentic(pub, s) {
		t.Fatal("the sample is not authentic")
	}
	for i := range raw {
		bad := bytes.Clone(raw)
		bad[i] ^= 1
		if s, err := ParseStatement(bad); err == nil && authentic(pub, s) {
			t.Errorf("byte %d may be changed", i)
		}
	}
}

func TestAStatementSignatureIsNothingElse(t *testing.T) {
	d := device(1)
	s, _ := ParseStatement(sample(func(*Statement) {}))
	for _, l := range []seal.Label{seal.LabelCheckpoint, seal.LabelInviteOffer, seal.LabelInviteRequest, seal.LabelInviteDone, seal.LabelAccountChange} {
		if sig := d.Sign(l, s.hash[:]); d.Public().Verify(seal.LabelStatement, s.hash[:], sig[:]) == nil {
			t.Errorf("%s", l)
		}
	}
}

func TestABodyHasItsLimit(t *testing.T) {
	w := newWorld(t)
	if _, err := w.anna.Write(t.Context(), text, make([]byte, MaxBody+1)); err == nil {
		t.Error("a body beyond the limit was written")
	}
	raw := sample(func(s *Statement) { s.Body = make([]byte, MaxBody+1) })
	if _, err := ParseStatement(raw); err == nil {
		t.Error("a body beyond the limit was read")
	}
	if _, err := ParseStatement(sample(func(s *Statement) { s.Body = make([]byte, MaxBody) })); err != nil {
		t.Error(err)
	}
}

func FuzzParseStatement(f *testing.F) {
	for name, b := range cases() {
		if strings.HasPrefix(name, "accept-statement") {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseStatement(b); err == nil && !bytes.Equal(append(s.unsigned(), s.Sig[:]...), b) {
			t.Fatal("another encoding was accepted")
		}
	})
}

func FuzzParseChains(f *testing.F) {
	f.Add(chainsOf(2))
	f.Add(ChainsBody())
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := ParseChains(b); err == nil && !bytes.Equal(ChainsBody(c...), b) {
			t.Fatal("another encoding was accepted")
		}
	})
}

func FuzzParseAdmission(f *testing.F) {
	f.Add(AdmissionBytes(wire.Admission{Kind: wire.ByOpenTenant, Tenant: wire.TenantID{1}}))
	f.Add(AdmissionBytes(wire.Admission{Kind: wire.ByTicket, Ticket: wire.Ticket{Channels: 3}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, ok := ParseAdmission(b); ok && !bytes.Equal(AdmissionBytes(a), b) {
			t.Fatal("another encoding was accepted")
		}
	})
}

func FuzzRecords(f *testing.F) {
	secret := device1Secret()
	m := meta{relay: "https://relay.example", cursor: 4, pages: 1, nextOut: 2, admission: []byte{1}, removed: true, dropped: true, skipped: 9, forked: 7,
		alarms: []Alarm{{Seq: 3, Kind: AlarmFork}}, epochs: map[uint32]seal.Secret{1: secret, 3: secret}}
	f.Add(m.record("").Value)
	f.Add(pageRecord("", 0, []pageItem{{keyring.Own, []byte{1, 2}}, {0, nil}}).Value)
	t := rotation{change: keyring.Raw{1, 2}, chains: ChainsBody(), epoch: 2, secret: secret}
	f.Add(t.record("").Value)
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := parseMeta(b); err == nil && !bytes.Equal(m.record("").Value, b) {
			t.Fatal("meta: another encoding was accepted")
		}
		if items, err := parsePage(b); err == nil && !bytes.Equal(pageRecord("", 0, items).Value, b) {
			t.Fatal("page: another encoding was accepted")
		}
		if r, err := parseRotation(b); err == nil && !bytes.Equal(r.record("").Value, b) {
			t.Fatal("rotation: another encoding was accepted")
		}
	})
}

func device1Secret() seal.Secret { return must(seal.SecretFrom(bytes.Repeat([]byte{5}, 32))) }
