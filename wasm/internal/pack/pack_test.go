package pack

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/scan"
)

func day(y uint16, m, d uint8) diary.Date { return diary.Date{Year: y, Month: m, Day: d} }

// examples are codes of the standards themselves, and what they say.
var examples = []struct {
	source string
	text   string // as a decoder gives it
	want   Code
}{
	{
		"securPharm 2.03, C.5 example 1: IFA",
		"[)>\x1e06\x1d9N111234567842\x1d1T1A234B5\x1dD151231\x1dS1234567890123456\x1e\x04",
		Code{PZN: "12345678", PPN: "111234567842", Batch: "1A234B5", Expiry: day(2015, 12, 31), Serial: "1234567890123456"},
	},
	{
		"securPharm 2.03, C.5 example 2: GS1",
		"]d20104150123456782101A234B5\x1d17151231211234567890123456",
		Code{GTIN: "04150123456782", PZN: "12345678", Batch: "1A234B5", Expiry: day(2015, 12, 31), Serial: "1234567890123456"},
	},
	{
		"securPharm 2.03, 5.2: the elements one by one, IFA",
		"[)>\x1e06\x1d9N110375286414\x1dS12345ABCDEF98765\x1d1T12345ABCD\x1dD210600\x1d33Lhttp://Beispiel.de\x1e\x04",
		Code{PZN: "03752864", PPN: "110375286414", Batch: "12345ABCD", Expiry: day(2021, 6, 0), Serial: "12345ABCDEF98765"},
	},
	{
		"securPharm 2.03, 5.2: the elements one by one, GS1, with a web address",
		"]d201041500375286432112345ABCDEF98765\x1d1012345ABCD\x1d172106308200http://Beispiel.de",
		Code{GTIN: "04150037528643", PZN: "03752864", Batch: "12345ABCD", Expiry: day(2021, 6, 30), Serial: "12345ABCDEF98765"},
	},
	{
		"securPharm 2.03, 5.3.2: a pack for several countries, GS1",
		"]d20108701234567896211234567890ABCD\x1d101234AB\x1d1721060071012345678\x1d71191234567",
		Code{GTIN: "08701234567896", PZN: "12345678", National: []National{{"711", "91234567"}}, Batch: "1234AB", Expiry: day(2021, 6, 0), Serial: "1234567890ABCD"},
	},
	{
		"securPharm 2.03, 5.3.3: a pack for several countries, IFA",
		"[)>\x1e06\x1d9N111234567842\x1dS1234567890ABCD\x1d1T1234AB\x1dD210600\x1d8P08701234567896\x1d8P03400912345676\x1e\x04",
		Code{GTIN: "08701234567896", PZN: "12345678", PPN: "111234567842", Batch: "1234AB", Expiry: day(2021, 6, 0), Serial: "1234567890ABCD"},
	},
}

func TestTheStandardsExamplesAreRead(t *testing.T) {
	for _, e := range examples {
		got, err := Read(scan.Finding{Symbology: scan.DataMatrix, Text: e.text})
		if err != nil || !reflect.DeepEqual(got, e.want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", e.source, got, err, e.want)
		}
	}
}

func TestTheOrderAndTheCarrierDoNotMatter(t *testing.T) {
	want := Code{GTIN: "04150037528643", PZN: "03752864", Batch: "LH4711-B", Expiry: day(2028, 8, 31), Serial: "K7Q2M9XW41", Made: day(2025, 9, 1)}
	const gtin, exp, made = "0104150037528643", "17280831", "11250901"
	for claim, text := range map[string]string{
		"as EU guidance has it":              "]d2" + gtin + exp + made + "10LH4711-B\x1d21K7Q2M9XW41",
		"batch last":                         "]d2" + gtin + "21K7Q2M9XW41\x1d" + made + exp + "10LH4711-B",
		"dates first":                        "]d2" + exp + made + gtin + "10LH4711-B\x1d21K7Q2M9XW41",
		"a separator at the end":             "]d2" + gtin + exp + made + "10LH4711-B\x1d21K7Q2M9XW41\x1d",
		"separators where none is needed":    "]d2" + gtin + "\x1d" + exp + "\x1d" + made + "\x1d10LH4711-B\x1d21K7Q2M9XW41",
		"a decoder that leaves FNC1 at head": "]d2\x1d" + gtin + exp + made + "10LH4711-B\x1d21K7Q2M9XW41",
		"FNC1 instead of an identifier":      "\x1d" + gtin + exp + made + "10LH4711-B\x1d21K7Q2M9XW41",
		"neither, but separators":            gtin + exp + made + "10LH4711-B\x1d21K7Q2M9XW41",
		"a QR code":                          "]Q3" + gtin + exp + made + "10LH4711-B\x1d21K7Q2M9XW41",
		"GS1-128":                            "]C1" + gtin + exp + made + "10LH4711-B\x1d21K7Q2M9XW41",
		"GS1 DataBar":                        "]e0" + gtin + exp + made + "10LH4711-B\x1d21K7Q2M9XW41",
		"the same element twice":             "]d2" + gtin + exp + exp + made + "10LH4711-B\x1d21K7Q2M9XW41",
		"a weight, a variant, a country":     "]d2" + gtin + "3103000125" + "2001" + "422276\x1d" + exp + made + "10LH4711-B\x1d21K7Q2M9XW41",
		"its PZN once more":                  "]d2" + gtin + exp + made + "10LH4711-B\x1d21K7Q2M9XW41\x1d71003752864",
		"printed":                            "(01)04150037528643(17)280831(11)250901(10)LH4711-B(21)K7Q2M9XW41",
		"printed with spaces":                "(01) 0415 0037 5286 43 (17) 28 08 31 (11) 250901 (10) LH4711-B (21) K7Q2M9XW41 ",
	} {
		got, err := Read(scan.Finding{Symbology: scan.DataMatrix, Text: text})
		if strings.HasPrefix(claim, "printed") {
			got, err = Parse(text)
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", claim, got, err)
		}
	}
}

func TestWhatIsTypedIsRead(t *testing.T) {
	zero := Code{PZN: "03752864"}
	for text, want := range map[string]Code{
		"03752864":                        zero,
		"3752864":                         zero, // seven digits, from before 2013
		"PZN 03752864":                    zero,
		"PZN-03752864":                    zero,
		"pzn: 0375 2864":                  zero,
		"-03752864":                       zero, // as the bars have it
		" 03752864\u00a0\n":               zero,
		"12345678":                        {PZN: "12345678"},
		"PC: 110375286414":                {PZN: "03752864", PPN: "110375286414"},
		"111234567842":                    {PZN: "12345678", PPN: "111234567842"},
		"04150037528643":                  {GTIN: "04150037528643", PZN: "03752864"},
		"4150123456782":                   {GTIN: "04150123456782", PZN: "12345678"},
		"GTIN 9506 0001 34352":            {GTIN: "09506000134352"},
		"]A0-03752864":                    zero,
		"]E04150123456782":                {GTIN: "04150123456782", PZN: "12345678"},
		"0104150037528643":                {GTIN: "04150037528643", PZN: "03752864"},
		"010415003752864317280831":        {GTIN: "04150037528643", PZN: "03752864", Expiry: day(2028, 8, 31)},
		"(10)A(B)C(17)280831":             {Batch: "A(B)C", Expiry: day(2028, 8, 31)},
		"(01)09506000134352(711)123(21)1": {GTIN: "09506000134352", National: []National{{"711", "123"}}, Serial: "1"},
	} {
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestBarsAreReadByTheirKind(t *testing.T) {
	for _, tt := range []struct {
		f    scan.Finding
		want error
	}{
		{scan.Finding{Symbology: scan.Code39, Text: "-03752864"}, nil},
		{scan.Finding{Symbology: scan.Code39, Text: "03752864"}, ErrNotMedicine}, // any digits can stand in Code 39
		{scan.Finding{Symbology: scan.Code39, Text: "-0375286A"}, ErrNotMedicine},
		{scan.Finding{Symbology: scan.EAN13, Text: "4150037528643"}, nil},
		{scan.Finding{Symbology: scan.EAN13, Text: "4150037528644"}, ErrCheck},
		{scan.Finding{Symbology: scan.QR, Text: "https://example.org/03752864"}, ErrNotMedicine},
		{scan.Finding{Symbology: scan.DataMatrix, Text: "03752864"}, ErrNotMedicine},
		{scan.Finding{Symbology: scan.Code128, Text: "]C10104150037528643"}, nil},
		{scan.Finding{Symbology: scan.Code128, Text: "4150037528643"}, ErrNotMedicine},
	} {
		if _, err := Read(tt.f); !errors.Is(err, tt.want) {
			t.Errorf("%v: %v, want %v", tt.f, err, tt.want)
		}
	}
}

func TestEachFaultIsToldByItsName(t *testing.T) {
	const ok = "]d20104150037528643"
	for _, tt := range []struct {
		fault, text string
		want        error
	}{
		{"nothing", "", ErrNotMedicine},
		{"words", "Hello", ErrNotMedicine},
		{"a few digits", "4711", ErrNotMedicine},
		{"a link", "https://example.org/01/04150037528643", ErrNotMedicine},
		{"longer than any pack's", "]d2" + strings.Repeat("9", 600), ErrNotMedicine},
		{"an identifier that nobody gave out", ok + "05123", ErrNotMedicine},
		{"letters for an identifier", ok + "1710", ErrCut},
		{"a parcel's label", "]C100006141411234567890", ErrNotMedicine},

		{"GTIN with a wrong check digit", "]d20104150037528644", ErrCheck},
		{"NTIN with a wrong PZN in it", "]d20104150037528650", ErrCheck},
		{"PZN with a wrong check digit", "03752865", ErrCheck},
		{"PZN whose check would be 10", "00000020", ErrCheck},
		{"PPN with wrong check digits", "[)>\x1e06\x1d9N110375286415\x1e\x04", ErrCheck},
		{"PPN with a wrong PZN in it", "[)>\x1e06\x1d9N110375286525\x1e\x04", ErrCheck},
		{"8P with a wrong check digit", "[)>\x1e06\x1d8P08701234567890\x1e\x04", ErrCheck},
		{"a wrong national PZN", ok + "71003752865", ErrCheck},

		{"GTIN cut short", "]d2010415003752864", ErrCut},
		{"a date cut short", ok + "172808", ErrCut},
		{"half an identifier", ok + "1", ErrCut},
		{"half of a long identifier", ok + "71", ErrCut},
		{"a batch of nothing", ok + "10", ErrCut},
		{"a batch of nothing before another", ok + "10\x1d17280831", ErrCut},
		{"two separators", ok + "10A\x1d\x1d17280831", ErrCut},
		{"an envelope without its end", "[)>\x1e06\x1d9N110375286414", ErrCut},
		{"an envelope's head alone", "[)>\x1e06", ErrCut},
		{"an envelope of nothing", "[)>\x1e06\x1d\x1e\x04", ErrCut},
		{"an element without data", "[)>\x1e06\x1d9N110375286414\x1d1T\x1e\x04", ErrCut},
		{"PZN of six digits", "PZN 375286", ErrCut},
		{"GTIN of eleven digits", "41500375286", ErrCut},

		{"month 13", ok + "17281331", ErrDate},
		{"month 0", ok + "17280031", ErrDate},
		{"30 February", ok + "17280230", ErrDate},
		{"29 February of a year that has none", ok + "17270229", ErrDate},
		{"letters for a date", ok + "1728O831", ErrDate},
		{"IFA's date with day 32", "[)>\x1e06\x1dD280832\x1e\x04", ErrDate},
		{"IFA's date of eight digits", "[)>\x1e06\x1dD20280831\x1e\x04", ErrDate},
		{"day of production of six digits", "[)>\x1e06\x1d16D250901\x1e\x04", ErrDate},

		{"a batch of 21", ok + "10" + strings.Repeat("A", 21), ErrText},
		{"a batch with a space", ok + "10LH 4711", ErrText},
		{"a batch with an umlaut", ok + "10LÄ", ErrText},
		{"a batch with a control character", ok + "10LH\x1e", ErrText},
		{"a serial number with a brace", ok + "21{", ErrText},
		{"letters in a GTIN", "]d2010415003752864A", ErrText},
		{"PPN in small letters", "PPN abcde", ErrText},
		{"PPN of a PZN with nine digits", "[)>\x1e06\x1d9N1103752864008\x1e\x04", ErrText},
		{"a printed date with too many digits", "(01)04150037528643(17)2808311", ErrText},

		{"separators lost", "01041500375286431728083110LH4711-B21K7Q2M9XW41", ErrUnclear},
		{"two batches", ok + "10A\x1d10B", ErrUnclear},
		{"two dates", ok + "1728083117280930", ErrUnclear},
		{"a PZN that is not that of the NTIN", ok + "71012345678", ErrUnclear},
		{"PPN and NTIN of two articles", "[)>\x1e06\x1d9N110375286414\x1d8P04150123456782\x1e\x04", ErrUnclear},
		{"two PPN", "[)>\x1e06\x1d9N110375286414\x1d9N111234567842\x1e\x04", ErrUnclear},
	} {
		c, err := Parse(tt.text)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.fault, err, tt.want)
		}
		if err != nil && !reflect.DeepEqual(c, Code{}) {
			t.Errorf("%s: refused, and yet %+v", tt.fault, c)
		}
	}
}

func TestAnArticleHasOneName(t *testing.T) {
	for text, want := range map[string]string{
		"]d20104150037528643":             "pzn.03752864",
		"[)>\x1e06\x1d9N110375286414\x1e": "pzn.03752864",
		"-03752864":                       "pzn.03752864",
		"9506000134352":                   "gtin.09506000134352",
		"(711)91234567":                   "711.91234567",
		"(10)LH4711":                      "",
	} {
		c, err := Parse(text)
		if err != nil || c.Article() != want {
			t.Errorf("%q: %q, %v", text, c.Article(), err)
		}
	}
}

// spelled writes a code as GS1 elements, as far as these can say it.
func spelled(c Code) string {
	s := "]d2"
	if c.GTIN != "" {
		s += "01" + c.GTIN
	}
	yymmdd := func(d diary.Date) string {
		t := strings.ReplaceAll(d.String(), "-", "")[2:]
		return (t + "00")[:6]
	}
	if !c.Expiry.IsZero() {
		s += "17" + yymmdd(c.Expiry)
	}
	if !c.Made.IsZero() {
		s += "11" + yymmdd(c.Made)
	}
	for _, e := range append([]National{{"10", c.Batch}, {"21", c.Serial}, {"710", c.PZN}}, c.National...) {
		if e.Number != "" {
			s += e.AI + e.Number + gs
		}
	}
	return s
}

func FuzzParse(f *testing.F) {
	for _, e := range examples {
		f.Add(e.text)
	}
	f.Add("(01)04150037528643(17)280831(11)250901(10)LH4711-B(21)K7Q2M9XW41")
	f.Add("PZN 0375 2864")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Parse(s)
		if err != nil {
			return
		}
		if c.PZN != "" && !mod11(c.PZN) || c.GTIN != "" && !mod10(c.GTIN) || c.PPN != "" && !mod97(c.PPN) {
			t.Errorf("%q: a number with a wrong check digit in %+v", s, c)
		}
		if c.Made.Year >= 2100 || c.Made.Year != 0 && c.Made.Year < 2000 {
			return // 16D has four digits for the year, AI 11 two
		}
		again, err := Read(scan.Finding{Symbology: scan.DataMatrix, Text: spelled(c)})
		again.PPN = c.PPN
		if c.GTIN == "" && c.PZN == "" && len(c.National) == 0 && c.Batch == "" {
			return // a PPN of another country
		}
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Errorf("%q is %+v, and written again %+v, %v", s, c, again, err)
		}
	})
}
