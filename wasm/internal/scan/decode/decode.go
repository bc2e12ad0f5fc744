// Package decode finds the codes in a picture: Data Matrix and QR codes, and the
// bars of Code 39, Code 128 and EAN-13. It is in the program wasm/extra only.
package decode

import (
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"
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

// readers are asked in this order.
var readers = []struct {
	symbology scan.Symbology
	make      func() gozxing.Reader
}{
	{scan.DataMatrix, func() gozxing.Reader { return datamatrix.NewDataMatrixReader() }},
	{scan.QR, func() gozxing.Reader { return qrcode.NewQRCodeReader() }},
	{scan.EAN13, oned.NewEAN13Reader},
	{scan.Code128, oned.NewCode128Reader},
	{scan.Code39, oned.NewCode39Reader},
}

var hints = map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_ASSUME_GS1: true}

// Find is every code found in the frame, the first of each kind.
func Find(f scan.Frame) []scan.Finding {
	var out []scan.Finding
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(&source{f: f}))
	if err != nil {
		return nil
	}
	for _, r := range readers {
		if res, err := r.make().Decode(bitmap, hints); err == nil {
			out = append(out, scan.Finding{Symbology: r.symbology, Text: text(res)})
		}
	}
	return out
}

// text is what a code holds, as scan.Finding has it.
func text(r *gozxing.Result) string {
	s := r.GetText()
	switch id, _ := r.GetResultMetadata()[gozxing.ResultMetadataType_SYMBOLOGY_IDENTIFIER].(string); id {
	case "]d2", "]Q3", "]C1":
		s = id + strings.TrimPrefix(strings.TrimPrefix(s, id), "\x1d")
	}
	return s
}
