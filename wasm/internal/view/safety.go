package view

import (
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Safety is what people can do themselves so that nobody else reads what the app
// shows on their device.
type Safety struct {
	Frame
	LockHidden, LockAfter time.Duration
	Relay                 string // its address, as people know it
}

// Node draws the screen.
func (m Safety) Node() node.Node {
	hint := func(id string, title, text lang.Key, do ...node.Item) node.Node {
		return node.Section(append([]node.Item{node.Class("card"), node.Aria("labelledby", id), node.H2(node.ID(id), m.t(title)), m.p("", text)}, do...)...)
	}
	ask := lang.SafetyReportText
	if m.Role == Centre {
		ask = lang.SafetyReportCentre
	}
	return m.inside(page{key: "safety", back: true, width: "medium"},
		node.H1(m.t(lang.SafetyTitle)), m.p("lead", lang.SafetyLead),
		hint("safe-lock", lang.SafetyLock, lang.SafetyLockText,
			m.p("sub", lang.SettingsLockText, "hidden", m.Lang.Duration(m.LockHidden), "idle", m.Lang.Duration(m.LockAfter)),
			m.button(ActUnlocking, "", lang.UnlockingOpen, node.ID("safe-unlocking"))),
		hint("safe-lost", lang.SafetyLost, lang.SafetyLostText, m.button(ActDevices, "", lang.DevicesOpen, node.ID("safe-devices"))),
		hint("safe-ask", lang.SafetyAsked, lang.SafetyAskedText),
		hint("safe-words", lang.SafetyWords, lang.SafetyWordsText, node.If(!m.Helper, m.p("", lang.SafetyWordsSheet))),
		hint("safe-update", lang.SafetyUpdate, lang.SafetyUpdateText),
		hint("safe-seen", lang.SafetyScreen, lang.SafetyScreenText),
		hint("safe-files", lang.SafetyFiles, lang.SafetyFilesText),
		hint("safe-report", lang.SafetyReport, ask, m.p("sub", lang.SafetyReportWhere, "relay", m.Relay)))
}
