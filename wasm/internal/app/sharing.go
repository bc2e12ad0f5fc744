package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// To share a diary with a centre is to agree to a text. The words that were read
// stand in a statement of the shared space, signed by who agreed: both sides can show
// them for as long as they have the space, whatever later releases say. What the
// centre says of itself stands in its own space, with a copy in each patient's.
const (
	typeSharing     link.Type = 88 // centre: the patient agrees, or has read
	typeInformation link.Type = 89 // centre, team: what the centre says of itself
)

const (
	fieldSharingWhat = iota + 140
	fieldSharingVersion
	fieldSharingLanguage
	fieldSharingText
	fieldSharingHash
	fieldSharingWho
	fieldSharingInformation
)

const (
	fieldInformationNumber = iota + 170
	fieldInformationSaid
	fieldInformationResponsible
	fieldInformationContact
	fieldInformationOfficer
	fieldInformationGround
	fieldInformationKeeping
)

const (
	// MaxInformation is how long a centre can say one thing of itself, in bytes.
	MaxInformation = 1000

	// maxSharingText bounds the words that somebody agrees to.
	maxSharingText = 16 << 10

	// maxInformation is that of package join: it has to fit into an invitation.
	maxInformation = 8192

	// maxAgreed is how many agreements of one space are kept in memory, and how
	// many of the centre's words about itself.
	maxAgreed = 16

	// maxEqual is how many texts are known at once, to have equal ones in memory once.
	maxEqual = 64

	sharingAgrees, sharingRead = 1, 2
)

// ErrSharing reports words that nobody can agree to: too long, or not text.
var ErrSharing = errors.New("app: not what somebody can agree to")

// Signatory is who agrees.
type Signatory uint8

// Who may agree that a diary is shared.
const (
	ForMyself Signatory = 1 + iota // whom the diary is about
	ForChild                       // a parent or guardian of that child
	ForAdult                       // who acts for that adult
	signatories
)

// An Agreement is what somebody agrees to, word for word.
type Agreement struct {
	Version  uint16 // of the text
	Language string // tag
	Text     string
	By       Signatory
}

// Hash names the words.
func (a Agreement) Hash() [32]byte {
	return seal.Hash(seal.LabelAppSharing, binary.BigEndian.AppendUint16(nil, a.Version), []byte(a.Language), []byte(a.Text))
}

// Good tells whether a statement can hold it.
func (a Agreement) Good() bool {
	if len(a.Language) < 2 || len(a.Language) > 8 {
		return false
	}
	for _, c := range []byte(a.Language) {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return a.Version != 0 && a.Text != "" && goodText(a.Text, maxSharingText) && a.By >= ForMyself && a.By < signatories
}

// InformationID names what a centre says of itself. Zero: it has said nothing.
type InformationID [32]byte

// agreementBody is that of an 88 by which somebody agrees.
func agreementBody(a Agreement, quoted InformationID) []byte {
	hash := a.Hash()
	f := fields{fieldSharingLanguage: []byte(a.Language), fieldSharingText: []byte(a.Text), fieldSharingHash: hash[:]}
	f.setNumber(fieldSharingWhat, sharingAgrees)
	f.setNumber(fieldSharingVersion, uint64(a.Version))
	f.setNumber(fieldSharingWho, uint64(a.By))
	if quoted != (InformationID{}) {
		f[fieldSharingInformation] = quoted[:]
	}
	return f.bytes()
}

// readBody is that of one by which somebody has read the centre's words.
func readBody(id InformationID) []byte {
	f := fields{fieldSharingInformation: id[:]}
	f.setNumber(fieldSharingWhat, sharingRead)
	return f.bytes()
}

// parseSharing reads 88. Without words it says that the centre's were read.
func parseSharing(body []byte) (a Agreement, id InformationID, err error) {
	f, err := parseFields(body)
	if err != nil {
		return a, id, err
	}
	_, named := f[fieldSharingInformation]
	raw, whole := copy32(f[fieldSharingInformation])
	if id = raw; named && !whole {
		return a, id, errFields
	}
	switch f.number(fieldSharingWhat) {
	case sharingRead:
		for n := uint16(fieldSharingVersion); n < fieldSharingInformation; n++ {
			if _, there := f[n]; there {
				return a, id, errFields
			}
		}
		if !named {
			return a, id, errFields
		}
		return a, id, nil
	case sharingAgrees:
	default:
		return a, id, errFields
	}
	version, by := f.number(fieldSharingVersion), f.number(fieldSharingWho)
	if version >= 1<<16 || by >= uint64(signatories) || len(f[fieldSharingText]) > maxSharingText {
		return a, id, errFields
	}
	a = Agreement{Version: uint16(version), Language: f.text(fieldSharingLanguage), Text: f.text(fieldSharingText), By: Signatory(by)}
	hash, ok := copy32(f[fieldSharingHash])
	if !ok || !a.Good() || hash != a.Hash() {
		return a, id, errFields
	}
	return a, id, nil
}

// Information is what a centre says of itself, as article 13 of the GDPR asks for.
// What is empty it has not said.
type Information struct {
	Responsible string
	Contact     string
	Officer     string // for data protection
	Ground      string // in law
	Keeping     string // of what is no legal record

	Number uint64 // counts what it has said
	Said   time.Time

	id   InformationID
	body []byte
}

// ID names it.
func (i *Information) ID() InformationID {
	if i == nil {
		return InformationID{}
	}
	return i.id
}

// SameWords tells whether two say the same.
func (i Information) SameWords(o Information) bool {
	return i.Responsible == o.Responsible && i.Contact == o.Contact && i.Officer == o.Officer && i.Ground == o.Ground && i.Keeping == o.Keeping
}

// words are the texts, by their fields.
func (i *Information) words() map[uint16]*string {
	return map[uint16]*string{
		fieldInformationResponsible: &i.Responsible, fieldInformationContact: &i.Contact, fieldInformationOfficer: &i.Officer,
		fieldInformationGround: &i.Ground, fieldInformationKeeping: &i.Keeping,
	}
}

func informationBody(i Information) []byte {
	f := make(fields)
	f.setNumber(fieldInformationNumber, i.Number)
	f.setNumber(fieldInformationSaid, uint64(i.Said.UnixMilli()))
	for n, s := range i.words() {
		if *s != "" {
			f[n] = []byte(*s)
		}
	}
	return f.bytes()
}

// parseInformation reads 89.
func parseInformation(body []byte) (*Information, error) {
	if len(body) > maxInformation {
		return nil, errFields
	}
	f, err := parseFields(body)
	if err != nil {
		return nil, err
	}
	said := f.number(fieldInformationSaid)
	i := &Information{Number: f.number(fieldInformationNumber), Said: time.UnixMilli(int64(said))}
	if i.Number == 0 || i.Number >= 1<<53 || said == 0 || said >= 1<<53 {
		return nil, errFields
	}
	for n, s := range i.words() {
		b, there := f[n]
		if *s = string(b); there && (*s == "" || !goodText(*s, MaxInformation)) {
			return nil, errFields
		}
	}
	i.id, i.body = seal.Hash(seal.LabelAppCentre, body), bytes.Clone(body)
	return i, nil
}

// agreed is one agreement of a shared space.
type agreed struct {
	Agreement
	quoted  InformationID
	at      int64
	hash    link.Hash
	account keyring.AccountID
}

// told is one of the centre's words about itself, as a space has it.
type toldInformation struct {
	*Information
	at      int64
	hash    link.Hash
	account keyring.AccountID
}

// after orders them; the last counts.
func (i toldInformation) after(o toldInformation) bool {
	if i.Number != o.Number {
		return i.Number > o.Number
	}
	return i.at > o.at || i.at == o.at && bytes.Compare(i.hash[:], o.hash[:]) > 0
}

// sharings are what a shared space says of agreeing.
type sharings struct {
	agreed []agreed          // the latest last
	told   []toldInformation // likewise
	read   InformationID     // that the person has read last, by agreeing or apart from it
	readAt int64
	readBy link.Hash
}

// once has equal things in memory once: all patients of a centre agree to the same
// words. Beyond so many it begins anew, and costs memory only.
func once[K comparable, V any](known map[K]V, k K, v V) V {
	if old, ok := known[k]; ok {
		return old
	}
	if len(known) >= maxEqual {
		clear(known)
	}
	known[k] = v
	return v
}

// takeSharing adds an 88 of who owns the diary.
func (c *Client) takeSharing(s *space, e *link.Entry) {
	a, id, err := parseSharing(e.Body)
	if err != nil {
		return
	}
	g, h := &s.sharings, e.Hash()
	if g.readAt < e.Time || g.readAt == e.Time && bytes.Compare(g.readBy[:], h[:]) < 0 {
		g.read, g.readAt, g.readBy = id, e.Time, h
	}
	if a.Text == "" {
		return
	}
	a.Text = once(c.texts, a.Hash(), a.Text)
	k := agreed{a, id, e.Time, h, e.Account}
	at := len(g.agreed)
	for at > 0 && (g.agreed[at-1].at > k.at || g.agreed[at-1].at == k.at && bytes.Compare(g.agreed[at-1].hash[:], k.hash[:]) > 0) {
		at--
	}
	g.agreed = slices.Insert(g.agreed, at, k)
	if over := len(g.agreed) - maxAgreed; over > 0 {
		g.agreed = slices.Delete(g.agreed, 0, over)
	}
}

// takeInformation adds an 89, and keeps so many of them.
func (c *Client) takeInformation(g *sharings, e *link.Entry, most int) {
	i, err := parseInformation(e.Body)
	if err != nil {
		return
	}
	i = once(c.said, i.id, i)
	k := toldInformation{i, e.Time, e.Hash(), e.Account}
	at := len(g.told)
	for at > 0 && g.told[at-1].after(k) {
		at--
	}
	g.told = slices.Insert(g.told, at, k)
	if over := len(g.told) - most; over > 0 {
		g.told = slices.Delete(g.told, 0, over)
	}
}

// now is what the centre says of itself in this space, nil if nothing.
func (g *sharings) now() *Information {
	if len(g.told) == 0 {
		return nil
	}
	return g.told[len(g.told)-1].Information
}

// last is the agreement that counts, nil if there is none.
func (g *sharings) last() *agreed {
	if len(g.agreed) == 0 {
		return nil
	}
	return &g.agreed[len(g.agreed)-1]
}

// tellAgreed writes what was agreed to when a space was founded, before anything
// else that this device says there.
func (c *Client) tellAgreed(ctx context.Context, s *space) error {
	if s.toAgree == nil {
		return nil
	}
	if s.sharings.last() == nil && s.parting == nil {
		if err := c.write(ctx, s, typeSharing, s.toAgree); err != nil {
			return err
		}
	}
	was := s.toAgree
	s.toAgree = nil
	if err := c.keep(ctx, s); err != nil {
		s.toAgree = was
		return err
	}
	return nil
}

// Agree says that this person agrees to share the diary with a centre, by the words
// of a text that quotes what the centre said of itself. Only who owns the diary may.
func (c *Client) Agree(ctx context.Context, n uint32, a Agreement, quoted InformationID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.agreeing(n)
	switch {
	case err != nil:
		return err
	case !a.Good() || quoted != s.sharings.now().ID():
		return ErrSharing
	}
	return c.write(ctx, s, typeSharing, agreementBody(a, quoted))
}

// ReadInformation says that this person has read what a centre says of itself now.
func (c *Client) ReadInformation(ctx context.Context, n uint32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.agreeing(n)
	if err != nil {
		return err
	}
	i := s.sharings.now()
	if i == nil || s.sharings.read == i.id {
		return nil
	}
	return c.write(ctx, s, typeSharing, readBody(i.id))
}

// agreeing is the space of a centre, for who may agree there.
func (c *Client) agreeing(n uint32) (*space, error) {
	s, err := c.parts(n, roleCentre)
	switch {
	case err != nil:
		return nil, err
	case c.rightIn(s) != keyring.Own:
		return nil, ErrRight
	case s.parting != nil:
		return nil, ErrParted
	}
	return s, nil
}

// SetInformation says of this centre what everybody who shares a diary with it is to
// know, to the team and to every patient. Only a lead may.
func (c *Client) SetInformation(ctx context.Context, i Information) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.leading()
	if err != nil {
		return err
	}
	now := c.desk.information.now()
	if now != nil && now.SameWords(i) {
		return nil
	}
	i.Number, i.Said = 1, c.env.Now()
	if now != nil {
		i.Number = now.Number + 1
	}
	body := informationBody(i)
	if _, err := parseInformation(body); err != nil {
		return ErrSharing
	}
	if err := c.write(ctx, s, typeInformation, body); err != nil {
		return err
	}
	c.poke() // upkeep tells the patients
	return nil
}

// spreadInformation writes what the centre says of itself to the patients who do not
// have it. The caller holds mu.
func (c *Client) spreadInformation(ctx context.Context) {
	prim := c.primary()
	if len(c.desk.information.told) == 0 || !c.caughtUp(prim) {
		return // perhaps a colleague has said something newer
	}
	k := c.desk.information.told[len(c.desk.information.told)-1]
	dev := prim.device.ID()
	wait := recordAfter + turn(recordSpread, 1, dev[:])
	for _, s := range c.spaces {
		if s.role != rolePatient || c.ended(s) != nil || !c.caughtUp(s) || s.sharings.now().ID() == k.id {
			continue // what stands there already is known only after reading it all
		}
		since := k.Said
		if card := c.cardOf(s); card != nil && card.joined.After(since) {
			since = card.joined
		}
		if k.account != prim.account && c.env.Now().Before(since.Add(wait)) {
			continue // a colleague's device does it
		}
		if c.write(ctx, s, typeInformation, k.body) != nil {
			return // the next round tries again
		}
	}
}

// Agreed is one agreement as screens show it.
type Agreed struct {
	Agreement
	At      time.Time
	Receipt [32]byte // the hash of the statement
	You     bool     // this device's account
	Name    string   // at home, of who agreed; may be empty
}

// A Sharing is how a diary came to be shared with a centre.
type Sharing struct {
	Agreed  []Agreed     // the latest first
	Now     *Information // what the centre says of itself; nil: nothing
	Before  *Information // what the person had read before; nil: nothing, or not known any more
	Changed bool         // the person has not read Now
	Lapsed  bool         // who agreed does not own the diary any more
	Over    *Parting     // nil: it goes on
	May     bool         // this person may agree
	Ready   bool         // all that the relay had was read: nobody else may have agreed
}

// Sharing tells how the diary came to be shared: at home with the centre of that
// number, at a centre by the patient of that number.
func (l Look) Sharing(n uint32) (x Sharing, ok bool) {
	s := l.c.space(n)
	if s == nil || s.role != roleCentre && s.role != rolePatient {
		return x, false
	}
	g := &s.sharings
	for _, k := range slices.Backward(g.agreed) {
		a := Agreed{Agreement: k.Agreement, At: time.UnixMilli(k.at), Receipt: k.hash, You: k.account == s.account}
		if s.role == roleCentre {
			a.Name = l.c.nameOf(s, k.account, diary.Patient)
		}
		x.Agreed = append(x.Agreed, a)
	}
	x.Over = l.parting(s)
	if x.Now = g.now(); s.role == rolePatient {
		x.Now = l.c.desk.information.now()
		return x, true
	}
	x.Changed = x.Now != nil && g.read != x.Now.id
	for _, k := range g.told {
		if k.id == g.read {
			x.Before = k.Information
		}
	}
	sp := s.replica.Space()
	s.book.Lock()
	if k := g.last(); k != nil {
		x.Lapsed = sp.RightOf(keyring.AccountRef(k.account)) != keyring.Own
	}
	s.book.Unlock()
	x.May = x.Over == nil && s.sharing() && l.c.rightIn(s) == keyring.Own
	x.Ready = s.toAgree == nil && l.c.caughtUp(s)
	return x, true
}

// Information is what this centre says of itself, nil if nothing.
func (l Look) Information() *Information { return l.c.desk.information.now() }
