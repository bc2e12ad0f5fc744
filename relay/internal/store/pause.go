package store

import (
	"strconv"
	"strings"
	"time"
)

// A Pause is maintenance: the relay takes nothing new and goes on reading. The
// audit log is where it is kept: the newest act about it says whether it is on.
// So it is durable, recorded, and known to every process, all in one step.
type Pause struct {
	Since  time.Time // zero: none
	Until  time.Time // zero: nobody said
	Reason string
}

// The acts that begin and end a Pause, and what they are about.
const (
	ActPause   = "relay.maintenance.on"
	ActResume  = "relay.maintenance.off"
	PauseAbout = "relay"
)

// On reports whether there is maintenance.
func (p Pause) On() bool { return !p.Since.IsZero() }

const (
	pauseUntil  = "until "
	pauseReason = "reason "
)

// Audit returns the act that begins p, or ends what there was if p is zero.
func (p Pause) Audit(now time.Time, actor string) Audit {
	a := Audit{Time: now, Actor: actor, Act: ActResume, Subject: PauseAbout}
	if p.On() {
		var parts []string
		if !p.Until.IsZero() {
			parts = append(parts, pauseUntil+p.Until.UTC().Format(time.RFC3339))
		}
		if p.Reason != "" {
			parts = append(parts, pauseReason+strconv.Quote(p.Reason))
		}
		a.Act, a.Detail = ActPause, strings.Join(parts, ", ")
	}
	return a
}

// After returns the Pause after the act a. What a's detail does not say plainly
// is not known; that there is maintenance is.
func (p Pause) After(a Audit) Pause {
	switch a.Act {
	case ActResume:
		return Pause{}
	case ActPause:
		p = Pause{Since: a.Time}
		rest, ok := strings.CutPrefix(a.Detail, pauseUntil)
		if ok {
			var until string
			until, rest, _ = strings.Cut(rest, ", ")
			p.Until, _ = time.Parse(time.RFC3339, until)
		}
		if quoted, ok := strings.CutPrefix(rest, pauseReason); ok {
			p.Reason, _ = strconv.Unquote(quoted)
		}
	}
	return p
}
