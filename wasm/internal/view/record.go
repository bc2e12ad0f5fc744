package view

import "vialog/wasm/internal/diary"

// Record chooses what to record.
type Record struct {
	Frame
	Last *Entry // the last treatment, for "same again"
	Open []Entry
}

// LotField is one lot as typed.
type LotField struct{ Batch, Expiry, Packs string }

// A ProductGroup is the products of one group in the list to choose from.
type ProductGroup struct {
	Group    diary.Group
	Products []Choice
}

// TreatmentForm records or corrects a treatment. Values are as typed; those of
// lists are the diary's keys.
type TreatmentForm struct {
	Frame
	Entry    string // corrected entry; empty: a new one
	Products []ProductGroup
	Product  string       // diary.ProductID
	Typed    bool         // the product's name is typed
	Other    string       // that name
	Unit     diary.Unit   // of the product; 0: none chosen
	Sites    []diary.Site // those that fit the product
	Amount   string
	Lots     []LotField // at least one
	Date     string
	Time     string
	Reason   string
	Bleeds   []Choice // recent bleeds to link
	Bleed    string
	Site     string
	GivenBy  string
	Reaction string
	Note     string
	Why      string
	Again    bool // filled from the last treatment
	More     bool // details stand open
	Problems []Problem
}

// BleedForm records or corrects a bleed.
type BleedForm struct {
	Frame
	Entry      string
	Place      string // a diary.Place's RegionKey
	Side       string // a diary.Side's Key
	Cause      string
	Severity   string
	Pain       string
	Signs      []string
	Date       string
	Time       string
	EndDate    string
	EndTime    string
	Treatments []Choice // recent treatments to link
	Linked     []string // those linked
	Response8h string
	Response72 string
	Ask8h      bool // late enough to ask how it answered
	Ask72h     bool
	Note       string
	Why        string
	Emergency  string // telephone of the centre, if it gave one
	More       bool
	Problems   []Problem
}

// NoteForm records or corrects a note.
type NoteForm struct {
	Frame
	Entry    string
	Date     string
	Time     string
	Text     string
	Why      string
	Problems []Problem
}
