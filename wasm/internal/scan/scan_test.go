package scan

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestAFrameIsReadBack(t *testing.T) {
	f := Frame{3, 2, []byte{0, 1, 2, 253, 254, 255}}
	got, err := ParseFrame(f.Bytes())
	if err != nil || got.Width != 3 || got.Height != 2 || !bytes.Equal(got.Luma, f.Luma) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWhatIsNoFrameIsRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":            nil,
		"a header cut short": {0, 0, 0, 1, 0, 0, 0},
		"a pixel too few":    {0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3},
		"a pixel too many":   {0, 0, 0, 1, 0, 0, 0, 1, 1, 2},
		"no width":           {0, 0, 0, 0, 0, 0, 0, 1},
		"a size that wraps":  {255, 255, 255, 255, 255, 255, 255, 255, 1},
		"too large a frame":  append([]byte{0, 0, 8, 1, 0, 0, 8, 0}, make([]byte, 2049*2048)...),
	} {
		if _, err := ParseFrame(b); !errors.Is(err, ErrFrame) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFindingsAreReadBack(t *testing.T) {
	list := []Finding{{DataMatrix, "]d201\x1d10A"}, {EAN13, ""}, {QR, strings.Repeat("x", MaxText)}}
	got, err := ParseFindings(AppendFindings(nil, list))
	if err != nil || len(got) != 3 || got[0] != list[0] || got[1] != list[1] || got[2] != list[2] {
		t.Errorf("%v, %v", got, err)
	}
	many := make([]Finding, MaxFound+1)
	for i := range many {
		many[i] = Finding{QR, "x"}
	}
	many[0].Text = strings.Repeat("x", MaxText+1)
	if got, err := ParseFindings(AppendFindings(nil, many)); err != nil || len(got) != MaxFound {
		t.Errorf("%d findings, %v", len(got), err)
	}
}

func FuzzFindings(f *testing.F) {
	f.Add([]byte{})
	f.Add(AppendFindings(nil, []Finding{{Code39, "-03752864"}, {Code128, "\x1d"}}))
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ParseFindings(b)
		if err != nil {
			return
		}
		if !bytes.Equal(AppendFindings(nil, list), b) {
			t.Errorf("%x is read as %v", b, list)
		}
	})
}
