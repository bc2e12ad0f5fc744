package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A PolicyRow is one line of the crypto policy: what for in plain words, the
// algorithm by name, and the last day on which it is used for something new.
type PolicyRow struct {
	What    lang.Key
	With    string
	Quantum bool // holds against quantum computers as well, as far as is known
	Until   time.Time
}

// A Policy is the crypto policy of this version of the app.
type Policy struct {
	Number      int
	Issued      time.Time
	Fingerprint string // of the whole table
	Rows        []PolicyRow
	Epoch       time.Duration // keys are renewed at the latest after this
	Lease       time.Duration // nothing is sent to a centre that is silent for longer
	Link        time.Duration // an invitation is valid
	MinLength   int           // of a passphrase, in characters
	Ends        time.Time     // of what this release seals with, once it is time to say so
}

// cryptography is the policy's table.
func (f Frame) cryptography(title lang.Key, list []PolicyRow) node.Node {
	return f.sheet(title, []lang.Key{lang.SettingsCryptoWhat, lang.SettingsCryptoWith, lang.SeenQuantum, lang.SettingsCryptoUntil},
		node.Each(list, func(r PolicyRow) node.Node {
			quantum := lang.SeenNo
			if r.Quantum {
				quantum = lang.SeenYes
			}
			return node.Tr(node.Th(node.Scope("row"), f.t(r.What)), td(r.With), td(f.Lang.T(quantum)), num(f.Lang.DateShort(r.Until)))
		}))
}

// A SeenCentre is one centre that can read the diary, or could.
type SeenCentre struct {
	ID        string
	Name      string
	Pseudonym string
	Since     time.Time // since when it has had a key
	Asked     bool      // it has not confirmed the code yet
	Refused   bool      // and will not
	Team      []int     // its leads, doctors, nurses and readers; nil: not known
	Heard     time.Time // when it was last heard who they are; zero: not yet
	Questions bool      // it asks for extracts, or did
	Given     []SeenGiven
	Parting   *Parting
	Agreed    time.Time // to sharing, last; zero: not in the app
}

// A SeenGiven is a registry or study that may get extracts.
type SeenGiven struct {
	Name, Recipient string
	Since           time.Time
}

// WhoSees says who can read this diary, with which keys, for how long, and what
// its person can ask for. It says what this device knows, and is made to be printed.
type WhoSees struct {
	Frame
	Owner   string
	Devices []Device  // of this person, in use
	Sheet   time.Time // when the recovery sheet was made; zero: there is none
	People  []Person  // the others
	Centres []SeenCentre
	Relay   string        // host name
	Hidden  time.Duration // until it locks, in the background
	Idle    time.Duration // and without use
	Keys    []Key
	Policy  Policy
	Version string
	Signer  string // name; empty: nobody
	Review  Reviewing
	Asked   bool // this person answers for who can read the diary
}

// Node draws the screen.
func (m WhoSees) Node() node.Node {
	p := m.Policy
	signer := m.Signer
	if signer == "" {
		signer = m.Lang.T(lang.SeenUnsigned)
	}
	return m.paper("who-sees", "", m.p("sub", lang.SeenHint), m.paperHead(m.t(lang.SeenTitle), m.Owner),
		m.p("", lang.SeenLead),
		m.part(lang.SeenPeople, m.readers(), node.If(len(m.People) > 0, m.p("sub", lang.SeenOthers)), m.recoverySheet()),
		m.part(lang.SeenCentres, m.centres()),
		m.checked(),
		m.part(lang.SeenServer, m.p("", lang.SeenServerText, "host", m.Relay),
			m.points(lang.SeenServerSees, iconCheck, lang.SeenServer1, lang.SeenServer2),
			m.points(lang.SeenServerNot, iconClose, lang.SeenServerNot1, lang.SeenServerNot2, lang.SeenServerNot3)),
		m.part(lang.SeenKept, m.lines([]Line{
			{m.Lang.T(lang.SeenKeptDevices), m.Lang.T(lang.SeenKeptDevicesText)},
			{m.Lang.T(lang.SeenKeptCentre), m.Lang.T(lang.SeenKeptCentreText)},
			{m.Lang.T(lang.SeenKeptServer), m.Lang.T(lang.SeenKeptServerText)},
			{m.Lang.T(lang.SeenKeptLinks), m.Lang.T(lang.SeenKeptLinksText, "days", m.Lang.Duration(p.Link))},
		})),
		m.part(lang.SeenKeys, m.keys(),
			m.p("", lang.SeenKeysText, "epoch", m.Lang.Duration(p.Epoch), "lease", m.Lang.Duration(p.Lease)),
			m.p("", lang.SeenLockText, "n", strconv.Itoa(p.MinLength), "hidden", m.Lang.Duration(m.Hidden), "idle", m.Lang.Duration(m.Idle))),
		m.part(lang.SeenPolicy,
			m.p("", lang.SeenPolicyText, "n", strconv.Itoa(p.Number), "date", m.Lang.Date(p.Issued), "version", m.Version, "signer", signer),
			m.cryptography(lang.SeenPolicy, p.Rows),
			node.If(!p.Ends.IsZero(), m.p("strong", lang.AlarmEndingTitle, "date", m.Lang.Date(p.Ends))),
			m.p("sub", lang.SeenPolicyAfter),
			node.P(node.Class("sub"), m.t(lang.SeenFingerprint), node.Text(" "), node.Span(node.Class("verifier"), node.Text(p.Fingerprint)))),
		m.part(lang.SeenRights, m.p("", lang.SeenRightsLead), m.rights()))
}

// accessDue asks whoever owns a diary to look through who can read it.
func (b Base) accessDue(do node.Node) node.Node {
	return node.Div(node.ID("access-due"), node.Class("panel calm"), iconClock.draw(""),
		node.Div(node.P(node.Class("strong"), b.t(lang.SeenCheckDue)), do))
}

// checked says when the page was last looked through, and lets that be noted.
func (m WhoSees) checked() node.Node {
	last := m.p("sub", lang.SeenCheckedNever)
	switch r := m.Review; {
	case !r.At.IsZero() && r.By != "":
		last = m.p("sub", lang.SeenCheckedBy, "date", m.Lang.Date(r.At), "name", r.By)
	case !r.At.IsZero():
		last = m.p("sub", lang.SeenChecked, "date", m.Lang.Date(r.At))
	}
	return m.part(lang.SeenCheck, node.If(m.Review.Due, node.P(node.Class("waiting"), iconClock.draw("small"), node.Span(m.t(lang.SeenCheckDue)))),
		last, node.If(m.Asked, node.Group(m.p("", lang.SeenCheckText),
			node.Div(node.Class("screen actions"), m.button(ActAccessChecked, "", lang.SeenCheckDo, node.ID("seen-checked")), m.button(ActPeople, "quiet", lang.PeopleTitle, node.ID("seen-check-people"))))))
}

// points is a short list under a line.
func (f Frame) points(title lang.Key, i icon, keys ...lang.Key) node.Node {
	return node.Div(node.Class("paper-keep"), node.H3(f.t(title)),
		node.Ul(node.Class("ticks"), node.Each(keys, func(k lang.Key) node.Node { return node.Li(i.draw("small"), node.Span(f.t(k))) })))
}

// readers is the table of devices and people.
func (m WhoSees) readers() node.Node {
	row := func(who, may, since, seen string) node.Node {
		return node.Tr(node.Th(node.Scope("row"), node.Text(who)), td(may), num(since), num(seen))
	}
	own := lang.SeenDevice
	if m.Helper {
		own = lang.SeenDeviceHelper
	}
	devices := node.Each(m.Devices, func(d Device) node.Node {
		seen := m.Lang.T(lang.DeviceHeardNever)
		switch {
		case d.This:
			seen = m.Lang.T(lang.DeviceHeardNow)
		case !d.Heard.IsZero():
			seen = m.Lang.When(m.Now, d.Heard)
		}
		return row(d.title(m.Base), m.Lang.T(own), m.Lang.DateShort(d.Added), seen)
	})
	people := node.Each(m.People, func(p Person) node.Node {
		seen := m.Lang.T(lang.PersonSeenNever)
		if !p.Seen.IsZero() {
			seen = m.Lang.When(m.Now, p.Seen)
		}
		may := p.Share.says(m.Base)
		if p.Changing {
			may += ". " + m.Lang.T(lang.SeenChanging)
		}
		return row(p.title(m.Base), may, m.Lang.DateShort(p.Since), seen)
	})
	return m.sheet(lang.SeenPeople, []lang.Key{lang.AccessWho, lang.SeenMay, lang.PersonSince, lang.PersonSeen}, node.Group(devices, people))
}

func (m WhoSees) recoverySheet() node.Node {
	switch {
	case m.Helper:
		return m.p("sub", lang.SeenSheetHelper)
	case m.Sheet.IsZero():
		return m.p("sub", lang.SeenSheetNone)
	}
	return m.p("sub", lang.SeenSheet, "date", m.Lang.Date(m.Sheet))
}

func (m WhoSees) centres() node.Node {
	if len(m.Centres) == 0 {
		return m.p("", lang.SeenCentresNone)
	}
	return node.Each(m.Centres, func(c SeenCentre) node.Node {
		text := func(k lang.Key, args ...string) string { return m.Lang.T(k, append(args, "centre", c.Name)...) }
		lines := []Line{{text(lang.PartedKnownAs), c.Pseudonym}}
		say := func(head lang.Key, is string) { lines = append(lines, Line{m.Lang.T(head), is}) }
		switch {
		case c.Parting != nil:
			say(lang.SeenUntil, m.Lang.Date(c.Parting.At))
			say(lang.SeenGets, text(lang.SeenGetsNothing)+" "+text(lang.PartPatient2))
		case c.Refused:
			say(lang.SeenGets, text(lang.SeenRefused))
		default:
			since := m.Lang.Date(c.Since)
			if c.Asked {
				since = text(lang.SeenNotYet, "date", since)
			}
			say(lang.PersonSince, since)
			say(lang.SeenGets, text(lang.SeenGetsAll))
			agreed := text(lang.SeenAgreedNot)
			if !c.Agreed.IsZero() {
				agreed = m.Lang.Date(c.Agreed)
			}
			say(lang.SeenAgreed, agreed)
		}
		if c.Parting == nil && !c.Refused {
			say(lang.SeenGetsNot, text(lang.SeenGetsNotText))
			say(lang.SeenTeamHead, m.team(c))
			if len(c.Given) == 0 {
				say(lang.SeenExtract, text(lang.SeenExtractNone))
			}
		}
		for _, x := range c.Given {
			say(lang.SeenExtract, text(lang.SeenExtractText, "name", x.Name, "recipient", x.Recipient, "date", m.Lang.Date(x.Since)))
		}
		do := node.Div(node.Class("screen actions"), node.If(!c.Refused, m.button(ActAccessLog, "", lang.SeenLog, append(with(FieldCentre, c.ID), node.ID("seen-log-"+c.ID))...)),
			m.button(ActSharing, "", lang.SharingOpen, append(with(FieldCentre, c.ID), node.ID("seen-sharing-"+c.ID))...),
			node.If(c.Questions, m.button(ActConsents, "", lang.SeenConsents, append(with(FieldCentre, c.ID), node.ID("seen-consents-"+c.ID))...)))
		return node.Div(node.Class("seen-centre"), node.H3(node.Text(c.Name)), m.lines(lines), do)
	})
}

// team says who at a centre can read the diary.
func (m WhoSees) team(c SeenCentre) string {
	if len(c.Team) == 0 {
		return m.Lang.T(lang.SeenTeamUnknown)
	}
	all, each := 0, ""
	for i, n := range c.Team {
		if n == 0 {
			continue
		}
		if each != "" {
			each += ", "
		}
		all += n
		each += m.Lang.N([]lang.Plural{lang.SeenLeads, lang.SeenDoctors, lang.SeenNurses, lang.SeenReaders}[i], n)
	}
	s := m.Lang.N(lang.SeenTeam, all) + " (" + each + ")"
	if !c.Heard.IsZero() {
		s += ", " + m.Lang.T(lang.SeenTeamAsOf, "when", m.Lang.When(m.Now, c.Heard))
	}
	return s + ". " + m.Lang.T(lang.SeenTeamWho)
}

func (m WhoSees) keys() node.Node {
	return m.sheet(lang.SeenKeys, []lang.Key{lang.SeenKeysOf, lang.KeysAt, lang.KeysNext}, node.Each(m.Keys, func(k Key) node.Node {
		name := k.Name
		if k.What != 0 {
			name = m.Lang.T(k.What)
		}
		return node.Tr(node.Th(node.Scope("row"), node.Text(name)), num(m.Lang.When(m.Now, k.At)), num(m.Lang.DateShort(k.Next)))
	}))
}

// rights are what a person can ask for, each with the way to it in the app.
func (m WhoSees) rights() node.Node {
	right := func(id string, name, text lang.Key, act string, label lang.Key) node.Node {
		return node.Div(node.Dt(m.t(name)), node.Dd(m.t(text), node.Div(node.Class("screen actions"), m.button(act, "", label, node.ID("seen-"+id)))))
	}
	restrict := right("restrict", lang.SeenRestrict, lang.SeenRestrictText, ActGoCentre, lang.SeenRestrictDo)
	receipts := right("receipts", lang.ReceiptsTitle, lang.ReceiptsText, ActReceipts, lang.ReceiptsOpen)
	erase := right("erase", lang.SeenErase, lang.SeenEraseText, ActErase, lang.EraseOpen)
	return node.Dl(node.Class("paper-lines"),
		right("access", lang.SeenAccess, lang.SeenAccessText, ActGoDiary, lang.SeenAccessDo),
		right("correct", lang.SeenCorrect, lang.SeenCorrectText, ActGoDiary, lang.SeenCorrectDo),
		right("export", lang.SeenExport, lang.SeenExportText, ActPapers, lang.PapersOpen),
		erase, restrict,
		receipts,
		right("people", lang.SeenEnd, lang.SeenEndText, ActPeople, lang.PeopleTitle),
		node.Div(node.Dt(m.t(lang.SeenComplain)), node.Dd(m.t(lang.SeenComplainText))))
}
