package app

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/vault"
)

var (
	anAgreement   = Agreement{Version: 1, Language: "de", Text: "# Teilen\nMit Zentrum Süd.\n- alles\n> Klinik", By: ForChild}
	anInformation = Information{
		Responsible: "Klinik Süd\nHauptstraße 1", Contact: "030 1234", Officer: "Frau Grau", Ground: "DSGVO Artikel 9", Keeping: "zehn Jahre", Number: 3, Said: time.UnixMilli(1793620800000),
	}
	anInformationID = InformationID{9}
)

func decodeSharing(kind string, b []byte) ([]byte, error) {
	if kind == "information" {
		i, err := parseInformation(b)
		if err != nil {
			return nil, err
		}
		return informationBody(*i), nil
	}
	a, id, err := parseSharing(b)
	if a.Text == "" {
		return readBody(id), err
	}
	return agreementBody(a, id), err
}

// sharingCases are the vectors of the statements about sharing.
func sharingCases(t *testing.T) map[string][]byte {
	edit, number := fieldEditor(t), asNumber
	agrees, read, says := agreementBody(anAgreement, anInformationID), readBody(anInformationID), informationBody(anInformation)
	with := func(change func(*Agreement)) []byte {
		a := anAgreement
		change(&a)
		return agreementBody(a, anInformationID)
	}
	text := func(s string) []byte { return with(func(a *Agreement) { a.Text = s }) }
	of := func(s string) []byte { return with(func(a *Agreement) { a.Language = s }) }
	hash := anAgreement.Hash()
	hash[31] ^= 1
	return map[string][]byte{
		"accept-sharing":                          agrees,
		"accept-sharing-of-a-silent-centre":       agreementBody(anAgreement, InformationID{}),
		"accept-sharing-longest-text":             text(strings.Repeat("x", 16<<10)),
		"accept-sharing-last-version":             with(func(a *Agreement) { a.Version = 65535 }),
		"accept-sharing-read":                     read,
		"reject-sharing-truncated":                agrees[:len(agrees)-1],
		"reject-sharing-what-0":                   edit(agrees, fieldSharingWhat, number(0)),
		"reject-sharing-what-3":                   edit(agrees, fieldSharingWhat, number(3)),
		"reject-sharing-without-what":             edit(agrees, fieldSharingWhat, nil),
		"reject-sharing-version-0":                with(func(a *Agreement) { a.Version = 0 }),
		"reject-sharing-version-2-16":             edit(agrees, fieldSharingVersion, number(1<<16+1)),
		"reject-sharing-language-of-1-letter":     of("d"),
		"reject-sharing-language-of-9-letters":    of("deutschen"),
		"reject-sharing-language-in-capitals":     of("DE"),
		"reject-sharing-without-text":             edit(agrees, fieldSharingText, nil),
		"reject-sharing-text-one-byte-longer":     text(strings.Repeat("x", 16<<10+1)),
		"reject-sharing-text-with-a-blank-end":    text("Teilen "),
		"reject-sharing-text-turned-round":        text("Teilen\u202enelieT"),
		"reject-sharing-text-no-utf-8":            text("Teilen\xff"),
		"reject-sharing-without-hash":             edit(agrees, fieldSharingHash, nil),
		"reject-sharing-hash-of-other-words":      edit(agrees, fieldSharingHash, hash[:]),
		"reject-sharing-hash-of-31-bytes":         edit(agrees, fieldSharingHash, hash[:31]),
		"reject-sharing-by-0":                     with(func(a *Agreement) { a.By = 0 }),
		"reject-sharing-by-4":                     with(func(a *Agreement) { a.By = 4 }),
		"reject-sharing-information-of-31-bytes":  edit(agrees, fieldSharingInformation, fill(31, 1)),
		"reject-sharing-read-nothing":             edit(read, fieldSharingInformation, nil),
		"reject-sharing-read-of-33-bytes":         edit(read, fieldSharingInformation, fill(33, 1)),
		"reject-sharing-read-with-who":            edit(read, fieldSharingWho, number(1)),
		"reject-sharing-read-with-words":          edit(read, fieldSharingText, []byte("Teilen")),
		"accept-information":                      says,
		"accept-information-nothing":              informationBody(Information{Number: 1, Said: anInformation.Said}),
		"accept-information-longest":              edit(says, fieldInformationGround, []byte(strings.Repeat("x", 1000))),
		"reject-information-truncated":            says[:len(says)-1],
		"reject-information-without-number":       edit(says, fieldInformationNumber, nil),
		"reject-information-number-0":             edit(says, fieldInformationNumber, number(0)),
		"reject-information-number-2-53":          edit(says, fieldInformationNumber, number(1<<53)),
		"reject-information-without-time":         edit(says, fieldInformationSaid, nil),
		"reject-information-said-at-2-53":         edit(says, fieldInformationSaid, number(1<<53)),
		"reject-information-of-1001-bytes":        edit(says, fieldInformationOfficer, []byte(strings.Repeat("x", 1001))),
		"reject-information-responsible-empty":    edit(says, fieldInformationResponsible, []byte{}),
		"reject-information-contact-turned-round": edit(says, fieldInformationContact, []byte("a\u202eb")),
		"reject-information-keeping-blank-end":    edit(says, fieldInformationKeeping, []byte("zehn Jahre\n")),
		"reject-information-of-8193-bytes":        edit(says, 60000, bytes.Repeat([]byte{1}, 8193-len(says)-5)),
	}
}

func FuzzSharing(f *testing.F) {
	f.Add(agreementBody(anAgreement, anInformationID))
	f.Add(agreementBody(anAgreement, InformationID{}))
	f.Add(readBody(anInformationID))
	f.Add(informationBody(anInformation))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, kind := range []string{"sharing", "information"} {
			once, err := decodeSharing(kind, b)
			if err != nil {
				continue
			}
			// What a later version adds to a statement is left out; all else comes back as it was.
			if twice, err := decodeSharing(kind, once); err != nil || !bytes.Equal(once, twice) {
				t.Errorf("%s: what was read does not come back as it was: %v", kind, err)
			}
		}
	})
}

// The last agreement and the last word of the centre count, in whatever order
// statements come, and what was agreed to before can still be shown.
func TestOfSharingTheLastCountsInAnyOrder(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	said := func(n uint64, text string) *link.Entry {
		a := anAgreement
		a.Text = text
		e := by(typeSharing, keyring.Own, n, agreementBody(a, InformationID{byte(n)}))
		e.Time = int64(1000 * n)
		return e
	}
	told := func(n uint64, at int64, text string) *link.Entry {
		e := by(typeInformation, keyring.Treat, n, informationBody(Information{Contact: text, Number: n, Said: time.UnixMilli(5)}))
		e.Time = at
		return e
	}
	read := by(typeSharing, keyring.Own, 9, readBody(InformationID{7}))
	read.Time = 9000
	entries := []*link.Entry{said(1, "eins"), said(2, "zwei"), said(3, "drei"), read, told(1, 9000, "alt"), told(2, 1000, "neu, von einer Uhr, die nachgeht")}
	for range 50 {
		rng.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
		c := &Client{texts: make(map[[32]byte]string), said: make(map[InformationID]*Information)}
		s := new(space)
		for _, e := range entries {
			if e.Type == typeSharing {
				c.takeSharing(s, e)
			} else {
				c.takeInformation(&s.sharings, e, maxAgreed)
			}
		}
		g := &s.sharings
		if len(g.agreed) != 3 || g.last().Text != "drei" || g.agreed[0].Text != "eins" || g.read != (InformationID{7}) || g.now().Contact != "neu, von einer Uhr, die nachgeht" || len(g.told) != 2 {
			t.Fatalf("%+v", g)
		}
	}
}

// Who agrees again and again fills no memory, and keeps the newest.
func TestWhatIsKeptOfSharingIsBounded(t *testing.T) {
	c := &Client{texts: make(map[[32]byte]string), said: make(map[InformationID]*Information)}
	s := new(space)
	for n := range uint64(100) {
		a := anAgreement
		a.Text = fmt.Sprint("text ", n)
		e := by(typeSharing, keyring.Own, n+1, agreementBody(a, InformationID{}))
		e.Time = int64(n)
		c.takeSharing(s, e)
		i := by(typeInformation, keyring.Treat, n+1, informationBody(Information{Contact: a.Text, Number: n + 1, Said: time.UnixMilli(5)}))
		c.takeInformation(&s.sharings, i, maxAgreed)
	}
	if g := &s.sharings; len(g.agreed) != maxAgreed || g.last().Text != "text 99" || len(g.told) != maxAgreed || g.now().Contact != "text 99" {
		t.Errorf("%d agreements, %d informations", len(g.agreed), len(g.told))
	}
	if len(c.texts) > maxEqual || len(c.said) > maxEqual {
		t.Errorf("%d texts and %d informations stay in memory", len(c.texts), len(c.said))
	}
}

// What the patient takes back by leaving stands in the farewell; a discharge takes
// nothing back, and what is no hash counts as nothing.
func TestAFarewellNamesWhatItTakesBack(t *testing.T) {
	bad := fields{fieldPartingConsent: fill(31, 1)}.bytes()
	for _, x := range []struct {
		name  string
		right keyring.Right
		body  []byte
		want  link.Hash
	}{
		{"the patient leaves", keyring.Own, partingBody(PartingWish, link.Hash{5}), link.Hash{5}},
		{"who never agreed leaves", keyring.Own, partingBody(PartingWish, link.Hash{}), link.Hash{}},
		{"no hash", keyring.Own, bad, link.Hash{}},
		{"the centre discharges", keyring.Treat, partingBody(PartingWish, link.Hash{5}), link.Hash{}},
	} {
		s := &space{role: roleCentre}
		s.takeParting(by(typeParting, x.right, 1, x.body))
		if s.parting == nil || s.parting.Withdrew != x.want {
			t.Errorf("%s: %+v", x.name, s.parting)
		}
	}
}

// What was agreed to stands before anything of the diary that this device says in a
// centre's space, also where the first try to write it failed; and a space of before
// there were such words works without.
func TestWhatWasAgreedToComesFirst(t *testing.T) {
	for _, x := range []struct {
		name    string
		toAgree []byte
		fails   bool
		want    []link.Type
	}{
		{"joined now", agreementBody(anAgreement, InformationID{}), false, []link.Type{typeSharing, link.Type(diary.KindNote)}},
		{"the first write is lost", agreementBody(anAgreement, InformationID{}), true, nil},
		{"joined before", nil, false, []link.Type{link.Type(diary.KindNote)}},
	} {
		c, s := told(t, roleCentre)
		disk := c.env.Disk.(*vault.MemoryDisk)
		s.toAgree = x.toAgree
		write := func() error {
			return c.write(t.Context(), s, link.Type(diary.KindNote), must(c.encode(&diary.Note{Text: "x"}))(t))
		}
		before := len(s.replica.Entries())
		if x.fails {
			disk.FailNext()
		}
		err := write()
		var got []link.Type
		for _, e := range s.replica.Entries()[before:] {
			got = append(got, e.Type)
		}
		if (err != nil) != x.fails || !slices.Equal(got, x.want) {
			t.Errorf("%s: %v, %v", x.name, got, err)
		}
		if x.fails {
			if err := write(); err != nil {
				t.Fatal(err)
			}
			if all := s.replica.Entries()[before:]; len(all) != 2 || all[0].Type != typeSharing {
				t.Errorf("%s: %d statements after the second try", x.name, len(all))
			}
		}
		if s.toAgree != nil || len(s.sharings.agreed) != len(x.toAgree[:min(1, len(x.toAgree))]) {
			t.Errorf("%s: it is still to be said, or said twice: %d", x.name, len(s.sharings.agreed))
		}
	}
}
