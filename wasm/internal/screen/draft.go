package screen

import (
	"maps"
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/lang"
)

// A draft is what has been typed and not been saved: the form under way and
// messages not sent. It is sealed in the vault while it is typed, and comes back
// after a reload or a lock. A form that was left without saving waits until a
// form of its kind is opened again.

const draftVersion = 1

// kept is a form that was left.
type kept struct {
	at   placeName
	form form
}

// isForm tells whether something is typed at a place.
func isForm(at placeName) bool {
	if at == atTreatment || at == atBleed || at == atNote {
		return true
	}
	return slices.ContainsFunc(parts(), func(p part) bool { return slices.Contains(p.forms, at) })
}

func (g *Guide) inForm() bool { return g.open && isForm(g.at.name) && g.form.fields != nil }

// keepDraft seals what is under way.
func (g *Guide) keepDraft() {
	if !g.open {
		return
	}
	k, left := g.kept, true
	if g.inForm() && g.form.typed {
		k, left = kept{g.at.name, g.form}, false
	}
	var raw []byte
	if isForm(k.at) || len(g.draft) > 0 {
		raw = k.bytes(left, g.draft)
	}
	if g.env.Client.SealDraft(g.ctx, raw) == nil {
		g.drafted = isForm(k.at) && !left
	}
}

// bytes writes version, place, lots, whether it repeats a treatment, whether it
// was left, the entry corrected, and two lists of names and texts: the fields
// of the form, and the messages by the number of the other side.
func (k kept) bytes(left bool, messages map[string]string) []byte {
	b := cryptobyte.NewBuilder(nil)
	flag := func(on bool) {
		if on {
			b.AddUint8(1)
		} else {
			b.AddUint8(0)
		}
	}
	text := func(s string) {
		b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes([]byte(s)) })
	}
	list := func(m map[string]string) {
		b.AddUint16(uint16(len(m)))
		for _, name := range slices.Sorted(maps.Keys(m)) {
			text(name)
			text(m[name])
		}
	}
	b.AddUint8(draftVersion)
	b.AddUint8(uint8(k.at))
	b.AddUint8(uint8(k.form.lots))
	flag(k.form.again)
	flag(left)
	text(k.form.entry)
	list(k.form.fields)
	list(messages)
	return b.BytesOrPanic()
}

// parseDraft reads what bytes wrote.
func parseDraft(raw []byte) (k kept, left bool, messages map[string]string, ok bool) {
	in := cryptobyte.String(raw)
	text := func(s *string) bool {
		var t cryptobyte.String
		ok := in.ReadUint24LengthPrefixed(&t)
		*s = string(t)
		return ok
	}
	list := func(m map[string]string) bool {
		var n uint16
		if !in.ReadUint16(&n) {
			return false
		}
		for range n {
			var name, value string
			if !text(&name) || !text(&value) {
				return false
			}
			m[name] = value
		}
		return true
	}
	var version, at, lots, again, away uint8
	k.form.fields, messages = make(map[string]string), make(map[string]string)
	if !in.ReadUint8(&version) || version != draftVersion || !in.ReadUint8(&at) || !in.ReadUint8(&lots) || !in.ReadUint8(&again) ||
		!in.ReadUint8(&away) || !text(&k.form.entry) || !list(k.form.fields) || !list(messages) || !in.Empty() {
		return kept{}, false, nil, false
	}
	k.at, k.form.lots, k.form.again, k.form.typed = placeName(at), max(1, int(lots)), again == 1, true
	return k, away == 1, messages, true
}

// bringDraft opens the form that was under way.
func (g *Guide) bringDraft() {
	g.drafted, g.kept = false, kept{}
	raw, err := g.env.Client.Draft(g.ctx)
	if err != nil {
		return
	}
	if raw == nil {
		g.sweepPhotos() // of forms that were closed without a word
		return
	}
	k, left, messages, ok := parseDraft(raw)
	if !ok {
		return // of a later version, or damaged
	}
	g.draft = messages
	g.bringWork()
	switch {
	case !isForm(k.at):
	case left:
		g.kept = k
	default:
		g.into(place{name: k.at})
		g.form = k.form
		g.say(lang.NoticeDraftBack)
	}
	g.sweepPhotos()
}

// leaveForm puts a form aside that the person leaves without a word. What has
// been typed waits for the next form of its kind.
func (g *Guide) leaveForm() {
	if !g.inForm() {
		return
	}
	if g.form.typed {
		g.kept = kept{g.at.name, g.form}
	}
	g.form = form{}
	g.keepDraft()
}

// dropForm forgets a form that was saved or cancelled.
func (g *Guide) dropForm() {
	g.form, g.kept = form{}, kept{}
	g.keepDraft()
	g.sweepPhotos()
}
