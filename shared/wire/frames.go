package wire

// A Frame is one message. Frames are pointers to the structs of this file.
type Frame interface {
	kind() kind
	write(w *writer)
	read(r *reader)
}

// A kind is the first byte of a frame. Below 0x80 a client sends it.
type kind byte

const (
	kindCreate   kind = 0x01
	kindOpen     kind = 0x02
	kindAppend   kind = 0x03
	kindRead     kind = 0x04
	kindFollow   kind = 0x05
	kindUnfollow kind = 0x06
	kindRotate   kind = 0x07
	kindDelete   kind = 0x08
	kindRegister kind = 0x09
	kindRekey    kind = 0x0a
	kindPing     kind = 0x0b
	kindCede     kind = 0x0c
	kindErase    kind = 0x0d

	kindHello      kind = 0x81
	kindDone       kind = 0x82
	kindRefused    kind = 0x83
	kindOpened     kind = 0x84
	kindMoved      kind = 0x85
	kindAppended   kind = 0x86
	kindBoxes      kind = 0x87
	kindRegistered kind = 0x88
	kindClosed     kind = 0x89
	kindGoodbye    kind = 0x8a
)

func newFrame(k kind) Frame {
	switch k {
	case kindCreate:
		return new(Create)
	case kindOpen:
		return new(Open)
	case kindAppend:
		return new(AppendBoxes)
	case kindRead:
		return new(Read)
	case kindFollow:
		return new(Follow)
	case kindUnfollow:
		return new(Unfollow)
	case kindRotate:
		return new(Rotate)
	case kindDelete:
		return new(Delete)
	case kindRegister:
		return new(Register)
	case kindRekey:
		return new(Rekey)
	case kindPing:
		return new(Ping)
	case kindCede:
		return new(Cede)
	case kindErase:
		return new(Erase)
	case kindHello:
		return new(Hello)
	case kindDone:
		return new(Done)
	case kindRefused:
		return new(Refused)
	case kindOpened:
		return new(Opened)
	case kindMoved:
		return new(Moved)
	case kindAppended:
		return new(Appended)
	case kindBoxes:
		return new(Boxes)
	case kindRegistered:
		return new(Registered)
	case kindClosed:
		return new(Closed)
	case kindGoodbye:
		return new(Goodbye)
	}
	return nil
}

// Frames a client sends. Req is the client's own number for the request, never
// 0; the answer carries it.

// Create makes the channel ChannelOf(Founding). Answers: Done, Refused.
type Create struct {
	Req         uint32
	Founding    FoundingKey
	Access      AccessKey
	Expires     uint64 // Unix seconds; 0 means never
	Admission   Admission
	FoundingSig Signature // over CreateContext
	AccessSig   Signature // over CreateContext
}

// Open proves the access key. Answers: Opened, Moved, Refused.
type Open struct {
	Req     uint32
	Channel Channel
	Access  AccessKey
	Sig     Signature // over OpenContext
}

// AppendBoxes adds boxes at the end, all or none. Answers: Appended, Refused.
type AppendBoxes struct {
	Req     uint32
	Channel Channel
	Boxes   []Box // 1 to MaxBatch
}

// Read asks for boxes above After once. Answers: Boxes, Refused.
type Read struct {
	Req      uint32
	Channel  Channel
	After    uint64
	MaxBytes uint32 // of box data; one box comes even if it is larger
}

// Follow asks for boxes above After now and as they come. Answers: Boxes, as
// often as needed, the first at once; Refused.
type Follow struct {
	Req     uint32
	Channel Channel
	After   uint64
}

// Unfollow ends a Follow. Answers: Done, Refused.
type Unfollow struct {
	Req     uint32
	Channel Channel
}

// A Signer says whose signature a Rotate carries.
type Signer uint8

const (
	ByAccess   Signer = 1 // the access key this connection opened the channel with
	ByFounding Signer = 2 // the channel's founding key, which wins
)

// Rotate replaces the access key, leaves Note for whoever comes with the old
// one, and appends Boxes, all or nothing. Answers: Appended, Refused.
type Rotate struct {
	Req     uint32
	Channel Channel
	Access  AccessKey // the new key
	Signer  Signer
	Note    []byte // up to MaxNote bytes
	Boxes   []Box  // 0 to MaxBatch
	Sig     Signature
	NewSig  Signature // by the new key: it exists and is meant
}

// Delete removes the channel ChannelOf(Founding) with all boxes and notes.
// Answers: Done, also when there is no such channel (any more); Refused.
type Delete struct {
	Req      uint32
	Founding FoundingKey
	Sig      Signature // by the founding key, over DeleteContext
}

// Erase removes the channel ChannelOf(Founding) with all boxes and notes, for
// good: nobody can found it anew. Answers: Done, also when there never was such a
// channel; Refused, with Deleted if it is erased already.
type Erase struct {
	Req      uint32
	Founding FoundingKey
	Sig      Signature // by the owner key, over EraseContext
}

// Register redeems a one-time code. Answers: Registered, Refused.
type Register struct {
	Req  uint32
	Code Code
	Key  TenantKey
	Sig  Signature // by Key, over RegisterContext
}

// Cede gives the power over a channel that its founding key has to another key,
// for good. Answers: Done, Refused.
type Cede struct {
	Req     uint32
	Channel Channel
	New     FoundingKey
	OldSig  Signature // over CedeContext, by the owner until now
	NewSig  Signature // over CedeContext, by New
}

// Rekey replaces a tenant's key. Answers: Done, Refused.
type Rekey struct {
	Req    uint32
	Tenant TenantID
	New    TenantKey
	OldSig Signature
	NewSig Signature
}

// Ping asks for a Done.
type Ping struct{ Req uint32 }

// An AdmissionKind says how a Create is paid for.
type AdmissionKind uint8

const (
	ByTicket     AdmissionKind = 1
	ByOpenTenant AdmissionKind = 2
)

// Admission says which tenant answers for a new channel.
type Admission struct {
	Kind   AdmissionKind
	Ticket Ticket   // if ByTicket
	Tenant TenantID // if ByOpenTenant: the one Hello named
}

// A Ticket lets its bearer create channels on a tenant's account.
type Ticket struct {
	Tenant   TenantID
	ID       TicketID
	Channels uint16 // how many, at least 1
	Expires  uint64 // Unix seconds
	Sig      Signature
}

// Frames the relay sends.

// Hello comes first on every connection.
type Hello struct {
	Version    uint8 // always Version
	Nonce      Nonce
	Store      StoreID
	Time       uint64   // Unix milliseconds by the relay's clock; for display, not for trust
	OpenTenant TenantID // zero: none
	MaxFrame   uint32
	MaxBox     uint32
	MaxBatch   uint16
}

// Done answers a request that has no more to say.
type Done struct{ Req uint32 }

// Refused answers a request that was not carried out. Req is 0 if the request
// could not be read.
type Refused struct {
	Req        uint32
	Code       Refusal
	RetryAfter uint32 // milliseconds; 0 leaves it to the client
}

// Opened answers an Open with the current key.
type Opened struct {
	Req     uint32
	Head    uint64 // the last position; 0 means empty
	Bytes   uint64 // of box data
	Expires uint64 // Unix seconds; 0 means never
}

// Moved answers an Open with a key that a Rotate replaced.
type Moved struct {
	Req  uint32
	Note []byte
}

// Appended answers AppendBoxes and Rotate: one position for each box.
type Appended struct {
	Req       uint32
	Positions []uint64
}

// Boxes answers Read and Follow. Positions ascend and are at most Head.
type Boxes struct {
	Req   uint32
	Head  uint64
	Boxes []Stored
}

// Registered answers Register.
type Registered struct {
	Req    uint32
	Tenant TenantID
}

// Closed tells that the channel is no longer open on this connection.
type Closed struct {
	Channel Channel
	Code    Refusal // Rotated, Deleted or Expired
}

// Goodbye is the last frame of a connection that the relay ends.
type Goodbye struct {
	Code       Refusal
	RetryAfter uint32 // milliseconds
}

func (*Create) kind() kind      { return kindCreate }
func (*Open) kind() kind        { return kindOpen }
func (*AppendBoxes) kind() kind { return kindAppend }
func (*Read) kind() kind        { return kindRead }
func (*Follow) kind() kind      { return kindFollow }
func (*Unfollow) kind() kind    { return kindUnfollow }
func (*Rotate) kind() kind      { return kindRotate }
func (*Delete) kind() kind      { return kindDelete }
func (*Register) kind() kind    { return kindRegister }
func (*Rekey) kind() kind       { return kindRekey }
func (*Ping) kind() kind        { return kindPing }
func (*Cede) kind() kind        { return kindCede }
func (*Erase) kind() kind       { return kindErase }
func (*Hello) kind() kind       { return kindHello }
func (*Done) kind() kind        { return kindDone }
func (*Refused) kind() kind     { return kindRefused }
func (*Opened) kind() kind      { return kindOpened }
func (*Moved) kind() kind       { return kindMoved }
func (*Appended) kind() kind    { return kindAppended }
func (*Boxes) kind() kind       { return kindBoxes }
func (*Registered) kind() kind  { return kindRegistered }
func (*Closed) kind() kind      { return kindClosed }
func (*Goodbye) kind() kind     { return kindGoodbye }
