package e2e

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/view"
)

// attest makes a statement as soon as this device has read what there is.
func (p *person) attest() (a app.Attested) {
	p.t.Helper()
	p.until("a statement is made", func() bool {
		err := p.Attest(p.t.Context(), 0)
		if !errors.Is(err, app.ErrOffline) {
			check(p.t, err)
		}
		return err == nil
	})
	p.Look(func(l app.Look) { a = l.Evidence()[0] })
	return a
}

// A lead states how the centre is run, and the operator takes it in: the check
// turns green. Who was removed cannot make a statement that passes, nor can one that
// they made before and nobody at the centre knows of.
func TestACentreStatesHowItIsRun(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	lead := r.centre("Centre A")
	lead.onPaper()
	pat, n := lead.patient(r, "")
	must(pat.Record(t.Context(), note("before")))(t)
	nurse := lead.employs(r, keyring.Nurse, "Schwester Lila")
	m := new(muffler)
	r.dial = m.dial
	leaves := lead.employs(r, keyring.Lead, "Dr. Rot")
	r.dial = dial
	leaves.onPaper()
	check(t, leaves.SetContact(t.Context(), diary.Contact{Phone: "030 1"}))
	lead.until("all that the colleague said has come", func() bool {
		phone := ""
		lead.Look(func(l app.Look) {
			c, _ := l.Contact()
			phone = c.Phone
		})
		return phone == "030 1" && lead.roleOf("Schwester Lila") == keyring.Nurse
	})
	check(t, lead.Opened(t.Context(), n))

	r.run("isms", "plan", "-store", r.store, "-actor", "jo")
	dir := t.TempDir()
	imports := func(a app.Attested) (string, error) {
		path := filepath.Join(dir, "statement.txt")
		check(t, os.WriteFile(path, a.File, 0o600))
		out, err := exec.Command(r.bin, "isms", "import", path, "-store", r.store, "-actor", "jo").CombinedOutput()
		return string(out), err
	}
	judged := func(want, says string) {
		t.Helper()
		out, _ := exec.Command(r.bin, "isms", "check", "-store", r.store, "-origin", r.origin, "-actor", "jo").CombinedOutput() // other checks fail
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, " centre-evidence:") {
				if !strings.HasPrefix(line, want) || !strings.Contains(line, says) {
					t.Errorf("not %s, %q: %s", want, says, line)
				}
				return
			}
		}
		t.Errorf("nothing is said of it:\n%s", out)
	}
	judged("NOT-EVIDENCED", "No statement was taken in")

	for what, err := range map[string]error{"a nurse states": nurse.Attest(t.Context(), 0), "a nurse has looked through": nurse.Review(t.Context())} {
		if !errors.Is(err, app.ErrRight) {
			t.Errorf("%s: %v", what, err)
		}
	}
	first := lead.attest()
	if out, err := imports(first); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	judged("FAILED", "nobody has looked through who has access")
	check(t, lead.Review(t.Context()))
	second := lead.attest()
	if s := second.Statement; s.Number != 2 || s.Previous != first.Hash || s.Leads != 2 || s.Nurses != 1 || s.LeadDevices != 2 || s.NurseDevices != 1 || s.NoSheet != 0 || s.Sheet != 0 ||
		s.Removed != 0 || s.NotRenewed != 0 || s.Invitations != 0 || s.Visits != 1 || s.Reviews != 1 || s.Review != 0 || s.Policy != uint32(seal.Current.Version) {
		t.Errorf("it says\n%s", second.File)
	}
	for _, word := range []string{"Blau", "Rot", "Lila", "Centre A", "before"} {
		if bytes.Contains(second.File, []byte(word)) {
			t.Errorf("%q is in the file", word)
		}
	}
	if out, err := imports(second); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	judged("PASSED", "Centres: 1, with 3 people and 3 devices")

	// The colleague makes one of which nobody at the centre hears, and is removed.
	leaves.until("the colleague knows the last one", func() bool {
		known := false
		leaves.Look(func(l app.Look) { known = len(l.Evidence()) == 2 })
		return known
	})
	m.all.Store(true)
	unheard := leaves.attest()
	leaves.Lock()
	key := r.tenantKey()
	check(t, lead.RemoveColleague(t.Context(), lead.colleague("Dr. Rot")))
	lead.until("the relay has the centre's new key", func() bool { return !bytes.Equal(key, r.tenantKey()) })
	lead.settled()
	if out, err := imports(unheard); err == nil || !strings.Contains(out, "key of today") {
		t.Errorf("what nobody at the centre knows is taken in: %v: %s", err, out)
	}
	m.all.Store(false)
	check(t, leaves.Unlock(t.Context(), pass))
	leaves.until("the colleague knows", func() bool { _, out := leaves.removal(); return out })
	if err := leaves.Attest(t.Context(), 0); !errors.Is(err, link.ErrRemoved) {
		t.Errorf("who was removed states: %v", err)
	}

	third := lead.attest()
	if s := third.Statement; s.Number != 3 || s.Leads != 1 || s.LeadDevices != 1 || s.Removed != 1 || s.NotRenewed != 0 {
		t.Errorf("it says\n%s", third.File)
	}
	if out, err := imports(third); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	judged("PASSED", "with 2 people and 2 devices")
	if _, err := imports(unheard); err == nil {
		t.Error("what nobody at the centre knows is taken in afterwards")
	}
}

// A lead reads on the screen what the operator is to be told, and saves exactly that.
func TestALeadReadsAStatementBeforeItLeaves(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	x := leading(t, r, "Centre A")
	x.press(view.ActTeam)
	x.shows(`id="team-evidence-open"`)
	x.press(view.ActEvidence)
	x.shows(`data-key="evidence"`)
	x.press(view.ActReviewed)
	x.shows("Last looked through by Dr. Blau")
	x.until("all is read and said", func() (quiet bool) {
		x.client.Look(func(l app.Look) {
			st := l.Status()
			quiet = st.Online && !st.Trying && !st.SheetPending && st.Waiting == 0
		})
		return quiet
	})
	for n := range 2 {
		x.press(view.ActAttest)
		x.until("it is made", func() bool {
			if strings.Contains(x.page(), `id="problems"`) {
				x.press(view.ActAttest) // something was still to be read
			}
			made := 0
			x.client.Look(func(l app.Look) { made = len(l.Evidence()) })
			return made > n
		})
	}
	x.shows("People: 1, devices: 1")
	x.shows("Statement 2")
	var last app.Attested
	x.client.Look(func(l app.Look) { last = l.Evidence()[0] })
	x.press(view.ActEvidenceSave, view.FieldStatement, hex.EncodeToString(last.Hash[:]))
	x.until("it is saved", func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		return len(x.files) == 1
	})
	if name, data := x.file(); !bytes.Equal(data, last.File) || !strings.HasSuffix(name, "-evidence-"+strconv.Itoa(int(last.Number))+".txt") {
		t.Errorf("saved is %s: %q", name, data)
	}
}
