package hub

import (
	"fmt"
	"runtime"
	"testing"

	"vialog/shared/wire"
)

// A relay has thousands of connections that say nothing: each keeps a goroutine, and
// nothing that it did before may have left that with a large stack.
func TestAnIdleConnectionKeepsASmallStack(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	stacks := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.StackInuse
	}
	before := stacks()
	const conns = 500
	for i := range conns {
		c, k := r.dial(), keyOf(fmt.Sprint(i))
		c.create(r, k, k)
		want[*wire.Opened](t, c.open(k.channel(), k))
		want[*wire.Boxes](t, c.ask(&wire.Follow{Req: c.next(), Channel: k.channel()}))
		want[*wire.Appended](t, c.append(k.channel(), box("b", 2000)))
	}
	// 4 KiB each: the next size of a stack is 8.
	if after := stacks(); after > before && (after-before)/conns > 6<<10 {
		t.Errorf("%d bytes of stack for each", (after-before)/conns)
	}
}
