package web_test

import (
	"testing"

	"vialog/web/browsertest"
)

// The main tasks, in WebKitGTK, the nearest to Safari that runs here.
func TestTheMainTasksWorkInWebKit(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes minutes")
	}
	b := browsertest.StartWebKit(t)
	w := &walk{t: t, browser: b, relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}
	w.steps(w.mainTasks())
}
