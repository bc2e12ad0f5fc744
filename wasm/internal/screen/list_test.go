package screen

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/view"
)

func TestPatientsAreSortedByEveryColumnAndWhatIsEmptyComesLast(t *testing.T) {
	at := func(day int) time.Time { return time.Date(2026, 11, day, 8, 0, 0, 0, time.UTC) }
	rows := []view.PatientRow{
		{ID: "quiet", Pseudonym: "B", CaseNote: "f-2", Last: at(1), State: view.PatientQuiet},
		{ID: "new", Pseudonym: "D", CaseNote: ""},
		{ID: "bleeds", Pseudonym: "C", CaseNote: "F-3", Last: at(9), Bleeding: true},
		{ID: "wrote", Pseudonym: "A", CaseNote: "F-1", Last: at(20), Unread: 3},
		{ID: "calm", Pseudonym: "E", CaseNote: "F-4", Last: at(22)},
	}
	joint := func(n int) diary.Rate { return diary.Rate{Count: n, Days: 365} }
	rows[0].Figures = &view.PatientFigures{Product: "Jivi", AJBR: joint(1), Targets: 2, Stocked: true, StockDays: 3, Doses: diary.Adherence{Planned: 2, Given: 1}, Diagnosis: diary.DiagnosisB}
	rows[2].Figures = &view.PatientFigures{Product: "advate", AJBR: joint(9), LastBleed: diary.Moment{Ms: 5}, Severity: diary.GradeMild}
	rows[3].Figures = &view.PatientFigures{Product: "Elocta", AJBR: diary.Rate{Count: 9, Days: 5}, Stocked: true, StockDays: 90, Doses: diary.Adherence{Planned: 2, Given: 2}, LastBleed: diary.Moment{Ms: 9}, Diagnosis: diary.DiagnosisA, Severity: diary.GradeSevere}
	rows[4].Work, rows[4].CheckDue = 2, 2025
	for _, c := range []struct {
		column int
		down   bool
		want   string
	}{
		{view.ColumnState, false, "bleeds wrote calm quiet new"},
		{view.ColumnState, true, "calm quiet new wrote bleeds"},
		{view.ColumnWho, false, "wrote quiet bleeds new calm"},
		{view.ColumnWho, true, "calm new bleeds quiet wrote"},
		{view.ColumnNote, false, "wrote quiet bleeds calm new"},
		{view.ColumnNote, true, "calm bleeds quiet wrote new"},
		{view.ColumnLast, true, "calm wrote bleeds quiet new"},
		{view.ColumnLast, false, "quiet bleeds wrote calm new"},
		{view.ColumnNews, true, "wrote bleeds calm quiet new"},
		{view.ColumnNews, false, "bleeds calm quiet new wrote"},
		{view.ColumnProduct, false, "bleeds wrote quiet calm new"},
		{view.ColumnProduct, true, "quiet wrote bleeds calm new"},
		{view.ColumnAJBR, true, "bleeds quiet wrote calm new"},
		{view.ColumnAJBR, false, "quiet bleeds wrote calm new"},
		{view.ColumnTargets, true, "quiet bleeds wrote calm new"},
		{view.ColumnStock, false, "quiet wrote bleeds calm new"},
		{view.ColumnAdherence, false, "quiet wrote bleeds calm new"},
		{view.ColumnLastBleed, true, "wrote bleeds calm quiet new"},
		{view.ColumnDiagnosis, false, "wrote quiet bleeds calm new"},
		{view.ColumnSeverity, false, "wrote bleeds calm quiet new"},
		{view.ColumnWork, true, "calm bleeds wrote quiet new"},
		{view.ColumnCheck, false, "calm bleeds wrote quiet new"},
	} {
		list := slices.Clone(rows)
		slices.SortStableFunc(list, func(a, b view.PatientRow) int {
			return comparePatients(view.Order{Column: c.column, Down: c.down}, a, b)
		})
		var got []string
		for _, r := range list {
			got = append(got, r.ID)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("column %d, down %v: %s, want %s", c.column, c.down, s, c.want)
		}
	}
	if o := (view.Order{}).Flip(view.PatientColumn("3")); o != (view.Order{Column: view.ColumnLast, Down: true}) || o.Flip(view.PatientColumn("3")).Down {
		t.Errorf("the head of the last entry sorts by %+v", o)
	}
	if o := (view.Order{}).Flip(view.PatientColumn("-7")); o.Column != view.ColumnState {
		t.Errorf("an unknown column sorts by %+v", o)
	}
}
