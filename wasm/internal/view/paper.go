package view

import (
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/papers"
)

// What is printed. The screen shows the same as the paper; what only the screen
// needs has the class "screen".

// paper is a sheet of paper with its head; controls stand above it.
func (f Frame) paper(key, class string, controls node.Node, title node.Node, body ...node.Item) node.Node {
	sheet := []node.Item{node.Class(strings.TrimSpace("card paper " + class)), title}
	return f.inside(page{key, true, "wide"},
		node.Div(node.Class("screen paper-tools"), controls, f.button(ActSheetPrint, "primary", lang.PapersPrint, iconPrint.draw(""))),
		node.Article(append(sheet, body...)...))
}

// head is the first heading of a paper and whose it is.
func (f Frame) paperHead(title node.Node, owner string, more ...node.Item) node.Node {
	return node.Div(node.Class("paper-head"), node.H1(title),
		node.P(append([]node.Item{node.Class("sub num"), f.t(lang.PaperDiary, "id", owner), node.Text(" · "), f.t(lang.PaperMade, "date", f.Lang.Date(f.Now))}, more...)...))
}

// A Cell is a value under its label.
type Cell struct {
	Label lang.Key
	Value string
}

// A VisitBleed is a bleed in the summary.
type VisitBleed struct {
	Start    time.Time
	Where    string
	Again    bool
	What     string // cause and severity
	Pain     string
	Doses    string
	Outcome  string
	Duration string // empty: it still goes on
}

// A VisitUse is what was used of one product.
type VisitUse struct {
	Product string
	Doses   int
	Bleed   int // of them for bleeds
	Sum     string
}

// A Line is something said, with when or by whom.
type Line struct {
	Head string
	Text string
}

// A StockLine is one lot at home.
type StockLine struct {
	Product, Batch, Expiry string
	Vials                  int
}

// VisitSummary is the summary for a visit to the centre.
type VisitSummary struct {
	Frame
	Owner    string
	Months   int
	From, To time.Time
	Facts    []Cell
	Figures  []Line // rates and shares, each with what it rests on
	Bleeds   []VisitBleed
	Places   []Line
	Uses     []VisitUse
	Plans    []Line
	Stock    []StockLine
	Measures []Line
	Effects  []Line // reactions to doses
	Talk     []Line
}

// VisitPeriods are the months that can be chosen.
var VisitPeriods = [...]int{1, 3, 6, 12, 24}

// section is a part of a paper, left out without content.
func (f Frame) part(title lang.Key, content ...node.Item) node.Node {
	return node.Section(append([]node.Item{node.Class("paper-part"), node.H2(f.t(title))}, content...)...)
}

func (f Frame) cells(list []Cell) node.Node {
	return node.Dl(node.Class("paper-facts"), node.Each(list, func(c Cell) node.Node { return f.fact(c.Label, node.Class("num"), node.Text(c.Value)) }))
}

func (f Frame) lines(list []Line) node.Node {
	return node.Dl(node.Class("paper-lines"), node.Each(list, func(x Line) node.Node {
		return node.Div(node.Dt(node.Text(x.Head)), node.Dd(node.Class("lines"), node.Text(x.Text)))
	}))
}

// sheet is a table on paper.
func (f Frame) sheet(title lang.Key, heads []lang.Key, rows node.Node) node.Node {
	return f.paperScroll(title,
		node.Thead(node.Tr(node.Each(heads, func(k lang.Key) node.Node { return node.Th(node.Scope("col"), f.t(k)) }))),
		node.Tbody(rows))
}

// paperScroll holds a table that a small screen may have to scroll: a keyboard
// reaches it too.
func (f Frame) paperScroll(title lang.Key, content ...node.Item) node.Node {
	return node.Div(node.Class("scroll paper-scroll"), node.Tabindex(0), node.Role("region"), node.Aria("label", f.Lang.T(title)),
		node.Table(append([]node.Item{node.Class("paper-table")}, content...)...))
}

func td(s string) node.Node  { return node.Td(node.Text(s)) }
func num(s string) node.Node { return node.Td(node.Class("num"), node.Text(s)) }

// Node draws the screen.
func (m VisitSummary) Node() node.Node {
	var periods []chip
	for _, n := range VisitPeriods {
		periods = append(periods, chip{"radio", FieldMonths, strconv.Itoa(n), m.Lang.N(lang.VisitMonths, n), n == m.Months, ""})
	}
	controls := form("visit-period", ActVisit, node.Live(ActVisit), field{Base: m.Base, name: FieldMonths, label: lang.VisitPeriod}.chips("", periods))
	body := []node.Item{m.part(lang.VisitShort, m.cells(m.Facts), node.If(len(m.Figures) > 0, m.lines(m.Figures)))}
	if len(m.Bleeds) == 0 {
		body = append(body, m.part(lang.VisitBleeds, m.p("", lang.VisitBleedsNone)))
	} else {
		body = append(body, m.part(lang.VisitBleeds, m.sheet(lang.VisitBleeds, []lang.Key{lang.FactWhen, lang.FactPlace, lang.FieldCauseName, lang.VisitPain, lang.VisitTreated, lang.VisitOutcome, lang.VisitDuration},
			node.Each(m.Bleeds, func(b VisitBleed) node.Node {
				where := node.Th(node.Scope("row"), node.Text(b.Where))
				if b.Again {
					where = where.With(node.Small(node.Text(" (" + m.Lang.T(lang.VisitRebleed) + ")")))
				}
				over := b.Duration
				if over == "" {
					over = m.Lang.T(lang.FactStillOpen)
				}
				return node.Tr(num(m.Lang.DateShort(b.Start)+" "+m.Lang.Clock(b.Start)), where, td(b.What), num(b.Pain), td(b.Doses), td(b.Outcome), td(over))
			}))))
	}
	if len(m.Places) > 0 {
		body = append(body, m.part(lang.VisitPlaces, m.lines(m.Places)))
	}
	if len(m.Uses) > 0 {
		body = append(body, m.part(lang.VisitUse, m.sheet(lang.VisitUse, []lang.Key{lang.FieldProductName, lang.VisitUseDoses, lang.VisitUseBleed, lang.VisitUseSum},
			node.Each(m.Uses, func(u VisitUse) node.Node {
				return node.Tr(node.Th(node.Scope("row"), node.Text(u.Product)), num(m.Lang.Int(u.Doses)), num(m.Lang.Int(u.Bleed)), num(u.Sum))
			}))))
	}
	if len(m.Effects) > 0 {
		body = append(body, m.part(lang.VisitReactions, m.lines(m.Effects)))
	}
	plans := m.p("", lang.PlanNone)
	if len(m.Plans) > 0 {
		plans = m.lines(m.Plans)
	}
	body = append(body, m.part(lang.PlanLabel, plans))
	if len(m.Measures) > 0 {
		body = append(body, m.part(lang.VisitMeasures, m.lines(m.Measures)))
	}
	if len(m.Stock) > 0 {
		body = append(body, m.part(lang.VisitStock, m.sheet(lang.VisitStock, []lang.Key{lang.FieldProductName, lang.VisitStockLot, lang.VisitStockExpiry, lang.VisitStockLeft},
			node.Each(m.Stock, func(s StockLine) node.Node {
				return node.Tr(node.Th(node.Scope("row"), node.Text(s.Product)), num(s.Batch), num(s.Expiry), num(m.Lang.Int(s.Vials)))
			}))))
	}
	if len(m.Talk) > 0 {
		body = append(body, m.part(lang.VisitTalk, m.lines(m.Talk)))
	}
	body = append(body, m.part(lang.VisitAsk, node.Div(node.Class("paper-blank"))))
	span := m.Lang.T(lang.PaperSpan, "from", m.Lang.Date(m.From), "to", m.Lang.Date(m.To))
	return m.paper("visit", "", controls, m.paperHead(m.t(lang.VisitTitle), m.Owner, node.Text(" · "+span)), body...)
}

// A YearLot is one lot of a dose.
type YearLot struct{ Packs, Batch, Expiry, PZN string }

// A YearDose is one line of the yearly record.
type YearDose struct {
	N         int
	At        time.Time
	Product   string
	Company   string
	Amount    string
	Lots      []YearLot
	Reason    string
	Why       string // not given
	Corrected string // when and why, last; empty: never
}

// YearRecord is the yearly record after section 14 (2) of the German Transfusion Act.
type YearRecord struct {
	Frame
	Owner   string
	Year    int
	Years   []int
	Doses   []YearDose
	Not     []YearDose // planned and not given
	Taken   []Line     // entries taken back
	Sums    []Line
	NoBatch int
}

// Node draws the screen.
func (m YearRecord) Node() node.Node {
	years := node.Each(m.Years, func(y int) node.Node { return option(strconv.Itoa(y), strconv.Itoa(y), strconv.Itoa(m.Year)) })
	controls := form("year-pick", ActYear, node.Live(ActYear), field{Base: m.Base, name: FieldYear, label: lang.YearPick}.pick(years))
	year := strconv.Itoa(m.Year)
	corrected := func(d YearDose) node.Node {
		if d.Corrected == "" {
			return node.Node{}
		}
		return node.Small(node.Class("paper-fix"), node.Text("* "+d.Corrected))
	}
	when := func(d YearDose) node.Node {
		return node.Td(node.Class("num whole"), node.Text(m.Lang.DateShort(d.At)+" "+m.Lang.Clock(d.At)))
	}
	body := []node.Item{m.p("sub", lang.YearLaw)}
	if len(m.Doses) == 0 {
		body = append(body, m.p("", lang.YearNone))
	} else {
		heads := []lang.Key{lang.YearNumber, lang.YearWhen, lang.YearProduct, lang.YearAmount, lang.YearStrength, lang.VisitStockLot, lang.VisitStockExpiry, lang.YearPZN, lang.YearReason}
		head := node.Thead(
			// Whose and of which year it is stands on every page.
			node.Tr(node.Class("paper-running"), node.Th(node.Set("colspan", strconv.Itoa(len(heads))), m.t(lang.PaperDiary, "id", m.Owner), node.Text(" · "), m.t(lang.YearOf, "year", year))),
			node.Tr(node.Each(heads, func(k lang.Key) node.Node { return node.Th(node.Scope("col"), m.t(k)) })))
		body = append(body, m.paperScroll(lang.YearTitle, head, node.Tbody(node.Each(m.Doses, func(d YearDose) node.Node {
			lots := func(f func(YearLot) string) node.Node {
				return node.Td(node.Class("num whole"), node.Each(d.Lots, func(x YearLot) node.Node {
					if s := f(x); s != "" {
						return node.P(node.Text(s))
					}
					return node.P(node.Text(nbsp)) // the lots of a line stand beside each other
				}))
			}
			batch := lots(func(x YearLot) string { return x.Batch })
			if len(d.Lots) == 0 {
				batch = node.Td(node.Strong(m.t(lang.YearNoBatch)))
			}
			return node.Tr(num(strconv.Itoa(d.N)), when(d),
				node.Th(node.Scope("row"), node.Text(d.Product), node.If(d.Company != "", node.Small(node.Text(", "+d.Company))), corrected(d)),
				node.Td(node.Class("num whole"), node.Text(d.Amount)), lots(func(x YearLot) string { return x.Packs }), batch, lots(func(x YearLot) string { return x.Expiry }), lots(func(x YearLot) string { return x.PZN }), td(d.Reason))
		}))))
		if m.NoBatch > 0 {
			body = append(body, node.P(node.Class("sub"), m.n(lang.YearMore, m.NoBatch)))
		}
		body = append(body, m.part(lang.YearSum, m.lines(m.Sums)))
	}
	if len(m.Not) > 0 {
		body = append(body, m.part(lang.YearNot, m.sheet(lang.YearNot, []lang.Key{lang.YearNumber, lang.YearWhen, lang.FieldProductName, lang.YearNotWhy},
			node.Each(m.Not, func(d YearDose) node.Node {
				return node.Tr(num(strconv.Itoa(d.N)), when(d), node.Th(node.Scope("row"), node.Text(d.Product), corrected(d)), td(d.Why))
			}))))
	}
	if len(m.Taken) > 0 {
		body = append(body, m.part(lang.YearTaken, m.lines(m.Taken)))
	}
	line := func(k lang.Key) node.Node { return node.Div(node.Class("paper-sign"), m.t(k)) }
	body = append(body, node.Section(node.Class("paper-part paper-keep"), node.H2(m.t(lang.YearSign)),
		node.Div(node.Class("paper-signs"), line(lang.YearSignDate), line(lang.YearSignName)),
		node.Div(node.Class("paper-signs"), line(lang.YearSignDate), line(lang.YearSignPatient))))
	return m.paper("year", "", controls, m.paperHead(m.t(lang.YearOf, "year", year), m.Owner), body...)
}

// An UrgentDose is a dose of the plan on the emergency sheet.
type UrgentDose struct {
	Product   string
	Substance string
	Milli     int64 // thousandths of the unit
	Unit      diary.Unit
	When      diary.Schedule
	Note      string
	Signed    string // the clinician; empty: an own plan
	From      time.Time
}

// A Telephone is whom to call.
type Telephone struct {
	Name, Phone, Emergency string
}

// Urgent is the emergency sheet: one page, with labels in one language or two.
type Urgent struct {
	Frame
	Owner    string
	Langs    []lang.Lang // one or two
	About    diary.About
	Doses    []UrgentDose // for a bleed
	Regular  []UrgentDose
	Phones   []Telephone
	Contacts string
	Empty    bool // the diary knows nothing of the patient
}

// UrgentBoth is the value of FieldLang for both languages.
const UrgentBoth = "both"

// both writes a text in the languages of the sheet.
func (m Urgent) both(of func(lang.Lang) string) node.Node {
	var out []node.Node
	for i, l := range m.Langs {
		s := of(l)
		if i == 1 && s == of(m.Langs[0]) {
			continue
		}
		span := node.Span(node.Lang(l.Tag()), node.Text(s))
		if i == 1 {
			span = span.With(node.Class("urgent-second"))
		}
		out = append(out, span)
	}
	return node.Group(out...)
}

func (m Urgent) text(k lang.Key, args ...string) node.Node {
	return m.both(func(l lang.Lang) string { return l.T(k, args...) })
}

// Node draws the screen.
func (m Urgent) Node() node.Node {
	chosen := UrgentBoth
	if len(m.Langs) == 1 {
		chosen = m.Langs[0].Tag()
	}
	var langs []chip
	for _, l := range lang.All {
		langs = append(langs, chip{"radio", FieldSheetLang, l.Tag(), l.Name(), l.Tag() == chosen, ""})
	}
	langs = append(langs, chip{"radio", FieldSheetLang, UrgentBoth, m.Lang.T(lang.UrgentBoth), chosen == UrgentBoth, ""})
	controls := node.Group(form("urgent-lang", ActUrgent, node.Live(ActUrgent), field{Base: m.Base, name: FieldSheetLang, label: lang.UrgentLangs}.chips("thirds", langs)))
	if m.Empty {
		controls = node.Group(controls, node.Div(node.Class("panel calm"), iconAlert.draw(""), node.Div(m.p("", lang.UrgentMissing), m.button(ActAbout, "", lang.AboutOpen))))
	}
	row := func(k lang.Key, value ...node.Item) node.Node {
		return node.Div(node.Class("urgent-row"), node.Dt(m.text(k)), node.Dd(value...))
	}
	said := func(list node.Node, k lang.Key, key string) node.Node {
		if strings.HasSuffix(key, ".unset") {
			return list
		}
		return list.With(row(k, m.both(func(l lang.Lang) string { return l.Label(key) })))
	}
	wrote := func(list node.Node, k lang.Key, s string) node.Node {
		if s == "" {
			return list
		}
		return list.With(row(k, node.Class("lines"), node.Text(s)))
	}
	dose := func(d UrgentDose, regular bool) node.Node {
		first := m.Langs[0]
		amount := first.Milli(d.Milli) + nbsp
		name := node.Text(d.Product)
		if d.Substance != "" {
			name = node.Group(name, node.Small(node.Text(" ("+d.Substance+")")))
		}
		box := node.Div(node.Class("urgent-dose"), node.P(node.Class("urgent-amount"), name, node.Text(": "), node.Strong(node.Text(amount),
			m.both(func(l lang.Lang) string { return l.Label(d.Unit.Key()) }))))
		if regular {
			box = box.With(node.P(m.both(func(l lang.Lang) string { return papers.Schedule(l, d.When) })))
		}
		if d.Note != "" {
			box = box.With(node.P(node.Class("lines"), node.Text(d.Note)))
		}
		return box.With(node.P(node.Class("sub"), m.both(func(l lang.Lang) string {
			if d.Signed == "" {
				return l.T(lang.UrgentOwnPlan, "date", l.DateShort(d.From))
			}
			return l.T(lang.UrgentSigned, "name", d.Signed, "date", l.DateShort(d.From))
		})))
	}
	list := node.Dl()
	list = said(list, lang.AboutDiagnosis, m.About.Diagnosis.Key())
	list = said(list, lang.AboutSeverity, m.About.Severity.Key())
	list = said(list, lang.AboutInhibitor, m.About.Inhibitor.Key())
	doses := node.P(m.text(lang.UrgentNoDose))
	if len(m.Doses) > 0 {
		doses = node.Group(node.Each(m.Doses, func(d UrgentDose) node.Node { return dose(d, false) }))
	}
	more := node.Dl()
	if len(m.Regular) > 0 {
		more = more.With(row(lang.UrgentRegular, node.Each(m.Regular, func(d UrgentDose) node.Node { return dose(d, true) })))
	}
	more = wrote(more, lang.AboutAllergies, m.About.Allergies)
	more = wrote(more, lang.AboutMedicines, m.About.Medicines)
	more = wrote(more, lang.UrgentNote, m.About.Note)
	calls := node.Dl()
	for _, p := range m.Phones {
		value := []node.Item{}
		if p.Phone != "" {
			value = append(value, node.P(node.Class("urgent-phone num"), node.Text(p.Phone)))
		}
		if p.Emergency != "" {
			value = append(value, node.P(node.Class("urgent-phone num"), node.Text(p.Emergency), node.Small(node.Text(" "), m.text(lang.UrgentNight))))
		}
		calls = calls.With(node.Div(node.Class("urgent-row"), node.Dt(node.Text(p.Name)), node.Dd(value...)))
	}
	calls = wrote(calls, lang.UrgentPeople, m.Contacts)
	blank := func(k lang.Key) node.Node {
		return node.Div(node.Class("urgent-blank"), node.Span(m.text(k)), node.Span(node.Class("urgent-rule")))
	}
	title := node.Div(node.Class("urgent-head"), node.H1(m.text(lang.UrgentTitle)), node.P(node.Class("urgent-what"), m.text(lang.UrgentHead)),
		node.P(node.Class("sub"), m.both(func(l lang.Lang) string { return l.T(lang.UrgentAsOf, "date", l.Date(m.Now)) }),
			node.Text(" · "+m.Lang.T(lang.PaperDiary, "id", m.Owner))))
	return m.paper("urgent", "urgent", controls, title,
		node.Div(node.Class("urgent-blanks"), blank(lang.UrgentName), blank(lang.UrgentBorn)),
		node.P(node.Class("hint screen"), m.t(lang.UrgentNameHint)),
		list,
		node.Section(node.Class("urgent-box"), node.H2(m.text(lang.UrgentDose)), doses),
		more,
		node.Section(node.Class("urgent-box"), node.H2(iconPhone.draw(""), m.text(lang.UrgentCall)), calls))
}
