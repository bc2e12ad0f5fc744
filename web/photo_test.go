package web_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"vialog/web/browsertest"
)

// place is what a camera wrote into the picture.
const placeOfPhoto = "GPS 52.5200 N 13.4050 E KANARIE"

// cameraPicture is a file as a telephone makes it: red on the left and blue on
// the right, with a word that it is to be turned by a quarter, so that red is at
// the top; and with the place where it was taken.
func cameraPicture(t *testing.T) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 2400, 1200))
	for y := range 1200 {
		for x := range 2400 {
			c := color.RGBA{200, 40, 40, 255}
			if x >= 1200 {
				c = color.RGBA{40, 40, 200, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	// Exif: a TIFF header, one directory with orientation 6, and behind it the place.
	exif := "Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00" + placeOfPhoto
	n := len(exif) + 2
	file := append([]byte{0xff, 0xd8, 0xff, 0xe1, byte(n >> 8), byte(n)}, exif...)
	file = append(file, b.Bytes()[2:]...)
	name := filepath.Join(t.TempDir(), "IMG_4711.jpg")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestAPhotoOfABleedReachesTheDoctorWithoutWhatTheCameraWrote(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	b := browsertest.Start(t)
	w := &walk{t: t, browser: b, relay: browsertest.StartRelay(t, browsertest.Build(t, "./wasm"))}
	w.steps([]step{
		{"a doctor founds a centre", w.found},
		{"an invitation is made", w.inviteOne},
		{"a patient joins", w.joinOne},
		{"a bleed is recorded with a photo", w.photograph},
		{"the doctor sees it large", w.doctorLooks},
		{"the patient takes it back", w.takePhotoBack},
	})
}

func (w *walk) photograph() {
	p := w.patient
	w.begin(p, "record.bleed")
	p.ClickOn("[id='map-place.joint.knee.left'] circle")
	p.Has(".chosen .toggle")
	// What the page gives to Go from here on.
	browsertest.Eval[bool](p, `(() => {
		const post = Worker.prototype.postMessage;
		self.given = [];
		Worker.prototype.postMessage = function (m) {
			for (const f of m.files || []) given.push(new TextDecoder("latin1").decode(f.data));
			return post.apply(this, arguments);
		};
		return true;
	})()`)
	no := filepath.Join(w.t.TempDir(), "no-picture.jpg")
	if err := os.WriteFile(no, []byte("not a picture"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	p.Upload("#photo-choose-form", cameraPicture(w.t), no)
	p.Has(".photo-drafts img")
	p.See("no picture that this browser can read")
	given := browsertest.Eval[[]string](p, `given`)
	if len(given) != 2 {
		w.t.Errorf("%d files went to Go, for a picture and its preview", len(given))
	}
	for _, s := range given {
		if !strings.HasPrefix(s, "ÿØÿ") || strings.Contains(s, "GPS") || strings.Contains(s, "Exif") || len(s) > 400_000 {
			w.t.Errorf("what went to Go begins %q and has %d bytes", s[:8], len(s))
		}
	}
	w.shots(p, "bleed-photo")
	p.Fill(browsertest.Eval[string](p, `document.querySelector(".photo-drafts input").name`), w.canary("swollen-Q7"))
	p.Click("record.bleed.save")
	p.Has("[data-key=today]")
}

func (w *walk) doctorLooks() {
	p := w.doctor
	if !browsertest.Eval[bool](p, `!!document.querySelector("[data-key^='patient.']")`) {
		p.Click(w.pseudonym)
		p.Has("[data-key^='patient.']")
	}
	p.Has(".entry-thumb img")
	p.ClickOn(".entry-open:has(.entry-thumb)")
	p.NotHas("[data-key^='patient.']") // which has the photo as well
	p.Has(".photos img")
	p.See("swollen-Q7")
	w.shots(p, "doctor-photos")
	p.ClickOn(".photo")
	// The entry is here before the picture, which may still be on its way.
	p.Has("#photo-large")
	got := browsertest.Eval[[]int](p, `(async () => {
		const img = document.querySelector("#photo-large");
		await img.decode();
		const c = Object.assign(document.createElement("canvas"), { width: img.naturalWidth, height: img.naturalHeight });
		const d = c.getContext("2d", { willReadFrequently: true });
		d.drawImage(img, 0, 0);
		const top = d.getImageData(c.width / 2, c.height / 4, 1, 1).data;
		const low = d.getImageData(c.width / 2, c.height * 3 / 4, 1, 1).data;
		return [c.width, c.height, top[0], top[2], low[0], low[2]];
	})()`)
	if got[0] != 800 || got[1] != 1600 || got[2] < 150 || got[3] > 90 || got[4] > 90 || got[5] < 150 {
		w.t.Errorf("%d x %d, red %d blue %d at the top, %d and %d below", got[0], got[1], got[2], got[3], got[4], got[5])
	}
	w.shots(p, "doctor-photo-large")
	p.Press(kb.Escape)
	p.NotHas("#photo")
	if f := browsertest.Eval[string](p, `document.activeElement.className`); f != "photo" {
		w.t.Errorf("after closing the focus is on %q", f)
	}
	w.noProblems(p)
}

func (w *walk) takePhotoBack() {
	p := w.patient
	p.ClickOn(".entry-open:has(.entry-thumb)")
	p.ClickOn(".photo")
	p.Has("#photo-large")
	w.shots(p, "photo-large")
	p.Click("photo.remove")
	p.See("What somebody has seen or saved cannot be taken back")
	p.Click("photo.remove.do")
	p.NotHas(".photos")
	w.doctor.NotHas(".photos")
	w.noProblems(p)
}
