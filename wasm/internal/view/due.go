package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Due is one dose to think of: the next of a regimen, one that was missed, or
// one of today that is settled.
type Due struct {
	Product  string
	Amount   string // "1.500" in the user's spelling
	Unit     string
	At       time.Time // due, or given
	State    diary.DoseState
	NotGiven diary.NotGiven
	Missed   diary.Missed // the product's rule, for a dose overdue or missed
	Plan     string       // a dose that can be given now: what FieldDose says; else empty
	Last     *Entry       // what "same as last time" records for it
}

// dose is the card of one dose.
func (m Today) dose(d Due, i int) node.Node {
	when, tone, sign := lang.DueNext, "", iconClock
	switch d.State {
	case diary.DoseDue:
		when = lang.DueNow
	case diary.DoseOverdue:
		when, tone = lang.DueOverdue, "late"
	case diary.DoseMissed:
		when, tone, sign = lang.DueMissed, "late", iconAlert
	case diary.DoseNotGiven:
		when, tone, sign = lang.DueNotGiven, "done", iconClose
	case diary.DoseTaken, diary.DoseEarly, diary.DoseLate:
		when, tone, sign = lang.DueDone, "done", iconCheck
	}
	args := []string{"when", m.Lang.When(m.Now, d.At)}
	if d.State == diary.DoseNotGiven {
		args = append(args, "why", m.Lang.Label(d.NotGiven.Key()))
	}
	return node.Div(node.Class("dose "+tone),
		node.P(node.Class("dose-what"), node.Text(d.Product+" "), node.Span(node.Class("num"), node.Text(d.Amount+nbsp+d.Unit))),
		node.P(node.Class("dose-when"), sign.draw("small"), node.Span(m.t(when, args...))),
		node.If(d.Missed.Key != "", m.missed(d.Missed)),
		m.doseActs(d, i))
}

// missed is what the product's label says, with its source in small print.
func (b Base) missed(r diary.Missed) node.Node {
	return node.Div(node.Class("rule"), node.P(node.Text(b.Lang.Label(r.Key))),
		node.If(r.Source != "", node.P(node.Class("hint"), b.t(lang.MissedSource, "source", r.Source, "version", strconv.Itoa(diary.MissedVersion)))))
}
