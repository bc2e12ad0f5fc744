package sample

import (
	"time"

	"vialog/shared/evidence"
	"vialog/shared/wire"
	"vialog/wasm/internal/view"
)

// What a centre tells its operator.
var evidenceCases = []Case{
	{"evidence-none", func(b view.Base) view.Screen {
		return view.Evidence{Frame: centre(b, view.PlaceSettings)}
	}},
	{"evidence", func(b view.Base) view.Screen {
		return view.Evidence{Frame: centre(b, view.PlaceSettings), Review: view.Reviewing{At: at(200, 9, 0), By: "Dr. Anke Reuter", Due: true}, List: []view.Stated{
			stated(3, at(0, 8, 30)), stated(2, at(91, 8, 30)), stated(1, at(182, 8, 30))}}
	}},
	{"evidence-too-early", func(b view.Base) view.Screen {
		s := stated(1, at(0, 8, 30))
		s.Says.NotRenewed, s.Says.Reviews, s.Says.Review, s.Says.Invitations, s.Says.Invitation = 3, 0, evidence.None, 0, evidence.None
		return view.Evidence{Frame: centre(b, view.PlaceSettings), List: []view.Stated{s}}
	}},
	{"team-review-due", func(b view.Base) view.Screen {
		m := staff(b)
		m.Invites, m.List, m.Gone, m.ReviewDue = nil, m.List[:1], nil, true
		return m
	}},
}

func stated(n uint32, made time.Time) view.Stated {
	s := view.Stated{ID: "5a0" + string(rune('0'+n)), At: made, By: "Dr. Anke Reuter", Says: evidence.Statement{
		Tenant: wire.TenantID{0x4d, 0x91, 0x3c, 0x77}, Number: n, Made: made, Release: 41, Policy: 2,
		Leads: 2, Doctors: 3, Nurses: 4, Readers: 1, LeadDevices: 3, DoctorDevices: 4, NurseDevices: 4, ReaderDevices: 1, Silent: 12,
		TeamKey: 34, OldestKey: 28, NoSheet: 1, Sheet: 140, Removed: 2, Invitations: 1, Invitation: 1,
		Visits: 4211, VisitsHash: [32]byte{0x19, 0xe0, 0x55}, Records: 18_204, RecordsHash: [32]byte{0x77, 0x0b, 0xd2}, Checks: 96, Check: 50, Reviews: 2, Review: 200,
	}}
	if n > 1 {
		s.Says.Previous = [32]byte{0xc3, 0x3c, 0x81}
	}
	return s
}
