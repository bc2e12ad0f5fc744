package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Treatments and back-filling.

func (g *Guide) treatmentsScreen(l app.Look, f view.Frame) view.Screen { return nil }

func (g *Guide) treatmentsAct(e node.Event, f map[string]string) bool { return false }
