package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/extract"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/pseudonym"
	"vialog/wasm/internal/seal"
)

// What a centre gives to registries and studies. A purpose stands in the team's
// space with a key of its own, and as a question in each patient's. The answer is
// the patient's, or what a doctor notes of a paper that the patient signed; only
// who said yes, to these very terms, is in an extract. FORMAT.md has the fields.
const (
	typePurpose  link.Type = 76 // team: a registry or a study, with its key
	typeQuestion link.Type = 77 // centre: the patient is asked
	typeConsent  link.Type = 78 // centre: yes or no
	typeExtract  link.Type = 79 // team: an extract was made
	typeGiven    link.Type = 81 // centre: this patient is in it
	typeStudyEnd link.Type = 85 // team: a registry or a study has ended
	typeAskedEnd link.Type = 86 // centre: the patient is told
)

const (
	fieldPurpose = iota + 100
	fieldPurposeKey
	fieldPurposeName
	fieldPurposeRecipient
	fieldPurposeWhat
	fieldPurposeContents
	fieldConsentTerms
	fieldConsentAnswer
	fieldConsentBorn
	fieldConsentSex
	fieldConsentSigned
	fieldConsentRemark
	fieldExtractFirst
	fieldExtractLast
	fieldExtractForm
	fieldExtractGiven
	fieldExtractFew
	fieldExtractWithout
	fieldEndWhy
	fieldEndAt
)

const (
	// MaxPurposeText is how long it can say what a purpose is for, in bytes.
	MaxPurposeText = 2000

	// contents is what extracts hold today, as papers/FORMAT.md lists it.
	contents = 1

	answerYes, answerNo = 1, 2
)

// PurposeID names a registry or a study.
type PurposeID [16]byte

// Terms are what somebody is asked to consent to.
type Terms struct {
	Name      string
	Recipient string
	What      string // what for
	Contents  uint16
}

// Good tells whether the texts are ones that a statement can hold.
func (t Terms) Good() bool {
	return goodPersonName(t.Name) && goodPersonName(t.Recipient) && t.What != "" && goodText(t.What, MaxPurposeText) && t.Contents != 0
}

// A purpose is a registry or a study as the team's space has it, or as a patient
// is asked for it: then without a key.
type purpose struct {
	id PurposeID
	Terms
	key  seal.Secret
	by   keyring.AccountID
	at   int64
	hash link.Hash
}

// terms is the hash that binds a consent to them.
func (p *purpose) terms() [32]byte {
	return seal.Hash(seal.LabelAppTerms, p.id[:], []byte(p.Name), []byte(p.Recipient), []byte(p.What), binary.BigEndian.AppendUint16(nil, p.Contents))
}

func (p *purpose) fields() fields {
	f := fields{fieldPurpose: p.id[:], fieldPurposeName: []byte(p.Name), fieldPurposeRecipient: []byte(p.Recipient), fieldPurposeWhat: []byte(p.What)}
	f.setNumber(fieldPurposeContents, uint64(p.Contents))
	return f
}

// question is the body of 77.
func (p *purpose) question() []byte { return p.fields().bytes() }

// body is that of 76.
func (p *purpose) body() []byte {
	f := p.fields()
	f[fieldPurposeKey] = p.key.Bytes()
	return f.bytes()
}

func purposeOf(f fields) (id PurposeID, ok bool) {
	return id, copy(id[:], f[fieldPurpose]) == len(id) && len(f[fieldPurpose]) == len(id)
}

// parseQuestion reads what 76 and 77 have in common.
func parseQuestion(body []byte) (p purpose, f fields, err error) {
	if f, err = parseFields(body); err != nil {
		return p, nil, err
	}
	id, ok := purposeOf(f)
	n := f.number(fieldPurposeContents)
	p.id = id
	p.Terms = Terms{f.text(fieldPurposeName), f.text(fieldPurposeRecipient), f.text(fieldPurposeWhat), uint16(n)}
	if !ok || n > 1<<16-1 || !p.Good() {
		return p, nil, errFields
	}
	return p, f, nil
}

func parsePurpose(body []byte) (p purpose, err error) {
	p, f, err := parseQuestion(body)
	if err != nil {
		return p, err
	}
	if p.key, err = seal.SecretFrom(f[fieldPurposeKey]); err != nil {
		return p, errFields
	}
	return p, nil
}

// before orders statements of which the earliest counts.
func (p *purpose) before(q *purpose) bool {
	return p.at < q.at || p.at == q.at && bytes.Compare(p.hash[:], q.hash[:]) < 0
}

// A Consent is one answer.
type Consent struct {
	Yes      bool
	Born     int // first year of the decade; 0: not stated
	Sex      extract.Sex
	ByCentre bool       // noted there, from paper
	Signed   diary.Date // on paper
	Remark   string
	By       string // who at the centre noted it
	At       time.Time
	Receipt  [32]byte // the hash of the statement

	terms   [32]byte
	account keyring.AccountID
}

// numberOfDay writes a day as a number, dayOf reads one from 1970 to 2199.
func numberOfDay(d diary.Date) uint64 {
	return uint64(d.Year)*10000 + uint64(d.Month)*100 + uint64(d.Day)
}

func dayOf(n uint64) (d diary.Date, ok bool) {
	if n < 1970_01_01 || n > 2199_12_31 {
		return d, false
	}
	d = diary.Date{Year: uint16(n / 10000), Month: uint8(n / 100 % 100), Day: uint8(n % 100)}
	return d, numberOfDay(diary.DateOf(d.Time())) == n
}

func (k *Consent) body(id PurposeID) []byte {
	f := fields{fieldPurpose: id[:], fieldConsentTerms: k.terms[:]}
	answer := uint64(answerNo)
	if k.Yes {
		answer = answerYes
	}
	f.setNumber(fieldConsentAnswer, answer)
	if k.Born != 0 {
		f.setNumber(fieldConsentBorn, uint64(k.Born))
	}
	if k.Sex != 0 {
		f.setNumber(fieldConsentSex, uint64(k.Sex))
	}
	if !k.Signed.IsZero() {
		f.setNumber(fieldConsentSigned, numberOfDay(k.Signed))
	}
	if k.Remark != "" {
		f[fieldConsentRemark] = []byte(k.Remark)
	}
	return f.bytes()
}

func parseConsent(body []byte, byCentre bool) (id PurposeID, k Consent, err error) {
	f, err := parseFields(body)
	if err != nil {
		return id, k, err
	}
	id, one := purposeOf(f)
	terms, two := copy32(f[fieldConsentTerms])
	answer, born, sex := f.number(fieldConsentAnswer), f.number(fieldConsentBorn), f.number(fieldConsentSex)
	k = Consent{Yes: answer == answerYes, ByCentre: byCentre, Remark: f.text(fieldConsentRemark), terms: terms}
	if !one || !two || answer != answerYes && answer != answerNo || born > extract.LastDecade || !extract.ValidDecade(int(born)) ||
		(f[fieldConsentBorn] != nil && born == 0) || (f[fieldConsentSex] != nil && sex == 0) || sex > 255 || !extract.Sex(sex).Valid() ||
		!goodText(k.Remark, maxRemark) || (!byCentre && (f[fieldConsentSigned] != nil || f[fieldConsentRemark] != nil)) {
		return id, k, errFields
	}
	k.Born, k.Sex = int(born), extract.Sex(sex)
	if f[fieldConsentSigned] != nil {
		d, ok := dayOf(f.number(fieldConsentSigned))
		if !ok {
			return id, k, errFields
		}
		k.Signed = d
	}
	if byCentre && k.Yes && k.Signed.IsZero() {
		return id, k, errFields
	}
	return id, k, nil
}

// after orders answers of which the latest counts.
func (k *Consent) after(o *Consent) bool {
	return o == nil || k.At.After(o.At) || k.At.Equal(o.At) && bytes.Compare(k.Receipt[:], o.Receipt[:]) > 0
}

// answers are those about one purpose: the latest of each kind, nil if there is none.
type answers struct {
	own, yes, no *Consent
	over         bool // the patient's space says that the purpose has ended
}

func (a *answers) take(k *Consent) {
	at := &a.own
	switch {
	case k.ByCentre && k.Yes:
		at = &a.yes
	case k.ByCentre:
		at = &a.no
	}
	if k.after(*at) {
		*at = k
	}
}

// last is what counts of them, yes or no; nil if nothing was said.
func (a answers) last() *Consent {
	k := a.own
	if k == nil {
		k = a.yes
	}
	if a.no != nil && (k == nil || !k.At.After(a.no.At)) {
		return a.no
	}
	return k
}

// inForce is the consent to terms that is in force; nil if there is none.
func (a answers) inForce(terms [32]byte) *Consent {
	if a.over {
		return nil
	}
	return a.agreed(terms)
}

// agreed is the consent to terms that is in force, or was when the purpose ended.
func (a answers) agreed(terms [32]byte) *Consent {
	if k := a.last(); k != nil && k.Yes && k.terms == terms {
		return k
	}
	return nil
}

// A Given is an extract that a patient is in, as the patient's space says.
type Given struct {
	Purpose     PurposeID
	First, Last int // years
	At          time.Time
	By          string

	account keyring.AccountID
}

func years(f fields, first, last int) {
	f.setNumber(fieldExtractFirst, uint64(first))
	f.setNumber(fieldExtractLast, uint64(last))
}

func parseYears(f fields) (first, last int, ok bool) {
	a, b := f.number(fieldExtractFirst), f.number(fieldExtractLast)
	return int(a), int(b), a >= 1970 && b <= 2199 && a <= b && b-a < extract.MaxYears
}

func givenBody(id PurposeID, first, last int) []byte {
	f := fields{fieldPurpose: id[:]}
	years(f, first, last)
	return f.bytes()
}

func parseGiven(body []byte) (g Given, err error) {
	f, err := parseFields(body)
	if err != nil {
		return g, err
	}
	id, one := purposeOf(f)
	first, last, two := parseYears(f)
	if !one || !two {
		return g, errFields
	}
	return Given{Purpose: id, First: first, Last: last}, nil
}

// An Extract is one that was made.
type Extract struct {
	Purpose     PurposeID
	First, Last int // years
	Form        extract.Form
	Given       int // patients in it
	Few         int // who consented and had too few alike
	Without     int // without consent
	At          time.Time
	By          string

	account keyring.AccountID
	hash    link.Hash
}

func (x *Extract) body() []byte {
	f := fields{fieldPurpose: x.Purpose[:]}
	years(f, x.First, x.Last)
	f.setNumber(fieldExtractForm, uint64(x.Form))
	f.setNumber(fieldExtractGiven, uint64(x.Given))
	f.setNumber(fieldExtractFew, uint64(x.Few))
	f.setNumber(fieldExtractWithout, uint64(x.Without))
	return f.bytes()
}

func parseExtract(body []byte) (x Extract, err error) {
	f, err := parseFields(body)
	if err != nil {
		return x, err
	}
	id, one := purposeOf(f)
	first, last, two := parseYears(f)
	form, given, few, without := f.number(fieldExtractForm), f.number(fieldExtractGiven), f.number(fieldExtractFew), f.number(fieldExtractWithout)
	if !one || !two || form == 0 || form > 255 || max(given, few, without) >= 1<<31 {
		return x, errFields
	}
	return Extract{Purpose: id, First: first, Last: last, Form: extract.Form(form), Given: int(given), Few: int(few), Without: int(without)}, nil
}

// studies are what the team's space says of them.
type studies struct {
	purposes []*purpose // the earliest first
	extracts []Extract  // likewise
	ends     map[PurposeID]*StudyEnd
}

// take adds a statement of the team's space.
func (g *studies) take(e *link.Entry) {
	switch e.Type {
	case typePurpose:
		p, err := parsePurpose(e.Body)
		if err != nil {
			return
		}
		p.by, p.at, p.hash = e.Account, e.Time, e.Hash()
		g.purposes = insertPurpose(g.purposes, &p)
	case typeExtract:
		x, err := parseExtract(e.Body)
		if err != nil {
			return
		}
		x.account, x.At, x.hash = e.Account, time.UnixMilli(e.Time), e.Hash()
		at, _ := slices.BinarySearchFunc(g.extracts, x, func(a, b Extract) int {
			if c := a.At.Compare(b.At); c != 0 {
				return c
			}
			return bytes.Compare(a.hash[:], b.hash[:])
		})
		g.extracts = slices.Insert(g.extracts, at, x)
	case typeStudyEnd:
		g.ends = takeEnd(g.ends, e)
	}
}

// insertPurpose keeps the earliest of each identifier, in order.
func insertPurpose(list []*purpose, p *purpose) []*purpose {
	if i := slices.IndexFunc(list, func(q *purpose) bool { return q.id == p.id }); i >= 0 {
		if !p.before(list[i]) {
			return list
		}
		list = slices.Delete(list, i, i+1)
	}
	at := slices.IndexFunc(list, func(q *purpose) bool { return p.before(q) })
	if at < 0 {
		at = len(list)
	}
	return slices.Insert(list, at, p)
}

func (g *studies) find(id PurposeID) *purpose {
	if i := slices.IndexFunc(g.purposes, func(p *purpose) bool { return p.id == id }); i >= 0 {
		return g.purposes[i]
	}
	return nil
}

// asked is what a patient's space says of studies.
type asked struct {
	questions []*purpose // the earliest first
	answers   map[PurposeID]*answers
	given     []Given // in the order of reading
	ends      map[PurposeID]*StudyEnd
}

// take adds a statement of a patient's space.
func (a *asked) take(e *link.Entry) {
	centre := e.Right == keyring.Treat
	switch {
	case e.Type == typeQuestion && centre:
		p, _, err := parseQuestion(e.Body)
		if err != nil {
			return
		}
		p.by, p.at, p.hash = e.Account, e.Time, e.Hash()
		a.questions = insertPurpose(a.questions, &p)
	case e.Type == typeConsent && (centre || e.Right == keyring.Own):
		id, k, err := parseConsent(e.Body, centre)
		if err != nil {
			return
		}
		k.At, k.Receipt, k.account = time.UnixMilli(e.Time), e.Hash(), e.Account
		if a.answers == nil {
			a.answers = make(map[PurposeID]*answers)
		}
		if a.answers[id] == nil {
			a.answers[id] = new(answers)
		}
		a.answers[id].take(&k)
	case e.Type == typeGiven && centre:
		g, err := parseGiven(e.Body)
		if err != nil {
			return
		}
		g.At, g.account = time.UnixMilli(e.Time), e.Account
		a.given = append(a.given, g)
	case e.Type == typeAskedEnd && centre:
		a.ends = takeEnd(a.ends, e)
	}
}

func (a *asked) to(id PurposeID) (said answers) {
	if k := a.answers[id]; k != nil {
		said = *k
	}
	said.over = a.ends[id] != nil
	return said
}

func (a *asked) find(id PurposeID) *purpose {
	if i := slices.IndexFunc(a.questions, func(p *purpose) bool { return p.id == id }); i >= 0 {
		return a.questions[i]
	}
	return nil
}

var (
	// ErrPurpose reports a registry or study that is not known here.
	ErrPurpose = errors.New("app: no such registry or study")
	// ErrTerms reports texts, or an answer, that cannot be written down.
	ErrTerms = errors.New("app: not what a consent can say")
	// ErrAnswered reports a centre's yes where the patient has answered.
	ErrAnswered = errors.New("app: the patient has answered in the app")
	// ErrStudyEnded reports what cannot be done for a registry or study that has ended.
	ErrStudyEnded = errors.New("app: the registry or study has ended")
	// ErrConsent reports an extract with somebody whose consent is not in force.
	ErrConsent = errors.New("app: a consent is not in force")
)

// studying is the team's space, for who may deal with registries and studies.
func (c *Client) studying() (*space, error) {
	s, err := c.actingAtCentre()
	if err != nil {
		return nil, err
	}
	if role := c.teamRole(); role != keyring.Lead && role != keyring.Doctor {
		return nil, ErrNoDoctor
	}
	return s, nil
}

// AddPurpose begins a registry or a study, and asks every patient.
func (c *Client) AddPurpose(ctx context.Context, name, recipient, what string) (PurposeID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.studying()
	if err != nil {
		return PurposeID{}, err
	}
	p := purpose{id: PurposeID(diary.NewID()), Terms: Terms{name, recipient, what, contents}, key: seal.NewSecret()}
	if !p.Good() {
		return PurposeID{}, ErrTerms
	}
	if err := c.write(ctx, s, typePurpose, p.body()); err != nil {
		return PurposeID{}, err
	}
	c.poke() // upkeep asks
	return p.id, nil
}

// askPatients writes the questions that patients have not been asked. The caller
// holds mu.
func (c *Client) askPatients(ctx context.Context) {
	prim := c.primary()
	if len(c.studies.purposes) == 0 || !c.caughtUp(prim) {
		return
	}
	dev := prim.device.ID()
	wait := recordAfter + turn(recordSpread, 1, dev[:])
	for s := range c.slowly(ctx) {
		if s.role != rolePatient || c.ended(s) != nil || !c.caughtUp(s) {
			continue // what stands there already is known only after reading it all
		}
		for _, p := range c.studies.purposes {
			if c.studies.ends[p.id] != nil || s.asked.find(p.id) != nil {
				continue
			}
			since := time.UnixMilli(p.at)
			if k := c.cardOf(s); k != nil && k.joined.After(since) {
				since = k.joined
			}
			if p.by != prim.account && c.env.Now().Before(since.Add(wait)) {
				continue // a colleague's device does it
			}
			if c.write(ctx, s, typeQuestion, p.question()) != nil {
				return // the next round tries again
			}
		}
	}
}

// SayConsent is the patient's word on what a centre asked. Only who owns the diary may.
func (c *Client) SayConsent(ctx context.Context, n uint32, id PurposeID, k Consent) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.parts(n, roleCentre)
	if err != nil {
		return err
	}
	q := s.asked.find(id)
	switch {
	case q == nil:
		return ErrPurpose
	case c.rightIn(s) != keyring.Own:
		return ErrRight
	case s.parting != nil:
		return ErrParted
	case k.Yes && s.asked.ends[id] != nil:
		return ErrStudyEnded
	}
	k.terms = q.terms()
	return c.consent(ctx, s, id, k, false)
}

func (c *Client) consent(ctx context.Context, s *space, id PurposeID, k Consent, byCentre bool) error {
	body := k.body(id)
	if _, _, err := parseConsent(body, byCentre); err != nil {
		return ErrTerms
	}
	return c.write(ctx, s, typeConsent, body)
}

// NoteConsent notes what a patient has signed on paper: yes, with the date on the
// paper, or no. Where the patient has answered in the app, a yes is ErrAnswered.
func (c *Client) NoteConsent(ctx context.Context, n uint32, id PurposeID, k Consent) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.studying(); err != nil {
		return err
	}
	s, err := c.parts(n, rolePatient)
	if err != nil {
		return err
	}
	p := c.studies.find(id)
	switch {
	case p == nil:
		return ErrPurpose
	case c.ended(s) != nil:
		return ErrParted
	case k.Yes && (c.studies.ends[id] != nil || s.asked.ends[id] != nil):
		return ErrStudyEnded
	case k.Yes && s.asked.to(id).own != nil:
		return ErrAnswered
	case !k.Signed.IsZero() && diary.DateOf(c.env.Now()).Before(k.Signed):
		return ErrTerms
	}
	k.terms = p.terms()
	return c.consent(ctx, s, id, k, true)
}

// LogExtract writes down that an extract is given away: for the team, and for each
// of the patients in it. It must be called, and succeed, before the file is let
// out; it does not if somebody's consent is not in force any more, or without a
// connection (ErrOffline): somebody may have withdrawn, or a lead ended it.
func (c *Client) LogExtract(ctx context.Context, x Extract, patients []uint32) error {
	for began := time.Now(); ; {
		err := c.logExtract(ctx, x, patients)
		if !errors.Is(err, ErrOffline) || time.Since(began) > catchUp {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// catchUp is how long an extract waits until all that the relay has was read: a device
// that was unlocked a moment ago has only begun.
const catchUp = 5 * time.Second

func (c *Client) logExtract(ctx context.Context, x Extract, patients []uint32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	prim, err := c.studying()
	if err != nil {
		return err
	}
	p := c.studies.find(x.Purpose)
	switch {
	case p == nil:
		return ErrPurpose
	case c.studies.ends[p.id] != nil:
		return ErrStudyEnded
	case !c.caughtUp(prim):
		return ErrOffline
	}
	var in []*space
	for _, n := range patients {
		s, err := c.parts(n, rolePatient)
		if err != nil {
			return err
		}
		if c.ended(s) != nil || s.asked.to(p.id).inForce(p.terms()) == nil {
			return ErrConsent
		}
		if c.restricted(s) {
			return ErrRestricted
		}
		if !c.caughtUp(s) {
			return ErrOffline
		}
		in = append(in, s)
	}
	x.Given = len(in)
	if _, err := parseExtract(x.body()); err != nil {
		return err
	}
	if err := c.write(ctx, prim, typeExtract, x.body()); err != nil {
		return err
	}
	for _, s := range in {
		if err := c.write(ctx, s, typeGiven, givenBody(p.id, x.First, x.Last)); err != nil {
			return err
		}
	}
	return nil
}

// A Purpose is a registry or a study as screens show it.
type Purpose struct {
	ID PurposeID
	Terms
	At  time.Time
	By  string
	End *StudyEnd // nil: it goes on
}

func (l Look) purpose(s *space, p *purpose, end *StudyEnd) Purpose {
	out := Purpose{ID: p.id, Terms: p.Terms, At: time.UnixMilli(p.at), By: l.c.nameOf(s, p.by, diary.Centre)}
	if end != nil {
		x := *end
		x.By = l.c.nameOf(s, x.account, diary.Centre)
		out.End = &x
	}
	return out
}

// Purposes are the centre's registries and studies, the earliest first.
func (l Look) Purposes() (out []Purpose) {
	for _, p := range l.c.studies.purposes {
		out = append(out, l.purpose(l.c.primary(), p, l.c.studies.ends[p.id]))
	}
	return out
}

// Extracts are those made for a purpose, the latest first.
func (l Look) Extracts(id PurposeID) (out []Extract) {
	for _, x := range slices.Backward(l.c.studies.extracts) {
		if x.Purpose == id {
			x.By = l.nameOf(x.account)
			out = append(out, x)
		}
	}
	return out
}

// Exported is a patient's pseudonym in the extracts of a purpose.
func (l Look) Exported(id PurposeID, n uint32) (pseudonym.Export, bool) {
	p, s := l.c.studies.find(id), l.c.space(n)
	if p == nil || s == nil || s.role != rolePatient {
		return pseudonym.Export{}, false
	}
	return pseudonym.ForExport(p.key, [16]byte(id), s.replica.Space().ID()), true
}

// A Question is what a patient is asked about one purpose, and what was said.
type Question struct {
	Purpose
	Asked   bool     // the question stands in the patient's space
	Last    *Consent // the answer that counts; nil: none
	Own     bool     // the patient has answered in the app
	Agreed  bool     // Last is a yes to these terms
	InForce bool     // and the purpose has not ended
	Given   []Given  // the latest first
}

// Questions are those of a centre to the patient, by the number of the centre, or
// at a centre of all its purposes to a patient, by that of the patient.
func (l Look) Questions(n uint32) (out []Question) {
	s := l.c.space(n)
	if s == nil || s.role != roleCentre && s.role != rolePatient {
		return nil
	}
	list := s.asked.questions
	if s.role == rolePatient {
		list = l.c.studies.purposes
	}
	for _, p := range list {
		said, end := s.asked.to(p.id), s.asked.ends[p.id]
		if s.role == rolePatient && end == nil {
			end = l.c.studies.ends[p.id]
		}
		if end != nil && s.asked.find(p.id) == nil {
			continue // it ended before this patient was asked
		}
		q := Question{Purpose: l.purpose(s, p, end), Asked: s.asked.find(p.id) != nil, Own: said.own != nil, Agreed: said.agreed(p.terms()) != nil}
		q.InForce = q.Agreed && end == nil
		if k := said.last(); k != nil {
			x := *k
			if x.ByCentre {
				x.By = l.c.nameOf(s, x.account, diary.Centre)
			}
			q.Last = &x
		}
		for _, g := range slices.Backward(s.asked.given) {
			if g.Purpose == p.id {
				g.By = l.c.nameOf(s, g.account, diary.Centre)
				q.Given = append(q.Given, g)
			}
		}
		out = append(out, q)
	}
	return out
}

// A Candidate is a patient with what they said about a purpose.
type Candidate struct {
	N       uint32
	InForce *Consent // nil: not in an extract
	Agreed  bool     // in force, or it was when the purpose ended
	Said    bool     // something, if not agreed: no, or yes to other terms
	Parting *Parting // left out for it

	Restricted bool // left out as well: entries are kept and not used
}

// Candidates are all patients of the centre, with what they said about a purpose.
func (l Look) Candidates(id PurposeID) (out []Candidate) {
	p := l.c.studies.find(id)
	if p == nil {
		return nil
	}
	for _, s := range l.c.spaces {
		if s.role != rolePatient {
			continue
		}
		said := s.asked.to(id)
		k := Candidate{N: s.n, Parting: l.c.ended(s), Agreed: said.agreed(p.terms()) != nil, Said: said.last() != nil, Restricted: l.c.restricted(s)}
		if k.Parting == nil && l.c.studies.ends[id] == nil {
			k.InForce = said.inForce(p.terms())
		}
		out = append(out, k)
	}
	return out
}
