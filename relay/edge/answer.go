//go:build js

package main

import (
	"bytes"
	"net/http"
	"strings"
	"syscall/js"
)

// answer has h answer a request as the glue hands it over: method, url, header (a
// list of names and values), address, body and what takes the answer.
func answer(h http.Handler, object, in js.Value, addressHeader string) {
	r, err := http.NewRequest(in.Get("method").String(), in.Get("url").String(), strings.NewReader(in.Get("body").String()))
	if err != nil {
		in.Call("answer", map[string]any{"status": http.StatusBadRequest})
		return
	}
	header := in.Get("header")
	for i := range header.Length() {
		r.Header.Add(header.Index(i).Index(0).String(), header.Index(i).Index(1).String())
	}
	r.RemoteAddr = in.Get("address").String()
	if addressHeader != "" {
		// Whoever is in front of us wrote what comes last.
		said := r.Header.Get(addressHeader)
		r.RemoteAddr = "[" + strings.TrimSpace(said[strings.LastIndexByte(said, ',')+1:]) + "]:0"
	}
	w := &response{object: object, header: http.Header{}}
	h.ServeHTTP(w, r)
	in.Call("answer", w.value())
}

// A response is a hub.Doorway.
type response struct {
	object js.Value
	header http.Header
	status int
	body   bytes.Buffer
	client js.Value // the end of a socket that goes to the client
}

func (w *response) Header() http.Header { return w.header }

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *response) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *response) Accept(subprotocol string) js.Value {
	pair := js.Global().Get("WebSocketPair").New()
	w.header.Set("Sec-WebSocket-Protocol", subprotocol)
	w.WriteHeader(http.StatusSwitchingProtocols)
	w.client = pair.Get("0")
	w.object.Call("accept", pair.Get("1"), subprotocol)
	return pair.Get("1")
}

// value is what the host makes a Response of.
func (w *response) value() map[string]any {
	w.WriteHeader(http.StatusOK)
	var headers []any
	for name, all := range w.header {
		for _, one := range all {
			headers = append(headers, []any{name, one})
		}
	}
	out := map[string]any{"status": w.status, "headers": headers, "body": nil}
	switch {
	case w.client.Truthy():
		out["webSocket"] = w.client
	case w.body.Len() > 0:
		out["body"] = w.body.String()
	}
	return out
}
