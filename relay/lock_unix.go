//go:build unix

package main

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// lock keeps a second relay from serving the same store: each would think
// itself its only writer. The kernel lets go when the process ends, however.
func lock(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = errServing
		}
		return nil, err
	}
	return func() { f.Close() }, nil
}

// listenPrivate listens on a socket in the file system that only this user can
// open, in place of one that a relay left behind. The caller has the store's lock.
func listenPrivate(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	before := syscall.Umask(0o177) // from the first moment, not only after a chmod
	defer syscall.Umask(before)
	return net.Listen("unix", path)
}

// isRefused reports that nobody listens.
func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
