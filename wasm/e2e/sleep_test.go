package e2e

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"vialog/shared/wire"
)

// said is how often the relay's log has a text.
func (r *relay) said(text string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Count(r.log.String(), text)
}

// lively is bare with the sign of life, which the test asks for.
func (r *relay) lively(t *testing.T) *bare {
	t.Helper()
	d := websocket.Dialer{Subprotocols: []string{wire.SubprotocolAlive}}
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(r.origin, "http")+wire.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	b := &bare{t, ws, r.origin, nil}
	b.hello = b.next().(*wire.Hello)
	return b
}

func (b *bare) alive() {
	b.Helper()
	check(b, b.ws.WriteMessage(websocket.TextMessage, []byte(wire.AliveQuestion)))
	b.ws.SetReadDeadline(time.Now().Add(90 * time.Second))
	if kind, text, err := b.ws.ReadMessage(); err != nil || kind != websocket.TextMessage || string(text) != wire.AliveAnswer {
		b.Fatalf("a sign of life: %d %q %v", kind, text, err)
	}
}

// The host puts an object to sleep that was not called for ten seconds, and keeps its sockets.
func TestTheEdgeSleepsWhileClientsAreConnected(t *testing.T) {
	needsEdge(t)
	t.Parallel()
	r := startRelay(t)
	r.tenantForAll()
	reader, writer := r.lively(t), r.lively(t)
	key := reader.key()
	id := reader.foundedBy(key)
	writer.open(id, key)
	reader.say(&wire.Follow{Req: 7, Channel: id})
	if f, ok := reader.next().(*wire.Boxes); !ok || len(f.Boxes) != 0 {
		t.Fatalf("Follow: %v", f)
	}
	data := bytes.Repeat([]byte("x"), wire.MinBox)
	pos := uint64(0)
	append := func(b *bare) {
		t.Helper()
		pos++
		began := time.Now()
		b.say(&wire.AppendBoxes{Req: uint32(100 + pos), Channel: id, Boxes: []wire.Box{{ID: wire.BoxID{byte(pos)}, Data: data}}})
		if f, ok := b.next().(*wire.Appended); !ok || len(f.Positions) != 1 || f.Positions[0] != pos {
			t.Fatalf("Append: %v", f)
		}
		acked := time.Since(began)
		if f, ok := reader.next().(*wire.Boxes); !ok || f.Req != 7 || len(f.Boxes) != 1 || f.Boxes[0].Pos != pos {
			t.Fatalf("box %d: %v", pos, f)
		}
		t.Logf("box %d: acknowledged after %v, with the reader after %v", pos, acked, time.Since(began))
	}
	append(writer)
	started := r.said("msg=serving")
	for slept := 0; slept < 2; { // twice: what is kept of those that were resumed is kept again
		for range 14 {
			time.Sleep(time.Second)
			reader.alive() // wakes nobody
			writer.alive()
		}
		if n := r.said("msg=serving"); n != started {
			t.Fatalf("the object was started %d times while nobody said anything", n-started)
		}
		append(writer)
		if n := r.said("msg=serving"); n > started {
			started = n
			slept++
		} else if pos > 20 {
			t.Fatal("the object does not sleep")
		}
	}
	// What was proved stands, and nothing else does.
	reader.say(&wire.Read{Req: 8, Channel: id, After: 1, MaxBytes: 1})
	if f, ok := reader.next().(*wire.Boxes); !ok || len(f.Boxes) != 1 || f.Boxes[0].Pos != 2 {
		t.Errorf("Read: %v", f)
	}
	reader.say(&wire.Read{Req: 9, Channel: wire.Channel{1}})
	if f, ok := reader.next().(*wire.Refused); !ok || f.Code != wire.NotOpen {
		t.Errorf("a channel that nobody opened: %v", f)
	}
	if n := r.said("ended=0"); n != r.said("msg=serving") {
		t.Error("sockets were ended")
	}
}
