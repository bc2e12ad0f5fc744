package hub

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"vialog/relay/internal/admit"
	"vialog/shared/wire"
)

func TestARetryAfterALostAnswerReturnsTheFirstPosition(t *testing.T) {
	for _, tt := range []struct {
		name string
		keep bool
	}{
		{"write lost", false},
		{"write kept, answer lost", true}, // the retry must not duplicate
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log *faultyLog
			r := newRelay(t, Options{Limits: roomy}, func(l Log) Log { log = &faultyLog{Log: l}; return log })
			c, founder, access := r.dial(), keyOf("f"), keyOf("a")
			c.create(r, founder, access)
			ch := founder.channel()
			want[*wire.Opened](t, c.open(ch, access))
			want[*wire.Appended](t, c.append(ch, box("one")))

			log.fail(tt.keep)
			wantRefused(t, c.append(ch, box("two"), box("three")), wire.Failed)

			again := r.dial()
			want[*wire.Opened](t, again.open(ch, access))
			got := want[*wire.Appended](t, again.append(ch, box("two"), box("three")))
			if !slices.Equal(got.Positions, []uint64{2, 3}) {
				t.Errorf("positions %v", got.Positions)
			}
			read := want[*wire.Boxes](t, again.ask(&wire.Read{Req: again.next(), Channel: ch, MaxBytes: 1 << 20}))
			if len(read.Boxes) != 3 || read.Head != 3 {
				t.Errorf("%d boxes, head %d", len(read.Boxes), read.Head)
			}
		})
	}
}

func TestAFollowerLearnsOfABoxWhoseAnswerWasLost(t *testing.T) {
	var log *faultyLog
	r := newRelay(t, Options{Limits: roomy}, func(l Log) Log { log = &faultyLog{Log: l}; return log })
	c, founder, access := r.dial(), keyOf("f"), keyOf("a")
	c.create(r, founder, access)
	ch := founder.channel()
	c.open(ch, access)
	f := r.dial()
	f.open(ch, access)
	follow := f.next()
	want[*wire.Boxes](t, f.ask(&wire.Follow{Req: follow, Channel: ch}))
	log.fail(true)
	wantRefused(t, c.append(ch, box("kept")), wire.Failed)
	got := want[*wire.Boxes](t, f.answer(follow))
	if len(got.Boxes) != 1 || got.Boxes[0].ID != box("kept").ID {
		t.Errorf("got %d boxes", len(got.Boxes))
	}
}

func TestARotationWhoseAnswerWasLostIsKnownByOpening(t *testing.T) {
	for _, tt := range []struct {
		name string
		keep bool
	}{
		{"rotation lost", false},
		{"rotation kept, answer lost", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log *faultyLog
			r := newRelay(t, Options{Limits: roomy}, func(l Log) Log { log = &faultyLog{Log: l}; return log })
			c, founder, old, next := r.dial(), keyOf("f"), keyOf("old"), keyOf("new")
			c.create(r, founder, old)
			ch := founder.channel()
			c.open(ch, old)
			log.fail(tt.keep)
			wantRefused(t, c.ask(c.rotateFrame(ch, wire.ByAccess, old, next, "note", box("b"))), wire.Failed)

			again := r.dial()
			if answer := again.open(ch, next); tt.keep {
				if got := want[*wire.Opened](t, answer); got.Head != 1 {
					t.Errorf("head %d", got.Head)
				}
			} else {
				wantRefused(t, answer, wire.NoAccess)
				want[*wire.Opened](t, again.open(ch, old))
			}
			// By the founding key the same rotation can simply be sent again.
			got := want[*wire.Appended](t, again.ask(again.rotateFrame(ch, wire.ByFounding, founder, next, "note", box("b"))))
			if !slices.Equal(got.Positions, []uint64{1}) {
				t.Errorf("positions %v", got.Positions)
			}
		})
	}
}

func TestRotationLocksTheOldKeyOutOfOpenConnections(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	owner, founder, k1, k2 := r.dial(), keyOf("f"), keyOf("1"), keyOf("2")
	owner.create(r, founder, k1)
	ch := founder.channel()
	owner.open(ch, k1)
	member := r.dial()
	member.open(ch, k1)
	follow := member.next()
	want[*wire.Boxes](t, member.ask(&wire.Follow{Req: follow, Channel: ch}))

	got := want[*wire.Appended](t, owner.ask(owner.rotateFrame(ch, wire.ByAccess, k1, k2, "the way to 2", box("after"))))
	if !slices.Equal(got.Positions, []uint64{1}) {
		t.Errorf("positions %v", got.Positions)
	}
	closed := want[*wire.Closed](t, member.unasked())
	if closed.Channel != ch || closed.Code != wire.Rotated {
		t.Errorf("closed %v for %v", closed.Channel, closed.Code)
	}
	want[*wire.Appended](t, owner.append(ch, box("later"))) // the rotating connection goes on

	wantRefused(t, member.append(ch, box("too late")), wire.Rotated)
	wantRefused(t, member.append(ch, box("too late")), wire.NotOpen)
	wantRefused(t, member.ask(&wire.Read{Req: member.next(), Channel: ch, MaxBytes: 9}), wire.NotOpen)
	moved := want[*wire.Moved](t, member.open(ch, k1))
	if string(moved.Note) != "the way to 2" {
		t.Errorf("note %q", moved.Note)
	}
	want[*wire.Done](t, member.ask(&wire.Ping{Req: member.next()}))
	for _, f := range member.kept {
		if b, ok := f.(*wire.Boxes); ok && len(b.Boxes) > 0 {
			t.Error("a member that was locked out got boxes")
		}
	}
	want[*wire.Opened](t, member.open(ch, k2))
	b := want[*wire.Boxes](t, member.ask(&wire.Read{Req: member.next(), Channel: ch, MaxBytes: 1 << 20}))
	if len(b.Boxes) != 2 {
		t.Errorf("%d boxes", len(b.Boxes))
	}
}

func TestAMemberWhoWasAwayWalksFromNoteToNote(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	owner, founder := r.dial(), keyOf("f")
	keys := map[string]key{}
	for i := range 5 {
		keys[fmt.Sprint(i)] = keyOf(fmt.Sprint(i))
	}
	owner.create(r, founder, keys["0"])
	ch := founder.channel()
	owner.open(ch, keys["0"])
	for i := range 4 {
		next := fmt.Sprint(i + 1)
		signer, by := wire.ByAccess, keys[fmt.Sprint(i)]
		if i == 2 {
			signer, by = wire.ByFounding, founder
		}
		want[*wire.Appended](t, owner.ask(owner.rotateFrame(ch, signer, by, keys[next], next)))
	}
	away, at, steps := r.dial(), "0", 0
	for {
		f := away.open(ch, keys[at])
		if _, ok := f.(*wire.Opened); ok {
			break
		}
		at = string(want[*wire.Moved](t, f).Note)
		steps++
	}
	if at != "4" || steps != 4 {
		t.Errorf("arrived at %s after %d steps", at, steps)
	}
	wantRefused(t, owner.ask(owner.rotateFrame(ch, wire.ByAccess, keys["4"], keys["1"], "")), wire.Conflict)
	wantRefused(t, away.open(ch, keyOf("never")), wire.NoAccess)
	wantRefused(t, away.open(keyOf("nowhere").channel(), keys["4"]), wire.NoAccess)
}

func TestTheLoserOfARaceToRotateIsTold(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	a, b, founder, k := r.dial(), r.dial(), keyOf("f"), keyOf("k")
	a.create(r, founder, k)
	ch := founder.channel()
	a.open(ch, k)
	b.open(ch, k)
	fa := a.rotateFrame(ch, wire.ByAccess, k, keyOf("a"), "a")
	fb := b.rotateFrame(ch, wire.ByAccess, k, keyOf("b"), "b")
	a.send(fa)
	b.send(fb)
	won := 0
	for _, f := range []wire.Frame{a.answer(fa.Req), b.answer(fb.Req)} {
		if _, ok := f.(*wire.Appended); ok {
			won++
		} else {
			wantRefused(t, f, wire.Rotated)
		}
	}
	if won != 1 {
		t.Errorf("%d rotations won", won)
	}
}

// checkFollow reads from a follow until head and reports any gap, repeat or other order.
func checkFollow(t *testing.T, c *client, follow uint32, after, until uint64, ids map[uint64]wire.BoxID) {
	t.Helper()
	at := after
	for at < until {
		f, ok := c.answer(follow).(*wire.Boxes)
		if !ok {
			t.Errorf("not boxes")
			return
		}
		for _, b := range f.Boxes {
			if b.Pos != at+1 {
				t.Errorf("position %d after %d", b.Pos, at)
				return
			}
			if id, known := ids[b.Pos]; known && id != b.ID {
				t.Errorf("another box at %d", b.Pos)
			}
			at = b.Pos
		}
	}
}

func TestFollowersGetBacklogAndLiveInOrderWithNothingLost(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	tight := roomy
	tight.ChannelTailBytes = 8 << 10 // so that some fall out of the tail
	r := newRelay(t, Options{Limits: tight})
	owner, founder, access := r.dial(), keyOf("f"), keyOf("a")
	owner.create(r, founder, access)
	ch := founder.channel()
	owner.open(ch, access)
	const writers, batches, most = 4, 60, 5

	var mu sync.Mutex
	ids, total := map[uint64]wire.BoxID{}, uint64(0)
	plan := make([][]int, writers)
	for w := range plan {
		for range batches {
			n := 1 + rng.IntN(most)
			plan[w] = append(plan[w], n)
			total += uint64(n)
		}
	}
	var writing, reading sync.WaitGroup
	for w := range writers {
		c := r.dial()
		want[*wire.Opened](t, c.open(ch, access))
		writing.Go(func() {
			// A window of 16: answers come in the order of the requests.
			sent := map[uint32][]wire.Box{}
			first := c.req + 1
			for i, n := range plan[w] {
				var boxes []wire.Box
				for j := range n {
					boxes = append(boxes, box(fmt.Sprint(w, i, j), wire.MinBox+i))
				}
				req := c.next()
				sent[req] = boxes
				c.send(&wire.AppendBoxes{Req: req, Channel: ch, Boxes: boxes})
				if i < 16 {
					continue
				}
				take(t, c, first, sent, &mu, ids)
				first++
			}
			for ; first <= c.req; first++ {
				take(t, c, first, sent, &mu, ids)
			}
		})
	}
	for i := range 6 {
		c := r.dial()
		want[*wire.Opened](t, c.open(ch, access))
		time.Sleep(time.Duration(i) * 3 * time.Millisecond)
		reading.Go(func() {
			follow := c.next()
			c.send(&wire.Follow{Req: follow, Channel: ch})
			checkFollow(t, c, follow, 0, total, nil)
		})
	}
	writing.Wait()
	reading.Wait()
	if uint64(len(ids)) != total {
		t.Errorf("%d of %d positions acknowledged", len(ids), total)
	}
	late := r.dial()
	late.open(ch, access)
	follow := late.next()
	late.send(&wire.Follow{Req: follow, Channel: ch, After: 10})
	checkFollow(t, late, follow, 10, total, ids)
	if kept := r.hub.Stats().TailBytes; kept > int64(tight.ChannelTailBytes) {
		t.Errorf("%d bytes kept in memory", kept)
	}
}

func take(t *testing.T, c *client, req uint32, sent map[uint32][]wire.Box, mu *sync.Mutex, ids map[uint64]wire.BoxID) {
	f, err := c.receive()
	a, ok := f.(*wire.Appended)
	if err != nil || !ok || a.Req != req || len(a.Positions) != len(sent[req]) {
		t.Errorf("answer to %d: %T %v %v", req, f, short(f), err)
		return
	}
	mu.Lock()
	defer mu.Unlock()
	for i, p := range a.Positions {
		if _, twice := ids[p]; twice {
			t.Errorf("position %d given twice", p)
		}
		ids[p] = sent[req][i].ID
	}
}

func TestAFollowGoesOnAfterWhatItHasAndEndsWithUnfollow(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	c, founder, access := r.dial(), keyOf("f"), keyOf("a")
	c.create(r, founder, access)
	ch := founder.channel()
	c.open(ch, access)
	c.append(ch, box("1"), box("2"))
	first := c.next()
	if got := want[*wire.Boxes](t, c.ask(&wire.Follow{Req: first, Channel: ch, After: 2})); len(got.Boxes) != 0 || got.Head != 2 {
		t.Errorf("%d boxes, head %d", len(got.Boxes), got.Head)
	}
	second := c.next()
	if got := want[*wire.Boxes](t, c.ask(&wire.Follow{Req: second, Channel: ch, After: 1})); len(got.Boxes) != 1 {
		t.Errorf("%d boxes", len(got.Boxes))
	}
	want[*wire.Appended](t, c.append(ch, box("3")))
	if got := want[*wire.Boxes](t, c.answer(second)); got.Boxes[0].Pos != 3 {
		t.Errorf("position %d", got.Boxes[0].Pos)
	}
	want[*wire.Done](t, c.ask(&wire.Unfollow{Req: c.next(), Channel: ch}))
	want[*wire.Appended](t, c.append(ch, box("4")))
	want[*wire.Done](t, c.ask(&wire.Ping{Req: c.next()}))
	if len(c.kept) != 0 {
		t.Errorf("%d frames nobody asked for", len(c.kept))
	}
	// A relay that lost boxes tells its head, so that the client sees it.
	if got := want[*wire.Boxes](t, c.ask(&wire.Follow{Req: c.next(), Channel: ch, After: 99})); got.Head != 4 || len(got.Boxes) != 0 {
		t.Errorf("head %d", got.Head)
	}
	if got := want[*wire.Boxes](t, c.ask(&wire.Read{Req: c.next(), Channel: ch, After: 99, MaxBytes: 1})); got.Head != 4 || len(got.Boxes) != 0 {
		t.Errorf("head %d", got.Head)
	}
	if got := want[*wire.Boxes](t, c.ask(&wire.Read{Req: c.next(), Channel: ch, MaxBytes: 0})); len(got.Boxes) != 1 {
		t.Errorf("%d boxes for no bytes", len(got.Boxes))
	}
}

func TestASlowReaderHoldsNobodyUp(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	c, founder, access := r.dial(), keyOf("f"), keyOf("a")
	c.create(r, founder, access)
	ch := founder.channel()
	c.open(ch, access)
	slow := r.dial()
	slow.open(ch, access)
	slowFollow := slow.next()
	slow.send(&wire.Follow{Req: slowFollow, Channel: ch}) // and reads nothing

	quick := r.dial()
	quick.open(ch, access)
	follow := quick.next()
	want[*wire.Boxes](t, quick.ask(&wire.Follow{Req: follow, Channel: ch}))
	const n = 60
	began := time.Now()
	for i := range n {
		want[*wire.Appended](t, c.append(ch, box(fmt.Sprint(i), 512<<10)))
		got := want[*wire.Boxes](t, quick.answer(follow))
		if got.Boxes[len(got.Boxes)-1].Pos != uint64(i+1) {
			t.Fatalf("position %d at %d", got.Boxes[0].Pos, i)
		}
	}
	t.Logf("%d boxes of 512 KiB in %v; %+v", n, time.Since(began), r.hub.Stats())
	if s := r.hub.Stats(); s.TailBytes > Usual.TailBytes || s.WaitingBytes != 0 {
		t.Errorf("kept in memory: %+v", s)
	}
	checkFollow(t, slow, slowFollow, 0, n, nil) // it was only behind
}

func TestWhatTheSignatureDoesNotCoverIsRefused(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	c, founder, access := r.dial(), keyOf("f"), keyOf("a")
	c.create(r, founder, access)
	ch := founder.channel()
	other := r.dial()
	n := c.hello.Nonce
	open := func(b []byte) *wire.Open {
		return &wire.Open{Req: c.next(), Channel: ch, Access: access.access(), Sig: access.sign(b)}
	}
	for name, f := range map[string]wire.Frame{
		"open for another origin":     open(wire.OpenContext("https://other.example", n, ch, access.access())),
		"open on another connection":  open(wire.OpenContext(origin, other.hello.Nonce, ch, access.access())),
		"open of another channel":     open(wire.OpenContext(origin, n, keyOf("x").channel(), access.access())),
		"open by another key":         &wire.Open{Req: c.next(), Channel: ch, Access: access.access(), Sig: keyOf("x").sign(wire.OpenContext(origin, n, ch, access.access()))},
		"open with a delete's":        open(wire.DeleteContext(origin, n, ch)),
		"delete by the access key":    &wire.Delete{Req: c.next(), Founding: founder.founding(), Sig: access.sign(wire.DeleteContext(origin, n, ch))},
		"delete on another":           &wire.Delete{Req: c.next(), Founding: founder.founding(), Sig: founder.sign(wire.DeleteContext(origin, other.hello.Nonce, ch))},
		"rotate by a stranger":        c.rotateFrame(ch, wire.ByFounding, keyOf("x"), keyOf("y"), ""),
		"rotate by access as founder": c.rotateFrame(ch, wire.ByFounding, access, keyOf("y"), ""),
	} {
		if got, ok := c.ask(f).(*wire.Refused); !ok || got.Code != wire.NoAccess {
			t.Errorf("%s: got %T", name, got)
		}
	}
	create := c.createFrame(r, keyOf("g"), access, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open})
	create.Expires = 1 << 33
	wantRefused(t, c.ask(create), wire.NoAccess)

	want[*wire.Opened](t, c.open(ch, access))
	changed := c.rotateFrame(ch, wire.ByAccess, access, keyOf("y"), "note", box("b"))
	changed.Note = []byte("Note")
	wantRefused(t, c.ask(changed), wire.NoAccess)
	unproven := c.rotateFrame(ch, wire.ByAccess, access, keyOf("y"), "note")
	unproven.NewSig = unproven.Sig
	wantRefused(t, c.ask(unproven), wire.NoAccess)
	want[*wire.Appended](t, c.append(ch, box("still open")))
}

func TestARelayWithTwoOriginsAcceptsSignaturesForBoth(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy, Origins: []string{"https://relay.example", origin}})
	c, founder, access := r.dial(), keyOf("f"), keyOf("a")
	c.create(r, founder, access)
	ch := founder.channel()
	for _, o := range []string{"https://relay.example", origin} {
		want[*wire.Opened](t, c.ask(&wire.Open{Req: c.next(), Channel: ch, Access: access.access(), Sig: access.sign(wire.OpenContext(o, c.hello.Nonce, ch, access.access()))}))
	}
}

func TestPagesOfOtherOriginsAreTurnedAway(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy, AppOrigins: []string{"https://app.example"}})
	for _, tt := range []struct {
		origin string
		status int
	}{
		{"", 101}, // not a browser
		{origin, 101},
		{"https://app.example", 101},
		{"https://app.example.evil.example", 403},
		{"http://app.example", 403},
		{"null", 403},
		{r.http.URL, 403}, // the host it was dialled as is not what the operator listed
	} {
		h := http.Header{}
		if tt.origin != "" {
			h.Set("Origin", tt.origin)
		}
		_, resp, err := r.tryDial(h)
		if resp == nil || resp.StatusCode != tt.status {
			t.Errorf("%q: %v %v", tt.origin, resp, err)
		}
	}
}

func TestASocketWithoutTheSubprotocolOrWithCompressionIsNotWhatWeSpeak(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	url := "ws" + strings.TrimPrefix(r.http.URL, "http") + wire.Path
	_, resp, err := (&websocket.Dialer{}).Dial(url, nil)
	if err == nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("without the subprotocol: %v", err)
	}
	ws, resp, err := (&websocket.Dialer{Subprotocols: []string{wire.Subprotocol}, EnableCompression: true}).Dial(url, nil)
	if err != nil || resp.Header.Get("Sec-Websocket-Extensions") != "" {
		t.Errorf("compression was agreed on: %v", err)
	} else {
		ws.Close()
	}
	plain, err := http.Get(r.http.URL)
	if err != nil || plain.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("plain HTTP: %v", err)
	}
}

func TestMalformedFramesAreRefusedAndEndOnlyTheirConnection(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	good, founder, access := r.dial(), keyOf("f"), keyOf("a")
	good.create(r, founder, access)
	good.open(founder.channel(), access)

	for name, b := range map[string][]byte{
		"empty":       {},
		"cut short":   {0x02, 0, 0, 0, 9, 1, 2, 3},
		"trailing":    append(wire.Append(nil, &wire.Ping{Req: 9}), 0),
		"request 0":   {0x0b, 0, 0, 0, 0},
		"empty batch": append(append([]byte{0x03, 0, 0, 0, 9}, make([]byte, 32)...), 0, 0),
	} {
		c := r.dial()
		c.ws.WriteMessage(websocket.BinaryMessage, b)
		wantRefused(t, c.await(func(wire.Frame) bool { return true }), wire.Malformed)
		if bye := want[*wire.Goodbye](t, c.unasked()); bye.Code != wire.Malformed {
			t.Errorf("%s: goodbye %v", name, bye.Code)
		}
		if _, err := c.receive(); !websocket.IsCloseError(err, websocket.CloseProtocolError) {
			t.Errorf("%s: %v", name, err)
		}
	}
	text := r.dial()
	text.ws.WriteMessage(websocket.TextMessage, []byte("hello"))
	want[*wire.Goodbye](t, text.unasked())

	c := r.dial()
	for _, b := range [][]byte{{0x7f, 0, 0, 0, 9}, wire.Append(nil, &wire.Done{Req: 9})} {
		c.ws.WriteMessage(websocket.BinaryMessage, b)
		wantRefused(t, c.answer(9), wire.Unsupported)
	}
	want[*wire.Done](t, c.ask(&wire.Ping{Req: c.next()}))
	want[*wire.Appended](t, good.append(founder.channel(), box("b")))
}

func TestRandomFramesNeverBringTheHubDown(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	r := newRelay(t, Options{Limits: roomy})
	valid := [][]byte{
		wire.Append(nil, &wire.Open{Req: 1}), wire.Append(nil, &wire.AppendBoxes{Req: 2, Boxes: []wire.Box{box("b")}}),
		wire.Append(nil, &wire.Follow{Req: 3}), wire.Append(nil, &wire.Rotate{Req: 4, Signer: wire.ByFounding}),
		wire.Append(nil, &wire.Create{Req: 5, Admission: wire.Admission{Kind: wire.ByOpenTenant}}), wire.Append(nil, &wire.Delete{Req: 6}), wire.Append(nil, &wire.Erase{Req: 10}),
		wire.Append(nil, &wire.Register{Req: 7}), wire.Append(nil, &wire.Rekey{Req: 8}), wire.Append(nil, &wire.Read{Req: 9}),
	}
	for range 60 {
		c := r.dial()
		go func() {
			for {
				if _, _, err := c.ws.ReadMessage(); err != nil {
					return
				}
			}
		}()
		for range 20 {
			b := bytes.Clone(valid[rng.IntN(len(valid))])
			switch rng.IntN(4) {
			case 0:
				b = b[:rng.IntN(len(b)+1)]
			case 1:
				b[rng.IntN(len(b))] ^= byte(1 << rng.IntN(8))
			case 2:
				b = append(b, byte(rng.Uint32()))
			}
			if c.ws.WriteMessage(websocket.BinaryMessage, b) != nil {
				break
			}
		}
		c.ws.Close()
	}
	c := r.dial()
	want[*wire.Done](t, c.ask(&wire.Ping{Req: c.next()}))
}

func TestDeleteEndsTheChannelForEveryoneAndCanBeRepeated(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	owner, founder, access := r.dial(), keyOf("f"), keyOf("a")
	owner.create(r, founder, access)
	ch := founder.channel()
	owner.open(ch, access)
	owner.append(ch, box("b"))
	member := r.dial()
	member.open(ch, access)
	for range 2 {
		want[*wire.Done](t, owner.ask(&wire.Delete{Req: owner.next(), Founding: founder.founding(), Sig: founder.sign(wire.DeleteContext(origin, owner.hello.Nonce, ch))}))
	}
	if got := want[*wire.Closed](t, member.unasked()); got.Code != wire.Deleted {
		t.Errorf("closed for %v", got.Code)
	}
	wantRefused(t, member.append(ch, box("c")), wire.Deleted)
	wantRefused(t, member.open(ch, access), wire.NoAccess)
}

func TestAChannelEndsAtItsDate(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	c, founder, access := r.dial(), keyOf("f"), keyOf("a")
	f := c.createFrame(r, founder, access, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open})
	f.Expires = uint64(time.Now().Unix() - 1)
	c.sealCreate(f, founder, access)
	wantRefused(t, c.ask(f), wire.Expired)

	f.Req, f.Expires = c.next(), uint64(time.Now().Unix()+2)
	c.sealCreate(f, founder, access)
	want[*wire.Done](t, c.ask(f))
	ch := founder.channel()
	if got := want[*wire.Opened](t, c.open(ch, access)); got.Expires != f.Expires {
		t.Errorf("expires %d", got.Expires)
	}
	time.Sleep(time.Until(time.Unix(int64(f.Expires), 0)) + 50*time.Millisecond)
	wantRefused(t, c.append(ch, box("b")), wire.Expired)
	r.hub.expire(t.Context())
	if got := want[*wire.Closed](t, c.unasked()); got.Code != wire.Expired {
		t.Errorf("closed for %v", got.Code)
	}
	wantRefused(t, r.dial().open(ch, access), wire.NoAccess)
}

func TestCreateAgainIsDoneAndWithAnotherKeyAConflict(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	c, founder, access := r.dial(), keyOf("f"), keyOf("a")
	c.create(r, founder, access)
	c.create(r, founder, access)
	wantRefused(t, c.ask(c.createFrame(r, founder, keyOf("b"), wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open})), wire.Conflict)
	wantRefused(t, c.ask(c.createFrame(r, keyOf("g"), access, wire.Admission{Kind: wire.ByOpenTenant})), wire.TicketInvalid)
}

func TestTicketsAdmitAsManyChannelsAsTheySay(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	tenant, code, err := r.desk.Add(t.Context(), admit.Act{Actor: "test"}, admit.Application{Name: "My centre", Quota: admit.Quota{Channels: 3}})
	if err != nil {
		t.Fatal(err)
	}
	c, lead := r.dial(), keyOf("lead")
	register := func(k key) wire.Frame {
		return c.ask(&wire.Register{Req: c.next(), Code: code, Key: k.tenant(), Sig: k.sign(wire.RegisterContext(origin, c.hello.Nonce, code, k.tenant()))})
	}
	for range 2 { // the answer may get lost
		if got := want[*wire.Registered](t, register(lead)); got.Tenant != tenant.ID {
			t.Errorf("registered as %v", got.Tenant)
		}
	}
	wantRefused(t, register(keyOf("thief")), wire.CodeInvalid)

	ticket := func(k key, id byte, channels uint16, expires time.Time) wire.Admission {
		a := wire.Admission{Kind: wire.ByTicket, Ticket: wire.Ticket{Tenant: tenant.ID, ID: wire.TicketID{id}, Channels: channels, Expires: uint64(expires.Unix())}}
		a.Ticket.Sig = k.sign(wire.TicketContext(&a.Ticket))
		return a
	}
	later := time.Now().Add(time.Hour)
	create := func(name string, a wire.Admission) wire.Frame {
		return c.ask(c.createFrame(r, keyOf(name), keyOf(name+" access"), a))
	}
	two := ticket(lead, 1, 2, later)
	want[*wire.Done](t, create("1", two))
	want[*wire.Done](t, create("2", two))
	wantRefused(t, create("3", two), wire.TicketUsedUp)
	want[*wire.Done](t, create("1", two)) // a retry counts nothing
	wantRefused(t, create("3", ticket(lead, 2, 1, time.Now().Add(-time.Hour))), wire.TicketExpired)
	wantRefused(t, create("3", ticket(keyOf("thief"), 2, 1, later)), wire.TicketInvalid)
	widened := ticket(lead, 2, 1, later)
	widened.Ticket.Channels = 100
	wantRefused(t, create("3", widened), wire.TicketInvalid)
	want[*wire.Done](t, create("3", ticket(lead, 2, 1, later)))
	wantRefused(t, create("4", ticket(lead, 3, 1, later)), wire.TenantFull)

	// Suspended: no Create and no Append; reading and locking out go on.
	ch, access := keyOf("1").channel(), keyOf("1 access")
	want[*wire.Opened](t, c.open(ch, access))
	want[*wire.Appended](t, c.append(ch, box("before")))
	if _, err := r.desk.Suspend(t.Context(), admit.Act{Actor: "test", Reason: "a test"}, tenant.ID); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, c.append(ch, box("while")), wire.TenantSuspended)
	wantRefused(t, create("5", ticket(lead, 4, 1, later)), wire.TenantSuspended)
	if got := want[*wire.Boxes](t, c.ask(&wire.Read{Req: c.next(), Channel: ch, MaxBytes: 1 << 20})); len(got.Boxes) != 1 {
		t.Errorf("%d boxes", len(got.Boxes))
	}
	want[*wire.Opened](t, r.dial().open(ch, access))
	want[*wire.Appended](t, c.ask(c.rotateFrame(ch, wire.ByAccess, access, keyOf("1 next"), "")))
	if _, err := r.desk.Resume(t.Context(), admit.Act{Actor: "test", Reason: "a test"}, tenant.ID); err != nil {
		t.Fatal(err)
	}
	want[*wire.Appended](t, c.append(ch, box("after")))

	// A new key for the tenant ends the old one's tickets.
	next := keyOf("next lead")
	rekey := func(old key) wire.Frame {
		b := wire.RekeyContext(origin, c.hello.Nonce, tenant.ID, next.tenant())
		return c.ask(&wire.Rekey{Req: c.next(), Tenant: tenant.ID, New: next.tenant(), OldSig: old.sign(b), NewSig: next.sign(b)})
	}
	wantRefused(t, rekey(keyOf("thief")), wire.NoAccess)
	want[*wire.Done](t, rekey(lead))
	want[*wire.Done](t, rekey(lead)) // the answer may get lost
	wantRefused(t, create("5", ticket(lead, 4, 1, later)), wire.TicketInvalid)
}

func TestUsersOfALeavingTenantTakeWhatIsTheirsUntilItIsErased(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	c, follower, founder, access := r.dial(), r.dial(), keyOf("f"), keyOf("a")
	c.create(r, founder, access)
	ch := founder.channel()
	want[*wire.Opened](t, c.open(ch, access))
	want[*wire.Appended](t, c.append(ch, box("mine")))
	want[*wire.Opened](t, follower.open(ch, access))
	follower.send(&wire.Follow{Req: follower.next(), Channel: ch, After: 1})
	operator := admit.Act{Actor: "test", Reason: "a test"}
	if _, err := r.desk.Remove(t.Context(), operator, r.open, 0); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, c.append(ch, box("late")), wire.TenantSuspended)
	wantRefused(t, c.ask(c.createFrame(r, keyOf("g"), access, wire.Admission{Kind: wire.ByOpenTenant, Tenant: r.open})), wire.TenantSuspended)
	if got := want[*wire.Boxes](t, c.ask(&wire.Read{Req: c.next(), Channel: ch, MaxBytes: 1 << 20})); len(got.Boxes) != 1 {
		t.Errorf("%d boxes", len(got.Boxes))
	}
	if _, err := r.desk.Erase(t.Context(), operator, r.open); err != nil {
		t.Fatal(err)
	}
	r.hub.sweep(time.Now())
	follower.await(func(f wire.Frame) bool {
		closed, ok := f.(*wire.Closed)
		return ok && closed.Channel == ch && closed.Code == wire.Deleted
	})
	wantRefused(t, r.dial().open(ch, access), wire.NoAccess)
}

func TestEveryLimitIsRefusedWithItsCode(t *testing.T) {
	at := func(change func(*Limits)) Options {
		l := roomy
		change(&l)
		return Options{Limits: l}
	}
	start := func(t *testing.T, o Options) (*relay, *client, wire.Channel) {
		r := newRelay(t, o)
		c := r.dial()
		c.create(r, keyOf("f"), keyOf("a"))
		ch := keyOf("f").channel()
		want[*wire.Opened](t, c.open(ch, keyOf("a")))
		return r, c, ch
	}
	t.Run("box too large", func(t *testing.T) {
		_, c, ch := start(t, at(func(l *Limits) { l.MaxBox = 1024 }))
		if c.hello.MaxBox != 1024 {
			t.Errorf("announced %d", c.hello.MaxBox)
		}
		wantRefused(t, c.append(ch, box("b", 1025)), wire.TooLarge)
		want[*wire.Appended](t, c.append(ch, box("b", 1024)))
	})
	t.Run("batch too large", func(t *testing.T) {
		_, c, ch := start(t, at(func(l *Limits) { l.MaxBatch = 2 }))
		wantRefused(t, c.append(ch, box("1"), box("2"), box("3")), wire.TooLarge)
	})
	t.Run("frame too large", func(t *testing.T) {
		_, c, ch := start(t, at(func(l *Limits) { l.MaxBox, l.MaxFrame = 1024, 4096 }))
		wantRefused(t, c.append(ch, box("1", 1024), box("2", 1024), box("3", 1024), box("4", 1024)), wire.TooLarge)
		want[*wire.Appended](t, c.append(ch, box("1", 1024), box("2", 1024)))
	})
	t.Run("a full channel can still be rotated", func(t *testing.T) {
		_, c, ch := start(t, at(func(l *Limits) { l.ChannelBytes = wire.MinBox }))
		want[*wire.Appended](t, c.append(ch, box("fits")))
		wantRefused(t, c.append(ch, box("too much")), wire.ChannelFull)
		want[*wire.Appended](t, c.ask(c.rotateFrame(ch, wire.ByAccess, keyOf("a"), keyOf("next"), "note", box("change"))))
	})
	t.Run("channel full, in a pipeline, without harm to what fits", func(t *testing.T) {
		_, c, ch := start(t, at(func(l *Limits) { l.ChannelBytes = 10 * wire.MinBox }))
		first := c.req + 1
		for i := range 12 {
			c.send(&wire.AppendBoxes{Req: c.next(), Channel: ch, Boxes: []wire.Box{box(fmt.Sprint(i))}})
		}
		for i := range uint32(12) {
			if f := c.answer(first + i); i < 10 {
				want[*wire.Appended](t, f)
			} else {
				wantRefused(t, f, wire.ChannelFull)
			}
		}
		want[*wire.Appended](t, c.append(ch, box("3"))) // held already
	})
	t.Run("boxes per channel", func(t *testing.T) {
		_, c, ch := start(t, at(func(l *Limits) { l.Boxes, l.BoxesBurst = 1, 3 }))
		want[*wire.Appended](t, c.append(ch, box("1"), box("2"), box("3")))
		f := c.append(ch, box("4"))
		wantRefused(t, f, wire.RateLimited)
		if after := f.(*wire.Refused).RetryAfter; after == 0 || after > 1000 {
			t.Errorf("retry after %d ms", after)
		}
	})
	t.Run("frames per connection", func(t *testing.T) {
		r := newRelay(t, at(func(l *Limits) { l.Frames, l.FramesBurst = 0.01, 5 }))
		c := r.dial()
		for range 5 {
			want[*wire.Done](t, c.ask(&wire.Ping{Req: c.next()}))
		}
		wantRefused(t, c.ask(&wire.Ping{Req: c.next()}), wire.RateLimited)
	})
	t.Run("failed proofs per address, also over new connections", func(t *testing.T) {
		r := newRelay(t, at(func(l *Limits) { l.AddressWork, l.AddressWorkBurst = 0.01, 100 }))
		c := r.dial()
		last := wire.Refusal(0)
		for range 10 {
			last = c.open(keyOf("f").channel(), keyOf("guess")).(*wire.Refused).Code
		}
		if last != wire.RateLimited {
			t.Errorf("ended with %v", last)
		}
		_, resp, err := r.tryDial(nil)
		if err == nil {
			_, resp, err = r.tryDial(nil)
		}
		for range 5 {
			if err == nil {
				_, resp, err = r.tryDial(nil)
			}
		}
		if err == nil || resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
			t.Errorf("a new connection was let in: %v", err)
		}
	})
	t.Run("channels per connection", func(t *testing.T) {
		r, c, _ := start(t, at(func(l *Limits) { l.Channels = 2 }))
		c.create(r, keyOf("f2"), keyOf("a"))
		c.create(r, keyOf("f3"), keyOf("a"))
		want[*wire.Opened](t, c.open(keyOf("f2").channel(), keyOf("a")))
		wantRefused(t, c.open(keyOf("f3").channel(), keyOf("a")), wire.TooManyChannels)
		want[*wire.Opened](t, c.open(keyOf("f2").channel(), keyOf("a")))
	})
	t.Run("connections of an address", func(t *testing.T) {
		r := newRelay(t, at(func(l *Limits) { l.AddressConnections = 2 }))
		r.dial()
		gone := r.dial()
		if _, resp, err := r.tryDial(nil); err == nil || resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("third connection: %v", err)
		}
		gone.ws.Close()
		eventually(t, func() bool { _, _, err := r.tryDial(nil); return err == nil })
	})
	t.Run("connections in all", func(t *testing.T) {
		r := newRelay(t, at(func(l *Limits) { l.Connections = 1 }))
		r.dial()
		if _, resp, err := r.tryDial(nil); err == nil || resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("second connection: %v", err)
		}
	})
	t.Run("pending appends", func(t *testing.T) {
		gate := make(chan struct{})
		l := roomy
		l.Pending = 4
		r := newRelay(t, Options{Limits: l}, func(l Log) Log { return &gatedLog{l, gate} })
		c := r.dial()
		c.create(r, keyOf("f"), keyOf("a"))
		ch := keyOf("f").channel()
		c.open(ch, keyOf("a"))
		first := c.req + 1
		for i := range 6 {
			c.send(&wire.AppendBoxes{Req: c.next(), Channel: ch, Boxes: []wire.Box{box(fmt.Sprint(i))}})
		}
		wantRefused(t, c.answer(first+4), wire.Busy)
		wantRefused(t, c.answer(first+5), wire.Busy)
		close(gate)
		for i := range uint32(4) {
			want[*wire.Appended](t, c.answer(first+i))
		}
	})
	t.Run("bytes waiting", func(t *testing.T) {
		gate := make(chan struct{})
		l := roomy
		l.WaitingBytes = 6 * wire.MinBox // of which half are one tenant's
		r := newRelay(t, Options{Limits: l}, func(l Log) Log { return &gatedLog{l, gate} })
		c := r.dial()
		c.create(r, keyOf("f"), keyOf("a"))
		ch := keyOf("f").channel()
		c.open(ch, keyOf("a"))
		first := c.req + 1
		for i := range 4 {
			c.send(&wire.AppendBoxes{Req: c.next(), Channel: ch, Boxes: []wire.Box{box(fmt.Sprint(i))}})
		}
		wantRefused(t, c.answer(first+3), wire.Busy)
		close(gate)
		for i := range uint32(3) {
			want[*wire.Appended](t, c.answer(first+i))
		}
		if n := r.hub.Stats().WaitingBytes; n != 0 {
			t.Errorf("%d bytes still counted", n)
		}
	})
}

func TestHalfSentLargeFramesCountAsWaiting(t *testing.T) {
	l := roomy
	l.WaitingBytes = 4 << 20
	r := newRelay(t, Options{Limits: l, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	c := r.dial()
	c.create(r, keyOf("f"), keyOf("a"))
	ch := keyOf("f").channel()
	c.open(ch, keyOf("a"))
	b := wire.Append(nil, &wire.AppendBoxes{Req: 1000, Channel: ch, Boxes: []wire.Box{box("1", 900<<10)}})
	var halves []*client
	for range 2 {
		half := r.dial()
		w, err := half.ws.NextWriter(websocket.BinaryMessage)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(b[:800<<10])
		halves = append(halves, half)
	}
	eventually(t, func() bool { return r.hub.Stats().WaitingBytes == 2*(1<<20-scratchSize) })
	wantRefused(t, c.append(ch, box("1", 900<<10)), wire.Busy)
	want[*wire.Appended](t, c.append(ch, box("small")))
	// Somebody else finds room.
	other, _, err := r.tryDial(http.Header{"X-Forwarded-For": {"192.0.2.1"}})
	if err != nil {
		t.Fatal(err)
	}
	want[*wire.Opened](t, other.open(ch, keyOf("a")))
	want[*wire.Appended](t, other.append(ch, box("1", 900<<10)))
	for _, half := range halves {
		half.ws.Close()
	}
	eventually(t, func() bool { return r.hub.Stats().WaitingBytes == 0 })
}

func TestBehindAProxyOnlyTheLastForwardedAddressCounts(t *testing.T) {
	l := roomy
	l.AddressConnections = 1
	for _, tt := range []struct {
		proxy         string // whom the relay believes
		first, second string
		lets          bool
	}{
		{"127.0.0.0/8", "192.0.2.1", "192.0.2.2", true},
		{"127.0.0.0/8", "192.0.2.1", "192.0.2.1", false},
		{"127.0.0.0/8", "10.0.0.1, 192.0.2.1", "10.0.0.2, 192.0.2.1", false}, // the client wrote the first
		{"127.0.0.0/8", "2001:db8::1", "2001:db8::2", false},                 // one network
		{"127.0.0.0/8", "2001:db8:0:1::1", "2001:db8:0:2::1", true},
		{"", "192.0.2.1", "192.0.2.2", false},
		{"10.0.0.0/8", "192.0.2.1", "192.0.2.2", false}, // somebody who is no proxy says so
	} {
		o := Options{Limits: l}
		if tt.proxy != "" {
			o.Proxies = []netip.Prefix{netip.MustParsePrefix(tt.proxy)}
		}
		r := newRelay(t, o)
		from := func(a string) http.Header { return http.Header{"X-Forwarded-For": {a}} }
		if _, _, err := r.tryDial(from(tt.first)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := r.tryDial(from(tt.second)); (err == nil) != tt.lets {
			t.Errorf("%q after %q, proxy %q: %v", tt.second, tt.first, tt.proxy, err)
		}
	}
}

func TestABucketLetsABurstThroughAndThenItsRate(t *testing.T) {
	var b bucket
	now := time.Now()
	for range 10 {
		if wait := b.take(now, 2, 10, 1); wait != 0 {
			t.Fatalf("within the burst: wait %v", wait)
		}
	}
	if wait := b.take(now, 2, 10, 1); wait != 500*time.Millisecond {
		t.Errorf("beyond it: wait %v", wait)
	}
	now = now.Add(500 * time.Millisecond)
	if wait := b.take(now, 2, 10, 1); wait != 0 {
		t.Errorf("after waiting: wait %v", wait)
	}
	if b.full(now.Add(4*time.Second), 2, 10) || !b.full(now.Add(6*time.Second), 2, 10) {
		t.Error("full too early or too late")
	}
	if wait := b.take(now.Add(time.Minute), 2, 10, 50); wait != 0 {
		t.Errorf("more than a burst from a full bucket: wait %v", wait)
	}
	if wait := b.take(now, 2, 10, 1); wait <= 0 {
		t.Errorf("a clock that goes back gave %v", wait)
	}
}

// A gatedLog holds appends back until its gate is closed.
type gatedLog struct {
	Log
	gate chan struct{}
}

func (l *gatedLog) Append(ctx context.Context, id wire.Channel, as wire.AccessKey, boxes []wire.Box, maxBytes uint64) ([]uint64, error) {
	<-l.gate
	return l.Log.Append(ctx, id, as, boxes, maxBytes)
}

func eventually(t testing.TB, ok func() bool) {
	t.Helper()
	for range 6000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("it did not happen in a minute")
}

func TestHalfOpenConnectionsAreFoundByPings(t *testing.T) {
	l := roomy
	l.PingEvery, l.ReadTimeout = 40*time.Millisecond, 200*time.Millisecond
	r := newRelay(t, Options{Limits: l})
	r.dial() // never reads, so never answers a ping
	alive := r.dial()
	go func() {
		for {
			if _, _, err := alive.ws.ReadMessage(); err != nil {
				return
			}
		}
	}()
	eventually(t, func() bool { return r.hub.Stats().Connections == 1 })
	time.Sleep(400 * time.Millisecond)
	if n := r.hub.Stats().Connections; n != 1 {
		t.Errorf("%d connections: one that answers pings was cut", n)
	}
}

func TestShutdownAnswersWhatWasAskedAndSaysGoodbye(t *testing.T) {
	gate := make(chan struct{})
	r := newRelay(t, Options{Limits: roomy}, func(l Log) Log { return &gatedLog{l, gate} })
	c := r.dial()
	c.create(r, keyOf("f"), keyOf("a"))
	ch := keyOf("f").channel()
	c.open(ch, keyOf("a"))
	idle := r.dial()
	req := c.next()
	c.send(&wire.AppendBoxes{Req: req, Channel: ch, Boxes: []wire.Box{box("b")}})
	eventually(t, func() bool { return r.hub.Stats().WaitingBytes > 0 })

	h := r.hub
	r.hub = New(r.log, r.desk, Options{Origins: []string{origin}}) // for the cleanup
	done := make(chan error, 1)
	go func() { done <- h.Shutdown(context.Background()) }()
	bye := want[*wire.Goodbye](t, idle.unasked())
	if bye.Code != wire.ShuttingDown || bye.RetryAfter < 1000 {
		t.Errorf("goodbye %v, retry after %d", bye.Code, bye.RetryAfter)
	}
	if _, err := idle.receive(); !websocket.IsCloseError(err, websocket.CloseGoingAway) {
		t.Errorf("after goodbye: %v", err)
	}
	close(gate)
	want[*wire.Appended](t, c.answer(req))
	want[*wire.Goodbye](t, c.unasked())
	c.receive()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("shutdown does not end")
	}
}

func TestLogsHoldNoAddressNoIdentifierNoContent(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	var faulty *faultyLog
	r := newRelay(t, Options{Limits: roomy, Logger: slog.New(slog.NewTextHandler(&lockedWriter{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))},
		func(l Log) Log { faulty = &faultyLog{Log: l}; return faulty })
	c := r.dial()
	c.create(r, keyOf("f"), keyOf("a"))
	ch := keyOf("f").channel()
	c.open(ch, keyOf("a"))
	faulty.fail(false)
	wantRefused(t, c.append(ch, box("a very private sentence")), wire.Failed)
	mu.Lock()
	defer mu.Unlock()
	text := log.String()
	for _, secret := range []string{"127.0.0.1", "channel_", fmt.Sprintf("%x", ch[:4]), "private", "access_"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %q in it: %s", secret, text)
		}
	}
	if !strings.Contains(text, "store failed") {
		t.Error("the log does not tell that the store failed")
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  *bytes.Buffer
}

func (l *lockedWriter) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func TestAnUnusedChannelIsForgotten(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	c := r.dial()
	c.create(r, keyOf("f"), keyOf("a"))
	ch := keyOf("f").channel()
	c.open(ch, keyOf("a"))
	c.ask(&wire.Follow{Req: c.next(), Channel: ch})
	c.append(ch, box("b"))
	c.open(keyOf("nowhere").channel(), keyOf("a"))
	if n := r.hub.Stats().Channels; n != 1 {
		t.Errorf("%d channels", n)
	}
	c.ws.Close()
	eventually(t, func() bool {
		s := r.hub.Stats()
		return s.Channels == 0 && s.TailBytes == 0 && s.Connections == 0
	})
}

// lively dials for the subprotocol with a sign of life.
func (r *relay) lively() *client {
	r.t.Helper()
	d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol, wire.SubprotocolAlive}, HandshakeTimeout: time.Minute}
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(r.http.URL, "http")+wire.Path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { ws.Close() })
	if got := ws.Subprotocol(); got != wire.SubprotocolAlive {
		r.t.Fatalf("agreed on %q", got)
	}
	c := &client{t: r.t, ws: ws}
	c.hello = want[*wire.Hello](r.t, c.await(func(wire.Frame) bool { return true }))
	return c
}

func TestASignOfLifeIsAnsweredAndNothingElseThatIsText(t *testing.T) {
	r := newRelay(t, Options{Limits: roomy})
	c := r.lively()
	for range 3 {
		c.ws.WriteMessage(websocket.TextMessage, []byte(wire.AliveQuestion))
		if kind, b, err := c.ws.ReadMessage(); err != nil || kind != websocket.TextMessage || string(b) != wire.AliveAnswer {
			t.Fatalf("%d %q %v", kind, b, err)
		}
		want[*wire.Done](t, c.ask(&wire.Ping{Req: c.next()}))
	}
	plain := r.dial()
	plain.ws.WriteMessage(websocket.TextMessage, []byte(wire.AliveQuestion))
	want[*wire.Goodbye](t, plain.unasked())
	for _, text := range []string{"", "alive", wire.AliveQuestion + "?", strings.ToUpper(wire.AliveQuestion), strings.Repeat("a", 1<<20)} {
		c := r.lively()
		c.ws.WriteMessage(websocket.TextMessage, []byte(text))
		want[*wire.Goodbye](t, c.unasked())
	}
}

func TestSignsOfLifeCostWhatFramesCost(t *testing.T) {
	l := roomy
	l.Frames, l.FramesBurst = 0.001, 10
	c := newRelay(t, Options{Limits: l}).lively()
	for range 10 {
		c.ws.WriteMessage(websocket.TextMessage, []byte(wire.AliveQuestion))
	}
	for range 10 {
		if _, b, err := c.ws.ReadMessage(); err != nil || string(b) != wire.AliveAnswer {
			t.Fatalf("%q %v", b, err)
		}
	}
	c.ws.WriteMessage(websocket.TextMessage, []byte(wire.AliveQuestion))
	if _, _, err := c.ws.ReadMessage(); err == nil {
		t.Error("more than the limit are answered")
	}
}
