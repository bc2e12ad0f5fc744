package screen

import (
	"testing"

	"vialog/wasm/internal/view"
)

func TestWhatAPersonCanDoIsInTheSettings(t *testing.T) {
	x := unlocked(t)
	x.press(view.ActGoSettings)
	x.press(view.ActSafety)
	x.shows("Nobody asks for your passphrase")
	// What it says of this device and this server is true of them.
	x.shows("relay.test/.well-known/security.txt")
	x.shows(x.lang.Duration(x.keys.after.Idle))
	x.press(view.ActUnlocking)
	x.press(view.ActBack)
	x.shows("Keep it safe")
	x.press(view.ActBack)
	x.shows("What Vialog protects")
}
