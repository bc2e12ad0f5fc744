package diary

// A Kind is the statement type of an entry. The numbers are on the wire.
type Kind uint16

const (
	KindTreatment Kind = 16
	KindBleed     Kind = 17
	KindNote      Kind = 18
	KindMessage   Kind = 19
	KindPlan      Kind = 20
	KindSeen      Kind = 21
	KindRetract   Kind = 22
	KindPack      Kind = 23
	KindRemoval   Kind = 24
	KindRecall    Kind = 25
	KindMeasure   Kind = 26
	KindAbout     Kind = 27
	KindContact   Kind = 28
	KindOpened    Kind = 29
	KindPhoto     Kind = 30
	KindCard      Kind = 31
)

// A form is how a kind is made and called; one without a maker is not known.
type form struct {
	key  string
	make func() Entry
	item bool // it makes an item; else it says something of items
}

// firstKind and kinds bound the numbers of entries.
const (
	firstKind = KindTreatment
	kinds     = KindCard - firstKind + 1
)

// forms is what this version knows, by number from firstKind.
var forms = [kinds]form{
	KindTreatment - firstKind: {"kind.treatment", func() Entry { return new(Treatment) }, true},
	KindBleed - firstKind:     {"kind.bleed", func() Entry { return new(Bleed) }, true},
	KindNote - firstKind:      {"kind.note", func() Entry { return new(Note) }, true},
	KindMessage - firstKind:   {"kind.message", func() Entry { return new(Message) }, true},
	KindPlan - firstKind:      {"kind.plan", func() Entry { return new(Plan) }, true},
	KindSeen - firstKind:      {"kind.seen", func() Entry { return new(Seen) }, false},
	KindRetract - firstKind:   {"kind.retract", func() Entry { return new(Retract) }, false},
	KindPack - firstKind:      {"kind.pack", func() Entry { return new(Pack) }, true},
	KindRemoval - firstKind:   {"kind.removal", func() Entry { return new(Removal) }, true},
	KindRecall - firstKind:    {"kind.recall", func() Entry { return new(Recall) }, true},
	KindMeasure - firstKind:   {"kind.measure", func() Entry { return new(Measure) }, true},
	KindAbout - firstKind:     {"kind.about", func() Entry { return new(About) }, true},
	KindContact - firstKind:   {"kind.contact", func() Entry { return new(Contact) }, true},
	KindOpened - firstKind:    {"kind.opened", func() Entry { return new(Opened) }, true},
	KindPhoto - firstKind:     {"kind.photo", func() Entry { return new(Photo) }, true},
	KindCard - firstKind:      {"kind.card", func() Entry { return new(Card) }, true},
}

// form is what is known of k, the zero form if nothing is.
func (k Kind) form() form {
	if k < firstKind || k >= firstKind+kinds {
		return form{}
	}
	return forms[k-firstKind]
}

// Known tells whether this version can read entries of the kind.
func (k Kind) Known() bool { return k.form().make != nil }

// Key is the catalogue key, "kind.treatment".
func (k Kind) Key() string {
	if f := k.form(); f.key != "" {
		return f.key
	}
	return "kind.unknown"
}

// Who is the side an author writes from.
type Who uint8

const (
	Patient Who = 1
	Carer   Who = 2
	Centre  Who = 3
)

// Key is the catalogue key, "who.patient".
func (w Who) Key() string { return key("who.", whoKeys, uint8(w)) }

// Home tells whether w is on the patient's side of the diary.
func (w Who) Home() bool { return w == Patient || w == Carer }

var whoKeys = []string{"patient", "carer", "centre"}

// The enumerations below start at 1; 0 means that nothing was said and has no
// bytes. A number that this version does not know is kept and has the key
// "….unknown": a newer app may have written it.

// A Reason says what a treatment or a plan is for.
type Reason uint8

const (
	ReasonProphylaxis Reason = 1 + iota
	ReasonBleed
	ReasonFollowUp
	ReasonActivity // before activity
	ReasonSurgery
	ReasonImmuneTolerance
)

var reasonKeys = []string{"prophylaxis", "bleed", "followup", "activity", "surgery", "iti"}

func (r Reason) Key() string { return key("reason.", reasonKeys, uint8(r)) }
func Reasons() []Reason      { return all[Reason](reasonKeys) }

// ParseReason is the inverse of Key; so are the other Parse functions.
func ParseReason(s string) (Reason, bool) { return parse[Reason]("reason.", reasonKeys, s) }

// Given says who gave a treatment.
type Given uint8

const (
	GivenSelf Given = 1 + iota
	GivenCarer
	GivenNurse
	GivenDoctor
)

var givenKeys = []string{"self", "carer", "nurse", "doctor"}

func (g Given) Key() string             { return key("given.", givenKeys, uint8(g)) }
func Givens() []Given                   { return all[Given](givenKeys) }
func ParseGiven(s string) (Given, bool) { return parse[Given]("given.", givenKeys, s) }

// NotGiven says why a planned dose was not given.
type NotGiven uint8

const (
	NotGivenForgotten NotGiven = 1 + iota
	NotGivenUnwell
	NotGivenNoProduct
	NotGivenNoVein // several attempts, no access
	NotGivenTravel
	NotGivenAdvised // the centre said so
	NotGivenChose
	NotGivenOther
)

var notGivenKeys = []string{"forgotten", "unwell", "noproduct", "novein", "travel", "advised", "chose", "other"}

func (n NotGiven) Key() string                { return key("notgiven.", notGivenKeys, uint8(n)) }
func NotGivens() []NotGiven                   { return all[NotGiven](notGivenKeys) }
func ParseNotGiven(s string) (NotGiven, bool) { return parse[NotGiven]("notgiven.", notGivenKeys, s) }

// A Site is where the needle went in, or how else the drug was taken.
type Site uint8

const (
	SiteVeinArmLeft Site = 1 + iota
	SiteVeinArmRight
	SiteVeinHandLeft
	SiteVeinHandRight
	SiteVeinFootLeft
	SiteVeinFootRight
	SitePort
	SiteAbdomenLeft
	SiteAbdomenRight
	SiteThighLeft
	SiteThighRight
	SiteUpperArmLeft
	SiteUpperArmRight
	SiteNose
	SiteMouth
)

var siteKeys = []string{
	"vein.arm.left", "vein.arm.right", "vein.hand.left", "vein.hand.right", "vein.foot.left", "vein.foot.right", "port",
	"abdomen.left", "abdomen.right", "thigh.left", "thigh.right", "upperarm.left", "upperarm.right", "nose", "mouth",
}

func (s Site) Key() string            { return key("site.", siteKeys, uint8(s)) }
func Sites() []Site                   { return all[Site](siteKeys) }
func ParseSite(s string) (Site, bool) { return parse[Site]("site.", siteKeys, s) }

// Route is the route a site belongs to.
func (s Site) Route() Route {
	switch {
	case s >= SiteVeinArmLeft && s <= SitePort:
		return RouteVein
	case s >= SiteAbdomenLeft && s <= SiteUpperArmRight:
		return RouteSkin
	case s == SiteNose:
		return RouteNose
	case s == SiteMouth:
		return RouteMouth
	}
	return 0
}

// SitesFor lists the sites a product of route r can be given at.
func SitesFor(r Route) []Site {
	var out []Site
	for _, s := range Sites() {
		if s.Route() == r {
			out = append(out, s)
		}
	}
	return out
}

// A Cause says what a bleed came from.
type Cause uint8

const (
	CauseSpontaneous Cause = 1 + iota
	CauseTrauma
	CauseActivity
	CauseSurgery
	CauseUnknown // asked, and not known
)

var causeKeys = []string{"spontaneous", "trauma", "activity", "surgery", "notknown"}

func (c Cause) Key() string             { return key("cause.", causeKeys, uint8(c)) }
func Causes() []Cause                   { return all[Cause](causeKeys) }
func ParseCause(s string) (Cause, bool) { return parse[Cause]("cause.", causeKeys, s) }

// A BleedKind is the tissue a bleed is in.
type BleedKind uint8

const (
	BleedJoint BleedKind = 1 + iota
	BleedMuscle
	BleedSkin
	BleedMucosal
	BleedInternal
	BleedHead
	BleedOther
)

var bleedKindKeys = []string{"joint", "muscle", "skin", "mucosal", "internal", "head", "other"}

func (b BleedKind) Key() string { return key("bleed.", bleedKindKeys, uint8(b)) }
func BleedKinds() []BleedKind   { return all[BleedKind](bleedKindKeys) }
func ParseBleedKind(s string) (BleedKind, bool) {
	return parse[BleedKind]("bleed.", bleedKindKeys, s)
}

// A Severity is the writer's judgement of a bleed.
type Severity uint8

const (
	SeverityMinor Severity = 1 + iota
	SeverityModerate
	SeverityMajor
)

var severityKeys = []string{"minor", "moderate", "major"}

func (s Severity) Key() string                { return key("severity.", severityKeys, uint8(s)) }
func Severities() []Severity                  { return all[Severity](severityKeys) }
func ParseSeverity(s string) (Severity, bool) { return parse[Severity]("severity.", severityKeys, s) }

// A Response is how well a bleed answered to treatment, in the four categories
// of the ISTH.
type Response uint8

const (
	ResponseExcellent Response = 1 + iota
	ResponseGood
	ResponseModerate
	ResponseNone
	ResponseUnknown // asked, and not known
)

var responseKeys = []string{"excellent", "good", "moderate", "none", "notknown"}

func (r Response) Key() string                { return key("response.", responseKeys, uint8(r)) }
func Responses() []Response                   { return all[Response](responseKeys) }
func ParseResponse(s string) (Response, bool) { return parse[Response]("response.", responseKeys, s) }

// Signs is the set of signs a bleed showed.
type Signs uint16

const (
	SignAura Signs = 1 << iota // an unusual feeling, tingling
	SignPain
	SignSwelling
	SignWarmth
	SignStiffness
	SignLossOfMotion
	SignBruise
	SignVisibleBlood
)

var signKeys = []string{"aura", "pain", "swelling", "warmth", "stiffness", "motion", "bruise", "blood"}

// Has tells whether all of x are in s.
func (s Signs) Has(x Signs) bool { return s&x == x }

// Each lists the signs of s one by one.
func (s Signs) Each() []Signs {
	var out []Signs
	for b := Signs(1); b != 0; b <<= 1 {
		if s&b != 0 {
			out = append(out, b)
		}
	}
	return out
}

// Key is the catalogue key of a single sign, "sign.swelling".
func (s Signs) Key() string {
	for i, k := range signKeys {
		if s == 1<<i {
			return "sign." + k
		}
	}
	return "sign.unknown"
}

// JointBleed tells whether the signs are those of a joint bleed as the ISTH defines
// it: an unusual feeling and more swelling or warmth, more pain, or a loss of motion
// (Blanchette et al., J Thromb Haemost 2014;12:1935-9).
func (s Signs) JointBleed() bool {
	return s.Has(SignAura) && s&(SignSwelling|SignWarmth|SignPain|SignStiffness|SignLossOfMotion) != 0
}

// AllSigns lists the signs to offer.
func AllSigns() []Signs {
	out := make([]Signs, len(signKeys))
	for i := range out {
		out[i] = 1 << i
	}
	return out
}

// ParseSign is the inverse of Key.
func ParseSign(s string) (Signs, bool) {
	for i, k := range signKeys {
		if s == "sign."+k {
			return 1 << i, true
		}
	}
	return 0, false
}

// A Pain is a pain score from 0 to 10, or unknown, its zero value.
type Pain uint8

// PainUnknown is the pain nobody asked about.
const PainUnknown Pain = 0

// PainOf is the pain score n; PainUnknown if n is not from 0 to 10.
func PainOf(n int) Pain {
	if n < 0 || n > 10 {
		return PainUnknown
	}
	return Pain(n + 1)
}

// Score is the score from 0 to 10, and whether it is known.
func (p Pain) Score() (n int, known bool) {
	if p == 0 || p > 11 {
		return 0, false
	}
	return int(p) - 1, true
}

func key(prefix string, keys []string, v uint8) string {
	if v == 0 {
		return prefix + "unset"
	}
	if int(v) > len(keys) {
		return prefix + "unknown"
	}
	return prefix + keys[v-1]
}

func all[E ~uint8](keys []string) []E {
	out := make([]E, len(keys))
	for i := range out {
		out[i] = E(i + 1)
	}
	return out
}

func parse[E ~uint8](prefix string, keys []string, s string) (E, bool) {
	if len(s) <= len(prefix) || s[:len(prefix)] != prefix {
		return 0, false
	}
	for i, k := range keys {
		if s[len(prefix):] == k {
			return E(i + 1), true
		}
	}
	return 0, false
}
