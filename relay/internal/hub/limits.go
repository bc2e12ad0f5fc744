package hub

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"vialog/shared/wire"
)

// Limits bound everything that a client can make grow. A zero field takes its
// usual value.
type Limits struct {
	Connections        int // in all
	AddressConnections int // of one address
	AddressWork        float64
	AddressWorkBurst   float64 // see the costs below
	Frames             float64 // per second and connection
	FramesBurst        float64
	Channels           int     // open on one connection
	Boxes              float64 // appended per second and channel
	BoxesBurst         float64
	TenantBytes        float64 // of boxes appended per second to all channels of one tenant
	TenantBytesBurst   float64
	ChannelBytes       uint64 // box data and notes of one channel
	MaxFrame           uint32 // bytes
	MaxBox             uint32 // bytes
	MaxBatch           uint16 // boxes
	Pending            int    // requests of one connection without an answer
	WaitingBytes       int64  // boxes on their way to the store, in all; and as many in large frames that are not here wholly
	TailBytes          int64  // boxes kept in memory for followers, in all
	ChannelTailBytes   int    // the same, of one channel
	PingEvery          time.Duration
	ReadTimeout        time.Duration // without any sign of the client
	WriteTimeout       time.Duration // for one write to be taken
}

// Costs against the budget of an address.
const (
	costConnect   = 5
	costSignature = 1
	costFailure   = 20
	costCreate    = 5
	costRegister  = 50
)

// Usual are the limits of a relay that its operator did not change.
var Usual = Limits{
	Connections:        20_000,
	AddressConnections: 256,
	AddressWork:        200,
	AddressWorkBurst:   5_000,
	Frames:             500,
	FramesBurst:        4_000,
	Channels:           2_000,
	Boxes:              200,
	BoxesBurst:         4_000,
	TenantBytes:        64 << 20,
	TenantBytesBurst:   512 << 20,
	ChannelBytes:       1 << 30,
	MaxFrame:           wire.MaxFrame,
	MaxBox:             wire.MaxBox,
	MaxBatch:           wire.MaxBatch,
	Pending:            wire.MaxPending,
	WaitingBytes:       128 << 20,
	TailBytes:          64 << 20,
	ChannelTailBytes:   256 << 10,
	PingEvery:          40 * time.Second,
	ReadTimeout:        90 * time.Second,
	WriteTimeout:       30 * time.Second,
}

func or[T comparable](v *T, usual T) {
	var zero T
	if *v == zero {
		*v = usual
	}
}

func (l Limits) orUsual() Limits {
	or(&l.Connections, Usual.Connections)
	or(&l.AddressConnections, Usual.AddressConnections)
	or(&l.AddressWork, Usual.AddressWork)
	or(&l.AddressWorkBurst, Usual.AddressWorkBurst)
	or(&l.Frames, Usual.Frames)
	or(&l.FramesBurst, Usual.FramesBurst)
	or(&l.Channels, Usual.Channels)
	or(&l.Boxes, Usual.Boxes)
	or(&l.BoxesBurst, Usual.BoxesBurst)
	or(&l.TenantBytes, Usual.TenantBytes)
	or(&l.TenantBytesBurst, Usual.TenantBytesBurst)
	or(&l.ChannelBytes, Usual.ChannelBytes)
	or(&l.MaxFrame, Usual.MaxFrame)
	or(&l.MaxBox, Usual.MaxBox)
	or(&l.MaxBatch, Usual.MaxBatch)
	or(&l.Pending, Usual.Pending)
	or(&l.WaitingBytes, Usual.WaitingBytes)
	or(&l.TailBytes, Usual.TailBytes)
	or(&l.ChannelTailBytes, Usual.ChannelTailBytes)
	or(&l.PingEvery, Usual.PingEvery)
	or(&l.ReadTimeout, Usual.ReadTimeout)
	or(&l.WriteTimeout, Usual.WriteTimeout)
	return l
}

// settable are the limits that an operator names.
var settable = []struct {
	name, what string
	set        func(*Limits, float64)
}{
	{"connections", "in all; three quarters for one tenant", func(l *Limits, v float64) { l.Connections = int(v) }},
	{"address-connections", "of one address", func(l *Limits, v float64) { l.AddressConnections = int(v) }},
	{"address-work", "budget per second of one address", func(l *Limits, v float64) { l.AddressWork, l.AddressWorkBurst = v, 25*v }},
	{"frames", "per second and connection", func(l *Limits, v float64) { l.Frames, l.FramesBurst = v, 8*v }},
	{"channels", "open on one connection", func(l *Limits, v float64) { l.Channels = int(v) }},
	{"boxes", "appended per second and channel", func(l *Limits, v float64) { l.Boxes, l.BoxesBurst = v, 20*v }},
	{"tenant-bytes", "appended per second and tenant", func(l *Limits, v float64) { l.TenantBytes, l.TenantBytesBurst = v, 8*v }},
	{"channel-bytes", "in one channel", func(l *Limits, v float64) { l.ChannelBytes = uint64(v) }},
	{"waiting-bytes", "on their way to the store; half for one tenant", func(l *Limits, v float64) { l.WaitingBytes = int64(v) }},
	{"tail-bytes", "kept in memory for followers", func(l *Limits, v float64) { l.TailBytes = int64(v) }},
}

// Set reads one limit as an operator writes it: NAME=NUMBER.
func (l *Limits) Set(s string) error {
	name, value, _ := strings.Cut(s, "=")
	for _, one := range settable {
		if one.name == name {
			v, err := strconv.ParseUint(value, 10, 48)
			if err != nil || v == 0 {
				return fmt.Errorf("limit %s: %q is not a number above 0", name, value)
			}
			one.set(l, float64(v))
			return nil
		}
	}
	return errors.New("no limit is called " + strconv.Quote(name) + "; there are: " + LimitNames())
}

// LimitNames lists what Set knows.
func LimitNames() string {
	var names []string
	for _, one := range settable {
		names = append(names, one.name+" ("+one.what+")")
	}
	return strings.Join(names, ", ")
}

// A bucket holds up to burst and fills at rate per second. The zero bucket is full.
type bucket struct {
	spent float64
	last  time.Time
}

// take takes n, or nothing and returns how long until it can. More than a
// burst is taken from a full bucket.
func (b *bucket) take(now time.Time, rate, burst, n float64) time.Duration {
	if passed := now.Sub(b.last).Seconds(); passed > 0 {
		b.spent = max(0, b.spent-passed*rate)
	}
	b.last = now
	n = min(n, burst)
	if over := b.spent + n - burst; over > 0 {
		return max(time.Millisecond, time.Duration(over/rate*float64(time.Second)))
	}
	b.spent += n
	return 0
}

// charge takes n, or what is there.
func (b *bucket) charge(now time.Time, rate, burst, n float64) {
	b.take(now, rate, burst, 0)
	b.spent = min(burst, b.spent+n)
}

func (b *bucket) full(now time.Time, rate, burst float64) bool {
	return b.spent-now.Sub(b.last).Seconds()*rate <= 0
}

// rotateBytes is the limit of a channel for a rotation. It is an eighth and a
// MiB above that for appends: a full channel must still be able to lock a
// removed member out.
func (l *Limits) rotateBytes() uint64 { return l.ChannelBytes + l.ChannelBytes/8 + 1<<20 }
