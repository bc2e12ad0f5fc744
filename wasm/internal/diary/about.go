package diary

// An About is what treatment goes by: what is shared with the centres. The
// latest that stands counts.
type About struct {
	Head
	Diagnosis Diagnosis
	Severity  Grade
	Inhibitor Inhibitor
	Allergies string
	Medicines string // other than those of the diary
	Note      string // what a stranger must know in an emergency
}

// A Card is what the patient keeps at home and no centre gets: whom to call.
// The latest that stands counts.
type Card struct {
	Head
	Contacts string // people to call, with their numbers
	Phone    string // of the centre, where it gave none itself
}

// A Contact is how patients reach a centre. The latest that stands counts.
type Contact struct {
	Head
	Phone     string
	Emergency string // at night and on holidays
	Hours     string
	Note      string
}

// An Opened says that somebody at a centre looked at the diary.
type Opened struct{ Head }

// A Diagnosis is the disorder the diary is kept for.
type Diagnosis uint8

const (
	DiagnosisA Diagnosis = 1 + iota
	DiagnosisB
	DiagnosisVWD
	DiagnosisFVII
	DiagnosisFX
	DiagnosisFXIII
	DiagnosisCarrierA
	DiagnosisCarrierB
	DiagnosisAcquired
	DiagnosisOther
)

var diagnosisKeys = []string{"a", "b", "vwd", "fvii", "fx", "fxiii", "carrier-a", "carrier-b", "acquired", "other"}

func (d Diagnosis) Key() string { return key("diagnosis.", diagnosisKeys, uint8(d)) }
func Diagnoses() []Diagnosis    { return all[Diagnosis](diagnosisKeys) }
func ParseDiagnosis(s string) (Diagnosis, bool) {
	return parse[Diagnosis]("diagnosis.", diagnosisKeys, s)
}

// A Grade is the severity by the factor's activity at rest: below 1, 1 to 5,
// above 5 and below 40 IU/dL (ISTH, Blanchette et al. 2014).
type Grade uint8

const (
	GradeSevere Grade = 1 + iota
	GradeModerate
	GradeMild
)

var gradeKeys = []string{"severe", "moderate", "mild"}

func (g Grade) Key() string             { return key("grade.", gradeKeys, uint8(g)) }
func Grades() []Grade                   { return all[Grade](gradeKeys) }
func ParseGrade(s string) (Grade, bool) { return parse[Grade]("grade.", gradeKeys, s) }

// An Inhibitor says whether there are antibodies against the factor.
type Inhibitor uint8

const (
	InhibitorNever Inhibitor = 1 + iota
	InhibitorNow
	InhibitorPast
)

var inhibitorKeys = []string{"never", "now", "past"}

func (i Inhibitor) Key() string { return key("inhibitor.", inhibitorKeys, uint8(i)) }
func Inhibitors() []Inhibitor   { return all[Inhibitor](inhibitorKeys) }
func ParseInhibitor(s string) (Inhibitor, bool) {
	return parse[Inhibitor]("inhibitor.", inhibitorKeys, s)
}

func (*About) Kind() Kind   { return KindAbout }
func (*Card) Kind() Kind    { return KindCard }
func (*Contact) Kind() Kind { return KindContact }
func (*Opened) Kind() Kind  { return KindOpened }

func (a *About) fields() *writer {
	w := a.writer()
	w.byte(16, uint8(a.Diagnosis))
	w.byte(17, uint8(a.Severity))
	w.byte(18, uint8(a.Inhibitor))
	w.text(19, a.Allergies)
	w.text(20, a.Medicines)
	w.text(21, a.Note)
	return w
}

func (a *About) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		a.Diagnosis, err = getByte[Diagnosis](v)
	case 17:
		a.Severity, err = getByte[Grade](v)
	case 18:
		a.Inhibitor, err = getByte[Inhibitor](v)
	case 19:
		a.Allergies, err = getText(v, maxLine, true)
	case 20:
		a.Medicines, err = getText(v, maxLine, true)
	case 21:
		a.Note, err = getText(v, MaxNote, true)
	default:
		return false, nil
	}
	return true, err
}

func (a *About) check() error { return nil }

func (c *Card) fields() *writer {
	w := c.writer()
	w.text(16, c.Contacts)
	w.text(17, c.Phone)
	return w
}

func (c *Card) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		c.Contacts, err = getText(v, maxLine, true)
	case 17:
		c.Phone, err = getText(v, maxPhone, false)
	default:
		return false, nil
	}
	return true, err
}

func (c *Card) check() error { return nil }

func (c *Contact) fields() *writer {
	w := c.writer()
	w.text(16, c.Phone)
	w.text(17, c.Emergency)
	w.text(18, c.Hours)
	w.text(19, c.Note)
	return w
}

func (c *Contact) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		c.Phone, err = getText(v, maxPhone, false)
	case 17:
		c.Emergency, err = getText(v, maxPhone, false)
	case 18:
		c.Hours, err = getText(v, maxLine, true)
	case 19:
		c.Note, err = getText(v, maxLine, true)
	default:
		return false, nil
	}
	return true, err
}

func (c *Contact) check() error { return nil }

func (o *Opened) fields() *writer                  { return o.writer() }
func (o *Opened) set(uint16, []byte) (bool, error) { return false, nil }
func (o *Opened) check() error {
	if !o.Supersedes.IsZero() {
		return &BodyError{fieldSupersedes, "not in this kind"}
	}
	return nil
}

// Validate implements Entry. Fields: diagnosis, severity, inhibitor, allergies,
// medicines, note.
func (a *About) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	a.validate(&e, now)
	if int(a.Diagnosis) > len(diagnosisKeys) {
		e.add("diagnosis", Unknown)
	}
	if int(a.Severity) > len(gradeKeys) {
		e.add("severity", Unknown)
	}
	if int(a.Inhibitor) > len(inhibitorKeys) {
		e.add("inhibitor", Unknown)
	}
	e.text("allergies", a.Allergies, maxLine, true, false)
	e.text("medicines", a.Medicines, maxLine, true, false)
	e.text("note", a.Note, MaxNote, true, false)
	return e.err()
}

// Validate implements Entry. Fields: contacts, phone.
func (c *Card) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	c.validate(&e, now)
	e.text("contacts", c.Contacts, maxLine, true, false)
	e.phone("phone", c.Phone)
	return e.err()
}

// Validate implements Entry. Fields: phone, emergency, hours, note.
func (c *Contact) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	c.validate(&e, now)
	e.phone("phone", c.Phone)
	e.phone("emergency", c.Emergency)
	e.text("hours", c.Hours, maxLine, true, false)
	e.text("note", c.Note, maxLine, true, false)
	return e.err()
}

// Validate implements Entry.
func (o *Opened) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	o.validate(&e, now)
	return e.err()
}

// phone checks a telephone number: digits with the usual signs between them, at
// least three digits.
func (e *FieldErrors) phone(field, s string) {
	digits := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '+' && i == 0, c == ' ', c == '-', c == '/', c == '(', c == ')', c == '.':
		default:
			e.add(field, Letters)
			return
		}
	}
	switch {
	case len(s) > maxPhone:
		e.add(field, Long)
	case s != "" && digits < 3:
		e.add(field, Missing)
	}
}

// latest is the newest standing item of a kind, nil if there is none.
func (d *Diary) latest(k Kind, match func(*Item) bool) *Item {
	var out *Item
	for _, it := range d.items(k) {
		if it.Retracted == nil && (match == nil || match(it)) && (out == nil || out.Written <= it.Written) {
			out = it
		}
	}
	return out
}

// About is what the latest entry says of the patient, and the item that says it.
func (d *Diary) AboutPatient() (About, *Item) {
	if it := d.latest(KindAbout, nil); it != nil {
		return *it.Entry.(*About), it
	}
	return About{}, nil
}

// Card is what the patient keeps at home, and the item that says it.
func (d *Diary) Card() (Card, *Item) {
	if it := d.latest(KindCard, nil); it != nil {
		return *it.Entry.(*Card), it
	}
	return Card{}, nil
}

// Contact is the latest that match accepts of how a centre is reached.
func (d *Diary) Contact(match func(*Item) bool) (Contact, *Item) {
	if it := d.latest(KindContact, match); it != nil {
		return *it.Entry.(*Contact), it
	}
	return Contact{}, nil
}
