package app

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

// A patient may ask a centre to keep entries and not to use them, of some days or
// of all (GDPR, article 18). The wish, the answer and the end stand in their space.
// What is restricted is left out of the diary that the centre's pages ask: see shown.
const typeRestriction link.Type = 93 // centre: a wish, or the answer to one

const (
	fieldRestrictAct = iota + 150
	fieldRestrictOf
	fieldRestrictWhy
	fieldRestrictFrom
	fieldRestrictTo
	fieldRestrictWords
	fieldRestrictEnds
)

// restrictAct is what a statement of type 93 does.
type restrictAct uint8

const (
	restrictAsk    restrictAct = 1 + iota // the patient
	restrictBack                          // the patient takes a wish back
	restrictAccept                        // the centre, as all that follow
	restrictRefuse                        // it does not
	restrictEnd                           // it will end one
	restrictShow                          // it looks at what is restricted
	restrictActs   = iota
)

// RestrictWhy is why a patient asks, after article 18 (1).
type RestrictWhy uint8

const (
	RestrictDisputed RestrictWhy = 1 + iota // the data are not right
	RestrictUnlawful                        // used unlawfully, and not to be erased
	RestrictClaims                          // the patient needs them for claims
	RestrictObjected                        // the patient objects to their use
)

// ShowWhy is why somebody at a centre looks at what is restricted, after article 18 (2).
type ShowWhy uint8

const (
	ShowAgreed    ShowWhy = 1 + iota // the patient agrees
	ShowEmergency                    // somebody has to treat now
	ShowDuty                         // a claim, or a duty by law
	ShowOthers                       // somebody else's rights
	ShowPublic                       // an important public interest
)

const (
	// RestrictNotice is how long before its end the patient hears of it.
	RestrictNotice = 14 * 24 * time.Hour

	// RestrictAnswer is how long an answer may take (article 12 (3)).
	RestrictAnswer = 30 * 24 * time.Hour

	// MaxRestrictText bounds what can be said about one, in bytes.
	MaxRestrictText = maxRemark

	// maxWishes is how many wishes without an answer a patient's app lets stand.
	maxWishes = 20

	// restrictedBack is how many days back no day may be restricted for what follows
	// from all days: joints, missed doses, the stock.
	restrictedBack = 182
)

// ErrRestricted reports what may not be done with a diary that is restricted.
var ErrRestricted = errors.New("app: the use of entries is restricted")

// A restrictSay is one statement of type 93.
type restrictSay struct {
	act      restrictAct
	of       link.Hash
	why      uint8
	from, to diary.Date // zero: without a beginning, without an end
	words    string
	ends     int64 // ms

	saying
	account keyring.AccountID
}

func (x *restrictSay) body() []byte {
	f := make(fields)
	f.setNumber(fieldRestrictAct, uint64(x.act))
	if x.of != (link.Hash{}) {
		f[fieldRestrictOf] = x.of[:]
	}
	if x.why != 0 {
		f.setNumber(fieldRestrictWhy, uint64(x.why))
	}
	if !x.from.IsZero() {
		f.setNumber(fieldRestrictFrom, numberOfDay(x.from))
	}
	if !x.to.IsZero() {
		f.setNumber(fieldRestrictTo, numberOfDay(x.to))
	}
	if x.words != "" {
		f[fieldRestrictWords] = []byte(x.words)
	}
	if x.ends != 0 {
		f.setNumber(fieldRestrictEnds, uint64(x.ends))
	}
	return f.bytes()
}

// dayIn reads a day that may be absent.
func dayIn(f fields, n uint16) (d diary.Date, ok bool) {
	if f[n] == nil {
		return d, true
	}
	return dayOf(f.number(n))
}

func parseRestriction(body []byte) (x restrictSay, err error) {
	f, err := parseFields(body)
	if err != nil {
		return x, err
	}
	act, why, ends := f.number(fieldRestrictAct), f.number(fieldRestrictWhy), f.number(fieldRestrictEnds)
	has := func(n uint16) bool { return f[n] != nil }
	if act == 0 || act > restrictActs {
		return x, errFields
	}
	x = restrictSay{act: restrictAct(act), words: f.text(fieldRestrictWords), ends: int64(ends)}
	named := x.act != restrictAsk && x.act != restrictShow
	of, complete := copy32(f[fieldRestrictOf])
	from, one := dayIn(f, fieldRestrictFrom)
	to, two := dayIn(f, fieldRestrictTo)
	most := uint64(0)
	switch x.act {
	case restrictAsk:
		most = uint64(RestrictObjected)
	case restrictShow:
		most = uint64(ShowPublic)
	}
	switch {
	case named != has(fieldRestrictOf), named && (!complete || of == [32]byte{}),
		has(fieldRestrictWhy) != (most > 0), most > 0 && (why == 0 || why > most),
		!one, !two, x.act != restrictAsk && (has(fieldRestrictFrom) || has(fieldRestrictTo)), !from.IsZero() && !to.IsZero() && to.Before(from),
		!goodText(x.words, MaxRestrictText), has(fieldRestrictWords) && (x.words == "" || x.act == restrictBack),
		(x.act == restrictRefuse || x.act == restrictEnd) && x.words == "",
		has(fieldRestrictEnds) != (x.act == restrictEnd), x.act == restrictEnd && (ends == 0 || ends >= 1<<53):
		return restrictSay{}, errFields
	}
	x.of, x.why, x.from, x.to = of, uint8(why), from, to
	return x, nil
}

// restrictionIn is what a statement of type 93 says, if its author may say that.
func restrictionIn(e *link.Entry) (x restrictSay, ok bool) {
	x, err := parseRestriction(e.Body)
	right := keyring.Treat
	if x.act <= restrictBack {
		right = keyring.Own
	}
	if err != nil || e.Right != right || x.act == restrictEnd && x.ends < e.Time+RestrictNotice.Milliseconds() { // the patient is told before
		return x, false
	}
	x.at, x.hash, x.account = e.Time, e.Hash(), e.Account
	return x, true
}

// restrictions are those of one space.
type restrictions struct {
	asks    []*restrictSay // the earliest first
	answers map[link.Hash]*restrictAnswers
	shows   []*restrictSay // in the order of reading
	said    int            // statements
}

// restrictAnswers are what was said about one wish; nil: nothing of the kind.
type restrictAnswers struct {
	back    *restrictSay // the first
	yes, no *restrictSay // the latest
	ends    []*restrictSay
}

// take adds a statement, in whatever order they come.
func (r *restrictions) take(e *link.Entry) {
	x, ok := restrictionIn(e)
	if !ok {
		return
	}
	r.said++
	switch x.act {
	case restrictAsk:
		at, _ := slices.BinarySearchFunc(r.asks, &x, compareSays)
		r.asks = slices.Insert(r.asks, at, &x)
		return
	case restrictShow:
		r.shows = append(r.shows, &x)
		return
	}
	if r.answers == nil {
		r.answers = make(map[link.Hash]*restrictAnswers)
	}
	a := r.answers[x.of]
	if a == nil {
		a = new(restrictAnswers)
		r.answers[x.of] = a
	}
	latest := func(at **restrictSay) {
		if *at == nil || compareSays(*at, &x) < 0 {
			*at = &x
		}
	}
	switch x.act {
	case restrictBack:
		if a.back == nil || compareSays(&x, a.back) < 0 {
			a.back = &x
		}
	case restrictAccept:
		latest(&a.yes)
	case restrictRefuse:
		latest(&a.no)
	case restrictEnd:
		a.ends = append(a.ends, &x)
	}
}

func compareSays(a, b *restrictSay) int {
	return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.hash[:], b.hash[:]))
}

// RestrictState is what became of a wish.
type RestrictState uint8

const (
	RestrictAsked   RestrictState = iota
	RestrictInForce               // accepted
	RestrictEnding                // in force, its end is announced
	RestrictEnded
	RestrictRefused
	RestrictBack // the patient took it back
)

// Holds tells whether entries are restricted by it.
func (s RestrictState) Holds() bool { return s == RestrictInForce || s == RestrictEnding }

// state is what became of a wish, and the statement by which.
func (r *restrictions) state(ask *restrictSay, now int64) (RestrictState, *restrictSay) {
	a := r.answers[ask.hash]
	switch {
	case a == nil:
		return RestrictAsked, nil
	case a.back != nil:
		return RestrictBack, a.back
	case a.yes == nil && a.no != nil:
		return RestrictRefused, a.no
	case a.yes == nil:
		return RestrictAsked, nil
	}
	var end *restrictSay
	for _, x := range a.ends {
		if compareSays(a.yes, x) < 0 && (end == nil || cmp.Or(cmp.Compare(end.ends, x.ends), compareSays(end, x)) < 0) {
			end = x
		}
	}
	switch {
	case end == nil:
		return RestrictInForce, a.yes
	case now < end.ends:
		return RestrictEnding, end
	}
	return RestrictEnded, end
}

// days are those from one to another, both of them; zero is without an end.
type days struct{ from, to diary.Date }

func (p days) has(d diary.Date) bool {
	return (p.from.IsZero() || !d.Before(p.from)) && (p.to.IsZero() || !p.to.Before(d))
}

// meets tells whether two of them have a day in common.
func (p days) meets(o days) bool {
	before := func(a, b days) bool { return !a.to.IsZero() && !b.from.IsZero() && a.to.Before(b.from) }
	return !before(p, o) && !before(o, p)
}

// inForce are the days that are restricted, and until when that is sure, in ms; 0:
// until something is said.
func (r *restrictions) inForce(now int64) (list []days, until int64) {
	for _, ask := range r.asks {
		if st, by := r.state(ask, now); st.Holds() {
			list = append(list, days{ask.from, ask.to})
			if st == RestrictEnding && (until == 0 || by.ends < until) {
				until = by.ends
			}
		}
	}
	return list, until
}

// waiting are the wishes without an answer, the earliest first.
func (r *restrictions) waiting(now int64) (list []*restrictSay) {
	for _, ask := range r.asks {
		if st, _ := r.state(ask, now); st == RestrictAsked {
			list = append(list, ask)
		}
	}
	return list
}

// restrictable are the kinds of entries that can be restricted: what a diary says of
// somebody's health and treatment. A plan is what the person is treated by now, a
// recall is a warning, and a conversation needs both sides.
var restrictable = [...]diary.Kind{
	diary.KindTreatment, diary.KindBleed, diary.KindNote, diary.KindPack, diary.KindRemoval, diary.KindMeasure, diary.KindAbout, diary.KindPhoto,
}

// hides tells which items of a diary are restricted.
func hides(d *diary.Diary, list []days) func(*diary.Item) bool {
	on := func(it *diary.Item) bool {
		day, _ := it.When.Wall()
		return slices.ContainsFunc(list, func(p days) bool { return p.has(day) })
	}
	return func(it *diary.Item) bool {
		if !slices.Contains(restrictable[:], it.Kind()) {
			return false
		}
		if on(it) {
			return true
		}
		var about diary.ID
		switch e := it.Entry.(type) {
		case *diary.Photo:
			about = e.About
		case *diary.Note:
			about = e.About
		}
		of, ok := d.Get(about)
		return ok && slices.Contains(restrictable[:], of.Kind()) && on(of)
	}
}

// A lessened is a patient's diary without what is restricted. It is the same one as
// long as it says the same, since what was worked out of it is kept with it.
type lessened struct {
	diary *diary.Diary
	read  func(add func(diary.Record)) error
	size  int // records of the whole then
	list  []days
}

// shown is a patient's diary as pages may ask it. It rests while nobody does.
func (c *Client) shown(s *space) *diary.Diary {
	if len(s.restrict.asks) == 0 {
		return s.diary
	}
	list, _ := s.restrict.inForce(c.env.Now().UnixMilli())
	k := &s.less
	if len(list) == 0 {
		*k = lessened{}
		return s.diary
	}
	if k.diary == nil || k.size != s.diary.Len() || !slices.Equal(k.list, list) {
		*k = lessened{diary: new(diary.Diary), read: s.diary.Without(hides(s.diary, list)), size: s.diary.Len(), list: list}
		k.diary.Rest(k.read)
	}
	return k.diary
}

// restricted reports that entries of a patient are restricted now.
func (c *Client) restricted(s *space) bool {
	if len(s.restrict.asks) == 0 {
		return false
	}
	list, _ := s.restrict.inForce(c.env.Now().UnixMilli())
	return len(list) > 0
}

// AskRestriction asks a centre to keep entries and not to use them, from one day to
// another; a zero day is without that end. Only who owns the diary may.
func (c *Client) AskRestriction(ctx context.Context, n uint32, why RestrictWhy, from, to diary.Date, words string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.restricting(n, roleCentre)
	switch {
	case err != nil:
		return err
	case c.rightIn(s) != keyring.Own:
		return ErrRight
	case len(s.restrict.waiting(c.env.Now().UnixMilli())) >= maxWishes:
		return ErrTerms
	}
	return c.restrict(ctx, s, restrictSay{act: restrictAsk, why: uint8(why), from: from, to: to, words: words})
}

// TakeRestrictionBack ends a wish, or the restriction itself, at once.
func (c *Client) TakeRestrictionBack(ctx context.Context, n uint32, of [32]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.restricting(n, roleCentre)
	if err != nil {
		return err
	}
	if c.rightIn(s) != keyring.Own {
		return ErrRight
	}
	if st, ok := c.stateOf(s, of); !ok || st != RestrictAsked && !st.Holds() {
		return ErrMoved
	}
	return c.restrict(ctx, s, restrictSay{act: restrictBack, of: of})
}

// RestrictAnswering is what a centre says to a wish.
type RestrictAnswering uint8

const (
	AcceptRestriction RestrictAnswering = iota // also to keep one whose end was announced
	RefuseRestriction                          // with words
	EndRestriction                             // after RestrictNotice, with words
)

// AnswerRestriction is the centre's word on a wish. Only leads and doctors may give it. It
// is ErrMoved if a colleague, or the patient, was first.
func (c *Client) AnswerRestriction(ctx context.Context, n uint32, of [32]byte, a RestrictAnswering, words string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.studying(); err != nil {
		return err
	}
	s, err := c.restricting(n, rolePatient)
	if err != nil {
		return err
	}
	x := restrictSay{act: restrictAccept + restrictAct(a), of: of, words: words}
	st, ok := c.stateOf(s, of)
	switch {
	case !ok,
		a == AcceptRestriction && st != RestrictAsked && st != RestrictRefused && st != RestrictEnding,
		a == RefuseRestriction && st != RestrictAsked,
		a == EndRestriction && st != RestrictInForce:
		return ErrMoved
	case a == EndRestriction:
		// A minute more: the statement has its time a moment later.
		x.ends = c.env.Now().Add(RestrictNotice + time.Minute).UnixMilli()
	}
	return c.restrict(ctx, s, x)
}

// ShowRestricted shows what is restricted of a patient on this device, for as long as
// one look lasts in the access log, where the reason is kept for the patient too.
func (c *Client) ShowRestricted(ctx context.Context, n uint32, why ShowWhy, words string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.actingAtCentre(); err != nil {
		return err
	}
	s := c.space(n)
	switch {
	case s == nil || s.role != rolePatient:
		return ErrNotShared
	case c.teamRole() == keyring.Reader:
		return ErrRight
	case !c.restricted(s):
		return nil
	}
	x := restrictSay{act: restrictShow, why: uint8(why), words: words}
	if _, err := parseRestriction(x.body()); err != nil {
		return ErrTerms
	}
	var err error
	if c.ended(s) != nil {
		err = c.write(ctx, c.primary(), typeLooked, lookedBody(s.replica.Space().ID(), &x))
	} else {
		err = c.write(ctx, s, typeRestriction, x.body())
	}
	if err == nil {
		s.bared = c.env.Now()
	}
	return err
}

// restricting is a space in which something may be said about restrictions.
func (c *Client) restricting(n uint32, role spaceRole) (*space, error) {
	if s := c.space(n); c.v != nil && s != nil && s.role == role && c.ended(s) != nil {
		return nil, ErrParted
	}
	return c.parts(n, role)
}

func (c *Client) stateOf(s *space, of link.Hash) (RestrictState, bool) {
	i := slices.IndexFunc(s.restrict.asks, func(x *restrictSay) bool { return x.hash == of })
	if i < 0 {
		return 0, false
	}
	st, _ := s.restrict.state(s.restrict.asks[i], c.env.Now().UnixMilli())
	return st, true
}

func (c *Client) restrict(ctx context.Context, s *space, x restrictSay) error {
	body := x.body()
	if _, err := parseRestriction(body); err != nil {
		return ErrTerms
	}
	return c.write(ctx, s, typeRestriction, body)
}

// A Restriction is one wish as screens show it.
type Restriction struct {
	ID       [32]byte // the hash of the statement that asks: its receipt
	At       time.Time
	Why      RestrictWhy
	From, To diary.Date // zero: without a beginning, without an end
	Words    string
	State    RestrictState
	Said     time.Time // when State came about; zero while it was only asked
	By       string    // who at the centre said it
	Answer   string    // in their words
	Ends     time.Time // of an end that is announced, or that has come
	Receipt  [32]byte  // of the answer
}

// Restrictions are the wishes between this diary and a centre, by its number, or
// of a patient, by theirs; the latest first.
func (l Look) Restrictions(n uint32) (out []Restriction) {
	s := l.c.space(n)
	if s == nil || s.role != roleCentre && s.role != rolePatient {
		return nil
	}
	for _, ask := range slices.Backward(s.restrict.asks) {
		r := Restriction{ID: ask.hash, At: time.UnixMilli(ask.at), Why: RestrictWhy(ask.why), From: ask.from, To: ask.to, Words: ask.words}
		var by *restrictSay
		if r.State, by = s.restrict.state(ask, l.c.env.Now().UnixMilli()); by != nil {
			r.Said, r.Answer, r.Receipt = time.UnixMilli(by.at), by.words, by.hash
			if by.act > restrictBack {
				r.By = l.c.nameOf(s, by.account, diary.Centre)
			}
			if by.ends != 0 {
				r.Ends = time.UnixMilli(by.ends)
			}
		}
		out = append(out, r)
	}
	return out
}

// Bared tells until when this device shows what is restricted of a patient; zero: it
// does not.
func (l Look) Bared(n uint32) (until time.Time) {
	s := l.c.space(n)
	if s == nil || s.bared.IsZero() || !l.c.restricted(s) {
		return until
	}
	until = s.bared.Add(openedEvery)
	if now := l.c.env.Now(); now.Before(s.bared) || !now.Before(until) {
		return time.Time{}
	}
	return until
}

// PatientHere is Patient, with what is restricted if this device shows it: for pages
// about this patient alone.
func (l Look) PatientHere(n uint32) (PatientInfo, bool) {
	p, ok := l.Patient(n)
	if ok && !l.Bared(n).IsZero() {
		p.Diary = l.Whole(n)
	}
	return p, ok
}

// Whole is a patient's diary with what is restricted, which no list and no page but
// PatientHere's may ask.
func (l Look) Whole(n uint32) *diary.Diary {
	if s := l.c.space(n); s != nil && s.role == rolePatient {
		return s.diary
	}
	return new(diary.Diary)
}

// ShownOf are the looks of a centre at what is restricted, the latest first: at
// home by the number of the centre.
func (l Look) ShownOf(n uint32) (out []Visit) {
	s := l.c.space(n)
	if s == nil {
		return nil
	}
	for _, x := range s.restrict.shows {
		out = append(out, Visit{
			Account: x.account, Name: l.c.nameOf(s, x.account, diary.Centre), At: time.UnixMilli(x.at), Why: ShowWhy(x.why), Words: x.words,
		})
	}
	arrange.By(out, func(a, b Visit) int { return b.At.Compare(a.At) })
	return out
}
