package screen

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

func date(month, day uint8) diary.Date { return diary.Date{Year: 2026, Month: month, Day: day} }

func planOf(product diary.ProductID, every uint16, times ...uint16) *diary.Plan {
	return &diary.Plan{
		Product: product, Amount: diary.Units(150), Reason: diary.ReasonProphylaxis, From: date(11, 2), Clinician: "Dr. W.",
		Schedule: diary.Schedule{EveryDays: every, Times: times},
	}
}

func TestAPlanComesBackFromItsForm(t *testing.T) {
	for _, l := range lang.All {
		for what, want := range map[string]*diary.Plan{
			"every other day": planOf("fviii.advate", 2, 7*60),
			"twice a day":     planOf("nonfactor.hemlibra", 1, 7*60+30, 19*60),
			"on weekdays": {
				Product: "fviii.advate", Amount: 1_250_500, Reason: diary.ReasonImmuneTolerance, From: date(11, 2), Until: date(12, 31), Clinician: "Dr. Müller",
				Note: "two\nlines", Schedule: diary.Schedule{Weekdays: diary.WeekdaysOf(0, 2, 6), Times: []uint16{0, 23*60 + 59}},
			},
			"on demand": {Product: "fviii.advate", Amount: diary.Units(2000), Reason: diary.ReasonBleed, From: date(11, 2), Clinician: "Dr. W."},
		} {
			x := unlocked(t)
			x.lang = l
			fields := make(map[string]string)
			x.fillPlan(fields, want)
			x.form, x.problems = form{fields: fields, lots: max(1, len(want.Schedule.Times))}, nil
			got := new(diary.Plan)
			if x.typedPlan(got); len(x.problems) > 0 || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: it comes back as\n%+v, not\n%+v, with problems %v", what, l.Tag(), got, want, x.problems)
			}
		}
	}
}

// typed is the form as the page sends it, with some fields changed.
func (x *tab) typed(changes ...string) []string {
	f := make(map[string]string)
	for k, v := range x.form.fields {
		f[k] = v
	}
	for i := 0; i < len(changes); i += 2 {
		f[changes[i]] = changes[i+1]
	}
	var out []string
	for k, v := range f {
		out = append(out, k, v)
	}
	return out
}

func TestATemplateFillsTheFormButForTheDoseByWeight(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActGoPlan)
	x.shows("No plan is in force")
	x.press(view.ActPlanNew)
	x.shows("Own plan")
	x.shows("not signed by a centre")
	x.press(view.ActPlanShape, x.typed(view.FieldTemplate, "template.emicizumab.load")...)
	x.shows("Source: Hemlibra, US label")
	x.shows("No weight is recorded")
	x.hides("Use this amount")
	x.has(&diary.Measure{Taken: x.ago(48 * time.Hour), What: diary.MeasuredWeight, Value: 35_500})
	x.draw()
	x.shows("3 mg/kg × 35.5 kg = 106.5 mg")
	x.shows("Weight of 21\u00a0November 2026")
	x.shows("First doses: Mon\u00a023\u00a0November, Mon\u00a030\u00a0November, Mon\u00a07\u00a0December")
	if got := x.form.get(view.FieldAmount); got != "" {
		t.Fatalf("the amount was filled in without being asked for: %q", got)
	}
	if got := x.form.get(view.FieldUntil); got != "2026-12-20" {
		t.Errorf("four weekly doses from 23 November end on %s", got)
	}
	filled := x.form.get(fieldFilled)
	x.press(view.ActPlanSum, x.typed(view.FieldSum, "106.5")...)
	if x.form.get(view.FieldAmount) != "106.5" || x.form.get(fieldFilled) == filled {
		t.Errorf("the amount is %q", x.form.get(view.FieldAmount))
	}
	// What is typed after that stays when other fields change.
	x.press(view.ActPlanShape, x.typed(view.FieldAmount, "105", view.FieldEvery, "14")...)
	if x.form.get(view.FieldAmount) != "105" || x.form.get(view.FieldEvery) != "14" {
		t.Errorf("typed fields became %v", x.form.fields)
	}
}

func TestEveryTemplateMakesAPlanThatCanBeSigned(t *testing.T) {
	for _, tm := range diary.Templates {
		x := unlocked(t)
		x.press(view.ActPlanNew)
		x.press(view.ActPlanShape, x.typed(view.FieldTemplate, tm.Key)...)
		if x.form.get(view.FieldProduct) == "" {
			x.form.fields[view.FieldProduct] = "fviii.advate"
		}
		if x.form.get(view.FieldAmount) == "" {
			x.form.fields[view.FieldAmount] = "100"
		}
		p := new(diary.Plan)
		x.typedPlan(p)
		p.ID, p.Entered = diary.NewID(), x.ago(0)
		if err := p.Validate(x.ago(0), diary.Products); err != nil || len(x.problems) > 0 {
			t.Errorf("%s: %v, %v", tm.Key, err, x.problems)
		}
		if tm.Doses > 0 {
			if got := len(p.Upcoming(p.From, 100)); got != int(tm.Doses) {
				t.Errorf("%s has %d doses, want %d", tm.Key, got, tm.Doses)
			}
		}
	}
}

func TestWhatIsWrongWithAPlanIsSaidBesideItsFields(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActPlanNew)
	x.press(view.ActPlanSave, view.FieldFrom, "2026-11-23", view.FieldUntil, "2026-11-01", view.FieldAmount, "much", view.FieldRhythm, view.RhythmDays, view.FieldEvery, "0")
	for _, field := range []string{view.FieldProduct, view.FieldAmount, view.FieldReason, view.FieldEvery, view.FieldUntil} {
		if !x.has1(field) {
			t.Errorf("nothing is said beside %s: %v", field, x.problems)
		}
	}
	if x.has1(view.FieldTimes + "0") {
		t.Error("the times are blamed for the rhythm")
	}
	x.press(view.ActPlanSave, x.typed(view.FieldRhythm, view.RhythmWeek)...)
	if !x.has1(view.FieldWeekdays) {
		t.Errorf("no days: %v", x.problems)
	}
	x.press(view.ActPlanSave, x.typed(diary.WeekdayKey(2), "1")...)
	if !x.has1(view.FieldTimes + "0") {
		t.Errorf("no times: %v", x.problems)
	}
	// There is no home on this device: nothing is kept, and nothing typed is lost.
	x.press(view.ActPlanSave, x.typed(view.FieldProduct, "fviii.advate", view.FieldAmount, "1500", view.FieldReason, diary.ReasonProphylaxis.Key(),
		view.FieldUntil, "", view.FieldTimes+"0", "07:00")...)
	if len(x.problems) != 1 || x.problems[0].Key != lang.ProblemStorage || x.form.get(view.FieldAmount) != "1500" || x.at.name != atPlanForm {
		t.Errorf("problems %v at %d", x.problems, x.at.name)
	}
}

func TestABoxThatIsNoLongerTickedIsGone(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActPlanNew)
	x.press(view.ActPlanShape, view.FieldRhythm, view.RhythmWeek, diary.WeekdayKey(0), "1", diary.WeekdayKey(2), "1")
	x.press(view.ActPlanShape, view.FieldRhythm, view.RhythmWeek, diary.WeekdayKey(2), "1", view.FieldTimes+"0", "07:00")
	if s := x.schedule(true); s.Weekdays != diary.WeekdaysOf(2) {
		t.Errorf("the days are %b", s.Weekdays)
	}
}

func TestADraftOfAPlanBelongsToItsPatient(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActPlanNew)
	x.press(view.ActDraft, x.typed(view.FieldAmount, "1234")...)
	x.leaveForm()
	x.beginForm(atPlanForm, planKey(7, ""), map[string]string{})
	if x.form.get(view.FieldAmount) != "" {
		t.Error("the draft of one patient's plan came back at another's")
	}
	x.goTo(place{name: atToday})
	x.beginPlan(0, "")
	if x.form.get(view.FieldAmount) != "1234" {
		t.Error("the draft is gone")
	}
	if n, entry := splitPlan(planKey(7, "e_1")); n != 7 || entry != "e_1" {
		t.Error(n, entry)
	}
}

func TestAChangeKeepsTheRhythm(t *testing.T) {
	x := unlocked(t)
	p := planOf("nonfactor.hemlibra", 14, 18*60) // 2, 16, 30 November
	x.has(p)
	x.press(view.ActGoPlan)
	x.shows("Own plan, not signed by a centre")
	x.press(view.ActPlanEdit, view.FieldEntry, p.ID.String())
	x.shows("Change the plan")
	if got := x.form.get(view.FieldFrom); got != "2026-11-30" {
		t.Errorf("on 23 November the change counts from %s", got)
	}
	x.press(view.ActFormCancel)
	x.press(view.ActEntryCorrect, view.FieldEntry, p.ID.String())
	if x.at.name != atPlanForm {
		t.Errorf("correcting the entry of a plan leads to %d", x.at.name)
	}
}

func TestAPlanBesideAnotherIsPointedOut(t *testing.T) {
	x := unlocked(t)
	x.has(planOf("fviii.advate", 2, 7*60))
	x.press(view.ActGoPlan)
	x.press(view.ActPlanNew)
	x.press(view.ActPlanShape, x.typed(view.FieldProduct, "fviii.advate", view.FieldReason, diary.ReasonSurgery.Key())...)
	x.hides("Both count")
	x.press(view.ActPlanShape, x.typed(view.FieldReason, diary.ReasonProphylaxis.Key())...)
	x.shows("Advate 150 IU, every 2 days, 07:00. Both count")
}

func TestLookingIsNotReading(t *testing.T) {
	x := unlocked(t)
	id := x.said(planOf("nonfactor.hemlibra", 14, 18*60))
	unread := func() bool {
		unseen := false
		x.env.Client.Look(func(l app.Look) {
			it, _ := l.Diary().Get(id)
			unseen = l.Diary().Seen(it, diary.Patient) == diary.NotSeen
		})
		return unseen
	}
	x.press(view.ActGoToday)
	x.shows("Your centre has signed a plan that you have not confirmed yet")
	for _, act := range []string{view.ActGoPlan, view.ActGoDiary, view.ActGoCentre, view.ActGoToday} {
		x.press(act)
		x.seenHere()
	}
	x.press(view.ActEntryOpen, view.FieldEntry, id.String())
	x.seenHere()
	x.press(view.ActGoPlan)
	if x.shows("I have read it"); !unread() {
		t.Error("a plan that was looked at counts as read")
	}
	x.shows("Hemlibra")
	x.shows("every 2 weeks, 18:00")
	x.shows("Dr. W., signed by the centre on 23\u00a0November 2026")
	x.hides(view.ActPlanEdit)
}

func TestPlansAreListedByWhereTheyStand(t *testing.T) {
	x := unlocked(t)
	ended := planOf("fviii.advate", 2, 7*60)
	ended.Until = date(11, 20)
	ahead := planOf("fviii.elocta", 4, 7*60)
	ahead.From = date(12, 24)
	p := planOf("nonfactor.hemlibra", 14, 18*60)
	newer := planOf("nonfactor.hemlibra", 14, 18*60)
	newer.From, newer.Amount = date(12, 14), diary.Units(180)
	x.said(ended)
	x.said(ahead)
	newer.Supersedes, newer.Because = x.said(p), "more weight"
	x.watch = x.watch.Add(time.Minute)
	x.said(newer)
	x.press(view.ActGoPlan)
	x.shows("Ended")
	x.shows("Not yet in force")
	x.shows("A change is coming: Hemlibra 180 mg")
	x.shows("more weight")
	x.env.Client.Look(func(l app.Look) {
		b, _ := planBook(l, 0)
		var got []string
		for _, r := range x.regimens(l, b) {
			got = append(got, r.Product+" "+r.Amount)
		}
		if want := []string{"Hemlibra 150", "Elocta 150", "Advate 150"}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}

func TestTodaySaysOfEachDoseHowItStands(t *testing.T) {
	x := unlocked(t)                              // Monday, 23 November, 09:00
	x.said(planOf("nonfactor.hemlibra", 7, 3*60)) // today at three, due with a day's tolerance
	x.press(view.ActGoToday)
	x.shows("Due today, 03:00")
	x.watch = x.watch.Add(26 * time.Hour)
	x.press(view.ActGoToday)
	x.shows("Overdue since yesterday, 03:00")
	x.shows("Never two doses on one day")
	x.shows("Hemlibra, US label, 2024-02")
	x.watch = x.watch.Add(72 * time.Hour)
	x.press(view.ActGoToday)
	x.shows("Nothing recorded for Mon\u00a023\u00a0November, 03:00")
	x.shows("It was given")
	x.shows("Next dose Mon\u00a030\u00a0November, 03:00")
	x.has(&diary.Treatment{Taken: x.ago(time.Hour), Product: "nonfactor.hemlibra", Amount: diary.Units(150), Reason: diary.ReasonProphylaxis})
	x.press(view.ActGoToday)
	x.hides("Nothing recorded for")
}

// sent lists the commands of that name since the last time.
func (p *paper) sent(name string) (out []string) {
	for _, c := range p.commands {
		if c == name || strings.HasPrefix(c, name+" ") {
			out = append(out, c)
		}
	}
	p.commands = nil
	return out
}

func TestAReminderTellsNothingAndGoesOnAfterTheLock(t *testing.T) {
	disk := vault.NewMemory()
	x := open(t, disk, vault.NewSoftware())
	x.press(view.ActStartAlone)
	x.press(view.ActPassSave, view.FieldPassphrase, words)
	x.said(planOf("fviii.advate", 1, 11*60))
	x.press(view.ActGoReminders)
	x.shows("A closed browser cannot remind you")
	x.ring()
	x.page.sent("")

	// Not asked for: nothing but the banner.
	x.tell(node.Event{Kind: "hidden"})
	x.watch = x.watch.Add(2 * time.Hour) // 11:00, it is due
	x.ring()
	if n := x.page.sent("notify"); len(n) != 0 {
		t.Fatalf("%v without being asked for", n)
	}
	x.shows("A dose is due")
	x.tell(node.Event{Kind: "visible"})
	x.unlockAgain()
	x.said(planOf("fviii.advate", 1, 11*60)) // what the test put there was not in the vault

	x.press(view.ActGoReminders)
	x.press(view.ActRemindOn)
	if c := x.page.sent("remind"); !slices.Contains(c, "remind ask yes") {
		t.Fatalf("leave is asked for by %v", c)
	}
	x.tell(node.Event{Kind: "remind", Fields: map[string]string{"state": "granted"}})
	x.shows("This device reminds you")
	x.ring()
	if c := x.page.sent("badge"); len(c) != 1 || c[0] != "badge n 1" {
		t.Errorf("the icon gets %v", c)
	}
	// The next day, locked and in the background.
	x.tell(node.Event{Kind: "hidden"})
	x.lock(true)
	x.watch = x.watch.Add(23*time.Hour + 50*time.Minute)
	x.ring()
	if n := x.page.sent("notify"); len(n) != 0 {
		t.Errorf("too early: %v", n)
	}
	x.watch = x.watch.Add(10 * time.Minute)
	x.ring()
	x.ring()
	if n := x.page.sent("notify"); len(n) != 1 || n[0] != "notify text "+lang.English.T(lang.RemindersNote) {
		t.Errorf("notes: %v", n)
	}

	// Another start of the page remembers, and asks the browser anew.
	y := open(t, disk, vault.NewSoftware())
	if c := y.page.sent("remind"); !y.bell.on || len(c) != 1 || c[0] != "remind" {
		t.Errorf("after a start reminders are %v, asked by %v", y.bell.on, c)
	}
}

// unlockAgain opens a vault that has locked itself.
func (x *tab) unlockAgain() {
	x.t.Helper()
	if !x.open {
		x.press(view.ActUnlock, view.FieldPassphrase, words)
	}
}

func TestTheCalendarFileIsNeutral(t *testing.T) {
	for _, l := range lang.All {
		x := unlocked(t)
		x.lang = l
		x.said(planOf("nonfactor.hemlibra", 14, 18*60))
		x.said(&diary.Plan{Product: "fviii.advate", Amount: diary.Units(2000), Reason: diary.ReasonBleed, From: date(11, 2), Clinician: "Dr. W."})
		x.press(view.ActGoReminders)
		x.press(view.ActCalendar, view.FieldWord, l.T(lang.CalendarWordDefault), view.FieldBefore, "15")
		if len(x.page.files) != 1 {
			t.Fatalf("%d files, problems %v", len(x.page.files), x.problems)
		}
		file := x.page.files[0]
		for _, want := range []string{"SUMMARY:" + l.T(lang.CalendarWordDefault) + "\r\n", "DTSTART:20261130T180000\r\n", "RRULE:FREQ=DAILY;INTERVAL=14\r\n", "TRIGGER:-PT15M\r\n"} {
			if !strings.Contains(file, want) {
				t.Errorf("%q is not in\n%s", want, file)
			}
		}
		if n := strings.Count(file, "BEGIN:VEVENT"); n != 1 {
			t.Errorf("%d events", n)
		}
		// An identifier is digits and letters at random.
		said := regexp.MustCompile(`(?m)^UID:[0-9a-f-]{36}\r$`).ReplaceAllString(file, "")
		for _, word := range []string{"emlibra", "emicizumab", "dvate", "mg", "150", "ialog", "emophil", "ämophil", "Dr. W", "rophyla", "e_"} {
			if strings.Contains(said, word) {
				t.Errorf("the file says %q", word)
			}
		}
		x.press(view.ActCalendar, view.FieldWord, "Training", view.FieldBefore, "0")
		uid := func(s string) string { _, s, _ = strings.Cut(s, "UID:"); return s[:36] }
		if again := x.page.files[1]; uid(again) != uid(file) || !strings.Contains(again, "SUMMARY:Training\r\n") {
			t.Errorf("the second file is\n%s", again)
		}
		if x.press(view.ActCalendar, view.FieldWord, " "); !x.has1(view.FieldWord) || len(x.page.files) != 2 {
			t.Error("an appointment without a word")
		}
	}
}

// What a file may have brought into a calendar and is no longer planned is taken out
// by another: of a plan that has changed, that has ended, that was taken back, and
// all of it.
func TestACalendarIsToldWhatHasEnded(t *testing.T) {
	x := unlocked(t)
	uids := func(file string) (out []string) {
		for _, l := range strings.Split(file, "\r\n") {
			if id, ok := strings.CutPrefix(l, "UID:"); ok {
				out = append(out, id)
			}
		}
		slices.Sort(out)
		return out
	}
	save := func(act string, fields ...string) []string {
		n := len(x.page.files)
		if x.press(act, fields...); len(x.page.files) == n {
			return nil
		}
		return uids(x.page.files[n])
	}
	file := func() []string { return save(view.ActCalendar, view.FieldWord, "Termin", view.FieldBefore, "0") }
	out := func(which string) []string { return save(view.ActCalendarOut, view.FieldForm, which) }
	x.press(view.ActGoReminders)
	x.hides(`id="calendar-out"`)
	if out("all") != nil || out("gone") != nil {
		t.Error("there is something to take out of a calendar before there is a plan")
	}

	p := planOf("fviii.advate", 2, 7*60, 19*60)
	id := x.said(p)
	twice := file()
	if all := out("all"); len(twice) != 2 || !slices.Equal(all, twice) {
		t.Fatalf("a file has %v, the one that takes it out %v", twice, all)
	}
	if out("gone") != nil {
		t.Error("something has ended")
	}
	x.hides(`id="calendar-out-gone"`)

	// Once a day now: the evening is taken out, and the morning is replaced.
	once := *p
	once.Schedule.Times = once.Schedule.Times[:1]
	once.Supersedes, once.Because = id, "less"
	x.said(&once)
	x.press(view.ActGoReminders)
	x.shows(`id="calendar-out-gone"`)
	stays, gone := file(), out("gone")
	for _, u := range twice {
		if slices.Contains(stays, u) == slices.Contains(gone, u) {
			t.Errorf("%s stays and goes, or neither: %v, %v", u, stays, gone)
		}
	}
	if len(stays) != 1 || !slices.Contains(twice, stays[0]) {
		t.Errorf("the changed plan is %v, it was %v", stays, twice)
	}

	// Taken back: all of it is taken out.
	x.said(&diary.Retract{Entry: id, Reason: "x"})
	x.press(view.ActGoReminders)
	x.hides(`id="calendar-out-gone"`)
	if file() != nil {
		t.Error("a plan that was taken back has times")
	}
	all := out("all")
	for _, u := range twice {
		if !slices.Contains(all, u) {
			t.Errorf("%s stays in the calendar", u)
		}
	}
	last := x.page.files[len(x.page.files)-1]
	if !strings.Contains(last, "METHOD:CANCEL\r\n") || strings.Count(last, "STATUS:CANCELLED\r\n") != len(all) || strings.Contains(last, "RRULE") || strings.Contains(last, "VALARM") {
		t.Errorf("the file is\n%s", last)
	}
	if said := regexp.MustCompile(`(?m)^UID:[0-9a-f-]{36}\r$`).ReplaceAllString(last, ""); strings.Contains(said, "dvate") || strings.Contains(said, id.String()) {
		t.Errorf("the file says\n%s", said)
	}
}

func TestTimesOfRemindersAreThoseOfTheWall(t *testing.T) {
	x := unlocked(t)
	for _, tt := range []struct {
		day  diary.Date
		want string
	}{
		{date(3, 28), "2026-03-28T07:00:00+01:00"}, {date(3, 29), "2026-03-29T07:00:00+02:00"},
		{date(10, 24), "2026-10-24T07:00:00+02:00"}, {date(10, 25), "2026-10-25T07:00:00+01:00"},
	} {
		if got := x.local(x.onWall(tt.day, 7*60)).Format(time.RFC3339); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.day, got, tt.want)
		}
	}
}
