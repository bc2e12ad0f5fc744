// Package hub speaks the protocol of shared/wire with many clients at once.
//
// A connection holds a position in each channel it follows and no queue of
// boxes: a reader that is slow is only behind, and holds nobody else up. Each
// channel has a lane in which appends, rotations and deletions happen one after
// the other; appends that wait there go to the store together.
//
// What holds:
//   - Appended is sent only after the store said the boxes are durable;
//   - a follower gets every box above its position, in order, once;
//   - after Closed(rotated) a connection gets nothing that came with or after
//     the rotation;
//   - whatever a client can make grow has a limit, and a refusal with its code.
//
// The hub sees sealed boxes only, and decides nothing about people. It logs no
// address, no identifier and no content.
package hub

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"math/big"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

// A Log keeps channels. The hub is its only writer of boxes, unless its options
// say that the log is shared.
type Log interface {
	// ID tells this store from any other, and from a copy put in its place.
	ID() wire.StoreID

	// Create makes a channel, durable on nil. The same keys again: nil.
	// It counts the ticket's use and the tenant's quota in the same step.
	Create(ctx context.Context, c store.Channel, use store.TicketUse) error

	// Lookup returns a channel or store.ErrNoChannel.
	Lookup(ctx context.Context, id wire.Channel) (store.Channel, error)

	// Append adds boxes, all or none, and returns their positions. On nil they
	// survive a power cut. A box whose ID the channel holds is not added again:
	// its first position is returned. store.ErrConflict if as is not the access key.
	Append(ctx context.Context, id wire.Channel, as wire.AccessKey, boxes []wire.Box, maxBytes uint64) ([]uint64, error)

	// After returns boxes above pos in order, up to maxBytes of data but at
	// least one if there is one, and the position of the last box. They may be in
	// room, and are good until that is used again.
	After(ctx context.Context, id wire.Channel, pos uint64, maxBytes int, room *store.Room) ([]wire.Stored, uint64, error)

	// Rotate replaces the access key, keeps note for the replaced key and adds
	// boxes, all or nothing. A zero old means whatever the key is.
	Rotate(ctx context.Context, id wire.Channel, old, next wire.AccessKey, note []byte, boxes []wire.Box, maxBytes uint64) ([]uint64, error)

	// Cede replaces the owner's key, durable on nil. store.ErrConflict if old is
	// not in force; nil if next is.
	Cede(ctx context.Context, id wire.Channel, old, next wire.FoundingKey) error

	// Note returns what a rotation left for old, or store.ErrNoNote.
	Note(ctx context.Context, id wire.Channel, old wire.AccessKey) ([]byte, error)

	// Delete removes a channel and all it holds.
	Delete(ctx context.Context, id wire.Channel) error

	// Erase is Delete, and leaves what keeps the channel from being created again.
	Erase(ctx context.Context, id wire.Channel) error

	// Expire deletes what expired before now and says which.
	Expire(ctx context.Context, now time.Time) ([]wire.Channel, error)
}

// An Admission says who answers for a channel. Its errors that are a
// wire.Refusal go to the client as they are.
type Admission interface {
	// Admit returns the tenant whose account a new channel goes on.
	Admit(ctx context.Context, a *wire.Admission) (wire.TenantID, store.TicketUse, error)

	// Redeem makes key the key of the tenant that c was handed to.
	Redeem(ctx context.Context, c wire.Code, key wire.TenantKey) (wire.TenantID, error)

	// Key returns a tenant's current key, for Rekey.
	Key(ctx context.Context, t wire.TenantID) (wire.TenantKey, error)

	// Rekey replaces it.
	Rekey(ctx context.Context, t wire.TenantID, next wire.TenantKey) error

	// MayAppend reports whether the tenant is neither suspended nor leaving.
	// It answers from memory and may be a few seconds behind. So does Erased,
	// whether all that the tenant stored is gone.
	MayAppend(t wire.TenantID) bool
	Erased(t wire.TenantID) bool

	// Maintenance reports whether nothing new is taken, and for how long yet, 0
	// if nobody knows. It answers from memory.
	Maintenance() (left time.Duration, on bool)

	// OpenTenant returns the tenant that admits without a ticket, zero if none.
	OpenTenant() wire.TenantID
}

// Options of a hub.
type Options struct {
	Origins    []string       // of this relay, as signed by clients; at least one
	AppOrigins []string       // that browsers may come from, beside Origins
	Proxies    []netip.Prefix // whose X-Forwarded-For is believed: its last entry
	Shared     bool           // other hubs write to the log: call Changed and Blind
	Limits     Limits         // zero fields take their usual value
	Meter      Meter          // nil: nobody watches
	Logger     *slog.Logger
	Now        func() time.Time // the clock on the wall; nil: time.Now
}

// A Hub serves the socket. Create it with New.
type Hub struct {
	log       Log
	admission Admission
	limits    Limits
	origins   []string
	browsers  []string // origins that browsers may come from
	proxies   []netip.Prefix
	logger    *slog.Logger
	meter     Meter
	now       func() time.Time
	started   time.Time // by now
	steady    time.Time // the same by a clock that nobody can set
	upgrader  upgrader
	addresses addresses

	shared bool        // other hubs write to the log
	blind  atomic.Bool // and what they change goes untold

	shares    shares
	writing   line         // to the store's writer
	reading   line         // to its readers
	tailBytes atomic.Int64 // of boxes kept in memory for followers

	work chan task     // to a worker that is idle
	quit chan struct{} // closed when Shutdown is through

	mu       sync.Mutex // guards the rest; taken before any channel's or connection's
	conns    map[*conn]struct{}
	channels map[wire.Channel]*channel
	marked   map[uint64][]*channel // the same by what their identifiers begin with; nil unless shared
	closing  bool
	ended    sync.WaitGroup // connections
}

// New returns a hub. It panics if an origin does not pass wire.CheckOrigin.
func New(log Log, admission Admission, o Options) *Hub {
	if len(o.Origins) == 0 {
		panic("hub: no origin")
	}
	for _, origin := range slices.Concat(o.Origins, o.AppOrigins) {
		if err := wire.CheckOrigin(origin); err != nil {
			panic("hub: " + err.Error())
		}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Meter == nil {
		o.Meter = unmetered{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &Hub{
		log:       log,
		admission: admission,
		limits:    o.Limits.orUsual(),
		origins:   o.Origins,
		browsers:  slices.Concat(o.Origins, o.AppOrigins),
		proxies:   o.Proxies,
		logger:    o.Logger,
		meter:     o.Meter,
		now:       o.Now,
		started:   o.Now().Round(0),
		steady:    time.Now(),
		work:      make(chan task),
		quit:      make(chan struct{}),
		conns:     map[*conn]struct{}{},
		channels:  map[wire.Channel]*channel{},
	}
	if o.Shared {
		h.shared, h.marked = true, map[uint64][]*channel{}
		h.blind.Store(true) // until somebody says otherwise
	}
	h.addresses.init()
	h.writing.init(writeRoom)
	h.reading.init(readRoom)
	h.upgrader.init()
	return h
}

// ServeHTTP takes over the connection if it may become a socket.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, text string, after time.Duration) {
		h.meter.TurnedAway(status)
		if after > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(after.Seconds()+1)))
		}
		http.Error(w, text, status)
	}
	if origin := r.Header.Get("Origin"); origin != "" && !slices.Contains(h.browsers, origin) {
		refuse(http.StatusForbidden, "this relay does not serve pages of that origin; its operator can allow it with -app-origin", 0)
		return
	}
	if !h.upgrader.asks(r) {
		refuse(http.StatusUpgradeRequired, "this address speaks WebSocket only", 0)
		return
	}
	if chosen(r) == "" {
		refuse(http.StatusBadRequest, "the client has to offer the subprotocol "+wire.Subprotocol, 0)
		return
	}
	addr, wait := h.addresses.connect(h.addressOf(r), &h.limits)
	if addr == nil {
		refuse(http.StatusTooManyRequests, "too many connections", wait)
		return
	}

	h.mu.Lock()
	full := len(h.conns) >= h.limits.Connections
	if full || h.closing {
		h.mu.Unlock()
		h.addresses.disconnect(addr)
		refuse(http.StatusServiceUnavailable, "the relay is full or closing", 5*time.Second)
		return
	}
	c := &conn{h: h, addr: addr, since: time.Now()}
	c.room.L = &c.mu
	h.conns[c] = struct{}{}
	h.ended.Add(1)
	h.mu.Unlock()

	ws, err := h.upgrader.upgrade(w, r, c)
	if err != nil {
		c.forget()
		return
	}
	h.meter.Connected()
	// The handler returns, so that the request and its buffers can go.
	go c.serve(ws)
}

// addressOf returns the client's address. That is what the connection comes
// from, or what a proxy that is believed says that it comes from.
func (h *Hub) addressOf(r *http.Request) netip.Addr {
	a, _ := netip.ParseAddrPort(r.RemoteAddr)
	peer := a.Addr().Unmap()
	if slices.ContainsFunc(h.proxies, func(p netip.Prefix) bool { return p.Contains(peer.WithZone("")) }) {
		// Only the last entry was written by our own proxy.
		via := r.Header.Values("X-Forwarded-For")
		if len(via) > 0 {
			last := via[len(via)-1]
			if a, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])); err == nil {
				return a
			}
		}
	}
	return peer
}

// subprotocols are what we speak, the better one first.
var subprotocols = []string{wire.SubprotocolAlive, wire.Subprotocol}

// chosen returns the best of those that the client offers, "" if it offers none.
func chosen(r *http.Request) string {
	for _, ours := range subprotocols {
		for one := range strings.SplitSeq(r.Header.Get("Sec-WebSocket-Protocol"), ",") {
			if strings.TrimSpace(one) == ours {
				return ours
			}
		}
	}
	return ""
}

// A task is work that may block: writing to a socket, or a channel's lane.
type task interface{ run() }

// spawn runs t on a worker that is idle, or on a new one. Workers keep their
// grown stacks for the next task and end after a while without one.
func (h *Hub) spawn(t task) {
	select {
	case h.work <- t:
	default:
		go h.worker(t)
	}
}

func (h *Hub) worker(t task) {
	idle := time.NewTimer(workerIdle)
	defer idle.Stop()
	for {
		t.run()
		idle.Reset(workerIdle)
		select {
		case t = <-h.work:
		case <-idle.C:
			return
		case <-h.quit:
			return
		}
	}
}

// Run pings connections, ends those that are gone, trims what is kept in memory
// and expires channels, until ctx ends.
func (h *Hub) Run(ctx context.Context) {
	h.expire(ctx)
	tick := time.NewTicker(h.limits.PingEvery / 4)
	defer tick.Stop()
	expire := time.NewTicker(30 * time.Second)
	defer expire.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			h.sweep(now)
		case <-expire.C:
			h.expire(ctx)
		}
	}
}

func (h *Hub) sweep(now time.Time) {
	h.mu.Lock()
	conns := make([]*conn, 0, len(h.conns))
	for c := range h.conns {
		conns = append(conns, c)
	}
	channels := make([]*channel, 0, len(h.channels))
	for _, ch := range h.channels {
		channels = append(channels, ch)
	}
	h.mu.Unlock()
	crowded := len(conns) > h.limits.Connections/4*3
	for _, c := range conns {
		if crowded && c.idles(now) {
			c.finish(wire.Busy, spread(30*time.Second, time.Minute))
		}
		c.pingIfDue(now)
	}
	for _, ch := range channels {
		ch.tidy()
	}
	h.addresses.tidy(now, &h.limits)
	h.shares.tidy(now, &h.limits)
}

// clockOff is by how much the clock may differ from the time that has passed. It
// is slewed, which the steady clock follows, where it is kept right.
const clockOff = time.Minute

// clockJumped reports whether somebody set the clock since the hub began. What is
// expired by it may not be, and deleting cannot be taken back.
func (h *Hub) clockJumped() bool {
	return (h.now().Round(0).Sub(h.started) - time.Since(h.steady)).Abs() > clockOff
}

func (h *Hub) expire(ctx context.Context) {
	if _, on := h.admission.Maintenance(); on {
		return
	}
	if h.clockJumped() {
		h.logger.Warn("the clock was set: nothing that expires is deleted until the relay is restarted; check the clock first")
		return
	}
	gone, err := h.log.Expire(ctx, h.now())
	if err != nil && ctx.Err() == nil {
		h.logger.Error("could not expire channels; will try again", "err", err)
	}
	for _, id := range gone {
		h.mu.Lock()
		ch := h.channels[id]
		h.mu.Unlock()
		if ch != nil {
			ch.end(wire.Expired)
		}
	}
	if len(gone) > 0 {
		h.logger.Info("channels expired", "count", len(gone))
	}
}

// Shutdown answers what was asked, says goodbye to everyone and waits until
// they are gone or ctx ends; then it cuts the rest.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	conns := make([]*conn, 0, len(h.conns))
	for c := range h.conns {
		conns = append(conns, c)
	}
	h.mu.Unlock()
	for _, c := range conns {
		c.finish(wire.ShuttingDown, spread(time.Second, 5*time.Second))
	}
	ended := make(chan struct{})
	go func() { h.ended.Wait(); close(ended) }()
	var err error
	select {
	case <-ended:
	case <-ctx.Done():
		err = ctx.Err()
		for _, c := range conns {
			c.cut()
		}
		<-ended
	}
	close(h.quit)
	return err
}

// spread returns a random time in between, so that everyone who was sent away
// does not come back at once.
func spread(least, most time.Duration) time.Duration {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(most-least)))
	if err != nil {
		return most
	}
	return least + time.Duration(n.Int64())
}

// Stats are counts for logs and monitoring.
type Stats struct {
	Connections  int
	Channels     int   // open on at least one connection
	WaitingBytes int64 // on their way to the store, or to us in frames that are not here wholly
	TailBytes    int64 // kept in memory for followers
}

// Stats returns the counts of this moment.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{len(h.conns), len(h.channels), h.shares.total() + h.addresses.total(), h.tailBytes.Load()}
}

// refusalOf turns an error of the store or the admission into a code.
func (h *Hub) refusalOf(err error) wire.Refusal {
	var r wire.Refusal
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, store.ErrErased):
		return wire.Deleted
	case errors.Is(err, store.ErrNoChannel):
		return wire.NoAccess
	case errors.Is(err, store.ErrExists), errors.Is(err, store.ErrConflict):
		return wire.Conflict
	case errors.Is(err, store.ErrFull):
		return wire.ChannelFull
	case errors.Is(err, store.ErrQuota):
		return wire.TenantFull
	case errors.Is(err, store.ErrTicketUsed):
		return wire.TicketUsedUp
	case errors.Is(err, store.ErrNoTenant):
		return wire.TicketInvalid
	case errors.Is(err, store.ErrSuspended):
		return wire.TenantSuspended
	case errors.Is(err, store.ErrCode):
		return wire.CodeInvalid
	case errors.Is(err, store.ErrDiskFull):
		h.logger.Error("disk is full: nothing is being stored; make room for the store's file")
		return wire.DiskFull
	}
	h.logger.Error("store failed", "err", err)
	return wire.Failed
}

// addressKey is a keyed hash: the address itself is not kept.
type addressKey [16]byte

type addresses struct {
	key [32]byte

	mu       sync.Mutex // guards the rest
	known    map[addressKey]*address
	arriving int64 // the sum over all
}

// An address is guarded by addresses.mu.
type address struct {
	key      addressKey
	conns    int
	work     bucket
	arriving int64 // bytes kept for large frames of which the rest is to come
}

func (a *addresses) init() {
	rand.Read(a.key[:]) // never fails: crypto/rand ends the process instead
	a.known = map[addressKey]*address{}
}

// connect counts a connection from ip, or returns how long to stay away.
// Addresses of one IPv6 network of 64 bits are one.
func (a *addresses) connect(ip netip.Addr, l *Limits) (*address, time.Duration) {
	ip = ip.Unmap()
	if ip.Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			ip = p.Addr()
		}
	}
	b, _ := ip.MarshalBinary()
	sum := sha256.Sum256(append(a.key[:], b...))
	k := addressKey(sum[:16])

	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.known[k]
	if one == nil {
		one = &address{key: k}
		a.known[k] = one
	}
	if one.conns >= l.AddressConnections {
		return nil, 10 * time.Second
	}
	if wait := one.work.take(time.Now(), l.AddressWork, l.AddressWorkBurst, costConnect); wait > 0 {
		return nil, wait
	}
	one.conns++
	return one, 0
}

func (a *addresses) disconnect(one *address) {
	a.mu.Lock()
	defer a.mu.Unlock()
	one.conns--
}

// arrive counts n bytes kept for frames that one is sending, unless it would then
// have more than is left for others: half-sent frames must not fill the memory.
func (a *addresses) arrive(one *address, l *Limits, n int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if one.arriving+n > l.WaitingBytes-a.arriving-n {
		return false
	}
	one.arriving += n
	a.arriving += n
	return true
}

// arrived takes n bytes back.
func (a *addresses) arrived(one *address, n int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	one.arriving -= n
	a.arriving -= n
}

// total returns the bytes kept for frames that are being sent.
func (a *addresses) total() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.arriving
}

// spend takes cost from the address's budget, or returns how long to wait.
func (a *addresses) spend(one *address, l *Limits, cost float64) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return one.work.take(time.Now(), l.AddressWork, l.AddressWorkBurst, cost)
}

// charge takes cost from the address's budget, or what is left of it.
func (a *addresses) charge(one *address, l *Limits, cost float64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	one.work.charge(time.Now(), l.AddressWork, l.AddressWorkBurst, cost)
}

// tidy forgets addresses without a connection whose budget is full again.
func (a *addresses) tidy(now time.Time, l *Limits) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for k, one := range a.known {
		if one.conns == 0 && one.work.full(now, l.AddressWork, l.AddressWorkBurst) {
			delete(a.known, k)
		}
	}
}
