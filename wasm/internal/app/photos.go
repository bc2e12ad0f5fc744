package app

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"vialog/shared/wire"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/keyring"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/seal"
	"vialog/wasm/internal/vault"
)

// A photo is an entry of the diary, and a blob in the media channel of each
// space that the entry is in. What still has to be sent is not written down
// anywhere: it is every photo of the diary of which no statement says where the
// relay keeps it. So a photo that was kept is sent sooner or later, however
// often the browser is closed in between, and by whichever device has it.

// Errors of photos that a caller decides by.
var (
	ErrPhoto        = errors.New("app: not a photo as the page makes them")
	ErrPhotoAway    = errors.New("app: the device that took the photo has not sent it yet")
	ErrPhotoGone    = errors.New("app: the relay does not have the photo any more")
	ErrPhotoDamaged = errors.New("app: what the relay has is not the photo")
)

// A Shot is a picture that the page has drawn anew.
type Shot struct {
	Content []byte // JPEG
	Preview []byte // JPEG
	Width   uint16
	Height  uint16
	Taken   time.Time // zero: not known
}

const (
	// cacheBytes bounds the pictures that this device keeps although the relay
	// has them.
	cacheBytes = 64 << 20

	mediaPause = 30 * time.Second // after a refusal; twice as long each time
	mediaLater = time.Hour        // at the most
)

/* ---- pictures on this device ---- */

// A cached picture lies in the vault under a name of its own.
type cached struct {
	blob  diary.ID
	size  uint32
	used  uint64 // unix ms
	draft bool   // of a form that is not saved yet
}

const (
	mediaKey     = "media"
	mediaVersion = 1
	maxCached    = 1 << 16
)

// pictureKey is the name of a picture's record. Names are in clear: this one
// says nothing to whoever has the relay's store as well.
func (c *Client) pictureKey(blob diary.ID) string {
	return mediaKey + "/" + hex.EncodeToString(c.p.pictureSeed().Derive(seal.LabelAppPicture, blob[:]).Bytes()[:16])
}

// cacheRecord is the index of the pictures on this device.
func cacheRecord(list []cached) vault.Record {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(mediaVersion)
	for _, k := range list {
		b.AddBytes(k.blob[:])
		b.AddUint32(k.size)
		b.AddUint64(k.used)
		if k.draft {
			b.AddUint8(1)
		} else {
			b.AddUint8(0)
		}
	}
	return vault.Record{Key: mediaKey, Value: b.BytesOrPanic()}
}

func parseCache(raw []byte) ([]cached, error) {
	if raw == nil {
		return nil, nil
	}
	in := cryptobyte.String(raw)
	var version uint8
	const one = 16 + 4 + 8 + 1
	if !in.ReadUint8(&version) || version != mediaVersion || len(in)%one != 0 || len(in) > maxCached*one {
		return nil, errFields
	}
	list := make([]cached, 0, len(in)/one)
	for !in.Empty() {
		var k cached
		var draft uint8
		if !in.CopyBytes(k.blob[:]) || !in.ReadUint32(&k.size) || !in.ReadUint64(&k.used) || !in.ReadUint8(&draft) || draft > 1 {
			return nil, errFields
		}
		k.draft = draft == 1
		list = append(list, k)
	}
	return list, nil
}

// bytes is a picture as this device keeps it.
func (s Shot) bytes() []byte {
	b := cryptobyte.NewBuilder(nil)
	b.AddUint8(mediaVersion)
	b.AddUint16(s.Width)
	b.AddUint16(s.Height)
	var taken uint64
	if !s.Taken.IsZero() {
		taken = uint64(s.Taken.UnixMilli())
	}
	b.AddUint64(taken)
	b.AddUint16LengthPrefixed(func(c *cryptobyte.Builder) { c.AddBytes(s.Preview) })
	b.AddBytes(s.Content)
	return b.BytesOrPanic()
}

func parsePicture(raw []byte) (s Shot, err error) {
	in := cryptobyte.String(raw)
	var version uint8
	var taken uint64
	var preview cryptobyte.String
	if !in.ReadUint8(&version) || version != mediaVersion || !in.ReadUint16(&s.Width) || !in.ReadUint16(&s.Height) ||
		!in.ReadUint64(&taken) || taken >= 1<<53 || !in.ReadUint16LengthPrefixed(&preview) {
		return s, errFields
	}
	if taken != 0 {
		s.Taken = time.UnixMilli(int64(taken))
	}
	s.Preview, s.Content = preview, in
	return s, nil
}

func (c *Client) cachedAt(blob diary.ID) int {
	return slices.IndexFunc(c.cache, func(k cached) bool { return k.blob == blob })
}

// picture reads one that is on this device; a nil Content: it is not.
func (c *Client) picture(ctx context.Context, blob diary.ID) (Shot, error) {
	i := c.cachedAt(blob)
	if i < 0 {
		return Shot{}, nil
	}
	raw, err := c.v.Get(ctx, c.pictureKey(blob))
	if err != nil || raw == nil {
		return Shot{}, err
	}
	c.cache[i].used = uint64(c.env.Now().UnixMilli()) // kept with the next change
	return parsePicture(raw)
}

// keepPicture writes a picture, and drops those used longest ago that are too
// many and can be fetched again.
func (c *Client) keepPicture(ctx context.Context, blob diary.ID, s Shot, draft bool) error {
	rec := vault.Record{Key: c.pictureKey(blob), Value: s.bytes()}
	next := slices.DeleteFunc(slices.Clone(c.cache), func(k cached) bool { return k.blob == blob })
	next = append(next, cached{blob, uint32(len(rec.Value)), uint64(c.env.Now().UnixMilli()), draft})
	next, gone := c.evict(next, blob)
	return c.keepCache(ctx, next, append(gone, rec)...)
}

func (c *Client) keepCache(ctx context.Context, next []cached, puts ...vault.Record) error {
	if err := c.v.Write(ctx, append(puts, cacheRecord(next))); err != nil {
		return err
	}
	c.cache = next
	return nil
}

// evict makes room. What the relay does not have at home is never dropped.
func (c *Client) evict(list []cached, but diary.ID) (left []cached, gone []vault.Record) {
	bytes := 0
	for _, k := range list {
		bytes += int(k.size)
	}
	if bytes <= c.cacheLimit {
		return list, nil
	}
	oldest := slices.Clone(list)
	arrange.By(oldest, func(a, b cached) int {
		if a.used < b.used {
			return -1
		}
		return 1
	})
	for _, k := range oldest {
		if bytes <= c.cacheLimit {
			break
		}
		if k.blob == but || k.draft || c.only(k.blob) {
			continue
		}
		bytes -= int(k.size)
		gone = append(gone, vault.Record{Key: c.pictureKey(k.blob)})
		list = slices.DeleteFunc(list, func(o cached) bool { return o.blob == k.blob })
	}
	return list, gone
}

// only reports that this device may hold the only copy there is.
func (c *Client) only(blob diary.ID) bool {
	home := c.primary()
	return home != nil && home.role == roleHome && len(home.places[link.BlobID(blob)]) == 0
}

// prune deletes pictures of photos that were taken back. The caller holds mu.
func (c *Client) prune(ctx context.Context) {
	if len(c.cache) == 0 {
		return
	}
	dead := make(map[diary.ID]bool)
	for _, it := range c.own.AllPhotos() {
		dead[it.Photo().Blob] = it.Retracted != nil
	}
	left := briefsAtOnce
	for s := range c.slowly(ctx) {
		if s.role != rolePatient {
			continue
		}
		if !s.knows(&left) {
			c.poke() // the others in the next round
			break
		}
		for _, blob := range s.brief().gone {
			dead[blob] = true
		}
	}
	c.forget(ctx, func(k cached) bool { return dead[k.blob] })
}

func (c *Client) forget(ctx context.Context, match func(cached) bool) error {
	var gone []vault.Record
	next := slices.DeleteFunc(slices.Clone(c.cache), func(k cached) bool {
		if match(k) {
			gone = append(gone, vault.Record{Key: c.pictureKey(k.blob)})
			return true
		}
		return false
	})
	if len(gone) == 0 {
		return nil
	}
	return c.keepCache(ctx, next, gone...)
}

/* ---- what people do with photos ---- */

// KeepPhoto keeps a picture of a form that is not saved yet. Once it returns
// without error the picture is on this device, sealed.
func (c *Client) KeepPhoto(ctx context.Context, s Shot) (diary.ID, error) {
	var ok bool
	if s.Content, s.Width, s.Height, ok = bare(s.Content); !ok || len(s.Content) > diary.MaxPhoto {
		return diary.ID{}, ErrPhoto
	}
	if s.Preview, _, _, ok = bare(s.Preview); !ok || len(s.Preview) > diary.MaxPreview {
		return diary.ID{}, ErrPhoto
	}
	if now := c.env.Now(); s.Taken.After(now) || s.Taken.Year() < 1990 {
		s.Taken = time.Time{} // a claim of the file's that nobody can have meant
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return diary.ID{}, ErrLocked
	}
	id := diary.NewID()
	return id, c.keepPicture(ctx, id, s, true)
}

// DraftPhoto is what KeepPhoto kept.
func (c *Client) DraftPhoto(ctx context.Context, blob diary.ID) (Shot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return Shot{}, ErrLocked
	}
	s, err := c.picture(ctx, blob)
	if err == nil && s.Content == nil {
		err = ErrPhoto
	}
	return s, err
}

// SweepPhotos deletes the pictures of forms but for those in keep.
func (c *Client) SweepPhotos(ctx context.Context, keep []diary.ID) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return ErrLocked
	}
	// One that was saved is none any more, whatever the index says.
	saved := make(map[diary.ID]bool)
	for _, it := range c.own.AllPhotos() {
		saved[it.Photo().Blob] = true
	}
	return c.forget(ctx, func(k cached) bool { return k.draft && !saved[k.blob] && !slices.Contains(keep, k.blob) })
}

// AddPhoto makes a picture that KeepPhoto kept part of the diary, with the entry
// that it belongs to. It needs no network.
func (c *Client) AddPhoto(ctx context.Context, about, blob diary.ID, caption string) (diary.ID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return diary.ID{}, ErrLocked
	}
	s, err := c.picture(ctx, blob)
	if err != nil {
		return diary.ID{}, err
	}
	if s.Content == nil {
		return diary.ID{}, ErrPhoto
	}
	now := diary.MomentOf(c.env.Now())
	p := &diary.Photo{
		Head: diary.Head{ID: diary.NewID(), Entered: now}, About: about, Blob: blob, Size: uint32(len(s.Content)), Hash: HashPhoto(s.Content),
		Width: s.Width, Height: s.Height, Type: diary.PhotoJPEG, Preview: s.Preview, Caption: caption,
	}
	if !s.Taken.IsZero() {
		p.Taken = diary.MomentOf(s.Taken.In(c.env.Now().Location()))
	}
	if err := p.Validate(now, diary.Products); err != nil {
		return diary.ID{}, err
	}
	id, err := c.record(ctx, p)
	if err != nil {
		return id, err
	}
	next := slices.Clone(c.cache)
	if i := c.cachedAt(blob); i >= 0 {
		next[i].draft = false
	}
	c.keepCache(ctx, next) // or with the next change: the diary says that it is no draft
	c.poke()
	return id, nil
}

// A PhotoInfo is how a photo stands.
type PhotoInfo struct {
	Here    bool // the picture is on this device
	There   bool // the relay keeps it
	Waiting bool // this device has it and not every space it goes to does
	Refusal wire.Refusal
	NoRoom  bool // there is no channel for photos, and this device cannot create one
}

// PhotoInfo tells how a photo of the diary stands; n is a patient's number at a
// centre, or 0 at home.
func (l Look) PhotoInfo(n uint32, id diary.ID) (info PhotoInfo) {
	c := l.c
	s, p := c.photo(n, id)
	if p == nil {
		return info
	}
	info.Here = c.cachedAt(p.Blob) >= 0
	info.There = len(s.places[link.BlobID(p.Blob)]) > 0
	if s.role != roleHome || !info.Here {
		return info
	}
	for _, to := range c.spaces {
		if blob, ok := c.goesTo(to, p); ok && len(to.places[blob]) == 0 {
			info.Waiting = true
			if to.mediaWhy != 0 {
				info.Refusal = to.mediaWhy
			}
			info.NoRoom = info.NoRoom || to.mediaNone
		}
	}
	return info
}

// photo finds a photo that stands, and the space in which this device reads it.
func (c *Client) photo(n uint32, id diary.ID) (*space, *diary.Photo) {
	s, d := c.primary(), c.own
	if n != 0 {
		if s = c.space(n); s == nil || s.role != rolePatient {
			return nil, nil
		}
		d = s.diary
	}
	if s == nil {
		return nil, nil
	}
	it, ok := d.Get(id)
	if !ok || it.Retracted != nil {
		return nil, nil
	}
	return s, it.Photo()
}

// goesTo is a photo's blob in a space of this diary, if it is to be there.
func (c *Client) goesTo(s *space, p *diary.Photo) (link.BlobID, bool) {
	switch s.role {
	case roleHome:
		return link.BlobID(p.Blob), true
	case roleCentre:
		if _, ok := s.view.hashes[foreign(s.idKey, p.ID)]; ok && s.sharing() {
			return link.BlobID(foreign(s.idKey, p.Blob)), true
		}
	}
	return link.BlobID{}, false
}

// photosWaiting counts the photos on this device that are still to be sent to a
// space.
func (c *Client) photosWaiting(s *space) (n int) {
	if s.role != roleHome && s.role != roleCentre {
		return 0
	}
	for _, it := range c.own.AllPhotos() {
		p := it.Photo()
		if blob, ok := c.goesTo(s, p); ok && it.Retracted == nil && len(s.places[blob]) == 0 && c.cachedAt(p.Blob) >= 0 {
			n++
		}
	}
	return n
}

// Photo returns the picture of a photo, from this device or from the relay. It
// is checked against the entry that names it.
func (c *Client) Photo(ctx context.Context, n uint32, id diary.ID) ([]byte, error) {
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return nil, ErrLocked
	}
	s, p := c.photo(n, id)
	if p == nil {
		c.mu.Unlock()
		return nil, ErrPhoto
	}
	if shot, err := c.picture(ctx, p.Blob); err == nil && genuine(p, shot.Content) {
		c.mu.Unlock()
		return shot.Content, nil
	}
	way := c.way(s)
	places := slices.Clone(s.places[link.BlobID(p.Blob)])
	c.work.Add(1) // locking waits
	defer c.work.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.ctx, cancel)()
	c.mu.Unlock()

	content, err := way.fetch(ctx, p, places)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v != nil && ctx.Err() == nil {
		// Shown all the same if there is no room for it.
		c.keepPicture(ctx, p.Blob, Shot{Content: content, Width: p.Width, Height: p.Height}, false)
	}
	return content, nil
}

func genuine(p *diary.Photo, content []byte) bool {
	return len(content) == int(p.Size) && HashPhoto(content) == p.Hash && (p.Type != diary.PhotoJPEG || diary.IsJPEG(content))
}

// A way leads to a space's media channel over the connection there is now.
type way struct {
	media   *link.Media
	session *link.Session // nil: none
}

func (c *Client) way(s *space) way {
	if s.media == nil {
		s.media = link.NewMedia(s.replica, func() *seal.Signer { return mediaFounding(s) },
			func() []*seal.Signer { return c.mediaOwners(s) }, func() (wire.Admission, bool) { return c.mediaAdmission(s) })
	}
	w := way{media: s.media}
	if p := c.peers[c.group(s)]; p != nil {
		w.session = p.Session()
	}
	return w
}

// fetch reads a picture from the relay, wherever it is said to stand, the
// newest word first.
func (w way) fetch(ctx context.Context, p *diary.Photo, places []link.BlobPlace) ([]byte, error) {
	switch {
	case len(places) == 0:
		return nil, ErrPhotoAway
	case w.session == nil:
		return nil, ErrOffline
	}
	var worst error
	for _, place := range slices.Backward(places) {
		content, err := w.media.Get(ctx, w.session, place)
		switch {
		case err == nil && genuine(p, content):
			return content, nil
		case err == nil, errors.Is(err, seal.ErrOpen):
			worst = ErrPhotoDamaged
		case errors.Is(err, link.ErrBlobGone):
			if worst == nil {
				worst = ErrPhotoGone
			}
		case errors.Is(err, link.ErrClosed), errors.Is(err, context.DeadlineExceeded), errors.Is(err, link.ErrBehind):
			return nil, errors.Join(ErrOffline, err)
		default:
			return nil, err
		}
	}
	return nil, worst
}

// mediaFounding derives the key that owns a space's media channel, nil on
// devices that do not own the space.
func mediaFounding(s *space) *seal.Signer {
	if s.role != roleHome && s.role != roleCentre {
		return nil
	}
	owner := s.replica.Space().Founding()
	s.book.Lock()
	defer s.book.Unlock()
	keys, err := accountKeys(s)
	if err != nil || !keys.Key(1).Valid() || foundingKey(keys.Key(1)).Public() != owner {
		return nil
	}
	return mediaOwner(keys.Key(1))
}

func mediaChannel(founding *seal.Signer) wire.Channel {
	return wire.ChannelOf(wire.FoundingKey(founding.Public()))
}

// mediaAdmission is what a media channel may be created with: on the account of
// whoever admitted the space itself.
func (c *Client) mediaAdmission(s *space) (wire.Admission, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil {
		return wire.Admission{}, false
	}
	if s.role == roleHome {
		return c.admission()
	}
	if s.ticket != nil {
		return s.ticket.admission, true
	}
	inv, err := join.Parse(s.invite)
	if err != nil {
		return wire.Admission{}, false // another device has founded the space
	}
	t := newTalk(inv)
	t.hear(s.offer, time.Time{})
	if t.offer == nil || t.offer.Admission == nil {
		return wire.Admission{}, false
	}
	return *t.offer.Admission, true
}

/* ---- sending ---- */

// placed takes a statement that tells where blobs stand.
func (s *space) placed(e *link.Entry) {
	if e.Right != keyring.Own && e.Right != keyring.Care {
		return
	}
	places, err := link.ParseBlobs(e.Body)
	if err != nil {
		return
	}
	if s.places == nil {
		s.places = make(map[link.BlobID][]link.BlobPlace)
	}
	for _, p := range places {
		list := slices.DeleteFunc(s.places[p.Blob], func(o link.BlobPlace) bool { return o == p })
		if len(list) >= 4 {
			list = list[1:]
		}
		s.places[p.Blob] = append(list, p)
	}
}

// An errand is one picture to be sent to one space, or none: then the channel is
// to be made ready.
type errand struct {
	s     *space
	way   way
	ch    wire.Channel // the media channel, if this device does not own it
	photo *diary.Photo
	blob  link.BlobID // in s

	home   way // where the picture comes from, if it is not here
	places []link.BlobPlace
}

// errands lists what can be sent now. The caller holds mu.
func (c *Client) errands() (list []errand) {
	home := c.primary()
	now := c.env.Now()
	for _, s := range c.spaces {
		if s.role != roleHome && s.role != roleCentre || now.Before(s.mediaNext) {
			continue
		}
		if s.role == roleCentre && (!s.sharing() || c.overdue(s)) {
			continue // what is held back is held back with its photos
		}
		w := c.way(s)
		if w.session == nil || !c.caughtUp(s) || !c.writes(s) || c.exposed(s) {
			continue // what stands there already is known only after reading it all
		}
		var ch wire.Channel
		// Opening the key takes a millisecond, and who has made the channel owns it.
		if !s.mediaMade && mediaFounding(s) == nil {
			if ch = c.people.media[s.replica.Space().ID()]; ch == (wire.Channel{}) {
				continue // its owner makes it, and says so
			}
		} else if !s.mediaMade || s.mediaSeen != w.session && len(s.places) > 0 {
			list = append(list, errand{s: s, way: w})
		}
		for _, it := range c.own.AllPhotos() {
			p := it.Photo()
			blob, ok := c.goesTo(s, p)
			if !ok || it.Retracted != nil || len(s.places[blob]) > 0 {
				continue
			}
			e := errand{s: s, way: w, ch: ch, photo: p, blob: blob}
			if c.cachedAt(p.Blob) < 0 {
				// Another device has it, and time to send it.
				if e.places = slices.Clone(home.places[link.BlobID(p.Blob)]); len(e.places) == 0 || now.UnixMilli()-it.Began < mirrorAfter.Milliseconds() {
					continue
				}
				e.home = c.way(home)
			}
			list = append(list, e)
		}
	}
	return list
}

// sendPhotos sends what waits, without holding mu. It is a chore: the caller
// holds mu now.
func (c *Client) sendPhotos() {
	if c.busyPhotos || c.p.role != Patient {
		return
	}
	list := c.errands()
	if len(list) == 0 {
		return
	}
	c.busyPhotos = true
	ctx := c.ctx
	c.work.Add(1)
	go func() {
		defer c.work.Done()
		moved := false
		refused := make(map[*space]bool)
		for _, e := range list {
			if ctx.Err() != nil || refused[e.s] {
				continue
			}
			done, stop := c.run(ctx, e)
			moved, refused[e.s] = moved || done, stop
		}
		c.mu.Lock()
		c.busyPhotos = false
		if c.v != nil && moved {
			c.poke()
		}
		c.mu.Unlock()
		c.env.Changed()
	}()
}

// run does one errand. It tells whether it is done, and whether there is no use
// in doing more for that space now.
func (c *Client) run(ctx context.Context, e errand) (done, stop bool) {
	if e.photo == nil {
		ch, head, err := e.way.media.Ready(ctx, e.way.session)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.v == nil || !c.mediaSaid(e.s, err) {
			return false, true
		}
		// A relay that went back may have lost what it had acknowledged.
		for blob, list := range e.s.places {
			e.s.places[blob] = slices.DeleteFunc(list, func(p link.BlobPlace) bool { return p.Channel == ch && p.Pos > head })
		}
		e.s.mediaSeen = e.way.session
		if !e.s.mediaMade {
			e.s.mediaMade = true
			if c.keep(ctx, e.s) != nil {
				e.s.mediaMade = false
			}
		}
		return true, false
	}
	content, ok := c.contentFor(ctx, e)
	if !ok {
		return false, false // this one again later
	}
	put := e.way.media.Put
	if e.ch != (wire.Channel{}) {
		put = func(ctx context.Context, s *link.Session, blob link.BlobID, content []byte) (link.BlobPlace, error) {
			return e.way.media.PutIn(ctx, s, e.ch, blob, content)
		}
	}
	place, err := put(ctx, e.way.session, e.blob, content)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.v == nil || !c.mediaSaid(e.s, err) {
		return false, true
	}
	// If this fails it is sent once more: to the same place.
	err = c.write(ctx, e.s, link.TypeBlobs, link.BlobsBody(place.Channel, []link.BlobPlace{place}))
	return err == nil, err != nil
}

// contentFor is the picture of an errand.
func (c *Client) contentFor(ctx context.Context, e errand) ([]byte, bool) {
	c.mu.Lock()
	if c.v == nil {
		c.mu.Unlock()
		return nil, false
	}
	s, err := c.picture(ctx, e.photo.Blob)
	c.mu.Unlock()
	if err == nil && genuine(e.photo, s.Content) {
		return s.Content, true
	}
	if len(e.places) == 0 {
		return nil, false
	}
	content, err := e.home.fetch(ctx, e.photo, e.places)
	return content, err == nil
}

// mediaSaid notes what became of a call to a media channel, and tells whether it
// went well.
func (c *Client) mediaSaid(s *space, err error) bool {
	if err == nil {
		s.mediaWhy, s.mediaNone, s.mediaTries, s.mediaNext = 0, false, 0, time.Time{}
		return true
	}
	wait := min(mediaPause<<min(s.mediaTries, 8), mediaLater)
	var no *link.Refusal
	switch {
	case errors.As(err, &no):
		s.mediaWhy = 0
		if no.Code.Advice() != wire.Retry || no.Code == wire.DiskFull {
			s.mediaWhy = no.Code
		}
		wait = max(wait, min(no.After, mediaLater))
	case errors.Is(err, link.ErrNoChannel):
		s.mediaNone = true
	default:
		wait = 0 // the connection, or a key that is about to be known
	}
	if wait > 0 {
		s.mediaTries++
		s.mediaNext = c.env.Now().Add(wait)
	}
	return false
}
