//go:build js && wasm

package browser

import (
	"context"
	"syscall/js"

	"vialog/wasm/internal/vault"
)

// A Disk keeps records in IndexedDB. It is a vault.Disk.
type Disk struct{ idb js.Value }

// OpenDisk opens the disk of this origin, or makes it.
func OpenDisk(ctx context.Context) (*Disk, error) {
	idb, err := ask(ctx, shell(), "disk")
	if err != nil {
		return nil, err
	}
	return &Disk{idb}, nil
}

func (d *Disk) Get(ctx context.Context, key string) ([]byte, error) {
	v, err := ask(ctx, d.idb, "get", key)
	if err != nil {
		return nil, err
	}
	return toGo(v), nil
}

func (d *Disk) Scan(ctx context.Context, prefix string) ([]vault.Record, error) {
	v, err := ask(ctx, d.idb, "scan", prefix)
	if err != nil {
		return nil, err
	}
	keys, values := v.Index(0), v.Index(1)
	out := make([]vault.Record, 0, keys.Length())
	for i := range keys.Length() {
		// The key of the binder is no bytes and no record.
		if b := toGo(values.Index(i)); b != nil {
			out = append(out, vault.Record{Key: keys.Index(i).String(), Value: b})
		}
	}
	return out, nil
}

// Write makes one transaction of puts, with durability "strict": the browser
// answers when the operating system has been told to write.
func (d *Disk) Write(ctx context.Context, puts []vault.Record) error {
	keys, values := make([]any, len(puts)), make([]any, len(puts))
	for i, r := range puts {
		keys[i] = r.Key
		if r.Value != nil {
			values[i] = toJS(r.Value)
		}
	}
	_, err := ask(ctx, d.idb, "write", keys, values)
	return err
}

// Wipe deletes the records and the key of the Binder with them.
func (d *Disk) Wipe(ctx context.Context) error {
	_, err := ask(ctx, d.idb, "wipe")
	return err
}

// Bind makes Disk a vault.Binder: an HMAC under a key that WebCrypto made on
// first use, that is kept beside the records and that cannot be read out.
func (d *Disk) Bind(ctx context.Context, in [32]byte) (out [32]byte, err error) {
	v, err := ask(ctx, d.idb, "bind", toJS(in[:]))
	if err != nil {
		return out, err
	}
	b := toGo(v)
	if len(b) != len(out) {
		return out, &Error{Name: "Error", Text: "an HMAC of another length"}
	}
	copy(out[:], b)
	return out, nil
}
