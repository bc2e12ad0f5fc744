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
	*d = Diary{pass: d.pass + 1, count: d.Len(), calm: d.calm, read: read}
}

// Resting tells whether the next question reads the records again.
func (d *Diary) Resting() bool { return d.read != nil }

func (d *Diary) wake() {
	read := d.read
	if read == nil {
		return
	}
	known := d.calm
	d.read, d.calm = nil, 0
	if err := read(func(r Record) { d.Add(r) }); err != nil {
		*d = Diary{pass: d.pass + 1, count: d.count, calm: known, read: read}
	}
}

// Stirred is Len without what a centre writes that is no news to it: that it has opened
// the diary, and its recalls. What a list says of a diary is worked out again when this
// has changed; whom a recall concerns is for whoever keeps the list to see to. A diary
// that rests knows it.
func (d *Diary) Stirred() int { return d.Len() - d.calm }

func calm(r *Record) int {
	if r.Author.Who == Centre && (r.Kind == KindOpened || r.Kind == KindRecall) {
		return 1
	}
	return 0
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
