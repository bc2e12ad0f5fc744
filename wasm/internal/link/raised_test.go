package link

import (
	"testing"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
)

// A reader of a centre becomes a doctor: what they write behind the change that
// says so counts, also where both arrive at once and nobody else has told of it,
// and what they wrote before does not.
func TestARightThatAChainRaisesHoldsFromThereOn(t *testing.T) {
	w := newWorld(t)
	lead, reader, patient := w.carl, w.dora, w.anna
	b := keyring.NewBook()
	for _, c := range w.chains {
		if err := c.AddTo(b); err != nil {
			t.Fatal(err)
		}
	}
	account, _ := b.Account(lead.account)
	raws := []keyring.Raw{must(keyring.FoundTeam(lead.dev, account, "Centre", noon))}
	team := must(b.AddTeam(raws))
	raws = append(raws, must(team.AddMember(lead.author(), reader.account, keyring.Reader, noon)))
	team = must(b.AddTeam(raws))
	chains := append(w.chains, Chain{Team: true, Raws: raws})
	raised := Chain{Team: true, Raws: append(raws[:2:2], must(team.SetRole(lead.author(), reader.account, keyring.Doctor, noon)))}

	genesis, secret, err := keyring.FoundSpace(keyring.Centre, patient.author(), keyring.AccountRef(patient.account),
		[]keyring.Member{{Ref: keyring.TeamRef(team.ID()), Right: keyring.Treat}}, founding().Public(), b, noon)
	if err != nil {
		t.Fatal(err)
	}
	in := func(m *member) Config {
		m.book, m.Replica = NewBook(), nil
		c := m.config()
		c.Prefix = "s/2/"
		own := c.OpenEpoch
		c.OpenEpoch = func(s *keyring.Space, n uint32) (seal.Secret, error) {
			t, ok := m.book.Team(team.ID())
			a, there := m.book.Account(m.account)
			if !ok || !there || m == patient {
				return own(s, n)
			}
			keys, err := t.Keys(m.dev, a)
			if err != nil {
				return seal.Secret{}, err
			}
			return s.OpenEpoch(n, keys)
		}
		return c
	}
	patient.Replica = must(Found(t.Context(), in(patient), chains, genesis, secret, "https://relay.example", wire.Admission{Kind: wire.ByOpenTenant, Tenant: wire.TenantID{1}}))
	reader.Replica = must(Join(t.Context(), in(reader), chains, []keyring.Raw{genesis}, "https://relay.example"))

	reader.write("as a reader")
	must(reader.Write(t.Context(), TypeChain, ChainsBody(raised)))
	reader.write("as a doctor")
	w.send(reader)
	w.read(patient)
	for text, right := range map[string]keyring.Right{"as a reader": keyring.Read, "as a doctor": keyring.Treat} {
		if got := patient.rightsOf(reader)[text]; got != right {
			t.Errorf("the patient took %q with right %v, want %v", text, got, right)
		}
		if got := reader.rightsOf(reader)[text]; got != right {
			t.Errorf("the writer itself has %q with right %v, want %v", text, got, right)
		}
	}
}
