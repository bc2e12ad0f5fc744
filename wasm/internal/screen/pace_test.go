package screen

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vialog/wasm/internal/node"
	"vialog/wasm/internal/vault"
)

// A slowPage takes a tenth of a second to be drawn.
type slowPage struct {
	*paper
	drawn atomic.Int32
}

func (p *slowPage) Render(node.Node, string, string) {
	time.Sleep(100 * time.Millisecond)
	p.drawn.Add(1)
}

// Where much changes by itself for long, drawing takes a part of the time; what a
// person does is shown at once, and the last change is shown too.
func TestWhatChangesByItselfLeavesTimeForTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := open(t, vault.NewMemory(), vault.NewSoftware())
		p := &slowPage{paper: x.page}
		x.env.Page, x.open = p, true
		ctx, stop := context.WithCancel(t.Context())
		events := make(chan node.Event)
		var run sync.WaitGroup
		run.Go(func() { x.Run(ctx, events) })
		defer func() { stop(); run.Wait() }()

		for range 2000 { // ten seconds
			x.Changed()
			time.Sleep(5 * time.Millisecond)
		}
		if n := p.drawn.Load(); n < 10 || n > 25 {
			t.Errorf("%d drawings in ten seconds", n)
		}
		time.Sleep(2 * time.Second)
		before := p.drawn.Load()
		x.Changed()
		time.Sleep(200 * time.Millisecond)
		if p.drawn.Load() != before+1 {
			t.Error("a change on its own is not shown after a moment")
		}
		x.Changed()
		events <- node.Event{Kind: "act", Act: "none"}
		time.Sleep(150 * time.Millisecond)
		if p.drawn.Load() != before+2 {
			t.Error("what somebody did waits for what changed by itself")
		}
		time.Sleep(2 * time.Second)
		if p.drawn.Load() != before+3 {
			t.Error("the last change is not shown")
		}
	})
}
