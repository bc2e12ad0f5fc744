// Package calendar writes appointments that come again as a calendar file after
// RFC 5545, which every calendar reads.
//
// A calendar is often kept by somebody else, and shown on a locked screen. So
// the file says when and, in words that the person chooses, that there is
// something; it has no place for what it is. Its identifiers are hashes: the
// same file again replaces what it brought before, and nobody can tell from
// them which entry of which diary they stand for.
//
// Times are floating, as on the wall wherever the person is (RFC 5545, 3.3.5): a
// dose at seven is at seven abroad, too, and when the clocks change.
package calendar

import (
	"strconv"
	"time"
	"unicode/utf8"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/seal"
)

// An Event is an appointment on a day and, by its rhythm, on days after it.
type Event struct {
	UID      string         // see UID
	Sequence int            // grows with each change
	Summary  string         // what a calendar shows
	First    diary.Date     // must be a day of the rhythm
	Minute   int            // of the day
	Every    int            // days; 0: by Weekdays
	Weekdays diary.Weekdays // with Every 0
	Until    diary.Date     // the last day; zero: for ever
	Alarm    int            // minutes before; negative: none
}

// UID is an identifier for the parts: always the same, and without a way back.
// It has the form of a UUID of version 8 (RFC 7986, 5.3; RFC 9562, 5.8).
func UID(parts ...string) string {
	list := make([][]byte, len(parts))
	for i, p := range parts {
		list[i] = []byte(p)
	}
	hash := seal.Hash(seal.LabelAppointment, list...)
	sum := hash[:16]
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	const digits = "0123456789abcdef"
	var out []byte
	for i, b := range sum {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, digits[b>>4], digits[b&15])
	}
	return string(out)
}

// length of an appointment, minutes.
const length = 15

// File is the calendar of these events, written at a time.
func File(events []Event, at time.Time) []byte {
	w := new(writer)
	w.begin()
	for _, e := range events {
		w.event(e, stampOf(at))
	}
	w.line("END:VCALENDAR")
	return w.b
}

// Cancel is the file that takes these events out of a calendar again (RFC 5546,
// 3.2.5). Some calendars take a file for a change, whatever it says: for these
// each event is put on its first day alone, without a reminder.
func Cancel(events []Event, at time.Time) []byte {
	w := new(writer)
	w.begin()
	w.line("METHOD:CANCEL")
	for _, e := range events {
		w.line("BEGIN:VEVENT")
		w.head(e, stampOf(at))
		w.line("SUMMARY:" + text(e.Summary))
		w.line("ORGANIZER:invalid:nomail") // there must be one, and there is nobody to name
		w.line("STATUS:CANCELLED")
		w.line("END:VEVENT")
	}
	w.line("END:VCALENDAR")
	return w.b
}

// Sequence is the number of a version of an event that is written at a time: the
// seconds of 2026 and of the years after it. The same file again, with another word
// or on another day, is a later version, and what takes it out is later still.
func Sequence(at time.Time) int {
	return int(min(max(at.Unix()-1767225600, 0), 1<<31-1))
}

func stampOf(at time.Time) string { return at.UTC().Format("20060102T150405Z") }

type writer struct{ b []byte }

func (w *writer) begin() {
	w.line("BEGIN:VCALENDAR")
	w.line("VERSION:2.0")
	w.line("PRODID:-//Calendar file//1//EN")
	w.line("CALSCALE:GREGORIAN")
}

// line ends a content line, folded so that no line is longer than 75 octets and
// no letter is cut (3.1).
func (w *writer) line(s string) {
	for most := 75; len(s) > most; most = 74 {
		n := most
		for !utf8.RuneStart(s[n]) {
			n--
		}
		w.b = append(append(w.b, s[:n]...), "\r\n "...)
		s = s[n:]
	}
	w.b = append(append(w.b, s...), "\r\n"...)
}

// head is what every version of an event has.
func (w *writer) head(e Event, stamp string) {
	w.line("UID:" + text(e.UID))
	w.line("DTSTAMP:" + stamp)
	w.line("SEQUENCE:" + strconv.Itoa(e.Sequence))
	w.line("DTSTART:" + moment(e.First, e.Minute))
	w.line("DURATION:PT" + strconv.Itoa(length) + "M")
}

func (w *writer) event(e Event, stamp string) {
	w.line("BEGIN:VEVENT")
	w.head(e, stamp)
	w.line("RRULE:" + e.rule())
	w.line("SUMMARY:" + text(e.Summary))
	w.line("CLASS:PRIVATE")
	w.line("TRANSP:TRANSPARENT")
	if e.Alarm >= 0 {
		w.line("BEGIN:VALARM")
		w.line("ACTION:DISPLAY")
		w.line("DESCRIPTION:" + text(e.Summary))
		w.line("TRIGGER:-PT" + strconv.Itoa(e.Alarm) + "M")
		w.line("END:VALARM")
	}
	w.line("END:VEVENT")
}

// rule is when the event comes again (3.3.10).
func (e Event) rule() string {
	s := "FREQ=DAILY;INTERVAL=" + strconv.Itoa(e.Every)
	if e.Every == 0 {
		s = "FREQ=WEEKLY;WKST=MO;BYDAY="
		for d, name := range [...]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"} {
			if e.Weekdays.Has(d) {
				if s[len(s)-1] != '=' {
					s += ","
				}
				s += name
			}
		}
	}
	if !e.Until.IsZero() {
		// Of the same kind as DTSTART, so without a zone.
		s += ";UNTIL=" + moment(e.Until, e.Minute)
	}
	return s
}

func moment(d diary.Date, minute int) string {
	s := d.String()
	return s[:4] + s[5:7] + s[8:10] + "T" + two(minute/60) + two(minute%60) + "00"
}

func two(n int) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) }

// text escapes (3.3.11) and leaves out what is no letter.
func text(s string) string {
	var b []byte
	for _, r := range s {
		switch {
		case r == '\n':
			b = append(b, `\n`...)
		case r < ' ' || r == 0x7f:
		case r == '\\' || r == ';' || r == ',':
			b = append(b, '\\', byte(r))
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

// Plan lists the events of one version of a plan on the days from from on: one
// for each time of the day. It is nil if there are none.
func Plan(p *diary.Plan, from, until diary.Date, event Event, uid func(i int) string) []Event {
	days := p.Upcoming(from, 1)
	if len(days) == 0 || !until.IsZero() && until.Before(days[0]) {
		return nil
	}
	event.First, event.Until = days[0], until
	event.Every, event.Weekdays = int(p.Schedule.EveryDays), p.Schedule.Weekdays
	var out []Event
	for i, t := range p.Schedule.Times {
		event.Minute, event.UID = int(t), uid(i)
		out = append(out, event)
	}
	return out
}
