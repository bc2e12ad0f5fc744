package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Stock.

func (g *Guide) stockScreen(l app.Look, f view.Frame) view.Screen { return nil }

func (g *Guide) stockAct(e node.Event, f map[string]string) bool { return false }
