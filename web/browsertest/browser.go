// Package browsertest drives the built app in Chromium, as people use it: by
// the words they see and the keys they press.
//
// Every page has a profile of its own, as on a device of its own. A page keeps
// what it requested, what went over its WebSockets and what it complained of,
// so that a test can state what must never be there. A step that cannot be done
// ends the test, with a picture of the page in build/screens.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/chromedp/chromedp"
)

// A Browser is a running Chromium without a window.
type Browser struct {
	t     testing.TB
	ctx   context.Context
	pages []*Page
}

// Report has what fails from now on fail t, such as a part of a longer test.
func (b *Browser) Report(t testing.TB) {
	b.t = t
	for _, p := range b.pages {
		p.t = t
	}
}

// Start starts Chromium with a profile that is deleted with the test. Without
// Chromium the test is skipped. VIALOG_BROWSER names one that must be used, or
// "none" to do without.
func Start(t testing.TB) *Browser {
	t.Helper()
	return StartIn(t, t.TempDir())
}

// StartIn starts Chromium with a profile that outlives it.
func StartIn(t testing.TB, profile string) *Browser {
	t.Helper()
	return start(t, profile)
}

// StartWithCamera starts Chromium with a camera before which a film is shown
// over and over, a file as codes.Film writes it. The person lets every page use
// the camera, or none.
func StartWithCamera(t testing.TB, film string, lets bool) *Browser {
	t.Helper()
	answer := "deny"
	if lets {
		answer = ""
	}
	return start(t, t.TempDir(), chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-video-capture", film), chromedp.Flag("use-fake-ui-for-media-stream", answer))
}

func start(t testing.TB, profile string, more ...chromedp.ExecAllocatorOption) *Browser {
	t.Helper()
	path := find()
	if path == "" {
		t.Skip("no Chromium here; install it (apt install chromium) or name it in VIALOG_BROWSER")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.UserDataDir(profile),
		chromedp.WSURLReadTimeout(Patience),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("lang", "en-US"),
	)
	opts = append(opts, more...)
	alloc, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, end := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	return &Browser{t: t, ctx: ctx}
}

// Close closes the browser, as a person does.
func (b *Browser) Close() {
	b.t.Helper()
	if err := chromedp.Cancel(b.ctx); err != nil {
		b.t.Fatalf("closing the browser: %v", err)
	}
}

// find is the path of Chromium, or empty.
func find() string {
	switch p := os.Getenv("VIALOG_BROWSER"); p {
	case "":
	case "none":
		return ""
	default:
		return p
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	return ""
}

// root is the top of the repository.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}
