//go:build js && wasm

package browser

import (
	"context"
	"errors"
	"strings"
	"syscall/js"
	"time"
)

// ErrFull reports that the browser gives no more space.
var ErrFull = errors.New("browser: no space left")

// An Error is what JavaScript threw or rejected with.
type Error struct {
	Name string // such as "AbortError"
	Text string
}

func (e *Error) Error() string {
	if e.Text == "" {
		return "browser: " + e.Name
	}
	return "browser: " + e.Name + ": " + e.Text
}

// Unwrap lets errors.Is find ErrFull.
func (e *Error) Unwrap() error {
	if e.Name == "QuotaExceededError" {
		return ErrFull
	}
	return nil
}

// toError makes an error of anything JavaScript can throw.
func toError(v js.Value) error {
	if v.Type() != js.TypeObject && v.Type() != js.TypeFunction {
		if v.Type() == js.TypeString {
			return &Error{Name: "Error", Text: v.String()}
		}
		return &Error{Name: "Error"}
	}
	e := &Error{Name: "Error"}
	if n := v.Get("name"); n.Type() == js.TypeString {
		e.Name = n.String()
	}
	if m := v.Get("message"); m.Type() == js.TypeString {
		e.Text = m.String()
	}
	return e
}

// try runs f and returns what it throws in JavaScript as an error. Other panics
// are mistakes of this package and go on.
func try(f func() js.Value) (v js.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			thrown, ok := r.(js.Error)
			if !ok {
				panic(r)
			}
			err = toError(thrown.Value)
		}
	}()
	return f(), nil
}

type settled struct {
	v   js.Value
	err error
}

// await waits for a promise. When ctx ends first, the promise goes on by itself
// and its functions are released when it settles.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	done := make(chan settled, 1)
	var yes, no js.Func
	settle := func(s settled) {
		yes.Release()
		no.Release()
		done <- s
	}
	yes = js.FuncOf(func(_ js.Value, args []js.Value) any {
		settle(settled{v: first(args)})
		return nil
	})
	no = js.FuncOf(func(_ js.Value, args []js.Value) any {
		settle(settled{err: toError(first(args))})
		return nil
	})
	if _, err := try(func() js.Value { return promise.Call("then", yes, no) }); err != nil {
		yes.Release()
		no.Release()
		return js.Undefined(), err
	}
	select {
	case s := <-done:
		return s.v, s.err
	case <-ctx.Done():
		return js.Undefined(), ctx.Err()
	}
}

// ask calls a method that returns a promise and waits for it.
func ask(ctx context.Context, of js.Value, method string, args ...any) (js.Value, error) {
	if err := ctx.Err(); err != nil {
		return js.Undefined(), err
	}
	promise, err := try(func() js.Value { return of.Call(method, args...) })
	if err != nil {
		return js.Undefined(), err
	}
	return await(ctx, promise)
}

func first(args []js.Value) js.Value {
	if len(args) == 0 {
		return js.Undefined()
	}
	return args[0]
}

// toJS copies b into an Uint8Array of its own.
func toJS(b []byte) js.Value {
	a := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(a, b)
	return a
}

// toGo copies an Uint8Array or ArrayBuffer. It is nil for anything else.
func toGo(v js.Value) []byte {
	if v.Type() != js.TypeObject {
		return nil
	}
	if v.InstanceOf(js.Global().Get("ArrayBuffer")) {
		v = js.Global().Get("Uint8Array").New(v)
	}
	if !v.InstanceOf(js.Global().Get("Uint8Array")) {
		return nil
	}
	b := make([]byte, v.Get("length").Int())
	js.CopyBytesToGo(b, v)
	return b
}

// wipe overwrites an ArrayBuffer with zeros.
func wipe(v js.Value) {
	if v.Type() == js.TypeObject && v.InstanceOf(js.Global().Get("ArrayBuffer")) {
		js.Global().Get("Uint8Array").New(v).Call("fill", 0)
	}
}

// text is v as a string, or empty when it is none.
func text(v js.Value) string {
	if v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}

// NFC is s in Unicode's canonical composition.
func NFC(s string) string {
	return js.Global().Get("String").Get("prototype").Get("normalize").Call("call", s, "NFC").String()
}

// shell is what worker.js offers.
func shell() js.Value {
	v := js.Global().Get("vialog")
	if v.Type() != js.TypeObject {
		panic("browser: not started by worker.js")
	}
	return v
}

// Role is what this worker was started for: "app" or "kdf".
func Role() string { return text(shell().Get("role")) }

// Origin is where the page comes from, such as "https://diary.example.org".
func Origin() string { return text(shell().Get("origin")) }

// Relay is where the relay is, as an origin. It is that of the page unless the
// page was built for another one, which it names as its socket: ws: for http:.
func Relay() string {
	if rest, ok := strings.CutPrefix(text(shell().Get("release").Get("relay")), "ws"); ok {
		return "http" + rest
	}
	return Origin()
}

// Languages are those the user prefers, the first one first.
func Languages() []string {
	list := js.Global().Get("navigator").Get("languages")
	if list.Type() != js.TypeObject {
		return nil
	}
	var out []string
	for i := range list.Length() {
		out = append(out, text(list.Index(i)))
	}
	return out
}

// Zone is the offset of local time from UTC at t, which differs between summer
// and winter; the offset that Go knows in a browser is only that of now.
func Zone(t time.Time) time.Duration {
	minutes := js.Global().Get("Date").New(t.UnixMilli()).Call("getTimezoneOffset").Int()
	return -time.Duration(minutes) * time.Minute
}
