// Package extra is the table of what the second program, wasm/extra, can do.
//
// A phone loads that program only when one of these operations is asked for,
// so what is large and seldom needed belongs here: the decoder of codes, and
// whatever needs encoding/json. It runs in a worker of its own, gets bytes and
// gives bytes, and holds no keys: wasm/imports_test.go says what it may not contain.
//
// The app calls it by browser.Extra.
package extra

import (
	"vialog/wasm/internal/extract"
	"vialog/wasm/internal/papers"
	"vialog/wasm/internal/papers/files"
	"vialog/wasm/internal/scan"
	"vialog/wasm/internal/scan/decode"
)

// Ops are the operations by name. Each refuses what it cannot read with an error
// that carries no input; a panic ends only the operation.
var Ops = map[string]func([]byte) ([]byte, error){
	scan.Op:       decode.Op,
	papers.OpMake: files.Make,
	papers.OpRead: files.Read,
	extract.Op:    files.Extract,
}
