package screen

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// How the vault of this browser is opened, when it locks by itself, and how it
// is forgotten.

const (
	atUnlocking placeName = placesUnlock + iota
	atPasskey
	atForget
)

// unlocking is what a tab knows of passkeys and of the times to lock after.
type unlocking struct {
	able   bool     // the browser has passkeys
	ids    [][]byte // those of the vault, as its header says
	list   []vault.Passkey
	asking asking        // the browser asks the person just now
	made   []byte        // the credential made, until it has answered
	proof  *vault.Proof  // that the passphrase was given, at atPasskey
	name   string        // for the one being made
	missed int           // wrong passphrases in a row
	after  app.LockAfter // while the vault is open

	receipt *view.Forgotten // everything has been forgotten
}

type asking uint8

const (
	askNothing asking = iota
	askMake           // make one
	askMade           // have the one just made answer
	askOpen           // have one of the vault's answer
)

// forgetAsking ends what went on about passkeys. The browser may still answer.
func (u *unlocking) forgetAsking() {
	u.asking, u.made, u.proof, u.name = askNothing, nil, nil, ""
}

// host is the domain that passkeys belong to, empty if there can be none.
func (g *Guide) host() string {
	_, h, _ := strings.Cut(g.env.Origin, "://")
	if i := strings.LastIndexByte(h, ':'); i >= 0 {
		h = h[:i]
	}
	if strings.Trim(h, "0123456789.") == "" || strings.HasPrefix(h, "[") {
		return "" // an address is no domain
	}
	return h
}

func (g *Guide) readPasskeyIDs() {
	// A header that cannot be read is told when it is to be opened.
	g.keys.ids, _ = g.env.Client.PasskeyIDs(g.ctx)
}

// askPasskey has the browser ask the person.
func (g *Guide) askPasskey(what asking, r node.PasskeyRequest) {
	g.keys.asking = what
	r.Host, r.Input = g.host(), vault.PasskeyInput()
	g.env.Page.Passkey(r)
}

// unlockPasskey asks for a passkey; meanwhile the passphrase can be typed.
func (g *Guide) unlockPasskey() {
	if g.open || !g.keys.able || len(g.keys.ids) == 0 {
		return
	}
	g.problems = nil
	g.askPasskey(askOpen, node.PasskeyRequest{Known: g.keys.ids})
}

// passkeyAnswer takes what the browser says about a passkey.
func (g *Guide) passkeyAnswer(e node.Event) {
	var id, prf []byte
	for _, f := range e.Files {
		switch f.Field {
		case "id":
			id = f.Data
		case "prf":
			prf = f.Data
		}
	}
	u := &g.keys
	was, failed := u.asking, e.Fields["failed"]
	if was == askNothing || g.busy != 0 || g.second || (was == askOpen) == g.open || (was == askMake) != (e.Fields["how"] == "create") {
		// Nobody waits for it any more. One that was just made opens nothing.
		clear(prf)
		if e.Fields["how"] == "create" && len(id) > 0 {
			g.unknown(id)
		}
		return
	}
	u.asking = askNothing
	switch {
	case was == askOpen && failed != "":
		g.bad(view.FieldPasskey, lang.ProblemPasskeyNot)
	case was == askOpen:
		g.elsewhere(lang.BusyOpening, func(ctx context.Context) error {
			defer clear(prf)
			return g.env.Client.UnlockPasskey(ctx, id, prf)
		}, g.entered)
	case failed == "InvalidStateError":
		g.bad(view.FieldPasskeyName, lang.ProblemPasskeyThere)
	case failed == "NotSupportedError" || failed == "ConstraintError":
		g.bad(view.FieldPasskeyName, lang.ProblemPasskeyUnable)
	case failed != "":
		g.bad(view.FieldPasskeyName, lang.ProblemPasskeyCancelled)
	case was == askMake && len(prf) == 0:
		// Some answer only when they are asked again.
		u.made = id
		g.askPasskey(askMade, node.PasskeyRequest{Known: [][]byte{id}})
	case len(prf) == 0:
		g.unknown(id)
		u.made = nil
		g.bad(view.FieldPasskeyName, lang.ProblemPasskeyUnable)
	default:
		g.addPasskey(id, prf)
	}
}

// unknown tells the keeper of passkeys that one is of no use any more.
func (g *Guide) unknown(id []byte) {
	g.env.Page.Command("unknown", "host", g.host(), "id", base64.RawURLEncoding.EncodeToString(id))
}

func (g *Guide) addPasskey(id, prf []byte) {
	by, name := g.keys.proof, g.keys.name
	p := vault.Passkey{ID: id, Name: name, Added: g.now()}
	g.elsewhere(lang.BusyKeys, func(ctx context.Context) error {
		defer clear(prf)
		return g.env.Client.AddPasskey(ctx, by, p, prf)
	}, func(err error) {
		if err != nil {
			g.unknown(id)
			g.wrongKey(view.FieldPasskeyName, err)
			return
		}
		g.keys.forgetAsking()
		g.out()
		g.say(lang.NoticePasskeyAdded, "name", name)
	})
}

// wrongKey says why an opener was not taken.
func (g *Guide) wrongKey(field string, err error) {
	switch {
	case errors.Is(err, vault.ErrPassphrase):
		g.bad(view.FieldPassphrase, lang.ProblemPassWrong)
	case errors.Is(err, vault.ErrPasskey):
		g.bad(field, lang.ProblemPasskeyWrong)
	case errors.Is(err, vault.ErrCosts):
		g.bad(field, lang.ProblemPasskeyCosts)
	case errors.Is(err, vault.ErrChanged):
		g.bad(field, lang.ProblemPasskeyChanged)
	default:
		g.wrong(field, err)
	}
}

// entered is called with the answer of an attempt to open the vault.
func (g *Guide) entered(err error) {
	u := &g.keys
	switch {
	case errors.Is(err, vault.ErrPassphrase):
		u.missed++
		g.bad(view.FieldPassphrase, lang.ProblemPassWrong)
		return
	case errors.Is(err, vault.ErrPasskey), errors.Is(err, vault.ErrCosts), errors.Is(err, vault.ErrChanged):
		g.wrongKey(view.FieldPasskey, err)
		return
	case errors.Is(err, vault.ErrHeader):
		g.fatal = &view.Fatal{Fault: view.FaultHeader, Detail: clip(err.Error())}
		return
	case err != nil:
		g.fatalFor(err, view.FaultDamaged)
		return
	}
	missed := u.missed
	u.forgetAsking()
	u.missed = 0
	g.begun()
	g.resume()
	switch {
	case g.env.Client.PasskeysDropped():
		g.notice = &view.Notice{Key: lang.NoticePasskeysDropped, Bad: true}
	case missed > 2 && g.notice == nil:
		g.say(lang.NoticeWrongTries, "n", g.lang.Int(missed))
	}
}

// begun is the state of a vault that has just been opened or made.
func (g *Guide) begun() {
	g.open, g.exists, g.idle, g.shown, g.wiping = true, true, false, false, false
	g.keys.after = g.env.Client.LockAfter(g.ctx)
	g.env.Page.Command("keep")
}

// overdue tells whether the vault is to be locked by itself.
func (g *Guide) overdue(now time.Time) bool {
	return !g.hidden.IsZero() && now.Sub(g.hidden) > g.keys.after.Hidden || now.Sub(g.active) > g.keys.after.Idle
}

func (g *Guide) unlockingScreen(l app.Look, f view.Frame) view.Screen {
	switch g.at.name {
	case atUnlocking, atPasskey, atForget:
	default:
		return nil
	}
	f.Place = view.PlaceSettings
	switch g.at.name {
	case atPasskey:
		return view.PasskeyForm{Frame: f, Name: g.keys.name, Proved: g.keys.proof != nil, Asking: g.keys.asking != askNothing, Problems: g.problems}
	case atForget:
		entries := entriesOf(l)
		return view.Forget{Frame: f, Entries: entries, Passkeys: len(g.keys.ids), Unsent: f.Waiting, NoSheet: l.SheetMade().IsZero()}
	}
	p := seal.Current.Lock
	m := view.Unlocking{
		Frame: f, Mine: l.Role() == app.Patient && !f.Helper, Able: g.keys.able && g.host() != "", Full: len(g.keys.list) >= vault.MaxPasskeys,
		Hidden: minutes(g.keys.after.Hidden, p.HiddenMost), Idle: minutes(g.keys.after.Idle, p.IdleMost),
	}
	for _, k := range g.keys.list {
		m.Passkeys = append(m.Passkeys, view.Passkey{ID: hex.EncodeToString(k.ID), Name: k.Name, Added: g.local(k.Added)})
	}
	return m
}

// minutes are the times that a person can choose from.
func minutes(chosen, most time.Duration) view.Minutes {
	m := view.Minutes{Chosen: int(chosen / time.Minute)}
	for _, n := range []int{1, 5, 15, 30, 60, 120} {
		if time.Duration(n)*time.Minute <= most {
			m.Choices = append(m.Choices, n)
		}
	}
	return m
}

// entriesOf counts what a device holds.
func entriesOf(l app.Look) (n int) {
	if l.Role() != app.Centre {
		return len(l.Diary().Timeline(diary.Filter{}))
	}
	for _, p := range l.Patients() {
		n += l.EntryCount(p.N)
	}
	return n
}

func (g *Guide) unlockingAct(e node.Event, f map[string]string) bool {
	switch e.Act {
	case view.ActUnlocking:
		g.into(place{name: atUnlocking})
		g.readPasskeys()
	case view.ActPasskeyForm:
		g.keys.forgetAsking()
		g.keys.name = g.lang.T(lang.PasskeyUnnamed, "n", g.lang.Int(len(g.keys.list)+1))
		g.into(place{name: atPasskey})
	case view.ActPasskeyAdd:
		g.provePasskey(f[view.FieldPassphrase], f[view.FieldPasskeyName])
	case view.ActPasskeyRemove:
		g.removePasskey(f[view.FieldPasskey])
	case view.ActLockAfter:
		after := app.LockAfter{Hidden: time.Duration(number(f[view.FieldHidden])) * time.Minute, Idle: time.Duration(number(f[view.FieldIdle])) * time.Minute}
		if err := g.env.Client.SetLockAfter(g.ctx, after); err != nil {
			g.notice = &view.Notice{Key: lang.ProblemStorage, Bad: true}
			return true
		}
		g.keys.after = after
	case view.ActForget:
		g.readPasskeys()
		g.into(place{name: atForget})
	case view.ActForgetDo:
		if g.at.name == atForget {
			g.wipe()
		}
	default:
		return false
	}
	return true
}

// readPasskeys reads the list anew.
func (g *Guide) readPasskeys() {
	list, err := g.env.Client.Passkeys(g.ctx)
	if err != nil {
		list = nil // Renew has told, or the vault is locked
	}
	g.keys.list = list
	g.readPasskeyIDs()
}

func (g *Guide) provePasskey(pass, name string) {
	if g.at.name != atPasskey || g.keys.asking != askNothing {
		return
	}
	g.problems = nil
	name = diary.Clean(name, false)
	for len(name) > vault.MaxName {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	if name == "" {
		name = g.lang.T(lang.PasskeyUnnamed, "n", g.lang.Int(len(g.keys.list)+1))
	}
	g.keys.name = name
	create := func() {
		g.askPasskey(askMake, node.PasskeyRequest{Make: true, Name: "Vialog, " + g.lang.Date(g.local(g.now())), Known: g.keys.ids})
	}
	if g.keys.proof != nil {
		create()
		return
	}
	var proof *vault.Proof
	g.elsewhere(lang.BusyUnlocking, func(ctx context.Context) (err error) {
		b := []byte(pass)
		defer clear(b)
		proof, err = g.env.Client.Prove(ctx, b)
		return err
	}, func(err error) {
		if err != nil {
			g.wrongKey(view.FieldPasskeyName, err)
			return
		}
		g.keys.proof = proof
		create()
	})
}

func (g *Guide) removePasskey(id string) {
	raw, err := hex.DecodeString(id)
	if err != nil {
		return
	}
	if err := g.env.Client.RemovePasskey(g.ctx, raw); err != nil {
		g.notice = &view.Notice{Key: lang.ProblemStorage, Bad: true}
		return
	}
	g.unknown(raw)
	g.readPasskeys()
	g.say(lang.NoticePasskeyRemoved)
}

// wipe forgets everything and shows the receipt.
func (g *Guide) wipe() {
	r := &view.Forgotten{Passkeys: len(g.keys.ids)}
	if g.open {
		r.Known = true
		g.env.Client.Look(func(l app.Look) { r.Entries, r.Unsent = entriesOf(l), l.Status().Unsent })
	}
	ids := g.keys.ids
	g.elsewhere(lang.BusyOpening, func(ctx context.Context) error { return g.env.Client.Wipe(ctx) }, func(err error) {
		if err != nil {
			g.fatal = &view.Fatal{Fault: view.FaultStorage, Detail: clip(err.Error())}
			return
		}
		for _, id := range ids {
			g.unknown(id)
		}
		g.lock(false)
		g.bell = bell{}
		r.At = g.local(g.now())
		g.fatal, g.keys = nil, unlocking{receipt: r}
		g.exists = false
	})
}
