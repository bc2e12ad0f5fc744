package view

// Actions a screen can ask for. A name is what stands in data-act; the fields
// that travel with it are named beside it. Every action is also in Actions.
const (
	// Getting in.
	ActJoinCode       = "join.code"        // FieldCode: the typed invitation
	ActStartAlone     = "start.alone"      // a diary without a centre
	ActRegisterCentre = "centre.register"  // FieldCentreCode: the operator's one-time code
	ActRestore        = "restore.begin"    // FieldSheetWords: from a recovery sheet
	ActBack           = "back"             // to the screen before
	ActFocus          = "focus"            // the fragment is the id to take the focus
	ActPassSave       = "passphrase.save"  // FieldPassphrase; FieldOldPassphrase if it replaces one
	ActPassWeigh      = "passphrase.weigh" // FieldPassphrase, while typing
	ActPassShow       = "passphrase.show"  // show or hide what is typed
	ActPassAnother    = "passphrase.another"
	ActUnlock         = "unlock" // FieldPassphrase
	ActUnlockShow     = "unlock.show"
	ActWipe           = "device.wipe"  // forget everything on this device
	ActTabTake        = "tab.take"     // work in this tab, the other one stops
	ActReload         = "reload"       // start the page anew
	ActSheetPrint     = "sheet.print"  // the browser's print window
	ActSheetCheck     = "sheet.check"  // printed or written down: ask for two words
	ActSheetDone      = "sheet.done"   // FieldWordA, FieldWordB
	ActSheetShow      = "sheet.show"   // back to the words, or from the settings
	ActSheetLater     = "sheet.later"  // patients only
	ActFoundCentre    = "centre.found" // FieldName, FieldOwnName

	// Places.
	ActGoToday    = "go.today"
	ActGoDiary    = "go.diary"
	ActGoFigures  = "go.figures"
	ActGoCentre   = "go.centre"
	ActGoPatients = "go.patients"
	ActGoSettings = "go.settings"
	ActGoRecord   = "go.record"

	// A centre's work.
	ActInviteForm     = "invite.form"   // ask for the case note
	ActInviteNew      = "invite.new"    // FieldCaseNote, may be empty
	ActInviteOpen     = "invite.open"   // FieldInvite
	ActInviteCopy     = "invite.copy"   // FieldInvite: the link to the clipboard
	ActInviteRevoke   = "invite.revoke" // FieldInvite
	ActJoinConfirm    = "join.confirm"  // FieldInvite: the codes are the same
	ActJoinDiffer     = "join.differ"   // FieldInvite: the codes differ
	ActPatientOpen    = "patient.open"  // FieldPatient
	ActPatientFilter  = "patient.filter"
	ActPatientsFind   = "patients.find" // FieldFind
	ActCaseNoteEdit   = "casenote.edit" // FieldPatient
	ActCaseNoteSave   = "casenote.save" // FieldPatient, FieldCaseNote
	ActCaseNoteCancel = "casenote.cancel"

	// A patient and the centre.
	ActJoinAccept  = "join.accept"  // after reading: FieldSignatory, FieldAgree, FieldWords
	ActJoinDecline = "join.decline" // nothing is kept
	ActJoinSeen    = "join.seen"    // on from the pseudonym and check code
	ActCentreAdd   = "centre.add"   // FieldCode
	ActMessageSend = "message.send" // FieldText; FieldPatient at a centre, FieldCentre at a patient
	ActCentreOpen  = "centre.open"  // FieldCentre

	// Recording.
	ActRecordTreatment = "record.treatment"
	ActRecordBleed     = "record.bleed"
	ActRecordNote      = "record.note"
	ActRecordAgain     = "record.again" // the last treatment once more, FieldEntry
	ActTreatmentSave   = "record.treatment.save"
	ActTreatmentShape  = "record.treatment.shape" // product, reason or lots changed: draw the form again
	ActLotAdd          = "record.treatment.lot.add"
	ActLotRemove       = "record.treatment.lot.remove" // FieldIndex
	ActBleedSave       = "record.bleed.save"
	ActBleedShape      = "record.bleed.shape" // the place changed
	ActNoteSave        = "record.note.save"
	ActDraft           = "record.draft" // what has been typed so far: keep it
	ActFormCancel      = "record.cancel"

	// Reading.
	ActEntryOpen    = "entry.open"    // FieldEntry
	ActEntryCorrect = "entry.correct" // FieldEntry
	ActEntryRetract = "entry.retract" // FieldEntry: ask for the reason
	ActRetractSave  = "entry.retract.save"
	ActBleedEnd     = "bleed.end" // FieldEntry: it has stopped, correct with an end
	ActDiaryFilter  = "diary.filter"
	ActDiaryMore    = "diary.more"
	ActNoticeClose  = "notice.close"

	// Settings.
	ActLang       = "settings.language" // FieldLang
	ActTheme      = "settings.theme"    // FieldTheme
	ActLock       = "lock"
	ActKeepStored = "storage.keep" // ask the browser not to clear the storage
	ActPassChange = "passphrase.change"

	// Treatments and back-filling.
	ActRepeat       = "record.repeat" // FieldEntry: that treatment once more, now, at once
	ActDose         = "record.dose"   // FieldDose: begin a treatment from a planned dose
	ActMissed       = "record.missed" // FieldDose, FieldMissed: a planned dose was not given
	ActUndo         = "record.undo"   // take back what was saved just now
	ActBackfill     = "backfill"
	ActBackfillMore = "backfill.more"
	ActBackfillSave = "backfill.save"

	// The bleed's form, body map and prompts.
	ActBleedPlace  = "record.bleed.place" // FieldPlace, or a shape of the map: choose it, or take it out
	ActBleedView   = "record.bleed.view"  // FieldView, or a shape of the map: show that view
	ActBleedMore   = "bleed.more"         // FieldEntry: more about that bleed, with what has been typed
	ActBleedStop   = "bleed.stop"         // FieldEntry: it has stopped just now
	ActBleedTreat  = "bleed.treat"        // FieldEntry: begin a treatment for it
	ActBleedAnswer = "bleed.answer"       // FieldEntry, FieldAfter, FieldRelief
	ActBleedLater  = "bleed.later"        // FieldEntry: ask again when the diary is next opened

	// Photos.
	ActPhotoOpen     = "photo.open" // FieldPhoto: show it large
	ActPhotoClose    = "photo.close"
	ActPhotoCaption  = "photo.caption"   // FieldPhoto, FieldCaption
	ActPhotoRemove   = "photo.remove"    // FieldPhoto: ask whether to take it back
	ActPhotoRemoveDo = "photo.remove.do" // FieldPhoto
	ActPhotoKeep     = "photo.keep"      // it stays
	ActPhotoDrop     = "photo.drop"      // FieldPhoto: out of the form

	// Scanning codes.
	ActScanLot   = "scan.lot" // the lot of a treatment
	ActScanClose = "scan.close"
	ActScanAgain = "scan.again" // start the camera once more
	ActScanTyped = "scan.typed" // FieldScanText

	// Stock.
	ActStock       = "go.stock"
	ActPackIn      = "pack.in"
	ActPackScan    = "pack.scan"
	ActPackSave    = "pack.save"
	ActStockCount  = "stock.count" // FieldStock
	ActStockOut    = "stock.out"   // FieldStock, with a batch after a line break: all of that lot
	ActShelfSave   = "stock.save"
	ActLotOffer    = "lot.offer" // FieldOffer: use this lot of the stock
	ActRecallHeard = "recall.heard"
	ActRecallForm  = "recall.form" // at a centre
	ActRecallSave  = "recall.save"
	ActRecallOpen  = "recall.open"  // FieldRecall
	ActRecallMore  = "recall.more"  // FieldRecall: to those who do not have it
	ActRecallUndo  = "recall.undo"  // FieldRecall, FieldWhy
	ActRecallAside = "recall.aside" // FieldEntry: the lots were put aside
	ActRecallRead  = "recall.read"  // FieldEntry

	// Plan.
	ActGoReminders = "go.reminders"
	ActRemindOn    = "remind.on"
	ActRemindOff   = "remind.off"
	ActCalendar    = "calendar.file" // FieldWord, FieldBefore
	ActCalendarOut = "calendar.out"  // FieldForm: "gone" or "all"
	ActGoPlan      = "go.plan"
	ActPlanNew     = "plan.new"
	ActPlanEdit    = "plan.edit" // FieldEntry
	ActPlanShape   = "plan.shape"
	ActPlanSum     = "plan.sum" // FieldSum
	ActPlanTime    = "plan.time.add"
	ActPlanSave    = "plan.save"
	ActPlanEnd     = "plan.end"      // FieldEntry
	ActPlanEndSave = "plan.end.save" // FieldEntry, FieldUntil, FieldWhy
	ActPlanRead    = "plan.read"     // FieldEntry

	// Figures and measures.
	ActFiguresRange   = "figures.range"   // FieldRange
	ActFiguresOpen    = "figures.open"    // FieldPatient
	ActMeasures       = "measures.open"   // FieldPatient at a centre
	ActMeasureNew     = "measure.new"     // FieldPatient at a centre
	ActMeasureCorrect = "measure.correct" // FieldEntry
	ActMeasureShape   = "measure.shape"   // what was measured changed
	ActMeasureSave    = "measure.save"
	ActMeasureRetract = "measure.retract" // with the reason in FieldWhy

	// Printing, export and import.
	ActPapers       = "papers"        // print, save, take in
	ActPapersSave   = "papers.save"   // FieldForm, FieldExcel
	ActVisit        = "papers.visit"  // FieldMonths
	ActYear         = "papers.year"   // FieldYear
	ActUrgent       = "papers.urgent" // FieldSheetLang
	ActImport       = "import"        // ask for a file
	ActImportLook   = "import.look"   // FieldFile
	ActImportDo     = "import.do"     // write what is new
	ActImportReport = "import.report" // save what was found

	// Contact, card and access log.
	ActContact     = "contact.edit"
	ActContactSave = "contact.save" // FieldPhone, FieldEmergency, FieldHours, FieldNote
	ActCodeForm    = "code.form"
	ActCodeSave    = "code.save" // FieldCentreCode
	ActAbout       = "about.edit"
	ActAboutSave   = "about.save" // FieldDiagnosis … FieldContacts, FieldPhone
	ActAccessLog   = "access.log" // FieldCentre

	// Devices.
	ActDevices        = "go.devices"
	ActDeviceOpen     = "device.open"      // FieldDevice
	ActDeviceSave     = "device.save"      // FieldDevice, FieldDeviceName, FieldDeviceKind
	ActDeviceKnow     = "device.know"      // FieldDevice: what happened to it is known here
	ActUnremovedKnow  = "unremoved.known"  // FieldDevice: of the device or colleague
	ActDeviceRemove   = "device.remove"    // FieldDevice: ask
	ActDeviceRemoveDo = "device.remove.do" // FieldDevice
	ActDeviceAdd      = "device.add"       // ask for the passphrase
	ActDeviceLink     = "device.link"      // FieldPassphrase: make a link
	ActDeviceShow     = "device.show"      // FieldInvite: the link that is still valid
	ActDeviceVoid     = "device.void"      // FieldInvite
	ActDeviceSame     = "device.same"      // FieldInvite: the digits are the same
	ActDeviceDiffer   = "device.differ"    // FieldInvite
	ActDeviceScan     = "device.scan"      // on a new browser: the code that the other device shows
	ActDeviceCode     = "device.code"      // FieldDeviceCode, likewise
	ActDeviceJoin     = "device.join"      // FieldDeviceName, FieldDeviceKind
	ActDeviceGiveUp   = "device.give-up"   // ask no more, or begin again

	// Carers.
	ActPeople         = "go.people"
	ActPersonOpen     = "person.open"    // FieldPerson
	ActPersonSave     = "person.save"    // FieldPerson, FieldRight
	ActPersonRemove   = "person.remove"  // FieldPerson: ask whether
	ActPersonRemoveDo = "person.removed" // FieldPerson
	ActPersonName     = "person.name"    // FieldPersonName: one's own
	ActCarerForm      = "carer.form"     // what the invitation is to allow
	ActCarerInvite    = "carer.invite"   // FieldPersonNote, FieldRight, FieldPassphrase
	ActCarerLink      = "carer.link"     // FieldInvite
	ActCarerVoid      = "carer.void"     // FieldInvite
	ActCarerSame      = "carer.same"     // FieldInvite: the digits are the same
	ActCarerDiffer    = "carer.differ"   // FieldInvite
	ActCarerJoin      = "carer.join"     // FieldPersonName
	ActCarerGiveUp    = "carer.giveup"
	ActHandover       = "handover"        // explain it
	ActHandoverDo     = "handover.invite" // FieldPersonNote, FieldPassphrase
	ActHandedSheet    = "handover.sheet"  // make an own recovery sheet
	ActHanded         = "handover.state"  // FieldPerson: who takes it over
	ActHandedDecide   = "handover.decide" // FieldPerson: who kept it, FieldRight

	// Passkeys and the passphrase.
	ActUnlocking     = "unlocking"
	ActUnlockPasskey = "unlock.passkey"
	ActPasskeyForm   = "passkey.form"
	ActPasskeyAdd    = "passkey.add"    // FieldPassphrase until it is proved, FieldPasskeyName
	ActPasskeyRemove = "passkey.remove" // FieldPasskey
	ActLockAfter     = "lock.after"     // FieldHidden, FieldIdle
	ActForget        = "forget"
	ActForgetDo      = "forget.do"
	ActErase         = "erase"
	ActEraseAsk      = "erase.ask"
	ActEraseDo       = "erase.do" // FieldPassphrase

	// Recovery and the drill.
	ActRecovery      = "recovery"
	ActRecoveryHelp  = "recovery.help" // somebody else used the sheet
	ActSheetAside    = "sheet.aside"   // put off what is asked about the sheet
	ActSheetReplace  = "sheet.replace" // draw another sheet
	ActSheetKeep     = "sheet.keep"    // leave the one in force
	ActSheetStays    = "sheet.stays"   // keep it though a removed device knows where it leads
	ActSheetUseKnown = "sheet.known"   // FieldDevice: the person knows it
	ActDrill         = "drill"         // look for the sheet
	ActDrillWords    = "drill.words"   // FieldWordA, FieldWordB
	ActDrillSheet    = "drill.sheet"   // FieldSheetWords
	ActDrillLost     = "drill.lost"    // it is not there
	ActAgain         = "again"         // about a device whose storage went back
	ActAgainDo       = "again.do"      // set it up again

	// Evidence for the operator.
	ActEvidence     = "evidence"
	ActReviewed     = "evidence.reviewed" // the team was looked through
	ActAttest       = "evidence.make"
	ActEvidenceSave = "evidence.save" // FieldStatement

	// Keys renewed, members removed.
	ActKeys         = "keys"
	ActKeysRenew    = "keys.renew"
	ActExpelledRead = "expelled.read"

	// The served files.
	ActServed       = "served"        // shows this version, and compares again
	ActServedAccept = "served.accept" // of a newer version that waits
	ActSafety       = "safety"

	// The work-list.
	ActGoWork         = "go.work"
	ActWorkOpen       = "work.open"      // FieldWork
	ActWorkActs       = "work.acts"      // FieldWork
	ActWorkAnswer     = "work.answer"    // FieldWork, FieldText
	ActWorkLater      = "work.later"     // FieldLater
	ActWorkUntil      = "work.until"     // FieldWork, FieldPutOff
	ActWorkClose      = "work.close"     // FieldWork, FieldWorkReason, FieldRemark
	ActWorkAgain      = "work.again"     // FieldWork
	ActLimits         = "limits"         // FieldPatient, of one; without it, of all
	ActLimitsSave     = "limits.save"    // FieldPatient, FieldLimit and a number
	ActTeamNoteSave   = "team.note.save" // FieldPatient, FieldTeamText; FieldTeamNote that it corrects
	ActTeamNoteEdit   = "team.note.edit" // FieldTeamNote
	ActTeamNoteCancel = "team.note.cancel"

	// The team.
	ActTeam              = "team"
	ActTeamForm          = "team.form"   // FieldTeamRole: chosen at first
	ActTeamInvite        = "team.invite" // FieldPersonNote, FieldTeamRole, FieldPassphrase
	ActTeamLink          = "team.link"   // FieldInvite
	ActTeamVoid          = "team.void"   // FieldInvite
	ActTeamSame          = "team.same"   // FieldInvite: the codes are the same
	ActTeamDiffer        = "team.differ" // FieldInvite: the codes differ
	ActTeamJoin          = "team.join"   // FieldPersonName
	ActTeamLeave         = "team.leave"
	ActTeamLeaveDo       = "team.leave.do"
	ActColleague         = "colleague"           // FieldColleague
	ActColleagueRole     = "colleague.role"      // FieldColleague, FieldTeamRole
	ActColleagueRemove   = "colleague.remove"    // FieldColleague
	ActColleagueRemoveDo = "colleague.remove.do" // FieldColleague
	ActTeamLog           = "team.log"            // FieldColleague, FieldPatient; FieldFind while a patient is being typed
	ActTeamLogOf         = "team.log.of"         // FieldPatient
	ActTeamLogAll        = "team.log.all"
	ActTeamLogMore       = "team.log.more"
	ActTeamLogSave       = "team.log.save"

	// Legal record and recall.
	ActLegal          = "legal"           // FieldIncomplete: show that only; anything else clears the search
	ActLegalFind      = "legal.find"      // FieldBatch, FieldProduct, FieldPatient or FieldFind, FieldFrom, FieldUntil, FieldIncomplete
	ActLegalWho       = "legal.who"       // FieldFind: a patient, while it is being typed
	ActLegalOf        = "legal.of"        // as ActLegalFind, with FieldPatient
	ActLegalEverybody = "legal.everybody" // as ActLegalFind, of all patients
	ActLegalSave      = "legal.save"
	ActYears          = "legal.years" // FieldYear
	ActYearOpen       = "legal.year"  // FieldSpace
	ActYearSign       = "legal.sign"  // FieldSpace, FieldYear, FieldState, FieldNote
	ActRecallTell     = "recall.tell" // FieldRecall, FieldText

	// Parting.
	ActDiedForm    = "died.form"    // FieldPatient
	ActDeathForm   = "death.form"   // FieldPatient
	ActDeathSave   = "death.save"   // FieldPatient, FieldDate or none
	ActPartForm    = "part.form"    // FieldPatient at a centre, FieldCentre at a patient
	ActPart        = "part"         // likewise, and FieldReason; FieldDate of a death, or none
	ActPartReceipt = "part.receipt" // likewise

	// Patients and cohort.
	ActPatientsSort = "patients.sort" // FieldColumn
	ActPhotosMore   = "photos.more"   // older ones of a patient
	ActColumns      = "columns"
	ActColumnShow   = "columns.show" // FieldColumn
	ActColumnUp     = "columns.up"   // FieldColumn
	ActColumnDown   = "columns.down" // FieldColumn
	ActColumnsReset = "columns.reset"
	ActPatientsOnly = "patients.only" // FieldOnly
	ActCohort       = "cohort"
	ActCohortBy     = "cohort.by"    // FieldClass, FieldSeverity, FieldMonths
	ActCohortGroup  = "cohort.group" // FieldLetter
	ActCohortSort   = "cohort.sort"  // FieldColumn
	ActCohortDot    = "cohort.dot"   // the id names the patient
	ActCohortSave   = "cohort.save"  // all of them as a table

	// Registries and research.
	ActStudies      = "studies"
	ActStudyForm    = "study.form"
	ActStudyAdd     = "study.add"  // FieldStudyName, FieldRecipient, FieldStudyWhat
	ActStudy        = "study"      // FieldStudy
	ActStudyLook    = "study.look" // FieldFirst, FieldLast
	ActStudySave    = "study.save" // FieldForm
	ActStudyEndForm = "study.end.form"
	ActStudyEnd     = "study.end"   // FieldWhy
	ActConsents     = "consents"    // FieldPatient at a centre, FieldCentre at a patient
	ActConsent      = "consent"     // FieldStudy
	ActConsentYes   = "consent.yes" // FieldBorn, FieldSex; at a centre FieldSigned and FieldRemark too
	ActConsentNo    = "consent.no"

	// Who can see what.
	ActWhoSees       = "who.sees"
	ActAccessChecked = "who.checked" // by whoever owns the diary

	// Rights: restriction and receipts.
	ActRestrictions       = "restrict"             // FieldPatient at a centre, FieldCentre at a patient
	ActRestrictForm       = "restrict.form"        // FieldCentre
	ActRestrictSend       = "restrict.send"        // FieldRestrictSpan, FieldRestrictFirst, FieldRestrictLast, FieldRestrictWhy, FieldRestrictWords
	ActRestrictBack       = "restrict.back"        // FieldWish
	ActRestrictAnswerForm = "restrict.answer.form" // FieldWish
	ActRestrictAnswer     = "restrict.answer"      // FieldRestrictAnswer, FieldRestrictReply
	ActRestrictKeep       = "restrict.keep"        // FieldWish
	ActRestrictShowForm   = "restrict.show.form"   // FieldPatient
	ActRestrictShow       = "restrict.show"        // FieldRestrictWhy, FieldRestrictWords
	ActReceipts           = "receipts"

	// Sharing with a centre.
	ActSharing         = "sharing"          // FieldPatient at a centre, FieldCentre at a patient
	ActShareForm       = "share.form"       // FieldCentre
	ActShareAgree      = "share.agree"      // FieldCentre, FieldSignatory, FieldAgree, FieldWords
	ActInformationRead = "information.read" // FieldCentre
	ActInformation     = "information"
	ActInformationSave = "information.save" // the fields of InformationFields
)

// Actions lists every action with what it asks for, in the order above.
var Actions = []struct{ Name, Does string }{
	{ActJoinCode, "read an invitation typed by hand"},
	{ActStartAlone, "found a diary without a centre"},
	{ActRegisterCentre, "redeem the operator's one-time code"},
	{ActRestore, "begin again from a recovery sheet"},
	{ActBack, "return to the screen before"},
	{ActFocus, "move the focus to the element that a link names"},
	{ActPassSave, "use this passphrase"},
	{ActPassWeigh, "say how strong the typed passphrase is"},
	{ActPassShow, "show or hide the typed passphrase"},
	{ActPassAnother, "suggest other words"},
	{ActUnlock, "open the vault with the passphrase"},
	{ActUnlockShow, "show or hide the typed passphrase"},
	{ActWipe, "forget everything on this device"},
	{ActTabTake, "take the work over from the other tab"},
	{ActReload, "load the page anew"},
	{ActSheetPrint, "open the print window"},
	{ActSheetCheck, "ask for two words of the sheet"},
	{ActSheetDone, "check the two words and go on"},
	{ActSheetShow, "show the recovery sheet"},
	{ActSheetLater, "go on without the sheet for now"},
	{ActFoundCentre, "found the centre with its first account"},
	{ActGoToday, "go to today"},
	{ActGoDiary, "go to the diary"},
	{ActGoFigures, "go to the figures"},
	{ActGoCentre, "go to the centre's page"},
	{ActGoPatients, "go to the list of patients"},
	{ActGoSettings, "go to the settings"},
	{ActGoRecord, "choose what to record"},
	{ActInviteForm, "begin an invitation"},
	{ActInviteNew, "make an invitation"},
	{ActInviteOpen, "show an invitation"},
	{ActInviteCopy, "copy an invitation's link"},
	{ActInviteRevoke, "make an invitation void"},
	{ActJoinConfirm, "confirm that both codes are the same"},
	{ActJoinDiffer, "refuse: the codes differ"},
	{ActPatientOpen, "open a patient's page"},
	{ActPatientFilter, "choose the kinds of entries on a patient's page"},
	{ActPatientsFind, "narrow the list of patients"},
	{ActCaseNoteEdit, "edit the centre's own note"},
	{ActCaseNoteSave, "keep the centre's own note"},
	{ActCaseNoteCancel, "leave the centre's own note as it was"},
	{ActJoinAccept, "accept the invitation"},
	{ActJoinDecline, "decline the invitation"},
	{ActJoinSeen, "go on to the diary"},
	{ActCentreAdd, "read another centre's invitation"},
	{ActMessageSend, "send a message"},
	{ActCentreOpen, "show one of several centres"},
	{ActRecordTreatment, "begin a treatment"},
	{ActRecordBleed, "begin a bleed"},
	{ActRecordNote, "begin a note"},
	{ActRecordAgain, "begin a treatment like the last one"},
	{ActTreatmentSave, "save the treatment"},
	{ActTreatmentShape, "draw the treatment's form again"},
	{ActLotAdd, "add a lot"},
	{ActLotRemove, "remove a lot"},
	{ActBleedSave, "save the bleed"},
	{ActBleedShape, "draw the bleed's form again"},
	{ActNoteSave, "save the note"},
	{ActDraft, "keep what has been typed so far"},
	{ActFormCancel, "leave the form without saving"},
	{ActEntryOpen, "open an entry"},
	{ActEntryCorrect, "begin a correction"},
	{ActEntryRetract, "ask why an entry is taken back"},
	{ActRetractSave, "take an entry back"},
	{ActBleedEnd, "begin a correction that ends a bleed"},
	{ActDiaryFilter, "choose the kinds of entries in the diary"},
	{ActDiaryMore, "show older entries"},
	{ActNoticeClose, "put the notice away"},
	{ActLang, "change the language"},
	{ActTheme, "change the colours"},
	{ActLock, "lock now"},
	{ActKeepStored, "ask the browser to keep the storage"},
	{ActPassChange, "choose another passphrase"},

	// Treatments and back-filling.
	{ActRepeat, "record a treatment like the last one at once"},
	{ActDose, "begin a treatment from a planned dose"},
	{ActMissed, "record that a planned dose was not given"},
	{ActUndo, "take back what was saved just now"},
	{ActBackfill, "add treatments of several days"},
	{ActBackfillMore, "show older days"},
	{ActBackfillSave, "save the treatments of several days"},

	// The bleed's form, body map and prompts.
	{ActBleedPlace, "choose a place on the body, or take it out"},
	{ActBleedView, "show another part of the body"},
	{ActBleedMore, "begin a correction that says more about a bleed"},
	{ActBleedStop, "end a bleed now"},
	{ActBleedTreat, "begin a treatment for a bleed"},
	{ActBleedAnswer, "answer how a bleed responded to treatment"},
	{ActBleedLater, "put off the question how a bleed responded"},

	// Photos.
	{ActPhotoOpen, "show a photo large"},
	{ActPhotoClose, "close the large photo"},
	{ActPhotoCaption, "save the caption of a photo"},
	{ActPhotoRemove, "ask whether a photo is to be removed"},
	{ActPhotoRemoveDo, "take a photo back"},
	{ActPhotoKeep, "keep the photo after all"},
	{ActPhotoDrop, "take a photo out of the form"},

	// Scanning codes.
	{ActScanLot, "scan a lot for the treatment"},
	{ActScanClose, "close the scanner"},
	{ActScanAgain, "start the camera once more"},
	{ActScanTyped, "read a code typed by hand"},

	// Stock.
	{ActStock, "show the stock at home"},
	{ActPackIn, "begin to enter packs"},
	{ActPackScan, "scan a pack"},
	{ActPackSave, "save the packs"},
	{ActStockCount, "begin a count"},
	{ActStockOut, "begin to take something out"},
	{ActShelfSave, "save the count or what was taken out"},
	{ActLotOffer, "put a lot of the stock into the treatment"},
	{ActRecallHeard, "begin a recall that somebody at home heard of"},
	{ActRecallForm, "begin a recall"},
	{ActRecallSave, "save the recall, at a centre for all patients"},
	{ActRecallOpen, "show what became of a recall"},
	{ActRecallMore, "send a recall to those who do not have it"},
	{ActRecallUndo, "take a recall back"},
	{ActRecallAside, "take recalled lots out of the stock"},
	{ActRecallRead, "say that a recall was read"},

	// Plan.
	{ActGoReminders, "go to the reminders"},
	{ActRemindOn, "ask the browser for leave to remind, and remind"},
	{ActRemindOff, "no longer remind"},
	{ActCalendar, "make a calendar file of the planned doses"},
	{ActCalendarOut, "offer a file that takes appointments out of a calendar"},
	{ActGoPlan, "go to the plan"},
	{ActPlanNew, "begin a plan"},
	{ActPlanEdit, "begin a new version of a plan"},
	{ActPlanShape, "draw the plan's form again"},
	{ActPlanSum, "take the dose worked out from the weight"},
	{ActPlanTime, "add a time of the day"},
	{ActPlanSave, "save the plan"},
	{ActPlanEnd, "ask when and why a plan ends"},
	{ActPlanEndSave, "end the plan"},
	{ActPlanRead, "tell the centre that its plan was read"},

	// Figures and measures.
	{ActFiguresRange, "choose how far the figures look back"},
	{ActFiguresOpen, "show all figures of a patient"},
	{ActMeasures, "list the measured values"},
	{ActMeasureNew, "begin a measured value"},
	{ActMeasureCorrect, "begin a correction of a measured value"},
	{ActMeasureShape, "draw the measured value's form again"},
	{ActMeasureSave, "save the measured value"},
	{ActMeasureRetract, "take the measured value back"},

	// Printing, export and import.
	{ActPapers, "print, save or take in"},
	{ActPapersSave, "save a file of the diary"},
	{ActVisit, "show the summary for a visit"},
	{ActYear, "show the yearly record"},
	{ActUrgent, "show the emergency sheet"},
	{ActImport, "ask for a file to take in"},
	{ActImportLook, "show what a file would add"},
	{ActImportDo, "add what is new in a file"},
	{ActImportReport, "save what was found in a file"},

	// Contact, card and access log.
	{ActContact, "edit the centre's telephone numbers"},
	{ActContactSave, "keep the centre's telephone numbers"},
	{ActCodeForm, "ask for the operator's code again"},
	{ActCodeSave, "redeem the operator's code again"},
	{ActAbout, "edit what treatment goes by"},
	{ActAboutSave, "keep what treatment goes by"},
	{ActAccessLog, "show who at the centre has looked"},

	// Devices.
	{ActDevices, "show the devices"},
	{ActDeviceOpen, "show one device"},
	{ActDeviceSave, "name a device"},
	{ActDeviceKnow, "take notice of what happened to a device"},
	{ActUnremovedKnow, "take notice of a removal that came to nothing"},
	{ActDeviceRemove, "ask whether to remove a device"},
	{ActDeviceRemoveDo, "remove a device"},
	{ActDeviceAdd, "ask for the passphrase before a device is added"},
	{ActDeviceLink, "make a link for a further device"},
	{ActDeviceShow, "show a link that is still valid"},
	{ActDeviceVoid, "make that link void"},
	{ActDeviceSame, "let the device in: the digits are the same"},
	{ActDeviceDiffer, "let nobody in: the digits differ"},
	{ActDeviceScan, "scan the code that another device shows"},
	{ActDeviceCode, "use a link that another device shows"},
	{ActDeviceJoin, "ask to be let in as a further device"},
	{ActDeviceGiveUp, "ask no more"},

	// Carers.
	{ActPeople, "list who shares the diary"},
	{ActPersonOpen, "show one of them"},
	{ActPersonSave, "change what somebody may do"},
	{ActPersonRemove, "ask whether to end somebody's share"},
	{ActPersonRemoveDo, "end somebody's share"},
	{ActPersonName, "say what one is called by the others"},
	{ActCarerForm, "begin an invitation for a carer"},
	{ActCarerInvite, "make the invitation for a carer"},
	{ActCarerLink, "show the invitation for a carer"},
	{ActCarerVoid, "take the invitation back"},
	{ActCarerSame, "let in who shows the same digits"},
	{ActCarerDiffer, "refuse who shows other digits"},
	{ActCarerJoin, "ask to share a diary"},
	{ActCarerGiveUp, "ask no more to share a diary"},
	{ActHandover, "explain how a diary is handed over"},
	{ActHandoverDo, "make the invitation that hands it over"},
	{ActHandedSheet, "make an own recovery sheet, as the new keeper"},
	{ActHanded, "show how far handing over is"},
	{ActHandedDecide, "decide what becomes of who kept the diary"},

	// Passkeys and the passphrase.
	{ActUnlocking, "show how this browser is unlocked and locked"},
	{ActUnlockPasskey, "have the browser ask for a passkey"},
	{ActPasskeyForm, "begin to add a passkey"},
	{ActPasskeyAdd, "check the passphrase and have the browser make a passkey"},
	{ActPasskeyRemove, "let a passkey open the vault no more"},
	{ActLockAfter, "choose when to lock"},
	{ActForget, "say what is lost when this browser forgets everything"},
	{ActForgetDo, "forget everything on this device"},
	{ActErase, "say what erasing the diary at the server means, or how far it is"},
	{ActEraseAsk, "ask for the passphrase before the diary is erased at the server"},
	{ActEraseDo, "check the passphrase and erase the diary at the server"},

	// Recovery and the drill.
	{ActRecovery, "show what is known about the recovery sheet"},
	{ActRecoveryHelp, "say what to do if somebody else used the sheet"},
	{ActSheetAside, "put off what is asked about the sheet"},
	{ActSheetReplace, "draw another sheet to take the old one’s place"},
	{ActSheetKeep, "leave the old sheet in force after all"},
	{ActSheetStays, "keep the sheet though a removed device knows where it leads"},
	{ActSheetUseKnown, "take notice of a device that came in by the sheet"},
	{ActDrill, "ask whether the sheet is still there"},
	{ActDrillWords, "check two words of the sheet"},
	{ActDrillSheet, "check the whole sheet"},
	{ActDrillLost, "say that the sheet is not there"},
	{ActAgain, "explain how a device that went back is set up again"},
	{ActAgainDo, "set up a device again that went back"},

	// Evidence for the operator.
	{ActEvidence, "show what the operator is told"},
	{ActReviewed, "note that the team was looked through"},
	{ActAttest, "make a statement for the operator"},
	{ActEvidenceSave, "save a statement for the operator as a file"},

	// Keys renewed, members removed.
	{ActKeys, "show when keys were renewed"},
	{ActKeysRenew, "renew all keys now"},
	{ActExpelledRead, "read on on a device that was removed"},

	// The served files.
	{ActServed, "show what runs here and compare it with what the server sends"},
	{ActServedAccept, "start the newer version that waits"},
	{ActSafety, "say what people can do to keep it safe"},

	// The work-list.
	{ActGoWork, "go to what needs somebody"},
	{ActWorkOpen, "show what an item is about, and have it in hand"},
	{ActWorkActs, "show or hide what can be done about an item"},
	{ActWorkAnswer, "write to the patient about an item"},
	{ActWorkLater, "put an item off for some days"},
	{ActWorkUntil, "put an item off until a day"},
	{ActWorkClose, "close an item for the whole team"},
	{ActWorkAgain, "open an item again that was put off or closed"},
	{ActLimits, "show from when on something is listed"},
	{ActLimitsSave, "keep from when on something is listed"},
	{ActTeamNoteSave, "keep a note of the team"},
	{ActTeamNoteEdit, "begin to correct a note of the team"},
	{ActTeamNoteCancel, "leave a note of the team as it is"},

	// The team.
	{ActTeam, "show who works at the centre"},
	{ActTeamForm, "ask as what a colleague is invited"},
	{ActTeamInvite, "make an invitation for a colleague"},
	{ActTeamLink, "show an invitation for a colleague"},
	{ActTeamVoid, "take an invitation for a colleague back"},
	{ActTeamSame, "let a colleague in"},
	{ActTeamDiffer, "let no colleague in, since the codes differ"},
	{ActTeamJoin, "ask to be let into a centre's team"},
	{ActTeamLeave, "ask whether to leave the team"},
	{ActTeamLeaveDo, "leave the team"},
	{ActColleague, "show one colleague"},
	{ActColleagueRole, "give a colleague another role"},
	{ActColleagueRemove, "ask whether a colleague is to be removed"},
	{ActColleagueRemoveDo, "remove a colleague"},
	{ActTeamLog, "show who has opened which diary, or of these some"},
	{ActTeamLogOf, "show only the lines of one patient"},
	{ActTeamLogAll, "show the lines of all patients again"},
	{ActTeamLogMore, "show older lines"},
	{ActTeamLogSave, "save the lines as a table"},

	// Legal record and recall.
	{ActLegal, "show the legal record"},
	{ActLegalFind, "search the legal record"},
	{ActLegalWho, "find a patient in the legal record by typing"},
	{ActLegalOf, "search the legal record of one patient"},
	{ActLegalEverybody, "search the legal record of all patients"},
	{ActLegalSave, "save what was found in the legal record as a table"},
	{ActYears, "show whose year is still to be checked"},
	{ActYearOpen, "show the check of one patient's year"},
	{ActYearSign, "sign that a patient's year was checked"},
	{ActRecallTell, "write to all patients that a recall concerns"},

	// Parting.
	{ActDiedForm, "ask before it is entered that a patient has died"},
	{ActDeathForm, "ask for the date of a death that was entered"},
	{ActDeathSave, "keep the date of a death, or that it is not known"},
	{ActPartForm, "ask before a patient and a centre part"},
	{ActPart, "leave a centre, or discharge a patient"},
	{ActPartReceipt, "show the receipt of a parting"},

	// Patients and cohort.
	{ActPatientsSort, "sort the list of patients by a column"},
	{ActPhotosMore, "show older photos of a patient"},
	{ActColumns, "choose the columns of the list of patients"},
	{ActColumnShow, "show a column, or leave it out"},
	{ActColumnUp, "put a column further to the front"},
	{ActColumnDown, "put a column further back"},
	{ActColumnsReset, "show the usual columns"},
	{ActPatientsOnly, "show only patients in a state"},
	{ActCohort, "compare the centre's patients"},
	{ActCohortBy, "choose whom to compare over which time"},
	{ActCohortGroup, "show only one of the groups, or all again"},
	{ActCohortSort, "sort by a column"},
	{ActCohortDot, "open the patient of a dot"},
	{ActCohortSave, "save the cohort as a table"},

	// Registries and research.
	{ActStudies, "list registries and studies"},
	{ActStudyForm, "describe another registry or study"},
	{ActStudyAdd, "ask all patients for it"},
	{ActStudy, "show one registry or study"},
	{ActStudyLook, "say what an extract would hold"},
	{ActStudySave, "log an extract and save it as a file"},
	{ActStudyEndForm, "ask before one of them is ended"},
	{ActStudyEnd, "end it for good"},
	{ActConsents, "list what a patient is asked for and has said"},
	{ActConsent, "show one of these questions"},
	{ActConsentYes, "consent, or note a consent on paper"},
	{ActConsentNo, "refuse or withdraw, or note that"},

	// Who can see what.
	{ActWhoSees, "say who can read the diary, for how long and with which keys"},
	{ActAccessChecked, "note that who can read the diary was looked through"},

	// Rights: restriction and receipts.
	{ActRestrictions, "list what a patient asked not to be used, and the answers"},
	{ActRestrictForm, "ask for a restriction"},
	{ActRestrictSend, "send the wish to the centre"},
	{ActRestrictBack, "take a restriction back, or the wish for one"},
	{ActRestrictAnswerForm, "answer a wish, or end a restriction"},
	{ActRestrictAnswer, "send the answer"},
	{ActRestrictKeep, "keep a restriction whose end was announced"},
	{ActRestrictShowForm, "ask why restricted entries are to be shown"},
	{ActRestrictShow, "show them, with the reason in the access log"},
	{ActReceipts, "list what was done by the rights of a person"},

	// Sharing with a centre.
	{ActSharing, "show what was agreed to, and what the centre says of itself"},
	{ActShareForm, "show the words to agree to"},
	{ActShareAgree, "agree that the diary is shared"},
	{ActInformationRead, "note that what the centre says of itself was read"},
	{ActInformation, "edit what the centre says of itself"},
	{ActInformationSave, "keep it and tell every patient"},
}

// Names of the fields that travel with an action. A field with a trailing dot
// is followed by an index or a key: "lot.0", "sign.swelling".
const (
	FieldCode       = "code"
	FieldCentreCode = "centre-code"
	FieldSheetWords = "sheet-words"
	FieldPassphrase = "passphrase"
	FieldWordA      = "word-a"
	FieldWordB      = "word-b"
	FieldName       = "name"
	FieldOwnName    = "own-name"
	FieldInvite     = "invite"
	FieldPatient    = "patient"
	FieldCentre     = "centre"
	FieldCaseNote   = "case-note"
	FieldFind       = "find"
	FieldFilter     = "filter"
	FieldText       = "text"
	FieldEntry      = "entry"   // the entry opened, corrected or taken back
	FieldIndex      = "index"   // which lot
	FieldProduct    = "product" // the product's key
	FieldOther      = "other"   // the product's name, if the product is "other"
	FieldAmount     = "amount"
	FieldLot        = "lot."
	FieldExpiry     = "expiry."
	FieldPacks      = "packs."
	FieldDate       = "date" // 2026-11-23
	FieldTime       = "time" // 07:40
	FieldEndDate    = "end-date"
	FieldEndTime    = "end-time"
	FieldReason     = "reason"
	FieldBleed      = "bleed" // the linked bleed's entry
	FieldSite       = "site"
	FieldGivenBy    = "given-by"
	FieldReaction   = "reaction"
	FieldPlace      = "place" // its key
	FieldCause      = "cause"
	FieldSeverity   = "severity"
	FieldPain       = "pain"
	FieldSign       = "sign." // the whole name is the sign's key
	FieldResponse8  = "response-8h"
	FieldResponse72 = "response-72h"
	FieldTreatment  = "treatment." // followed by the linked treatment's entry
	FieldNote       = "note"
	FieldWhy        = "why" // reason of a correction or retraction
	FieldLang       = "lang"
	FieldTheme      = "theme"

	// Treatments and back-filling.
	FieldDose      = "dose"      // a plan's entry, "@", and when its dose is due in ms
	FieldWasMissed = "missed"    // it was not given
	FieldMissed    = "not-given" // why
	FieldStrength  = "strength."
	FieldPZN       = "pzn."
	FieldDay       = "day." // followed by the date and a number: "2026-11-22.0"
	FieldDayTime   = "day-time."
	FieldDayMissed = "day-not-given."

	// The bleed's form, body map and prompts.
	FieldPlaces     = "places"      // kept only: the keys of those chosen, with commas
	FieldView       = "view"        // of the body map
	FieldAgain      = "again"       // the earlier bleed's entry, or AgainNew
	FieldAgainShown = "again-shown" // what was suggested then
	FieldStopped    = "stopped"     // yes or no
	FieldKind       = "kind"
	FieldAfter      = "after" // 8h or 72h
	FieldRelief     = "relief"

	// Photos.
	FieldPhoto   = "photo"
	FieldPhotos  = "photos"   // of a form, in order; not on the page
	FieldCaption = "caption." // followed by the photo

	// Scanning codes.
	FieldScanText    = "scan-text"
	FieldScanPicture = "scan-picture" // a file that the page turns into shades of grey

	// Stock.
	FieldStock        = "stock" // a product of the stock
	FieldPackStrength = "pack-strength"
	FieldVials        = "vials" // in each pack
	FieldPackPZN      = "pack-pzn"
	FieldRemoval      = "removal" // why something is taken out
	FieldRecall       = "recall"  // a recall of the centre
	FieldOffer        = "offer"   // a lot of the stock
	FieldGivenAnyway  = "given-anyway"

	// Plan.
	FieldWord      = "word"   // what a calendar shows
	FieldBefore    = "before" // minutes
	FieldTemplate  = "template"
	FieldPerKg     = "per-kg"
	FieldSum       = "sum"
	FieldRhythm    = "rhythm"
	FieldEvery     = "every"
	FieldWeekdays  = "weekdays" // its problems; the boxes are named by the keys of the days
	FieldWeekday   = "weekday."
	FieldTimes     = "times."
	FieldFrom      = "from" // 2026-11-23
	FieldUntil     = "until"
	FieldClinician = "clinician"

	// Figures and measures.
	FieldRange = "range"
	FieldWhat  = "what" // a measured thing's key
	FieldValue = "value"
	FieldLab   = "lab"

	// Printing, export and import.
	FieldForm      = "form"
	FieldExcel     = "excel"
	FieldMonths    = "months"
	FieldYear      = "year"
	FieldSheetLang = "sheet-lang"
	FieldFile      = "file"

	// Contact, card and access log.
	FieldPhone     = "phone"
	FieldEmergency = "emergency"
	FieldHours     = "hours"
	FieldDiagnosis = "diagnosis"
	FieldGrade     = "grade"
	FieldInhibitor = "inhibitor"
	FieldAllergies = "allergies"
	FieldMedicines = "medicines"
	FieldContacts  = "contacts"

	// Devices.
	FieldDevice     = "device"
	FieldDeviceName = "device-name"
	FieldDeviceKind = "device-kind"
	FieldDeviceCode = "device-code"

	// Carers.
	FieldPerson     = "person"
	FieldRight      = "right"
	FieldPersonName = "personname"
	FieldPersonNote = "personnote"

	// Passkeys and the passphrase.
	FieldOldPassphrase = "old-passphrase"
	FieldPasskey       = "passkey" // identifier of a credential, in hex
	FieldPasskeyName   = "passkey-name"
	FieldHidden        = "hidden" // minutes
	FieldIdle          = "idle"   // minutes

	// Recovery and the drill.

	// Keys renewed, members removed.

	// The served files.

	// The work-list.
	FieldWork       = "work"        // an item: the patient's number, a dot, worklist.Ref
	FieldLater      = "later"       // days, 'x', an item
	FieldWorkReason = "work-reason" // a worklist.Reason's key
	FieldPutOff     = "put-off"
	FieldRemark     = "remark"
	FieldLimit      = "limit-" // and the number of the limit
	FieldTeamText   = "team-text"
	FieldTeamNote   = "team-note" // hash of a note, in hex

	// Evidence for the operator.
	FieldStatement = "statement" // hash, in hex

	// The team.
	FieldColleague = "colleague" // account, in hex
	FieldTeamRole  = "teamrole"

	// Legal record and recall.
	FieldBatch      = "batch"
	FieldIncomplete = "incomplete"
	FieldSpace      = "space" // a patient's, in hex
	FieldState      = "state" // of a year's record, in hex

	// Patients and cohort.
	FieldOnly   = "only"
	FieldClass  = "class"
	FieldLetter = "letter"
	FieldColumn = "column"

	// Registries and research.
	FieldStudy     = "study" // identifier, in hex
	FieldStudyName = "study-name"
	FieldRecipient = "recipient"
	FieldStudyWhat = "study-what"
	FieldFirst     = "first" // year
	FieldLast      = "last"  // likewise
	FieldBorn      = "born"  // first year of a decade
	FieldSex       = "sex"
	FieldSigned    = "signed" // date

	// Rights.
	FieldWish           = "wish"           // hash of a statement, in hex
	FieldRestrictSpan   = "restrict-span"  // SpanAll or SpanDays
	FieldRestrictFirst  = "restrict-first" // date
	FieldRestrictLast   = "restrict-last"  // likewise
	FieldRestrictWhy    = "restrict-why"   // number of RestrictWhys or ShowWhys
	FieldRestrictWords  = "restrict-words"
	FieldRestrictReply  = "restrict-reply"
	FieldRestrictAnswer = "restrict-answer" // AnswerYes, AnswerNo or AnswerEnd

	// Sharing with a centre.
	FieldSignatory       = "signatory"
	FieldAgree           = "agree"
	FieldWords           = "words-hash" // of the text that was read, in hex
	FieldSaysResponsible = "says-responsible"
	FieldSaysContact     = "says-contact"
	FieldSaysOfficer     = "says-officer"
	FieldSaysGround      = "says-ground"
	FieldSaysKeeping     = "says-keeping"
)
