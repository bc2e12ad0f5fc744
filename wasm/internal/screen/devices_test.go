package screen

import (
	"strings"
	"testing"

	"vialog/wasm/internal/join"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/vault"
	"vialog/wasm/internal/view"
)

// linked is a new browser that looks for the link another device shows.
func linked(t *testing.T) *tab {
	x := open(t, vault.NewMemory(), vault.NewSoftware())
	x.press(view.ActDeviceScan)
	x.shows(`id="scan-video"`)
	return x
}

// A14: the scanner takes a link to a further device at this very page and
// nothing else there is to scan, and says what it was.
func TestNothingButADeviceLinkAddsADevice(t *testing.T) {
	inviter := [32]byte{7}
	device := join.New(join.Device, inviter)
	sheet := join.NewSheet()
	slip := []byte(device.Code())
	slip[20] = slip[20]%10 + '0'
	for _, c := range []struct{ name, text, want string }{
		{"a centre's invitation", join.New(join.Patient, inviter).Link("https://app.test"), "centre’s invitation"},
		{"its code", join.New(join.Patient, inviter).Code(), "centre’s invitation"},
		{"a colleague's", join.New(join.Colleague, inviter).Link("https://app.test"), "to work at a centre"},
		{"a carer's", join.New(join.Carer, inviter).Link("https://app.test"), "help with somebody’s diary"},
		{"a device's, of another page", device.Link("https://evil.test"), "belongs to evil.test"},
		{"a device's, of a page with a like name", device.Link("https://app.test.evil"), "belongs to app.test.evil"},
		{"a device's, of another scheme", device.Link("http://app.test"), "belongs to app.test"},
		{"a device's, of another port", device.Link("https://app.test:8443"), "belongs to app.test:8443"},
		{"a device's, below a folder", device.Link("https://app.test/x"), "belongs to app.test/x"},
		{"a device's, with somebody before the host", device.Link("https://app.test@evil.test"), "belongs to app.test@evil.test"},
		{"a recovery sheet's link", sheet.Link("https://app.test"), "is a recovery sheet"},
		{"a recovery sheet's words", strings.Join(sheet.Words(), " "), "is a recovery sheet"},
		{"a recovery sheet of another page", sheet.Link("https://evil.test"), "not a link of Vialog"},
		{"a centre's registration", "https://app.test/#register=00000-00000", "one-time code for a centre"},
		{"a pack", packCode, "code of a medicine"},
		{"a PZN", pznOnly, "code of a medicine"},
		{"a page", "https://example.org/", "not a link of Vialog"},
		{"this page", "https://app.test/", "not a link of Vialog"},
		{"another fragment", "https://app.test/#join", "does not add up"},
		{"a script", "javascript:alert(1)#join=" + device.Code(), "not a link of Vialog"},
		{"a messenger's link to a device", "sgnl://linkdevice?uuid=x&pub_key=y", "not a link of Vialog"},
		{"a wireless network", "WIFI:T:WPA;S:name;P:word;;", "not a link of Vialog"},
		{"nothing", "", "not a link of Vialog"},
		{"a code with a slip", string(slip), "does not add up"},
		{"a link with a slip", "https://app.test/#join=" + string(slip), "does not add up"},
		{"two links", device.Link("https://app.test") + " " + device.Link("https://app.test"), "does not add up"},
		{"very much", strings.Repeat("0123456789", 1000), "does not add up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := linked(t)
			x.camera("text", c.text, "format", "qr_code")
			if c.text == "" {
				x.press(view.ActScanTyped, view.FieldScanText, c.text) // a camera finds no empty text
			}
			x.shows(c.want)
			x.shows(`id="scan-problem"`)
			if x.scanner == nil || x.at.name != atWelcome {
				t.Error("the scanner has closed")
			}
			x.press(view.ActScanTyped, view.FieldScanText, c.text)
			x.shows(c.want)
			x.press(view.ActScanClose)
			x.press(view.ActDeviceCode, view.FieldDeviceCode, c.text)
			x.shows(c.want)
			if x.preview != nil || x.open {
				t.Error("something was begun")
			}
		})
	}
}

// The right link is asked for at the relay, whichever way it came: what is said
// next is that there is none here.
func TestADeviceLinkIsFollowedHoweverItCame(t *testing.T) {
	device := join.New(join.Device, [32]byte{7})
	for name, do := range map[string]func(x *tab){
		"scanned":       func(x *tab) { x.camera("text", device.Link("https://app.test"), "format", "qr_code") },
		"typed there":   func(x *tab) { x.press(view.ActScanTyped, view.FieldScanText, strings.ToLower(device.Code())) },
		"typed":         func(x *tab) { x.press(view.ActDeviceCode, view.FieldDeviceCode, " "+device.Code()+" ") },
		"as invitation": func(x *tab) { x.press(view.ActJoinCode, view.FieldCode, device.Code()) },
		"opened": func(x *tab) {
			x.tell(node.Event{Kind: "act", Act: "open", Fragment: strings.TrimPrefix(device.Link(""), "/#")})
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := linked(t)
			do(x)
			if x.scanner != nil {
				t.Error("the scanner is still there")
			}
			x.shows("The server cannot be reached")
		})
	}
}
