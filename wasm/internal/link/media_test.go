package link

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/seal"
)

// photos is a member's media channel with a connection of its own.
type photos struct {
	*Media
	*Session
}

func mediaFounding() *seal.Signer {
	return seal.SignerFromSecret(must(seal.SecretFrom(bytes.Repeat([]byte{99}, 32))), seal.LabelMediaFounding)
}

func (m *member) photos(d *double, owns bool) photos {
	m.t.Helper()
	f := func() *seal.Signer { return nil }
	if owns {
		f = mediaFounding
	}
	s := must(Dial(m.t.Context(), d.dial, "https://relay.example"))
	m.t.Cleanup(s.Close)
	return photos{NewMedia(m.Replica, f, func() []*seal.Signer { return []*seal.Signer{f()} }, func() (wire.Admission, bool) {
		return wire.Admission{Kind: wire.ByOpenTenant, Tenant: wire.TenantID{1}}, owns
	}), s}
}

func (p photos) put(t *testing.T, blob BlobID, content string) BlobPlace {
	t.Helper()
	place, err := p.Put(t.Context(), p.Session, blob, []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return place
}

func (p photos) expect(t *testing.T, place BlobPlace, want string) {
	t.Helper()
	if got, err := p.Get(t.Context(), p.Session, place); err != nil || string(got) != want {
		t.Fatalf("read %q, %v", got, err)
	}
}

// studio is a space whose members are online, and the double of its media channel.
func studio(t *testing.T, f func(t *testing.T, w *world, d *double)) {
	bubble(t, func(t *testing.T, w *world, space *double) {
		space.online(t, w.anna, w.carl, w.dora)
		settled()
		d := newDouble()
		d.strict = true
		f(t, w, d)
	})
}

func TestAPhotoReachesTheOtherMembers(t *testing.T) {
	studio(t, func(t *testing.T, w *world, d *double) {
		anna, carl := w.anna.photos(d, true), w.carl.photos(d, false)
		one, two := anna.put(t, BlobID{1}, "one"), anna.put(t, BlobID{2}, "two")
		carl.expect(t, two, "two")
		carl.expect(t, one, "one")
		if _, err := carl.Put(t.Context(), carl.Session, BlobID{3}, nil); !errors.Is(err, ErrNoChannel) {
			t.Fatalf("a member without the founding key created the channel: %v", err)
		}
		// A carer who knows the channel may add to it.
		three := must(carl.PutIn(t.Context(), carl.Session, one.Channel, BlobID{3}, []byte("three")))
		anna.expect(t, three, "three")
	})
}

func TestALostAnswerDoublesNoPhoto(t *testing.T) {
	for _, kind := range []string{"create", "open", "append"} {
		studio(t, func(t *testing.T, w *world, d *double) {
			d.lose = kind
			anna := w.anna.photos(d, true)
			if _, err := anna.Put(t.Context(), anna.Session, BlobID{1}, []byte("one")); err == nil {
				t.Fatalf("%s: no answer, and no error", kind)
			}
			again := w.anna.photos(d, true)
			place := again.put(t, BlobID{1}, "one")
			// Another device of the same person sends it as well.
			if other := w.anna.photos(d, true).put(t, BlobID{1}, "one"); other != place || len(d.boxes) != 1 {
				t.Fatalf("%s: %d boxes, at %d and %d", kind, len(d.boxes), place.Pos, other.Pos)
			}
			w.carl.photos(d, false).expect(t, place, "one")
		})
	}
}

func TestWhatTheRelayMakesOfAPhotoIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(d *double)
		want error
	}{
		"a byte changed":        {func(d *double) { d.boxes[0].Data[200] ^= 1 }, seal.ErrOpen},
		"another epoch claimed": {func(d *double) { d.boxes[0].Data[5] = 7 }, seal.ErrOpen},
		"cut short":             {func(d *double) { d.boxes[0].Data = d.boxes[0].Data[:900] }, seal.ErrOpen},
		"exchanged for another": {func(d *double) { d.boxes[0].Data = d.boxes[1].Data }, seal.ErrOpen},
		"another box there":     {func(d *double) { d.boxes[0].Box = d.boxes[1].Box }, ErrBlobGone},
		"lost":                  {func(d *double) { d.boxes = nil }, ErrBlobGone},
	} {
		studio(t, func(t *testing.T, w *world, d *double) {
			anna := w.anna.photos(d, true)
			place := anna.put(t, BlobID{1}, "one")
			anna.put(t, BlobID{2}, "two")
			d.mu.Lock()
			c.do(d)
			d.mu.Unlock()
			if _, err := anna.Get(t.Context(), anna.Session, place); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestAFullRelayIsSaid(t *testing.T) {
	for _, code := range []wire.Refusal{wire.ChannelFull, wire.TenantFull, wire.DiskFull} {
		studio(t, func(t *testing.T, w *world, d *double) {
			anna := w.anna.photos(d, true)
			anna.put(t, BlobID{1}, "one")
			d.refuse["append"] = wire.Refused{Code: code}
			_, err := anna.Put(t.Context(), anna.Session, BlobID{2}, []byte("two"))
			var no *Refusal
			if !errors.As(err, &no) || no.Code != code {
				t.Fatalf("%s: %v", code, err)
			}
			anna.put(t, BlobID{2}, "two")
			anna.Session.Hello.MaxBox = 1000
			if _, err := anna.Put(t.Context(), anna.Session, BlobID{3}, nil); !errors.As(err, &no) || no.Code != wire.TooLarge {
				t.Fatalf("a box above this relay's limit: %v", err)
			}
		})
	}
}

func TestARemovedMemberSeesNoPhotosAnyMore(t *testing.T) {
	studio(t, func(t *testing.T, w *world, d *double) {
		anna, carl, dora := w.anna.photos(d, true), w.carl.photos(d, false), w.dora.photos(d, false)
		old := anna.put(t, BlobID{1}, "before")
		dora.expect(t, old, "before")
		w.remove()
		settled()
		// Whoever comes first with the new epoch shuts the door.
		fresh := w.carl.photos(d, false)
		fresh.expect(t, old, "before")
		place := anna.put(t, BlobID{2}, "after")
		carl.expect(t, place, "after")
		carl.expect(t, old, "before")
		late := w.dora.photos(d, false)
		if _, err := late.Get(t.Context(), late.Session, place); !errors.Is(err, ErrBehind) {
			t.Fatalf("who was removed: %v", err)
		}
		if n, _ := seal.BoxEpoch(d.boxes[1].Data); n != 2 {
			t.Fatalf("sealed under epoch %d", n)
		}
	})
}

func TestTheOwnerTakesTheChannelBack(t *testing.T) {
	studio(t, func(t *testing.T, w *world, d *double) {
		anna := w.anna.photos(d, true)
		place := anna.put(t, BlobID{1}, "one")
		d.mu.Lock() // somebody who was a member replaced the key by one of their own
		d.access = wire.AccessKey{7}
		d.notes = make(map[wire.AccessKey][]byte)
		d.mu.Unlock()
		carl := w.carl.photos(d, false)
		if _, err := carl.Get(t.Context(), carl.Session, place); !errors.Is(err, ErrNoChannel) {
			t.Fatalf("a member at a closed door: %v", err)
		}
		w.anna.photos(d, true).expect(t, place, "one")
		carl.expect(t, place, "one")
	})
}

func TestPlacesOfBlobsAreReadAsWritten(t *testing.T) {
	ch := wire.Channel{9}
	body := BlobsBody(ch, []BlobPlace{{ch, BlobID{2}, 7}, {ch, BlobID{1}, maxPos}})
	got := must(ParseBlobs(body))
	if len(got) != 2 || got[0] != (BlobPlace{ch, BlobID{1}, maxPos}) || got[1] != (BlobPlace{ch, BlobID{2}, 7}) {
		t.Fatalf("%v", got)
	}
}

func TestAPingWaitsBehindAPhoto(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDouble()
		s := must(Dial(t.Context(), d.dial, "https://relay.example"))
		defer s.Close()
		d.mu.Lock()
		for c := range d.conns {
			c.deaf = true // nothing is answered
		}
		d.mu.Unlock()
		s.slow.Add(1)
		go keepAlive(t.Context(), s)
		time.Sleep(time.Minute)
		select {
		case <-s.Done():
			t.Fatal("given up while a photo was under way")
		default:
		}
		time.Sleep(2 * time.Minute)
		<-s.Done()
	})
}

func FuzzBlobs(f *testing.F) {
	ch := wire.Channel{9}
	f.Add(BlobsBody(ch, []BlobPlace{{ch, BlobID{1}, 1}}))
	f.Add(BlobsBody(ch, []BlobPlace{{ch, BlobID{1}, 1}, {ch, BlobID{2}, maxPos}}))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := ParseBlobs(body)
		if err == nil && !bytes.Equal(BlobsBody(list[0].Channel, list), body) {
			t.Fatalf("%x is written back differently", body)
		}
	})
}
