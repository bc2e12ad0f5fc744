package app

import (
	"context"
	"time"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
)

// What somebody does by the rights of GDPR, articles 13 to 20, leaves a receipt: the
// signed statement by which it was done, which all devices of the diary have. Only
// a file that was saved needs one of its own.
const typeSaved link.Type = 94 // home: a file was made of the diary

const (
	fieldSavedForm = iota + 160
	fieldSavedHash
	fieldSavedSize
)

// A saved is one file.
type saved struct {
	form uint8
	hash [32]byte
	size int64 // bytes
}

func (x saved) body() []byte {
	f := fields{fieldSavedHash: x.hash[:]}
	f.setNumber(fieldSavedForm, uint64(x.form))
	f.setNumber(fieldSavedSize, uint64(x.size))
	return f.bytes()
}

func parseSaved(body []byte) (x saved, err error) {
	f, err := parseFields(body)
	if err != nil {
		return x, err
	}
	form, size := f.number(fieldSavedForm), f.number(fieldSavedSize)
	hash, ok := copy32(f[fieldSavedHash])
	if !ok || form == 0 || form > 255 || f[fieldSavedSize] == nil || len(f[fieldSavedSize]) > 8 || size >= 1<<32 {
		return x, errFields
	}
	return saved{uint8(form), hash, int64(size)}, nil
}

// FileSaved keeps a receipt of a file that was made of this diary, by the number of
// its form in package papers.
func (c *Client) FileSaved(ctx context.Context, form uint8, data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.homeSpace()
	if err != nil {
		return err
	}
	body := saved{form, seal.FileHash(data), int64(len(data))}.body()
	if _, err := parseSaved(body); err != nil {
		return err
	}
	return c.write(ctx, s, typeSaved, body)
}

// ReceiptKind is what was done.
type ReceiptKind uint8

const (
	ReceiptSaved     ReceiptKind = iota // a file
	ReceiptCorrected                    // an entry
	ReceiptTakenBack                    // an entry
	ReceiptReviewed                     // who can read the diary was looked through
	ReceiptConsent                      // to a registry or a study, or no
	ReceiptAsked                        // for a restriction
	ReceiptAccepted                     // by the centre, as the three that follow
	ReceiptRefused
	ReceiptEnding
	ReceiptShown
	ReceiptWithdrawn // a restriction, or the wish for one
	ReceiptParted    // a centre was left, or has discharged
	ReceiptErased    // the diary, at the relay
	ReceiptAgreed    // that the diary is shared
	ReceiptInformed  // what the centre says of itself was read
)

// A Receipt is one act.
type Receipt struct {
	Kind     ReceiptKind
	At       time.Time
	Number   [32]byte // the hash of the statement
	By       string   // name; empty: there is none
	You      bool
	ByCentre bool
	Centres  []string // who was told, or with whom
	Delivery Delivery // of a correction, and what was taken back

	Version uint16 // of the words that were agreed to

	Form  uint8    // of a file
	Size  int64    // bytes
	File  [32]byte // hash
	Entry diary.ID
	Words string // the reason, or what was said
	Study string
	Yes   bool
	From  diary.Date // of a restriction; zero: without a beginning
	To    diary.Date // likewise
	Why   uint8      // RestrictWhy, ShowWhy or PartingReason
	Ends  time.Time  // of a restriction, as announced
	Done  time.Time  // of erasing: when this device saw it; zero: not yet
}

// Receipts are the acts of this diary, the latest first. No more than limit are
// given; found counts them all.
func (l Look) Receipts(limit int) (list []Receipt, found int) {
	if l.c.p.role != Patient {
		return nil, 0
	}
	centres := l.Centres()
	for _, s := range l.c.spaces {
		if s.role != roleHome && s.role != roleCentre {
			continue
		}
		var with []string // the centre of the space
		for _, i := range centres {
			if i.N == s.n {
				with = []string{i.Name}
			}
		}
		for _, e := range s.replica.Entries() {
			if r, ok := l.receipt(s, e); ok {
				r.Centres = with
				list = append(list, r)
			}
		}
	}
	list = append(list, l.changed(centres)...)
	arrange.By(list, func(a, b Receipt) int { return b.At.Compare(a.At) })
	return list[:min(limit, len(list))], len(list)
}

// receipt reads a statement that is an act by itself.
func (l Look) receipt(s *space, e *link.Entry) (r Receipt, ok bool) {
	home := s.role == roleHome
	centre := e.Right == keyring.Treat
	r = Receipt{At: time.UnixMilli(e.Time), Number: e.Hash(), ByCentre: centre}
	switch {
	case home && e.Type == typeSaved && e.Right != 0:
		x, err := parseSaved(e.Body)
		if err != nil {
			return r, false
		}
		r.Form, r.File, r.Size = x.form, x.hash, x.size
	case home && e.Type == typeReview && e.Right == keyring.Own:
		if _, err := parseReview(e.Body); err != nil {
			return r, false
		}
		r.Kind = ReceiptReviewed
	case home && e.Type == typeErased && s.erased != nil && e.Hash() == s.erased.hash:
		r.Kind, r.Done = ReceiptErased, s.erasedDone
	case !home && e.Type == typeConsent && (centre || e.Right == keyring.Own):
		id, k, err := parseConsent(e.Body, centre)
		q := s.asked.find(id)
		if err != nil || q == nil {
			return r, false
		}
		r.Kind, r.Yes, r.Study, r.Words = ReceiptConsent, k.Yes, q.Name, k.Remark
	case !home && e.Type == typeSharing && e.Right == keyring.Own:
		a, _, err := parseSharing(e.Body)
		if err != nil {
			return r, false
		}
		if r.Kind, r.Version = ReceiptInformed, a.Version; a.Text != "" {
			r.Kind = ReceiptAgreed
		}
	case !home && e.Type == typeParting && s.parting != nil && e.Hash() == s.parting.hash:
		r.Kind, r.Why = ReceiptParted, uint8(s.parting.Reason)
	case !home && e.Type == typeRestriction:
		x, ok := restrictionIn(e)
		if !ok {
			return r, false
		}
		r.Kind = [...]ReceiptKind{ReceiptAsked, ReceiptWithdrawn, ReceiptAccepted, ReceiptRefused, ReceiptEnding, ReceiptShown}[x.act-1]
		r.Words, r.Why, r.From, r.To = x.words, x.why, x.from, x.to
		if x.ends != 0 {
			r.Ends = time.UnixMilli(x.ends)
		}
	default:
		return r, false
	}
	side := diary.Patient
	if centre {
		side = diary.Centre
	}
	r.By, r.You = l.c.nameOf(s, e.Account, side), e.Account == s.account
	return r, true
}

// changed are the corrections that home made, and what it took back.
func (l Look) changed(centres []CentreInfo) (out []Receipt) {
	kinds := append([]diary.Kind{diary.KindMessage, diary.KindPlan, diary.KindRecall, diary.KindCard}, restrictable[:]...)
	for _, it := range l.c.own.Timeline(diary.Filter{Kinds: kinds, Retracted: true}) {
		if it.Versions < 2 && it.Retracted == nil {
			continue
		}
		for _, v := range l.c.own.History(it.ID) {
			_, back := v.Entry.(*diary.Retract)
			if v.Fate != diary.Counted || !v.Author.Who.Home() || !back && v.Entry.Top().Supersedes.IsZero() {
				continue
			}
			r := Receipt{Kind: ReceiptCorrected, At: time.UnixMilli(v.Written), Number: v.Hash(), By: v.Author.Name, You: v.Own, Entry: it.ID, Words: v.Because}
			if back {
				r.Kind = ReceiptTakenBack
			}
			r.Delivery = l.Delivery(0, v.ID)
			for _, c := range centres {
				if l.SaidBy(c.N, v.ID) {
					r.Centres = append(r.Centres, c.Name)
				}
			}
			out = append(out, r)
		}
	}
	return out
}
