// Package screen decides what a person sees, and turns what they do into acts
// of an app.Client.
//
// A Guide is one tab. All of it happens in one goroutine, the one that calls
// Run; what takes time goes on elsewhere and comes back there. Screens are
// drawn from the client's state each time, so what arrives from others shows
// without anybody asking.
//
// What a person has typed stays with the page until it is saved; a half-filled
// form is sealed in the vault and comes back after a reload or a lock.
package screen

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/served"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// A Page shows screens and carries out small commands; browser.Page is one.
type Page interface {
	Render(n node.Node, title, lang string)
	Command(name string, fields ...string)
	Download(name, mime string, data []byte)
	Passkey(node.PasskeyRequest)
}

// A Client is all that a Guide needs of a device.
type Client = app.Client

// Env is what a Guide needs.
type Env struct {
	Page    Page
	Client  *Client
	Disk    vault.Disk                    // for the language and theme, before the vault is open
	Zone    func(time.Time) time.Duration // of the user at a time, east of UTC
	Langs   []string                      // the user's, best first
	Origin  string                        // of this page and its links
	Relay   string                        // of the relay
	Version string                        // of this release, for people

	Build  served.Build
	Loaded map[string]string // files that the page has loaded, with their hashes
	Fetch  served.Fetch      // of the app's origin; nil: there is none

	Lock func(context.Context) (func(), bool) // the right to work in this browser; waits for it
	Take func()                               // asks the tab that has it to give way
	Now  func() time.Time

	// Blob makes an address at which the page finds data; free lets go of it.
	Blob func(mime string, data []byte) (url string, free func())

	// Extra has the second program do an operation of package extra. It is
	// ErrNotLoaded while that program cannot be loaded.
	Extra func(ctx context.Context, op string, in []byte) ([]byte, error)
}

// ErrNotLoaded reports that the second program is not there, such as before its
// first use without a network.
var ErrNotLoaded = errors.New("screen: the second program could not be loaded")

// A place is one screen with what chooses its content.
type place struct {
	name   placeName
	n      uint32 // patient or centre
	id     string // entry or invitation
	filter view.Filter
	shown  int // how many entries; grows with "show more"
}

type placeName uint8

const (
	atWelcome placeName = iota
	atPassphrase
	atUnlock
	atJoin
	atJoined
	atFound
	atSheet
	atToday
	atDiary
	atCentre
	atRecord
	atTreatment
	atBleed
	atNote
	atEntry
	atRetract
	atPatients
	atInviteForm
	atInvite
	atPatient
	atSettings

	// The numbers are in sealed drafts: what is new comes last. Each part has
	// a row of ten.
)

// Places of the parts of the app that have a file of their own here.
const (
	placesTreatments placeName = 30 + 10*iota
	placesBleeds
	placesPhotos
	placesScanning
	placesStock
	placesPlan
	placesFigures
	placesPapers
	placesContact
	placesDevices
	placesCarers
	placesUnlock
	placesRecovery
	placesRotation
	placesServed
	placesWork
	placesTeam
	placesRecord
	placesCohort
	placesParting
	placesStudies
	placesEvidence
	placesSeen
)

// pageSize is how many entries a timeline shows at first and with each "more".
const pageSize = 60

// A Guide leads one person through one tab.
type Guide struct {
	env Env
	ctx context.Context
	do  chan func() // back from elsewhere

	changed chan struct{}
	lang    lang.Lang
	theme   view.Theme
	online  bool
	refused wire.Refusal // by the relay, as far as is known
	strange bool         // the relay does not know the centre

	at       place
	back     []place
	busy     lang.Key // what goes on; 0: nothing
	second   bool     // another tab works
	yield    bool     // another tab wants to, and something is going on here
	release  func()   // gives the right to work back
	fatal    *view.Fatal
	exists   bool // there is a vault
	open     bool // and it is open
	notice   *view.Notice
	problems []view.Problem
	lead     bool // the focus is to go to the problems
	idle     bool // locked by itself
	shown    bool // the passphrase is readable
	weighed  weighed
	suggest  string
	sure     string // a weak passphrase that was sent once
	keys     unlocking

	// What is under way before or outside the places.
	goal     func() // what to do once unlocked
	preview  *app.Preview
	agreeing agreeing
	code     string // invitation as typed or linked
	centre   string // one-time code, likewise
	parsed   wire.Code
	sheet    view.SheetStage
	ask      [2]int
	name     [2]string // centre's and own name as typed
	note     string    // case note of the invitation under way
	words    string    // of a recovery sheet, as typed
	form     form
	copied   bool
	find     string
	editing  bool
	kept     kept
	later    map[string]bool   // questions put off, by entry and time
	scroll   string            // the id of what is to come into view with the next drawing
	focus    string            // and of what is to take the focus, since what had it moves
	undo     []step            // what the last act wrote and can be taken back
	draft    map[string]string // messages not sent, by patient or centre
	sent     int               // messages and notes that were sent
	shownAt  time.Time         // when something was drawn last
	took     time.Duration     // and how long that took
	papers   papersState
	legal    legalState
	work     working

	before map[string]bool          // the ids that were there before more of a list was shown
	aloud  func(view.Screen) string // says what the last act changed, for who does not see it

	persistent bool  // the browser has promised to keep the disk
	used       int64 // bytes on it
	wiping     bool  // forgetting everything was asked for once

	changing bool // the passphrase is being replaced
	active   time.Time
	hidden   time.Time     // zero: visible
	drafted  bool          // a sealed draft waits behind the lock
	alone    bool          // the relay offers diaries without a centre
	asking   bool          // askAlone is at it
	askNow   chan struct{} // ends its wait: there is a network again
	bell     bell
	files    files

	span    view.Range // of the figures
	figured figured

	compared compared
	tracing  tracing
	studying studying
	rows     rows
	read     *readings
	listed   []byte     // how the list of patients is shown, as it is kept: the next three
	chosen   []int      // its columns; nil: the usual ones
	sorted   view.Order // its order
	only     view.Only  // what it is narrowed to

	care     caring
	team     teaming
	link     linking
	drilling drilling
	scanner  *scanner // looks for a code; nil: nobody asked
	shots    shots
	expelled bool // the person has read that this device was removed
}

// New returns a guide; Run starts it. Changed is to be given to the client.
func New(env Env) *Guide {
	return &Guide{
		env: env, do: make(chan func(), 16), changed: make(chan struct{}, 1), askNow: make(chan struct{}, 1), lang: lang.Pick(env.Langs...), online: true,
		draft: make(map[string]string), read: new(readings),
	}
}

// Changed asks for a new drawing; it may be called from any goroutine.
func (g *Guide) Changed() {
	select {
	case g.changed <- struct{}{}:
	default:
	}
}

// What changes by itself is shown after a moment, together with what changes in it.
// In a browser all is one thread: where much changes for long, as when a thousand
// diaries are opened, drawing takes a part of the time and not all of it.
const (
	together  = 15 * time.Millisecond
	restDrawn = 4           // times as long as drawing took
	restMost  = time.Second // nobody is kept waiting longer
)

// Run leads until ctx ends.
func (g *Guide) Run(ctx context.Context, events <-chan node.Event) {
	g.ctx = ctx
	g.active = g.env.Now()
	g.bell.told = g.active // what becomes due before the first look at the clock is news
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	var due <-chan time.Time // when to show what has changed
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			g.event(e)
			g.draw()
		case f := <-g.do:
			f()
			g.draw()
		case <-g.changed:
			if due == nil {
				due = time.After(max(together, min(restDrawn*g.took, restMost)-time.Since(g.shownAt)))
			}
		case <-due:
			due = nil
			if g.open {
				if g.hidden.IsZero() && g.busy == 0 && !g.second {
					g.seenHere()
				}
				g.photoAgain()
				g.draw()
			}
		case <-tick.C:
			g.ring()
			g.clock()
		}
	}
}

// elsewhere runs what takes time and shows that it does.
func (g *Guide) elsewhere(what lang.Key, work func(context.Context) error, then func(error)) {
	g.busy = what
	ctx := g.ctx
	go func() {
		err := work(ctx)
		select {
		case g.do <- func() {
			g.busy = 0
			then(err)
			if g.yield && g.busy == 0 {
				g.giveWay()
			}
		}:
		case <-ctx.Done():
		}
	}()
}

func (g *Guide) now() time.Time { return g.env.Now() }

// local puts a time into the user's zone.
func (g *Guide) local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(time.FixedZone("", int(g.env.Zone(t)/time.Second)))
}

func (g *Guide) base() view.Base { return view.Base{Lang: g.lang, Now: g.local(g.now())} }

// draw shows where the person is.
func (g *Guide) draw() {
	began := time.Now()
	defer func() { g.took, g.shownAt = time.Since(began), time.Now() }()
	g.loadPreviews()
	s := g.screen()
	var unread error
	g.env.Client.Look(func(l app.Look) { unread = l.Unread() })
	if unread != nil && g.open {
		g.lock(false) // before anybody takes for whole what is not
		g.fatalFor(unread, view.FaultDamaged)
		s = g.screen()
	}
	n := s.Node()
	title := view.TitleOf(n)
	if app := g.lang.T(lang.AppName); title == "" || title == app {
		title = app
	} else {
		title += " – " + app
	}
	if g.open && g.work.count > 0 {
		title = "(" + g.lang.Int(g.work.count) + ") " + title
	}
	g.env.Page.Render(n, title, g.lang.Tag())
	if g.scroll != "" {
		g.env.Page.Command("scroll", "id", g.scroll)
		g.scroll = ""
	}
	if g.busy == 0 {
		g.sayAloud(s)
		g.land(n)
	}
}

func (g *Guide) screen() view.Screen {
	b := g.base()
	switch {
	case g.fatal != nil:
		g.fatal.Base, g.fatal.Wiping = b, g.wiping
		return *g.fatal
	case g.keys.receipt != nil:
		g.keys.receipt.Base = b
		return *g.keys.receipt
	case g.second:
		return view.SecondTab{Base: b}
	case g.busy != 0:
		return view.Busy{Base: b, What: g.busy, Done: g.compared.done, Of: g.compared.of}
	}
	switch g.at.name {
	case atWelcome:
		return view.Welcome{Base: b, Code: g.code, CentreCode: g.centre, OffersAlone: g.alone, OffersSheet: true, Words: g.words, Offline: !g.online, DeviceCode: g.link.text, Scanner: g.scannerModel(), Problems: g.problems}
	case atPassphrase:
		return view.Passphrase{
			Base: b, Suggested: g.suggest, Strength: g.weighed.strength, Lasts: g.weighed.lasts, Drawn: g.weighed.drawn, Shown: g.shown,
			Changing: g.changing, Sure: g.sure != "", Centre: g.centre != "" || g.role() == app.Centre, Problems: g.problems,
		}
	case atUnlock:
		return view.Unlock{
			Base: b, Shown: g.shown, Idle: g.idle, Wiping: g.wiping, Draft: g.drafted, Problems: g.problems,
			Passkeys: g.keys.able && len(g.keys.ids) > 0 && g.host() != "", Asking: g.keys.asking == askOpen, Missed: g.keys.missed,
		}
	case atJoin:
		return view.Join{Base: b, Agreeing: g.agreeingTo(g.preview.Centre, g.preview.Says), Further: g.founded(), Expires: g.local(g.preview.Expires)}
	case atCarerJoin, atCarerWait:
		return g.caringOutside(b)
	case atDeviceJoin, atDeviceWait:
		return g.linkingScreen(b)
	case atTeamJoin:
		return g.teamJoinScreen(b)
	case atFound:
		return view.Found{Base: b, Name: g.name[0], OwnName: g.name[1], Problems: g.problems}
	}
	var s view.Screen
	g.env.Client.Look(func(l app.Look) { s = g.inside(l, b) })
	if s == nil {
		// The vault was closed under us.
		return view.Unlock{Base: b, Idle: g.idle}
	}
	return s
}

// goTo shows another place; what is typed there is gone.
func (g *Guide) goTo(p place) {
	if g.open && onList(g.at) && (!onList(p) || g.at.name == atColumns) {
		g.tellList()
	}
	g.problems, g.notice, g.copied, g.editing, g.scanner = nil, nil, false, false, nil
	g.closePhoto()
	g.shots.wrong, g.shots.older = nil, 0
	g.work.leave()
	if p.shown == 0 {
		p.shown = pageSize
	}
	g.at = p
	g.trace(p)
}

// into goes deeper: back returns.
func (g *Guide) into(p place) {
	same := g.at
	same.filter, same.shown = p.filter, p.shown
	if same != p {
		g.back = append(g.back, g.at)
		if len(g.back) > 32 {
			g.back = g.back[1:]
		}
	}
	g.goTo(p)
}

// out returns to where one came from.
func (g *Guide) out() {
	if n := len(g.back); n > 0 {
		p := g.back[n-1]
		g.back = g.back[:n-1]
		g.goTo(p)
		if p.name == g.kept.at && isForm(p.name) {
			g.form, g.kept = g.kept.form, kept{} // as it was left
		}
		return
	}
	g.home()
}

// home is the first place of an open vault.
func (g *Guide) home() {
	g.back = nil
	if g.role() == app.Centre {
		g.goTo(place{name: atWork})
	} else {
		g.goTo(place{name: atToday})
	}
}

func (g *Guide) role() (r app.Role) {
	g.env.Client.Look(func(l app.Look) { r = l.Role() })
	return r
}

func (g *Guide) founded() (ok bool) {
	g.env.Client.Look(func(l app.Look) { ok = l.Founded() })
	return ok
}

func (g *Guide) say(k lang.Key, args ...string) { g.notice = &view.Notice{Key: k, Args: args} }

func (g *Guide) bad(field string, k lang.Key, args ...string) {
	g.problems, g.lead = append(g.problems, view.Problem{Field: field, Key: k, Args: args}), true
}

// dayIn reads a day of the form between two years. Zero: none was typed, or it is bad.
func (g *Guide) dayIn(field string, first, last uint16) diary.Date {
	s := strings.TrimSpace(g.form.get(field))
	d, ok := diary.ParseDate(s)
	switch {
	case s == "":
		return diary.Date{}
	case !ok, d.Day == 0, d.Year < first, d.Year > last:
		g.bad(field, lang.ProblemDate)
		return diary.Date{}
	}
	return d
}

// unkept is why something could not be kept.
func unkept(err error) lang.Key {
	switch {
	case errors.Is(err, app.ErrParted):
		return lang.ProblemParted
	case errors.Is(err, app.ErrOutdated):
		return lang.ProblemOutdated
	}
	return lang.ProblemStorage
}

// wrong says what went wrong in the words of people, beside a field.
func (g *Guide) wrong(field string, err error) {
	var no *link.Refusal
	var slip *join.SheetError
	switch {
	case errors.As(err, &slip):
		g.sheetProblem(field, slip)
	case errors.Is(err, join.ErrCode):
		g.bad(field, lang.ProblemCode)
	case errors.Is(err, join.ErrExpired):
		g.bad(field, lang.ProblemCodeExpired)
	case errors.Is(err, app.ErrOwn):
		g.bad(field, lang.ProblemCodeOwn)
	case errors.Is(err, app.ErrUsed):
		g.bad(field, lang.ProblemCodeUsed)
	case errors.Is(err, app.ErrRevoked), errors.Is(err, join.ErrFingerprint), errors.Is(err, join.ErrSignature):
		g.bad(field, lang.ProblemCodeRevoked)
	case errors.Is(err, app.ErrOutdated):
		g.bad(field, lang.ProblemOutdated)
	case errors.Is(err, app.ErrParted):
		g.bad(field, lang.ProblemParted)
	case errors.Is(err, app.ErrRight):
		if g.role() == app.Centre {
			g.bad(field, lang.ProblemRight)
		} else {
			g.bad(field, lang.CarerNotYours)
		}
	case errors.Is(err, app.ErrNoLocker):
		g.bad(field, lang.ProblemSheetGone)
	case errors.Is(err, app.ErrOtherSheet):
		g.bad(field, lang.ProblemSheetOther)
	case errors.As(err, &no):
		switch {
		case no.Code == wire.CodeInvalid:
			g.bad(field, lang.ProblemCentreCode)
		case no.Code != wire.NoAccess && refusals[no.Code] != 0:
			g.bad(field, refusals[no.Code])
		case no.Code.Advice() == wire.Retry:
			g.bad(field, lang.ProblemServerBusy)
		default:
			g.bad(field, lang.ProblemServerRefused, "code", no.Code.String())
		}
	case errors.Is(err, app.ErrOffline), errors.Is(err, link.ErrClosed), errors.Is(err, context.DeadlineExceeded):
		g.bad(field, lang.ProblemNetwork)
	default:
		g.bad(field, lang.ProblemServerRefused, "code", clip(err.Error()))
	}
}

// clip keeps an error short; errors never carry content.
func clip(s string) string {
	if len(s) > 80 {
		s = s[:80]
	}
	return s
}

// event takes what the person or the browser did.
func (g *Guide) event(e node.Event) {
	switch e.Kind {
	case "start":
		g.start(e)
	case "online":
		g.online = true
		g.env.Client.Wake()
		g.judge()
		select {
		case g.askNow <- struct{}{}:
		default:
		}
	case "offline":
		g.online = false
	case "hidden":
		g.hidden = g.now()
		if g.open && onList(g.at) {
			g.tellList() // the person may not come back
		}
	case "visible":
		g.clock()
		g.hidden = time.Time{}
		g.active = g.now()
		g.env.Client.Wake()
	case "take":
		if g.busy != 0 {
			g.yield = true // once that is done
			return
		}
		g.giveWay()
	case "camera":
		g.sawCamera(e)
	case "photo":
		g.tookPhoto(e)
	case "storage":
		g.persistent = e.Fields["kept"] != ""
		g.used, _ = strconv.ParseInt(e.Fields["used"], 10, 64)
	case "passkey":
		g.passkeyAnswer(e)
	case "remind":
		g.leave(e.Fields["state"])
	case "update":
		g.updateFound(e.Fields["ready"] != "")
	case "act":
		g.active = g.now()
		switch {
		case e.Act == view.ActFocus:
			g.env.Page.Command("focus", "id", e.Fragment)
		case e.Act == "open" && e.Fragment != "":
			g.fragment(e.Fragment)
		default:
			g.act(e)
		}
	}
}

// clock locks what nobody uses.
func (g *Guide) clock() {
	if g.scanClock() {
		g.draw()
	}
	if !g.open || g.busy != 0 {
		return
	}
	now := g.now()
	if g.overdue(now) {
		g.lock(true)
		g.draw()
	}
	g.workClock()
}

func (g *Guide) lock(idle bool) {
	g.keepDraft()
	if onList(g.at) {
		g.tellList()
	}
	g.env.Client.Lock()
	g.open, g.idle, g.shown, g.wiping, g.refused, g.strange = false, idle, false, false, 0, false
	g.back, g.problems, g.notice = nil, nil, nil
	g.closePhoto()
	g.shots = shots{}
	g.form, g.kept, g.undo, g.later, g.scanner = form{}, kept{}, nil, nil, nil
	g.focus, g.before, g.aloud = "", nil, nil
	g.figured, g.papers, g.work, g.legal = figured{}, papersState{}, working{}, legalState{}
	g.compared, g.studying, g.sorted, g.only, g.tracing = compared{}, studying{}, view.Order{}, view.OnlyAll, tracing{}
	g.rows, g.chosen, g.listed = rows{run: g.rows.run + 1}, nil, nil
	g.draft = make(map[string]string)
	g.forget()
	g.at = place{name: atUnlock}
	g.readPasskeyIDs()
}

// forget drops what was typed, linked or suggested on the way to a diary.
func (g *Guide) forget() {
	g.endPassphrase()
	g.keys.forgetAsking()
	g.keys.list = nil
	g.preview, g.goal = nil, nil
	g.code, g.centre, g.parsed, g.name = "", "", wire.Code{}, [2]string{}
	g.words, g.note, g.find = "", "", ""
	g.care, g.team = caring{run: g.care.run + 1}, teaming{}
	g.link = linking{run: g.link.run + 1}
	g.drilling = drilling{}
}

// start is the first event of a page.
func (g *Guide) start(e node.Event) {
	if e.Fields != nil && e.Fields["online"] == "" {
		g.online = false
	}
	g.keys.able = e.Fields["passkey"] != ""
	g.loadLook(e.Lang)
	g.fragmentLater(e.Fragment)
	ctx, cancel := context.WithTimeout(g.ctx, 300*time.Millisecond)
	defer cancel()
	if release, ok := g.env.Lock(ctx); ok {
		g.begin(release)
		return
	}
	g.stepBack()
}

// stepBack shows that another tab works, and goes on when that one ends.
func (g *Guide) stepBack() {
	g.second = true
	go func() {
		if release, ok := g.env.Lock(g.ctx); ok {
			g.do <- func() { g.begin(release) }
		}
	}()
}

// giveWay closes the diary here because the person wants to use another tab.
func (g *Guide) giveWay() {
	g.yield = false
	if g.second || g.release == nil {
		return
	}
	if g.open {
		g.lock(true)
	}
	g.forget()
	release := g.release
	g.release = nil
	release()
	g.stepBack()
}

// begin starts in the tab that has the right to work.
func (g *Guide) begin(release func()) {
	g.release, g.second = release, false
	exists, err := g.env.Client.Exists(g.ctx)
	if err != nil {
		g.fatal = &view.Fatal{Fault: view.FaultStorage, Detail: clip(err.Error())}
		return
	}
	g.exists = exists
	if exists {
		g.at = place{name: atUnlock}
		g.readPasskeyIDs()
		return
	}
	g.at = place{name: atWelcome}
	g.goOn()
	g.askAlone()
}

// askAlone asks the relay, beside everything else, whether it takes diaries
// without a centre. Nobody is stuck on the first screen because the relay was
// out of reach, or not open yet, when the page came: it is asked again, at ever
// longer distances, until it does or there is a diary here.
func (g *Guide) askAlone() {
	if g.asking {
		return
	}
	g.asking = true
	go func() {
		for wait := time.Second; ; wait = min(2*wait, time.Minute) {
			offers := g.env.Client.OffersAlone(g.ctx)
			again := make(chan bool, 1)
			select {
			case g.do <- func() {
				g.alone, g.asking = offers, !offers && !g.exists
				again <- g.asking
			}:
			case <-g.ctx.Done():
				return
			}
			select {
			case more := <-again:
				if !more {
					return
				}
			case <-g.ctx.Done():
				return
			}
			select {
			case <-time.After(wait):
			case <-g.askNow:
				wait = time.Second
			case <-g.ctx.Done():
				return
			}
		}
	}()
}

// fragmentLater notes what the address of the page asked for.
func (g *Guide) fragmentLater(f string) {
	key, value, _ := strings.Cut(f, "=")
	switch key {
	case "join":
		g.code = value
		g.goal = func() { g.joinCode(value, view.FieldCode) }
	case "register":
		g.centre = value
		g.goal = func() { g.centreCode(value) }
	case "sheet":
		g.goal = func() { g.restoreFrom(value) }
	}
}

// fragment follows a link to this very page.
func (g *Guide) fragment(f string) {
	g.fragmentLater(f)
	if g.open || !g.exists {
		g.goOn()
	}
}

// goOn does what the link asked for.
func (g *Guide) goOn() {
	if goal := g.goal; goal != nil {
		g.goal = nil
		goal()
	}
}

// look is the language and theme that this browser was set to. They are kept
// outside the vault, because the lock screen needs them.
const lookKey = "look"

func (g *Guide) loadLook(browser string) {
	tags := append([]string{browser}, g.env.Langs...)
	if raw, err := g.env.Disk.Get(g.ctx, lookKey); err == nil && raw != nil {
		tag, rest, _ := strings.Cut(string(raw), ",")
		theme, _, _ := strings.Cut(rest, ",")
		g.loadBell(rest)
		tags = append([]string{tag}, tags...)
		g.setTheme(theme)
	}
	g.lang = lang.Pick(tags...)
}

func (g *Guide) saveLook() {
	g.env.Disk.Write(g.ctx, []vault.Record{{Key: lookKey, Value: []byte(g.lookText())}})
}

func (g *Guide) setTheme(name string) {
	switch name {
	case "light":
		g.theme = view.ThemeLight
	case "dark":
		g.theme = view.ThemeDark
	default:
		g.theme, name = view.ThemeAuto, ""
	}
	g.env.Page.Command("theme", "theme", name)
}

// NoStorage says that this browser gives the app no place to keep anything.
func NoStorage(p Page, langs []string, err error) {
	l := lang.Pick(langs...)
	n := view.Fatal{Base: view.Base{Lang: l}, Fault: view.FaultStorage, Detail: clip(err.Error())}.Node()
	p.Render(n, view.TitleOf(n), l.Tag())
}
