package seal

// A Label names one purpose of a key, a hash or a signature. Every label of
// the app stands in this file, so that no two purposes can share one.
type Label string

const (
	// Used by this package.
	LabelCommit       Label = "vialog/seal/v1/commit"
	LabelDeviceSign   Label = "vialog/seal/v1/device-sign"
	LabelDeviceSignPQ Label = "vialog/seal/v1/device-sign-pq"
	LabelDeviceKEM    Label = "vialog/seal/v1/device-kem"
	LabelDeviceID     Label = "vialog/seal/v1/device-id"
	LabelBox          Label = "vialog/seal/v1/box"
	LabelBoxKey       Label = "vialog/seal/v1/box-key"
	LabelMediaBox     Label = "vialog/seal/v1/media-box"
	LabelBlobKey      Label = "vialog/seal/v1/blob-key"
	LabelBlobCommit   Label = "vialog/seal/v1/blob-commit"
	LabelPolicy       Label = "vialog/seal/v1/policy"

	// Keyring: changes of accounts, teams and spaces.
	LabelChange            Label = "vialog/keyring/v1/change"         // hash of a change
	LabelAnchor            Label = "vialog/keyring/v1/anchor"         // binds wraps to their chain
	LabelAccountChange     Label = "vialog/keyring/v1/account-change" // signatures
	LabelTeamChange        Label = "vialog/keyring/v1/team-change"
	LabelSpaceChange       Label = "vialog/keyring/v1/space-change"
	LabelEnrol             Label = "vialog/keyring/v1/enrol" // a device's proof that it holds its keys
	LabelAccountKEM        Label = "vialog/keyring/v1/account-kem"
	LabelAccountWrap       Label = "vialog/keyring/v1/account-wrap"
	LabelAccountLink       Label = "vialog/keyring/v1/account-link"
	LabelAccountGeneration Label = "vialog/keyring/v1/account-generation" // commitment
	LabelTeamKEM           Label = "vialog/keyring/v1/team-kem"
	LabelTeamWrap          Label = "vialog/keyring/v1/team-wrap"
	LabelTeamLink          Label = "vialog/keyring/v1/team-link"
	LabelTeamGeneration    Label = "vialog/keyring/v1/team-generation"
	LabelEpochWrap         Label = "vialog/keyring/v1/epoch-wrap"
	LabelEpochLink         Label = "vialog/keyring/v1/epoch-link"
	LabelEpoch             Label = "vialog/keyring/v1/epoch"

	// Pseudonyms.
	LabelPseudonym Label = "vialog/pseudonym/v1/pseudonym"
	LabelExport    Label = "vialog/pseudonym/v1/export" // in the extracts of one purpose

	// Link: statements and channels of a space.
	LabelStatement       Label = "vialog/link/v1/statement"      // signature
	LabelStatementHash   Label = "vialog/link/v1/statement-hash" // chain of a device
	LabelCheckpoint      Label = "vialog/link/v1/checkpoint"
	LabelContent         Label = "vialog/link/v1/content" // hash of content
	LabelBoxID           Label = "vialog/link/v1/box-id"
	LabelSentAgain       Label = "vialog/link/v1/sent-again" // identifier of a box
	LabelChannelAccess   Label = "vialog/link/v1/channel-access"
	LabelChannelFounding Label = "vialog/link/v1/channel-founding"
	LabelMediaKey        Label = "vialog/link/v1/media-key" // of one blob's box
	LabelMediaAccess     Label = "vialog/link/v1/media-access"
	LabelMediaFounding   Label = "vialog/link/v1/media-founding"
	LabelBackup          Label = "vialog/link/v1/backup"
	LabelLease           Label = "vialog/link/v1/lease"
	LabelTenantKey       Label = "vialog/link/v1/tenant-key"

	// Join: invitations, pairing and the recovery sheet.
	LabelInvite           Label = "vialog/join/v1/invite"
	LabelInviteID         Label = "vialog/join/v1/invite-id"
	LabelInviteAccess     Label = "vialog/join/v1/invite-access"
	LabelInviteFounding   Label = "vialog/join/v1/invite-founding"
	LabelInviteOffer      Label = "vialog/join/v1/invite-offer"   // sealed message of the inviter
	LabelInviteRequest    Label = "vialog/join/v1/invite-request" // sealed message of the invited
	LabelInviteDone       Label = "vialog/join/v1/invite-done"
	LabelInviteConfirm    Label = "vialog/join/v1/invite-confirm"
	LabelInviteTranscript Label = "vialog/join/v1/invite-transcript"
	LabelInviteShortCode  Label = "vialog/join/v1/invite-short-code"
	LabelInviteCheck      Label = "vialog/join/v1/invite-check"
	LabelSheet            Label = "vialog/join/v1/sheet"
	LabelSheetDevice      Label = "vialog/join/v1/sheet-device"
	LabelSheetCheck       Label = "vialog/join/v1/sheet-check"

	// Diary.
	LabelPhoto Label = "vialog/diary/v1/photo" // hash of a picture's bytes

	// Calendar.
	LabelAppointment Label = "vialog/calendar/v1/appointment" // identifier of an appointment in a file

	// Vault: what a device keeps at rest.
	LabelVaultBind   Label = "vialog/vault/v1/bind"
	LabelVaultUnlock Label = "vialog/vault/v1/unlock"
	LabelVaultMaster Label = "vialog/vault/v1/master"
	LabelVaultRecord Label = "vialog/vault/v1/record"
	LabelVaultName   Label = "vialog/vault/v1/name"

	LabelVaultHeader        Label = "vialog/vault/v1/header"         // what the root says about who opens it
	LabelVaultPasskeyInput  Label = "vialog/vault/v1/passkey-input"  // hash that passkeys are asked about
	LabelVaultPasskeyBind   Label = "vialog/vault/v1/passkey-bind"   // as bind, for a passkey
	LabelVaultPasskeyUnlock Label = "vialog/vault/v1/passkey-unlock" // as unlock
	LabelVaultPasskeyMaster Label = "vialog/vault/v1/passkey-master" // as master

	// App.
	LabelAppAccount Label = "vialog/app/v1/account" // seed of an account's first device
	LabelAppDevice  Label = "vialog/app/v1/device"
	LabelAppSpace   Label = "vialog/app/v1/space"
	LabelAppEntry   Label = "vialog/app/v1/entry"
	LabelAppInvite  Label = "vialog/app/v1/invite"      // secret and nonce of an invitation, from its seed
	LabelAppInvited Label = "vialog/app/v1/invite-seed" // that seed, sealed
	LabelAppPersona Label = "vialog/app/v1/persona"     // an account's proof whose it is
	LabelAppPicture Label = "vialog/app/v1/picture"     // name of a record
	LabelAppLocker  Label = "vialog/app/v1/locker"      // root of a sheet's locker
	LabelAppWords   Label = "vialog/app/v1/words"       // some words of a sheet
	LabelAppChoice  Label = "vialog/app/v1/choice"      // how somebody wants to see a list, sealed
	LabelAppSlot    Label = "vialog/app/v1/slot"        // when a device's turn to renew keys is
	LabelAppRecall  Label = "vialog/app/v1/recall"      // identifier of a recall in a patient's diary
	LabelAppTerms   Label = "vialog/app/v1/terms"       // hash of what somebody consents to
	LabelAppSharing Label = "vialog/app/v1/sharing"     // hash of the words by which a diary is shared
	LabelAppCentre  Label = "vialog/app/v1/information" // hash of what a centre says of itself

	// Record: the legal record of a centre.
	LabelRecordYear Label = "vialog/record/v1/year" // hash of what is recorded of a year

	// Evidence: what a centre states to the operator of its relay (shared/evidence).
	LabelEvidence        Label = "vialog/evidence/v1/statement" // signature of the tenant's key
	LabelEvidenceVisits  Label = "vialog/evidence/v1/visits"    // hash of the access log
	LabelEvidenceRecords Label = "vialog/evidence/v1/records"   // hash of the legal record
)

// appendFramed appends label and parts so that no two lists give the same bytes.
func appendFramed(dst []byte, l Label, parts ...[]byte) []byte {
	if len(l) == 0 || len(l) > 64 {
		panic("seal: label of a wrong length")
	}
	dst = append(dst, byte(len(l)))
	dst = append(dst, l...)
	for _, p := range parts {
		n := len(p)
		dst = append(dst, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
		dst = append(dst, p...)
	}
	return dst
}

// appendSigned appends what a signature of the given form covers.
func appendSigned(dst []byte, l Label, form byte, msg []byte) []byte {
	dst = append(dst, l...)
	dst = append(dst, 0, form)
	return append(dst, msg...)
}
