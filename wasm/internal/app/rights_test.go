package app

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/worklist"
)

// told is a client with a space of a role, which hears statements of others.
func told(t *testing.T, role spaceRole) (*Client, *space) {
	c, _, _ := hanging(t)
	t.Cleanup(c.Lock)
	if err := c.foundDiary(t.Context(), wire.Admission{Kind: wire.ByOpenTenant, Tenant: wire.TenantID{1}}); err != nil {
		t.Fatal(err)
	}
	s := c.primary()
	if role != roleHome {
		other := &space{n: 99, role: role, account: s.account, idKey: seal.NewSecret()}
		c.prepare(other)
		other.replica, other.book = s.replica, s.book
		s = other
	}
	if role == roleTeam || role == rolePatient {
		c.p.role = Centre
	}
	c.mu.Lock()
	t.Cleanup(c.mu.Unlock)
	return c, s
}

// effect is all that statements of others may change of what this device shows
// or does.
func (c *Client) effect(s *space) string {
	d := c.desk
	return fmt.Sprint(len(c.own.Timeline(diary.Filter{})), len(s.diary.Timeline(diary.Filter{})), len(d.invites), len(d.cards), len(d.centres),
		d.states, len(d.pins), len(d.notes), d.contact != nil, s.state, s.welcomed, s.told, c.p.tenant, len(s.places), len(d.sheets), len(d.drills), len(d.labels), len(d.claims), len(d.papers), c.legal.book.Len(), len(c.legal.checks), len(c.leaving), len(s.visits), s.parting != nil, len(d.closed), len(c.own.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindOpened}})), len(d.work.by), len(d.looked), len(d.choices), len(d.deaths),
		len(c.evidence.list), len(c.evidence.reviews), len(c.studies.purposes), len(c.studies.extracts), len(s.asked.questions), len(s.asked.answers), len(s.asked.given), len(c.studies.ends), len(s.asked.ends), s.restrict.said, len(s.sharings.agreed), len(s.sharings.told), s.sharings.read, len(d.information.told))
}

func by(typ link.Type, right keyring.Right, n uint64, body []byte) *link.Entry {
	return &link.Entry{Statement: &link.Statement{Seq: n, Time: time.Now().UnixMilli(), Type: typ, Body: body, Device: seal.DeviceID{byte(n), 7}, Account: keyring.AccountID{byte(right), 9}}, Right: right}
}

// What a member says counts only if it has the right to say it there: each
// statement is tried with each right in each kind of space.
func TestWhatSomebodyMayNotSayChangesNothing(t *testing.T) {
	raw := must(keyring.FoundAccount(seal.DeviceFromSeed(seal.NewSecret()), "", nil, time.Now()))(t)
	inv := &invite{id: [16]byte{3}, inv: join.New(join.Patient, [32]byte{1}), created: time.UnixMilli(5), expires: time.Unix(9, 0)}
	patient := &card{invite: inv.id, chain: []keyring.Raw{raw}, origin: "o"}
	centre := &centreCard{account: keyring.AccountID{5}, idKey: seal.NewSecret(), chain: []keyring.Raw{raw}, origin: "o"}
	entry := func(e diary.Entry) []byte {
		c, _, _ := hanging(t)
		defer c.Lock()
		return must(c.encode(e))(t)
	}
	const home, shared, team, patients = roleHome, roleCentre, roleTeam, rolePatient
	own, care, treat := keyring.Own, keyring.Care, keyring.Treat
	type allowed map[spaceRole][]keyring.Right
	type hearer struct {
		c *Client
		s *space
	}
	hearers := make(map[spaceRole]hearer) // of what may not be said
	for _, x := range []struct {
		name string
		typ  link.Type
		body []byte
		may  allowed
	}{
		{"a note", link.Type(diary.KindNote), entry(&diary.Note{Text: "x"}), allowed{home: {own, care}, patients: {own, care}}},
		{"a message", link.Type(diary.KindMessage), entry(&diary.Message{Text: "x"}), allowed{home: {own, care, treat}, shared: {own, care, treat}, patients: {own, care, treat}}},
		{"that a diary was opened", link.Type(diary.KindOpened), entry(new(diary.Opened)), allowed{home: {treat}, shared: {treat}, patients: {treat}}},
		{"that a colleague leaves", typeLeave, nil, allowed{team: {own, care, treat, keyring.Read}}},
		{"that somebody looked at a closed diary", typeLooked, lookedBody([32]byte{5}, nil), allowed{team: {own, care, treat, keyring.Read}}},
		{"when a patient died", typeDeath, deathBody([32]byte{5}, diary.Date{Year: 2026, Month: 1, Day: 2}), allowed{team: {own, treat}}},
		{"how somebody wants to see the list", typeChoice, (&choice{sealed: fill(seal.SealedSecretSize, 1), gen: 1, turn: 1}).body(), allowed{team: {own, care, treat, keyring.Read}}},
		{"an invitation", typeInvitation, inv.body(), allowed{home: {own}, team: {own, treat}}},
		{"that an invitation is used", typeInviteState, inviteStateBody(inv.id, InviteUsed), allowed{home: {own}, team: {own, treat}}},
		{"which request is answered", typeInviteState, pinBody(inv.id, [64]byte{1}), allowed{home: {own}, team: {own, treat}}},
		{"a patient", typeCard, patient.body(), allowed{team: {own, treat}, home: {own}}},
		{"a centre", typeCentre, centre.body(), allowed{home: {own}, team: {own, treat}}},
		{"that a centre has compared the code", typeWelcome, nil, allowed{shared: {treat}, patients: {treat}}},
		{"what a centre's members are today", link.TypeLease, make32(7), allowed{patients: {treat}}},
		{"that a dose was given", typeRecord, recordBody(oneRecord()), allowed{team: {own, treat}}},
		{"that a year was checked", typeCheck, (&Check{Patient: keyring.SpaceID{1}, Year: 2026}).body(), allowed{team: {own, treat}}},
		{"what the operator is told", typeEvidence, evidenceBody(anEvidence()), allowed{team: {own, treat}}},
		{"that who has access was looked through", typeReview, reviewBody(3), allowed{team: {own, treat}, home: {own}}},
		{"that an item is closed", typeWorkItem, closedItem(), allowed{team: {own, treat}}},
		{"when something is listed", typeWorkLimits, workLimitsBody([32]byte{5}, worklist.Limits{worklist.StockDays: 7}), allowed{team: {own, treat}}},
		{"that a patient and a centre part", typeParting, partingBody(PartingMoved, link.Hash{}), allowed{shared: {own, treat}, patients: {own, treat}}},
		{"that a patient is the centre's no longer", typeClosed, closedBody([32]byte{5}, &aParting), allowed{team: {own, treat}}},
		{"a registry", typePurpose, aPurpose.body(), allowed{team: {own, treat}}},
		{"that an extract was made", typeExtract, anExtract.body(), allowed{team: {own, treat}}},
		{"that a patient is asked", typeQuestion, aPurpose.question(), allowed{shared: {treat}, patients: {treat}}},
		{"that a patient consents", typeConsent, (&Consent{Yes: true}).body(aPurpose.id), allowed{shared: {own}, patients: {own}}},
		{"that a patient has consented on paper", typeConsent, aPaper.body(aPurpose.id), allowed{shared: {treat}, patients: {treat}}},
		{"that a patient is in an extract", typeGiven, givenBody(aPurpose.id, 2025, 2025), allowed{shared: {treat}, patients: {treat}}},
		{"that a registry has ended", typeStudyEnd, studyEndBody(aPurpose.id, ""), allowed{team: {own, treat}}},
		{"that the patient is told so", typeAskedEnd, askedEndBody(aPurpose.id, "", 5), allowed{shared: {treat}, patients: {treat}}},
		{"that entries are not to be used", typeRestriction, aWish.body(), allowed{shared: {own}, patients: {own}}},
		{"that a wish is taken back", typeRestriction, (&restrictSay{act: restrictBack, of: [32]byte{5}}).body(), allowed{shared: {own}, patients: {own}}},
		{"that a wish is met", typeRestriction, (&restrictSay{act: restrictAccept, of: [32]byte{5}}).body(), allowed{shared: {treat}, patients: {treat}}},
		{"that it is not", typeRestriction, (&restrictSay{act: restrictRefuse, of: [32]byte{5}, words: "x"}).body(), allowed{shared: {treat}, patients: {treat}}},
		{"that a restriction ends", typeRestriction, (&restrictSay{act: restrictEnd, of: [32]byte{5}, words: "x", ends: 1 << 50}).body(), allowed{shared: {treat}, patients: {treat}}},
		{"that restricted entries are shown", typeRestriction, (&restrictSay{act: restrictShow, why: 1}).body(), allowed{shared: {treat}, patients: {treat}}},
		{"that a file was saved", typeSaved, saved{1, [32]byte{5}, 7}.body(), allowed{}},
		{"that the diary is shared", typeSharing, agreementBody(anAgreement, anInformationID), allowed{shared: {own}, patients: {own}}},
		{"what the centre says of itself", typeInformation, informationBody(anInformation), allowed{team: {own, treat}, shared: {treat}, patients: {treat}}},
		{"a note of the team", typeTeamNote, teamNoteBody([32]byte{5}, teamNote{text: "x"}), allowed{team: {own, treat}}},
		{"by what name the relay knows the centre", typeTenant, fields{fieldInviteID: {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}.bytes(), allowed{team: {own, treat}}},
	} {
		for _, role := range []spaceRole{home, shared, team, patients} {
			for _, right := range []keyring.Right{0, own, care, treat, keyring.Read} {
				name := fmt.Sprintf("%s, in a space of role %d, with the right to %v", x.name, role, right)
				may := slices.Contains(x.may[role], right)
				h, ok := hearers[role]
				if may || !ok { // who has heard it once is no help
					h.c, h.s = told(t, role)
				}
				if !may {
					hearers[role] = h
				}
				before := h.c.effect(h.s)
				h.c.absorb(h.s, []*link.Entry{by(x.typ, right, 1, x.body)})
				if changed := h.c.effect(h.s) != before; changed != may {
					t.Errorf("%s: something changed: %v\n%s\n%s", name, changed, before, h.c.effect(h.s))
				}
			}
		}
	}
}

// make32 is a hash that prints as another than zero.
func make32(b byte) []byte { return append([]byte{b}, make([]byte, 31)...) }

// Bodies that are none: nothing breaks, whoever says them where.
func TestABodyThatIsNoneBreaksNothing(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	inv := &invite{id: [16]byte{3}, inv: join.New(join.Patient, [32]byte{1}), created: time.UnixMilli(5), expires: time.Unix(9, 0)}
	raw := must(keyring.FoundAccount(seal.DeviceFromSeed(seal.NewSecret()), "", nil, time.Now()))(t)
	good := [][]byte{
		inv.body(), inviteStateBody(inv.id, InviteUsed), pinBody(inv.id, [64]byte{1}), (&card{chain: []keyring.Raw{raw}}).body(), nil, make32(1),
		(&centreCard{idKey: seal.NewSecret(), chain: []keyring.Raw{raw}}).body(), link.ChainsBody(link.Chain{Raws: []keyring.Raw{raw}}),
	}
	for _, role := range []spaceRole{roleHome, roleCentre, roleTeam, rolePatient} {
		c, s := told(t, role)
		for n := range uint64(3000) {
			body := append([]byte(nil), good[rng.IntN(len(good))]...)
			switch rng.IntN(3) {
			case 0:
				body = body[:rng.IntN(len(body)+1)]
			case 1:
				body = make([]byte, rng.IntN(300))
				for i := range body {
					body[i] = byte(rng.Uint32())
				}
			}
			for range rng.IntN(4) {
				if len(body) > 0 {
					body[rng.IntN(len(body))] ^= 1 << rng.IntN(8)
				}
			}
			right := []keyring.Right{keyring.Own, keyring.Care, keyring.Treat, keyring.Read}[rng.IntN(4)]
			c.absorb(s, []*link.Entry{by(link.Type(1+rng.IntN(100)), right, n+1, body)})
		}
		c.effect(s)
		c.mu.Unlock()
		c.Look(func(l Look) { l.Invites(); l.Status(); l.Centres() })
		c.mu.Lock()
	}
}
