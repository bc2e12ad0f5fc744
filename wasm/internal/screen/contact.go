package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Contact, card and access log.

func (g *Guide) contactScreen(l app.Look, f view.Frame) view.Screen { return nil }

func (g *Guide) contactAct(e node.Event, f map[string]string) bool { return false }
