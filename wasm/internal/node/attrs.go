package node

import (
	"strconv"
	"strings"
)

// attrs are all attributes there are; the shell has the same list. Addresses
// (href, src) are not here: Href, Tel, Blob and Src make them.
var attrs = set("id class type name value placeholder autocomplete inputmode enterkeyhint autocapitalize spellcheck " +
	"step min max minlength maxlength pattern size rows cols accept capture list wrap low high optimum " +
	"for form role title lang dir tabindex colspan rowspan scope headers datetime alt download " +
	"data-act data-live data-key data-label data-state data-tone data-kind " +
	"aria-label aria-labelledby aria-describedby aria-details aria-live aria-atomic aria-busy aria-current " +
	"aria-expanded aria-controls aria-hidden aria-pressed aria-selected aria-checked aria-disabled aria-invalid " +
	"aria-errormessage aria-required aria-haspopup aria-modal aria-level aria-posinset aria-setsize aria-sort " +
	"aria-valuemin aria-valuemax aria-valuenow aria-valuetext aria-orientation aria-roledescription aria-owns " +
	"aria-multiselectable aria-activedescendant aria-autocomplete aria-placeholder aria-readonly aria-colspan " +
	"aria-rowspan aria-rowcount aria-colcount aria-rowindex aria-colindex aria-relevant aria-keyshortcuts " +
	"viewBox d fill fill-rule fill-opacity stroke stroke-width stroke-linecap stroke-linejoin stroke-dasharray " +
	"stroke-opacity opacity x y x1 y1 x2 y2 dx dy width height cx cy r rx ry points transform text-anchor " +
	"dominant-baseline font-size font-weight preserveAspectRatio vector-effect focusable")

// bools are the attributes that are either there or not.
var bools = set("checked selected disabled required readonly hidden open multiple autofocus novalidate inert reversed")

// Set gives an attribute a value. The name is one of the table in this package.
func Set(name, value string) Attr {
	if !attrs[name] {
		panic("node: no attribute " + name)
	}
	switch name {
	case "id":
		if !goodID(value) {
			panic("node: id must start with a letter and have letters, digits, '-', '_' and '.' only")
		}
	case "class":
		for _, c := range strings.Fields(value) {
			if !goodID(c) {
				panic("node: class has a character it cannot have")
			}
		}
		if value = strings.Join(strings.Fields(value), " "); value == "" {
			return Attr{}
		}
	case "fill", "stroke", "transform":
		if strings.Contains(strings.ToLower(value), "url") {
			panic("node: an address in " + name)
		}
	}
	return Attr{name: name, value: strings.ToValidUTF8(value, "\uFFFD")}
}

// Bool gives a boolean attribute, or none when on is false.
func Bool(name string, on bool) Attr {
	if !bools[name] {
		panic("node: no boolean attribute " + name)
	}
	if !on {
		return Attr{}
	}
	return Attr{name: name, bare: true}
}

// Href leads to a place in the app: "#" and a word of letters, digits and -_./=
func Href(fragment string) Attr {
	if !goodFragment(fragment) {
		panic("node: a link must be a fragment")
	}
	return Attr{name: "href", value: fragment}
}

// Tel leads to a telephone number. Everything but digits and a leading + is left out.
func Tel(number string) Attr {
	b := []byte("tel:")
	for i := 0; i < len(number); i++ {
		if c := number[i]; c >= '0' && c <= '9' || c == '+' && len(b) == 4 {
			b = append(b, c)
		}
	}
	return Attr{name: "href", value: string(b)}
}

// Blob leads to a file the page has made; the address is the page's own.
func Blob(url string) Attr {
	if !strings.HasPrefix(url, "blob:") || !plain(url) {
		panic("node: not the address of a blob")
	}
	return Attr{name: "href", value: url}
}

// Src is where a picture comes from: a blob of the page, or an image written
// out in the address itself.
func Src(url string) Attr {
	ok := strings.HasPrefix(url, "blob:") || strings.HasPrefix(url, "data:image/png;base64,") ||
		strings.HasPrefix(url, "data:image/jpeg;base64,") || strings.HasPrefix(url, "data:image/webp;base64,")
	if !ok || !plain(url) {
		panic("node: a picture from elsewhere")
	}
	return Attr{name: "src", value: url}
}

// The attributes used most have functions of their own.

func ID(s string) Attr           { return Set("id", s) }
func Class(s string) Attr        { return Set("class", s) }
func Type(s string) Attr         { return Set("type", s) }
func Name(s string) Attr         { return Set("name", s) }
func Value(s string) Attr        { return Set("value", s) }
func Placeholder(s string) Attr  { return Set("placeholder", s) }
func Autocomplete(s string) Attr { return Set("autocomplete", s) }
func Inputmode(s string) Attr    { return Set("inputmode", s) }
func Min(s string) Attr          { return Set("min", s) }
func Max(s string) Attr          { return Set("max", s) }
func Step(s string) Attr         { return Set("step", s) }
func Pattern(s string) Attr      { return Set("pattern", s) }
func Maxlength(n int) Attr       { return Set("maxlength", strconv.Itoa(n)) }
func Minlength(n int) Attr       { return Set("minlength", strconv.Itoa(n)) }
func Rows(n int) Attr            { return Set("rows", strconv.Itoa(n)) }
func For(id string) Attr         { return Set("for", id) }
func FormID(id string) Attr      { return Set("form", id) }
func Role(s string) Attr         { return Set("role", s) }
func Hint(s string) Attr         { return Set("title", s) }
func Lang(s string) Attr         { return Set("lang", s) }
func Scope(s string) Attr        { return Set("scope", s) }
func Datetime(s string) Attr     { return Set("datetime", s) }
func Alt(s string) Attr          { return Set("alt", s) }
func Download(name string) Attr  { return Set("download", name) }
func Tabindex(n int) Attr        { return Set("tabindex", strconv.Itoa(n)) }
func Colspan(n int) Attr         { return Set("colspan", strconv.Itoa(n)) }
func Rowspan(n int) Attr         { return Set("rowspan", strconv.Itoa(n)) }
func Width(s string) Attr        { return Set("width", s) }
func Height(s string) Attr       { return Set("height", s) }
func ViewBox(s string) Attr      { return Set("viewBox", s) }
func D(s string) Attr            { return Set("d", s) }
func Fill(s string) Attr         { return Set("fill", s) }
func Stroke(s string) Attr       { return Set("stroke", s) }

// Num gives a drawing attribute a number, in at most two decimals.
func Num(name string, v float64) Attr {
	s := strconv.FormatFloat(v, 'f', 2, 64)
	s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		s = "0"
	}
	return Set(name, s)
}

// Aria gives an aria attribute, named without its prefix.
func Aria(name, value string) Attr { return Set("aria-"+name, value) }

// Act names what happens when a button is pressed or a form is sent.
func Act(act string) Attr { return Set("data-act", act) }

// Live names what happens as soon as a field, or a field in this element, changes.
func Live(act string) Attr { return Set("data-live", act) }

// Key marks what an element is about. A field keeps what the user typed until
// its key changes; the screen's main element takes the focus when its key does.
func Key(key string) Attr { return Set("data-key", key) }

// Data gives another data attribute of the table, named without its prefix.
func Data(name, value string) Attr { return Set("data-"+name, value) }

func Checked(on bool) Attr   { return Bool("checked", on) }
func Selected(on bool) Attr  { return Bool("selected", on) }
func Disabled(on bool) Attr  { return Bool("disabled", on) }
func Required(on bool) Attr  { return Bool("required", on) }
func Readonly(on bool) Attr  { return Bool("readonly", on) }
func Hidden(on bool) Attr    { return Bool("hidden", on) }
func Open(on bool) Attr      { return Bool("open", on) }
func Multiple(on bool) Attr  { return Bool("multiple", on) }
func Autofocus(on bool) Attr { return Bool("autofocus", on) }

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func goodID(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.')) {
			return false
		}
	}
	return s != ""
}

func goodFragment(s string) bool {
	if s == "" || s[0] != '#' {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_./=", c) >= 0) {
			return false
		}
	}
	return true
}

// plain reports whether s has only visible ASCII characters.
func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
