package screen

import (
	"context"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// How a person erases their diary at the server.

const (
	atErase placeName = placesUnlock + 5 + iota // after those of unlocking
	atEraseAsk
)

func (g *Guide) eraseScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name != atErase && g.at.name != atEraseAsk {
		return nil
	}
	f.Place = view.PlaceSettings
	m := view.Erase{Frame: f, Asking: g.at.name == atEraseAsk, Problems: g.problems}
	if e, ok := l.Erasure(); ok {
		m.Erased = &view.Erased{At: g.local(e.At), No: e.No, Others: !e.Own}
		if m.Alarm == view.AlarmErased {
			m.Alarm = view.NoAlarm // said below
		}
		if !e.Done.IsZero() {
			m.Erased.Done = g.local(e.Done)
		}
		if !e.Here {
			m.Erased.Device = e.Device
		}
		return m
	}
	switch l.MayErase() {
	case nil:
	case app.ErrCentres:
		m.Centre = true
	default:
		m.Others = true
	}
	return m
}

func (g *Guide) eraseAct(e node.Event, f map[string]string) bool {
	switch e.Act {
	case view.ActErase:
		g.into(place{name: atErase})
	case view.ActEraseAsk:
		g.into(place{name: atEraseAsk})
		g.focus = "erase-sure"
	case view.ActEraseDo:
		if g.at.name == atEraseAsk {
			g.erase(f[view.FieldPassphrase])
		}
	default:
		return false
	}
	return true
}

func (g *Guide) erase(pass string) {
	g.problems = nil
	g.elsewhere(lang.BusyUnlocking, func(ctx context.Context) error {
		b := []byte(pass)
		defer clear(b)
		by, err := g.env.Client.Prove(ctx, b)
		if err != nil {
			return err
		}
		return g.env.Client.EraseDiary(ctx, by)
	}, func(err error) {
		if err != nil {
			g.wrongKey(view.FieldPassphrase, err)
		}
	})
}
