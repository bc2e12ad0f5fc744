package screen

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
	"vialog/wasm/internal/worklist"
)

// The list of patients with the columns that a person chose.

const atColumns placeName = atCohort + 1

// columns are those of the list.
func (g *Guide) columns() []int {
	if g.chosen == nil {
		return view.UsualColumns
	}
	return g.chosen
}

// finds tells whether a row is what the list is narrowed to: by name and note,
// and by what its columns say.
func (g *Guide) finds(b view.Base, r view.PatientRow) bool {
	want := strings.ToLower(strings.TrimSpace(g.find))
	if want == "" || strings.Contains(strings.ToLower(r.Pseudonym+" "+r.CaseNote), want) {
		return true
	}
	return slices.ContainsFunc(g.columns(), func(c int) bool { return strings.Contains(strings.ToLower(b.PatientText(r, c)), want) })
}

func (g *Guide) patients(l app.Look, f view.Frame) view.Screen {
	g.bringList(l)
	m := view.Patients{Frame: f, CentreName: l.Name(), Find: g.find, Only: g.only, Order: g.sorted, Columns: g.columns()}
	now := diary.MomentOf(f.Now)
	g.work.drawn = g.now()
	var all []view.PatientRow
	diaries := make(map[string]*diary.Diary)
	for _, p := range l.Patients() {
		row, _ := g.rows.inTime(l, p.N, p.Diary, now)
		row.ID, row.Pseudonym, row.CaseNote = strconv.Itoa(int(p.N)), p.Pseudonym, p.Note
		if p.Parting != nil {
			row.State, row.Bleeding, row.Unread = view.PatientLeft, false, 0
		}
		if row.Restricted = p.Restricted; row.Restricted {
			if row.State == view.PatientQuiet {
				row.State = view.PatientActive // nobody can tell
			}
		} else {
			diaries[row.ID] = p.Diary
		}
		all = append(all, row)
	}
	for _, p := range l.FormerPatients() {
		all = append(all, view.PatientRow{Pseudonym: p.Pseudonym, CaseNote: p.Note, State: view.PatientLeft})
	}
	m.Total = len(all)
	if slices.Contains(m.Columns, view.ColumnWork) || slices.Contains(m.Columns, view.ColumnCheck) {
		putWork(all, l, now)
	}
	figures := slices.ContainsFunc(m.Columns, view.ColumnFigures)
	var missing []uint32
	everybody := figures && (strings.TrimSpace(g.find) != "" || view.ColumnFigures(g.sorted.Column))
	if everybody {
		missing = g.rows.attach(all, diaries, now, g.lang)
	}
	for _, row := range all {
		if !g.finds(m.Base, row) {
			continue
		}
		for o := range m.Each {
			if view.Only(o).Has(row) {
				m.Each[o]++
			}
		}
		if g.only.Has(row) {
			m.Rows = append(m.Rows, row)
		}
	}
	arrange.By(m.Rows, func(a, b view.PatientRow) int { return comparePatients(g.sorted, a, b) })
	m.Match = len(m.Rows)
	m.Rows = m.Rows[:min(m.Match, max(g.at.shown, pageSize))]
	if figures && !everybody {
		missing = g.rows.attach(m.Rows, diaries, now, g.lang)
	}
	if m.Missing = len(missing); m.Missing > 0 {
		g.countRows(missing, now)
	}
	for _, i := range l.Invites() {
		st := inviteState(i)
		if i.Kind != join.Patient || st == view.InviteUsed || st == view.InviteRevoked || st == view.InviteExpired && g.now().Sub(i.Expires) > 7*24*time.Hour {
			continue
		}
		m.Invites = append(m.Invites, view.InviteRow{ID: hex.EncodeToString(i.ID[:]), CaseNote: i.Note, State: st, Expires: g.local(i.Expires)})
	}
	return m
}

// putWork counts the open items of each patient, and says whose year is to be checked.
func putWork(all []view.PatientRow, l app.Look, now diary.Moment) {
	open, due := make(map[string]int), make(map[string]int)
	for _, w := range l.Work(now) {
		id := strconv.Itoa(int(w.N))
		open[id]++
		if w.Kind == worklist.YearlyCheck {
			due[id] = int(number(w.What))
		}
	}
	for i := range all {
		all[i].Work, all[i].CheckDue = open[all[i].ID], due[all[i].ID]
	}
}

// comparePatients orders rows by a column; of those alike in it, who needs
// somebody comes first. What is empty is last either way.
func comparePatients(o view.Order, a, b view.PatientRow) int {
	urgent := cmp.Or(-cmpBool(a.Bleeding, b.Bleeding), -cmpBool(a.Unread > 0, b.Unread > 0))
	latest := b.Last.Compare(a.Last)
	af, bf := a.Figures, b.Figures
	none := new(view.PatientFigures)
	af, bf = cmp.Or(af, none), cmp.Or(bf, none)
	c, known := 0, func(x, y bool) bool { return x == y }
	lacks := 0 // who has no value is last
	put := func(x, y bool, by int) {
		switch {
		case !known(x, y):
			lacks = first(x)
		case x:
			c = by
		}
	}
	text := func(x, y string) { put(x != "", y != "", strings.Compare(strings.ToLower(x), strings.ToLower(y))) }
	rate := func(x, y diary.Rate) {
		v, ok := x.PerYear()
		w, ok2 := y.PerYear()
		put(ok, ok2, cmp.Compare(v, w))
	}
	switch o.Column {
	case view.ColumnState:
		c = urgent
	case view.ColumnWho:
		c = strings.Compare(a.Pseudonym, b.Pseudonym)
	case view.ColumnNote:
		text(a.CaseNote, b.CaseNote)
	case view.ColumnLast:
		put(!a.Last.IsZero(), !b.Last.IsZero(), -latest)
	case view.ColumnNews:
		c = cmp.Compare(a.Unread, b.Unread)
	case view.ColumnDiagnosis:
		put(af.Diagnosis != 0, bf.Diagnosis != 0, cmp.Compare(af.Diagnosis, bf.Diagnosis))
	case view.ColumnSeverity:
		put(af.Severity != 0, bf.Severity != 0, cmp.Compare(af.Severity, bf.Severity))
	case view.ColumnProduct:
		text(af.Product, bf.Product)
	case view.ColumnPlan:
		text(af.Plan, bf.Plan)
	case view.ColumnABR:
		rate(af.ABR, bf.ABR)
	case view.ColumnAJBR:
		rate(af.AJBR, bf.AJBR)
	case view.ColumnTargets:
		put(a.Figures != nil, b.Figures != nil, cmp.Compare(af.Targets, bf.Targets))
	case view.ColumnLastBleed:
		put(!af.LastBleed.IsZero(), !bf.LastBleed.IsZero(), cmp.Compare(af.LastBleed.Ms, bf.LastBleed.Ms))
	case view.ColumnAdherence:
		v, ok := af.Doses.Number()
		w, ok2 := bf.Doses.Number()
		put(ok, ok2, cmp.Compare(v, w))
	case view.ColumnStock:
		put(af.Stocked, bf.Stocked, cmp.Compare(af.StockDays, bf.StockDays))
	case view.ColumnWork:
		c = cmp.Compare(a.Work, b.Work)
	case view.ColumnCheck:
		put(a.CheckDue != 0, b.CheckDue != 0, cmp.Compare(a.CheckDue, b.CheckDue))
	}
	if o.Down {
		c = -c
	}
	return cmp.Or(lacks, c, urgent, latest)
}

// cmpBool puts false before true.
func cmpBool(a, b bool) int {
	if a == b {
		return 0
	}
	return -first(a)
}

func first(yes bool) int {
	if yes {
		return -1
	}
	return 1
}

// columnsScreen is where columns are chosen.
func (g *Guide) columnsScreen(l app.Look, f view.Frame) view.Screen {
	if g.at.name != atColumns || l.Role() != app.Centre {
		return nil
	}
	g.bringList(l)
	f.Place = view.PlacePatients
	return view.ColumnsForm{Frame: f, Chosen: g.columns()}
}

func (g *Guide) columnsAct(e node.Event, f map[string]string) bool {
	g.env.Client.Look(g.bringList)
	list := slices.Clone(g.columns())
	c, _ := view.PatientColumn(f[view.FieldColumn])
	at := slices.Index(list, c)
	switch e.Act {
	case view.ActColumns:
		g.into(place{name: atColumns})
		return true
	case view.ActColumnShow:
		if c == view.ColumnWho {
			return true
		}
		if at >= 0 {
			list = slices.Delete(list, at, at+1)
		} else {
			list = append(list, c)
		}
	case view.ActColumnUp:
		if at <= 0 {
			return true
		}
		list[at-1], list[at] = list[at], list[at-1]
	case view.ActColumnDown:
		if at < 0 || at == len(list)-1 {
			return true
		}
		list[at+1], list[at] = list[at], list[at+1]
	case view.ActColumnsReset:
		list = nil
	default:
		return false
	}
	if e.Act != view.ActColumnsReset {
		// The button is in the other list now, or further up or down.
		g.focus = "column-" + strings.TrimPrefix(e.Act, "columns.") + "-" + strconv.Itoa(c)
		g.aloud = func(s view.Screen) string {
			if m, ok := s.(view.ColumnsForm); ok {
				return m.Placed(c)
			}
			return ""
		}
	}
	g.choose(list)
	return true
}

// choose takes columns for the list and keeps them; nil: the usual ones.
func (g *Guide) choose(list []int) {
	g.chosen = list
	if !slices.Contains(g.columns(), g.sorted.Column) && g.sorted.Column != view.ColumnWho {
		g.sorted = view.Order{}
	}
	g.keepList()
}

// keepList keeps how the list is shown now. It is told to the person's other
// browsers when they leave the list.
func (g *Guide) keepList() {
	g.listed = packList(g.chosen, g.sorted, g.only)
	if g.env.Client.KeepChoice(g.ctx, g.listed) != nil {
		g.notice = &view.Notice{Key: lang.NoticeStorage, Bad: true}
	}
}

// tellList tells the person's other browsers how the list is shown here. What
// cannot be told now stays kept, and is told the next time.
func (g *Guide) tellList() { g.env.Client.TellChoice(g.ctx) }

// onList tells whether a place is the list or where its columns are chosen.
func onList(p place) bool { return p.name == atPatients || p.name == atColumns }

// bringList takes over how the list is to be shown if that was chosen in another
// browser, or here before the vault was locked.
func (g *Guide) bringList(l app.Look) {
	if raw := l.Choice(); !bytes.Equal(raw, g.listed) {
		g.listed = bytes.Clone(raw)
		g.chosen, g.sorted, g.only = parseList(raw)
	}
}

// The first byte of a view of the list, which package app seals. A byte for each
// column follows; from the second version on after what narrows and orders it.
const (
	listColumns = 1
	listVersion = 2
)

// packList writes a view; chosen nil: the usual columns.
func packList(chosen []int, o view.Order, only view.Only) []byte {
	if chosen == nil && o == (view.Order{}) && only == view.OnlyAll {
		return nil
	}
	one := func(yes bool) byte {
		if yes {
			return 1
		}
		return 0
	}
	raw := []byte{listVersion, byte(only), byte(o.Column), one(o.Down), one(chosen != nil)}
	for _, c := range chosen {
		raw = append(raw, byte(c))
	}
	return raw
}

// parseList reads what packList writes, and what was written before. What is of
// a later version is the usual view.
func parseList(raw []byte) (chosen []int, o view.Order, only view.Only) {
	if len(raw) == 0 {
		return nil, o, only
	}
	version, rest := raw[0], raw[1:]
	switch {
	case version == listColumns:
		rest = append([]byte{0, 0, 0, 1}, rest...)
	case version != listVersion || len(rest) < 4:
		return nil, o, only
	}
	if rest[0] >= byte(view.Onlys) || rest[2] > 1 || rest[3] > 1 || rest[3] == 0 && len(rest) > 4 {
		return nil, o, only
	}
	if rest[3] == 1 {
		chosen = make([]int, 0, len(rest)-4)
		for _, c := range rest[4:] {
			chosen = append(chosen, int(c))
		}
	}
	by := int(rest[1])
	shown := chosen
	if shown == nil {
		shown = view.UsualColumns
	}
	if !view.GoodColumns(chosen) || by != view.ColumnState && by != view.ColumnWho && !slices.Contains(shown, by) {
		return nil, o, only
	}
	return chosen, view.Order{Column: by, Down: rest[2] == 1}, view.Only(rest[0])
}
