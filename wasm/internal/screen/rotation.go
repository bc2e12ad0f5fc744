package screen

import (
	"context"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Keys: when they were renewed, and renewing them now. And what a device says
// that was removed.

const (
	atKeys placeName = placesRotation + iota
)

func (g *Guide) rotationScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name != atKeys {
		return nil
	}
	f.Place = view.PlaceSettings
	m := view.Keys{Frame: f}
	if r, busy := l.Renewal(); busy {
		m.Done, m.Of = r.Done, r.Total
	}
	m.List = g.keyTimes(l)
	return m
}

// keyTimes tells when keys were renewed: of a centre's patients the oldest alone.
func (g *Guide) keyTimes(l app.Look) (out []view.Key) {
	var patients *view.Key
	for _, t := range l.KeyTimes() {
		k := view.Key{Name: t.Name, At: g.local(t.At), Next: g.local(t.Next), Lost: t.Lost}
		switch t.Kind {
		case keyring.Home:
			k.What = lang.KeysHome
		case keyring.TeamSpace:
			k.What = lang.KeysTeam
		}
		if t.Patient {
			// Of all patients the key that has been there for longest.
			if k.What = lang.KeysPatients; patients == nil || k.At.Before(patients.At) {
				patients = &k
			}
			continue
		}
		out = append(out, k)
	}
	if patients != nil {
		out = append(out, *patients)
	}
	return out
}

// expelledScreen is what comes before all else on a removed device, once.
func (g *Guide) expelledScreen(l app.Look, f view.Frame) view.Screen {
	if g.expelled || g.at.name != atToday && g.at.name != atPatients && g.at.name != atWork {
		return nil
	}
	r, out := l.Removal()
	if !out {
		return nil
	}
	return view.Expelled{Frame: f, At: g.local(r.At), Unsent: r.Unsent, Doubtful: r.Doubtful, Team: r.Team}
}

func (g *Guide) rotationAct(e node.Event, _ map[string]string) bool {
	switch e.Act {
	case view.ActKeys:
		g.leaveForm()
		g.into(place{name: atKeys})
	case view.ActKeysRenew:
		g.elsewhere(lang.BusyNote, func(ctx context.Context) error { return g.env.Client.RenewKeys(ctx) }, func(err error) {
			if err != nil {
				g.notice = &view.Notice{Key: lang.NoticeStorage, Bad: true}
				return
			}
			g.say(lang.NoticeKeysRenewing)
		})
	case view.ActExpelledRead:
		g.expelled = true
	default:
		return false
	}
	return true
}
