package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"sync"
)

// An icon is the sign of the app, as in icon.svg, as a picture of so many pixels.
type icon struct {
	name string
	size int
	mask bool // fills the square and keeps the sign small, for systems that cut icons to shape
}

var icons = []icon{{"icon-192.png", 192, false}, {"icon-512.png", 512, false}, {"icon-mask-512.png", 512, true}}

// drawn are the icons by name. They take a second to paint, and never change.
var drawn = sync.OnceValue(func() map[string][]byte {
	all := make(map[string][]byte)
	for _, ic := range icons {
		all[ic.name] = draw(ic)
	}
	return all
})

var (
	teal  = color.NRGBA{0x0b, 0x5c, 0x63, 0xff}
	white = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

type point struct{ x, y float64 }

// draw paints the icon, with 16 samples a pixel.
func draw(ic icon) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, ic.size, ic.size))
	drop := outline()
	const n = 4
	for py := range ic.size {
		for px := range ic.size {
			var r, g, b, a int
			for sy := range n {
				for sx := range n {
					p := point{
						(float64(px) + (float64(sx)+0.5)/n) * 64 / float64(ic.size),
						(float64(py) + (float64(sy)+0.5)/n) * 64 / float64(ic.size),
					}
					c, ok := sample(p, drop, ic.mask)
					if ok {
						r, g, b, a = r+int(c.R), g+int(c.G), b+int(c.B), a+1
					}
				}
			}
			if a > 0 {
				img.SetNRGBA(px, py, color.NRGBA{uint8(r / a), uint8(g / a), uint8(b / a), uint8(a * 255 / (n * n))})
			}
		}
	}
	var buf bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	if err := e.Encode(&buf, img); err != nil {
		panic("build: " + err.Error()) // to memory
	}
	return buf.Bytes()
}

// sample is the colour at p, in the coordinates of icon.svg.
func sample(p point, drop []point, mask bool) (color.NRGBA, bool) {
	if mask {
		p = point{32 + (p.x-32)/0.8, 32 + (p.y-32)/0.8}
	} else {
		// A square of 64 with corners of radius 14.
		dx, dy := math.Max(math.Abs(p.x-32)-18, 0), math.Max(math.Abs(p.y-32)-18, 0)
		if dx*dx+dy*dy > 14*14 {
			return color.NRGBA{}, false
		}
	}
	switch {
	case nearSegment(p, point{25, 37}, point{30, 42}, 2), nearSegment(p, point{30, 42}, point{39, 32}, 2):
		return teal, true
	case inside(p, drop):
		return white, true
	}
	return teal, true
}

// outline is the drop of icon.svg as a polygon.
func outline() []point {
	var out []point
	curve := func(a, b, c, d point) {
		for i := range 16 {
			t := float64(i) / 16
			u := 1 - t
			out = append(out, point{
				u*u*u*a.x + 3*u*u*t*b.x + 3*u*t*t*c.x + t*t*t*d.x,
				u*u*u*a.y + 3*u*u*t*b.y + 3*u*t*t*c.y + t*t*t*d.y,
			})
		}
	}
	curve(point{32, 11}, point{39, 21}, point{45, 28}, point{45, 36})
	for i := range 32 { // half a circle of radius 13
		t := math.Pi * float64(i) / 32
		out = append(out, point{32 + 13*math.Cos(t), 36 + 13*math.Sin(t)})
	}
	curve(point{19, 36}, point{19, 28}, point{25, 21}, point{32, 11})
	return out
}

func inside(p point, poly []point) bool {
	if p.x < 19 || p.x > 45 || p.y < 11 || p.y > 49 {
		return false
	}
	in := false
	for i, a := range poly {
		b := poly[(i+1)%len(poly)]
		if (a.y > p.y) != (b.y > p.y) && p.x < (b.x-a.x)*(p.y-a.y)/(b.y-a.y)+a.x {
			in = !in
		}
	}
	return in
}

func nearSegment(p, a, b point, r float64) bool {
	t := ((p.x-a.x)*(b.x-a.x) + (p.y-a.y)*(b.y-a.y)) / ((b.x-a.x)*(b.x-a.x) + (b.y-a.y)*(b.y-a.y))
	t = min(max(t, 0), 1)
	dx, dy := p.x-a.x-t*(b.x-a.x), p.y-a.y-t*(b.y-a.y)
	return dx*dx+dy*dy <= r*r
}
