package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Printing, export and import.

func (g *Guide) papersScreen(l app.Look, f view.Frame) view.Screen { return nil }

func (g *Guide) papersAct(e node.Event, f map[string]string) bool { return false }
