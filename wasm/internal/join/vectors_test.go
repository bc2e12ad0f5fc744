package join

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

var addVectors = flag.Bool("vectors", false, "write vectors that are missing in testdata")

// A vector is one talk in hex, a line each. The last message is the one that
// is read; the lines before it are what its reader has heard.
//
//	invite, sheet   bytes or text of an invitation or sheet
//	offer, request, reveal, done, locker   messages
//	code            the short code that follows
//	want            why the last one is refused; nothing: it is accepted
type vector struct{ keys, values []string }

func (v *vector) add(key, value string) {
	v.keys, v.values = append(v.keys, key), append(v.values, value)
}

func (v *vector) get(key string) (string, bool) {
	for i, k := range v.keys {
		if k == key {
			return v.values[i], true
		}
	}
	return "", false
}

func (v *vector) raw(key string) []byte {
	s, _ := v.get(key)
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// reading plays a vector and returns why its last message is refused.
func reading(v *vector) error {
	last := v.keys[len(v.keys)-1]
	if last == "code" || last == "want" {
		last = v.keys[len(v.keys)-2]
	}
	if last == "want" {
		last = v.keys[len(v.keys)-3]
	}
	if s, ok := v.get("sheet"); ok {
		_, err := ParseSheet(s)
		return err
	}
	if raw, ok := v.get("locker"); ok {
		b, _ := hex.DecodeString(raw)
		_, err := ReadLocker(b)
		return err
	}
	inv, err := Parse(v.raw("invite"))
	if err != nil || last == "invite" {
		return err
	}
	rv, book := inv.Rendezvous(), keyring.NewBook()
	o, err := rv.ReadOffer(v.raw("offer"), inv, book, noon.Add(time.Minute))
	if err != nil || last == "offer" {
		return err
	}
	q, err := rv.ReadRequest(v.raw("request"), o, book)
	if err != nil || last == "request" {
		return err
	}
	n, err := ReadReveal(v.raw("reveal"), o)
	if err != nil {
		return err
	}
	if code, ok := v.get("code"); ok && rv.ShortCode(o, q, n) != code {
		return errors.New("another short code")
	}
	if last == "reveal" {
		return nil
	}
	_, err = rv.ReadDone(v.raw("done"), o, q, inv, book)
	return err
}

// talkOf is a whole talk of a kind, each line as it was said.
func talkOf(k Kind) (*room, map[string][]byte, *Offer, *Request) {
	m := newRoom(k)
	o, b, err := m.read(m.offer)
	if err != nil {
		panic(err)
	}
	request := m.request(o, m.guest, nil)
	q := must(m.rv.ReadRequest(request, o, b))
	done := m.rv.Done(Done{Accepted: true, By: Party{m.lead.ID(), m.account}}, o, q, m.lead)
	return m, map[string][]byte{
		"invite": m.inv.Bytes(), "offer": m.offer, "request": request, "reveal": Reveal(m.nonce), "done": done,
	}, o, q
}

var order = []string{"invite", "offer", "request", "reveal", "done"}

// heard is a vector of the lines up to and with one of them.
func heard(lines map[string][]byte, upTo string, change func([]byte) []byte) *vector {
	v := new(vector)
	for _, k := range order {
		b := bytes.Clone(lines[k])
		if k == upTo {
			b = change(b)
		}
		v.add(k, hex.EncodeToString(b))
		if k == upTo {
			break
		}
	}
	return v
}

func made() map[string]*vector {
	same := func(b []byte) []byte { return b }
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 1; return b }
	}
	longer := func(b []byte) []byte { return append(b, 0) }
	cut := func(b []byte) []byte { return b[:len(b)-1] }
	out := make(map[string]*vector)
	for name, k := range map[string]Kind{"patient": Patient, "colleague": Colleague, "device": Device} {
		m, lines, o, q := talkOf(k)
		v := heard(lines, "done", same)
		v.add("code", m.rv.ShortCode(o, q, m.nonce))
		out["accept-"+name] = v
	}
	as := func(r keyring.Role) *vector {
		m, lines, _, _ := talkOf(Colleague)
		return heard(lines, "offer", func([]byte) []byte {
			o := Offer{Kind: Colleague, Created: noon, Expires: noon.Add(time.Hour), Chains: m.chains, Role: r}
			return m.rv.Offer(o, m.nonce, m.lead, m.account)
		})
	}
	out["accept-colleague-as-nurse"] = as(keyring.Nurse)
	out["accept-colleague-as-reader"] = as(keyring.Reader)
	out["reject-offer-role-5"] = as(keyring.Reader + 1)
	// Something between what an offer holds and who speaks, signed all the same.
	saying := func(k Kind, what []byte) *vector {
		m, lines, _, _ := talkOf(k)
		return heard(lines, "offer", func(b []byte) []byte {
			return m.rv.finish(cryptobyte.NewBuilder(append(b[:len(b)-partySize], what...)), seal.LabelInviteOffer, m.lead, m.account, nil)
		})
	}
	longest := append([]byte{0x20, 0}, make([]byte, 8192)...)
	out["accept-offer-information"] = saying(Patient, []byte{0, 3, 'a', 'b', 'c'})
	out["accept-offer-information-longest"] = saying(Patient, longest)
	out["reject-offer-information-empty"] = saying(Patient, []byte{0, 0})
	out["reject-offer-information-one-byte-longer"] = saying(Patient, append([]byte{0x20, 1}, make([]byte, 8193)...))
	out["reject-offer-information-shorter-than-it-says"] = saying(Patient, []byte{0, 4, 'a', 'b', 'c'})
	out["reject-offer-information-followed-by-a-byte"] = saying(Patient, []byte{0, 3, 'a', 'b', 'c', 'd'})
	out["reject-offer-information-for-a-device"] = saying(Device, []byte{0, 3, 'a', 'b', 'c'})
	m, lines, _, _ := talkOf(Patient)
	other := newRoom(Patient)
	out["reject-invite-check"] = heard(lines, "invite", flip(-1))
	out["reject-invite-kind"] = heard(lines, "invite", func(b []byte) []byte {
		b[0] = 9
		return append(b[:25], inviteCheck(b[:25])...)
	})
	out["reject-invite-long"] = heard(lines, "invite", longer)
	out["reject-offer-trailing"] = heard(lines, "offer", longer)
	out["reject-offer-short"] = heard(lines, "offer", cut)
	out["reject-offer-signature"] = heard(lines, "offer", flip(-1))
	out["reject-offer-kind"] = heard(lines, "offer", func(b []byte) []byte { b[1] = byte(Colleague); return b })
	out["reject-offer-other-invitation"] = heard(lines, "offer", func([]byte) []byte { return other.offer })
	out["reject-offer-other-team"] = heard(lines, "offer", func([]byte) []byte {
		return m.rv.Offer(Offer{Kind: Patient, Created: noon, Expires: noon.Add(time.Hour), Chains: other.chains}, m.nonce, other.lead, other.account)
	})
	out["reject-offer-expired"] = heard(lines, "offer", func([]byte) []byte {
		return m.rv.Offer(Offer{Kind: Patient, Created: noon, Expires: noon, Chains: m.chains}, m.nonce, m.lead, m.account)
	})
	out["reject-request-trailing"] = heard(lines, "request", longer)
	out["reject-request-signature"] = heard(lines, "request", flip(-1))
	out["reject-request-kind"] = heard(lines, "request", func(b []byte) []byte { b[1] = byte(Device); return b })
	out["reject-reveal-other-nonce"] = heard(lines, "reveal", flip(-1))
	out["reject-reveal-trailing"] = heard(lines, "reveal", longer)
	out["reject-done-signature"] = heard(lines, "done", flip(-1))
	out["reject-done-answer-changed"] = heard(lines, "done", flip(1))
	out["reject-done-trailing"] = heard(lines, "done", longer)

	locker := Locker{Role: 1, Chains: m.chains, Space: []keyring.Raw{{1, 2}}, Origin: "https://relay.example"}.Message()
	lock := func(name string, b []byte) {
		v := new(vector)
		v.add("locker", hex.EncodeToString(b))
		out[name] = v
	}
	lock("reject-locker-short", locker[:len(locker)-1])
	lock("accept-locker", locker)
	lock("reject-locker-trailing", append(bytes.Clone(locker), 0))
	lock("reject-locker-origin", Locker{Role: 1, Origin: "javascript:1"}.Message())
	sheet := func(name, text string) {
		v := new(vector)
		v.add("sheet", text)
		out[name] = v
	}
	s := must(SheetFrom(bytes.Repeat([]byte{7}, 32)))
	words := s.Words()
	sheet("accept-sheet-words", strings.Join(words, " "))
	sheet("accept-sheet-code", s.Code())
	sheet("reject-sheet-word", strings.Join(append([]string{"vialog"}, words[1:]...), " "))
	sheet("reject-sheet-swapped", strings.Join(append([]string{words[1], words[0]}, words[2:]...), " "))
	sheet("reject-sheet-code", "0"+s.Code()[1:len(s.Code())-1]+"0")
	return out
}

func TestVectorsAreReadAsTheirNamesSay(t *testing.T) {
	if *addVectors {
		for name, v := range made() {
			if err := reading(v); err != nil {
				v.add("want", err.Error())
			}
			var b strings.Builder
			for i, k := range v.keys {
				b.WriteString(k + " " + v.values[i] + "\n")
			}
			f, err := os.OpenFile(filepath.Join("testdata", name+".txt"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if os.IsExist(err) {
				continue // vectors are never changed
			}
			if err != nil {
				t.Fatal(err)
			}
			f.WriteString(b.String())
			f.Close()
		}
	}
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) < 30 {
		t.Fatalf("only %d vectors", len(files))
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v := new(vector)
		for line := range strings.Lines(string(raw)) {
			k, x, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			v.add(k, x)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		err = reading(v)
		want, refused := v.get("want")
		if strings.HasPrefix(name, "reject-") != refused || refused != (err != nil) || refused && err.Error() != want {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

func FuzzReadReveal(f *testing.F) {
	m := newRoom(Patient)
	o, _, err := m.read(m.offer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(Reveal(m.nonce))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if n, err := ReadReveal(raw, o); err == nil && !bytes.Equal(raw, Reveal(n)) {
			t.Fatal("another spelling of a reveal")
		}
	})
}

func FuzzReadDone(f *testing.F) {
	m, lines, o, q := talkOf(Colleague)
	f.Add(lines["done"])
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := keyring.NewBook()
		for _, c := range m.chains {
			if err := c.AddTo(b); err != nil {
				t.Fatal(err)
			}
		}
		if d, err := m.rv.ReadDone(raw, o, q, m.inv, b); err == nil && !bytes.Equal(raw, lines["done"]) {
			t.Fatalf("believed by another's hand: %+v", d)
		}
	})
}
