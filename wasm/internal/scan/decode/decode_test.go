package decode

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"
	"time"

	"vialog/wasm/internal/scan"
	"vialog/web/browsertest/codes"
)

func frame(img *image.Gray) scan.Frame {
	return scan.Frame{Width: img.Rect.Dx(), Height: img.Rect.Dy(), Luma: img.Pix}
}

const (
	gs1 = "\x1d01041500375286431728083110LH4711-B\x1d21K7Q2M9XW41\x1d71003752864"
	ppn = "[)>\x1e06\x1d9N110375286414\x1d1TLH4711-B\x1dD280831\x1dSK7Q2M9XW41\x1e\x04"
)

func TestEachKindOfCodeIsReadToTheLastByte(t *testing.T) {
	photo := codes.Photo{Width: 640, Height: 480, Module: 2.5}
	turned := codes.Photo{Width: 480, Height: 480, Module: 5, Turn: 37, Tilt: 0.1, Blur: 1, Noise: 5, Dark: 40, Light: 220, Around: true}
	inverse, upright := turned, photo
	upright.Turn = 90
	inverse.Inverse, inverse.Around = true, false
	for _, tt := range []struct {
		claim string
		photo codes.Photo
		code  codes.Code
		want  scan.Finding
	}{
		{"GS1 Data Matrix", photo, codes.DataMatrix(gs1), scan.Finding{Symbology: scan.DataMatrix, Text: "]d2" + gs1[1:]}},
		{"turned", turned, codes.DataMatrix(gs1), scan.Finding{Symbology: scan.DataMatrix, Text: "]d2" + gs1[1:]}},
		{"light on dark", inverse, codes.DataMatrix(gs1), scan.Finding{Symbology: scan.DataMatrix, Text: "]d2" + gs1[1:]}},
		{"Macro 06", photo, codes.DataMatrix(ppn), scan.Finding{Symbology: scan.DataMatrix, Text: ppn}},
		{"a small one", turned, codes.DataMatrix("\x1d17280831"), scan.Finding{Symbology: scan.DataMatrix, Text: "]d217280831"}},
		{"one of four fields", turned, codes.DataMatrix(gs1 + "\x1d8200HTTP://BEISPIEL.DE"), scan.Finding{Symbology: scan.DataMatrix, Text: "]d2" + gs1[1:] + "\x1d8200HTTP://BEISPIEL.DE"}},
		{"a rectangle", turned, codes.LongDataMatrix(gs1), scan.Finding{Symbology: scan.DataMatrix, Text: "]d2" + gs1[1:]}},
		{"a small rectangle", turned, codes.LongDataMatrix("\x1d17280831"), scan.Finding{Symbology: scan.DataMatrix, Text: "]d217280831"}},
		{"GS1 QR code", photo, codes.QR(gs1[:34]), scan.Finding{Symbology: scan.QR, Text: "]Q3" + gs1[1:34]}},
		{"QR code", turned, codes.QR("https://example.org/"), scan.Finding{Symbology: scan.QR, Text: "https://example.org/"}},
		{"Code 39", photo, codes.Code39("-03752864"), scan.Finding{Symbology: scan.Code39, Text: "-03752864"}},
		{"Code 39 standing upright", upright, codes.Code39("-03752864"), scan.Finding{Symbology: scan.Code39, Text: "-03752864"}},
		{"GS1-128", photo, codes.Code128("\x1d10LH4711\x1d21K7Q2"), scan.Finding{Symbology: scan.Code128, Text: "]C110LH4711\x1d21K7Q2"}},
		{"EAN-13", photo, codes.EAN13("4150037528643"), scan.Finding{Symbology: scan.EAN13, Text: "4150037528643"}},
	} {
		got := Find(frame(tt.photo.Take(tt.code)))
		if len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: %q, want %q", tt.claim, got, tt.want)
		}
	}
}

// A hand holds the pack at any angle, a little tilted, not quite sharp, in the
// light of a kitchen, and among print. The module's own detector reads 15 in a
// hundred of such photographs.
func TestMostPhotographsOfAPackAreRead(t *testing.T) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 2))
	code := codes.DataMatrix(gs1)
	n, read := 60, 0
	if testing.Short() {
		n = 20
	}
	var all, longest time.Duration
	for i := range n {
		m := 2.5 + 5*r.Float64()
		p := codes.Photo{
			Width: 360, Height: 360, Module: m, Turn: 360 * r.Float64(), Tilt: 0.25 * r.Float64(), Blur: m * 0.3 * r.Float64(), Noise: 10 * r.Float64(),
			Dark: uint8(20 + 60*r.Float64()), Light: uint8(150 + 100*r.Float64()), Slope: 60 * r.Float64(),
			X: 0.2 * (r.Float64() - 0.5), Y: 0.2 * (r.Float64() - 0.5), Around: i%2 == 0, Seed: uint64(i),
		}
		f := frame(p.Take(code))
		began := time.Now()
		got := Find(f)
		d := time.Since(began)
		all, longest = all+d, max(longest, d)
		if len(got) == 1 && got[0].Text == "]d2"+gs1[1:] {
			read++
			continue
		}
		t.Logf("not read: %+v", p)
		for _, x := range got {
			if x.Symbology == scan.DataMatrix && x.Text != "]d2"+gs1[1:] {
				t.Errorf("read as something else: %q", x)
			}
		}
	}
	t.Logf("seed %d: %d of %d read, %v each, %v at most", seed, read, n, (all / time.Duration(n)).Round(time.Millisecond), longest.Round(time.Millisecond))
	if read*100 < n*90 {
		t.Errorf("only %d of %d are read", read, n)
	}
}

func TestAPictureWithoutACodeTakesNoLongTime(t *testing.T) {
	noise := make([]byte, 1600*1600)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range noise {
		noise[i] = byte(r.UintN(256))
	}
	bars := make([]byte, 1600*1600)
	for i := range bars {
		if i/1600%40 < 20 != (i%1600%40 < 20) {
			bars[i] = 255
		}
	}
	for name, f := range map[string]scan.Frame{
		"nothing": {Width: 1, Height: 1, Luma: []byte{0}}, "a line": {Width: 2000, Height: 1, Luma: make([]byte, 2000)},
		"black": {Width: 640, Height: 640, Luma: make([]byte, 640*640)}, "noise": {Width: 1600, Height: 1600, Luma: noise},
		"squares": {Width: 1600, Height: 1600, Luma: bars},
	} {
		began := time.Now()
		if got := Find(f); len(got) != 0 {
			t.Errorf("%s: %q", name, got)
		}
		if d := time.Since(began); d > patience+2*time.Second {
			t.Errorf("%s: %v", name, d)
		} else {
			t.Logf("%s: %v", name, d.Round(time.Millisecond))
		}
	}
}

func TestWhatIsNoFrameIsAnError(t *testing.T) {
	if _, err := Op([]byte("frame")); err == nil {
		t.Error("no error")
	}
	out, err := Op(frame(codes.Photo{Width: 200, Height: 200, Module: 3}.Take(codes.DataMatrix(gs1))).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if list, err := scan.ParseFindings(out); err != nil || len(list) != 1 || list[0].Text != "]d2"+gs1[1:] {
		t.Errorf("%q, %v", list, err)
	}
}

// A frame is a picture of anything; whatever it shows must not stop the decoder.
func FuzzFind(f *testing.F) {
	img := codes.Photo{Width: 64, Height: 64, Module: 3}.Take(codes.DataMatrix("12"))
	f.Add(uint8(64), img.Pix)
	f.Add(uint8(1), []byte{0})
	f.Fuzz(func(t *testing.T, w uint8, b []byte) {
		if w == 0 || len(b) == 0 || len(b) > 64*64*4 {
			return
		}
		h := max(1, len(b)/int(w))
		Find(scan.Frame{Width: int(w), Height: h, Luma: append(bytes.Clone(b), make([]byte, int(w)*h)...)[:int(w)*h]})
	})
}

func BenchmarkFind(b *testing.B) {
	for name, p := range map[string]codes.Photo{
		"code": {Width: 640, Height: 640, Module: 5, Turn: 20, Blur: 1, Noise: 5, Around: true}, "none": {Width: 640, Height: 640, Module: 40, Noise: 5, Around: true, X: 3},
	} {
		f := frame(p.Take(codes.DataMatrix(gs1)))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Find(f)
			}
		})
	}
}
