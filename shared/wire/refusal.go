package wire

import "strconv"

// A Refusal is the numbered reason for which the relay did not do what was
// asked. Numbers are never reused.
type Refusal uint16

const (
	Malformed       Refusal = 1  // the frame breaks PROTOCOL.md
	Unsupported     Refusal = 2  // a kind of frame or admission this relay does not know
	NotOpen         Refusal = 3  // the channel is not open on this connection
	NoAccess        Refusal = 4  // no such channel, or not its key: the relay does not say which
	TooLarge        Refusal = 5  // a box, batch, note or frame above the limits
	ChannelFull     Refusal = 6  // the channel's limit in bytes is reached
	RateLimited     Refusal = 7  // too much in too short a time
	Busy            Refusal = 8  // the relay has too much in hand
	TenantSuspended Refusal = 9  // the operator has suspended or removed who answers for the channel
	TicketInvalid   Refusal = 10 // not signed by a tenant of this relay
	TicketUsedUp    Refusal = 11 // its channels have all been created
	TicketExpired   Refusal = 12 // its last day has passed
	CodeInvalid     Refusal = 13 // unknown, expired or redeemed by another key
	DiskFull        Refusal = 14 // nothing was stored
	ShuttingDown    Refusal = 15 // connect again
	Rotated         Refusal = 16 // the access key was replaced: open again
	Deleted         Refusal = 17 // the owner deleted the channel
	Expired         Refusal = 18 // the channel's date has passed
	TooManyChannels Refusal = 19 // open on this connection
	Conflict        Refusal = 20 // someone else was faster: read, then decide again
	TenantFull      Refusal = 21 // the tenant's channels or bytes are used up
	Failed          Refusal = 22 // the relay could not; it may or may not have stored the boxes
	Maintenance     Refusal = 23 // nothing new is taken for a while; reading goes on
)

// Advice is what a client does next about a Refusal.
type Advice uint8

const (
	Stop    Advice = iota // the same request will never succeed
	Retry                 // keep the request and send it again, after RetryAfter, on a new opening if the channel is closed
	AskUser               // somebody has to decide or act
)

func (a Advice) String() string {
	switch a {
	case Retry:
		return "retry"
	case AskUser:
		return "ask the user"
	}
	return "stop"
}

// Advice says what a client does next. A code from a newer relay asks the user.
func (r Refusal) Advice() Advice {
	if int(r) < len(refusals) && r != 0 {
		return refusals[r].advice
	}
	return AskUser
}

func (r Refusal) String() string {
	if int(r) < len(refusals) && r != 0 {
		return refusals[r].name
	}
	return "refusal " + strconv.Itoa(int(r))
}

// Error makes a Refusal usable as an error.
func (r Refusal) Error() string { return "relay refused: " + r.String() }

var refusals = [...]struct {
	name   string
	advice Advice
}{
	Malformed:       {"malformed", Stop},
	Unsupported:     {"unsupported", Stop},
	NotOpen:         {"not open", Retry},
	NoAccess:        {"access", Stop},
	TooLarge:        {"too large", Stop},
	ChannelFull:     {"channel full", AskUser},
	RateLimited:     {"rate", Retry},
	Busy:            {"busy", Retry},
	TenantSuspended: {"tenant suspended", AskUser},
	TicketInvalid:   {"ticket invalid", AskUser},
	TicketUsedUp:    {"ticket used up", AskUser},
	TicketExpired:   {"ticket expired", AskUser},
	CodeInvalid:     {"code invalid", AskUser},
	DiskFull:        {"disk full", Retry},
	ShuttingDown:    {"shutting down", Retry},
	Rotated:         {"rotated", Retry},
	Deleted:         {"deleted", Stop},
	Expired:         {"expired", Stop},
	TooManyChannels: {"too many channels", Stop},
	Conflict:        {"conflict", Retry},
	TenantFull:      {"tenant full", AskUser},
	Failed:          {"failed", Retry},
	Maintenance:     {"maintenance", Retry},
}
