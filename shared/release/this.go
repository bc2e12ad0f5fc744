package release

// This release. Number goes up by one with each that is published, whatever
// becomes of it: devices do not go back to a lower one.
const (
	Number = 1
	Name   = "2026.11"
	Date   = "2026-11-26"
	Policy = 2 // of the cryptography; a test of the app holds it against package seal
)
