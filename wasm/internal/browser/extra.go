//go:build js && wasm

package browser

import (
	"context"
	"errors"
	"syscall/js"
	"time"
)

// MaxExtra is how many bytes an operation of Extra can be given.
const MaxExtra = 64 << 20

// extraIdle is how long the second program waits for more work.
var extraIdle = time.Minute

var (
	// ErrNotLoaded reports that the second program did not arrive: without a
	// network before its first use, or not as it was published.
	ErrNotLoaded = errors.New("browser: the second program could not be loaded")

	// ErrTooLarge reports more input than an operation takes.
	ErrTooLarge = errors.New("browser: too much for one operation")
)

// An OpError is what an operation of Extra refused, in its own words.
type OpError struct{ Op, Text string }

func (e *OpError) Error() string { return "browser: " + e.Op + ": " + e.Text }

// helper is the worker of the second program.
var helper struct {
	turn   chan struct{} // held by who uses the rest
	worker js.Value      // undefined: not running
	ended  *time.Timer
}

func init() { helper.turn = make(chan struct{}, 1) }

// Extra has the second program, which is loaded when it is first needed, do an
// operation of package extra. It works in a worker of its own, one operation
// after the other; the worker is ended when it has had nothing to do for a
// minute, and at once when ctx ends before its answer.
func Extra(ctx context.Context, op string, in []byte) ([]byte, error) {
	if len(in) > MaxExtra {
		return nil, ErrTooLarge
	}
	select {
	case helper.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-helper.turn }()
	if helper.ended != nil {
		helper.ended.Stop()
	}
	if err := startHelper(ctx); err != nil {
		return nil, err
	}
	out, err, alive := callHelper(ctx, op, in)
	if !alive {
		stopHelper()
		return nil, err
	}
	helper.ended = time.AfterFunc(extraIdle, func() {
		select {
		case helper.turn <- struct{}{}:
			stopHelper()
			<-helper.turn
		default: // in use again
		}
	})
	return out, err
}

func startHelper(ctx context.Context) error {
	if !helper.worker.IsUndefined() {
		return nil
	}
	loading, err := try(func() js.Value { return shell().Call("extra") })
	if err != nil {
		return errors.Join(ErrNotLoaded, err)
	}
	w, err := await(ctx, loading)
	switch {
	case err == nil:
		helper.worker = w
		return nil
	case ctx.Err() != nil:
		// It comes all the same, and nobody waits for it any more.
		go func() {
			if w, err := await(context.Background(), loading); err == nil {
				w.Call("terminate")
			}
		}()
		return ctx.Err()
	}
	return errors.Join(ErrNotLoaded, err)
}

func stopHelper() {
	if !helper.worker.IsUndefined() {
		helper.worker.Call("terminate")
		helper.worker = js.Undefined()
	}
}

// callHelper makes one call. It reports whether the worker can be used again.
func callHelper(ctx context.Context, op string, in []byte) (out []byte, err error, alive bool) {
	done := make(chan settled, 1)
	settle := func(s settled) {
		select {
		case done <- s:
		default:
		}
	}
	message := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settle(settled{v: first(args).Get("data")})
		return nil
	})
	defer message.Release()
	failure := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settle(settled{err: &OpError{op, "the worker did not start"}})
		return nil
	})
	defer failure.Release()
	helper.worker.Set("onmessage", message)
	helper.worker.Set("onerror", failure)
	defer helper.worker.Set("onmessage", js.Null())
	defer helper.worker.Set("onerror", js.Null())

	helper.worker.Call("postMessage", map[string]any{"op": op, "in": toJS(in)})
	select {
	case <-ctx.Done():
		return nil, ctx.Err(), false
	case s := <-done:
		if s.err != nil {
			return nil, s.err, false
		}
		if s.v.Type() != js.TypeObject || text(s.v.Get("kind")) == "ended" {
			return nil, &OpError{op, "the worker has ended"}, false
		}
		if out := toGo(s.v.Get("out")); out != nil {
			return out, nil, true
		}
		return nil, &OpError{op, text(s.v.Get("error"))}, true
	}
}
