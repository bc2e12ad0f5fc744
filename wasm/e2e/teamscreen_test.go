package e2e

import (
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/view"
)

const tabWords = "river pebble lantern oven birch teacup"

// leading is a tab of a new centre's first doctor.
func leading(t *testing.T, r *relay, name string) *tab {
	t.Helper()
	x := opened(t, r)
	x.founds(name, r.tenant(name))
	return x
}

// founds has somebody register a centre by the operator's code.
func (x *tab) founds(name string, code wire.Code) {
	x.t.Helper()
	x.press(view.ActRegisterCentre, view.FieldCentreCode, wire.FormatCode(code))
	x.press(view.ActPassSave, view.FieldPassphrase, tabWords)
	x.shows(`data-key="found"`)
	x.press(view.ActFoundCentre, view.FieldName, name, view.FieldOwnName, "Dr. Blau")
	x.shows(`data-key="sheet`)
	x.onPaper()
	x.shows(`data-key="work"`)
}

// onPaper writes the recovery sheet down and types the two words that are asked for.
func (x *tab) onPaper() {
	x.t.Helper()
	var words []string
	x.client.Look(func(l app.Look) {
		if s, ok := l.Sheet(); ok {
			words = s.Words()
		}
	})
	x.press(view.ActSheetCheck)
	x.shows(`name="word-a"`)
	asked := regexp.MustCompile(`\b(\d{1,2})\b`).FindAllStringSubmatch(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(x.labels(), " "), -1)
	if len(asked) < 2 {
		x.t.Fatalf("which words? %q", x.labels())
	}
	x.press(view.ActSheetDone, view.FieldWordA, words[atoi(asked[0][1])-1], view.FieldWordB, words[atoi(asked[1][1])-1])
}

// labels are those of the fields on the page.
func (x *tab) labels() string {
	return strings.Join(regexp.MustCompile(`(?s)<label.*?</label>`).FindAllString(x.page(), -1), " ")
}

// until waits for what the page or the client comes to.
func (x *tab) until(what string, ok func() bool) {
	x.t.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	x.t.Fatalf("waited in vain: %s\n%.3000s", what, x.page())
}

func atoi(s string) (n int) {
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}

// digits are the six that a page asks to compare.
func (x *tab) digits() string {
	x.shows(`class="check`)
	m := regexp.MustCompile(`(?s)<p[^>]*class="check[^"]*"[^>]*>(.*?)</p>`).FindStringSubmatch(x.page())
	return regexp.MustCompile(`\D`).ReplaceAllString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[1], ""), "")
}

func (x *tab) open(kind join.Kind) (id string, i app.InviteInfo) {
	x.client.Look(func(l app.Look) {
		for _, v := range l.Invites() {
			if v.Kind == kind && v.State == app.InviteOpen && i.Link == "" {
				i, id = v, hex.EncodeToString(v.ID[:])
			}
		}
	})
	return id, i
}

func (x *tab) account(name string) (id string) {
	x.client.Look(func(l app.Look) {
		for _, k := range l.Colleagues() {
			if k.Name == name {
				id = hex.EncodeToString(k.Account[:])
			}
		}
	})
	return id
}

// A lead invites a nurse from the screens, who comes in by link and six digits
// with a sheet of her own; made a reader, she is offered nothing to write;
// removed, she is told. The lead reads and saves who opened which diary.
func TestANurseIsInvitedLoweredAndRemovedFromTheScreens(t *testing.T) {
	t.Parallel()
	r := startRelay(t)
	lead := leading(t, r, "Centre A")
	lead.press(view.ActTeam)
	lead.shows(`data-key="team"`)
	lead.shows("You are the only lead")
	lead.press(view.ActTeamLeave)
	lead.shows("Make somebody else a lead first")
	lead.press(view.ActBack)

	lead.press(view.ActTeamForm)
	lead.press(view.ActTeamInvite, view.FieldPersonNote, "Night nurse", view.FieldPassphrase, tabWords)
	lead.shows(`id="problems"`) // no role
	lead.press(view.ActTeamInvite, view.FieldPersonNote, "Night nurse", view.FieldTeamRole, "3", view.FieldPassphrase, "another")
	lead.shows("does not open the diary")
	lead.press(view.ActTeamInvite, view.FieldPersonNote, "Night nurse", view.FieldTeamRole, "3", view.FieldPassphrase, tabWords)
	lead.shows("Night nurse: Nurse")
	id, inv := lead.open(join.Colleague)

	nurse := opened(t, r)
	nurse.press(view.ActJoinCode, view.FieldCode, inv.Code)
	nurse.shows(`data-key="team-join"`)
	nurse.shows("Dr. Blau invites you into the team of Centre A")
	nurse.shows("Like a doctor, but without signing")
	nurse.press(view.ActTeamJoin, view.FieldPersonName, " ")
	nurse.shows(`id="problems"`)
	nurse.press(view.ActTeamJoin, view.FieldPersonName, "=Lila")
	nurse.press(view.ActPassSave, view.FieldPassphrase, tabWords)
	nurse.shows("Compare these digits")
	lead.shows("=Lila wants to join the team. Role: Nurse")
	if a, b := lead.digits(), nurse.digits(); a != b || len(a) != 6 {
		t.Fatalf("the lead sees %q, the nurse %q", a, b)
	}
	lead.press(view.ActTeamSame, view.FieldInvite, id)
	lead.shows("=Lila belongs to the team now")
	nurse.shows(`data-key="sheet`)
	nurse.onPaper()
	nurse.shows(`data-key="work"`)
	nurse.press(view.ActTeam)
	nurse.shows("Dr. Blau")
	if strings.Contains(nurse.page(), view.ActTeamForm) || strings.Contains(nurse.page(), view.ActColleague+`"`) {
		t.Error("a nurse is offered to change the team")
	}
	nurse.press(view.ActTeamForm)
	nurse.shows("Only a lead of the centre can do that")

	// A patient comes; both open the page.
	lead.press(view.ActInviteNew, view.FieldCaseNote, "K-1")
	lead.shows("K-1")
	_, invited := lead.open(join.Patient)
	pat := newPerson(t, r)
	preview := must(pat.Preview(t.Context(), must(join.ParseCode(invited.Code))(t)))(t)
	check(t, pat.JoinCentre(t.Context(), preview, agreed(preview)))
	lead.shows(`class="check`)
	lead.press(view.ActJoinConfirm, view.FieldInvite, hex.EncodeToString(invited.ID[:]))
	number := func(x *tab) (n string) {
		x.until("the patient is there", func() bool {
			x.client.Look(func(l app.Look) {
				if ps := l.Patients(); len(ps) == 1 {
					n = strconv.Itoa(int(ps[0].N))
				}
			})
			return n != ""
		})
		return n
	}
	lead.press(view.ActPatientOpen, view.FieldPatient, number(lead))
	lead.shows(`data-key="patient.`)
	nurse.press(view.ActPatientOpen, view.FieldPatient, number(nurse))
	nurse.shows(`id="composer"`)
	lead.press(view.ActTeamLog)
	lead.shows("2 lines")
	lead.press(view.ActTeamLog, view.FieldColleague, lead.account("=Lila"), view.FieldPatient, "")
	lead.shows("1 line")
	// A patient is found by typing a part of the name; nobody picks one of a thousand.
	lead.press(view.ActTeamLog, view.FieldColleague, "", view.FieldFind, "no such name")
	lead.shows("No patient is called that.")
	var called string
	lead.client.Look(func(l app.Look) { called = strings.ToLower(l.Patients()[0].Pseudonym[2:8]) })
	lead.press(view.ActTeamLog, view.FieldColleague, "", view.FieldFind, " "+called)
	lead.shows(`id="log-patient-` + number(lead) + `"`)
	lead.press(view.ActTeamLogOf, view.FieldPatient, number(lead))
	lead.shows(`id="log-chosen"`)
	lead.shows("2 lines")
	lead.press(view.ActTeamLogAll, view.FieldPatient, number(lead)) // which the form carries along
	lead.shows(`name="find"`)
	lead.press(view.ActTeamLog, view.FieldColleague, lead.account("=Lila"), view.FieldPatient, number(lead))
	lead.shows("1 line")
	lead.press(view.ActTeamLogSave)
	lead.shows("-access.csv")
	lead.mu.Lock()
	for name, data := range lead.files {
		rows := strings.Split(strings.TrimSpace(string(data)), "\r\n")
		if !strings.HasSuffix(name, "-access.csv") || len(rows) != 2 || rows[0] != "Who,Patient,When,Reason" || !strings.HasPrefix(rows[1], "'=Lila,") {
			t.Errorf("%s: %q", name, data)
		}
	}
	lead.mu.Unlock()

	// She becomes a reader.
	lead.press(view.ActTeam)
	lead.press(view.ActColleague, view.FieldColleague, lead.account("=Lila"))
	lead.shows(`data-key="colleague.`)
	lead.press(view.ActColleagueRole, view.FieldColleague, lead.account("=Lila"), view.FieldTeamRole, "4")
	lead.shows("The role has been changed")
	nurse.until("she only reads", func() bool {
		var r keyring.Role
		nurse.client.Look(func(l app.Look) { r = l.TeamRole() })
		return r == keyring.Reader && !strings.Contains(nurse.page(), `id="composer"`)
	})
	nurse.press(view.ActMessageSend, view.FieldPatient, number(nurse), view.FieldText, "x")
	nurse.shows("writing is left to others")

	// She is removed, and told so.
	lead.press(view.ActColleague, view.FieldColleague, lead.account("=Lila"))
	lead.press(view.ActColleagueRemove, view.FieldColleague, lead.account("=Lila"))
	lead.shows("Remove =Lila?")
	lead.press(view.ActColleagueRemoveDo, view.FieldColleague, lead.account("=Lila"))
	lead.shows("=Lila has been removed")
	lead.shows("No longer in the team")
	nurse.press(view.ActGoWork)
	nurse.shows("You are not in the team any more")
	nurse.press(view.ActExpelledRead)
	nurse.press(view.ActInviteForm) // which the page does not offer any more
	nurse.until("it is said that this leads nowhere", func() bool {
		_, notice, _ := strings.Cut(nurse.page(), `id="notice"`)
		return strings.Contains(notice, "no longer has access")
	})
	lead.until("all keys are new", func() bool { return !strings.Contains(lead.page(), `id="team-sealing"`) })
}
