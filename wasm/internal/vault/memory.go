package vault

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"sync"

	"vialog/wasm/internal/arrange"
)

// ErrDisk is the failure that a MemoryDisk was told to have.
var ErrDisk = errors.New("vault: the disk failed")

// A MemoryDisk is a Disk in memory, for tests, which can be told to fail.
type MemoryDisk struct {
	mu      sync.Mutex
	records map[string][]byte
	writes  int
	fault   fault
	reads   int // reads that are still to fail
}

// A fault is a failure to come: of the nth write from now, which is kept or not.
type fault struct {
	in   int // 0: none
	keep bool
}

// NewMemory returns an empty disk that works.
func NewMemory() *MemoryDisk { return &MemoryDisk{records: make(map[string][]byte)} }

// FailNext makes the next write fail with ErrDisk, with nothing stored.
func (d *MemoryDisk) FailNext() { d.FailIn(1, false) }

// LoseAnswer makes the next write fail with ErrDisk although it is stored.
func (d *MemoryDisk) LoseAnswer() { d.FailIn(1, true) }

// FailIn makes the nth write from now fail; keep tells whether it is stored.
func (d *MemoryDisk) FailIn(n int, keep bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fault = fault{n, keep}
}

// FailReads makes the next n reads fail.
func (d *MemoryDisk) FailReads(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads = n
}

// Writes is how many writes were stored.
func (d *MemoryDisk) Writes() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.writes
}

// Copy is a disk with the same records, as after a crash and a restart.
func (d *MemoryDisk) Copy() *MemoryDisk {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := NewMemory()
	for k, v := range d.records {
		c.records[k] = bytes.Clone(v)
	}
	return c
}

func (d *MemoryDisk) failRead() bool {
	if d.reads > 0 {
		d.reads--
		return true
	}
	return false
}

func (d *MemoryDisk) Get(ctx context.Context, key string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failRead() {
		return nil, ErrDisk
	}
	return bytes.Clone(d.records[key]), nil
}

func (d *MemoryDisk) Scan(ctx context.Context, prefix string) ([]Record, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failRead() {
		return nil, ErrDisk
	}
	var out []Record
	for k, v := range d.records {
		if strings.HasPrefix(k, prefix) {
			out = append(out, Record{k, bytes.Clone(v)})
		}
	}
	arrange.By(out, func(a, b Record) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

func (d *MemoryDisk) Write(ctx context.Context, puts []Record) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	failing := false
	if d.fault.in > 0 {
		d.fault.in--
		failing = d.fault.in == 0
	}
	if failing && !d.fault.keep {
		return ErrDisk
	}
	for _, r := range puts {
		if r.Value == nil {
			delete(d.records, r.Key)
		} else {
			d.records[r.Key] = append([]byte{}, r.Value...)
		}
	}
	d.writes++
	if failing {
		return ErrDisk
	}
	return nil
}

func (d *MemoryDisk) Wipe(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.records)
	return nil
}

// A Software binder has its key in memory. It stands in for a browser in tests
// and in native programs.
type Software struct{ key *[32]byte }

// NewSoftware returns a binder with a new key.
func NewSoftware() Software {
	var s Software
	s.key = new([32]byte)
	rand.Read(s.key[:])
	return s
}

func (Software) String() string   { return "vault.Software(hidden)" }
func (Software) GoString() string { return "vault.Software(hidden)" }

func (s Software) Bind(_ context.Context, in [32]byte) (out [32]byte, _ error) {
	m := hmac.New(sha256.New, s.key[:])
	m.Write(in[:])
	m.Sum(out[:0])
	return out, nil
}
