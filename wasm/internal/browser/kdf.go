//go:build js && wasm

package browser

import (
	"context"
	"errors"
	"syscall/js"

	"vialog/wasm/internal/seal"
)

// PrepareArgon2 starts the worker of the next Argon2 ahead of time, such as
// while a passphrase is being typed. It costs memory until then.
func PrepareArgon2() {
	// If it cannot be started now, Argon2 tries again and says so.
	try(func() js.Value { return shell().Call("prepare", "kdf") })
}

// Argon2 is seal.PassphraseKey in a worker of its own, which is ended when it
// has answered: the memory of a worker never shrinks, and this one held the
// passphrase. It is a vault.KDF.
func Argon2(ctx context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error) {
	if err := p.CheckOld(); err != nil {
		return seal.Secret{}, err
	}
	worker, err := try(func() js.Value { return shell().Call("spawn", "kdf") })
	if err != nil {
		return seal.Secret{}, err
	}
	defer worker.Call("terminate")

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
		settle(settled{err: errors.New("browser: the worker for the passphrase did not start")})
		return nil
	})
	defer failure.Release()
	worker.Set("onmessage", message)
	worker.Set("onerror", failure)
	defer worker.Set("onmessage", js.Null())
	defer worker.Set("onerror", js.Null())

	in := toJS(pass)
	worker.Call("postMessage", map[string]any{
		"kind": "kdf", "pass": in, "mib": p.MiB, "time": p.Time, "lanes": p.Lanes, "salt": toJS(p.Salt[:]),
	})
	in.Call("fill", 0)
	select {
	case <-ctx.Done():
		return seal.Secret{}, ctx.Err()
	case s := <-done:
		if s.err != nil {
			return seal.Secret{}, s.err
		}
		key := toGo(s.v.Get("key"))
		defer clear(key)
		if key == nil {
			return seal.Secret{}, errors.New("browser: the worker for the passphrase failed: " + text(s.v.Get("error")))
		}
		return seal.SecretFrom(key)
	}
}

// ServeKDF is all that a worker of role "kdf" does. It answers once and returns.
func ServeKDF() {
	done := make(chan struct{})
	once := false
	receive := js.FuncOf(func(_ js.Value, args []js.Value) any {
		m := first(args)
		if once || m.Type() != js.TypeObject || text(m.Get("kind")) != "kdf" {
			return nil
		}
		once = true
		shell().Call("post", stretch(m))
		close(done)
		return nil
	})
	shell().Call("listen", receive)
	<-done
	shell().Call("listen", js.Null())
	receive.Release()
}

func stretch(m js.Value) map[string]any {
	number := func(name string) uint64 {
		if v := m.Get(name); v.Type() == js.TypeNumber && v.Int() >= 0 {
			return uint64(v.Int())
		}
		return 0
	}
	p := seal.KDFParams{MiB: uint32(number("mib")), Time: uint32(number("time")), Lanes: uint8(number("lanes"))}
	copy(p.Salt[:], toGo(m.Get("salt")))
	pass := toGo(m.Get("pass"))
	defer clear(pass)
	key, err := seal.PassphraseKey(pass, p)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	b := key.Bytes()
	defer clear(b)
	return map[string]any{"key": toJS(b)}
}
