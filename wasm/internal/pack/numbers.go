package pack

import "errors"

// ntin is what a PZN has before it as a GTIN, "National Trade Item Number".
const ntin = "04150"

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// mod10 checks the last digit of a GTIN: with the others weighed 3, 1, 3 … from
// the right the sum is a multiple of 10 (GS1 General Specifications, 7.9.1).
func mod10(digits string) bool {
	sum := 0
	for i := 0; i < len(digits); i++ {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 3
		}
		sum += d
	}
	return sum%10 == 0
}

// mod11 checks the last digit of a PZN of eight: the others weighed 1 to 7, mod
// 11. Numbers for which that is 10 are not given out.
func mod11(digits string) bool {
	sum := 0
	for i := range 7 {
		sum += int(digits[i]-'0') * (i + 1)
	}
	return sum%11 == int(digits[7]-'0')
}

// mod97 checks the last two digits of a PPN: the codes of the other characters
// in ASCII, weighed 2, 3, 4 …, mod 97.
func mod97(ppn string) bool {
	n := len(ppn) - 2
	sum := 0
	for i := range n {
		sum += int(ppn[i]) * (i + 2)
	}
	sum %= 97
	return ppn[n] == '0'+byte(sum/10) && ppn[n+1] == '0'+byte(sum%10)
}

// pzn reads a PZN of eight digits, or one of seven from before 2013, which has
// got a zero in front since.
func pzn(digits string) (Code, error) {
	switch {
	case !allDigits(digits) || len(digits) > 8:
		return Code{}, &Error{"PZN", ErrText}
	case len(digits) < 7:
		return Code{}, &Error{"PZN", ErrCut}
	case len(digits) == 7:
		digits = "0" + digits
	}
	if !mod11(digits) {
		return Code{}, &Error{"PZN", ErrCheck}
	}
	return Code{PZN: digits}, nil
}

// gtin reads a GTIN of 13 digits, as EAN-13 has it, or 14.
func gtin(digits string) (Code, error) {
	if len(digits) == 13 {
		digits = "0" + digits
	}
	var c Code
	if err := c.setGTIN(digits, "GTIN"); err != nil {
		return Code{}, err
	}
	return c, nil
}

// ppnOf reads a PPN on its own.
func ppnOf(s string) (Code, error) {
	var c Code
	if err := c.setPPN(s, "PPN"); err != nil {
		return Code{}, err
	}
	return c, nil
}

// setPPN notes a PPN: two characters for who gave out the number, the number,
// and two check digits. "11" means a PZN.
func (c *Code) setPPN(s, at string) error {
	for i := 0; i < len(s); i++ {
		if b := s[i]; (b < '0' || b > '9') && (b < 'A' || b > 'Z') {
			return &Error{at, ErrText}
		}
	}
	switch {
	case len(s) < 5:
		return &Error{at, ErrCut}
	case len(s) > 22:
		return &Error{at, ErrText}
	case !mod97(s):
		return &Error{at, ErrCheck}
	}
	if c.PPN != "" && c.PPN != s {
		return &Error{at, ErrUnclear}
	}
	if s[:2] == "11" {
		if len(s) != 12 {
			return &Error{at, ErrText}
		}
		if err := c.setPZN(s[2:10], at); err != nil {
			var e *Error
			if errors.As(err, &e) {
				e.At = at
			}
			return err
		}
	}
	c.PPN = s
	return nil
}
