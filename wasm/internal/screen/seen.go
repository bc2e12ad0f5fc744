package screen

import (
	"encoding/hex"
	"slices"
	"strconv"

	"vialog/shared/release"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/view"
)

// Who can read the diary, for how long and with which keys, as this device knows
// it, and the crypto policy in plain words.

const (
	atWhoSees placeName = placesSeen + iota
)

// purposes are the uses of the policy in plain words. A test finds a use without.
var purposes = map[string]lang.Key{
	"boxes, blobs":                lang.PolicyBoxes,
	"sealed secrets, inside HPKE": lang.PolicySecrets,
	"wraps":                       lang.PolicyWraps,
	"statements, relay":           lang.PolicyStatements,
	"changes, checkpoints":        lang.PolicyChanges,
	"derivation, commitments":     lang.PolicyDerivation,
	"identifiers, content":        lang.PolicyIdentifiers,
	"passphrases":                 lang.PolicyPassphrase,
}

// policyRows are the policy's algorithms, from the table that the code obeys.
func policyRows(p *seal.Policy) (out []view.PolicyRow) {
	for _, s := range p.Suites {
		for _, part := range s.Parts {
			out = append(out, view.PolicyRow{What: purposes[part.Use], With: part.Name, Quantum: part.PostQuantum, Until: s.Sunset})
		}
	}
	return out
}

func policyOf(p *seal.Policy) view.Policy {
	hash := p.Hash()
	return view.Policy{
		Number: int(p.Version), Issued: p.Issued, Fingerprint: hex.EncodeToString(hash[:]), Rows: policyRows(p),
		Epoch: p.Rotation.Epoch, Lease: p.Lease, Link: p.Invitation.Valid, MinLength: p.Passphrase.MinLength,
	}
}

func (g *Guide) seenScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name != atWhoSees || l.Role() == app.Centre {
		return nil
	}
	f.Place = view.PlaceSettings
	m := view.WhoSees{
		Frame: f, Owner: knownAs(l), Relay: host(g.env.Relay), Hidden: g.keys.after.Hidden, Idle: g.keys.after.Idle, Keys: g.keyTimes(l),
		Policy: policyOf(&seal.Current), Version: g.env.Version, Signer: release.SignerName(g.env.Build.Signer),
	}
	if e, ends := l.Ending(); e != seal.Far {
		m.Policy.Ends = ends
	}
	m.Devices = slices.DeleteFunc(g.devices(l), func(d view.Device) bool { return !d.Removed.IsZero() })
	if i := l.SheetInfo(); i.Made {
		m.Sheet = g.local(i.Since)
	}
	list, _ := g.people(l)
	m.People = slices.DeleteFunc(slices.Clone(list), func(p view.Person) bool { return p.You })
	m.Asked, m.Review.Due = l.MayReviewAccess(), l.AccessReviewDue()
	if r, ok := l.Reviewed(); ok {
		m.Review.At = g.local(r.At)
		for _, p := range list {
			if hex.EncodeToString(r.By[:]) == p.ID && !p.You {
				m.Review.By = p.Name
			}
		}
	}
	for _, c := range l.Centres() {
		v := view.SeenCentre{
			ID: strconv.Itoa(int(c.N)), Name: c.Name, Pseudonym: c.Pseudonym, Since: g.local(c.Since), Parting: g.parting(c.Parting),
			Asked: c.State < app.CentreConnected, Refused: c.State == app.CentreRefused || c.State == app.CentreUsed,
		}
		if x, _ := l.Sharing(c.N); len(x.Agreed) > 0 {
			v.Agreed = g.local(x.Agreed[0].At)
		}
		if t, ok := l.CentreTeam(c.N); ok {
			v.Team, v.Since, v.Heard = t.Roles[:], g.local(t.Since), g.local(t.Heard)
		}
		for _, q := range l.Questions(c.N) {
			v.Questions = true
			if q.InForce {
				v.Given = append(v.Given, view.SeenGiven{Name: q.Name, Recipient: q.Recipient, Since: g.local(q.Last.At)})
			}
		}
		m.Centres = append(m.Centres, v)
	}
	return m
}

func (g *Guide) seenAct(e node.Event, _ map[string]string) bool {
	switch e.Act {
	case view.ActWhoSees:
		g.leaveForm()
		g.into(place{name: atWhoSees})
	case view.ActAccessChecked:
		g.problems = nil
		if err := g.env.Client.ReviewAccess(g.ctx); err != nil {
			g.wrong("", err)
			return true
		}
		g.say(lang.NoticeAccessChecked)
	default:
		return false
	}
	return true
}
