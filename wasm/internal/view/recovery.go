package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// SheetMatter is what somebody should know or do about the recovery sheet.
type SheetMatter uint8

const (
	NoSheetMatter SheetMatter = iota
	SheetUnmade               // there is none yet
	SheetUsedHere             // it was used to come back here: a new one is to be printed
	SheetWaiting              // a new one was drawn, and is not on paper
	SheetUsed                 // it was used on another device
	SheetDue                  // half a year has passed: is it still there?
	SheetLost                 // somebody looked and did not find it
	SheetExposed              // a device was removed that knows where it leads
)

// A SheetNote is one matter of the recovery sheet, on the first screen.
type SheetNote struct {
	Matter SheetMatter
	At     time.Time // when it was used, or made or last found
	Device string    // which came in by it, with SheetUsed
	Gone   bool      // that device has been removed since
}

// sheetNote is the card about the recovery sheet.
func (f Frame) sheetNote() node.Node {
	card := func(tone string, i icon, title, text lang.Key, do ...node.Item) node.Node {
		at := f.Lang.Date(f.Sheet.At)
		return node.Section(node.ID("sheet-note"), node.Class("card slim "+tone), i.draw(""),
			node.Div(node.H2(f.t(title, "date", at)), f.p("sub", text, "date", at)),
			node.Div(append([]node.Item{node.Class("actions")}, do...)...))
	}
	later := f.button(ActSheetAside, "quiet", lang.RecoveryLater)
	switch f.Sheet.Matter {
	case SheetUnmade:
		return card("", iconKey, lang.SheetMissingTitle, lang.SheetMissingText, f.button(ActSheetShow, "", lang.SheetMissingDo))
	case SheetUsedHere:
		return card("", iconKey, lang.RecoveryPrintTitle, lang.RecoveryPrintText, f.button(ActSheetShow, "primary", lang.RecoveryPrintDo), later)
	case SheetWaiting:
		return card("", iconKey, lang.RecoveryPrintTitle, lang.RecoveryNextText, f.button(ActSheetShow, "primary", lang.RecoveryPrintDo), later)
	case SheetUsed:
		text := lang.RecoveryUsedText
		if f.Sheet.Gone {
			text = lang.RecoveryUsedGone
		}
		return card("used", iconAlert, lang.RecoveryUsedTitle, text,
			f.button(ActSheetUseKnown, "", lang.RecoveryUsedMine, with(FieldDevice, f.Sheet.Device)...),
			f.button(ActRecoveryHelp, "primary", lang.RecoveryUsedNot))
	case SheetDue:
		return card("", iconKey, lang.RecoveryDueTitle, lang.RecoveryDueText, f.button(ActDrill, "primary", lang.RecoveryDrillOpen), later)
	case SheetExposed:
		return card("", iconKey, lang.RecoveryExposedTitle, lang.RecoveryExposedText, f.button(ActSheetReplace, "primary", lang.RecoveryReplaceDo), later)
	case SheetLost:
		return card("", iconKey, lang.RecoveryLostTitle, lang.RecoveryLostText, f.button(ActRecovery, "primary", lang.RecoveryLostDo), later)
	}
	return node.Node{}
}

// SheetFound is how a sheet was last looked for.
type SheetFound uint8

const (
	SheetNeverLooked SheetFound = iota
	SheetNotFound
	SheetTwoWords
	SheetWhole
)

// Recovery is the page about the recovery sheet.
type Recovery struct {
	Frame
	Made     bool // one is on paper
	Since    time.Time
	Found    SheetFound
	FoundAt  time.Time
	Next     bool      // another waits to be printed
	Placing  bool      // it is printed, and is being put in its place
	Offline  bool      // which waits for a connection
	Restored bool      // this device came back by the sheet in force
	Stuck    bool      // an older device has to do it
	Older    []string  // their names, as far as they have any
	Thief    bool      // somebody else may have used it: what can be done
	Exposed  time.Time // when a device was removed that knows where it leads
}

// Node draws the screen.
func (m Recovery) Node() node.Node {
	state := node.Section(node.Class("card"), node.Aria("labelledby", "recovery-state"), node.H2(node.ID("recovery-state"), m.t(lang.RecoveryState)))
	fact := func(k lang.Key, s string) node.Node { return m.fact(k, node.Class("num"), node.Text(s)) }
	switch {
	case !m.Made:
		state = state.With(m.p("", lang.SettingsSheetMissing), m.button(ActSheetShow, "primary", lang.SettingsSheetMake))
	default:
		found := m.Lang.T(lang.RecoveryNever)
		if m.Found != SheetNeverLooked {
			how := [...]lang.Key{SheetNotFound: lang.RecoveryNotFound, SheetTwoWords: lang.RecoveryTwoWords, SheetWhole: lang.RecoveryWhole}[m.Found]
			found = m.Lang.T(how, "date", m.Lang.Date(m.FoundAt))
		}
		state = state.With(node.Dl(node.Class("facts"), fact(lang.RecoverySince, m.Lang.Date(m.Since)), fact(lang.RecoveryLooked, found)),
			m.button(ActDrill, "primary", lang.RecoveryDrillOpen))
	}
	next := node.Section(node.Class("card"), node.Aria("labelledby", "recovery-next"), node.H2(node.ID("recovery-next"), m.t(lang.RecoveryReplace)))
	switch {
	case m.Placing:
		text := lang.RecoveryPlacing
		if m.Offline {
			text = lang.RecoveryPlacingOffline
		}
		next = next.With(node.P(node.Role("status"), m.t(text)))
	case m.Next:
		text := lang.RecoveryNextText
		if m.Restored {
			text = lang.RecoveryPrintText
		}
		next = next.With(m.p("", text), node.Div(node.Class("actions"), m.button(ActSheetShow, "primary", lang.RecoveryPrintDo),
			node.If(!m.Restored, m.button(ActSheetKeep, "", lang.RecoveryKeep))))
	case m.Stuck && len(m.Older) > 0:
		next = next.With(m.exposed(m.Exposed), m.p("", lang.RecoveryStuck), node.Ul(node.Each(m.Older, func(s string) node.Node { return node.Li(node.Text(s)) })))
	case !m.Exposed.IsZero():
		next = next.With(m.exposed(m.Exposed), m.p("", lang.RecoveryExposedWhole),
			node.Div(node.Class("actions"), m.button(ActSheetReplace, "primary", lang.RecoveryReplaceDo), m.button(ActSheetStays, "", lang.RecoveryKeep)))
	case m.Made:
		next = next.With(m.p("", lang.RecoveryReplaceText), m.button(ActSheetReplace, "", lang.RecoveryReplaceDo))
	}
	help := node.Details(node.ID("recovery-thief"), node.Class("more"), node.Open(m.Thief), node.Summary(m.t(lang.RecoveryThief)),
		node.Ol(node.Class("steps"), node.Each([]lang.Key{lang.RecoveryThief1, lang.RecoveryThief2, lang.RecoveryThief3}, func(k lang.Key) node.Node { return node.Li(m.t(k)) })),
		m.button(ActDevices, "", lang.DevicesOpen), m.p("", lang.RecoveryThiefLimit))
	items := []node.Item{node.H1(m.t(lang.SettingsSheet)), state}
	if m.Made {
		items = append(items, next, help)
	}
	return m.inside(page{key: "recovery", back: true, width: "medium"}, items...)
}

// exposed says why a removed device asks for another sheet; nothing if none does.
func (f Frame) exposed(at time.Time) node.Node {
	if at.IsZero() {
		return node.Node{}
	}
	return f.p("", lang.RecoveryExposedText, "date", f.Lang.Date(at))
}

// Drill asks whether the sheet is still there.
type Drill struct {
	Frame
	Ask      [2]int // places of two words, from 1; zero: the whole sheet only
	Words    string // the whole sheet, as typed
	Problems []Problem
}

// Node draws the screen.
func (m Drill) Node() node.Node {
	word := func(name string, n int) node.Node {
		f := field{Base: m.Base, name: name, label: lang.SheetProofWord, args: []string{"n", strconv.Itoa(n)}, problems: m.Problems}
		return f.input("", exact("text", "text")...)
	}
	whole := field{Base: m.Base, name: FieldSheetWords, label: lang.WelcomeSheetWords, problems: m.Problems}
	open := m.Ask[0] == 0 || m.Words != ""
	items := []node.Item{node.H1(m.t(lang.RecoveryDueTitle)), m.p("lead", lang.RecoveryDrillLead), m.summary(m.Problems)}
	if m.Ask[0] != 0 {
		items = append(items, form("drill", ActDrillWords, word(FieldWordA, m.Ask[0]), word(FieldWordB, m.Ask[1]), m.submit(lang.SheetProofDo, node.Class("block"))))
	}
	items = append(items,
		node.Details(node.ID("drill-whole"), node.Class("more"), node.Open(open), node.Summary(m.t(lang.RecoveryDrillWhole)), m.p("sub", lang.RecoveryDrillWholeText),
			form("drill-sheet", ActDrillSheet, whole.area(m.Words, 4, node.Autocomplete("off"), node.Set("autocapitalize", "off"), node.Set("spellcheck", "false")),
				m.submit(lang.RecoveryDrillWholeDo, node.Class("block")))),
		m.button(ActDrillLost, "quiet block", lang.RecoveryDrillLost))
	return m.inside(page{key: "drill", back: true, width: "medium"}, items...)
}

// Again is the way out for a device whose storage went back.
type Again struct {
	Frame
	Unsent int // entries that are written again
}

// Node draws the screen.
func (m Again) Node() node.Node {
	if m.Alarm == AlarmForked {
		m.Alarm = NoAlarm // it leads here
	}
	return m.inside(page{key: "again", back: true, width: "medium"},
		node.H1(m.t(lang.AgainTitleForked)), m.p("lead", lang.AgainLead),
		node.If(m.Unsent > 0, node.P(m.n(lang.AgainUnsent, m.Unsent))),
		m.p("", lang.AgainClone),
		m.button(ActAgainDo, "primary block", lang.AgainDo))
}
