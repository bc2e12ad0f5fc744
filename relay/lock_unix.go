//go:build unix

package main

import (
	"errors"
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
