package browsertest

import (
	"regexp"
	"strconv"

	"rsc.io/qr/coding"
)

var run = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`)

// Scan reads the QR code on the page, as a telephone's camera would: its text.
func (p *Page) Scan() string {
	p.t.Helper()
	p.Has("svg.qr")
	drawn := Eval[[]string](p, `(() => { const q = document.querySelector("svg.qr"); return [q.getAttribute("viewBox").split(" ")[2], q.querySelector("path").getAttribute("d")]; })()`)
	side, _ := strconv.Atoi(drawn[0])
	size := side - 8 // the quiet zone is four modules on each side
	black := make(map[[2]int]bool)
	for _, m := range run.FindAllStringSubmatch(drawn[1], -1) {
		x, _ := strconv.Atoi(m[1])
		y, _ := strconv.Atoi(m[2])
		n, _ := strconv.Atoi(m[3])
		for i := range n {
			black[[2]int{x + i - 4, y - 4}] = true
		}
	}
	text, ok := scan(size, func(x, y int) bool { return black[[2]int{x, y}] })
	if !ok {
		p.fail("the QR code cannot be read")
	}
	return text
}

// scan reads a code without damage: the level and mask whose fixed pixels are
// all there say where the bits of the text are.
func scan(size int, black func(x, y int) bool) (string, bool) {
	version := coding.Version((size - 17) / 4)
	for level := coding.L; level <= coding.H; level++ {
		for mask := coding.Mask(0); mask < 8; mask++ {
			plan, err := coding.NewPlan(version, level, mask)
			if err != nil || len(plan.Pixel) != size {
				continue
			}
			bits := make([]byte, plan.DataBytes+plan.CheckBytes)
			fits := true
			for y, row := range plan.Pixel {
				for x, pix := range row {
					on := black(x, y) != (pix&coding.Black != 0)
					switch o := pix.Offset(); pix.Role() {
					case coding.Data, coding.Check:
						if on {
							bits[o/8] |= 1 << (7 - o&7)
						}
					default:
						fits = fits && !on
					}
				}
			}
			if !fits {
				continue
			}
			// Four bits for the mode, which is bytes, then their number.
			at, wide := 0, 8
			read := func(n int) (v int) {
				for range n {
					v = v<<1 | int(bits[at/8]>>(7-at&7)&1)
					at++
				}
				return v
			}
			if version >= 10 {
				wide = 16
			}
			if read(4) != 4 {
				return "", false
			}
			text := make([]byte, read(wide))
			if at+8*len(text) > 8*plan.DataBytes {
				return "", false
			}
			for i := range text {
				text[i] = byte(read(8))
			}
			return string(text), true
		}
	}
	return "", false
}
