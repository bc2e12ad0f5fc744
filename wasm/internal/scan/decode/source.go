package decode

import (
	"errors"

	"github.com/makiuchi-d/gozxing"

	"vialog/wasm/internal/scan"
)

// A source hands a frame to the decoder.
type source struct{ f scan.Frame }

var errUnsupported = errors.New("decode: not supported")

func (s *source) GetRow(y int, _ []byte) ([]byte, error) {
	if y < 0 || y >= s.f.Height {
		return nil, errUnsupported
	}
	return s.f.Luma[y*s.f.Width : (y+1)*s.f.Width], nil
}

func (s *source) GetMatrix() []byte     { return s.f.Luma }
func (s *source) GetWidth() int         { return s.f.Width }
func (s *source) GetHeight() int        { return s.f.Height }
func (s *source) IsCropSupported() bool { return false }
func (s *source) IsRotateSupported() bool {
	return true
}
func (s *source) Invert() gozxing.LuminanceSource { return gozxing.LuminanceSourceInvert(s) }
func (s *source) String() string                  { return "decode.source" }

func (s *source) Crop(_, _, _, _ int) (gozxing.LuminanceSource, error) {
	return nil, errUnsupported
}

func (s *source) RotateCounterClockwise() (gozxing.LuminanceSource, error) { return s.turned(), nil }

// turned is the frame turned left by a quarter.
func (s *source) turned() *source {
	w, h := s.f.Width, s.f.Height
	out := make([]byte, w*h)
	for y := range w {
		for x := range h {
			out[y*h+x] = s.f.Luma[x*w+w-1-y]
		}
	}
	return &source{scan.Frame{Width: h, Height: w, Luma: out}}
}

func (s *source) RotateCounterClockwise45() (gozxing.LuminanceSource, error) {
	return nil, errUnsupported
}
