package browsertest

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Ahead sets the clock of the page and of its workers ahead, for what the app
// asks of it from now on. Time itself passes as ever. Chromium only.
func (p *Page) Ahead(d time.Duration) {
	p.t.Helper()
	set := `(() => {
		const Was = Date, ahead = ` + strconv.FormatInt(d.Milliseconds(), 10) + `;
		self.Date = class extends Was {
			constructor(...at) { at.length ? super(...at) : super(Was.now() + ahead) }
			static now() { return Was.now() + ahead }
		};
		return self.constructor.name;
	})()`
	p.mu.Lock()
	all := append(slices.Collect(maps.Values(p.workers)), p.ctx)
	p.mu.Unlock()
	apps := 0 // workers in which Go runs
	for _, at := range all {
		ctx, cancel := context.WithTimeout(at, Patience)
		raw, err := p.engine.eval(ctx, set)
		if err != nil {
			p.fail("setting the clock: %v", err)
		}
		if string(raw) == `"DedicatedWorkerGlobalScope"` {
			apps++
		}
		cancel()
	}
	if apps == 0 {
		p.fail("setting the clock: the app's worker was not found among %d", len(all)-1)
	}
}

// Watch has every page that is opened from now on note when an element that
// a CSS selector finds is there for the first time.
func (p *Page) Watch(selector string) {
	p.t.Helper()
	p.call("Page.addScriptToEvaluateOnNewDocument", map[string]any{"source": `(() => {
		const look = () => {
			if (document.querySelector(` + quote(selector) + `)) window.seenAfter = performance.now();
			else setTimeout(look, 2);
		};
		look();
	})()`})
}

// Seen waits until what Watch watches for is there, and returns how long it
// took since the navigation began.
func (p *Page) Seen() time.Duration {
	p.t.Helper()
	p.until("what is watched for", `window.seenAfter > 0`)
	return milliseconds(Eval[float64](p, `window.seenAfter`))
}

// Time runs a script in the page and returns how long it then takes until a CSS
// selector finds something and it has been painted.
func (p *Page) Time(script, selector string) time.Duration {
	p.t.Helper()
	return milliseconds(Eval[float64](p, `(async () => {
		const paint = () => new Promise((r) => requestAnimationFrame(r));
		const began = performance.now();
		`+script+`;
		do await paint(); while (!document.querySelector(`+quote(selector)+`));
		return performance.now() - began;
	})()`))
}

func milliseconds(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }
