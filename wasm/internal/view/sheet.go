package view

import "time"

// SheetStage is how far the user is with the sheet.
type SheetStage uint8

const (
	SheetWords SheetStage = iota // the words to print or copy
	SheetProof                   // two words are asked
)

// Sheet is the recovery sheet.
type Sheet struct {
	Base
	Stage    SheetStage
	Words    [24]string
	QR       QR
	Whose    string // pseudonym or centre's name, printed on the sheet
	Made     time.Time
	Ask      [2]int // the positions asked for, from 1
	Later    bool   // may be put off: patients only
	Problems []Problem
}
