package join

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func secret(n byte) seal.Secret { return must(seal.SecretFrom(bytes.Repeat([]byte{n}, 32))) }

func device(n byte) *seal.Device { return seal.DeviceFromSeed(secret(n)) }

// invitation has fixed bytes.
func invitation(k Kind) Invitation {
	i := Invitation{kind: k, secret: new([16]byte)}
	for j := range i.secret {
		i.secret[j] = byte(j * 37)
	}
	copy(i.fingerprint[:], "inviter!")
	return i
}

func TestACodeIsReadAsItWasPrinted(t *testing.T) {
	for k := Patient; k <= Carer; k++ {
		i := invitation(k)
		code := i.Code()
		if len(code) != 45+8 {
			t.Fatalf("%s has %d characters", code, len(code))
		}
		for name, typed := range map[string]string{
			"as printed": code, "small letters": strings.ToLower(code), "no hyphens": strings.ReplaceAll(code, "-", ""),
			"blanks": " " + strings.ReplaceAll(code, "-", "  ") + "\n", "O for 0": strings.ReplaceAll(code, "0", "O"),
			"I for 1": strings.ReplaceAll(code, "1", "I"), "l for 1": strings.ReplaceAll(code, "1", "l"),
			"long hyphens": strings.ReplaceAll(code, "-", "–"),
		} {
			got, err := ParseCode(typed)
			if err != nil || !bytes.Equal(got.Bytes(), i.Bytes()) || got.Kind() != k {
				t.Errorf("kind %d, %s: %v", k, name, err)
			}
		}
		link := i.Link("https://app.example")
		if got, err := ParseCode(strings.TrimPrefix(link, "https://app.example/#join=")); err != nil || !got.From([32]byte([]byte("inviter! and 24 bytes more......"))) {
			t.Errorf("kind %d: link: %v", k, err)
		}
	}
}

func TestEveryTypoIsNoticed(t *testing.T) {
	sheet := must(SheetFrom(secret(7).Bytes()))
	for name, c := range map[string]struct {
		code string
		read func(string) error
	}{
		"invitation": {strings.ReplaceAll(invitation(Patient).Code(), "-", ""), func(s string) error { _, err := ParseCode(s); return err }},
		"sheet":      {sheet.Code(), func(s string) error { _, err := ParseSheet(s); return err }},
	} {
		missed := 0
		for i := range len(c.code) {
			for _, x := range alphabet {
				if bad := c.code[:i] + string(x) + c.code[i+1:]; bad != c.code && c.read(bad) == nil {
					missed++
				}
			}
			if c.read(c.code[:i]+c.code[i+1:]) == nil || c.read(c.code[:i]+"0"+c.code[i:]) == nil {
				missed++
			}
			if i > 0 {
				if bad := c.code[:i-1] + c.code[i:i+1] + c.code[i-1:i] + c.code[i+1:]; bad != c.code && c.read(bad) == nil {
					missed++
				}
			}
		}
		for _, bad := range []string{"", "0", "U" + c.code[1:], "é" + c.code[1:], c.code + c.code, strings.Repeat("0", 500)} {
			if c.read(bad) == nil {
				missed++
			}
		}
		if missed > 0 {
			t.Errorf("%s: %d typos were read", name, missed)
		}
	}
}

// Of 24 words every word is exchanged for every other, and every letter is
// mistyped. What is read all the same is either the same sheet or, one time in
// 256, another one: nothing that belongs to the first is found by it.
func TestASlipNeverLeadsToTheSameSheetNorMuchElse(t *testing.T) {
	right := must(SheetFrom(secret(7).Bytes()))
	list := right.Words()
	device, locker := right.Device().ID(), right.Locker().Channel()
	read, tried, other := 0, 0, make(map[string]bool)
	try := func(words []string, may bool) {
		tried++
		s, err := ParseSheet(strings.Join(words, " "))
		switch {
		case err != nil:
			var e *SheetError
			if !errors.As(err, &e) || !errors.Is(err, ErrCode) {
				t.Errorf("%T is no error of a sheet", err)
			}
		case bytes.Equal(s.Bytes(), right.Bytes()):
			if !may {
				t.Errorf("%q is the same sheet", words)
			}
		default:
			read++
			if seed := string(s.Bytes()); !other[seed] {
				other[seed] = true
				if s.Locker().Channel() == locker || read%8 == 0 && s.Device().ID() == device {
					t.Errorf("%q leads to the locker of another sheet", words)
				}
			}
		}
	}
	for i := range list {
		words := slices.Clone(list)
		for _, w := range Words() {
			if words[i] = w; w != list[i] {
				try(words, false)
			}
		}
		if i > 0 && list[i] != list[i-1] {
			words = slices.Clone(list)
			words[i-1], words[i] = words[i], words[i-1]
			try(words, false)
		}
	}
	if share := tried / read; tried < 49_000 || share < 180 || share > 340 {
		t.Errorf("of %d wrong lists %d are read: one in %d", tried, read, share)
	}
	for i, w := range list {
		for j := range len(w) + 1 {
			words := slices.Clone(list)
			for c := 'a'; c <= 'z'; c++ {
				words[i] = w[:j] + string(c) + w[j:]
				try(words, false)
				if j < len(w) {
					words[i] = w[:j] + string(c) + w[j+1:]
					try(words, words[i] == w || j > 3 && wordIndex(words[i]) == wordIndex(w))
				}
			}
			if j < len(w) {
				words[i] = w[:j] + w[j+1:]
				try(words, len(words[i]) > 3 && wordIndex(words[i]) == wordIndex(w))
			}
		}
	}
	if len(other) == 0 {
		t.Error("not one wrong list was read: nothing was tested")
	}
}

func TestASlipIsNamed(t *testing.T) {
	s := must(SheetFrom(secret(7).Bytes()))
	list := s.Words()
	with := func(i int, w string) string {
		words := slices.Clone(list)
		words[i] = w
		return strings.Join(words, " ")
	}
	typo := list[3][:1] + "q" + list[3][1:]
	for text, want := range map[string]SheetError{
		"":                                  {Words: 0},
		strings.Join(list[:23], " "):        {Words: 23},
		strings.Join(list, " ") + " zoo":    {Words: 25},
		with(3, typo):                       {Words: 24, Word: 4, Typed: typo, Like: list[3]},
		with(8, "schlüssel"):                {Words: 24, Word: 9, Typed: "schlüssel"},
		with(0, list[1]):                    {Words: 24, Sum: true},
		s.Code()[:54]:                       {Code: true},
		"A" + s.Code()[1:54] + "A":          {Code: true},
		"http://x/#sheet=" + s.Code() + "0": {Code: true},
	} {
		_, err := ParseSheet(text)
		var e *SheetError
		if !errors.As(err, &e) || *e != want {
			t.Errorf("%.60q: %+v, want %+v", text, e, want)
		}
	}
	for _, text := range []string{s.Link("http://x"), "1. " + strings.Join(list, "\n2. "), strings.ToUpper(strings.Join(list, ", ")), strings.ToLower(s.Code())} {
		if got, err := ParseSheet(text); err != nil || !bytes.Equal(got.Bytes(), s.Bytes()) {
			t.Errorf("%.60q: %v", text, err)
		}
	}
}

func TestDrawnWordsProveASheet(t *testing.T) {
	s, other := must(SheetFrom(secret(7).Bytes())), must(SheetFrom(secret(8).Bytes()))
	seen := make(map[uint8]bool)
	for range 60 {
		drawn := s.Draw(6)
		if len(drawn) != 6 {
			t.Fatalf("%d words", len(drawn))
		}
		for i, w := range drawn {
			if i > 0 && w.Place <= drawn[i-1].Place {
				t.Errorf("place %d after %d", w.Place, drawn[i-1].Place)
			}
			seen[w.Place] = true
			word := s.Words()[w.Place]
			if !w.Is(" "+strings.ToUpper(word)+" ") || !w.Is(word[:min(4, len(word))]) || w.Is(other.Words()[w.Place]) || w.Is("") || w.Is("vialog") {
				t.Errorf("word %d is not told apart", w.Place+1)
			}
		}
	}
	if len(seen) != 24 {
		t.Errorf("only %d places are drawn", len(seen))
	}
	if LockerOf(s.LockerKey()).Channel() != s.Locker().Channel() {
		t.Error("the key of a locker leads elsewhere")
	}
}

func TestTheSecretIsNotPrinted(t *testing.T) {
	i, s := invitation(Patient), must(SheetFrom(secret(7).Bytes()))
	for _, text := range []string{i.String(), i.GoString(), s.String(), s.GoString()} {
		if !strings.Contains(text, "hidden") {
			t.Error(text)
		}
	}
}

func TestTheWordListIsThatOfBIP39(t *testing.T) {
	if got := hex.EncodeToString(sum(english)); got != "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda" {
		t.Fatal(got)
	}
	seen := make(map[string]bool)
	for _, w := range Words() {
		seen[w[:min(4, len(w))]] = true
	}
	if len(Words()) != 2048 || len(seen) != 2048 {
		t.Fatalf("%d words, %d by their first four letters", len(Words()), len(seen))
	}
}

func sum(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }

// The vectors of 256 bits of trezor/python-mnemonic's vectors.json that are
// repetitive, and the random ones.
func TestSheetsAreWrittenAfterBIP39(t *testing.T) {
	for want, seed := range map[string][]byte{
		strings.Repeat("abandon ", 23) + "art": make([]byte, 32),
		strings.Repeat("zoo ", 23) + "vote":    bytes.Repeat([]byte{0xff}, 32),
		strings.Repeat("legal winner thank year wave sausage worth useful ", 2) + "legal winner thank year wave sausage worth title":                                   bytes.Repeat([]byte{0x7f}, 32),
		strings.Repeat("letter advice cage absurd amount doctor acoustic avoid ", 2) + "letter advice cage absurd amount doctor acoustic bless":                        bytes.Repeat([]byte{0x80}, 32),
		"hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length": must(hex.DecodeString("68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c")),
		"panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation flash devote level hobby quick inner drive ghost inside": must(hex.DecodeString("9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863")),
		"all hour make first leader extend hole alien behind guard gospel lava path output census museum junior mass reopen famous sing advance salt reform":           must(hex.DecodeString("066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad")),
		"void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold":     must(hex.DecodeString("f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f")),
	} {
		if got := strings.Join(mnemonic(seed), " "); got != want {
			t.Errorf("%q", got)
		}
		s, err := SheetFrom(seed)
		if err != nil {
			// Nobody's secret is all zeros, so no sheet has these words.
			if _, err := ParseSheet(want); err == nil {
				t.Errorf("%q was read", want)
			}
			continue
		}
		var short []string
		for _, w := range s.Words() {
			short = append(short, strings.ToUpper(w[:min(4, len(w))]))
		}
		for _, typed := range []string{want, strings.Join(short, ", "), s.Code(), strings.ToLower(s.Code())} {
			if got, err := ParseSheet(typed); err != nil || !bytes.Equal(got.Bytes(), seed) {
				t.Errorf("%q: %v", typed, err)
			}
		}
	}
	s := must(SheetFrom(secret(7).Bytes()))
	words := s.Words()
	other, step := 0, 16
	if testing.Short() {
		step = 256 // in Node
	}
	for i := range words {
		for j := i % step; j < len(Words()); j += step {
			x := Words()[j]
			bad := append([]string(nil), words...)
			bad[i] = x
			if got, err := ParseSheet(strings.Join(bad, " ")); err == nil && !bytes.Equal(got.Bytes(), s.Bytes()) {
				other++
			}
		}
	}
	// Eight bits of check: about one in 256 passes, and finds no locker.
	if n := 24 * len(Words()) / step; other > n/256*2+3 {
		t.Errorf("%d of %d wrong words were read", other, n)
	}
}

// A room is a talk between a centre and somebody.
type room struct {
	lead    *seal.Device
	account keyring.AccountID
	chains  []link.Chain
	team    keyring.TeamID
	inv     Invitation
	rv      *Rendezvous
	nonce   Nonce
	offer   []byte
	guest   *seal.Device
}

func newRoom(k Kind) *room {
	m := &room{lead: device(1), guest: device(2), nonce: Nonce{9}}
	raw := must(keyring.FoundAccount(m.lead, "Dr. Blau", nil, noon))
	a := must(keyring.ReplayAccount([]keyring.Raw{raw}))
	m.account = a.ID()
	traw := must(keyring.FoundTeam(m.lead, a, "Centre", noon))
	m.team = keyring.TeamID(keyring.HashOf(traw))
	m.chains = []link.Chain{{Raws: []keyring.Raw{raw}}, {Team: true, Raws: []keyring.Raw{traw}}}
	by := [32]byte(m.team)
	if k == Device {
		by = m.account
	}
	m.inv = New(k, by)
	m.rv = m.inv.Rendezvous()
	m.offer = m.say(m.chains, m.lead, m.account)
	return m
}

func (m *room) say(chains []link.Chain, by *seal.Device, account keyring.AccountID) []byte {
	a := wire.Admission{Kind: wire.ByOpenTenant, Tenant: wire.TenantID{1}}
	return m.rv.Offer(Offer{Kind: m.inv.kind, Created: noon, Expires: noon.Add(time.Hour), Chains: chains, Admission: &a}, m.nonce, by, account)
}

func (m *room) read(raw []byte) (*Offer, keyring.Book, error) {
	b := keyring.NewBook()
	o, err := m.rv.ReadOffer(raw, m.inv, b, noon.Add(time.Minute))
	return o, b, err
}

func (m *room) request(o *Offer, by *seal.Device, space []keyring.Raw) []byte {
	q := Request{Kind: m.inv.kind, Space: space}
	if m.inv.kind == Device {
		q.By = Party{by.ID(), o.By.Account}
	} else {
		raw := must(keyring.FoundAccount(by, "", nil, noon))
		q.Chains = []link.Chain{{Raws: []keyring.Raw{raw}}}
		q.By = Party{by.ID(), keyring.AccountID(keyring.HashOf(raw))}
	}
	return m.rv.Request(q, o, by)
}

func TestAnOfferIsBelievedOnlyFromTheInviter(t *testing.T) {
	m := newRoom(Patient)
	if _, _, err := m.read(m.offer); err != nil {
		t.Fatal(err)
	}
	other := newRoom(Patient)
	substituted := m.rv.Offer(Offer{Kind: Patient, Created: noon, Expires: noon.Add(time.Hour), Chains: other.chains}, m.nonce, other.lead, other.account)
	stranger := must(keyring.FoundAccount(device(5), "", nil, noon))
	claim := m.lead.Public()
	thief := must(keyring.FoundAccount(device(6), "", &claim, noon))
	retired := newRoom(Patient)
	{
		a := must(keyring.ReplayAccount(retired.chains[0].Raws))
		keys := must(a.Keys(retired.lead))
		raws := append(a.Raws(), must(a.AddDevice(retired.lead, device(8).Public(), keys, noon)))
		a = must(keyring.ReplayAccount(raws))
		retired.chains[0].Raws = append(raws, must(a.RemoveDevice(device(8), retired.lead.ID(), noon)))
		retired.offer = retired.say(retired.chains, retired.lead, retired.account)
	}
	for name, c := range map[string]struct {
		m    *room
		raw  []byte
		want error
	}{
		"another team":                        {m, substituted, ErrFingerprint},
		"a stranger who brings the real team": {m, m.say(append([]link.Chain{{Raws: []keyring.Raw{stranger}}}, m.chains...), device(5), keyring.AccountID(keyring.HashOf(stranger))), ErrFingerprint},
		"a device that is not in the account": {m, m.say(m.chains, device(5), m.account), ErrFingerprint},
		"a device that was removed":           {retired, retired.offer, ErrFingerprint},
		"of another invitation":               {m, newRoom(Patient).offer, ErrSignature},
		"of another kind":                     {m, newRoom(Colleague).offer, ErrMessage},
		"a changed signature":                 {m, append(m.offer[:len(m.offer)-1:len(m.offer)-1], m.offer[len(m.offer)-1]^1), ErrSignature},
		"cut":                                 {m, m.offer[:len(m.offer)-1], ErrMessage},
		"longer":                              {m, append(bytes.Clone(m.offer), 0), ErrMessage},
		"nothing":                             {m, nil, ErrMessage},
	} {
		if _, _, err := c.m.read(c.raw); err != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := m.rv.ReadOffer(m.offer, m.inv, keyring.NewBook(), noon.Add(2*time.Hour)); err != ErrExpired {
		t.Errorf("expired: %v", err)
	}
	// An account that claims the lead's device does not silence the lead.
	claimed := m.say(append([]link.Chain{{Raws: []keyring.Raw{thief}}}, m.chains...), m.lead, m.account)
	if _, _, err := m.read(claimed); err != nil {
		t.Errorf("with a claimed device: %v", err)
	}
	for i := 0; i < len(m.offer); i += 1 + len(m.offer)/300 {
		bad := bytes.Clone(m.offer)
		bad[i] ^= 1
		if _, _, err := m.read(bad); err == nil {
			t.Fatalf("byte %d of an offer may be changed", i)
		}
	}
}

func TestARequestIsBelievedOnlyFromItsKeys(t *testing.T) {
	for _, k := range []Kind{Patient, Device} {
		m := newRoom(k)
		o, b, err := m.read(m.offer)
		if err != nil {
			t.Fatal(err)
		}
		raw := m.request(o, m.guest, nil)
		if _, err := m.rv.ReadRequest(raw, o, b); err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(raw); i += 1 + len(raw)/300 {
			bad := bytes.Clone(raw)
			bad[i] ^= 1
			if _, err := m.rv.ReadRequest(bad, o, keyring.NewBook()); err == nil {
				t.Fatalf("byte %d of a request may be changed", i)
			}
		}
		again, _, _ := m.read(m.say(m.chains, m.lead, m.account))
		again.raw = append(bytes.Clone(again.raw), 0)
		if _, err := m.rv.ReadRequest(raw, again, keyring.NewBook()); err == nil {
			t.Error("a request was taken for the answer to another offer")
		}
	}
}

func TestADeviceProvesThatItHasItsKeys(t *testing.T) {
	m := newRoom(Device)
	o, _, err := m.read(m.offer)
	if err != nil {
		t.Fatal(err)
	}
	raw := m.request(o, m.guest, nil)
	// The proof is signed for another account; all else is in order.
	proof := len(raw) - 64 - 64 - seal.HybridSize
	bad := append(bytes.Clone(raw[:proof]), keyring.Enrolment(m.guest, keyring.AccountID{1})...)
	bad = append(bad, raw[len(raw)-128:len(raw)-64]...)
	h := o.Hash()
	text := seal.Hash(seal.LabelInviteRequest, m.rv.id[:], h[:], bad)
	sig := m.guest.Sign(seal.LabelInviteRequest, text[:])
	if _, err := m.rv.ReadRequest(append(bad, sig[:]...), o, keyring.NewBook()); err == nil || err == ErrSignature {
		t.Errorf("a device without proof: %v", err)
	}
}

func TestTheShortCodeCoversAllThatWasSaid(t *testing.T) {
	m := newRoom(Patient)
	o, b, _ := m.read(m.offer)
	q := must(m.rv.ReadRequest(m.request(o, m.guest, nil), o, b))
	n, err := ReadReveal(Reveal(m.nonce), o)
	if err != nil {
		t.Fatal(err)
	}
	code := m.rv.ShortCode(o, q, n)
	if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
		t.Fatalf("%q", code)
	}
	o2, b2, _ := m.read(m.say(m.chains[:2:2], m.lead, m.account))
	o2.raw = append(bytes.Clone(o2.raw), 1)
	q2 := must(m.rv.ReadRequest(m.request(o, m.guest, nil), o, b2))
	n2 := n
	n2[0] ^= 1
	for name, other := range map[string]string{
		"offer": m.rv.ShortCode(o2, q, n), "request": m.rv.ShortCode(o, q2, n), "nonce": m.rv.ShortCode(o, q, n2),
		"invitation": newRoom(Patient).rv.ShortCode(o, q, n),
	} {
		if other == code {
			t.Errorf("another %s, the same code", name)
		}
	}
	for name, raw := range map[string][]byte{
		"another nonce": Reveal(n2), "cut": Reveal(n)[:32], "longer": append(Reveal(n), 0), "another tag": append([]byte{4}, n[:]...), "nothing": nil,
	} {
		if _, err := ReadReveal(raw, o); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

func TestOnlyTheInviterEndsATalk(t *testing.T) {
	for _, k := range []Kind{Patient, Device} {
		m := newRoom(k)
		o, b, _ := m.read(m.offer)
		q := must(m.rv.ReadRequest(m.request(o, m.guest, nil), o, b))
		d := Done{Accepted: true, Chains: m.chains, By: Party{m.lead.ID(), m.account}}
		raw := m.rv.Done(d, o, q, m.lead)
		got, err := m.rv.ReadDone(raw, o, q, m.inv, b)
		if err != nil || !got.Accepted {
			t.Fatal(err)
		}
		outsider := must(keyring.FoundAccount(device(5), "", nil, noon))
		id := keyring.AccountID(keyring.HashOf(outsider))
		for name, bad := range map[string][]byte{
			"an outsider":         m.rv.Done(Done{Accepted: true, Chains: []link.Chain{{Raws: []keyring.Raw{outsider}}}, By: Party{device(5).ID(), id}}, o, q, device(5)),
			"the guest itself":    m.rv.Done(Done{Accepted: true, By: q.By}, o, q, m.guest),
			"another device":      m.rv.Done(d, o, q, device(5)),
			"accepted is 2":       append([]byte{tagDone, 2}, raw[2:]...),
			"refusal turned over": append([]byte{tagDone, 0}, raw[2:]...),
		} {
			if _, err := m.rv.ReadDone(bad, o, q, m.inv, b); err == nil {
				t.Errorf("kind %d: %s ended the talk", k, name)
			}
		}
		q2 := must(m.rv.ReadRequest(m.request(o, device(4), nil), o, b))
		if _, err := m.rv.ReadDone(raw, o, q2, m.inv, b); err != ErrSignature {
			t.Errorf("the end of another talk: %v", err)
		}
	}
}

func TestTheSameMessageIsOneBox(t *testing.T) {
	rv := invitation(Patient).Rendezvous()
	a, b := rv.Box([]byte("x")), rv.Box([]byte("x"))
	if a.ID != b.ID || rv.Box([]byte("y")).ID == a.ID {
		t.Error("identifiers do not follow the message")
	}
	if got, err := rv.Open(b.Data); err != nil || string(got) != "x" {
		t.Error(err)
	}
	if _, err := invitation(Device).Rendezvous().Open(a.Data); err == nil {
		t.Error("another invitation opens the box")
	}
}

func FuzzReadOffer(f *testing.F) {
	patient, colleague := newRoom(Patient), newRoom(Colleague)
	a := wire.Admission{Kind: wire.ByOpenTenant, Tenant: wire.TenantID{1}}
	colleague.offer = colleague.rv.Offer(Offer{Kind: Colleague, Created: noon, Expires: noon.Add(time.Hour), Chains: colleague.chains, Admission: &a, Role: keyring.Nurse},
		colleague.nonce, colleague.lead, colleague.account)
	informed := newRoom(Patient)
	informed.offer = informed.rv.Offer(Offer{Kind: Patient, Created: noon, Expires: noon.Add(time.Hour), Chains: informed.chains, Admission: &a, Information: []byte("who we are")},
		informed.nonce, informed.lead, informed.account)
	if o, _, err := informed.read(informed.offer); err != nil || string(o.Information) != "who we are" {
		f.Fatalf("an offer with information: %v, %v", o, err)
	}
	f.Add(patient.offer)
	f.Add(colleague.offer)
	f.Add(informed.offer)
	if o, _, err := colleague.read(colleague.offer); err != nil || o.Role != keyring.Nurse {
		f.Fatalf("an offer as nurse: %v, %v", o, err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range []*room{patient, colleague, informed} {
			if o, _, err := m.read(b); err == nil && !bytes.Equal(b, m.offer) {
				t.Fatalf("a forged offer %v", o.Kind)
			}
		}
	})
}

func FuzzReadRequest(f *testing.F) {
	m := newRoom(Device)
	o, _, _ := m.read(m.offer)
	raw := m.request(o, m.guest, nil)
	f.Add(raw)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := m.rv.ReadRequest(b, o, keyring.NewBook()); err == nil && !bytes.Equal(b, raw) {
			t.Fatal("a forged request")
		}
	})
}

func FuzzReadLocker(f *testing.F) {
	m := newRoom(Patient)
	f.Add(Locker{Role: 2, Chains: m.chains, Space: m.chains[0].Raws, Origin: "https://relay.example"}.Message())
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := ReadLocker(b); err == nil && !bytes.Equal(l.Message(), b) {
			t.Fatal("another encoding was accepted")
		}
	})
}

func FuzzParseCode(f *testing.F) {
	f.Add(invitation(Patient).Code())
	f.Fuzz(func(t *testing.T, s string) {
		if i, err := ParseCode(s); err == nil {
			if back, err := ParseCode(i.Code()); err != nil || !bytes.Equal(back.Bytes(), i.Bytes()) {
				t.Fatal("the code does not come back")
			}
		}
	})
}

func FuzzParseSheet(f *testing.F) {
	s := must(SheetFrom(secret(7).Bytes()))
	f.Add(strings.Join(s.Words(), " "))
	f.Add(s.Code())
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSheet(text); err == nil {
			if back, err := ParseSheet(strings.Join(s.Words(), " ")); err != nil || !bytes.Equal(back.Bytes(), s.Bytes()) {
				t.Fatal("the words do not come back")
			}
		}
	})
}
