// Package scan is what the app and the decoder of codes say to each other: a
// picture in shades of grey one way, what stands in it the other way.
//
// The decoder is large and is loaded only when it is needed (package decode,
// in the program wasm/extra), so this package must not depend on it.
package scan

import (
	"encoding/binary"
	"errors"
)

// Op is the name of the operation: a Frame in, Findings out.
const Op = "scan"

const (
	// MaxPixels is how large a frame can be: 4 million, a picture of 2048 by 2048.
	MaxPixels = 1 << 22
	// MaxFound is how many codes are told of one frame.
	MaxFound = 16
	// MaxText is how long the text of a code can be: the largest QR code holds fewer bytes.
	MaxText = 4096
)

// A Symbology is a kind of code.
type Symbology uint8

const (
	DataMatrix Symbology = 1 + iota
	QR
	Code39
	Code128
	EAN13
)

// A Frame is a picture in shades of grey, row by row from the top; 0 is black.
type Frame struct {
	Width, Height int
	Luma          []byte // Width*Height
}

// A Finding is one code in a frame. Text is as the code holds it, with FNC1 as
// GS (0x1D). A code that begins with FNC1, which makes it one of GS1, has the
// symbology identifier of ISO/IEC 15424 before it: "]d2", "]Q3" or "]C1".
type Finding struct {
	Symbology Symbology
	Text      string
}

// ErrFrame reports a frame that is none: of another size than it says, or too large.
var ErrFrame = errors.New("scan: not a frame")

// ErrFindings reports findings that cannot be read.
var ErrFindings = errors.New("scan: not findings")

// Valid tells whether the frame has the size it says, and not too large a one.
func (f Frame) Valid() bool {
	return f.Width > 0 && f.Height > 0 && f.Width <= MaxPixels && f.Height <= MaxPixels/f.Width && len(f.Luma) == f.Width*f.Height
}

// Bytes is the frame as ParseFrame reads it: width and height in 32 bits each,
// the more significant byte first, then the pixels.
func (f Frame) Bytes() []byte {
	if !f.Valid() {
		panic("scan: a frame of another size")
	}
	b := make([]byte, 0, 8+len(f.Luma))
	b = binary.BigEndian.AppendUint32(b, uint32(f.Width))
	b = binary.BigEndian.AppendUint32(b, uint32(f.Height))
	return append(b, f.Luma...)
}

// ParseFrame reads what Bytes wrote. The pixels are not copied.
func ParseFrame(b []byte) (Frame, error) {
	if len(b) < 8 || len(b) > 8+MaxPixels {
		return Frame{}, ErrFrame
	}
	w, h := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if w > MaxPixels || h > MaxPixels {
		return Frame{}, ErrFrame
	}
	f := Frame{int(w), int(h), b[8:]}
	if !f.Valid() {
		return Frame{}, ErrFrame
	}
	return f, nil
}

// AppendFindings appends to b for each finding its symbology, the length of its
// text in 16 bits, and the text. Texts that are too long are left out, and so
// are findings beyond MaxFound.
func AppendFindings(b []byte, list []Finding) []byte {
	n := 0
	for _, f := range list {
		if len(f.Text) > MaxText || n == MaxFound {
			continue
		}
		n++
		b = append(b, byte(f.Symbology))
		b = binary.BigEndian.AppendUint16(b, uint16(len(f.Text)))
		b = append(b, f.Text...)
	}
	return b
}

// ParseFindings reads what AppendFindings wrote.
func ParseFindings(b []byte) ([]Finding, error) {
	var out []Finding
	for len(b) > 0 {
		if len(b) < 3 || len(out) == MaxFound {
			return nil, ErrFindings
		}
		s, n := Symbology(b[0]), int(binary.BigEndian.Uint16(b[1:]))
		if s < DataMatrix || s > EAN13 || n > MaxText || len(b) < 3+n {
			return nil, ErrFindings
		}
		out = append(out, Finding{s, string(b[3 : 3+n])})
		b = b[3+n:]
	}
	return out, nil
}
