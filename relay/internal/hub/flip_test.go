package hub

import (
	"testing"

	"github.com/gorilla/websocket"

	"vialog/relay/internal/admit"
	"vialog/shared/wire"
)

// numberAt is where every request has its number, which is nobody's secret.
const numberAt, numberEnd = 1, 5

// Every bit of every request that a signature covers, one at a time: nothing of
// what it asks for happens.
func TestNoBitOfASignedRequestCanBeFlipped(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	c, founder, access := r.dial(), keyOf("f"), keyOf("a")
	c.create(r, founder, access)
	ch := founder.channel()
	_, code, err := r.desk.Add(t.Context(), admit.Act{Actor: "test"}, admit.Application{Name: "A centre"})
	if err != nil {
		t.Fatal(err)
	}
	tenant := keyOf("t")
	requests := map[string]func(c *client) wire.Frame{
		"create": func(c *client) wire.Frame {
			return c.createFrame(r, keyOf("g"), keyOf("h"), wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open})
		},
		"open": func(c *client) wire.Frame {
			return &wire.Open{Req: c.next(), Channel: ch, Access: access.access(), Sig: access.sign(wire.OpenContext(origin, c.hello.Nonce, ch, access.access()))}
		},
		"rotate": func(c *client) wire.Frame {
			return c.rotateFrame(ch, wire.ByFounding, founder, keyOf("y"), "note", box("b"))
		},
		"delete": func(c *client) wire.Frame {
			return &wire.Delete{Req: c.next(), Founding: founder.founding(), Sig: founder.sign(wire.DeleteContext(origin, c.hello.Nonce, ch))}
		},
		"erase": func(c *client) wire.Frame {
			return &wire.Erase{Req: c.next(), Founding: founder.founding(), Sig: founder.sign(wire.EraseContext(origin, c.hello.Nonce, ch))}
		},
		"register": func(c *client) wire.Frame {
			return &wire.Register{Req: c.next(), Code: code, Key: tenant.tenant(), Sig: tenant.sign(wire.RegisterContext(origin, c.hello.Nonce, code, tenant.tenant()))}
		},
	}
	for name, make := range requests {
		t.Run(name, func(t *testing.T) {
			c := r.dial()
			raw := wire.Append(nil, make(c))
			done := 0
			for i := 0; i < len(raw); i++ {
				if i >= numberAt && i < numberEnd {
					continue
				}
				for bit := range 8 {
					bad := append([]byte(nil), raw...)
					bad[i] ^= 1 << bit
					if f, err := wire.Parse(bad); err == nil {
						switch f.(type) {
						case *wire.Ping, *wire.Unfollow:
							continue // another request, which asks for nothing
						}
					}
					if i > 300 && bit != i%8 {
						continue // a box's bytes: one bit of each
					}
					if err := c.ws.WriteMessage(websocket.BinaryMessage, bad); err != nil {
						t.Fatal(err)
					}
					done++
					answer, err := c.receive()
					if err != nil {
						t.Fatalf("byte %d, bit %d: %v", i, bit, err)
					}
					no, refused := answer.(*wire.Refused)
					if _, gone := answer.(*wire.Done); gone && (name == "delete" || name == "erase") && i >= numberEnd && i < numberEnd+32 {
						continue // of a channel that is not there
					}
					if !refused {
						t.Fatalf("byte %d, bit %d: %T", i, bit, answer)
					}
					if no.Code == wire.Malformed || no.Code == wire.Unsupported || no.Code == wire.TooLarge {
						// The relay ends the connection: the rest on another.
						c = r.dial()
						raw = wire.Append(nil, make(c))
					}
				}
			}
			if done < 8*60 {
				t.Fatalf("only %d bits", done)
			}
			t.Logf("%d bits", done)
		})
	}
	// Everything is as it was.
	d := r.dial()
	if o := want[*wire.Opened](t, d.open(ch, access)); o.Head != 0 {
		t.Fatalf("%d boxes were stored", o.Head)
	}
	wantRefused(t, d.open(keyOf("g").channel(), keyOf("h")), wire.NoAccess)
	want[*wire.Registered](t, d.ask(requests["register"](d)))
}
