//go:build !js

package sqlite

import (
	"path/filepath"
	"testing"

	"vialog/relay/internal/storetest"
)

func TestStoreKeepsItsPromises(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Store { return openIn(t, filepath.Join(t.TempDir(), "store.sqlite")) })
}

func openIn(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
