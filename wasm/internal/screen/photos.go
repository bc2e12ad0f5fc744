package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Photos.

func (g *Guide) photosScreen(l app.Look, f view.Frame) view.Screen { return nil }

func (g *Guide) photosAct(e node.Event, f map[string]string) bool { return false }
