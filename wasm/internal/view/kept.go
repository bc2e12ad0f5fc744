package view

import (
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// What a patient's app sent to the centre beside the entries: photos, and that
// something was read.

// A PatientPhoto is a photo with the entry that it belongs to.
type PatientPhoto struct {
	Photo
	Of Entry
}

// An Acknowledged is what the centre wrote, and when somebody at home said to
// have read it.
type Acknowledged struct {
	Version int    // of a plan, from 1; 0: a message
	What    string // the plan in a line, or how the message begins
	Written time.Time
	Read    time.Time // the first time; zero: not
	By      string    // who at home
}

// gallery is the newest photos of a patient.
func (m PatientPage) gallery() node.Node {
	if len(m.Photos) == 0 {
		return node.Node{}
	}
	var more node.Node
	if m.PhotosMore > 0 {
		more = m.button(ActPhotosMore, "quiet", lang.PhotosMore, node.ID("photos-more"))
	}
	return node.Section(node.Class("card photo-section"), node.Aria("labelledby", "photos-title"),
		node.H2(node.ID("photos-title"), m.t(lang.PhotosTitle)),
		node.Ul(node.Class("photos"), node.Each(m.Photos, func(x PatientPhoto) node.Node {
			var caption, state node.Node
			if x.Caption != "" {
				caption = node.P(node.Aria("hidden", "true"), node.Text(x.Caption))
			}
			if k := x.State.text(); k != 0 {
				state = node.P(node.Class("sub"), iconClock.draw("small"), node.Span(m.t(k)))
			}
			return node.Li(
				node.Button(node.ID("photo-"+x.ID), node.Type("button"), node.Class("photo"), node.Act(ActPhotoOpen), node.Name(FieldPhoto), node.Value(x.ID),
					hidden(m.Lang.T(lang.PhotoOpen)+" "), node.Img(node.Src(x.Src), node.Alt(x.Alt))),
				caption, node.P(m.link(x.Of.ID, x.Of.Title(m.Lang)), node.Text(" "), node.Span(node.Class("num"), m.when(x.Of.At))), state)
		})), more, m.openPhoto(m.OpenPhoto))
}

// acknowledged is what somebody at home has said to have read.
func (m PatientPage) acknowledged() node.Node {
	if len(m.Acknowledged) == 0 {
		return node.Node{}
	}
	return node.Section(node.Class("card"), node.Aria("labelledby", "acknowledged-title"),
		node.H2(node.ID("acknowledged-title"), m.t(lang.AckTitle)), m.p("sub", lang.AckLead),
		node.Details(node.ID("acknowledged"), node.Class("more"), node.Summary(m.n(lang.AckCount, len(m.Acknowledged))),
			node.Ol(node.Class("acks"), node.Each(m.Acknowledged, func(x Acknowledged) node.Node {
				what := m.t(lang.AckMessage, "text", x.What)
				if x.Version > 0 {
					what = m.t(lang.AckPlan, "n", m.Lang.Int(x.Version), "plan", x.What)
				}
				read := node.P(iconClock.draw("small"), node.Span(m.t(lang.AckNot)))
				if !x.Read.IsZero() {
					read = node.P(iconCheck.draw("small"), node.Span(m.t(lang.AckRead, "when", m.Lang.When(m.Now, x.Read), "who", x.By)))
				}
				return node.Li(node.P(node.Strong(what)), node.P(node.Class("sub"), m.t(lang.AckWritten, "when", m.Lang.When(m.Now, x.Written))), read)
			}))))
}
