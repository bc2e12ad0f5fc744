// Package decode finds the codes in a picture: Data Matrix and QR codes, and the
// bars of Code 39, Code 128 and EAN-13. It is in the program wasm/extra only.
package decode

import (
	"strings"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"vialog/wasm/internal/scan"
)

// Op is Find on bytes: a scan.Frame in, scan.Findings out.
func Op(in []byte) ([]byte, error) {
	f, err := scan.ParseFrame(in)
	if err != nil {
		return nil, err
	}
	return scan.AppendFindings(nil, Find(f)), nil
}

// patience is how long one frame may take. What is under way then is finished.
const patience = 1500 * time.Millisecond

// readers are asked after the one for Data Matrix, in this order.
var readers = []struct {
	symbology scan.Symbology
	make      func() gozxing.Reader
}{
	{scan.QR, func() gozxing.Reader { return qrcode.NewQRCodeReader() }},
	{scan.EAN13, oned.NewEAN13Reader},
	{scan.Code128, oned.NewCode128Reader},
	{scan.Code39, oned.NewCode39Reader},
}

// cameraPixels is the largest frame of a camera. There is another one at once,
// so bars in it are looked for in a few rows only; errors of this module are dear.
const cameraPixels = 640 * 640

// Find is every code found in the frame, one of each kind. A Data Matrix code
// comes alone: it says all that bars beside it say. Large frames are looked at
// smaller too, where print is no longer in the way.
func Find(f scan.Frame) []scan.Finding {
	end := time.Now().Add(patience)
	more := func() bool { return time.Now().Before(end) }
	for g := f; min(g.Width, g.Height) >= 2*minSide && more(); g = halved(g) {
		if text, ok := matrix(g, more); ok {
			return []scan.Finding{{Symbology: scan.DataMatrix, Text: text}}
		}
		if min(g.Width, g.Height) < 320 {
			break
		}
	}
	if more() {
		if text, ok := matrix(inverted(f), more); ok {
			return []scan.Finding{{Symbology: scan.DataMatrix, Text: text}}
		}
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_ASSUME_GS1: true}
	sources := []*source{{f}}
	if f.Width*f.Height > cameraPixels {
		hints[gozxing.DecodeHintType_TRY_HARDER] = true // in every row, and across
	} else {
		sources = append(sources, sources[0].turned())
	}
	var out []scan.Finding
	for i, src := range sources {
		bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(src))
		if err != nil {
			return out
		}
		for _, r := range readers {
			if !more() || i > 0 && r.symbology == scan.QR {
				continue
			}
			if res, err := r.make().Decode(bitmap, hints); err == nil {
				out = append(out, scan.Finding{Symbology: r.symbology, Text: text(res)})
			}
		}
		if len(out) > 0 {
			break
		}
	}
	return out
}

// halved is the frame at half its size.
func halved(f scan.Frame) scan.Frame {
	w, h := f.Width/2, f.Height/2
	out := scan.Frame{Width: w, Height: h, Luma: make([]byte, w*h)}
	for y := range h {
		a, b := f.Luma[2*y*f.Width:], f.Luma[(2*y+1)*f.Width:]
		for x := range w {
			out.Luma[y*w+x] = byte((int(a[2*x]) + int(a[2*x+1]) + int(b[2*x]) + int(b[2*x+1])) / 4)
		}
	}
	return out
}

// inverted is the frame with dark for light.
func inverted(f scan.Frame) scan.Frame {
	luma := make([]byte, len(f.Luma))
	for i, l := range f.Luma {
		luma[i] = 255 - l
	}
	return scan.Frame{Width: f.Width, Height: f.Height, Luma: luma}
}

// text is what a code holds, as scan.Finding has it.
func text(r *gozxing.Result) string {
	s := r.GetText()
	switch id, _ := r.GetResultMetadata()[gozxing.ResultMetadataType_SYMBOLOGY_IDENTIFIER].(string); id {
	case "]Q3", "]C1":
		s = mark(id, s)
	}
	return s
}

// mark puts the symbology identifier before a text, in place of the FNC1 for
// which it stands.
func mark(id, s string) string {
	return id + strings.TrimPrefix(strings.TrimPrefix(s, id), "\x1d")
}
