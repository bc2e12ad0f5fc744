package diary

// A Photo is a picture that belongs to an entry. The picture itself is a blob
// outside the diary; the entry says which, and holds a preview.
type Photo struct {
	Head
	About   ID     // the entry it belongs to, any version of it
	Taken   Moment // zero: not known
	Blob    ID     // names the picture in the space's media channel
	Size    uint32 // of the picture, bytes
	Hash    [32]byte
	Width   uint16 // of the picture, pixels
	Height  uint16
	Type    PhotoType
	Preview []byte // JPEG
	Caption string
}

// Limits of a photo.
const (
	MaxPhoto   = 512 << 10 // bytes of the picture
	MaxPreview = 6 << 10   // bytes
	MaxCaption = 200       // bytes
)

// A PhotoType is the format of a picture.
type PhotoType uint8

// PhotoJPEG is the one format there is.
const PhotoJPEG PhotoType = 1

// IsJPEG tells whether b begins as a JPEG file does.
func IsJPEG(b []byte) bool { return len(b) > 3 && b[0] == 0xff && b[1] == 0xd8 && b[2] == 0xff }

func (*Photo) Kind() Kind { return KindPhoto }

func (p *Photo) fields() *writer {
	w := p.writer()
	w.id(16, p.About)
	w.moment(17, p.Taken)
	w.id(18, p.Blob)
	if p.Size != 0 {
		w.put(19, []byte{byte(p.Size >> 24), byte(p.Size >> 16), byte(p.Size >> 8), byte(p.Size)})
	}
	if p.Hash != ([32]byte{}) {
		w.put(20, p.Hash[:])
	}
	w.uint16(21, p.Width)
	w.uint16(22, p.Height)
	w.byte(23, uint8(p.Type))
	if len(p.Preview) > 0 {
		w.put(24, p.Preview)
	}
	w.text(25, p.Caption)
	return w
}

func (p *Photo) set(number uint16, v []byte) (_ bool, err error) {
	switch number {
	case 16:
		p.About, err = getID(v)
	case 17:
		p.Taken, err = getMoment(v)
	case 18:
		p.Blob, err = getID(v)
	case 19:
		if len(v) != 4 {
			return true, badLength
		}
		p.Size = uint32(v[0])<<24 | uint32(v[1])<<16 | uint32(v[2])<<8 | uint32(v[3])
		if p.Size == 0 {
			return true, badZero
		}
		if p.Size > MaxPhoto {
			return true, badRange
		}
	case 20:
		if len(v) != len(p.Hash) {
			return true, badLength
		}
		copy(p.Hash[:], v)
		if p.Hash == ([32]byte{}) {
			return true, badZero
		}
	case 21:
		p.Width, err = getUint16(v)
	case 22:
		p.Height, err = getUint16(v)
	case 23:
		p.Type, err = getByte[PhotoType](v)
	case 24:
		if len(v) > MaxPreview {
			return true, badLength
		}
		if !IsJPEG(v) {
			return true, badRange
		}
		p.Preview = v
	case 25:
		p.Caption, err = getText(v, MaxCaption, false)
	default:
		return false, nil
	}
	return true, err
}

func (p *Photo) check() error {
	for _, f := range []struct {
		number uint16
		there  bool
	}{
		{16, !p.About.IsZero()}, {18, !p.Blob.IsZero()}, {19, p.Size != 0}, {20, p.Hash != [32]byte{}},
		{21, p.Width != 0}, {22, p.Height != 0}, {23, p.Type != 0}, {24, len(p.Preview) > 0},
	} {
		if !f.there {
			return &BodyError{f.number, "missing"}
		}
	}
	return nil
}

// Validate implements Entry. Fields: about, taken, blob, caption.
func (p *Photo) Validate(now Moment, _ *Catalogue) error {
	var e FieldErrors
	p.validate(&e, now)
	if p.About.IsZero() {
		e.add("about", Missing)
	}
	if !p.Taken.IsZero() {
		e.time("taken", p.Taken, now)
	}
	if p.check() != nil || p.Size > MaxPhoto || len(p.Preview) > MaxPreview || !IsJPEG(p.Preview) {
		e.add("blob", Missing)
	}
	if p.Type > PhotoJPEG {
		e.add("blob", Unknown)
	}
	e.text("caption", p.Caption, MaxCaption, false, false)
	return e.err()
}

// Photo is the entry as a photo, nil if it is none.
func (it *Item) Photo() *Photo { e, _ := it.Entry.(*Photo); return e }

// Photos are the photos that stand and belong to it, oldest first.
func (d *Diary) Photos(it *Item) []*Item {
	return d.referring(it, func(p *Item) bool { return p.Photo() != nil })
}

// AllPhotos lists every photo, oldest first, with those that were taken back.
func (d *Diary) AllPhotos() []*Item { return d.items(KindPhoto) }
