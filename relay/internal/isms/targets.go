package isms

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vialog/shared/isms"
)

// A Target is a number that the organisation sets itself.
type Target struct {
	Name        string
	Usual       int
	Least, Most int
	Says        isms.Text
}

// Targets are all that there are. Their names are kept: they never change.
var Targets = []Target{
	{"backup-hours", 48, 1, 744, isms.Text{EN: "hours: a backup is no older", DE: "Stunden: So alt ist eine Sicherung höchstens"}},
	{"restore-days", 90, 1, 400, isms.Text{EN: "days: a backup was restored and verified since", DE: "Tage: So lange liegt die letzte Prüfung durch Wiederherstellen höchstens zurück"}},
	{"dormant-days", 90, 1, 1000, isms.Text{EN: "days without a change make a tenant dormant", DE: "Tage ohne Änderung machen einen Mandanten ruhend"}},
	{"certificate-days", 14, 1, 90, isms.Text{EN: "days: a certificate lasts at least", DE: "Tage: So lange gilt ein Zertifikat mindestens noch"}},
	{"head-days", 31, 1, 400, isms.Text{EN: "days: no act is older without a signed head", DE: "Tage: So lange bleibt ein Vorgang höchstens ohne signierten Kopf"}},
	{"disk-percent", 10, 1, 90, isms.Text{EN: "percent of the disk are free", DE: "Prozent des Datenträgers sind frei"}},
	{"quota-percent", 90, 10, 100, isms.Text{EN: "percent of a quota are used at most", DE: "Prozent eines Kontingents sind höchstens belegt"}},
	{"scan-days", 14, 1, 90, isms.Text{EN: "days: the result of a scan is no older", DE: "Tage: So alt ist das Ergebnis einer Suche nach Schwachstellen höchstens"}},
	{"update-days", 90, 1, 400, isms.Text{EN: "days: a module of which there is a newer version is no older", DE: "Tage: So alt ist ein Modul höchstens, von dem es eine neuere Fassung gibt"}},
	{"centre-days", 100, 1, 400, isms.Text{EN: "days: a centre's statement of evidence is no older", DE: "Tage: So alt ist die Nachweis-Erklärung eines Zentrums höchstens"}},
	{"key-days", 45, 1, 400, isms.Text{EN: "days: no key of a centre or of its patients is older", DE: "Tage: So alt ist ein Schlüssel eines Zentrums und seiner Patienten höchstens"}},
	{"team-key-days", 190, 1, 1000, isms.Text{EN: "days: no key of a centre's team is older", DE: "Tage: So alt ist der Schlüssel des Teams eines Zentrums höchstens"}},
	{"silent-days", 90, 1, 1000, isms.Text{EN: "days: no device of a centre's team is silent for longer", DE: "Tage: So lange ist ein Gerät des Teams eines Zentrums höchstens stumm"}},
	{"sheetless", 0, 0, 1000, isms.Text{EN: "people of a centre's team are without a recovery sheet at most", DE: "Personen im Team eines Zentrums sind höchstens ohne Wiederherstellungsbogen"}},
	{"sheet-days", 400, 1, 2000, isms.Text{EN: "days: recovery sheets of a centre's team were made or looked for since", DE: "Tage: So lange liegt höchstens zurück, dass nach den Wiederherstellungsbögen eines Teams gesehen wurde"}},
	{"invitation-days", 7, 1, 90, isms.Text{EN: "days: no invitation of a centre is open for longer", DE: "Tage: So lange ist eine Einladung eines Zentrums höchstens offen"}},
	{"review-days", 190, 1, 1000, isms.Text{EN: "days: a centre has looked through who has access since", DE: "Tage: So lange liegt höchstens zurück, dass ein Zentrum durchgesehen hat, wer Zugang hat"}},
	{"record-check-days", 400, 1, 1000, isms.Text{EN: "days: a centre has checked the legal record since", DE: "Tage: So lange liegt die letzte Prüfung der rechtlichen Dokumentation eines Zentrums höchstens zurück"}},
	{"action-days", 14, 1, 90, isms.Text{EN: "days: a nonconformity has a corrective action within", DE: "Tage: So bald hat eine Abweichung eine Korrekturmaßnahme"}},
}

// Target returns the number in force.
func (p *Plan) Target(name string) int {
	if p != nil {
		if n, ok := p.Targets[name]; ok {
			return n
		}
	}
	for _, t := range Targets {
		if t.Name == name {
			return t.Usual
		}
	}
	panic("isms: no target " + name)
}

// SetTargets reads NAME=NUMBER texts over the targets of the plan before.
func SetTargets(before *Plan, texts []string) (map[string]int, error) {
	set := map[string]int{}
	if before != nil {
		maps.Copy(set, before.Targets)
	}
	for _, s := range texts {
		name, value, _ := strings.Cut(s, "=")
		i := slices.IndexFunc(Targets, func(t Target) bool { return t.Name == name })
		if i < 0 {
			return nil, errors.New("no target is called " + strconv.Quote(name) + "; there are: " + TargetNames())
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < Targets[i].Least || n > Targets[i].Most {
			return nil, fmt.Errorf("target %s: %q is not a number from %d to %d", name, value, Targets[i].Least, Targets[i].Most)
		}
		set[name] = n
	}
	return set, nil
}

// TargetNames lists what SetTargets knows.
func TargetNames() string {
	var names []string
	for _, t := range Targets {
		names = append(names, fmt.Sprintf("%s=%d", t.Name, t.Usual))
	}
	return strings.Join(names, ", ")
}
