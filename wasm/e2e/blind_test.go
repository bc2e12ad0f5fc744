package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/vault"
)

// A tape records what goes over the sockets.
type tape struct {
	mu   sync.Mutex
	sent [][]byte
	got  [][]byte
}

func (t *tape) dial(ctx context.Context, url string) (link.Conn, error) {
	c, err := dial(ctx, url)
	if err != nil {
		return nil, err
	}
	return &taped{c, t}, nil
}

func (t *tape) frames() (sent, got [][]byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.sent), slices.Clone(t.got)
}

type taped struct {
	link.Conn
	t *tape
}

func (c *taped) Send(b []byte) error {
	c.t.mu.Lock()
	c.t.sent = append(c.t.sent, slices.Clone(b))
	c.t.mu.Unlock()
	return c.Conn.Send(b)
}

func (c *taped) Receive(ctx context.Context) ([]byte, error) {
	b, err := c.Conn.Receive(ctx)
	if err == nil {
		c.t.mu.Lock()
		c.t.got = append(c.t.got, slices.Clone(b))
		c.t.mu.Unlock()
	}
	return b, err
}

// A thing is something that the relay, or whoever taps its line, has.
type thing struct {
	name string
	b    []byte
}

// files are those of the store as they lie on the disk, by name. The socket
// beside them, at which the relay says how it is, is none.
func (r *relay) files(t *testing.T) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	for _, f := range must(filepath.Glob(r.store + "*"))(t) {
		if info := must(os.Lstat(f))(t); info.Mode().Type() != fs.ModeSocket {
			all[filepath.Base(f)] = must(os.ReadFile(f))(t)
		}
	}
	return all
}

// things gathers all that there is: the store's files as they lie on the disk,
// each box and note by itself, the log, what it answers to anybody, what it
// tells the operator, and every frame.
func (r *relay) things(t *testing.T, tp *tape) (out []thing) {
	t.Helper()
	for name, b := range r.files(t) {
		out = append(out, thing{name, b})
	}
	db := must(sql.Open("sqlite", "file:"+r.store+"?mode=ro"))(t)
	defer db.Close()
	for _, q := range []string{"SELECT data FROM boxes", "SELECT note FROM notes"} {
		rows := must(db.Query(q))(t)
		for rows.Next() {
			var b []byte
			check(t, rows.Scan(&b))
			out = append(out, thing{q, b})
		}
		check(t, rows.Err())
		rows.Close()
	}
	for _, path := range []string{"/healthz", "/metrics", "/debug/vars", "/", wire.Path} {
		resp := must(http.Get(r.origin + path))(t)
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		out = append(out, thing{"GET " + path, append(b, fmt.Sprint(resp.Header)...)})
	}
	for _, verb := range [][]string{{"tenant", "list"}, {"audit", "list"}} {
		out = append(out, thing{strings.Join(verb, " "), []byte(r.run(append(verb, "-store", r.store)...))})
	}
	sent, got := tp.frames()
	for _, f := range sent {
		out = append(out, thing{"a frame sent", f})
	}
	for _, f := range got {
		out = append(out, thing{"a frame received", f})
	}
	r.mu.Lock()
	out = append(out, thing{"the log", []byte(r.log.String())})
	r.mu.Unlock()
	return out
}

// seen lists what a finder finds in things.
func seen(f *finder, things []thing) (hits []string) {
	for _, x := range things {
		for _, h := range f.find(x.b) {
			hits = append(hits, x.name+": "+h)
		}
	}
	return hits
}

// public lists the keys and names that the protocol shows the relay.
func (t *tape) public() (out [][]byte) {
	sent, got := t.frames()
	for _, raw := range append(sent, got...) {
		f, err := wire.Parse(raw)
		if err != nil {
			continue
		}
		switch f := f.(type) {
		case *wire.Hello:
			out = append(out, f.Nonce[:], f.Store[:], f.OpenTenant[:])
		case *wire.Create:
			c := wire.ChannelOf(f.Founding)
			k := f.Admission.Ticket
			out = append(out, c[:], f.Founding[:], f.Access[:], k.Tenant[:], k.ID[:], k.Sig[:], f.FoundingSig[:], f.AccessSig[:])
		case *wire.Open:
			out = append(out, f.Channel[:], f.Access[:])
		case *wire.Rotate:
			out = append(out, f.Access[:])
		case *wire.Register:
			out = append(out, f.Code[:], f.Key[:])
		case *wire.Registered:
			out = append(out, f.Tenant[:])
		}
	}
	return out
}

// keys adds everything that looks like key material in a person's vault:
// every 32 bytes of the records that hold seeds, secrets of epochs and the key
// of identifiers, but for what the protocol shows the relay.
func (p *person) keys(f *finder, name string, public [][]byte) (n int) {
	p.t.Helper()
	v := must(vault.Open(p.t.Context(), vault.Host{Disk: p.disk, Binder: p.env.Binder, KDF: p.env.KDF}, pass))(p.t)
	defer v.Lock()
	for _, rec := range must(v.Scan(p.t.Context(), ""))(p.t) {
		if rec.Key != "profile" && !strings.HasPrefix(rec.Key, "x/") && !strings.HasSuffix(rec.Key, "/m") {
			continue
		}
		b := string(rec.Value)
		for _, k := range public {
			if len(k) > 8 {
				b = strings.ReplaceAll(b, string(k), strings.Repeat("\x00", len(k)))
			}
		}
		b = strings.ReplaceAll(b, p.env.Origin, strings.Repeat("\x00", len(p.env.Origin)))
		for i := 0; i+32 <= min(len(b), 1024); i++ {
			distinct := make(map[byte]bool)
			for _, c := range []byte(b[i : i+32]) {
				distinct[c] = true
			}
			if len(distinct) >= 22 { // of random bytes practically always
				f.add(fmt.Sprintf("%s, %s at %d", name, rec.Key, i), []byte(b[i:i+32]))
				n++
			}
		}
	}
	return n
}

func TestTheRelayLearnsNothing(t *testing.T) {
	t.Parallel()
	tp := new(tape)
	r := startRelay(t, "-log-level", "debug")
	r.dial = tp.dial

	var f finder
	f.text("passphrase", string(pass))
	canary := func(what string) string {
		c := "Kanarie " + what + " Qx7Zw9"
		f.text(what, c)
		return c
	}
	// Everybody writes in every field that takes text.
	doc := newPerson(t, r)
	check(t, doc.BeginCentre(t.Context(), r.tenant("As the operator calls it"), canary("Zentrumsname"), canary("Arztname")))
	check(t, doc.RegisterCentre(t.Context()))
	pat, n := doc.patient(r, canary("Fallnotiz"))
	tablet := pat.admitted(r, join.Device, "")
	tablet.until("the tablet has found the centre", func() bool { return tablet.centreCount() == 1 })
	second := doc.admitted(r, join.Colleague, canary("Kolleginnenname"))
	check(t, doc.SetCaseNote(t.Context(), n, canary("neue Fallnotiz")))

	batch := "KANARIENCHARGE7QX9ZW"
	f.text("batch", batch)
	b := bleed()
	b.Note = canary("Blutungsnotiz")
	bled := must(pat.Record(t.Context(), b))(t)
	// A photo: no piece of its pixels, of its preview, of its names.
	blob := must(pat.KeepPhoto(t.Context(), shot(t, 1)))(t)
	picture := must(pat.DraftPhoto(t.Context(), blob))(t)
	photo := must(pat.AddPhoto(t.Context(), bled, blob, canary("Bildunterschrift")))(t)
	pieces := func(what string, b []byte) {
		for i := 700; i+24 <= len(b); i += 997 { // behind the tables, which all pictures share
			f.add(what, b[i:i+24])
		}
	}
	pieces("picture", picture.Content)
	pieces("preview", picture.Preview)
	hash := app.HashPhoto(picture.Content)
	f.add("hash of the picture", hash[:])
	f.add("blob", blob[:])
	f.add("photo", photo[:])
	d := dose(canary("Gabennotiz"))
	d.Reaction, d.Bleed, d.Lots = canary("Reaktion"), bled, []diary.Lot{{Batch: batch, PZN: "01234562"}}
	given := must(pat.Record(t.Context(), d))(t)
	fixed := dose(canary("Korrekturnotiz"))
	fixed.Supersedes, fixed.Because, fixed.Bleed = given, canary("Korrekturgrund"), bled
	must(tablet.Record(t.Context(), fixed))(t)
	typed := dose("")
	typed.Product, typed.ProductName = typedProduct(t), canary("Produktname")
	must(pat.Record(t.Context(), typed))(t)
	gone := must(pat.Record(t.Context(), note(canary("Notiz"))))(t)
	must(pat.Record(t.Context(), &diary.Retract{Entry: gone, Reason: canary("Widerrufsgrund")}))(t)
	long := canary("lange Notiz") + strings.Repeat(" und so weiter", 250)
	must(pat.Record(t.Context(), note(long)))(t)
	var centre uint32
	pat.Look(func(l app.Look) { centre = l.Centres()[0].N })
	check(t, pat.Say(t.Context(), centre, canary("Frage"), bled))
	check(t, doc.Say(t.Context(), n, canary("Antwort"), diary.ID{}))
	now := diary.MomentOf(time.Now())
	today, _ := now.Wall()
	check(t, doc.Tell(t.Context(), n, &diary.Plan{
		Product: "fviii.advate", Amount: diary.Units(2000), Reason: diary.ReasonProphylaxis, From: today,
		Schedule:  diary.Schedule{EveryDays: 2, Times: []uint16{420}},
		Clinician: canary("Unterschrift"), Note: canary("Plannotiz"),
	}))
	check(t, pat.SealDraft(t.Context(), []byte(canary("Entwurf"))))

	// An invitation that is open, and one that is withdrawn.
	for i := range 2 {
		id := must(doc.Invite(t.Context(), join.Patient, canary("Einladungsnotiz")))(t)
		var inv app.InviteInfo
		doc.Look(func(l app.Look) { inv, _ = l.Invite(id) })
		f.text("invitation", inv.Code)
		f.add("invitation", must(join.ParseCode(inv.Code))(t).Bytes())
		if i == 1 {
			check(t, doc.Revoke(t.Context(), id))
		}
	}
	// The sheets are used as well.
	people := map[string]*person{"doctor": doc, "phone": pat, "tablet": tablet, "colleague": second}
	for _, name := range []string{"doctor", "phone"} {
		who := people[name]
		var sheet join.Sheet
		who.Look(func(l app.Look) { sheet, _ = l.Sheet() })
		who.until("the way back is at the relay", func() bool {
			left := true
			who.Look(func(l app.Look) { left = l.Status().SheetPending })
			return !left
		})
		f.add("sheet", sheet.Bytes())
		f.text("sheet", sheet.Code())
		f.text("sheet", strings.Join(sheet.Words(), " "))
		fresh := newPerson(t, r)
		check(t, fresh.Restore(within(t, 90*time.Second), sheet))
		people[name+" restored"] = fresh
	}
	must(people["phone restored"].Record(t.Context(), note(canary("Notiz danach"))))(t)
	doc.shows(n, picture.Content)
	for name, p := range people {
		p.until(name+" has sent everything", func() bool {
			st := app.Status{Waiting: 1}
			p.Look(func(l app.Look) { st = l.Status() })
			return st.Waiting == 0 && st.Missing == 0 && !st.SheetPending
		})
		p.Look(func(l app.Look) {
			for _, c := range l.Centres() {
				f.text("pseudonym", c.Pseudonym)
			}
			if id := l.OwnID(); id != "" {
				f.text("pseudonym at home", id)
			}
		})
	}
	r.disturb(t)

	things := r.things(t, tp)
	var whole int
	for _, x := range things {
		whole += len(x.b)
	}
	public := tp.public()
	for name, p := range people {
		p.Lock()
		if n := p.keys(&f, name, public); n < 100 {
			t.Fatalf("%s: only %d pieces of key material", name, n)
		}
	}
	t.Logf("%d forms of %d canaries and keys, in %d things of %d KiB", len(f.forms), len(f.names()), len(things), whole>>10)

	if len(things) < 200 || whole < 500<<10 {
		t.Fatalf("only %d things with %d bytes to search", len(things), whole)
	}
	for _, hit := range seen(&f, things) {
		t.Errorf("the relay can see: %s", hit)
	}
	// What a device keeps at rest is as blind, for who has no passphrase.
	for name, p := range people {
		for _, rec := range must(p.disk.Scan(t.Context(), ""))(t) {
			for _, hit := range append(f.find(rec.Value), f.find([]byte(rec.Key))...) {
				t.Errorf("on the disk of %s, %s: %s", name, rec.Key, hit)
			}
		}
	}

	t.Run("the log names nobody", func(t *testing.T) {
		log := things[len(things)-1].b
		if bad := addresses(log, r.addr); len(bad) > 0 {
			t.Errorf("addresses: %q", bad)
		}
		var ids finder
		for c := range must(r.held())(t) {
			ids.add(c.String(), c[:])
		}
		if hits := ids.find(log); len(hits) > 0 || len(ids.names()) < 8 {
			t.Errorf("of %d channels: %v", len(ids.names()), hits)
		}
	})
	t.Run("boxes have few sizes", func(t *testing.T) {
		sizes := make(map[int]int)
		for _, x := range things {
			if strings.HasPrefix(x.name, "SELECT") {
				sizes[len(x.b)]++
				if !usual(len(x.b)) {
					t.Errorf("a box of %d bytes", len(x.b))
				}
			}
		}
		large := 0
		for n, times := range sizes {
			if n > 4096 {
				large += times
			}
		}
		if sizes[1024] < 10 || large == 0 {
			t.Errorf("boxes by size: %v", sizes)
		}
	})
	t.Run("the search can fail", func(t *testing.T) {
		// The operator writes a canary where the relay keeps it: in the store,
		// the list of tenants and the audit log.
		var planted finder
		planted.text("planted", "Kanarie gepflanzt Qx7Zw9")
		if hits := seen(&planted, things); len(hits) != 0 {
			t.Fatalf("before it was planted: %v", hits)
		}
		r.tenant("Kanarie gepflanzt Qx7Zw9")
		hits := strings.Join(seen(&planted, r.things(t, tp)), "\n")
		for _, where := range []string{"relay.sqlite", "tenant list", "audit list"} {
			if !strings.Contains(hits, where) {
				t.Errorf("not seen in %s:\n%s", where, hits)
			}
		}
		if bad := addresses([]byte("level=INFO msg=x from=127.0.0.1:50123"), r.addr); len(bad) != 1 {
			t.Errorf("an address goes unnoticed: %q", bad)
		}
		if usual(1025) || usual(5000) || usual(256) || !usual(4096) || !usual(4608) {
			t.Error("unusual sizes go unnoticed")
		}
		// A seed on the line.
		var seed finder
		pat.keys(&seed, "phone", public)
		var one form
		for _, forms := range seed.forms {
			for _, x := range forms {
				if x.how == "as it is" {
					one = x
				}
			}
		}
		if hits := seed.find(append([]byte("frame"), one.bytes...)); len(hits) == 0 {
			t.Error("a key on the line goes unnoticed")
		}
	})
}

func (f *finder) names() map[string]bool {
	out := make(map[string]bool)
	for _, forms := range f.forms {
		for _, x := range forms {
			out[x.name] = true
		}
	}
	return out
}

// addresses are those in a log, but for the one that the relay listens on.
func addresses(log []byte, own string) (out []string) {
	for _, a := range regexp.MustCompile(`127\.0\.0\.1:[0-9]+|\[::1\]:[0-9]+|remote_?addr`).FindAllString(string(log), -1) {
		if a != own {
			out = append(out, a)
		}
	}
	return out
}

// usual tells whether a box may be of so many bytes: a step of 1 KiB up to
// 4 KiB, above it a size of Padmé, which rounds away all but a few leading bits.
func usual(n int) bool {
	if n <= 4096 {
		return n >= 1024 && n%1024 == 0
	}
	e := bits.Len(uint(n)) - 1
	return n&(1<<(e-bits.Len(uint(e)))-1) == 0
}

// disturb does what makes a server write to its log.
func (r *relay) disturb(t *testing.T) {
	t.Helper()
	url := "ws" + strings.TrimPrefix(r.origin, "http") + wire.Path
	for name, frame := range map[string][]byte{
		"noise": {0xff, 1, 2, 3}, "nothing": {}, "a frame that only servers send": wire.Append(nil, &wire.Done{Req: 1}),
		"a channel that nobody has": wire.Append(nil, &wire.Open{Req: 1, Channel: wire.Channel{7}}),
	} {
		d := websocket.Dialer{Subprotocols: []string{wire.Subprotocol}}
		ws, _, err := d.DialContext(t.Context(), url, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		ws.WriteMessage(websocket.BinaryMessage, frame)
		ws.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		for ws.SetReadLimit(1 << 20); ; {
			if _, _, err := ws.ReadMessage(); err != nil {
				break
			}
		}
		ws.UnderlyingConn().Close()
	}
	for _, h := range []http.Header{{"Origin": {"http://elsewhere.invalid"}}, {"X-Forwarded-For": {"203.0.113.7"}}} {
		if ws, _, err := (&websocket.Dialer{}).DialContext(t.Context(), url, h); err == nil {
			ws.Close()
		}
	}
	for _, path := range []string{"/nowhere", "/..%2f..%2fetc/passwd", wire.Path} {
		if resp, err := http.Post(r.origin+path, "text/plain", strings.NewReader("x")); err == nil {
			resp.Body.Close()
		}
	}
}

func typedProduct(t *testing.T) diary.ProductID {
	t.Helper()
	for _, p := range diary.Products.Products {
		if p.Typed {
			return p.ID
		}
	}
	t.Fatal("no product takes a typed name")
	return ""
}
