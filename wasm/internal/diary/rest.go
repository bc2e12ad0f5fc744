package diary

// A centre has more diaries than a device has room for. One that rests knows how
// many records there are, and reads them again when something is asked.

// Rest takes out of memory what the records amount to. The next question has read
// give all of them again, in any order. If it fails, the answer is as if there were
// none, and the next question tries again: read has to say so to somebody. What was
// answered before stays as it was.
//
// While it rests, Add counts a record, which must be a new one that read will give.
func (d *Diary) Rest(read func(add func(Record)) error) {
	// Nothing that was worked out before is taken for new.
	*d = Diary{pass: d.pass + 1, count: d.Len(), read: read}
}

// Resting tells whether the next question reads the records again.
func (d *Diary) Resting() bool { return d.read != nil }

func (d *Diary) wake() {
	read := d.read
	if read == nil {
		return
	}
	d.read = nil
	if err := read(func(r Record) { d.Add(r) }); err != nil {
		*d = Diary{pass: d.pass + 1, count: d.count, read: read}
	}
}

// Statement is the hash of the statement that holds an ID.
func (d *Diary) Statement(id ID) (hash [32]byte, ok bool) {
	d.settle()
	s := d.slots[id]
	if s == nil || s.holder() == nil {
		return hash, false
	}
	return s.holder().rec.Hash, true
}
