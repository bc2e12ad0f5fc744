package view

import (
	"encoding/hex"
	"strconv"
	"time"

	"vialog/shared/evidence"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A Reviewing says when somebody last looked through who has access.
type Reviewing struct {
	At  time.Time // zero: never
	By  string
	Due bool
}

// A Stated is a statement of a centre for its operator.
type Stated struct {
	ID   string // hash, in hex
	At   time.Time
	By   string
	Says evidence.Statement
}

// Evidence is what a centre tells the operator about how it is run.
type Evidence struct {
	Frame
	Review   Reviewing
	List     []Stated // newest first
	Problems []Problem
}

// reviewDue asks a lead to look through the team; do is what leads on.
func (b Base) reviewDue(do ...node.Item) node.Node {
	return node.Div(node.ID("review-due"), node.Class("panel calm"), iconClock.draw(""), node.Div(append([]node.Item{
		node.P(node.Class("strong"), b.t(lang.EvidenceReviewDue)), b.p("", lang.EvidenceReviewText)}, do...)...))
}

func (m Evidence) review() node.Node {
	last := m.p("sub", lang.EvidenceReviewNever)
	if !m.Review.At.IsZero() {
		last = m.p("sub", lang.EvidenceReviewed, "name", m.Review.By, "when", m.Lang.When(m.Now, m.Review.At))
	}
	return node.Section(node.Class("card"), node.Aria("labelledby", "evidence-review"), node.H2(node.ID("evidence-review"), m.t(lang.EvidenceReview)),
		node.If(m.Review.Due, node.P(node.Class("waiting"), iconClock.draw("small"), node.Span(m.t(lang.EvidenceReviewDue)))),
		m.p("", lang.EvidenceReviewText), last,
		node.Div(node.Class("actions"), m.button(ActReviewed, "", lang.EvidenceReviewDo), m.button(ActTeam, "quiet", lang.TeamOpen)))
}

// facts are all that a statement says, in words.
func (m Evidence) facts(s *evidence.Statement) node.Node {
	count := func(n uint32) node.Node { return node.Text(m.Lang.Int(int(n))) }
	days := func(d evidence.Days) node.Node {
		if d == evidence.None {
			return m.t(lang.EvidenceNone)
		}
		return m.n(lang.EvidenceDays, int(d))
	}
	of := func(people, devices uint32) node.Node {
		return m.t(lang.EvidencePeople, "people", m.Lang.Int(int(people)), "devices", m.Lang.Int(int(devices)))
	}
	// The beginning of a hash, in groups, as people compare it.
	print := func(h [32]byte) (s string) {
		for i := 0; i < 8; i += 2 {
			s += " " + hex.EncodeToString(h[i:i+2])
		}
		return s[1:]
	}
	named := func(n uint32, h [32]byte) node.Node {
		if n == 0 {
			return count(0)
		}
		return m.t(lang.EvidencePrint, "n", m.Lang.Int(int(n)), "print", print(h))
	}
	before := m.t(lang.EvidenceNone)
	if s.Number > 1 {
		before = node.Text(print(s.Previous))
	}
	return node.Dl(node.Class("facts"),
		m.fact(lang.RoleLead, of(s.Leads, s.LeadDevices)),
		m.fact(lang.RoleDoctor, of(s.Doctors, s.DoctorDevices)),
		m.fact(lang.RoleNurse, of(s.Nurses, s.NurseDevices)),
		m.fact(lang.RoleReader, of(s.Readers, s.ReaderDevices)),
		m.fact(lang.EvidenceSilent, days(s.Silent)),
		m.fact(lang.EvidenceTeamKey, days(s.TeamKey)),
		m.fact(lang.EvidenceOldestKey, days(s.OldestKey)),
		m.fact(lang.EvidenceNoSheet, count(s.NoSheet)),
		m.fact(lang.EvidenceSheet, days(s.Sheet)),
		m.fact(lang.EvidenceRemoved, count(s.Removed)),
		m.fact(lang.EvidenceNotRenewed, count(s.NotRenewed)),
		m.fact(lang.EvidenceInvites, count(s.Invitations)),
		m.fact(lang.EvidenceInvite, days(s.Invitation)),
		m.fact(lang.EvidenceVisits, named(s.Visits, s.VisitsHash)),
		m.fact(lang.EvidenceRecords, named(s.Records, s.RecordsHash)),
		m.fact(lang.EvidenceChecks, count(s.Checks)),
		m.fact(lang.EvidenceCheck, days(s.Check)),
		m.fact(lang.EvidenceReviews, count(s.Reviews)),
		m.fact(lang.EvidenceReviewLast, days(s.Review)),
		m.fact(lang.EvidenceRelease, node.Text(strconv.Itoa(int(s.Release)))),
		m.fact(lang.EvidencePolicy, node.Text(strconv.Itoa(int(s.Policy)))),
		m.fact(lang.EvidenceTenant, node.Text(s.Tenant.String())),
		m.fact(lang.EvidenceBefore, before))
}

func (m Evidence) save(s Stated, tone string) node.Node {
	return node.Button(append(with(FieldStatement, s.ID), node.Type("button"), node.ID("evidence-"+s.ID), node.Class("btn "+tone), node.Act(ActEvidenceSave),
		node.Span(m.t(lang.EvidenceSave, "n", m.Lang.Int(int(s.Says.Number)))))...)
}

// Node draws the screen.
func (m Evidence) Node() node.Node {
	number := func(s Stated) node.Node { return m.t(lang.EvidenceNumber, "n", m.Lang.Int(int(s.Says.Number))) }
	by := func(s Stated) node.Node {
		return node.P(node.Class("sub"), m.t(lang.EvidenceBy, "name", s.By), node.Text(", "), m.when(s.At))
	}
	var newest, earlier node.Node
	tone := "primary"
	if len(m.List) > 0 {
		tone = ""
		s := m.List[0]
		newest = node.Section(node.Class("card"), node.Aria("labelledby", "evidence-newest"), node.H2(node.ID("evidence-newest"), number(s)), by(s),
			node.If(s.Says.NotRenewed > 0, m.p("panel calm", lang.EvidenceWait)),
			m.facts(&s.Says), m.save(s, "primary"))
	}
	if len(m.List) > 1 {
		earlier = node.Details(node.ID("evidence-earlier"), node.Class("more"), node.Summary(m.t(lang.EvidenceEarlier)), m.p("sub", lang.EvidenceEarlierText),
			node.Ul(node.Class("people"), node.Each(m.List[1:], func(s Stated) node.Node {
				return node.Li(node.Class("card"), node.H2(number(s)), by(s), m.save(s, ""))
			})))
	}
	return m.inside(page{key: "evidence", back: true, width: "medium"},
		node.H1(m.t(lang.EvidenceTitle)), m.summary(m.Problems), m.p("lead", lang.EvidenceLead), m.p("", lang.EvidenceNot),
		m.review(),
		node.Section(node.Class("card"), node.Aria("labelledby", "evidence-make"), node.H2(node.ID("evidence-make"), m.t(lang.EvidenceMake)), m.p("", lang.EvidenceMakeText),
			m.button(ActAttest, tone, lang.EvidenceMake)),
		newest, earlier)
}
