package e2e

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/link"
	"vialog/wasm/internal/vault"
)

// jpegOf is an invented picture: noise, which compresses as badly as any.
func jpegOf(t testing.TB, seed uint64, w, h, quality int) []byte {
	t.Helper()
	// Some 100 kB of them: no other box of the relay's is as large.
	img := image.NewGray(image.Rect(0, 0, w, h))
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range img.Pix {
		img.Pix[i] = byte(rng.Uint32())
	}
	var b bytes.Buffer
	check(t, jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}))
	return b.Bytes()
}

func shot(t testing.TB, seed uint64) app.Shot {
	return app.Shot{Content: jpegOf(t, seed, 480, 360, 80), Preview: jpegOf(t, seed, 48, 36, 60), Taken: time.Now().Add(-time.Minute)}
}

// photographs records a bleed with a photo. It returns the photo's entry and
// the picture as it is kept.
func (p *person) photographs(seed uint64) (bled, photo diary.ID, content []byte) {
	p.t.Helper()
	blob := must(p.KeepPhoto(p.t.Context(), shot(p.t, seed)))(p.t)
	content = must(p.DraftPhoto(p.t.Context(), blob))(p.t).Content
	bled = must(p.Record(p.t.Context(), bleed()))(p.t)
	photo = must(p.AddPhoto(p.t.Context(), bled, blob, "dick "+strconv.Itoa(int(seed))))(p.t)
	return bled, photo, content
}

// photos lists the photos of a diary that stand and belong to a bleed.
func (p *person) photos(n uint32) (out []*diary.Photo) {
	p.Look(func(l app.Look) {
		d := l.Diary()
		if n != 0 {
			info, _ := l.Patient(n)
			d = info.Diary
		}
		for _, b := range d.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindBleed}}) {
			for _, it := range d.Photos(b) {
				out = append(out, it.Photo())
			}
		}
	})
	return out
}

func (p *person) photoInfo(n uint32, id diary.ID) (info app.PhotoInfo) {
	p.Look(func(l app.Look) { info = l.PhotoInfo(n, id) })
	return info
}

// shows waits until a device shows a picture.
func (p *person) shows(n uint32, content []byte) (id diary.ID) {
	p.t.Helper()
	var last error
	p.until("the photo can be seen", func() bool {
		for _, ph := range p.photos(n) {
			if ph.Hash != app.HashPhoto(content) {
				continue
			}
			id = ph.ID
			var got []byte
			if got, last = p.Photo(within(p.t, 20*time.Second), n, ph.ID); last == nil {
				if !bytes.Equal(got, content) {
					p.t.Fatal("another picture")
				}
				return true
			}
			if !errors.Is(last, app.ErrPhotoAway) && !errors.Is(last, app.ErrOffline) {
				p.t.Fatal(last)
			}
		}
		return false
	})
	return id
}

func (p *person) sentAll() {
	p.t.Helper()
	p.until("everything is sent", func() bool {
		st := p.status()
		return st.Waiting == 0 && st.Unsent == 0
	})
}

// pictures counts the boxes of the relay's store that are as large as these
// pictures, and how many different ones there are.
func (r *relay) pictures() (boxes, channels int) {
	r.t.Helper()
	db := must(sql.Open("sqlite", "file:"+r.store+"?mode=ro"))(r.t)
	defer db.Close()
	check(r.t, db.QueryRow("SELECT count(*), count(DISTINCT ch) FROM boxes WHERE length(data) > 90000").Scan(&boxes, &channels))
	return boxes, channels
}

func TestAPhotoReachesTheCentreAndEveryDevice(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	bled, id, content := pat.photographs(1)
	pat.sentAll()
	theirs := doc.shows(n, content)
	if doc.sees(n, bled, func(*diary.Item) bool { return true }) || theirs == id {
		t.Fatal("the centre knows identifiers of home")
	}
	if info := doc.photoInfo(n, theirs); !info.Here || !info.There {
		t.Fatalf("%+v", info)
	}
	// It is on the doctor's device now, also without a relay and after unlocking.
	r.kill()
	doc.reopen()
	doc.shows(n, content)
	pat.reopen()
	if got, err := pat.Photo(t.Context(), 0, id); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("the patient's own: %v", err)
	}
	r.start()

	// The recovery sheet brings it back.
	var sheet join.Sheet
	pat.Look(func(l app.Look) { sheet, _ = l.Sheet() })
	pat.until("the way back is at the relay", func() bool { return !pat.status().SheetPending })
	pat.Lock()
	fresh := newPerson(t, r)
	check(t, fresh.Restore(within(t, 90*time.Second), sheet))
	fresh.shows(0, content)
	// And that device can go on.
	fresh.until("the centre is found", func() bool { return fresh.centreCount() == 1 })
	_, _, second := fresh.photographs(2)
	doc.shows(n, second)
	if boxes, channels := r.pictures(); boxes != 4 || channels != 2 {
		t.Fatalf("%d boxes in %d channels", boxes, channels)
	}
}

func TestAPhotoTakenOfflineIsSentLater(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	pat.sentAll()
	r.kill()
	_, id, content := pat.photographs(1)
	if info := pat.photoInfo(0, id); !info.Here || info.There || !info.Waiting {
		t.Fatalf("%+v", info)
	}
	if st := pat.status(); st.Unsent != 3 { // bleed, photo, picture
		t.Fatalf("%d unsent", st.Unsent)
	}
	pat.reopen() // the browser was closed
	if got, err := pat.Photo(t.Context(), 0, id); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("after unlocking: %v", err)
	}
	r.start()
	pat.Wake()
	doc.Wake()
	pat.sentAll()
	if info := pat.photoInfo(0, id); !info.There || info.Waiting {
		t.Fatalf("%+v", info)
	}
	doc.shows(n, content)
}

// cutter breaks a connection when a picture goes over it, before or after the
// relay has got it.
type cutter struct {
	left atomic.Int32
}

func (c *cutter) dial(ctx context.Context, url string) (link.Conn, error) {
	conn, err := dial(ctx, url)
	if err != nil {
		return nil, err
	}
	return &cut{conn, c}, nil
}

type cut struct {
	link.Conn
	c *cutter
}

func (c *cut) Send(b []byte) error {
	if len(b) < 90000 || c.c.left.Add(-1) < 0 {
		return c.Conn.Send(b)
	}
	if c.c.left.Load()%2 == 0 { // it arrives, the answer does not
		c.Conn.Send(b)
		time.Sleep(50 * time.Millisecond)
	}
	c.Conn.Close()
	return errors.New("cut")
}

func TestALostConnectionDoublesNoPhoto(t *testing.T) {
	r := startRelay(t)
	c := new(cutter)
	doc := r.centre("Centre A")
	r.dial = c.dial
	pat, n := doc.patient(r, "")
	pat.sentAll()
	c.left.Store(7)
	_, _, content := pat.photographs(1)
	for c.left.Load() > 0 {
		time.Sleep(30 * time.Millisecond)
		pat.Wake()
		if c.left.Load() == 3 {
			pat.reopen()
		}
	}
	pat.sentAll()
	doc.shows(n, content)
	if boxes, _ := r.pictures(); boxes != 2 { // home and centre
		t.Fatalf("%d boxes", boxes)
	}
	check(t, r.sound())
}

func TestACentreThatComesLaterGetsOldPhotos(t *testing.T) {
	r := startRelay(t)
	a := r.centre("Centre A")
	pat, _ := a.patient(r, "")
	_, _, content := pat.photographs(1)
	pat.sentAll()
	b := r.centre("Centre B")
	b.accept(pat, must(b.Invite(t.Context(), join.Patient, ""))(t))
	var m uint32
	b.Look(func(l app.Look) { m = l.Patients()[0].N })
	b.shows(m, content)
}

func TestADeviceThatNeverHadAPhotoPassesItOn(t *testing.T) {
	r := startRelay(t)
	a := r.centre("Centre A")
	phone, _ := a.patient(r, "")
	_, _, content := phone.photographs(1)
	phone.sentAll()
	tablet := phone.admitted(r, join.Device, "")
	tablet.move(2 * time.Hour) // to the tablet the phone has had time enough
	tablet.until("the tablet has the photo's entry", func() bool { return len(tablet.photos(0)) == 1 })
	phone.Lock()
	b := r.centre("Centre B")
	b.accept(tablet, must(b.Invite(t.Context(), join.Patient, ""))(t))
	var m uint32
	b.Look(func(l app.Look) { m = l.Patients()[0].N })
	b.shows(m, content)
}

func TestAPhotoThatTheRelayChangedIsRefused(t *testing.T) {
	for what, change := range map[string]string{
		"a byte":        "UPDATE boxes SET data = CAST(substr(data, 1, 5000) || x'00112233' || substr(data, 5005) AS BLOB) WHERE length(data) > 90000",
		"the whole box": "UPDATE boxes SET data = randomblob(length(data)) WHERE length(data) > 90000",
	} {
		r := startRelay(t)
		doc := r.centre("Centre A")
		pat, n := doc.patient(r, "")
		pat.photographs(1)
		pat.sentAll()
		doc.until("the entry is there", func() bool { return len(doc.photos(n)) == 1 })
		r.kill()
		db := must(sql.Open("sqlite", "file:"+r.store))(t)
		if got := must(must(db.Exec(change))(t).RowsAffected())(t); got != 2 {
			t.Fatalf("%d boxes changed", got)
		}
		check(t, db.Close())
		r.start()
		doc.Wake()
		id := doc.photos(n)[0].ID
		var err error
		doc.until("the doctor hears of it", func() bool {
			_, err = doc.Photo(within(t, 10*time.Second), n, id)
			return !errors.Is(err, app.ErrOffline) && !errors.Is(err, app.ErrPhotoAway)
		})
		if !errors.Is(err, app.ErrPhotoDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestARelayThatWentBackGetsThePhotoAgain(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	_, _, first := pat.photographs(1)
	pat.sentAll()
	doc.shows(n, first)
	r.kill()
	old := make(map[string][]byte)
	for _, f := range []string{r.store, r.store + "-wal"} {
		if b, err := os.ReadFile(f); err == nil {
			old[f] = b
		}
	}
	r.start()
	pat.Wake()
	_, _, second := pat.photographs(2)
	pat.sentAll()
	r.kill()
	os.Remove(r.store + "-wal")
	os.Remove(r.store + "-shm")
	for f, b := range old {
		check(t, os.WriteFile(f, b, 0o600))
	}
	if boxes, _ := r.pictures(); boxes != 2 {
		t.Fatalf("%d boxes in the copy", boxes)
	}
	r.start()
	pat.Wake()
	pat.until("the relay has both again", func() bool { boxes, _ := r.pictures(); return boxes == 4 })
	doc.Wake()
	doc.shows(n, second)
}

func TestAFullTenantRefusesThePhotoAndNotTheEntry(t *testing.T) {
	r := startRelay(t)
	out := r.run("tenant", "add", "-store", r.store, "-origin", r.origin, "-bytes", "250000", "Small")
	doc := newPerson(t, r)
	check(t, doc.BeginCentre(t.Context(), must(wire.ParseCode(codePattern.FindStringSubmatch(out)[1]))(t), "Small", "Dr. Blau"))
	check(t, doc.RegisterCentre(t.Context()))
	pat, n := doc.patient(r, "")
	pat.sentAll()
	_, id, content := pat.photographs(1)
	pat.until("the relay refuses the picture", func() bool { return pat.photoInfo(0, id).Refusal == wire.TenantFull })
	doc.until("the entry is there all the same", func() bool { return len(doc.photos(n)) == 1 })
	if _, err := doc.Photo(t.Context(), n, doc.photos(n)[0].ID); !errors.Is(err, app.ErrPhotoAway) {
		t.Fatalf("the doctor: %v", err)
	}
	if got, err := pat.Photo(t.Context(), 0, id); err != nil || !bytes.Equal(got, content) {
		t.Fatalf("the patient's own: %v", err)
	}
	if st := pat.status(); st.Refusal != 0 || st.Unsent == 0 {
		t.Fatalf("%+v", st)
	}
}

func TestAFullDiskKeepsNoHalfPhoto(t *testing.T) {
	r := startRelay(t)
	pat, _ := r.centre("Centre A").patient(r, "")
	pat.sentAll()
	r.kill() // or something else may be written first
	pat.until("the relay is gone", func() bool { return !pat.status().Online })
	time.Sleep(200 * time.Millisecond)
	pat.disk.FailNext()
	if _, err := pat.KeepPhoto(t.Context(), shot(t, 1)); !errors.Is(err, vault.ErrDisk) {
		t.Fatalf("%v", err)
	}
	blob := must(pat.KeepPhoto(t.Context(), shot(t, 1)))(t)
	bled := must(pat.Record(t.Context(), bleed()))(t)
	pat.disk.FailNext()
	if _, err := pat.AddPhoto(t.Context(), bled, blob, ""); !errors.Is(err, vault.ErrDisk) {
		t.Fatalf("%v", err)
	}
	pat.reopen()
	must(pat.DraftPhoto(t.Context(), blob))(t)
	must(pat.AddPhoto(t.Context(), bled, blob, ""))(t)
	if len(pat.photos(0)) != 1 {
		t.Fatal("the photo is not there")
	}
	// What a form has left behind goes, what was saved stays.
	left := must(pat.KeepPhoto(t.Context(), shot(t, 2)))(t)
	kept := must(pat.KeepPhoto(t.Context(), shot(t, 3)))(t)
	check(t, pat.SweepPhotos(t.Context(), []diary.ID{kept}))
	for id, want := range map[diary.ID]bool{blob: true, kept: true, left: false} {
		if _, err := pat.DraftPhoto(t.Context(), id); (err == nil) != want {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestAPhotoTakenBackLeavesTheDevices(t *testing.T) {
	r := startRelay(t)
	doc := r.centre("Centre A")
	pat, n := doc.patient(r, "")
	_, id, content := pat.photographs(1)
	pat.sentAll()
	theirs := doc.shows(n, content)
	must(pat.Record(t.Context(), &diary.Retract{Entry: id, Reason: "falsches Bild"}))(t)
	for who, p := range map[string]*person{"patient": pat, "doctor": doc} {
		p.until("the picture is gone at the "+who, func() bool {
			recs, err := p.disk.Scan(t.Context(), "media/")
			return err == nil && len(recs) == 0
		})
	}
	if _, err := doc.Photo(t.Context(), n, theirs); !errors.Is(err, app.ErrPhoto) {
		t.Fatalf("the doctor still gets it: %v", err)
	}
}

func TestWhatIsNoPhotoIsNotKept(t *testing.T) {
	r := startRelay(t)
	pat, _ := r.centre("Centre A").patient(r, "")
	good := shot(t, 1)
	for what, s := range map[string]app.Shot{
		"a text":          {Content: []byte(strings.Repeat("not a picture", 100)), Preview: good.Preview},
		"too large":       {Content: jpegOf(t, 1, 1600, 1200, 95), Preview: good.Preview},
		"a large preview": {Content: good.Content, Preview: good.Content},
		"no preview":      {Content: good.Content},
	} {
		if _, err := pat.KeepPhoto(t.Context(), s); !errors.Is(err, app.ErrPhoto) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
