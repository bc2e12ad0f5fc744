//go:build js && wasm

package browser

import (
	"context"
	"sync"
	"syscall/js"
)

// HoldLock takes the lock of that name, which one tab of this origin at a time
// can hold, and waits for it until ctx ends. It reports whether it has it. The
// lock is given back by release, or when the tab ends.
func HoldLock(ctx context.Context, name string) (release func(), ok bool) {
	v, err := try(func() js.Value { return shell().Call("lock", name) })
	if err != nil {
		return func() {}, false
	}
	if _, err := await(ctx, v.Get("taken")); err != nil {
		v.Call("release")
		return func() {}, false
	}
	return sync.OnceFunc(func() { v.Call("release") }), true
}

// TakeOver asks the tab that holds a lock to give it back. That tab gets an
// event of the kind "take" and decides for itself.
func TakeOver() { shell().Call("take") }
