package screen

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// The ways in: an invitation, a one-time code, a recovery sheet, or alone.
// Each first checks what it can, then asks for a passphrase if there is no
// vault yet, then does what it is for.

// withVault runs work in an open vault, which is made first if there is none.
func (g *Guide) withVault(work func(context.Context) error, what lang.Key, then func(error)) {
	if g.open {
		g.elsewhere(what, work, then)
		return
	}
	g.suggest, g.strength, g.shown, g.changing = passphrase(6), view.Unweighed, false, false
	g.into(place{name: atPassphrase})
	g.goal = func() { g.elsewhere(what, work, then) }
}

// savePassphrase makes the vault.
func (g *Guide) savePassphrase(pass string) {
	g.problems = nil
	switch weigh(pass) {
	case view.Unweighed, view.TooWeak:
		g.bad(view.FieldPassphrase, lang.ProblemPassShort)
		return
	case view.Weak:
		g.bad(view.FieldPassphrase, lang.ProblemPassWeak)
		return
	}
	if g.changing {
		old := g.old
		g.elsewhere(lang.BusyKeys, func(ctx context.Context) error { return g.env.Client.ChangePassphrase(ctx, []byte(old), []byte(pass)) }, func(err error) {
			if err != nil {
				g.wrong(view.FieldPassphrase, err)
				return
			}
			g.changing, g.old, g.suggest = false, "", ""
			g.out()
			g.say(lang.NoticePassChanged)
		})
		return
	}
	goal := g.goal
	g.elsewhere(lang.BusyKeys, func(ctx context.Context) error { return g.env.Client.Create(ctx, []byte(pass)) }, func(err error) {
		if err != nil {
			g.fatal = &view.Fatal{Fault: view.FaultStorage, Detail: clip(err.Error())}
			return
		}
		g.exists, g.open, g.suggest = true, true, ""
		g.env.Page.Command("keep")
		g.goal = nil
		if goal != nil {
			goal()
		}
	})
}

func (g *Guide) unlock(pass string) {
	g.problems = nil
	g.elsewhere(lang.BusyUnlocking, func(ctx context.Context) error { return g.env.Client.Unlock(ctx, []byte(pass)) }, func(err error) {
		switch {
		case errors.Is(err, vault.ErrPassphrase):
			g.bad(view.FieldPassphrase, lang.ProblemPassWrong)
			return
		case err != nil:
			g.fatal = &view.Fatal{Fault: view.FaultDamaged, Detail: clip(err.Error())}
			return
		}
		g.open, g.idle, g.shown, g.wiping = true, false, false, false
		g.env.Page.Command("keep")
		change := g.change
		g.resume()
		if change {
			g.change, g.changing, g.old = false, true, pass
			g.suggest, g.strength = passphrase(6), view.Unweighed
			g.into(place{name: atPassphrase})
		}
	})
}

// resume goes to where this device stands: it may have been closed half-way
// through setting up.
func (g *Guide) resume() {
	var founded, half bool
	g.env.Client.Look(func(l app.Look) { founded, half = l.Founded(), l.Role() == app.Centre })
	switch {
	case founded:
		g.home()
		g.bringDraft()
	case half:
		g.goTo(place{name: atFound})
	default:
		if g.resumeCarer() {
			return
		}
		if _, waits := g.env.Client.Waiting(g.ctx); waits {
			g.await()
			return
		}
		g.goTo(place{name: atWelcome})
	}
	g.goOn()
}

func (g *Guide) joinCode(typed, field string) {
	g.problems = nil
	g.code = typed
	inv, err := join.ParseCode(typed)
	if err != nil {
		g.wrong(field, err)
		return
	}
	switch inv.Kind() {
	case join.Patient:
	case join.Device:
		g.openLink(inv, field)
		return
	case join.Carer:
		g.openCarer(inv, field)
		return
	default:
		g.bad(field, lang.ProblemCode)
		return
	}
	var p *app.Preview
	g.elsewhere(lang.BusyJoining, func(ctx context.Context) (err error) {
		p, err = g.env.Client.Preview(ctx, inv)
		return err
	}, func(err error) {
		if err != nil {
			g.wrong(field, err)
			return
		}
		g.preview = p
		g.into(place{name: atJoin})
	})
}

// joinAccept is the patient's yes.
func (g *Guide) joinAccept() {
	p := g.preview
	if p == nil {
		g.goTo(place{name: atWelcome})
		return
	}
	g.withVault(func(ctx context.Context) error { return g.env.Client.JoinCentre(ctx, p) }, lang.BusyJoining, func(err error) {
		if err != nil {
			g.goTo(place{name: atJoin})
			g.wrong("", err)
			return
		}
		g.preview, g.code = nil, ""
		g.back = nil
		var n uint32
		g.env.Client.Look(func(l app.Look) {
			if cs := l.Centres(); len(cs) > 0 {
				n = cs[len(cs)-1].N
			}
		})
		g.goTo(place{name: atJoined, n: n})
	})
}

func (g *Guide) startAlone() {
	g.withVault(func(ctx context.Context) error { return g.env.Client.FoundAlone(ctx) }, lang.BusyKeys, func(err error) {
		if err != nil {
			g.goTo(place{name: atWelcome})
			g.wrong("", err)
			return
		}
		g.home()
	})
}

// centreCode takes the operator's code; the names come next.
func (g *Guide) centreCode(typed string) {
	g.problems = nil
	g.centre = typed
	code, err := wire.ParseCode(typed)
	if err != nil {
		g.bad(view.FieldCentreCode, lang.ProblemCode)
		return
	}
	g.parsed = code
	g.withVault(func(context.Context) error { return nil }, lang.BusyKeys, func(error) { g.goTo(place{name: atFound}) })
}

func (g *Guide) foundCentre(name, own string) {
	g.problems = nil
	name, own = strings.TrimSpace(name), strings.TrimSpace(own)
	g.name = [2]string{name, own}
	if name == "" {
		g.bad(view.FieldName, lang.ProblemEmpty)
	}
	if own == "" {
		g.bad(view.FieldOwnName, lang.ProblemEmpty)
	}
	for field, s := range map[string]string{view.FieldName: name, view.FieldOwnName: own} {
		if over := len(s) - 100; over > 0 {
			g.bad(field, lang.ProblemLong, "n", g.lang.Int(over))
		}
	}
	if len(g.problems) > 0 {
		return
	}
	code := g.parsed
	g.elsewhere(lang.BusyFounding, func(ctx context.Context) error {
		if code != (wire.Code{}) {
			if err := g.env.Client.BeginCentre(ctx, code, name, own); err != nil {
				return err
			}
		}
		return g.env.Client.RegisterCentre(ctx)
	}, func(err error) {
		if err != nil {
			g.wrong(view.FieldName, err)
			return
		}
		g.centre, g.parsed, g.name = "", wire.Code{}, [2]string{}
		g.back = nil
		g.sheet = view.SheetWords
		g.goTo(place{name: atSheet})
	})
}

// restoreFrom begins again from a recovery sheet.
func (g *Guide) restoreFrom(typed string) {
	g.problems, g.words = nil, typed
	sheet, err := join.ParseSheet(typed)
	if err != nil {
		g.goTo(place{name: atWelcome})
		g.bad(view.FieldSheetWords, lang.ProblemSheetWords)
		return
	}
	if g.founded() {
		// There is a diary on this device already; a sheet does not replace it.
		g.home()
		return
	}
	g.withVault(func(ctx context.Context) error { return g.env.Client.Restore(ctx, sheet) }, lang.BusyRestoring, func(err error) {
		if err != nil {
			g.goTo(place{name: atWelcome})
			g.wrong(view.FieldSheetWords, err)
			return
		}
		g.words = ""
		g.home()
	})
}

// showSheet shows the recovery sheet, as long as it is not on paper.
func (g *Guide) showSheet() {
	g.sheet, g.problems = view.SheetWords, nil
	if g.at.name != atSheet {
		g.into(place{name: atSheet})
	}
}

func (g *Guide) proveSheet() {
	g.problems = nil
	a, b := pick(24), pick(23)
	if b >= a {
		b++
	}
	g.ask = [2]int{min(a, b) + 1, max(a, b) + 1}
	g.sheet = view.SheetProof
}

func (g *Guide) sheetDone(a, b string) {
	g.problems = nil
	var words []string
	g.env.Client.Look(func(l app.Look) {
		if s, ok := l.Sheet(); ok {
			words = s.Words()
		}
	})
	if len(words) != 24 {
		g.out()
		return
	}
	for i, typed := range []string{a, b} {
		if !strings.EqualFold(strings.TrimSpace(typed), words[g.ask[i]-1]) {
			g.bad([]string{view.FieldWordA, view.FieldWordB}[i], lang.ProblemWord, "n", g.lang.Int(g.ask[i]))
		}
	}
	if len(g.problems) > 0 {
		return
	}
	if err := g.env.Client.SheetDone(g.ctx); err != nil {
		g.wrong("", err)
		return
	}
	g.out()
	g.say(lang.NoticeSheetDone)
}

// pick draws a number below n, at most 65,536, without bias.
func pick(n int) int {
	limit := 1 << 16 / n * n
	for {
		var b [2]byte
		rand.Read(b[:])
		if v := int(b[0])<<8 | int(b[1]); v < limit {
			return v % n
		}
	}
}

// passphrase draws n different words from the list of 2,048: almost 11 bits
// each. The few that weigh counts for less are not drawn, so that what is
// offered is never called weak.
func passphrase(n int) string {
	list := join.Words()
	var out []string
	for len(out) < n {
		if w := list[pick(len(list))]; wordBits(w) >= 11 && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

// weigh guesses how long a passphrase withstands somebody who has copied the
// storage and tries some 100 passphrases a second on each of a thousand
// machines (Argon2id with 64 MiB). It counts what people do: words from lists
// count as words, repeated and neighbouring characters for little.
func weigh(pass string) view.Strength {
	bits := guessBits(pass)
	switch {
	case pass == "":
		return view.Unweighed
	case bits < 28:
		return view.TooWeak
	case bits < 40:
		return view.Weak
	case bits < 52:
		return view.Fair
	}
	return view.Strong
}

// guessBits is the binary logarithm of the guesses that a patient attacker needs.
func guessBits(pass string) float64 {
	bits := 0.0
	seen := make(map[string]bool)
	for _, w := range strings.FieldsFunc(pass, func(r rune) bool { return r == ' ' || r == '-' || r == '.' || r == ',' || r == '_' }) {
		if low := strings.ToLower(w); seen[low] {
			bits++ // the same again
		} else {
			seen[low] = true
			bits += wordBits(w)
		}
	}
	return bits
}

func wordBits(w string) float64 {
	runes := []rune(w)
	lower := strings.ToLower(w)
	var lowers, uppers, digits, others int
	steps := 0 // characters that do not follow from the one before
	seen := make(map[rune]bool)
	for i, r := range runes {
		switch {
		case r >= 'a' && r <= 'z' || r == 'ä' || r == 'ö' || r == 'ü' || r == 'ß':
			lowers++
		case r >= 'A' && r <= 'Z' || r == 'Ä' || r == 'Ö' || r == 'Ü':
			uppers++
		case r >= '0' && r <= '9':
			digits++
		default:
			others++
		}
		if !seen[r] && (i == 0 || r-runes[i-1] > 1 || r-runes[i-1] < -1) {
			steps++
		}
		seen[r] = true
	}
	if lowers+uppers == len(runes) && len(runes) >= 3 {
		// Looks like a word: 11 to 14 bits, however long; capitals inside add a little.
		b := 11.0
		if len(runes) > 6 {
			b = 13
		}
		if steps < 3 {
			b = 4
		}
		if uppers > 0 && lower[0] == w[0] {
			b += 2
		}
		return b
	}
	per := 3.3
	if lowers > 0 {
		per += 0.7
	}
	if uppers > 0 {
		per += 0.7
	}
	if others > 0 {
		per += 0.8
	}
	return per * float64(steps)
}
