package e2e

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// A finder looks for secrets in whatever form they might have leaked: as they
// are, in UTF-16, hex, base64 and base32, and inside what inflates.
type finder struct {
	forms map[uint64][]form // by their first eight bytes
}

type form struct {
	name, how string
	bytes     []byte
}

const shortest = 8 // bytes of a form; what is shorter would be found by chance

func (f *finder) add(name string, secret []byte) {
	put := func(how string, b []byte) {
		if len(b) < shortest {
			return
		}
		if f.forms == nil {
			f.forms = make(map[uint64][]form)
		}
		k := binary.LittleEndian.Uint64(b)
		f.forms[k] = append(f.forms[k], form{name, how, b})
	}
	put("as it is", secret)
	put("hex", []byte(hex.EncodeToString(secret)))
	put("HEX", []byte(strings.ToUpper(hex.EncodeToString(secret))))
	for shift := range 3 {
		put("base64", inside(base64.StdEncoding.EncodeToString, 6, shift, secret))
		put("base64url", inside(base64.URLEncoding.EncodeToString, 6, shift, secret))
	}
	crockford := base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
	for shift := range 5 {
		put("base32", inside(base32.StdEncoding.EncodeToString, 5, shift, secret))
		put("Crockford", inside(crockford.EncodeToString, 5, shift, secret))
	}
}

// text adds a text, which might also stand in UTF-16 or in quotation marks.
func (f *finder) text(name, text string) {
	f.add(name, []byte(text))
	var le, be []byte
	for _, u := range utf16.Encode([]rune(text)) {
		le, be = binary.LittleEndian.AppendUint16(le, u), binary.BigEndian.AppendUint16(be, u)
	}
	f.add(name+" in UTF-16", le)
	f.add(name+" in UTF-16", be)
}

// inside encodes secret as it stands after shift other bytes, without the
// letters that depend on its neighbours.
func inside(encode func([]byte) string, bits, shift int, secret []byte) []byte {
	s := encode(append(make([]byte, shift), secret...))
	first, end := (8*shift+bits-1)/bits, 8*(shift+len(secret))/bits
	return []byte(s[first:end])
}

// find returns what it sees in b, and in what b contains packed.
func (f *finder) find(b []byte) []string { return f.search(b, "", 2) }

func (f *finder) search(b []byte, where string, depth int) (hits []string) {
	for i := 0; i+shortest <= len(b); i++ {
		for _, n := range f.forms[binary.LittleEndian.Uint64(b[i:])] {
			if bytes.HasPrefix(b[i:], n.bytes) {
				hits = append(hits, fmt.Sprintf("%s (%s%s) at %d", n.name, where, n.how, i))
			}
		}
	}
	if depth > 0 {
		inflate(b, func(how string, plain []byte) {
			hits = append(hits, f.search(plain, where+how+", ", depth-1)...)
		})
	}
	return hits
}

// inflate unpacks whatever in b looks packed. Raw deflate has no mark; it is
// tried at each of the first bytes, where a frame or box could begin with it.
func inflate(b []byte, each func(how string, plain []byte)) {
	try := func(how string, r io.Reader, err error) {
		if err != nil {
			return
		}
		// What precedes damage counts too.
		plain, _ := io.ReadAll(io.LimitReader(r, 1<<20))
		if len(plain) >= shortest {
			each(how, plain)
		}
	}
	for i := range b {
		rest := b[i:]
		switch {
		case bytes.HasPrefix(rest, []byte{0x1f, 0x8b, 8}):
			r, err := gzip.NewReader(bytes.NewReader(rest))
			try("gzip", r, err)
		case bytes.HasPrefix(rest, []byte{0x28, 0xb5, 0x2f, 0xfd}):
			r, err := zstd.NewReader(bytes.NewReader(rest), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
			try("zstd", r, err)
			if err == nil {
				r.Close()
			}
		case len(rest) > 2 && rest[0] == 0x78 && (uint(rest[0])<<8|uint(rest[1]))%31 == 0:
			r, err := zlib.NewReader(bytes.NewReader(rest))
			try("zlib", r, err)
		}
		if i < 64 {
			try("deflate", flate.NewReader(bytes.NewReader(rest)), nil)
		}
	}
}

func TestTheFinderFindsWhatIsThere(t *testing.T) {
	const canary = "Kanarienvogel Ärger 4711"
	var f finder
	f.text("canary", canary)
	packed := func(text string, pack func(io.Writer) io.WriteCloser) []byte {
		var b bytes.Buffer
		w := pack(&b)
		w.Write([]byte("before " + text + " after"))
		w.Close()
		return b.Bytes()
	}
	utf := func(o binary.AppendByteOrder) (b []byte) {
		for _, u := range utf16.Encode([]rune(canary)) {
			b = o.AppendUint16(b, u)
		}
		return b
	}
	noise := bytes.Repeat([]byte{0x55, 0xaa, 0x13}, 100)
	for name, hidden := range map[string][]byte{
		"as it is":         []byte(canary),
		"UTF-16, little":   utf(binary.LittleEndian),
		"UTF-16, big":      utf(binary.BigEndian),
		"hex":              []byte(hex.EncodeToString([]byte(canary))),
		"HEX":              []byte(strings.ToUpper(hex.EncodeToString([]byte(canary)))),
		"base64":           []byte(base64.StdEncoding.EncodeToString([]byte(canary))),
		"base64, second":   []byte(base64.StdEncoding.EncodeToString([]byte("x" + canary))),
		"base64, third":    []byte(base64.RawURLEncoding.EncodeToString([]byte("xy" + canary + "z"))),
		"base32":           []byte(base32.StdEncoding.EncodeToString([]byte("xyz" + canary))),
		"hex in UTF-8":     []byte(fmt.Sprintf("%x", canary)),
		"gzip":             packed(canary, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
		"zlib":             packed(canary, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }),
		"zstd":             packed(canary, func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }),
		"base64 in gzip":   packed(base64.StdEncoding.EncodeToString([]byte("x"+canary)), func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }),
		"after other text": []byte("a=1 b=" + canary),
	} {
		if hits := f.find(append(bytes.Clone(noise), hidden...)); len(hits) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
	deflated := packed(canary, func(w io.Writer) io.WriteCloser { z, _ := flate.NewWriter(w, 9); return z })
	if hits := f.find(append([]byte("frame"), deflated...)); len(hits) == 0 {
		t.Error("deflate: not found")
	}
	if hits := f.find(bytes.Repeat(noise, 20)); len(hits) != 0 {
		t.Errorf("found in noise: %v", hits)
	}
	if !utf8.ValidString(canary) {
		t.Fatal("the canary is no text")
	}
}
