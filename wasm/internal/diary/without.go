package diary

import "errors"

// errNotRead reports a diary whose records could not be read again.
var errNotRead = errors.New("diary: the records could not be read again")

// Without gives the records of the diary, but for all that belongs to an item
// that hide picks: its versions, also those that do not count, since one alone
// would be an entry of its own. It is for another diary to rest on.
func (d *Diary) Without(hide func(*Item) bool) func(add func(Record)) error {
	return func(add func(Record)) error {
		d.settle()
		if d.Resting() {
			return errNotRead
		}
		for _, list := range [...][]Record{d.unknown, d.unreadable} {
			for _, r := range list {
				add(r)
			}
		}
		for _, s := range d.slots {
			if s.root != nil && s.root.item != nil && hide(s.root.item) {
				continue
			}
			for _, v := range s.claims {
				add(v.rec)
			}
		}
		return nil
	}
}
