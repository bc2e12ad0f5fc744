package papers

import (
	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/diary"
)

// MaxRefusals is how many refusals are told one by one; all are counted.
const MaxRefusals = 500

// Findings are what a file would add to a diary. Nothing has been written yet.
type Findings struct {
	Form     Form
	Owner    string // the pseudonym of the diary that the file is of, if it says so
	Made     int64  // ms; when the file was made, 0 if it does not say so
	Mark     string // names the file: the first digits of its hash
	Added    []Entry
	Known    []Count // what the diary has already
	Left     []Count // what is in the file and is not for a diary to take in
	Refused  int     // rows or entries
	Refusals []Refusal
	Ignored  []string // names of columns that nobody knows
}

// An Entry is one to be written, in the order of the file.
type Entry struct {
	Kind diary.Kind
	Body []byte
}

// A Count is how many entries of a kind there are.
type Count struct {
	Kind diary.Kind
	N    int
}

// A Refusal says why a row of a table, or an entry of a bundle or an archive,
// is not taken in. It carries no content.
type Refusal struct {
	Row    int    // from 1; of a table the row in a spreadsheet, where 1 has the names
	Column string // empty: the whole row
	Why    Reason
}

// A Reason says what is wrong, as a key of the catalogue: "refused.number".
type Reason string

const (
	NotAFile  Reason = "refused.file"    // nothing that this app knows
	TooLarge  Reason = "refused.large"   // above a limit of FORMAT.md
	Broken    Reason = "refused.broken"  // not whole, or not as its kind of file must be
	NotNumber Reason = "refused.number"  // not a number
	NotTime   Reason = "refused.time"    // not a time with its offset
	NotDate   Reason = "refused.date"    // not a date
	NotID     Reason = "refused.id"      // not an identifier
	NoSuch    Reason = "refused.value"   // not one of the values of its column
	Missing   Reason = "refused.missing" // must be there
	Differs   Reason = "refused.differs" // the diary has it, with other content
	Twice     Reason = "refused.twice"   // the file has it twice, with different content
	Mismatch  Reason = "refused.rows"    // the rows of one entry contradict each other
	Newer     Reason = "refused.newer"   // of a kind that only a later version knows
)

// Because is the reason of a problem that the diary has with a field.
func Because(p diary.Problem) Reason { return Reason(p.Key()) }

// Bytes is the findings as ParseFindings reads them.
func (f Findings) Bytes() ([]byte, error) {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(uint8(f.Form))
	addText(b, f.Owner)
	b.AddUint64(uint64(f.Made))
	addText(b, f.Mark)
	b.AddUint32(uint32(len(f.Added)))
	for _, e := range f.Added {
		b.AddUint16(uint16(e.Kind))
		b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(e.Body) })
	}
	for _, list := range [...][]Count{f.Known, f.Left} {
		b.AddUint16(uint16(len(list)))
		for _, c := range list {
			b.AddUint16(uint16(c.Kind))
			b.AddUint32(uint32(c.N))
		}
	}
	b.AddUint32(uint32(f.Refused))
	b.AddUint16(uint16(len(f.Refusals)))
	for _, r := range f.Refusals {
		b.AddUint32(uint32(r.Row))
		addText(b, r.Column)
		addText(b, string(r.Why))
	}
	b.AddUint16(uint16(len(f.Ignored)))
	for _, s := range f.Ignored {
		addText(b, s)
	}
	return b.Bytes()
}

// ParseFindings reads what Bytes wrote. The bodies are not copied.
func ParseFindings(raw []byte) (f Findings, err error) {
	in := cryptobyte.String(raw)
	var form uint8
	var made uint64
	var n uint32
	var few uint16
	bad := func() (Findings, error) { return Findings{}, ErrFindings }
	if !in.ReadUint8(&form) || !readText(&in, &f.Owner) || !in.ReadUint64(&made) || !readText(&in, &f.Mark) || !in.ReadUint32(&n) || n > MaxRecords {
		return bad()
	}
	f.Form, f.Made = Form(form), int64(made)
	for range n {
		var kind uint16
		var body cryptobyte.String
		if !in.ReadUint16(&kind) || !in.ReadUint24LengthPrefixed(&body) {
			return bad()
		}
		f.Added = append(f.Added, Entry{diary.Kind(kind), body[:len(body):len(body)]})
	}
	for _, list := range [...]*[]Count{&f.Known, &f.Left} {
		if !in.ReadUint16(&few) {
			return bad()
		}
		for range few {
			var kind uint16
			if !in.ReadUint16(&kind) || !in.ReadUint32(&n) {
				return bad()
			}
			*list = append(*list, Count{diary.Kind(kind), int(n)})
		}
	}
	if !in.ReadUint32(&n) || !in.ReadUint16(&few) || few > MaxRefusals {
		return bad()
	}
	f.Refused = int(n)
	for range few {
		var r Refusal
		var why string
		if !in.ReadUint32(&n) || !readText(&in, &r.Column) || !readText(&in, &why) {
			return bad()
		}
		r.Row, r.Why = int(n), Reason(why)
		f.Refusals = append(f.Refusals, r)
	}
	if !in.ReadUint16(&few) {
		return bad()
	}
	for range few {
		var s string
		if !readText(&in, &s) {
			return bad()
		}
		f.Ignored = append(f.Ignored, s)
	}
	if !in.Empty() {
		return bad()
	}
	return f, nil
}

// Total is the sum of counts.
func Total(list []Count) (n int) {
	for _, c := range list {
		n += c.N
	}
	return n
}
