package calendar

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vialog/wasm/internal/diary"
)

// A component is what stands between BEGIN and END.
type component struct {
	name  string
	props map[string]string
	parts []component
}

// parse reads a calendar as strictly as RFC 5545 asks of those who write.
func parse(raw string) (component, error) {
	if !utf8.ValidString(raw) || !strings.HasSuffix(raw, "\r\n") || strings.Contains(strings.ReplaceAll(raw, "\r\n", ""), "\n") || strings.Contains(strings.ReplaceAll(raw, "\r\n", ""), "\r") {
		return component{}, errors.New("lines end with CRLF, and the text is UTF-8")
	}
	var lines []string
	for _, l := range strings.Split(strings.TrimSuffix(raw, "\r\n"), "\r\n") {
		switch {
		case len(l) > 75:
			return component{}, fmt.Errorf("a line of %d octets", len(l))
		case !utf8.ValidString(l):
			return component{}, errors.New("a letter was cut")
		case l == "":
			return component{}, errors.New("an empty line")
		case l[0] == ' ' && len(lines) > 0:
			lines[len(lines)-1] += l[1:]
		default:
			lines = append(lines, l)
		}
	}
	c, rest, err := parseComponent(lines)
	if err == nil && len(rest) > 0 {
		err = errors.New("something follows")
	}
	return c, err
}

func parseComponent(lines []string) (c component, rest []string, err error) {
	name, ok := strings.CutPrefix(lines[0], "BEGIN:")
	if !ok {
		return c, nil, fmt.Errorf("%q begins nothing", lines[0])
	}
	c = component{name: name, props: make(map[string]string)}
	for lines = lines[1:]; len(lines) > 0; {
		l := lines[0]
		switch {
		case l == "END:"+name:
			return c, lines[1:], nil
		case strings.HasPrefix(l, "BEGIN:"):
			var p component
			if p, lines, err = parseComponent(lines); err != nil {
				return c, nil, err
			}
			c.parts = append(c.parts, p)
			continue
		}
		key, value, ok := strings.Cut(l, ":")
		if !ok || key == "" || strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
			return c, nil, fmt.Errorf("%q is no property", l)
		}
		if _, twice := c.props[key]; twice {
			return c, nil, errors.New(key + " stands twice")
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return c, nil, errors.New("a control character")
		}
		c.props[key] = value
		lines = lines[1:]
	}
	return c, nil, errors.New(name + " does not end")
}

// plain undoes the escapes of a text, and refuses a bare sign.
func plain(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == ';' || s[i] == ',':
			return "", errors.New("a bare " + s[i:i+1])
		case s[i] != '\\':
			b.WriteByte(s[i])
		case i+1 == len(s) || !strings.ContainsRune(`\;,nN`, rune(s[i+1])):
			return "", errors.New("an unknown escape")
		default:
			i++
			b.WriteString(strings.NewReplacer("n", "\n", "N", "\n").Replace(s[i : i+1]))
		}
	}
	return b.String(), nil
}

const local = "20060102T150405"

// expand lists the first most times of an event.
func expand(start, rule string, most int) ([]string, error) {
	at, err := time.Parse(local, start)
	if err != nil {
		return nil, err
	}
	r := make(map[string]string)
	for _, part := range strings.Split(rule, ";") {
		k, v, ok := strings.Cut(part, "=")
		if _, twice := r[k]; !ok || v == "" || twice {
			return nil, fmt.Errorf("rule part %q", part)
		}
		r[k] = v
	}
	known := map[string]bool{"FREQ": true, "INTERVAL": true, "BYDAY": true, "WKST": true, "UNTIL": true}
	for k := range r {
		if !known[k] {
			return nil, errors.New("rule part " + k)
		}
	}
	until := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if u, ok := r["UNTIL"]; ok {
		if until, err = time.Parse(local, strings.TrimSuffix(u, "Z")); err != nil {
			return nil, err
		}
	}
	interval := 1
	if n, ok := r["INTERVAL"]; ok {
		if interval, err = strconv.Atoi(n); err != nil || interval < 1 {
			return nil, errors.New("interval " + n)
		}
	}
	var out []string
	switch r["FREQ"] {
	case "DAILY":
		for ; !at.After(until) && len(out) < most; at = at.AddDate(0, 0, interval) {
			out = append(out, at.Format(local))
		}
	case "WEEKLY":
		names := []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}
		days := strings.Split(r["BYDAY"], ",")
		for _, d := range days {
			if !slices.Contains(names, d) {
				return nil, errors.New("day " + d)
			}
		}
		if !slices.Contains(days, names[at.Weekday()]) {
			return nil, errors.New("the first day is none of the days")
		}
		for ; !at.After(until) && len(out) < most; at = at.AddDate(0, 0, 1) {
			if slices.Contains(days, names[at.Weekday()]) {
				out = append(out, at.Format(local))
			}
		}
	default:
		return nil, errors.New("frequency " + r["FREQ"])
	}
	return out, nil
}

var stamp = time.Date(2026, 11, 23, 17, 43, 0, 0, time.FixedZone("CET", 3600))

func weekly() Event {
	return Event{
		UID: UID("a"), Summary: "Termin", First: diary.Date{Year: 2026, Month: 11, Day: 25}, Minute: 7 * 60, Weekdays: diary.WeekdaysOf(0, 2, 4), Alarm: 30,
	}
}

func TestACalendarSaysWhatItSaysInTheWayOfTheStandard(t *testing.T) {
	e := weekly()
	daily := Event{UID: UID("b"), Sequence: 2, Summary: "a; b, c\\d\ne", First: diary.Date{Year: 2026, Month: 2, Day: 28}, Minute: 23*60 + 59, Every: 14, Until: diary.Date{Year: 2026, Month: 12, Day: 31}, Alarm: -1}
	raw := string(File([]Event{e, daily}, stamp))
	c, err := parse(raw)
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	if c.name != "VCALENDAR" || c.props["VERSION"] != "2.0" || c.props["PRODID"] == "" || len(c.parts) != 2 || c.props["METHOD"] != "" {
		t.Errorf("%+v", c)
	}
	first, second := c.parts[0], c.parts[1]
	for k, v := range map[string]string{"DTSTAMP": "20261123T164300Z", "DTSTART": "20261125T070000", "RRULE": "FREQ=WEEKLY;WKST=MO;BYDAY=MO,WE,FR", "SUMMARY": "Termin", "SEQUENCE": "0", "CLASS": "PRIVATE"} {
		if first.props[k] != v {
			t.Errorf("%s is %q, want %q", k, first.props[k], v)
		}
	}
	if len(first.parts) != 1 || first.parts[0].name != "VALARM" || first.parts[0].props["TRIGGER"] != "-PT30M" || first.parts[0].props["ACTION"] != "DISPLAY" || first.parts[0].props["DESCRIPTION"] != "Termin" {
		t.Errorf("alarm %+v", first.parts)
	}
	if got, err := plain(second.props["SUMMARY"]); err != nil || got != daily.Summary {
		t.Errorf("%q becomes %q, %v", second.props["SUMMARY"], got, err)
	}
	if second.props["RRULE"] != "FREQ=DAILY;INTERVAL=14;UNTIL=20261231T235900" || len(second.parts) != 0 {
		t.Errorf("%+v", second)
	}
	if first.props["UID"] == second.props["UID"] {
		t.Error("one identifier for two events")
	}
}

// What takes an event out names it as the file did that brought it, is later than
// that, and leaves nothing that reminds or comes again where a calendar takes it for
// a change. Nothing in it says more than that file.
func TestWhatIsTakenOutIsNamedAsItWasAndRemindsNoMore(t *testing.T) {
	long := weekly()
	long.UID, long.Summary = UID("c"), strings.Repeat("Spaß, Übung; ", 20)+"\\\n"
	for _, in := range []Event{weekly(), long} {
		in.Sequence = Sequence(stamp)
		out := in
		later := stamp.Add(time.Second)
		out.Sequence = Sequence(later)
		raw := string(Cancel([]Event{out, {UID: UID("b"), Summary: "x", First: in.First, Sequence: out.Sequence}}, later))
		c, err := parse(raw)
		if err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		before, err := parse(string(File([]Event{in}, stamp)))
		if err != nil {
			t.Fatal(err)
		}
		if c.props["METHOD"] != "CANCEL" || c.props["VERSION"] != "2.0" || len(c.parts) != 2 {
			t.Fatalf("%+v", c)
		}
		was, is := before.parts[0].props, c.parts[0].props
		for k, v := range is {
			switch k {
			case "SEQUENCE":
				a, _ := strconv.Atoi(was[k])
				if b, err := strconv.Atoi(v); err != nil || b <= a {
					t.Errorf("%s after %s", v, was[k])
				}
			case "DTSTAMP":
				if v <= was[k] {
					t.Errorf("%s after %s", v, was[k])
				}
			case "STATUS", "ORGANIZER": // of the act itself
			default:
				if v != was[k] {
					t.Errorf("%s is %q and was %q", k, v, was[k])
				}
			}
		}
		if is["STATUS"] != "CANCELLED" || is["UID"] == "" || is["DTSTART"] == "" || is["ORGANIZER"] == "" || is["RRULE"] != "" || len(c.parts[0].parts) != 0 {
			t.Errorf("%+v", c.parts[0])
		}
		if got, err := plain(is["SUMMARY"]); err != nil || got != in.Summary {
			t.Errorf("%q, %v", got, err)
		}
	}
	// Clocks before 2026 and in centuries still give a number that is one (3.3.8).
	for _, at := range []time.Time{time.Unix(0, 0), time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if n := Sequence(at); n < 0 || n > 1<<31-1 {
			t.Error(n)
		}
	}
}

// The examples of RFC 5545, 3.8.5.3, with the dates that it lists: they test the
// reader of this test, and the writer with it.
func TestTheExamplesOfTheStandard(t *testing.T) {
	for _, c := range []struct {
		rule string
		e    Event
		want string
	}{
		{"FREQ=DAILY;INTERVAL=2", Event{Every: 2}, "0902 0904 0906 0908"},
		{"FREQ=DAILY;INTERVAL=10", Event{Every: 10}, "0902 0912 0922 1002 1012"},
		{"FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", Event{Weekdays: diary.WeekdaysOf(1, 3), Until: diary.Date{Year: 1997, Month: 10, Day: 6}}, "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"},
	} {
		c.e.First, c.e.Minute = diary.Date{Year: 1997, Month: 9, Day: 2}, 9*60
		n := len(strings.Fields(c.want))
		for _, rule := range []string{c.rule, c.e.rule()} {
			most := n
			if c.e.Until.Year != 0 {
				most = 100
			}
			got, err := expand(moment(c.e.First, c.e.Minute), rule, most)
			var days []string
			for _, s := range got {
				days = append(days, s[4:8])
			}
			if err != nil || strings.Join(days, " ") != c.want {
				t.Errorf("%s: %v, %v, want %s", rule, days, err, c.want)
			}
		}
	}
}

// The calendar has the days of the plan, whatever the plan.
func TestTheDaysAreThoseOfThePlan(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5545))
	for range 500 {
		p := &diary.Plan{From: diary.Date{Year: 2026, Month: uint8(1 + rng.IntN(12)), Day: uint8(1 + rng.IntN(28))}}
		p.Schedule.Times = []uint16{uint16(rng.IntN(720)), uint16(720 + rng.IntN(720))}
		if rng.IntN(2) == 0 {
			p.Schedule.EveryDays = uint16(1 + rng.IntN(40))
		} else {
			p.Schedule.Weekdays = diary.Weekdays(1 + rng.IntN(127))
		}
		if rng.IntN(2) == 0 {
			p.Until = p.From.AddDays(rng.IntN(90))
		}
		from := p.From.AddDays(rng.IntN(60) - 30)
		want := p.Upcoming(from, 30)
		events := Plan(p, from, p.Until, Event{Summary: "x"}, func(i int) string { return UID("p", strconv.Itoa(i)) })
		if len(want) == 0 {
			if events != nil {
				t.Fatalf("%+v has no days and %d events", p, len(events))
			}
			continue
		}
		c, err := parse(string(File(events, stamp)))
		if err != nil || len(c.parts) != 2 {
			t.Fatalf("%+v: %v", p, err)
		}
		for i, part := range c.parts {
			got, err := expand(part.props["DTSTART"], part.props["RRULE"], 30)
			if err != nil || len(got) != len(want) {
				t.Fatalf("%+v from %s: %d days, %v, want %d", p, from, len(got), err, len(want))
			}
			for k := range got {
				if got[k] != moment(want[k], int(p.Schedule.Times[i])) {
					t.Fatalf("%+v: day %d is %s, want %s", p, k, got[k], want[k])
				}
			}
		}
	}
}

func TestLinesAreFoldedBetweenLetters(t *testing.T) {
	for n := range 200 {
		e := weekly()
		e.Summary = strings.Repeat("ä", n) + strings.Repeat("𝄞", n%7) + strings.Repeat("x", n%3)
		c, err := parse(string(File([]Event{e}, stamp)))
		if err != nil {
			t.Fatalf("%d letters: %v", n, err)
		}
		if got := c.parts[0].props["SUMMARY"]; got != e.Summary {
			t.Fatalf("%d letters become %q", n, got)
		}
	}
	// The standard's own example of a fold (3.1).
	c, err := parse("BEGIN:X\r\nDESCRIPTION:This is a lo\r\n ng description\r\n  that exists on a long line.\r\nEND:X\r\n")
	if err != nil || c.props["DESCRIPTION"] != "This is a long description that exists on a long line." {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestAnIdentifierIsStableAndTellsNothing(t *testing.T) {
	id := diary.ID{1, 2, 3}.String()
	a := UID("VK7-3QMW-9TXA", id, "0")
	if a != UID("VK7-3QMW-9TXA", id, "0") || a == UID("VK7-3QMW-9TXA", id, "1") || a == UID("VK7-3QMW-9TXAe", id[1:], "0") {
		t.Error("identifiers are not those of their parts")
	}
	if len(a) != 36 || a[14] != '8' || !strings.ContainsRune("89ab", rune(a[19])) || strings.Contains(a, "010203") {
		t.Error(a)
	}
	// Once given, never another: a calendar would keep both.
	if got := UID("a", "b"); got != "23840b19-61fc-80dd-9fb9-022e5a3b02fb" {
		t.Errorf("the identifier of a, b became %s", got)
	}
}

func TestTheFileIsAsItWas(t *testing.T) {
	const file = "testdata/weekly.ics"
	got := File([]Event{weekly()}, stamp)
	want, err := os.ReadFile(file)
	if err != nil || string(got) != string(want) {
		t.Errorf("%s differs (%v):\n%s", file, err, got)
	}
}

func TestTheReaderOfThisTestRefuses(t *testing.T) {
	for what, raw := range map[string]string{
		"a bare line feed":      "BEGIN:X\nEND:X\r\n",
		"a long line":           "BEGIN:X\r\nA:" + strings.Repeat("x", 74) + "\r\nEND:X\r\n",
		"a component left open": "BEGIN:X\r\nA:1\r\n",
		"a property twice":      "BEGIN:X\r\nA:1\r\nA:2\r\nEND:X\r\n",
		"what follows":          "BEGIN:X\r\nEND:X\r\nA:1\r\n",
	} {
		if _, err := parse(raw); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
}
