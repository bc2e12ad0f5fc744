package screen

import (
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/calendar"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// Reminders without a push service: while the page is open, and by a file for
// the person's own calendar.

// foreseen is how far ahead doses are known after the vault has been locked.
const foreseen = 14 * 24 * time.Hour

// A bell knows when doses are due and nothing else of them: it goes on ringing
// while the vault is locked.
type bell struct {
	on    bool        // the person asked for notes
	leave view.Leave  // of the browser
	times []time.Time // when doses that are still open are due
	stand string      // how they stand; another is another drawing
	told  time.Time   // up to when was told what is due
	count int         // on the app's icon
	known int         // records of the diary that times come from
}

// due counts the doses whose time has come.
func (b *bell) due(now time.Time) (n int) {
	for _, t := range b.times {
		if !t.After(now) {
			n++
		}
	}
	return n
}

// foresee reads the times from the diary.
func (g *Guide) foresee(l app.Look) {
	b := &g.bell
	d := l.Diary()
	b.times, b.stand, b.known = nil, "", d.Len()
	if l.Role() == app.Centre || mourned(l) {
		return
	}
	now := diary.MomentOf(g.local(g.now()))
	for _, x := range d.Doses(now.Ms-31*24*time.Hour.Milliseconds(), now.Ms+foreseen.Milliseconds(), now) {
		b.stand += x.State.Key()
		if x.State.Open() {
			b.times = append(b.times, g.onWall(x.Due.Wall()))
		}
	}
}

// onWall is when the person's clock shows that time of that day.
func (g *Guide) onWall(d diary.Date, minute int) time.Time {
	wall := time.Date(int(d.Year), time.Month(d.Month), int(d.Day), 0, minute, 0, 0, time.UTC)
	// The offset of that moment, not of now: twice, for the days on which it changes.
	off := g.env.Zone(wall)
	return wall.Add(-g.env.Zone(wall.Add(-off)))
}

// ring looks at the clock: it draws anew what has become due and tells a person
// who does not look at the screen.
func (g *Guide) ring() {
	if g.second || g.busy != 0 {
		return
	}
	b := &g.bell
	before := b.stand
	if g.open {
		g.env.Client.Look(g.foresee)
	}
	now := g.now()
	due := b.due(now)
	fresh := false
	for _, t := range b.times {
		fresh = fresh || t.After(b.told) && !t.After(now)
	}
	if fresh && !b.told.IsZero() {
		switch {
		case g.open && g.hidden.IsZero():
			g.env.Page.Command("say", "text", g.lang.T(lang.RemindersDue))
		case b.on && b.leave == view.LeaveGiven:
			g.env.Page.Command("notify", "text", g.lang.T(lang.RemindersNote))
		}
	}
	b.told = now
	if !b.on {
		due = 0
	}
	if due != b.count {
		b.count = due
		g.env.Page.Command("badge", "n", strconv.Itoa(due))
	}
	if g.open && (fresh || b.stand != before) {
		g.draw()
	}
}

// leave takes what the browser says about notes.
func (g *Guide) leave(state string) {
	b := &g.bell
	b.leave = map[string]view.Leave{"granted": view.LeaveGiven, "denied": view.LeaveDenied, "default": view.LeaveUnasked}[state]
	if state == "" {
		b.leave = view.LeaveNone
	}
}

func (g *Guide) remindersAct(act string, f map[string]string) bool {
	switch act {
	case view.ActGoReminders:
		g.into(place{name: atReminders})
		g.env.Page.Command("remind")
	case view.ActRemindOn:
		g.bell.on = true
		g.saveLook()
		g.env.Page.Command("remind", "ask", "yes")
	case view.ActRemindOff:
		g.bell.on = false
		g.saveLook()
	case view.ActCalendar:
		g.calendarFile(diary.Clean(f[view.FieldWord], false), int(number(f[view.FieldBefore])))
	case view.ActCalendarOut:
		g.calendarOut(f[view.FieldForm] == "all")
	default:
		return false
	}
	return true
}

func (g *Guide) remindersScreen(l app.Look, f view.Frame) view.Screen {
	f.Place = view.PlaceSettings
	m := view.Reminders{Frame: f, On: g.bell.on, Leave: g.bell.leave, Word: g.lang.T(lang.CalendarWordDefault), Problems: g.problems}
	in, gone := g.appointments(l, "", 0)
	m.Planned, m.Gone = len(in) > 0, len(gone) > 0
	return m
}

// calendarFile offers the planned times as a file.
func (g *Guide) calendarFile(word string, before int) {
	g.problems = nil
	if word == "" {
		g.bad(view.FieldWord, lang.ProblemEmpty)
		return
	}
	var events []calendar.Event
	g.env.Client.Look(func(l app.Look) { events, _ = g.appointments(l, word, before) })
	if len(events) == 0 {
		return
	}
	g.env.Page.Download(g.lang.T(lang.CalendarFile)+".ics", "text/calendar", calendar.File(events, g.now()))
	g.say(lang.NoticeCalendar)
}

// calendarOut offers a file that takes out of a calendar what is not in the plan
// any more, or all that files of this diary can have brought there.
func (g *Guide) calendarOut(all bool) {
	g.problems = nil
	var events []calendar.Event
	g.env.Client.Look(func(l app.Look) {
		in, gone := g.appointments(l, g.lang.T(lang.CalendarWordDefault), -1)
		if events = gone; all {
			events = append(events, in...)
		}
	})
	if len(events) == 0 {
		return
	}
	g.env.Page.Download(g.lang.T(lang.CalendarOutFile)+".ics", "text/calendar", calendar.Cancel(events, g.now()))
	g.say(lang.NoticeCalendarOut)
}

// appointments are those of the plan from today on, and those that a file may have
// brought into a calendar before and that are none any more. Which files were saved
// nobody keeps. A version of a plan is named by how many of the same plan stood
// before it in the file, and each of its times by its place among them.
func (g *Guide) appointments(l app.Look, word string, before int) (in, gone []calendar.Event) {
	now := diary.MomentOf(g.local(g.now()))
	event := calendar.Event{Summary: word, Alarm: before, Sequence: calendar.Sequence(g.now())}
	uid := func(plan diary.ID, phase, i int) string {
		return calendar.UID(l.OwnID(), plan.String(), strconv.Itoa(phase), strconv.Itoa(i))
	}
	stays := make(map[string]bool)
	var last diary.ID
	phase := 0
	for _, t := range l.Diary().Terms(now) {
		if phase++; t.ID != last {
			last, phase = t.ID, 0
		}
		for _, e := range calendar.Plan(t.Plan, t.From, t.Until, event, func(i int) string { return uid(t.ID, phase, i) }) {
			stays[e.UID] = true
			in = append(in, e)
		}
	}
	for _, it := range l.Diary().Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindPlan}, Retracted: true}) {
		versions, times := 0, 0
		for _, v := range l.Diary().History(it.ID) {
			if p, ok := v.Entry.(*diary.Plan); ok {
				versions++
				if n := len(p.Schedule.Times); n > 0 {
					times = max(times, n)
					event.First, event.Minute = p.From, int(p.Schedule.Times[0])
				}
			}
		}
		for n := range versions * times {
			if event.UID = uid(it.ID, n/times, n%times); !stays[event.UID] {
				gone = append(gone, event)
			}
		}
	}
	return in, gone
}

// lookText is what is kept in the open: language, theme, and whether to remind.
func (g *Guide) lookText() string {
	s := g.lang.Tag() + "," + [...]string{"", "light", "dark"}[g.theme]
	if g.bell.on {
		s += ",remind"
	}
	return s
}

// loadBell reads the last part of lookText.
func (g *Guide) loadBell(rest string) {
	if _, remind, _ := strings.Cut(rest, ","); remind == "remind" {
		g.bell.on = true
		g.env.Page.Command("remind")
	}
}
