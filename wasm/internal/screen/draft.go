package screen

import (
	"slices"

	"golang.org/x/crypto/cryptobyte"

	"vialog/wasm/internal/lang"
)

// A draft is the form under way, sealed in the vault while it is typed. It is
// brought back after a reload or a lock, and goes when the form is saved or left.

func (g *Guide) inForm() bool {
	return g.open && (g.at.name == atTreatment || g.at.name == atBleed || g.at.name == atNote) && g.form.fields != nil
}

func (g *Guide) keepDraft() {
	if !g.inForm() {
		return
	}
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(uint8(g.at.name))
	b.AddUint8(uint8(g.form.lots))
	if g.form.again {
		b.AddUint8(1)
	} else {
		b.AddUint8(0)
	}
	text := func(s string) {
		b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes([]byte(s)) })
	}
	text(g.form.entry)
	var names []string
	for k := range g.form.fields {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, k := range names {
		text(k)
		text(g.form.fields[k])
	}
	if raw, err := b.Bytes(); err == nil {
		g.drafted = g.env.Client.SealDraft(g.ctx, raw) == nil
	}
}

// bringDraft opens the form that was under way.
func (g *Guide) bringDraft() {
	g.drafted = false
	raw, err := g.env.Client.Draft(g.ctx)
	if err != nil || raw == nil {
		return
	}
	in := cryptobyte.String(raw)
	text := func() (string, bool) {
		var s cryptobyte.String
		ok := in.ReadUint24LengthPrefixed(&s)
		return string(s), ok
	}
	var name, lots, again uint8
	if !in.ReadUint8(&name) || !in.ReadUint8(&lots) || !in.ReadUint8(&again) {
		return
	}
	at := placeName(name)
	if at != atTreatment && at != atBleed && at != atNote {
		return
	}
	f := form{fields: make(map[string]string), lots: max(1, int(lots)), again: again == 1}
	ok := false
	if f.entry, ok = text(); !ok {
		return
	}
	for !in.Empty() {
		k, ok1 := text()
		v, ok2 := text()
		if !ok1 || !ok2 {
			return
		}
		f.fields[k] = v
	}
	g.into(place{name: at})
	g.form = f
	g.say(lang.NoticeDraftBack)
}

// leaveForm forgets a form that the person leaves on purpose.
func (g *Guide) leaveForm() {
	if g.inForm() {
		g.env.Client.SealDraft(g.ctx, nil)
		g.form, g.drafted = form{}, false
	}
}
