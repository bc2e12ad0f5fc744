package e2e

import (
	"bytes"
	"crypto/ed25519"
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

// The host wakes an object that sleeps once an hour, to look after what nobody asks
// for: here more often.
func TestTheEdgeWakesForWhatIsOver(t *testing.T) {
	needsEdge(t)
	t.Parallel()
	const alarm = 20 * time.Second // it sleeps after ten
	r := startRelay(t)
	r.kill()
	r.edge.wakingEvery(t, alarm)
	r.start()
	r.tenantForAll()
	lively, silent := r.lively(t), r.lively(t)
	lasting, brief := lively.key(), lively.key()
	id := lively.foundedBy(lasting)
	silent.open(id, lasting)
	began := time.Now()
	gone := lively.foundedUntil(brief, uint64(began.Add(alarm).Unix()))
	ended := make(chan error, 1)
	go func() { // it takes what comes, and says nothing more
		silent.ws.SetReadDeadline(began.Add(5 * time.Minute))
		for {
			if _, _, err := silent.ws.ReadMessage(); err != nil {
				ended <- err
				return
			}
		}
	}()
	var closed *wire.Closed
	let := patience + 2*alarm
	for over := false; !over; {
		select {
		case err := <-ended:
			over = true
			if took := time.Since(began); !websocket.IsCloseError(err, websocket.CloseGoingAway) || took < patience-10*time.Second {
				t.Errorf("who says nothing is ended after %v: %v", took, err)
			}
		case <-time.After(5 * time.Second):
			if time.Since(began) > let {
				t.Fatalf("who says nothing has been connected for %v", let)
			}
		}
		check(t, lively.ws.WriteMessage(websocket.TextMessage, []byte(wire.AliveQuestion))) // wakes nobody
		for answered := false; !answered; {
			lively.ws.SetReadDeadline(time.Now().Add(90 * time.Second))
			kind, b, err := lively.ws.ReadMessage()
			switch {
			case err != nil:
				t.Fatalf("who is alive is ended after %v: %v", time.Since(began), err)
			case kind == websocket.TextMessage:
				answered = string(b) == wire.AliveAnswer
			default:
				f, ok := must(wire.Parse(b))(t).(*wire.Closed)
				if !ok || closed != nil || f.Channel != gone || f.Code != wire.Expired {
					t.Fatalf("unasked: %v", f)
				}
				closed = f
				t.Logf("%v after it expired, its members are told", time.Since(began)-alarm)
			}
		}
	}
	if n := r.said("msg=serving"); n < 4 || r.said("ended=0") != n {
		t.Errorf("the object was started %d times, %d times with all its sockets", n, r.said("ended=0"))
	}
	if closed == nil {
		t.Error("a channel that expired is open")
	}
	// What lasts is open as it was, and what expired is not there for anybody.
	lively.say(&wire.AppendBoxes{Req: 9, Channel: id, Boxes: []wire.Box{{ID: wire.BoxID{1}, Data: make([]byte, wire.MinBox)}}})
	if f, ok := lively.next().(*wire.Appended); !ok || len(f.Positions) != 1 {
		t.Errorf("Append: %v", f)
	}
	access := wire.AccessKey(brief.Public().(ed25519.PublicKey))
	lively.say(&wire.Open{Req: 10, Channel: gone, Access: access, Sig: wire.Signature(ed25519.Sign(brief, wire.OpenContext(lively.origin, lively.hello.Nonce, gone, access)))})
	if f, ok := lively.next().(*wire.Refused); !ok || f.Code != wire.NoAccess {
		t.Errorf("Open of what expired: %v", f)
	}
}

// patience is how long the relay waits for a sign of life, by PROTOCOL.md.
const patience = 90 * time.Second
