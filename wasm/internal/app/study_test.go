package app

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/extract"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

var (
	aPurpose  = &purpose{id: PurposeID{3, 1}, Terms: Terms{"Haemophilia registry", "Institute", "To learn how\noften people bleed.", 1}, key: testSecret}
	aPaper    = &Consent{Yes: true, ByCentre: true, Signed: diary.Date{Year: 2026, Month: 2, Day: 28}, Remark: "Ordner 3", Born: 1990, Sex: extract.Female}
	anExtract = &Extract{Purpose: PurposeID{3, 1}, First: 2024, Last: 2025, Form: extract.Bundle, Given: 12, Few: 3, Without: 4}
)

func decodeStudy(kind string, b []byte) ([]byte, error) {
	switch kind {
	case "purpose":
		p, err := parsePurpose(b)
		if err != nil {
			return nil, err
		}
		return p.body(), nil
	case "question":
		p, _, err := parseQuestion(b)
		return p.question(), err
	case "consent", "noted":
		id, k, err := parseConsent(b, kind == "noted")
		return k.body(id), err
	case "extract":
		x, err := parseExtract(b)
		return x.body(), err
	case "studyend":
		id, why, _, err := parseStudyEnd(b, false)
		return studyEndBody(id, why), err
	case "askedend":
		id, why, at, err := parseStudyEnd(b, true)
		return askedEndBody(id, why, at), err
	}
	g, err := parseGiven(b)
	return givenBody(g.Purpose, g.First, g.Last), err
}

// studyCases are the vectors of the statements about registries and studies.
func studyCases(t *testing.T) map[string][]byte {
	edit, number := fieldEditor(t), asNumber
	p, q := aPurpose.body(), aPurpose.question()
	full := *aPaper
	full.terms = [32]byte{7}
	n := full.body(aPurpose.id)
	own := (&Consent{Yes: true, Born: 2190, Sex: extract.OtherSex, terms: [32]byte{7}}).body(aPurpose.id)
	end, told := studyEndBody(aPurpose.id, "The study is done."), askedEndBody(aPurpose.id, "The study is done.", 1793620800000)
	x, g := anExtract.body(), givenBody(aPurpose.id, 2024, 2025)
	return map[string][]byte{
		"accept-purpose":                     p,
		"reject-purpose-truncated":           p[:len(p)-1],
		"reject-purpose-without-key":         edit(p, fieldPurposeKey, nil),
		"reject-purpose-key-of-zeros":        edit(p, fieldPurposeKey, make([]byte, 32)),
		"reject-purpose-key-of-31-bytes":     edit(p, fieldPurposeKey, fill(31, 1)),
		"reject-purpose-number-of-15-bytes":  edit(p, fieldPurpose, fill(15, 1)),
		"accept-question":                    q,
		"accept-question-longest-text":       edit(q, fieldPurposeWhat, []byte(strings.Repeat("x", 2000))),
		"reject-question-text-of-2001-bytes": edit(q, fieldPurposeWhat, []byte(strings.Repeat("x", 2001))),
		"reject-question-without-text":       edit(q, fieldPurposeWhat, nil),
		"reject-question-without-name":       edit(q, fieldPurposeName, nil),
		"reject-question-name-of-two-lines":  edit(q, fieldPurposeName, []byte("a\nb")),
		"reject-question-without-recipient":  edit(q, fieldPurposeRecipient, nil),
		"reject-question-contents-0":         edit(q, fieldPurposeContents, number(0)),
		"reject-question-contents-2-16":      edit(q, fieldPurposeContents, number(1<<16)),
		"reject-question-without-number":     edit(q, fieldPurpose, nil),
		"accept-consent":                     own,
		"accept-consent-no":                  (&Consent{terms: [32]byte{7}}).body(aPurpose.id),
		"reject-consent-truncated":           own[:len(own)-1],
		"reject-consent-answer-0":            edit(own, fieldConsentAnswer, number(0)),
		"reject-consent-answer-3":            edit(own, fieldConsentAnswer, number(3)),
		"reject-consent-without-terms":       edit(own, fieldConsentTerms, nil),
		"reject-consent-terms-of-31-bytes":   edit(own, fieldConsentTerms, fill(31, 1)),
		"reject-consent-without-purpose":     edit(own, fieldPurpose, nil),
		"reject-consent-born-1995":           edit(own, fieldConsentBorn, number(1995)),
		"reject-consent-born-1910":           edit(own, fieldConsentBorn, number(1910)),
		"reject-consent-born-2200":           edit(own, fieldConsentBorn, number(2200)),
		"reject-consent-born-0":              edit(own, fieldConsentBorn, number(0)),
		"reject-consent-sex-0":               edit(own, fieldConsentSex, number(0)),
		"reject-consent-sex-4":               edit(own, fieldConsentSex, number(4)),
		"reject-consent-sex-257":             edit(own, fieldConsentSex, number(257)),
		"reject-consent-on-paper":            edit(own, fieldConsentSigned, number(20260228)),
		"reject-consent-with-remark":         edit(own, fieldConsentRemark, []byte("x")),
		"accept-noted":                       n,
		"accept-noted-no":                    (&Consent{ByCentre: true, Remark: "by telephone", terms: [32]byte{7}}).body(aPurpose.id),
		"reject-noted-yes-without-date":      edit(n, fieldConsentSigned, nil),
		"reject-noted-on-30-february":        edit(n, fieldConsentSigned, number(20260230)),
		"reject-noted-on-no-day":             edit(n, fieldConsentSigned, number(0)),
		"reject-noted-in-2200":               edit(n, fieldConsentSigned, number(2200_01_01)),
		"reject-noted-remark-of-501-bytes":   edit(n, fieldConsentRemark, []byte(strings.Repeat("x", 501))),
		"reject-noted-remark-with-blank":     edit(n, fieldConsentRemark, []byte("x ")),
		"accept-extract":                     x,
		"accept-extract-form-of-later":       edit(x, fieldExtractForm, number(9)),
		"reject-extract-truncated":           x[:len(x)-1],
		"reject-extract-without-form":        edit(x, fieldExtractForm, nil),
		"reject-extract-without-purpose":     edit(x, fieldPurpose, nil),
		"reject-extract-given-2-31":          edit(x, fieldExtractGiven, number(1<<31)),
		"reject-extract-few-2-31":            edit(x, fieldExtractFew, number(1<<31)),
		"reject-extract-without-2-31":        edit(x, fieldExtractWithout, number(1<<31)),
		"accept-given":                       g,
		"accept-given-of-ten-years":          givenBody(aPurpose.id, 1970, 1979),
		"reject-given-of-eleven-years":       givenBody(aPurpose.id, 1970, 1980),
		"reject-given-years-descending":      givenBody(aPurpose.id, 2026, 2025),
		"reject-given-from-1969":             givenBody(aPurpose.id, 1969, 1970),
		"reject-given-to-2200":               givenBody(aPurpose.id, 2199, 2200),
		"reject-given-without-purpose":       edit(g, fieldPurpose, nil),
		"reject-given-truncated":             g[:len(g)-1],
		"accept-studyend":                    end,
		"accept-studyend-unsaid":             studyEndBody(aPurpose.id, ""),
		"accept-studyend-of-500-bytes":       studyEndBody(aPurpose.id, strings.Repeat("x", 500)),
		"reject-studyend-of-501-bytes":       studyEndBody(aPurpose.id, strings.Repeat("x", 501)),
		"reject-studyend-with-blank":         studyEndBody(aPurpose.id, " x"),
		"reject-studyend-without-purpose":    edit(end, fieldPurpose, nil),
		"reject-studyend-truncated":          end[:len(end)-1],
		"accept-askedend":                    told,
		"accept-askedend-unsaid":             askedEndBody(aPurpose.id, "", 1),
		"reject-askedend-without-time":       edit(told, fieldEndAt, nil),
		"reject-askedend-time-0":             edit(told, fieldEndAt, number(0)),
		"reject-askedend-time-2-53":          edit(told, fieldEndAt, number(1<<53)),
		"reject-askedend-purpose-of-15":      edit(told, fieldPurpose, fill(15, 1)),
		"reject-askedend-truncated":          told[:len(told)-1],
	}
}

func FuzzStudyEnd(f *testing.F) {
	f.Add(studyEndBody(aPurpose.id, "x"))
	f.Add(askedEndBody(aPurpose.id, "", 5))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, kind := range []string{"studyend", "askedend"} {
			if raw, err := decodeStudy(kind, b); err == nil {
				if again, err := decodeStudy(kind, raw); err != nil || string(again) != string(raw) {
					t.Errorf("%s: %x becomes %x, %v", kind, raw, again, err)
				}
			}
		}
	})
}

// What was said, in words: o and O are the patient's no and yes, c and C the
// centre's, X the centre's yes to other terms, P the patient's. Later is to the right.
func TestWhoseConsentIsInForce(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for _, x := range []struct {
		said string
		want bool
	}{
		{"", false},
		{"O", true},
		{"o", false},
		{"Oo", false},
		{"OoO", true},
		{"C", true},
		{"c", false},
		{"Cc", false},
		{"cC", true},
		{"Co", false},  // withdrawn in the app
		{"oC", false},  // no paper overrides the patient
		{"OoC", false}, // nor one that comes after a withdrawal
		{"CoC", false},
		{"Oc", false}, // a no on paper ends a yes in the app
		{"OcC", false},
		{"OcO", true},
		{"CO", true},
		{"P", false},
		{"X", false},
		{"OP", false}, // the patient's last word was to other terms
		{"PO", true},
	} {
		for range 8 {
			s := &space{role: roleCentre}
			var list []*link.Entry
			for i, r := range x.said {
				k := &Consent{Yes: r < 'a', terms: aPurpose.terms()}
				if strings.ContainsRune("PX", r) {
					k.terms = [32]byte{1}
				}
				right := keyring.Own
				if strings.ContainsRune("cCX", r) {
					right, k.Signed = keyring.Treat, diary.Date{Year: 2026, Month: 1, Day: 1}
				}
				e := by(typeConsent, right, uint64(i+1), k.body(aPurpose.id))
				e.Time = 1793620800000 + int64(i)
				list = append(list, e)
			}
			rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			for _, e := range list {
				s.asked.take(e)
			}
			if got := s.asked.to(aPurpose.id).inForce(aPurpose.terms()) != nil; got != x.want {
				t.Errorf("%q: in force: %v", x.said, got)
				break
			}
		}
	}
}

// Somebody who says at the same moment that the patient has withdrawn is heard.
func TestANoAsLateAsAYesWins(t *testing.T) {
	s := &space{role: rolePatient}
	for i, k := range []*Consent{{Yes: true, terms: aPurpose.terms()}, {terms: aPurpose.terms()}} {
		e := by(typeConsent, []keyring.Right{keyring.Own, keyring.Treat}[i], uint64(i+1), k.body(aPurpose.id))
		e.Time = 1793620800000
		s.asked.take(e)
	}
	if s.asked.to(aPurpose.id).inForce(aPurpose.terms()) != nil {
		t.Error("the yes is in force")
	}
}

// An end is the first that was said, whatever comes first, and no consent outlives
// it: neither one before nor one after, nor with the end said in one space only.
func TestWhatHasEndedStaysEnded(t *testing.T) {
	early, late := by(typeStudyEnd, keyring.Treat, 1, studyEndBody(aPurpose.id, "early")), by(typeStudyEnd, keyring.Treat, 2, studyEndBody(aPurpose.id, "late"))
	early.Time, late.Time = 5, 6
	begun := by(typePurpose, keyring.Treat, 3, aPurpose.body())
	for _, order := range [][]*link.Entry{{early, late, begun}, {late, begun, early}, {begun, early, late}, {late, early, begun}} {
		var g studies
		for _, e := range order {
			g.take(e)
		}
		if end := g.ends[aPurpose.id]; end == nil || end.Why != "early" || end.At.UnixMilli() != 5 || g.find(aPurpose.id) == nil {
			t.Errorf("ended %+v", end)
		}
	}
	yes := by(typeConsent, keyring.Own, 1, (&Consent{Yes: true, terms: aPurpose.terms()}).body(aPurpose.id))
	again := by(typeConsent, keyring.Own, 3, yes.Body)
	paper := by(typeConsent, keyring.Treat, 4, (&Consent{Yes: true, ByCentre: true, Signed: diary.Date{Year: 2026, Month: 1, Day: 1}, terms: aPurpose.terms()}).body(aPurpose.id))
	end := by(typeAskedEnd, keyring.Treat, 2, askedEndBody(aPurpose.id, "", 7))
	for _, order := range [][]*link.Entry{{yes, end}, {end, again}, {end, paper}, {paper, end, yes, again}} {
		s := &space{role: rolePatient}
		for i, e := range order {
			e.Time = 1793620800000 + int64(i)
			s.asked.take(e)
		}
		if s.asked.to(aPurpose.id).inForce(aPurpose.terms()) != nil || s.asked.to(PurposeID{9}).over {
			t.Errorf("%d: in force", len(order))
		}
	}
	// The patient, who owns the space, cannot say so of the centre's.
	s := &space{role: roleCentre}
	s.asked.take(by(typeAskedEnd, keyring.Own, 1, end.Body))
	if len(s.asked.ends) != 0 {
		t.Error("the patient has ended it")
	}
}

// Of two purposes or questions with one identifier all devices keep the first.
func TestOfTwoPurposesTheFirstCountsInAnyOrder(t *testing.T) {
	other := *aPurpose
	other.What = "To sell it."
	a, b := by(typePurpose, keyring.Treat, 1, aPurpose.body()), by(typePurpose, keyring.Treat, 2, other.body())
	a.Time, b.Time = 5, 6
	for _, order := range [][]*link.Entry{{a, b}, {b, a}} {
		var g studies
		for _, e := range order {
			g.take(e)
		}
		if len(g.purposes) != 1 || g.purposes[0].What != aPurpose.What {
			t.Errorf("%d purposes, the first is to %q", len(g.purposes), g.purposes[0].What)
		}
	}
}
