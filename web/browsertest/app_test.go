package browsertest

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTheAppStartsUnderTheRelaysHeaders(t *testing.T) {
	relay := StartRelay(t, Build(t, "./wasm"))
	p := Start(t).Page("first", "en-GB")
	p.Go(relay.Origin + "/")
	p.Has("main:not(.boot) h1")
	if l := p.Foreign(relay.Origin); len(l) > 0 {
		t.Errorf("requests elsewhere: %s", l)
	}
	if l := p.Problems(); len(l) > 0 {
		t.Errorf("complaints:\n%s", strings.Join(l, "\n"))
	}
	if p.Wide() {
		t.Error("a telephone has to scroll sideways")
	}
	p.Shots("start")
	started := Eval[float64](p, `performance.getEntriesByType("resource").filter((r) => r.name.endsWith(".wasm"))[0].responseEnd`)
	t.Logf("the wasm had arrived after %.0f ms", started)
}

func TestTheAppStartsWithTheRelayGone(t *testing.T) {
	relay := StartRelay(t, Build(t, "./wasm"))
	p := Start(t).Page("first", "en-GB")
	p.Go(relay.Origin + "/")
	p.Has("main:not(.boot) h1")
	Eval[bool](p, `navigator.serviceWorker.ready.then(() => new Promise((yes) => {
		const look = () => navigator.serviceWorker.controller ? yes(true) : setTimeout(look, 20);
		look();
	}))`)
	relay.Stop()
	p.Reload()
	p.Has("main:not(.boot) h1")
	relay.Start()
}

func TestTheFirstPaintNeedsNoScript(t *testing.T) {
	relay := StartRelay(t, Build(t, "./wasm"))
	res, err := http.Get(relay.Origin + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for _, want := range []string{"wird geladen", "is loading", "<noscript>", `integrity="sha256-`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Count(page, "<script") != 1 || strings.Contains(page, "<style") || strings.Contains(page, " style=") || strings.Contains(page, " onclick=") {
		t.Error("something is inline")
	}
	// The skeleton is there while the wasm is still on its way.
	p := Start(t).Page("slow", "de-DE")
	p.call("Network.setBlockedURLs", map[string]any{"urls": []string{"*.wasm*"}})
	p.Go(relay.Origin + "/")
	p.See("Vialog")
	time.Sleep(100 * time.Millisecond)
	p.Shot("boot-failed")
}
