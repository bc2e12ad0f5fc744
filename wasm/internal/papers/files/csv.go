package files

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"vialog/wasm/internal/papers"
)

// Limits of tables, see FORMAT.md.
const (
	maxRows    = 100_000
	maxColumns = 64
	maxCell    = 16 << 10
)

const bom = "\ufeff"

// table writes a CSV file after RFC 4180.
func (b *book) table(f papers.Form) []byte {
	t := tableOf(f)
	sep := byte(',')
	var out []byte
	if b.Excel {
		sep, out = ';', append(out, bom...)
	}
	line := func(cell func(string) string) {
		for i, name := range t.columns {
			if i > 0 {
				out = append(out, sep)
			}
			out = papers.Cell(out, cell(name), sep)
		}
		out = append(out, "\r\n"...)
	}
	line(func(name string) string { return name })
	for _, it := range b.standing(t.kinds...) {
		for _, r := range t.rows(b, it) {
			line(func(name string) string {
				s := papers.Harmless(r[name])
				if b.Excel && slices.Contains(t.numbers, name) {
					s = strings.Replace(s, ".", ",", 1)
				}
				return s
			})
		}
	}
	return out
}

// A line is a row with its number in a spreadsheet.
type line struct {
	n int
	row
}

// tables reads a file that may be a table.
func (in *intake) tables() {
	raw := bytes.TrimPrefix(in.b.File, []byte(bom))
	if !utf8.Valid(raw) || bytes.IndexByte(raw, 0) >= 0 {
		in.refuse(0, "", papers.NotAFile)
		return
	}
	head, _, _ := bytes.Cut(raw, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(raw))
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	for _, sep := range ",;\t" {
		if bytes.ContainsRune(head, sep) {
			r.Comma = sep
			break
		}
	}
	names, err := r.Read()
	if err != nil || len(names) > maxColumns {
		in.refuse(0, "", papers.NotAFile)
		return
	}
	names = slices.Clone(names)
	for i := range names {
		names[i] = strings.ToLower(strings.TrimSpace(names[i]))
	}
	var t *table
	for i := range tables {
		if slices.Contains(names, tables[i].key) {
			t = &tables[i]
		}
	}
	if t == nil {
		in.refuse(0, "", papers.NotAFile)
		return
	}
	in.f.Form = t.form
	for i, name := range names {
		switch {
		case !slices.Contains(t.columns, name):
			if name != "" && len(in.f.Ignored) < maxColumns {
				in.f.Ignored = append(in.f.Ignored, strings.ToValidUTF8(name[:min(len(name), 40)], ""))
			}
		case slices.Contains(names[:i], name):
			in.refuse(1, name, papers.Twice)
			return
		}
	}
	// The rows of one entry need not stand together.
	var order []string
	group := make(map[string][]line)
	for n := 2; ; n++ {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			in.refuse(n, "", papers.Broken)
			if errors.Is(bad.Err, csv.ErrQuote) || errors.Is(bad.Err, csv.ErrBareQuote) {
				continue
			}
			break
		}
		if err != nil {
			in.refuse(n, "", papers.Broken)
			break
		}
		if n > maxRows+1 {
			in.refuse(n, "", papers.TooLarge)
			break
		}
		x, large := line{n, make(row)}, false
		for i, s := range cells {
			if large = large || len(s) > maxCell; i < len(names) && !large && s != "" && slices.Contains(t.columns, names[i]) {
				x.row[names[i]] = papers.Plainly(s)
			}
		}
		switch {
		case large || len(cells) > maxColumns:
			in.refuse(n, "", papers.TooLarge)
			continue
		case len(x.row) == 0:
			continue // a line that somebody left empty
		}
		key := x.row["id"]
		if key == "" {
			key = "#" + itoa(n)
		}
		if group[key] == nil {
			order = append(order, key)
		}
		group[key] = append(group[key], x)
	}
	for _, key := range order {
		in.lines(t, group[key])
	}
}

// perRow are the columns in which the rows of one entry may differ.
var perRow = []string{"batch", "expiry", "packs", "count", "strength", "pzn"}

// lines reads the rows of one entry. What is said of the entry as a whole may
// stand in any of them, and must be the same in all where it does.
func (in *intake) lines(t *table, list []line) {
	whole := make(row)
	rows := make([]row, len(list))
	for i, x := range list {
		rows[i] = x.row
		for name, s := range x.row {
			switch old, ok := whole[name]; {
			case slices.Contains(perRow, name), slices.Contains(t.said, name):
			case !ok:
				whole[name] = s
			case old != s:
				in.refuse(x.n, name, papers.Mismatch)
				return
			}
		}
	}
	in.rows(t, whole, rows, list[0].n)
}
