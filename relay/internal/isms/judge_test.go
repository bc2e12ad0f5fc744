package isms

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"vialog/shared/isms"
)

func digestOf(text string) [32]byte { return sha256.Sum256([]byte(text)) }

// days are entries, one a day.
func days(entries ...Entry) *History {
	for i := range entries {
		entries[i].Time = noon.AddDate(0, 0, i)
	}
	return &History{Entries: entries}
}

func found(check string, s State) Entry {
	return Entry{Run: &Run{Cycle: 1, Results: []Result{{Check: check, State: s}}}}
}

func decided(d Decision) Entry { return Entry{Decision: &d} }

func TestANonconformityLivesUntilItIsSeenToBeGone(t *testing.T) {
	act := decided(Decision{Item: "N1", Action: "a larger disk", Who: "operations", Due: DayOf(noon.AddDate(0, 0, 4))})
	shut := decided(Decision{Item: "N1", Close: true})
	for _, tt := range []struct {
		name                      string
		h                         *History
		items                     int
		resolved, closed, overdue bool
	}{
		{"it opens", days(found("disk", Failed)), 1, false, false, false},
		{"what is not evidenced opens none", days(found("disk", NotEvidenced)), 0, false, false, false},
		{"once", days(found("disk", Failed), found("disk", Failed)), 1, false, false, false},
		{"it is not closed by saying so", days(found("disk", Failed), shut), 1, false, false, false},
		{"nor by looking away", days(found("disk", Failed), act, found("disk", NotEvidenced), shut), 1, false, false, false},
		{"nor by another check", days(found("disk", Failed), act, found("tls", Passed), shut), 1, false, false, false},
		{"it is resolved by a later run", days(found("disk", Failed), act, found("disk", Passed)), 1, true, false, false},
		{"until it fails again", days(found("disk", Failed), act, found("disk", Passed), found("disk", Failed)), 1, false, false, false},
		{"then it can be closed", days(found("disk", Failed), act, found("disk", Passed), shut), 1, true, true, false},
		{"after that another opens", days(found("disk", Failed), act, found("disk", Passed), shut, found("disk", Failed)), 2, true, true, false},
		{"it is overdue after its date", days(found("disk", Failed), act, found("x", Passed), found("x", Passed), found("x", Passed), found("x", Passed)), 1, false, false, true},
		{"on its date it is not yet", days(found("disk", Failed), act, found("x", Passed), found("x", Passed), found("x", Passed)), 1, false, false, false},
	} {
		last := tt.h.Entries[len(tt.h.Entries)-1].Time
		all := tt.h.Nonconformities(last, 14)
		if len(all) != tt.items {
			t.Errorf("%s: %d items", tt.name, len(all))
			continue
		}
		if tt.items > 0 && (all[0].Resolved.IsZero() == tt.resolved || all[0].Closed.IsZero() == tt.closed || all[0].Overdue != tt.overdue) {
			t.Errorf("%s: %+v", tt.name, all[0])
		}
	}
	open := days(found("disk", Failed))
	if !open.Nonconformities(noon.AddDate(0, 0, 14), 14)[0].Overdue || open.Nonconformities(noon.AddDate(0, 0, 13), 14)[0].Overdue {
		t.Error("an item that nobody decided on is not overdue when it should be")
	}
	if err := open.Decide(&Decision{Item: "N1", Close: true}); !errors.Is(err, ErrUnseen) {
		t.Errorf("closing what was not seen: %v", err)
	}
	if err := open.Decide(&Decision{Item: "N2"}); !errors.Is(err, ErrItem) {
		t.Errorf("an item that there is not: %v", err)
	}
	if err := days(found("disk", Failed), found("disk", Passed)).Decide(&Decision{Item: "N1", Close: true}); err != nil {
		t.Errorf("closing what was seen: %v", err)
	}
}

func TestAControlIsImplementedOnlyIfAllOfItsEvidenceIsThere(t *testing.T) {
	var byTest, byCheck, byDocument isms.Evidence
	for e, s := range map[*isms.Evidence]string{&byTest: "test:relay#TestX", &byCheck: "check:disk", &byDocument: "document:roles"} {
		check1(t, e.UnmarshalText([]byte(s)))
	}
	r := small()
	d := declaration(t, r, "roles", DayOf(noon), DayOf(noon.AddDate(0, 1, 0)))
	all := []isms.Evidence{byTest, byCheck, byDocument}
	passed, failed := &Tests{Passed: []string{"relay#TestX"}}, &Tests{Failed: []string{"relay#TestX"}}
	for _, tt := range []struct {
		name     string
		tests    *Tests
		disk     State
		declared bool
		later    time.Duration
		evidence []isms.Evidence
		open     bool
		want     Standing
	}{
		{"all is there", passed, Passed, true, 0, all, false, Implemented},
		{"a gap is known", passed, Passed, true, 0, all, true, Partial},
		{"the tests were not given", nil, Passed, true, 0, all, false, Partial},
		{"a test failed", failed, Passed, true, 0, all, false, NotEffective},
		{"the check failed", passed, Failed, true, 0, all, false, NotEffective},
		{"the check saw nothing", passed, NotEvidenced, true, 0, all, false, Partial},
		{"nobody declared it", passed, Passed, false, 0, all, false, Partial},
		{"the declaration has ended", passed, Passed, true, 40 * 24 * time.Hour, all, false, NotEffective},
		{"nothing was seen", nil, NotEvidenced, false, 0, all, false, Unevidenced},
		{"nothing, and a gap is known", nil, NotEvidenced, false, 0, all, true, Planned},
		{"no evidence is asked for", passed, Passed, true, 0, nil, false, Unevidenced},
	} {
		h := &History{}
		if tt.declared {
			h.Entries = []Entry{{Time: noon, Declaration: &d}}
		}
		run := &Run{Tests: tt.tests, Results: []Result{{Check: "disk", State: tt.disk}}}
		if got, _ := newJudge(r, h, run, noon.Add(tt.later)).stand(tt.evidence, tt.open); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func TestADeclarationIsWhatItsKeySignedAndEnds(t *testing.T) {
	r := small()
	d := declaration(t, r, "roles", DayOf(noon), Day{})
	if want := DayOf(noon.AddDate(1, 0, 0)); !d.Until.Equal(want.Time) {
		t.Errorf("until %s", d.Until)
	}
	for at, want := range map[time.Time]bool{noon.AddDate(0, 0, -1): false, noon: true, noon.AddDate(1, 0, 0): true, noon.AddDate(1, 0, 1): false} {
		if d.In(at) != want {
			t.Errorf("in force at %s: %t", at, !want)
		}
	}
	for name, change := range map[string]func(*Declaration){
		"another sentence": func(d *Declaration) { d.Says = "Nothing is." },
		"another role":     func(d *Declaration) { d.Role = "nobody" },
		"a later end":      func(d *Declaration) { d.Until = DayOf(noon.AddDate(2, 0, 0)) },
		"another file":     func(d *Declaration) { d.File = sum("x") },
		"another key":      func(d *Declaration) { d.Key = declaration(t, r, "roles", d.Day, d.Until).Key },
		"no note":          func(d *Declaration) { d.Note = "" },
	} {
		altered := d
		change(&altered)
		if altered.Verify() == nil || altered.In(noon) {
			t.Errorf("%s is taken", name)
		}
	}
	for want, bad := range map[error]Declaration{
		ErrDocument: {Document: "nothing", Role: "x", Says: "y", Day: DayOf(noon)},
		ErrSays:     {Document: "roles", Role: "x", Says: "y\nz", Day: DayOf(noon)},
		ErrUntil:    {Document: "roles", Role: "x", Says: "y", Day: DayOf(noon), Until: DayOf(noon.AddDate(1, 0, 1))},
	} {
		if _, err := Declare(r, bad, "", nil); !errors.Is(err, want) {
			t.Errorf("%v, and not %v", err, want)
		}
	}
}

func TestTargetsAreNumbersInTheirBounds(t *testing.T) {
	set, err := SetTargets(&Plan{Targets: map[string]int{"disk-percent": 20}}, []string{"backup-hours=24"})
	if err != nil || set["disk-percent"] != 20 || set["backup-hours"] != 24 {
		t.Errorf("%v %v", set, err)
	}
	for _, bad := range []string{"backup-hours", "backup-hours=0", "backup-hours=745", "backup-hours=x", "backup=1", ""} {
		if _, err := SetTargets(nil, []string{bad}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestACycleThatIsOverIsSaid(t *testing.T) {
	p := &Plan{Until: DayOf(noon)}
	if p.Over(noon) || !p.Over(noon.AddDate(0, 0, 1)) {
		t.Error("it is over on another day than the one after its last")
	}
	r := report(t, small())
	for until, want := range map[Day]bool{DayOf(noon.AddDate(1, 0, 0)): false, DayOf(noon.AddDate(0, 0, -1)): true} {
		r.Plan.Until = until
		page, err := r.HTML("en")
		check1(t, err)
		_, rest, _ := strings.Cut(string(page), "The next cycle begins by")
		rest, _, _ = strings.Cut(rest, "</p>")
		if strings.Contains(rest, "overdue") != want {
			t.Errorf("%s: %s", until, rest)
		}
	}
}
