// Package ledger proves what is in the audit log, and that it only grew.
//
// The records are leaves of a Merkle tree that nobody stores: a store appends a
// record in the same step as its act, whichever process does so, and the tree
// follows from the records alone. An operator signs its head from time to time
// and hands it to somebody else. From then on:
//   - that a record is in the log can be shown to whoever knows the verifier;
//   - whoever kept an earlier head sees if what it covered was altered or cut off;
//   - an export can be checked without the store.
//
// It does not show that an act was ever recorded, nor who an actor really was.
// What happened after the newest head that somebody else keeps can still be
// taken back. FORMAT.md gives the bytes.
package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"vialog/relay/internal/store"
)

const (
	maxLeaf  = 64 << 10
	maxHead  = 64 << 10
	maxProof = 256 << 10
	maxLine  = 256 << 10
	maxSize  = 1 << 53 // records of a log, and milliseconds of a time
)

var (
	// ErrLeaf reports bytes that are no record.
	ErrLeaf = errors.New("not a record of an audit log")
	// ErrEmpty reports a log without a record, of which there is no head.
	ErrEmpty = errors.New("the log has no record yet: there is nothing to sign")
	// ErrNoRecord reports a number that no record has.
	ErrNoRecord = errors.New("the log has no record with that number")
	// ErrCutOff reports a log that is shorter than a head that was signed over it.
	ErrCutOff = errors.New("the end of the log was cut off")
	// ErrAltered reports a log whose past is not that of a head that was signed over it.
	ErrAltered = errors.New("the past of the log was altered")
)

// A Log is where the records are. A page of none is the end.
type Log interface {
	Audits(ctx context.Context, after uint64, n int) ([]store.Audit, error)
}

// ParseLeaf reads the bytes of a record.
func ParseLeaf(b []byte) (a store.Audit, err error) {
	label := store.AuditLabel
	if len(b) > maxLeaf || len(b) < len(label)+16 || string(b[:len(label)]) != label {
		return a, ErrLeaf
	}
	rest := b[len(label):]
	a.Index = binary.BigEndian.Uint64(rest)
	ms := binary.BigEndian.Uint64(rest[8:])
	if a.Index == 0 || a.Index > maxSize || ms >= maxSize {
		return store.Audit{}, ErrLeaf
	}
	a.Time = time.UnixMilli(int64(ms)).UTC()
	rest = rest[16:]
	for _, s := range []*string{&a.Actor, &a.Act, &a.Subject, &a.Detail} {
		if len(rest) < 4 {
			return store.Audit{}, ErrLeaf
		}
		n := binary.BigEndian.Uint32(rest)
		rest = rest[4:]
		if uint64(n) > uint64(len(rest)) {
			return store.Audit{}, ErrLeaf
		}
		*s, rest = string(rest[:n]), rest[n:]
	}
	if len(rest) != len(a.Prev) {
		return store.Audit{}, ErrLeaf
	}
	copy(a.Prev[:], rest)
	a.Hash = a.Sum()
	return a, nil
}

// A Tree is what has to be remembered of the leaves so far to go on. The zero
// Tree has none.
type Tree struct {
	size int64
	edge []tlog.Hash // of the perfect subtrees, largest first
}

// Size returns how many leaves there are.
func (t *Tree) Size() int64 { return t.size }

// add appends a leaf. It calls seen, if not nil, with each hash that is
// complete now and its place in the order of tlog.
func (t *Tree) add(leaf tlog.Hash, seen func(index int64, h tlog.Hash)) {
	index := tlog.StoredHashIndex(0, t.size)
	h := leaf
	if seen != nil {
		seen(index, h)
	}
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.edge) - 1
		h = tlog.NodeHash(t.edge[last], h)
		t.edge = t.edge[:last]
		index++
		if seen != nil {
			seen(index, h)
		}
	}
	t.edge = append(t.edge, h)
	t.size++
}

// Root returns the root over the leaves so far, which must be one or more.
func (t *Tree) Root() tlog.Hash {
	last := len(t.edge) - 1
	h := t.edge[last]
	for _, left := range slices.Backward(t.edge[:last]) {
		h = tlog.NodeHash(left, h)
	}
	return h
}

// errEnough ends a walk early.
var errEnough = errors.New("enough records")

// walk reads the log page by page, checks the chain (store.ErrAudit), and calls
// each with every record, already in t.
func walk(ctx context.Context, l Log, t *Tree, seen func(int64, tlog.Hash), each func(store.Audit) error) error {
	var last store.Audit
	for {
		page, err := l.Audits(ctx, last.Index, 500)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, a := range page {
			if last, err = store.VerifyAudits(last, []store.Audit{a}); err != nil {
				return err
			}
			t.add(tlog.RecordHash(a.Leaf()), seen)
			if each == nil {
				continue
			}
			switch err := each(a); {
			case err == errEnough:
				return nil
			case err != nil:
				return err
			}
		}
	}
}

// Verify reads the whole log and returns its tree: no record was altered,
// reordered or taken out before the last (store.ErrAudit). If there is an
// earlier head, the log must continue it (ErrCutOff, ErrAltered).
func Verify(ctx context.Context, l Log, earlier *Head) (*Tree, error) {
	t := &Tree{}
	altered := false
	err := walk(ctx, l, t, nil, func(store.Audit) error {
		if earlier != nil && t.size == earlier.Size {
			altered = t.Root() != earlier.Root
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case earlier != nil && t.size < earlier.Size:
		return nil, fmt.Errorf("%w: %d records were signed, and there are %d", ErrCutOff, earlier.Size, t.size)
	case altered:
		return nil, fmt.Errorf("%w: the first %d records are not those that were signed", ErrAltered, earlier.Size)
	}
	return t, nil
}

// hashes returns what tlog needs of the log for a proof, by reading it through.
func hashes(ctx context.Context, l Log) tlog.HashReaderFunc {
	return func(indexes []int64) ([]tlog.Hash, error) {
		want := make(map[int64][]int, len(indexes))
		for i, index := range indexes {
			want[index] = append(want[index], i)
		}
		out := make([]tlog.Hash, len(indexes))
		err := walk(ctx, l, &Tree{}, func(index int64, h tlog.Hash) {
			for _, i := range want[index] {
				out[i] = h
			}
			delete(want, index)
		}, func(store.Audit) error {
			if len(want) == 0 {
				return errEnough
			}
			return nil
		})
		if err == nil && len(want) > 0 {
			err = ErrCutOff // while it was read
		}
		return out, err
	}
}
