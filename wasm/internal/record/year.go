package record

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

// The yearly check, TFG 14(2a): a doctor looks at least once a year whether the
// diary of a patient who treats at home is complete, and signs that.

// A Year is what the record holds of a patient's calendar year, by the clock of
// who wrote the doses down.
type Year struct {
	Patient    keyring.SpaceID
	Doses      int // that stand
	Incomplete int // of them
	Corrected  int // doses with more than one version
	Withdrawn  int // taken back
	State      [32]byte
	rows       []int
}

// wallYear is the year on the calendar where a dose was given.
func (b *Book) wallYear(row int) int {
	return time.UnixMilli(b.taken[row] + int64(b.offset[row])*60_000).UTC().Year()
}

// Years are the calendar years of which there are records, ascending.
func (b *Book) Years(patient keyring.SpaceID) (out []int) {
	n, ok := b.patients.at[patient]
	if !ok {
		return nil
	}
	for row, p := range b.patient {
		if p == n && b.kind[row] != Retraction {
			if y := b.wallYear(row); !slices.Contains(out, y) {
				out = append(out, y)
			}
		}
	}
	slices.Sort(out)
	return out
}

// Year sums up a calendar year for each patient of whom there are records in it,
// by patient. A dose belongs to the years of all its versions.
func (b *Book) Year(year int) []Year { return b.year(year, nil) }

// year sums up for all patients, or for one.
func (b *Book) year(year int, only *uint32) []Year {
	from := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	to := time.Date(year+1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	years := make([]*Year, len(b.patients.values))
	seen := make(map[int]bool) // rows of doses with several records
	for row := range b.source {
		if at := b.taken[row] + int64(b.offset[row])*60_000; at < from || at >= to || b.kind[row] == Retraction || b.flags[row]&flagCopy != 0 || only != nil && *only != b.patient[row] {
			continue
		}
		y := years[b.patient[row]]
		if y == nil {
			y = &Year{Patient: b.patients.values[b.patient[row]]}
			years[b.patient[row]] = y
		}
		if b.kind[row] == Use && len(b.kids[named{b.patient[row], b.entry[row]}]) == 0 {
			y.rows = append(y.rows, row)
			y.count(b, tree{rows: []int{row}, now: row})
			continue
		}
		if seen[row] {
			continue
		}
		t := b.tree(row)
		for _, r := range t.rows {
			if !seen[r] {
				seen[r] = true
				y.rows = append(y.rows, r)
			}
		}
		y.count(b, t)
	}
	var out []Year
	for _, y := range years {
		if y != nil {
			y.State = b.digest(y.Patient, year, y.rows)
			out = append(out, *y)
		}
	}
	arrange.By(out, func(x, y Year) int { return bytes.Compare(x.Patient[:], y.Patient[:]) })
	return out
}

func (y *Year) count(b *Book, t tree) {
	versions := 0
	for _, r := range t.rows {
		if b.kind[r] != Retraction {
			versions++
		}
	}
	if versions > 1 {
		y.Corrected++
	}
	switch {
	case t.back || b.flags[t.now]&flagNotGiven != 0:
		y.Withdrawn++
	default:
		y.Doses++
		if b.flags[t.now]&flagsMissing != 0 {
			y.Incomplete++
		}
	}
}

// YearOf is the year of one patient, empty if there are no records.
func (b *Book) YearOf(patient keyring.SpaceID, year int) Year {
	if n, ok := b.patients.at[patient]; ok {
		for _, y := range b.year(year, &n) {
			return y
		}
	}
	return Year{Patient: patient, State: b.digest(patient, year, nil)}
}

// digest is a hash of all that is recorded of a year. It changes with each
// record that comes later.
func (b *Book) digest(patient keyring.SpaceID, year int, rows []int) [32]byte {
	var sources []Source
	for _, r := range rows {
		sources = append(sources, b.source[r])
	}
	arrange.By(sources, func(x, y Source) int { return bytes.Compare(x[:], y[:]) })
	all := make([]byte, 0, 16*len(sources))
	for _, s := range sources {
		all = append(all, s[:]...)
	}
	return seal.Hash(seal.LabelRecordYear, patient[:], binary.BigEndian.AppendUint16(nil, uint16(year)), all)
}

// A Finding is one thing that a check shows.
type Finding uint8

// Findings.
const (
	Unrecorded    Finding = 1 + iota // stands in the diary and is not recorded
	Gone                             // recorded, and not in the diary
	Otherwise                        // recorded, and the diary says something else
	WasCorrected                     // the patient has corrected it
	WasWithdrawn                     // the patient has taken it back
	IsIncomplete                     // the law asks for more
	RecordsDiffer                    // two records of one statement say different things
)

// A Difference is what a check finds about one dose.
type Difference struct {
	Finding
	Was     *Record // first version recorded; nil if there is none
	Now     *Record // as it stands: in the diary if it differs there; nil if it does not stand
	Missing Missing
}

// A Said is a dose as the patient's diary has it now.
type Said struct {
	Record
	First diary.ID // of its first version
	Back  bool     // taken back
}

// Compare shows what a check has to look at: how the diary, as it is now, and the
// record of a year differ, and what was changed or is incomplete. The list is by
// the time of the dose.
func (b *Book) Compare(patient keyring.SpaceID, year int, now []Said) (out []Difference) {
	n, ok := b.patients.at[patient]
	said := make(map[int]*Said) // by the first row of the dose
	for i := range now {
		s := &now[i]
		row := -1
		if ok {
			if row = b.version(named{n, s.Entry}); row < 0 {
				row = b.version(named{n, s.First})
			}
		}
		switch {
		case row >= 0:
			said[b.tree(row).rows[0]] = s
		case !s.Back && !s.NotGiven && s.Taken.Time().Year() == year:
			out = append(out, Difference{Finding: Unrecorded, Now: &s.Record})
		}
	}
	y := b.YearOf(patient, year)
	done := make(map[int]bool)
	for _, row := range y.rows {
		t := b.tree(row)
		if b.kind[row] == Retraction || done[t.rows[0]] {
			continue
		}
		done[t.rows[0]] = true
		first, last := b.record(t.rows[0]), b.record(t.now)
		stands := !t.back && !last.NotGiven
		for _, r := range t.rows {
			if b.flags[r]&flagDiffers != 0 {
				out = append(out, Difference{Finding: RecordsDiffer, Was: &first, Now: &last})
				break
			}
		}
		s := said[t.rows[0]]
		switch inDiary := s != nil && !s.Back && !s.NotGiven; {
		case s == nil:
			out = append(out, Difference{Finding: Gone, Was: &last})
		case inDiary != stands, inDiary && !same(&s.Record, &last):
			d := Difference{Finding: Otherwise, Was: &last}
			if inDiary {
				d.Now = &s.Record
			}
			out = append(out, d)
		}
		switch {
		case !stands:
			out = append(out, Difference{Finding: WasWithdrawn, Was: &first})
		case t.now != t.rows[0]:
			out = append(out, Difference{Finding: WasCorrected, Was: &first, Now: &last})
		}
		if m := last.missing(); stands && m != 0 {
			out = append(out, Difference{Finding: IsIncomplete, Now: &last, Missing: m})
		}
	}
	arrange.By(out, func(x, y Difference) int {
		if c := int(x.Finding) - int(y.Finding); c != 0 {
			return c
		}
		a, b := x.about(), y.about()
		if a.Taken.Ms != b.Taken.Ms {
			return int(min(1, max(-1, a.Taken.Ms-b.Taken.Ms)))
		}
		return compare(a, b)
	})
	return out
}

func (d *Difference) about() *Record {
	if d.Now != nil {
		return d.Now
	}
	return d.Was
}

// same compares what was given, not which statement says so.
func same(a, b *Record) bool {
	x, y := *a, *b
	y.Source, y.Kind, y.Entry, y.Of, y.Written, y.Patient = x.Source, x.Kind, x.Entry, x.Of, x.Written, x.Patient
	y.Product.Name, y.Product.Company, y.Product.Unit = x.Product.Name, x.Product.Company, x.Product.Unit // may be known better today
	if a.Product.Company == "" && b.Product.Company == "" {
		y.Product.Name = b.Product.Name // typed by the patient
	}
	return compare(&x, &y) == 0
}
