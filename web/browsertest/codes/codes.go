// Package codes prints the codes of medicine packs as pictures, for tests.
//
// In texts, GS (0x1D) stands for FNC1; a text that begins with it makes a code of GS1.
package codes

import (
	"bufio"
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix/encoder"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const gs = '\x1d'

// A Code is a printed code without its quiet zone: rows of modules, true where
// it is dark.
type Code [][]bool

// DataMatrix is a square ECC 200 code of ASCII text.
func DataMatrix(text string) Code { return dataMatrix(text, encoder.SymbolShapeHint_FORCE_SQUARE) }

// LongDataMatrix is a rectangular one, for up to 49 codewords.
func LongDataMatrix(text string) Code {
	return dataMatrix(text, encoder.SymbolShapeHint_FORCE_RECTANGLE)
}

func dataMatrix(text string, shape encoder.SymbolShapeHint) Code {
	var words []byte
	if rest, ok := strings.CutPrefix(text, "[)>\x1e06\x1d"); ok && strings.HasSuffix(rest, "\x1e\x04") {
		words, text = append(words, 237), strings.TrimSuffix(rest, "\x1e\x04") // Macro 06 stands for both ends
	} else if text != "" && text[0] == gs {
		words, text = append(words, 232), text[1:] // FNC1 in the first place
	}
	digit := func(i int) bool { return i < len(text) && text[i] >= '0' && text[i] <= '9' }
	macro := len(words) > 0 && words[0] == 237
	for i := 0; i < len(text); i++ {
		switch {
		case digit(i) && digit(i+1):
			words = append(words, 130+10*(text[i]-'0')+text[i+1]-'0')
			i++
		case text[i] == gs && !macro:
			words = append(words, 232)
		default:
			words = append(words, text[i]+1)
		}
	}
	info, err := encoder.SymbolInfo_Lookup(len(words), shape, nil, nil, true)
	must(err)
	for n := len(words); len(words) < info.GetDataCapacity(); {
		pad := 129
		if len(words) > n { // the first pad is as it is, the others are spread (ISO/IEC 16022, B.1)
			if pad += (149*(len(words)+1))%253 + 1; pad > 254 {
				pad -= 254
			}
		}
		words = append(words, byte(pad))
	}
	words, err = encoder.ErrorCorrection_EncodeECC200(words, info)
	must(err)
	place := encoder.NewDefaultPlacement(words, info.GetSymbolDataWidth(), info.GetSymbolDataHeight())
	place.Place()
	w, h := info.GetMatrixWidth(), info.GetMatrixHeight()
	c := blank(info.GetSymbolWidth(), info.GetSymbolHeight())
	for y, row := range c {
		for x := range row {
			rx, ry := x%(w+2), y%(h+2) // within one region and its border
			switch {
			case rx == 0 || ry == h+1:
				row[x] = true
			case ry == 0:
				row[x] = rx%2 == 0
			case rx == w+1:
				row[x] = ry%2 == 1
			default:
				row[x] = place.GetBit(x/(w+2)*w+rx-1, y/(h+2)*h+ry-1)
			}
		}
	}
	return c
}

// QR is a QR code of text.
func QR(text string) Code {
	hints := map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_MARGIN: 0}
	if rest, ok := strings.CutPrefix(text, string(gs)); ok {
		text, hints[gozxing.EncodeHintType_GS1_FORMAT] = rest, true
	}
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, hints)
	must(err)
	return modules(m)
}

// Code39 is bars, thirty modules high.
func Code39(text string) Code {
	return bars(oned.NewCode39Writer(), gozxing.BarcodeFormat_CODE_39, text)
}

// Code128 is bars, thirty modules high.
func Code128(text string) Code {
	return bars(oned.NewCode128Writer(), gozxing.BarcodeFormat_CODE_128, strings.ReplaceAll(text, string(gs), "\u00f1"))
}

// EAN13 is bars, thirty modules high.
func EAN13(digits string) Code {
	return bars(oned.NewEAN13Writer(), gozxing.BarcodeFormat_EAN_13, digits)
}

func bars(w gozxing.Writer, f gozxing.BarcodeFormat, text string) Code {
	m, err := w.Encode(text, f, 0, 30, map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_MARGIN: 0})
	must(err)
	return modules(m)
}

func modules(m *gozxing.BitMatrix) Code {
	c := blank(m.GetWidth(), m.GetHeight())
	for y, row := range c {
		for x := range row {
			row[x] = m.Get(x, y)
		}
	}
	return c
}

func blank(w, h int) Code {
	c := make(Code, h)
	for y := range c {
		c[y] = make([]bool, w)
	}
	return c
}

func must(err error) {
	if err != nil {
		panic("codes: " + err.Error()) // of a test's own text
	}
}

// A Photo is how a code is photographed. The zero Photo has it upright in the
// middle of the picture, black on white and sharp.
type Photo struct {
	Width, Height int
	Module        float64 // pixels for one module
	X, Y          float64 // of the code's middle, from the picture's, in parts of the picture's size
	Turn          float64 // degrees clockwise
	Tilt          float64 // how much smaller its far edge is, such as 0.2
	Blur          float64 // radius in pixels
	Noise         float64 // standard deviation, of 255
	Dark, Light   uint8   // Light 0: 255
	Slope         float64 // of the light from left to right, of 255
	Inverse       bool    // light on dark
	Around        bool    // print of other kinds around it
	Seed          uint64
}

// Take is the photograph of c.
func (p Photo) Take(c Code) *image.Gray {
	light := float64(p.Light)
	if p.Light == 0 {
		light = 255
	}
	dark := float64(p.Dark)
	rnd := rand.New(rand.NewPCG(p.Seed, 7))
	mw, mh := float64(len(c[0])), float64(len(c))
	sin, cos := math.Sincos(p.Turn * math.Pi / 180)
	cx, cy := float64(p.Width)*(0.5+p.X), float64(p.Height)*(0.5+p.Y)
	at := func(px, py float64) float64 { // 1 where there is ink
		dx, dy := px-cx, py-cy
		u, v := (dx*cos+dy*sin)/p.Module, (dy*cos-dx*sin)/p.Module
		far := 1 - p.Tilt*v/mh // its lower edge is the far one
		u, v = u/far+mw/2, v/far+mh/2
		x, y := int(math.Floor(u)), int(math.Floor(v))
		if x >= 0 && y >= 0 && x < len(c[0]) && y < len(c) {
			if c[y][x] != p.Inverse {
				return 1
			}
			return 0
		}
		const quiet = 3
		if u > -quiet && v > -quiet && u < mw+quiet && v < mh+quiet {
			if p.Inverse {
				return 1
			}
			return 0
		}
		if p.Around {
			// Lines of print, and the edge of the pack.
			if line := int(math.Floor(v / 3)); line%3 == 0 && math.Mod(math.Abs(u*1.7+float64(line*line)), 3) < 1.6 {
				return 0.9
			}
			if math.Abs(v-mh-14) < 0.7 || math.Abs(u+20) < 0.7 {
				return 1
			}
		}
		return 0
	}
	ink := make([]float64, p.Width*p.Height)
	const sub = 3
	for y := range p.Height {
		for x := range p.Width {
			s := 0.0
			for i := range sub * sub {
				s += at(float64(x)+(float64(i%sub)+.5)/sub, float64(y)+(float64(i/sub)+.5)/sub)
			}
			ink[y*p.Width+x] = s / (sub * sub)
		}
	}
	if p.Blur > 0 {
		ink = blur(blur(ink, p.Width, p.Height, p.Blur, 1, 0), p.Width, p.Height, p.Blur, 0, 1)
	}
	img := image.NewGray(image.Rect(0, 0, p.Width, p.Height))
	for i, v := range ink {
		l := light + (dark-light)*v + p.Slope*(float64(i%p.Width)/float64(p.Width)-0.5) + p.Noise*rnd.NormFloat64()
		img.Pix[i] = uint8(max(0, min(255, l)))
	}
	return img
}

// blur is a Gaussian in one direction.
func blur(in []float64, w, h int, radius float64, dx, dy int) []float64 {
	n := int(math.Ceil(radius * 2.5))
	kernel := make([]float64, 2*n+1)
	sum := 0.0
	for i := range kernel {
		kernel[i] = math.Exp(-float64((i-n)*(i-n)) / (2 * radius * radius))
		sum += kernel[i]
	}
	out := make([]float64, len(in))
	for y := range h {
		for x := range w {
			s := 0.0
			for i, k := range kernel {
				u, v := max(0, min(w-1, x+(i-n)*dx)), max(0, min(h-1, y+(i-n)*dy))
				s += k * in[v*w+u]
			}
			out[y*w+x] = s / sum
		}
	}
	return out
}

// Film writes pictures of one size as a film in YUV4MPEG2, ten a second, such as
// Chromium shows before its camera for tests.
func Film(name string, pictures ...*image.Gray) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	size := pictures[0].Rect.Size()
	grey := make([]byte, (size.X/2)*(size.Y/2)*2)
	for i := range grey {
		grey[i] = 128
	}
	fmt.Fprintf(w, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n", size.X, size.Y)
	for _, p := range pictures {
		w.WriteString("FRAME\n")
		w.Write(p.Pix)
		w.Write(grey)
	}
	return w.Flush()
}
