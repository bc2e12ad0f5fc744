package screen

import (
	"context"
	"encoding/hex"
	"errors"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// What invitations for carers, colleagues and further devices have in common.

// notDone says what went wrong beside no field.
func (g *Guide) notDone(err error) { g.wrong("", err) }

func (g *Guide) personLink(i app.InviteInfo) view.PersonLink {
	return view.PersonLink{
		ID: g.at.id, State: inviteState(i), Refused: i.State == app.InviteRefused, Note: i.Note, QR: qr(i.Link), URL: i.Link, Code: i.Code,
		Expires: g.local(i.Expires), Name: i.Name, Check: i.Check, Copied: g.copied, Problems: g.problems,
	}
}

// invitePerson makes an invitation and shows it at a place. An open screen does
// not show who sits there: the passphrase does.
func (g *Guide) invitePerson(pass string, ask func(context.Context) ([16]byte, error), show placeName, wrong func(error)) {
	var id [16]byte
	g.elsewhere(lang.BusyKeys, func(ctx context.Context) (err error) {
		if _, err := g.env.Client.Prove(ctx, []byte(pass)); err != nil {
			return err
		}
		id, err = ask(ctx)
		return err
	}, func(err error) {
		switch {
		case errors.Is(err, vault.ErrPassphrase):
			g.bad(view.FieldPassphrase, lang.ProblemPassWrong)
		case err != nil:
			wrong(err)
		default:
			g.shown = false
			g.goTo(place{name: show, id: hex.EncodeToString(id[:])})
		}
	})
}

// letIn lets in who shows the same digits, and goes to the list that they are in.
func (g *Guide) letIn(id [16]byte, list placeName, wrong func(error), said func(name string)) {
	var who app.InviteInfo
	g.env.Client.Look(func(l app.Look) { who, _ = l.Invite(id) })
	g.elsewhere(lang.BusyNote, func(ctx context.Context) error { return g.env.Client.Confirm(ctx, id) }, func(err error) {
		if err != nil {
			wrong(err)
			return
		}
		g.home()
		g.into(place{name: list})
		said(who.Name)
	})
}

// openInvited reads what an invitation offers, and asks at a place whether to take
// it. A browser that has a diary or a centre keeps it, whoever sent the link.
func (g *Guide) openInvited(inv join.Invitation, field string, ask placeName, founded, busy lang.Key, wrong func(string, error)) {
	if g.founded() {
		if g.at.name == atCentre {
			g.bad(field, founded)
		} else {
			g.notice = &view.Notice{Key: founded, Bad: true}
		}
		return
	}
	var p *app.Preview
	g.elsewhere(busy, func(ctx context.Context) (err error) {
		p, err = g.env.Client.Preview(ctx, inv)
		return err
	}, func(err error) {
		if err != nil {
			wrong(field, err)
			return
		}
		g.preview, g.code = p, ""
		g.care.name, g.link.name, g.link.kind = "", "", view.OtherDevice
		g.into(place{name: ask})
	})
}

// wish asks to be let in, under the name that was typed at the place of the question.
func (g *Guide) wish(at placeName, f map[string]string) {
	if g.at.name != at || g.preview == nil || !g.personName(f) {
		return
	}
	p, name := g.preview, g.care.name
	g.withVault(func(ctx context.Context) error { return g.env.Client.Wish(ctx, p, name) }, lang.BusyJoining, func(err error) {
		if err != nil {
			g.goTo(place{name: at})
			g.wrong("", err)
			return
		}
		g.awaitCarer()
	})
}
