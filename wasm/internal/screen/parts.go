package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// A part is a group of places with acts of its own, in a file of its own.
type part struct {
	// screen is the part's screen at the place where the person is, nil if
	// that is none of its places.
	screen func(*Guide, app.Look, view.Frame) view.Screen
	// act does what is asked for and tells whether it was the part's to do.
	act func(*Guide, node.Event, map[string]string) bool
}

var parts = []part{
	{(*Guide).treatmentsScreen, (*Guide).treatmentsAct},
	{(*Guide).bleedsScreen, (*Guide).bleedsAct},
	{(*Guide).photosScreen, (*Guide).photosAct},
	{(*Guide).scanningScreen, (*Guide).scanningAct},
	{(*Guide).stockScreen, (*Guide).stockAct},
	{(*Guide).planScreen, (*Guide).planAct},
	{(*Guide).figuresScreen, (*Guide).figuresAct},
	{(*Guide).papersScreen, (*Guide).papersAct},
	{(*Guide).contactScreen, (*Guide).contactAct},
}
