package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// What people can do themselves for their device.

const atSafety placeName = placesServed + 5 // after that of the app's files

func (g *Guide) safetyScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name != atSafety {
		return nil
	}
	return view.Safety{Frame: f, LockHidden: g.keys.after.Hidden, LockAfter: g.keys.after.Idle, Relay: host(g.env.Relay)}
}

func (g *Guide) safetyAct(e node.Event, _ map[string]string) bool {
	if e.Act != view.ActSafety {
		return false
	}
	g.leaveForm()
	g.into(place{name: atSafety})
	return true
}
