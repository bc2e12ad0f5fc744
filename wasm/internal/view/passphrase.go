package view

// Strength is an honest guess at how long a typed passphrase withstands
// somebody who has copied the device's storage.
type Strength uint8

const (
	Unweighed Strength = iota // nothing typed
	TooWeak                   // found within hours
	Weak                      // days to months
	Fair                      // years
	Strong                    // centuries
)

// Passphrase asks for a new passphrase.
type Passphrase struct {
	Base
	Suggested string // six words
	Strength  Strength
	Shown     bool
	Changing  bool // an existing one is replaced
	Centre    bool // a centre's: other consequences when it is forgotten
	Problems  []Problem
}

// Unlock asks for the passphrase of the vault on this device.
type Unlock struct {
	Base
	Shown    bool
	Idle     bool // locked by itself after a while
	Draft    bool // a half-filled form is kept and will be back
	Problems []Problem
}
