// Package pack reads what stands on a pack of medicine: the square code that
// European packs must have, the bars of older ones, and numbers typed by hand.
//
// It knows
//   - GS1 element strings (GS1 General Specifications), with FNC1 as GS (0x1D)
//     and with the symbology identifier of ISO/IEC 15424 or without, and their
//     printed spelling (01)…(17)…;
//   - the format of IFA, ISO/IEC 15434 format 06 with data identifiers of ASC
//     MH10.8.2, as the coding rules of securPharm (version 2.03) have it;
//   - PZN, typed or as Code 39 "-03752864", PPN and GTIN typed, EAN-13.
//
// When it succeeds every check digit was right, every date is one of the
// calendar, and batch and serial number have no characters but those that the
// standards allow. What it cannot be sure of it refuses: a code whose separators
// were lost on the way would give a batch that is not on the pack.
//
// It does not say that a pack is genuine: only the verification systems know.
package pack

import (
	"errors"
	"strings"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/scan"
)

// A Code is what a code says. What it does not say is empty.
type Code struct {
	GTIN     string // 14 digits
	PZN      string // 8 digits: Germany's number of the article
	PPN      string // as IFA writes the article, with a PZN in it or another country's number
	National []National
	Batch    string
	Expiry   diary.Date // day 0: the end of the month
	Made     diary.Date
	Serial   string // of the single pack
}

// A National number is one of GS1's "national healthcare reimbursement numbers".
type National struct {
	AI     string // 711 France, 712 Spain, 713 Brazil, 714 Portugal, 715 United States, 716 Italy; 717
	Number string
}

// What can be wrong with a code. Each asks for something else of the person.
var (
	// ErrNotMedicine: a code of something else; show the square one on the pack.
	ErrNotMedicine = errors.New("pack: not a code of a medicine")

	// ErrCheck: a check digit is wrong; scan or type once more.
	ErrCheck = errors.New("pack: a check digit is wrong")

	// ErrCut: something is missing; scan or type the whole code.
	ErrCut = errors.New("pack: the code is cut short")

	// ErrDate: a date is none; type what is printed on the pack.
	ErrDate = errors.New("pack: no date of the calendar")

	// ErrText: a character that cannot be there; scan or type once more.
	ErrText = errors.New("pack: a character that the standard does not allow")

	// ErrUnclear: the code can be read in more than one way, or says two things
	// at once; type what is printed on the pack.
	ErrUnclear = errors.New("pack: the code does not say clearly what it means")
)

// An Error tells which element of a code was refused, and why.
type Error struct {
	At  string // application or data identifier, such as "01" or "9N"; "PZN", "GTIN"
	Err error  // one of the above
}

func (e *Error) Error() string { return e.Err.Error() + " (" + e.At + ")" }
func (e *Error) Unwrap() error { return e.Err }

const (
	gs  = "\x1d"
	rs  = "\x1e"
	eot = "\x04"

	// maxText is longer than any code on a pack.
	maxText = 512
)

// Read reads a code that was scanned.
func Read(f scan.Finding) (Code, error) {
	if len(f.Text) > maxText {
		return Code{}, ErrNotMedicine
	}
	switch f.Symbology {
	case scan.Code39:
		if digits, ok := strings.CutPrefix(f.Text, "-"); ok && allDigits(digits) {
			return pzn(digits)
		}
	case scan.EAN13:
		return gtin(f.Text)
	default:
		return structured(f.Text)
	}
	return Code{}, ErrNotMedicine
}

// Parse reads a code as somebody typed it, or as a scanner typed it that behaves
// like a keyboard. Of a code's text in print, spaces between groups of digits
// and the letters before it ("PZN", "PC:") do not matter.
func Parse(text string) (Code, error) {
	s := strings.TrimFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == '\r' || r == '\n' || r == '\u00a0' })
	if len(s) > maxText {
		return Code{}, ErrNotMedicine
	}
	if c, err := structured(s); !errors.Is(err, ErrNotMedicine) {
		return c, err
	}
	label := ""
	for _, l := range [...]string{"PZN", "PPN", "PC", "GTIN", "EAN", "-"} {
		if len(s) > len(l) && strings.EqualFold(s[:len(l)], l) {
			label, s = l, strings.TrimLeft(s[len(l):], " :.-")
			break
		}
	}
	digits := strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' || r == '\u00a0' }), "")
	if !allDigits(digits) {
		if label == "PPN" || label == "PC" {
			return ppnOf(digits)
		}
		return Code{}, ErrNotMedicine
	}
	switch n := len(digits); {
	case label == "PZN" || label == "-" || label == "" && (n == 7 || n == 8):
		return pzn(digits)
	case n == 12 && digits[:2] == "11" && label != "GTIN" && label != "EAN":
		return ppnOf(digits)
	case n == 13 || n == 14:
		return gtin(digits)
	case label != "" || n > 5:
		return Code{}, &Error{"GTIN", ErrCut}
	}
	return Code{}, ErrNotMedicine
}

// structured reads a code that says itself how it is built.
func structured(s string) (Code, error) {
	certain := false
	if len(s) >= 3 && s[0] == ']' {
		switch s[:3] {
		case "]d2", "]Q3", "]C1", "]e0":
			certain = true
		case "]d1", "]Q1", "]C0":
		case "]A0", "]A1", "]A3":
			if digits, ok := strings.CutPrefix(s[3:], "-"); ok && allDigits(digits) {
				return pzn(digits)
			}
			return Code{}, ErrNotMedicine
		case "]E0":
			return gtin(s[3:])
		default:
			return Code{}, ErrNotMedicine
		}
		s = s[3:]
	}
	switch {
	case certain:
		return elements(strings.TrimPrefix(s, gs), true)
	case strings.HasPrefix(s, gs):
		return elements(s[1:], true)
	case strings.HasPrefix(s, "[)>"):
		return format06(s)
	case strings.HasPrefix(s, "("):
		return printed(s)
	case len(s) >= 16 && s[:2] == "01" && allDigits(s[:16]):
		return elements(s, strings.Contains(s, gs))
	}
	return Code{}, ErrNotMedicine
}

// settle ends the reading of a code with several elements.
func (c Code) settle() (Code, error) {
	if c.GTIN == "" && c.PZN == "" && c.PPN == "" && len(c.National) == 0 && c.Batch == "" {
		return Code{}, ErrNotMedicine
	}
	return c, nil
}

// Article names what is in the pack, so that the app can remember which product
// it was the first time: "pzn.03752864", "gtin.04150037528643" or "ppn.…". It is
// empty when the code does not say.
func (c Code) Article() string {
	switch {
	case c.PZN != "":
		return "pzn." + c.PZN
	case c.GTIN != "":
		return "gtin." + c.GTIN
	case c.PPN != "":
		return "ppn." + c.PPN
	case len(c.National) > 0:
		return c.National[0].AI + "." + c.National[0].Number
	}
	return ""
}

// Lot is the lot of a diary that the code speaks of.
func (c Code) Lot() diary.Lot { return diary.Lot{Batch: c.Batch, Expiry: c.Expiry} }

// setPZN notes the PZN that an element holds; two that differ are unclear.
func (c *Code) setPZN(digits, at string) error {
	got, err := pzn(digits)
	if err != nil {
		return &Error{at, errors.Unwrap(err)}
	}
	if c.PZN != "" && c.PZN != got.PZN {
		return &Error{at, ErrUnclear}
	}
	c.PZN = got.PZN
	return nil
}

// setGTIN notes a GTIN of 14 digits, and the PZN in it.
func (c *Code) setGTIN(digits, at string) error {
	if len(digits) != 14 || !allDigits(digits) {
		return &Error{at, ErrText}
	}
	if !mod10(digits) {
		return &Error{at, ErrCheck}
	}
	if strings.HasPrefix(digits, ntin) {
		if err := c.setPZN(digits[len(ntin):13], at); err != nil {
			return err
		}
	}
	c.GTIN = digits
	return nil
}
