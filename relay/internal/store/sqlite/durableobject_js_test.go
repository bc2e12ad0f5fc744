package sqlite

import (
	"syscall/js"
	"testing"

	"vialog/relay/internal/storetest"
)

// The test runs inside a Durable Object.
func TestStoreKeepsItsPromises(t *testing.T) {
	object := js.Global().Get("vialogObject")
	storetest.Run(t, func(t *testing.T) storetest.Store {
		done := make(chan struct{})
		f := js.FuncOf(func(js.Value, []js.Value) any { close(done); return nil })
		defer f.Release()
		object.Get("storage").Call("deleteAll").Call("then", f)
		<-done
		s, err := Open(object)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
