//go:build !js

package sqlite

import (
	"context"
	"database/sql/driver"
)

const (
	// restPages is how much of the log may be left for the writer to copy by
	// itself, while those who wait for an answer wait for this too.
	restPages = 500
	passes    = 4
)

// A checkpointer copies the log into the file beside the writer, over a
// connection of its own. The writer then copies the little that was added
// meanwhile: only when the whole log has been copied does it start anew.
type checkpointer struct {
	c     *conn
	w     *writer
	ended chan struct{}
}

func newCheckpointer(c *conn, w *writer) *checkpointer {
	return &checkpointer{c: c, w: w, ended: make(chan struct{})}
}

func (p *checkpointer) loop() {
	defer close(p.ended)
	done := make(chan bool, 1)
	for {
		select {
		case <-p.w.ended:
			return
		case <-p.w.due:
		}
		rest := 0
		for range passes {
			var err error
			// A checkpoint that fails, on a full disk say, loses nothing: the
			// log goes on growing until one succeeds.
			if _, rest, err = checkpoint(p.c); err != nil || rest <= restPages {
				break
			}
		}
		select {
		case <-p.w.ended:
			return
		case p.w.finish <- done:
			<-done
		}
	}
}

// close waits for the checkpoint that is running. The writer has ended.
func (p *checkpointer) close() {
	<-p.ended
	p.c.close()
}

// checkpoint copies what it can without waiting for anybody. It returns how
// many pages the log has, and how many of them are left to copy.
func checkpoint(c *conn) (pages, rest int, err error) {
	err = c.query(context.Background(), `PRAGMA wal_checkpoint(PASSIVE)`, func(r []driver.Value) error {
		log, _ := r[1].(int64)
		copied, _ := r[2].(int64)
		pages, rest = int(log), int(log-copied)
		return nil
	})
	return pages, rest, err
}
