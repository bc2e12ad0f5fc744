package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// AuditLabel keeps these hashes apart from every other use of SHA-256.
const AuditLabel = "vialog/relay/v1/audit\x00"

// ErrAudit reports an audit log that was altered, cut in the middle, or reordered.
var ErrAudit = errors.New("audit log does not verify")

// An Audit is one administrative act. Each holds the hash of the one before,
// so that none can be altered or taken out without changing all that follow.
// Whoever notes the newest hash elsewhere can also tell that the end was cut off.
//
// A caller fills in Time, Actor, Act, Subject and Detail; the store the rest. Who
// records an act by itself may ask with Index for the place that it gets.
type Audit struct {
	Index   uint64 // from 1
	Time    time.Time
	Actor   string
	Act     string
	Subject string
	Detail  string
	Prev    [32]byte // Hash of the record before; zero for the first
	Hash    [32]byte
}

// Following returns a as the record after last, which is the zero Audit for the first.
// Time is kept to the millisecond, in UTC.
func (a Audit) Following(last Audit) Audit {
	a.Index = last.Index + 1
	a.Prev = last.Hash
	a.Time = time.UnixMilli(a.Time.UnixMilli()).UTC()
	a.Hash = a.Sum()
	return a
}

// Fits reports whether a gets the place that it asks for, if any, after last
// (ErrConflict): whoever asks has read all that is before it.
func (a Audit) Fits(last Audit) error {
	if a.Index != 0 && a.Index != last.Index+1 {
		return ErrConflict
	}
	return nil
}

const (
	// MaxAuditText bounds each text of a record, in bytes.
	MaxAuditText = 4096
	// MaxAudits bounds the records that are read at once.
	MaxAudits = 1000
)

// Check refuses texts that a log should not hold: too long ones, and what would
// not come back from a terminal or a file as it is (ErrAuditText).
func (a Audit) Check() error {
	for _, s := range []string{a.Actor, a.Act, a.Subject, a.Detail} {
		if len(s) > MaxAuditText || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
			return ErrAuditText
		}
	}
	return nil
}

// Sum returns the hash over every field but Hash, which is that of Leaf.
func (a Audit) Sum() [32]byte { return sha256.Sum256(a.Leaf()) }

// Leaf returns the bytes of the record. Texts carry their length, so that no
// two records share their bytes.
func (a Audit) Leaf() []byte {
	b := []byte(AuditLabel)
	b = binary.BigEndian.AppendUint64(b, a.Index)
	b = binary.BigEndian.AppendUint64(b, uint64(a.Time.UnixMilli()))
	for _, s := range []string{a.Actor, a.Act, a.Subject, a.Detail} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	b = append(b, a.Prev[:]...)
	return b
}

// VerifyAudits reports whether records follow last, and each other, without a
// gap. It returns the newest record, to go on from with the next page.
func VerifyAudits(last Audit, records []Audit) (Audit, error) {
	for _, a := range records {
		switch {
		case a.Index != last.Index+1:
			return last, fmt.Errorf("%w: record %d follows record %d", ErrAudit, a.Index, last.Index)
		case a.Prev != last.Hash:
			return last, fmt.Errorf("%w: record %d does not name the one before", ErrAudit, a.Index)
		case a.Hash != a.Sum():
			return last, fmt.Errorf("%w: record %d was altered", ErrAudit, a.Index)
		}
		last = a
	}
	return last, nil
}
