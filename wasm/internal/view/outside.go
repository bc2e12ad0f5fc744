package view

import (
	"strconv"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// SecondTab says that another tab of this browser works already.
type SecondTab struct{ Base }

// Busy says what is going on when it takes longer than a moment.
type Busy struct {
	Base
	What lang.Key
	Done int
	Of   int // 0: no measure
}

// Fault is why the app cannot go on.
type Fault uint8

const (
	FaultInternal Fault = iota // our own bug
	FaultStorage               // the browser gives no storage, or it is full
	FaultBrowser               // something the app needs is missing in this browser
	FaultVersion               // what is stored is newer than this app
	FaultDamaged               // what is stored does not open
	FaultHeader                // who may open it cannot be read, or is not what this app writes
	FaultOlder                 // a newer release has run on this device
	FaultSigner                // what ran on this device was signed by somebody else
)

// Fatal says that and what to do.
type Fatal struct {
	Base
	Fault  Fault
	Wiping bool   // forgetting everything was asked for: once more, to be sure
	Detail string // a position or number for support, never content
}

// Node draws the screen.
func (m SecondTab) Node() node.Node {
	return m.bare("second-tab",
		node.H1(m.t(lang.TabTitle)), m.p("lead", lang.TabText),
		m.button(ActTabTake, "primary block", lang.TabTake),
		m.p("hint", lang.TabHint))
}

// Node draws the screen.
func (m Busy) Node() node.Node {
	bar := node.Progress(node.ID("progress"), node.Aria("label", m.Lang.T(m.What)))
	var count node.Node
	if m.Of > 0 {
		bar = bar.With(node.Max(strconv.Itoa(m.Of)), node.Value(strconv.Itoa(m.Done)))
		count = node.P(node.Class("sub num"), m.t(lang.BusyProgress, "done", m.Lang.Int(m.Done), "of", m.Lang.Int(m.Of)))
	}
	return m.bare("busy", node.Class("busy"), node.Aria("busy", "true"),
		node.H1(node.Role("status"), m.t(m.What)), bar, count, m.p("hint", lang.BusyNote))
}

// Node draws the screen.
func (m Fatal) Node() node.Node {
	what, do := lang.FatalInternal, lang.FatalInternalDo
	switch m.Fault {
	case FaultStorage:
		what, do = lang.FatalStorage, lang.FatalStorageDo
	case FaultBrowser:
		what, do = lang.FatalBrowser, lang.FatalBrowserDo
	case FaultVersion:
		what, do = lang.FatalVersion, lang.FatalVersionDo
	case FaultDamaged:
		what, do = lang.FatalDamaged, lang.FatalDamagedDo
	case FaultHeader:
		what, do = lang.FatalHeader, lang.FatalHeaderDo
	case FaultOlder:
		what, do = lang.FatalOlder, lang.FatalOlderDo
	case FaultSigner:
		what, do = lang.FatalSigner, lang.FatalSignerDo
	}
	var wipe, sure node.Node
	if m.Fault == FaultHeader {
		wipe = m.button(ActWipe, "alarm block", lang.UnlockWipe, node.ID("wipe"))
		if m.Wiping {
			wipe = m.button(ActWipe, "alarm block", lang.UnlockWipeDo, node.ID("wipe"))
			sure = node.P(node.Class("strong"), node.Role("alert"), m.t(lang.UnlockWipeSure))
		}
	}
	return m.bare("fatal",
		node.Div(node.Role("alert"),
			node.H1(m.t(lang.FatalTitle)),
			node.Div(node.Class("panel alarm"), iconAlert.draw(""), node.Div(m.p("strong", what), m.p("", do)))),
		m.button(ActReload, "primary block", lang.FatalReload, iconAgain.draw("")),
		wipe, sure,
		node.If(m.Detail != "", m.p("hint num", lang.FatalNumber, "detail", m.Detail)))
}
