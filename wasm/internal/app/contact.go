package app

import (
	"bytes"
	"context"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

// How a centre is reached stands once in the team's space, and as a copy in
// each patient's. Any colleague's device makes the copies that are missing, so
// a patient who joins later gets the numbers too.

// A contactCard is what the team's space says, the latest of it.
type contactCard struct {
	diary.Contact
	at   int64
	hash [32]byte
}

// takeContact keeps the latest, whatever the order of arrival.
func (d *desk) takeContact(e *link.Entry) {
	entry, err := diary.Decode(diary.KindContact, e.Body)
	if err != nil {
		return
	}
	h := e.Hash()
	if old := d.contact; old == nil || old.at < e.Time || old.at == e.Time && bytes.Compare(old.hash[:], h[:]) < 0 {
		d.contact = &contactCard{*entry.(*diary.Contact), e.Time, h}
	}
}

// sameContact compares what two entries say, not which they are.
func sameContact(a, b diary.Contact) bool {
	return a.Phone == b.Phone && a.Emergency == b.Emergency && a.Hours == b.Hours && a.Note == b.Note
}

// SetContact says how this centre is reached, to the team and to every patient.
func (c *Client) SetContact(ctx context.Context, say diary.Contact) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	prim := c.primary()
	if prim == nil || prim.role != roleTeam {
		return ErrNotShared
	}
	say.Head = diary.Head{}
	body, err := c.encode(&say)
	if err != nil {
		return err
	}
	if err := c.write(ctx, prim, typeContact, body); err != nil {
		return err
	}
	c.poke() // upkeep tells the patients
	return nil
}

// spreadContact writes the centre's numbers to the patients who do not have them
// as they are now. The caller holds mu.
func (c *Client) spreadContact(ctx context.Context) {
	k, prim := c.desk.contact, c.primary()
	if k == nil || prim == nil || !c.caughtUp(prim) {
		return // perhaps a colleague has said a newer one
	}
	left := briefsAtOnce
	for s := range c.slowly(ctx) {
		if s.role != rolePatient || s.parting != nil || !c.caughtUp(s) {
			continue // what stands there already is known only after reading it all
		}
		if !s.knows(&left) {
			c.poke() // the others in the next round
			return
		}
		if g := s.brief(); g.told && sameContact(g.contact, k.Contact) {
			continue
		}
		if c.desk.contact != k {
			c.poke()
			return // it has been said anew meanwhile
		}
		say := k.Contact
		say.Head = diary.Head{}
		body, err := c.encode(&say)
		if err != nil || c.write(ctx, s, link.Type(diary.KindContact), body) != nil {
			return
		}
	}
}

// openedEvery is how long one look at a diary lasts in the log.
const openedEvery = time.Hour

// typeLooked is a statement of the team: its author looked at the diary of a
// patient who is the centre's no longer.
const typeLooked link.Type = 91

// lookedBody is of a look at what is restricted if there is a reason for it.
func lookedBody(id keyring.SpaceID, why *restrictSay) []byte {
	f := fields{fieldWorkSpace: id[:]}
	if why != nil {
		f.setNumber(fieldRestrictWhy, uint64(why.why))
		if why.words != "" {
			f[fieldRestrictWords] = []byte(why.words)
		}
	}
	return f.bytes()
}

func parseLooked(b []byte) (id keyring.SpaceID, why *restrictSay, err error) {
	f, err := parseFields(b)
	if err != nil {
		return id, nil, err
	}
	raw, ok := copy32(f[fieldWorkSpace])
	if !ok {
		return id, nil, errFields
	}
	if f[fieldRestrictWhy] == nil {
		return raw, nil, nil
	}
	x := restrictSay{act: restrictShow, why: uint8(min(f.number(fieldRestrictWhy), 255)), words: f.text(fieldRestrictWords)}
	if _, err := parseRestriction(x.body()); err != nil {
		return id, nil, err
	}
	return raw, &x, nil
}

func (d *desk) takeLooked(e *link.Entry) {
	id, why, err := parseLooked(e.Body)
	if err != nil {
		return
	}
	if d.looked == nil {
		d.looked = make(map[keyring.SpaceID][]visit)
	}
	v := visit{account: e.Account, at: e.Time}
	if why != nil {
		v.why, v.words = ShowWhy(why.why), why.words
	}
	d.looked[id] = append(d.looked[id], v)
}

// Opened notes in a patient's diary that this member looked at it, once an hour;
// where nothing can be written any more, in the team's space.
func (c *Client) Opened(ctx context.Context, n uint32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	s := c.space(n)
	if s == nil || s.role != rolePatient {
		return ErrNotShared
	}
	since := c.env.Now().Add(-openedEvery).UnixMilli()
	if c.ended(s) != nil {
		for v := range c.visitsOf(s) {
			if v.account == s.account && v.at >= since && v.why == 0 {
				return nil
			}
		}
		return c.write(ctx, c.primary(), typeLooked, lookedBody(s.replica.Space().ID(), nil))
	}
	for _, it := range s.diary.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindOpened}, From: since}) {
		if it.Own {
			return nil
		}
	}
	body, err := c.encode(new(diary.Opened))
	if err != nil {
		return err
	}
	return c.write(ctx, s, link.Type(diary.KindOpened), body)
}

// Contact is how this centre is reached, as it told the team.
func (l Look) Contact() (diary.Contact, bool) {
	if k := l.c.desk.contact; k != nil {
		return k.Contact, true
	}
	return diary.Contact{}, false
}

// ContactOf is how a centre of this diary says it is reached.
func (l Look) ContactOf(n uint32) (diary.Contact, bool) {
	k, it := l.c.own.Contact(func(it *diary.Item) bool { return l.SaidBy(n, it.ID) })
	return k, it != nil
}

// EmergencyPhone is the number to call when a bleed is dangerous: the first
// centre's for emergencies, else its usual one, else the patient's own note of
// it, else a further centre's. A centre that joins later cannot put its number
// before what the patient has. It is empty if nobody gave one.
func (l Look) EmergencyPhone() string {
	own, _ := l.c.own.Card()
	first := true
	for _, k := range l.Centres() {
		if k.State != CentreConnected && k.State != CentreUnchecked {
			continue
		}
		if !first && own.Phone != "" {
			break
		}
		first = false
		if say, ok := l.ContactOf(k.N); ok {
			if say.Emergency != "" {
				return say.Emergency
			}
			if say.Phone != "" {
				return say.Phone
			}
		}
	}
	return own.Phone
}
