//go:build js && wasm

package browser

import (
	"bytes"
	"context"
	"errors"
	"syscall/js"
	"testing"
	"time"
)

// eval is a value of JavaScript. Node has no policy against it.
func eval(src string) js.Value {
	return js.Global().Get("Function").New("return " + src).Invoke()
}

func TestAPromiseBecomesAValueOrAnError(t *testing.T) {
	ctx := context.Background()
	if v, err := await(ctx, eval(`Promise.resolve(7)`)); err != nil || v.Int() != 7 {
		t.Errorf("%v, %v", v, err)
	}
	if v, err := await(ctx, eval(`new Promise((yes) => setTimeout(yes, 5, "late"))`)); err != nil || v.String() != "late" {
		t.Errorf("%v, %v", v, err)
	}
	var e *Error
	if _, err := await(ctx, eval(`Promise.reject(new TypeError("no"))`)); !errors.As(err, &e) || e.Name != "TypeError" || e.Text != "no" {
		t.Errorf("%v", err)
	}
	if _, err := await(ctx, eval(`Promise.reject(Object.assign(new Error("x"), {name: "QuotaExceededError"}))`)); !errors.Is(err, ErrFull) {
		t.Errorf("no space left is %v", err)
	}
}

func TestAnythingThrownIsAnError(t *testing.T) {
	for _, src := range []string{`new Error("x")`, `"text"`, `undefined`, `null`, `7`, `{}`, `{name: 7, message: {}}`, `Symbol("s")`, `() => 1`} {
		thrower := eval(`({ f() { throw ` + src + ` } , g: async () => { throw ` + src + ` }})`)
		for _, method := range []string{"f", "g"} {
			if _, err := ask(context.Background(), thrower, method); err == nil || err.Error() == "" {
				t.Errorf("throwing %s in %s gave %v", src, method, err)
			}
		}
	}
	if _, err := await(context.Background(), eval(`({ then() { throw new RangeError("then") } })`)); err == nil {
		t.Error("a promise that throws was waited for")
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	started := time.Now()
	if _, err := await(ctx, eval(`new Promise((yes) => setTimeout(yes, 200))`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if time.Since(started) > 150*time.Millisecond {
		t.Error("waited for the promise")
	}
	time.Sleep(250 * time.Millisecond) // it settles now, and must find its functions still there
	if _, err := ask(ctx, eval(`({ f() { throw new Error("called") } })`), "f"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("called although the context had ended: %v", err)
	}
}

func TestBytesAreCopiedBothWays(t *testing.T) {
	b := []byte{0, 1, 254, 255}
	v := toJS(b)
	b[0] = 9
	if got := toGo(v); !bytes.Equal(got, []byte{0, 1, 254, 255}) {
		t.Errorf("%v", got)
	}
	if got := toGo(v.Get("buffer")); !bytes.Equal(got, []byte{0, 1, 254, 255}) {
		t.Errorf("from its buffer %v", got)
	}
	if got := toGo(toJS(nil)); got == nil || len(got) != 0 {
		t.Errorf("nothing became %v", got)
	}
	for _, src := range []string{`null`, `undefined`, `"text"`, `[1,2]`, `{length: 2}`, `new Uint16Array(2)`} {
		if got := toGo(eval(src)); got != nil {
			t.Errorf("%s became %v", src, got)
		}
	}
}

func TestNoMessageOfThePageCanStopTheApp(t *testing.T) {
	for _, src := range []string{`null`, `7`, `"x"`, `{}`, `{kind: 7, fields: 3, files: "x"}`, `{fields: {a: 1, b: null, c: {}}}`,
		`{files: [null, 1, {}, {data: 3}]}`, `{files: {length: 2}}`, `{files: {length: "x"}}`, `[]`} {
		event(eval(`(` + src + `)`))
	}
	e := event(eval(`({kind: "act", act: "save", id: "f", fragment: "x", lang: "de", fields: {a: "1", "": "2"},
		files: [{field: "p", name: "n", type: "t", data: new Uint8Array([1, 2]).buffer}]})`))
	if e.Kind != "act" || e.Act != "save" || e.ID != "f" || e.Fragment != "x" || e.Lang != "de" || e.Fields["a"] != "1" ||
		len(e.Fields) != 2 || len(e.Files) != 1 || !bytes.Equal(e.Files[0].Data, []byte{1, 2}) || e.Files[0].Field != "p" {
		t.Errorf("%+v", e)
	}
}

// fakeSocket stands in for WebSocket; the last one made is in globalThis.last.
const fakeSocket = `class {
	constructor(url, protocol) { if (url === "bad") throw new SyntaxError("bad"); globalThis.last = this; this.sent = []; this.bufferedAmount = 0 }
	send(b) { this.sent.push(b) }
	close() { this.closed = true }
}`

func noText(string) error { return errors.New("a text") }

func dial(t *testing.T) (*Conn, js.Value) {
	t.Helper()
	js.Global().Set("WebSocket", eval(fakeSocket))
	go func() {
		time.Sleep(5 * time.Millisecond)
		js.Global().Get("last").Call("onopen")
	}()
	c, err := Dial(context.Background(), "ws://x", noText)
	if err != nil {
		t.Fatal(err)
	}
	return c, js.Global().Get("last")
}

func say(ws js.Value, b []byte) {
	ws.Call("onmessage", map[string]any{"data": toJS(b).Get("buffer")})
}

func TestWhatCameBeforeTheEndIsStillReceived(t *testing.T) {
	ctx := context.Background()
	c, ws := dial(t)
	say(ws, []byte("one"))
	say(ws, []byte("two"))
	ws.Call("onclose")
	for _, want := range []string{"one", "two"} {
		if b, err := c.Receive(ctx); err != nil || string(b) != want {
			t.Errorf("%s, %v", b, err)
		}
	}
	if _, err := c.Receive(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
	if err := c.Send(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
	for _, name := range []string{"onopen", "onmessage", "onerror", "onclose"} {
		if !ws.Get(name).IsNull() {
			t.Errorf("%s is still held", name)
		}
	}
	c.Close()
	c.Close()
}

func TestASenderWaitsWhileMuchIsUnsent(t *testing.T) {
	c, ws := dial(t)
	ws.Set("bufferedAmount", maxUnsent+1)
	done := make(chan error, 1)
	go func() { done <- c.Send([]byte("x")) }()
	select {
	case <-done:
		t.Error("sent at once")
	case <-time.After(60 * time.Millisecond):
	}
	ws.Set("bufferedAmount", 0)
	if err := <-done; err != nil || ws.Get("sent").Length() != 1 {
		t.Errorf("%v, %d sent", err, ws.Get("sent").Length())
	}
	ws.Set("bufferedAmount", maxUnsent+1)
	go func() { done <- c.Send([]byte("x")) }()
	ws.Call("onclose")
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("a waiting sender was told %v", err)
	}
}

func TestAConnectionThatIsWrongOrFloodedIsEnded(t *testing.T) {
	c, ws := dial(t)
	ws.Call("onmessage", map[string]any{"data": "text"})
	if _, err := c.Receive(context.Background()); err == nil || !ws.Get("closed").Truthy() {
		t.Errorf("text was taken: %v", err)
	}
	c, ws = dial(t)
	big := toJS(make([]byte, 20<<20)).Get("buffer")
	for range 4 {
		if ws.Get("onmessage").IsNull() {
			break
		}
		ws.Call("onmessage", map[string]any{"data": big})
	}
	if !ws.Get("closed").Truthy() {
		t.Error("80 MB unread, and still open")
	}
	c.Close()
}

func TestADialThatFailsOrTakesTooLongIsAnError(t *testing.T) {
	js.Global().Set("WebSocket", eval(fakeSocket))
	if _, err := Dial(context.Background(), "bad", noText); err == nil {
		t.Error("no error")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, "ws://slow", noText); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if !js.Global().Get("last").Get("closed").Truthy() {
		t.Error("left open")
	}
}

// fakeExtra stands in for the second program: it echoes, or does what is asked.
const fakeExtra = `{
	started: 0, ended: 0,
	async extra() {
		if (this.missing) throw new TypeError("failed to fetch");
		const shell = this;
		shell.started++;
		return {
			terminate() { shell.ended++ },
			postMessage(m) {
				const say = (data) => setTimeout(() => this.onmessage?.({ data }), 5);
				switch (m.op) {
				case "echo": return say({ out: m.in });
				case "refuse": return say({ error: "no" });
				case "end": return say({ kind: "ended", why: "out of memory" });
				case "odd": return say(7);
				case "fail": return setTimeout(() => this.onerror?.({}), 5);
				}
			},
		};
	},
}`

func TestTheSecondProgramIsStartedUsedAndEnded(t *testing.T) {
	extraIdle = 60 * time.Millisecond
	vialog := eval(fakeExtra)
	js.Global().Set("vialog", vialog)
	ctx := context.Background()
	count := func(what string, want int) {
		t.Helper()
		if got := vialog.Get(what).Int(); got != want {
			t.Errorf("%d %s, want %d", got, what, want)
		}
	}
	call := func(op, want string) {
		t.Helper()
		out, err := Extra(ctx, op, []byte("in"))
		var e *OpError
		if want == "" && (err != nil || string(out) != "in") || want != "" && (!errors.As(err, &e) || e.Text != want) {
			t.Errorf("%s: %q, %v", op, out, err)
		}
	}
	vialog.Set("missing", true)
	if _, err := Extra(ctx, "echo", nil); !errors.Is(err, ErrNotLoaded) {
		t.Errorf("not loaded: %v", err)
	}
	vialog.Set("missing", false)
	call("echo", "")
	call("refuse", "no")
	call("echo", "")
	count("started", 1)
	for i, tt := range [][2]string{{"end", "the worker has ended"}, {"odd", "the worker has ended"}, {"fail", "the worker did not start"}} {
		call(tt[0], tt[1])
		count("ended", i+1)
		call("echo", "")
		count("started", i+2)
	}
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if _, err := Extra(short, "hang", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hang: %v", err)
	}
	count("ended", 4)
	call("echo", "")
	time.Sleep(extraIdle / 2)
	call("echo", "") // in use: it is not idle
	time.Sleep(extraIdle * 3 / 4)
	count("ended", 4)
	time.Sleep(extraIdle)
	count("ended", 5)
	call("echo", "")
	if _, err := Extra(ctx, "echo", make([]byte, MaxExtra+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too much: %v", err)
	}
	if _, err := Extra(short, "echo", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("after the end of its context: %v", err)
	}
}
