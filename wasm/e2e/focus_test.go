package e2e

import (
	"sync"
	"testing"

	"vialog/wasm/internal/node"
	"vialog/wasm/internal/screen/screentest"
)

// A pressing follows the focus on a page that is drawn elsewhere than the test presses.
type pressing struct {
	mu    sync.Mutex
	focus screentest.Focus
	act   *node.Event // that the next drawing may be of
}

func (p *pressing) drew(n node.Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.act != nil {
		p.focus.Act(*p.act)
		p.act = nil
	}
	p.focus.Render(n)
}

func (p *pressing) told(name string, fields []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.focus.Command(name, fields...)
}

// send gives an act to the guide that takes events.
func (p *pressing) send(events chan<- node.Event, act string, fields ...string) {
	e := node.Event{Kind: "act", Act: act, Fields: make(map[string]string)}
	for i := 0; i < len(fields); i += 2 {
		e.Fields[fields[i]] = fields[i+1]
	}
	p.mu.Lock()
	p.focus.Settled()
	p.act = &e
	p.mu.Unlock()
	events <- e
}

// kept fails the test for every act that lost the focus. The guide has ended.
func (p *pressing) kept(t testing.TB) {
	t.Helper()
	p.focus.Settled()
	for _, lost := range p.focus.Lost {
		t.Error(lost)
	}
}
