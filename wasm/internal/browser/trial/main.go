//go:build js && wasm

// Command trial is an app without a diary, by which the tests of package
// browser try the page, the disk, sockets and locks in a real browser.
package main

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/browser"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

var (
	page  *browser.Page
	disk  *browser.Disk
	log   []string
	key   = "one"
	rows  int
	model string
	open  bool
	tick  bool
	sent  int
	freed func()
)

func main() {
	if browser.Role() == "kdf" {
		browser.ServeKDF()
		return
	}
	page = browser.Open()
	ticks := time.NewTicker(30 * time.Millisecond)
	for {
		select {
		case <-ticks.C:
			if !tick {
				continue
			}
			rows++
		case e := <-page.Events():
			handle(e)
		}
		draw()
	}
}

func note(words ...string) { log = append(log, strings.Join(words, " ")) }

func handle(e node.Event) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	switch e.Kind {
	case "start":
		note("start", e.Fragment, e.Lang, browser.Origin(), strings.Join(browser.Languages(), "+"))
		return
	case "act":
	default:
		note("event", e.Kind)
		return
	}
	switch e.Act {
	case "save":
		sent++
		note("saved", e.ID, e.Fields["name"], e.Fields["kind"], e.Fields["box"], e.Fields["how"])
		for _, f := range e.Files {
			note("file", f.Field, f.Name, strconv.Itoa(len(f.Data)))
		}
	case "live":
		note("live", e.ID, e.Fields["name"])
		model = "model of " + e.Fields["name"]
	case "shape":
		note("shape", e.ID)
	case "tick":
		tick = !tick
	case "next":
		key = "two"
	case "back", "open":
		note(e.Act, e.Fragment, e.Fields["key"])
		if k := e.Fields["key"]; k != "" {
			key = k
		}
	case "dialog":
		open = true
	case "dismiss":
		open = false
	case "full":
		page.Download("trial.txt", "text/plain", []byte("content"))
		page.Command("say", "text", "downloaded")
	case "crash":
		panic("as asked")
	case "vault":
		report(tryVault(ctx))
	case "wipe":
		report("wiped", disk.Wipe(ctx))
	case "kdf":
		p := seal.Current.Passphrase.Floor
		p.Salt = [16]byte{1}
		s, err := browser.Argon2(ctx, []byte("pass"), p)
		if err == nil {
			note("kdf", hex.EncodeToString(s.Bytes()))
		}
		report("kdf done", err)
	case "lock":
		release, ok := browser.HoldLock(ctx, "trial")
		note("first", strconv.FormatBool(ok))
		short, stop := context.WithTimeout(ctx, 50*time.Millisecond)
		_, ok = browser.HoldLock(short, "trial")
		stop()
		note("second", strconv.FormatBool(ok))
		release()
		freed, ok = browser.HoldLock(ctx, "trial")
		note("third", strconv.FormatBool(ok))
		freed()
	case "extra":
		for _, call := range []struct{ op, in string }{{"scan", "\x00\x00\x00\x01\x00\x00\x00\x01\x00"}, {"scan", "frame"}, {"none", ""}} {
			out, err := browser.Extra(ctx, call.op, []byte(call.in))
			switch {
			case errors.Is(err, browser.ErrNotLoaded):
				note("extra not loaded")
				return
			case err != nil:
				note("extra", err.Error())
			default:
				note("extra gave", strconv.Itoa(len(out)))
			}
		}
		short, stop := context.WithCancel(ctx)
		time.AfterFunc(20*time.Millisecond, stop)
		_, err := browser.Extra(short, "scan", append([]byte("\x00\x00\x06\x40\x00\x00\x06\x40"), make([]byte, 1600*1600)...))
		report("extra cut short", err)
		_, err = browser.Extra(ctx, "scan", []byte("\x00\x00\x00\x01\x00\x00\x00\x01\x00"))
		report("extra again", err)
	case "dial":
		report(tryDial(ctx, e.Fields["url"]))
	case "zone":
		note("zone", browser.Zone(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).String(), browser.Zone(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)).String())
	}
}

func report(what string, err error) {
	if err != nil {
		what += ": " + err.Error()
	}
	note(what)
}

// tryVault makes the vault or opens it, and counts how often it was here.
func tryVault(ctx context.Context) (string, error) {
	var err error
	if disk, err = browser.OpenDisk(ctx); err != nil {
		return "opening the disk", err
	}
	if got := browser.NFC("Schlu\u0308ssel"); got != "Schlüssel" {
		return "composing", errors.New(got)
	}
	there, err := vault.Exists(ctx, disk)
	if err != nil {
		return "looking", err
	}
	var v *vault.Vault
	host := vault.Host{Disk: disk, Binder: disk, KDF: browser.Argon2, NFC: browser.NFC}
	if there {
		if _, err := vault.Open(ctx, host, []byte("wrong")); !errors.Is(err, vault.ErrPassphrase) {
			return "wrong passphrase", err
		}
		v, err = vault.Open(ctx, host, []byte("pass"))
	} else {
		v, err = vault.Create(ctx, host, []byte("pass"), seal.Current.Passphrase.Floor)
	}
	if err != nil {
		return "unlocking", err
	}
	list, err := v.Scan(ctx, "r/")
	if err != nil {
		return "scanning", err
	}
	puts := []vault.Record{{Key: "r/" + strconv.Itoa(len(list)), Value: []byte("été")}, {Key: "x", Value: []byte{}}, {Key: "gone"}}
	if err := v.Write(ctx, puts); err != nil {
		return "writing", err
	}
	b, err := v.Get(ctx, puts[0].Key)
	none, _ := v.Get(ctx, "nothing")
	empty, _ := v.Get(ctx, "x")
	ok := string(b) == "été" && none == nil && empty != nil && len(empty) == 0
	return "vault " + strconv.Itoa(len(list)) + " " + strconv.FormatBool(ok), err
}

func tryDial(ctx context.Context, url string) (string, error) {
	heard := make(chan string, 1)
	c, err := browser.Dial(ctx, url, func(text string) error { heard <- text; return nil })
	if err != nil {
		return "dial", err
	}
	if err := c.Say("a text"); err != nil || <-heard != "a text" {
		return "a text", errors.Join(err, errors.New("is not echoed"))
	}
	if s := c.Subprotocol(); s != wire.Subprotocol {
		return "subprotocol", errors.New(s)
	}
	total := 0
	for _, size := range []int{1, 1 << 10, 1 << 20} {
		if err := c.Send(make([]byte, size)); err != nil {
			return "send", err
		}
		b, err := c.Receive(ctx)
		if err != nil {
			return "receive", err
		}
		total += len(b)
	}
	if err := c.Send([]byte("bye")); err != nil {
		return "send", err
	}
	if _, err := c.Receive(ctx); !errors.Is(err, browser.ErrClosed) {
		return "after the end", err
	}
	if err := c.Send([]byte("more")); !errors.Is(err, browser.ErrClosed) {
		return "after the end", err
	}
	return "echoed " + strconv.Itoa(total), c.Close()
}

func button(act, words string) node.Node {
	return node.Button(node.Type("button"), node.Act(act), node.Text(words))
}

func draw() {
	screen := node.Main(node.ID("main"), node.Key(key),
		node.H1(node.Text("Screen "+key)),
		node.Ul(node.Each(make([]struct{}, rows%3), func(struct{}) node.Node { return node.Li(node.Text("a row")) })),
		node.If(rows%2 == 1, node.P(node.ID("odd"), node.Text("odd"))),
		node.Form(node.ID("form"), node.Act("save"),
			node.Label(node.For("name"), node.Text("Name")),
			node.Input(node.ID("name"), node.Name("name"), node.Value(model), node.Live("live")),
			node.Label(node.For("text"), node.Text("Text")),
			node.Textarea(node.ID("text"), node.Name("text"), node.Key(strconv.Itoa(sent)), node.Text("first")),
			node.Label(node.For("kind"), node.Text("Kind")),
			node.Select(node.ID("kind"), node.Name("kind"),
				node.Each([]string{"a", "b", "c"}, func(s string) node.Node {
					return node.Option(node.Value(s), node.Selected(s == "b"), node.Text("kind "+s))
				})),
			node.Label(node.Input(node.Type("checkbox"), node.Name("box"), node.Value("yes"), node.Checked(true)), node.Text("Box")),
			node.Label(node.For("file"), node.Text("File")),
			node.Input(node.ID("file"), node.Type("file"), node.Name("file")),
			node.Label(node.For("must"), node.Text("Must")),
			node.Input(node.ID("must"), node.Name("must"), node.Value("x"), node.Required(true)),
			node.Button(node.Text("Save")),
			node.Button(node.Type("submit"), node.Name("how"), node.Value("now"), node.Text("Save now"))),
		node.SVG(node.ViewBox("0 0 20 20"), node.Width("40"), node.Height("40"), node.Role("group"), node.Aria("label", "body"),
			node.Circle(node.ID("knee"), node.Num("cx", 10), node.Num("cy", 10), node.Num("r", 9), node.Fill("currentColor"),
				node.Act("shape"), node.Role("button"), node.Tabindex(0), node.Aria("label", "left knee"))),
		node.Form(node.Act("dial"), node.Label(node.For("url"), node.Text("Address")), node.Input(node.ID("url"), node.Name("url")),
			node.Button(node.Text("Dial"))),
		button("tick", "Tick"), button("next", "Next"), button("dialog", "Ask"), button("vault", "Vault"), button("wipe", "Wipe"),
		button("kdf", "Stretch"), button("lock", "Lock"), button("zone", "Zone"), button("full", "Download"), button("crash", "Crash"), button("extra", "Extra"),
		node.A(node.Href("#diary/2"), node.Text("Link")),
		node.Details(node.ID("more"), node.Summary(node.Text("More")), node.P(node.Text("inside"))),
		node.If(open, node.Dialog(node.ID("sure"), node.Open(true), node.Act("dismiss"), node.Aria("label", "Sure"),
			node.P(node.Text("Are you sure?")), button("dismiss", "No"))),
		node.Ul(node.ID("log"), node.Each(log, func(s string) node.Node { return node.Li(node.Text(s)) })),
	)
	page.Render(screen, "Trial "+key, "en")
}
