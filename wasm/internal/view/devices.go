package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// DeviceKind is what a person says that a device is.
type DeviceKind uint8

const (
	OtherDevice DeviceKind = iota
	Phone
	Tablet
	Computer
)

// DeviceKindOf is the kind that FieldDeviceKind names, OtherDevice if none.
func DeviceKindOf(value string) DeviceKind { return DeviceKind(oneOf(value, int(Computer))) }

func (k DeviceKind) text() lang.Key {
	return [...]lang.Key{lang.DeviceKindOther, lang.DeviceKindPhone, lang.DeviceKindTablet, lang.DeviceKindComputer}[k]
}

func (k DeviceKind) icon() icon {
	return [...]icon{iconDevice, iconMobile, iconTablet, iconComputer}[k]
}

// A Device is one browser of this person.
type Device struct {
	ID    string
	Name  string // empty: it has none
	Kind  DeviceKind
	This  bool
	Added time.Time
	Heard time.Time // zero: not yet
	By    string    // name of the device that added it; empty: it was the first
	Sheet bool      // it was added with the recovery sheet

	Removed   time.Time // zero: in use
	RemovedBy string
	News      bool // added or removed by another device, and not known here
}

// title is the name for people.
func (d Device) title(b Base) string {
	if d.Name == "" {
		return b.Lang.T(lang.DeviceUnnamed)
	}
	return d.Name
}

// came says when and by what the device was added.
func (d Device) came(b Base) string {
	when := b.Lang.When(b.Now, d.Added)
	switch {
	case d.Sheet:
		return b.Lang.T(lang.DeviceAddedBySheet, "when", when)
	case d.By == "":
		return b.Lang.T(lang.DeviceFounded, "when", when)
	}
	return b.Lang.T(lang.DeviceBy, "when", when, "name", d.By)
}

// facts are what is known of the device.
func (d Device) facts(b Base) node.Node {
	list := node.Dl(node.Class("facts"), b.fact(lang.DeviceAdded, node.Text(d.came(b))))
	if !d.Removed.IsZero() {
		return list.With(b.fact(lang.DeviceRemoved, b.t(lang.DeviceBy, "when", b.Lang.When(b.Now, d.Removed), "name", d.RemovedBy)))
	}
	heard := b.t(lang.DeviceHeardNever)
	switch {
	case d.This:
		heard = b.t(lang.DeviceHeardNow)
	case !d.Heard.IsZero():
		heard = b.when(d.Heard)
	}
	return list.With(b.fact(lang.DeviceHeard, heard))
}

// Devices lists the devices of this person.
type Devices struct {
	Frame
	List []Device // those removed among them
	Most int      // how many there may be
	Full bool
	Shut bool // this device was removed itself: it may only look

	Invite  string // a link made here that is still valid; empty: none
	Expires time.Time

	// Keys that are being renewed after a removal.
	Renewed, ToRenew int

	Exposed time.Time // when a device was removed that knows where the recovery sheet leads; zero: none
	Stuck   bool      // an older device has to replace that sheet
}

// Node draws the screen.
func (m Devices) Node() node.Node {
	var used, gone []Device
	for _, d := range m.List {
		if d.Removed.IsZero() {
			used = append(used, d)
		} else {
			gone = append(gone, d)
		}
	}
	add := m.button(ActDeviceAdd, "primary", lang.DevicesAdd, iconPlus.draw(""))
	if m.Full {
		add = node.P(node.ID("devices-full"), node.Class("panel calm"), iconAlert.draw(""), node.Span(m.t(lang.DevicesFull, "n", m.Lang.Int(m.Most))))
	}
	if m.Shut {
		add = node.Node{}
	}
	var renewing node.Node
	if m.ToRenew > 0 {
		renewing = node.P(node.ID("devices-renewing"), node.Class("panel calm"), node.Role("status"), iconAgain.draw(""),
			node.Span(m.t(lang.DevicesRenewing, "n", m.Lang.Int(m.Renewed), "of", m.Lang.Int(m.ToRenew))))
	}
	var open node.Node
	if m.Invite != "" {
		open = node.Div(node.ID("devices-link"), node.Class("panel calm"), iconKey.draw(""), node.Div(m.p("", lang.DevicesLinkOpen, "when", m.Lang.When(m.Now, m.Expires)),
			m.button(ActDeviceShow, "", lang.DevicesLinkShow, with(FieldInvite, m.Invite)...)))
	}
	var sheet node.Node
	if !m.Exposed.IsZero() {
		do := m.button(ActSheetReplace, "primary", lang.RecoveryReplaceDo)
		if m.Stuck {
			do = m.button(ActRecovery, "", lang.RecoveryOpen)
		}
		sheet = node.Div(node.ID("devices-sheet"), node.Class("panel calm"), iconKey.draw(""),
			node.Div(node.H2(m.t(lang.RecoveryExposedTitle)), m.exposed(m.Exposed), do))
	}
	row := func(d Device) node.Node {
		head := node.H2(d.Kind.icon().draw(""), node.Span(node.Text(d.title(m.Base)), node.If(d.This, node.Group(node.Text(" "), badge("accent", m.t(lang.DeviceThis))))))
		items := []node.Item{node.ID("device-" + d.ID), node.Class("card device"), head, m.news(d), d.facts(m.Base)}
		open := lang.DeviceOpen
		if d.This {
			open = lang.DeviceOpenThis
		}
		if d.Removed.IsZero() && !m.Shut {
			items = append(items, node.Button(append(with(FieldDevice, d.ID), node.Type("button"), node.Class("link"), node.Act(ActDeviceOpen),
				m.t(open, "name", d.title(m.Base)))...))
		}
		return node.Li(items...)
	}
	var removed node.Node
	if len(gone) > 0 {
		removed = node.Details(node.ID("devices-removed"), node.Class("more"), node.Open(m.Shut || anyNews(gone)), node.Summary(m.t(lang.DevicesRemoved)),
			node.Ul(node.Class("devices"), node.Each(gone, row)))
	}
	return m.inside(page{key: "devices", back: true, width: "medium"},
		node.H1(m.t(lang.DevicesTitle)), m.p("lead", lang.DevicesLead), renewing, sheet, open,
		node.Ul(node.Class("devices"), node.Each(used, row)),
		node.If(len(used) == 1 && !m.Shut, m.p("sub", lang.DevicesOne)),
		node.Div(node.Class("actions"), add),
		removed)
}

func anyNews(list []Device) bool {
	for _, d := range list {
		if d.News {
			return true
		}
	}
	return false
}

// news tells what happened to a device and was not done here, and what to do
// if it was none of this person's doing.
func (b Base) news(d Device) node.Node {
	if !d.News {
		return node.Node{}
	}
	args := []string{"name", d.title(b), "when", b.Lang.When(b.Now, d.Added)}
	said, ask, act, do := lang.DeviceNewsAdded, lang.DeviceNewsAddedAsk, ActDeviceRemove, lang.DeviceNewsRemove
	switch {
	case !d.Removed.IsZero():
		args = []string{"name", d.title(b), "when", b.Lang.When(b.Now, d.Removed), "by", d.RemovedBy}
		said, ask, act, do = lang.DeviceNewsRemoved, lang.DeviceNewsRemovedAsk, ActDevices, lang.DevicesOpen
	case d.Sheet:
		said = lang.DeviceNewsSheet
	default:
		args = append(args, "by", d.By)
	}
	id := func(what string) []node.Item {
		return append(with(FieldDevice, d.ID), node.ID("news-"+what+"-"+d.ID))
	}
	return node.Div(node.ID("news-"+d.ID), node.Class("panel alarm news"), node.Role("status"), iconAlert.draw(""),
		node.Div(node.P(node.Class("strong"), b.t(said, args...)), b.p("", ask),
			node.Div(node.Class("actions"),
				b.button(ActDeviceKnow, "", lang.DeviceNewsKnow, id("know")...),
				b.button(act, "", do, id("do")...))))
}

// deviceNews stands above a person's first screen.
func (f Frame) deviceNews() node.Node { return node.Group(node.Each(f.News, f.news)) }

// An Unremoved device or colleague was to be removed, and others had decided by
// then that this person may not do it.
type Unremoved struct {
	ID, Name  string
	Colleague bool
}

// vain tells of them above a first screen.
func (f Frame) vain() node.Node {
	return node.Group(node.Each(f.Vain, func(u Unremoved) node.Node {
		said, ask := lang.UnremovedDevice, lang.UnremovedDeviceAsk
		if u.Colleague {
			said, ask = lang.UnremovedColleague, lang.UnremovedColleagueAsk
		}
		return node.Div(node.ID("vain-"+u.ID), node.Class("panel alarm news"), node.Role("status"), iconAlert.draw(""),
			node.Div(node.P(node.Class("strong"), f.t(said, "name", u.Name)), f.p("", ask),
				node.Div(node.Class("actions"), f.button(ActUnremovedKnow, "", lang.UnremovedKnow, append(with(FieldDevice, u.ID), node.ID("vain-know-"+u.ID))...))))
	}))
}

// DevicePage names one device, and is the way to remove it.
type DevicePage struct {
	Frame
	Device    Device
	TypedName string
	TypedKind DeviceKind
	Problems  []Problem
}

// kinds are the chips to say what a device is.
func (b Base) deviceKinds(chosen DeviceKind) node.Node {
	var list []chip
	for _, k := range [...]DeviceKind{Phone, Tablet, Computer, OtherDevice} {
		list = append(list, chip{"radio", FieldDeviceKind, strconv.Itoa(int(k)), b.Lang.T(k.text()), k == chosen, ""})
	}
	return field{Base: b, name: FieldDeviceKind, label: lang.DeviceKindField}.chips("", list)
}

func (b Base) deviceName(typed string, hint lang.Key, problems []Problem) node.Node {
	return field{Base: b, name: FieldDeviceName, label: lang.DeviceName, hint: hint, problems: problems}.
		input(typed, node.Type("text"), node.Autocomplete("off"), node.Maxlength(60))
}

// Node draws the screen.
func (m DevicePage) Node() node.Node {
	hint := lang.DeviceNameHint
	if m.Role == Centre {
		hint = lang.DeviceNameHintCentre
	}
	last := node.Section(node.Class("card"), node.Aria("labelledby", "device-lost"), node.H2(node.ID("device-lost"), m.t(lang.DeviceLostTitle)), m.p("", lang.DeviceLostText),
		m.button(ActDeviceRemove, "alarm", lang.DeviceLostDo, with(FieldDevice, m.Device.ID)...))
	if m.Device.This {
		last = node.Section(node.Class("card"), node.Aria("labelledby", "device-lost"), node.H2(node.ID("device-lost"), m.t(lang.DeviceSelfTitle)), m.p("", lang.DeviceSelfText),
			m.p("", lang.DeviceSelfForget), m.button(ActForget, "", lang.ForgetOpen))
	}
	return m.inside(page{key: "device." + m.Device.ID, back: true, width: "narrow"},
		node.H1(node.Text(m.Device.title(m.Base))),
		node.If(m.Device.This, node.P(badge("accent", m.t(lang.DeviceThis)))),
		m.summary(m.Problems), m.news(m.Device),
		node.Section(node.Class("card"), node.Aria("label", m.Lang.T(lang.DevicesTitle)), m.Device.facts(m.Base)),
		node.Div(node.Class("card"), form("device", ActDeviceSave, m.deviceName(m.TypedName, hint, m.Problems), m.deviceKinds(m.TypedKind),
			carry(FieldDevice, m.Device.ID), m.submit(lang.Save))),
		last)
}

// DeviceRemove asks whether a device is to be removed.
type DeviceRemove struct {
	Frame
	Device       Device
	SheetMissing bool
	Problems     []Problem
}

// Node draws the screen.
func (m DeviceRemove) Node() node.Node {
	list := func(class string, title lang.Key, i icon, keys ...lang.Key) node.Node {
		return node.Section(node.Class("card "+class), node.H2(m.t(title)),
			node.Ul(node.Class("ticks"), node.Each(keys, func(k lang.Key) node.Node { return node.Li(i.draw("small"), node.Span(m.t(k))) })))
	}
	sheet := m.p("sub", lang.DeviceRemoveSheetToo)
	if m.SheetMissing {
		sheet = node.Div(node.Class("panel calm"), iconKey.draw(""), node.Div(m.p("", lang.DeviceRemoveSheet), m.button(ActSheetShow, "", lang.SettingsSheetMake)))
	}
	return m.inside(page{key: "device-remove." + m.Device.ID, back: true, width: "narrow"},
		node.H1(m.t(lang.DeviceRemoveTitle, "name", m.Device.title(m.Base))), m.summary(m.Problems),
		list("yes", lang.DeviceRemoveNow, iconCheck, lang.DeviceRemoveNow1, lang.DeviceRemoveNow2, lang.DeviceRemoveNow3),
		list("no", lang.DeviceRemoveNot, iconClose, lang.DeviceRemoveNot1, lang.DeviceRemoveNot2, lang.DeviceRemoveNot3),
		sheet,
		node.Div(node.Class("actions stack"),
			m.button(ActDeviceRemoveDo, "alarm block", lang.DeviceRemoveYes, with(FieldDevice, m.Device.ID)...),
			m.button(ActBack, "quiet block", lang.Cancel)))
}

// DeviceAdd asks for the passphrase before a link is made.
type DeviceAdd struct {
	Frame
	Shown    bool
	Problems []Problem
}

// Node draws the screen.
func (m DeviceAdd) Node() node.Node {
	pass := field{Base: m.Base, name: FieldPassphrase, label: lang.PassField, hint: lang.DeviceAddPass, problems: m.Problems}
	return m.inside(page{key: "device-add", back: true, width: "narrow"},
		node.H1(m.t(lang.DeviceAddTitle)), m.p("lead", lang.DeviceAddLead), m.summary(m.Problems),
		node.P(node.Class("panel calm"), iconShield.draw(""), node.Span(m.t(lang.DeviceAddWarn))),
		node.Div(node.Class("card"), form("device-add", ActDeviceLink, pass.secret(m.Shown, ActPassShow, "current-password"), m.submit(lang.DeviceAddDo, node.Class("block")))))
}

// DeviceLinkState is how far a link to a further device is.
type DeviceLinkState uint8

const (
	LinkWaiting DeviceLinkState = iota
	LinkAsking
	LinkRefused // the digits differed
	LinkExpired
)

// DeviceLink shows a link to a further device, then the digits to compare.
type DeviceLink struct {
	Frame
	ID       string
	State    DeviceLinkState
	QR       QR
	Link     string
	Host     string // where the app is
	Code     string
	Expires  time.Time
	For      time.Duration // how long a link is valid
	Check    string
	Copied   bool
	Problems []Problem
}

// Node draws the screen.
func (m DeviceLink) Node() node.Node {
	key := "device-link." + m.ID + "." + [...]string{"waiting", "asking", "refused", "expired"}[m.State]
	do := func(act, tone string, k lang.Key, i icon) node.Node {
		return m.button(act, tone, k, append(with(FieldInvite, m.ID), i.draw(""))...)
	}
	over := func(title, text lang.Key, args ...string) node.Node {
		return m.inside(page{key, true, "narrow"}, node.H1(m.t(title)), m.p("lead", text, args...),
			node.Div(node.Class("actions"), m.button(ActDeviceAdd, "primary", lang.DeviceLinkAgain, iconAgain.draw("")), m.button(ActDevices, "", lang.DevicesOpen)))
	}
	switch m.State {
	case LinkAsking:
		return m.inside(page{key, true, "narrow"},
			node.H1(m.t(lang.CheckTitle)), m.summary(m.Problems),
			node.Section(node.Class("card centred"), node.Aria("label", m.Lang.T(lang.CheckLabel)), digits(m.Check), m.p("", lang.DeviceCheckLead)),
			node.Div(node.Class("actions stack"),
				do(ActDeviceSame, "primary block", lang.DeviceCheckYes, iconCheck),
				do(ActDeviceDiffer, "block", lang.DeviceCheckNo, iconClose)),
			m.p("hint", lang.DeviceCheckWhy))
	case LinkRefused:
		return over(lang.DeviceRefusedTitle, lang.DeviceRefusedText)
	case LinkExpired:
		return over(lang.DeviceExpiredTitle, lang.DeviceExpiredText, "for", m.Lang.Duration(m.For))
	}
	copied, i := lang.Copy, iconCopy
	if m.Copied {
		copied, i = lang.Copied, iconCheck
	}
	return m.inside(page{key, true, "medium"},
		node.H1(m.t(lang.DeviceLinkTitle)), m.p("lead", lang.DeviceLinkLead, "host", m.Host, "way", m.Lang.T(lang.WelcomeDevice)),
		m.summary(m.Problems),
		node.Div(node.Class("invitation"),
			node.Div(node.Class("card centred"), m.QR.draw(m.Lang.T(lang.DeviceLinkQR)),
				node.P(node.Class("waiting"), node.Role("status"), iconClock.draw("small"), node.Span(m.t(lang.DeviceLinkWaiting)))),
			node.Div(node.Class("card"),
				m.p("strong", lang.DeviceLinkValid, "when", m.Lang.When(m.Now, m.Expires)),
				node.H2(m.t(lang.DeviceLinkCode)),
				node.P(node.Class("code-groups num"), node.Each(split(m.Code), func(s string) node.Node { return node.Group(node.Span(node.Text(s)), node.Text(" ")) })),
				node.H2(m.t(lang.DeviceLinkOr)),
				node.P(node.Class("code-line num"), node.Text(m.Link)),
				do(ActInviteCopy, "", copied, i), m.p("hint", lang.DeviceLinkHint),
				do(ActDeviceVoid, "quiet", lang.DeviceLinkVoid, iconClose))))
}

// DeviceJoin asks, on a new browser, whether to go on with a link, and how the
// device is to be called.
type DeviceJoin struct {
	Base
	TypedName string
	TypedKind DeviceKind
	Expires   time.Time
	Problems  []Problem
}

// Node draws the screen.
func (m DeviceJoin) Node() node.Node {
	return m.bare("device-join",
		node.H1(m.t(lang.DeviceJoinTitle)), m.p("lead", lang.DeviceJoinLead), m.summary(m.Problems),
		node.P(node.Class("panel calm"), iconShield.draw(""), node.Span(m.t(lang.DeviceJoinWarn))),
		node.Div(node.Class("card"), form("device-join", ActDeviceJoin,
			m.deviceName(m.TypedName, lang.DeviceNameHint, m.Problems), m.deviceKinds(m.TypedKind), m.submit(lang.DeviceJoinDo, node.Class("block")))),
		m.button(ActJoinDecline, "quiet block", lang.DeviceJoinStop),
		m.p("hint", lang.DeviceLinkValid, "when", m.Lang.When(m.Now, m.Expires)))
}

// Over says why a device, or a carer, was not let in.
type Over uint8

const (
	NotOver Over = iota
	OverDiffer
	OverUsed
	OverVoid
	OverExpired
)

// DeviceWait is what a new device shows until it is let in.
type DeviceWait struct {
	Base
	Check   string // empty: the other device has not answered
	Offline bool
	Over    Over
}

// Node draws the screen.
func (m DeviceWait) Node() node.Node {
	if m.Over != NotOver {
		text := [...]lang.Key{OverDiffer: lang.DeviceOverDiffer, OverUsed: lang.DeviceOverUsed, OverVoid: lang.DeviceOverVoid, OverExpired: lang.DeviceOverExpired}[m.Over]
		return m.bare("device-over", node.H1(m.t(lang.DeviceOverTitle)), m.p("lead", text), m.button(ActDeviceGiveUp, "primary block", lang.DeviceOverDo))
	}
	state := func(i icon, k lang.Key) node.Node {
		return node.P(node.Class("waiting"), node.Role("status"), i.draw("small"), node.Span(m.t(k)))
	}
	wait := state(iconClock, lang.DeviceLinkWaiting)
	if m.Offline {
		wait = state(iconOffline, lang.DeviceWaitOffline)
	}
	if m.Check == "" {
		return m.bare("device-wait", node.H1(m.t(lang.DeviceWaitTitle)), m.p("lead", lang.DeviceWaitText), wait,
			m.button(ActDeviceGiveUp, "quiet block", lang.Cancel))
	}
	if !m.Offline {
		wait = state(iconClock, lang.DeviceWaitWaiting)
	}
	return m.bare("device-check", node.H1(m.t(lang.CheckTitle)),
		node.Section(node.Class("card centred"), node.Aria("label", m.Lang.T(lang.CheckLabel)), digits(m.Check), m.p("", lang.DeviceWaitLead), wait),
		m.button(ActDeviceGiveUp, "block", lang.DeviceCheckNo, iconClose.draw("")))
}
