package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Plan.

func (g *Guide) planScreen(l app.Look, f view.Frame) view.Screen { return nil }

func (g *Guide) planAct(e node.Event, f map[string]string) bool { return false }
