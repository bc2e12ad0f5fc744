package view

import (
	"strings"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// A Receipt is one act by the rights of a person.
type Receipt struct {
	At       time.Time
	What     lang.Key
	Args     []string // name, value, name, value
	By       string   // empty: somebody without a name
	You      bool
	Centres  []string // with whom
	Entry    bool     // an entry was changed: State says how far that has come
	State    Delivery
	Words    string
	File     string    // hash, in hex; empty: none
	Erasing  bool      // the diary is erased
	Done     time.Time // and the relay has said so; zero: not yet
	ByCentre bool
	Number   string
}

// Receipts are those of a diary, newest first, made to be printed.
type Receipts struct {
	Frame
	Owner string
	List  []Receipt
	More  bool
}

// Node draws the screen.
func (m Receipts) Node() node.Node {
	body := m.p("", lang.ReceiptsNone)
	if len(m.List) > 0 {
		var lines []Line
		for _, r := range m.List {
			lines = append(lines, Line{m.Lang.When(m.Now, r.At) + " · " + m.Lang.T(r.What, r.Args...), m.receipt(r)})
		}
		body = m.lines(lines)
	}
	var more node.Node
	if m.More {
		more = m.button(ActDiaryMore, "", lang.ShowMore, node.ID("receipts-more"))
	}
	return m.paper("receipts", "", more,
		m.paperHead(m.t(lang.ReceiptsTitle), m.Owner), m.p("sub", lang.ReceiptsLead), body)
}

// receipt is what there is to say of an act, a line each.
func (m Receipts) receipt(r Receipt) string {
	l := m.Lang
	by := r.By
	switch {
	case r.You:
		by = l.T(lang.ReceiptYou)
	case by == "" && !r.ByCentre:
		by = l.T(lang.ReceiptSomebody)
	}
	var out []string
	if by != "" {
		out = append(out, l.T(lang.ReceiptBy, "name", by))
	}
	with := strings.Join(r.Centres, ", ")
	if with != "" {
		out = append(out, l.T(lang.ReceiptWith, "names", with))
	}
	if r.Words != "" {
		out = append(out, l.T(lang.ReceiptSays, "text", r.Words))
	}
	if r.File != "" {
		out = append(out, l.T(lang.ReceiptIsHash, "hash", r.File))
	}
	switch {
	case r.Erasing && r.Done.IsZero():
		out = append(out, l.T(lang.ReceiptErasedOpen))
	case r.Erasing:
		out = append(out, l.T(lang.ReceiptErasedDone, "when", l.When(m.Now, r.Done)))
	case r.Entry && with == "":
		out = append(out, l.T(lang.ReceiptAlone))
	case r.Entry && r.State == Queued:
		out = append(out, l.T(lang.ReceiptQueued))
	case r.Entry:
		out = append(out, l.T(lang.ReceiptSent))
	}
	return strings.Join(append(out, l.T(lang.ReceiptNumber, "n", r.Number)), "\n")
}
