//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vialog/relay/internal/config"
	"vialog/shared/wire"
)

// The system lets files grow to 1 MiB: the write that would go beyond it is cut
// short there, the next one fails.
func TestWritesThatTheSystemCutsShortLoseNothing(t *testing.T) {
	dir, port := t.TempDir(), freePort(t)
	mustRelay(t, dir, "tenant", "add", "-open", "Everyone")
	s := serveBelow(t, dir, port, "ulimit -f 2048") // in blocks of 512 bytes
	f := s.dial(t).filler(t)
	refused := f.fill(160)
	if code := refused.Code; f.stored == 0 || code != wire.Failed && code != wire.DiskFull || refused.RetryAfter == 0 {
		t.Errorf("after %d boxes: %v, again after %d ms", f.stored, code, refused.RetryAfter)
	}
	f.holds() // reading goes on
	if got := status(t, dir); !strings.Contains(fmt.Sprint(got.Problems), "appends-fail") {
		t.Errorf("nobody is told: %v", got.Problems)
	}
	s.kill()
	s = serve(t, dir, port)
	f.reopen(s.dial(t))
	f.holds()
	if r := f.again(); r != nil {
		t.Fatalf("sent again: %v", r.Code)
	}
	f.holds()
	s.kill()
	mustRelay(t, dir, "fsck")
}

func TestTheStatusOfAStoreWithALongNameCanBeAsked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 20), strings.Repeat("longer", 10))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(dir, "vialog.sqlite")
	s := serve(t, dir, freePort(t), "-store", store)
	socket := (&config.Config{Store: store}).Socket()
	defer os.Remove(socket) // a relay that is killed leaves it
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v %v", info, err)
	}
	out, _ := relay(t, dir, "status", "-json", "-store", store)
	if !json.Valid([]byte(strings.SplitAfter(out, "\n}\n")[0])) || !strings.Contains(out, `"protocol"`) {
		t.Error(out)
	}
	s.kill()
	if out, err := relay(t, dir, "status", "-store", store); err == nil || !strings.Contains(out, "no relay serves this store") {
		t.Error(out)
	}
	if out, err := relay(t, dir, "serve", "-app", "none", "-listen", "127.0.0.1:0", "-status-socket", store+".named"); err == nil || !strings.Contains(out, "at most 103 bytes") {
		t.Error(out)
	}
}

// inMemory is a listener whose connections have the time of synctest.
type inMemory struct {
	conns chan net.Conn
	end   chan struct{}
	once  sync.Once
}

func (l *inMemory) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.end:
		return nil, net.ErrClosed
	}
}

func (l *inMemory) Close() error   { l.once.Do(func() { close(l.end) }); return nil }
func (l *inMemory) Addr() net.Addr { return &net.TCPAddr{} }
func (l *inMemory) dial() net.Conn {
	here, there := net.Pipe()
	l.conns <- there
	return here
}

func TestWhoSendsARequestDropByDropIsNotWaitedFor(t *testing.T) {
	for name, request := range map[string]string{
		"headers without an end": "GET / HTTP/1.1\r\nHost: x\r\nX-Padding: " + strings.Repeat("x", 1000),
		"a handshake of a socket": "GET " + wire.Path + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
			"Sec-WebSocket-Protocol: " + wire.Subprotocol + "\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nX-Padding: " + strings.Repeat("x", 1000),
		"a body that was not asked for": "GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 1000),
		"nothing":                       "",
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &inMemory{conns: make(chan net.Conn), end: make(chan struct{})}
			mux := http.NewServeMux()
			mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") })
			server := newServer(mux, nil, slog.New(slog.DiscardHandler))
			served := begin(server, l)
			slow := l.dial()
			read := make(chan struct{})
			go func() { defer close(read); io.Copy(io.Discard, slow) }()
			began := time.Now()
			var err error
			for i := 0; err == nil && time.Since(began) < time.Hour; i++ {
				if i < len(request) {
					_, err = slow.Write([]byte{request[i]})
				} else {
					break
				}
				time.Sleep(time.Second)
			}
			<-read // the relay has closed it
			if took := time.Since(began); took > server.IdleTimeout+server.ReadTimeout {
				t.Errorf("%s: it was waited for %v", name, took)
			}
			// Others are served.
			good := l.dial()
			fmt.Fprint(good, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
			resp, err := http.ReadResponse(bufio.NewReader(good), nil)
			if err != nil || resp.StatusCode != 200 {
				t.Errorf("%s: somebody else: %v", name, err)
			} else {
				resp.Body.Close()
			}
			good.Close()
			slow.Close()
			server.Close()
			<-served
		})
	}
}
