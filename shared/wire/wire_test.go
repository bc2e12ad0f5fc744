package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vectors returns the frames of testdata whose file names begin with prefix. A file is
// hexadecimal; spaces and lines beginning with # are for people, and "x*n" is byte x n times.
func vectors(t testing.TB, prefix string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", prefix+"*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors %s*: %v", prefix, err)
	}
	found := map[string][]byte{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := parseVector(string(text))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		found[strings.TrimSuffix(filepath.Base(f), ".txt")] = b
	}
	return found
}

func parseVector(text string) ([]byte, error) {
	var out []byte
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		for _, word := range strings.Fields(line) {
			word, times, repeated := strings.Cut(word, "*")
			n := 1
			if repeated {
				if _, err := fmt.Sscan(times, &n); err != nil {
					return nil, err
				}
			}
			b, err := hex.DecodeString(word)
			if err != nil {
				return nil, err
			}
			out = append(out, bytes.Repeat(b, n)...)
		}
	}
	return out, nil
}

func TestAcceptedVectorsAreWrittenBackByteForByte(t *testing.T) {
	seen := map[kind]bool{}
	for name, b := range vectors(t, "accept-") {
		f, err := Parse(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		seen[f.kind()] = true
		if again := Append(nil, f); !bytes.Equal(again, b) {
			t.Errorf("%s: written back as\n%x\nwas\n%x", name, again, b)
		}
	}
	for k := range 256 {
		if newFrame(kind(k)) != nil && !seen[kind(k)] {
			t.Errorf("no accepted vector for kind %#x", k)
		}
	}
}

func TestRefusedVectorsAreRefusedForTheReasonInTheirName(t *testing.T) {
	reasons := map[string]bool{}
	for name, b := range vectors(t, "reject-") {
		_, err := Parse(b)
		var p *ParseError
		if !errors.As(err, &p) {
			t.Errorf("%s: accepted (%v)", name, err)
			continue
		}
		reason := strings.ReplaceAll(p.Reason, " ", "-")
		reasons[p.Reason] = true
		rest := strings.TrimPrefix(name, "reject-"+reason)
		if rest == name || rest != "" && rest[0] != '.' {
			t.Errorf("%s: refused for %q", name, p.Reason)
		}
	}
	source, err := os.ReadFile("codec.go")
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(string(source), "r.fail(Err") {
		_, reason, ok := strings.Cut(part, `, "`)
		if reason, _, _ = strings.Cut(reason, `"`); ok && !strings.HasPrefix(part, "package") && !reasons[reason] {
			t.Errorf("no refused vector for %q", reason)
		}
	}
}

func TestEveryPrefixOfAFrameIsRefused(t *testing.T) {
	for name, b := range vectors(t, "accept-") {
		for n := range b {
			if len(b) > 4096 && n%97 != 0 {
				continue
			}
			if _, err := Parse(b[:n]); err == nil {
				t.Errorf("%s: accepted %d of %d bytes", name, n, len(b))
			}
		}
		if _, err := Parse(append(bytes.Clone(b), 0)); err == nil {
			t.Errorf("%s: accepted with a byte more", name)
		}
	}
}

func TestARefusedFrameTellsItsRequestSoThatItCanBeAnswered(t *testing.T) {
	b := Append(nil, &Open{Req: 7})
	_, err := Parse(b[:40])
	var p *ParseError
	if !errors.As(err, &p) || p.Req != 7 || p.Refusal() != Malformed {
		t.Errorf("got %+v", p)
	}
	b[0] = 0x7f
	if _, err = Parse(b); !errors.As(err, &p) || p.Req != 7 || p.Refusal() != Unsupported {
		t.Errorf("got %+v", p)
	}
}

func TestACountAllocatesNoMoreThanTheFrameHolds(t *testing.T) {
	b := Append(nil, &Appended{Req: 1})
	b[5], b[6] = 1, 0 // 256 positions in no bytes
	if n := testing.AllocsPerRun(10, func() {
		if _, err := Parse(b); err == nil {
			t.Fatal("accepted")
		}
	}); n > 4 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, b := range vectors(f, "accept-") {
		f.Add(b)
	}
	for _, b := range vectors(f, "reject-") {
		if len(b) < 1<<16 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := Parse(b)
		if err != nil {
			var p *ParseError
			if !errors.As(err, &p) || p.Refusal() == 0 {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if again := Append(nil, frame); !bytes.Equal(again, b) {
			t.Fatalf("read %x\nwrote %x", b, again)
		}
	})
}

func TestASignatureServesOnePurposeOneRelayOneConnection(t *testing.T) {
	const origin = "https://relay.example"
	c := &Create{Admission: Admission{Kind: ByOpenTenant}}
	rotate := &Rotate{Signer: ByAccess}
	contexts := map[string][]byte{
		"create":            CreateContext(origin, Nonce{}, c),
		"create, ticket":    CreateContext(origin, Nonce{}, &Create{Admission: Admission{Kind: ByTicket}}),
		"open":              OpenContext(origin, Nonce{}, Channel{}, AccessKey{}),
		"open, nonce":       OpenContext(origin, Nonce{1}, Channel{}, AccessKey{}),
		"open, origin":      OpenContext("https://relay.examples", Nonce{}, Channel{}, AccessKey{}),
		"open, channel":     OpenContext(origin, Nonce{}, Channel{1}, AccessKey{}),
		"open, key":         OpenContext(origin, Nonce{}, Channel{}, AccessKey{1}),
		"rotate":            RotateContext(origin, Nonce{}, rotate),
		"rotate, note":      RotateContext(origin, Nonce{}, &Rotate{Signer: ByAccess, Note: []byte("n")}),
		"rotate, founding":  RotateContext(origin, Nonce{}, &Rotate{Signer: ByFounding}),
		"rotate, box":       RotateContext(origin, Nonce{}, &Rotate{Signer: ByAccess, Boxes: []Box{{}}}),
		"delete":            DeleteContext(origin, Nonce{}, Channel{}),
		"erase":             EraseContext(origin, Nonce{}, Channel{}),
		"cede":              CedeContext(origin, Nonce{}, Channel{}, FoundingKey{}),
		"cede, channel":     CedeContext(origin, Nonce{}, Channel{1}, FoundingKey{}),
		"register":          RegisterContext(origin, Nonce{}, Code{}, TenantKey{}),
		"register, code":    RegisterContext(origin, Nonce{}, Code{1}, TenantKey{}),
		"rekey":             RekeyContext(origin, Nonce{}, TenantID{}, TenantKey{}),
		"ticket":            TicketContext(&Ticket{}),
		"ticket, channels":  TicketContext(&Ticket{Channels: 2}),
		"ticket, tenant":    TicketContext(&Ticket{Tenant: TenantID{1}}),
		"ticket, ticket id": TicketContext(&Ticket{ID: TicketID{1}}),
	}
	seen := map[string]string{}
	for name, b := range contexts {
		if other, ok := seen[string(b)]; ok {
			t.Errorf("%s and %s sign the same bytes", name, other)
		}
		seen[string(b)] = name
	}
}

// The contexts are part of the format: this one, spelled out, must not change.
func TestTheOpenContextIsLabelOriginNonceAndFields(t *testing.T) {
	want := append([]byte("vialog/wire/v1/open\x00\x15https://relay.example"), bytes.Repeat([]byte{9}, 32)...)
	want = append(want, bytes.Repeat([]byte{7}, 32)...)
	want = append(want, bytes.Repeat([]byte{8}, 32)...)
	var n Nonce
	var c Channel
	var k AccessKey
	copy(n[:], bytes.Repeat([]byte{9}, 32))
	copy(c[:], bytes.Repeat([]byte{7}, 32))
	copy(k[:], bytes.Repeat([]byte{8}, 32))
	if got := OpenContext("https://relay.example", n, c, k); !bytes.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestAChannelIsNamedByItsFoundingKey(t *testing.T) {
	pub := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
	c := ChannelOf(FoundingKey(pub))
	if got, want := hex.EncodeToString(c[:]), "f1c7ca925546fa56ff1e1e8302f66c95f6a59e1ac1efd3059c9f791904fb6371"; got != want {
		t.Errorf("got %s", got)
	}
	if c == ChannelOf(FoundingKey{}) {
		t.Error("two founders share a channel")
	}
}

func TestIdentifiersPrintShortAndTellTheirKind(t *testing.T) {
	c := ChannelOf(FoundingKey{1})
	for _, s := range []string{c.String(), fmt.Sprint(c), fmt.Sprintf("%v", c), fmt.Sprintf("%x", struct{ C Channel }{c})} {
		if strings.Contains(s, hex.EncodeToString(c[:])) {
			t.Errorf("printed in full: %s", s)
		}
	}
	if s := c.String(); !strings.HasPrefix(s, "channel_") || len(s) != len("channel_")+8 {
		t.Errorf("got %s", s)
	}
	if a, b := (TenantID{1}).String(), (BoxID{1}).String(); a == b {
		t.Errorf("a tenant prints like a box: %s", a)
	}
}

func TestACodeIsHiddenUnlessItIsFormattedOnPurpose(t *testing.T) {
	c := Code{0xde, 0xad, 0xbe, 0xef}
	for _, s := range []string{fmt.Sprint(c), fmt.Sprintf("%x", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%+v", struct{ C Code }{c})} {
		if strings.Contains(s, "222") || strings.Contains(strings.ToLower(s), "dead") {
			t.Errorf("shown: %s", s)
		}
	}
}

func TestCodesAreReadAsPeopleTypeThem(t *testing.T) {
	c := Code{0, 1, 0x88, 0x42, 0xff, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	s := FormatCode(c)
	if len(s) != 35 || strings.Count(s, "-") != 5 {
		t.Fatalf("formatted as %s", s)
	}
	for _, typed := range []string{
		s,
		strings.ToLower(s),
		strings.ReplaceAll(s, "-", ""),
		strings.ReplaceAll(s, "-", "  "),
		strings.ReplaceAll(strings.ReplaceAll(s, "0", "O"), "1", "l"),
		" " + s + "\n",
	} {
		if got, err := ParseCode(typed); err != nil || got != c {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

func TestACodeWithOneLetterWrongIsNotRead(t *testing.T) {
	s := []byte(FormatCode(Code{3, 1, 4, 1, 5, 9}))
	for i, was := range s {
		if was == '-' {
			continue
		}
		for _, other := range []byte(alphabet) {
			if s[i] = other; other != was {
				if _, err := ParseCode(string(s)); !errors.Is(err, ErrCode) {
					t.Errorf("%s: %v", s, err)
				}
			}
		}
		s[i] = was
	}
	for _, bad := range []string{"", "0", string(s) + "0", string(s[1:]), strings.Repeat("U", 30), strings.Repeat("é", 15)} {
		if _, err := ParseCode(bad); !errors.Is(err, ErrCode) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAnOriginHasOneSpelling(t *testing.T) {
	for _, good := range []string{"https://relay.example", "http://localhost:8080", "https://[2001:db8::1]:8443", "http://127.0.0.1:1"} {
		if err := CheckOrigin(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "relay.example", "https://", "https://relay.example/", "https://Relay.example", "HTTPS://relay.example",
		"https://relay.example:443", "http://relay.example:80", "wss://relay.example", "https://user@relay.example",
		"https://relay.example:", "https://:8080", "https://rel ay.example", "https://rélay.example", "https://" + strings.Repeat("a", 200),
	} {
		if CheckOrigin(bad) == nil {
			t.Errorf("%s: accepted", bad)
		}
	}
}

func TestEveryRefusalHasANameAndAdviceAndStandsInTheProtocol(t *testing.T) {
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	word := map[Advice]string{Stop: "stop", Retry: "retry", AskUser: "ask"}
	for r := Malformed; int(r) < len(refusals); r++ {
		row := fmt.Sprintf("| %d | %s | %s |", r, r.String(), word[r.Advice()])
		if r.String() == "" || !strings.Contains(string(text), row) {
			t.Errorf("PROTOCOL.md has no row %q", row)
		}
	}
	if Refusal(999).Advice() != AskUser || Refusal(0).Advice() != AskUser {
		t.Error("an unknown refusal does not ask the user")
	}
}

func TestFitFillsFramesThatTheRelayAccepts(t *testing.T) {
	h := &Hello{MaxFrame: 64 << 10, MaxBox: 16 << 10, MaxBatch: 8}
	for _, size := range []int{MinBox, 9000, 16 << 10, 1 << 17} {
		boxes := make([]Box, 20)
		for i := range boxes {
			boxes[i].Data = make([]byte, size)
		}
		n := Fit(boxes, h)
		got := len(Append(nil, &AppendBoxes{Req: 1, Boxes: boxes[:n]}))
		if n < 1 || n > 8 || n > 1 && got > 64<<10 {
			t.Errorf("size %d: %d boxes in %d bytes", size, n, got)
		}
		if more := len(Append(nil, &AppendBoxes{Req: 1, Boxes: boxes[:n+1]})); n < 8 && more <= 64<<10 {
			t.Errorf("size %d: one more box would have fitted", size)
		}
	}
	if Fit(nil, h) != 0 {
		t.Error("no boxes fit more than no boxes")
	}
}
