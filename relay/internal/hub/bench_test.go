package hub

import (
	"fmt"
	"sync"
	"testing"

	"vialog/shared/wire"
)

// Client and relay share the machine; the store is in memory. What it measures
// is the hub and the sockets.
func BenchmarkAppend(b *testing.B) {
	for _, window := range []int{1, 16} {
		b.Run(fmt.Sprintf("window=%d", window), func(b *testing.B) {
			r := newRelay(b, Options{Limits: roomy})
			const conns = 16
			var all sync.WaitGroup
			clients := make([]*client, conns)
			for i := range clients {
				c, founder := r.dial(), keyOf(fmt.Sprint(i))
				c.create(r, founder, keyOf("a"))
				want[*wire.Opened](b, c.open(founder.channel(), keyOf("a")))
				clients[i] = c
			}
			b.SetBytes(512)
			b.ResetTimer()
			for i, c := range clients {
				ch, n := keyOf(fmt.Sprint(i)).channel(), b.N/conns+1
				slots := make(chan struct{}, window)
				all.Go(func() {
					for j := range n {
						slots <- struct{}{}
						c.send(&wire.AppendBoxes{Req: c.next(), Channel: ch, Boxes: []wire.Box{box(fmt.Sprint(i, j), 512)}})
					}
				})
				all.Go(func() {
					for range n {
						if f, err := c.receive(); err != nil {
							b.Error(err)
							return
						} else if _, ok := f.(*wire.Appended); !ok {
							b.Errorf("%T %v", f, short(f))
							return
						}
						<-slots
					}
				})
			}
			all.Wait()
		})
	}
}

func BenchmarkFanOut(b *testing.B) {
	const followers = 200
	r := newRelay(b, Options{Limits: roomy})
	c, founder, access := r.dial(), keyOf("f"), keyOf("a")
	c.create(r, founder, access)
	ch := founder.channel()
	c.open(ch, access)
	var all sync.WaitGroup
	for range followers {
		f := r.dial()
		f.open(ch, access)
		f.send(&wire.Follow{Req: f.next(), Channel: ch})
		all.Go(func() {
			for got := 0; got < b.N; {
				frame, err := f.receive()
				boxes, ok := frame.(*wire.Boxes)
				if err != nil || !ok {
					b.Errorf("%T %v", frame, err)
					return
				}
				got += len(boxes.Boxes)
			}
		})
	}
	b.ResetTimer()
	slots := make(chan struct{}, 32)
	all.Go(func() {
		for range b.N {
			if _, err := c.receive(); err != nil {
				b.Error(err)
				return
			}
			<-slots
		}
	})
	for i := range b.N {
		slots <- struct{}{}
		c.send(&wire.AppendBoxes{Req: c.next(), Channel: ch, Boxes: []wire.Box{box(fmt.Sprint(i), 512)}})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)*followers/b.Elapsed().Seconds(), "deliveries/s")
}
