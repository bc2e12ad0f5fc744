package diary

// A Measure is one measured value: a weight, a factor level.
type Measure struct {
	Head
	Taken Moment
	What  Measured
	Value Amount // in the unit of What; 0 is a value
	Lab   string // who measured, or how
	Note  string
}

// Measured says what was measured. Its unit belongs to it.
type Measured uint8

const (
	MeasuredWeight       Measured = 1 + iota // kg
	MeasuredHeight                           // cm
	MeasuredFVIII                            // IU/dL, factor VIII activity
	MeasuredFIX                              // IU/dL, factor IX activity
	MeasuredInhibitor                        // Bethesda units/mL
	MeasuredAntithrombin                     // % of normal
	MeasuredConcizumab                       // ng/mL
	MeasuredALT                              // U/L
	MeasuredHaemoglobin                      // g/dL
)

var measuredKeys = []string{"weight", "height", "fviii", "fix", "inhibitor", "antithrombin", "concizumab", "alt", "haemoglobin"}

func (m Measured) Key() string                { return key("measured.", measuredKeys, uint8(m)) }
func AllMeasured() []Measured                 { return all[Measured](measuredKeys) }
func ParseMeasured(s string) (Measured, bool) { return parse[Measured]("measured.", measuredKeys, s) }

// UnitKey is the catalogue key of the unit, "measuredunit.weight".
func (m Measured) UnitKey() string { return key("measuredunit.", measuredKeys, uint8(m)) }

// A span is what a value of a kind can be, in thousandths. The limits are wide:
// they catch a slip of the finger.
type span struct{ least, most Amount }

var measures = [...]span{
	MeasuredWeight:       {1_000, 350_000},
	MeasuredHeight:       {30_000, 250_000},
	MeasuredFVIII:        {0, 500_000},
	MeasuredFIX:          {0, 500_000},
	MeasuredInhibitor:    {0, 10_000_000},
	MeasuredAntithrombin: {0, 200_000},
	MeasuredConcizumab:   {0, 100_000_000},
	MeasuredALT:          {0, 20_000_000},
	MeasuredHaemoglobin:  {1_000, 30_000},
}

func (*Measure) Kind() Kind { return KindMeasure }

func (m *Measure) fields() *writer {
	w := m.writer()
	w.moment(16, m.Taken)
	w.byte(17, uint8(m.What))
	w.amount(18, m.Value)
	w.text(19, m.Lab)
	w.text(27, m.Note)
	return w
}

func (m *Measure) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		m.Taken, err = getMoment(v)
	case 17:
		m.What, err = getByte[Measured](v)
	case 18:
		m.Value, err = getAmount(v)
	case 19:
		m.Lab, err = getText(v, maxName, false)
	case 27:
		m.Note, err = getText(v, MaxNote, true)
	default:
		return false, nil
	}
	return true, err
}

func (m *Measure) check() error {
	switch {
	case m.Taken.IsZero():
		return &BodyError{16, "missing"}
	case m.What == 0:
		return &BodyError{17, "missing"}
	}
	return nil
}

// Validate implements Entry. Fields: taken, what, value, lab, note.
func (m *Measure) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	m.validate(&e, now)
	e.time("taken", m.Taken, now)
	switch {
	case m.What == 0:
		e.add("what", Missing)
	case int(m.What) > len(measuredKeys):
		e.add("what", Unknown)
	case m.Value < measures[m.What].least || m.Value > measures[m.What].most:
		e.add("value", Absurd)
	}
	e.text("lab", m.Lab, maxName, false, false)
	e.text("note", m.Note, MaxNote, true, false)
	return e.err()
}
