package sample

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/jpeg"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// Photos.
var photos = []Case{
	{"entry-photos", func(b view.Base) view.Screen { return photoPage(b, nil) }},
	{"entry-photos-none", func(b view.Base) view.Screen {
		m := photoPage(b, nil)
		m.Photos = view.Photos{May: true, Busy: 2}
		return m
	}},
	{"entry-photos-wrong", func(b view.Base) view.Screen {
		m := photoPage(b, nil)
		m.Photos.Busy, m.Photos.Wrong = 1, []lang.Key{lang.PhotoHEIC, lang.PhotoTooLarge}
		return m
	}},
	{"entry-photo-open", func(b view.Base) view.Screen {
		return photoPage(b, func(o *view.OpenPhoto) { o.Picture = picture(3, 480, 360) })
	}},
	{"entry-photo-loading", func(b view.Base) view.Screen { return photoPage(b, func(*view.OpenPhoto) {}) }},
	{"entry-photo-damaged", func(b view.Base) view.Screen {
		return photoPage(b, func(o *view.OpenPhoto) { o.Problem = lang.PhotoDamagedText })
	}},
	{"entry-photo-remove", func(b view.Base) view.Screen {
		return photoPage(b, func(o *view.OpenPhoto) { o.Picture, o.Asking = picture(3, 480, 360), true })
	}},
	{"entry-photos-centre", func(b view.Base) view.Screen {
		m := photoPage(b, func(o *view.OpenPhoto) { o.Problem, o.May = lang.PhotoNotYet, false })
		m.Frame, m.Pseudonym, m.PatientID, m.MayCorrect, m.Photos.May = centre(b, view.PlacePatients), pseudonym, "3", false, false
		m.Entry = asPatient(m.Entry)
		return m
	}},
	{"bleed-photos", func(b view.Base) view.Screen {
		m := bleedForm(b)
		m.Photos = []view.DraftPhoto{{ID: "e_d1", Src: picture(1, 32, 24), Caption: in(b, "swollen, from the side", "geschwollen, von der Seite")}, {ID: "e_d2", Src: picture(2, 32, 24)}}
		m.PhotosBusy, m.PhotosWrong = 1, []lang.Key{lang.PhotoUnreadable}
		return m
	}},
	{"diary-photos", func(b view.Base) view.Screen {
		m := view.Diary{Frame: patient(b, view.PlaceDiary), Days: days(b)}
		e := &m.Days[1].Entries[0]
		e.Photos = photosOf(b)[:2]
		return m
	}},
}

func photosOf(b view.Base) []view.Photo {
	alt := b.Lang.T(lang.PhotoAlt, "what", b.Lang.Label("place.knee.left"), "when", b.Lang.When(b.Now, at(1, 18, 15)))
	side := in(b, "swollen, from the side", "geschwollen, von der Seite")
	return []view.Photo{
		{ID: "e_p1", Src: picture(1, 32, 24), Caption: side, Alt: side},
		{ID: "e_p2", Src: picture(2, 32, 24), Alt: alt, State: view.PhotoWaiting},
		{ID: "e_p3", Src: picture(3, 32, 24), Alt: alt, State: view.PhotoFull},
		{ID: "e_p4", Src: picture(4, 32, 24), Alt: alt, State: view.PhotoElsewhere},
		{ID: "e_p5", Src: picture(5, 32, 24), Alt: alt, State: view.PhotoRefused},
		{ID: "e_p6", Src: picture(6, 32, 24), Alt: alt, State: view.PhotoNoChannel},
	}
}

// photoPage is a bleed with photos; change opens one of them.
func photoPage(b view.Base, change func(*view.OpenPhoto)) view.EntryPage {
	m := view.EntryPage{Frame: patient(b, view.PlaceDiary), Entry: knee(b, "e_02", at(1, 18, 15)), MayCorrect: true}
	m.Photos = view.Photos{List: photosOf(b), May: true}
	if change != nil {
		m.Photos.List = m.Photos.List[:2]
		m.Photos.Open = &view.OpenPhoto{Photo: m.Photos.List[0], Added: at(1, 18, 50), May: true}
		change(m.Photos.Open)
	}
	return m
}

// picture is an invented one: skin, and a bruise.
func picture(seed, w, h int) string {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			dx, dy := float64(x)/float64(w)-.3-.07*float64(seed), float64(y)/float64(h)-.5
			d := min(1, (dx*dx+dy*dy)*(8+float64(seed)))
			mix := func(a, b float64) uint8 { return uint8(a + (b-a)*d) }
			img.Set(x, y, color.RGBA{mix(120, 225), mix(80, 180), mix(130, 155), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 30}); err != nil {
		panic(err)
	}
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(out.Bytes())
}
