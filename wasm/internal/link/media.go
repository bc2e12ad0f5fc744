package link

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"vialog/shared/wire"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/seal"
)

// A BlobID names a blob in the spaces that know it. Whoever writes the blob
// draws it at random.
type BlobID [16]byte

// A BlobPlace is where a blob stands.
type BlobPlace struct {
	Channel wire.Channel
	Blob    BlobID
	Pos     uint64
}

const (
	maxPlaces = 256             // in one statement
	maxPos    = 1<<53 - 1       // of a position, as in the frames
	mediaCall = 2 * time.Minute // for one blob over a slow connection
)

// Errors of a media channel that a caller decides by.
var (
	// ErrNoChannel reports a media channel that this device may not create, and
	// that nobody has created.
	ErrNoChannel = errors.New("link: there is no channel for photos")

	// ErrBehind reports a key that was replaced by one that this device does
	// not know yet: the space has to be read first.
	ErrBehind = errors.New("link: the channel's key was replaced")

	// ErrBlobGone reports that the relay has no such blob at the place named.
	ErrBlobGone = errors.New("link: the relay does not have the blob")
)

// BlobsBody is the body of a statement that tells where blobs of one channel
// stand.
func BlobsBody(ch wire.Channel, places []BlobPlace) []byte {
	list := slices.Clone(places)
	arrange.By(list, func(a, b BlobPlace) int { return bytes.Compare(a.Blob[:], b.Blob[:]) })
	b := slices.Clone(ch[:])
	for _, p := range list {
		b = append(b, p.Blob[:]...)
		b = binary.BigEndian.AppendUint64(b, p.Pos)
	}
	return b
}

var errBlobs = errors.New("link: not a list of blobs")

// ParseBlobs reads what BlobsBody wrote.
func ParseBlobs(body []byte) ([]BlobPlace, error) {
	in := cryptobyte.String(body)
	var ch wire.Channel
	const one = len(BlobID{}) + 8
	if !in.CopyBytes(ch[:]) || len(in) == 0 || len(in)%one != 0 || len(in) > maxPlaces*one {
		return nil, errBlobs
	}
	list := make([]BlobPlace, 0, len(in)/one)
	for !in.Empty() {
		p := BlobPlace{Channel: ch}
		if !in.CopyBytes(p.Blob[:]) || !in.ReadUint64(&p.Pos) || p.Pos == 0 || p.Pos > maxPos {
			return nil, errBlobs
		}
		if n := len(list); p.Blob == (BlobID{}) || n > 0 && bytes.Compare(list[n-1].Blob[:], p.Blob[:]) >= 0 {
			return nil, errBlobs
		}
		list = append(list, p)
	}
	return list, nil
}

// BoxOf is the box that holds a blob: whoever sends it, and however often, the
// relay stores it once.
func BoxOf(blob BlobID) (id wire.BoxID) {
	h := seal.Hash(seal.LabelBoxID, blob[:])
	copy(id[:], h[:])
	return id
}

// MediaAccess derives the access key of a space's media channel from an epoch.
func MediaAccess(epoch seal.Secret) *seal.Signer {
	return seal.SignerFromSecret(epoch, seal.LabelMediaAccess)
}

// Media is the media channel of a replica's space. It keeps no state of its own
// but what the session in hand has open, needs no vault, and uses whatever
// session it is given. It may be used by several goroutines.
type Media struct {
	r *Replica

	// founding returns the key that names the channel, nil on a device that may
	// not create it; owners those that may own it since, the likeliest first;
	// admission what to create it with.
	founding  func() *seal.Signer
	owners    func() []*seal.Signer
	admission func() (wire.Admission, bool)

	mu     sync.Mutex // one conversation at a time
	opened map[wire.Channel]opening
	heads  map[wire.Channel]uint64
}

// An opening is the session on which a channel is open, and the epoch whose key
// the relay has had since.
type opening struct {
	s     *Session
	epoch uint32
}

// NewMedia returns the media channel of r's space.
func NewMedia(r *Replica, founding func() *seal.Signer, owners func() []*seal.Signer, admission func() (wire.Admission, bool)) *Media {
	return &Media{r: r, founding: founding, owners: owners, admission: admission, opened: make(map[wire.Channel]opening), heads: make(map[wire.Channel]uint64)}
}

// Ready opens the channel that this device owns, and creates it if need be. It
// returns the channel and how many boxes the relay holds in it.
func (m *Media) Ready(ctx context.Context, s *Session) (wire.Channel, uint64, error) {
	f := m.founding()
	if f == nil {
		return wire.Channel{}, 0, ErrNoChannel
	}
	ch := wire.ChannelOf(wire.FoundingKey(f.Public()))
	ctx, cancel := context.WithTimeout(ctx, mediaCall)
	defer cancel()
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.open(ctx, s, ch)
	return ch, m.heads[ch], err
}

// Lead gives a channel of the space the access key of the newest epoch, if it
// still has that of an older one: whoever has no newer key is shut out there too.
// It returns the epoch whose key the channel has now.
func (m *Media) Lead(ctx context.Context, s *Session, ch wire.Channel) (uint32, error) {
	ctx, cancel := context.WithTimeout(ctx, mediaCall)
	defer cancel()
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.open(ctx, s, ch)
	return m.opened[ch].epoch, err
}

// Put stores the content of a blob in the channel that this device owns. When
// it returns without error the relay keeps the blob, and the same blob again is
// no second one.
func (m *Media) Put(ctx context.Context, s *Session, blob BlobID, content []byte) (BlobPlace, error) {
	ch, _, err := m.Ready(ctx, s)
	if err != nil {
		return BlobPlace{}, err
	}
	return m.PutIn(ctx, s, ch, blob, content)
}

// PutIn is Put into a channel that somebody else may own.
func (m *Media) PutIn(ctx context.Context, s *Session, ch wire.Channel, blob BlobID, content []byte) (BlobPlace, error) {
	epoch, secret := m.r.Epoch()
	box := wire.Box{ID: BoxOf(blob), Data: seal.NewMediaKey(secret, m.r.Space().ID(), blob).Seal(epoch, content)}
	place := BlobPlace{Channel: ch, Blob: blob}
	if len(box.Data) > int(s.Hello.MaxBox) {
		return place, &Refusal{Code: wire.TooLarge}
	}
	err := m.talk(ctx, s, ch, func(ctx context.Context) error {
		for range 2 {
			pos, err := s.Append(ctx, ch, []wire.Box{box})
			if err != nil {
				return err
			}
			place.Pos = pos[0]
			m.heads[ch] = max(m.heads[ch], pos[0])
			// This device may be the only one that has it: it looks before it says
			// where the blob stands.
			switch there, err := m.at(ctx, s, place); {
			case err == nil && bytes.Equal(there, content):
				return nil
			case err != nil && !errors.Is(err, ErrBlobGone) && !errors.Is(err, seal.ErrOpen):
				return err
			}
			box.ID = newBoxID() // something else has that name there
		}
		return ErrBlobGone
	})
	return place, err
}

// Get reads the blob that stands at a place. What it returns was sealed by a
// member of the space as this very blob; whether it is the picture that an entry
// names is for the caller to check.
func (m *Media) Get(ctx context.Context, s *Session, p BlobPlace) ([]byte, error) {
	var content []byte
	err := m.talk(ctx, s, p.Channel, func(ctx context.Context) (err error) {
		content, err = m.at(ctx, s, p)
		return err
	})
	return content, err
}

// at reads what stands at a place of an opened channel. The caller holds mu.
func (m *Media) at(ctx context.Context, s *Session, p BlobPlace) ([]byte, error) {
	got, err := s.read(ctx, p.Channel, p.Pos-1, 1) // one box, whatever its size
	if err != nil {
		return nil, err
	}
	if len(got.Boxes) == 0 || got.Boxes[0].Pos != p.Pos {
		return nil, ErrBlobGone
	}
	box := got.Boxes[0]
	n, err := seal.BoxEpoch(box.Data)
	if err == nil {
		if secret := m.r.secret(n); secret.Valid() {
			if content, err := seal.NewMediaKey(secret, m.r.Space().ID(), p.Blob).Open(box.Data); err == nil {
				return content, nil
			}
		}
	}
	if box.ID != BoxOf(p.Blob) {
		return nil, ErrBlobGone
	}
	return nil, seal.ErrOpen
}

// talk opens a channel if it is not, and does f; once more if the relay says
// that it is not open after all, as it is after somebody replaced its key.
func (m *Media) talk(ctx context.Context, s *Session, ch wire.Channel, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, mediaCall)
	defer cancel()
	s.slow.Add(1)
	defer s.slow.Add(-1)
	m.mu.Lock()
	defer m.mu.Unlock()
	for try := 0; ; try++ {
		if err := m.open(ctx, s, ch); err != nil {
			return err
		}
		err := f(ctx)
		var no *Refusal
		if try == 0 && errors.As(err, &no) && (no.Code == wire.NotOpen || no.Code == wire.Rotated) {
			delete(m.opened, ch)
			continue
		}
		return err
	}
}

// open proves the access key of the newest epoch, and leads the channel there
// if the relay still has an older one. The caller holds mu.
func (m *Media) open(ctx context.Context, s *Session, ch wire.Channel) error {
	newest, secret := m.r.Epoch()
	if m.opened[ch] == (opening{s, newest}) {
		return nil
	}
	for _, d := range m.r.doors() {
		key := MediaAccess(d.secret)
		o, err := s.Open(ctx, ch, key)
		var no *Refusal
		var moved *Moved
		switch {
		case err == nil && (d.void || d.epoch < newest):
			// The epoch has changed since: whoever comes first shuts the old door.
			if err := m.lead(ctx, s, ch, key, MediaAccess(secret), wire.ByAccess); err != nil {
				return err
			}
			m.opened[ch], m.heads[ch] = opening{s, newest}, o.Head
			return nil
		case err == nil:
			m.opened[ch], m.heads[ch] = opening{s, newest}, o.Head
			return nil
		case errors.As(err, &moved):
			return ErrBehind
		case errors.As(err, &no) && no.Code == wire.NoAccess:
			continue
		}
		return err
	}
	return m.create(ctx, s, ch, newest, MediaAccess(secret))
}

// create makes the channel, or takes it back from whoever replaced its key by
// one that is no member's. The caller holds mu.
func (m *Media) create(ctx context.Context, s *Session, ch wire.Channel, newest uint32, access *seal.Signer) error {
	f := m.founding()
	if f == nil || wire.ChannelOf(wire.FoundingKey(f.Public())) != ch {
		return ErrNoChannel
	}
	err := ErrNoChannel
	if a, ok := m.admission(); ok {
		err = s.Create(ctx, f, access, time.Time{}, a)
	}
	var no *Refusal
	if err == ErrNoChannel || errors.As(err, &no) && (no.Code == wire.Conflict || no.Code.Advice() == wire.AskUser) {
		// Perhaps it is there.
		for _, owner := range m.owners() {
			lead := m.lead(ctx, s, ch, owner, access, wire.ByFounding)
			if lead == nil {
				err = nil
				break
			}
			if !errors.As(lead, &no) || no.Code != wire.NoAccess {
				err = lead
				break
			}
		}
	}
	if err != nil {
		return err
	}
	o, err := s.Open(ctx, ch, access)
	if err != nil {
		return err
	}
	m.opened[ch], m.heads[ch] = opening{s, newest}, o.Head
	return nil
}

// lead replaces the access key. The note says nothing: members learn of the
// epoch in the space itself.
func (m *Media) lead(ctx context.Context, s *Session, ch wire.Channel, by, next *seal.Signer, signer wire.Signer) error {
	_, err := s.Call(ctx, s.rotateBy(ch, by, next, signer, []byte{0}, nil))
	return err
}
