package app

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// A recall goes to every patient of a centre, and what is said of it later to many.
// What is to be said is kept first, and each diary tells whether it has been said in
// it: so nobody is left out and nobody is told twice, whatever interrupts it, and a
// diary that is still to be read gets it when it was read. Many are written to in one
// transaction, and whoever asks something of the client is answered in between.

// MailKind tells what a mailing says.
type MailKind uint8

// Kinds of mailings.
const (
	MailRecall MailKind = 1 // to all patients: lots are not to be used
	MailUndo   MailKind = 2 // to all who have the recall: it is taken back
	MailTell   MailKind = 3 // to all whom the recall concerns: a message
)

const (
	// mailFirst is how many are written to in the first transaction, mailAtOnce in one at
	// most. There are more or fewer in the next, so that it takes about mailFor, while
	// everybody else waits.
	mailFirst  = 2
	mailAtOnce = 50
	mailFor    = 60 * time.Millisecond

	// mailAgain lies between two tries where the disk refuses.
	mailAgain = 5 * time.Second

	// mailSkew is how far ahead the clock of a colleague may be whose recall is taken back.
	mailSkew = 24 * time.Hour
)

// mailPrefix begins the keys of mailings under way: fields 1 kind, 2 when it was asked
// for, 3 the recall, 4 the reason or message.
const mailPrefix = "mail/"

const (
	fieldMailKind = iota + 1
	fieldMailAt
	fieldMailRecall
	fieldMailText
)

// A mailing is one such act.
type mailing struct {
	key    string // in the vault
	kind   MailKind
	at     int64 // ms
	recall *diary.Recall
	about  string // RecallKey of it
	text   string

	// Memory only.
	done   map[uint32]bool // patients who have it, or need not
	failed error           // why it does not go on
}

// mail is what is on its way.
type mail struct {
	list []*mailing // in the order it was asked for
	next uint32
	many int           // are written to in the next transaction
	busy bool          // it is being sent
	held bool          // what was written waits for all of it to be written
	wake chan struct{} // capacity 1
}

func (m *mail) poke() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *mailing) record() (vaultRecord, error) {
	body, err := diary.Encode(m.recall)
	f := fields{fieldMailRecall: body}
	f.setNumber(fieldMailKind, uint64(m.kind))
	f.setNumber(fieldMailAt, uint64(m.at))
	if m.text != "" {
		f[fieldMailText] = []byte(m.text)
	}
	return vaultRecord{Key: m.key, Value: f.bytes()}, err
}

func parseMailing(key string, raw []byte) (*mailing, error) {
	f, err := parseFields(raw)
	if err != nil {
		return nil, err
	}
	e, err := diary.Decode(diary.KindRecall, f[fieldMailRecall])
	if err != nil {
		return nil, err
	}
	kind := f.number(fieldMailKind)
	m := &mailing{key: key, kind: MailKind(kind), at: int64(f.number(fieldMailAt)), recall: e.(*diary.Recall), text: f.text(fieldMailText), done: make(map[uint32]bool)}
	m.about = RecallKey(m.recall)
	if kind == 0 || kind > uint64(MailTell) || m.at <= 0 || (m.text == "") != (m.kind == MailRecall) {
		return nil, errFields
	}
	return m, nil
}

// loadMail brings back what was under way. What a later release wrote waits for it.
func (c *Client) loadMail(ctx context.Context) error {
	records, err := c.v.Scan(ctx, mailPrefix)
	if err != nil {
		return err
	}
	for _, rec := range records {
		n, err := strconv.ParseUint(rec.Key[len(mailPrefix):], 16, 32)
		if err != nil {
			return errFields
		}
		c.mail.next = uint32(n) + 1 // they come by their numbers
		if m, err := parseMailing(rec.Key, rec.Value); err == nil {
			c.mail.list = append(c.mail.list, m)
		}
	}
	return nil
}

// ErrMailing reports that a recall is still being taken back.
var ErrMailing = errors.New("app: the recall is still being taken back")

// SendRecall warns all patients who share their diary with the centre and do not have
// this recall. Once it returns nil it is certain that they will be.
func (c *Client) SendRecall(ctx context.Context, r *diary.Recall) error {
	return c.mailOut(ctx, MailRecall, r, "")
}

// UndoRecall takes a recall back in every diary that has it.
func (c *Client) UndoRecall(ctx context.Context, r *diary.Recall, why string) error {
	return c.mailOut(ctx, MailUndo, r, why)
}

// TellRecalled writes to each patient who was warned, and whom the recall concerns.
func (c *Client) TellRecalled(ctx context.Context, r *diary.Recall, text string) error {
	return c.mailOut(ctx, MailTell, r, text)
}

func (c *Client) mailOut(ctx context.Context, kind MailKind, r *diary.Recall, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	prim := c.primary()
	switch {
	case prim == nil || prim.role != roleTeam:
		return ErrNotShared
	case c.expelled() || c.teamRole() == keyring.Reader:
		return ErrRight
	case c.outdated(kind.statement()):
		return ErrOutdated
	}
	said := *r
	m := &mailing{key: mailPrefix + digits(c.mail.next), kind: kind, at: c.env.Now().UnixMilli(), recall: &said, about: RecallKey(r), text: text, done: make(map[uint32]bool)}
	m.recall.Head = diary.Head{ID: diary.NewID(), Entered: diary.MomentOf(c.env.Now())}
	if !r.Entered.IsZero() {
		m.recall.Entered = r.Entered
	}
	rec, err := m.record()
	if err != nil {
		return err
	}
	puts := []vaultRecord{rec}
	var out []*mailing
	for _, o := range c.mail.list {
		switch {
		case o.about != m.about:
		case kind == o.kind && text == o.text:
			return nil // it is under way
		case kind == MailRecall && o.kind == MailUndo:
			return ErrMailing
		case kind == MailUndo:
			puts, out = append(puts, vaultRecord{Key: o.key}), append(out, o)
		}
	}
	if err := c.v.Write(ctx, puts); err != nil {
		return err
	}
	c.mail.next++
	c.mail.list = append(slices.DeleteFunc(c.mail.list, func(o *mailing) bool { return slices.Contains(out, o) }), m)
	c.startMail()
	return nil
}

// statement is the type of what a mailing says.
func (k MailKind) statement() link.Type {
	return link.Type([...]diary.Kind{0, diary.KindRecall, diary.KindRetract, diary.KindMessage}[k])
}

// startMail sends what is under way, beside everything else. The caller holds mu.
func (c *Client) startMail() {
	if c.mail.busy || len(c.mail.list) == 0 || c.p.role != Centre {
		c.mail.poke()
		return
	}
	c.mail.busy = true
	ctx, wake := c.ctx, c.mail.wake
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		var told time.Time
		for {
			c.mu.Lock()
			if c.v == nil || ctx.Err() != nil {
				c.mu.Unlock()
				return
			}
			// The relay's answers are kept as well, and would stand in the way.
			c.mail.held = true
			pause := c.mailRound(ctx)
			over := len(c.mail.list) == 0
			if c.mail.busy = !over; over || pause > readingRest {
				c.mail.held = false
				for _, p := range c.peers {
					p.Resume()
				}
			}
			c.mu.Unlock()
			if over || pause > readingRest || time.Since(told) > readingShown {
				c.env.Changed()
				told = time.Now()
			}
			if over {
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-wake:
			case <-time.After(pause):
			}
		}
	}()
}

// mailRound writes to some patients, and tells how long to rest then. The caller
// holds mu.
func (c *Client) mailRound(ctx context.Context) time.Duration {
	if c.expelled() {
		return upkeepEvery
	}
	for _, m := range slices.Clone(c.mail.list) {
		moved, err := c.mailSome(ctx, m)
		if m.failed = err; err != nil {
			return mailAgain
		}
		if moved {
			return readingRest
		}
		if len(c.reading.left) == 0 {
			if m.failed = c.dropMail(ctx, m); m.failed != nil {
				return mailAgain
			}
		}
	}
	return upkeepEvery // or when another diary was read
}

// dropMail forgets a mailing that was sent, or is not to be sent any more.
func (c *Client) dropMail(ctx context.Context, m *mailing) error {
	if err := c.v.Write(ctx, []vaultRecord{{Key: m.key}}); err != nil {
		return err
	}
	c.mail.list = slices.DeleteFunc(c.mail.list, func(o *mailing) bool { return o == m })
	return nil
}

// mailSome writes to the next patients of those whose diary was read, and tells
// whether there were any.
func (c *Client) mailSome(ctx context.Context, m *mailing) (moved bool, err error) {
	if m.kind == MailRecall && c.takenBack(m) {
		return true, c.dropMail(ctx, m)
	}
	write, err := c.mailer(m)
	if err != nil {
		return false, err
	}
	var list []letter
	began := time.Now()
	for _, s := range c.spaces {
		if s.role != rolePatient || m.done[s.n] || c.ended(s) != nil {
			continue
		}
		if len(list) == max(c.mail.many, mailFirst) || moved && time.Since(began) > mailFor {
			break
		}
		moved = true
		g, ok := s.sure()
		if !ok {
			return false, c.unread // who could not be read might have it
		}
		e := write(s, g)
		if e == nil {
			m.done[s.n] = true
			continue
		}
		body, err := c.encode(e)
		if err != nil {
			return false, err
		}
		list = append(list, letter{s, body})
	}
	refused, err := c.writeMany(ctx, m.kind.statement(), list)
	if err != nil {
		return false, err
	}
	switch took := time.Since(began); {
	case took > 2*mailFor:
		c.mail.many = max(len(list)/2, mailFirst)
	case took < mailFor:
		c.mail.many = min(2*max(len(list), mailFirst), mailAtOnce)
	}
	for i, x := range list {
		if refused[i] != nil {
			err = refused[i]
		} else if m.kind != MailUndo { // there may be another
			m.done[x.to.n] = true
		}
	}
	return moved, err
}

// takenBack reports that somebody has taken the recall back since it was begun here.
func (c *Client) takenBack(m *mailing) bool {
	return slices.ContainsFunc(c.spaces, func(s *space) bool {
		return s.role == rolePatient && slices.ContainsFunc(s.gist.recalls, func(w Warned) bool { return w.BackAt >= m.at && w.About == m.about })
	})
}

// mailer returns what writes a mailing's entry for a patient; nil if none is needed.
func (c *Client) mailer(m *mailing) (func(*space, *gist) diary.Entry, error) {
	switch m.kind {
	case MailUndo:
		return func(_ *space, g *gist) diary.Entry {
			if w := g.standing(m.about); w != nil && w.At <= m.at+mailSkew.Milliseconds() {
				return &diary.Retract{Entry: w.ID, Reason: m.text}
			}
			return nil
		}, nil
	case MailTell:
		used := make(map[keyring.SpaceID]bool)
		for _, r := range c.wholeBook().Recall(m.recall) {
			used[r.Patient] = true
		}
		return func(s *space, g *gist) diary.Entry {
			w := g.standing(m.about)
			if w == nil || slices.ContainsFunc(w.Told, func(t Told) bool { return t.Text == m.text }) {
				return nil
			}
			if len(g.heldOf(m.recall)) == 0 && !used[s.replica.Space().ID()] && len(c.usedSince(s, m.recall)) == 0 {
				return nil
			}
			return &diary.Message{Text: m.text, About: w.ID}
		}, nil
	}
	id, err := c.recallID(m.about)
	return func(s *space, g *gist) diary.Entry {
		back := uint32(0)
		for i := range g.recalls {
			if w := &g.recalls[i]; w.About == m.about {
				if !w.Back {
					return nil
				}
				back++
			}
		}
		e := *m.recall
		e.ID = id(s, back)
		return &e
	}, err
}

// recallID returns what derives the identifier of a recall in a patient's diary, after
// it was taken back there so many times. All devices of the centre derive the same, and
// nobody else: where two of them send a recall at once, the diary shows it once.
func (c *Client) recallID(about string) (func(*space, uint32) diary.ID, error) {
	prim := c.primary()
	prim.book.Lock()
	defer prim.book.Unlock()
	keys, err := c.teamKeys(prim)
	if err != nil {
		return nil, err
	}
	root := keys.Key(1)
	return func(s *space, back uint32) (id diary.ID) {
		space := s.replica.Space().ID()
		h := seal.Hash(seal.LabelAppRecall, root.Bytes(), space[:], []byte(about), number(back))
		copy(id[:], h[:])
		return id
	}, nil
}

// A letter is the body of a statement for a space.
type letter struct {
	to   *space
	body []byte
}

// writeMany is write in many patients' spaces at once: all of it is kept, or nothing.
// What a single space refuses is said in its place.
func (c *Client) writeMany(ctx context.Context, t link.Type, list []letter) (refused []error, err error) {
	if len(list) == 0 {
		return nil, nil
	}
	if c.idle(list[0].to, t) {
		return nil, ErrRight
	}
	if c.outdated(t) {
		return nil, ErrOutdated
	}
	if err := c.introduceMany(ctx, t, list); err != nil {
		return nil, err
	}
	return c.writeAll(ctx, t, list)
}

func (c *Client) writeAll(ctx context.Context, t link.Type, list []letter) ([]error, error) {
	drafts := make([]link.Draft, len(list))
	for i, x := range list {
		drafts[i] = link.Draft{Replica: x.to.replica, Type: t, Body: x.body}
	}
	updates, refused, err := link.WriteAll(ctx, drafts)
	if err != nil {
		return nil, err
	}
	for i, x := range list {
		c.absorb(x.to, updates[i].Entries)
	}
	return refused, nil
}

// introduceMany is introduce for many patients.
func (c *Client) introduceMany(ctx context.Context, t link.Type, list []letter) error {
	prim := c.primary()
	prim.book.Lock()
	a, ok := prim.book.Account(prim.account)
	grown := ok && a.Length() > 1
	own := link.ChainsBody(chainsOf(prim.book.Book, keyring.TeamID{}, prim.account)...)
	prim.book.Unlock()
	now := c.standing()
	var first, news, leases []letter
	for _, x := range list {
		if !x.to.wrote && grown {
			first = append(first, letter{x.to, own})
		}
		if now.new(x.to) && x.to.parting == nil && t != link.TypeLease && c.teamRole() != keyring.Reader {
			news, leases = append(news, letter{x.to, c.chainsIn(now)}), append(leases, letter{x.to, now.head[:]})
		}
	}
	for _, step := range []struct {
		t    link.Type
		list []letter
	}{{link.TypeChain, first}, {link.TypeChain, news}, {link.TypeLease, leases}} {
		if _, err := c.writeAll(ctx, step.t, step.list); err != nil {
			return err
		}
	}
	return nil
}

// A Mailing is something on its way to many patients.
type Mailing struct {
	Kind     MailKind
	Recall   *diary.Recall
	About    string // RecallKey of it
	Text     string
	At       time.Time
	Done, Of int   // patients
	Failed   error // why it does not go on; it is tried again
}

// Mailings lists them, the first first.
func (l Look) Mailings() (out []Mailing) {
	for _, m := range l.c.mail.list {
		out = append(out, Mailing{m.kind, m.recall, m.about, m.text, time.UnixMilli(m.at), len(m.done), l.Reachable(), m.failed})
	}
	return out
}

// Reachable is how many patients share their diary with the centre now, those whose
// diary is still to be read among them.
func (l Look) Reachable() int {
	n := l.PatientCount()
	for _, s := range l.c.reading.left {
		if s.card == nil || l.c.desk.closed[s.card.id] == nil {
			n++
		}
	}
	return n
}
