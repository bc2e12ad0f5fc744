package screen

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"rsc.io/qr/coding"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/screen/screentest"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// A paper is a Page that remembers what is on it.
type paper struct {
	html     string
	title    string
	lang     string
	commands []string
	files    []string // downloaded
	asked    []node.PasskeyRequest
	focus    screentest.Focus
}

func (p *paper) Render(n node.Node, title, lang string) {
	p.focus.Render(n)
	p.html, p.title, p.lang = node.HTML(n), title, lang
}

func (p *paper) Command(name string, fields ...string) {
	p.focus.Command(name, fields...)
	p.commands = append(p.commands, strings.Join(append([]string{name}, fields...), " "))
}

func (p *paper) Download(name, mime string, data []byte) {
	p.files = append(p.files, string(data))
	p.Command("download", "file", name, "type", mime)
}

func (p *paper) Passkey(r node.PasskeyRequest) { p.asked = append(p.asked, r) }

// A tab is a guide without a relay, whose clock the test sets.
type tab struct {
	*Guide
	t     testing.TB
	page  *paper
	watch time.Time
}

func berlin(t testing.TB) func(time.Time) time.Duration {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones here: ", err)
	}
	return func(at time.Time) time.Duration {
		_, sec := at.In(zone).Zone()
		return time.Duration(sec) * time.Second
	}
}

func open(t testing.TB, disk *vault.MemoryDisk, bind vault.Binder) *tab {
	t.Helper()
	return openAt(t, disk, bind, func(context.Context, string) (link.Conn, error) { return nil, errors.New("no network") })
}

// openAt is a tab whose relay dial reaches.
func openAt(t testing.TB, disk *vault.MemoryDisk, bind vault.Binder, dial link.Dialer) *tab {
	t.Helper()
	x := &tab{t: t, page: new(paper), watch: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	now := func() time.Time { return x.watch }
	kdf := func(_ context.Context, pass []byte, p seal.KDFParams) (seal.Secret, error) {
		sum := sha256.Sum256(append(p.Salt[:], pass...))
		return seal.SecretFrom(sum[:])
	}
	client := app.New(app.Env{
		Disk: disk, Binder: bind, KDF: kdf, Params: seal.NewKDFParams, Now: now, Origin: "https://relay.test",
		Dial: dial,
	})
	x.Guide = New(Env{
		Page: x.page, Client: client, Disk: disk, Zone: berlin(t), Langs: []string{"en-GB"}, Origin: "https://app.test", Relay: "https://relay.test",
		Lock: func(context.Context) (func(), bool) { return func() {}, true }, Take: func() {}, Now: now,
	})
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		x.page.focus.Settled()
		for _, lost := range x.page.focus.Lost {
			t.Error(lost)
		}
	})
	x.ctx = ctx
	x.tell(node.Event{Kind: "start", Fields: map[string]string{"online": "yes", "passkey": "yes"}})
	return x
}

// tell does what Run does with an event, and waits for what goes on.
func (x *tab) tell(e node.Event) {
	x.t.Helper()
	if e.Kind == "act" {
		x.page.focus.Act(e)
	}
	x.event(e)
	x.draw()
	for x.busy != 0 {
		select {
		case f := <-x.do:
			f()
		case <-time.After(time.Minute):
			x.t.Fatal("it never ends")
		}
		x.draw()
	}
}

func (x *tab) press(act string, fields ...string) {
	x.t.Helper()
	m := make(map[string]string)
	for i := 0; i < len(fields); i += 2 {
		m[fields[i]] = fields[i+1]
	}
	x.tell(node.Event{Kind: "act", Act: act, Fields: m})
}

func (x *tab) shows(words string) {
	x.t.Helper()
	if !strings.Contains(x.page.html, words) {
		x.t.Fatalf("%q is not on the page titled %q", words, x.page.title)
	}
}

const words = "river pebble lantern oven birch teacup"

// unlocked is a tab with an open vault and no diary in it: there is no relay
// to found one at.
func unlocked(t *testing.T) *tab {
	x := open(t, vault.NewMemory(), vault.NewSoftware())
	x.press(view.ActStartAlone)
	x.press(view.ActPassSave, view.FieldPassphrase, words)
	if !x.open {
		t.Fatal("the vault is not open")
	}
	return x
}

func TestExpiryDatesAreReadAsPeopleWriteThem(t *testing.T) {
	month := diary.Date{Year: 2028, Month: 8}
	day := diary.Date{Year: 2028, Month: 8, Day: 31}
	for _, tt := range []struct {
		text string
		want diary.Date
		ok   bool
	}{
		{"08/2028", month, true},
		{"8/2028", month, true},
		{"08.2028", month, true},
		{"2028-08", month, true},
		{"08/28", month, true},
		{"31.08.2028", day, true},
		{"31.8.2028", day, true},
		{"2028-08-31", day, true},
		{"13/2028", diary.Date{}, false},
		{"31.02.2028", diary.Date{}, false},
		{"August", diary.Date{}, false},
		{"2028", diary.Date{}, false},
	} {
		if got, ok := parseExpiry(tt.text); got != tt.want || ok != tt.ok {
			t.Errorf("%q is read as %v, %v", tt.text, got, ok)
		}
	}
}

func TestTimesAreThoseOfTheClockThenAndThere(t *testing.T) {
	x := open(t, vault.NewMemory(), vault.NewSoftware())
	for _, tt := range []struct {
		what, date, clock string
		want              string // RFC 3339
	}{
		{"winter", "2026-01-15", "07:40", "2026-01-15T07:40:00+01:00"},
		{"summer", "2026-07-15", "07:40", "2026-07-15T07:40:00+02:00"},
		{"before the clocks go forward", "2026-03-29", "01:59", "2026-03-29T01:59:00+01:00"},
		{"after the clocks went forward", "2026-03-29", "03:00", "2026-03-29T03:00:00+02:00"},
		{"before the clocks go back", "2026-10-25", "01:59", "2026-10-25T01:59:00+02:00"},
		{"after the clocks went back", "2026-10-25", "03:00", "2026-10-25T03:00:00+01:00"},
		{"the last minute of a year", "2025-12-31", "23:59", "2025-12-31T23:59:00+01:00"},
		{"with seconds, as some browsers send", "2026-01-15", "07:40:30", "2026-01-15T07:40:00+01:00"},
	} {
		x.form = form{fields: map[string]string{"date": tt.date, "time": tt.clock}}
		if got := x.moment("date", "time", diary.Moment{}).Time().Format(time.RFC3339); got != tt.want {
			t.Errorf("%s: %s", tt.what, got)
		}
	}
	// The hour that is there twice is one of both; the hour that is not there
	// is a moment next to the gap. Neither is refused.
	for date, clock := range map[string]string{"2026-10-25": "02:30", "2026-03-29": "02:30"} {
		x.form = form{fields: map[string]string{"date": date, "time": clock}}
		x.problems = nil
		got := x.moment("date", "time", diary.Moment{}).Time()
		if len(x.problems) > 0 || got.Format(time.DateOnly) != date || got.Hour() < 1 || got.Hour() > 3 {
			t.Errorf("%s %s is %v", date, clock, got)
		}
	}
	for what, f := range map[string]map[string]string{
		"no date":     {"time": "07:40"},
		"no time":     {"date": "2026-01-15"},
		"not a date":  {"date": "2026-02-30", "time": "07:40"},
		"not a time":  {"date": "2026-01-15", "time": "25:00"},
		"only spaces": {"date": " ", "time": " "},
	} {
		x.form, x.problems = form{fields: f}, nil
		if m := x.moment("date", "time", diary.Moment{}); !m.IsZero() || len(x.problems) != 1 {
			t.Errorf("%s: %v with %d problems", what, m, len(x.problems))
		}
	}
	// A correction made in another country leaves the time as it was.
	before := diary.MomentOf(time.Date(2026, 7, 1, 9, 30, 12, 0, time.FixedZone("", -4*3600)))
	x.form = form{fields: map[string]string{"date": "2026-07-01", "time": "09:30"}}
	if got := x.moment("date", "time", before); got != before {
		t.Errorf("the moment became %v", got.Time())
	}
}

func TestATreatmentComesBackFromItsForm(t *testing.T) {
	at := time.Date(2026, 11, 22, 7, 40, 0, 0, time.FixedZone("", 3600))
	for _, l := range lang.All {
		for what, want := range map[string]*diary.Treatment{
			"plain": {Taken: diary.MomentOf(at), Product: "fviii.advate", Amount: diary.Units(1500), Reason: diary.Reasons()[0]},
			"full": {
				Taken: diary.MomentOf(at), Product: "fviii.advate", Amount: 1_250_500, Reason: diary.Reasons()[1], Site: diary.Sites()[0],
				GivenBy: diary.Givens()[0], Reaction: "Rötung", Note: "zwei\nZeilen", Bleed: diary.NewID(),
				Lots: []diary.Lot{
					{Batch: "AB-12", Expiry: diary.Date{Year: 2028, Month: 8}, Packs: 2},
					{Batch: "CD 34", Expiry: diary.Date{Year: 2028, Month: 8, Day: 31}},
					{Expiry: diary.Date{Year: 2029, Month: 12}},
				},
			},
		} {
			x := open(t, vault.NewMemory(), vault.NewSoftware())
			x.lang = l
			fields := make(map[string]string)
			x.fillTreatment(fields, want)
			x.form = form{fields: fields, lots: max(1, countLots(fields))}
			got := x.typedTreatment()
			if len(x.problems) > 0 {
				t.Errorf("%s, %s: problems %v", what, l.Tag(), x.problems)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: it comes back as\n%+v, not\n%+v", what, l.Tag(), got, want)
			}
		}
	}
}

func TestABleedComesBackFromItsForm(t *testing.T) {
	start := time.Date(2026, 11, 20, 18, 5, 0, 0, time.FixedZone("", 3600))
	for _, p := range diary.Places() {
		want := &diary.Bleed{
			Start: diary.MomentOf(start), End: diary.MomentOf(start.Add(26 * time.Hour)), Places: []diary.Place{p}, Type: p.Kind(),
			Cause: diary.Causes()[0], Severity: diary.Severities()[1], Pain: diary.PainOf(0), Signs: diary.AllSigns()[0] | diary.AllSigns()[2],
			Response8h: diary.Responses()[0], Note: "auf der Treppe",
		}
		x := open(t, vault.NewMemory(), vault.NewSoftware())
		fields := make(map[string]string)
		x.fillBleed(fields, want)
		x.form = form{fields: fields, lots: 1}
		if got := x.typedBleed(); len(x.problems) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: it comes back as %+v with problems %v", p.Key(), got, x.problems)
		}
	}
}

func TestADraftComesBackAsItWas(t *testing.T) {
	for what, k := range map[string]kept{
		"none":  {form: form{fields: map[string]string{}, lots: 1, typed: true}},
		"a new": {atTreatment, form{fields: map[string]string{"amount": "1500", "lot.0": "ä\n", "": ""}, lots: 3, typed: true}},
		"again": {atTreatment, form{fields: map[string]string{}, lots: 1, again: true, typed: true}},
		"fixed": {atBleed, form{fields: map[string]string{"why": strings.Repeat("x", 70000)}, lots: 1, entry: diary.NewID().String(), typed: true}},
	} {
		for _, left := range []bool{false, true} {
			messages := map[string]string{"1": "half a mess"}
			raw := k.bytes(left, messages)
			got, away, m, ok := parseDraft(raw)
			if !ok || away != left || !reflect.DeepEqual(got, k) || !reflect.DeepEqual(m, messages) {
				t.Errorf("%s: it comes back as %+v, %v, %v, %v", what, got, away, m, ok)
			}
			for i := range raw {
				if _, _, _, ok := parseDraft(raw[:i]); ok {
					t.Fatalf("%s: %d of %d bytes are taken for a draft", what, i, len(raw))
				}
			}
			if _, _, _, ok := parseDraft(append(raw, 0)); ok {
				t.Errorf("%s: a trailing byte is taken", what)
			}
		}
	}
}

func TestWhatWasTypedOutlivesALock(t *testing.T) {
	disk, bind := vault.NewMemory(), vault.NewSoftware()
	x := open(t, disk, bind)
	x.press(view.ActStartAlone)
	x.press(view.ActPassSave, view.FieldPassphrase, words)
	x.goTo(place{name: atToday})
	x.press(view.ActRecordTreatment)
	x.press(view.ActDraft, view.FieldAmount, "1250", view.FieldNote, "half a sentence")
	x.watch = x.watch.Add(seal.Current.Lock.Idle + time.Minute)
	x.clock()
	if x.open {
		t.Fatal("it did not lock")
	}
	x.shows("Unlock Vialog")
	for _, r := range onDisk(t, disk) {
		if strings.Contains(string(r.Value), "half a sentence") {
			t.Errorf("%s holds it readable", r.Key)
		}
	}
	x.press(view.ActUnlock, view.FieldPassphrase, "another pebble lantern oven birch teacup")
	x.shows("does not open the diary")
	if x.open {
		t.Fatal("it opened")
	}
	x.press(view.ActUnlock, view.FieldPassphrase, words)
	x.bringDraft()
	if x.at.name != atTreatment || x.form.get(view.FieldAmount) != "1250" || x.form.get(view.FieldNote) != "half a sentence" {
		t.Errorf("the form is %v %+v", x.at.name, x.form)
	}
	// Cancelled, it is gone for good.
	x.press(view.ActFormCancel)
	if raw, err := x.env.Client.Draft(x.ctx); err != nil || raw != nil {
		t.Errorf("%d bytes are kept, %v", len(raw), err)
	}
}

func onDisk(t *testing.T, d *vault.MemoryDisk) []vault.Record {
	t.Helper()
	all, err := d.Scan(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAFormThatWasLeftWaitsForTheNextOfItsKind(t *testing.T) {
	x := unlocked(t)
	x.goTo(place{name: atToday})
	x.press(view.ActRecordTreatment)
	x.press(view.ActDraft, view.FieldAmount, "1250")
	x.leaveForm()
	x.goTo(place{name: atToday})
	x.press(view.ActRecordBleed)
	if got := x.form.get(view.FieldAmount); got != "" {
		t.Errorf("a bleed's form begins with an amount of %q", got)
	}
	x.leaveForm()
	x.press(view.ActRecordTreatment)
	if got := x.form.get(view.FieldAmount); got != "1250" {
		t.Errorf("the amount is %q", got)
	}
}

func TestAMistakeTakesTheFocusToTheProblems(t *testing.T) {
	x := unlocked(t)
	x.goTo(place{name: atToday})
	x.press(view.ActRecordTreatment)
	x.page.commands = nil
	x.press(view.ActTreatmentSave, view.FieldAmount, "lots", view.FieldDate, "2026-11-23", view.FieldTime, "08:30", view.FieldNote, "kept")
	x.shows(`id="problems"`)
	x.shows("kept")
	if len(x.page.commands) != 1 || !strings.HasPrefix(x.page.commands[0], "focus id problems") {
		t.Errorf("the page was told %q", x.page.commands)
	}
	// The next drawing leaves the focus alone.
	x.page.commands = nil
	x.draw()
	if len(x.page.commands) > 0 {
		t.Errorf("the page was told %q", x.page.commands)
	}
	x.tell(node.Event{Kind: "act", Act: view.ActFocus, Fragment: "f-amount"})
	if len(x.page.commands) != 1 || x.page.commands[0] != "focus id f-amount" {
		t.Errorf("the page was told %q", x.page.commands)
	}
}

func TestALinkIsFollowedAndItsCodeStaysInTheFieldWhenItIsWrong(t *testing.T) {
	x := open(t, vault.NewMemory(), vault.NewSoftware())
	x.tell(node.Event{Kind: "act", Act: "open", Fragment: "join=NOT-A-CODE"})
	x.shows("does not add up")
	x.shows("NOT-A-CODE")
	inv := join.New(join.Patient, [32]byte{1})
	x.press(view.ActJoinCode, view.FieldCode, inv.Code())
	x.shows("The server cannot be reached")
	x.shows(inv.Code())
	x.tell(node.Event{Kind: "act", Act: "open", Fragment: "sheet=abandon abandon"})
	x.shows("A sheet has 24 words; here are 2")
	if x.open || x.exists {
		t.Error("a vault was made")
	}
}

func TestWhatGoesWrongIsSaidInPlainWords(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want lang.Key
	}{
		{join.ErrCode, lang.ProblemCode},
		{join.ErrExpired, lang.ProblemCodeExpired},
		{app.ErrUsed, lang.ProblemCodeUsed},
		{app.ErrRevoked, lang.ProblemCodeRevoked},
		{app.ErrNoLocker, lang.ProblemSheetGone},
		{app.ErrOtherSheet, lang.ProblemSheetOther},
		{&join.SheetError{Words: 24, Sum: true}, lang.ProblemSheetWords},
		{&join.SheetError{Words: 23}, lang.ProblemSheetCount},
		{&join.SheetError{Words: 24, Word: 4, Typed: "gahter", Like: "gather"}, lang.ProblemSheetWordLike},
		{&join.SheetError{Words: 24, Word: 4, Typed: "vialog"}, lang.ProblemSheetWord},
		{&join.SheetError{Code: true}, lang.ProblemSheetCode},
		{errors.Join(app.ErrOffline, errors.New("dial")), lang.ProblemNetwork},
		{context.DeadlineExceeded, lang.ProblemNetwork},
		{&link.Refusal{Code: wire.CodeInvalid}, lang.ProblemCentreCode},
		{&link.Refusal{Code: wire.TenantSuspended}, lang.RefusalSuspended},
		{&link.Refusal{Code: wire.DiskFull}, lang.RefusalDisk},
		{&link.Refusal{Code: wire.TicketUsedUp}, lang.RefusalInvitation},
		{&link.Refusal{Code: wire.Busy}, lang.ProblemServerBusy},
		{&link.Refusal{Code: wire.NoAccess}, lang.ProblemServerRefused},
		{errors.New("strange"), lang.ProblemServerRefused},
	} {
		x := open(t, vault.NewMemory(), vault.NewSoftware())
		x.wrong("", tt.err)
		if len(x.problems) != 1 || x.problems[0].Key != tt.want {
			t.Errorf("%v is said as %+v", tt.err, x.problems)
		}
	}
}

func TestWhatThePersonHasToKnowIsSaidFirst(t *testing.T) {
	none := view.Refusal{}
	for _, tt := range []struct {
		name  string
		st    app.Status
		link  view.Link
		alarm view.Alarm
		why   view.Refusal
	}{
		{"all is well", app.Status{Online: true}, view.Online, view.NoAlarm, none},
		{"restored, and nobody has confirmed it", app.Status{Online: true, Unconfirmed: time.Unix(1, 0)}, view.Online, view.AlarmUnconfirmed, none},
		{"restored, and something is missing", app.Status{Online: true, Unconfirmed: time.Unix(1, 0), Missing: 1}, view.Online, view.AlarmMissing, none},
		{"storage that went back explains a history that does not fit", app.Status{Forked: true, Alarm: true}, view.Online, view.AlarmForked, none},
		{"a history that does not fit", app.Status{Alarm: true, Removed: true, Refusal: wire.NoAccess}, view.Online, view.AlarmHistory, none},
		{"a centre that the relay does not know", app.Status{Alarm: true, Unknown: true, Refusal: wire.NoAccess}, view.Online, view.AlarmUnknownCentre, none},
		{"a removed device does not register the centre again", app.Status{Removed: true, Unknown: true, Refusal: wire.TicketInvalid}, view.Online, view.AlarmRemoved, none},
		{"a removed device is refused", app.Status{Removed: true, Refusal: wire.NoAccess}, view.Online, view.AlarmRemoved, none},
		{"a release whose encryption has ended", app.Status{Ending: seal.Over, Full: true, Refusal: wire.TenantSuspended}, view.Online, view.AlarmOutdated, none},
		{"a release whose encryption ends soon", app.Status{Ending: seal.Soon}, view.Online, view.AlarmEnding, none},
		{"a release whose encryption ends in a year", app.Status{Ending: seal.Near}, view.Online, view.NoAlarm, none},
		{"something missing comes first", app.Status{Ending: seal.Soon, Missing: 1}, view.Online, view.AlarmMissing, none},
		{"too much from a member", app.Status{Full: true, Missing: 3}, view.Online, view.AlarmFull, none},
		{"a full channel", app.Status{Refusal: wire.ChannelFull, Overdue: true}, view.Online, view.AlarmRefused, view.Refusal{Key: lang.RefusalFull}},
		{"a suspended tenant", app.Status{Refusal: wire.TenantSuspended}, view.Online, view.AlarmRefused, view.Refusal{Key: lang.RefusalSuspended}},
		{"maintenance", app.Status{Refusal: wire.Maintenance, Overdue: true}, view.Online, view.AlarmMaintenance, none},
		{"a code of a newer relay", app.Status{Refusal: 40}, view.Online, view.AlarmRefused, view.Refusal{Key: lang.RefusalOther, Args: []string{"code", "refusal 40"}}},
		{"a silent centre", app.Status{Overdue: true, Missing: 1}, view.Online, view.AlarmStale, none},
		{"something missing", app.Status{Missing: 1}, view.Online, view.AlarmMissing, none},
		{"something that may still come", app.Status{Missing: 1}, view.Connecting, view.NoAlarm, none},
		{"something missing, without a network", app.Status{Missing: 1}, view.Offline, view.NoAlarm, none},
	} {
		if a, why := alarm(tt.st, tt.link); a != tt.alarm || !reflect.DeepEqual(why, tt.why) {
			t.Errorf("%s: alarm %d, %+v", tt.name, a, why)
		}
	}
}

func TestTheFirstScreenAsksARelayThatWasOutOfReachAgain(t *testing.T) {
	dialled := make(chan struct{}, 16)
	x := openAt(t, vault.NewMemory(), vault.NewSoftware(), func(context.Context, string) (link.Conn, error) {
		dialled <- struct{}{}
		return nil, errors.New("no network")
	})
	asked := func() {
		t.Helper()
		for late := time.After(time.Minute); ; {
			select {
			case <-dialled:
				return
			case f := <-x.do:
				f()
			case <-late:
				t.Fatal("nobody asked")
			}
		}
	}
	asked()
	asked() // by itself
	for range 3 {
		x.tell(node.Event{Kind: "online"}) // and whenever there is a network again
		asked()
	}
}

func TestARefusalStaysWhileTheRelayIsAskedAgain(t *testing.T) {
	var g Guide
	for i, tt := range []struct {
		st   app.Status
		want wire.Refusal
	}{
		{app.Status{Online: true, Trying: true}, 0},
		{app.Status{Online: true, Refusal: wire.TenantSuspended}, wire.TenantSuspended},
		{app.Status{Online: true, Trying: true}, wire.TenantSuspended},
		{app.Status{Online: true, Refusal: wire.ChannelFull}, wire.ChannelFull},
		{app.Status{Online: true}, 0},
		{app.Status{Online: true, Trying: true}, 0},
		{app.Status{Online: true, Refusal: wire.TicketInvalid, Unknown: true}, wire.TicketInvalid},
		{app.Status{Online: true, Trying: true}, wire.TicketInvalid},
		{app.Status{}, 0}, // no connection: nobody knows
	} {
		st := tt.st
		g.stillRefused(&st)
		if st.Refusal != tt.want || st.Unknown != (tt.want == wire.TicketInvalid) {
			t.Errorf("step %d: %v, unknown %v, not %v", i, st.Refusal, st.Unknown, tt.want)
		}
	}
}

func TestARefusalThatAsksTheUserHasWordsOfItsOwn(t *testing.T) {
	for code := wire.Malformed; code <= wire.Failed; code++ {
		if code.Advice() == wire.AskUser && code != wire.CodeInvalid && refusals[code] == 0 {
			t.Errorf("%v is told by its protocol's name", code)
		}
	}
}

func TestALockedTabHoldsNothingThatWasTyped(t *testing.T) {
	const secret = "marzipan"
	fill := func(x *tab) {
		x.suggest, x.code, x.centre, x.words, x.note, x.find, x.sure, x.keys.name = secret, secret, secret, secret, secret, secret, secret, secret
		x.name, x.parsed = [2]string{secret, secret}, wire.Code{1}
		x.goal, x.preview = func() {}, new(app.Preview)
		x.draft["1"] = secret
		x.form = form{fields: map[string]string{view.FieldNote: secret}}
		x.kept = kept{atNote, x.form}
		x.draft[workKey("1.5.00", view.FieldRemark)] = secret
		x.work = working{open: secret, editing: secret}
		x.find, x.chosen = secret, []int{view.ColumnNote}
		x.say(lang.NoticeSaved)
		x.bad(view.FieldNote, lang.ProblemLong, "n", secret)
	}
	empty := func(t *testing.T, x *tab) {
		t.Helper()
		g := *x.Guide
		g.env = Env{}
		if strings.Contains(fmt.Sprintf("%+v", g), secret) || g.goal != nil || g.preview != nil || g.problems != nil || g.parsed != (wire.Code{}) {
			t.Errorf("left: %+v", g)
		}
		if strings.Contains(x.page.html, secret) {
			t.Error("it is still on the page")
		}
	}
	t.Run("locked", func(t *testing.T) {
		x := unlocked(t)
		fill(x)
		x.lock(true)
		x.draw()
		empty(t, x)
	})
	t.Run("given to another tab before there was a vault", func(t *testing.T) {
		x := open(t, vault.NewMemory(), vault.NewSoftware())
		x.press(view.ActStartAlone)
		x.env.Lock = func(ctx context.Context) (func(), bool) { <-ctx.Done(); return nil, false }
		x.suggest, x.code, x.centre, x.words = secret, secret, secret, secret
		x.tell(node.Event{Kind: "take"})
		empty(t, x)
	})
}

func TestASuggestedPassphraseIsForgottenOnceItIsChosen(t *testing.T) {
	x := open(t, vault.NewMemory(), vault.NewSoftware())
	x.press(view.ActStartAlone)
	chosen := x.suggest
	if chosen == "" {
		t.Fatal("nothing was suggested")
	}
	x.press(view.ActPassSave, view.FieldPassphrase, chosen)
	if !x.open || x.suggest != "" {
		t.Errorf("open %v, and it is still known: %v", x.open, x.suggest != "")
	}
}

func TestTheLanguageIsKeptForTheNextStart(t *testing.T) {
	disk, bind := vault.NewMemory(), vault.NewSoftware()
	x := open(t, disk, bind)
	x.shows("Welcome to Vialog")
	x.press(view.ActLang, view.FieldLang, "de")
	x.shows("Willkommen")
	if y := open(t, disk, bind); y.page.lang != "de" || y.page.title == "" {
		t.Errorf("the next start is in %q, titled %q", y.page.lang, y.page.title)
	}
}

func TestAnotherTabWaitsUntilThisOneIsDone(t *testing.T) {
	x := open(t, vault.NewMemory(), vault.NewSoftware())
	given := 0
	x.release = func() { given++ }
	x.env.Lock = func(ctx context.Context) (func(), bool) { <-ctx.Done(); return nil, false }
	x.press(view.ActStartAlone)
	x.event(node.Event{Kind: "act", Act: view.ActPassSave, Fields: map[string]string{view.FieldPassphrase: words}})
	if x.busy == 0 {
		t.Fatal("nothing goes on")
	}
	x.event(node.Event{Kind: "take"})
	if given != 0 {
		t.Fatal("the right to work was given away while a vault was made")
	}
	x.tell(node.Event{})
	if given != 1 || x.open || !x.second {
		t.Errorf("given %d times, open %v, second %v", given, x.open, x.second)
	}
	x.shows("open in another tab")
}

func TestAQRCodeHasItsSizeAndItsCorners(t *testing.T) {
	for _, text := range []string{
		"https://app.test/#join=04SQZ8XV1JJ9GFJHAAPT1Y5RJ97B1X71BDSD2VM8FPNY8",
		"https://app.test/#sheet=" + strings.Repeat("word-", 24),
		"x",
	} {
		q := qr(text)
		if len(q) < 21 || (len(q)-17)%4 != 0 {
			t.Fatalf("%d modules on a side", len(q))
		}
		v := coding.Version((len(q) - 17) / 4)
		plan, err := coding.NewPlan(v, coding.M, 0)
		if err != nil {
			t.Fatal(err)
		}
		for y, row := range plan.Pixel {
			if len(q[y]) != len(q) {
				t.Fatalf("row %d has %d modules", y, len(q[y]))
			}
			for x, p := range row {
				if r := p.Role(); r != coding.Data && r != coding.Check && q[y][x] != (p&coding.Black != 0) {
					t.Fatalf("the fixed module at %d, %d (%v) is wrong", x, y, r)
				}
			}
		}
		if v > 1 && v-1 > 0 {
			bits := coding.String(text).Bits(v - 1)
			if bits <= (v-1).DataBytes(coding.M)*8 {
				t.Errorf("%d characters would fit a smaller code than version %d", len(text), v)
			}
		}
	}
	if qr(strings.Repeat("x", 4000)) != nil {
		t.Error("a text too long for a code was drawn")
	}
}
