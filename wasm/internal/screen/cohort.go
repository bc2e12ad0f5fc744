package screen

import (
	"context"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/cohort"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// The centre's patients, compared. Figures of a thousand diaries take seconds:
// they are worked out once, and again for a diary that has changed, for all when
// the day or the period does.

const atCohort placeName = placesCohort

// compared is how the cohort is looked at, and the figures behind it. It is gone
// when the vault locks.
type compared struct {
	months   int
	severity diary.Grade
	class    string
	letter   cohort.Letter
	loose    bool
	order    view.Order

	day    diary.Date
	over   int // months of the figures
	people map[uint32]counted

	done, of int // of the counting that goes on
}

// counted are the figures of a diary as it was.
type counted struct {
	diary *diary.Diary
	size  int
	is    cohort.Person
}

// fewDiaries are worked out while the screen is drawn; more than these take long
// enough to say so.
const fewDiaries = 4

func (c *compared) period(now diary.Moment) diary.Period {
	today, _ := now.Wall()
	return diary.Period{From: today.AddMonths(-c.months).AddDays(1), To: today}
}

// fresh drops figures of another day or period.
func (c *compared) fresh(now diary.Moment) {
	if c.months == 0 {
		c.months, c.order = 12, view.Order{Column: 2, Down: true}
	}
	if today, _ := now.Wall(); c.people == nil || c.day != today || c.over != c.months {
		c.people, c.day, c.over = make(map[uint32]counted), today, c.months
	}
}

// knows tells whether the figures of a patient are those of the diary as it is.
func (c *compared) knows(p app.PatientInfo) bool {
	k, ok := c.people[p.N]
	return ok && k.diary == p.Diary && k.size == p.Diary.Len()
}

func countOne(p app.PatientInfo, now diary.Moment, over diary.Period) counted {
	return counted{p.Diary, p.Diary.Len(), cohort.PersonOf(p.N, p.Diary, now, over)}
}

// inCohort are the patients who are compared: all but those of whom entries are restricted.
func inCohort(l app.Look) []app.PatientInfo {
	return slices.DeleteFunc(l.CurrentPatients(), func(p app.PatientInfo) bool { return p.Restricted })
}

// everybody are the figures of all patients. Where too many are missing it begins
// to count and is not ok.
func (g *Guide) everybody(l app.Look, f view.Frame) (all []cohort.Person, ok bool) {
	c := &g.compared
	now := diary.MomentOf(f.Now)
	c.fresh(now)
	patients := inCohort(l)
	var missing []uint32
	for _, p := range patients {
		if !c.knows(p) {
			missing = append(missing, p.N)
		}
	}
	if len(missing) > fewDiaries {
		g.count(missing, now)
		return nil, false
	}
	for _, p := range patients {
		if !c.knows(p) {
			c.people[p.N] = countOne(p, now, c.period(now))
		}
		all = append(all, c.people[p.N].is)
	}
	return all, true
}

// count works out the figures of many patients beside everything else: the
// client is free between one and the next.
func (g *Guide) count(list []uint32, now diary.Moment) {
	c := &g.compared
	over := c.period(now)
	c.done, c.of = 0, len(list)
	var out []counted
	g.elsewhere(lang.CohortBusy, func(ctx context.Context) error {
		told := time.Now()
		for i, n := range list {
			g.env.Client.Look(func(l app.Look) {
				if p, ok := l.Patient(n); ok {
					out = append(out, countOne(p, now, over))
				}
			})
			if err := ctx.Err(); err != nil {
				return err
			}
			runtime.Gosched()
			if time.Since(told) > 200*time.Millisecond {
				told = time.Now()
				select {
				case g.do <- func() { c.done = i + 1 }:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		return nil
	}, func(err error) {
		c.done, c.of = 0, 0
		if err != nil || c.people == nil {
			return
		}
		for _, k := range out {
			c.people[k.is.N] = k
		}
	})
}

func (g *Guide) cohortScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name != atCohort || l.Role() != app.Centre {
		return nil
	}
	f.Place = view.PlacePatients
	is, ok := g.cohort(l, f)
	if !ok {
		return view.Busy{Base: f.Base, What: g.busy, Of: g.compared.of}
	}
	c := &g.compared
	if _, ok := is.Stratum(c.class); !ok && c.class != view.CohortApart {
		if c.class = view.CohortApart; len(is.Strata) > 0 {
			c.class = is.Strata[0].Name()
		}
	}
	return view.Cohort{
		Frame: f, Is: is, Names: calledAt(l), Months: c.months, Severity: c.severity, Class: c.class, Letter: c.letter, Loose: c.loose, Order: c.order, Shown: g.at.shown,
		Restricted: len(l.CurrentPatients()) - len(inCohort(l)),
	}
}

// cohort compares those who have the chosen severity.
func (g *Guide) cohort(l app.Look, f view.Frame) (cohort.Cohort, bool) {
	all, ok := g.everybody(l, f)
	if !ok {
		return cohort.Cohort{}, false
	}
	var some []cohort.Person
	for _, p := range all {
		if g.compared.severity == 0 || p.Severity == g.compared.severity {
			some = append(some, p)
		}
	}
	return cohort.Of(some), true
}

// calledAt are the centre's names of its patients.
func calledAt(l app.Look) map[uint32]view.Named {
	out := make(map[uint32]view.Named)
	for _, p := range l.Patients() {
		out[p.N] = view.Named{Pseudonym: p.Pseudonym, CaseNote: p.Note}
	}
	return out
}

func (g *Guide) cohortAct(e node.Event, f map[string]string) bool {
	c := &g.compared
	switch e.Act {
	case view.ActCohort:
		g.into(place{name: atCohort})
	case view.ActCohortBy:
		c.class, c.letter, c.loose = f[view.FieldClass], cohort.Ungrouped, false
		c.severity, _ = diary.ParseGrade(f[view.FieldSeverity])
		for _, n := range view.CohortPeriods {
			if strconv.Itoa(n) == f[view.FieldMonths] {
				c.months = n
			}
		}
		g.at.shown = pageSize
	case view.ActCohortGroup:
		l := cohort.Letter(min(number(f[view.FieldLetter]), uint32(cohort.D)))
		if on := c.letter == l && (l != cohort.Ungrouped || c.loose); on {
			c.letter, c.loose = cohort.Ungrouped, false
		} else {
			c.letter, c.loose = l, l == cohort.Ungrouped
		}
		g.at.shown = pageSize
	case view.ActCohortSort:
		c.order, g.aloud = c.order.Flip(view.CohortColumn(f[view.FieldColumn])), sorted
	case view.ActCohortDot:
		id, _ := strings.CutPrefix(e.ID, "dot-")
		g.openPatient(number(id))
	case view.ActCohortSave:
		g.saveCohort()
	default:
		return false
	}
	return true
}

// saveCohort downloads everybody with the chosen severity, whatever else is shown.
func (g *Guide) saveCohort() {
	var data []byte
	g.env.Client.Look(func(l app.Look) {
		f := view.Frame{Base: g.base()}
		is, ok := g.cohort(l, f)
		if !ok {
			return
		}
		names := calledAt(l)
		data = cohort.Table(is, g.compared.period(diary.MomentOf(f.Now)), func(n uint32) (string, string) { return names[n].Pseudonym, names[n].CaseNote })
	})
	if data == nil {
		return // the figures are on their way; the screen says so
	}
	name := "vialog-" + g.local(g.now()).Format(time.DateOnly) + "-cohort.csv"
	g.env.Page.Download(name, "text/csv;charset=utf-8", data)
	g.say(lang.CohortSaved, "file", name)
}
