//go:build js && wasm

package browser

import (
	"crypto/rand"
	"syscall/js"

	"vialog/wasm/internal/node"
)

// A Page is what the user sees. There is one.
type Page struct {
	events chan node.Event
	queue  []node.Event // waiting; touched in callbacks and by pump, which never run at once
	wake   chan struct{}
	port   js.Value
}

// Open takes over the page. It is called once, at the start.
func Open() *Page {
	p := &Page{events: make(chan node.Event), wake: make(chan struct{}, 1), port: js.Global()}
	receive := js.FuncOf(func(_ js.Value, args []js.Value) any {
		p.queue = append(p.queue, event(first(args)))
		select {
		case p.wake <- struct{}{}:
		default:
		}
		return nil
	}) // lives as long as the page
	go p.pump()
	shell().Call("listen", receive)
	return p
}

// pump moves events from callbacks, which must not wait, to those who do.
func (p *Page) pump() {
	for range p.wake {
		for len(p.queue) > 0 {
			e := p.queue[0]
			p.queue = p.queue[1:]
			p.events <- e
		}
	}
}

// Events are what the user and the browser do, in order. It is never closed.
func (p *Page) Events() <-chan node.Event { return p.events }

// Render shows a screen. The page keeps what the user is doing in it.
func (p *Page) Render(n node.Node, title, lang string) {
	p.post(map[string]any{
		"kind": "render", "title": title, "lang": lang,
		"tree": string(node.AppendJSON(nil, n)),
	})
}

// Command has the page do something that is not a screen, with fields in pairs:
//
//	say text            tells a screen reader
//	copy text           to the clipboard
//	focus id or         moves the focus to id or, if that is not there, to or
//	scroll id           brings it into view
//	theme name          "light", "dark" or "" for that of the system
//	print               prints the page
//	reload accept       starts anew; with accept "yes" in the newer release that waits
//	keep                asks the browser not to clear the disk
//	storage             asks how the disk stands; the answer is an event
//	remind ask          asks whether notes may be shown, with ask "yes" the user too; the answer is an event
//	notify text         shows a note outside of the page
//	badge n             puts a number on the app's icon, "0" takes it away
//	look how            sends what the camera sees next; how "own": as a picture
//	buzz                a short vibration, where there is one
//	unknown host id     tells the keeper of passkeys that one of them is of no use any more
func (p *Page) Command(name string, fields ...string) {
	if len(fields)%2 != 0 {
		panic("browser: fields of a command come in pairs")
	}
	m := map[string]any{"kind": "command", "name": name}
	for i := 0; i < len(fields); i += 2 {
		if fields[i] == "kind" || fields[i] == "name" {
			panic("browser: a command has no field " + fields[i])
		}
		m[fields[i]] = fields[i+1]
	}
	p.post(m)
}

// Download offers data to the user as a file.
func (p *Page) Download(name, mime string, data []byte) {
	p.post(map[string]any{"kind": "command", "name": "download", "file": name, "type": mime, "data": toJS(data)})
}

// Passkey has the browser make a passkey, or ask for one: the person is asked by
// the browser, not by the page. Nobody checks what it signs, so the challenge is
// only drawn; what counts is the answer of its PRF.
func (p *Page) Passkey(r node.PasskeyRequest) {
	draw := func(n int) js.Value {
		b := make([]byte, n)
		rand.Read(b)
		return toJS(b)
	}
	known := make([]any, len(r.Known))
	for i, id := range r.Known {
		known[i] = map[string]any{"type": "public-key", "id": toJS(id)}
	}
	prf := map[string]any{"prf": map[string]any{"eval": map[string]any{"first": toJS(r.Input[:])}}}
	options := map[string]any{"challenge": draw(32), "timeout": 120_000, "extensions": prf}
	how := "get"
	if r.Make {
		how = "create"
		options["rp"] = map[string]any{"id": r.Host, "name": "Vialog"}
		options["user"] = map[string]any{"id": draw(32), "name": r.Name, "displayName": r.Name}
		options["pubKeyCredParams"] = []any{ // any will do: ES256, EdDSA, RS256
			map[string]any{"type": "public-key", "alg": -7}, map[string]any{"type": "public-key", "alg": -8}, map[string]any{"type": "public-key", "alg": -257},
		}
		options["authenticatorSelection"] = map[string]any{"residentKey": "required", "requireResidentKey": true, "userVerification": "required"}
		options["attestation"] = "none"
		options["excludeCredentials"] = known
	} else {
		options["rpId"], options["userVerification"], options["allowCredentials"] = r.Host, "required", known
	}
	p.post(map[string]any{"kind": "command", "name": "passkey", "how": how, "options": options})
}

func (p *Page) post(m map[string]any) { p.port.Call("postMessage", m) }

// event reads what the page says. It is our own page, and yet nothing it says
// can make this panic.
func event(v js.Value) node.Event {
	if v.Type() != js.TypeObject {
		return node.Event{}
	}
	e := node.Event{
		Kind: text(v.Get("kind")), Act: text(v.Get("act")), ID: text(v.Get("id")),
		Fragment: text(v.Get("fragment")), Lang: text(v.Get("lang")),
	}
	if f := v.Get("fields"); f.Type() == js.TypeObject {
		e.Fields = make(map[string]string)
		names := js.Global().Get("Object").Call("keys", f)
		for i := range names.Length() {
			name := names.Index(i).String()
			e.Fields[name] = text(f.Get(name))
		}
	}
	if f := v.Get("files"); f.Type() == js.TypeObject && f.Get("length").Type() == js.TypeNumber {
		for i := range f.Length() {
			one := f.Index(i)
			if one.Type() != js.TypeObject {
				continue
			}
			e.Files = append(e.Files, node.File{
				Field: text(one.Get("field")), Name: text(one.Get("name")),
				Type: text(one.Get("type")), Data: toGo(one.Get("data")),
			})
			if e.Kind == "passkey" {
				wipe(one.Get("data"))
			}
		}
	}
	return e
}
