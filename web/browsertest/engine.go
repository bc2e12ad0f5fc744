package browsertest

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// An engine is what a page needs of the browser it is in. Hands and eyes of a
// Page are made of it, so that one walk goes through every browser.
type engine interface {
	// eval is the value of an expression as JSON, or of the promise it gives.
	eval(ctx context.Context, expression string) (json.RawMessage, error)
	open(ctx context.Context, url string) error // waits until it is loaded
	reload(ctx context.Context) error
	press(ctx context.Context, x, y float64) error // with the mouse, where it is seen
	insert(ctx context.Context, text string) error // into what has the focus
	keys(ctx context.Context, keys string) error   // such as "abc" or kb.Enter
	choose(ctx context.Context, selector string, files []string) error
	size(ctx context.Context, width, height int64) error
	prefer(ctx context.Context, dark bool) error
	picture(ctx context.Context, beyond bool) ([]byte, error) // PNG
}

// chromium is an engine by way of the DevTools protocol. Its contexts carry the page.
type chromium struct{}

func (chromium) eval(ctx context.Context, expression string) (json.RawMessage, error) {
	yes := true
	res, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ReturnByValue: &yes, AwaitPromise: &yes})
	if err != nil {
		return nil, err
	}
	if e := res.ExceptionDetails; e != nil {
		text := e.Text
		if e.Exception != nil {
			text += " " + e.Exception.Description
		}
		return nil, errors.New(text)
	}
	if res.Result == nil || len(res.Result.Value) == 0 {
		return json.RawMessage("null"), nil
	}
	return json.RawMessage(res.Result.Value), nil
}

func (chromium) open(ctx context.Context, url string) error {
	return chromedp.Do(ctx, chromedp.Navigate(url))
}
func (chromium) reload(ctx context.Context) error { return chromedp.Do(ctx, chromedp.Reload()) }

func (chromium) press(ctx context.Context, x, y float64) error {
	return chromedp.Do(ctx, chromedp.MouseClickXY(x, y))
}

func (chromium) insert(ctx context.Context, text string) error {
	_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
	return err
}

func (chromium) keys(ctx context.Context, keys string) error {
	return chromedp.Do(ctx, chromedp.KeyEvent(keys))
}

func (chromium) choose(ctx context.Context, selector string, files []string) error {
	return chromedp.Do(ctx, chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

func (chromium) size(ctx context.Context, width, height int64) error {
	params := emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600}
	_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, params)
	return err
}

func (chromium) prefer(ctx context.Context, dark bool) error {
	scheme := map[bool]string{false: "light", true: "dark"}[dark]
	params := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, params)
	return err
}

func (chromium) picture(ctx context.Context, beyond bool) ([]byte, error) {
	res, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &beyond})
	if err != nil {
		return nil, err
	}
	return res.Data, nil
}
