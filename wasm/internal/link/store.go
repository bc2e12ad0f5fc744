package link

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"golang.org/x/crypto/cryptobyte"

	"vialog/shared/wire"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// What a replica keeps, under its prefix:
//
//	b           chains of accounts and teams that the space was joined with
//	b/00000001  chains learned later, but not from an accepted statement
//	m           cursor, epochs, counters
//	c/00000001  one membership change each, in the order of arrival
//	p/00000001  pages of up to pageSize accepted statements
//	h           statements that wait for their author or predecessors
//	o/00000001  contents that were not read at the relay yet, each with its box identifier
//	r           a rotation that this device has begun

// pageSize bounds what one more statement makes the device write again.
const pageSize = 64

// ErrDamaged reports records that are not what this replica wrote.
var ErrDamaged = errors.New("link: the stored diary is damaged; restore from another device or the recovery sheet")

const storeVersion = 1

type meta struct {
	relay     string
	channel   wire.Channel
	cursor    uint64
	mark      [32]byte // of the box at cursor; zero: unknown
	skipped   uint64   // first box left out for its unknown epoch; 0: none
	epoch     uint32
	epochs    map[uint32]seal.Secret
	pages     uint32 // number of the page that is being filled
	nextOut   uint32
	admission []byte // not empty: the channel is still to be created
	removed   bool
	resync    bool   // the relay went back; own statements are being compared
	dropped   bool   // something was left out that reading again may bring
	unread    uint32 // boxes that did not open or verify
	bytes     uint64 // of statements, changes and later chains that are kept
	alarms    []Alarm
	forked    uint64       // this device's first number that it gave twice; 0: none
	doubt     uint64       // first position where something stood that was of no use; 0: none
	store     wire.StoreID // of the relay, when it last opened the channel; zero: unknown

	skipUnknown bool // memory only: unknown epochs are noise, see Reopened
}

type pageItem struct {
	right keyring.Right
	raw   []byte
}

type outItem struct {
	n       uint32
	id      wire.BoxID
	hash    Hash // of a statement
	content []byte

	// Memory only.
	pos   uint64 // where the relay says it stands, until it was read there; 0: not acknowledged
	tries int    // how often it did not stand there
}

// A rotation replaces the epoch and the access key in one request.
type rotation struct {
	change keyring.Raw
	chains []byte // what readers of the note need to verify the change
	epoch  uint32
	secret seal.Secret
	id     wire.BoxID
}

func name(prefix, kind string, n uint32) string {
	digits := strconv.FormatUint(uint64(n), 16)
	return prefix + kind + "/" + "00000000"[len(digits):] + digits
}

func (m *meta) record(prefix string) vault.Record {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(storeVersion)
	b.AddUint16LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes([]byte(m.relay)) })
	b.AddBytes(m.channel[:])
	b.AddUint64(m.cursor)
	b.AddBytes(m.mark[:])
	b.AddUint64(m.skipped)
	b.AddUint32(m.pages)
	b.AddUint32(m.nextOut)
	b.AddUint16LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(m.admission) })
	b.AddUint8(flag(m.removed) | flag(m.resync)<<1 | flag(m.dropped)<<2 | flag(m.forked > 0)<<3 | flag(m.doubt > 0)<<4 | flag(m.store != wire.StoreID{})<<5)
	b.AddUint32(m.unread)
	b.AddUint64(m.bytes)
	b.AddUint16(uint16(len(m.alarms)))
	for _, a := range m.alarms {
		b.AddBytes(a.Device[:])
		b.AddUint64(a.Seq)
		b.AddUint8(uint8(a.Kind))
	}
	var ns []uint32
	for n := range m.epochs {
		ns = append(ns, n)
	}
	slices.Sort(ns)
	b.AddUint32(uint32(len(ns)))
	for _, n := range ns {
		b.AddUint32(n)
		b.AddBytes(m.epochs[n].Bytes())
	}
	if m.forked > 0 {
		b.AddUint64(m.forked)
	}
	if m.doubt > 0 {
		b.AddUint64(m.doubt)
	}
	if m.store != (wire.StoreID{}) {
		b.AddBytes(m.store[:])
	}
	return vault.Record{Key: prefix + "m", Value: b.BytesOrPanic()}
}

func flag(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

func parseMeta(raw []byte) (m meta, err error) {
	in := cryptobyte.String(raw)
	var version, flags uint8
	var relay, admission cryptobyte.String
	var alarms uint16
	var epochs uint32
	ok := in.ReadUint8(&version) && version == storeVersion && in.ReadUint16LengthPrefixed(&relay) &&
		in.CopyBytes(m.channel[:]) && in.ReadUint64(&m.cursor) && in.CopyBytes(m.mark[:]) && in.ReadUint64(&m.skipped) && in.ReadUint32(&m.pages) && in.ReadUint32(&m.nextOut) &&
		in.ReadUint16LengthPrefixed(&admission) && in.ReadUint8(&flags) && in.ReadUint32(&m.unread) && in.ReadUint64(&m.bytes) &&
		in.ReadUint16(&alarms)
	for i := 0; ok && i < int(alarms); i++ {
		var a Alarm
		var kind uint8
		ok = in.CopyBytes(a.Device[:]) && in.ReadUint64(&a.Seq) && in.ReadUint8(&kind)
		a.Kind = AlarmKind(kind)
		m.alarms = append(m.alarms, a)
	}
	ok = ok && in.ReadUint32(&epochs)
	m.epochs = make(map[uint32]seal.Secret)
	for i := uint32(0); ok && i < epochs; i++ {
		var n uint32
		var b []byte
		if ok = in.ReadUint32(&n) && n > m.epoch && in.ReadBytes(&b, 32); ok {
			if m.epochs[n], err = seal.SecretFrom(b); err != nil {
				return m, err
			}
			m.epoch = max(m.epoch, n)
		}
	}
	if flags&8 != 0 {
		ok = ok && in.ReadUint64(&m.forked) && m.forked > 0
	}
	if flags&16 != 0 {
		ok = ok && in.ReadUint64(&m.doubt) && m.doubt > 0
	}
	if flags&32 != 0 {
		ok = ok && in.CopyBytes(m.store[:]) && m.store != wire.StoreID{}
	}
	if !ok || !in.Empty() || flags > 63 {
		return m, ErrDamaged
	}
	m.relay, m.admission = string(relay), slices.Clone([]byte(admission))
	m.removed, m.resync, m.dropped = flags&1 != 0, flags&2 != 0, flags&4 != 0
	return m, nil
}

func pageRecord(prefix string, n uint32, items []pageItem) vault.Record {
	size := 8
	for _, it := range items {
		size += 4 + len(it.raw)
	}
	b := cryptobyte.NewBuilder(make([]byte, 0, size))
	b.AddUint8(storeVersion)
	for _, it := range items {
		b.AddUint8(uint8(it.right))
		b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(it.raw) })
	}
	return vault.Record{Key: name(prefix, "p", n), Value: b.BytesOrPanic()}
}

func parsePage(raw []byte) ([]pageItem, error) {
	in := cryptobyte.String(raw)
	var version uint8
	if !in.ReadUint8(&version) || version != storeVersion {
		return nil, ErrDamaged
	}
	items := make([]pageItem, 0, pageSize)
	for !in.Empty() {
		var right uint8
		var one cryptobyte.String
		if !in.ReadUint8(&right) || !in.ReadUint24LengthPrefixed(&one) {
			return nil, ErrDamaged
		}
		items = append(items, pageItem{keyring.Right(right), one})
	}
	return items, nil
}

func (o outItem) record(prefix string) vault.Record {
	return vault.Record{Key: name(prefix, "o", o.n), Value: append(o.id[:], o.content...)}
}

func (o *outItem) setHash() {
	if o.content[0] != contentStatement {
		return
	}
	if s, err := ParseStatement(o.content[1:]); err == nil {
		o.hash = s.hash
	}
}

func (t *rotation) record(prefix string) vault.Record {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(storeVersion)
	b.AddUint32(t.epoch)
	b.AddBytes(t.secret.Bytes())
	b.AddBytes(t.id[:])
	b.AddUint24LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(t.chains) })
	b.AddBytes(t.change)
	return vault.Record{Key: prefix + "r", Value: b.BytesOrPanic()}
}

func parseRotation(raw []byte) (*rotation, error) {
	t := new(rotation)
	in := cryptobyte.String(raw)
	var version uint8
	var secret []byte
	var chains cryptobyte.String
	if !in.ReadUint8(&version) || version != storeVersion || !in.ReadUint32(&t.epoch) || !in.ReadBytes(&secret, 32) ||
		!in.CopyBytes(t.id[:]) || !in.ReadUint24LengthPrefixed(&chains) {
		return nil, ErrDamaged
	}
	t.chains = chains
	var err error
	t.secret, err = seal.SecretFrom(secret)
	t.change = keyring.Raw(slices.Clone([]byte(in)))
	return t, err
}

func (r *Replica) addChange(raw keyring.Raw) {
	r.raws = append(r.raws, raw)
	r.meta.bytes += uint64(len(raw))
	r.dirty = append(r.dirty, vault.Record{Key: name(r.cfg.Prefix, "c", uint32(len(r.raws))), Value: raw})
}

func (r *Replica) addToPage(it pageItem) {
	r.page = append(r.page, it)
	r.pageDirty = true
	if len(r.page) == pageSize {
		r.dirty = append(r.dirty, pageRecord(r.cfg.Prefix, r.meta.pages, r.page))
		r.page, r.pageDirty = nil, false
		r.meta.pages++
	}
}

// queue puts a content behind all that waits for the relay.
func (r *Replica) queue(content []byte) { r.queueAs(newBoxID(), content) }

// queueAgain queues what a relay has lost. Whoever sends it gives it the same
// identifier, so that the relay keeps it once.
func (r *Replica) queueAgain(content []byte) {
	var id wire.BoxID
	h := seal.Hash(seal.LabelSentAgain, content)
	copy(id[:], h[:])
	r.queueAs(id, content)
}

func (r *Replica) queueAs(id wire.BoxID, content []byte) {
	item := outItem{n: r.meta.nextOut, id: id, content: content}
	item.setHash()
	r.meta.nextOut++
	r.out = append(r.out, item)
	r.dirty = append(r.dirty, item.record(r.cfg.Prefix))
}

// save writes everything that has changed, in one transaction. After an error
// it is still to be written, and the next save will.
func (r *Replica) save(ctx context.Context) error {
	puts := slices.Clip(r.dirty)
	if r.pageDirty {
		puts = append(puts, pageRecord(r.cfg.Prefix, r.meta.pages, r.page))
	}
	r.meta.alarms = r.alarms
	if r.heldDirty {
		puts = append(puts, r.heldRecord())
	}
	m := r.meta
	m.dropped = m.dropped || len(r.waiting) > 0
	puts = append(puts, m.record(r.cfg.Prefix))
	if err := r.cfg.Keeper.Write(ctx, puts); err != nil {
		return err
	}
	r.saved()
	r.heldDirty = false
	return nil
}

// keepChains keeps chains that no accepted statement carries.
func (r *Replica) keepChains(body []byte) {
	r.books++
	r.meta.bytes += uint64(len(body))
	r.dirty = append(r.dirty, vault.Record{Key: name(r.cfg.Prefix, "b", r.books), Value: slices.Clone(body)})
}

func (r *Replica) saved() { r.dirty, r.pageDirty = nil, false }

func (r *Replica) heldRecord() vault.Record {
	rec := vault.Record{Key: r.cfg.Prefix + "h"}
	if r.heldN == 0 {
		return rec
	}
	var items []pageItem
	for _, l := range r.lines {
		for _, list := range l.held {
			for _, s := range list {
				items = append(items, pageItem{raw: append(s.unsigned(), s.Sig[:]...)})
			}
		}
	}
	rec.Value = pageRecord("", 0, items).Value
	return rec
}

// Load reads a replica back. It checks what it reads as if it came from the
// relay: every link by its hash, and the newest signature of each device.
func Load(ctx context.Context, cfg Config) (*Replica, error) {
	r := newReplica(cfg)
	// Others may use the book while the disk is read.
	records, err := cfg.Keeper.Scan(ctx, cfg.Prefix)
	if err != nil {
		return nil, err
	}
	cfg.Book.Lock()
	defer cfg.Book.Unlock()
	var out, held [][]byte
	var outN []uint32
	var pages uint32
	var kept uint64
	for _, rec := range records {
		kind := rec.Key[len(cfg.Prefix):]
		switch kind[0] {
		case 'b':
			chains, err := ParseChains(rec.Value)
			if err != nil {
				return nil, ErrDamaged
			}
			for _, c := range chains {
				// Of what was learned later, some needs what comes below.
				if err := c.AddTo(cfg.Book.Book); err != nil && kind == "b" {
					return nil, err
				} else if err != nil {
					r.later = append(r.later, c)
				}
			}
			if kind != "b" {
				r.books++
				kept += uint64(len(rec.Value))
			}
		case 'm':
			if r.meta, err = parseMeta(rec.Value); err != nil {
				return nil, err
			}
		case 'c':
			r.raws = append(r.raws, rec.Value)
			kept += uint64(len(rec.Value))
		case 'p':
			n, err := strconv.ParseUint(kind[2:], 16, 32)
			if err != nil {
				return nil, ErrDamaged
			}
			size, err := r.loadPage(rec.Value)
			if err != nil {
				return nil, err
			}
			kept += size
			// The pages tell their number: the meta record that was written
			// with the last statement of a page does not know the next yet.
			if pages = uint32(n); r.page == nil {
				pages++
			}
		case 'o':
			n, err := strconv.ParseUint(kind[2:], 16, 32)
			if err != nil {
				return nil, ErrDamaged
			}
			out, outN = append(out, rec.Value), append(outN, uint32(n))
		case 'h':
			held = append(held, rec.Value)
		case 'r':
			if r.rotation, err = parseRotation(rec.Value); err != nil {
				return nil, err
			}
		}
	}
	for n := len(r.later) + 1; n > len(r.later); {
		n = len(r.later)
		r.later = slices.DeleteFunc(r.later, func(c Chain) bool { return c.AddTo(cfg.Book.Book) == nil })
	}
	r.later = nil
	if err := r.replay(); err != nil {
		return nil, err
	}
	if err := r.checkLines(); err != nil {
		return nil, err
	}
	r.alarms, r.meta.pages, r.meta.bytes = r.meta.alarms, pages, kept
	r.top = r.meta.cursor
	for _, e := range r.entries {
		for _, h := range e.Heads {
			if l := r.line(h.Device); h.Seq > uint64(len(l.hashes)) {
				l.claim(place{h.Seq, h.Hash}, witness(e.Statement, e.Right), func() {})
			}
		}
	}
	for n, s := range r.meta.epochs {
		r.keys[n] = seal.NewBoxKey(s, r.space.ID())
	}
	if r.meta.epoch > r.space.Epoch() {
		// What was the newest epoch has become void. That none opens is an alarm
		// once something is heard.
		_ = r.openEpochs()
	} else {
		r.openVoid()
	}
	for i, raw := range out {
		if len(raw) < len(wire.BoxID{})+1 {
			return nil, ErrDamaged
		}
		item := outItem{n: outN[i], content: raw[len(wire.BoxID{}):]}
		copy(item.id[:], raw)
		item.setHash()
		r.out = append(r.out, item)
	}
	for _, raw := range held {
		items, err := parsePage(raw)
		if err != nil {
			return nil, err
		}
		for _, it := range items {
			if s, err := ParseStatement(it.raw); err == nil {
				r.hold(s, &Update{})
			}
		}
	}
	r.heldDirty = false
	if r.meta.dropped {
		r.meta.dropped = false
		r.again(0)
	}
	if r.meta.resync {
		r.rewind()
	}
	return r, nil
}

// replay verifies the membership again. A change that was in order when it came
// may not be any more: it cites a generation of an account that a concurrent change
// has made void since. It is left out, with what follows on it.
func (r *Replica) replay() error {
	space, err := keyring.ReplaySpace(r.raws, r.cfg.Book.Book)
	if err == nil || len(r.raws) == 0 {
		r.space = space
		return err
	}
	if r.space, err = keyring.ReplaySpace(r.raws[:1], r.cfg.Book.Book); err != nil {
		return err
	}
	for _, raw := range r.raws[1:] {
		if next, err := r.space.Apply(raw); err == nil {
			r.space = next
		}
	}
	r.openEpochs() // those left out are void
	return nil
}

// loadPage appends a page of accepted statements, checking every link, and
// returns their size.
func (r *Replica) loadPage(raw []byte) (size uint64, err error) {
	items, err := parsePage(raw)
	if err != nil {
		return 0, err
	}
	me := r.cfg.Device.ID()
	// All of a page in two pieces of memory, and a line looked up once for those
	// that follow each other: pages are what opening a diary consists of.
	statements, entries := make([]Statement, len(items)), make([]Entry, len(items))
	var l *line
	for i, it := range items {
		s := &statements[i]
		if !s.parse(it.raw) {
			return 0, ErrDamaged
		}
		size += uint64(len(it.raw))
		if l == nil || s.Device != statements[i-1].Device {
			l = r.line(s.Device)
		}
		n := uint64(len(l.hashes))
		if s.Seq != n+1 || n > 0 && (l.hashes[n-1] != s.Prev || l.account != s.Account) {
			return 0, ErrDamaged
		}
		l.hashes = append(l.hashes, s.hash)
		l.account, l.right, l.epoch = s.Account, it.right, max(l.epoch, s.Epoch)
		own := s.Device == me
		entries[i] = Entry{Statement: s, Right: it.right, Own: own}
		r.entries = append(r.entries, &entries[i])
		r.count(s, own)
		if own {
			for _, h := range s.Heads {
				r.told[h.Device] = h.Seq
			}
		}
		if s.Type == TypeChain {
			chains, _ := ParseChains(s.Body) // as when it was accepted
			for _, c := range chains {
				if c.AddTo(r.cfg.Book.Book) != nil {
					r.later = append(r.later, c)
				}
			}
		}
	}
	r.page = nil
	if len(items) < pageSize {
		r.page = items
	}
	return size, nil
}

// checkLines checks the newest signature of each device; the hashes that were
// followed while loading make it vouch for all before it.
func (r *Replica) checkLines() error {
	newest := make(map[seal.DeviceID]*Entry)
	space := r.space.ID()
	for i, e := range r.entries {
		if e.Space != space {
			return ErrDamaged
		}
		if i+1 == len(r.entries) || r.entries[i+1].Device != e.Device {
			newest[e.Device] = e
		}
	}
	for _, e := range newest {
		if pub, ok := r.key(e.Statement); !ok || !authentic(pub, e.Statement) {
			return ErrDamaged
		}
	}
	return nil
}
