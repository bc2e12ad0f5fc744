package node

// Elements, in the order of the HTML standard.

func Div(items ...Item) Node     { return el("div", items) }
func Section(items ...Item) Node { return el("section", items) }
func Article(items ...Item) Node { return el("article", items) }
func Aside(items ...Item) Node   { return el("aside", items) }
func Header(items ...Item) Node  { return el("header", items) }
func Main(items ...Item) Node    { return el("main", items) }
func Nav(items ...Item) Node     { return el("nav", items) }
func Footer(items ...Item) Node  { return el("footer", items) }
func H1(items ...Item) Node      { return el("h1", items) }
func H2(items ...Item) Node      { return el("h2", items) }
func H3(items ...Item) Node      { return el("h3", items) }
func H4(items ...Item) Node      { return el("h4", items) }
func P(items ...Item) Node       { return el("p", items) }
func Pre(items ...Item) Node     { return el("pre", items) }
func Hr(items ...Item) Node      { return el("hr", items) }
func Br() Node                   { return el("br", nil) }

func Span(items ...Item) Node   { return el("span", items) }
func Strong(items ...Item) Node { return el("strong", items) }
func Em(items ...Item) Node     { return el("em", items) }
func Small(items ...Item) Node  { return el("small", items) }
func Code(items ...Item) Node   { return el("code", items) }
func Abbr(items ...Item) Node   { return el("abbr", items) }
func Time(items ...Item) Node   { return el("time", items) }

// A is a link; see Href, Tel and Blob for where it can lead.
func A(items ...Item) Node { return el("a", items) }

// Img is a picture; see Src for where it can come from.
func Img(items ...Item) Node { return el("img", items) }

// Video shows the camera: the page starts it when the element is there and
// stops it when it goes.
func Video(items ...Item) Node { return el("video", items) }

func Ul(items ...Item) Node { return el("ul", items) }
func Ol(items ...Item) Node { return el("ol", items) }
func Li(items ...Item) Node { return el("li", items) }
func Dl(items ...Item) Node { return el("dl", items) }
func Dt(items ...Item) Node { return el("dt", items) }
func Dd(items ...Item) Node { return el("dd", items) }

func Table(items ...Item) Node   { return el("table", items) }
func Caption(items ...Item) Node { return el("caption", items) }
func Thead(items ...Item) Node   { return el("thead", items) }
func Tbody(items ...Item) Node   { return el("tbody", items) }
func Tfoot(items ...Item) Node   { return el("tfoot", items) }
func Tr(items ...Item) Node      { return el("tr", items) }
func Th(items ...Item) Node      { return el("th", items) }
func Td(items ...Item) Node      { return el("td", items) }

func Form(items ...Item) Node     { return el("form", items) }
func Label(items ...Item) Node    { return el("label", items) }
func Button(items ...Item) Node   { return el("button", items) }
func Input(items ...Item) Node    { return el("input", items) }
func Select(items ...Item) Node   { return el("select", items) }
func Option(items ...Item) Node   { return el("option", items) }
func Optgroup(items ...Item) Node { return el("optgroup", items) }
func Datalist(items ...Item) Node { return el("datalist", items) }
func Textarea(items ...Item) Node { return el("textarea", items) }
func Fieldset(items ...Item) Node { return el("fieldset", items) }
func Legend(items ...Item) Node   { return el("legend", items) }
func Output(items ...Item) Node   { return el("output", items) }
func Progress(items ...Item) Node { return el("progress", items) }
func Meter(items ...Item) Node    { return el("meter", items) }

func Details(items ...Item) Node    { return el("details", items) }
func Summary(items ...Item) Node    { return el("summary", items) }
func Dialog(items ...Item) Node     { return el("dialog", items) }
func Figure(items ...Item) Node     { return el("figure", items) }
func Figcaption(items ...Item) Node { return el("figcaption", items) }

// Drawings. Text and title inside a drawing are elements of their own kind.

func SVG(items ...Item) Node      { return el("svg", items) }
func G(items ...Item) Node        { return el("g", items) }
func Path(items ...Item) Node     { return el("path", items) }
func Circle(items ...Item) Node   { return el("circle", items) }
func Ellipse(items ...Item) Node  { return el("ellipse", items) }
func Rect(items ...Item) Node     { return el("rect", items) }
func Line(items ...Item) Node     { return el("line", items) }
func Polyline(items ...Item) Node { return el("polyline", items) }
func Polygon(items ...Item) Node  { return el("polygon", items) }
func SVGText(items ...Item) Node  { return el("text", items) }
func SVGTitle(items ...Item) Node { return el("title", items) }
func SVGDesc(items ...Item) Node  { return el("desc", items) }

// tags are all tags there are; the shell has the same list.
var tags = set("div section article aside header main nav footer h1 h2 h3 h4 p pre hr br " +
	"span strong em small code abbr time a img video ul ol li dl dt dd " +
	"table caption thead tbody tfoot tr th td " +
	"form label button input select option optgroup datalist textarea fieldset legend output progress meter " +
	"details summary dialog figure figcaption " +
	"svg g path circle ellipse rect line polyline polygon text title desc")

var void = set("hr br img input")

var inputTypes = set("text number date time datetime-local month tel search password email " +
	"checkbox radio range file hidden")

var buttonTypes = set("button submit reset")
