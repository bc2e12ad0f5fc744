package screen

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/pack"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// The devices of one person: a list, a further one let in, a lost one removed;
// and on a new browser the way to be let in.

const (
	atDevices placeName = placesDevices + iota
	atDevice
	atDeviceRemove
	atDeviceAdd
	atDeviceLink
	atDeviceJoin // outside the vault, like those below
	atDeviceWait
)

// A linking is a new browser on its way to an account.
type linking struct {
	text string // link or code, as typed
	name string
	kind view.DeviceKind
	over view.Over
	run  int // which waiting counts
}

// linkingScreen draws those.
func (g *Guide) linkingScreen(b view.Base) view.Screen {
	if g.at.name == atDeviceJoin && g.preview != nil {
		return view.DeviceJoin{Base: b, TypedName: g.link.name, TypedKind: g.link.kind, Expires: g.local(g.preview.Expires), Problems: g.problems}
	}
	m := view.DeviceWait{Base: b, Offline: !g.online, Over: g.link.over}
	if w, ok := g.env.Client.Waiting(g.ctx); ok {
		m.Check = w.Check
		if g.now().Sub(w.Expires) > time.Hour && m.Over == view.NotOver {
			m.Over = view.OverExpired // and nobody could be asked
		}
	}
	return m
}

func (g *Guide) devicesScreen(l app.Look, f view.Frame) view.Screen {
	f.Place = view.PlaceSettings
	switch g.at.name {
	case atDevices:
		return g.deviceList(l, f)
	case atDevice:
		if d, ok := g.device(l, g.at.id); ok && d.Removed.IsZero() && !l.Status().Removed {
			m := view.DevicePage{Frame: f, Device: d, TypedName: d.Name, TypedKind: d.Kind, Problems: g.problems}
			if len(g.problems) > 0 {
				m.TypedName, m.TypedKind = g.link.name, g.link.kind
			}
			return m
		}
	case atDeviceRemove:
		if d, ok := g.device(l, g.at.id); ok && d.Removed.IsZero() && !d.This && !l.Status().Removed {
			return view.DeviceRemove{Frame: f, Device: d, SheetMissing: l.SheetMade().IsZero(), Problems: g.problems}
		}
	case atDeviceAdd:
		if !full(l) && !l.Status().Removed {
			return view.DeviceAdd{Frame: f, Shown: g.shown, Problems: g.problems}
		}
	case atDeviceLink:
		if i, ok := l.Invite(inviteID(g.at.id)); ok {
			m := view.DeviceLink{
				Frame: f, ID: g.at.id, QR: qr(i.Link), Link: i.Link, Host: host(g.env.Origin), Code: i.Code, Expires: g.local(i.Expires),
				For: seal.Current.Invitation.Device, Check: i.Check, Copied: g.copied, Problems: g.problems,
			}
			switch {
			case i.State == app.InviteRefused:
				m.State = view.LinkRefused
			case i.State == app.InviteOpen && i.Expired:
				m.State = view.LinkExpired
			case i.State == app.InviteOpen && i.Check != "":
				m.State = view.LinkAsking
			case i.State != app.InviteOpen:
				return g.deviceList(l, f)
			}
			return m
		}
	default:
		return nil
	}
	return g.deviceList(l, f)
}

func (g *Guide) deviceList(l app.Look, f view.Frame) view.Screen {
	m := view.Devices{Frame: f, List: g.devices(l), Most: app.MaxDevices, Full: full(l), Shut: l.Status().Removed}
	for _, i := range l.Invites() {
		if i.Kind == join.Device && i.Mine && i.State == app.InviteOpen && !i.Expired {
			m.Invite, m.Expires = hex.EncodeToString(i.ID[:]), g.local(i.Expires)
			break
		}
	}
	if r, ok := l.Renewal(); ok {
		m.Renewed, m.ToRenew = r.Done, r.Total
	}
	if i := l.SheetInfo(); !m.Shut {
		m.Exposed, m.Stuck = g.local(i.Exposed), i.Stuck
	}
	return m
}

// full reports that no further device fits into the account.
func full(l app.Look) bool {
	n := 0
	for _, d := range l.Devices() {
		if d.Active() {
			n++
		}
	}
	return n >= app.MaxDevices
}

// devices are the browsers of this person, as they are shown.
func (g *Guide) devices(l app.Look) (out []view.Device) {
	all := l.Devices()
	name := func(id seal.DeviceID) string {
		for _, d := range all {
			switch {
			case d.ID != id:
			case d.Sheet:
				return g.lang.T(lang.SettingsSheet)
			case d.Name != "":
				return d.Name
			}
		}
		return g.lang.T(lang.DeviceUnnamed)
	}
	sheets := make(map[seal.DeviceID]bool)
	for _, d := range all {
		sheets[d.ID] = d.Sheet
	}
	for _, d := range all {
		if d.Sheet {
			continue
		}
		m := view.Device{
			ID: hex.EncodeToString(d.ID[:]), Name: d.Name, Kind: view.DeviceKind(d.Kind), This: d.This, Added: g.local(d.Added), Heard: g.local(d.Heard),
			Sheet: sheets[d.AddedBy], Removed: g.local(d.Removed), News: d.News,
		}
		if !d.First {
			m.By = name(d.AddedBy)
		}
		if !d.Active() {
			m.RemovedBy = name(d.RemovedBy)
		}
		out = append(out, m)
	}
	return out
}

func (g *Guide) device(l app.Look, id string) (view.Device, bool) {
	for _, d := range g.devices(l) {
		if d.ID == id {
			return d, true
		}
	}
	return view.Device{}, false
}

// deviceNews is what a first screen tells of the devices.
func (g *Guide) deviceNews(l app.Look) (out []view.Device) {
	if g.at.name != atToday && g.at.name != atPatients && g.at.name != atWork || l.Status().Removed {
		return nil
	}
	for _, d := range g.devices(l) {
		if d.News && !(d.Sheet && d.Removed.IsZero()) { // the sheet's own card tells of that
			out = append(out, d)
		}
	}
	return out
}

// vain is what a first screen tells of removals that came to nothing.
func (g *Guide) vain(l app.Look) (out []view.Unremoved) {
	if g.at.name != atToday && g.at.name != atPatients && g.at.name != atWork || l.Status().Removed {
		return nil
	}
	for _, u := range l.Unremoved() {
		if u.Name == "" {
			u.Name = g.lang.T(lang.DeviceUnnamed)
		}
		out = append(out, view.Unremoved{ID: hex.EncodeToString(u.ID[:]), Name: u.Name, Colleague: u.Colleague})
	}
	return out
}

func deviceID(s string) (id seal.DeviceID) {
	if b, err := hex.DecodeString(s); err == nil {
		copy(id[:], b)
	}
	return id
}

func (g *Guide) devicesAct(e node.Event, f map[string]string) bool {
	id := f[view.FieldDevice]
	switch e.Act {
	case view.ActDevices:
		g.leaveForm()
		g.into(place{name: atDevices})
	case view.ActDeviceOpen:
		g.into(place{name: atDevice, id: id})
	case view.ActDeviceSave:
		g.nameDevice(id, f)
	case view.ActDeviceKnow:
		if err := g.env.Client.KnowDevice(g.ctx, deviceID(id)); err != nil {
			g.notice = &view.Notice{Key: lang.NoticeStorage, Bad: true}
		}
	case view.ActUnremovedKnow:
		if err := g.env.Client.UnremovedSeen(g.ctx, deviceID(id)); err != nil {
			g.notice = &view.Notice{Key: lang.NoticeStorage, Bad: true}
		}
	case view.ActDeviceRemove:
		g.into(place{name: atDeviceRemove, id: id})
	case view.ActDeviceRemoveDo:
		g.removeDevice(id)
	case view.ActDeviceAdd:
		g.shown = false
		if g.at.name == atDeviceLink {
			g.goTo(place{name: atDeviceAdd})
		} else {
			g.into(place{name: atDeviceAdd})
		}
	case view.ActDeviceLink:
		g.makeLink(f[view.FieldPassphrase])
	case view.ActDeviceShow:
		g.into(place{name: atDeviceLink, id: f[view.FieldInvite]})
	case view.ActDeviceVoid:
		invite := inviteID(f[view.FieldInvite])
		g.elsewhere(lang.BusyNote, func(ctx context.Context) error { return g.env.Client.Revoke(ctx, invite) }, func(err error) {
			if err != nil {
				g.wrong("", err)
				return
			}
			g.out()
			g.say(lang.NoticeDeviceLinkVoid)
		})
	case view.ActDeviceSame:
		invite := inviteID(f[view.FieldInvite])
		g.elsewhere(lang.BusyNote, func(ctx context.Context) error { return g.env.Client.Confirm(ctx, invite) }, func(err error) {
			if err != nil {
				g.wrongLink("", err)
				return
			}
			g.out()
			g.say(lang.NoticeDeviceAdded)
		})
	case view.ActDeviceDiffer:
		if err := g.env.Client.Refuse(g.ctx, inviteID(f[view.FieldInvite])); err != nil {
			g.wrong("", err)
		}
	default:
		return false
	}
	return true
}

// deviceFields reads name and kind as typed. The name is one line, composed as
// Unicode's form NFC has it, so that it reads the same everywhere.
func (g *Guide) deviceFields(f map[string]string) (ok bool) {
	g.problems = nil
	g.link.name, g.link.kind = diary.Clean(g.env.Client.Composed(f[view.FieldDeviceName]), false), view.DeviceKindOf(f[view.FieldDeviceKind])
	if g.link.name == "" {
		g.bad(view.FieldDeviceName, lang.ProblemEmpty)
	} else if over := len(g.link.name) - app.MaxDeviceName; over > 0 {
		g.bad(view.FieldDeviceName, lang.ProblemLong, "n", g.lang.Int(over))
	}
	return len(g.problems) == 0
}

func (g *Guide) nameDevice(id string, f map[string]string) {
	if !g.deviceFields(f) {
		return
	}
	if err := g.env.Client.NameDevice(g.ctx, deviceID(id), g.link.name, app.DeviceKind(g.link.kind)); err != nil {
		g.bad("", unkept(err))
		return
	}
	g.out()
	g.say(lang.NoticeSaved)
}

// makeLink begins to let a further device in. An open screen does not show who
// sits there: the passphrase does.
func (g *Guide) makeLink(pass string) {
	g.problems = nil
	var id [16]byte
	g.elsewhere(lang.BusyKeys, func(ctx context.Context) (err error) {
		if _, err := g.env.Client.Prove(ctx, []byte(pass)); err != nil {
			return err
		}
		id, err = g.env.Client.Invite(ctx, join.Device, "")
		return err
	}, func(err error) {
		if err != nil {
			g.wrongLink(view.FieldPassphrase, err)
			return
		}
		g.shown = false
		g.goTo(place{name: atDeviceLink, id: hex.EncodeToString(id[:])})
	})
}

// wrongLink says what went wrong with a link to a further device.
func (g *Guide) wrongLink(field string, err error) {
	var no *link.Refusal
	switch {
	case errors.Is(err, vault.ErrPassphrase):
		g.bad(field, lang.ProblemPassWrong)
	case errors.Is(err, keyring.ErrLimit):
		g.bad("", lang.DevicesFull, "n", g.lang.Int(app.MaxDevices))
	case errors.Is(err, app.ErrOwn):
		g.bad(field, lang.LinkHere)
	case errors.Is(err, join.ErrExpired):
		g.bad(field, lang.DeviceOverExpired)
	case errors.Is(err, app.ErrUsed):
		g.bad(field, lang.DeviceOverUsed)
	case errors.Is(err, app.ErrRevoked), errors.Is(err, join.ErrFingerprint), errors.Is(err, join.ErrSignature):
		g.bad(field, lang.DeviceOverVoid)
	case errors.As(err, &no) && refusals[no.Code] == lang.RefusalInvitation:
		g.bad("", lang.DeviceLinkNoTicket)
	default:
		g.wrong("", err)
	}
}

// devicesOutside are the acts on the way to an account; no vault is open then.
func (g *Guide) devicesOutside(act string, f map[string]string) bool {
	switch act {
	case view.ActDeviceScan:
		if g.at.name == atWelcome {
			g.problems = nil
			g.scanner = &scanner{text: g.scannedLink}
		}
	case view.ActScanClose, view.ActScanAgain, view.ActScanTyped:
		if g.scanner == nil || g.scanner.text == nil {
			return false
		}
		g.scanningAct(node.Event{Kind: "act", Act: act}, f)
	case view.ActDeviceCode:
		g.problems = nil
		g.link.text = strings.TrimSpace(f[view.FieldDeviceCode])
		inv, no := g.readLink(g.link.text)
		if no != nil {
			g.bad(view.FieldDeviceCode, no.Key, no.Args...)
			return true
		}
		g.openLink(inv, view.FieldDeviceCode)
	case view.ActDeviceJoin:
		if g.at.name == atDeviceJoin && g.preview != nil && g.deviceFields(f) {
			g.askIn()
		}
	case view.ActDeviceGiveUp:
		if g.at.name == atDeviceWait {
			g.giveUp()
		}
	default:
		return false
	}
	return true
}

// scannedLink takes what the scanner has read, and says what is wrong with it.
func (g *Guide) scannedLink(text string) *view.Problem {
	inv, no := g.readLink(text)
	if no == nil {
		g.openLink(inv, view.FieldDeviceCode)
	}
	return no
}

// readLink reads a link to a further device, or its code. Whatever else there
// is to scan or type is refused by its name: nothing but such a link, and one
// that leads to this page, can ever begin to add this browser to an account.
func (g *Guide) readLink(text string) (inv join.Invitation, no *view.Problem) {
	bad := func(k lang.Key, args ...string) (join.Invitation, *view.Problem) {
		return join.Invitation{}, &view.Problem{Key: k, Args: args}
	}
	text = strings.TrimSpace(text)
	code := text
	if at, fragment, ok := strings.Cut(text, "#"); ok || strings.Contains(text, "://") {
		if strings.TrimSuffix(at, "/") != g.env.Origin {
			if _, err := join.ParseCode(strings.TrimPrefix(fragment, "join=")); err == nil && strings.Contains(at, "://") {
				return bad(lang.LinkElsewhere, "host", clip(strings.TrimSuffix(host(at), "/")))
			}
			return bad(lang.LinkOther)
		}
		key, value, _ := strings.Cut(fragment, "=")
		switch key {
		case "join":
			code = value
		case "sheet":
			return bad(lang.LinkSheet)
		case "register":
			return bad(lang.LinkRegister)
		default:
			return bad(lang.LinkOther)
		}
	}
	inv, err := join.ParseCode(code)
	if err == nil {
		switch inv.Kind() {
		case join.Device:
			return inv, nil
		case join.Patient:
			return bad(lang.LinkCentre, "way", g.lang.T(lang.WelcomeInvited))
		case join.Colleague:
			return bad(lang.LinkColleague)
		default:
			return bad(lang.LinkCarer)
		}
	}
	if code != text {
		return bad(lang.ProblemCode)
	}
	if _, err := join.ParseSheet(text); err == nil {
		return bad(lang.LinkSheet)
	}
	if _, err := wire.ParseCode(text); err == nil {
		return bad(lang.LinkRegister)
	}
	if _, err := pack.Parse(text); err == nil {
		return bad(lang.LinkPack)
	}
	if len(strings.Map(codeRune, text)) == len(text) && len(text) > 30 {
		return bad(lang.ProblemCode) // a code with a slip
	}
	return bad(lang.LinkOther)
}

// codeRune keeps what can stand in a code that is typed.
func codeRune(r rune) rune {
	switch {
	case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r == '-', r == ' ':
		return r
	}
	return -1
}

// openLink reads what a link to a further device offers.
func (g *Guide) openLink(inv join.Invitation, field string) {
	g.scanner = nil
	g.openInvited(inv, field, atDeviceJoin, lang.LinkHere, lang.BusyLinking, g.wrongLink)
}

// askIn asks the other device to let this one in.
func (g *Guide) askIn() {
	p, name := g.preview, g.link.name
	p.Device = app.DeviceKind(g.link.kind)
	g.withVault(func(ctx context.Context) error { return g.env.Client.Wish(ctx, p, name) }, lang.BusyLinking, func(err error) {
		if err != nil {
			g.goTo(place{name: atDeviceJoin})
			g.wrongLink("", err)
			return
		}
		g.await()
	})
}

// await shows the waiting until the other device has decided. A wish that was
// made before the page was closed goes on likewise.
func (g *Guide) await() {
	g.preview, g.code, g.back = nil, "", nil
	g.link = linking{run: g.link.run + 1}
	g.goTo(place{name: atDeviceWait})
	run, ctx := g.link.run, g.ctx
	go func() {
		err := g.env.Client.Await(ctx)
		select {
		case g.do <- func() { g.awaited(run, err) }:
		case <-ctx.Done():
		}
	}()
}

func (g *Guide) awaited(run int, err error) {
	if run != g.link.run || !g.open {
		return // given up, or locked
	}
	if g.link.over = whyNot(err); g.link.over == view.NotOver {
		g.home()
		g.say(lang.NoticeDeviceIn)
	}
}

// whyNot says why a device, or a carer, was not let in. With no error it was.
func whyNot(err error) view.Over {
	switch {
	case err == nil:
		return view.NotOver
	case errors.Is(err, app.ErrDiffer):
		return view.OverDiffer
	case errors.Is(err, app.ErrUsed):
		return view.OverUsed
	case errors.Is(err, join.ErrExpired):
		return view.OverExpired
	}
	return view.OverVoid
}

// giveUp begins anew: this device asks no more.
func (g *Guide) giveUp() {
	g.link = linking{run: g.link.run + 1}
	if err := g.env.Client.GiveUp(g.ctx); err != nil && !errors.Is(err, app.ErrLocked) {
		g.fatal = &view.Fatal{Fault: view.FaultStorage, Detail: clip(err.Error())}
		return
	}
	g.goTo(place{name: atWelcome})
}

func (g *Guide) removeDevice(id string) {
	var name string
	g.env.Client.Look(func(l app.Look) {
		if d, ok := g.device(l, id); ok {
			if name = d.Name; name == "" {
				name = g.lang.T(lang.DeviceUnnamed)
			}
		}
	})
	g.problems = nil
	g.elsewhere(lang.BusyRemoving, func(ctx context.Context) error { return g.env.Client.RemoveDevice(ctx, deviceID(id)) }, func(err error) {
		if err != nil {
			g.wrong("", err)
			return
		}
		g.back = nil
		g.home()
		g.into(place{name: atDevices})
		g.say(lang.NoticeDeviceRemoved, "name", name)
	})
}
