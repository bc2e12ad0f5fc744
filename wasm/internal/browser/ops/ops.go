//go:build js && wasm

// Package ops is the worker's side of browser.Extra: it answers calls with the
// functions of a table. It depends on nothing else of the app, so that a program
// that serves operations holds no keys.
package ops

import "syscall/js"

// Serve answers calls until the worker is ended. It is all that a worker of
// role "extra" does.
func Serve(table map[string]func([]byte) ([]byte, error)) {
	receive := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if len(args) == 1 && args[0].Type() == js.TypeObject {
			op, in := args[0].Get("op"), args[0].Get("in")
			// Not in here: nothing is received while a callback runs.
			go func() { js.Global().Get("vialog").Call("post", answer(table, op, in)) }()
		}
		return nil
	}) // lives as long as the worker
	js.Global().Get("vialog").Call("listen", receive)
	select {}
}

// answer makes one call. Whatever happens in it becomes an error.
func answer(table map[string]func([]byte) ([]byte, error), op, in js.Value) (out map[string]any) {
	defer func() {
		if recover() != nil {
			// What a panic says can hold input.
			out = map[string]any{"error": "the operation failed"}
		}
	}()
	if op.Type() != js.TypeString || !in.InstanceOf(js.Global().Get("Uint8Array")) {
		return map[string]any{"error": "not a call"}
	}
	f, ok := table[op.String()]
	if !ok {
		return map[string]any{"error": "no such operation"}
	}
	b := make([]byte, in.Get("length").Int())
	js.CopyBytesToGo(b, in)
	res, err := f(b)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	a := js.Global().Get("Uint8Array").New(len(res))
	js.CopyBytesToJS(a, res)
	return map[string]any{"out": a}
}
