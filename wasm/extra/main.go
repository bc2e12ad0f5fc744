//go:build js && wasm

// Command extra is the part of the app that is loaded only when it is needed.
// Package extra says what is in it.
package main

import (
	"vialog/wasm/internal/browser/ops"
	"vialog/wasm/internal/extra"
)

func main() { ops.Serve(extra.Ops) }
