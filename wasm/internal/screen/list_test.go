package screen

import (
	"slices"
	"strings"
	"testing"
	"time"

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
