package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vialog/relay/internal/store/sqlite"
	"vialog/shared/wire"
)

// ErrManifest reports a manifest of a wrong form.
var ErrManifest = errors.New("not a manifest of a backup")

const (
	maxManifest = 1 << 20
	maxParts    = 9999
)

// grown are the tables of which a later backup holds what was added.
var grown = []string{"boxes", "notes"}

// A Manifest says what belongs to one backup.
type Manifest struct {
	Store   wire.StoreID
	Layout  int
	Number  int
	Follows [32]byte // hash of the manifest before; zero: full
	Taken   time.Time
	Above   [2]int64 // of boxes and notes
	Rows    []Count
	Holds   [2]int64 // of boxes and notes, once restored
	Anchors [2][]sqlite.Anchor
	Parts   []Part
}

// A Count is a number of rows.
type Count struct {
	Table string
	N     int64
}

// A Part is one file.
type Part struct {
	Size int64
	Hash [32]byte
}

// Full reports that a backup needs no other.
func (m *Manifest) Full() bool { return m.Follows == [32]byte{} }

// Size is what all parts take.
func (m *Manifest) Size() (n int64) {
	for _, p := range m.Parts {
		n += p.Size
	}
	return n
}

// Hash names a manifest.
func (m *Manifest) Hash() [32]byte { return sha256.Sum256(m.Encode()) }

// Encode writes a manifest as FORMAT.md says.
func (m *Manifest) Encode() []byte {
	var b bytes.Buffer
	follows := "-"
	if !m.Full() {
		follows = hex.EncodeToString(m.Follows[:])
	}
	fmt.Fprintf(&b, "vialog relay backup 1\nstore %x\nlayout %d\nnumber %d\nfollows %s\ntaken %s\n",
		m.Store[:], m.Layout, m.Number, follows, m.Taken.UTC().Format(time.RFC3339))
	for i, table := range grown {
		fmt.Fprintf(&b, "above %s %d\n", table, m.Above[i])
	}
	for _, c := range m.Rows {
		fmt.Fprintf(&b, "rows %s %d\n", c.Table, c.N)
	}
	for i, table := range grown {
		fmt.Fprintf(&b, "holds %s %d\n", table, m.Holds[i])
	}
	for i, table := range grown {
		for _, a := range m.Anchors[i] {
			fmt.Fprintf(&b, "anchor %s %d %x\n", table, a.N, a.Hash)
		}
	}
	for _, p := range m.Parts {
		fmt.Fprintf(&b, "part %d %x\n", p.Size, p.Hash)
	}
	return b.Bytes()
}

// A lineReader takes a manifest apart and remembers whether all fitted.
type lineReader struct {
	lines []string
	bad   bool
}

// next returns the words after the first if the next line begins with it.
func (r *lineReader) next(word string, words int) ([]string, bool) {
	if r.bad || len(r.lines) == 0 {
		return nil, false
	}
	f := strings.Split(r.lines[0], " ")
	if f[0] != word || len(f) != words+1 {
		return nil, false
	}
	r.lines = r.lines[1:]
	return f[1:], true
}

// must is next for a line that has to be there.
func (r *lineReader) must(word string, words int) []string {
	f, ok := r.next(word, words)
	if !ok {
		r.bad = true
		return make([]string, words)
	}
	return f
}

func (r *lineReader) number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	r.bad = r.bad || err != nil || n < 0
	return n
}

func (r *lineReader) hex(dst []byte, s string) {
	b, err := hex.DecodeString(s)
	r.bad = r.bad || err != nil || len(b) != len(dst)
	copy(dst, b)
}

// ParseManifest reads what Encode wrote, and nothing else.
func ParseManifest(raw []byte) (*Manifest, error) {
	if len(raw) > maxManifest || len(raw) == 0 || raw[len(raw)-1] != '\n' {
		return nil, ErrManifest
	}
	r := &lineReader{lines: strings.Split(string(raw[:len(raw)-1]), "\n")}
	m := new(Manifest)
	r.bad = strings.Join(append([]string{"vialog"}, r.must("vialog", 3)...), " ") != "vialog relay backup 1"
	r.hex(m.Store[:], r.must("store", 1)[0])
	m.Layout = int(r.number(r.must("layout", 1)[0]))
	m.Number = int(r.number(r.must("number", 1)[0]))
	if f := r.must("follows", 1)[0]; f != "-" {
		r.hex(m.Follows[:], f)
	}
	var err error
	if m.Taken, err = time.Parse(time.RFC3339, r.must("taken", 1)[0]); err != nil {
		return nil, ErrManifest
	}
	for i, table := range grown {
		f := r.must("above", 2)
		r.bad = r.bad || f[0] != table
		m.Above[i] = r.number(f[1])
	}
	for f, ok := r.next("rows", 2); ok; f, ok = r.next("rows", 2) {
		r.bad = r.bad || !sqlite.IsName(f[0]) || len(m.Rows) > 0 && m.Rows[len(m.Rows)-1].Table >= f[0]
		m.Rows = append(m.Rows, Count{f[0], r.number(f[1])})
	}
	for i, table := range grown {
		f := r.must("holds", 2)
		r.bad = r.bad || f[0] != table
		m.Holds[i] = r.number(f[1])
	}
	last := 0
	for f, ok := r.next("anchor", 3); ok; f, ok = r.next("anchor", 3) {
		i := last
		for i < len(grown) && grown[i] != f[0] {
			i++
		}
		if i == len(grown) {
			return nil, ErrManifest
		}
		last = i
		a := sqlite.Anchor{N: r.number(f[1])}
		r.hex(a.Hash[:], f[2])
		list := m.Anchors[i]
		r.bad = r.bad || a.N == 0 || len(list) >= sqlite.MaxAnchors || len(list) > 0 && list[len(list)-1].N <= a.N
		m.Anchors[i] = append(list, a)
	}
	for f, ok := r.next("part", 2); ok; f, ok = r.next("part", 2) {
		p := Part{Size: r.number(f[0])}
		r.hex(p.Hash[:], f[1])
		m.Parts = append(m.Parts, p)
	}
	switch {
	case r.bad, len(r.lines) > 0, m.Layout < 1, m.Number < 1, len(m.Parts) < 1, len(m.Parts) > maxParts,
		m.Full() && m.Above != [2]int64{}, !bytes.Equal(m.Encode(), raw):
		return nil, ErrManifest
	}
	return m, nil
}
