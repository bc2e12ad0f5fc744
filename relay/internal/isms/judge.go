package isms

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"vialog/shared/isms"
)

// ErrItem reports a decision about a nonconformity that there is not, or that does not allow it.
var (
	ErrItem   = errors.New("there is no open nonconformity of this number")
	ErrUnseen = errors.New("it is closed by a later run in which its check passes: relay isms check first")
)

// Plan returns the plan in force, nil before the first.
func (h *History) Plan() *Plan {
	for i := range h.Entries {
		if p := h.Entries[len(h.Entries)-1-i].Plan; p != nil {
			return p
		}
	}
	return nil
}

// until returns the history up to and with entry n.
func (h *History) until(n int) *History { return &History{Entries: h.Entries[:n+1]} }

// lastRun returns the index of the newest run that f accepts, -1 if none.
func (h *History) lastRun(f func(*Run) bool) int {
	for i, e := range slices.Backward(h.Entries) {
		if e.Run != nil && f(e.Run) {
			return i
		}
	}
	return -1
}

// declared returns the newest declaration of a document that was made until now, nil if none.
func (h *History) declared(document string, now time.Time) *Declaration {
	for _, e := range slices.Backward(h.Entries) {
		if d := e.Declaration; d != nil && d.Document == document && !e.Time.After(now) && d.Verify() == nil {
			return d
		}
	}
	return nil
}

// A Nonconformity is a check that failed, and what was done about it.
type Nonconformity struct {
	ID       string // N1
	Check    string
	Cycle    int
	Opened   time.Time
	Finding  isms.Text // of the last run in which it failed
	Next     isms.Text
	Action   string // "": nobody decided yet
	Who      string
	Due      Day
	Resolved time.Time // of the first run since in which it passed; zero: none yet
	Closed   time.Time // zero: not yet
	Decided  string    // which operator decided on the action
	ClosedBy string    // which operator closed it
	Overdue  bool      // without an action for too long, or past its date, and not resolved
}

// Nonconformities returns all that there were, in the order in which they opened.
func (h *History) Nonconformities(now time.Time, actionDays int) []*Nonconformity {
	var all []*Nonconformity
	open := map[string]*Nonconformity{}
	for _, e := range h.Entries {
		if e.Run != nil {
			for _, r := range e.Run.Results {
				n := open[r.Check]
				switch {
				case r.Check == actionsCheck:
				case r.State == Failed && n == nil:
					n = &Nonconformity{ID: fmt.Sprintf("N%d", len(all)+1), Check: r.Check, Cycle: e.Run.Cycle, Opened: e.Time, Finding: r.Finding, Next: r.Next}
					all, open[r.Check] = append(all, n), n
				case r.State == Failed:
					n.Finding, n.Next, n.Resolved = r.Finding, r.Next, time.Time{}
				case r.State == Passed && n != nil && n.Resolved.IsZero():
					n.Resolved = e.Time
				}
			}
		}
		if d := e.Decision; d != nil {
			i := slices.IndexFunc(all, func(n *Nonconformity) bool { return n.ID == d.Item })
			if i < 0 || !all[i].Closed.IsZero() {
				continue
			}
			n := all[i]
			if d.Action != "" {
				n.Action, n.Who, n.Due, n.Decided = d.Action, d.Who, d.Due, e.Actor
			}
			if d.Close && !n.Resolved.IsZero() {
				n.Closed, n.ClosedBy = e.Time, e.Actor
				delete(open, n.Check)
			}
		}
	}
	for _, n := range all {
		due := n.Opened.AddDate(0, 0, actionDays)
		if n.Action != "" {
			due = n.Due.AddDate(0, 0, 1)
		}
		n.Overdue = n.Resolved.IsZero() && n.Closed.IsZero() && !now.Before(due)
	}
	return all
}

// Decide reports why a decision cannot be made (ErrItem, ErrUnseen).
func (h *History) Decide(d *Decision) error {
	for _, n := range h.Nonconformities(time.Time{}, 0) {
		if n.ID != d.Item || !n.Closed.IsZero() {
			continue
		}
		if d.Close && n.Resolved.IsZero() {
			return ErrUnseen
		}
		return nil
	}
	return ErrItem
}

// A Standing is how a control or a requirement stands in a deployment.
type Standing string

const (
	Implemented  Standing = "implemented"   // all evidence is there
	Partial      Standing = "partial"       // some of it
	NotEffective Standing = "not-effective" // something failed
	Planned      Standing = "planned"       // a known gap
	Unevidenced  Standing = "not-evidenced"
	Excluded     Standing = "not-applicable"
)

// Standings are all, from good to bad.
var Standings = []Standing{Implemented, Partial, NotEffective, Planned, Unevidenced, Excluded}

// A Proof is a piece of evidence and how it was found.
type Proof struct {
	isms.Evidence
	State State
}

// A judge knows what was seen until a moment.
type judge struct {
	register *isms.Register
	history  *History
	run      *Run
	now      time.Time
	passed   map[string]bool // tests
	failed   map[string]bool
}

func newJudge(r *isms.Register, h *History, run *Run, now time.Time) *judge {
	j := &judge{register: r, history: h, run: run, now: now, passed: map[string]bool{}, failed: map[string]bool{}}
	if run.Tests != nil {
		for _, name := range run.Tests.Passed {
			j.passed[name] = true
		}
		for _, name := range run.Tests.Failed {
			j.failed[name] = true
		}
	}
	return j
}

func (j *judge) evidence(e isms.Evidence) State {
	switch e.Kind {
	case isms.ByTest:
		switch name := e.Path + "#" + e.ID; {
		case j.failed[name]:
			return Failed
		case j.passed[name]:
			return Passed
		}
	case isms.ByCheck:
		if r := j.run.Result(e.ID); r != nil {
			return r.State
		}
	case isms.ByDocument:
		switch d := j.history.declared(e.ID, j.now); {
		case d == nil:
		case d.In(j.now):
			return Passed
		default:
			return Failed
		}
	}
	return NotEvidenced
}

// stand judges by evidence, and by whether something is known to be missing.
func (j *judge) stand(all []isms.Evidence, open bool) (Standing, []Proof) {
	var proofs []Proof
	count := map[State]int{}
	for _, e := range all {
		p := Proof{e, j.evidence(e)}
		proofs = append(proofs, p)
		count[p.State]++
	}
	switch {
	case count[Failed] > 0:
		return NotEffective, proofs
	case !open && len(all) > 0 && count[Passed] == len(all):
		return Implemented, proofs
	case count[Passed] > 0:
		return Partial, proofs
	case open:
		return Planned, proofs
	}
	return Unevidenced, proofs
}

func (j *judge) control(c *isms.Control) (Standing, []Proof) {
	if !c.Applicable {
		return Excluded, nil
	}
	return j.stand(c.Evidence, c.Open != nil)
}

func (j *judge) requirement(q *isms.Requirement) (Standing, []Proof) {
	if q.State == isms.NotApplicable {
		return Excluded, nil
	}
	return j.stand(q.Evidence, q.Open != nil)
}

// evidence is all that the register names.
func evidence(r *isms.Register) iter.Seq[isms.Evidence] {
	return func(yield func(isms.Evidence) bool) {
		var lists [][]isms.Evidence
		for _, c := range r.Controls {
			lists = append(lists, c.Evidence)
		}
		for _, t := range r.Tables {
			for _, q := range t.Rows {
				lists = append(lists, q.Evidence)
			}
		}
		for _, k := range r.Risks {
			lists = append(lists, k.Evidence)
		}
		for _, a := range r.Crypto.Algorithms {
			lists = append(lists, a.Evidence)
		}
		for _, l := range lists {
			for _, e := range l {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// A Change is what is otherwise than in the cycle before.
type Change struct {
	What     ChangeKind
	ID       string
	Was, Now string
}

// A ChangeKind is what changed.
type ChangeKind string

const (
	ChangedCheck   ChangeKind = "check"
	ChangedControl ChangeKind = "control"
	ChangedTarget  ChangeKind = "target"
	Opened         ChangeKind = "opened"
	Closed         ChangeKind = "closed"
	DeclaredAnew   ChangeKind = "declared"
)

// changes compares two cycles.
func changes(now, before *judge, plan, planBefore *Plan, items []*Nonconformity, since time.Time) []Change {
	var all []Change
	for _, t := range Targets {
		if was, is := planBefore.Target(t.Name), plan.Target(t.Name); was != is {
			all = append(all, Change{ChangedTarget, t.Name, fmt.Sprint(was), fmt.Sprint(is)})
		}
	}
	for _, n := range items {
		if n.Opened.After(since) {
			all = append(all, Change{What: Opened, ID: n.ID, Now: n.Check})
		}
		if n.Closed.After(since) {
			all = append(all, Change{What: Closed, ID: n.ID, Now: n.Check})
		}
	}
	for _, r := range now.run.Results {
		was := NotEvidenced
		if b := before.run.Result(r.Check); b != nil {
			was = b.State
		}
		if was != r.State {
			all = append(all, Change{ChangedCheck, r.Check, string(was), string(r.State)})
		}
	}
	declared := map[string]string{}
	for _, e := range now.history.Entries {
		if e.Declaration != nil && e.Time.After(since) {
			declared[e.Declaration.Document] = e.Declaration.Until.String()
		}
	}
	for _, d := range slices.Sorted(maps.Keys(declared)) {
		all = append(all, Change{What: DeclaredAnew, ID: d, Now: declared[d]})
	}
	for i := range now.register.Controls {
		c := &now.register.Controls[i]
		is, _ := now.control(c)
		was, _ := before.control(c)
		if is != was {
			all = append(all, Change{ChangedControl, c.ID, string(was), string(is)})
		}
	}
	return all
}

// Checked reports whether a cycle has had a run.
func (h *History) Checked(cycle int) bool {
	return h.lastRun(func(r *Run) bool { return r.Cycle == cycle }) >= 0
}
