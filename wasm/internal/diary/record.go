package diary

import (
	"bytes"
	"cmp"
)

// A Record is a verified statement as the transport hands it over. The diary
// believes its author; it decides by the author's side what counts.
type Record struct {
	Kind    Kind
	Body    []byte // kept, must not change
	Author  Author
	Written int64    // ms since 1970, as the author's device claims
	Seq     uint64   // the device's own count
	Hash    [32]byte // of the statement; the same statement twice is one
	Own     bool     // written by this account
}

// An Author is who wrote a record.
type Author struct {
	Who    Who
	Device [32]byte
	Name   string // as the space knows it; may be empty
	Centre uint32 // which of the patient's centres; 0 at a centre and in files
}

// mayChange tells whether a may correct or take back what b wrote: the same side
// and, of two centres, the same one.
func (a Author) mayChange(b Author) bool { return a.sameSide(b) && a.Centre == b.Centre }

// sameSide tells whether both are at home, or both at a centre.
func (a Author) sameSide(b Author) bool {
	return a.Who == b.Who || a.Who.Home() && b.Who.Home()
}

// compareRecords is the order in which versions were written: by claimed time,
// then by hash, so that any two devices agree.
func compareRecords(a, b *Record) int {
	if c := cmp.Compare(a.Written, b.Written); c != 0 {
		return c
	}
	return bytes.Compare(a.Hash[:], b.Hash[:])
}
