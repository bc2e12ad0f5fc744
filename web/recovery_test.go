package web_test

import (
	"strings"
	"testing"

	"vialog/web/browsertest"
)

// Every device of a centre is gone. With nothing but the words on paper, a new
// browser sees all patients, writes to them, and lets in new ones.
func TestACentreComesBackByItsSheet(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	b := browsertest.Start(t)
	w := &walk{t: t, browser: b, relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}
	var words []string
	w.steps([]step{
		{"a doctor founds a centre", func() {
			w.found()
			words = w.printed
		}},
		{"an invitation is made", w.inviteOne},
		{"a patient joins", w.joinOne},
		{"the doctor's only browser is gone", func() {
			w.doctor.Click("#go-home")
			w.doctor.Reload()
			w.doctor.Has("[data-key=unlock]")
			w.doctor.Click("#forgot > summary")
			w.doctor.Click("#wipe")
			w.doctor.See("nicht rückgängig")
			w.doctor.Click("#wipe")
			w.doctor.See("Vialog hat hier alles vergessen")
			w.doctor.Close()
		}},
		{"a slip of the hand is named", func() {
			d := w.browser.Page("doctor-again", "de-DE")
			w.doctor = d
			d.Go(w.relay.Origin + "/")
			d.Has("#way-alone") // the relay has answered, and nothing moves any more
			d.Click("#way-sheet > summary")
			d.Fill("sheet-words", strings.Join(append(append([]string{}, words[:3]...), words[4:]...), " "))
			d.Click("#restore button")
			d.See("Ein Blatt hat 24 Wörter; hier stehen 23")
			slip := append([]string{}, words...)
			slip[6] = slip[6][:2] + "q" + slip[6][2:]
			d.Fill("sheet-words", strings.Join(slip, " "))
			d.Click("#restore button")
			d.See("Wort 7", "steht auf keinem Blatt")
			w.shots(d, "sheet-slip")
		}},
		{"the words bring the centre back, and a new sheet is made", func() {
			d := w.doctor
			d.Fill("sheet-words", strings.Join(words, " "))
			d.Click("#restore button")
			d.Has("#f-passphrase")
			d.Fill("passphrase", doctorsWords)
			d.Click("passphrase.save")
			d.Has("[data-key=sheet]")
			d.See("Ihre Daten sind wieder da")
			w.shots(d, "sheet-restored")
			next := w.sheetWords(d)
			if strings.Join(next, " ") == strings.Join(words, " ") {
				t.Error("the new sheet is the old one")
			}
			d.Click("sheet.check")
			w.prove(d, next)
			d.Has("[data-key=work]")
			w.arrived(d, "Wer braucht mich jetzt")
			d.Click("#place-patients")
			d.See(w.pseudonym)
			w.arrived(d, "Patienten")
			w.shots(d, "patients-restored")
		}},
		{"the patient and the doctor hear of each other", func() {
			p, d := w.patient, w.doctor
			w.begin(p, "record.note")
			p.Fill("text", w.canary("Kanarien nach dem Verlust"))
			p.Click("Save note")
			p.See("Saved and sent to your centre")
			d.Click(w.pseudonym)
			d.See("Kanarien nach dem Verlust", "Fall 4711-K")
			d.NotSee("noch nicht bestätigt") // the patient has seen the new browser
			d.Fill("text", w.canary("Kanarien sind wieder da"))
			d.Click("message.send")
			p.Click("#place-centre")
			p.See("Kanarien sind wieder da", "Dr. Wehrmuth")
		}},
		{"a new patient can be let in", func() {
			d := w.doctor
			link, _ := w.newInvitation("nach dem Verlust")
			q := w.browser.Page("later", "en-GB")
			q.Go(link)
			q.Heading(centre + " invites you")
			agree(q)
			q.Fill("passphrase", patientsWords)
			q.Click("passphrase.save")
			q.Has("p.check")
			d.Has("p.check")
			d.Click("join.confirm")
			d.Has("[data-key=patients]")
			q.See("Your centre has confirmed the code")
			q.Click("join.seen")
			q.Has("[data-key=today]")
			w.noProblems(q)
			w.noLeaks(q)
			q.Close()
		}},
		{"nothing was told to anybody else", w.quiet},
	})
}
