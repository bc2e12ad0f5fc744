package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Scanning codes.

func (g *Guide) scanningScreen(l app.Look, f view.Frame) view.Screen { return nil }

func (g *Guide) scanningAct(e node.Event, f map[string]string) bool { return false }
