package backup

import (
	"bufio"
	"bytes"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"vialog/relay/internal/store/sqlite"
	"vialog/shared/wire"
)

var (
	// ErrPart reports a part of a wrong form.
	ErrPart = errors.New("not a part of a backup")
	// ErrElsewhere reports a part that belongs to another place or another store.
	ErrElsewhere = errors.New("part belongs to another place")
)

const (
	partMagic  = "vialog relay part 1\n"
	maxPart    = 256 << 20 // and one row
	maxValue   = 4 << 20
	maxColumns = 64

	recordEnd   = 0x00
	recordTable = 0x01
	recordRow   = 0x02

	valueNull   = 0x00
	valueNumber = 0x01
	valueText   = 0x02
	valueBytes  = 0x03
)

// A place is where a part belongs.
type place struct {
	store   wire.StoreID
	number  int
	follows [32]byte
	index   int // from 1
}

func (p place) header() []byte {
	b := append([]byte(partMagic), p.store[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(p.number))
	b = append(b, p.follows[:]...)
	return binary.BigEndian.AppendUint32(b, uint32(p.index))
}

func appendTable(b []byte, t sqlite.Table) []byte {
	b = append(b, recordTable, byte(len(t.Name)))
	b = append(append(b, t.Name...), byte(len(t.Columns)))
	for _, c := range t.Columns {
		b = append(append(b, byte(len(c))), c...)
	}
	return b
}

func appendRow(b []byte, row []driver.Value) ([]byte, error) {
	b = append(b, recordRow)
	for _, v := range row {
		switch v := v.(type) {
		case nil:
			b = append(b, valueNull)
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, valueNumber), uint64(v))
		case string:
			if len(v) > maxValue {
				return nil, ErrPart
			}
			b = append(binary.BigEndian.AppendUint32(append(b, valueText), uint32(len(v))), v...)
		case []byte:
			if len(v) > maxValue {
				return nil, ErrPart
			}
			b = append(binary.BigEndian.AppendUint32(append(b, valueBytes), uint32(len(v))), v...)
		default:
			return nil, fmt.Errorf("%w: a column of %T", ErrPart, v)
		}
	}
	return b, nil
}

func appendEnd(b []byte, last bool) []byte {
	if last {
		return append(b, recordEnd, 1)
	}
	return append(b, recordEnd, 0)
}

// A partReader reads what the append functions wrote.
type partReader struct{ r *bufio.Reader }

func (p *partReader) bytes(n int) ([]byte, error) {
	if n > maxValue {
		return nil, ErrPart
	}
	// What is not there yet is not allocated: a length is only a claim.
	var b bytes.Buffer
	if _, err := io.CopyN(&b, p.r, int64(n)); err != nil {
		return nil, unexpected(err)
	}
	return b.Bytes(), nil
}

// unexpected keeps an error of decryption apart from an early end.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends early", ErrPart)
	}
	return err
}

func (p *partReader) number(size int) (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(p.r, b[8-size:]); err != nil {
		return 0, unexpected(err)
	}
	return binary.BigEndian.Uint64(b[:]), nil
}

func (p *partReader) name() (string, error) {
	n, err := p.number(1)
	if err != nil {
		return "", err
	}
	b, err := p.bytes(int(n))
	if err == nil && !sqlite.IsName(string(b)) {
		err = ErrPart
	}
	return string(b), err
}

func (p *partReader) table() (t sqlite.Table, err error) {
	if t.Name, err = p.name(); err != nil {
		return t, err
	}
	n, err := p.number(1)
	if err != nil {
		return t, err
	}
	if n < 1 || n > maxColumns {
		return t, ErrPart
	}
	for range n {
		c, err := p.name()
		if err != nil {
			return t, err
		}
		t.Columns = append(t.Columns, c)
	}
	return t, nil
}

func (p *partReader) value() (driver.Value, error) {
	tag, err := p.number(1)
	if err != nil {
		return nil, err
	}
	switch tag {
	case valueNull:
		return nil, nil
	case valueNumber:
		n, err := p.number(8)
		return int64(n), err
	case valueText, valueBytes:
		n, err := p.number(4)
		if err != nil {
			return nil, err
		}
		if n > maxValue {
			return nil, ErrPart
		}
		b, err := p.bytes(int(n))
		if tag == valueText {
			return string(b), err
		}
		if b == nil {
			b = []byte{} // null is another value
		}
		return b, err
	}
	return nil, ErrPart
}

// readPart calls row for each row of the part that belongs in a place.
func readPart(in io.Reader, at place, last bool, row func(sqlite.Table, []driver.Value) error) error {
	p := &partReader{r: bufio.NewReaderSize(in, 1<<16)}
	want := at.header()
	head, err := p.bytes(len(want))
	switch {
	case err != nil:
		return err
	case !bytes.HasPrefix(head, []byte(partMagic)):
		return ErrPart
	case !bytes.Equal(head, want):
		return ErrElsewhere
	}
	var t sqlite.Table
	var values []driver.Value
	for {
		kind, err := p.number(1)
		if err != nil {
			return err
		}
		switch kind {
		case recordTable:
			if t, err = p.table(); err != nil {
				return err
			}
			values = make([]driver.Value, len(t.Columns))
		case recordRow:
			if len(values) == 0 {
				return ErrPart
			}
			for i := range values {
				if values[i], err = p.value(); err != nil {
					return err
				}
			}
			if err := row(t, values); err != nil {
				return err
			}
		case recordEnd:
			end, err := p.number(1)
			if err != nil {
				return err
			}
			if _, more := p.r.ReadByte(); !errors.Is(more, io.EOF) {
				if more != nil {
					return more
				}
				return ErrPart
			}
			if end > 1 || (end == 1) != last {
				return ErrPart
			}
			return nil
		default:
			return ErrPart
		}
	}
}
