package diary

import "strconv"

// A Unit is the unit an amount of a product is counted in.
type Unit uint8

const (
	UnitIU Unit = 1 + iota // international units
	UnitU                  // units of a bypassing agent, not international
	UnitMg
	UnitMcg
	UnitMl // of gene therapies, whose dose is a volume
)

var unitKeys = []string{"iu", "u", "mg", "mcg", "ml"}

func (u Unit) Key() string { return key("unit.", unitKeys, uint8(u)) }

// A Route is the way a product enters the body.
type Route uint8

const (
	RouteVein Route = 1 + iota
	RouteSkin       // under the skin
	RouteNose
	RouteMouth
)

var routeKeys = []string{"vein", "skin", "nose", "mouth"}

func (r Route) Key() string { return key("route.", routeKeys, uint8(r)) }

// A Group holds products that compare with each other: consumption and the
// limits of an amount go by group.
type Group uint8

const (
	GroupFVIII Group = 1 + iota
	GroupFVIIIExtended
	GroupFIX
	GroupFIXExtended
	GroupVWF
	GroupBypassing
	GroupEmicizumab
	GroupAntiTFPI
	GroupFitusiran
	GroupDesmopressin
	GroupTranexamic
	GroupRare // factors VII, X and XIII
	GroupGene // gene therapies
	GroupOther
)

var groupKeys = []string{"fviii", "fviii.extended", "fix", "fix.extended", "vwf", "bypassing", "emicizumab", "antitfpi", "fitusiran", "desmopressin", "tranexamic", "rare", "gene", "other"}

func (g Group) Key() string { return key("group.", groupKeys, uint8(g)) }
func Groups() []Group       { return all[Group](groupKeys) }

// Factor tells whether g replaces factor VIII or IX, counted in IU.
func (g Group) Factor() bool { return g >= GroupFVIII && g <= GroupVWF }

// An Amount counts thousandths of a unit: 1,000 IU is 1,000,000.
type Amount uint64

// Units is n whole units.
func Units(n int) Amount { return Amount(n) * 1000 }

// String is the amount as a decimal number with a point and no unit, "1000" or "2.5".
func (a Amount) String() string {
	s := strconv.FormatUint(uint64(a/1000), 10)
	if r := a % 1000; r != 0 {
		f := strconv.FormatUint(uint64(r)+1000, 10)[1:]
		for f[len(f)-1] == '0' {
			f = f[:len(f)-1]
		}
		s += "." + f
	}
	return s
}

// ParseAmount reads a number as people type it: digits, and a comma or a point
// before at most three decimals.
func ParseAmount(s string) (Amount, bool) {
	var whole, frac uint64
	decimals, digits, point := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
			if point {
				decimals++
				frac = frac*10 + uint64(c-'0')
			} else {
				whole = whole*10 + uint64(c-'0')
			}
			if decimals > 3 || whole > uint64(maxAmount/1000) {
				return 0, false
			}
		case (c == '.' || c == ',') && !point && digits > 0:
			point = true
		default:
			return 0, false
		}
	}
	if digits == 0 || point && decimals == 0 {
		return 0, false
	}
	for ; decimals < 3; decimals++ {
		frac *= 10
	}
	a := Amount(whole*1000 + frac)
	return a, a <= maxAmount
}

// maxAmount is 10 million units, above anything a decoder should believe.
const maxAmount = Amount(10_000_000_000)

// A ProductID names a product: "fviii.advate". It never changes.
type ProductID string

// A Source is where a line of the reference data comes from. It is the kind of
// text; PRODUCTS.md says where each is found.
type Source uint8

const (
	SourceEU       Source = 1 + iota // product information of the central authorisation, under the brand's name
	SourceNational                   // summary of product characteristics of a national authorisation
	SourceWriter                     // the person types the name
)

// A Product is a line of the reference data.
type Product struct {
	ID        ProductID
	Brand     string // as on the pack; the only display text in this package
	Substance string // international nonproprietary name
	Company   string
	Group     Group
	Unit      Unit
	Route     Route
	Strengths []Amount // usual contents of one pack; nil: not known for certain
	Typed     bool     // the brand is typed by the writer, in Treatment.ProductName
	Source    Source

	Also  Route     // the other way it may be given; 0: none
	Range DoseRange // of a single dose, where it is narrower than the group's
	Once  bool      // given once in a life: never offered again
	APCC  bool      // activated prothrombin complex, which emicizumab does not go with
}

// Sites lists the sites it can be given at.
func (p Product) Sites() []Site {
	out := SitesFor(p.Route)
	if p.Also != 0 {
		out = append(out, SitesFor(p.Also)...)
	}
	return out
}

// A Catalogue is a version of the reference data. A centre may edit a copy;
// products are added and changed, never taken out.
type Catalogue struct {
	Version  uint32
	Products []Product
	index    map[ProductID]int
}

// NewCatalogue is the catalogue of these products.
func NewCatalogue(version uint32, products []Product) *Catalogue {
	c := &Catalogue{Version: version, Products: products, index: make(map[ProductID]int, len(products))}
	for i, p := range products {
		c.index[p.ID] = i
	}
	return c
}

// Find is the product of that name.
func (c *Catalogue) Find(id ProductID) (Product, bool) {
	if i, ok := c.index[id]; ok {
		return c.Products[i], true
	}
	return Product{}, false
}
