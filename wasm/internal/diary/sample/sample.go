// Package sample invents patients and years of their diaries, for
// demonstrations and tests. The same seed gives the same diaries, whatever the
// machine. Nobody in it exists: a case has a number and no name.
//
// The diaries are plausible, not epidemiology: doses are missed and late, lots
// change every few weeks, a target joint bleeds again, summer brings bruises.
package sample

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
)

// A Case is an invented patient.
type Case struct {
	Number   int
	Factor   string // "a" or "b": haemophilia A or B
	Severity string // "severe", "moderate", "mild"
	WeightKg int
	AgeBand  string          // "6-11", "12-17", "18-39", "40-64", "65+"
	Regimen  diary.Group     // of the prophylaxis; 0: on demand
	Product  diary.ProductID // of the regimen, or what bleeds are treated with
	Places   []diary.Place   // joints that bleed more than once, if any
	Steps    []Step          // in the order of writing
	rescue   diary.ProductID // what bleeds are treated with
}

// Note is the case note of the centre, "Fall 17" in German.
func (c Case) Note(lang string) string {
	if lang == "de" {
		return "Fall " + strconv.Itoa(c.Number)
	}
	return "Case " + strconv.Itoa(c.Number)
}

// A Step is an entry that somebody writes at a time.
type Step struct {
	At    int64 // ms
	Who   diary.Who
	Entry diary.Entry
}

// Lengths of diaries, in years: what Cases invents, and the most that Of does.
const (
	Years   = 2
	Longest = 10
)

// Cases invents n patients whose diaries end at until. Free texts are in lang,
// German for "de", else English.
func Cases(seed uint64, n int, until time.Time, lang string) []Case {
	return Of(Years, seed, n, until, lang)
}

// Of is Cases with diaries of so many years, from 1 to Longest.
func Of(years int, seed uint64, n int, until time.Time, lang string) []Case {
	if years < 1 || years > Longest {
		panic("sample: diaries of 1 to 10 years")
	}
	out := make([]Case, n)
	patients := make([]*patient, n)
	for i := range out {
		p := &patient{
			rng: rand.New(rand.NewPCG(seed, uint64(i)+1)), other: rand.New(rand.NewPCG(seed, 1<<32+uint64(i))),
			until: until.UnixMilli(), years: int64(years), words: english,
		}
		if lang == "de" {
			p.words = german
		}
		p.Number = 11 + i + p.rng.IntN(2)*n
		p.live(i)
		patients[i] = p
	}
	if n > recalled {
		p := patients[recalled]
		recall(patients, p, p.inUse, p.inUseExpiry)
	}
	for i, p := range patients {
		p.sort()
		out[i] = p.Case
	}
	return out
}

// Of every fifteen patients one is short of packs, and one lot was recalled.
const (
	short    = 2
	recalled = 6
)

const (
	minute = int64(60_000)
	hour   = 60 * minute
	day    = 24 * hour
)

// A regimen is how a class of product is used. Doses are per kg, or fixed.
type regimen struct {
	product  diary.ProductID
	rescue   diary.ProductID
	factor   string
	perKg    float64 // units per kg
	fixed    float64 // units; instead of perKg
	step     int     // doses are multiples of it, units
	every    uint16
	weekdays diary.Weekdays
	at       []uint16
	bleeds   float64 // per year
}

var regimens = []regimen{
	{"fviii.kovaltry", "fviii.kovaltry", "a", 28, 0, 250, 0, diary.WeekdaysOf(0, 2, 4), []uint16{7 * 60}, 3.4},
	{"nonfactor.hemlibra", "fviii.advate", "a", 3, 0, 15, 14, 0, []uint16{18 * 60}, 0.9},
	{"fviii.esperoct", "fviii.esperoct", "a", 50, 0, 500, 4, 0, []uint16{7*60 + 30}, 1.6},
	{"fix.idelvion", "fix.idelvion", "b", 40, 0, 250, 7, 0, []uint16{8 * 60}, 1.1},
	{"fviii.altuvoct", "fviii.altuvoct", "a", 50, 0, 250, 0, diary.WeekdaysOf(6), []uint16{9 * 60}, 0.7},
	{"nonfactor.alhemo", "bypass.novoseven", "a", 0.2, 0, 1, 1, 0, []uint16{20 * 60}, 1.4},
	{"fviii.novoeight", "fviii.novoeight", "a", 30, 0, 250, 2, 0, []uint16{6*60 + 45}, 4.2},
	{"fix.benefix", "fix.benefix", "b", 40, 0, 250, 0, diary.WeekdaysOf(0, 3), []uint16{7 * 60}, 2.6},
	{"", "fviii.nuwiq", "a", 0, 0, 0, 0, 0, nil, 4.0}, // moderate, on demand
	{"nonfactor.hympavzi", "fviii.kovaltry", "a", 0, 150, 150, 7, 0, []uint16{19 * 60}, 1.5},
	{"fviii.elocta", "fviii.elocta", "a", 45, 0, 250, 0, diary.WeekdaysOf(1, 4), []uint16{7 * 60}, 1.9},
	{"", "adjunct.octim", "a", 0, 0, 0, 0, 0, nil, 1.2}, // mild
	{"nonfactor.hemlibra", "fviii.jivi", "a", 1.5, 0, 15, 7, 0, []uint16{18*60 + 30}, 0.8},
	{"fix.alprolix", "fix.alprolix", "b", 50, 0, 250, 7, 0, []uint16{10 * 60}, 1.3},
	{"nonfactor.qfitlia", "bypass.novoseven", "b", 0, 50, 50, 61, 0, []uint16{18 * 60}, 1.7},
}

var largeJoints = []diary.Place{
	diary.RightAnkle, diary.LeftAnkle, diary.RightKnee, diary.LeftKnee, diary.RightElbow, diary.LeftElbow, diary.LeftShoulder, diary.RightHip,
}

var otherPlaces = []diary.Place{
	diary.PlaceOf(diary.ThighMuscle, diary.Left), diary.PlaceOf(diary.CalfMuscle, diary.Right), diary.PlaceOf(diary.ForearmMuscle, diary.Right),
	diary.PlaceOf(diary.SkinArm, diary.Left), diary.PlaceOf(diary.SkinLeg, diary.Right), diary.PlaceOf(diary.Nose, diary.NoSide),
	diary.PlaceOf(diary.Gums, diary.NoSide), diary.PlaceOf(diary.Wrist, diary.Left), diary.PlaceOf(diary.Iliopsoas, diary.Left),
}

// A patient is a case while its diary is being invented.
type patient struct {
	Case
	rng   *rand.Rand
	other *rand.Rand // for what does not change the treatments and bleeds
	until int64
	years int64
	words words
	reg   regimen

	home   diary.Who // who mostly writes
	missed float64   // share of planned doses
	late   float64
	lots   map[diary.ProductID]*stock
	hot    int64 // a bleed in the target joint makes the next one likely until then
	away   int64 // on holiday until then

	inUse       batch // the lot that the regimen uses today
	inUseExpiry diary.Date
}

type stock struct {
	lot   diary.Lot
	until int64
}

// aside invents something more, with the same treatments and bleeds as without it.
func (p *patient) aside(invent func()) {
	p.rng, p.other = p.other, p.rng
	invent()
	p.rng, p.other = p.other, p.rng
}

// sort puts the steps into the order of writing.
func (p *patient) sort() {
	arrange.By(p.Steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
}

func (p *patient) chance(q float64) bool { return p.rng.Float64() < q }

func pick[T any](p *patient, list []T) T { return list[p.rng.IntN(len(list))] }

func (p *patient) between(a, b int64) int64 { return a + p.rng.Int64N(b-a+1) }

func (p *patient) id() (id diary.ID) {
	for i := range id {
		id[i] = byte(p.rng.Uint32())
	}
	return id
}

func (p *patient) head(at int64) diary.Head { return diary.Head{ID: p.id(), Entered: local(at)} }

func (p *patient) write(at int64, who diary.Who, e diary.Entry) {
	if at <= p.until {
		p.Steps = append(p.Steps, Step{at, who, e})
	}
}

// live invents the diary of the i-th patient.
func (p *patient) live(i int) {
	p.reg = regimens[i%len(regimens)]
	p.Factor, p.Product, p.rescue = p.reg.factor, p.reg.product, p.reg.rescue
	p.Severity = "severe"
	if p.Product == "" {
		p.Product, p.Severity = p.rescue, "moderate"
		if p.rescue == "adjunct.octim" {
			p.Severity = "mild"
		}
	} else {
		product, _ := diary.Products.Find(p.Product)
		p.Regimen = product.Group
	}
	bands := []struct {
		name        string
		least, most int64 // kg
		home        diary.Who
	}{{"18-39", 62, 98, diary.Patient}, {"6-11", 21, 42, diary.Carer}, {"40-64", 66, 104, diary.Patient}, {"12-17", 40, 74, diary.Patient}, {"65+", 60, 92, diary.Patient}}
	band := bands[(i+p.rng.IntN(3))%len(bands)]
	if p.Regimen == diary.GroupFitusiran || p.Regimen == diary.GroupAntiTFPI {
		band = bands[0] // licensed from 12 years
	}
	p.AgeBand, p.WeightKg, p.home = band.name, int(p.between(band.least, band.most)), band.home
	p.missed = 0.02 + 0.12*p.rng.Float64()*p.rng.Float64()*1.5
	p.late = 0.05 + 0.15*p.rng.Float64()
	p.lots = make(map[diary.ProductID]*stock)
	if p.Severity == "severe" && p.reg.bleeds > 1.2 && p.chance(0.6) {
		p.Places = []diary.Place{pick(p, largeJoints[:6])}
	}

	start := p.until - p.years*365*day
	first := diary.MomentOf(time.UnixMilli(start).UTC())
	on, _ := first.Wall()
	kg := p.WeightKg
	plans, change := p.plan(on)
	for d := on; ; d = d.AddDays(1) {
		noon := wall(d, 12*60).Ms
		if noon-12*hour > p.until {
			break
		}
		p.holiday(d, noon)
		for _, plan := range plans {
			if s := plan.Schedule; !d.Before(plan.From) && (plan.Until.IsZero() || !plan.Until.Before(d)) {
				since := days(plan.From, d)
				if s.EveryDays != 0 && since%int(s.EveryDays) == 0 || s.Weekdays.Has(d.Weekday()) {
					for _, t := range s.Times {
						p.dose(plan, wall(d, int(t)).Ms)
					}
				}
			}
		}
		p.day(d, noon)
	}
	p.sort()
	p.aside(func() {
		begin := wall(on, 6*60).Ms
		p.about(begin + p.between(2, 9)*minute)
		p.weigh(begin+p.between(10, 19)*minute, kg, change)
		p.inUse, p.inUseExpiry = p.supply(begin+p.between(20, 29)*minute, i%len(regimens) == short)
	})
	p.look()
	p.sort()
}

// plan writes the regimen, a change of it after a year or so, and the plan for
// bleeds. It returns the versions in force, one after the other, and when the
// change was written, 0 if there is none. Home reads all of them, but not
// everybody the change.
func (p *patient) plan(on diary.Date) (versions []diary.Plan, change int64) {
	at := wall(on, 6*60).Ms
	bleed := diary.Plan{
		Head: p.head(at), Product: p.rescue, Amount: p.amount(p.rescue, 1.2), Reason: diary.ReasonBleed,
		From: on, Clinician: p.words.clinician, Note: p.words.bleedPlan,
	}
	p.write(at, diary.Centre, &bleed)
	p.acknowledge(bleed.ID, at)
	if p.Regimen == 0 {
		return nil, 0
	}
	first := diary.Plan{
		Head: p.head(at), Product: p.Product, Amount: p.amount(p.Product, 1), Reason: diary.ReasonProphylaxis, From: on, Clinician: p.words.clinician,
		Schedule: diary.Schedule{EveryDays: p.reg.every, Weekdays: p.reg.weekdays, Times: p.reg.at},
	}
	p.write(at, diary.Centre, &first)
	p.acknowledge(first.ID, at)
	change = at + p.between(300, 430)*day
	if p.reg.fixed != 0 || p.chance(0.4) || change > p.until {
		return []diary.Plan{first}, 0
	}
	second := first
	second.Head = p.head(change)
	second.Supersedes, second.Because = first.ID, p.words.newWeight
	p.WeightKg += int(p.between(1, 5))
	second.Amount = p.amount(p.Product, 1.1)
	d, _ := local(change).Wall()
	second.From = d.AddDays(2)
	p.write(change, diary.Centre, &second)
	if p.Number%4 != 0 {
		p.acknowledge(second.ID, change)
	}
	first.Until = second.From.AddDays(-1) // as it turned out; not written
	return []diary.Plan{first, second}, change
}

// amount is a usual dose of a product, times more.
func (p *patient) amount(id diary.ProductID, more float64) diary.Amount {
	kg := float64(p.WeightKg)
	switch id {
	case "bypass.novoseven":
		return diary.Units(max(1, int(kg*0.09+0.5)))
	case "adjunct.octim":
		if kg < 50 {
			return diary.Units(150)
		}
		return diary.Units(300)
	case p.reg.product:
		if p.reg.fixed != 0 {
			return diary.Units(int(p.reg.fixed))
		}
		n := int(kg*p.reg.perKg*more) / p.reg.step
		return diary.Units(max(1, n) * p.reg.step)
	}
	return diary.Units(max(1, int(kg*35*more)/250) * 250)
}

func (p *patient) holiday(d diary.Date, noon int64) {
	if (d.Month == 8 || d.Month == 12) && d.Day == 3 && p.chance(0.5) {
		p.away = noon + p.between(7, 16)*day
	}
}

// dose takes, delays or misses a planned dose.
func (p *patient) dose(plan diary.Plan, due int64) {
	missed, late := p.missed, p.late
	if due < p.away {
		missed, late = missed*2.5, late*2
	}
	if plan.Schedule.EveryDays >= 7 {
		missed /= 4
	}
	t := diary.Treatment{Product: plan.Product, Reason: diary.ReasonProphylaxis, Taken: local(due)}
	if p.chance(missed) {
		if p.chance(0.45) {
			at := due + p.between(2*hour, 30*hour)
			t.Head, t.NotGiven = p.head(at), pick(p, diary.NotGivens()[:5])
			p.write(at, p.home, &t)
		}
		return
	}
	taken := due + p.between(-25, 40)*minute
	if p.chance(late) {
		taken = due + p.between(3*60, 14*60)*minute
	}
	p.give(t, taken, plan.Amount)
}

// give writes a dose that was given, and now and then its correction.
func (p *patient) give(t diary.Treatment, taken int64, amount diary.Amount) {
	at := taken + p.between(2, 35)*minute
	if p.chance(0.1) {
		at = taken + p.between(10, 60)*hour // filled in later
	}
	product, _ := diary.Products.Find(t.Product)
	t.Head, t.Taken, t.Amount = p.head(at), local(taken), amount
	t.Lots = p.use(t.Product, amount, taken)
	t.Site = pick(p, diary.SitesFor(product.Route))
	if p.AgeBand == "6-11" && t.Site == diary.SiteVeinFootLeft {
		t.Site = diary.SitePort
	}
	who := p.home
	t.GivenBy = diary.GivenSelf
	if who == diary.Carer {
		t.GivenBy = diary.GivenCarer
	}
	if p.chance(0.01) {
		t.Reaction = pick(p, p.words.reactions)
	}
	slip := p.chance(0.02)
	right := t
	if slip {
		switch {
		case p.chance(0.5) && len(t.Lots) > 0:
			t.Lots = slices.Clone(t.Lots)
			b := []byte(t.Lots[0].Batch)
			b[2], b[3] = b[3], b[2]
			t.Lots[0].Batch = string(b)
		case product.Plausible(t.Amount / 2):
			t.Amount /= 2
		}
	}
	p.write(at, who, &t)
	if slip {
		fixed := at + p.between(10*60, 70*60)*minute
		right.Head = p.head(fixed)
		right.Supersedes, right.Because = t.ID, pick(p, p.words.slips)
		if who == diary.Patient && p.chance(0.2) {
			who = diary.Carer
		}
		p.write(fixed, who, &right)
	} else if p.chance(0.004) {
		twice := t
		twice.Head = p.head(at + 2*minute)
		p.write(at+2*minute, who, &twice)
		gone := at + 20*minute
		p.write(gone, who, &diary.Retract{Head: p.head(gone), Entry: twice.ID, Reason: p.words.twice})
	}
}

// use takes vials of the lot in use. Those of a regimen are used up every few
// weeks, those for bleeds last for months.
func (p *patient) use(id diary.ProductID, amount diary.Amount, at int64) []diary.Lot {
	s := p.lots[id]
	if s == nil || at > s.until {
		lasts := p.between(21, 55)
		if id != p.reg.product {
			lasts *= 5
		}
		fresh := &stock{p.fresh(at, strength(id, amount)), at + lasts*day}
		p.lots[id] = fresh
		n := vials(amount, fresh.lot.Strength)
		if s != nil && n > 1 && id != pen && s.lot.Strength == fresh.lot.Strength && !s.lot.Expiry.Before(dateOf(at)) { // the last pack and the first
			old, lot := s.lot, fresh.lot
			old.Packs, lot.Packs = 1, uint16(n-1)
			return []diary.Lot{old, lot}
		}
		s = fresh
	}
	lot := s.lot
	if id != pen {
		lot.Packs = uint16(vials(amount, lot.Strength))
	}
	return []diary.Lot{lot}
}

func dateOf(ms int64) diary.Date {
	d, _ := local(ms).Wall()
	return d
}

func (p *patient) batch() string {
	b := []byte{'A' + byte(p.rng.IntN(26)), 'A' + byte(p.rng.IntN(26))}
	for range 5 {
		b = append(b, '0'+byte(p.rng.IntN(10)))
	}
	return string(b)
}

// day is what else may happen on a day.
func (p *patient) day(d diary.Date, noon int64) {
	rate := p.reg.bleeds / 365
	trauma := 0.35 * rate
	if d.Month >= 6 && d.Month <= 8 {
		trauma *= 3
	}
	target := 0.0
	if len(p.Places) > 0 {
		target = 0.4 * rate
		if noon < p.hot {
			target *= 9
		}
	}
	start := noon + p.between(-5*60, 9*60)*minute
	switch {
	case p.chance(target):
		p.hot = noon + p.between(25, 60)*day
		p.bleed(start, p.Places[0], diary.CauseSpontaneous, diary.ID{})
	case p.chance(trauma):
		place := pick(p, largeJoints)
		if p.chance(0.55) {
			place = pick(p, otherPlaces[:5])
		}
		p.bleed(start, place, pick(p, []diary.Cause{diary.CauseTrauma, diary.CauseTrauma, diary.CauseActivity}), diary.ID{})
	case p.chance(0.4 * rate):
		place := pick(p, largeJoints)
		if p.chance(0.35) {
			place = pick(p, otherPlaces)
		}
		p.bleed(start, place, pick(p, []diary.Cause{diary.CauseSpontaneous, diary.CauseSpontaneous, diary.CauseUnknown}), diary.ID{})
	}
	if p.chance(1.0 / 40) {
		at := noon + p.between(-3*60, 9*60)*minute
		p.write(at, p.home, &diary.Note{Head: p.head(at), Text: pick(p, p.words.notes)})
	}
	if p.chance(1.0 / 45) {
		p.talk(noon+p.between(-3*60, 9*60)*minute, pick(p, p.words.talks), diary.ID{})
	}
	if p.chance(1.0 / 150) {
		at := noon + p.between(-3*60, 4*60)*minute
		p.write(at, diary.Centre, &diary.Message{Head: p.head(at), Text: pick(p, p.words.calls)})
	}
}

// talk is a question and its answer.
func (p *patient) talk(at int64, t [2]string, about diary.ID) {
	q := &diary.Message{Head: p.head(at), Text: t[0], About: about}
	p.write(at, p.home, q)
	then := at + p.between(40, 30*60)*minute
	p.write(then, diary.Centre, &diary.Message{Head: p.head(then), Text: t[1], About: about, ReplyTo: q.ID})
}

// bleed writes a bleed, its treatments and how it went. It is again the bleed of
// that version, if one is given; else it may itself come back within the 72 hours
// after its last dose in which it counts as the same one.
func (p *patient) bleed(start int64, place diary.Place, cause diary.Cause, again diary.ID) {
	wrote := start + p.between(20, 150)*minute
	b := diary.Bleed{Head: p.head(wrote), Start: local(start), Places: []diary.Place{place}, Cause: cause, Type: place.Kind(), Again: again}
	b.Severity = pick(p, []diary.Severity{diary.SeverityMinor, diary.SeverityMinor, diary.SeverityModerate, diary.SeverityModerate, diary.SeverityMajor})
	if place.RedFlag() {
		b.Severity = diary.SeverityMajor
	}
	pain := int(b.Severity)*2 + p.rng.IntN(3) - 1
	if p.chance(0.9) {
		b.Pain = diary.PainOf(pain)
	}
	switch b.Type {
	case diary.BleedJoint:
		b.Signs = diary.SignAura | diary.SignPain
		if b.Severity > diary.SeverityMinor {
			b.Signs |= diary.SignSwelling | diary.SignWarmth
		}
		if b.Severity == diary.SeverityMajor {
			b.Signs |= diary.SignLossOfMotion | diary.SignStiffness
		}
	case diary.BleedMuscle:
		b.Signs = diary.SignPain | diary.SignStiffness
	case diary.BleedMucosal:
		b.Signs = diary.SignVisibleBlood
	default:
		b.Signs = diary.SignBruise
	}
	written := b
	p.write(wrote, p.home, &written)

	treated := b.Type == diary.BleedJoint || b.Type == diary.BleedMuscle || b.Severity > diary.SeverityMinor
	length := p.between(10, 30) * hour * int64(b.Severity)
	if treated {
		t := diary.Treatment{Product: p.rescue, Reason: diary.ReasonBleed, Bleed: b.ID}
		first := wrote + p.between(5, 90)*minute
		p.give(t, first, p.amount(p.rescue, 1.2))
		t.Reason = diary.ReasonFollowUp
		last := first
		for n := 1; n < int(b.Severity); n++ {
			last = first + int64(n)*day + p.between(-90, 90)*minute
			p.give(t, last, p.amount(p.rescue, 1))
		}
		p.aside(func() {
			if again.IsZero() && b.Type == diary.BleedJoint && p.chance(0.12) {
				back := last + p.between(14, 66)*hour
				length = min(length, back-start-3*hour)
				p.bleed(back, place, cause, b.ID)
			}
		})
		// The course is added to the entry: at eight hours, and when it is over.
		eight := first + 8*hour + p.between(0, 5*60)*minute
		b8 := b
		b8.Head = p.head(eight)
		b8.Supersedes, b8.Because = b.ID, p.words.course
		b8.Response8h = diary.Response(min(4, int(b.Severity)+p.rng.IntN(2)))
		if p.chance(0.85) {
			p.write(eight, p.home, &b8)
			b = b8
		}
	}
	over := max(wrote, start+length) + p.between(1, 20)*hour
	if treated {
		over = max(over, wrote+82*hour)
	}
	if p.chance(0.93) {
		done := b
		done.Head = p.head(over)
		done.Supersedes, done.Because, done.End = b.ID, p.words.over, local(start+length)
		if treated {
			done.Response72h = diary.Response(min(4, max(1, int(b.Severity)+p.rng.IntN(2)-1)))
		}
		p.write(over, p.home, &done)
	}
	if b.Severity == diary.SeverityMajor || p.chance(0.25) {
		p.talk(wrote+p.between(5, 200)*minute, pick(p, p.words.bleedTalks), written.ID)
	}
	if p.chance(0.15) {
		at := wrote + p.between(1, 40)*hour
		p.write(at, p.home, &diary.Note{Head: p.head(at), Text: pick(p, p.words.bleedNotes), About: written.ID})
	}
}

// look lets the centre look at the diary every few days. What is newest it has
// not seen yet; home reads the centre's messages within a day.
func (p *patient) look() {
	p.sort()
	written := p.Steps
	next := written[0].At + 2*day
	var fresh []diary.ID
	for _, s := range written {
		for s.At > next {
			for len(fresh) > 0 {
				n := min(len(fresh), diary.MaxSeen)
				p.write(next, diary.Centre, &diary.Seen{Head: p.head(next), Entries: fresh[:n:n]})
				fresh = fresh[n:]
			}
			next += p.between(30, 6*24) * hour
		}
		if k := s.Entry.Kind(); s.Who != diary.Centre && k != diary.KindRetract && k != diary.KindSeen {
			fresh = append(fresh, s.Entry.Top().ID)
		}
		if at := s.At + p.between(10, 24*60)*minute; s.Who == diary.Centre && s.Entry.Kind() == diary.KindMessage {
			p.write(at, p.home, &diary.Seen{Head: p.head(at), Entries: []diary.ID{s.Entry.Top().ID}})
		}
	}
}

// local is a moment by the clocks of Berlin.
func local(ms int64) diary.Moment { return diary.Moment{Ms: ms, Offset: offset(ms)} }

// wall is a time of the day by the clocks of Berlin.
func wall(d diary.Date, minuteOfDay int) diary.Moment {
	m := d.At(minuteOfDay, 60)
	return d.At(minuteOfDay, offset(m.Ms))
}

// offset is 120 minutes from the last Sunday of March, 1:00 UTC, to that of
// October, else 60.
func offset(ms int64) int16 {
	year := time.UnixMilli(ms).UTC().Year()
	if ms >= lastSunday(year, time.March) && ms < lastSunday(year, time.October) {
		return 120
	}
	return 60
}

func lastSunday(year int, month time.Month) int64 {
	t := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC)
	return t.AddDate(0, 0, -int(t.Weekday())).UnixMilli()
}

func days(from, to diary.Date) int {
	return int((to.At(0, 0).Ms - from.At(0, 0).Ms) / day)
}
