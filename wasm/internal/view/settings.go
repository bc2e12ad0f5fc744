package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/sharing"
)

// Theme is the choice of colours.
type Theme uint8

const (
	ThemeAuto Theme = iota
	ThemeLight
	ThemeDark
)

// SheetState is what is known about the recovery sheet.
type SheetState uint8

const (
	SheetMissing SheetState = iota
	SheetMade
)

// Settings is about this device.
type Settings struct {
	Frame
	Theme        Theme
	SheetState   SheetState
	SheetMadeAt  time.Time
	SheetExposed time.Time // when a device was removed that knows where it leads; zero: none
	OwnID        string    // pseudonym or centre's name
	Policy       []PolicyRow
	PolicyNo     int
	Ends         time.Time // of what this release seals with, once it is time to say so
	Version      string
	Entries      int
	Bytes        int64
	Persistent   bool // the browser promised to keep the storage
	LockAfter    time.Duration
	LockHidden   time.Duration
	Relay        string              // host name
	Phones       Phones              // a centre's own
	Says         sharing.Information // what a centre says of itself
	SaysNumber   int                 // 0: nothing
	Said         time.Time
	ReviewDue    bool // somebody should look through the team, or who can read the diary
	TeamAlone    bool // a centre's only lead
}

// Node draws the screen: first what is changed or done often, then what is
// needed when something was lost, last what is only read. A recovery sheet that
// is missing comes before all of it but the lock.
func (m Settings) Node() node.Node {
	section := func(id string, title lang.Key, items ...node.Item) node.Node {
		return node.Section(append([]node.Item{node.Class("card"), node.Aria("labelledby", id), node.H2(node.ID(id), m.t(title))}, items...)...)
	}
	list := func(class string, i icon, keys ...lang.Key) node.Node {
		return node.Ul(node.Class("ticks "+class), node.Each(keys, func(k lang.Key) node.Node { return node.Li(i.draw("small"), node.Span(m.t(k))) }))
	}
	var langs, themes []chip
	for _, l := range lang.All {
		langs = append(langs, chip{"radio", FieldLang, l.Tag(), l.Name(), l == m.Lang, ""})
	}
	for i, k := range [...]lang.Key{lang.ThemeAutoName, lang.ThemeLightName, lang.ThemeDarkName} {
		themes = append(themes, chip{"radio", FieldTheme, strconv.Itoa(i), m.Lang.T(k), int(m.Theme) == i, ""})
	}
	sheet := section("set-sheet", lang.SettingsSheet)
	if m.SheetState == SheetMade {
		sheet = sheet.With(m.p("sub", lang.SettingsSheetMade, "date", m.Lang.Date(m.SheetMadeAt)), m.exposed(m.SheetExposed), m.button(ActRecovery, "", lang.RecoveryOpen))
	} else {
		sheet = sheet.With(m.p("", lang.SettingsSheetMissing), m.button(ActSheetShow, "primary", lang.SettingsSheetMake))
	}
	kept := lang.SettingsNotKept
	if m.Persistent {
		kept = lang.SettingsKept
	}
	protects := lang.SettingsProtects1
	if m.Role == Centre {
		protects = lang.SettingsProtects1Centre
	}
	policy := node.Div()
	if len(m.Policy) > 0 {
		policy = node.Details(node.ID("set-crypto"), node.Class("more"), node.Summary(m.t(lang.SettingsCrypto)),
			m.p("sub", lang.SettingsCryptoText, "n", strconv.Itoa(m.PolicyNo)),
			node.If(!m.Ends.IsZero(), m.p("strong", lang.AlarmEndingTitle, "date", m.Lang.Date(m.Ends))),
			m.cryptography(lang.SettingsCrypto, m.Policy))
	}
	people := lang.PeopleOpen
	if m.Helper {
		people = lang.PeopleOpenHelper
	}
	about := section("set-person", lang.AboutTitle, m.p("sub", lang.AboutLead), m.button(ActAbout, "", lang.AboutOpen))
	if m.Role == Centre {
		about = section("set-person", lang.ContactTitle, m.p("sub", lang.ContactLead), m.phones(m.Phones), m.button(ActContact, "", lang.ContactOpen))
	}
	return m.inside(page{key: "settings", back: m.Role == Patient, width: "medium"},
		node.H1(m.t(lang.SettingsTitle)),
		node.Div(node.Class("settings"),
			section("set-look", lang.SettingsLook,
				form("look-lang", ActLang, node.Live(ActLang), field{Base: m.Base, name: FieldLang, label: lang.SettingsLang}.chips("halves", langs)),
				form("look-theme", ActTheme, node.Live(ActTheme), field{Base: m.Base, name: FieldTheme, label: lang.SettingsTheme}.chips("", themes))),
			section("set-lock", lang.SettingsLock,
				m.p("sub", lang.SettingsLockText, "hidden", m.Lang.Duration(m.LockHidden), "idle", m.Lang.Duration(m.LockAfter)),
				node.Div(node.Class("actions"), m.button(ActLock, "primary", lang.SettingsLockNow, iconLock.draw("")),
					m.button(ActUnlocking, "", lang.UnlockingOpen, node.ID("set-unlocking")))),
			node.If(!m.Helper && m.SheetState == SheetMissing, sheet),
			node.If(m.Role == Patient, section("set-remind", lang.RemindersTitle, m.p("sub", lang.RemindersSettings), m.button(ActGoReminders, "", lang.RemindersGo, node.ID("set-reminders")))),
			node.If(m.Role == Centre, section("set-team", lang.TeamTitle, m.p("sub", lang.TeamSettings), node.If(m.TeamAlone, m.alone()), node.If(m.ReviewDue, m.reviewDue()),
				node.Div(node.Class("actions"), m.button(ActTeam, "", lang.TeamOpen, node.ID("set-team-open")), m.button(ActTeamLog, "", lang.LogOpen, node.ID("set-log-open"))))),
			node.If(m.Role == Centre, section("set-limits", lang.LimitsTitle, m.p("sub", lang.LimitsSettings), m.button(ActLimits, "", lang.LimitsOpen, node.ID("set-limits-open")))),
			node.If(!m.ReadOnly, about),
			node.If(m.Role == Centre, m.information()),
			node.If(m.Role == Patient, node.Group(
				section("set-people", lang.PeopleTitle, m.p("sub", lang.PeopleSettings), m.button(ActPeople, "", people)),
				section("set-seen", lang.SeenTitle, m.p("sub", lang.SeenSettings),
					node.If(m.ReviewDue, node.P(node.Class("waiting"), iconClock.draw("small"), node.Span(m.t(lang.SeenCheckDue)))), m.button(ActWhoSees, "", lang.SeenOpen, node.ID("set-who"))),
				section("set-papers", lang.PapersTitle, m.p("sub", lang.PapersLead), m.button(ActPapers, "", lang.PapersOpen, iconPrint.draw(""))))),
			section("set-devices", lang.DevicesTitle, m.p("sub", lang.DevicesSettings), m.button(ActDevices, "", lang.DevicesOpen)),
			node.If(!m.Helper && m.SheetState == SheetMade, sheet),
			section("set-keys", lang.KeysTitle, m.p("sub", lang.KeysSettings), m.button(ActKeys, "", lang.KeysOpen)),
			section("set-storage", lang.SettingsStorage,
				node.P(node.Class("num"), m.n(lang.SettingsEntries, m.Entries, "size", m.Lang.Bytes(m.Bytes))),
				m.p("sub", kept),
				node.If(!m.Persistent, m.button(ActKeepStored, "", lang.SettingsKeep))),
			section("set-protects", lang.SettingsProtects, list("yes", iconCheck, protects, lang.SettingsProtects2, lang.SettingsProtects3),
				node.H3(m.t(lang.SettingsNot)), list("no", iconClose, lang.SettingsNot1, lang.SettingsNot2, lang.SettingsNot3, lang.SettingsNot4, lang.SettingsNotSeen),
				m.button(ActSafety, "", lang.SafetyOpen, node.ID("set-safety")),
				policy),
			section("set-about", lang.SettingsAbout,
				node.Dl(node.Class("facts"),
					node.If(m.OwnID != "", m.fact(lang.SettingsYou, node.Class("num"), node.Text(m.OwnID))),
					m.fact(lang.SettingsVersion, node.Class("num"), node.Text(m.Version)),
					m.fact(lang.SettingsRelay, node.Text(m.Relay))),
				m.button(ActServed, "", lang.ServedOpen))))
}
