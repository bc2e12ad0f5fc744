package isms

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"vialog/relay/internal/ledger"
	"vialog/relay/internal/monitor"
	"vialog/relay/internal/store"
	"vialog/shared/isms"
)

// A Site is the deployment that is looked at. Checks read it and change nothing.
type Site struct {
	Now      time.Time
	Register *isms.Register
	History  *History
	Plan     *Plan // in force

	Origin  string // of the relay: https://diary.example.org
	App     string // origin of the app's files; "" if this deployment serves none
	Version string // that is expected to run
	Signer  string // the verifier whose signature the app must have; "": none is known

	TLS   *tls.Config // whom to trust; nil: the system
	Reach string      // connect here, and not where the name leads; "" for nowhere

	Status   func(ctx context.Context) (monitor.Status, error)
	Tenants  func(ctx context.Context) ([]store.Tenant, error)
	Activity func(ctx context.Context, before time.Time) ([]store.Activity, error)
	Sound    func(ctx context.Context) error // what is wrong with the store
	Log      ledger.Log
	Head     *ledger.Head // the last that was signed; nil: none
	HeadErr  error        // why it could not be read

	Backups string // folder; "": not named

	Synchronised func() (bool, error) // what the system says of its clock
	Scan         string               // file of govulncheck -format json; "": none
	Modules      string               // file of go list -m -u -json all; "": none
	Linked       []string             // modules of the program that runs
}

// A check looks at one thing.
type check struct {
	id  string
	run func(ctx context.Context, s *Site) Result
}

// checks are those of a relay, by the names of the register, in its order.
var checks = []check{
	{"tls", checkTLS},
	{"headers", checkHeaders},
	{"version", checkVersion},
	{"signed-release", checkRelease},
	{"security-contact", checkContact},
	{"crypto-policy", checkPolicy},
	{"tenants-dormant", checkDormant},
	{"tenants-review", checkReviews},
	{"tenants-leaving", checkLeaving},
	{"four-eyes", checkFourEyes},
	{"audit-log", checkLog},
	{"backup-age", checkBackup},
	{"restore-test", checkRestore},
	{"store", checkStore},
	{"limits", checkLimits},
	{"disk", checkDisk},
	{"clock", checkClock},
	{"admin-closed", checkClosed},
	{"vulnerabilities", checkScan},
	{"dependencies", checkModules},
	{"centre-evidence", checkCentres},
	{"declarations", checkDeclarations},
	{actionsCheck, checkActions},
}

// actionsCheck is about nonconformities, and opens none.
const actionsCheck = "corrective-actions"

// Check runs every check of the register. One that this program does not know is
// not evidenced.
func Check(ctx context.Context, s *Site) []Result {
	results := make([]Result, len(s.Register.Checks))
	last := -1
	for i, k := range s.Register.Checks {
		if k.ID == actionsCheck {
			last = i // it goes by what the others find
			continue
		}
		results[i] = s.check(ctx, k.ID)
	}
	if last >= 0 {
		found := append(slices.Clone(results[:last]), results[last+1:]...)
		known := *s
		known.History = &History{Entries: append(slices.Clone(s.History.Entries), Entry{Time: s.Now, Run: &Run{Cycle: s.Plan.Cycle, Results: found}})}
		results[last] = known.check(ctx, actionsCheck)
	}
	return results
}

func (s *Site) check(ctx context.Context, id string) Result {
	r := none("This release has no such check.", "Diese Ausgabe kennt diese Prüfung nicht.",
		"Use a relay that knows it.", "Verwenden Sie ein Relay, das sie kennt.")
	if i := slices.IndexFunc(checks, func(c check) bool { return c.id == id }); i >= 0 {
		r = checks[i].run(ctx, s)
	}
	r.Check = id
	return r
}

func both(en, de string, args ...any) isms.Text {
	if len(args) == 0 {
		return isms.Text{EN: en, DE: de}
	}
	return isms.Text{EN: fmt.Sprintf(en, args...), DE: fmt.Sprintf(de, args...)}
}

func pass(en, de string, args ...any) Result {
	return Result{State: Passed, Finding: both(en, de, args...)}
}

func fail(next isms.Text, en, de string, args ...any) Result {
	return Result{State: Failed, Finding: both(en, de, args...), Next: next}
}

func none(en, de, nextEN, nextDE string) Result {
	return Result{State: NotEvidenced, Finding: isms.Text{EN: en, DE: de}, Next: isms.Text{EN: nextEN, DE: nextDE}}
}

// unread is for what could not be looked at.
func unread(err error) Result {
	return Result{State: NotEvidenced,
		Finding: isms.Text{EN: "It could not be looked at: " + err.Error(), DE: "Es ließ sich nicht ansehen: " + err.Error()},
		Next:    both("See to that, and check again.", "Beheben Sie das und prüfen Sie erneut.")}
}

// asked is the status of the relay that serves, or why there is none.
func (s *Site) asked(ctx context.Context) (monitor.Status, *Result) {
	status, err := s.Status(ctx)
	if err == nil {
		return status, nil
	}
	r := none("The relay that serves could not be asked: "+err.Error(), "Das laufende Relay ließ sich nicht befragen: "+err.Error(),
		"Run the check where the relay serves, as its user (-status-socket).", "Prüfen Sie dort, wo das Relay läuft, als dessen Benutzer (-status-socket).")
	return status, &r
}

func problem(s monitor.Status, code string) (detail string, found bool) {
	i := slices.IndexFunc(s.Problems, func(p monitor.Problem) bool { return p.Code == code })
	if i < 0 {
		return "", false
	}
	return s.Problems[i].Detail, true
}

func checkVersion(ctx context.Context, s *Site) Result {
	status, r := s.asked(ctx)
	switch {
	case r != nil:
		return *r
	case status.Version != s.Version:
		return fail(both("Restart the relay.", "Starten Sie das Relay neu."), "Version %s runs, and %s is installed.", "Es läuft %s, installiert ist %s.", status.Version, s.Version)
	}
	return pass("Version %s runs, protocol %d.", "Es läuft %s, Protokoll %d.", status.Version, status.Protocol)
}

func checkPolicy(_ context.Context, s *Site) Result {
	c := s.Register.Crypto
	if len(c.Algorithms) == 0 {
		return none("The register has no algorithms.", "Das Register hat keine Verfahren.", "Use a release that has them.", "Verwenden Sie eine Ausgabe, die sie hat.")
	}
	update := both("Update to a release with a newer policy.", "Wechseln Sie zu einer Ausgabe mit neuerer Richtlinie.")
	if (Day{c.Review.Time()}).over(s.Now) {
		return fail(update, "The review of policy %d was due on %s.", "Die Überprüfung der Richtlinie %d war am %s fällig.", c.Version, c.Review)
	}
	for _, a := range c.Algorithms {
		if a.State == "write" && (Day{a.Until.Time()}).over(s.Now) {
			return fail(update, "%s was to be used until %s.", "%s sollte bis %s verwendet werden.", a.Name, a.Until)
		}
		if a.State == "write" && (Day{a.Until.Time()}).over(s.Now.AddDate(1, 0, 0)) {
			return fail(update, "%s is used until %s only, which is less than a year away.", "%s wird nur bis %s verwendet; das ist in weniger als einem Jahr.", a.Name, a.Until)
		}
	}
	return pass("Policy %d; algorithms: %d, none past its end; next review %s.", "Richtlinie %d; Verfahren: %d, keines abgelaufen; nächste Überprüfung %s.", c.Version, len(c.Algorithms), c.Review)
}

// tenantsThat lists those for which f says so.
func (s *Site) tenantsThat(ctx context.Context, f func(store.Tenant) bool) (found []string, all int, err error) {
	list, err := s.Tenants(ctx)
	for _, t := range list {
		if f(t) {
			found = append(found, t.ID.String())
		}
	}
	return found, len(list), err
}

// some names the first of them and how many there are: a report shows no names of tenants.
func some(ids []string) string {
	if len(ids) > 3 {
		return fmt.Sprintf("%s, %s, … (%d)", ids[0], ids[1], len(ids))
	}
	out := ids[0]
	for _, id := range ids[1:] {
		out += ", " + id
	}
	return out
}

func checkDormant(ctx context.Context, s *Site) Result {
	days := s.Plan.Target("dormant-days")
	before := s.Now.AddDate(0, 0, -days)
	list, err := s.Activity(ctx, before)
	if err != nil {
		return unread(err)
	}
	used := map[string]store.Activity{}
	for _, a := range list {
		used[a.Tenant.String()] = a
	}
	found, all, err := s.tenantsThat(ctx, func(t store.Tenant) bool {
		a := used[t.ID.String()]
		return t.State == store.Active && t.Created.Before(before) && a.Dormant == a.Channels
	})
	switch {
	case err != nil:
		return unread(err)
	case len(found) > 0:
		return fail(both("Ask whether it is still needed: relay tenant review, or relay tenant remove.", "Fragen Sie nach, ob er noch gebraucht wird: relay tenant review oder relay tenant remove."),
			"Nothing was written for %d days: %s.", "Seit %d Tagen wurde nichts geschrieben: %s.", days, some(found))
	case all == 0:
		return none("There is no tenant.", "Es gibt keinen Mandanten.", "Check again when there is one.", "Prüfen Sie erneut, wenn es einen gibt.")
	}
	return pass("Tenants: %d; no active one was left unwritten for %d days.", "Mandanten: %d; kein aktiver ist seit %d Tagen ungenutzt.", all, days)
}

func checkReviews(ctx context.Context, s *Site) Result {
	found, all, err := s.tenantsThat(ctx, func(t store.Tenant) bool {
		return (t.State == store.Pending || t.State == store.Active || t.State == store.Suspended) && !s.Now.Before(t.Review)
	})
	switch {
	case err != nil:
		return unread(err)
	case len(found) > 0:
		return fail(both("Look at it, then: relay tenant review.", "Sehen Sie ihn an, dann: relay tenant review."), "Due for review: %s.", "Zur Überprüfung fällig: %s.", some(found))
	case all == 0:
		return none("There is no tenant.", "Es gibt keinen Mandanten.", "Check again when there is one.", "Prüfen Sie erneut, wenn es einen gibt.")
	}
	return pass("Tenants: %d; none is due for review.", "Mandanten: %d; keiner ist zur Überprüfung fällig.", all)
}

func checkLeaving(ctx context.Context, s *Site) Result {
	found, all, err := s.tenantsThat(ctx, func(t store.Tenant) bool {
		return t.State == store.Leaving && !t.Ends.IsZero() && !s.Now.Before(t.Ends) || t.State == store.Erased && t.Wiped.IsZero()
	})
	switch {
	case err != nil:
		return unread(err)
	case len(found) > 0:
		return fail(both("relay tenant erase", "relay tenant erase"), "Due to be erased: %s.", "Zu löschen: %s.", some(found))
	}
	return pass("Tenants: %d; none is due to be erased.", "Mandanten: %d; keiner ist zu löschen.", all)
}

func checkFourEyes(ctx context.Context, s *Site) Result {
	approved := 0
	found, _, err := s.tenantsThat(ctx, func(t store.Tenant) bool {
		if t.State == store.Requested || t.State == store.Erased || t.Open || t.Approver == "" && t.Requester == "" {
			return false
		}
		approved++
		return t.Requester == t.Approver
	})
	switch {
	case err != nil:
		return unread(err)
	case len(found) > 0:
		return fail(both("Have another person look at it (relay tenant review), and use relay tenant request and approve with -four-eyes.",
			"Lassen Sie eine zweite Person prüfen (relay tenant review) und verwenden Sie relay tenant request und approve mit -four-eyes."),
			"Requested and approved by one person: %s.", "Von einer Person beantragt und genehmigt: %s.", some(found))
	case approved == 0:
		return none("No tenant was approved yet.", "Noch wurde kein Mandant genehmigt.", "Check again when there is one.", "Prüfen Sie erneut, wenn es einen gibt.")
	}
	return pass("Approved tenants: %d, each by another person than the one who requested it.", "Genehmigte Mandanten: %d, jeder von einer anderen Person als beantragt.", approved)
}

func checkLog(ctx context.Context, s *Site) Result {
	if s.HeadErr != nil {
		return fail(both("Bring the file back from where heads are kept.", "Holen Sie die Datei von dort zurück, wo die Köpfe aufbewahrt werden."),
			"The last signed head cannot be used: %v.", "Der letzte signierte Kopf ist unbrauchbar: %v.", s.HeadErr)
	}
	t, err := ledger.Verify(ctx, s.Log, s.Head)
	switch {
	case errors.Is(err, store.ErrAudit), errors.Is(err, ledger.ErrCutOff), errors.Is(err, ledger.ErrAltered):
		return fail(both("Keep a copy of the store. If it was restored from a backup, make a new key for heads; if not, treat it as an incident.",
			"Bewahren Sie eine Kopie des Speichers auf. Wurde er aus einer Sicherung wiederhergestellt, legen Sie einen neuen Schlüssel für Köpfe an; sonst ist es ein Vorfall."), "%v.", "%v.", err)
	case err != nil:
		return unread(err)
	}
	if err := s.History.VerifyReports(); err != nil {
		return fail(both("Keep a copy of the store, and treat it as an incident: relay isms verify.", "Bewahren Sie eine Kopie des Speichers auf und behandeln Sie es als Vorfall: relay isms verify."), "%v.", "%v.", err)
	}
	switch {
	case s.Head == nil:
		return none("The records follow each other, but no signed head shows that the end was not cut off.", "Die Einträge folgen aufeinander, aber kein signierter Kopf zeigt, dass am Ende nichts fehlt.",
			"relay audit key, then relay audit head, and keep what it prints elsewhere.", "relay audit key, dann relay audit head; bewahren Sie die Ausgabe anderswo auf.")
	}
	days := s.Plan.Target("head-days")
	after, err := s.Log.Audits(ctx, uint64(s.Head.Size), 1)
	if err != nil {
		return unread(err)
	}
	if len(after) > 0 && s.Now.Sub(after[0].Time) > time.Duration(days)*24*time.Hour {
		return fail(both("relay audit head, and keep what it prints elsewhere.", "relay audit head; bewahren Sie die Ausgabe anderswo auf."),
			"The last signed head covers %d records; the acts since %s are under none.", "Der letzte signierte Kopf umfasst %d Einträge; die Vorgänge seit %s stehen unter keinem.", s.Head.Size, after[0].Time.Format(time.DateOnly))
	}
	return pass("Records: %d, none altered; they continue the signed head of %d.", "Einträge: %d, keiner verändert; sie setzen den signierten Kopf von %d fort.", t.Size(), s.Head.Size)
}

func checkStore(ctx context.Context, s *Site) Result {
	if err := s.Sound(ctx); err != nil {
		if ctx.Err() != nil {
			return unread(err)
		}
		return fail(both("Keep a copy of it before anything else, then relay fsck.", "Bewahren Sie zuerst eine Kopie auf, dann relay fsck."), "%v", "%v", err)
	}
	status, r := s.asked(ctx)
	if r != nil {
		return *r
	}
	for _, code := range []string{"store", "read-only", "appends-fail"} {
		if d, found := problem(status, code); found {
			return fail(both("See relay status and the log of the relay.", "Siehe relay status und das Protokoll des Relays."), "The relay that serves reports %s: %s.", "Das laufende Relay meldet %s: %s.", code, d)
		}
	}
	return pass("Every invariant holds, and the relay that serves can write.", "Alle Invarianten gelten, und das laufende Relay kann schreiben.")
}

func checkLimits(ctx context.Context, s *Site) Result {
	share := s.Plan.Target("quota-percent")
	list, err := s.Tenants(ctx)
	if err != nil {
		return unread(err)
	}
	var off, near []string
	in := 0
	for _, t := range list {
		if t.State != store.Pending && t.State != store.Active && t.State != store.Suspended {
			continue
		}
		in++
		switch {
		case t.MaxChannels == 0 || t.MaxBytes == 0:
			off = append(off, t.ID.String())
		case t.Channels*100 >= t.MaxChannels*share || t.Bytes/100 >= t.MaxBytes/10_000*uint64(share):
			near = append(near, t.ID.String())
		}
	}
	switch {
	case len(off) > 0:
		return fail(both("relay tenant quota ID -channels NUMBER -bytes NUMBER", "relay tenant quota ID -channels ZAHL -bytes ZAHL"), "Without a quota: %s.", "Ohne Kontingent: %s.", some(off))
	case len(near) > 0:
		return fail(both("Look at why, then relay tenant quota.", "Klären Sie den Grund, dann relay tenant quota."), "At %d percent of the quota or above: %s.", "Bei %d Prozent des Kontingents oder darüber: %s.", share, some(near))
	case in == 0:
		return none("There is no tenant.", "Es gibt keinen Mandanten.", "Check again when there is one.", "Prüfen Sie erneut, wenn es einen gibt.")
	}
	return pass("Tenants: %d; each has a quota of channels and bytes and is below %d percent of it.", "Mandanten: %d; jeder hat ein Kontingent an Kanälen und Bytes und liegt unter %d Prozent davon.", in, share)
}

func checkDisk(ctx context.Context, s *Site) Result {
	want := s.Plan.Target("disk-percent")
	status, r := s.asked(ctx)
	switch {
	case r != nil:
		return *r
	case status.DiskBytes == 0:
		return none("The relay does not see the disk of its store.", "Das Relay sieht den Datenträger seines Speichers nicht.",
			"Watch it by other means.", "Überwachen Sie ihn auf anderem Weg.")
	}
	free := int(status.DiskFreeBytes / (status.DiskBytes/100 + 1))
	if free < want {
		return fail(both("Make room.", "Schaffen Sie Platz."), "%d percent of the disk are free.", "%d Prozent des Datenträgers sind frei.", free)
	}
	return pass("%d percent of the disk are free.", "%d Prozent des Datenträgers sind frei.", free)
}

func checkClock(ctx context.Context, s *Site) Result {
	status, r := s.asked(ctx)
	if r != nil {
		return *r
	}
	if by, found := problem(status, "clock"); found {
		return fail(both("Set the clock by a time service, then restart the relay.", "Stellen Sie die Uhr über einen Zeitdienst, dann starten Sie das Relay neu."),
			"The clock was set or stood still since the relay began: %s.", "Die Uhr wurde seit dem Start gestellt oder stand still: %s.", by)
	}
	ok, err := s.Synchronised()
	switch {
	case err != nil:
		return unread(err)
	case !ok:
		return fail(both("Run a time service (systemd-timesyncd, chrony).", "Betreiben Sie einen Zeitdienst (systemd-timesyncd, chrony)."),
			"The system says that its clock is not synchronised.", "Das System sagt, dass seine Uhr nicht abgeglichen wird.")
	}
	return pass("The system says that its clock is synchronised, and it was not set since the relay began.", "Das System sagt, dass seine Uhr abgeglichen wird; seit dem Start wurde sie nicht gestellt.")
}

func checkDeclarations(_ context.Context, s *Site) Result {
	var missing, ended []string
	for _, d := range s.Register.Documents {
		if d.Owner == isms.Centre {
			continue // centres tell their own operator; see centre-evidence
		}
		switch last := s.History.declared(d.ID, s.Now); {
		case last == nil:
			missing = append(missing, d.ID)
		case !last.In(s.Now):
			ended = append(ended, d.ID)
		}
	}
	next := both("relay isms declare DOCUMENT", "relay isms declare DOKUMENT")
	switch {
	case len(ended) > 0:
		return fail(next, "Past their end: %s.", "Abgelaufen: %s.", some(ended))
	case len(missing) > 0:
		r := none("", "", next.EN, next.DE)
		r.Finding = both("Never declared: %s.", "Nie erklärt: %s.", some(missing))
		return r
	}
	return pass("Every document of the operator is declared and in force.", "Jedes Dokument des Betreibers ist erklärt und gilt.")
}

func checkActions(_ context.Context, s *Site) Result {
	var late []string
	for _, n := range s.History.Nonconformities(s.Now, s.Plan.Target("action-days")) {
		if n.Overdue {
			late = append(late, n.ID)
		}
	}
	if len(late) > 0 {
		return fail(both("relay isms act: decide what is done, by whom, by when, or close what was done.", "relay isms act: Legen Sie fest, was wer bis wann tut, oder schließen Sie, was getan ist."),
			"Without a corrective action, or past its date: %s.", "Ohne Korrekturmaßnahme oder nach deren Termin: %s.", some(late))
	}
	return pass("No corrective action is past its date.", "Keine Korrekturmaßnahme ist über ihren Termin.")
}

// transport reaches the public address.
func (s *Site) transport() *http.Transport {
	return &http.Transport{DialContext: s.dial, TLSClientConfig: s.tls(), DisableCompression: true, DisableKeepAlives: true}
}
