package files

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/papers"
)

// An intake collects what a file would add to a diary.
type intake struct {
	b      *book
	f      papers.Findings
	has    map[diary.ID]papers.Entry // every entry of the diary, by its identifier
	found  []proposal
	counts map[diary.Kind]int // known
	left   map[diary.Kind]int
}

// A proposal is an entry that a table or a bundle describes.
type proposal struct {
	entry diary.Entry
	n     int // the row
	named bool
}

func newIntake(b *book) *intake {
	in := &intake{b: b, has: make(map[diary.ID]papers.Entry), counts: make(map[diary.Kind]int), left: make(map[diary.Kind]int)}
	for _, r := range b.Records {
		if e, err := diary.Decode(r.Kind, r.Body); err == nil {
			in.has[e.Top().ID] = papers.Entry{Kind: r.Kind, Body: r.Body}
		}
	}
	return in
}

func itoa(n int) string { return strconv.Itoa(n) }

func (in *intake) refuse(n int, column string, why papers.Reason) {
	in.f.Refused++
	if len(in.f.Refusals) < papers.MaxRefusals {
		in.f.Refusals = append(in.f.Refusals, papers.Refusal{Row: n, Column: column, Why: why})
	}
}

func (in *intake) add(k diary.Kind, body []byte) {
	in.f.Added = append(in.f.Added, papers.Entry{Kind: k, Body: body})
}

// leaves tells whether entries of a kind are not for a diary to take in: what was
// said to a centre and by it belongs to the conversation, not to the diary.
func leaves(k diary.Kind) bool {
	switch k {
	case diary.KindMessage, diary.KindSeen, diary.KindOpened, diary.KindContact, diary.KindPhoto:
		return true
	}
	return false
}

// rows proposes the entry that the rows of a table or the elements of a bundle
// describe; n is where they stand.
func (in *intake) rows(t *table, whole row, rows []row, n int) {
	c := &cells{row: whole, now: in.b.Now}
	e := t.entry(c, rows)
	if c.why != "" {
		in.refuse(n, c.column, c.why)
		return
	}
	if leaves(e.Kind()) {
		in.left[e.Kind()]++
		return
	}
	p := proposal{e, n, !e.Top().ID.IsZero()}
	if !p.named {
		e.Top().ID = diary.ID{1} // until its content gives it one
	}
	if errs, ok := e.Validate(in.b.Now, diary.Products).(diary.FieldErrors); ok {
		for _, f := range errs {
			in.refuse(n, t.column(f.Field), papers.Because(f.Problem))
		}
		return
	}
	if _, err := diary.Encode(e); err != nil {
		in.refuse(n, "", papers.Broken)
		return
	}
	in.found = append(in.found, p)
}

// plain is what an entry says, whoever wrote it, when and under which
// identifier: two entries with the same are the same for a person.
func (in *intake) plain(e diary.Entry) string {
	body, err := diary.Encode(e)
	if err != nil {
		return ""
	}
	if e, err = diary.Decode(e.Kind(), body); err != nil {
		return ""
	}
	h := e.Top()
	entered := diary.Moment{Ms: 1}
	if k := e.Kind(); k == diary.KindNote || k == diary.KindRecall {
		entered = h.Entered // it has no other time
	}
	*h = diary.Head{ID: diary.ID{1}, Entered: entered}
	root := func(id *diary.ID) {
		if it, ok := in.b.d.Get(*id); ok {
			*id = it.ID
		}
	}
	switch e := e.(type) {
	case *diary.Treatment:
		root(&e.Bleed)
	case *diary.Bleed:
		root(&e.Again)
	case *diary.Note:
		root(&e.About)
	}
	body, err = diary.Encode(e)
	if err != nil {
		return ""
	}
	return string(binary.BigEndian.AppendUint16(nil, uint16(e.Kind()))) + string(body)
}

// done judges what was proposed against the diary.
func (in *intake) done() papers.Findings {
	if len(in.found) > 0 {
		in.judge()
	}
	in.f.Known, in.f.Left = counts(in.counts), counts(in.left)
	return in.f
}

func counts(m map[diary.Kind]int) (out []papers.Count) {
	for k, n := range m {
		out = append(out, papers.Count{Kind: k, N: n})
	}
	arrange.By(out, func(a, b papers.Count) int { return int(a.Kind) - int(b.Kind) })
	return out
}

func (in *intake) judge() {
	// What the diary says, and how often. Each time can account for one entry of
	// the file; those with the same identifier come first.
	says := make(map[string]int)
	for _, t := range tables {
		for _, it := range in.b.standing(t.kinds...) {
			says[in.plain(it.Entry)]++
		}
	}
	content := make([]string, len(in.found))
	open := make([]bool, len(in.found))
	seen := make(map[diary.ID]string) // in this file
	for i, p := range in.found {
		content[i] = in.plain(p.entry)
		id := p.entry.Top().ID
		if !p.named {
			open[i] = true
			continue
		}
		if old, ok := seen[id]; ok {
			if old != content[i] {
				in.refuse(p.n, "id", papers.Twice)
			}
			continue
		}
		seen[id] = content[i]
		it, ok := in.b.d.Get(id)
		_, has := in.has[id]
		switch {
		case ok && (it.Retracted != nil || in.plain(it.Entry) == content[i]):
			in.counts[p.entry.Kind()]++
			says[content[i]]--
		case ok || has:
			in.refuse(p.n, "id", papers.Differs)
		default:
			open[i] = true
		}
	}
	drawn := make(map[string]uint32)
	for i, p := range in.found {
		if !open[i] {
			continue
		}
		h := p.entry.Top()
		if !p.named {
			h.ID = drawID(content[i], drawn[content[i]])
			drawn[content[i]]++
			if _, has := in.has[h.ID]; has { // this very row was taken in before
				in.counts[p.entry.Kind()]++
				says[content[i]]--
				continue
			}
		}
		if says[content[i]] > 0 {
			says[content[i]]--
			in.counts[p.entry.Kind()]++
			continue
		}
		body, err := diary.Encode(p.entry)
		if err != nil {
			in.refuse(p.n, "", papers.Broken)
			continue
		}
		in.add(p.entry.Kind(), body)
	}
}

// drawID is the identifier of an entry that came without one: from what it says
// and how often the file has said it before, so that the file gives the same
// identifiers each time.
func drawID(content string, n uint32) (id diary.ID) {
	h := sha256.New()
	h.Write([]byte("vialog/papers/v1/id\x00"))
	h.Write(binary.BigEndian.AppendUint32(nil, n))
	h.Write([]byte(content))
	copy(id[:], h.Sum(nil))
	return id
}

// raw takes in an entry as an archive holds it, byte for byte.
func (in *intake) raw(k diary.Kind, body []byte, n int) {
	e, err := diary.Decode(k, body)
	switch {
	case err != nil && !k.Known():
		in.refuse(n, "kind", papers.Newer)
		return
	case err != nil:
		in.refuse(n, "body", papers.Broken)
		return
	}
	id := e.Top().ID
	switch old, has := in.has[id]; {
	case has && old.Kind == k && bytes.Equal(old.Body, body):
		in.counts[k]++
	case has:
		in.refuse(n, "body", papers.Differs)
	default:
		in.has[id] = papers.Entry{Kind: k, Body: body}
		in.add(k, body)
	}
}
