package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// The bleed's form, body map and prompts.

func (g *Guide) bleedsScreen(l app.Look, f view.Frame) view.Screen { return nil }

func (g *Guide) bleedsAct(e node.Event, f map[string]string) bool { return false }
