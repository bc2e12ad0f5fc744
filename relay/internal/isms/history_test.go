package isms

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/relay/internal/store"
	"vialog/relay/internal/store/memory"
	"vialog/shared/isms"
)

// acts are one of each kind; that of the run takes several records.
func acts(t *testing.T) []Entry {
	d := declaration(t, small(), "roles", DayOf(noon), Day{})
	run := &Run{Cycle: 1, Origin: origin, Version: "v1", Tests: &Tests{Digest: "00", Passed: []string{"relay#TestX"}, Failed: []string{}}}
	for i := range 80 {
		run.Results = append(run.Results, Result{fmt.Sprintf("check-%d", i), NotEvidenced, isms.Text{EN: "Nothing of it was there to look at: <é>.", DE: "Nichts davon war da: „ä“."}, isms.Text{EN: "Look.", DE: "Ansehen."}})
	}
	return []Entry{
		{Time: noon, Actor: "jo", Plan: &Plan{Cycle: 1, Targets: map[string]int{"backup-hours": 24}, Until: DayOf(noon.AddDate(1, 0, 0)), Reason: "a first look"}},
		{Time: noon.Add(time.Hour), Actor: "jo", Run: run},
		{Time: noon.Add(2 * time.Hour), Actor: "mira", Declaration: &d},
		{Time: noon.Add(3 * time.Hour), Actor: "mira", Decision: &Decision{Item: "N1", Action: "a larger disk", Who: "operations", Due: DayOf(noon)}},
	}
}

func TestActsComeBackAsTheyWere(t *testing.T) {
	s := memory.New()
	want := acts(t)
	for _, e := range want {
		check1(t, Add(t.Context(), s, e))
		check1(t, s.Record(t.Context(), store.Audit{Time: noon, Actor: "jo", Act: "tenant.review"}))
	}
	h, err := Read(t.Context(), s)
	check1(t, err)
	if len(h.Entries) != len(want) || h.Interrupted != 0 {
		t.Fatalf("%d acts, %d interrupted", len(h.Entries), h.Interrupted)
	}
	for i, e := range h.Entries {
		again, err := e.Records()
		check1(t, err)
		first, err := want[i].Records()
		check1(t, err)
		if fmt.Sprint(again) != fmt.Sprint(first) || !e.Time.Equal(want[i].Time) || e.Actor != want[i].Actor {
			t.Errorf("act %d:\n%v\n%v", i, again, first)
		}
	}
	if records, err := want[1].Records(); err != nil || len(records) < 2 {
		t.Errorf("the run takes %d records: %v", len(records), err)
	}
}

func TestAnActThatWasInterruptedWasNotMade(t *testing.T) {
	s := memory.New()
	run := acts(t)[1]
	records, err := run.Records()
	check1(t, err)
	for _, a := range records[:len(records)-1] {
		check1(t, s.Record(t.Context(), a))
	}
	if h, err := Read(t.Context(), s); err != nil || len(h.Entries) != 0 || h.Interrupted != 1 {
		t.Errorf("%+v %v", h, err)
	}
	check1(t, Add(t.Context(), s, run)) // the same once more
	if h, err := Read(t.Context(), s); err != nil || len(h.Entries) != 1 || h.Interrupted != 1 {
		t.Errorf("%+v %v", h, err)
	}
}

func TestPartsOutOfOrderAreNoActAndDoNoHarm(t *testing.T) {
	run := acts(t)[1]
	p, err := run.Records()
	check1(t, err)
	run.Time = run.Time.Add(time.Millisecond)
	q, err := run.Records()
	check1(t, err)
	if len(p) < 3 {
		t.Fatalf("%d parts", len(p))
	}
	for name, tt := range map[string]struct {
		parts       []store.Audit
		acts        int
		interrupted bool
	}{
		"without the first":           {p[1:], 0, true},
		"without the second":          {append(slices.Clone(p[:1]), p[2:]...), 0, true},
		"the second twice":            {append(append(slices.Clone(p[:2]), p[1]), p[2:]...), 0, true},
		"two at once":                 {interleave(p, q), 2, false},
		"two at the very same moment": {interleave(p, p), 0, true},
	} {
		s := memory.New()
		for _, a := range tt.parts {
			check1(t, s.Record(t.Context(), a))
		}
		check1(t, Add(t.Context(), s, acts(t)[0]))
		h, err := Read(t.Context(), s)
		if err != nil || len(h.Entries) != tt.acts+1 || (h.Interrupted > 0) != tt.interrupted {
			t.Errorf("%s: %v, %+v", name, err, h)
		}
	}
}

func interleave(p, q []store.Audit) (out []store.Audit) {
	for i := range p {
		out = append(out, p[i], q[i])
	}
	return out
}

func TestARecordThatIsNoneIsRefused(t *testing.T) {
	good, err := acts(t)[0].Records()
	check1(t, err)
	change := func(a store.Audit, f func(*store.Audit)) []store.Audit { f(&a); return []store.Audit{a} }
	subject := func(s string) []store.Audit {
		return change(good[0], func(a *store.Audit) { a.Subject = s })
	}
	digest := good[0].Subject[len(good[0].Subject)-64:]
	for name, records := range map[string][]store.Audit{
		"another act":               change(good[0], func(a *store.Audit) { a.Act = "isms.other" }),
		"an act of another form":    change(good[0], func(a *store.Audit) { a.Act = actDeclare; a.Detail = `{"document":5}` }),
		"a text that was altered":   change(good[0], func(a *store.Audit) { a.Detail = strings.Replace(a.Detail, "24", "99", 1) }),
		"no part":                   subject("sha256 " + digest),
		"part 0":                    subject("part 0 of 1 sha256 " + digest),
		"a part beyond the last":    subject("part 2 of 1 sha256 " + digest),
		"too many parts":            subject("part 1 of 401 sha256 " + digest),
		"another spelling":          subject("part 01 of 1 sha256 " + digest),
		"something behind":          subject(good[0].Subject + " x"),
		"the digest in large":       subject("part 1 of 1 sha256 " + strings.ToUpper(digest)),
		"a state that there is not": entry(actCheck, `{"cycle":1,"results":[{"check":"x","state":"well"}]}`),
		"no object":                 entry(actPlan, "[]"),
	} {
		s := memory.New()
		for _, a := range records {
			check1(t, s.Record(t.Context(), a))
		}
		if h, err := Read(t.Context(), s); !errors.Is(err, ErrRecord) {
			t.Errorf("%s: %+v %v", name, h, err)
		}
	}
	if h, err := Read(t.Context(), rewritten{log(t, 5, noon)}); !errors.Is(err, store.ErrAudit) {
		t.Errorf("a log that was altered: %+v %v", h, err)
	}
}

// entry is a text as the records of an act.
func entry(act, text string) []store.Audit {
	return []store.Audit{{Time: noon, Actor: "jo", Act: act, Subject: "part 1 of 1 sha256 " + sum(text), Detail: text}}
}

func sum(text string) string {
	h := digestOf(text)
	return hex.EncodeToString(h[:])
}

// A reader never takes anything that it would not write the same way, but for
// members that it does not know.
func FuzzRead(f *testing.F) {
	f.Add("isms.plan", "part 1 of 1 sha256 "+sum(`{"cycle":1}`), `{"cycle":1}`)
	f.Add("isms.check", "part 1 of 2 sha256 "+sum("{}"), "{")
	f.Add("isms.declare", "part 1 of 1 sha256 "+sum(`{"day":"2027-02-31"}`), `{"day":"2027-02-31"}`)
	f.Add("isms.report", "part 1 of 1 sha256 "+sum(`{"number":1}`), `{"number":1}`)
	f.Fuzz(func(t *testing.T, act, subject, detail string) {
		s := memory.New()
		if s.Record(t.Context(), store.Audit{Time: noon, Actor: "jo", Act: act, Subject: subject, Detail: detail}) != nil {
			return
		}
		h, err := Read(context.Background(), s)
		if err != nil || len(h.Entries)+len(h.Reports) == 0 {
			return
		}
		h.VerifyReports()
		e := append(h.Entries, h.Reports...)[0]
		name, _ := e.act()
		records, err := e.Records()
		if err != nil || records[0].Act != act || name != act {
			t.Errorf("%v %v", records, err)
		}
		again := memory.New()
		check1(t, Add(t.Context(), again, e))
		if h, err := Read(t.Context(), again); err != nil || len(h.Entries)+len(h.Reports) != 1 {
			t.Errorf("%+v %v", h, err)
		}
	})
}
