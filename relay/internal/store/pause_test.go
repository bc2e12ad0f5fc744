package store

import (
	"testing"
	"time"
)

func TestAPauseIsWhatItsNewestActSays(t *testing.T) {
	now := time.Date(2026, 11, 26, 22, 0, 0, 0, time.UTC)
	until := now.Add(2 * time.Hour)
	for _, want := range []Pause{
		{Since: now},
		{Since: now, Until: until},
		{Since: now, Reason: "a larger disk"},
		{Since: now, Until: until, Reason: `until then, reason "x"`},
	} {
		if got := (Pause{Since: until, Reason: "before"}).After(want.Audit(now, "operator")); got != want {
			t.Errorf("%+v came back as %+v", want, got)
		}
	}
	p := Pause{Since: now, Until: until}
	if got := p.After(Audit{Act: "tenant.add", Time: until}); got != p {
		t.Errorf("another act made it %+v", got)
	}
	if got := p.After(Pause{}.Audit(until, "operator")); got.On() {
		t.Errorf("it goes on after its end: %+v", got)
	}
	// Whatever the detail is, maintenance is on.
	for _, detail := range []string{"", "until", "until never", "reason", `reason "x`, "until 2026-11-27T00:00:00Z, reason"} {
		if got := (Pause{}).After(Audit{Act: ActPause, Time: now, Detail: detail}); !got.On() || got.Reason != "" {
			t.Errorf("%q: %+v", detail, got)
		}
	}
}
