//go:build js && wasm

package browser

import (
	"context"
	"strings"
	"syscall/js"
)

// Fetch loads a file of the page's origin, at most limit bytes of it, past the
// browser's cache.
func Fetch(ctx context.Context, path string, limit int) ([]byte, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	abort := js.Global().Get("AbortController").New()
	context.AfterFunc(ctx, func() { abort.Call("abort") })
	got, err := ask(ctx, js.Global(), "fetch", Origin()+path, map[string]any{
		"cache": "no-store", "credentials": "omit", "redirect": "error", "signal": abort.Get("signal"),
	})
	if err != nil {
		return nil, err
	}
	if !got.Get("ok").Truthy() {
		return nil, &Error{Name: "NetworkError", Text: path + " is not there"}
	}
	reader := got.Get("body").Call("getReader")
	var out []byte
	for len(out) < limit {
		part, err := ask(ctx, reader, "read")
		if err != nil {
			return nil, err
		}
		if part.Get("done").Truthy() {
			break
		}
		out = append(out, toGo(part.Get("value"))...)
	}
	return out[:min(len(out), limit)], nil
}

// Loaded are the files that the page says it has loaded, by path, each with the
// hash that it had the browser check, such as "sha256-…".
func Loaded() map[string]string {
	out := make(map[string]string)
	list := shell().Get("loaded")
	if list.Type() != js.TypeObject {
		return out
	}
	for i := range list.Length() {
		pair := list.Index(i)
		out[strings.TrimPrefix(text(pair.Index(0)), Origin())] = text(pair.Index(1))
	}
	for _, name := range []string{"worker", "wasm", "extra"} {
		named := shell().Get("release")
		out[text(named.Get(name))] = text(named.Get(name + "Integrity"))
	}
	return out
}
