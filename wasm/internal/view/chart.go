package view

import (
	"math"
	"strconv"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Charts are drawn with our own few strokes. Each has a title that says what is
// to be seen, an axis with its unit, a short description for those who do not
// see it, and its numbers as a table. What belongs together is told by fill and
// shape: solid, striped, hollow; colour only repeats it.
//
// The drawing stretches to the width there is while its height stays, and all
// words stand beside it as text, so that they keep their size.

// plotHeight is the height of a drawing, here and in the style sheet, in pixels.
const plotHeight = 140

// A chart is a drawing with what belongs to it.
type chart struct {
	Base
	id      string
	finding string // the title
	axis    string // what is counted, in which unit
	said    string // the drawing in words
	plot    node.Node
	legend  node.Node
	table   table
}

// A table is the same numbers to be read.
type table struct {
	heads []string // of the columns; the first names the rows
	rows  [][]string
	named bool // a heading says what the caption does: that is for screen readers
}

// draw puts the parts together. The title is a heading of the third level.
func (c chart) draw() node.Node {
	return node.Figure(node.ID(c.id), node.Class("chart card"),
		node.Figcaption(node.H3(node.Text(c.finding)), node.P(node.Class("sub"), node.Text(c.axis))),
		node.Div(node.Role("img"), node.Aria("label", c.said), c.plot),
		c.legend,
		node.Details(node.ID(c.id+"-table"), node.Class("twin"), node.Summary(c.t(lang.ChartTable)),
			node.Div(node.Class("scroll"), node.Tabindex(0), node.Role("region"), node.Aria("labelledby", c.id+"-caption"),
				c.table.draw(c.id+"-caption", c.finding+". "+c.axis))))
}

func (t table) draw(id, caption string) node.Node {
	head := node.Tr()
	for _, h := range t.heads {
		head = head.With(node.Th(node.Scope("col"), node.Text(h)))
	}
	return node.Table(node.Class("data"), node.Caption(node.ID(id), node.If(t.named, node.Class("vh")), node.Text(caption)), node.Thead(head),
		node.Tbody(node.Each(t.rows, func(r []string) node.Node {
			row := node.Tr(node.Th(node.Scope("row"), node.Text(r[0])))
			for _, cell := range r[1:] {
				row = row.With(node.Td(node.Class("num"), node.Text(cell)))
			}
			return row
		})))
}

// A sign is one way of filling, with what it stands for.
type sign struct{ class, label string }

// legend explains the signs of a chart; the drawing's description says the same.
func legendOf(signs ...sign) node.Node {
	list := node.Ul(node.Class("signs"), node.Aria("hidden", "true"))
	for _, s := range signs {
		y := 1.0
		if s.class == planned {
			y = 8
		}
		list = list.With(node.Li(
			stretched("sign-box", 16, 16, fill(s.class, 1, y, 14, 14)),
			node.Span(node.Text(s.label))))
	}
	return list
}

// stretched is a drawing of w by h units that takes the width it is given.
func stretched(class string, w, h int, shapes ...node.Item) node.Node {
	items := []node.Item{node.Class(class), node.ViewBox("0 0 " + strconv.Itoa(w) + " " + strconv.Itoa(h)), node.Set("preserveAspectRatio", "none"),
		node.Aria("hidden", "true"), node.Set("focusable", "false")}
	return node.SVG(append(items, shapes...)...)
}

// Ways of filling.
const (
	solid   = "f-solid"
	striped = "f-striped"
	hollow  = "f-hollow"
	planned = "f-plan"
)

// fill is a box filled in one of the ways; a plan is a line across its top.
func fill(class string, x, y, w, h float64) node.Node {
	if class == planned {
		return node.Path(node.Class(planned), node.D(new(path).line(x-1, y, x+w+1, y).String()), node.Set("vector-effect", "non-scaling-stroke"))
	}
	box := node.Rect(node.Class(class), node.Num("x", x), node.Num("y", y), node.Num("width", w), node.Num("height", h), node.Set("vector-effect", "non-scaling-stroke"))
	if class != striped {
		return box
	}
	// Lines across stay lines however wide the drawing is.
	p := new(path)
	for at := y + h - 3; at > y; at -= 4 {
		p.line(x, at, x+w, at)
	}
	return node.Group(box, node.Path(node.Class("f-stripes"), node.D(p.String()), node.Set("vector-effect", "non-scaling-stroke")))
}

// A path is the data of a path in the making.
type path struct{ b []byte }

func (p *path) num(v float64) *path {
	p.b = strconv.AppendFloat(p.b, math.Round(v*100)/100, 'f', -1, 64)
	return p
}

func (p *path) to(command byte, x, y float64) *path {
	p.b = append(p.b, command)
	p.num(x)
	p.b = append(p.b, ' ')
	return p.num(y)
}

func (p *path) line(x1, y1, x2, y2 float64) *path { return p.to('M', x1, y1).to('L', x2, y2) }

// dot is a line of no length: with round ends it is a dot that does not stretch.
func (p *path) dot(x, y float64) *path {
	p.to('M', x, y)
	p.b = append(p.b, "h0"...)
	return p
}

func (p *path) String() string { return string(p.b) }

// A scale is the numbers of an axis from low to high in steps.
type scale struct{ low, high, step float64 }

// scaleOf is the scale for values up to high that begins with 0, in at most four
// steps of 1, 2 or 5 times a power of ten; whole allows no fractions.
func scaleOf(high float64, whole bool) scale { return between(0, high, whole) }

// between is a scale that has both values in it.
func between(low, high float64, whole bool) scale {
	if high <= low {
		high = low + 1
	}
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, f := range [...]float64{1, 2, 5, 10} {
		if s := step * f; math.Ceil(high/s)-math.Floor(low/s) <= 4.000001 || f == 10 {
			step = s
			break
		}
	}
	if whole {
		step = max(1, math.Round(step))
	}
	return scale{math.Floor(low/step+1e-9) * step, math.Ceil(high/step-1e-9) * step, step}
}

// y is where a value stands, from the top.
func (s scale) y(v float64) float64 { return s.at(v, plotHeight) }

// at is where a value stands in a drawing of that height.
func (s scale) at(v, height float64) float64 {
	return 4 + (height-8)*(1-(v-s.low)/(s.high-s.low))
}

// ticks are the values of the axis.
func (s scale) ticks() []float64 {
	var out []float64
	for i := 0; ; i++ {
		v := s.low + float64(i)*s.step
		if v > s.high+s.step/2 {
			return out
		}
		out = append(out, v)
	}
}

// grid is a line for each tick.
func (s scale) grid(width int) node.Node {
	p := new(path)
	for _, v := range s.ticks() {
		p.line(0, s.y(v), float64(width), s.y(v))
	}
	return node.Path(node.Class("grid"), node.D(p.String()), node.Set("vector-effect", "non-scaling-stroke"))
}

// decimals is how many the values of the axis have.
func (s scale) decimals() int {
	if s.step < 1 {
		return int(math.Ceil(-math.Log10(s.step) - 1e-9))
	}
	return 0
}

// numbers is the axis beside the drawing.
func (s scale) numbers(l lang.Lang, suffix string) node.Node { return s.beside(l, suffix, plotHeight) }

// beside is the axis beside a drawing of that height.
func (s scale) beside(l lang.Lang, suffix string, height int) node.Node {
	axis := node.SVG(node.Class("axis-y"), node.ViewBox("0 0 48 "+strconv.Itoa(height)), node.Width("48"), node.Height(strconv.Itoa(height)), node.Aria("hidden", "true"), node.Set("focusable", "false"))
	for _, v := range s.ticks() {
		axis = axis.With(node.SVGText(node.Set("x", "42"), node.Num("y", min(max(s.at(v, float64(height))+4, 11), float64(height-1))), node.Set("text-anchor", "end"), node.Text(l.Number(v, s.decimals())+suffix)))
	}
	return axis
}

// A column is one bar: pieces on top of each other, and what was planned.
type column struct {
	label  string // under the bar; empty: none
	pieces []float64
	plan   float64 // negative: none
}

// bars draws columns; signs fill the pieces from below.
func (b Base) bars(columns []column, s scale, suffix string, signs ...string) node.Node {
	const wide = 10 // units of a column
	width := wide * len(columns)
	shapes := []node.Item{s.grid(width)}
	labels := node.Div(node.Class("axis-x"))
	for i, c := range columns {
		x, at := float64(wide*i)+1.5, s.low
		for k, v := range c.pieces {
			if v > 0 {
				top := s.y(at + v)
				shapes = append(shapes, fill(signs[k], x, top, wide-3, s.y(at)-top))
				at += v
			}
		}
		if c.plan >= 0 {
			shapes = append(shapes, fill(planned, x, s.y(c.plan), wide-3, 0))
		}
		// A label starts at its bar. One that would leave the card is left away:
		// a plot on a small phone is 190 px wide, a character takes 7.
		if n := len(columns); 7*len(c.label) > 16+190*(n-i)/n {
			c.label = ""
		}
		labels = labels.With(node.Span(node.Text(c.label)))
	}
	return node.Div(node.Class("plot"), s.numbers(b.Lang, suffix), stretched("area", width, plotHeight, shapes...), labels)
}

// A rung is one bar of a ladder, lying down.
type rung struct {
	label string
	value float64
	said  string
}

// ladder draws bars that lie, each with its name and its number.
func ladder(rungs []rung) node.Node {
	most := 0.0
	for _, r := range rungs {
		most = max(most, r.value)
	}
	box := node.Div(node.Class("ladder"))
	for _, r := range rungs {
		box = box.With(node.Span(node.Text(r.label)),
			stretched("rung", 100, 16, fill(solid, 0, 2, 100*r.value/most, 12)),
			node.Span(node.Class("num"), node.Text(r.said)))
	}
	return box
}

// A point is a value at a place from 0 to 1 along the time shown.
type point struct{ x, value float64 }

// thread draws values over time, a dot for each.
func (b Base) thread(points []point, s scale, first, last string) node.Node {
	const width = 1000
	way, dots := new(path), new(path)
	for i, p := range points {
		x, y := 12+(width-24)*p.x, s.y(p.value)
		command := byte('L')
		if i == 0 {
			command = 'M'
		}
		way.to(command, x, y)
		dots.dot(x, y)
	}
	stroke := node.Set("vector-effect", "non-scaling-stroke")
	return node.Div(node.Class("plot"), s.numbers(b.Lang, ""),
		stretched("area", width, plotHeight, s.grid(width),
			node.Path(node.Class("thread"), node.D(way.String()), stroke), node.Path(node.Class("dots"), node.D(dots.String()), stroke)),
		node.Div(node.Class("axis-x ends-x"), node.Span(node.Text(first)), node.Span(node.Text(last))))
}
