// Package lang holds every word the screens say, in every language, and how a
// language writes numbers, dates and durations.
//
// A text is named by a Key; a text that depends on a count by a Plural. Both are
// constants, so a text that nobody wrote does not compile, and a test says which
// language lacks one. {name} in a text is replaced by the argument of that name.
//
// A new language is one file like english.go and a row in the tables here. The
// package does not guess at grammar: a text is a whole sentence or a whole label,
// never a piece of one.
package lang

import "strings"

// Lang is a language the app speaks.
type Lang uint8

const (
	English Lang = iota
	German
	langs
)

// All lists the languages in the order the settings show them.
var All = [...]Lang{German, English}

// A Key names a text.
type Key uint16

// A Plural names a text that depends on a count.
type Plural uint16

// forms are a text for one and for any other count. Both languages need no more.
type forms struct{ one, other string }

type catalogue struct {
	tag     string
	name    string // of the language, in itself
	texts   *[keys]string
	plurals *[plurals]forms
	labels  map[string]string // of the diary's enumerations: "reason.prophylaxis"
}

var catalogues = [langs]catalogue{
	English: {"en", "English", &english, &englishPlurals, englishLabels},
	German:  {"de", "Deutsch", &german, &germanPlurals, germanLabels},
}

// Tag is the language's BCP 47 tag.
func (l Lang) Tag() string { return catalogues[l].tag }

// Name is the language's name in itself.
func (l Lang) Name() string { return catalogues[l].name }

// Parse finds the language of a tag such as "de-AT".
func Parse(tag string) (Lang, bool) {
	main, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	for l := Lang(0); l < langs; l++ {
		if strings.EqualFold(main, l.Tag()) {
			return l, true
		}
	}
	return English, false
}

// Pick is the first of the tags that the app speaks, and English otherwise.
func Pick(tags ...string) Lang {
	for _, t := range tags {
		if l, ok := Parse(t); ok {
			return l
		}
	}
	return English
}

// T is the text of k. The arguments are a name, its value, a name, its value.
func (l Lang) T(k Key, args ...string) string {
	return fill(catalogues[l].texts[k], args)
}

// N is the text of p for the count n, which also replaces {n}.
func (l Lang) N(p Plural, n int, args ...string) string {
	f := catalogues[l].plurals[p]
	s := f.other
	if n == 1 {
		s = f.one
	}
	return fill(s, append([]string{"n", l.Int(n)}, args...))
}

// Label is the text of a value of one of the diary's enumerations, by its key:
// "reason.prophylaxis". A key from a newer version has the text of "….unknown".
func (l Lang) Label(key string) string {
	labels := catalogues[l].labels
	if s := labels[key]; s != "" {
		return s
	}
	if strings.HasPrefix(key, "place.") {
		for _, side := range [...]string{"left", "right"} {
			if s := labels[strings.TrimSuffix(key, "."+side)]; s != "" {
				return l.sided(s, labels["side."+side])
			}
		}
	}
	kind, _, _ := strings.Cut(key, ".")
	return labels[kind+".unknown"]
}

// sided joins a part of the body and its side: left knee, Knie links.
func (l Lang) sided(part, side string) string {
	if l == German {
		return part + " " + strings.ToLower(side)
	}
	return side + " " + strings.ToLower(part[:1]) + part[1:]
}

func fill(s string, args []string) string {
	if len(args) == 0 || !strings.Contains(s, "{") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString("{" + rest)
			return b.String()
		}
		for i := 0; i+1 < len(args); i += 2 {
			if args[i] == name {
				b.WriteString(args[i+1])
				break
			}
		}
		s = after
	}
}
