package app

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/record"
	"vialog/wasm/internal/seal"
)

var addVectors = flag.Bool("vectors", false, "write vectors that are missing in testdata")

// errPassedOver stands for a statement that a desk takes no notice of.
var errPassedOver = errors.New("passed over")

// decode reads a record or the body of a statement as the name of its vector
// says: accept-profile-new is a profile. It returns what is written back, nil
// where the app has no writer for it.
func decode(name string, b []byte) ([]byte, error) {
	d := newDesk()
	take := func(typ link.Type) { d.take(&link.Entry{Statement: &link.Statement{Type: typ, Body: b}}) }
	switch kind := strings.Split(name, "-")[1]; kind {
	case "fields":
		f, err := parseFields(b)
		return f.bytes(), err
	case "raws":
		raws, err := parseRaws(b)
		return rawsBody(raws), err
	case "profile":
		p, err := parseProfile(b)
		if err != nil {
			return nil, err
		}
		return p.record().Value, nil
	case "space":
		s, err := parseSpace(1, b)
		if err != nil {
			return nil, err
		}
		return s.record().Value, nil
	case "media":
		list, err := parseCache(b)
		return cacheRecord(list).Value, err
	case "picture":
		s, err := parsePicture(b)
		return s.bytes(), err
	case "centre":
		k, err := parseCentreCard(b)
		if err != nil {
			return nil, err
		}
		return k.body(), nil
	case "card":
		if take(typeCard); len(d.cards) == 1 {
			return d.cards[0].body(), nil
		}
	case "sheet":
		k, err := parseSheetCard(b)
		if err != nil {
			return nil, err
		}
		return k.body(), nil
	case "drill":
		id, r, err := parseDrill(b)
		return drillBody(id, r), err
	case "words":
		s, err := seal.SecretFrom(b)
		if err != nil {
			return nil, err
		}
		words, ok := unpackWords(s)
		if !ok {
			return nil, errFields
		}
		return packWords(words).Bytes(), nil
	case "invitation":
		if take(typeInvitation); len(d.order) == 1 {
			return d.invites[d.order[0]].body(), nil
		}
	case "state":
		take(typeInviteState)
		for id, st := range d.states {
			if pins := d.pins[id]; len(pins) == 1 {
				return pinBody(id, [64]byte(pins[0].to)), nil
			}
			return inviteStateBody(id, st), nil
		}
	case "note":
		if take(typeCaseNote); len(d.notes) == 1 {
			return nil, nil
		}
	case "device":
		if take(typeDevice); len(d.labels) == 1 {
			for of, l := range d.labels {
				return deviceBody(of.device, l.name, l.kind), nil
			}
		}
	case "records":
		g := legal{book: record.NewBook()}
		g.take(&link.Entry{Statement: &link.Statement{Type: typeRecord, Body: b}})
		if rows := g.book.All(record.Query{}); len(rows) > 0 {
			return recordBody(record.Batches([]record.Record{rows[0].Record})[0]), nil
		}
	case "evidence":
		a, err := parseEvidence(b)
		return evidenceBody(a.File), err
	case "review":
		n, err := parseReview(b)
		return reviewBody(n), err
	case "check":
		k, err := parseCheck(b)
		return k.body(), err
	case "ticket":
		a, err := parseTicket(b)
		return ticketBody(a.admission.Ticket, a.gen), err
	case "pending":
		w, err := parseWish(b)
		if err != nil {
			return nil, err
		}
		return w.record().Value, nil
	case "devices":
		known, err := parseKnown(b)
		return knownRecord(known).Value, err
	case "persona":
		f, err := parseFields(b)
		if err != nil {
			return nil, err
		}
		k, err := parsePersona(f, holder)
		if err != nil {
			return nil, err
		}
		return k.body(), nil
	case "admitted":
		f, err := parseFields(b)
		if err != nil {
			return nil, err
		}
		a, err := parseAdmitted(f)
		if err != nil {
			return nil, err
		}
		return a.body(), nil
	case "name":
		f, err := parseFields(b)
		if err == nil && !goodPersonName(f.text(fieldPeopleName)) {
			err = errFields
		}
		return nameBody(f.text(fieldPeopleName)), err
	case "handover":
		f, err := parseFields(b)
		if err != nil {
			return nil, err
		}
		id, right, err := parseHandover(f)
		return handoverBody(id, right), err
	case "channel":
		f, err := parseFields(b)
		if err != nil {
			return nil, err
		}
		id, ch, err := parseMediaChannel(f)
		return mediaChannelBody(id, ch), err
	case "claim":
		f, err := parseFields(b)
		if err != nil {
			return nil, err
		}
		k, ok := parseClaim(f)
		if !ok {
			return nil, errFields
		}
		return k.body(), nil
	case "paper":
		f, err := parseFields(b)
		if err != nil {
			return nil, err
		}
		account, p, ok := parsePaper(f)
		if !ok {
			return nil, errFields
		}
		return paperBody(account, p), nil
	case "keys":
		in, err := parseIntents(b)
		return in.record().Value, err
	case "wanted":
		id, right, err := parseWanted(b)
		return wantRecord(id, right).Value, err
	case "engaged":
		d.team = func() [32]byte { return [32]byte{2} }
		d.open = func(i *invite) (seal.Secret, bool) { return testSecret, i.gen == 3 }
		if take(typeInvitation); len(d.order) == 1 {
			return d.invites[d.order[0]].body(), nil
		}
	case "invited":
		d.open = func(i *invite) (seal.Secret, bool) { return testSecret, i.gen == 3 }
		if take(typeInvitation); len(d.order) == 1 {
			return d.invites[d.order[0]].body(), nil
		}
	case "work", "limits", "teamnote", "looked":
		return decodeWork(kind, b)
	case "choice", "chosen", "listing":
		return decodeChoice(kind, b)
	case "death":
		return decodeDeath(b)
	case "closed":
		return decodeClosed(b)
	case "purpose", "question", "consent", "noted", "extract", "given", "studyend", "askedend":
		return decodeStudy(kind, b)
	case "restriction", "saved":
		return decodeRights(kind, b)
	case "sharing", "information":
		return decodeSharing(kind, b)
	default:
		panic("vector of an unknown kind " + kind)
	}
	return nil, errPassedOver
}

// holder is the home account of the vectors of personas.
var holder = keyring.AccountID{7}

var testSecret = func() seal.Secret {
	s, err := seal.SecretFrom(fill(32, 40))
	if err != nil {
		panic(err)
	}
	return s
}()

// fixedPersona is an account for a centre's space.
func fixedPersona(t *testing.T, name string, to keyring.AccountID) *persona {
	dev := seal.DeviceFromSeed(fixedSecret(t, 3))
	raw := must(keyring.FoundAccount(dev, name, nil, time.UnixMilli(1793620800000)))(t)
	p := &persona{space: [32]byte{9}, holder: to, chain: link.Chain{Raws: []keyring.Raw{raw}}, index: 5, paper: []byte("sealed"), paperGen: 2}
	p.proof = dev.SignHybrid(seal.LabelAppPersona, personaMessage(p.space, to))
	return p
}

func fill(n int, from byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = from + byte(i)
	}
	return b
}

func fixedSecret(t *testing.T, from byte) seal.Secret {
	return must(seal.SecretFrom(fill(32, from)))(t)
}

// cases are the vectors by name. Each that is refused differs in one place from
// one that is read.
func cases(t *testing.T) map[string][]byte {
	t.Helper()
	edit := func(b []byte, change func(f fields)) []byte {
		f := maps.Clone(must(parseFields(b))(t))
		change(f)
		return f.bytes()
	}
	without := func(b []byte, n uint16) []byte { return edit(b, func(f fields) { delete(f, n) }) }
	with := func(b []byte, n uint16, v []byte) []byte { return edit(b, func(f fields) { f[n] = v }) }
	short := func(b []byte, n uint16) []byte { return edit(b, func(f fields) { f[n] = f[n][:len(f[n])-1] }) }
	longer := func(b []byte, n uint16) []byte { return edit(b, func(f fields) { f[n] = append(f[n], 0) }) }

	two := fields{1: []byte("one"), 300: []byte("three hundred")}.bytes()
	one, other := fields{1: []byte("one")}.bytes(), fields{2: []byte("two")}.bytes()
	join2 := func(a, b []byte) []byte { return append(bytes.Clone(a), b...) }

	persona1 := fixedPersona(t, "", holder).body()
	admitted1 := (&admitted{account: [32]byte{4}, chains: []link.Chain{{Raws: []keyring.Raw{{1}}}}, chain: []keyring.Raw{{2}}, origin: "https://relay.example"}).body()
	invitedAs := &invite{
		id: [16]byte{1}, created: time.UnixMilli(1793620800000), expires: time.Unix(1794225600, 0), note: "Oma", right: keyring.Care, sealed: fill(seal.SealedSecretSize, 0), gen: 3,
	}
	invitedAs.from(testSecret, join.Carer, [32]byte{})
	asCarer := invitedAs.body()
	engagedAs := &invite{
		id: [16]byte{1}, created: time.UnixMilli(1793620800000), expires: time.Unix(1794225600, 0), note: "Nacht", role: keyring.Nurse, sealed: fill(seal.SealedSecretSize, 0), gen: 3,
	}
	engagedAs.from(testSecret, join.Colleague, [32]byte{2})
	sealedNurse := engagedAs.body()
	raws := []keyring.Raw{{1, 2}, {3}}
	chains := []link.Chain{{Raws: raws}, {Team: true, Raws: raws}}
	noChange := []byte{0, 0}

	bare := (&profile{role: Patient, seed: fixedSecret(t, 1), next: 1}).record().Value
	full := &profile{
		role: Centre, seed: fixedSecret(t, 1), next: 7, sheet: must(join.SheetFrom(fill(32, 65)))(t), sheetMade: time.UnixMilli(1793620800000),
		name: "Centre North", hasCode: true, tenant: [16]byte{2}, account: [32]byte{3}, team: [32]byte{4}, locker: []byte{5}, admission: []byte{6},
	}
	full.code = [16]byte{1}
	profiled := full.record().Value

	home := (&space{role: roleHome, account: [32]byte{1}}).record().Value
	joining := (&space{
		role: roleCentre, persona: 4, account: [32]byte{2}, idKey: fixedSecret(t, 33), invite: fill(28, 1), offer: []byte{2}, request: []byte{3},
		heard: time.UnixMilli(1793620800000), state: CentreUnchecked, check: "123456", centre: []byte{8},
	}).record().Value
	patient := (&space{role: rolePatient, persona: 0, account: [32]byte{2}, card: &card{id: [32]byte{7}}}).record().Value

	centre := (&centreCard{
		persona: 1 << 31, account: [32]byte{9}, idKey: fixedSecret(t, 33), paper: []byte{1, 2}, paperGen: 3, chains: chains, chain: raws,
		origin: "https://relay.example",
	}).body()
	carded := (&card{invite: [16]byte{1}, chains: chains, chain: raws, origin: "https://relay.example", note: "bed 4"}).body()
	invited := (&invite{
		id: [16]byte{1}, inv: join.New(join.Patient, [32]byte{2}), nonce: join.Nonce{3}, created: time.UnixMilli(1793620800000),
		expires: time.Unix(1793624400, 0), note: "Mr. Grün",
	}).body()
	colleague := &invite{
		id: [16]byte{1}, inv: join.New(join.Colleague, [32]byte{2}), nonce: join.Nonce{3}, created: time.UnixMilli(1793620800000),
		expires: time.Unix(1793624400, 0), note: "Mr. Grün",
	}
	asLead := colleague.body()
	colleague.role = keyring.Nurse
	asNurse := colleague.body()
	code := must(parseFields(invited))(t)[fieldInviteCode]
	wrongCheck := append(bytes.Clone(code[:27]), code[27]^1)
	pinned := pinBody([16]byte{1}, [64]byte{2})
	revoked := inviteStateBody([16]byte{1}, InviteRevoked)
	media := cacheRecord([]cached{{diary.ID{1}, 300_000, 1793620800000, false}, {diary.ID{2}, 1, 2, true}}).Value
	picture := Shot{Content: []byte("pixels"), Preview: []byte("few"), Width: 1600, Height: 1200, Taken: time.UnixMilli(1793620800000)}.bytes()
	note := fields{fieldCardOf: fill(32, 1), fieldCardNote: []byte("moved to Tuesdays")}.bytes()

	device := deviceBody([32]byte{1}, "Büro-Läppi", Computer)
	plain := wire.Ticket{Tenant: [16]byte{1}, ID: [16]byte{2}, Channels: 16, Expires: 1793620800}
	ticket := ticketBody(plain, 0)
	laterTicket := ticketBody(plain, math.MaxUint32)
	tooLate := fields{fieldTicket: link.AdmissionBytes(wire.Admission{Kind: wire.ByTicket, Ticket: plain})}
	tooLate.setNumber(fieldTicketGen, math.MaxUint32+1)
	invitation := must(join.Parse(code))(t)
	pending := (&wish{inv: invitation, offer: []byte{2}, request: []byte{3}, expires: time.Unix(1793624400, 0), name: "Büro-Läppi", kind: Computer}).record().Value
	known := knownRecord(map[knownDevice]bool{{[32]byte{9}, false}: true, {[32]byte{1}, true}: true, {[32]byte{1}, false}: true}).Value

	recovering := (&profile{
		role: Patient, seed: fixedSecret(t, 1), next: 2, heir: must(join.SheetFrom(fill(32, 65)))(t), heirMade: time.UnixMilli(1793620800000), heirChange: keyring.Raw{1, 2},
		retiring: must(join.SheetFrom(fill(32, 97)))(t), restored: time.UnixMilli(1793620700000), useSeen: []seal.DeviceID{{1}, {2}},
		drillNext: time.UnixMilli(1793620900000), printNext: time.UnixMilli(1793621000000),
	}).record().Value
	moved := (&profile{
		role: Patient, seed: fixedSecret(t, 1), next: 2, pictures: fixedSecret(t, 33), oldLockers: []oldLocker{{[32]byte{1}, fixedSecret(t, 65)}, {[32]byte{2}, fixedSecret(t, 97)}},
		lockersNext: time.UnixMilli(1793620900000),
	}).record().Value
	remembered := (&sheetCard{id: [32]byte{1}, locker: fill(seal.SealedSecretSize, 1), words: fill(seal.SealedSecretSize, 2), gen: 3}).body()
	claimed := claim{[32]byte{1}, [32]byte{2}}.body()
	papered := paperBody([32]byte{1}, paper{sealed: fill(seal.SealedSecretSize, 1), gen: 3, chain: &link.Chain{Raws: raws}})
	checked := (&Check{Patient: keyring.SpaceID{1}, Year: 2026, State: [32]byte{2}, Doses: 150, Incomplete: 3, Found: 5, Note: "complete"}).body()
	asked := (&intents{renew: time.UnixMilli(1793620800000), list: []intent{
		{kind: intentDevice, id: [32]byte{1}, asked: time.UnixMilli(1793620700000)},
		{kind: intentColleague, id: [32]byte{2}, by: keyring.Hash{3}, asked: time.UnixMilli(1793620900000)},
	}}).record().Value
	many := &intents{list: make([]intent, maxIntents)}
	for n := range many.list {
		many.list[n] = intent{kind: intentDevice, id: [32]byte{byte(n), 1}, asked: time.UnixMilli(1793620700000)}
	}
	most := many.record().Value
	askedWith := func(at int, v byte) []byte {
		b := bytes.Clone(asked)
		b[at] = v
		return b
	}
	drilled := drillBody([32]byte{1}, DrillWhole)
	words := packWords([]join.Word{{Place: 0, Index: 0}, {Place: 7, Index: 300}, {Place: 23, Index: 2047}}).Bytes()
	word := func(at int, v byte) []byte {
		b := bytes.Clone(words)
		b[at] = v
		return b
	}

	return map[string][]byte{
		"accept-profile-recovering":         recovering,
		"accept-profile-moved":              moved,
		"reject-profile-short-pictures":     short(moved, fieldPictures),
		"reject-profile-half-a-locker":      short(moved, fieldOldLockers),
		"reject-profile-short-heir":         short(recovering, fieldHeir),
		"reject-profile-long-retiring":      longer(recovering, fieldRetiring),
		"reject-profile-half-a-device-seen": short(recovering, fieldUseSeen),
		"accept-sheet":                      remembered,
		"reject-sheet-without-number":       without(remembered, fieldSheetID),
		"reject-sheet-short-number":         short(remembered, fieldSheetID),
		"reject-sheet-without-locker":       without(remembered, fieldSheetLocker),
		"reject-sheet-long-words":           longer(remembered, fieldSheetWords),
		"reject-sheet-without-generation":   without(remembered, fieldSheetGen),
		"accept-drill":                      drilled,
		"reject-drill-result-0":             drillBody([32]byte{1}, 0),
		"reject-drill-result-4":             drillBody([32]byte{1}, 4),
		"reject-drill-long-number":          longer(drilled, fieldSheetID),
		"accept-words":                      words,
		"reject-words-one":                  append([]byte{1, 5, 0, 1}, make([]byte, 28)...),
		"reject-words-eleven":               word(0, 11),
		"reject-words-place-24":             word(7, 24),
		"reject-words-number-2048":          word(8, 8),
		"reject-words-places-twice":         word(4, 0),
		"reject-words-something-after":      word(31, 1),

		"accept-claim":                    claimed,
		"reject-claim-truncated":          claimed[:len(claimed)-1],
		"reject-claim-without-account":    without(claimed, fieldClaimAccount),
		"reject-claim-short-account":      short(claimed, fieldClaimAccount),
		"reject-claim-without-device":     without(claimed, fieldClaimDevice),
		"reject-claim-long-device":        longer(claimed, fieldClaimDevice),
		"accept-paper":                    papered,
		"reject-paper-truncated":          papered[:len(papered)-1],
		"reject-paper-long-account":       longer(papered, fieldClaimAccount),
		"reject-paper-short-seed":         short(papered, fieldClaimPaper),
		"reject-paper-long-seed":          longer(papered, fieldClaimPaper),
		"reject-paper-without-generation": without(papered, fieldClaimGen),
		"reject-paper-generation-0":       with(papered, fieldClaimGen, make([]byte, 8)),
		"reject-paper-generation-2-32":    with(papered, fieldClaimGen, []byte{0, 0, 0, 1, 0, 0, 0, 0}),
		"reject-paper-without-chain":      without(papered, fieldClaimChain),
		"reject-paper-two-accounts":       with(papered, fieldClaimChain, link.ChainsBody(chains[0], chains[0])),
		"reject-paper-chain-of-a-team":    with(papered, fieldClaimChain, link.ChainsBody(chains[1])),
		"accept-keys":                     asked,
		"accept-keys-none":                (&intents{}).record().Value,
		"accept-keys-most":                most,
		"reject-keys-one-too-many":        join2(most, most[len(most)-73:]),
		"reject-keys-empty":               {},
		"reject-keys-version-2":           askedWith(0, 2),
		"reject-keys-truncated":           asked[:len(asked)-1],
		"reject-keys-kind-0":              askedWith(9, 0),
		"reject-keys-kind-3":              askedWith(9, 3),
		"reject-keys-renewed-at-2-53":     askedWith(2, 32),
		"reject-keys-asked-at-2-53":       askedWith(9+65+1, 32),

		"accept-records":               recordBody(oneRecord()),
		"reject-records-none":          {},
		"reject-records-no-batch":      recordBody(nil),
		"reject-records-trailing-byte": recordBody(append(oneRecord(), 0)),
		"accept-check":                 checked,
		"accept-check-least":           (&Check{Year: 1970}).body(),
		"reject-check-without-patient": without(checked, fieldCheckPatient),
		"reject-check-short-patient":   short(checked, fieldCheckPatient),
		"reject-check-without-state":   without(checked, fieldCheckState),
		"reject-check-long-state":      longer(checked, fieldCheckState),
		"reject-check-year-1969":       with(checked, fieldCheckYear, []byte{0, 0, 0, 0, 0, 0, 0x07, 0xb1}),
		"reject-check-year-2200":       with(checked, fieldCheckYear, []byte{0, 0, 0, 0, 0, 0, 0x08, 0x98}),
		"reject-check-found-2-31":      with(checked, fieldCheckFound, []byte{0, 0, 0, 0, 0x80, 0, 0, 0}),
		"reject-check-doses-2-31":      with(checked, fieldCheckDoses, []byte{0, 0, 0, 0, 0x80, 0, 0, 0}),
		"reject-check-incomplete-2-31": with(checked, fieldCheckIncomplete, []byte{0, 0, 0, 0, 0x80, 0, 0, 0}),
		"reject-check-note-2001":       with(checked, fieldCheckNote, bytes.Repeat([]byte{'x'}, 2001)),
		"reject-check-truncated":       checked[:len(checked)-1],

		"accept-evidence":                 evidenceBody(anEvidence()),
		"reject-evidence-none":            {},
		"reject-evidence-no-statement":    evidenceBody([]byte("vialog/evidence/v1/statement\n")),
		"reject-evidence-trailing-byte":   longer(evidenceBody(anEvidence()), fieldEvidenceFile),
		"accept-review":                   reviewBody(12),
		"reject-review-none":              {},
		"reject-review-of-nobody":         reviewBody(0),
		"reject-review-2-31":              reviewBody(1 << 31),
		"reject-review-long-number":       longer(reviewBody(12), fieldReviewPeople),
		"accept-fields":                   two,
		"accept-fields-none":              {},
		"accept-fields-empty-value":       fields{1: nil, 2: {1}}.bytes(),
		"accept-fields-least-and-largest": fields{0: {1}, 65535: {2}}.bytes(),
		"reject-fields-descending":        join2(other, one),
		"reject-fields-twice":             join2(one, one),
		"reject-fields-truncated":         two[:len(two)-1],
		"reject-fields-cut-number":        two[:1],
		"reject-fields-cut-length":        two[:4],
		"reject-fields-trailing-byte":     append(bytes.Clone(two), 0),

		"accept-raws":               rawsBody(raws),
		"accept-raws-none":          noChange,
		"reject-raws-empty":         {},
		"reject-raws-truncated":     rawsBody(raws)[:len(rawsBody(raws))-1],
		"reject-raws-trailing-byte": append(rawsBody(raws), 0),
		"reject-raws-empty-change":  {0, 1, 0, 0, 0},
		"reject-raws-beyond-end":    {0, 2, 0, 0, 1, 5},

		"accept-profile":              profiled,
		"accept-profile-least":        bare,
		"reject-profile-truncated":    profiled[:len(profiled)-1],
		"reject-profile-without-seed": without(bare, fieldSeed),
		"reject-profile-short-seed":   short(bare, fieldSeed),
		"reject-profile-long-seed":    longer(bare, fieldSeed),
		"reject-profile-short-sheet":  short(profiled, fieldSheet),
		"reject-profile-long-sheet":   longer(profiled, fieldSheet),

		"accept-space-home":                  home,
		"accept-space-centre":                joining,
		"accept-space-patient":               patient,
		"reject-space-truncated":             joining[:len(joining)-1],
		"reject-space-short-identifier-key":  short(joining, fieldIDKey),
		"reject-space-long-identifier-key":   longer(joining, fieldIDKey),
		"accept-centre":                      centre,
		"reject-centre-truncated":            centre[:len(centre)-1],
		"reject-centre-without-key":          without(centre, fieldCardIDKey),
		"reject-centre-short-key":            short(centre, fieldCardIDKey),
		"reject-centre-without-chains":       without(centre, fieldCardChains),
		"reject-centre-chains-trailing-byte": longer(centre, fieldCardChains),
		"reject-centre-without-space":        without(centre, fieldCardSpace),
		"reject-centre-no-change-of-space":   with(centre, fieldCardSpace, noChange),
		"reject-centre-space-trailing-byte":  longer(centre, fieldCardSpace),

		"accept-card":                      carded,
		"reject-card-truncated":            carded[:len(carded)-1],
		"reject-card-without-chains":       without(carded, fieldCardChains),
		"reject-card-chains-trailing-byte": longer(carded, fieldCardChains),
		"reject-card-without-space":        without(carded, fieldCardSpace),
		"reject-card-no-change-of-space":   with(carded, fieldCardSpace, noChange),
		"reject-card-space-trailing-byte":  longer(carded, fieldCardSpace),

		"accept-invitation":                 invited,
		"accept-invitation-as-nurse":        asNurse,
		"accept-invitation-before-roles":    asLead,
		"reject-invitation-role-0":          with(asNurse, fieldTeamRole, make([]byte, 8)),
		"reject-invitation-role-5":          with(asNurse, fieldTeamRole, []byte{0, 0, 0, 0, 0, 0, 0, 5}),
		"reject-invitation-role-too-long":   with(asNurse, fieldTeamRole, []byte{0, 0, 0, 0, 0, 0, 0, 0, 3}),
		"reject-invitation-truncated":       invited[:len(invited)-1],
		"reject-invitation-without-number":  without(invited, fieldInviteID),
		"reject-invitation-short-number":    short(invited, fieldInviteID),
		"reject-invitation-without-nonce":   without(invited, fieldInviteNonce),
		"reject-invitation-short-nonce":     short(invited, fieldInviteNonce),
		"reject-invitation-without-code":    without(invited, fieldInviteCode),
		"reject-invitation-wrong-check":     with(invited, fieldInviteCode, wrongCheck),
		"reject-invitation-code-one-longer": longer(invited, fieldInviteCode),
		"accept-state-revoked":              revoked,
		"accept-state-pin":                  pinned,
		"reject-state-truncated":            revoked[:len(revoked)-1],
		"reject-state-4":                    inviteStateBody([16]byte{1}, InviteUsed+1),
		"reject-state-short-number":         short(revoked, fieldInviteID),
		"reject-state-without-number":       without(revoked, fieldInviteID),
		"accept-note":                       note,
		"reject-note-truncated":             note[:len(note)-1],
		"reject-note-of-nothing":            without(note, fieldCardOf),
		"reject-note-of-31-bytes":           short(note, fieldCardOf),
		"reject-note-of-33-bytes":           longer(note, fieldCardOf),

		"accept-device":                    device,
		"accept-device-longest":            deviceBody([32]byte{1}, strings.Repeat("ü", MaxDeviceName/2), OtherDevice),
		"reject-device-truncated":          device[:len(device)-1],
		"reject-device-without-device":     without(device, fieldDeviceID),
		"reject-device-of-31-bytes":        short(device, fieldDeviceID),
		"reject-device-of-33-bytes":        longer(device, fieldDeviceID),
		"reject-device-without-name":       without(device, fieldDeviceName),
		"reject-device-long-name":          deviceBody([32]byte{1}, strings.Repeat("ü", MaxDeviceName/2)+"x", OtherDevice),
		"reject-device-name-of-two-lines":  deviceBody([32]byte{1}, "Büro\nLäppi", OtherDevice),
		"reject-device-name-turned-round":  deviceBody([32]byte{1}, "Büro\u202eippäL", OtherDevice),
		"reject-device-name-with-blank":    deviceBody([32]byte{1}, "Läppi ", OtherDevice),
		"accept-persona":                   persona1,
		"reject-persona-truncated":         persona1[:len(persona1)-1],
		"reject-persona-of-another":        fixedPersona(t, "", keyring.AccountID{8}).body(),
		"reject-persona-for-another-space": with(persona1, fieldPeopleSpace, fill(32, 1)),
		"reject-persona-with-a-name":       fixedPersona(t, "Oma Inge", holder).body(),
		"reject-persona-without-space":     without(persona1, fieldPeopleSpace),
		"reject-persona-without-proof":     without(persona1, fieldPeopleProof),
		"reject-persona-two-accounts":      with(persona1, fieldCardChains, link.ChainsBody(fixedPersona(t, "", holder).chain, fixedPersona(t, "", holder).chain)),
		"accept-admitted":                  admitted1,
		"reject-admitted-truncated":        admitted1[:len(admitted1)-1],
		"reject-admitted-without-account":  without(admitted1, fieldCardAccount),
		"reject-admitted-without-space":    without(admitted1, fieldCardSpace),
		"reject-admitted-no-origin":        with(admitted1, fieldCardOrigin, []byte("javascript:alert(1)")),
		"accept-name":                      nameBody("Oma Inge"),
		"accept-name-longest":              nameBody(strings.Repeat("ü", MaxName/2)),
		"reject-name-empty":                nameBody(""),
		"reject-name-too-long":             nameBody(strings.Repeat("ü", MaxName/2) + "x"),
		"reject-name-of-two-lines":         nameBody("Oma\nInge"),
		"reject-name-turned-round":         nameBody("Oma \u202eegnI"),
		"accept-handover-begun":            handoverBody(holder, 0),
		"accept-handover-care":             handoverBody(holder, keyring.Care),
		"accept-handover-leaves":           handoverBody(holder, keyring.Own),
		"reject-handover-treat":            handoverBody(holder, keyring.Treat),
		"reject-handover-to-nobody":        without(handoverBody(holder, keyring.Care), fieldCardAccount),
		"accept-channel":                   mediaChannelBody([32]byte{1}, [32]byte{2}),
		"reject-channel-short":             short(mediaChannelBody([32]byte{1}, [32]byte{2}), fieldPeopleChannel),
		"reject-channel-without-space":     without(mediaChannelBody([32]byte{1}, [32]byte{2}), fieldPeopleSpace),
		"accept-wanted":                    wantRecord(holder, keyring.Read).Value,
		"accept-wanted-out":                wantRecord(holder, 0).Value,
		"reject-wanted-right-5":            wantRecord(holder, 5).Value,
		"reject-wanted-nobody":             without(wantRecord(holder, keyring.Read).Value, fieldCardAccount),
		"accept-engaged-as-nurse":          sealedNurse,
		"reject-engaged-other-key":         with(sealedNurse, fieldCardPaperGen, []byte{0, 0, 0, 0, 0, 0, 0, 4}),
		"reject-engaged-without-role":      without(sealedNurse, fieldTeamRole),
		"reject-engaged-carer":             with(asCarer, fieldPeopleKind, []byte{0, 0, 0, 0, 0, 0, 0, 4}),
		"reject-invited-colleague":         sealedNurse,
		"accept-invited":                   asCarer,
		"reject-invited-other-key":         with(asCarer, fieldCardPaperGen, []byte{0, 0, 0, 0, 0, 0, 0, 4}),
		"reject-invited-patient":           with(asCarer, fieldPeopleKind, []byte{0, 0, 0, 0, 0, 0, 0, 1}),
		"reject-invited-to-treat":          with(asCarer, fieldPeopleRight, []byte{0, 0, 0, 0, 0, 0, 0, 3}),
		"accept-ticket":                    ticket,
		"accept-ticket-generation":         laterTicket,
		"reject-ticket-generation":         tooLate.bytes(),
		"reject-ticket-truncated":          ticket[:len(ticket)-1],
		"reject-ticket-none":               {},
		"reject-ticket-trailing-byte":      longer(ticket, fieldTicket),
		"reject-ticket-open-tenant":        fields{fieldTicket: link.AdmissionBytes(wire.Admission{Kind: wire.ByOpenTenant, Tenant: [16]byte{1}})}.bytes(),
		"accept-pending":                   pending,
		"reject-pending-truncated":         pending[:len(pending)-1],
		"reject-pending-without-code":      without(pending, fieldInvite),
		"accept-devices":                   known,
		"accept-devices-none":              {},
		"reject-devices-truncated":         known[:len(known)-1],
		"reject-devices-twice":             join2(known, known[len(known)-33:]),
		"reject-devices-descending":        join2(known[33:], known[:33]),
		"reject-devices-other-news":        append(bytes.Clone(known), append([]byte{2}, fill(32, 1)...)...),

		"accept-space-with-media":          (&space{role: roleHome, account: [32]byte{1}, mediaMade: true}).record().Value,
		"accept-media":                     media,
		"accept-media-none":                cacheRecord(nil).Value,
		"reject-media-empty":               {},
		"reject-media-version-2":           append([]byte{2}, media[1:]...),
		"reject-media-cut":                 media[:len(media)-1],
		"reject-media-draft-2":             append(bytes.Clone(media[:len(media)-1]), 2),
		"reject-media-trailing-byte":       append(bytes.Clone(media), 0),
		"accept-picture":                   picture,
		"accept-picture-bare":              Shot{Content: []byte{1}}.bytes(),
		"reject-picture-empty":             {},
		"reject-picture-version-2":         append([]byte{2}, picture[1:]...),
		"reject-picture-cut-preview":       picture[:1+2+2+8+2+2],
		"reject-picture-taken-beyond-2-53": append([]byte{1, 0, 1, 0, 1, 0, 32, 0, 0, 0, 0, 0, 0}, picture[13:]...),
	}
}

func TestEveryVectorIsReadAsItsNameSays(t *testing.T) {
	all := cases(t)
	maps.Copy(all, workCases(t))
	maps.Copy(all, partingCases(t))
	maps.Copy(all, studyCases(t))
	maps.Copy(all, sharingCases(t))
	maps.Copy(all, choiceCases(t))
	maps.Copy(all, rightsCases(t))
	if *addVectors {
		for name, b := range all {
			f, err := os.OpenFile(filepath.Join("testdata", name+".txt"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if os.IsExist(err) {
				continue // vectors are never changed
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.WriteString(strings.TrimSpace("bytes: "+hex.EncodeToString(b)) + "\n")
			if err := errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, _ := filepath.Glob("testdata/*.txt")
	if len(files) < len(all) {
		t.Fatalf("%d vectors for %d cases", len(files), len(all))
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		b, err := hex.DecodeString(strings.TrimSpace(strings.TrimPrefix(string(text), "bytes:")))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		back, err := decode(name, b)
		if (err == nil) != strings.HasPrefix(name, "accept-") {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && back != nil && !bytes.Equal(back, b) {
			t.Errorf("%s is written back differently", name)
		}
	}
}

func FuzzRaws(f *testing.F) {
	f.Add(rawsBody([]keyring.Raw{{1, 2}, {3}}))
	f.Add([]byte{0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if raws, err := parseRaws(b); err == nil && !bytes.Equal(rawsBody(raws), b) {
			t.Fatal("another encoding was accepted")
		}
	})
}

func FuzzCentreCard(f *testing.F) {
	key, err := seal.SecretFrom(fill(32, 1))
	if err != nil {
		f.Fatal(err)
	}
	raws := []keyring.Raw{{1, 2}}
	f.Add((&centreCard{persona: 1, idKey: key, paper: []byte{1}, chains: []link.Chain{{Raws: raws}}, chain: raws, origin: "https://relay.example"}).body())
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := parseCentreCard(b)
		if err != nil {
			return
		}
		// Unknown fields are skipped, so the first writing may differ from what
		// was read; from then on nothing does.
		written := k.body()
		again, err := parseCentreCard(written)
		if err != nil || !bytes.Equal(again.body(), written) {
			t.Fatal("a card that was read does not come back as it was")
		}
	})
}

func FuzzSheetCard(f *testing.F) {
	f.Add((&sheetCard{id: [32]byte{1}, locker: fill(seal.SealedSecretSize, 1), words: fill(seal.SealedSecretSize, 2), gen: 3}).body())
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := parseSheetCard(b)
		if err != nil {
			return
		}
		written := k.body() // unknown fields are skipped
		if again, err := parseSheetCard(written); err != nil || !bytes.Equal(again.body(), written) {
			t.Fatal("what was read does not come back as it was")
		}
	})
}

func FuzzDrill(f *testing.F) {
	f.Add(drillBody([32]byte{1}, DrillWords))
	f.Fuzz(func(t *testing.T, b []byte) {
		id, r, err := parseDrill(b)
		if err != nil {
			return
		}
		if again, q, err := parseDrill(drillBody(id, r)); err != nil || again != id || q != r {
			t.Fatal("what was read does not come back as it was")
		}
	})
}

func FuzzWords(f *testing.F) {
	f.Add(packWords([]join.Word{{Place: 1, Index: 2}, {Place: 3, Index: 2047}}).Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := seal.SecretFrom(b)
		if err != nil {
			return
		}
		if words, ok := unpackWords(s); ok && !bytes.Equal(packWords(words).Bytes(), b) {
			t.Fatal("another encoding was accepted")
		}
	})
}

func FuzzMedia(f *testing.F) {
	f.Add(cacheRecord(nil).Value)
	f.Add(cacheRecord([]cached{{diary.ID{1}, 300_000, 1793620800000, false}, {diary.ID{2}, 1, 2, true}}).Value)
	f.Fuzz(func(t *testing.T, b []byte) {
		if list, err := parseCache(b); err == nil && !bytes.Equal(cacheRecord(list).Value, b) {
			t.Fatal("another encoding was accepted")
		}
	})
}

func FuzzPicture(f *testing.F) {
	f.Add(Shot{Content: []byte("pixels"), Preview: []byte("few"), Width: 1600, Height: 1200, Taken: time.UnixMilli(1793620800000)}.bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parsePicture(b); err == nil && !bytes.Equal(s.bytes(), b) {
			t.Fatal("another encoding was accepted")
		}
	})
}

func FuzzDevice(f *testing.F) {
	f.Add(deviceBody([32]byte{1}, "Büro-Läppi", Computer))
	f.Fuzz(func(t *testing.T, b []byte) {
		id, l, err := parseDevice(b)
		if err != nil {
			return
		}
		written := deviceBody(id, l.name, l.kind) // unknown fields are skipped
		if again, m, err := parseDevice(written); err != nil || again != id || m != l {
			t.Fatal("what was read does not come back as it was")
		}
	})
}

func FuzzTicket(f *testing.F) {
	f.Add(ticketBody(wire.Ticket{Tenant: [16]byte{1}, ID: [16]byte{2}, Channels: 16, Expires: 1793620800}, 3))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseTicket(b)
		if err != nil {
			return
		}
		if again, err := parseTicket(ticketBody(a.admission.Ticket, a.gen)); err != nil || again != a {
			t.Fatal("what was read does not come back as it was")
		}
	})
}

func FuzzKnownDevices(f *testing.F) {
	f.Add(knownRecord(map[knownDevice]bool{{[32]byte{9}, false}: true, {[32]byte{1}, true}: true}).Value)
	f.Fuzz(func(t *testing.T, b []byte) {
		if known, err := parseKnown(b); err == nil && !bytes.Equal(knownRecord(known).Value, b) {
			t.Fatal("another encoding was accepted")
		}
	})
}

// The record of a vault is written by this device alone, so it has one encoding.
func FuzzKeys(f *testing.F) {
	f.Add((&intents{}).record().Value)
	f.Add((&intents{renew: time.UnixMilli(1793620800000), list: []intent{
		{kind: intentDevice, id: [32]byte{1}, asked: time.UnixMilli(1793620700000)},
		{kind: intentColleague, id: [32]byte{2}, by: keyring.Hash{3}, asked: time.UnixMilli(1793620900000)},
	}}).record().Value)
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := parseIntents(b)
		if err != nil {
			return
		}
		if len(in.list) > maxIntents {
			t.Fatalf("%d removals", len(in.list))
		}
		if !bytes.Equal(in.record().Value, b) {
			t.Fatal("another encoding was accepted")
		}
	})
}

func FuzzClaim(f *testing.F) {
	chain := &link.Chain{Raws: []keyring.Raw{{1, 2}, {3}}}
	f.Add(uint16(typeClaim), claim{[32]byte{1}, [32]byte{2}}.body())
	f.Add(uint16(typePaper), paperBody([32]byte{1}, paper{sealed: fill(seal.SealedSecretSize, 1), gen: 3, chain: chain}))
	f.Fuzz(func(t *testing.T, typ uint16, b []byte) {
		d := newDesk()
		of := typePaper
		if typ%2 == 0 {
			of = typeClaim
		}
		d.takeClaim(&link.Entry{Statement: &link.Statement{Type: of, Body: b}})
		for k := range d.claims {
			f, err := parseFields(k.body())
			if err != nil {
				t.Fatal(err)
			}
			if again, ok := parseClaim(f); !ok || again != k {
				t.Fatal("a claim that was read does not come back as it was")
			}
		}
		for account, list := range d.papers {
			for _, p := range list {
				written := paperBody(account, p)
				f, err := parseFields(written)
				if err != nil {
					t.Fatal(err)
				}
				if of, again, ok := parsePaper(f); !ok || of != account || !bytes.Equal(paperBody(of, again), written) {
					t.Fatal("a paper that was read does not come back as it was")
				}
			}
		}
	})
}

func FuzzPeople(f *testing.F) {
	f.Add(uint16(typeAdmitted), (&admitted{account: [32]byte{4}, chains: []link.Chain{{Raws: []keyring.Raw{{1}}}}, chain: []keyring.Raw{{2}}, origin: "https://relay.example"}).body())
	f.Add(uint16(typeName), nameBody("Oma Inge"))
	f.Add(uint16(typeHandover), handoverBody(holder, keyring.Care))
	f.Add(uint16(typeMedia), mediaChannelBody([32]byte{1}, [32]byte{2}))
	f.Fuzz(func(t *testing.T, typ uint16, b []byte) {
		p := newPeople()
		p.take(&link.Entry{Statement: &link.Statement{Type: link.Type(typ), Body: b}, Right: keyring.Own})
		for id, a := range p.admitted {
			f, err := parseFields(a.body())
			if err != nil {
				t.Fatal(err)
			}
			if again, err := parseAdmitted(f); err != nil || again.account != id || !bytes.Equal(again.body(), a.body()) {
				t.Fatal("what was read does not come back as it was")
			}
		}
		for _, n := range p.names {
			if !goodPersonName(n.text) {
				t.Fatalf("a name of %d bytes", len(n.text))
			}
		}
	})
}

func FuzzEvidence(f *testing.F) {
	f.Add(evidenceBody(anEvidence()))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseEvidence(b)
		if err != nil {
			return
		}
		if again, err := parseEvidence(evidenceBody(a.File)); err != nil || !bytes.Equal(again.File, a.File) || again.Statement != a.Statement {
			t.Fatal("what was read does not come back as it was")
		}
	})
}

func FuzzReview(f *testing.F) {
	f.Add(reviewBody(12))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := parseReview(b)
		if err != nil {
			return
		}
		if again, err := parseReview(reviewBody(n)); err != nil || again != n {
			t.Fatal("what was read does not come back as it was")
		}
	})
}
