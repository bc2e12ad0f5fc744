//go:build linux || darwin

package monitor

import "syscall"

// disk returns the size of the disk that path is on, and what is free there.
func disk(path string) (size, free uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, 0, err
	}
	return s.Blocks * uint64(s.Bsize), s.Bavail * uint64(s.Bsize), nil
}
