package view

import (
	"strconv"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// The calendar shows each day as a sign: a dot for a dose, a struck ring for one
// not given, a ring for one that nobody wrote about, a drop for a bleed, a drop
// with a dot for both. Days of which the diary knows nothing are blank. Weeks are
// columns; thirteen of them are a block, so that a phone has four below each other.

const (
	cell       = 16 // units of a day
	heatLeft   = 22 // for the days of the week
	heatTop    = 14 // for the months
	blockWeeks = 13
)

// daySign is what a day shows.
type daySign uint8

const (
	signNone daySign = iota
	signNothing
	signGiven
	signNotGiven
	signMissed
	signBled
	signBoth
	daySigns
)

func signOf(d diary.DayMark) daySign {
	switch {
	case d.Bleeds > 0 && d.Given > 0:
		return signBoth
	case d.Bleeds > 0:
		return signBled
	case d.Given > 0:
		return signGiven
	case d.NotGiven > 0:
		return signNotGiven
	case d.Missed > 0 && d.Observed:
		return signMissed
	case d.Observed:
		return signNothing
	}
	return signNone
}

// strokes are the paths that a sign is drawn with, by class, in order.
var strokes = [daySigns][]string{
	signNothing:  {"d-nothing"},
	signGiven:    {"d-given"},
	signNotGiven: {"d-ring", "d-strike"},
	signMissed:   {"d-ring"},
	signBled:     {"d-drop"},
	signBoth:     {"d-drop", "d-core"},
}

// shape adds the shape of a class around the middle of a cell.
func (p *path) shape(class string, x, y float64) {
	round := func(r float64) {
		p.to('M', x-r, y)
		for _, by := range [...]float64{2 * r, -2 * r} {
			p.b = append(p.b, 'a')
			p.num(r).b = append(p.b, ' ')
			p.num(r).b = append(p.b, " 0 1 0 "...)
			p.num(by).b = append(p.b, " 0"...)
		}
		p.b = append(p.b, 'z')
	}
	switch class {
	case "d-nothing":
		round(1)
	case "d-given":
		round(4.5)
	case "d-ring":
		round(4)
	case "d-core":
		round(2)
		return
	case "d-strike":
		p.line(x-5, y+5, x+5, y-5)
	case "d-drop":
		p.to('M', x, y-7)
		p.b = append(p.b, "c2.8 3.4 4.8 5.600 4.8 8.400a4.8 4.8 0 0 1-9.600 0c0-2.800 2-5 4.8-8.400z"...)
	}
}

// classes are all classes of strokes in the order in which they are drawn.
var classes = [...]string{"d-nothing", "d-given", "d-ring", "d-strike", "d-drop", "d-core"}

// calendar draws the days, which begin on a Monday.
func (b Base) calendar(days []diary.DayMark) node.Node {
	box := node.Div(node.Class("heat"))
	for len(days) > 0 {
		n := min(len(days), 7*blockWeeks)
		box = box.With(b.block(days[:n]))
		days = days[n:]
	}
	return box
}

func (b Base) block(days []diary.DayMark) node.Node {
	svg := node.SVG(node.Class("heat-block"), node.ViewBox("0 0 "+strconv.Itoa(heatLeft+blockWeeks*cell)+" "+strconv.Itoa(heatTop+7*cell)),
		node.Aria("hidden", "true"), node.Set("focusable", "false"))
	word := func(x, y int, s string) node.Node {
		return node.SVGText(node.Num("x", float64(x)), node.Num("y", float64(y)), node.Text(s))
	}
	for i := range 7 {
		if i%2 == 0 {
			svg = svg.With(word(0, heatTop+i*cell+12, b.Lang.WeekdayShort(monday.AddDate(0, 0, i))[:2]))
		}
	}
	paths := make(map[string]*path)
	named := -3 // the column of the last month's name
	for i, d := range days {
		// A month's name stands over its first day; at the left edge only if it has room.
		if at := d.Date; (at.Day == 1 || i == 0 && at.Day < 15) && i/7-named >= 3 {
			named = i / 7
			svg = svg.With(word(heatLeft+named*cell, 9, b.Lang.MonthShort(at.Time())))
		}
		x, y := float64(heatLeft+i/7*cell)+cell/2, float64(heatTop+i%7*cell)+cell/2
		for _, class := range strokes[signOf(d)] {
			if paths[class] == nil {
				paths[class] = new(path)
			}
			at := y
			if class == "d-core" {
				at++
			}
			paths[class].shape(class, x, at)
		}
	}
	for _, class := range classes {
		if p := paths[class]; p != nil {
			svg = svg.With(node.Path(node.Class(class), node.D(p.String())))
		}
	}
	return svg
}

// monday is any Monday.
var monday = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// calendarLegend explains the signs.
func (b Base) calendarLegend() node.Node {
	list := node.Ul(node.Class("signs"), node.Aria("hidden", "true"))
	for s, k := range [daySigns]lang.Key{signGiven: lang.HeatGiven, signNotGiven: lang.HeatNotGiven, signMissed: lang.HeatMissed, signBled: lang.HeatBled, signBoth: lang.HeatBoth} {
		if k == 0 {
			continue
		}
		svg := node.SVG(node.ViewBox("0 0 16 16"), node.Width("20"), node.Height("20"), node.Aria("hidden", "true"), node.Set("focusable", "false"))
		for _, class := range strokes[s] {
			p := new(path)
			at := 8.0
			if class == "d-core" {
				at++
			}
			p.shape(class, 8, at)
			svg = svg.With(node.Path(node.Class(class), node.D(p.String())))
		}
		list = list.With(node.Li(svg, node.Span(b.t(k))))
	}
	return list
}

// calendarChart is the calendar with its words and its table: a row for each
// month that names the days.
func (b Base) calendarChart(days []diary.DayMark) node.Node {
	l := b.Lang
	c := chart{Base: b, id: "calendar", axis: l.T(lang.HeatAxis), plot: b.calendar(days), legend: b.calendarLegend(),
		table: table{heads: []string{l.T(lang.ChartMonth), l.T(lang.HeatGiven), l.T(lang.HeatNotGiven), l.T(lang.HeatMissed), l.T(lang.HeatBled)}}}
	given, bled, not, missed := 0, 0, 0, 0
	var row []string
	month := uint8(0)
	note := func(column int, d diary.DayMark, on bool, count *int) {
		if !on {
			return
		}
		*count++
		if row[column] != "" {
			row[column] += ", "
		}
		row[column] += strconv.Itoa(int(d.Date.Day))
	}
	finish := func() {
		for i := range row {
			if row[i] == "" {
				row[i] = l.T(lang.ChartNothing)
			}
		}
		if row != nil {
			c.table.rows = append(c.table.rows, row)
		}
	}
	for _, d := range days {
		if d.Date.Month != month {
			finish()
			month = d.Date.Month
			row = make([]string, 5)
			row[0] = l.MonthYear(d.Date.Time())
		}
		note(1, d, d.Given > 0, &given)
		note(2, d, d.NotGiven > 0, &not)
		note(3, d, d.Missed > 0 && d.Observed, &missed)
		note(4, d, d.Bleeds > 0, &bled)
	}
	finish()
	c.finding = l.T(lang.HeatFinding, "given", l.N(lang.HeatDays, given), "bled", l.N(lang.HeatDays, bled))
	if bled == 0 {
		c.finding = l.T(lang.HeatFindingNoBleed, "given", l.N(lang.HeatDays, given))
	}
	c.said = l.T(lang.HeatSaid, "given", l.N(lang.HeatDays, given), "not", l.N(lang.HeatDays, not), "missed", l.N(lang.HeatDays, missed), "bled", l.N(lang.HeatDays, bled))
	return c.draw()
}
