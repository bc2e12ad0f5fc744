package screen

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/wasm/internal/extra"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/pack"
	"vialog/wasm/internal/scan"
	"vialog/wasm/internal/view"
	"vialog/web/browsertest/codes"
)

const (
	packCode = "\x1d01041500375286431731080010LH4711\x1d21K7Q2M9XW41"
	pznOnly  = "-03752864"
)

// scanning is a treatment's form with the scanner open, and the second program beside it.
func scanning(t *testing.T) *tab {
	x := unlocked(t)
	x.env.Extra = func(_ context.Context, op string, in []byte) ([]byte, error) { return extra.Ops[op](in) }
	x.goTo(place{name: atToday})
	x.press(view.ActRecordTreatment)
	x.press(view.ActScanLot, view.FieldAmount, "1250")
	x.shows(`id="scan-video"`)
	for { // what had been asked of the relay that is not there
		select {
		case f := <-x.do:
			f()
			continue
		case <-time.After(50 * time.Millisecond):
		}
		return x
	}
}

// camera is what the page tells; then it waits until the answer is there.
func (x *tab) camera(fields ...string) {
	x.t.Helper()
	m := make(map[string]string)
	for i := 0; i < len(fields); i += 2 {
		m[fields[i]] = fields[i+1]
	}
	x.tell(node.Event{Kind: "camera", Fields: m})
}

// sees shows a picture of a code to the scanner, or of nothing.
func (x *tab) sees(c codes.Code, more ...string) {
	x.t.Helper()
	p := codes.Photo{Width: 320, Height: 240, Module: 4}
	if c == nil {
		c, p.X = codes.Code{{false}}, 3
	} else if len(c[0]) > 60 {
		p.Module = 2
	}
	img := p.Take(c)
	e := node.Event{Kind: "camera", Fields: map[string]string{"width": "320", "height": "240"}, Files: []node.File{{Field: "frame", Data: img.Pix}}}
	for i := 0; i < len(more); i += 2 {
		e.Fields[more[i]] = more[i+1]
	}
	x.tell(e)
	select {
	case f := <-x.do:
		f()
		x.draw()
	case <-time.After(time.Minute):
		x.t.Fatal("no answer")
	}
}

func (x *tab) told(command string) bool { return slices.Contains(x.page.commands, command) }

func (x *tab) field(name, want string) {
	x.t.Helper()
	if got := x.form.get(name); got != want {
		x.t.Errorf("%s is %q, want %q", name, got, want)
	}
}

func TestACodeBeforeTheCameraFillsTheLot(t *testing.T) {
	x := scanning(t)
	x.camera("on", "yes")
	x.shows("in the frame")
	x.sees(nil)
	if !x.told("look how ") {
		t.Errorf("the page does not go on: %q", x.page.commands)
	}
	x.sees(codes.DataMatrix(packCode))
	if x.scanner != nil || strings.Contains(x.page.html, "scan-video") {
		t.Error("the scanner is still there")
	}
	x.field(view.FieldLot+"0", "LH4711")
	x.field(view.FieldExpiry+"0", "08/2031")
	x.field(view.FieldPZN+"0", "03752864")
	x.field(view.FieldAmount, "1250")
	x.shows("Lot LH4711 is from the code")
	if !x.told("buzz") || !x.told("say text Code found: lot LH4711.") {
		t.Errorf("the page was told %q", x.page.commands)
	}
	// The same pack again is not another lot, another one is.
	x.press(view.ActScanLot)
	x.press(view.ActScanTyped, view.FieldScanText, "(01)04150037528643(10)lh 4711")
	x.shows("cannot be there") // a space in a batch
	x.press(view.ActScanTyped, view.FieldScanText, "(01)04150037528643(10)LH4711")
	x.shows("is in the form already")
	x.press(view.ActScanLot)
	x.press(view.ActScanTyped, view.FieldScanText, "(01)04150037528643(17)260800(10)LH4712")
	x.shows("This pack has expired")
	x.field(view.FieldLot+"1", "LH4712")
}

func TestACodeThatIsOfNoUseSaysWhy(t *testing.T) {
	x := scanning(t)
	x.camera("on", "yes")
	x.sees(codes.QR("https://example.org/"))
	x.shows("not the code of a medicine")
	if !x.told("look how ") {
		t.Error("the page does not go on")
	}
	x.press(view.ActScanTyped, view.FieldScanText, "PZN 03752865")
	x.shows("The check digit does not fit")
	x.shows("PZN 03752865") // still there, to be put right
	x.press(view.ActScanTyped, view.FieldScanText, "PZN 03752864")
	x.shows("only which medicine it is")
	x.field(view.FieldLot+"0", "")
}

func TestTheBarsOfAPackAreTakenOnlyWhenNothingBetterComes(t *testing.T) {
	x := scanning(t)
	x.camera("on", "yes")
	x.sees(codes.Code39(pznOnly))
	if x.scanner == nil {
		t.Fatal("the bars were taken at once")
	}
	x.watch = x.watch.Add(scanRicher / 2)
	x.sees(codes.DataMatrix(packCode))
	x.field(view.FieldLot+"0", "LH4711")

	x.press(view.ActScanLot)
	x.camera("on", "yes")
	x.sees(codes.Code39(pznOnly))
	x.watch = x.watch.Add(scanRicher)
	x.sees(nil)
	if x.scanner != nil {
		t.Error("the bars were not taken")
	}
	x.shows("only which medicine it is")
}

func TestACodeOfTheBrowserThatLostItsSeparatorsIsReadAnew(t *testing.T) {
	x := scanning(t)
	x.camera("on", "yes")
	x.camera("text", strings.ReplaceAll(packCode, "\x1d", "")+"", "format", "data_matrix")
	if x.scanner == nil || x.form.get(view.FieldLot+"0") != "" {
		t.Fatal("a batch was taken that is not on the pack")
	}
	if !x.told("look how own") {
		t.Errorf("the page was told %q", x.page.commands)
	}
	x.camera("text", packCode[1:], "format", "data_matrix") // separators are there, FNC1 at the head is not
	x.field(view.FieldLot+"0", "LH4711")
}

func TestWhatIsWrongWithTheCameraIsSaid(t *testing.T) {
	for name, want := range map[string]string{
		"NotAllowedError": "may not use the camera", "NotFoundError": "no camera", "NotReadableError": "does not start", "TypeError": "does not let the app use a camera",
		"SomethingNew": "does not start",
	} {
		x := scanning(t)
		x.camera("failed", name)
		x.shows(want)
		if strings.Contains(x.page.html, "scan-video") {
			t.Errorf("%s: the camera is still asked for", name)
		}
		x.press(view.ActScanTyped, view.FieldScanText, "(01)04150037528643(17)310800(10)LH4711")
		x.field(view.FieldLot+"0", "LH4711")
	}
}

func TestACameraThatFindsNothingSaysWhatHelpsAndThenStops(t *testing.T) {
	x := scanning(t)
	x.camera("on", "yes")
	x.watch = x.watch.Add(scanSlow)
	x.clock()
	x.shows("Nothing found yet")
	x.watch = x.watch.Add(scanPause)
	x.sees(nil)
	x.shows("has been stopped")
	if strings.Contains(x.page.html, "scan-video") || x.scanner.ask && x.told("look how ") {
		t.Error("the camera goes on")
	}
	x.press(view.ActScanAgain)
	x.shows(`id="scan-video"`)
	// Nobody is there: an open scanner does not keep the diary open.
	x.watch = x.watch.Add(time.Hour)
	x.camera("on", "yes")
	x.clock()
	if x.open || x.scanner != nil {
		t.Error("the diary is still open")
	}
}

func TestAPictureIsReadWithoutACamera(t *testing.T) {
	x := scanning(t)
	x.camera("failed", "NotFoundError")
	x.camera("failed", "picture", "picture", "yes")
	x.shows("cannot be opened as a picture")
	x.sees(nil, "picture", "yes")
	x.shows("No code can be read in this picture")
	x.sees(codes.DataMatrix(packCode), "picture", "yes")
	x.field(view.FieldLot+"0", "LH4711")
}

func TestWithoutTheSecondProgramTypingIsLeft(t *testing.T) {
	for err, want := range map[error]string{ErrNotLoaded: "could not be loaded", errors.New("other"): "something failed in the app"} {
		x := scanning(t)
		x.env.Extra = func(context.Context, string, []byte) ([]byte, error) { return nil, err }
		x.camera("on", "yes")
		x.sees(codes.DataMatrix(packCode))
		x.shows(want)
		if strings.Contains(x.page.html, "scan-video") {
			t.Error("the camera goes on for nothing")
		}
		x.press(view.ActScanTyped, view.FieldScanText, "(10)LH4711")
		x.field(view.FieldLot+"0", "LH4711")
	}
}

func TestNothingThePageSaysAboutTheCameraCanHarm(t *testing.T) {
	x := scanning(t)
	for _, e := range []node.Event{
		{Kind: "camera"}, {Kind: "camera", Files: []node.File{{}}}, {Kind: "camera", Fields: map[string]string{"width": "-1", "height": "9999999"}, Files: []node.File{{Data: make([]byte, 9)}}},
		{Kind: "camera", Fields: map[string]string{"text": "x", "format": "none"}}, {Kind: "camera", Fields: map[string]string{"width": "3", "height": "3"}, Files: []node.File{{Data: make([]byte, 8)}}},
	} {
		x.tell(e)
	}
	x.press(view.ActScanClose)
	x.camera("on", "yes")
	x.camera("text", packCode, "format", "data_matrix")
	x.field(view.FieldLot+"0", "")
}

func TestOneScanCanAskForTheNext(t *testing.T) {
	x := scanning(t)
	var got []string
	var then func(pack.Code)
	then = func(c pack.Code) {
		if got = append(got, c.Serial); len(got) < 3 {
			x.scan(then)
		}
	}
	x.scan(then)
	x.camera("on", "yes")
	for i := range 3 {
		x.page.commands = nil
		code := "\x1d0104150037528643" + "10LH\x1d21S" + strconv.Itoa(i)
		x.sees(codes.DataMatrix(code))
		if i < 2 {
			if x.scanner == nil || x.scanner.camera != view.CameraOn || !x.told("look how ") {
				t.Fatal("the camera does not go on")
			}
			x.sees(codes.DataMatrix(code)) // it is still before the camera
		}
	}
	if want := []string{"S0", "S1", "S2"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if x.scanner != nil {
		t.Error("the scanner is still there")
	}
}

func TestFormatsOfTheBrowserAreThoseOfTheDecoder(t *testing.T) {
	if len(formats) != int(scan.EAN13) {
		t.Errorf("%d names for %d kinds", len(formats), scan.EAN13)
	}
}
