package monitor

import (
	"errors"
	"os"
	"strings"
	"time"
)

// backupNote is beside the store: when it was last backed up.
func backupNote(store string) string { return store + ".backed-up" }

// NoteBackup remembers that a store was backed up whole at the time.
func NoteBackup(store string, at time.Time) error {
	temporary := backupNote(store) + ".new"
	if err := os.WriteFile(temporary, []byte(at.UTC().Format(time.RFC3339)+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, backupNote(store))
}

// LastBackup returns when a store was last backed up, zero if that is not known.
func LastBackup(store string) (time.Time, error) {
	b, err := os.ReadFile(backupNote(store))
	if errors.Is(err, os.ErrNotExist) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339, strings.TrimSpace(string(b)))
}
