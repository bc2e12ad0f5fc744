package isms

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"strings"
	"time"

	"vialog/shared/isms"
)

// ErrNoRun reports a history in which nothing was checked.
var ErrNoRun = errors.New("nothing was checked yet")

// A Report is everything that is reported of one deployment, as of its newest act.
type Report struct {
	Number int    // among those that were handed out
	Before string // the digest of the record of the one before; "" for the first

	Register *isms.Register
	AsOf     time.Time
	Origin   string
	Plan     *Plan
	Run      *Run
	Checked  time.Time
	By       string // which operator checked

	Controls  []ControlRow
	Tables    []TableRows
	Items     []*Nonconformity
	Gaps      []Gap
	Documents []DocumentRow
	Cycles    []CycleRow
	Changes   []Change // since the cycle before
	Compared  int      // that cycle; 0: there is none

	judge *judge
}

// A ControlRow is one row of the Statement of Applicability.
type ControlRow struct {
	*isms.Control
	Standing Standing
	Proofs   []Proof
}

// TableRows are the requirements of one source.
type TableRows struct {
	*isms.Table
	Rows []RequirementRow
}

// A RequirementRow is one of them.
type RequirementRow struct {
	*isms.Requirement
	Standing Standing
	Proofs   []Proof
}

// A Gap is what the register knows to be missing.
type Gap struct {
	Where   string
	Title   isms.Text
	Reason  isms.Text
	Review  isms.Date
	Overdue bool
}

// A DocumentRow is a document and its newest declaration, nil if none.
type DocumentRow struct {
	*isms.Document
	*Declaration
	State State
}

// A CycleRow is one cycle.
type CycleRow struct {
	Number                  int
	Began, Checked          time.Time
	Passed, Failed, Missing int
	Reason                  string
}

// Make makes the report (ErrNoRun).
func Make(r *isms.Register, h *History) (*Report, error) {
	last := h.lastRun(func(*Run) bool { return true })
	plan := h.Plan()
	if last < 0 || plan == nil {
		return nil, ErrNoRun
	}
	run := h.Entries[last].Run
	out := &Report{Register: r, AsOf: h.Entries[len(h.Entries)-1].Time, Origin: run.Origin, Plan: plan, Run: run, Checked: h.Entries[last].Time, By: h.Entries[last].Actor}
	j := newJudge(r, h, run, out.AsOf)
	out.judge = j
	out.Items = h.Nonconformities(out.AsOf, plan.Target("action-days"))
	for i := range r.Controls {
		c := &r.Controls[i]
		standing, proofs := j.control(c)
		out.Controls = append(out.Controls, ControlRow{c, standing, proofs})
		if c.Open != nil {
			out.gap(c.ID, c.Title, c.Open)
		}
	}
	for i := range r.Tables {
		t := &r.Tables[i]
		rows := TableRows{Table: t}
		for k := range t.Rows {
			q := &t.Rows[k]
			standing, proofs := j.requirement(q)
			rows.Rows = append(rows.Rows, RequirementRow{q, standing, proofs})
			if q.Open != nil {
				out.gap(t.ID+" "+q.ID, q.Demand, q.Open)
			}
		}
		out.Tables = append(out.Tables, rows)
	}
	for i := range r.Documents {
		d := &r.Documents[i]
		out.Documents = append(out.Documents, DocumentRow{d, h.declared(d.ID, out.AsOf), j.evidence(isms.Evidence{Kind: isms.ByDocument, ID: d.ID})})
	}
	out.cycles(h)
	out.compare(h)
	return out, nil
}

func (out *Report) gap(where string, title isms.Text, g *isms.Gap) {
	out.Gaps = append(out.Gaps, Gap{where, title, g.Reason, g.Review, Day{g.Review.Time()}.over(out.AsOf)})
}

func (out *Report) cycles(h *History) {
	for _, e := range h.Entries {
		if e.Plan != nil {
			out.Cycles = append(out.Cycles, CycleRow{Number: e.Plan.Cycle, Began: e.Time, Reason: e.Plan.Reason})
		}
		if e.Run == nil || len(out.Cycles) == 0 {
			continue
		}
		c := &out.Cycles[len(out.Cycles)-1]
		c.Checked, c.Passed, c.Failed, c.Missing = e.Time, 0, 0, 0
		for _, r := range e.Run.Results {
			switch r.State {
			case Passed:
				c.Passed++
			case Failed:
				c.Failed++
			default:
				c.Missing++
			}
		}
	}
}

// compare finds what changed since the last run of the cycle before.
func (out *Report) compare(h *History) {
	i := h.lastRun(func(r *Run) bool { return r.Cycle == out.Run.Cycle-1 })
	if i < 0 {
		return
	}
	then, planThen := h.until(i), h.until(i).Plan()
	before := newJudge(out.Register, then, h.Entries[i].Run, h.Entries[i].Time)
	out.Compared = out.Run.Cycle - 1
	out.Changes = changes(out.judge, before, out.Plan, planThen, out.Items, h.Entries[i].Time)
}

// Count counts controls of a kind that stand so.
func (out *Report) Count(k isms.Kind, s Standing) (n int) {
	for _, c := range out.Controls {
		if c.Kind == k && c.Standing == s {
			n++
		}
	}
	return n
}

// Of counts controls of a kind.
func (out *Report) Of(k isms.Kind) (n int) {
	for _, c := range out.Controls {
		if c.Kind == k {
			n++
		}
	}
	return n
}

//go:embed report.html
var reportText string

//go:embed report.css
var reportStyle string

// HTML writes the report as one page that needs nothing else.
func (out *Report) HTML(lang string) ([]byte, error) {
	w := func(key string) string { return word(key, lang) }
	page, err := template.New("report").Funcs(template.FuncMap{
		"w":      w,
		"in":     func(t isms.Text) string { return t.In(lang) },
		"day":    func(t time.Time) string { return dayIn(t, lang) },
		"date":   func(d isms.Date) string { return dayIn(d.Time(), lang) },
		"moment": func(t time.Time) string { return dayIn(t, lang) + t.UTC().Format(" 15:04 UTC") },
		"style":  func() template.CSS { return template.CSS(reportStyle) },
		"change": func(c Change) string { return out.change(c, lang) },
		"check": func(id string) string {
			if k := out.Register.Check(id); k != nil {
				return k.Title.In(lang)
			}
			return id
		},
		"proof":     func(p Proof) string { return out.proof(p, lang) },
		"assets":    func(ids []string) string { return out.assets(ids, lang) },
		"join":      func(s []string) string { return strings.Join(s, ", ") },
		"standings": func() []Standing { return Standings },
		"kinds":     func() []isms.Kind { return []isms.Kind{isms.Technical, isms.Partly, isms.Declared} },
		"mark":      mark,
		"targets":   func() []Target { return Targets },
		"area": func(n int) (rows []ControlRow) {
			for _, c := range out.Controls {
				if c.Area() == n {
					rows = append(rows, c)
				}
			}
			return rows
		},
		"lang":    func() string { return lang },
		"verdict": func(v isms.Verdict) string { return w("verdict " + string(v)) },
	}).Parse(reportText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := page.Execute(&b, out); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func dayIn(t time.Time, lang string) string {
	switch {
	case t.IsZero():
		return "–"
	case lang == "de":
		return t.UTC().Format("02.01.2006")
	}
	return t.UTC().Format("2 Jan 2006")
}

// mark is the sign beside a word of state: colour alone says nothing.
func mark(s string) string {
	switch s {
	case string(Passed), string(Implemented):
		return "✓"
	case string(Failed), string(NotEffective):
		return "✗"
	case string(Partial):
		return "◐"
	case string(Excluded):
		return "–"
	}
	return "○"
}

func (out *Report) proof(p Proof, lang string) string {
	switch p.Kind {
	case isms.ByCheck:
		if k := out.Register.Check(p.ID); k != nil {
			return word("by check", lang) + ": " + k.Title.In(lang)
		}
	case isms.ByDocument:
		if d := out.Register.Document(p.ID); d != nil {
			return word("by document", lang) + ": " + d.Title.In(lang)
		}
	case isms.ByTest:
		return word("by test", lang) + ": " + p.ID
	}
	return p.String()
}

func (out *Report) assets(ids []string, lang string) string {
	var names []string
	for _, id := range ids {
		if a := out.Register.Asset(id); a != nil {
			names = append(names, a.Title.In(lang))
		}
	}
	return strings.Join(names, ", ")
}

func (out *Report) change(c Change, lang string) string {
	name := c.ID
	switch c.What {
	case ChangedCheck:
		if k := out.Register.Check(c.ID); k != nil {
			name = k.Title.In(lang)
		}
	case ChangedControl:
		if k := out.Register.Control(c.ID); k != nil {
			name = c.ID + " " + k.Title.In(lang)
		}
	case DeclaredAnew:
		if d := out.Register.Document(c.ID); d != nil {
			name = d.Title.In(lang)
		}
	case Opened, Closed:
		if k := out.Register.Check(c.Now); k != nil {
			name += " (" + k.Title.In(lang) + ")"
		}
	}
	switch c.What {
	case ChangedTarget:
		return fmt.Sprintf(word("changed target", lang), name, c.Was, c.Now)
	case Opened, Closed:
		return fmt.Sprintf(word(string(c.What), lang), name)
	case DeclaredAnew:
		return fmt.Sprintf(word("declared anew", lang), name, c.Now)
	}
	return fmt.Sprintf(word("changed "+string(c.What), lang), name, word(c.Was, lang), word(c.Now, lang))
}
