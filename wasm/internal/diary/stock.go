package diary

import "strconv"

// A Pack is what came into the stock: one or several packs of one product.
type Pack struct {
	Head
	Received    Moment
	Product     ProductID
	ProductName string   // only for a product with Typed set
	Lots        []Lot    // Packs says how many of each; 0 counts as one
	Vials       uint16   // in each pack; 0: one
	Serials     []string // of single packs, as scanned; ascending
	GTIN        string   // of the pack, 14 digits; empty: not known
	Note        string
}

// A Removal is what left the stock otherwise than by a treatment, or what a
// count found.
type Removal struct {
	Head
	At          Moment
	Product     ProductID
	ProductName string
	Lots        []Lot // Packs counts vials here; 0: all of the lot
	Why         Why
	Note        string
}

// A Recall says that lots of a product must not be used.
type Recall struct {
	Head
	Product     ProductID
	ProductName string
	Lots        []Lot // batch, and expiry where it matters
	Note        string
}

// Why says how something left the stock.
type Why uint8

const (
	WhyExpired Why = 1 + iota
	WhyBroken
	WhyRecalled
	WhyReturned // to the pharmacy or the centre
	WhyLost
	WhyGiven   // to somebody else, on advice
	WhyCounted // nothing left: the count found so many vials as the lots say
)

var whyKeys = []string{"expired", "broken", "recalled", "returned", "lost", "given", "counted"}

func (w Why) Key() string           { return key("why.", whyKeys, uint8(w)) }
func Whys() []Why                   { return all[Why](whyKeys) }
func ParseWhy(s string) (Why, bool) { return parse[Why]("why.", whyKeys, s) }

func (*Pack) Kind() Kind    { return KindPack }
func (*Removal) Kind() Kind { return KindRemoval }
func (*Recall) Kind() Kind  { return KindRecall }

func (p *Pack) fields() *writer {
	w := p.writer()
	w.moment(16, p.Received)
	w.text(17, string(p.Product))
	w.text(18, p.ProductName)
	w.lots(19, p.Lots)
	w.uint16(20, p.Vials)
	w.texts(21, p.Serials)
	w.text(22, p.GTIN)
	w.text(27, p.Note)
	return w
}

func (p *Pack) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		p.Received, err = getMoment(v)
	case 17:
		p.Product, err = getProduct(v)
	case 18:
		p.ProductName, err = getText(v, maxName, false)
	case 19:
		p.Lots, err = getLots(v)
	case 20:
		p.Vials, err = getUint16(v)
	case 21:
		p.Serials, err = getTexts(v, MaxLots, maxBatch)
	case 22:
		if p.GTIN = string(v); !ValidGTIN(p.GTIN) {
			err = badRange
		}
	case 27:
		p.Note, err = getText(v, MaxNote, true)
	default:
		return false, nil
	}
	return true, err
}

func (p *Pack) check() error {
	switch {
	case p.Received.IsZero():
		return &BodyError{16, "missing"}
	case p.Product == "":
		return &BodyError{17, "missing"}
	case len(p.Lots) == 0:
		return &BodyError{19, "missing"}
	}
	return nil
}

func (r *Removal) fields() *writer {
	w := r.writer()
	w.moment(16, r.At)
	w.text(17, string(r.Product))
	w.text(18, r.ProductName)
	w.lots(19, r.Lots)
	w.byte(20, uint8(r.Why))
	w.text(27, r.Note)
	return w
}

func (r *Removal) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		r.At, err = getMoment(v)
	case 17:
		r.Product, err = getProduct(v)
	case 18:
		r.ProductName, err = getText(v, maxName, false)
	case 19:
		r.Lots, err = getLots(v)
	case 20:
		r.Why, err = getByte[Why](v)
	case 27:
		r.Note, err = getText(v, MaxNote, true)
	default:
		return false, nil
	}
	return true, err
}

func (r *Removal) check() error {
	switch {
	case r.At.IsZero():
		return &BodyError{16, "missing"}
	case r.Product == "":
		return &BodyError{17, "missing"}
	case len(r.Lots) == 0:
		return &BodyError{19, "missing"}
	case r.Why == 0:
		return &BodyError{20, "missing"}
	}
	return nil
}

func (r *Recall) fields() *writer {
	w := r.writer()
	w.text(17, string(r.Product))
	w.text(18, r.ProductName)
	w.lots(19, r.Lots)
	w.text(27, r.Note)
	return w
}

func (r *Recall) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 17:
		r.Product, err = getProduct(v)
	case 18:
		r.ProductName, err = getText(v, maxName, false)
	case 19:
		r.Lots, err = getLots(v)
	case 27:
		r.Note, err = getText(v, MaxNote, true)
	default:
		return false, nil
	}
	return true, err
}

func (r *Recall) check() error {
	switch {
	case r.Product == "":
		return &BodyError{17, "missing"}
	case len(r.Lots) == 0:
		return &BodyError{19, "missing"}
	}
	return nil
}

// Validate implements Entry. Fields: received, product, productname, lots.N.…,
// vials, gtin, serials.N, note.
func (p *Pack) Validate(now Moment, c *Catalogue) error {
	var e FieldErrors
	p.validate(&e, now)
	e.time("received", p.Received, now)
	e.product(p.Product, p.ProductName, c)
	e.lots(p.Lots, true)
	if p.Vials > maxVials {
		e.add("vials", Absurd)
	}
	if p.GTIN != "" && !ValidGTIN(p.GTIN) {
		e.add("gtin", Unknown)
	}
	for i, s := range p.Serials {
		e.text("serials."+strconv.Itoa(i), s, maxBatch, false, true)
	}
	e.text("note", p.Note, MaxNote, true, false)
	return e.err()
}

// ValidGTIN tells whether s is a trade item number of GS1 in 14 digits with the
// right check digit (GS1 General Specifications, section 7.9).
func ValidGTIN(s string) bool {
	if len(s) != 14 {
		return false
	}
	sum := 0
	for i := range 14 {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		sum += int(s[i]-'0') * (3 - 2*(i%2))
	}
	return sum%10 == 0
}

// maxVials bounds what a pack holds.
const maxVials = 100

// Validate implements Entry. Fields: at, product, productname, lots.N.…, why, note.
func (r *Removal) Validate(now Moment, c *Catalogue) error {
	var e FieldErrors
	r.validate(&e, now)
	e.time("at", r.At, now)
	e.product(r.Product, r.ProductName, c)
	e.lots(r.Lots, true)
	if r.Why == 0 {
		e.add("why", Missing)
	} else if int(r.Why) > len(whyKeys) {
		e.add("why", Unknown)
	}
	e.text("note", r.Note, MaxNote, true, false)
	return e.err()
}

// Validate implements Entry. Fields: product, productname, lots.N.…, note.
func (r *Recall) Validate(now Moment, c *Catalogue) error {
	var e FieldErrors
	r.validate(&e, now)
	e.product(r.Product, r.ProductName, c)
	e.lots(r.Lots, true)
	e.text("note", r.Note, MaxNote, true, false)
	return e.err()
}
