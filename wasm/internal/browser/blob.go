//go:build js && wasm

package browser

import "syscall/js"

// Blob makes an address at which this origin's pages find data, for as long as
// free is not called. Nobody else can guess it or read from it.
func Blob(mime string, data []byte) (url string, free func()) {
	g := js.Global()
	blob := g.Get("Blob").New([]any{toJS(data)}, map[string]any{"type": mime})
	url = g.Get("URL").Call("createObjectURL", blob).String()
	return url, func() { g.Get("URL").Call("revokeObjectURL", url) }
}
