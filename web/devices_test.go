package web_test

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
	"vialog/web/browsertest/codes"
)

const laptopsWords = "kanarie kiesel lampe ofen birke tasse"

// A deviceWalk is one person with several browsers, in the real app.
type deviceWalk struct {
	*walk
	phone, laptop, tablet *browsertest.Page
}

func TestOnePersonUsesSeveralDevices(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	relay := openRelay(t)
	w := &deviceWalk{walk: &walk{t: t, browser: browsertest.Start(t), relay: relay}}
	w.steps([]step{
		{"a phone keeps a diary", w.begins},
		{"no link is made without the passphrase", w.passphraseFirst},
		{"a laptop is added with the keyboard alone", w.addLaptop},
		{"what one writes the other shows", w.both},
		{"digits that differ let nobody in", w.differ},
		{"a tablet scans the code, and the others hear of it", w.addTablet},
		{"a link adds nothing to a device that has a diary", w.phished},
		{"without a network it says so", w.without},
		{"a lost laptop is removed at once", w.lose},
		{"nothing was told to anybody else", w.silent},
	})
}

func (w *deviceWalk) begins() {
	p := w.browser.Page("phone", "en-GB")
	w.phone = p
	p.Go(w.relay.Origin + "/")
	p.Click("#way-alone > summary")
	p.Click("start.alone")
	p.Has("#f-passphrase")
	p.Fill("passphrase", patientsWords)
	p.Click("passphrase.save")
	p.Has("[data-key=today]")
	w.begin(p, "record.note")
	p.Fill("text", w.canary("Kanarien vom Telefon"))
	p.Click("Save note")
	p.Has("[data-key=today]")
}

func (w *deviceWalk) passphraseFirst() {
	p := w.phone
	p.Click("#go-settings")
	p.Click("go.devices")
	w.arrived(p, "My devices")
	p.See("This is your only device", "This device", "as the first")
	w.shots(p, "devices-one")
	p.Click("Name this device")
	p.Has("#f-device-name")
	p.Fill("device-name", "  ")
	p.Click("Save")
	p.FocusOn("#problems")
	p.Fill("device-name", "Ha\u0308ndi") // with a diaeresis of its own
	p.Click("Phone")
	p.Click("Save")
	w.arrived(p, "My devices")
	p.See(w.canary("Händi")) // composed
	p.Click("device.add")
	w.arrived(p, "Add a device")
	p.Fill("passphrase", "river pebble lantern oven birch teapot")
	p.Click("Make the link")
	p.See("does not open the diary")
	p.FocusOn("#problems")
}

// link makes a link on the phone and returns it.
func (w *deviceWalk) link() (link, code string) {
	w.t.Helper()
	p := w.phone
	p.Fill("passphrase", patientsWords)
	p.Press(kb.Enter)
	p.Has(".code-line")
	w.arrived(p, "Now on the other device")
	link = browsertest.Eval[string](p, `document.querySelector(".code-line").innerText`)
	code = browsertest.Eval[string](p, `document.querySelector(".code-groups").innerText`)
	if got := p.Scan(); got != link {
		w.t.Errorf("the QR code says %q, the link %q", got, link)
	}
	w.canaries = append(w.canaries, strings.TrimPrefix(link, w.relay.Origin+"/"))
	return link, code
}

// again asks the phone for another link.
func (w *deviceWalk) again() (link, code string) {
	p := w.phone
	p.Click("#go-home")
	p.Click("#go-settings")
	p.Click("go.devices")
	p.Click("device.add")
	p.Has("#f-passphrase")
	return w.link()
}

func check(p *browsertest.Page) string {
	p.Has("p.check")
	return browsertest.Eval[string](p, `document.querySelector("p.check").innerText.replace(/\D/g, "")`)
}

func (w *deviceWalk) same(a, b *browsertest.Page) {
	w.t.Helper()
	if x, y := check(a), check(b); x != y || len(x) != 6 {
		w.t.Errorf("%s shows %q, %s %q", a.Name, x, b.Name, y)
	}
}

func (w *deviceWalk) addLaptop() {
	p := w.phone
	link, _ := w.link()
	w.shots(p, "device-link")
	q := w.browser.Page("laptop", "de-DE")
	w.laptop = q
	q.Go(w.relay.Origin + "/")
	q.Has("#way-alone") // the relay has answered, and nothing moves any more
	q.TabTo("Ich nutze Vialog auf einem anderen Gerät")
	q.Press(kb.Enter)
	q.TabTo("Oder Link oder Code")
	q.Press(w.relay.Origin + "/#sheet=ABC")
	q.Press(kb.Enter)
	q.See("Das ist ein Schlüsselblatt")
	q.FocusOn("#problems")
	q.Press(kb.Tab)
	q.Press(kb.Enter)
	q.FocusOn("#f-device-code")
	q.Fill("device-code", link)
	q.Press(kb.Enter)
	w.arrived(q, "Vialog auch hier nutzen")
	q.TabTo("Name des Geräts")
	q.Press(w.canary("Büro-Läppi"))
	q.TabTo("Etwas anderes")
	q.Press(kb.ArrowUp) // a computer
	q.TabTo("Um Einlass bitten")
	w.shots(q, "device-join")
	q.Press(kb.Enter)
	w.arrived(q, "Wählen Sie eine Passphrase")
	q.Fill("passphrase", laptopsWords)
	q.Press(kb.Enter)
	w.arrived(p, "Compare the codes")
	w.arrived(q, "Codes vergleichen")
	w.same(p, q)
	w.shots(p, "device-digits")
	w.shots(q, "device-wait")

	// A page that is closed while it waits goes on where it was.
	w.unlockLaptop("Codes vergleichen")
	w.same(p, q)
	p.TabTo("Yes, let it in")
	p.Press(kb.Enter)
	w.arrived(p, "My devices")
	p.See("Büro-Läppi", "by “Händi”")
	w.shots(p, "devices")
	q.Has("[data-key=today]")
	w.arrived(q, "Heute")
	q.See("Dieses Gerät wurde hinzugefügt", "Kanarien vom Telefon")
	q.Click("#go-settings")
	q.Click("go.devices")
	q.See("Händi", "Büro-Läppi", "als erstes")
	if kind := browsertest.Eval[string](q, `[...document.querySelectorAll(".device")].map((d) => d.querySelector(".badge") ? d.querySelector("h2").innerText : "").join("")`); !strings.Contains(kind, "Büro-Läppi") {
		w.t.Errorf("this device is said to be %q", kind)
	}
}

func (w *deviceWalk) unlockLaptop(heading string) {
	q := w.laptop
	q.Reload()
	q.Has("[data-key=unlock]")
	q.Fill("passphrase", laptopsWords)
	q.Press(kb.Enter)
	q.Heading(heading)
}

func (w *deviceWalk) both() {
	p, q := w.phone, w.laptop
	q.Click("#place-diary")
	p.Click("#go-home")
	w.begin(p, "record.note")
	p.Fill("text", w.canary("Kanarien für den Laptop"))
	p.Click("Save note")
	q.See("Kanarien für den Laptop")
	w.begin(q, "record.note")
	q.Fill("text", w.canary("Kanarien für das Telefon"))
	q.Click("Notiz speichern")
	p.See("Kanarien für das Telefon")
}

func (w *deviceWalk) differ() {
	p := w.phone
	link, code := w.again()
	q := w.browser.Page("stranger", "en-GB")
	q.Go(link)
	w.arrived(q, "Use Vialog here as well")
	q.Fill("device-name", "Tablet")
	q.Click("Ask to be let in")
	q.Has("#f-passphrase")
	q.Fill("passphrase", patientsWords)
	q.Click("passphrase.save")
	w.arrived(q, "Compare the codes")
	w.arrived(p, "Compare the codes")
	p.Click("No, they differ")
	w.arrived(p, "Nobody was let in")
	w.arrived(q, "This device was not let in")
	q.See("The digits differed")
	w.shots(p, "device-refused")
	w.shots(q, "device-over")
	q.Click("Begin again")
	q.Heading("Welcome to Vialog")
	// The link is used up, also as a code.
	q.Click("#way-device > summary")
	q.Fill("device-code", code)
	q.Click("Go on")
	q.See("Another device has used this link already")
	w.noProblems(q)
	q.Close()
}

func (w *deviceWalk) addTablet() {
	p, q := w.phone, w.laptop
	p.Click("Make a new link")
	w.arrived(p, "Add a device")
	link, _ := w.link()
	w.tablet = w.browser.Page("tablet", "en-GB")
	s := w.tablet
	s.Go(w.relay.Origin + "/")
	s.Has("#way-alone")
	s.Click("#way-device > summary")
	s.Click("device.scan")
	s.Has("dialog[open]")
	s.Upload("#scan-picture", picture(w.t, codes.DataMatrix(packCode)))
	s.See("This is the code of a medicine")
	s.Upload("#scan-picture", picture(w.t, codes.QR("https://example.org/#join=1")))
	s.See("This is not a link of Vialog")
	w.shots(s, "device-scan")
	s.Upload("#scan-picture", picture(w.t, codes.QR(link)))
	w.arrived(s, "Use Vialog here as well")
	s.Fill("device-name", w.canary("Tablet am Sofa"))
	s.Click("Tablet")
	s.Click("Ask to be let in")
	s.Has("#f-passphrase")
	s.Fill("passphrase", patientsWords)
	s.Click("passphrase.save")
	w.arrived(s, "Compare the codes")
	w.arrived(p, "Compare the codes")
	w.same(p, s)
	p.Click("Yes, let it in")
	s.See("Kanarien für das Telefon")

	// The laptop had no part in it and tells of it, until somebody there knows.
	q.Click("#go-home")
	q.See("Ein Gerät wurde hinzugefügt: „Tablet am Sofa“", "von „Händi“", "Das waren nicht Sie?")
	w.shots(q, "device-news")
	w.unlockLaptop("Heute")
	q.Click("Das war ich")
	q.NotSee("Ein Gerät wurde hinzugefügt")
	p.Click("#go-home")
	p.NotSee("A device was added")
}

// picture is a photo of a code in a file.
func picture(t *testing.T, c codes.Code) string {
	name := filepath.Join(t.TempDir(), "code.png")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, codes.Photo{Width: 900, Height: 900, Module: 8, Turn: 5}.Take(c)); err != nil {
		t.Fatal(err)
	}
	return name
}

// phished: the laptop's person follows a link that somebody has sent.
func (w *deviceWalk) phished() {
	link, _ := w.again()
	q := w.laptop
	browsertest.Eval[bool](q, `(location.hash = `+"`"+link[strings.Index(link, "#"):]+"`"+`, true)`)
	q.See("Dieser Browser hat schon sein eigenes")
	if u := browsertest.Eval[string](q, `location.href`); strings.Contains(u, "#") {
		w.t.Errorf("the address is %s", u)
	}
	w.phone.Click("#go-back")
	w.phone.Click("Show the link") // it has not gone by leaving the page
	w.phone.Click("Cancel and make void")
	w.arrived(w.phone, "My devices")
	w.phone.NotHas("#devices-link")
	s := w.browser.Page("late", "en-GB")
	s.Go(link)
	s.See("The link is void")
	w.noProblems(s)
	s.Close()
}

func (w *deviceWalk) without() {
	p := w.phone
	p.Click("device.add")
	p.Has("#f-passphrase")
	w.relay.Stop()
	p.Fill("passphrase", patientsWords)
	p.Press(kb.Enter)
	p.See("The server cannot be reached")
	p.FocusOn("#problems")
	w.relay.Start()
	for _, p := range []*browsertest.Page{w.phone, w.laptop, w.tablet} {
		p.Has("#strip[data-state=ok]")
		p.ForgetProblems("ERR_CONNECTION_REFUSED", "WebSocket", "Failed to load resource")
	}
}

func (w *deviceWalk) lose() {
	p, q := w.phone, w.laptop
	q.Click("#place-diary")
	p.Click("#go-home")
	p.Click("#go-settings")
	p.Click("go.devices")
	p.Click("Name or remove “Büro-Läppi”")
	p.Has("#f-device-name")
	w.arrived(p, "Büro-Läppi")
	p.Click("device.remove")
	w.arrived(p, "Remove “Büro-Läppi”?")
	p.See("What happens at once", "What cannot be undone", "You have no recovery sheet yet")
	w.shots(p, "device-remove")
	p.Click("Remove now")
	w.arrived(p, "My devices")
	p.See("“Büro-Läppi” has been removed", "Removed devices")
	q.See("Dieses Gerät hat keinen Zugang mehr", "rufen Sie Ihr Zentrum an", "Kein Zugang")
	q.NotHas("#record") // nobody would get it
	w.shots(q, "device-removed")
	p.Click("#go-home")
	w.begin(p, "record.note")
	p.Fill("text", w.canary("Kanarien ohne den Laptop"))
	p.Click("Save note")
	w.tablet.See("Kanarien ohne den Laptop", "A device was removed: “Büro-Läppi”")
	q.NotSee("Kanarien ohne den Laptop")
	w.unlockLaptop("Dieses Gerät wurde entfernt")
	q.Click("expelled.read")
	q.Heading("Heute")
	q.See("Dieses Gerät hat keinen Zugang mehr", "Kanarien für das Telefon") // what it had stays
	q.NotSee("Kanarien ohne den Laptop")
}

func (w *deviceWalk) silent() {
	for _, p := range []*browsertest.Page{w.phone, w.laptop, w.tablet} {
		w.noProblems(p)
		if l := p.Leaked(append(w.canaries, patientsWords, laptopsWords)...); len(l) > 0 {
			w.t.Errorf("%s sent readable: %s", p.Name, l)
		}
	}
}

// A doctor's second browser is added like a patient's, and is the doctor.
func TestADoctorUsesASecondDevice(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	w := &walk{t: t, browser: browsertest.Start(t), relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}
	w.found()
	d := w.doctor
	d.Click("#place-settings")
	d.Click("go.devices")
	w.arrived(d, "Meine Geräte")
	d.Click("device.add")
	d.Fill("passphrase", doctorsWords)
	d.Press(kb.Enter)
	d.Has(".code-line")
	q := w.browser.Page("ward", "de-DE")
	q.Go(d.Scan())
	w.arrived(q, "Vialog auch hier nutzen")
	q.Fill("device-name", w.canary("Kanarienstation"))
	q.Click("Um Einlass bitten")
	q.Has("#f-passphrase")
	q.Fill("passphrase", laptopsWords)
	q.Press(kb.Enter)
	w.arrived(q, "Codes vergleichen")
	w.arrived(d, "Codes vergleichen")
	if a, b := check(d), check(q); a != b {
		t.Errorf("the digits are %q and %q", a, b)
	}
	d.Click("Ja, einlassen")
	w.arrived(q, "Wer braucht mich jetzt")
	d.See("Kanarienstation")

	// It invites and lets in like the first.
	q.Click("#record")
	q.Click("#invite button[type=submit]")
	q.Has(".code-line")
	p := w.browser.Page("patient", "en-GB")
	p.Go(browsertest.Eval[string](q, `document.querySelector(".code-line").innerText`))
	agree(p)
	p.Has("#f-passphrase")
	p.Fill("passphrase", patientsWords)
	p.Click("passphrase.save")
	p.Has("[data-key=joined] p.check")
	w.pseudonym = browsertest.Eval[string](p, `document.querySelector(".pseudonym").innerText`)
	q.Has("p.check")
	q.Click("join.confirm")
	q.See(w.pseudonym)
	p.Click("join.seen")
	d.Click("#place-patients")
	d.See(w.pseudonym)

	// Lost on the ward: it hears of nothing any more.
	d.Click("#place-settings")
	d.Click("go.devices")
	d.Click("„Kanarienstation“ benennen oder entfernen")
	d.Click("device.remove")
	w.arrived(d, "„Kanarienstation“ entfernen?")
	d.Click("Jetzt entfernen")
	d.See("„Kanarienstation“ wurde entfernt", "Bitte legen Sie ein neues Schlüsselblatt an")
	q.See("Dieses Gerät hat keinen Zugang mehr")
	w.begin(p, "record.note")
	p.Fill("text", w.canary("Kanarien nach der Station"))
	p.Click("Save note")
	d.Click("#place-patients")
	d.Click(w.pseudonym)
	d.See("Kanarien nach der Station")

	// A nurse comes in by the link, and the patient reads that she looked.
	d.Click("#place-settings")
	d.Click("#set-team-open")
	w.arrived(d, "Team")
	d.Click("#team-alone-do")
	d.Click("Pflege")
	d.Fill("passphrase", doctorsWords)
	d.Click("team.invite")
	d.Has(".code-line")
	n := w.browser.Page("nurse", "de-DE")
	n.Go(d.Scan())
	w.arrived(n, "Bei "+centre+" mitarbeiten")
	n.See("Dr. Wehrmuth lädt Sie", "Pflege")
	w.shots(n, "team-join")
	w.comesIn(n, "Kanaria Pflegerin", "Pflege", laptopsWords)
	w.shots(d, "team")
	n.Click("#place-patients")
	n.Click(w.pseudonym)
	n.See("Kanarien nach der Station")
	p.Click("#place-centre")
	p.Click("access.log")
	p.See("Kanaria Pflegerin")
	for _, p := range []*browsertest.Page{d, q, p, n} {
		w.noProblems(p)
		w.noLeaks(p)
	}
}
