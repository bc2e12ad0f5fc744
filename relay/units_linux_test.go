package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vialog/shared/wire"
)

// units copies the units into a folder, with other words in them.
func units(t *testing.T, dir string, words ...string) (paths []string) {
	t.Helper()
	all, err := filepath.Glob("deploy/vialog-relay*.s*")
	if err != nil || len(all) != 3 {
		t.Fatalf("the units: %v %v", all, err)
	}
	for _, path := range all {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(to, []byte(strings.NewReplacer(words...).Replace(string(b))), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, to)
	}
	return paths
}

func TestSystemdFindsNoFaultInTheUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd-analyze here")
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	all := units(t, t.TempDir(), "/usr/local/bin/relay", path)
	// What it does not know, it tells and does not fail for.
	out, err := exec.Command(analyze, append([]string{"verify", "--man=no"}, all...)...).CombinedOutput()
	if told := about(out, filepath.Dir(all[0])); err != nil || told != "" {
		t.Errorf("%v\n%s", err, told)
	}
	if out, err := exec.Command(analyze, "--version").Output(); err != nil || systemdOf(out) < 250 {
		t.Skipf("this systemd rates no unit that is not installed: %v %s", err, out)
	}
	// From 0, which may do nothing, to 100: 12 as it is.
	for _, unit := range all {
		if !strings.HasSuffix(unit, ".service") {
			continue
		}
		if out, err := exec.Command(analyze, "security", "--offline=true", "--threshold=15", "--no-pager", unit).CombinedOutput(); err != nil {
			t.Errorf("what the service may do: %v\n%s", err, out)
		}
	}
}

// about returns the lines about files in dir: of other units this machine knows best.
func about(out []byte, dir string) string {
	var told []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, dir) || strings.Contains(line, "vialog") {
			told = append(told, line)
		}
	}
	return strings.Join(told, "")
}

func systemdOf(out []byte) (n int) {
	fmt.Sscanf(string(out), "systemd %d", &n)
	return n
}

// A machine is a container in which systemd is the first process. Its programs are
// those of this machine, and so is its network.
type machine struct {
	t   *testing.T
	dir string
	pid string // of systemd
}

func boot(t *testing.T, relay, conf string, words ...string) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir()}
	for _, dir := range []string{"etc/systemd/system", "etc/vialog", "usr", "var", "tmp", "run", "proc", "sys", "dev", "root"} {
		if err := os.MkdirAll(filepath.Join(m.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.Symlink("usr/"+dir, filepath.Join(m.dir, dir)); err != nil {
			t.Fatal(err)
		}
	}
	for path, from := range map[string]string{"etc/passwd": "/etc/passwd", "etc/group": "/etc/group", "etc/nsswitch.conf": "/etc/nsswitch.conf", "etc/os-release": "/usr/lib/os-release"} {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		m.write(path, string(b))
	}
	m.write("etc/machine-id", strings.Repeat("0123456789abcdef", 2)+"\n")
	units(t, filepath.Join(m.dir, "etc/systemd/system"), words...)
	m.write("etc/vialog/relay.conf", conf)
	m.write("etc/systemd/system/test.target", "[Unit]\nRequires=vialog-relay.socket vialog-relay.service dbus.socket\nAfter=basic.target\n")
	cmd := exec.Command("systemd-nspawn", "--directory="+m.dir, "--bind-ro=/usr", "--tmpfs=/usr/local/bin", "--bind-ro="+relay+":/usr/local/bin/relay",
		"--register=no", "--keep-unit", "--console=pipe", "--boot", "--", "systemd.unit=test.target")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if pid, err := strconv.Atoi(m.pid); err == nil {
			if p, err := os.FindProcess(pid); err == nil {
				p.Kill() // and everything in the container with it
			}
		}
		cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("the machine said:\n%s", &said)
		}
	})
	children := fmt.Sprintf("/proc/%d/task/%[1]d/children", cmd.Process.Pid)
	eventually(t, "the machine does not start", func() bool {
		b, _ := os.ReadFile(children)
		if f := strings.Fields(string(b)); len(f) == 1 {
			name, _ := os.ReadFile("/proc/" + f[0] + "/comm")
			if strings.TrimSpace(string(name)) == "systemd" {
				m.pid = f[0]
			}
		}
		return m.pid != ""
	})
	return m
}

func (m *machine) write(path, text string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.dir, path), []byte(text), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

// run runs a program in the container, as root there.
func (m *machine) run(args ...string) (string, error) {
	out, err := exec.Command("nsenter", append([]string{"-t", m.pid, "-m", "-p", "-i", "-u", "--"}, args...)...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func (m *machine) must(args ...string) string {
	m.t.Helper()
	out, err := m.run(args...)
	if err != nil {
		m.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out
}

// main is the relay's process, as the container numbers it.
func (m *machine) main() string {
	m.t.Helper()
	return m.must("systemctl", "show", "-P", "MainPID", "vialog-relay.service")
}

// The relay under systemd, by the units as they are but for the ports: make units.
func TestTheUnitsServeUnderSystemd(t *testing.T) {
	if os.Getenv("VIALOG_UNITS") == "" {
		t.Skip("make units boots systemd in a container, as root")
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	port, plain := freePort(t), freePort(t)
	origin := "http://localhost:" + port
	m := boot(t, path, "origin = "+origin+"\napp = none\n", "ListenStream=443", "ListenStream=127.0.0.1:"+port, "ListenStream=80", "ListenStream=127.0.0.1:"+plain)
	healthy := func() bool {
		resp, err := http.Get("http://127.0.0.1:" + port + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == 200
	}
	eventually(t, "the relay does not serve", healthy)
	eventually(t, "it does not say that it is ready", func() bool {
		out, _ := m.run("systemctl", "is-active", "vialog-relay.service")
		return out == "active"
	})
	const store = "/var/lib/vialog/relay.sqlite"
	m.must("relay", "tenant", "add", "-open", "-store", store, "Everyone")

	// It has no rights and a user without a name.
	process := m.must("cat", "/proc/"+m.main()+"/status")
	for _, want := range []string{"NoNewPrivs:\t1", "Seccomp:\t2", "CapBnd:\t0000000000000000", "CapEff:\t0000000000000000"} {
		if !strings.Contains(process, want) {
			t.Errorf("no %q in what the process may do:\n%s", want, process)
		}
	}
	if strings.Contains(process, "Uid:\t0\t") {
		t.Error("it runs as root")
	}

	s := &server{port: port, origin: origin}
	c := s.dial(t)
	for ; c.hello.OpenTenant == (wire.TenantID{}); c = s.dial(t) { // the relay hears of it while it serves
		time.Sleep(50 * time.Millisecond)
	}
	f := c.filler(t)
	for range 20 {
		if r := f.again(); r != nil {
			t.Fatal(r.Code)
		}
	}
	// Whoever comes while the program is replaced waits, and is served.
	first := m.main()
	restarted := make(chan string, 1)
	go func() {
		out, err := m.run("systemctl", "restart", "vialog-relay.service")
		restarted <- fmt.Sprint(out, err)
	}()
	for came, over := 0, false; !over || came < 20; came++ {
		if !healthy() {
			t.Fatalf("visitor %d was turned away", came)
		}
		select {
		case said := <-restarted:
			if over = true; said != "<nil>" {
				t.Fatal(said)
			}
		default:
		}
	}
	second := m.main()
	if second == first {
		t.Fatal("it was not restarted")
	}
	f.reopen(s.dial(t))
	f.holds()
	if r := f.again(); r != nil {
		t.Fatal(r.Code)
	}
	// A process that was killed comes back by itself, with everything.
	m.must("kill", "-9", second)
	eventually(t, "it does not come back", func() bool {
		now := m.main()
		return now != "0" && now != second && healthy()
	})
	f.reopen(s.dial(t))
	f.holds()
	m.must("systemctl", "stop", "vialog-relay.service", "vialog-relay.socket")
	if out := m.must("systemctl", "show", "-P", "Result", "vialog-relay.service"); out != "success" {
		t.Errorf("stopped, it ends with %s", out)
	}
	if out := m.must("relay", "fsck", "-store", store); !strings.Contains(out, "sound") {
		t.Errorf("fsck:\n%s", out)
	}
}
