package pack

import (
	"strings"

	"vialog/wasm/internal/diary"
)

// keyLength is the length of an application identifier by its first two digits
// (GS1 General Specifications, figure 7.8.1-1), 0: there is none.
func keyLength(two string) int {
	switch two {
	case "00", "01", "02", "03", "04", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "30", "37",
		"90", "91", "92", "93", "94", "95", "96", "97", "98", "99":
		return 2
	case "23", "24", "25", "40", "41", "42", "71":
		return 3
	case "31", "32", "33", "34", "35", "36", "39", "43", "70", "72", "80", "81", "82":
		return 4
	}
	return 0
}

// fixedLength is the length of the data of an element by the first two digits of
// its identifier, where that is fixed and no FNC1 need follow (figure 7.8.5-2),
// 0: FNC1 ends it, or the end of the code.
func fixedLength(two string) int {
	switch two {
	case "00":
		return 18
	case "01", "02", "03":
		return 14
	case "04":
		return 16
	case "11", "12", "13", "14", "15", "16", "17", "18", "19", "31", "32", "33", "34", "35", "36":
		return 6
	case "20":
		return 2
	case "41":
		return 13
	}
	return 0
}

// elements reads a string of GS1 elements. Separated says that FNC1 can be
// relied on; without it nothing tells where a batch ends.
func elements(s string, separated bool) (Code, error) {
	var c Code
	seen := make(map[string]string)
	for s != "" {
		ai, data, rest, err := element(s)
		if err != nil {
			return Code{}, err
		}
		if !separated && fixedLength(ai[:2]) == 0 {
			return Code{}, &Error{ai, ErrUnclear}
		}
		if err := c.add(ai, data, seen); err != nil {
			return Code{}, err
		}
		s = rest
	}
	return c.settle()
}

// element takes the first element off s.
func element(s string) (ai, data, rest string, err error) {
	if len(s) < 2 || s[0] == gs[0] {
		return "", "", "", &Error{"FNC1", ErrCut}
	}
	n := keyLength(s[:2])
	switch {
	case n == 0:
		return "", "", "", ErrNotMedicine
	case len(s) < n:
		return "", "", "", &Error{s[:2], ErrCut}
	case !allDigits(s[:n]):
		return "", "", "", ErrNotMedicine
	}
	ai, s = s[:n], s[n:]
	data, rest, _ = strings.Cut(s, gs)
	if fixed := fixedLength(ai[:2]); fixed != 0 {
		if len(data) < fixed {
			return "", "", "", &Error{ai, ErrCut}
		}
		if len(data) > fixed {
			data, rest = s[:fixed], s[fixed:] // no FNC1 was needed
		}
	}
	return ai, data, rest, nil
}

// printed reads elements as they are printed beside a code: (01)04150123456782(10)1A234B5.
func printed(s string) (Code, error) {
	var c Code
	seen := make(map[string]string)
	for s != "" {
		ai, rest, ok := bracket(s)
		if !ok {
			return Code{}, ErrNotMedicine
		}
		end := len(rest)
		for i := range rest {
			if _, _, next := bracket(rest[i:]); next {
				end = i
				break
			}
		}
		data := strings.Trim(rest[:end], " \u00a0")
		if fixed := fixedLength(ai[:2]); fixed != 0 {
			data = strings.Join(strings.Fields(data), "") // digits may be in groups
			if len(data) < fixed {
				return Code{}, &Error{ai, ErrCut}
			}
			if len(data) > fixed {
				return Code{}, &Error{ai, ErrText}
			}
		}
		if err := c.add(ai, data, seen); err != nil {
			return Code{}, err
		}
		s = rest[end:]
	}
	return c.settle()
}

// bracket takes an identifier in brackets off s.
func bracket(s string) (ai, rest string, ok bool) {
	if len(s) < 4 || s[0] != '(' {
		return "", "", false
	}
	ai, _, ok = strings.Cut(s[1:min(len(s), 6)], ")")
	if !ok || !allDigits(ai) || len(ai) < 2 || keyLength(ai[:2]) != len(ai) {
		return "", "", false
	}
	return ai, s[len(ai)+2:], true
}

// add notes one element. Those that say nothing about a pack are passed over.
func (c *Code) add(ai, data string, seen map[string]string) (err error) {
	if data == "" {
		return &Error{ai, ErrCut}
	}
	if old, twice := seen[ai]; twice {
		if old != data {
			return &Error{ai, ErrUnclear}
		}
		return nil
	}
	seen[ai] = data
	switch ai {
	case "01":
		err = c.setGTIN(data, ai)
	case "17":
		c.Expiry, err = date(data, ai)
	case "11":
		c.Made, err = date(data, ai)
	case "10":
		c.Batch, err = text(data, ai)
	case "21":
		c.Serial, err = text(data, ai)
	case "710":
		err = c.setPZN(data, ai)
	case "711", "712", "713", "714", "715", "716", "717":
		var n string
		if n, err = text(data, ai); err == nil {
			c.National = append(c.National, National{ai, n})
		}
	default:
		if len(data) > 90 {
			err = &Error{ai, ErrText}
		}
	}
	return err
}

// date reads YYMMDD as a day of the years 2000 to 2099; day 00 is the end of the month.
func date(s, at string) (diary.Date, error) {
	if len(s) != 6 || !allDigits(s) {
		return diary.Date{}, &Error{at, ErrDate}
	}
	return calendar("20"+s, at)
}

// calendar reads YYYYMMDD.
func calendar(s, at string) (diary.Date, error) {
	if len(s) != 8 || !allDigits(s) {
		return diary.Date{}, &Error{at, ErrDate}
	}
	spelled := s[:4] + "-" + s[4:6]
	if s[6:] != "00" {
		spelled += "-" + s[6:]
	}
	d, ok := diary.ParseDate(spelled)
	if !ok {
		return diary.Date{}, &Error{at, ErrDate}
	}
	return d, nil
}

// text checks a batch, a serial number or the like: 1 to 20 of GS1's character
// set 82 (GS1 General Specifications, figure 7.11-1).
func text(s, at string) (string, error) {
	if s == "" {
		return "", &Error{at, ErrCut}
	}
	if len(s) > 20 {
		return "", &Error{at, ErrText}
	}
	for i := 0; i < len(s); i++ {
		b := s[i]
		switch {
		case b >= '0' && b <= '9', b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z', strings.IndexByte(`!"%&'()*+,-./:;<=>?_`, b) >= 0:
		default:
			return "", &Error{at, ErrText}
		}
	}
	return s, nil
}
