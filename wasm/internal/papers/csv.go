package papers

import (
	"strings"
	"unicode/utf8"
)

// Cell appends a cell of a CSV file after RFC 4180, with or without quotes as it needs.
func Cell(out []byte, s string, sep byte) []byte {
	if !strings.ContainsAny(s, "\",;\t\r\n") && !strings.HasPrefix(s, " ") && !strings.HasSuffix(s, " ") {
		return append(out, s...)
	}
	out = append(out, '"')
	out = append(out, strings.ReplaceAll(s, `"`, `""`)...)
	return append(out, '"')
}

// risky are the characters that make a spreadsheet take a cell for a formula
// when they come first, and the mark that Harmless puts before them.
const risky = "=+-@\t\r\n'＝＋－＠"

// Harmless puts an apostrophe before a text that a spreadsheet could take for a
// formula, and before one that begins with an apostrophe, so that Plainly can
// take it away again without guessing.
func Harmless(s string) string {
	if r, _ := utf8.DecodeRuneInString(s); s != "" && strings.ContainsRune(risky, r) {
		return "'" + s
	}
	return s
}

// Plainly undoes Harmless.
func Plainly(s string) string { return strings.TrimPrefix(s, "'") }

// Row appends one line of a CSV file, each cell harmless.
func Row(out []byte, sep byte, cells ...string) []byte {
	for i, s := range cells {
		if i > 0 {
			out = append(out, sep)
		}
		out = Cell(out, Harmless(s), sep)
	}
	return append(out, "\r\n"...)
}
