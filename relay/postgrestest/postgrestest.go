// Package postgrestest runs a PostgreSQL server for tests: a cluster of its
// own in a temporary folder, on a socket in that folder, that keeps what it
// acknowledges. VIALOG_POSTGRES=none does without, and says so.
package postgrestest

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Password is the superuser's and every role's. Nothing that the relay prints may hold it.
const Password = "correct+horse/battery"

// A Server is one cluster.
type Server struct {
	dir  string
	bin  string
	cred *syscall.Credential // nil: as ourselves
	next atomic.Int64

	mu      sync.Mutex // guards the rest
	running *exec.Cmd
	log     bytes.Buffer
}

var (
	once   sync.Once
	shared *Server
	failed error
)

// Stop stops the server that the tests of a package share. Its TestMain calls it.
func Stop() {
	if shared != nil {
		shared.Kill()
		os.RemoveAll(shared.dir)
	}
}

// Get returns the server that the tests of a package share.
func Get(t testing.TB) *Server {
	t.Helper()
	wanted(t)
	once.Do(func() { shared, failed = begin() })
	must(t, failed)
	return shared
}

func wanted(t testing.TB) {
	t.Helper()
	if os.Getenv("VIALOG_POSTGRES") == "none" {
		t.Skip("VIALOG_POSTGRES=none: not tested with PostgreSQL")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v; make postgres installs PostgreSQL, VIALOG_POSTGRES=none does without", err)
	}
}

// New returns a server that the test may kill. It is stopped when the test ends.
func New(t testing.TB) *Server {
	t.Helper()
	wanted(t)
	s, err := begin()
	must(t, err)
	t.Cleanup(func() {
		s.Kill()
		os.RemoveAll(s.dir)
	})
	return s
}

func begin() (*Server, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "vialog-pg") // short: a socket's path is
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin}
	if err := s.init(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	if err := s.Start(); err != nil {
		s.Kill()
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// find returns the folder of the server's programs, which Debian keeps out of the path.
func find() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(all) == 0 {
		return "", errors.New("PostgreSQL is not installed")
	}
	newest := all[0]
	for _, one := range all {
		if version(one) > version(newest) {
			newest = one
		}
	}
	return filepath.Dir(newest), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
}

func (s *Server) init() error {
	if os.Getuid() == 0 { // PostgreSQL does not run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			u, err = user.Lookup("nobody")
		}
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		s.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(s.dir, uid, gid); err != nil {
			return err
		}
	}
	secret := filepath.Join(s.dir, "password")
	if err := os.WriteFile(secret, []byte(Password), 0o600); err != nil {
		return err
	}
	if s.cred != nil {
		if err := os.Chown(secret, int(s.cred.Uid), int(s.cred.Gid)); err != nil {
			return err
		}
	}
	out, err := s.command("initdb", "-D", s.data(), "-U", "vialog", "--pwfile", secret, "-A", "scram-sha-256",
		"-E", "UTF8", "--locale=C", "--no-sync").CombinedOutput() // the making of it need not survive
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(filepath.Join(s.bin, name), args...)
	c.Dir = s.dir
	c.Env = []string{"PATH=" + s.bin + ":/usr/bin:/bin", "LC_ALL=C"}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred}
	return c
}

// Start starts the server, with what is to be set besides, and waits until it
// takes connections.
func (s *Server) Start(settings ...string) error {
	args := []string{"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=on", "-c", "synchronous_commit=on",
		"-c", "max_connections=60", "-c", "shared_buffers=64MB", "-c", "log_statement=none"}
	for _, one := range settings {
		args = append(args, "-c", one)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.command("postgres", args...)
	s.log.Reset()
	c.Stdout, c.Stderr = &s.log, &s.log
	if err := c.Start(); err != nil {
		return err
	}
	s.running = c
	ready := s.command("pg_isready", "-q", "-h", s.dir)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if err := ready.Run(); err == nil {
			return nil
		} else if time.Now().After(deadline) {
			return fmt.Errorf("PostgreSQL does not start: %w", err)
		}
		ready = s.command("pg_isready", "-q", "-h", s.dir)
	}
}

// Standby makes the server one that follows another from its next start on, and
// takes no changes.
func (s *Server) Standby() error {
	path := filepath.Join(s.data(), "standby.signal")
	if err := os.WriteFile(path, nil, 0o600); err != nil || s.cred == nil {
		return err
	}
	return os.Chown(path, int(s.cred.Uid), int(s.cred.Gid))
}

// Kill ends the server at once, as a power cut would: nothing is written any more.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		return
	}
	s.running.Process.Signal(syscall.SIGQUIT) // what pg_ctl calls immediate
	s.running.Wait()
	s.running = nil
}

// URL is the address of a schema that no other test uses.
func (s *Server) URL() string {
	return s.As("vialog", fmt.Sprintf("test%d%s", s.next.Add(1), strings.ToLower(rand.Text()[:8])))
}

// As is the address of a schema, for a role.
func (s *Server) As(role, schema string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, Password), Path: "/postgres",
		RawQuery: url.Values{"host": {s.dir}, "search_path": {schema}}.Encode()}
	return u.String()
}
