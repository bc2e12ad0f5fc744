package pack

import "strings"

// format06 reads an envelope of ISO/IEC 15434 in format 06: elements with data
// identifiers, divided by GS. A reader that stands in for Macro 06 may leave out
// the EOT at its end.
func format06(s string) (Code, error) {
	body, ok := strings.CutPrefix(s, "[)>"+rs+"06"+gs)
	if !ok {
		if strings.HasPrefix("[)>"+rs+"06"+gs, s) {
			return Code{}, &Error{"06", ErrCut}
		}
		return Code{}, ErrNotMedicine
	}
	body, ok = strings.CutSuffix(strings.TrimSuffix(body, eot), rs)
	if !ok {
		return Code{}, &Error{"06", ErrCut}
	}
	var c Code
	seen := make(map[string]string)
	for _, e := range strings.Split(body, gs) {
		di, data := identifier(e)
		if di == "" {
			return Code{}, &Error{"06", ErrCut}
		}
		if err := c.identify(di, data, seen); err != nil {
			return Code{}, err
		}
	}
	return c.settle()
}

// identifier takes a data identifier off an element: up to three digits and a letter.
func identifier(e string) (di, data string) {
	for i := 0; i < len(e) && i < 4; i++ {
		if e[i] >= 'A' && e[i] <= 'Z' {
			return e[:i+1], e[i+1:]
		}
		if e[i] < '0' || e[i] > '9' {
			break
		}
	}
	return "", ""
}

// identify notes one element. Those that say nothing about a pack are passed over.
func (c *Code) identify(di, data string, seen map[string]string) (err error) {
	if data == "" {
		return &Error{di, ErrCut}
	}
	if old, twice := seen[di]; twice && old != data && di != "8P" {
		return &Error{di, ErrUnclear}
	}
	seen[di] = data
	switch di {
	case "9N":
		err = c.setPPN(data, di)
	case "8P":
		// A pack for several countries has one for each; the first one counts.
		first := c.GTIN
		if err = c.setGTIN(data, di); first != "" && err == nil {
			c.GTIN = first
		}
	case "1T":
		c.Batch, err = text(data, di)
	case "S":
		c.Serial, err = text(data, di)
	case "D":
		c.Expiry, err = date(data, di)
	case "16D":
		c.Made, err = calendar(data, di)
	}
	return err
}
