package screen

import (
	"testing"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/sharing"
	"vialog/wasm/internal/view"
)

// A person is asked when there is nothing, something older, or the word of somebody
// who does not keep the diary any more; and only who can answer, when nobody else may have.
func TestWhenAPersonIsAskedToAgree(t *testing.T) {
	now := []app.Agreed{{Agreement: app.Agreement{Version: sharing.Version}}}
	before := []app.Agreed{{Agreement: app.Agreement{Version: sharing.Version - 1}}}
	later := []app.Agreed{{Agreement: app.Agreement{Version: sharing.Version + 1}}, before[0]}
	for name, x := range map[string]struct {
		sharing app.Sharing
		want    view.ShareWhy
	}{
		"joined before there were words":   {app.Sharing{May: true, Ready: true}, view.ShareFirst},
		"agreed to these words":            {app.Sharing{May: true, Ready: true, Agreed: now}, view.ShareNot},
		"agreed to older words":            {app.Sharing{May: true, Ready: true, Agreed: before}, view.ShareNew},
		"agreed to words of a later app":   {app.Sharing{May: true, Ready: true, Agreed: later}, view.ShareNot},
		"who agreed has handed it over":    {app.Sharing{May: true, Ready: true, Agreed: now, Lapsed: true}, view.ShareLapsed},
		"a carer":                          {app.Sharing{Ready: true}, view.ShareNot},
		"another device may have answered": {app.Sharing{May: true}, view.ShareNot},
	} {
		if got := shareWhy(x.sharing); got != x.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}
