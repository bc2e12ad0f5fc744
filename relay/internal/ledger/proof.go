package ledger

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"vialog/relay/internal/store"
)

const (
	proofLabel  = "c2sp.org/tlog-proof@v1"
	growthLabel = "vialog/relay/v1/growth"
)

var (
	// ErrProof reports a text that is no proof.
	ErrProof = errors.New("not a proof about an audit log")
	// ErrNotProved reports a proof that does not show what it says.
	ErrNotProved = errors.New("the proof does not show it: somebody altered the record, the proof or the log")
	// ErrOtherHead reports a proof of growth from another head than the one that was kept.
	ErrOtherHead = errors.New("the proof begins at another head than the one given")
)

// Prove returns the proof that the record with this number is in the log whose
// signed head is given, as a text for somebody without the store (ErrNoRecord).
func Prove(ctx context.Context, l Log, number uint64, head []byte, v note.Verifier) ([]byte, error) {
	h, err := OpenHead(head, v)
	if err != nil {
		return nil, err
	}
	if number < 1 || number > uint64(h.Size) {
		return nil, ErrNoRecord
	}
	page, err := l.Audits(ctx, number-1, 1)
	if err != nil {
		return nil, err
	}
	if len(page) != 1 || page[0].Index != number {
		return nil, ErrNoRecord
	}
	p, err := tlog.ProveRecord(h.Size, int64(number)-1, hashes(ctx, l))
	if err != nil {
		return nil, err
	}
	return formatProof(page[0].Leaf(), int64(number)-1, p, head), nil
}

func formatProof(leaf []byte, index int64, p tlog.RecordProof, head []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", proofLabel, base64.StdEncoding.EncodeToString(leaf), index)
	for _, h := range p {
		fmt.Fprintln(&b, formatHash(h))
	}
	b.WriteByte('\n')
	b.Write(head)
	return b.Bytes()
}

// CheckProof returns the record that a proof shows to be in the log of v, and
// the head it is shown for (ErrProof, ErrNotProved, and the errors of OpenHead).
func CheckProof(proof []byte, v note.Verifier) (store.Audit, Head, error) {
	lines, p, head, err := split(proof, 3, 63)
	if err != nil {
		return store.Audit{}, Head{}, err
	}
	extra, hasExtra := strings.CutPrefix(lines[1], "extra ")
	digits, hasIndex := strings.CutPrefix(lines[2], "index ")
	index, isNumber := parseNumber(digits)
	leaf, err := base64.StdEncoding.Strict().DecodeString(extra)
	if lines[0] != proofLabel || !hasExtra || !hasIndex || !isNumber || err != nil || base64.StdEncoding.EncodeToString(leaf) != extra {
		return store.Audit{}, Head{}, ErrProof
	}
	a, err := ParseLeaf(leaf)
	if err != nil {
		return store.Audit{}, Head{}, err
	}
	h, err := OpenHead(head, v)
	if err != nil {
		return store.Audit{}, Head{}, err
	}
	if a.Index != uint64(index)+1 || tlog.CheckRecord(p, h.Size, h.Root, index, tlog.RecordHash(leaf)) != nil {
		return store.Audit{}, Head{}, ErrNotProved
	}
	return a, h, nil
}

// ProveGrowth returns the proof that the log whose signed head is given
// continues an earlier head of it (ErrCutOff, ErrAltered).
func ProveGrowth(ctx context.Context, l Log, earlier Head, head []byte, v note.Verifier) ([]byte, error) {
	h, err := OpenHead(head, v)
	if err != nil {
		return nil, err
	}
	if earlier.Size > h.Size {
		return nil, fmt.Errorf("%w: %d records were signed, and there are %d", ErrCutOff, earlier.Size, h.Size)
	}
	p, err := tlog.ProveTree(h.Size, earlier.Size, hashes(ctx, l))
	if err != nil {
		return nil, err
	}
	if tlog.CheckTree(p, h.Size, h.Root, earlier.Size, earlier.Root) != nil {
		return nil, fmt.Errorf("%w: the first %d records are not those that were signed", ErrAltered, earlier.Size)
	}
	return formatGrowth(earlier, p, head), nil
}

func formatGrowth(earlier Head, p tlog.TreeProof, head []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\nsize %d\nroot %s\n", growthLabel, earlier.Size, formatHash(earlier.Root))
	for _, h := range p {
		fmt.Fprintln(&b, formatHash(h))
	}
	b.WriteByte('\n')
	b.Write(head)
	return b.Bytes()
}

// CheckGrowth returns the head that a proof shows to continue an earlier one,
// which the caller kept (ErrProof, ErrOtherHead, ErrNotProved, and the errors
// of OpenHead).
func CheckGrowth(proof []byte, earlier Head, v note.Verifier) (Head, error) {
	lines, p, head, err := split(proof, 3, 126)
	if err != nil {
		return Head{}, err
	}
	digits, hasSize := strings.CutPrefix(lines[1], "size ")
	hash, hasRoot := strings.CutPrefix(lines[2], "root ")
	size, isNumber := parseNumber(digits)
	root, isHash := parseHash(hash)
	if lines[0] != growthLabel || !hasSize || !hasRoot || !isNumber || !isHash || size == 0 {
		return Head{}, ErrProof
	}
	h, err := OpenHead(head, v)
	switch {
	case err != nil:
		return Head{}, err
	case size != earlier.Size || root != earlier.Root:
		return Head{}, ErrOtherHead
	case size > h.Size || tlog.CheckTree(tlog.TreeProof(p), h.Size, h.Root, size, root) != nil:
		return Head{}, ErrNotProved
	}
	return h, nil
}

// split takes a proof apart: its first lines, its hashes, and the head.
func split(proof []byte, first, most int) (lines []string, hashes []tlog.Hash, head []byte, err error) {
	if len(proof) > maxProof {
		return nil, nil, nil, ErrProof
	}
	top, head, found := bytes.Cut(proof, []byte("\n\n"))
	lines = strings.Split(string(top), "\n")
	if !found || len(lines) < first || len(lines) > first+most {
		return nil, nil, nil, ErrProof
	}
	for _, line := range lines[first:] {
		h, ok := parseHash(line)
		if !ok {
			return nil, nil, nil, ErrProof
		}
		hashes = append(hashes, h)
	}
	return lines[:first], hashes, head, nil
}
