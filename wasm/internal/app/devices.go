package app

import (
	"bytes"
	"context"
	"math"
	"slices"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// The devices of the account that this device belongs to: what they are called,
// when they were last heard of, and what happened to them that their person
// should know.

// Statements about devices.
const (
	typeDevice link.Type = 45 // home and team: what a device is called
	typeTicket link.Type = 46 // centre: a ticket for further channels of the patient
)

// MaxDeviceName bounds the name of a device, in bytes.
const MaxDeviceName = 60

// MaxDevices is how many devices an account may have at a time, its recovery
// sheet among them.
const MaxDevices = keyring.MaxDevices

// A DeviceKind is what a person says that a device is. Nothing is guessed.
type DeviceKind uint8

// Kinds of device.
const (
	OtherDevice DeviceKind = iota
	Phone
	Tablet
	Computer
)

// A label is what one statement says of a device.
type label struct {
	name string
	kind DeviceKind
	at   int64
	by   link.Hash
}

// labelOf names a device as an account called it: one account says nothing of
// another's.
type labelOf struct {
	account keyring.AccountID
	device  seal.DeviceID
}

const (
	fieldDeviceID = iota + 1
	fieldDeviceName
	fieldDeviceKind
	fieldTicket
	fieldTicketGen
)

func deviceBody(id seal.DeviceID, name string, kind DeviceKind) []byte {
	f := fields{fieldDeviceID: id[:], fieldDeviceName: []byte(name)}
	f.setNumber(fieldDeviceKind, uint64(kind))
	return f.bytes()
}

func parseDevice(body []byte) (id seal.DeviceID, l label, err error) {
	f, err := parseFields(body)
	if err != nil {
		return id, l, err
	}
	raw, ok := copy32(f[fieldDeviceID])
	l.name = f.text(fieldDeviceName)
	if !ok || !goodDeviceName(l.name) {
		return id, l, errFields
	}
	if n := f.number(fieldDeviceKind); n <= uint64(Computer) {
		l.kind = DeviceKind(n) // a later one is another device
	}
	return raw, l, nil
}

// goodDeviceName reports a name as people write them: one line without control
// characters and without blanks around it.
func goodDeviceName(s string) bool {
	return s != "" && len(s) <= MaxDeviceName && diary.Clean(s, false) == s
}

// ownInvitation reports what the account of this device says of an invitation.
// Who only helps with a diary has further devices like everybody; nobody but
// these reads that, and they invite nobody else.
func (s *space) ownInvitation(e *link.Entry) bool {
	return e.Account == s.account && (e.Type == typeInvitation || e.Type == typeInviteState)
}

// takeDevice keeps what an account says of one of its devices: the latest
// counts, then the greater hash.
func (d *desk) takeDevice(e *link.Entry) {
	id, l, err := parseDevice(e.Body)
	if err != nil {
		return
	}
	l.at, l.by = e.Time, e.Hash()
	of := labelOf{e.Account, id}
	if old, ok := d.labels[of]; !ok || old.at < l.at || old.at == l.at && bytes.Compare(old.by[:], l.by[:]) < 0 {
		d.labels[of] = l
	}
}

// A Device is one device of the own account, or its recovery sheet.
type Device struct {
	ID    seal.DeviceID
	Name  string // empty: nobody has given it one
	Kind  DeviceKind
	Sheet bool
	This  bool
	First bool // founded the account

	Added     time.Time
	AddedBy   seal.DeviceID
	Removed   time.Time // zero: active
	RemovedBy seal.DeviceID
	Heard     time.Time // when it last wrote anything that arrived here; zero: never

	// News reports that another device has added or removed it, and nobody has
	// said on this device that they know.
	News bool
}

// Active reports whether the device may act for the account.
func (d Device) Active() bool { return d.Removed.IsZero() }

// Devices lists the devices of this account in the order they came, removed
// ones and the recovery sheets included.
func (l Look) Devices() []Device {
	s := l.c.primary()
	if s == nil {
		return nil
	}
	s.book.Lock()
	defer s.book.Unlock()
	a, ok := s.book.Account(s.account)
	if !ok {
		return nil
	}
	me, mine := s.device.ID(), false
	var out []Device
	for i, info := range a.Devices() {
		said := l.c.desk.labels[labelOf{s.account, info.ID}]
		d := Device{
			ID: info.ID, Name: said.name, Kind: said.kind, Sheet: info.Sheet, This: info.ID == me, First: i == 0,
			Added: info.Added, AddedBy: info.AddedBy, Removed: info.Removed, RemovedBy: info.RemovedBy,
		}
		if ms := l.c.heard[info.ID]; ms != 0 {
			d.Heard = time.UnixMilli(min(ms, l.c.env.Now().UnixMilli())) // a clock may be ahead
		}
		switch {
		case d.This:
			mine = true
		case d.Sheet:
		case !d.Active():
			d.News = d.RemovedBy != me && !l.c.known[knownDevice{d.ID, true}]
		default:
			d.News = mine && d.AddedBy != me && !l.c.known[knownDevice{d.ID, false}]
		}
		out = append(out, d)
	}
	return out
}

// A knownDevice is one thing that happened to a device and that the person at
// this device has taken notice of.
type knownDevice struct {
	id      seal.DeviceID
	removed bool
}

// knownKey keeps what the person knows, of this device only: another device
// could otherwise hide its own arrival.
const knownKey = "devices"

func parseKnown(raw []byte) (map[knownDevice]bool, error) {
	out := make(map[knownDevice]bool)
	var last []byte
	for ; len(raw) >= 33; raw = raw[33:] {
		b := raw[:33]
		if b[0] > 1 || bytes.Compare(b, last) <= 0 {
			return nil, errFields
		}
		out[knownDevice{seal.DeviceID(b[1:]), b[0] == 1}] = true
		last = b
	}
	if len(raw) != 0 {
		return nil, errFields
	}
	return out, nil
}

func knownRecord(known map[knownDevice]bool) vault.Record {
	var all [][]byte
	for k := range known {
		b := append([]byte{0}, k.id[:]...)
		if k.removed {
			b[0] = 1
		}
		all = append(all, b)
	}
	arrange.By(all, bytes.Compare)
	return vault.Record{Key: knownKey, Value: slices.Concat(all...)}
}

// KnowDevice takes notice, on this device, of what happened to another.
func (c *Client) KnowDevice(ctx context.Context, id seal.DeviceID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	for _, d := range newLook(c).Devices() {
		if d.ID != id || !d.News {
			continue
		}
		k := knownDevice{d.ID, !d.Active()}
		c.known[k] = true
		if err := c.v.Write(ctx, []vaultRecord{knownRecord(c.known)}); err != nil {
			delete(c.known, k)
			return err
		}
	}
	return nil
}

// NameDevice says what a device of this account is called. The name is text of
// at most MaxDeviceName bytes; others are refused by errFields.
func (c *Client) NameDevice(ctx context.Context, id seal.DeviceID, name string, kind DeviceKind) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil || c.primary() == nil {
		return ErrLocked
	}
	if !goodDeviceName(name) || kind > Computer {
		return errFields
	}
	return c.write(ctx, c.primary(), typeDevice, deviceBody(id, name, kind))
}

// Composed is a name in Unicode's form NFC, so that it reads the same everywhere.
func (c *Client) Composed(name string) string {
	if c.env.NFC == nil {
		return name
	}
	return c.env.NFC(name)
}

// How long a ticket for a patient's further channels lasts, and when the next
// one is written: a patient whose centre was away for two months can still add
// a device.
const (
	ticketLife  = 90 * 24 * time.Hour
	ticketEvery = 30 * 24 * time.Hour
	ticketFor   = 16 // channels
)

// A given ticket lets a patient create channels on a centre's account.
type given struct {
	admission wire.Admission
	gen       uint32 // of the key that signed it; 0: not said
}

// before reports that b is to be used instead of a: the newest key counts, as
// those before it may be void, then what lasts longer.
func (a *given) before(b *given) bool {
	return a == nil || a.gen < b.gen || a.gen == b.gen && a.admission.Ticket.Expires < b.admission.Ticket.Expires
}

// giveTicket lets a patient create channels on this centre's account, such as
// those in which a further device is added. The caller holds mu.
func (c *Client) giveTicket(ctx context.Context, s *space) {
	now, gen := c.env.Now(), max(c.p.tenantGen, 1)
	if s.ticketGen >= gen && now.Sub(s.ticketAt) < ticketEvery {
		return
	}
	if t, err := c.ticket(ticketFor, now.Add(ticketLife)); err == nil {
		c.write(ctx, s, typeTicket, ticketBody(t, gen))
	}
}

func ticketBody(t wire.Ticket, gen uint32) []byte {
	f := fields{fieldTicket: link.AdmissionBytes(wire.Admission{Kind: wire.ByTicket, Ticket: t})}
	if gen != 0 {
		f.setNumber(fieldTicketGen, uint64(gen))
	}
	return f.bytes()
}

func parseTicket(body []byte) (g given, err error) {
	f, err := parseFields(body)
	if err != nil {
		return g, err
	}
	a, ok := link.ParseAdmission(f[fieldTicket])
	n := f.number(fieldTicketGen)
	if !ok || a.Kind != wire.ByTicket || n > math.MaxUint32 {
		return g, errFields
	}
	return given{admission: a, gen: uint32(n)}, nil
}

// takeTicket keeps the ticket of a centre that is to be used: a patient for what
// is shared with that centre, and for the rest.
func (c *Client) takeTicket(s *space, e *link.Entry) {
	g, err := parseTicket(e.Body)
	if err != nil {
		return
	}
	// Also one that is not used was given: otherwise the next would be given at once.
	s.ticketGen = max(s.ticketGen, g.gen)
	s.ticketAt = time.UnixMilli(max(e.Time, s.ticketAt.UnixMilli()))
	if !s.ticket.before(&g) {
		return
	}
	s.ticket = &g
	if s.role != roleCentre {
		return
	}
	t := &g.admission.Ticket
	if have, ok := c.admission(); !ok || have.Kind == wire.ByTicket && (have.Ticket.Tenant == t.Tenant || have.Ticket.Expires < t.Expires) {
		c.p.admission = link.AdmissionBytes(g.admission)
	}
}
