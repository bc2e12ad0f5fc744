package screen

import (
	"slices"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/arrange"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// What a patient's page shows beside the entries: photos, and what somebody at
// home has acknowledged.

const (
	galleryPage  = 12  // photos at a time: a preview is up to 6 KB of page
	talkLines    = 200 // messages that a page shows
	excerptBytes = 80  // bytes
)

// gallery puts the newest photos on a patient's page, and the one that is open.
// Those that were taken back, or whose entry was, are left out.
func (g *Guide) gallery(l app.Look, m *view.PatientPage, p app.PatientInfo) {
	list := slices.DeleteFunc(slices.Clone(p.Diary.AllPhotos()), func(it *diary.Item) bool {
		of, ok := p.Diary.Get(it.Photo().About)
		return it.Retracted != nil || !ok || of.Retracted != nil
	})
	slices.Reverse(list)
	shown := galleryPage + g.shots.older
	m.PhotosMore = max(len(list)-shown, 0)
	for _, it := range list[:min(len(list), shown)] {
		of, _ := p.Diary.Get(it.Photo().About)
		e := g.entry(l, p.Diary, p.N, of)
		x := view.PatientPhoto{Photo: g.photo(l, p.N, it, &e), Of: e}
		m.Photos = append(m.Photos, x)
		if g.shots.open == x.ID {
			m.OpenPhoto = &view.OpenPhoto{Photo: x.Photo, Picture: g.shots.picture, Problem: g.shots.problem, Added: g.local(it.Photo().Entered.Time())}
		}
	}
}

// acknowledged lists every version of each plan that the centre signed, also of
// one that it took back, and the newest messages, with who at home read them.
func (g *Guide) acknowledged(d *diary.Diary) (out []view.Acknowledged) {
	plans := d.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindPlan}, Retracted: true})
	for _, it := range slices.Concat(plans, d.Messages(talkLines)) {
		if it.Author.Who != diary.Centre {
			continue
		}
		seen := d.Sightings(it)
		version := 0
		for _, v := range d.History(it.ID) {
			x := view.Acknowledged{Written: g.local(time.UnixMilli(v.Written))}
			switch e := v.Entry.(type) {
			case *diary.Plan:
				version++
				x.Version, x.What = version, planLine(g.lang, e)
			case *diary.Message:
				x.What = excerpt(e.Text)
			}
			if x.What == "" || v.Fate != diary.Counted {
				continue
			}
			for _, s := range seen {
				if s.Version == v.ID && s.By.Who.Home() {
					x.Read, x.By = g.local(time.UnixMilli(s.At)), g.homeName(s.By)
					break // the earliest is first
				}
			}
			out = append(out, x)
		}
	}
	arrange.By(out, func(a, b view.Acknowledged) int { return b.Written.Compare(a.Written) })
	return out
}

// homeName is who at home it was, as a centre calls them.
func (g *Guide) homeName(a diary.Author) string {
	switch {
	case a.Name != "":
		return a.Name
	case a.Who == diary.Carer:
		return g.lang.Label(diary.Carer.Key())
	}
	return g.lang.T(lang.MessagePatient)
}

// excerpt is how a message begins.
func excerpt(text string) string {
	line, rest, _ := strings.Cut(text, "\n")
	short := clipText(line, excerptBytes)
	if short != line || rest != "" {
		short += "…"
	}
	return short
}
