package cohort

import (
	"strconv"
	"strings"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/papers"
)

// Columns are those of Table, in order. FORMAT.md of package papers says what is
// in them.
var Columns = []string{
	"pseudonym", "case_note", "from", "to", "diagnosis", "severity", "therapy", "unit", "group", "not_grouped", "days_observed",
	"bleeds", "joint_bleeds", "bleeds_per_year", "joint_bleeds_per_year", "use_per_kg_year", "doses_planned", "doses_given", "adherence", "completeness",
}

// Table writes every member of c as a CSV file after RFC 4180, over the period
// p. The cells are safe in spreadsheets; name gives pseudonym and case note.
func Table(c Cohort, p diary.Period, name func(n uint32) (pseudonym, note string)) []byte {
	var out []byte
	out = papers.Row(out, ',', Columns...)
	for _, m := range c.Members {
		pseudonym, note := name(m.N)
		row := []string{pseudonym, note, day(p.From), day(p.To), stated(m.Diagnosis, m.Diagnosis.Key()), stated(m.Severity, m.Severity.Key()), stated(m.Therapy.Group, m.Therapy.Group.Key()), stated(m.Therapy.Unit, m.Therapy.Unit.Key())}
		if m.Letter != Ungrouped {
			row = append(row, string('A'+rune(m.Letter-A)), "")
		} else {
			row = append(row, "", m.Why.Key()[len("cohort.why."):])
		}
		row = append(row, strconv.Itoa(m.Observed.Days), strconv.Itoa(m.All.Count), strconv.Itoa(m.Joint.Count))
		for _, f := range [...]Figure{AllPerYear, JointPerYear, UsePerKg} {
			row = append(row, m.cell(f))
		}
		row = append(row, strconv.Itoa(m.Doses.Planned), strconv.Itoa(m.Doses.Given), m.cell(Adherence), m.cell(Completeness))
		out = papers.Row(out, ',', row...)
	}
	return out
}

// cell is a figure with a point and three decimals, empty where it is not known.
func (p Person) cell(f Figure) string {
	v, ok := p.Figure(f)
	if !ok {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

func stated[E ~uint8](e E, key string) string {
	if e == 0 {
		return ""
	}
	_, rest, _ := strings.Cut(key, ".")
	return rest
}

func day(d diary.Date) string { return d.Time().Format("2006-01-02") }
