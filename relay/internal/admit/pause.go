package admit

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vialog/relay/internal/store"
)

// readActs looks at the acts that are new. Called with mu held.
func (d *Desk) readActs(ctx context.Context) error {
	for {
		page, err := d.register.Audits(ctx, d.acts, 500)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, a := range page {
			d.pause, d.acts = d.pause.After(a), a.Index
		}
	}
}

// Pause returns the maintenance that there is, as of a few seconds ago.
func (d *Desk) Pause() store.Pause { return d.known.Load().pause }

// Maintenance reports whether the relay takes nothing new, and for how long yet,
// 0 if nobody said.
func (d *Desk) Maintenance() (left time.Duration, on bool) {
	p := d.Pause()
	if !p.On() {
		return 0, false
	}
	if p.Until.IsZero() {
		return 0, true
	}
	return max(0, time.Until(p.Until)), true
}

var (
	// ErrReason reports a reason that could not be read back from the audit log.
	ErrReason = errors.New("the reason may have up to 200 printable characters")
	// ErrUntil reports a time that has passed.
	ErrUntil = errors.New("the end has to be in the future")
	// ErrNoPause reports that there is no maintenance to end.
	ErrNoPause = errors.New("there is no maintenance")
)

// BeginPause begins maintenance, or says anew until when and why there is.
func (d *Desk) BeginPause(ctx context.Context, actor string, until time.Time, reason string) (store.Pause, error) {
	reason = strings.TrimSpace(reason)
	if utf8.RuneCountInString(reason) > 200 || !utf8.ValidString(reason) || strings.ContainsFunc(reason, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return store.Pause{}, ErrReason
	}
	now := time.Now()
	if !until.IsZero() && !until.After(now) {
		return store.Pause{}, ErrUntil
	}
	p := store.Pause{Since: now, Until: until.Truncate(time.Second), Reason: reason}
	if err := d.register.Record(ctx, p.Audit(now, actor)); err != nil {
		return store.Pause{}, err
	}
	return p, d.Refresh(ctx)
}

// EndPause ends maintenance.
func (d *Desk) EndPause(ctx context.Context, actor string) error {
	if err := d.Refresh(ctx); err != nil {
		return err
	}
	if !d.Pause().On() {
		return ErrNoPause
	}
	if err := d.register.Record(ctx, store.Pause{}.Audit(time.Now(), actor)); err != nil {
		return err
	}
	return d.Refresh(ctx)
}
