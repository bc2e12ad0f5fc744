// Package sharing has the words by which somebody agrees to share a diary with a
// centre: what, with whom, what for, for how long, how to take it back, and what the
// centre says of itself.
//
// The words of a version do not change: a test compares them with what they were.
// Who changes one raises Version, and everybody is asked again.
package sharing

import (
	"strings"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
)

// Version is that of the words.
const Version = 1

// Information is what a centre says of itself. What is empty it has not said.
type Information struct {
	Responsible string
	Contact     string
	Officer     string
	Ground      string
	Keeping     string
}

// An Item is one thing that a centre says of itself.
type Item struct {
	Label lang.Key
	Text  string // empty: it has not said
}

// Items lists what it should say, in the order in which people read it.
func (i Information) Items() []Item {
	return []Item{
		{lang.SaysResponsible, i.Responsible}, {lang.SaysContact, i.Contact}, {lang.SaysOfficer, i.Officer}, {lang.SaysGround, i.Ground}, {lang.SaysKeeping, i.Keeping},
	}
}

// Missing counts what it has not said.
func (i Information) Missing() (n int) {
	for _, x := range i.Items() {
		if x.Text == "" {
			n++
		}
	}
	return n
}

// Kind is what a line of a text is.
type Kind uint8

// Kinds of lines.
const (
	Paragraph Kind = iota
	Heading
	Point // of a list
	Quote // the centre's own words
)

// marks are how lines of a kind begin.
var marks = [...]string{Paragraph: "", Heading: "# ", Point: "- ", Quote: "> "}

// A Line is one line of a text.
type Line struct {
	Kind Kind
	Text string
}

// Text is all that somebody reads before agreeing, for a centre with a name. Only
// its own words begin lines: no name, and nothing that a centre says, can look like them.
func Text(l lang.Lang, centre string, i Information) string {
	centre = diary.Clean(centre, false)
	var b strings.Builder
	line := func(k Kind, text string) { b.WriteString(marks[k] + text + "\n") }
	say := func(k Kind, keys ...lang.Key) {
		for _, key := range keys {
			line(k, l.T(key, "centre", centre))
		}
	}
	say(Heading, lang.AgreeTitle)
	say(Paragraph, lang.AgreeFree)
	say(Heading, lang.AgreeWhat)
	say(Point, lang.AgreeWhat1, lang.AgreeWhat2, lang.AgreeWhat3, lang.AgreeWhatNot)
	say(Heading, lang.AgreeWhom)
	say(Paragraph, lang.AgreeWhom1, lang.AgreeWhom2, lang.AgreeWhom3)
	say(Heading, lang.AgreeFor)
	say(Paragraph, lang.AgreeFor1)
	say(Heading, lang.AgreeLong)
	say(Paragraph, lang.AgreeLong1)
	say(Heading, lang.AgreeBack)
	say(Paragraph, lang.AgreeBack1, lang.AgreeBack2, lang.AgreeBack3)
	say(Heading, lang.AgreeRights)
	say(Paragraph, lang.AgreeRights1)
	say(Heading, lang.AgreeSays)
	for _, x := range i.Items() {
		if x.Text == "" {
			line(Paragraph, l.T(lang.AgreeUnsaid, "what", l.T(x.Label)))
			continue
		}
		line(Paragraph, l.T(lang.AgreeSaid, "what", l.T(x.Label)))
		for _, s := range strings.Split(x.Text, "\n") {
			line(Quote, s)
		}
	}
	if i.Missing() > 0 {
		say(Paragraph, lang.AgreeAsk)
	}
	return strings.TrimSpace(b.String())
}

// Lines takes a text apart, also one of another version.
func Lines(text string) []Line {
	var out []Line
	for _, s := range strings.Split(text, "\n") {
		x := Line{Text: s}
		for k := Heading; k <= Quote; k++ {
			if rest, ok := strings.CutPrefix(s, marks[k]); ok {
				x = Line{k, rest}
			}
		}
		out = append(out, x)
	}
	return out
}
