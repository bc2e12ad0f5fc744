package record

import (
	"bytes"
	"cmp"
	"strings"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
)

// A State is what became of a dose that is recorded.
type State uint8

// States.
const (
	Stands    State = iota
	Corrected       // a later version counts
	Withdrawn       // taken back, or corrected to: was not given
	Copied          // the same entry came from another device before
)

// A Row is a record with what others say of it.
type Row struct {
	Record
	By      By
	State   State
	Now     *Record // the version that counts, of a row that was corrected
	Missing Missing
	Differs bool // another record copies the same statement and says something else
}

// A Query narrows the record. The zero Query is all of it.
type Query struct {
	Product    diary.ProductID // empty: any
	Name       string          // of a product that people name themselves
	Lots       []diary.Lot     // one of these: the batch, and the expiry where both are known
	Batch      string          // a part of a batch
	Patient    keyring.SpaceID
	From, To   int64 // ms, when it was given; To is the first that is not meant, 0: no end
	Incomplete bool  // the law asks for more than what is said
	Limit      int   // rows; 0: all
}

// A Sum is an amount in a unit.
type Sum struct {
	Unit   diary.Unit
	Amount diary.Amount
}

// Hits are the doses that a query finds, every version of them.
type Hits struct {
	Rows     []Row // the latest first
	Total    int   // versions, whatever the limit
	Doses    int   // that stand
	Patients int   // of whom
	Sums     []Sum // of the doses that stand
}

// matcher is a query in the numbers of a book.
type matcher struct {
	Query
	patient  uint32
	products []bool
	lots     []bool
	never    bool
}

func (b *Book) matcher(q Query) *matcher {
	m := &matcher{Query: q}
	if q.Patient != (keyring.SpaceID{}) {
		n, ok := b.patients.at[q.Patient]
		m.patient, m.never = n, !ok
	}
	if q.Product != "" {
		m.products = make([]bool, len(b.products.values))
		for i, p := range b.products.values {
			m.products[i] = p.ID == q.Product && (q.Name == "" || strings.EqualFold(strings.TrimSpace(p.Name), strings.TrimSpace(q.Name)))
		}
	}
	part := diary.PlainBatch(q.Batch)
	if len(q.Lots) > 0 || part != "" {
		m.lots = make([]bool, len(b.plain))
		for i, plain := range b.plain {
			ok := len(q.Lots) == 0
			for _, l := range q.Lots {
				ok = ok || diary.SameLot(l, b.known.values[i])
			}
			m.lots[i] = ok && (part == "" || strings.Contains(plain, part))
		}
	}
	return m
}

// takes tells whether a row is meant. It looks at numbers only: all rows are asked.
func (b *Book) takes(m *matcher, row int) bool {
	switch {
	case b.kind[row] == Retraction:
		return false
	case m.products != nil && !m.products[b.product[row]]:
		return false
	case m.Patient != (keyring.SpaceID{}) && b.patient[row] != m.patient:
		return false
	case b.taken[row] < m.From || m.To != 0 && b.taken[row] >= m.To:
		return false
	case m.Incomplete && b.flags[row]&flagsMissing == 0:
		return false
	}
	if m.lots == nil {
		return true
	}
	for from, to := b.lotsOf(row); from < to; from++ {
		if m.lots[b.lot[from]] {
			return true
		}
	}
	return false
}

// later orders rows by when the dose was given, the latest first.
func (b *Book) later(x, y int) int {
	if c := cmp.Compare(b.taken[y], b.taken[x]); c != 0 {
		return c
	}
	if c := bytes.Compare(b.source[x][:], b.source[y][:]); c != 0 {
		return c
	}
	rx, ry := b.record(x), b.record(y)
	return compare(&rx, &ry)
}

// Search finds doses, and says what became of them.
func (b *Book) Search(q Query) (h Hits) {
	m := b.matcher(q)
	if m.never {
		return h
	}
	var found []int
	patients := make([]bool, len(b.patients.values))
	var sums [256]diary.Amount
	for row := range b.source {
		if b.flags[row]&flagCopy != 0 || !b.takes(m, row) {
			continue
		}
		state := b.state(row)
		if q.Incomplete && state != Stands {
			continue // what was corrected need not be completed
		}
		h.Total++
		if p := b.patient[row]; !patients[p] {
			patients[p] = true
			h.Patients++
		}
		if state == Stands {
			h.Doses++
			sums[b.products.values[b.product[row]].Unit] += diary.Amount(b.amount[row])
		}
		found = append(found, row)
		if q.Limit > 0 && len(found) >= 2*q.Limit+1024 {
			arrange.By(found, b.later)
			found = found[:q.Limit]
		}
	}
	arrange.By(found, b.later)
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	h.Rows = make([]Row, len(found))
	for i, row := range found {
		h.Rows[i] = b.row(row)
	}
	for u, a := range sums {
		if a > 0 {
			h.Sums = append(h.Sums, Sum{diary.Unit(u), a})
		}
	}
	return h
}

// All lists every record, those that were taken back and the retractions among
// them, by when the patient wrote it.
func (b *Book) All(q Query) []Row {
	m := b.matcher(q)
	var found []int
	for row := range b.source {
		// A retraction goes with what it takes back.
		of := row
		if b.kind[row] == Retraction {
			if of = b.version(named{b.patient[row], b.of[row]}); of < 0 {
				if q.Patient == (keyring.SpaceID{}) && q.Product == "" && m.lots == nil && q.From == 0 && q.To == 0 && !q.Incomplete {
					found = append(found, row)
				}
				continue
			}
		}
		if !m.never && b.takes(m, of) {
			found = append(found, row)
		}
	}
	arrange.By(found, func(x, y int) int {
		if c := cmp.Compare(b.written[x], b.written[y]); c != 0 {
			return c
		}
		return b.later(x, y)
	})
	out := make([]Row, len(found))
	for i, row := range found {
		out[i] = b.row(row)
	}
	return out
}

// row is a record with what others say of it.
func (b *Book) row(row int) Row {
	r := Row{Record: b.record(row), By: b.batches[b.by[row]], State: b.state(row), Missing: Missing(b.flags[row] & flagsMissing / flagMissing), Differs: b.flags[row]&flagDiffers != 0}
	if r.State == Corrected {
		if t := b.tree(row); t.now >= 0 {
			now := b.record(t.now)
			r.Now = &now
		}
	}
	return r
}

// state is what became of a dose.
func (b *Book) state(row int) State {
	switch {
	case b.flags[row]&flagCopy != 0:
		return Copied
	case b.kind[row] == Retraction:
		return Stands
	}
	if b.kind[row] == Use && len(b.kids[named{b.patient[row], b.entry[row]}]) == 0 {
		return Stands // most are
	}
	t := b.tree(row)
	switch {
	case t.back, t.now == row && b.flags[row]&flagNotGiven != 0:
		return Withdrawn
	case t.now == row:
		return Stands
	}
	return Corrected
}

// A tree is a dose with its corrections.
type tree struct {
	rows []int // versions, the first of them first; then what takes one back
	now  int   // the version that counts: the latest that nothing corrects
	back bool  // a version was taken back
}

// tree finds the dose that a version belongs to. What names an entry that is
// not recorded is a dose of its own; so is each of those that correct each other
// in a circle.
func (b *Book) tree(row int) (t tree) {
	root, seen := row, map[int]bool{row: true}
	for b.kind[root] != Use {
		up := b.version(named{b.patient[root], b.of[root]})
		if up < 0 {
			break
		}
		if seen[up] {
			root = row
			break
		}
		root, seen[up] = up, true
	}
	clear(seen)
	seen[root] = true
	t.rows, t.now = []int{root}, -1
	for i := 0; i < len(t.rows); i++ {
		v := t.rows[i]
		if b.kind[v] == Retraction {
			t.back = true
			continue
		}
		leaf := true
		for _, k := range b.kids[named{b.patient[v], b.entry[v]}] {
			leaf = leaf && b.kind[k] == Retraction
			if !seen[k] && b.flags[k]&flagCopy == 0 {
				seen[k] = true
				t.rows = append(t.rows, k)
			}
		}
		if leaf && (t.now < 0 || b.newer(v, t.now)) {
			t.now = v
		}
	}
	if t.now < 0 { // a circle
		t.now = row
	}
	return t
}

// newer tells whether a version was written after another, as a diary has it.
func (b *Book) newer(x, y int) bool {
	if b.written[x] != b.written[y] {
		return b.written[x] > b.written[y]
	}
	return bytes.Compare(b.source[x][:], b.source[y][:]) > 0
}

// A Recipient is a patient who used recalled lots.
type Recipient struct {
	Patient keyring.SpaceID
	Rows    []Row // the latest first; versions that were corrected are among them
}

// Recall finds everybody whose record names a lot of a recall, in any version:
// better a question too many. Who used it last comes first.
func (b *Book) Recall(r *diary.Recall) (out []Recipient) {
	at := make(map[keyring.SpaceID]int)
	for _, row := range b.Search(Query{Product: r.Product, Name: r.ProductName, Lots: r.Lots}).Rows {
		i, ok := at[row.Patient]
		if !ok {
			i = len(out)
			at[row.Patient], out = i, append(out, Recipient{Patient: row.Patient})
		}
		out[i].Rows = append(out[i].Rows, row)
	}
	return out
}
