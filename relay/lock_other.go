//go:build !unix

package main

import (
	"errors"
	"net"
	"os"
)

// lock does nothing where the kernel has no advisory locks: the operator takes
// care that one relay serves a store.
func lock(string) (unlock func(), err error) { return func() {}, nil }

// listenPrivate listens on a socket in the file system, in place of one that a
// relay left behind. Who can open it is up to the folder.
func listenPrivate(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return net.Listen("unix", path)
}

// isRefused reports that nobody listens, as far as that is known here.
func isRefused(err error) bool { var e *net.OpError; return errors.As(err, &e) && e.Op == "dial" }
