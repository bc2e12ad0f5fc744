//go:build !js

package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// ErrNoCopy reports a file of an older layout of which no copy could be made.
// It was not changed.
var ErrNoCopy = errors.New("the store is of an older layout, and before it is changed a copy is kept beside it; that failed, so nothing was changed: make room in its folder, and start again")

// copyBefore copies the store beside itself before its layout is changed, as
// path.layout2 for example, and returns what takes the copy away again if the
// change then fails. A copy that is there already is never replaced. The caller
// holds the right to write, so nobody else writes or copies meanwhile.
func copyBefore(path string, layout int64) (discard func(), err error) {
	kept := path + ".layout" + strconv.FormatInt(layout, 10)
	part := kept + ".part"
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w: %w", ErrNoCopy, err)
			os.Remove(part)
		}
	}()
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) { // of a process that was killed
		return nil, err
	}
	for n, name := 2, kept; ; n++ {
		_, err := os.Lstat(kept)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		kept = name + "-" + strconv.Itoa(n)
	}
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := dial(path)
	if err != nil {
		return nil, err
	}
	defer c.close()
	if _, err := c.exec(`VACUUM INTO ?`, part); err != nil {
		return nil, err
	}
	if err := f.Sync(); err != nil {
		return nil, err
	}
	if err := os.Rename(part, kept); err != nil {
		return nil, err
	}
	return func() { os.Remove(kept) }, syncFolder(filepath.Dir(path))
}
