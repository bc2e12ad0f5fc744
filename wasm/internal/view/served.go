package view

import (
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// FilesState is what is to be thought of the files that the server sends.
type FilesState uint8

const (
	FilesChecking    FilesState = iota // it is being found out
	FilesSame                          // as published
	FilesNewer                         // a newer version is there, as published
	FilesNoSigner                      // this app asks for nobody's signature
	FilesWrong                         // not signed by the publisher
	FilesOld                           // an older version
	FilesChanged                       // other files than were published
	FilesUnreachable                   // nothing came
)

// ThisVersion says what runs here, who vouches for it, and what that proves.
type ThisVersion struct {
	Frame
	Name      string
	Number    int
	PolicyNo  int
	Signer    string // name; empty: nobody
	SignerKey string // the verifier
	Origin    string

	State    FilesState
	Hash     string    // of the release that the server offers, in hex; empty: not known
	Date     time.Time // of it
	Loaded   int       // files that the page says it has loaded, and that are in it
	Compared int       // files that were fetched again
	Differ   []string  // paths that are not as published
	Newer    string    // name of a newer version
	Ready    bool      // it waits to be started
}

// Node draws the screen.
func (m ThisVersion) Node() node.Node {
	section := func(id string, title lang.Key, items ...node.Item) node.Node {
		return node.Section(append([]node.Item{node.Class("card"), node.Aria("labelledby", id), node.H2(node.ID(id), m.t(title))}, items...)...)
	}
	list := func(class string, i icon, keys ...lang.Key) node.Node {
		return node.Ul(node.Class("ticks "+class), node.Each(keys, func(k lang.Key) node.Node { return node.Li(i.draw("small"), node.Span(m.t(k))) }))
	}
	signer := m.t(lang.ServedNobody)
	command := "go run ./scripts/checkapp -manifest release.txt " + m.Origin
	yes := []lang.Key{lang.ServedYesOlder}
	if m.Signer != "" {
		signer = node.Span(node.Text(m.Signer), node.Br(), node.Span(node.Class("sub verifier"), node.Text(m.SignerKey)))
		command = "go run ./scripts/checkapp -signer '" + m.SignerKey + "' " + m.Origin
		yes = append(yes, lang.ServedYesSigned)
	}
	return m.inside(page{key: "this-version", back: true, width: "medium"},
		node.H1(m.t(lang.ServedTitle)),
		section("served-what", lang.ServedWhat,
			node.Dl(node.Class("facts"),
				m.fact(lang.SettingsVersion, node.Class("num"), m.t(lang.ServedNumber, "name", m.Name, "number", strconv.Itoa(m.Number))),
				m.fact(lang.ServedPolicy, node.Class("num"), node.Text(strconv.Itoa(m.PolicyNo))),
				m.fact(lang.ServedSigner, signer))),
		section("served-now", lang.ServedNow, m.found(),
			node.Div(node.Class("actions"),
				node.If(m.State == FilesNewer && m.Ready, m.button(ActServedAccept, "primary", lang.ServedAccept)),
				node.If(m.State != FilesChecking, m.button(ActServed, "", lang.ServedAgain, iconAgain.draw(""))))),
		section("served-proves", lang.ServedProves, list("yes", iconCheck, yes...),
			node.H3(m.t(lang.ServedNot)), list("no", iconClose, lang.ServedNoSelf, lang.ServedNoOthers),
			node.Details(node.ID("served-experts"), node.Class("more"), node.Summary(m.t(lang.ServedExperts)),
				m.p("sub", lang.ServedExpertsText), node.P(node.Class("code-line"), node.Code(node.Text(command))))))
}

// found is what came of comparing.
func (m ThisVersion) found() node.Node {
	box := func(tone string, i icon, k lang.Key, more ...node.Item) node.Node {
		said := append([]node.Item{m.p("strong", k, "name", m.Newer)}, more...)
		return node.Div(node.ID("served-found"), node.Class("panel "+tone), node.Role("status"), i.draw(""), node.Div(said...))
	}
	var do node.Node // unless it is above already
	if m.Alarm != AlarmFiles {
		do = m.p("", lang.AlarmFilesText)
		if m.Role == Centre {
			do = m.p("", lang.AlarmFilesCentre)
		}
	}
	release := m.release()
	switch m.State {
	case FilesSame:
		return node.Div(box("good", iconCheck, lang.ServedSame), release, node.Ul(node.Class("ticks yes"),
			node.Li(iconCheck.draw("small"), node.Span(m.n(lang.ServedLoaded, m.Loaded))),
			node.Li(iconCheck.draw("small"), node.Span(m.n(lang.ServedCompared, m.Compared)))))
	case FilesNewer:
		return node.Div(box("good", iconCheck, lang.ServedNewer), release)
	case FilesNoSigner:
		return node.Div(box("calm", iconAlert, lang.ServedUnsigned), release)
	case FilesWrong:
		return box("alarm", iconAlert, lang.ServedWrong, do)
	case FilesOld:
		return node.Div(box("alarm", iconAlert, lang.ServedOld, do), release)
	case FilesChanged:
		return node.Div(box("alarm", iconAlert, lang.ServedChanged,
			node.Ul(node.Class("verifier"), node.Each(m.Differ, func(p string) node.Node { return node.Li(node.Text(p)) })), do), release)
	case FilesUnreachable:
		return box("calm", iconOffline, lang.ServedUnreachable)
	}
	return node.P(node.ID("served-found"), node.Role("status"), m.t(lang.ServedChecking))
}

// release names the release that the server offers, for comparing with others.
func (m ThisVersion) release() node.Node {
	if m.Hash == "" {
		return node.Node{}
	}
	var groups []string
	for i := 0; i < len(m.Hash); i += 8 {
		groups = append(groups, m.Hash[i:min(i+8, len(m.Hash))])
	}
	return node.Dl(node.Class("facts served-release"),
		node.If(!m.Date.IsZero(), m.fact(lang.ServedDate, node.Text(m.Lang.Date(m.Date)))),
		m.fact(lang.ServedHash, node.Class("verifier"), node.Text(strings.Join(groups, " "))))
}
