package ledger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"vialog/relay/internal/store"
)

const exportLabel = "vialog/relay/v1/export"

var (
	// ErrExport reports a file that is no export, or not a whole one.
	ErrExport = errors.New("not a whole export of an audit log")
	// ErrText reports a record whose text is not UTF-8. It can be proved, but not exported.
	ErrText = errors.New("a record has bytes in it that are no text, and cannot be written as JSON")
)

type exportStart struct {
	Log string `json:"log"`
}

type exportRecord struct {
	N       uint64 `json:"n"`
	Time    string `json:"time"`
	Actor   string `json:"actor"`
	Act     string `json:"act"`
	Subject string `json:"subject"`
	Detail  string `json:"detail"`
}

type exportHead struct {
	Head string `json:"head"`
}

const millis = "2006-01-02T15:04:05.000Z"

func line(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("ledger: " + err.Error()) // our own types, of strings and numbers
	}
	return b.Bytes()
}

// Export writes the whole log with its head, signed by s (ErrEmpty, ErrText).
func Export(ctx context.Context, l Log, w io.Writer, s note.Signer) (Head, error) {
	t := &Tree{}
	if _, err := w.Write(line(exportStart{exportLabel})); err != nil {
		return Head{}, err
	}
	err := walk(ctx, l, t, nil, func(a store.Audit) error {
		for _, s := range []string{a.Actor, a.Act, a.Subject, a.Detail} {
			if !utf8.ValidString(s) {
				return fmt.Errorf("record %d: %w", a.Index, ErrText)
			}
		}
		_, err := w.Write(line(exportRecord{a.Index, a.Time.UTC().Format(millis), a.Actor, a.Act, a.Subject, a.Detail}))
		return err
	})
	if err != nil {
		return Head{}, err
	}
	h, err := HeadOf(s.Name(), t)
	if err != nil {
		return Head{}, err
	}
	signed, err := h.Sign(s)
	if err != nil {
		return Head{}, err
	}
	_, err = w.Write(line(exportHead{string(signed)}))
	return h, err
}

// CheckExport reads an export and returns the head over its records, which are
// exactly those that v has signed (ErrExport, ErrNotProved, and the errors of
// OpenHead). If there is an earlier head, they must continue it.
func CheckExport(r io.Reader, v note.Verifier, earlier *Head) (Head, error) {
	in := bufio.NewReaderSize(r, 4096)
	first, err := readLine(in)
	if err != nil {
		return Head{}, err
	}
	if !bytes.Equal(first, line(exportStart{exportLabel})) {
		return Head{}, ErrExport
	}
	t := &Tree{}
	var last store.Audit
	altered := false
	for {
		b, err := readLine(in)
		if err != nil {
			return Head{}, err
		}
		if bytes.HasPrefix(b, []byte(`{"head":`)) {
			var end exportHead
			if json.Unmarshal(b, &end) != nil || !bytes.Equal(line(end), b) {
				return Head{}, ErrExport
			}
			if _, err := in.ReadByte(); err != io.EOF {
				return Head{}, ErrExport
			}
			h, err := OpenHead([]byte(end.Head), v)
			switch {
			case err != nil:
				return Head{}, err
			case t.size != h.Size || t.Root() != h.Root:
				return Head{}, ErrNotProved
			case earlier != nil && earlier.Size > h.Size:
				return Head{}, fmt.Errorf("%w: %d records were signed, and there are %d", ErrCutOff, earlier.Size, h.Size)
			case altered:
				return Head{}, fmt.Errorf("%w: the first %d records are not those that were signed", ErrAltered, earlier.Size)
			}
			return h, nil
		}
		a, err := parseRecord(b)
		if err != nil || a.Index != last.Index+1 {
			return Head{}, ErrExport
		}
		last = a.Following(last)
		t.add(tlog.RecordHash(last.Leaf()), nil)
		if earlier != nil && t.size == earlier.Size {
			altered = t.Root() != earlier.Root
		}
	}
}

func parseRecord(b []byte) (store.Audit, error) {
	var e exportRecord
	if json.Unmarshal(b, &e) != nil || !bytes.Equal(line(e), b) {
		return store.Audit{}, ErrExport
	}
	at, err := time.Parse(millis, e.Time)
	if ms := at.UnixMilli(); err != nil || at.Format(millis) != e.Time || ms < 0 || ms >= maxSize {
		return store.Audit{}, ErrExport
	}
	return store.Audit{Index: e.N, Time: at, Actor: e.Actor, Act: e.Act, Subject: e.Subject, Detail: e.Detail}, nil
}

// readLine returns the next line with its end. A file that ends without one, or
// in the middle of one, is cut off.
func readLine(in *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(out)+len(part) > maxLine {
			return nil, ErrExport
		}
		out = append(out, part...)
		switch err {
		case nil:
			return out, nil
		case bufio.ErrBufferFull:
		case io.EOF:
			return nil, ErrExport
		default:
			return nil, err
		}
	}
}
