package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// The recovery sheet after it was made: what the devices of its account
// remember of it, its replacement by another, and the drill.
//
// A sheet is replaced in this order, each step durable before the next and done
// again until it is known to be done:
//
//  1. the new sheet is drawn and put on paper; two of its words prove it;
//  2. the change that lets it take the place of the old one is signed;
//  3. its locker is left at the relay, with that change in it;
//  4. the change is published; from here on the old sheet is retired;
//  5. the seeds are forgotten, and a minute later the old locker is deleted.
//
// Up to step 4 the old sheet leads back, from step 3 on the new one.

// Statements about recovery sheets.
const (
	typeSheet link.Type = 60 // home and team: what an account remembers of its sheet
	typeDrill link.Type = 61 // home and team: somebody looked for the sheet
)

// Fields of these statements.
const (
	fieldSheetID = iota + 60
	fieldSheetLocker
	fieldSheetWords
	fieldSheetGen
	fieldDrillResult
)

// A Drill is what came of looking for the sheet.
type Drill uint8

// Results of a drill.
const (
	DrillLost  Drill = 1 // it was not found
	DrillWords Drill = 2 // two words of it were typed
	DrillWhole Drill = 3 // all of it was typed or scanned
)

// drawnWords is how many words of a sheet its account remembers. A drill asks
// for two. What remains unknown of the 256 bits is more than 180.
const drawnWords = 6

// Errors of this part.
var (
	// ErrSheetRank reports that an older device has to replace the sheet, or has
	// to be removed first.
	ErrSheetRank = errors.New("app: an older device of the account has to replace the sheet")
	// ErrOtherSheet reports a sheet that is not the one in force.
	ErrOtherSheet = errors.New("app: this is not the recovery sheet in force")
)

// A sheetCard is what an account remembers of a sheet that was put on paper.
type sheetCard struct {
	account keyring.AccountID
	id      seal.DeviceID
	locker  []byte // its root, sealed under the account's key
	words   []byte // some of its words, likewise
	gen     uint32
}

func (k *sheetCard) body() []byte {
	f := fields{fieldSheetID: k.id[:], fieldSheetLocker: k.locker, fieldSheetWords: k.words}
	f.setNumber(fieldSheetGen, uint64(k.gen))
	return f.bytes()
}

func parseSheetCard(body []byte) (*sheetCard, error) {
	f, err := parseFields(body)
	if err != nil {
		return nil, err
	}
	id, ok := copy32(f[fieldSheetID])
	k := &sheetCard{id: id, locker: f[fieldSheetLocker], words: f[fieldSheetWords], gen: uint32(f.number(fieldSheetGen))}
	if !ok || len(k.locker) != seal.SealedSecretSize || len(k.words) != seal.SealedSecretSize || k.gen == 0 {
		return nil, errFields
	}
	return k, nil
}

// A drill is the last that is known of looking for a sheet.
type drill struct {
	result Drill
	at     int64
	hash   link.Hash
}

func drillBody(id seal.DeviceID, r Drill) []byte {
	f := fields{fieldSheetID: id[:]}
	f.setNumber(fieldDrillResult, uint64(r))
	return f.bytes()
}

func parseDrill(body []byte) (id seal.DeviceID, r Drill, err error) {
	f, err := parseFields(body)
	if err != nil {
		return id, 0, err
	}
	raw, ok := copy32(f[fieldSheetID])
	n := f.number(fieldDrillResult)
	if !ok || n < uint64(DrillLost) || n > uint64(DrillWhole) {
		return id, 0, errFields
	}
	return raw, Drill(n), nil
}

// sheetOf names a sheet as its account speaks of it: one account says nothing
// of another's.
type sheetOf struct {
	account keyring.AccountID
	sheet   seal.DeviceID
}

func (d *desk) takeSheet(e *link.Entry) {
	switch e.Type {
	case typeSheet:
		if k, err := parseSheetCard(e.Body); err == nil {
			if of := (sheetOf{e.Account, k.id}); d.sheets[of] == nil {
				k.account = e.Account
				d.sheets[of] = k
			}
		}
	case typeDrill:
		id, r, err := parseDrill(e.Body)
		if err != nil {
			return
		}
		of, h := sheetOf{e.Account, id}, e.Hash()
		if old, ok := d.drills[of]; !ok || old.at < e.Time || old.at == e.Time && slices.Compare(old.hash[:], h[:]) < 0 {
			d.drills[of] = drill{r, e.Time, h}
		}
	}
}

// packWords writes drawn words as a secret.
func packWords(words []join.Word) seal.Secret {
	b := make([]byte, 32)
	b[0] = byte(len(words))
	for i, w := range words {
		b[1+3*i], b[2+3*i], b[3+3*i] = w.Place, byte(w.Index>>8), byte(w.Index)
	}
	s, err := seal.SecretFrom(b)
	if err != nil {
		panic("app: " + err.Error())
	}
	return s
}

func unpackWords(s seal.Secret) (out []join.Word, ok bool) {
	b := s.Bytes()
	n := int(b[0])
	if n < 2 || n > 10 {
		return nil, false
	}
	for i := range n {
		w := join.Word{Place: b[1+3*i], Index: uint16(b[2+3*i])<<8 | uint16(b[3+3*i])}
		if w.Place > 23 || w.Index > 2047 || i > 0 && w.Place <= out[i-1].Place {
			return nil, false
		}
		out = append(out, w)
	}
	for _, x := range b[1+3*n:] {
		if x != 0 {
			return nil, false
		}
	}
	return out, true
}

// remember writes what the account keeps of a sheet whose seed is still here.
// The caller holds mu.
func (c *Client) remember(ctx context.Context, s join.Sheet) error {
	prim := c.primary()
	k := &sheetCard{id: s.Device().ID()}
	if prim == nil || c.desk.sheets[sheetOf{prim.account, k.id}] != nil {
		return nil
	}
	prim.book.Lock()
	keys, err := accountKeys(prim)
	prim.book.Unlock()
	if err != nil {
		return err
	}
	k.gen = keys.Newest()
	k.locker = seal.SealSecret(keys.Key(k.gen), seal.LabelAppLocker, k.id[:], s.LockerKey())
	k.words = seal.SealSecret(keys.Key(k.gen), seal.LabelAppWords, k.id[:], packWords(s.Draw(drawnWords)))
	return c.write(ctx, prim, typeSheet, k.body())
}

// openCard opens one of the secrets of a card.
func (c *Client) openCard(k *sheetCard, l seal.Label, sealed []byte) (seal.Secret, bool) {
	prim := c.primary()
	prim.book.Lock()
	defer prim.book.Unlock()
	keys, err := accountKeys(prim)
	if err != nil {
		return seal.Secret{}, false
	}
	return unseal(keys, k.gen, l, k.id[:], sealed)
}

// sheet returns the account of this device and its recovery sheet in force.
// The caller holds mu.
func (c *Client) sheetNow() (a *keyring.Account, sheet keyring.DeviceInfo, ok bool) {
	prim := c.primary()
	if prim == nil {
		return nil, sheet, false
	}
	prim.book.Lock()
	defer prim.book.Unlock()
	if a, ok = prim.book.Account(prim.account); !ok {
		return nil, sheet, false
	}
	sheet, ok = a.Sheet()
	return a, sheet, ok
}

// SheetInfo is what is known about the recovery sheet of this account.
type SheetInfo struct {
	Made  bool          // one is on paper, as far as this device knows
	ID    seal.DeviceID // of the one in force
	Since time.Time     // when it was put on paper, or added to the account

	Drill   Drill     // what came of the last look for it; 0: nobody looked
	Drilled time.Time // when that was
	Due     bool      // somebody should look for it
	Lost    bool      // somebody did, in vain, and should replace it
	Asks    bool      // two of its words can be asked for

	// When the last device was removed that knows where the sheet in force leads:
	// it can delete that or leave something old there. Zero: none, or the person
	// keeps the sheet all the same.
	Exposed time.Time
	Renew   bool // somebody should be reminded of that

	Next     bool // another one waits to be put on paper, or to take its place
	NextMade bool // it is on paper; this device does the rest
	Print    bool // somebody should be reminded of it
	Restored bool // because this device came back by the one in force
	Stuck    bool // an older device has to do it, or has to be removed
	Above    []seal.DeviceID
}

// SheetInfo tells of the recovery sheet.
func (l Look) SheetInfo() (i SheetInfo) {
	c := l.c
	a, sheet, ok := c.sheetNow()
	if a == nil {
		return i
	}
	i.Made = ok && !c.p.sheet.Valid()
	i.ID, i.Since = sheet.ID, c.p.sheetMade
	if i.Since.IsZero() {
		i.Since = sheet.Added
	}
	if !c.p.sheetMade.IsZero() {
		i.Made = ok
	}
	prim := c.primary()
	of := sheetOf{prim.account, sheet.ID}
	last := i.Since
	if d, ok := c.desk.drills[of]; ok {
		i.Drill, i.Drilled = d.result, time.UnixMilli(d.at)
		last = i.Drilled
	}
	i.Asks = c.desk.sheets[of] != nil
	i.Next, i.NextMade = c.p.heir.Valid(), c.p.heir.Valid() && !c.p.heirMade.IsZero()
	i.Restored = c.p.retiring.Valid()
	now := c.env.Now()
	i.Due = i.Made && !i.Next && now.Sub(last) > seal.Current.Drill && now.After(c.p.drillNext)
	i.Lost = i.Made && !i.Next && i.Drill == DrillLost && now.After(c.p.drillNext)
	i.Due = i.Due && !i.Lost
	i.Print = i.Next && !i.NextMade && now.After(c.p.printNext)
	if i.Made && !i.Next {
		for _, d := range c.exposing(a, sheet.ID) {
			if d.Removed.After(i.Exposed) {
				i.Exposed = d.Removed
			}
		}
		i.Renew = !i.Exposed.IsZero() && now.After(c.p.printNext)
	}
	if !c.byPaper(a) && !a.MayReplaceSheet(prim.device.ID()) {
		i.Stuck = true
		rank := -1
		for _, d := range a.Devices() {
			if d.ID == prim.device.ID() {
				rank = d.Rank
			}
		}
		for _, d := range a.Devices() {
			if d.Active() && !d.Sheet && d.Rank < rank {
				i.Above = append(i.Above, d.ID)
			}
		}
	}
	return i
}

// exposing lists the removed devices that hold the key which the root of a
// sheet's locker is sealed under. The paper leads to that one locker and no
// other, so nothing but another sheet ends what they can do to it. Those of
// which the person knows are left out.
func (c *Client) exposing(a *keyring.Account, sheet seal.DeviceID) (out []keyring.DeviceInfo) {
	k := c.desk.sheets[sheetOf{a.ID(), sheet}]
	if k == nil {
		return nil
	}
	for _, d := range a.Devices() {
		if !d.Sheet && !d.Active() && d.Until > k.gen && !slices.Contains(c.p.sheetKept, d.ID) {
			out = append(out, d)
		}
	}
	return out
}

// SheetStays keeps the sheet though devices that were removed know where it
// leads. It is not asked for again until another one is.
func (c *Client) SheetStays(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	a, sheet, ok := c.sheetNow()
	if !ok {
		return nil
	}
	list := c.exposing(a, sheet.ID)
	return c.keepProfile(ctx, func(p *profile) {
		for _, d := range list {
			p.sheetKept = append(slices.Clip(p.sheetKept), d.ID)
		}
	})
}

// byPaper reports that the seed of the sheet in force is here, after a
// restore: it can give way to its successor.
func (c *Client) byPaper(a *keyring.Account) bool {
	s, ok := a.Sheet()
	return ok && c.p.retiring.Valid() && s.ID == c.p.retiring.Device().ID()
}

// BeginSheet draws the sheet that is to take the place of the one in force.
// The old one stays in force until the new one is on paper and stands.
func (c *Client) BeginSheet(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	if c.p.heir.Valid() || c.p.sheet.Valid() && c.p.sheetMade.IsZero() {
		return nil // there is one to be put on paper
	}
	a, _, _ := c.sheetNow()
	if a == nil {
		return ErrNotShared
	}
	if !c.byPaper(a) && !a.MayReplaceSheet(c.primary().device.ID()) {
		return ErrSheetRank
	}
	return c.keepProfile(ctx, func(p *profile) { p.heir, p.heirMade, p.heirChange = join.NewSheet(), time.Time{}, nil })
}

// KeepSheet leaves the old sheet in force after all. It is too late once the
// new one is on paper, and no way out after a restore.
func (c *Client) KeepSheet(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	if !c.p.heir.Valid() || !c.p.heirMade.IsZero() || c.p.retiring.Valid() {
		return nil
	}
	return c.keepProfile(ctx, func(p *profile) { p.heir = join.Sheet{} })
}

// keepProfile changes the profile durably or not at all. The caller holds mu.
func (c *Client) keepProfile(ctx context.Context, change func(*profile)) error {
	was := *c.p
	change(c.p)
	if err := c.keep(ctx); err != nil {
		*c.p = was
		return err
	}
	c.poke()
	return nil
}

// SheetLater puts off what is asked about the sheet: a new one, or the printing
// of it, until tomorrow, the drill for a month.
func (c *Client) SheetLater(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	now := c.env.Now()
	renew := false
	if a, sheet, ok := c.sheetNow(); ok {
		renew = len(c.exposing(a, sheet.ID)) > 0
	}
	return c.keepProfile(ctx, func(p *profile) {
		p.printNext = now.Add(24 * time.Hour)
		if !p.heir.Valid() && !renew {
			p.drillNext = now.Add(30 * 24 * time.Hour)
		}
	})
}

// DrillAsk chooses two of the words that the account remembers: their places
// on the sheet, from 1.
func (c *Client) DrillAsk(turn int) (ask [2]int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ask, false
	}
	words, ok := c.remembered()
	if !ok {
		return ask, false
	}
	i := turn % (len(words) / 2) * 2
	return [2]int{int(words[i].Place) + 1, int(words[i+1].Place) + 1}, true
}

func (c *Client) remembered() ([]join.Word, bool) {
	_, sheet, ok := c.sheetNow()
	if !ok {
		return nil, false
	}
	k := c.desk.sheets[sheetOf{c.primary().account, sheet.ID}]
	if k == nil {
		return nil, false
	}
	s, ok := c.openCard(k, seal.LabelAppWords, k.words)
	if !ok {
		return nil, false
	}
	return unpackWords(s)
}

// DrillWords notes that somebody has typed these words of the sheet, of the
// places that DrillAsk named. What is wrong is told for each.
func (c *Client) DrillWords(ctx context.Context, ask [2]int, typed [2]string) (wrong [2]bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return wrong, ErrLocked
	}
	words, ok := c.remembered()
	if !ok {
		return wrong, ErrOtherSheet
	}
	for i, place := range ask {
		wrong[i] = !slices.ContainsFunc(words, func(w join.Word) bool { return int(w.Place)+1 == place && w.Is(typed[i]) })
	}
	if wrong[0] || wrong[1] {
		return wrong, nil
	}
	return wrong, c.noteDrill(ctx, DrillWords)
}

// DrillSheet proves a whole sheet against the account's chain, and that the
// relay holds what it leads to; what was lost there is left again. It is
// ErrOtherSheet for any other sheet than the one in force.
func (c *Client) DrillSheet(ctx context.Context, sheet join.Sheet) error {
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return ErrLocked
	}
	_, now, ok := c.sheetNow()
	if !ok || now.ID != sheet.Device().ID() {
		c.mu.Unlock()
		return ErrOtherSheet
	}
	msg := c.lockerMessage(nil)
	c.mu.Unlock()
	s, err := c.env.session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := c.LeaveLocker(ctx, s, sheet.Locker(), msg); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	if err := c.remember(ctx, sheet); err != nil {
		return err
	}
	return c.noteDrill(ctx, DrillWhole)
}

// DrillLost notes that the sheet was not found.
func (c *Client) DrillLost(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	return c.noteDrill(ctx, DrillLost)
}

func (c *Client) noteDrill(ctx context.Context, r Drill) error {
	_, sheet, ok := c.sheetNow()
	if !ok {
		return ErrOtherSheet
	}
	return c.write(ctx, c.primary(), typeDrill, drillBody(sheet.ID, r))
}

// lockerMessage is what a sheet's holder needs today, with one more change of
// the account if there is one. The caller holds mu.
func (c *Client) lockerMessage(change keyring.Raw) []byte {
	prim := c.primary()
	members := prim.replica.Space().Accounts() // carers among them
	prim.book.Lock()
	chains := chainsOf(prim.book.Book, c.p.team, append(members, prim.account)...)
	prim.book.Unlock()
	if change != nil {
		for i := range chains {
			if !chains[i].Team && keyring.AccountID(keyring.HashOf(chains[i].Raws[0])) == prim.account {
				chains[i].Raws = append(slices.Clip(chains[i].Raws), change)
			}
		}
	}
	return join.Locker{Role: uint8(c.p.role), Chains: chains, Space: prim.replica.Chain(), Origin: prim.replica.Relay()}.Message()
}

// LeaveLocker puts a message into a locker, which is made if there is none.
func (c *Client) LeaveLocker(ctx context.Context, s *link.Session, rv *join.Rendezvous, msg []byte) error {
	if _, err := s.Open(ctx, rv.Channel(), rv.Access); err != nil {
		var no *link.Refusal
		if !errors.As(err, &no) || no.Code != wire.NoAccess {
			return err
		}
		c.mu.Lock()
		admissions := c.admissions(s.Hello.OpenTenant)
		c.mu.Unlock()
		for _, a := range admissions {
			if err = s.Create(ctx, rv.Founding, rv.Access, time.Time{}, a); err == nil {
				break
			}
		}
		if err != nil {
			return err
		}
		if _, err := s.Open(ctx, rv.Channel(), rv.Access); err != nil {
			return err
		}
	}
	return leave(ctx, s, rv, msg)
}

// admissionsFor are what this device may create a space's channel with, best
// first: on the account of the centre that it is for. The caller holds mu.
func (c *Client) admissionsFor(s *space, open wire.TenantID) (out []wire.Admission) {
	if s.role == roleCentre && s.ticket != nil {
		out = append(out, s.ticket.admission)
	}
	return append(out, c.admissions(open)...)
}

// admissions are what this device may create a channel with, best first. open is
// the relay's open tenant. The caller holds mu.
func (c *Client) admissions(open wire.TenantID) (out []wire.Admission) {
	if c.v == nil {
		return nil
	}
	if c.p.role == Centre && c.p.tenant != (wire.TenantID{}) {
		if t, err := c.ticket(1, c.env.Now().Add(24*time.Hour)); err == nil {
			out = append(out, wire.Admission{Kind: wire.ByTicket, Ticket: t})
		}
	}
	if a, ok := c.admission(); ok {
		out = append(out, a)
	}
	if open != (wire.TenantID{}) {
		out = append(out, wire.Admission{Kind: wire.ByOpenTenant, Tenant: open})
	}
	return out
}

// sheetWork reports that upkeep has something to do for the recovery sheet. The
// caller holds mu.
func (c *Client) sheetWork() bool {
	return c.p.locker != nil || c.p.heir.Valid() && !c.p.heirMade.IsZero() || c.lostSheet ||
		len(c.p.oldLockers) > 0 && !c.env.Now().Before(c.p.lockersNext)
}

// A successor is the sheet that is on its way into force.
type successor struct {
	public seal.DevicePublic
	locker *join.Rendezvous
}

// successor finds it: the one just put on paper, or one that was in force until
// a concurrent change of the account made that void. The caller holds mu.
func (c *Client) successor(a *keyring.Account, now keyring.DeviceInfo) (successor, bool) {
	if c.p.heir.Valid() && !c.p.heirMade.IsZero() {
		return successor{c.p.heir.Device().Public(), c.p.heir.Locker()}, true
	}
	if a == nil || len(a.Voided()) == 0 {
		return successor{}, false
	}
	for of, k := range c.desk.sheets {
		pub, at, lost := a.LostSheet(k.id)
		if of.account != a.ID() || !lost || now.Added.After(at) {
			continue
		}
		if key, ok := c.openCard(k, seal.LabelAppLocker, k.locker); ok && (c.byPaper(a) || a.MayReplaceSheet(c.primary().device.ID())) {
			return successor{pub, join.LockerOf(key)}, true
		}
	}
	return successor{}, false
}

// replaceSheet does what is next on the way to the new sheet.
func (c *Client) replaceSheet(ctx context.Context) {
	c.mu.Lock()
	if c.v == nil || c.primary() == nil {
		c.mu.Unlock()
		return
	}
	prim := c.primary()
	a, sheet, _ := c.sheetNow()
	next, ok := c.successor(a, sheet)
	if !ok {
		c.mu.Unlock()
		return
	}
	switch {
	case a == nil, !c.caughtUp(prim): // what is signed has to follow on the account as it is today
		c.mu.Unlock()
	case sheet.ID == next.public.ID():
		if prim.replica.Waiting() == 0 { // others can know it
			c.retireSheet(ctx, a)
		}
		c.mu.Unlock()
	default:
		change, err := c.signSheet(ctx, a, next.public)
		var msg []byte
		if err == nil {
			msg = c.lockerMessage(change)
		}
		c.mu.Unlock()
		if err != nil {
			return // an older device has to do it; the screens say so
		}
		s, err := c.env.session(ctx)
		if err != nil {
			return
		}
		defer s.Close()
		if c.LeaveLocker(ctx, s, next.locker, msg) != nil {
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.v == nil {
			return
		}
		if now, _, _ := c.sheetNow(); now == nil || now.Head() != a.Head() {
			c.poke() // it has moved meanwhile: once more
			return
		}
		prim.book.Lock()
		chains := chainsOf(prim.book.Book, keyring.TeamID{}, prim.account)
		prim.book.Unlock()
		chains[0].Raws = append(slices.Clip(chains[0].Raws), change)
		if c.write(ctx, prim, link.TypeChain, link.ChainsBody(chains...)) == nil {
			c.poke()
		}
	}
}

// signSheet returns the change that lets the new sheet take its place, signed
// once for the account as it is now. The caller holds mu.
func (c *Client) signSheet(ctx context.Context, a *keyring.Account, next seal.DevicePublic) (keyring.Raw, error) {
	if c.p.heirChange != nil {
		if _, _, prev, err := keyring.KindOf(c.p.heirChange); err == nil && prev == a.Head() {
			return c.p.heirChange, nil
		}
	}
	by := c.primary().device
	switch {
	case c.byPaper(a):
		by = c.p.retiring.Device()
	case !a.MayReplaceSheet(by.ID()):
		return nil, ErrSheetRank
	}
	raw, err := a.ReplaceSheet(by, next, c.env.Now())
	if err != nil {
		return nil, err
	}
	was := c.p.heirChange
	c.p.heirChange = raw
	if err := c.keep(ctx); err != nil {
		c.p.heirChange = was
		return nil, err
	}
	return raw, nil
}

// An oldLocker is the way back of a sheet that was replaced.
type oldLocker struct {
	sheet seal.DeviceID
	root  seal.Secret
}

// lockerQuiet is how long the locker of a replaced sheet stays. Who came back by
// that sheet at the same moment may have made the replacement void: then the
// old sheet is in force again, and leads back, until this is repaired.
const lockerQuiet = time.Minute

// retireSheet is the end: the new sheet is in force, and everybody can know it.
// The caller holds mu.
func (c *Client) retireSheet(ctx context.Context, a *keyring.Account) {
	if !c.p.heir.Valid() || c.remember(ctx, c.p.heir) != nil {
		return
	}
	var old []oldLocker
	for _, s := range []join.Sheet{c.p.retiring, c.p.sheet} {
		if s.Valid() {
			old = append(old, oldLocker{s.Device().ID(), s.LockerKey()})
		}
	}
	for _, d := range a.Devices() {
		if k := c.desk.sheets[sheetOf{a.ID(), d.ID}]; k != nil && d.Sheet && !d.Active() {
			if key, ok := c.openCard(k, seal.LabelAppLocker, k.locker); ok {
				old = append(old, oldLocker{d.ID, key})
			}
		}
	}
	c.keepProfile(ctx, func(p *profile) {
		p.sheetMade, p.sheet, p.locker = p.heirMade, join.Sheet{}, nil
		p.heir, p.heirMade, p.heirChange, p.retiring = join.Sheet{}, time.Time{}, nil, join.Sheet{}
		p.oldLockers, p.lockersNext = old, c.env.Now().Add(lockerQuiet)
	})
	c.env.Changed()
}

// dropLockers deletes the lockers of sheets that were replaced.
func (c *Client) dropLockers(ctx context.Context) {
	c.mu.Lock()
	if c.v == nil || len(c.p.oldLockers) == 0 || c.env.Now().Before(c.p.lockersNext) || c.lostSheet || c.primary() == nil || !c.caughtUp(c.primary()) {
		c.mu.Unlock()
		return
	}
	a, _, _ := c.sheetNow()
	list := slices.DeleteFunc(slices.Clone(c.p.oldLockers), func(o oldLocker) bool { return a == nil || a.HasDevice(o.sheet) })
	c.mu.Unlock()
	s, err := c.env.session(ctx)
	if err != nil {
		return
	}
	defer s.Close()
	for _, o := range list {
		var no *link.Refusal
		if err := s.Delete(ctx, join.LockerOf(o.root).Founding); err != nil && !(errors.As(err, &no) && no.Code.Advice() != wire.Retry) {
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v != nil {
		c.keepProfile(ctx, func(p *profile) { p.oldLockers, p.lockersNext = nil, time.Time{} })
	}
}

// settleSheet forgets what has come to nothing: another device has put a sheet
// of its own in the place of the one by which this device came back. The caller
// holds mu.
func (c *Client) settleSheet(ctx context.Context) {
	a, sheet, ok := c.sheetNow()
	c.lostSheet = false
	if ok && !c.p.heir.Valid() {
		_, c.lostSheet = c.successor(a, sheet)
	}
	if !ok || !c.p.retiring.Valid() || c.byPaper(a) || c.p.heir.Valid() && sheet.ID == c.p.heir.Device().ID() {
		return
	}
	if old, known := a.Device(c.p.retiring.Device().ID()); !known || old.ID() == sheet.ID {
		return
	}
	c.keepProfile(ctx, func(p *profile) {
		p.retiring, p.heir, p.heirMade, p.heirChange = join.Sheet{}, join.Sheet{}, time.Time{}, nil
	})
}

// A SheetUse is a device that came in by the recovery sheet.
type SheetUse struct {
	Device seal.DeviceID
	When   time.Time
	Active bool
}

// SheetUses lists the other devices of this account that a sheet let in since
// this device belongs to it, and that its person has not taken notice of.
func (l Look) SheetUses() (out []SheetUse) {
	prim := l.c.primary()
	if prim == nil {
		return nil
	}
	prim.book.Lock()
	defer prim.book.Unlock()
	a, ok := prim.book.Account(prim.account)
	if !ok {
		return nil
	}
	sheets, mine := make(map[seal.DeviceID]bool), false
	for _, d := range a.Devices() {
		switch {
		case d.Sheet:
			sheets[d.ID] = true
		case d.ID == prim.device.ID():
			mine = true
		case mine && sheets[d.AddedBy] && !slices.Contains(l.c.p.useSeen, d.ID):
			out = append(out, SheetUse{d.ID, d.Added, d.Active()})
		}
	}
	return out
}

// SheetUseSeen takes notice of a device that came in by the sheet.
func (c *Client) SheetUseSeen(ctx context.Context, id seal.DeviceID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	if slices.Contains(c.p.useSeen, id) {
		return nil
	}
	return c.keepProfile(ctx, func(p *profile) { p.useSeen = append(slices.Clip(p.useSeen), id) })
}
