package web_test

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
	"vialog/web/browsertest/codes"
)

// The code on the pack that these tests scan: GS1 with FNC1 after batch and
// serial number, its expiry the end of August 2031.
const packCode = "\x1d0104150037528643173108001021KANARIE-7\x1d21K7Q2M9XW41\x1d71003752864"

// recording is a page of somebody who has just begun a treatment in a diary without a centre.
func recording(t *testing.T, b *browsertest.Browser, relay *browsertest.Relay, lang string) *browsertest.Page {
	t.Helper()
	p := b.Page("scan", lang)
	p.Go(relay.Origin + "/")
	p.Click("#way-alone > summary")
	p.Click("start.alone")
	p.Has("#f-passphrase")
	p.Fill("passphrase", patientsWords)
	p.Click("passphrase.save")
	p.Has("[data-key=today]")
	p.Click("#record")
	p.Click("record.treatment")
	p.Has("#scan-lot")
	return p
}

func openRelay(t *testing.T) *browsertest.Relay {
	t.Helper()
	relay := browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))
	relay.Run("tenant", "add", "-open", "Für alle")
	relay.Stop()
	relay.Start() // it knows the tenant at once
	return relay
}

func calm(t *testing.T, p *browsertest.Page, relay *browsertest.Relay) {
	t.Helper()
	if l := p.Problems(); len(l) > 0 {
		t.Errorf("it complains:\n%s", strings.Join(l, "\n"))
	}
	if l := p.Foreign(relay.Origin); len(l) > 0 {
		t.Errorf("it asked elsewhere: %s", l)
	}
}

func loadedExtra(p *browsertest.Page) (n int) {
	for _, r := range p.Requests() {
		if strings.Contains(r, "/a/extra.") {
			n++
		}
	}
	return n
}

func TestThePacksCodeIsReadByTheCamera(t *testing.T) {
	t.Parallel()
	film := filepath.Join(t.TempDir(), "pack.y4m")
	photo := codes.Photo{Width: 1280, Height: 720, Module: 5, Turn: 7, Blur: 0.8, Noise: 4, Dark: 40, Light: 210, X: 0.02, Around: true}
	if err := codes.Film(film, photo.Take(codes.DataMatrix(packCode))); err != nil {
		t.Fatal(err)
	}
	relay := openRelay(t)
	p := recording(t, browsertest.StartWithCamera(t, film, true), relay, "en-GB")
	if n := loadedExtra(p); n != 0 {
		t.Errorf("the second program was loaded %d times before it was needed", n)
	}
	p.Fill("lot.0", "typed in error")
	p.Fill("lot.0", "")
	began := time.Now()
	p.Click("#scan-lot")
	p.See("Lot 21KANARIE-7 is from the code")
	first := time.Since(began)
	if lot, expiry := p.Value("lot.0"), p.Value("expiry.0"); lot != "21KANARIE-7" || expiry != "08/2031" {
		t.Errorf("the lot is %q, its expiry %q", lot, expiry)
	}
	if !browsertest.Eval[bool](p, `!document.querySelector("video") && !document.querySelector("dialog")`) {
		t.Error("the scanner is still there")
	}
	p.FocusOn("#scan-lot")
	if loadedExtra(p) == 0 {
		t.Error("the second program was not loaded")
	}
	began = time.Now()
	p.Click("#scan-lot")
	p.See("is in the form already")
	t.Logf("from the tap to the lot in the form: %d ms with loading the second program, %d ms without", first.Milliseconds(), time.Since(began).Milliseconds())
	calm(t, p, relay)
}

// detector stands in for a browser's own detector, which the Chromium of the
// tests does not have. It finds one text, and nothing more often than that.
const detector = `(self.BarcodeDetector = class {
	static async getSupportedFormats() { return ["data_matrix", "qr_code", "unknown"]; }
	async detect(video) {
		self.detected = (self.detected || 0) + 1;
		return video.videoWidth && self.detected %% 3 === 0 ? [{ rawValue: %q, format: "data_matrix" }] : [];
	}
}, true)`

func TestTheBrowsersOwnDetectorIsUsedUnlessItLosesTheSeparators(t *testing.T) {
	t.Parallel()
	film := filepath.Join(t.TempDir(), "pack.y4m")
	if err := codes.Film(film, codes.Photo{Width: 640, Height: 480, Module: 5}.Take(codes.DataMatrix(packCode))); err != nil {
		t.Fatal(err)
	}
	relay := openRelay(t)
	p := recording(t, browsertest.StartWithCamera(t, film, true), relay, "en-GB")
	browsertest.Eval[bool](p, fmt.Sprintf(detector, "0104150037528643173108001021KANARIE-8\x1d21K7Q2M9XW41"))
	p.Click("#scan-lot")
	p.See("Lot 21KANARIE-8 is from the code")
	if n := loadedExtra(p); n != 0 {
		t.Error("the second program was loaded, although the browser had found the code")
	}
	browsertest.Eval[bool](p, fmt.Sprintf(detector, "0104150037528643173108001021KANARIE-721K7Q2M9XW4171003752864"))
	p.Click("#scan-lot")
	p.See("Lot 21KANARIE-7 is from the code")
	if loadedExtra(p) == 0 {
		t.Error("a text without separators was taken from the browser")
	}
	calm(t, p, relay)
}

func TestThePacksCodeIsReadFromAPicture(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pack.png")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	photo := codes.Photo{Width: 1600, Height: 1200, Module: 6, Turn: -12, Blur: 1, Noise: 6, Dark: 50, Light: 220, Slope: 40}
	if err := png.Encode(f, photo.Take(codes.DataMatrix(packCode))); err != nil {
		t.Fatal(err)
	}
	f.Close()
	relay := openRelay(t)
	p := recording(t, browsertest.Start(t), relay, "de-DE") // this machine has no camera
	p.Click("#scan-lot")
	p.See("keine Kamera")
	p.Upload("#scan-picture", name)
	p.See("Charge 21KANARIE-7 stammt aus dem Code")
	if lot, expiry := p.Value("lot.0"), p.Value("expiry.0"); lot != "21KANARIE-7" || expiry != "08/2031" {
		t.Errorf("the lot is %q, its expiry %q", lot, expiry)
	}
	calm(t, p, relay)

	// What has been used once is there without a network too.
	p.Click("record.cancel")
	p.Controlled()
	relay.Stop()
	p.Reload()
	p.Fill("passphrase", patientsWords)
	p.Click("unlock")
	p.Has("[data-key=today]")
	p.Click("#record")
	p.Click("record.treatment")
	p.Click("#scan-lot")
	p.Upload("#scan-picture", name)
	p.See("Charge 21KANARIE-7 stammt aus dem Code")
}

func TestWithoutTheCameraTypingWorks(t *testing.T) {
	t.Parallel()
	film := filepath.Join(t.TempDir(), "pack.y4m")
	if err := codes.Film(film, codes.Photo{Width: 640, Height: 480, Module: 4}.Take(codes.DataMatrix(packCode))); err != nil {
		t.Fatal(err)
	}
	relay := openRelay(t)
	p := recording(t, browsertest.StartWithCamera(t, film, false), relay, "en-GB")
	p.Click("#scan-lot")
	p.See("The app may not use the camera")
	p.FocusOn("dialog *")
	p.TabTo("Take or choose a picture")
	p.TabTo("Use this code")
	if l := p.Small(); len(l) > 0 || p.Wide() {
		t.Errorf("too small: %q, or too wide", l)
	}
	calm(t, p, relay)

	// Nor can the second program be loaded, which has not been used yet.
	p.Controlled()
	relay.Stop()
	picture := filepath.Join(t.TempDir(), "empty.png")
	f, err := os.Create(picture)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	f.Close()
	p.Upload("#scan-picture", picture)
	p.See("could not be loaded")
	p.Fill("scan-text", "(01)04150037528644(17)310800(10)A1")
	p.Click("scan.typed")
	p.See("The check digit does not fit")
	p.Fill("scan-text", "(01) 04150037528643 (17) 310800 (10) A1")
	p.Click("scan.typed")
	p.See("Lot A1 is from the code")
	if lot, expiry := p.Value("lot.0"), p.Value("expiry.0"); lot != "A1" || expiry != "08/2031" {
		t.Errorf("the lot is %q, its expiry %q", lot, expiry)
	}

	relay.Start()
	p.Click("#scan-lot")
	p.Upload("#scan-picture", picture)
	p.See("No code can be read in this picture")
	if err := os.WriteFile(picture, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Upload("#scan-picture", picture)
	p.See("cannot be opened as a picture")
	p.Press(kb.Escape)
	p.NotHas("dialog")
	p.FocusOn("#scan-lot")
}
