package diary

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// now is Monday, 23 November 2026, 19:00 in Berlin.
var now = MomentOf(time.Date(2026, 11, 23, 19, 0, 0, 0, time.FixedZone("", 3600)))

func id(n byte) ID { return ID{0: 0xe0, 15: n} }

func head(n byte) Head { return Head{ID: id(n), Entered: now} }

func correction(n, of byte, why string) Head {
	return Head{ID: id(n), Entered: now, Supersedes: id(of), Because: why}
}

// The full examples have every field set.
func fullTreatment() *Treatment {
	return &Treatment{
		Head: correction(2, 1, "wrong batch"), Taken: now.Add(-hour), Product: "other.iu", ProductName: "Faktor Müller",
		Lots:   []Lot{{"AB1234", Date{2027, 6, 0}, 2, Units(1000), "03752864"}, {"CD5678", Date{2027, 9, 30}, 0, 0, ""}},
		Amount: Units(3000), Reason: ReasonFollowUp, Site: SitePort, GivenBy: GivenNurse, Reaction: "rash", Bleed: id(9), Note: "first line\nsecond",
	}
}

func fullBleed() *Bleed {
	return &Bleed{
		Head: head(3), Start: now.Add(-4 * day), End: now.Add(-2 * day), Places: []Place{LeftElbow, RightKnee}, Cause: CauseTrauma, Type: BleedJoint,
		Severity: SeverityMajor, Pain: PainOf(0), Signs: SignPain | SignSwelling, Response8h: ResponseGood, Response72h: ResponseExcellent, Note: "stairs", Again: id(14),
	}
}

func fullPlan() *Plan {
	return &Plan{
		Head: head(4), Product: "fviii.kovaltry", Amount: Units(2000), Schedule: Schedule{Weekdays: WeekdaysOf(0, 2, 4), Times: []uint16{420, 1200}},
		Reason: ReasonProphylaxis, From: Date{2026, 1, 5}, Until: Date{2026, 12, 31}, Clinician: "Dr. W.", Note: "with water",
	}
}

func fullPhoto() *Photo {
	return &Photo{
		Head: head(24), About: id(3), Taken: now.Add(-hour), Blob: id(25), Size: 250_000, Hash: [32]byte{1}, Width: 1600, Height: 1200, Type: PhotoJPEG,
		Preview: []byte{0xff, 0xd8, 0xff, 0xe0}, Caption: "swollen",
	}
}

func examples() []Entry {
	return []Entry{
		fullTreatment(), fullBleed(), fullPlan(),
		&Treatment{Head: head(5), Taken: now, Product: "fviii.advate", NotGiven: NotGivenForgotten, Reason: ReasonProphylaxis},
		&Plan{Head: head(6), Product: "nonfactor.hemlibra", Amount: Units(150), Schedule: Schedule{EveryDays: 14, Times: []uint16{1080}}, Reason: ReasonProphylaxis, From: Date{2026, 1, 5}, Clinician: "Dr. W."},
		&Plan{Head: head(7), Product: "fviii.advate", Amount: Units(2000), Reason: ReasonBleed, From: Date{2026, 1, 5}, Clinician: "Dr. W."},
		&Note{Head: head(8), Text: "swam 1 km\nall well", About: id(3)},
		&Message{Head: head(10), Text: "دواء 💉", About: id(3), ReplyTo: id(11)},
		&Seen{Head: head(12), Entries: []ID{id(1), id(2)}},
		&Retract{Head: head(13), Entry: id(1), Reason: "entered twice"},
		&Pack{Head: head(14), Received: now, Product: "other.iu", ProductName: "Faktor Müller", Lots: []Lot{{"AB1234", Date{2027, 6, 0}, 2, Units(1000), "03752864"}},
			Vials: 5, Serials: []string{"1", "2A"}, GTIN: "04150037528643", Note: "from the chemist"},
		&Removal{Head: head(15), At: now, Product: "fviii.advate", Lots: []Lot{{Batch: "AB1234", Packs: 1}}, Why: WhyBroken, Note: "fell"},
		&Recall{Head: head(16), Product: "fviii.advate", Lots: []Lot{{Batch: "AB1234"}, {Batch: "CD5678"}}, Note: "bring it back"},
		&Measure{Head: head(17), Taken: now.Add(-day), What: MeasuredWeight, Value: 71_500, Lab: "at home", Note: "with shoes"},
		&Measure{Head: head(18), Taken: now, What: MeasuredInhibitor},
		&About{Head: head(19), Diagnosis: DiagnosisA, Severity: GradeSevere, Inhibitor: InhibitorPast, Allergies: "penicillin", Medicines: "none\nsince May", Note: "port on the left"},
		&About{Head: head(20)},
		&Contact{Head: head(21), Phone: "+49 (0)30 1234-0", Emergency: "112", Hours: "8 to 16", Note: "house 5"},
		&Opened{Head: head(22)},
		&Card{Head: head(23), Contacts: "aunt\n0171 1234567", Phone: "030/1234"},
		fullPhoto(),
	}
}

func TestExamplesAreValid(t *testing.T) {
	for _, e := range examples() {
		if err := e.Validate(now, Products); err != nil {
			t.Errorf("%s: %v", e.Kind().Key(), err)
		}
	}
}

func TestValidateNamesTheFieldAndTheProblem(t *testing.T) {
	treatment := func(change func(*Treatment)) Entry {
		e := &Treatment{Head: head(1), Taken: now, Product: "fviii.advate", Amount: Units(2000), Reason: ReasonProphylaxis}
		change(e)
		return e
	}
	bleed := func(change func(*Bleed)) Entry { e := fullBleed(); change(e); return e }
	plan := func(change func(*Plan)) Entry { e := fullPlan(); change(e); return e }
	photo := func(change func(*Photo)) Entry { e := fullPhoto(); change(e); return e }
	for _, c := range []struct {
		name    string
		e       Entry
		field   string
		problem Problem
	}{
		{"dose in eleven minutes", treatment(func(e *Treatment) { e.Taken = now.Add(11 * minute) }), "taken", Future},
		{"dose in nine minutes: clocks differ", treatment(func(e *Treatment) { e.Taken = now.Add(9 * minute) }), "", ""},
		{"no time", treatment(func(e *Treatment) { e.Taken = Moment{} }), "taken", Missing},
		{"dose in 1970", treatment(func(e *Treatment) { e.Taken.Ms = day }), "taken", Past},
		{"no product", treatment(func(e *Treatment) { e.Product = "" }), "product", Missing},
		{"product nobody knows", treatment(func(e *Treatment) { e.Product = "fviii.none" }), "product", Unknown},
		{"other product without name", treatment(func(e *Treatment) { e.Product = "other.iu" }), "productname", Missing},
		{"name for a product that has one", treatment(func(e *Treatment) { e.ProductName = "Advate" }), "productname", Misplaced},
		{"nothing given", treatment(func(e *Treatment) { e.Amount = 0 }), "amount", Zero},
		{"nothing given, and it says why", treatment(func(e *Treatment) { e.Amount, e.NotGiven = 0, NotGivenUnwell }), "", ""},
		{"a zero too many", treatment(func(e *Treatment) { e.Amount = Units(200_000) }), "amount", Absurd},
		{"two units of factor", treatment(func(e *Treatment) { e.Amount = Units(2) }), "amount", Absurd},
		{"IU typed for mg", treatment(func(e *Treatment) { e.Product, e.Amount = "nonfactor.hemlibra", Units(2000) }), "amount", Absurd},
		{"2,000 units of a bypassing agent", treatment(func(e *Treatment) { e.Product = "bypass.feiba" }), "", ""},
		{"2,000 mg of a bypassing agent", treatment(func(e *Treatment) { e.Product = "bypass.novoseven" }), "amount", Absurd},
		{"batch left empty", treatment(func(e *Treatment) { e.Lots = []Lot{{Batch: "A1"}, {Batch: " "}} }), "lots.1.batch", Missing},
		{"batch with a line break", treatment(func(e *Treatment) { e.Lots = []Lot{{Batch: "A\n1"}} }), "lots.0.batch", Letters},
		{"the same lot twice", treatment(func(e *Treatment) { e.Lots = []Lot{{Batch: "A1"}, {Batch: "A1"}} }), "lots.1.batch", Repeated},
		{"expiry on 31 June", treatment(func(e *Treatment) { e.Lots = []Lot{{Batch: "A1", Expiry: Date{2027, 6, 31}}} }), "lots.0.expiry", Absurd},
		{"expiry in a month", treatment(func(e *Treatment) { e.Lots = []Lot{{Batch: "A1", Expiry: Date{2027, 6, 0}}} }), "", ""},
		{"mistyped pharmacy number", treatment(func(e *Treatment) { e.Lots = []Lot{{Batch: "A1", PZN: "03752865"}} }), "lots.0.pzn", Unknown},
		{"33 lots", treatment(func(e *Treatment) {
			for i := range 33 {
				e.Lots = append(e.Lots, Lot{Batch: "A" + string(rune('a'+i))})
			}
		}), "lots", Many},
		{"no reason", treatment(func(e *Treatment) { e.Reason = 0 }), "reason", Missing},
		{"reason of a later version", treatment(func(e *Treatment) { e.Reason = 99 }), "reason", Unknown},
		{"not given, but a needle went in", treatment(func(e *Treatment) { e.NotGiven, e.Site = NotGivenNoProduct, SitePort }), "notgiven", Misplaced},
		{"text with a bell", treatment(func(e *Treatment) { e.Note = "a\ab" }), "note", Letters},
		{"text that turns direction", treatment(func(e *Treatment) { e.Note = "a\u202eb" }), "note", Letters},
		{"broken UTF-8", treatment(func(e *Treatment) { e.Note = "a\xffb" }), "note", Letters},
		{"endless text", treatment(func(e *Treatment) { e.Note = strings.Repeat("x", MaxNote+1) }), "note", Long},
		{"correction without a reason", treatment(func(e *Treatment) { e.Supersedes = id(2) }), "because", Missing},
		{"reason without a correction", treatment(func(e *Treatment) { e.Because = "x" }), "because", Misplaced},
		{"bleed over before it began", bleed(func(e *Bleed) { e.End = e.Start.Add(-1) }), "end", Order},
		{"bleed over in the future", bleed(func(e *Bleed) { e.End = now.Add(hour) }), "end", Future},
		{"bleed still open", bleed(func(e *Bleed) { e.End = Moment{} }), "", ""},
		{"bleed nowhere", bleed(func(e *Bleed) { e.Places = nil }), "places", Missing},
		{"bleed in a place nobody knows", bleed(func(e *Bleed) { e.Places = []Place{LeftKnee, 9999} }), "places.1", Unknown},
		{"knee without a side", bleed(func(e *Bleed) { e.Places = []Place{PlaceOf(Knee, NoSide)} }), "places.0", Unknown},
		{"the same place twice", bleed(func(e *Bleed) { e.Places = []Place{LeftKnee, LeftKnee} }), "places.1", Repeated},
		{"response at 72 hours after one", bleed(func(e *Bleed) { e.Start, e.End = now.Add(-hour), Moment{} }), "response72h", Future},
		{"plan that ends before it begins", plan(func(e *Plan) { e.Until = Date{2025, 12, 31} }), "until", Order},
		{"plan for one day", plan(func(e *Plan) { e.Until = e.From }), "", ""},
		{"plan without times", plan(func(e *Plan) { e.Schedule.Times = nil }), "times", Missing},
		{"plan at 24:00", plan(func(e *Plan) { e.Schedule.Times = []uint16{1440} }), "times.0", Absurd},
		{"plan by days and by weekdays", plan(func(e *Plan) { e.Schedule.EveryDays = 2 }), "weekdays", Misplaced},
		{"plan of nothing", plan(func(e *Plan) { e.Amount = 0 }), "amount", Zero},
		{"plan nobody signed", plan(func(e *Plan) { e.Clinician = "" }), "clinician", Missing},
		{"empty message", &Message{Head: head(1), Text: " \n "}, "text", Missing},
		{"empty note", &Note{Head: head(1)}, "text", Missing},
		{"seen nothing", &Seen{Head: head(1)}, "entries", Missing},
		{"seen too much", &Seen{Head: head(1), Entries: make([]ID, 257)}, "entries", Many},
		{"a pack without a lot", &Pack{Head: head(1), Received: now, Product: "fviii.advate"}, "lots.0.batch", Missing},
		{"a pack of 200 vials", &Pack{Head: head(1), Received: now, Product: "fviii.advate", Lots: []Lot{{Batch: "A"}}, Vials: 200}, "vials", Absurd},
		{"a trade item number that was misread", &Pack{Head: head(1), Received: now, Product: "fviii.advate", Lots: []Lot{{Batch: "A"}}, GTIN: "04150037528634"}, "gtin", Unknown},
		{"gone, and nobody says how", &Removal{Head: head(1), At: now, Product: "fviii.advate", Lots: []Lot{{Batch: "A"}}}, "why", Missing},
		{"a recall of nothing", &Recall{Head: head(1), Product: "fviii.advate"}, "lots.0.batch", Missing},
		{"weighs 7 kg with a slip of the finger", &Measure{Head: head(1), Taken: now, What: MeasuredWeight, Value: 715}, "value", Absurd},
		{"weighs nothing", &Measure{Head: head(1), Taken: now, What: MeasuredWeight}, "value", Absurd},
		{"no inhibitor found", &Measure{Head: head(1), Taken: now, What: MeasuredInhibitor}, "", ""},
		{"photo of nothing", photo(func(e *Photo) { e.About = ID{} }), "about", Missing},
		{"photo without a picture", photo(func(e *Photo) { e.Size = 0 }), "blob", Missing},
		{"photo above half a MiB", photo(func(e *Photo) { e.Size = MaxPhoto + 1 }), "blob", Missing},
		{"photo of a later format", photo(func(e *Photo) { e.Type = 2 }), "blob", Unknown},
		{"photo from tomorrow", photo(func(e *Photo) { e.Taken = now.Add(day) }), "taken", Future},
		{"caption of 201 bytes", photo(func(e *Photo) { e.Caption = strings.Repeat("a", 201) }), "caption", Long},
		{"photo without date and caption", photo(func(e *Photo) { e.Taken, e.Caption = Moment{}, "" }), "", ""},
		{"measured nothing", &Measure{Head: head(1), Taken: now, Value: 1}, "what", Missing},
		{"a number with words", &Contact{Head: head(1), Phone: "ask at the desk"}, "phone", Letters},
		{"a number of two digits", &Card{Head: head(1), Phone: "11"}, "phone", Missing},
		{"a diagnosis of a later version", &About{Head: head(1), Diagnosis: 99}, "diagnosis", Unknown},
		{"taken back for no reason", &Retract{Head: head(1), Entry: id(2)}, "reason", Missing},
	} {
		err := c.e.Validate(now, Products)
		var found FieldErrors
		errors.As(err, &found)
		switch {
		case c.problem == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.problem != "" && found.Of(c.field) != c.problem:
			t.Errorf("%s: got %v, want %s: %s", c.name, err, c.field, c.problem)
		}
	}
}

func TestCleanMakesTypedTextValid(t *testing.T) {
	for _, c := range []struct {
		in    string
		lines bool
		want  string
	}{
		{"  two\r\nlines \n", true, "two\nlines"},
		{"two\nlines", false, "two lines"},
		{"tab\tbell\a", false, "tab bell"},
		{"bad\xff\u202eturn", true, "badturn"},
		{"e\u0301", false, "e\u0301"}, // not normalised
		{"👩‍⚕️", false, "👩‍⚕️"},
		{"\n \t", true, ""},
	} {
		got := Clean(c.in, c.lines)
		if got != c.want || !clean(got, c.lines) {
			t.Errorf("Clean(%q, %v) = %q, want %q", c.in, c.lines, got, c.want)
		}
	}
}

func TestEveryKeyIsUniqueAndReadsBack(t *testing.T) {
	seen := map[string]bool{}
	check := func(key string, ok bool) {
		t.Helper()
		if seen[key] || !ok {
			t.Errorf("%q: repeated or does not read back", key)
		}
		seen[key] = true
	}
	for _, e := range Reasons() {
		p, ok := ParseReason(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range Givens() {
		p, ok := ParseGiven(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range NotGivens() {
		p, ok := ParseNotGiven(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range Sites() {
		p, ok := ParseSite(e.Key())
		check(e.Key(), ok && p == e && e.Route() != 0)
	}
	for _, e := range Causes() {
		p, ok := ParseCause(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range BleedKinds() {
		p, ok := ParseBleedKind(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range Severities() {
		p, ok := ParseSeverity(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range Responses() {
		p, ok := ParseResponse(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range AllSigns() {
		p, ok := ParseSign(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range Places() {
		p, ok := ParsePlace(e.Key())
		check(e.Key(), ok && p == e && e.Known() && e.Kind() != 0)
	}
	for _, e := range Whys() {
		p, ok := ParseWhy(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range AllMeasured() {
		p, ok := ParseMeasured(e.Key())
		check(e.Key(), ok && p == e && int(e) < len(measures) && measures[e].most > 0)
	}
	for _, e := range Diagnoses() {
		p, ok := ParseDiagnosis(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range Grades() {
		p, ok := ParseGrade(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, e := range Inhibitors() {
		p, ok := ParseInhibitor(e.Key())
		check(e.Key(), ok && p == e)
	}
	for _, k := range []string{Reason(99).Key(), Place(9999).Key(), Kind(99).Key(), Signs(3).Key()} {
		if k[len(k)-8:] != ".unknown" {
			t.Errorf("%q for a value of a later version", k)
		}
	}
}

func TestPlacesKnowWhatTheyAre(t *testing.T) {
	for _, c := range []struct {
		key               string
		joint, large, red bool
	}{
		{"place.joint.knee.left", true, true, false},
		{"place.joint.wrist.right", true, false, false},
		{"place.muscle.iliopsoas.left", false, false, true},
		{"place.muscle.calf.left", false, false, false},
		{"place.head.skull", false, false, true},
		{"place.neck.throat", false, false, true},
		{"place.internal.gut", false, false, true},
		{"place.mucosa.nose", false, false, false},
	} {
		p, ok := ParsePlace(c.key)
		if !ok || p.Joint() != c.joint || p.LargeJoint() != c.large || p.RedFlag() != c.red {
			t.Errorf("%s: known %v joint %v large %v red %v", c.key, ok, p.Joint(), p.LargeJoint(), p.RedFlag())
		}
	}
}

func TestProductsAreComplete(t *testing.T) {
	seen := map[ProductID]bool{}
	for _, p := range Products.Products {
		if seen[p.ID] {
			t.Errorf("%s: twice", p.ID)
		}
		seen[p.ID] = true
		if _, err := getProduct([]byte(p.ID)); err != nil || p.Group == 0 || p.Unit == 0 || p.Route == 0 || p.Source == 0 || len(p.Sites()) == 0 {
			t.Errorf("%s: incomplete", p.ID)
		}
		if !p.Typed && (p.Brand == "" || p.Substance == "" || p.Company == "") {
			t.Errorf("%s: the legal record needs name and company", p.ID)
		}
		if p.Typed != (p.Source == SourceWriter) || p.Typed && (p.Brand != "" || p.Strengths != nil) {
			t.Errorf("%s: a name that is typed is nobody's data", p.ID)
		}
		if p.APCC && p.Unit != UnitU || p.Once && p.Group != GroupGene || p.Also == p.Route {
			t.Errorf("%s: contradicts itself", p.ID)
		}
		for _, s := range p.Strengths {
			if !p.Plausible(s) {
				t.Errorf("%s: a pack of %v is not a plausible dose", p.ID, s)
			}
		}
	}
}

func TestAmountsReadBack(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Amount
		ok   bool
	}{
		{"1000", Units(1000), true}, {"0.25", 250, true}, {"2,5", 2500, true}, {"1.001", 1001, true}, {"007", 7000, true},
		{"", 0, false}, {".5", 0, false}, {"1.", 0, false}, {"1.0001", 0, false}, {"1,000,0", 0, false}, {"-1", 0, false}, {"1e3", 0, false},
		{"99999999999999999999999", 0, false}, {"10000000", Units(10_000_000), true}, {"10000001", 0, false},
	} {
		got, ok := ParseAmount(c.in)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("ParseAmount(%q) = %d, %v", c.in, got, ok)
		}
		if ok {
			if back, ok := ParseAmount(got.String()); !ok || back != got {
				t.Errorf("%q prints as %q", c.in, got.String())
			}
		}
	}
}

func TestDatesAgreeWithTheStandardCalendar(t *testing.T) {
	for at := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2200; at = at.AddDate(0, 0, 17) {
		d := DateOf(at)
		if !d.valid() || d.unixDays() != at.Unix()/86400 || d.Weekday() != (int(at.Weekday())+6)%7 || d.String() != at.Format("2006-01-02") {
			t.Fatalf("%v: %d %d %s", at, d.unixDays(), d.Weekday(), d)
		}
		if p, ok := ParseDate(d.String()); !ok || p != d {
			t.Fatalf("%s does not read back", d)
		}
	}
	for _, s := range []string{"2026-02-29", "2026-13-01", "2026-1-01", "2026-00", "1969-12-31", "2026-11-00", "2026/11/01", "2026-11-31"} {
		if d, ok := ParseDate(s); ok {
			t.Errorf("ParseDate(%q) = %s", s, d)
		}
	}
}

func TestWallClockNeedsNoTimeZones(t *testing.T) {
	lived := Moment{now.Ms, 330} // in India at that time
	d, m := lived.Wall()
	if d != (Date{2026, 11, 23}) || m != 23*60+30 {
		t.Errorf("wall shows %s %d", d, m)
	}
	if back := d.At(m, 330); back != lived {
		t.Errorf("%v is not %v", back, lived)
	}
}
