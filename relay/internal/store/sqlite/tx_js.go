package sqlite

import (
	"errors"
	"syscall/js"
)

// integrity asks nothing: the host keeps the file and examines it.
const integrity = `SELECT 'ok'`

var errHost = errors.New("the host did not commit")

// atomically commits what run does, or, with an error, nothing of it. Nobody
// reads meanwhile, so that nobody sees what a power cut could still undo.
func (t *tx) atomically(run func() error) (err error) {
	<-t.turn
	defer func() { t.turn <- struct{}{} }()
	t.failed, t.buried = nil, false
	if t.channels == nil || len(t.channels) > cacheLimit {
		t.forget()
	}
	if err := t.once(run); err != nil {
		return err
	}
	return t.sync()
}

func (t *tx) once(run func() error) (err error) {
	ran := false
	f := js.FuncOf(func(js.Value, []js.Value) any {
		err = run()
		ran = true
		return err == nil
	})
	defer f.Release()
	func() {
		var thrown error
		defer func() {
			if thrown != nil && err == nil {
				err = errors.Join(errHost, thrown)
			}
		}()
		defer caught(&thrown)
		t.object.Call("transact", f)
	}()
	if !ran && err == nil {
		err = errHost
	}
	return err
}

// checkpoint is the host's business.
func (t *tx) checkpoint() bool { return true }
