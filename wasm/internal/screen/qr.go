package screen

import (
	"rsc.io/qr/coding"

	"vialog/wasm/internal/view"
)

// qr draws a text as a QR code with medium error correction. A text too long
// for a code gives none; the screens show the text itself as well.
func qr(text string) view.QR {
	var enc coding.Encoding = coding.String(text)
	for v := coding.Version(1); v <= coding.MaxVersion; v++ {
		if enc.Bits(v) > v.DataBytes(coding.M)*8 {
			continue
		}
		p, err := coding.NewPlan(v, coding.M, 0)
		if err != nil {
			return nil
		}
		code, err := p.Encode(enc)
		if err != nil {
			return nil
		}
		out := make(view.QR, code.Size)
		for y := range out {
			out[y] = make([]bool, code.Size)
			for x := range out[y] {
				out[y][x] = code.Black(x, y)
			}
		}
		return out
	}
	return nil
}
