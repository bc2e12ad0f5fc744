package files

import (
	"vialog/wasm/internal/lang"
)

func (b *book) readme(l lang.Lang) []byte { return nil }
func (b *book) page(l lang.Lang) []byte   { return nil }
