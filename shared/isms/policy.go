package isms

import (
	"strconv"
	"strings"
)

// A Section is one table of a document, for whoever lays it out.
type Section struct {
	Title   string
	Text    string // above the table
	Columns []string
	Rows    [][]string // as many cells as there are columns
}

// words are how what is an identifier in the data is said to people.
var words = map[string]Text{
	string(OnDevice):  {"device", "Gerät"},
	string(InBox):     {"sealed box", "versiegelte Box"},
	string(OnWire):    {"connection", "Verbindung"},
	string(InLog):     {"audit log", "Audit-Protokoll"},
	string(InBackup):  {"backup", "Sicherung"},
	string(InRelease): {"release", "Release"},
	string(InReport):  {"report", "Bericht"},
	string(Listed):    {"listed", "gelistet"},
	string(NotListed): {"not listed", "nicht gelistet"},
	"write":           {"in use", "in Gebrauch"},
	"read":            {"opens what is old", "öffnet nur Altes"},
	"refuse":          {"refused", "abgelehnt"},
}

// Word says a place, a verdict or a state of the policy in words.
func Word(id string) Text { return words[id] }

// Sections renders the policy on the use of cryptography as a document in one
// language: algorithms, verdicts, periods, keys. The same policy gives the same text.
func (p *Crypto) Sections(lang string) []Section {
	say := func(en, de string) string { return Text{en, de}.In(lang) }
	yes := func(b bool) string {
		if b {
			return say("yes", "ja")
		}
		return say("no", "nein")
	}
	algorithms := Section{
		Title: say("Algorithms", "Verfahren"),
		Text: say("Version "+strconv.Itoa(p.Version)+" of "+p.Issued.String()+", to be reviewed by "+p.Review.String()+". What is not in this table is not used.",
			"Version "+strconv.Itoa(p.Version)+" vom "+p.Issued.String()+", zu überprüfen bis "+p.Review.String()+". Was nicht in dieser Tabelle steht, wird nicht benutzt."),
		Columns: []string{
			say("Algorithm", "Verfahren"), say("Place", "Ort"), say("Use", "Zweck"), say("Parameters", "Parameter"), say("Standard", "Standard"),
			say("Strength in bits", "Stärke in Bit"), say("Quantum-safe", "Quantensicher"), say("State", "Zustand"), say("Since", "Seit"), say("Until", "Bis"),
		},
	}
	verdicts := Section{
		Title: say("Verdicts on BSI TR-02102-1", "Urteile nach BSI TR-02102-1"),
		Text: say("“Not listed” means that the guideline does not recommend an algorithm; it is no finding of weakness.",
			"„Nicht gelistet“ heißt, dass die Richtlinie ein Verfahren nicht empfiehlt; ein Befund einer Schwäche ist es nicht."),
		Columns: []string{say("Algorithm", "Verfahren"), say("Verdict", "Urteil"), say("Reason", "Grund"), say("Looked at again by", "Erneut zu prüfen bis")},
	}
	names := map[string]string{}
	for _, a := range p.Algorithms {
		strength := "–"
		if a.Strength > 0 {
			strength = strconv.Itoa(a.Strength)
		}
		algorithms.Rows = append(algorithms.Rows, []string{
			a.Name, Word(string(a.Place)).In(lang), a.Use.In(lang), a.Parameters, a.Standard,
			strength, yes(a.PostQuantum), Word(a.State).In(lang), a.Since.String(), a.Until.String(),
		})
		verdicts.Rows = append(verdicts.Rows, []string{a.Name, Word(string(a.Verdict)).In(lang), a.Why.In(lang), a.Review.String()})
		names[a.ID] = a.Name
	}
	periods := Section{
		Title:   say("Periods and sizes", "Fristen und Größen"),
		Text:    say("A test holds each number against the code.", "Ein Test vergleicht jede Zahl mit dem Code."),
		Columns: []string{say("Number", "Größe"), say("Value", "Wert"), say("What it says", "Was sie besagt")},
	}
	for _, d := range p.Periods {
		periods.Rows = append(periods.Rows, []string{d.ID, readable(d.Value), d.Says.In(lang)})
	}
	keys := Section{
		Title:   say("Keys", "Schlüssel"),
		Text:    say("Every kind of key has one purpose. A test looks that no purpose of the app is missing here.", "Jede Art von Schlüssel hat einen Zweck. Ein Test prüft, dass hier kein Zweck der App fehlt."),
		Columns: []string{say("Key", "Schlüssel"), say("From", "Aus"), say("Purpose", "Zweck"), say("Algorithm", "Verfahren"), say("Made and kept", "Entstehung und Ort"), say("Ends with", "Endet mit"), say("Held by", "Inhaber")},
	}
	for _, k := range p.Keys {
		from := k.From
		if from == "" {
			from = say("chance", "Zufall")
		}
		keys.Rows = append(keys.Rows, []string{k.ID, from, k.Purpose.In(lang), names[k.Algorithm], k.Where.In(lang), k.Ends.In(lang), k.Owner.In(lang)})
	}
	return []Section{algorithms, verdicts, periods, keys}
}

// readable drops the zeros of a duration: 720h0m0s is 720h.
func readable(value string) string {
	if strings.HasSuffix(value, "m0s") {
		value = strings.TrimSuffix(value, "0s")
	}
	if strings.HasSuffix(value, "h0m") {
		value = strings.TrimSuffix(value, "0m")
	}
	return value
}

// A Finding is one open nonconformity or deliberate deviation of the register.
type Finding struct {
	Table     string // ID of the table, or "controls"
	ID        string // of the row or control
	Title     Text   // of the control, or what the row asks for
	Gap       Gap
	Deviation bool // on purpose
}

// Findings lists all there are, in the order of the register.
func (r *Register) Findings() (out []Finding) {
	for _, c := range r.Controls {
		if c.Open != nil {
			out = append(out, Finding{"controls", c.ID, c.Title, *c.Open, false})
		}
	}
	for _, t := range r.Tables {
		for _, q := range t.Rows {
			if q.Open != nil {
				out = append(out, Finding{t.ID, q.ID, q.Demand, *q.Open, q.State == Deviates})
			}
		}
	}
	return out
}
