package isms

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"vialog/relay/internal/store"
	statement "vialog/shared/evidence"
	"vialog/shared/isms"
	"vialog/shared/wire"
)

var (
	// ErrTenant reports a statement of a centre that this relay does not serve.
	ErrTenant = errors.New("no tenant of this relay made this statement")
	// ErrKnown reports a statement that was taken in before.
	ErrKnown = errors.New("this statement was taken in before")
	// ErrAhead reports a statement that says it was made later than now.
	ErrAhead = errors.New("the statement is of a time that has not come yet")
)

// An Import is a statement of a centre that was taken in.
type Import struct {
	Key  string `json:"key"` // the tenant's at that time, in hexadecimal
	File string `json:"file"`
}

// Import judges a centre's file that is to be taken in (evidence.FormError, ErrTenant,
// ErrKnown, ErrAhead, evidence.ErrSignature).
func (h *History) Import(file []byte, tenants []store.Tenant, now time.Time) (*Import, *statement.Signed, error) {
	s, err := statement.Parse(file)
	if err != nil {
		return nil, nil, err
	}
	var key wire.TenantKey
	for _, t := range tenants {
		if t.ID == s.Tenant && !t.Open {
			key = t.Key
		}
	}
	if key == (wire.TenantKey{}) {
		return nil, nil, ErrTenant
	}
	if s.Made.After(now.Add(statement.Ahead)) {
		return nil, nil, ErrAhead
	}
	taken, _ := h.stated(s.Tenant)
	vouched := false
	for _, o := range taken {
		if o.Hash == s.Hash {
			return nil, nil, ErrKnown
		}
		vouched = vouched || vouches(o, s)
	}
	if err := s.Verify(key); err != nil && !vouched {
		return nil, nil, err
	}
	return &Import{Key: hex.EncodeToString(key[:]), File: string(file)}, s, nil
}

// vouches reports that a statement names another as the one before it.
func vouches(o, s *statement.Signed) bool { return o.Previous == s.Hash && o.Number == s.Number+1 }

// stated are the statements of a tenant that were taken in and are signed by the
// key of then, or vouched for by one that is; and whether there are others.
func (h *History) stated(tenant wire.TenantID) (sound []*statement.Signed, others bool) {
	var rest []*statement.Signed
	for _, e := range h.Entries {
		if e.Import == nil {
			continue
		}
		s, err := statement.Parse([]byte(e.Import.File))
		if err != nil {
			others = true // whose it is cannot be told
			continue
		}
		if s.Tenant != tenant {
			continue
		}
		var key wire.TenantKey
		if b, err := hex.DecodeString(e.Import.Key); err == nil && len(b) == len(key) {
			key = wire.TenantKey(b)
		}
		if s.Verify(key) == nil {
			sound = append(sound, s)
		} else {
			rest = append(rest, s)
		}
	}
	for found := true; found; {
		found = false
		for i, s := range rest {
			if s == nil {
				continue
			}
			for _, o := range sound {
				if vouches(o, s) {
					sound, rest[i], found = append(sound, s), nil, true
					break
				}
			}
		}
	}
	for _, s := range rest {
		others = others || s != nil
	}
	return sound, others
}

// chain is the newest statement and all before it, newest first, and what is wrong
// with the order.
func chain(sound []*statement.Signed) (list []*statement.Signed, faults []isms.Text) {
	var last *statement.Signed
	for _, s := range sound {
		if last == nil || s.Number > last.Number {
			last = s
		}
	}
	for _, s := range sound {
		if s.Number == last.Number && s.Hash != last.Hash {
			return nil, []isms.Text{both("there are two statements with number %d, and none after them", "es gibt zwei Erklärungen mit der Nummer %d und keine danach", last.Number)}
		}
	}
	list = []*statement.Signed{last}
	for s := last; s.Number > 1; {
		var before *statement.Signed
		for _, o := range sound {
			if vouches(s, o) {
				before = o
			}
		}
		if before == nil {
			return list, []isms.Text{both("statement %d is missing", "Erklärung %d fehlt", s.Number-1)}
		}
		if before.Made.After(s.Made) {
			return list, []isms.Text{both("statement %d says that it is older than the one before it", "Erklärung %d ist ihrer Angabe nach älter als die davor", s.Number)}
		}
		list = append(list, before)
		s = before
	}
	return list, nil
}

// beyond is what the newest statement of a chain reports that does not meet the targets.
func (s *Site) beyond(list []*statement.Signed) (faults []isms.Text) {
	say := func(fault bool, en, de string, args ...any) {
		if fault {
			faults = append(faults, both(en, de, args...))
		}
	}
	last := list[0]
	over := func(target string, d statement.Days, en, de string) {
		most := s.Plan.Target(target)
		say(int(d) > most, en+" %d days, above %d", de+" %d Tage, über %d", d, most)
	}
	older := func(at time.Time, days int) bool { return s.Now.Sub(at) > time.Duration(days)*24*time.Hour }
	days := s.Plan.Target("centre-days")
	say(older(last.Made, days), "the statement is of %s: more than %d days", "die Erklärung ist vom %s: mehr als %d Tage", last.Made.Format(time.DateOnly), days)
	say(last.Made.After(s.Now.Add(statement.Ahead)), "the statement is of %s, which has not come yet", "die Erklärung ist vom %s, das noch nicht war", last.Made.Format(time.DateOnly))
	say(int(last.Policy) < s.Register.Crypto.Version, "policy %d is in force, and not %d", "Richtlinie %d gilt und nicht %d", last.Policy, s.Register.Crypto.Version)
	say(last.NotRenewed > 0, "keys that somebody removed still has: %d", "Schlüssel, die noch jemand Entferntes hat: %d", last.NotRenewed)
	over("key-days", last.OldestKey, "oldest key:", "ältester Schlüssel:")
	over("team-key-days", last.TeamKey, "key of the team:", "Schlüssel des Teams:")
	over("silent-days", last.Silent, "nothing heard of a device for", "von einem Gerät nichts gehört seit")
	sheetless := s.Plan.Target("sheetless")
	say(int(last.NoSheet) > sheetless, "people without a recovery sheet: %d, above %d", "ohne Wiederherstellungsbogen: %d, über %d", last.NoSheet, sheetless)
	over("sheet-days", last.Sheet, "a recovery sheet was not looked for for", "nach einem Wiederherstellungsbogen nicht gesehen seit")
	over("invitation-days", last.Invitation, "oldest open invitation:", "älteste offene Einladung:")
	say(last.Review == statement.None, "nobody has looked through who has access", "niemand hat durchgesehen, wer Zugang hat")
	over("review-days", last.Review, "who has access was last looked through before", "wer Zugang hat, wurde zuletzt durchgesehen vor")
	over("record-check-days", last.Check, "the legal record was last checked before", "die rechtliche Dokumentation wurde zuletzt geprüft vor")
	if last.Check == statement.None {
		most := s.Plan.Target("record-check-days")
		oldest := last
		for _, o := range list {
			if o.Records > 0 {
				oldest = o
			}
		}
		say(oldest.Records > 0 && older(oldest.Made, most), "the legal record was never checked, and there is one for more than %d days",
			"die rechtliche Dokumentation wurde nie geprüft, und es gibt sie seit mehr als %d Tagen", most)
	}
	if len(list) > 1 {
		before := list[1]
		say(last.Records < before.Records, "the legal record has %d statements, and had %d", "die rechtliche Dokumentation hat %d Angaben und hatte %d", last.Records, before.Records)
		say(last.Removed < before.Removed, "%d people were removed, and had been %d", "%d Personen wurden entfernt, vorher waren es %d", last.Removed, before.Removed)
	}
	return faults
}

func checkCentres(ctx context.Context, s *Site) Result {
	tenants, err := s.Tenants(ctx)
	if err != nil {
		return unread(err)
	}
	var red isms.Text
	var missing []string
	var oldest time.Time
	centres, people, devices := 0, uint32(0), uint32(0)
	for _, t := range tenants {
		if t.State != store.Active || t.Open {
			continue
		}
		centres++
		sound, others := s.History.stated(t.ID)
		var faults []isms.Text
		if others {
			faults = append(faults, both("a statement that was taken in is not signed by it", "eine aufgenommene Erklärung ist nicht von ihm signiert"))
		}
		if len(sound) == 0 && !others {
			missing = append(missing, t.ID.String())
			continue
		}
		if len(sound) > 0 {
			list, wrong := chain(sound)
			if faults = append(faults, wrong...); len(list) > 0 {
				faults = append(faults, s.beyond(list)...)
				people, devices = people+list[0].People(), devices+list[0].Devices()
				if oldest.IsZero() || list[0].Made.Before(oldest) {
					oldest = list[0].Made
				}
			}
		}
		for i, f := range faults {
			begin := "; "
			if i == 0 {
				begin = " " + t.ID.String() + ": "
			}
			red.EN, red.DE = red.EN+begin+f.EN, red.DE+begin+f.DE
		}
		if len(faults) > 0 {
			red.EN, red.DE = red.EN+".", red.DE+"."
		}
	}
	ask := both("Ask its leads to see to it and to make a statement (Settings, Team, Evidence for the operator), then: relay isms import FILE.",
		"Bitten Sie die Leitung, das zu beheben und eine Erklärung zu machen (Einstellungen, Team, Nachweis für den Betreiber), dann: relay isms import DATEI.")
	switch {
	case centres == 0:
		return none("No centre is active.", "Kein Zentrum ist aktiv.", "Check again when there is one.", "Prüfen Sie erneut, wenn es eines gibt.")
	case red.EN != "":
		return Result{State: Failed, Finding: isms.Text{EN: strings.TrimSpace(red.EN), DE: strings.TrimSpace(red.DE)}, Next: ask}
	case len(missing) > 0:
		r := none("", "", ask.EN, ask.DE)
		r.Finding = both("No statement was taken in: %s.", "Keine Erklärung wurde aufgenommen: %s.", some(missing))
		return r
	}
	return pass("Centres: %d, with %d people and %d devices; each has stated what meets the targets, the oldest statement is of %s.",
		"Zentren: %d mit %d Personen und %d Geräten; jedes hat erklärt, was den Zielen genügt, die älteste Erklärung ist vom %s.", centres, people, devices, oldest.Format(time.DateOnly))
}
