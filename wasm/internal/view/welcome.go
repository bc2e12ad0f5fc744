package view

import (
	"strconv"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Welcome is the first screen of a browser that holds nothing yet.
type Welcome struct {
	Base
	Code        string // what was typed or came with the link
	CentreCode  string // likewise, for a centre
	OffersAlone bool   // the relay has a tenant open to patients without a centre
	OffersSheet bool   // beginning again from a recovery sheet
	Words       string // of a recovery sheet, as typed
	Offline     bool   // joining needs the network
	DeviceCode  string // link or code of another device, as typed
	Scanner     *Scanner
	Problems    []Problem
}

// Node draws the screen.
func (m Welcome) Node() node.Node {
	open := func(name string, always bool) node.Attr {
		for _, p := range m.Problems {
			if p.Field == name {
				return node.Open(true)
			}
		}
		return node.Open(always)
	}
	way := func(i icon, id string, title, text lang.Key, open node.Attr, items ...node.Item) node.Node {
		return node.Details(append([]node.Item{node.ID(id), node.Class("way"), open,
			node.Summary(i.draw(""), node.Div(node.H2(m.t(title)), m.p("sub", text)), iconNext.draw("turn"))}, items...)...)
	}
	code := field{Base: m.Base, name: FieldCode, label: lang.WelcomeCode, hint: lang.WelcomeCodeHint, problems: m.Problems}
	once := field{Base: m.Base, name: FieldCentreCode, label: lang.WelcomeCentreCode, hint: lang.WelcomeCodeHint, problems: m.Problems}
	device := field{Base: m.Base, name: FieldDeviceCode, label: lang.WelcomeDeviceCode, hint: lang.WelcomeCodeHint, problems: m.Problems}
	words := field{Base: m.Base, name: FieldSheetWords, label: lang.WelcomeSheetWords, problems: m.Problems}
	return m.bare("welcome",
		node.H1(m.t(lang.WelcomeTitle)), m.p("lead", lang.AppLine),
		m.summary(m.Problems),
		node.If(m.Offline, node.P(node.Class("panel calm"), node.Role("status"), iconOffline.draw(""), node.Span(m.t(lang.WelcomeOffline)))),
		node.Div(node.Class("ways"),
			way(iconMessage, "way-invited", lang.WelcomeInvited, lang.WelcomeInvitedText, open(FieldCode, m.CentreCode == "" && m.DeviceCode == ""),
				form("join", ActJoinCode,
					code.input(m.Code, exact("text", "text")...),
					m.submit(lang.WelcomeJoin, node.Class("block")),
					m.p("hint", lang.WelcomeCodeScan))),
			way(iconDevice, "way-device", lang.WelcomeDevice, lang.WelcomeDeviceText, open(FieldDeviceCode, false),
				node.Div(m.button(ActDeviceScan, "primary block", lang.WelcomeDeviceScan, iconScan.draw("")),
					form("device-code", ActDeviceCode, node.Class("gap"),
						device.input(m.DeviceCode, exact("text", "text")...),
						m.submit(lang.WelcomeDeviceDo, node.Class("block"))))),
			node.If(m.OffersAlone,
				way(iconDiary, "way-alone", lang.WelcomeAlone, lang.WelcomeAloneText, node.Open(false),
					node.Div(m.button(ActStartAlone, "primary block", lang.WelcomeAloneDo)))),
			way(iconCentre, "way-centre", lang.WelcomeCentre, lang.WelcomeCentreText, open(FieldCentreCode, m.CentreCode != ""),
				form("register", ActRegisterCentre,
					once.input(m.CentreCode, exact("text", "text")...),
					m.submit(lang.WelcomeCentreDo, node.Class("block")))),
			node.If(m.OffersSheet,
				way(iconKey, "way-sheet", lang.WelcomeSheet, lang.WelcomeSheetText, open(FieldSheetWords, false),
					form("restore", ActRestore,
						words.area(m.Words, 4, node.Autocomplete("off"), node.Set("autocapitalize", "off"), node.Set("spellcheck", "false")),
						m.submit(lang.WelcomeSheetDo, node.Class("block"))))),
		),
		node.P(node.Class("promise"), iconShield.draw(""), node.Span(m.t(lang.WelcomePromise))),
		m.languages(), m.scanner(m.Scanner))
}

// languages lets somebody who cannot read this one choose another.
func (b Base) languages() node.Node {
	return node.Div(node.Class("languages"), node.Each(lang.All[:], func(l lang.Lang) node.Node {
		return node.Button(node.ID("lang-"+l.Tag()), node.Type("button"), node.Class("btn quiet"), node.Act(ActLang), node.Name(FieldLang), node.Value(l.Tag()),
			node.Lang(l.Tag()), node.Aria("pressed", strconv.FormatBool(l == b.Lang)), node.Text(l.Name()))
	}))
}
