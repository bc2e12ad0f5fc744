package isms

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/relay/internal/store/memory"
)

// reported is a log with two cycles, each with its report, and the files of both.
func reported(t *testing.T) (s *memory.Store, first, second map[string][]byte) {
	t.Helper()
	s = memory.New()
	made := acts(t)
	hour := 0
	add := func(e Entry) {
		e.Time = noon.Add(time.Duration(hour) * time.Hour)
		hour++
		check1(t, Add(t.Context(), s, e))
		check1(t, s.Record(t.Context(), store.Audit{Time: e.Time, Actor: "jo", Act: "tenant.review"}))
	}
	add(made[0])
	add(made[1])
	first = issue(t, s, 1)
	add(made[2])
	add(Entry{Actor: "jo", Plan: &Plan{Cycle: 2, Targets: map[string]int{}, Until: DayOf(noon.AddDate(1, 0, 0))}})
	add(Entry{Actor: "jo", Run: &Run{Cycle: 2, Origin: origin, Version: "v2", Results: []Result{{Check: "store", State: Failed}}}})
	second = issue(t, s, 2)
	return s, first, second
}

func issue(t *testing.T, s Chronicle, number int) map[string][]byte {
	t.Helper()
	report, files, err := HandOut(t.Context(), s, noon.AddDate(0, 1, number), "mira", func(h *History) (*Report, error) { return Make(small(), h) })
	check1(t, err)
	if report.Number != number {
		t.Fatalf("it is report %d, not %d", report.Number, number)
	}
	return files
}

func all(t *testing.T, s *memory.Store) []store.Audit {
	t.Helper()
	list, err := s.Audits(t.Context(), 0, 1000)
	check1(t, err)
	return list
}

// anew is a log with these records, whose hashes follow each other again.
func anew(t *testing.T, records []store.Audit) *memory.Store {
	t.Helper()
	s := memory.New()
	for _, a := range records {
		a.Index = 0
		check1(t, s.Record(t.Context(), a))
	}
	return s
}

func read(t *testing.T, s *memory.Store) *History {
	t.Helper()
	h, err := Read(t.Context(), s)
	check1(t, err)
	return h
}

func put(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, b := range files {
		check1(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
}

func TestReportsFollowEachOther(t *testing.T) {
	s, first, second := reported(t)
	h := read(t, s)
	check1(t, h.VerifyReports())
	if len(h.Reports) != 2 || h.Reports[0].Issue.Before != "" || h.Reports[1].Issue.Cycle != 2 {
		t.Fatalf("%+v", h.Reports)
	}
	page := string(second["report-de.html"])
	if !strings.Contains(page, h.Reports[1].Issue.Before) || !strings.Contains(page, "Bericht 2") {
		t.Error("the page does not name the report before")
	}
	// The same again is no other report.
	size := len(all(t, s))
	again := issue(t, s, 2)
	if !maps.Equal(digests(again), digests(second)) || len(all(t, s)) != size {
		t.Error("the same report was handed out as another one")
	}
	for i, files := range []map[string][]byte{first, second} {
		dir := t.TempDir()
		put(t, dir, files)
		put(t, dir, map[string][]byte{"notes.txt": []byte("mine")})
		e, n, err := h.FindReport(dir)
		if err != nil || n != len(files) || e.Issue.Number != i+1 {
			t.Errorf("report %d: %+v, %d files, %v", i+1, e, n, err)
		}
	}
}

// Whoever can write the store can redo the hashes of all records behind the one they
// alter. The reports that were handed out since tell of it, whatever was done.
func TestWhatWasAlteredBeforeAReportIsSeen(t *testing.T) {
	s, _, _ := reported(t)
	find := func(list []store.Audit, act string, n int) int {
		for i, a := range list {
			if a.Act == act {
				if n--; n == 0 {
					return i
				}
			}
		}
		t.Fatalf("no %s", act)
		return 0
	}
	// An act of the same form with another text and its own digest.
	altered := func(a store.Audit, old, new string) store.Audit {
		text := strings.Replace(a.Detail, old, new, 1)
		if text == a.Detail {
			t.Fatalf("%q is not in %s", old, a.Detail)
		}
		e := entry(a.Act, text)[0]
		e.Time, e.Actor = a.Time, a.Actor
		return e
	}
	for name, tamper := range map[string]func(list []store.Audit) []store.Audit{
		"a target was altered": func(l []store.Audit) []store.Audit {
			i := find(l, actPlan, 1)
			l[i] = altered(l[i], "24", "99")
			return l
		},
		"a failure became a pass": func(l []store.Audit) []store.Audit {
			i := find(l, actReport, 2) - 2
			l[i] = altered(l[i], `"failed"`, `"passed"`)
			return l
		},
		"it was another person": func(l []store.Audit) []store.Audit {
			l[find(l, actPlan, 1)].Actor = "mallory"
			return l
		},
		"it was on another day": func(l []store.Audit) []store.Audit {
			i := find(l, actPlan, 1)
			l[i].Time = l[i].Time.AddDate(0, 0, -1)
			return l
		},
		"an act was taken out": func(l []store.Audit) []store.Audit {
			i := find(l, actDeclare, 1)
			return slices.Delete(l, i, i+1)
		},
		"an act was put in": func(l []store.Audit) []store.Audit {
			return slices.Insert(l, find(l, actPlan, 2), entry(actAct, `{"item":"N1","close":true}`)...)
		},
		"acts changed places": func(l []store.Audit) []store.Audit {
			i, j := find(l, actDeclare, 1), find(l, actPlan, 2)
			l[i], l[j] = l[j], l[i]
			return l
		},
		"a report was altered": func(l []store.Audit) []store.Audit {
			i := find(l, actReport, 1)
			var is Issue
			check1(t, json.Unmarshal([]byte(l[i].Detail), &is))
			is.Files["report-en.html"] = strings.Repeat("ab", 32)
			records, err := (&Entry{Time: l[i].Time, Actor: l[i].Actor, Issue: &is}).Records()
			check1(t, err)
			l[i] = records[0]
			return l
		},
		"a report was taken out": func(l []store.Audit) []store.Audit {
			i := find(l, actReport, 1)
			return slices.Delete(l, i, i+1)
		},
		"a report was put in": func(l []store.Audit) []store.Audit {
			i := find(l, actReport, 1)
			return slices.Insert(l, i, l[i])
		},
		"reports changed places": func(l []store.Audit) []store.Audit {
			i, j := find(l, actReport, 1), find(l, actReport, 2)
			l[i], l[j] = l[j], l[i]
			return l
		},
	} {
		again := anew(t, tamper(all(t, s)))
		if err := read(t, again).VerifyReports(); !errors.Is(err, ErrChain) {
			t.Errorf("%s: %v", name, err)
		}
		// A report that is handed out after that does not hide it.
		_, _, err := HandOut(t.Context(), again, noon.AddDate(1, 0, 0), "mallory", func(h *History) (*Report, error) { return Make(small(), h) })
		check1(t, err)
		if err := read(t, again).VerifyReports(); !errors.Is(err, ErrChain) {
			t.Errorf("%s, and a report more: %v", name, err)
		}
	}
	check1(t, read(t, anew(t, all(t, s))).VerifyReports()) // it is not the writing anew that is seen
}

// Against who writes all of it anew, reports as well, there is what was handed out.
func TestFilesThatWereHandedOutAreHeldAgainstTheLog(t *testing.T) {
	s, first, second := reported(t)
	h := read(t, s)
	for name, files := range map[string]map[string][]byte{
		"a file was altered":       {"report-en.html": append([]byte(nil), append(second["report-en.html"], ' ')...)},
		"files of two reports":     {"report-en.html": first["report-en.html"], "report-de.html": second["report-de.html"]},
		"one is of another report": {"report-en.html": second["report-en.html"], "assessment-results.json": first["assessment-results.json"]},
	} {
		dir := t.TempDir()
		put(t, dir, files)
		if e, _, err := h.FindReport(dir); !errors.Is(err, ErrChain) {
			t.Errorf("%s: %+v %v", name, e, err)
		}
	}
	if _, _, err := h.FindReport(t.TempDir()); err == nil {
		t.Error("an empty folder is a report")
	}
	other := memory.New()
	for _, e := range acts(t)[:2] {
		e.Actor = "mallory"
		check1(t, Add(t.Context(), other, e))
	}
	issue(t, other, 1)
	dir := t.TempDir()
	put(t, dir, first)
	h = read(t, other)
	check1(t, h.VerifyReports())
	if e, _, err := h.FindReport(dir); !errors.Is(err, ErrChain) {
		t.Errorf("a log that was written anew: %+v %v", e, err)
	}
}

func TestARecordOfAReportIsRefusedIfItIsNone(t *testing.T) {
	good := `{"number":1,"cycle":1,"before":"","acts":"` + strings.Repeat("ab", 32) + `","files":{"a":"` + strings.Repeat("cd", 32) + `"}}`
	s := memory.New()
	check1(t, s.Record(t.Context(), entry(actReport, good)[0]))
	if h := read(t, s); len(h.Reports) != 1 || !errors.Is(h.VerifyReports(), ErrChain) {
		t.Errorf("%+v", h.Reports)
	}
	for name, change := range map[string][2]string{
		"number 0":              {`"number":1`, `"number":0`},
		"cycle 0":               {`"cycle":1`, `"cycle":0`},
		"before is no digest":   {`"before":""`, `"before":"ab"`},
		"a digest in capitals":  {strings.Repeat("ab", 32), strings.Repeat("AB", 32)},
		"no files":              {`"a":"` + strings.Repeat("cd", 32) + `"`, ``},
		"a file without a hash": {strings.Repeat("cd", 32), ""},
		"a file without a name": {`"a"`, `""`},
		"a name that is long":   {`"a"`, `"` + strings.Repeat("a", 65) + `"`},
	} {
		s := memory.New()
		check1(t, s.Record(t.Context(), entry(actReport, strings.Replace(good, change[0], change[1], 1))[0]))
		if h, err := Read(t.Context(), s); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: %+v %v", name, h, err)
		}
	}
	many := good[:len(good)-2]
	for i := range 20 {
		many += `,"b` + strings.Repeat("x", i) + `":"` + strings.Repeat("cd", 32) + `"`
	}
	parts := []store.Audit{entry(actReport, many+"}}")[0]}
	for name, records := range map[string][]store.Audit{"too many files": parts, "two parts": split(entry(actReport, good)[0])} {
		s := memory.New()
		for _, a := range records {
			check1(t, s.Record(t.Context(), a))
		}
		if h, err := Read(t.Context(), s); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: %+v %v", name, h, err)
		}
	}
}

// split makes an act of one part one of two.
func split(a store.Audit) []store.Audit {
	b := a
	b.Subject = strings.Replace(a.Subject, "part 1 of 1", "part 2 of 2", 1)
	a.Subject = strings.Replace(a.Subject, "part 1 of 1", "part 1 of 2", 1)
	a.Detail, b.Detail = a.Detail[:9], a.Detail[9:]
	return []store.Audit{a, b}
}

// busy is a log to which somebody else writes whenever it was read to its end.
type busy struct {
	*memory.Store
	left int
}

func (b *busy) Audits(ctx context.Context, after uint64, n int) ([]store.Audit, error) {
	page, err := b.Store.Audits(ctx, after, n)
	if err == nil && len(page) == 0 && b.left > 0 {
		b.left--
		err = b.Store.Record(ctx, store.Audit{Time: noon, Actor: "jo", Act: "tenant.add"})
	}
	return page, err
}

func TestAReportIsNotedBehindAllThatItKnows(t *testing.T) {
	s, _, _ := reported(t)
	check1(t, Add(t.Context(), s, Entry{Time: noon.AddDate(0, 2, 0), Actor: "jo", Run: &Run{Cycle: 2, Origin: origin, Version: "v3"}}))
	b := &busy{Store: s, left: 3}
	issue(t, b, 3)
	h := read(t, s)
	check1(t, h.VerifyReports())
	if b.left != 0 || len(h.Reports) != 3 {
		t.Errorf("%d left, %d reports", b.left, len(h.Reports))
	}
}
