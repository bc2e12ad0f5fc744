package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"vialog/shared/wire"
)

// smallDisk says that this process is one that sees disks of its own.
const smallDisk = "VIALOG_TEST_DISKS"

// withDisks runs the test again in namespaces of its own, where nobody needs to
// be root to mount a disk, and is true there.
func withDisks(t *testing.T) bool {
	t.Helper()
	if os.Getenv(smallDisk) != "" {
		return true
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	inside := func(name string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Env = append(os.Environ(), smallDisk+"=1", relayPath+"="+path)
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
		return cmd
	}
	if out, err := inside("mount", "-t", "tmpfs", "none", t.TempDir()).CombinedOutput(); err != nil {
		t.Skipf("this system lets nobody mount a disk in a namespace of their own: %v %s", err, out)
	}
	out, err := inside(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()+" ") {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// A disk that is all of the relay's own.
type disk struct {
	t   *testing.T
	dir string
}

func newDisk(t *testing.T, kib int) *disk {
	t.Helper()
	d := &disk{t, t.TempDir()}
	if err := syscall.Mount("none", d.dir, "tmpfs", 0, size(kib)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Unmount(d.dir, syscall.MNT_DETACH) })
	return d
}

func size(kib int) string { return "size=" + strconv.Itoa(kib) + "k" }

func (d *disk) resize(kib int) {
	d.t.Helper()
	if err := syscall.Mount("none", d.dir, "tmpfs", syscall.MS_REMOUNT, size(kib)); err != nil {
		d.t.Fatal(err)
	}
}

// stuff takes all the room that is left, and returns what makes it again.
func (d *disk) stuff() (empty func()) {
	d.t.Helper()
	path := filepath.Join(d.dir, "somebody else's")
	f, err := os.Create(path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
	return func() {
		d.t.Helper()
		if err := os.Remove(path); err != nil {
			d.t.Fatal(err)
		}
	}
}

func TestADiskThatIsFull(t *testing.T) {
	if !withDisks(t) {
		return
	}
	for name, kib := range map[string]int{
		"before the log was copied into the file": 6 << 10,
		"while the log is copied into the file":   44 << 10,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t, kib)
			port := freePort(t)
			out := mustRelay(t, d.dir, "backup", "keygen", "operator.key")
			recipient := regexp.MustCompile(`age1\S+`).FindString(out)
			mustRelay(t, d.dir, "tenant", "add", "-open", "Everyone")
			s := serve(t, d.dir, port)
			f := s.dial(t).filler(t)
			full := func(r *wire.Refused) {
				t.Helper()
				if r == nil || r.Code != wire.DiskFull || r.RetryAfter == 0 {
					t.Fatalf("with %d boxes: %#v", f.stored, r)
				}
			}

			// It is refused as the protocol says, again and again; reading goes
			// on; and the operator is told.
			full(f.fill(kib))
			empty := d.stuff()
			for range 3 {
				full(f.again())
			}
			f.holds()
			at := status(t, d.dir)
			if told := fmt.Sprint(at.Problems); !strings.Contains(told, "appends-fail") || !strings.Contains(told, "{disk ") {
				t.Errorf("the operator is told %v", told)
			}
			if out, err := relay(t, d.dir, "backup", "-to", "copies", "-recipient", recipient); err == nil || !strings.Contains(out, "no space left") {
				t.Errorf("a backup beside it: %v\n%s", err, out)
			}

			// A hard kill, and a start on the full disk.
			s.kill()
			if !strings.Contains(s.log.String(), "disk is full") || strings.Contains(s.log.String(), f.ch.String()) {
				t.Errorf("the log says:\n%s", s.log)
			}
			s = serve(t, d.dir, port)
			f.reopen(s.dial(t))
			f.holds()
			full(f.again())
			mustRelay(t, d.dir, "fsck")

			// With room it goes on by itself, over the same connection.
			empty()
			d.resize(4 * kib)
			if r := f.again(); r != nil {
				t.Fatalf("with room again: %v", r.Code)
			}
			f.holds()
			if at := status(t, d.dir); len(at.Problems) != 0 {
				t.Errorf("with room again the operator is told %v", at.Problems)
			}
			mustRelay(t, d.dir, "backup", "-to", "copies", "-recipient", recipient)
			s.kill()
			s = serve(t, d.dir, port)
			f.reopen(s.dial(t))
			f.holds()
			s.kill()
			if out := mustRelay(t, d.dir, "fsck"); !strings.Contains(out, "sound") {
				t.Errorf("fsck:\n%s", out)
			}
		})
	}
}
