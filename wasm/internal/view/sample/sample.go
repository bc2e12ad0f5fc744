// Package sample holds a model for every screen and every state of it that
// looks different. The golden files and the storybook are drawn from it.
//
// All patients, doctors and centres are invented.
package sample

import (
	"slices"
	"strings"
	"time"

	"rsc.io/qr"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// A Case is one state of one screen.
type Case struct {
	Name  string // "today-overdue"
	Model func(view.Base) view.Screen
}

// Now is the moment at which all samples are seen.
var Now = time.Date(2026, 11, 23, 17, 43, 0, 0, time.FixedZone("CET", 3600))

// Base is what a sample in language l starts from.
func Base(l lang.Lang) view.Base { return view.Base{Lang: l, Now: Now} }

func at(days, hour, minute int) time.Time {
	return time.Date(2026, 11, 23-days, hour, minute, 0, 0, Now.Location())
}

func in(b view.Base, english, german string) string {
	if b.Lang == lang.German {
		return german
	}
	return english
}

// Code is the modules of a QR code for text.
func Code(text string) view.QR {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		panic(err)
	}
	rows := make(view.QR, c.Size)
	for y := range rows {
		rows[y] = make([]bool, c.Size)
		for x := range rows[y] {
			rows[y][x] = c.Black(x, y)
		}
	}
	return rows
}

const (
	pseudonym = "VK7-3QMW-9TXA"
	link      = "https://vialog.example/#join=4T9WQ2KX7MB3H6RDZ8YVNC5PAJ4T9WQ2KX7MB3H6RDZ8"
	typable   = "4T9WQ-2KX7M-B3H6R-DZ8YV-NC5PA-J4T9W"
)

var words = [24]string(strings.Fields("anchor barrel candle dolphin ember forest garden harbour island jacket kettle lantern " +
	"meadow needle orchard pepper quarry ribbon saddle timber umbrella velvet window zephyr"))

func centreName(b view.Base) string {
	return in(b, "Haemophilia Centre Northtown", "Hämophilie-Zentrum Nordstadt")
}

func treatment(b view.Base, id string, when time.Time, state view.Delivery) view.Entry {
	return view.Entry{ID: id, Kind: view.KindTreatment, At: when, Recorded: when.Add(4 * time.Minute), By: view.Writer{You: true}, State: state,
		Treatment: &view.Treatment{Product: "Advate", Amount: b.Lang.Int(1500), Unit: diary.UnitIU, Reason: diary.ReasonProphylaxis,
			Lots: []view.Lot{{Batch: "TH24-0917", Expiry: diary.Date{Year: 2028, Month: 8}}}}}
}

func knee(b view.Base, id string, when time.Time) view.Entry {
	return view.Entry{ID: id, Kind: view.KindBleed, At: when, Recorded: when.Add(30 * time.Minute), By: view.Writer{You: true}, State: view.Sent,
		Bleed: &view.Bleed{Places: []diary.Place{diary.LeftKnee}, Cause: diary.CauseActivity, Severity: diary.SeverityModerate,
			Pain: diary.PainOf(6), Signs: diary.SignSwelling | diary.SignWarmth | diary.SignStiffness}}
}

func ended(e view.Entry, end time.Time) view.Entry {
	b := *e.Bleed
	b.End = end
	b.Response8h = diary.ResponseGood
	b.Treatments = []view.Linked{{ID: "e_linked", Title: "Advate 3.000 I.E."}}
	e.Bleed = &b
	return e
}

func note(b view.Base, id string, when time.Time) view.Entry {
	return view.Entry{ID: id, Kind: view.KindNote, At: when, Recorded: when, By: view.Writer{You: true}, State: view.Seen,
		Note: in(b, "Physiotherapy today, knee feels much freer. Next appointment in two weeks.", "Heute Physiotherapie, das Knie fühlt sich viel freier an. Nächster Termin in zwei Wochen.")}
}

func corrected(b view.Base, e view.Entry) view.Entry {
	e.History = []view.Version{
		{At: e.At.Add(50 * time.Minute), By: view.Writer{You: true}, Why: in(b, "Read the wrong vial", "Falsche Flasche abgelesen"), Changes: []view.Change{
			{Label: b.Lang.T(lang.FieldAmountName), From: b.Lang.Int(1000) + " " + b.Lang.Label("unit.iu"), To: b.Lang.Int(1500) + " " + b.Lang.Label("unit.iu")},
			{Label: b.Lang.T(lang.LotNumber), From: "", To: "TH24-0917"}}},
		{At: e.At.Add(4 * time.Minute), By: view.Writer{You: true}},
	}
	return e
}

func retracted(b view.Base, e view.Entry) view.Entry {
	e.Retracted = true
	e.History = []view.Version{
		{At: e.At.Add(2 * time.Hour), By: view.Writer{You: true}, Why: in(b, "Recorded twice", "Doppelt eingetragen"), Removed: true},
		{At: e.At, By: view.Writer{You: true}},
	}
	return e
}

func asPatient(e view.Entry) view.Entry {
	e.By = view.Writer{Role: view.Patient}
	for i := range e.History {
		e.History[i].By = view.Writer{Role: view.Patient}
	}
	return e
}

func days(b view.Base) []view.Day {
	return []view.Day{
		{Date: at(0, 0, 0), Entries: []view.Entry{treatment(b, "e_01", at(0, 7, 40), view.Sent)}},
		{Date: at(1, 0, 0), Entries: []view.Entry{knee(b, "e_02", at(1, 18, 15))}},
		{Date: at(3, 0, 0), Entries: []view.Entry{note(b, "e_03", at(3, 20, 5)), corrected(b, treatment(b, "e_04", at(3, 7, 55), view.Seen))}},
		{Date: at(5, 0, 0), Entries: []view.Entry{retracted(b, treatment(b, "e_05", at(5, 8, 2), view.Seen)), treatment(b, "e_06", at(5, 7, 58), view.Seen)}},
		{Date: at(40, 0, 0), Entries: []view.Entry{ended(knee(b, "e_07", at(40, 9, 30)), at(38, 12, 0))}},
	}
}

// fortnight is the last fourteen days with bleeds that many days ago.
func fortnight(bleeds ...int) []view.DayMark {
	var out []view.DayMark
	for d := 13; d >= 0; d-- {
		m := view.DayMark{Date: at(d, 0, 0)}
		if d%2 == 0 || d == 1 {
			m.Treatments = 1
		}
		if slices.Contains(bleeds, d) {
			m.Bleeds = 1
		}
		out = append(out, m)
	}
	return out
}

func patient(b view.Base, p view.Place) view.Frame {
	return view.Frame{Base: b, Role: view.Patient, Place: p, Link: view.Online}
}

func centre(b view.Base, p view.Place) view.Frame {
	return view.Frame{Base: b, Role: view.Centre, Place: p, Link: view.Online, Unread: 2}
}

func messages(b view.Base, mine bool) []view.Message {
	doctor := in(b, "Dr Birte Sommer", "Dr. Birte Sommer")
	m := []view.Message{
		{ID: "1", At: at(3, 9, 12), Mine: mine, Text: in(b, "My knee was warm again on Friday. Should I treat before sport?", "Mein Knie war am Freitag wieder warm. Soll ich vor dem Sport spritzen?"), State: view.Seen},
		{ID: "2", At: at(2, 16, 40), Mine: !mine, By: doctor, Text: in(b, "Yes, please: 1,500 IU one hour before.\nPlease watch the knee and record anything you notice.", "Ja, bitte: 1.500 I.E. eine Stunde vorher.\nBitte beobachten Sie das Knie und tragen Sie alles ein, was Ihnen auffällt."), State: view.Seen},
		{ID: "3", At: at(0, 8, 2), Mine: mine, Text: in(b, "Done. How long before I can run again?", "Erledigt. Wann darf ich wieder laufen?"), About: in(b, "Left knee", "Knie links"), Entry: "e_02", State: view.Sent, New: !mine},
	}
	return m
}

func products() []view.ProductGroup {
	var out []view.ProductGroup
	for _, g := range [...]struct {
		group  diary.Group
		brands []string
	}{
		{diary.GroupFVIII, []string{"Advate", "NovoEight", "Nuwiq"}},
		{diary.GroupFVIIIExtended, []string{"Elocta", "Esperoct"}},
		{diary.GroupEmicizumab, []string{"Hemlibra"}},
	} {
		p := view.ProductGroup{Group: g.group}
		for _, n := range g.brands {
			p.Products = append(p.Products, view.Choice{Value: "p." + strings.ToLower(n), Label: n})
		}
		out = append(out, p)
	}
	return out
}
