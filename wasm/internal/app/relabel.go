package app

import (
	"errors"
	"slices"

	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/seal"
)

// A patient's entry has one identifier at home and another in each centre's
// space, so that two centres that compare notes find nothing in common. The
// identifiers for a centre come from a key that only the home space holds.

// foreign derives an entry's identifier in a centre's space.
func foreign(key seal.Secret, id diary.ID) (out diary.ID) {
	if id.IsZero() {
		return id
	}
	h := seal.Hash(seal.LabelAppEntry, key.Bytes(), id[:])
	copy(out[:], h[:])
	return out
}

// relabel returns a copy of an entry with every identifier replaced.
func relabel(e diary.Entry, to func(diary.ID) diary.ID) (diary.Entry, error) {
	// A copy by way of the bytes shares nothing with the original.
	body, err := diary.Encode(e)
	if err != nil {
		return nil, err
	}
	e, err = diary.Decode(e.Kind(), body)
	if err != nil {
		return nil, err
	}
	h := e.Top()
	h.ID, h.Supersedes = to(h.ID), to(h.Supersedes)
	// What a later version wrote may name entries in a way that this one cannot
	// translate.
	h.Extra = nil
	for i := range h.Also {
		h.Also[i] = to(h.Also[i])
	}
	arrange.By(h.Also, compareIDs)
	switch e := e.(type) {
	case *diary.Treatment:
		e.Bleed = to(e.Bleed)
	case *diary.Pack:
		e.Serials = nil // there is one such pack in the world
	case *diary.Bleed:
		e.Again = to(e.Again)
	case *diary.Plan, *diary.Removal, *diary.Recall, *diary.Measure, *diary.About, *diary.Contact, *diary.Opened:
		// They name no other entry.
	case *diary.Note:
		e.About = to(e.About)
	case *diary.Photo:
		e.About, e.Blob = to(e.About), to(e.Blob)
	case *diary.Message:
		e.About, e.ReplyTo = to(e.About), to(e.ReplyTo)
	case *diary.Retract:
		e.Entry = to(e.Entry)
	case *diary.Seen:
		for i := range e.Entries {
			e.Entries[i] = to(e.Entries[i])
		}
		arrange.By(e.Entries, compareIDs)
	default:
		return nil, errors.New("app: a kind of entry that cannot be shared")
	}
	return e, nil
}

func compareIDs(a, b diary.ID) int { return slices.Compare(a[:], b[:]) }
