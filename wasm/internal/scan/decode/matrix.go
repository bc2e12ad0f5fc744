package decode

import (
	"cmp"
	"math"
	"slices"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix/decoder"

	"vialog/wasm/internal/scan"
)

// Data Matrix codes are found by their finder, two solid bars that meet in a
// corner (ISO/IEC 16022, 7.3): the dark shape that has it is a connected one,
// with the light zone around it, however the code is turned. The other two
// sides, on which dark and light modules take turns, tell the number of modules
// and where the fourth corner is. What is read between them has to stand up to
// the error correction, which leaves no doubt.
//
// The module this package decodes with has a detector too. It needs a light
// rectangle around the code that is parallel to the picture, and so fails on
// most codes held at an angle among print.

// sizes are those of square codes and then of rectangular ones, in modules. The
// largest squares are left out: no pack has them.
var sizes = [...]struct{ rows, cols int }{
	{10, 10}, {12, 12}, {14, 14}, {16, 16}, {18, 18}, {20, 20}, {22, 22}, {24, 24}, {26, 26}, {32, 32}, {36, 36}, {40, 40}, {44, 44}, {48, 48}, {52, 52},
	{8, 18}, {8, 32}, {12, 26}, {12, 36}, {16, 36}, {16, 48},
}

const (
	maxShapes = 48 // looked at in one picture, the largest first
	minSide   = 16 // pixels, of the smallest code that can be read
)

type point struct{ x, y float64 }

func (p point) add(q point) point         { return point{p.x + q.x, p.y + q.y} }
func (p point) sub(q point) point         { return point{p.x - q.x, p.y - q.y} }
func (p point) times(k float64) point     { return point{p.x * k, p.y * k} }
func (p point) cross(q point) float64     { return p.x*q.y - p.y*q.x }
func (p point) dot(q point) float64       { return p.x*q.x + p.y*q.y }
func (p point) length() float64           { return math.Hypot(p.x, p.y) }
func towards(p, q point, k float64) point { return p.add(q.sub(p).times(k)) }

// matrix is the text of the first Data Matrix code in f. More is false when no
// time is left.
func matrix(f scan.Frame, more func() bool) (string, bool) {
	im := &grey{f.Width, f.Height, f.Luma}
	dark := im.binarize()
	for _, s := range shapes(dark, f.Width, f.Height) {
		for _, l := range finders(hull(s), im, dark) {
			if text, ok := im.read(l, dark); ok {
				return text, true
			}
			if !more() {
				return "", false
			}
		}
	}
	return "", false
}

// grey is a picture to measure in.
type grey struct {
	w, h int
	pix  []byte
}

// at is the brightness at p, between pixels too; the edge goes on outside.
func (g *grey) at(p point) float64 {
	x, y := p.x-0.5, p.y-0.5
	x, y = max(0, min(float64(g.w-1), x)), max(0, min(float64(g.h-1), y))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, g.w-1), min(y0+1, g.h-1)
	fx, fy := x-float64(x0), y-float64(y0)
	top := float64(g.pix[y0*g.w+x0])*(1-fx) + float64(g.pix[y0*g.w+x1])*fx
	low := float64(g.pix[y1*g.w+x0])*(1-fx) + float64(g.pix[y1*g.w+x1])*fx
	return top*(1-fy) + low*fy
}

// binarize tells which pixels are darker than what is around them.
func (g *grey) binarize() []bool {
	sum := make([]uint32, (g.w+1)*(g.h+1))
	for y := range g.h {
		row := uint32(0)
		for x := range g.w {
			row += uint32(g.pix[y*g.w+x])
			sum[(y+1)*(g.w+1)+x+1] = sum[y*(g.w+1)+x+1] + row
		}
	}
	r := max(8, min(g.w, g.h)/20)
	dark := make([]bool, g.w*g.h)
	for y := range g.h {
		y0, y1 := max(0, y-r)*(g.w+1), min(g.h, y+r+1)*(g.w+1)
		rows := min(g.h, y+r+1) - max(0, y-r)
		for x := range g.w {
			x0, x1 := max(0, x-r), min(g.w, x+r+1)
			n := uint32((x1 - x0) * rows)
			mean := (sum[y1+x1] - sum[y1+x0] - sum[y0+x1] + sum[y0+x0]) / n
			dark[y*g.w+x] = uint32(g.pix[y*g.w+x])+max(6, mean/16) < mean
		}
	}
	return dark
}

// A span is dark pixels side by side.
type span struct{ y, from, to int }

// shapes are the connected dark shapes that can be the finder of a code, as
// their spans from the top, the largest shape first.
func shapes(dark []bool, w, h int) [][]span {
	var spans []span
	var up []int32 // of each span another one of its shape; the first one has itself
	root := func(i int32) int32 {
		for up[i] != i {
			up[i] = up[up[i]]
			i = up[i]
		}
		return i
	}
	before := 0 // the first span of the row above
	for y := range h {
		first := len(spans)
		k := before
		for x := 0; x < w; x++ {
			if !dark[y*w+x] {
				continue
			}
			s := span{y, x, x}
			for s.to+1 < w && dark[y*w+s.to+1] {
				s.to++
			}
			x = s.to
			me := int32(len(spans))
			spans, up = append(spans, s), append(up, me)
			for k < first && spans[k].to < s.from-1 {
				k++
			}
			for j := k; j < first && spans[j].from <= s.to+1; j++ {
				a, b := root(int32(j)), root(me)
				up[max(a, b)] = min(a, b)
			}
		}
		before = first
	}
	type extent struct {
		root           int32
		x0, x1, y0, y1 int
		area           int
	}
	found := make(map[int32]*extent)
	for i, s := range spans {
		r := root(int32(i))
		e := found[r]
		if e == nil {
			e = &extent{r, s.from, s.to, s.y, s.y, 0}
			found[r] = e
		}
		e.x0, e.x1, e.y1 = min(e.x0, s.from), max(e.x1, s.to), s.y
		e.area += s.to - s.from + 1
	}
	var list []*extent
	for _, e := range found {
		ew, eh := e.x1-e.x0+1, e.y1-e.y0+1
		if max(ew, eh) >= minSide && min(ew, eh) >= minSide/2 && e.area*12 >= ew*eh && e.area < ew*eh*9/10 {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b *extent) int { return cmp.Or(b.area-a.area, int(a.root-b.root)) })
	list = list[:min(len(list), maxShapes)]
	place := make(map[int32]int)
	for i, e := range list {
		place[e.root] = i
	}
	out := make([][]span, len(list))
	for i, s := range spans {
		if k, ok := place[root(int32(i))]; ok {
			out[k] = append(out[k], s)
		}
	}
	return out
}

// hull is the convex hull of the middles of a shape's pixels, clockwise as the
// picture is seen.
func hull(shape []span) []point {
	var pts []point
	for i := 0; i < len(shape); {
		y, from, to := shape[i].y, shape[i].from, shape[i].to
		for ; i < len(shape) && shape[i].y == y; i++ {
			to = shape[i].to
		}
		pts = append(pts, point{float64(from) + 0.5, float64(y) + 0.5})
		if to > from {
			pts = append(pts, point{float64(to) + 0.5, float64(y) + 0.5})
		}
	}
	half := func(out []point, p point) []point {
		for n := len(out); n >= 2 && out[n-1].sub(out[n-2]).cross(p.sub(out[n-2])) <= 0; n-- {
			out = out[:n-1]
		}
		return append(out, p)
	}
	var a, b []point
	for _, p := range pts {
		a = half(a, p)
	}
	for _, p := range slices.Backward(pts) {
		b = half(b, p)
	}
	return append(a[:len(a)-1], b[:len(b)-1]...)
}

// A finder is the corner of two solid bars, at b; a and c are their ends. From
// a over b to c it goes round the code against the clock.
type finder struct{ a, b, c point }

// finders are the corners of a hull between two sides that are dark all along.
func finders(hull []point, im *grey, dark []bool) []finder {
	n := len(hull)
	if n < 3 {
		return nil
	}
	type side struct{ from, to point }
	var sides []side
	size := 0.0
	for _, p := range hull {
		size = max(size, p.sub(hull[0]).length())
	}
	// Edges that go on in nearly the same direction are one side.
	turn := func(a, b point) float64 { return math.Abs(math.Atan2(a.cross(b), a.dot(b))) }
	start := 0
	for i := range n {
		if turn(hull[i].sub(hull[(i+n-1)%n]), hull[(i+1)%n].sub(hull[i])) > 0.3 {
			start = i // a corner
			break
		}
	}
	for i := 0; i < n; {
		s := side{hull[(start+i)%n], hull[(start+i+1)%n]}
		for i++; i < n; i++ {
			next := hull[(start+i+1)%n]
			edge := next.sub(hull[(start+i)%n])
			// A short edge belongs to the side whose direction it hardly changes.
			if turn(s.to.sub(s.from), edge) > 0.12 && (edge.length() > 2.5 || turn(s.to.sub(s.from), next.sub(s.from)) > 0.03) {
				break
			}
			s.to = next
		}
		if s.to.sub(s.from).length() > size/8 {
			sides = append(sides, s)
		}
	}
	solid := func(s side) bool {
		d := s.to.sub(s.from)
		l := d.length()
		// Clockwise, the inside is on the right.
		in := point{-d.y, d.x}.times(max(0.75, l/110) / l)
		steps := int(l)
		on := 0
		for i := range steps {
			p := towards(s.from, s.to, (float64(i)+0.5)/float64(steps)).add(in)
			x, y := int(p.x), int(p.y)
			if x >= 0 && y >= 0 && x < im.w && y < im.h && dark[y*im.w+x] {
				on++
			}
		}
		return on*100 >= steps*88
	}
	var out []finder
	for i, s := range sides {
		// Clockwise the bottom bar comes first, from c to b, and then the left one.
		next := sides[(i+1)%len(sides)]
		d, e := s.to.sub(s.from), next.to.sub(next.from)
		if a := turn(d, e); a < 0.9 || a > 2.3 || d.cross(e) < 0 {
			continue
		}
		if min(d.length(), e.length()) < minSide/2-1 || max(d.length(), e.length()) < minSide-1 || !solid(s) || !solid(next) {
			continue
		}
		// The hull goes through the middles of pixels: the bars end half a pixel further out.
		out1 := point{d.y, -d.x}.times(0.5 / d.length())
		out2 := point{e.y, -e.x}.times(0.5 / e.length())
		p, q := s.from.add(out1), next.from.add(out2)
		k := q.sub(p).cross(e) / d.cross(e)
		b := p.add(d.times(k))
		out = append(out, finder{
			a: end(b, next.to.add(out2), out2, im, dark), b: b,
			c: end(b, s.from.add(out1), out1, im, dark),
		})
	}
	return out
}

// end is where a bar from b ends, near to p: a hull is round there. Out points
// out of the code.
func end(b, p, out point, im *grey, dark []bool) point {
	d := p.sub(b)
	l := d.length()
	d = d.times(1 / l)
	in := out.times(-max(1.5, l/40))
	last := l * 0.8
	for k := last; k < l*1.25+4; k += 0.5 {
		q := b.add(d.times(k)).add(in)
		x, y := int(q.x), int(q.y)
		if x < 0 || y < 0 || x >= im.w || y >= im.h {
			break
		}
		if dark[y*im.w+x] {
			last = k
		} else if k-last > max(1.5, l/60) {
			break
		}
	}
	return b.add(d.times(last + 0.5))
}

// fourth is the corner across from b: where the lines meet that touch the code
// on its other two sides.
func (im *grey) fourth(l finder, dark []bool) (point, bool) {
	// edge turns a line about one end of the finder outwards, from where it
	// runs through the code to where nothing dark is on it any more.
	edge := func(from, along point, turn float64) (point, bool) {
		n := int(along.length())
		inside := false
		for deg := -24.0; deg <= 20; deg += 0.3 {
			sin, cos := math.Sincos(deg * turn * math.Pi / 180)
			d := point{along.x*cos - along.y*sin, along.x*sin + along.y*cos}
			on, all := 0, 0
			for i := n / 8; i < n*7/8; i++ {
				p := from.add(d.times(float64(i) / float64(n)))
				x, y := int(p.x), int(p.y)
				if p.x < 0 || p.y < 0 || x >= im.w || y >= im.h {
					continue
				}
				all++
				if dark[y*im.w+x] {
					on++
				}
			}
			switch {
			case all < n/2:
				return point{}, false
			case on*5 >= all:
				inside = true
			case inside && on*20 <= all:
				return d, true
			}
		}
		return point{}, false
	}
	d, ok := edge(l.a, l.c.sub(l.b), -1)
	if !ok {
		return point{}, false
	}
	e, ok := edge(l.c, l.a.sub(l.b), 1)
	if !ok {
		return point{}, false
	}
	k := l.c.sub(l.a).cross(e) / d.cross(e)
	if k < 0.5 || k > 2 {
		return point{}, false
	}
	return l.a.add(d.times(k)), true
}

// A grid is where the modules of a code are: the corners of the code and how
// many modules there are in between.
type grid struct {
	rows, cols int
	corner     [4]point // a top left, b bottom left, c bottom right, d top right
	h          [8]float64
}

// lay computes how the unit square lies on the picture, with its perspective.
func (g *grid) lay() {
	a, b, c, d := g.corner[0], g.corner[1], g.corner[2], g.corner[3]
	// (0,0) a, (1,0) d, (1,1) c, (0,1) b.
	s := a.sub(d).add(c).sub(b)
	dx1, dy1, dx2, dy2 := d.x-c.x, d.y-c.y, b.x-c.x, b.y-c.y
	den := dx1*dy2 - dx2*dy1
	if math.Abs(den) < 1e-9 {
		den = 1e-9
	}
	p, q := (s.x*dy2-dx2*s.y)/den, (dx1*s.y-s.x*dy1)/den
	g.h = [8]float64{d.x - a.x + p*d.x, b.x - a.x + q*b.x, a.x, d.y - a.y + p*d.y, b.y - a.y + q*b.y, a.y, p, q}
}

// at is the point u modules from the left and v from the top.
func (g *grid) at(u, v float64) point {
	u /= float64(g.cols)
	v /= float64(g.rows)
	w := g.h[6]*u + g.h[7]*v + 1
	return point{(g.h[0]*u + g.h[1]*v + g.h[2]) / w, (g.h[3]*u + g.h[4]*v + g.h[5]) / w}
}

// fit tells how well the borders of a code lie on g: 1 when every module is as
// it has to be, 0 for a grey field. Mid and half are the brightness between dark
// and light, and how far these are from it.
func (im *grey) fit(g *grid, mid, half float64, all bool) float64 {
	g.lay()
	sum, n := 0.0, 0.0
	want := func(u, v, light, weight float64) {
		x := (im.at(g.at(u, v)) - mid) / half
		sum += weight * light * max(-1, min(1, x))
		n += weight
	}
	sign := func(odd int) float64 { return float64(odd&1*2 - 1) } // odd is light
	for i := range g.cols {
		u := float64(i) + 0.5
		want(u, 0.5, sign(i), 1)
		if all {
			want(u, float64(g.rows)-0.5, -1, 1)
			want(u, -0.6, 1, 0.5)
			want(u, float64(g.rows)+0.6, 1, 0.5)
		}
	}
	for j := range g.rows {
		v := float64(j) + 0.5
		want(float64(g.cols)-0.5, v, sign(g.rows-1-j), 1)
		if all {
			want(0.5, v, -1, 1)
			want(-0.6, v, 1, 0.5)
			want(float64(g.cols)+0.6, v, 1, 0.5)
		}
	}
	return sum / n
}

// read reads the code that has the finder l.
func (im *grey) read(l finder, dark []bool) (string, bool) {
	// Dark is what the bars are, light what is outside of them.
	left, bottom := l.a.sub(l.b), l.c.sub(l.b)
	var bar, paper []float64
	for i := range 24 {
		k := (float64(i) + 0.5) / 24
		p, q := towards(l.b, l.a, k), towards(l.b, l.c, k)
		in, out := bottom.times(0.015), bottom.times(-0.045)
		in2, out2 := left.times(0.015), left.times(-0.045)
		bar = append(bar, im.at(p.add(in)), im.at(q.add(in2)))
		paper = append(paper, im.at(p.add(out)), im.at(q.add(out2)))
	}
	slices.Sort(bar)
	slices.Sort(paper)
	black, white := bar[len(bar)/2], paper[len(paper)/2]
	if white-black < 12 {
		return "", false
	}
	mid, half := (white+black)/2, (white-black)/2

	far, ok := im.fourth(l, dark)
	if !ok {
		return "", false
	}
	ratio := (bottom.length() + far.sub(l.a).length()) / (left.length() + far.sub(l.c).length())
	var tries []grid
	var marks []float64
	for _, s := range sizes {
		if r := ratio * float64(s.rows) / float64(s.cols); r < 0.66 || r > 1.5 {
			continue
		}
		if min(left.length()/float64(s.rows), bottom.length()/float64(s.cols)) < 1.4 {
			continue // modules too small to be told apart
		}
		best, mark := grid{}, -1.0
		for i := -1.0; i <= 1; i++ {
			for j := -1.0; j <= 1; j++ {
				g := grid{rows: s.rows, cols: s.cols}
				d := far.add(left.times(i * 0.4 / float64(s.rows))).add(bottom.times(j * 0.4 / float64(s.cols)))
				g.corner = [4]point{l.a, l.b, l.c, d}
				if m := im.fit(&g, mid, half, false); m > mark {
					best, mark = g, m
				}
			}
		}
		if mark > 0.1 {
			tries, marks = append(tries, best), append(marks, mark)
		}
	}
	order := make([]int, len(tries))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(marks[b], marks[a]) })
	for _, i := range order[:min(len(order), 4)] {
		g := tries[i]
		if im.settle(&g, mid, half) < 0.35 {
			continue
		}
		if text, ok := im.decode(&g, mid); ok {
			return text, true
		}
	}
	return "", false
}

// settle moves the corners of g until the borders fit best, and tells how well.
func (im *grey) settle(g *grid, mid, half float64) float64 {
	mark := im.fit(g, mid, half, true)
	module := min(g.corner[1].sub(g.corner[0]).length()/float64(g.rows), g.corner[2].sub(g.corner[1]).length()/float64(g.cols))
	for _, step := range [...]float64{0.6, 0.3, 0.15} {
		for moved, round := true, 0; moved && round < 6; round++ {
			moved = false
			for i := range g.corner {
				for _, by := range [...]point{{step, 0}, {-step, 0}, {0, step}, {0, -step}} {
					was := g.corner[i]
					g.corner[i] = was.add(by.times(module))
					if m := im.fit(g, mid, half, true); m > mark {
						mark, moved = m, true
					} else {
						g.corner[i] = was
					}
				}
			}
		}
	}
	g.lay()
	return mark
}

// decode reads the modules of g.
func (im *grey) decode(g *grid, mid float64) (string, bool) {
	// The light may change across the code: what is dark is measured against
	// the modules around.
	level := make([]float64, g.rows*g.cols)
	for j := range g.rows {
		for i := range g.cols {
			u, v := float64(i)+0.5, float64(j)+0.5
			level[j*g.cols+i] = (2*im.at(g.at(u, v)) + im.at(g.at(u-0.2, v)) + im.at(g.at(u+0.2, v)) + im.at(g.at(u, v-0.2)) + im.at(g.at(u, v+0.2))) / 6
		}
	}
	for _, local := range [...]bool{false, true} {
		bits, err := gozxing.NewBitMatrix(g.cols, g.rows)
		if err != nil {
			return "", false
		}
		for j := range g.rows {
			for i := range g.cols {
				limit := mid
				if local {
					lo, hi := 255.0, 0.0
					for y := max(0, j-3); y <= min(g.rows-1, j+3); y++ {
						for x := max(0, i-3); x <= min(g.cols-1, i+3); x++ {
							lo, hi = min(lo, level[y*g.cols+x]), max(hi, level[y*g.cols+x])
						}
					}
					limit = (lo + hi) / 2
				}
				if level[j*g.cols+i] < limit {
					bits.Set(i, j)
				}
			}
		}
		res, err := decoder.NewDecoder().Decode(bits)
		if err != nil {
			continue
		}
		if res.GetSymbologyModifier() == 2 {
			return mark("]d2", res.GetText()), true
		}
		return res.GetText(), true
	}
	return "", false
}
