package screen

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"unicode/utf8"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/passphrase"
	"vialog/wasm/internal/seal"
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
	g.beginPassphrase(false)
	g.goal = func() { g.elsewhere(what, work, then) }
}

// savePassphrase makes the vault, or replaces the passphrase.
func (g *Guide) savePassphrase(old, pass string) {
	g.problems = nil
	w := g.weighPass(pass)
	g.weighed = w
	sure := g.sure == pass && pass != ""
	g.sure = ""
	least := seal.Current.Passphrase.MinLength
	switch {
	case utf8.RuneCountInString(strings.Join(strings.Fields(pass), " ")) < least:
		g.bad(view.FieldPassphrase, lang.ProblemPassLength, "n", g.lang.Int(least))
		return
	case w.strength < view.Fair && (g.centre != "" || g.role() == app.Centre):
		g.bad(view.FieldPassphrase, lang.ProblemPassCentre, "time", g.base().Span(w.lasts))
		return
	case w.strength < view.Fair && !sure:
		g.sure = pass
		g.bad(view.FieldPassphrase, lang.ProblemPassSure, "time", g.base().Span(w.lasts))
		return
	}
	if g.changing {
		g.elsewhere(lang.BusyKeys, func(ctx context.Context) error {
			was, next := []byte(old), []byte(pass)
			defer clear(was)
			defer clear(next)
			return g.env.Client.ChangePassphrase(ctx, was, next)
		}, func(err error) {
			switch {
			case errors.Is(err, vault.ErrPassphrase):
				g.bad(view.FieldOldPassphrase, lang.ProblemPassOld)
				return
			case err != nil:
				g.wrong(view.FieldPassphrase, err)
				return
			}
			g.endPassphrase()
			g.out()
			g.say(lang.NoticePassChanged)
		})
		return
	}
	goal := g.goal
	g.elsewhere(lang.BusyKeys, func(ctx context.Context) error {
		b := []byte(pass)
		defer clear(b)
		return g.env.Client.Create(ctx, b)
	}, func(err error) {
		if err != nil {
			g.fatalFor(err, view.FaultStorage)
			return
		}
		g.endPassphrase()
		g.begun()
		g.goal = nil
		if goal != nil {
			goal()
		}
	})
}

// beginPassphrase asks for a new passphrase.
func (g *Guide) beginPassphrase(changing bool) {
	g.endPassphrase()
	g.suggest, g.changing = passphrase.Draw(), changing
	g.into(place{name: atPassphrase})
}

// endPassphrase forgets what was suggested and typed.
func (g *Guide) endPassphrase() {
	g.suggest, g.sure, g.weighed, g.shown, g.changing = "", "", weighed{}, false, false
}

func (g *Guide) unlock(pass string) {
	g.problems = nil
	g.elsewhere(lang.BusyUnlocking, func(ctx context.Context) error {
		b := []byte(pass)
		defer clear(b)
		return g.env.Client.Unlock(ctx, b)
	}, g.entered)
}

// resume goes to where this device stands: it may have been closed half-way
// through setting up.
func (g *Guide) resume() {
	var founded, half bool
	g.env.Client.Look(func(l app.Look) { founded, half = l.Founded(), l.Role() == app.Centre })
	switch {
	case founded:
		g.home()
		g.tellList() // what was not told before the vault was locked
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
		g.openInvited(inv, field, atCarerJoin, lang.CarerHere, lang.BusyJoining, g.wrong)
		return
	case join.Colleague:
		g.openInvited(inv, field, atTeamJoin, lang.TeamJoinHere, lang.BusyJoining, g.wrong)
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
		g.preview, g.agreeing = p, agreeing{}
		g.into(place{name: atJoin})
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

// operatorsCode reads the operator's code, or says that it is none.
func (g *Guide) operatorsCode(typed string) (wire.Code, bool) {
	g.problems = nil
	g.centre = typed
	code, err := wire.ParseCode(typed)
	if err != nil {
		g.bad(view.FieldCentreCode, lang.ProblemCode)
	}
	return code, err == nil
}

// centreCode takes the operator's code; the names come next.
func (g *Guide) centreCode(typed string) {
	code, ok := g.operatorsCode(typed)
	if !ok {
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
	for i, field := range [...]string{view.FieldName, view.FieldOwnName} {
		if over := len(g.name[i]) - 100; over > 0 {
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
	if g.founded() {
		// There is a diary on this device already; a sheet does not replace it.
		g.words = ""
		g.drilling = drilling{}
		g.into(place{name: atDrill})
		g.drillSheet(typed)
		return
	}
	if err != nil {
		g.goTo(place{name: atWelcome})
		g.wrong(view.FieldSheetWords, err)
		return
	}
	g.withVault(func(ctx context.Context) error { return g.env.Client.Restore(ctx, sheet) }, lang.BusyRestoring, func(err error) {
		if err != nil {
			g.goTo(place{name: atWelcome})
			g.wrong(view.FieldSheetWords, err)
			return
		}
		g.words = ""
		g.back = nil
		g.sheet = view.SheetWords
		g.goTo(place{name: atSheet})
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
	instead := false
	g.env.Client.Look(func(l app.Look) { instead = l.SheetInfo().Next })
	if err := g.env.Client.SheetDone(g.ctx); err != nil {
		g.wrong("", err)
		return
	}
	g.out()
	if instead {
		g.say(lang.NoticeSheetPlaced)
	} else {
		g.say(lang.NoticeSheetDone)
	}
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
