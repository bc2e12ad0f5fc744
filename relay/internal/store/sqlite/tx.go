//go:build !js

package sqlite

import "time"

// integrity has the file examined page by page.
const integrity = `PRAGMA integrity_check`

// busyLimit is how long a writer waits for that of another process. It asks
// often: SQLite's own waiting sleeps longer each time, and beside a relay
// under load, which pauses for microseconds, might not have its turn at all.
const (
	busyLimit = 10 * time.Second
	busyPause = 300 * time.Microsecond
)

// atomically commits what run does, or, with an error, nothing of it.
func (t *tx) atomically(run func() error) error {
	err := t.begin()
	if err == nil {
		err = run()
	}
	if err == nil {
		_, err = t.exec(`COMMIT`)
	}
	if err != nil {
		t.exec(`ROLLBACK`) // fails when SQLite has already done so
	}
	return err
}

func (t *tx) begin() error {
	t.failed = nil
	t.buried = false
	for start := time.Now(); ; time.Sleep(busyPause) {
		_, err := t.exec(`BEGIN IMMEDIATE`)
		if err == nil {
			break
		}
		if !isBusy(err) || time.Since(start) > busyLimit {
			return err
		}
		t.failed = nil
	}
	// Read inside the transaction: nobody else can write until it ends.
	v, err := t.number(`PRAGMA data_version`)
	if err != nil {
		return err
	}
	if v != t.seen || t.channels == nil || len(t.channels) > cacheLimit {
		t.forget()
		t.seen = v
	}
	return nil
}

// checkpoint copies what it can from the log into the file.
func (t *tx) checkpoint() bool {
	_, rest, err := checkpoint(t.conn)
	return err == nil && rest == 0
}
