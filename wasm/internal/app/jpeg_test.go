package app

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"
)

func picture(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{uint8(x * 7), uint8(y * 5), uint8(x ^ y), 255})
		}
	}
	return img
}

func encoded(t testing.TB, w, h int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(w, h), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// segment is one of a JPEG file.
func segment(marker byte, body string) []byte {
	n := len(body) + 2
	return append([]byte{0xff, marker, byte(n >> 8), byte(n)}, body...)
}

// inserted puts segments behind the beginning of a file.
func inserted(file []byte, segments ...[]byte) []byte {
	return append(append(bytes.Clone(file[:2]), bytes.Join(segments, nil)...), file[2:]...)
}

func TestNothingButPixelsIsKept(t *testing.T) {
	const secret = "GPS 52.5200 N 13.4050 E"
	plain := encoded(t, 40, 30)
	for name, file := range map[string][]byte{
		"as it is":                   plain,
		"Exif with the place":        inserted(plain, segment(0xe1, "Exif\x00\x00"+secret)),
		"XMP":                        inserted(plain, segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+secret)),
		"a profile of colours":       inserted(plain, segment(0xe2, "ICC_PROFILE\x00"+secret)),
		"an editor's resources":      inserted(plain, segment(0xed, "Photoshop 3.0\x00"+secret)),
		"a comment":                  inserted(plain, segment(0xfe, secret)),
		"a preview in the header":    inserted(plain, segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x05\x05"+strings.Repeat(secret, 4))),
		"an unknown segment":         inserted(plain, segment(0xe9, secret)),
		"all of it, twice":           inserted(plain, segment(0xe1, secret), segment(0xfe, secret), segment(0xe1, secret)),
		"a film behind the picture":  append(bytes.Clone(plain), secret...),
		"a second picture behind it": append(bytes.Clone(plain), inserted(plain, segment(0xe1, secret))...),
	} {
		out, w, h, ok := bare(file)
		if !ok || w != 40 || h != 30 {
			t.Errorf("%s: %v, %d x %d", name, ok, w, h)
			continue
		}
		if bytes.Contains(out, []byte(secret[:8])) {
			t.Errorf("%s: it is still there", name)
		}
		got, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want, _ := jpeg.Decode(bytes.NewReader(plain))
		if !bytes.Equal(got.(*image.YCbCr).Y, want.(*image.YCbCr).Y) {
			t.Errorf("%s: other pixels", name)
		}
		if again, _, _, ok := bare(out); !ok || !bytes.Equal(again, out) {
			t.Errorf("%s: a second time gives something else", name)
		}
	}
}

func TestWhatIsNoPictureIsNotKept(t *testing.T) {
	plain := encoded(t, 40, 30)
	for name, file := range map[string][]byte{
		"nothing":                  nil,
		"a PNG":                    []byte("\x89PNG\r\n\x1a\n and so on"),
		"the beginning of one":     plain[:200],
		"one without its end":      plain[:len(plain)-2],
		"a segment beyond the end": append(bytes.Clone(plain[:2]), 0xff, 0xe1, 0xff, 0xff, 1),
		"a page":                   []byte("\xff\xd8\xff<html>"),
	} {
		if _, _, _, ok := bare(file); ok {
			t.Errorf("%s was taken for a picture", name)
		}
	}
}

func FuzzBare(f *testing.F) {
	plain := encoded(f, 8, 8)
	f.Add(plain)
	f.Add(inserted(plain, segment(0xe1, "Exif\x00\x00"), segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01")))
	f.Fuzz(func(t *testing.T, b []byte) {
		out, w, h, ok := bare(b)
		if !ok {
			return
		}
		again, w2, h2, ok := bare(out)
		if !ok || w2 != w || h2 != h || !bytes.Equal(again, out) || len(out) > len(b)+18 {
			t.Fatal("what was kept is not kept again")
		}
	})
}
