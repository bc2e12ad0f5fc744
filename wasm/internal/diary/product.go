package diary

import "strconv"

// A Unit is the unit an amount of a product is counted in.
type Unit uint8

const (
	UnitIU Unit = 1 + iota // international units
	UnitU                  // units of a bypassing agent, not international
	UnitMg
	UnitMcg
)

var unitKeys = []string{"iu", "u", "mg", "mcg"}

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
	GroupOther
)

var groupKeys = []string{"fviii", "fviii.extended", "fix", "fix.extended", "vwf", "bypassing", "emicizumab", "antitfpi", "fitusiran", "desmopressin", "tranexamic", "other"}

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

// A Product is a line of the reference data.
type Product struct {
	ID        ProductID
	Brand     string // as on the pack; the only display text in this package
	Substance string // international nonproprietary name
	Company   string
	Group     Group
	Unit      Unit
	Route     Route
	Strengths []Amount // usual contents of one pack
	Typed     bool     // the brand is typed by the writer, in Treatment.ProductName
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

func packs(n ...int) []Amount {
	out := make([]Amount, len(n))
	for i, v := range n {
		out[i] = Units(v)
	}
	return out
}

// Products is the reference data this version comes with.
var Products = NewCatalogue(1, []Product{
	{"fviii.advate", "Advate", "octocog alfa", "Takeda", GroupFVIII, UnitIU, RouteVein, packs(250, 500, 1000, 1500, 2000, 3000), false},
	{"fviii.afstyla", "Afstyla", "lonoctocog alfa", "CSL Behring", GroupFVIII, UnitIU, RouteVein, packs(250, 500, 1000, 1500, 2000, 2500, 3000), false},
	{"fviii.beriate", "Beriate", "human coagulation factor VIII", "CSL Behring", GroupFVIII, UnitIU, RouteVein, packs(250, 500, 1000, 2000), false},
	{"fviii.haemoctin", "Haemoctin", "human coagulation factor VIII", "Biotest", GroupFVIII, UnitIU, RouteVein, packs(250, 500, 1000), false},
	{"fviii.kovaltry", "Kovaltry", "octocog alfa", "Bayer", GroupFVIII, UnitIU, RouteVein, packs(250, 500, 1000, 2000, 3000), false},
	{"fviii.novoeight", "NovoEight", "turoctocog alfa", "Novo Nordisk", GroupFVIII, UnitIU, RouteVein, packs(250, 500, 1000, 1500, 2000, 3000), false},
	{"fviii.nuwiq", "Nuwiq", "simoctocog alfa", "Octapharma", GroupFVIII, UnitIU, RouteVein, packs(250, 500, 1000, 1500, 2000, 2500, 3000, 4000), false},
	{"fviii.octanate", "Octanate", "human coagulation factor VIII", "Octapharma", GroupFVIII, UnitIU, RouteVein, packs(250, 500, 1000), false},
	{"fviii.refacto", "ReFacto AF", "moroctocog alfa", "Pfizer", GroupFVIII, UnitIU, RouteVein, packs(250, 500, 1000, 2000, 3000), false},
	{"fviii.adynovi", "Adynovi", "rurioctocog alfa pegol", "Takeda", GroupFVIIIExtended, UnitIU, RouteVein, packs(250, 500, 1000, 2000, 3000), false},
	{"fviii.altuvoct", "Altuvoct", "efanesoctocog alfa", "Sobi", GroupFVIIIExtended, UnitIU, RouteVein, packs(250, 500, 750, 1000, 2000, 3000, 4000), false},
	{"fviii.elocta", "Elocta", "efmoroctocog alfa", "Sobi", GroupFVIIIExtended, UnitIU, RouteVein, packs(250, 500, 750, 1000, 1500, 2000, 3000, 4000), false},
	{"fviii.esperoct", "Esperoct", "turoctocog alfa pegol", "Novo Nordisk", GroupFVIIIExtended, UnitIU, RouteVein, packs(500, 1000, 1500, 2000, 3000), false},
	{"fviii.jivi", "Jivi", "damoctocog alfa pegol", "Bayer", GroupFVIIIExtended, UnitIU, RouteVein, packs(250, 500, 1000, 2000, 3000), false},
	{"fix.alphanine", "AlphaNine", "human coagulation factor IX", "Grifols", GroupFIX, UnitIU, RouteVein, packs(500, 1000, 1500), false},
	{"fix.benefix", "BeneFIX", "nonacog alfa", "Pfizer", GroupFIX, UnitIU, RouteVein, packs(250, 500, 1000, 1500, 2000, 3000), false},
	{"fix.berinin", "Berinin", "human coagulation factor IX", "CSL Behring", GroupFIX, UnitIU, RouteVein, packs(300, 600, 1200), false},
	{"fix.octanine", "Octanine", "human coagulation factor IX", "Octapharma", GroupFIX, UnitIU, RouteVein, packs(250, 500, 1000), false},
	{"fix.rixubis", "Rixubis", "nonacog gamma", "Takeda", GroupFIX, UnitIU, RouteVein, packs(250, 500, 1000, 2000, 3000), false},
	{"fix.alprolix", "Alprolix", "eftrenonacog alfa", "Sobi", GroupFIXExtended, UnitIU, RouteVein, packs(250, 500, 1000, 2000, 3000), false},
	{"fix.idelvion", "Idelvion", "albutrepenonacog alfa", "CSL Behring", GroupFIXExtended, UnitIU, RouteVein, packs(250, 500, 1000, 2000, 3500), false},
	{"fix.refixia", "Refixia", "nonacog beta pegol", "Novo Nordisk", GroupFIXExtended, UnitIU, RouteVein, packs(500, 1000, 2000, 3000), false},
	{"vwf.haemate", "Haemate P", "von Willebrand factor and factor VIII", "CSL Behring", GroupVWF, UnitIU, RouteVein, packs(250, 500, 1000), false},
	{"vwf.wilate", "Wilate", "von Willebrand factor and factor VIII", "Octapharma", GroupVWF, UnitIU, RouteVein, packs(500, 1000), false},
	{"bypass.feiba", "FEIBA", "activated prothrombin complex", "Takeda", GroupBypassing, UnitU, RouteVein, packs(500, 1000, 2500), false},
	{"bypass.obizur", "Obizur", "susoctocog alfa", "Takeda", GroupBypassing, UnitU, RouteVein, packs(500), false},
	{"bypass.novoseven", "NovoSeven", "eptacog alfa", "Novo Nordisk", GroupBypassing, UnitMg, RouteVein, packs(1, 2, 5, 8), false},
	{"bypass.cevenfacta", "Cevenfacta", "eptacog beta", "LFB", GroupBypassing, UnitMg, RouteVein, packs(1, 2, 5), false},
	{"nonfactor.hemlibra", "Hemlibra", "emicizumab", "Roche", GroupEmicizumab, UnitMg, RouteSkin, packs(12, 30, 60, 105, 150, 300), false},
	{"nonfactor.alhemo", "Alhemo", "concizumab", "Novo Nordisk", GroupAntiTFPI, UnitMg, RouteSkin, packs(15, 60, 150, 300), false},
	{"nonfactor.hympavzi", "Hympavzi", "marstacimab", "Pfizer", GroupAntiTFPI, UnitMg, RouteSkin, packs(150), false},
	{"nonfactor.qfitlia", "Qfitlia", "fitusiran", "Sanofi", GroupFitusiran, UnitMg, RouteSkin, packs(20, 50), false},
	{"adjunct.octim", "Octim", "desmopressin", "Ferring", GroupDesmopressin, UnitMcg, RouteNose, packs(150, 300), false},
	{"adjunct.minirin", "Minirin", "desmopressin", "Ferring", GroupDesmopressin, UnitMcg, RouteVein, packs(4), false},
	{"adjunct.cyklokapron", "Cyklokapron", "tranexamic acid", "Pfizer", GroupTranexamic, UnitMg, RouteMouth, packs(500), false},
	{"other.iu", "", "", "", GroupOther, UnitIU, RouteVein, nil, true},
	{"other.mg", "", "", "", GroupOther, UnitMg, RouteSkin, nil, true},
})
