package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	sweepBoxes = 256         // rows of deleted channels taken out at a time
	sweepEvery = time.Minute // a node that ended may have left some
	sweepPause = 50 * time.Millisecond
)

// A sweeper takes out the boxes of deleted channels, some at a time and beside
// the writer: nobody reaches them any more, so that no lock is needed.
type sweeper struct {
	soon  chan struct{}
	stop  context.CancelFunc
	ended chan struct{}
}

func newSweeper() *sweeper {
	return &sweeper{soon: make(chan struct{}, 1), ended: make(chan struct{})}
}

func (s *Store) sweepSoon() {
	select {
	case s.sweeper.soon <- struct{}{}:
	default:
	}
}

func (w *sweeper) close() {
	w.stop()
	<-w.ended
}

func (w *sweeper) loop(ctx context.Context, s *Store) {
	defer close(w.ended)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		// One that fails is tried again with the next deletion or minute.
		// One that has begun is not cut off: that would cost its connection.
		for more, err := true, error(nil); more && err == nil && ctx.Err() == nil; {
			within, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
			more, err = s.sweep(within)
			cancel()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.soon:
		}
	}
}

// sweep takes out some rows of a deleted channel that no other node is at, and
// reports whether there may be more.
func (s *Store) sweep(ctx context.Context) (more bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var ch int64
		switch err := tx.QueryRow(ctx, `SELECT ch FROM graves LIMIT 1 FOR UPDATE SKIP LOCKED`).Scan(&ch); err {
		case nil:
		case pgx.ErrNoRows:
			return nil
		default:
			return err
		}
		more = true
		tag, err := tx.Exec(ctx, `DELETE FROM boxes WHERE ch = $1 AND pos IN (SELECT pos FROM boxes WHERE ch = $1 ORDER BY pos LIMIT $2)`, ch, sweepBoxes)
		if err != nil || tag.RowsAffected() == sweepBoxes {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM notes WHERE ch = $1`, ch); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM graves WHERE ch = $1`, ch)
		return err
	})
	return more, err
}
