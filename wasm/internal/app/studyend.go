package app

import (
	"bytes"
	"context"
	"time"

	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
)

// A registry or a study ends once and for good. The key to its names stays where
// it is, in a statement of the team's space that nobody can take out: with it the
// centre can still tell the recipient whose figures to correct or to delete.

// A StudyEnd is that a registry or a study has ended.
type StudyEnd struct {
	At      time.Time
	Why     string // in the words of who ended it; may be empty
	By      string
	Receipt [32]byte // the hash of the statement

	account keyring.AccountID
}

func studyEndBody(id PurposeID, why string) []byte {
	f := fields{fieldPurpose: id[:]}
	if why != "" {
		f[fieldEndWhy] = []byte(why)
	}
	return f.bytes()
}

// askedEndBody says it to a patient: at is when it was said at the centre.
func askedEndBody(id PurposeID, why string, at int64) []byte {
	f, err := parseFields(studyEndBody(id, why))
	if err != nil {
		panic(err)
	}
	f.setNumber(fieldEndAt, uint64(at))
	return f.bytes()
}

// parseStudyEnd reads 85, or, told, 86.
func parseStudyEnd(body []byte, told bool) (id PurposeID, why string, at int64, err error) {
	f, err := parseFields(body)
	if err != nil {
		return id, "", 0, err
	}
	id, ok := purposeOf(f)
	n := f.number(fieldEndAt)
	why = f.text(fieldEndWhy)
	if !ok || !goodText(why, maxRemark) || told && (n == 0 || n >= 1<<53) {
		return id, "", 0, errFields
	}
	return id, why, int64(n), nil
}

// takeEnd keeps the first end of each purpose.
func takeEnd(ends map[PurposeID]*StudyEnd, e *link.Entry) map[PurposeID]*StudyEnd {
	told := e.Type == typeAskedEnd
	id, why, at, err := parseStudyEnd(e.Body, told)
	if err != nil {
		return ends
	}
	if !told {
		at = e.Time
	}
	x := &StudyEnd{At: time.UnixMilli(at), Why: why, Receipt: e.Hash(), account: e.Account}
	if o := ends[id]; o != nil && (o.At.Before(x.At) || o.At.Equal(x.At) && bytes.Compare(o.Receipt[:], x.Receipt[:]) <= 0) {
		return ends
	}
	if ends == nil {
		ends = make(map[PurposeID]*StudyEnd)
	}
	ends[id] = x
	return ends
}

// EndStudy ends a registry or a study: no extract is made of it any more, nobody is
// asked, and each patient is told. It cannot be taken back. Only a lead may.
func (c *Client) EndStudy(ctx context.Context, id PurposeID, why string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, err := c.leading()
	switch {
	case err != nil:
		return err
	case c.studies.find(id) == nil:
		return ErrPurpose
	case c.studies.ends[id] != nil:
		return nil
	}
	body := studyEndBody(id, why)
	if _, _, _, err := parseStudyEnd(body, false); err != nil {
		return ErrTerms
	}
	if err := c.write(ctx, s, typeStudyEnd, body); err != nil {
		return err
	}
	c.poke() // upkeep tells the patients
	return nil
}

// tellEnds tells patients who were asked of what has ended. The caller holds mu.
func (c *Client) tellEnds(ctx context.Context) {
	prim := c.primary()
	if len(c.studies.ends) == 0 || !c.caughtUp(prim) {
		return
	}
	dev := prim.device.ID()
	wait := recordAfter + turn(recordSpread, 1, dev[:])
	for s := range c.slowly(ctx) {
		if s.role != rolePatient || c.ended(s) != nil || !c.caughtUp(s) {
			continue
		}
		for _, p := range c.studies.purposes {
			end := c.studies.ends[p.id]
			if end == nil || s.asked.find(p.id) == nil || s.asked.ends[p.id] != nil {
				continue
			}
			if end.account != prim.account && c.env.Now().Before(end.At.Add(wait)) {
				continue // a colleague's device does it
			}
			if c.write(ctx, s, typeAskedEnd, askedEndBody(p.id, end.Why, end.At.UnixMilli())) != nil {
				return // the next round tries again
			}
		}
	}
}
