package decode

import (
	"image"
	"testing"

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
	for _, tt := range []struct {
		claim string
		code  codes.Code
		want  scan.Finding
	}{
		{"GS1 Data Matrix", codes.DataMatrix(gs1), scan.Finding{Symbology: scan.DataMatrix, Text: "]d2" + gs1[1:]}},
		{"Data Matrix with Macro 06", codes.DataMatrix(ppn), scan.Finding{Symbology: scan.DataMatrix, Text: ppn}},
		{"GS1 QR code", codes.QR(gs1[:34]), scan.Finding{Symbology: scan.QR, Text: "]Q3" + gs1[1:34]}},
		{"QR code", codes.QR("https://example.org/"), scan.Finding{Symbology: scan.QR, Text: "https://example.org/"}},
		{"Code 39", codes.Code39("-03752864"), scan.Finding{Symbology: scan.Code39, Text: "-03752864"}},
		{"GS1-128", codes.Code128("\x1d010415003752864310LH4711"), scan.Finding{Symbology: scan.Code128, Text: "]C1010415003752864310LH4711"}},
		{"EAN-13", codes.EAN13("4150037528643"), scan.Finding{Symbology: scan.EAN13, Text: "4150037528643"}},
	} {
		got := Find(frame(codes.Photo{Width: 640, Height: 480, Module: 2.5}.Take(tt.code)))
		if len(got) != 1 || got[0] != tt.want {
			t.Errorf("%s: %q, want %q", tt.claim, got, tt.want)
		}
	}
}
