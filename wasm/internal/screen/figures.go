package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Figures and measures.

func (g *Guide) figuresScreen(l app.Look, f view.Frame) view.Screen { return nil }

func (g *Guide) figuresAct(e node.Event, f map[string]string) bool { return false }
