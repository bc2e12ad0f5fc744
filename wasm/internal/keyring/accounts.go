package keyring

import "slices"

// Accounts lists every account that is or was a member: those whose chains a
// reader of the team's chain needs.
func (t *Team) Accounts() []AccountID {
	var out []AccountID
	for _, s := range t.head.state.stints {
		if id := AccountID(s.ref.ID); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
