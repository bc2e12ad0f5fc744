package lang

// Texts, by the screen that says them.
const (
	_ Key = iota // 0: no text

	// Days and spans.
	DayToday
	DayYesterday
	DayTomorrow
	UnderAMinute

	// Words on many screens.
	AppName
	AppLine
	SkipToContent
	PlacesLabel
	Save
	Cancel
	Back
	Close
	Optional
	NotStated
	MoreDetails
	Show
	Hide
	Copy
	Copied

	// Places and the strip.
	PlaceTodayName
	PlaceDiaryName
	PlaceCentreName
	PlacePatientsName
	PlaceSettingsName
	RecordButton
	InviteButton
	StripUpToDate
	StripOffline
	StripConnecting
	AlarmHistoryTitle
	AlarmHistoryText
	AlarmHistoryCentre
	AlarmStaleTitle
	AlarmStaleText
	AlarmStorageTitle
	AlarmStorageText
	AlarmRemovedTitle
	AlarmRemovedText
	AlarmRefusedTitle
	AlarmRefusedText
	AlarmRefusedCentre
	AlarmMissingTitle
	AlarmMissingText
	AlarmMissingCentre
	AlarmForkedTitle
	AlarmForkedText
	AlarmFullTitle
	AlarmFullText
	AlarmFullCentre
	AlarmUnprotectedTitle
	AlarmUnprotectedText
	AlarmUnprotectedDo
	NoticeSaved
	NoticeSavedSent
	NoticeSavedWaiting
	NoticeCorrected
	NoticeRetracted
	NoticeMessageSent
	NoticeInviteRevoked
	NoticePatientJoined
	NoticePassChanged
	NoticeDraftBack
	NoticeSheetDone

	// Why the server refuses.
	RefusalSuspended
	RefusalFull
	RefusalTenantFull
	RefusalDisk
	RefusalAccess
	RefusalDeleted
	RefusalExpired
	RefusalInvitation
	RefusalOther

	// Welcome.
	WelcomeTitle
	WelcomeInvited
	WelcomeInvitedText
	WelcomeCode
	WelcomeCodeHint
	WelcomeCodeScan
	WelcomeJoin
	WelcomeAlone
	WelcomeAloneText
	WelcomeAloneDo
	WelcomeCentre
	WelcomeCentreText
	WelcomeCentreCode
	WelcomeCentreDo
	WelcomeSheet
	WelcomeSheetText
	WelcomeSheetWords
	WelcomeSheetDo
	WelcomeOffline
	WelcomePromise

	// Problems.
	ProblemEmpty
	ProblemChoose
	ProblemCode
	ProblemCodeUsed
	ProblemCodeExpired
	ProblemCodeRevoked
	ProblemCodeOwn
	ProblemCentreCode
	ProblemSheetWords
	ProblemNetwork
	ProblemServerBusy
	ProblemServerRefused
	ProblemPassShort
	ProblemPassWeak
	ProblemPassWrong
	ProblemWord
	ProblemAmount
	ProblemAmountLarge
	ProblemDate
	ProblemTime
	ProblemFuture
	ProblemEndBeforeStart
	ProblemLot
	ProblemExpiry
	ProblemLong
	ProblemWhy
	ProblemUnchanged
	ProblemStorage

	// Passphrase and unlocking.
	PassTitle
	PassTitleChange
	PassLead
	PassLeadCentre
	PassSuggestion
	PassSuggestionText
	PassAnother
	PassField
	PassShow
	PassHide
	PassStrength
	PassUnweighed
	PassTooWeak
	PassWeak
	PassFair
	PassStrong
	PassForgot
	PassForgotText
	PassForgotCentre
	PassSave
	UnlockTitle
	UnlockIdle
	UnlockDraft
	UnlockDo
	UnlockForgot
	UnlockForgotText
	UnlockWipe
	UnlockWipeDo
	UnlockWipeSure
	UnlockWipeText

	// Recovery sheet.
	SheetTitle
	SheetLead
	SheetLeadCentre
	SheetWarn
	SheetMadeOn
	SheetWordsLabel
	SheetQRLabel
	SheetPrint
	SheetHave
	SheetLater
	SheetLaterText
	SheetProofTitle
	SheetProofLead
	SheetProofWord
	SheetProofDo
	SheetProofBack
	SheetHowText

	// Other tab, busy, fatal.
	TabTitle
	TabText
	TabTake
	TabHint
	BusyOpening
	BusyUnlocking
	BusyKeys
	BusyJoining
	BusyFounding
	BusyFetching
	BusyRestoring
	BusyNote
	BusyProgress
	FatalTitle
	FatalInternal
	FatalInternalDo
	FatalStorage
	FatalStorageDo
	FatalBrowser
	FatalBrowserDo
	FatalVersion
	FatalVersionDo
	FatalDamaged
	FatalDamagedDo
	FatalNumber
	FatalReload

	// Founding a centre.
	FoundTitle
	FoundLead
	FoundName
	FoundNameHint
	FoundOwnName
	FoundOwnNameHint
	FoundDo

	// Patients.
	PatientsTitle
	PatientsEmptyTitle
	PatientsEmptyText
	PatientsFind
	PatientsNoneFound
	ColPatient
	ColCaseNote
	ColLast
	ColState
	ColNews
	NoEntryYet
	BleedOpen
	StateActive
	StateQuiet
	StateLeft
	InvitesTitle
	InviteWaitingState
	InviteAskingState
	InviteUsedState
	InviteExpiredState
	InviteRevokedState
	InviteNoNote
	InviteUntil

	// Inviting.
	InviteFormTitle
	InviteFormLead
	CaseNote
	CaseNoteHint
	CaseNoteAdd
	CaseNoteEdit
	InviteMake
	InviteTitle
	InviteLead
	InviteQRLabel
	InviteLink
	InviteLinkHint
	InviteCode
	InviteValid
	InviteRevoke
	InviteWaiting
	InviteUsedTitle
	InviteUsedText
	InviteOpenPatient
	InviteExpiredTitle
	InviteExpiredText
	InviteRevokedTitle
	InviteRevokedText
	InviteNewDo
	CheckTitle
	CheckLead
	CheckLabel
	CheckSame
	CheckDiffer
	CheckWhy

	// Patient page.
	PatientSince
	PlanNone
	PlanLabel
	PlanOnDemand
	PlanDaily
	PlanEvery
	TimelineTitle
	TimelineEmpty
	TimelineNoMatch
	FilterLabel
	FilterAllName
	FilterTreatmentsName
	FilterBleedsName
	FilterNotesName
	ShowMore
	OpenBleedsTitle

	// Messages.
	MessagesTitle
	MessagesEmptyPatient
	MessagesEmptyCentre
	MessagesEmergency
	MessageField
	MessageSend
	MessageYou
	MessagePatient
	MessageNew
	MessageAbout
	DeliveryKept
	DeliveryQueued
	DeliverySent
	DeliverySeenCentre
	DeliverySeenPatient

	// Joining.
	JoinTitle
	JoinLead
	JoinSees
	JoinSees1
	JoinSees2
	JoinSees3
	JoinNot
	JoinNot1
	JoinNot2
	JoinNot3
	JoinServer
	JoinAccept
	JoinDecline
	JoinUntil
	JoinedTitle
	JoinedLead
	JoinedCheckLead
	JoinedCheckWhy
	JoinedWaiting
	JoinedNoCode
	JoinedConfirmed
	JoinedGo

	// Today.
	TodayTitle
	DueTitle
	DueNothing
	DueNow
	DueOverdue
	DueDone
	DueNoPlan
	DueNoPlanAlone
	HowTitle
	HowBleedFree
	HowBleedFreeOne
	HowNoBleed
	HowStripLabel
	HowTreated
	HowBled
	HowNothing
	OpenBleedSince
	OpenBleedEnd
	KnowsTitle
	KnowsAll
	KnowsSeen
	KnowsNotSeen
	KnowsUnconfirmed
	KnowsNobody
	KnowsInvite
	RecentTitle
	TodayEmptyTitle
	TodayEmptyText
	AgainTitle
	SheetMissingTitle
	SheetMissingText
	SheetMissingDo

	// Recording.
	RecordTitle
	RecordTreatment
	RecordTreatmentText
	RecordBleed
	RecordBleedText
	RecordNote
	RecordNoteText
	RecordAgain
	TreatmentTitle
	TreatmentTitleFix
	TreatmentAgainNote
	FieldProductName
	FieldProductPick
	FieldOtherName
	FieldAmountName
	LotsName
	LotName
	LotNumber
	LotNumberHint
	LotExpiry
	LotExpiryHint
	LotExpiryOf
	LotVialsOf
	LotVials
	LotAdd
	LotRemove
	FieldWhen
	FieldDateName
	FieldTimeName
	FieldReasonName
	FieldLinkedBleed
	FieldLinkedNone
	FieldSiteName
	FieldByName
	FieldReactionName
	FieldReactionHint
	FieldNoteName
	TreatmentSave
	BleedTitle
	BleedTitleFix
	FieldPlaceName
	PlaceJoints
	PlaceMuscles
	PlaceOthers
	FieldCauseName
	FieldSeverityName
	FieldPainName
	PainNone
	PainWorst
	PainValue
	FieldSignsName
	FieldStartName
	FieldEndName
	FieldLinkedTreatments
	BleedSave
	RedTitle
	RedText
	RedCentre
	Red112
	NoteTitle
	NoteTitleFix
	NoteSave
	FieldWhyName
	FieldWhyHint
	CorrectSave

	// Entries.
	EntryTreatment
	EntryBleed
	EntryNote
	EntryPlan
	EntryMessage
	EntryCorrected
	EntryRetracted
	EntryOpenBleed
	EntryLot
	EntryBy
	ByYou
	ByCentre
	ByPatient
	FactWhen
	FactRecorded
	FactAmount
	FactLots
	FactExpiry
	FactPlace
	FactSeverity
	FactForBleed
	FactTreatments
	FactAfter8h
	FactAfter72h
	FactDuration
	FactStillOpen
	FactPain
	FactSigns
	FactDelivery
	FactAuthor
	EntryCorrect
	EntryRetract
	HistoryTitle
	HistoryText
	HistoryFirst
	HistoryCorrected
	HistoryRetracted
	HistoryReason
	HistoryBefore
	HistoryAfter
	HistoryEmptyValue
	RetractTitle
	RetractText
	RetractWhy
	RetractWhyHint
	RetractDo

	// Diary.
	DiaryTitle
	DiaryEmptyTitle
	DiaryEmptyText

	// The centre's page.
	CentreTitle
	CentreNoneTitle
	CentreNoneText
	CentreAskedState
	CentreUncheckedState
	CentreConnectedState
	CentreRefusedState
	CentreEndedState
	CentreRefusedText
	CentreKnowsYouAs
	CentreSince
	CentreSeen
	CentreAdd
	CentreAddText
	CentresLabel

	// Settings.
	SettingsTitle
	SettingsLook
	SettingsLang
	SettingsTheme
	ThemeAutoName
	ThemeLightName
	ThemeDarkName
	SettingsLock
	SettingsLockText
	SettingsLockNow
	SettingsPassChange
	SettingsSheet
	SettingsSheetMade
	SettingsSheetMissing
	SettingsSheetMake
	SettingsStorage
	SettingsKept
	SettingsNotKept
	SettingsKeep
	SettingsProtects
	SettingsProtects1
	SettingsProtects1Centre
	SettingsProtects2
	SettingsProtects3
	SettingsNot
	SettingsNot1
	SettingsNot2
	SettingsNot3
	SettingsNot4
	SettingsCrypto
	SettingsCryptoText
	SettingsCryptoWhat
	SettingsCryptoWith
	SettingsCryptoUntil
	SettingsAbout
	SettingsVersion
	SettingsRelay
	SettingsYou
	Response8h
	Response72h

	// Treatments and back-filling.
	ProductsUsed
	MissedTick
	MissedWhy
	LotStrength
	LotStrengthOf
	LotsContain
	LotsDiffer
	SiteLast
	EntryNotGiven
	FilterMissedName
	APCCTitle
	APCCOver
	APCCSum
	APCCNoWeight
	APCCText
	APCCSource
	DoseGive
	DoseGiven
	DoseNotGiven
	GeneTitle
	GeneText
	NoticeRepeated
	NoticeRepeatedNoLot
	NoticeTwice
	NoticeMissed
	NoticeBackfilled
	NoticeUndone
	NoticeUndoneMany
	NoticeUndoneFix
	NoticeUndoFailed
	NoticeStorage
	UndoDo
	UndoReason
	BackfillOpen
	BackfillTitle
	BackfillText
	BackfillTime
	BackfillTimeHint
	BackfillTimeOf
	BackfillGivenOf
	BackfillGiven
	BackfillNotGiven
	BackfillDays
	BackfillDaysHint
	BackfillPlanned
	BackfillHas
	BackfillMore
	ProblemNoDay
	ProblemSomeSaved

	// The bleed's form, body map and prompts.
	MapFront
	MapBack
	MapHead
	MapHands
	MapFeet
	MapInside
	MapTabs
	MapLabel
	MapYourRight
	MapYourLeft
	MapRight
	MapLeft
	MapEnlarge
	MapDanger
	MapLegendRed
	MapLegendMore
	MapLegendBled
	MapBledTitle
	MapBledNone
	PlacesHint
	PlacesChosen
	PlaceRemove
	PlacesList
	FieldStillName
	StillYes
	StillNo
	FieldKindName
	KindFromPlace
	KindByPlace
	SignsJoint
	SignsMuscle
	SignsFit
	SameTitle
	SameEarlier
	SameDose
	SameOnTreatment
	SameEnded
	SameOpen
	SameYes
	SameNo
	SameRuleSame
	SameRuleNew
	SameRuleUntreated
	SameRuleNewUntreated
	SameMore
	MoreWhy
	OpenBleedMore
	OpenBleedTreat
	NoticeBleedStopped
	NoticeAnswered
	NoticeChange
	Ask8hTitle
	Ask72hTitle
	AskLater
	ReliefNotGone
	Answer8hWhy
	Answer72hWhy
	CourseTitle
	CourseBegan
	CourseDose
	CourseAgain
	CourseEnd
	ChainTitle
	ChainOf
	ChainCame
	FactAgain
	FactContinues

	// Photos.

	// Scanning codes.
	ScanDo
	ScanTitle
	ScanVideo
	ScanStarting
	ScanAim
	ScanSlow
	ScanPaused
	ScanRefused
	ScanNone
	ScanBusy
	ScanUnsupported
	ScanAgain
	ScanPicture
	ScanReading
	ScanNoCode
	ScanBadPicture
	ScanNotLoaded
	ScanFailed
	ScanType
	ScanTypeHint
	ScanTypeDo
	ScanNotMedicine
	ScanCheck
	ScanCut
	ScanDate
	ScanText
	ScanUnclear
	ScanFound
	ScanFoundBatch
	ScanLotFilled
	ScanLotThere
	ScanLotsFull
	ScanNoBatch
	ScanExpired
	ScanOther

	// Stock.

	// Plan.
	PlansTitle
	PlansLead
	PlansLeadAlone
	PlansLeadCentre
	PlansNow
	PlansAhead
	PlansEnded
	PlansNone
	PlanGo
	PlanReadGo
	PlanWhen
	PlanNext
	PlanDays
	PlanSince
	PlanSinceUntil
	PlanFromWhom
	PlanSigned
	PlanOwnBy
	PlanIsOwn
	PlanIsAhead
	PlanIsEnded
	PlanIsShadowed
	PlanNewer
	PlanReadAsk
	PlanReadDo
	PlanReadYou
	PlanReadPatient
	PlanNotRead
	PlanEdit
	PlanEnd
	PlanNew
	PlanNewOwn
	PlanTitle
	PlanTitleOwn
	PlanTitleFix
	PlanOwnNote
	PlanTemplate
	PlanTemplateHint
	PlanTemplateNone
	PlanTemplateSource
	PlanAmount
	PlanPerKg
	PlanPerKgHint
	PlanPerKgUnit
	PlanSumText
	PlanWeighed
	PlanSumUse
	PlanNoWeight
	PlanRhythm
	PlanRhythmDays
	PlanRhythmWeek
	PlanRhythmDemand
	PlanEveryName
	PlanEveryHint
	PlanEveryUnit
	PlanWeekdays
	PlanTimes
	PlanTimeOf
	PlanTimeAdd
	PlanFrom
	PlanFromFix
	PlanUntil
	PlanUntilHint
	PlanFirstDays
	PlanClinician
	PlanClinicianOwn
	PlanMyself
	PlanNoteHint
	PlanSign
	PlanSave
	PlanEndTitle
	PlanEndText
	PlanDropText
	PlanLastDay
	PlanEndWhy
	PlanEndDo
	PlanWeekly
	PlanWeeks
	NoticePlanSigned
	NoticePlanEnded
	NoticePlanRead
	ProblemPlanEnd
	ProblemTimes
	ProblemEvery

	// Figures and measures.
	PlaceFiguresName

	// Printing, export and import.

	// Contact, card and access log.
	ContactTitle
	ContactLead
	ContactOpen
	ContactPhone
	ContactEmergency
	ContactEmergencyHint
	ContactHours
	ContactCall
	ContactCallEmergency
	AboutTitle
	AboutLead
	AboutOpen
	AboutShared
	AboutSharedText
	AboutDiagnosis
	AboutSeverity
	AboutSeverityHint
	AboutInhibitor
	AboutAllergies
	AboutMedicines
	AboutNote
	AboutNoteHint
	AboutHome
	AboutHomeText
	AboutContacts
	AboutContactsHint
	AboutPhone
	AboutPhoneHint
	AccessTitle
	AccessLead
	AccessWho
	AccessNone
	AccessLimit
	TalkTitle
	TalkField
	TalkTo

	keys
)

// Texts that depend on a count.
const (
	DaysAgo Plural = iota
	DaysLong
	ProblemsTitle
	StripWaiting
	StripOfflineWaiting
	PatientsCount
	UnreadCount
	HowTreatments
	HowBleeds
	KnowsWaiting
	SettingsEntries

	// Treatments and back-filling.
	BackfillSave

	// The bleed's form, body map and prompts.
	MapBled
	BleedCount
	AskDoses
	OutcomeText

	// Photos.

	// Scanning codes.

	// Stock.

	// Plan.
	PlansUnread
	PlanVersions

	// Figures and measures.

	// Printing, export and import.

	// Contact, card and access log.

	plurals
)
