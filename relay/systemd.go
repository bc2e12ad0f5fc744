package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Sockets that systemd passes are called by these names (FileDescriptorName).
const (
	passedMain = "relay"
	passedHTTP = "http"
)

// passed returns the sockets that this process was started with, by name, as
// sd_listen_fds(3) describes. They stay open while one relay follows another, so
// that whoever connects meanwhile waits and is not turned away.
func passed(env func(string) string) (map[string]net.Listener, error) {
	if pid, err := strconv.Atoi(env("LISTEN_PID")); err != nil || pid != os.Getpid() {
		return nil, nil
	}
	n, err := strconv.Atoi(env("LISTEN_FDS"))
	if err != nil || n < 1 || n > 16 {
		return nil, fmt.Errorf("LISTEN_FDS=%q: not a number of sockets", env("LISTEN_FDS"))
	}
	names := strings.Split(env("LISTEN_FDNAMES"), ":")
	listeners := make(map[string]net.Listener)
	for i := range n {
		name := passedMain
		if i < len(names) && names[i] == passedHTTP {
			name = passedHTTP
		}
		f := os.NewFile(uintptr(3+i), name)
		l, err := net.FileListener(f)
		f.Close() // the listener has its own
		if err != nil {
			return nil, fmt.Errorf("socket %d that systemd passed: %w", i+1, err)
		}
		if listeners[name] != nil {
			return nil, fmt.Errorf("systemd passed two sockets called %q; the second is for plain HTTP: name it %q (FileDescriptorName)", name, passedHTTP)
		}
		listeners[name] = l
	}
	return listeners, nil
}

// A service tells the service manager how things are, as sd_notify(3) describes.
// Its methods do nothing where nobody listens.
type service struct {
	socket   string
	watchdog time.Duration
}

func serviceOf(env func(string) string) service {
	s := service{socket: env("NOTIFY_SOCKET")}
	if us, err := strconv.ParseInt(env("WATCHDOG_USEC"), 10, 64); err == nil && us > 0 {
		if pid := env("WATCHDOG_PID"); pid == "" || pid == strconv.Itoa(os.Getpid()) {
			s.watchdog = time.Duration(us) * time.Microsecond
		}
	}
	return s
}

func (s service) tell(state string) error {
	if s.socket == "" {
		return nil
	}
	c, err := net.Dial("unixgram", s.socket)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Write([]byte(state))
	return err
}

// watch tells that the relay is alive for as long as well says so, until ctx ends.
func (s service) watch(ctx context.Context, well func(context.Context) error, report func(error)) {
	if s.watchdog == 0 {
		return
	}
	tick := time.NewTicker(s.watchdog / 3)
	defer tick.Stop()
	for {
		asked, cancel := context.WithTimeout(ctx, s.watchdog/3)
		err := well(asked)
		cancel()
		if err == nil {
			err = s.tell("WATCHDOG=1")
		}
		if err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
