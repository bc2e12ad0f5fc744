//go:build !js

package sqlite

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The tests of object_js_test.go, run in a Durable Object of workerd, the host's
// own program.
func TestDurableObjectKeepsItsPromises(t *testing.T) {
	host := newHost(t)
	host.start(t)
	answer := host.run(t, "/promises", []string{"-test.run=^(TestStoreKeepsItsPromises|TestWhatFailsIsUndone)$"}, nil)
	out, err := io.ReadAll(answer)
	if err != nil || !strings.HasSuffix(string(out), "PASS\nexit 0\n") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// A host that is killed in the middle of writing, several times over, has every
// box that was acknowledged when it is started again.
func TestDurableObjectKeepsWhatItAcknowledged(t *testing.T) {
	host := newHost(t)
	acked := "0"
	for round := range 4 {
		host.start(t)
		env := map[string]string{"VIALOG_ACKED": acked}
		last := round == 3
		if last {
			env["VIALOG_LAST"] = "1"
		}
		answer := host.run(t, "/acknowledged", []string{"-test.run=^TestKeepsWhatItAcknowledged$"}, env)
		sound, lines := false, 0
		var out strings.Builder
		for s := bufio.NewScanner(answer); s.Scan(); {
			fmt.Fprintln(&out, s.Text())
			if s.Text() == "sound" {
				sound = true
			}
			if n, ok := strings.CutPrefix(s.Text(), "acked "); ok {
				acked = n
				if lines++; lines == 40+7*round {
					host.kill() // what it has said by now still arrives, and counts
				}
			}
		}
		if !sound || !last && lines == 0 || last && !strings.HasSuffix(out.String(), "PASS\nexit 0\n") {
			t.Fatalf("round %d:\n%s", round, out.String())
		}
	}
}

// A host is workerd with a program and a disk.
type host struct {
	workerd, dir string
	cmd          *exec.Cmd
	url          string
}

func newHost(t *testing.T) *host {
	modules := os.Getenv("VIALOG_WORKERD")
	if modules == "" {
		t.Skip("needs workerd: make object")
	}
	found, err := filepath.Glob(filepath.Join(modules, "node_modules", "@cloudflare", "workerd-*", "bin", "workerd"))
	if err != nil || len(found) != 1 {
		t.Fatalf("VIALOG_WORKERD has %d programs workerd: %v", len(found), err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	h := &host{workerd: found[0], dir: t.TempDir()}
	for _, f := range []string{"testdata/object/object.mjs", "testdata/object/object.capnp", filepath.Join(strings.TrimSpace(string(root)), "lib/wasm/wasm_exec.js")} {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(h.dir, filepath.Base(f)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(h.dir, "disk"), 0o700); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "test", "-c", "-vet=off", "-o", filepath.Join(h.dir, "test.wasm"), ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS="+os.Getenv("VIALOG_JSFLAGS"))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return h
}

func (h *host) start(t *testing.T) {
	cmd := exec.Command(h.workerd, "serve", "object.capnp", "--directory-path=disk=disk", "--control-fd=1")
	cmd.Dir, cmd.Stderr = h.dir, t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h.cmd = cmd
	t.Cleanup(h.kill)
	var event struct {
		Event string
		Port  int
	}
	if err := json.NewDecoder(out).Decode(&event); err != nil || event.Event != "listen" {
		t.Fatalf("workerd does not listen: %+v %v", event, err)
	}
	h.url = fmt.Sprintf("http://127.0.0.1:%d", event.Port)
}

// kill ends the host as a power cut would, but for what the system still writes.
func (h *host) kill() {
	if h.cmd != nil {
		h.cmd.Process.Kill()
		h.cmd.Wait()
		h.cmd = nil
	}
}

// run has a test run in the object of a name, and returns what it prints.
func (h *host) run(t *testing.T, object string, args []string, env map[string]string) io.Reader {
	body, err := json.Marshal(map[string]any{"argv": append([]string{"test"}, args...), "env": env})
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 2 * time.Minute}
	answer, err := client.Post(h.url+object, "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { answer.Body.Close() })
	return answer.Body
}
