package screen

import (
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// A part is a group of places with acts of its own, in a file of its own.
type part struct {
	// screen is the part's screen at the place where the person is, nil if
	// that is none of its places. It is nil for acts on other parts' screens.
	screen func(*Guide, app.Look, view.Frame) view.Screen
	// act does what is asked for and tells whether it was the part's to do.
	act func(*Guide, node.Event, map[string]string) bool
	// forms are its places where something is typed into Guide.form.
	forms []placeName
}

func parts() []part {
	return []part{
		{(*Guide).treatmentsScreen, (*Guide).treatmentsAct, []placeName{atBackfill}},
		{nil, (*Guide).bleedsAct, nil},
		{nil, (*Guide).photosAct, nil},
		{nil, (*Guide).scanningAct, nil},
		{(*Guide).stockScreen, (*Guide).stockAct, []placeName{atPack, atCount, atOut, atRecall}},
		{(*Guide).planScreen, (*Guide).planAct, []placeName{atPlanForm, atPlanEnd}},
		{(*Guide).figuresScreen, (*Guide).figuresAct, []placeName{atMeasure}},
		{(*Guide).papersScreen, (*Guide).papersAct, nil},
		{(*Guide).devicesScreen, (*Guide).devicesAct, nil},
		{(*Guide).recoveryScreen, (*Guide).recoveryAct, nil},
		{(*Guide).contactScreen, (*Guide).contactAct, []placeName{atContact, atAbout, atInformation}},
		{(*Guide).carersScreen, (*Guide).carersAct, nil},
		{(*Guide).unlockingScreen, (*Guide).unlockingAct, nil},
		{(*Guide).eraseScreen, (*Guide).eraseAct, nil},
		{(*Guide).servedScreen, (*Guide).servedAct, nil},
		{(*Guide).safetyScreen, (*Guide).safetyAct, nil},

		{(*Guide).workScreen, (*Guide).workAct, nil},
		{(*Guide).rotationScreen, (*Guide).rotationAct, nil},
		{(*Guide).evidenceScreen, (*Guide).evidenceAct, nil},

		{(*Guide).partingScreen, (*Guide).partingAct, nil},
		{(*Guide).teamScreen, (*Guide).teamAct, nil},
		{(*Guide).legalScreen, (*Guide).legalAct, nil},
		{(*Guide).cohortScreen, (*Guide).cohortAct, nil},
		{(*Guide).studiesScreen, (*Guide).studiesAct, []placeName{atStudyForm, atConsent, atStudyEnd}},
		{(*Guide).seenScreen, (*Guide).seenAct, nil},
		{(*Guide).rightsScreen, (*Guide).rightsAct, []placeName{atRestrictForm, atRestrictAnswer, atRestrictShow}},
		{(*Guide).sharingScreen, (*Guide).sharingAct, nil},
		{(*Guide).columnsScreen, (*Guide).columnsAct, nil},
	}
}
