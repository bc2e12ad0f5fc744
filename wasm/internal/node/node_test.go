package node

import (
	"encoding/json"
	"html"
	"strings"
	"testing"
	"unicode/utf8"
)

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: allowed", what)
		}
	}()
	f()
}

func TestWhatAPageMayNotHaveCannotBeBuilt(t *testing.T) {
	for what, f := range map[string]func(){
		"event handler":          func() { Div(Set("onclick", "x()")) },
		"style":                  func() { Div(Set("style", "color:red")) },
		"srcdoc":                 func() { Div(Set("srcdoc", "x")) },
		"formaction":             func() { Button(Set("formaction", "/x")) },
		"href by name":           func() { A(Set("href", "#x")) },
		"src by name":            func() { Img(Set("src", "blob:x")) },
		"script link":            func() { A(Href("javascript:x()")) },
		"foreign link":           func() { A(Href("https://example.org/")) },
		"link with a space":      func() { A(Href("#a b")) },
		"blob that is not":       func() { A(Blob("https://example.org/")) },
		"picture from elsewhere": func() { Img(Src("https://example.org/x.png")) },
		"picture that is a page": func() { Img(Src("data:text/html;base64,PGI+")) },
		"drawing as a picture":   func() { Img(Src("data:image/svg+xml;base64,PHN2Zz4=")) },
		"href elsewhere":         func() { Div(Href("#x")) },
		"src elsewhere":          func() { Div(Src("blob:x")) },
		"foreign fill":           func() { Path(Fill("URL(https://example.org/)")) },
		"input of image type":    func() { Input(Type("image")) },
		"button of other type":   func() { Button(Type("image")) },
		"content in void":        func() { Input(Text("x")) },
		"id with a space":        func() { Div(ID("a b")) },
		"id with a digit first":  func() { Div(ID("1a")) },
		"class with a quote":     func() { Div(Class(`a"b`)) },
		"boolean with a value":   func() { Input(Set("checked", "no")) },
		"value without a name":   func() { Input(Bool("value", true)) },
		"two ids":                func() { Div(ID("a"), ID("b")) },
		"more on text":           func() { Text("x").With(ID("a")) },
		"bad addition":           func() { Input().With(Type("image")) },
	} {
		mustPanic(t, what, f)
	}
}

func TestEveryTagHasAFunctionAndIsInTheTable(t *testing.T) {
	made := []Node{Div(), Section(), Article(), Aside(), Header(), Main(), Nav(), Footer(), H1(), H2(), H3(), H4(), P(),
		Pre(), Hr(), Br(), Span(), Strong(), Em(), Small(), Code(), Abbr(), Time(), A(), Img(), Video(), Ul(), Ol(), Li(), Dl(),
		Dt(), Dd(), Table(), Caption(), Thead(), Tbody(), Tfoot(), Tr(), Th(), Td(), Form(), Label(), Button(), Input(),
		Select(), Option(), Optgroup(), Datalist(), Textarea(), Fieldset(), Legend(), Output(), Progress(), Meter(),
		Details(), Summary(), Dialog(), Figure(), Figcaption(), SVG(), G(), Path(), Circle(), Ellipse(), Rect(), Line(),
		Polyline(), Polygon(), SVGText(), SVGTitle(), SVGDesc()}
	seen := make(map[string]bool)
	for _, n := range made {
		if !tags[n.Tag()] || seen[n.Tag()] {
			t.Errorf("%s is not in the table, or there twice", n.Tag())
		}
		seen[n.Tag()] = true
	}
	if len(seen) != len(tags) {
		t.Errorf("%d tags have functions, %d are in the table", len(seen), len(tags))
	}
}

// screen uses every kind of node once.
func screen() Node {
	return Main(ID("today"), Key("today"), Class("screen"), Class("wide  tall"),
		H1(Text("Today <& \"you\">")),
		If(false, P(Text("never"))),
		Text(""),
		Group(P(Text("a")), Node{}, Group(P(Text("b")))),
		Form(Act("save"),
			Label(For("units"), Text("Units")),
			Input(ID("units"), Name("units"), Type("text"), Inputmode("numeric"), Value("1'000"), Required(true), Disabled(false)),
			Select(Name("reason"), Each([]string{"bleed", "other"}, func(s string) Node {
				return Option(Value(s), Selected(s == "other"), Text(s))
			})),
			Textarea(Name("note"), Text("\nfirst\r\nsecond")),
			Button(Name("how"), Value("now"), Text("Save"))),
		SVG(ViewBox("0 0 10 10"), Role("img"), SVGTitle(Text("knee")),
			Circle(Num("cx", 5), Num("cy", 2.5), Num("r", 1.0/3), Fill("currentColor")), SVGText(Num("x", -0.001), Text("L"))),
		A(Tel("+49 (0)30 / 123-4"), Text("call")), A(Href("#diary/2"), Text("diary")), Br())
}

func TestHTMLOfAScreenIsEscapedAndOneBlockALine(t *testing.T) {
	want := `<main id="today" data-key="today" class="screen wide tall">
<h1>Today &lt;&amp; &#34;you&#34;&gt;</h1>
<p>a</p>
<p>b</p>
<form data-act="save"><label for="units">Units</label><input id="units" name="units" type="text" inputmode="numeric" value="1&#39;000" required>
<select name="reason">
<option value="bleed">bleed</option>
<option value="other" selected>other</option>
</select><textarea name="note">

first&#13;
second</textarea><button name="how" value="now">Save</button></form>
<svg viewBox="0 0 10 10" role="img"><title>knee</title>
<circle cx="5" cy="2.5" r="0.33" fill="currentColor"></circle>
<text x="0">L</text>
</svg><a href="tel:+490301234">call</a><a href="#diary/2">diary</a><br></main>
`
	if got := HTML(screen()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if err := Check(screen()); err != nil {
		t.Error(err)
	}
}

func TestJSONOfAScreenIsWhatThePageReads(t *testing.T) {
	got := string(AppendJSON(nil, Main(ID("m"), Input(Name("a"), Checked(true)), Text("<b>"), Group())))
	want := `["main",{"id":"m"},[["input",{"name":"a","checked":true},[]],"\u003cb\u003e"]]`
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !json.Valid(AppendJSON(nil, screen())) {
		t.Error("not JSON")
	}
	for _, n := range []Node{{}, Text(""), Group()} {
		if b := AppendJSON(nil, n); !json.Valid(b) {
			t.Errorf("%s is not JSON", b)
		}
	}
}

func TestCheckFindsWhatWouldBreakThePage(t *testing.T) {
	for what, n := range map[string]Node{
		"id twice":             Div(P(ID("a")), P(ID("a"))),
		"label without field":  Label(For("x")),
		"description missing":  Div(Aria("describedby", "x y")),
		"field without a name": Div(Input(Type("text"))),
	} {
		if Check(n) == nil {
			t.Errorf("%s: not found", what)
		}
	}
}

func TestNodesAreValuesThatCanBeUsedTwice(t *testing.T) {
	p := P(Class("a"), Text("x"))
	q := p.With(Class("b"), Text("y"))
	r := p.With(Class("c"), Text("z"))
	if HTML(p) != "<p class=\"a\">x</p>\n" || HTML(q) != "<p class=\"a b\">xy</p>\n" || HTML(r) != "<p class=\"a c\">xz</p>\n" {
		t.Error(HTML(p), HTML(q), HTML(r))
	}
	if q.Content() != "xy" {
		t.Error(q.Content())
	}
}

func FuzzTextNeverBecomesMarkup(f *testing.F) {
	for _, s := range []string{"", "<script>", `"><img src=x onerror=alert(1)>`, "&amp;", "\x00", "\xff\xfe", "\u2028", "a\r\nb", "'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := P(Hint(s), Text(s))
		out := HTML(n)
		inner := strings.TrimSuffix(strings.TrimPrefix(out, `<p title="`), "</p>\n")
		title, body, ok := strings.Cut(inner, `">`)
		if !ok || strings.ContainsAny(title, "<>\"") || strings.ContainsAny(body, "<>\"") {
			t.Fatalf("%q came out as %q", s, out)
		}
		valid := strings.ToValidUTF8(s, "\uFFFD")
		clean := strings.ReplaceAll(valid, "\x00", "\uFFFD")
		if html.UnescapeString(body) != clean || html.UnescapeString(title) != clean {
			t.Fatalf("%q reads back as %q and %q", s, html.UnescapeString(title), html.UnescapeString(body))
		}
		raw := AppendJSON(nil, n)
		var back []any
		if err := json.Unmarshal(raw, &back); err != nil || !utf8.Valid(raw) {
			t.Fatalf("%q gives %q: %v", s, raw, err)
		}
		if back[1].(map[string]any)["title"] != valid {
			t.Fatalf("%q reads back as %q", s, back[1])
		}
		if kids := back[2].([]any); valid != "" && kids[0] != valid {
			t.Fatalf("%q reads back as %q", s, kids)
		}
		if strings.ContainsAny(string(raw), "<>&\u2028\u2029") {
			t.Fatalf("%q is not harmless in HTML", raw)
		}
	})
}
