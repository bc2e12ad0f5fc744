package screen

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"vialog/shared/wire"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/view"
)

// Photos.
//
// The page draws what a person chooses anew and sends the result, one event for
// each picture, which names the buttons it was chosen with: those of a form or
// of an entry. In a form a picture waits, sealed, until the form is saved; at an
// entry it is added at once.

const mostPhotos = 12 // of one entry

// shots is what is under way with photos.
type shots struct {
	busy  int        // pictures that the page is preparing
	wrong []lang.Key // why some were not added
	late  diary.ID   // the entry whose form was saved before its last picture was there

	previews map[string]string // of the form: addresses, by photo

	older   int    // photos that a patient's page shows beyond the newest
	open    string // photo shown large
	getting bool   // it is on its way
	asking  bool
	picture string // its address
	free    func() // lets go of that
	problem lang.Key
}

func (g *Guide) photosAct(e node.Event, f map[string]string) bool {
	id := f[view.FieldPhoto]
	switch e.Act {
	case view.ActPhotoOpen:
		g.openPhoto(id)
	case view.ActPhotosMore:
		g.shots.older += galleryPage
	case view.ActPhotoClose:
		g.closePhoto()
	case view.ActPhotoCaption:
		g.captionPhoto(id, f[view.FieldCaption+id])
	case view.ActPhotoRemove:
		g.shots.asking, g.focus = true, "photo-ask"
	case view.ActPhotoKeep:
		g.shots.asking, g.focus = false, "photo-remove"
	case view.ActPhotoRemoveDo:
		g.removePhoto(id)
	case view.ActPhotoDrop:
		delete(f, view.FieldPhoto)
		g.typedIn(f)
		g.setFormPhotos(slices.DeleteFunc(g.formPhotos(), func(o string) bool { return o == id }))
		delete(g.form.fields, view.FieldCaption+id)
		g.keepDraft()
		g.sweepPhotos()
	default:
		return false
	}
	return true
}

/* ---- adding ---- */

var photoFailures = map[string]lang.Key{"large": lang.PhotoTooLarge, "heic": lang.PhotoHEIC}

// tookPhoto takes what the page tells of the pictures that were chosen.
func (g *Guide) tookPhoto(e node.Event) {
	if !g.open {
		return
	}
	g.active = g.now()
	f := e.Fields
	if n, err := strconv.Atoi(f["begin"]); err == nil {
		g.shots.busy, g.shots.wrong, g.shots.late = g.shots.busy+max(n, 0), nil, diary.ID{}
		return
	}
	g.shots.busy = max(g.shots.busy-1, 0)
	var s app.Shot
	for _, file := range e.Files {
		switch file.Field {
		case "photo":
			s.Content = file.Data
		case "preview":
			s.Preview = file.Data
		}
	}
	if ms, err := strconv.ParseInt(f["taken"], 10, 64); err == nil && ms > 0 {
		s.Taken = g.local(time.UnixMilli(ms))
	}
	why := lang.Key(0)
	if f["failed"] != "" {
		if why = photoFailures[f["failed"]]; why == 0 {
			why = lang.PhotoUnreadable
		}
	} else {
		why = g.placePhoto(e.ID, s)
	}
	if why != 0 && !slices.Contains(g.shots.wrong, why) {
		g.shots.wrong = append(g.shots.wrong, why)
	}
}

// placePhoto puts a picture where it was chosen for. It returns why not.
func (g *Guide) placePhoto(button string, s app.Shot) lang.Key {
	key := button[strings.LastIndexByte(button, '-')+1:]
	inForm := key == view.PhotoForm && g.at.name == atBleed && g.inForm()
	var about diary.ID
	if key == view.PhotoForm {
		about = g.shots.late
	} else {
		about, _ = diary.ParseID(key)
	}
	switch {
	case inForm && len(g.formPhotos()) >= mostPhotos, !inForm && g.photoCount(about) >= mostPhotos:
		return lang.PhotoTooMany
	case !inForm && about.IsZero():
		g.notice = &view.Notice{Key: lang.NoticePhotoLate, Bad: true}
		return 0
	}
	blob, err := g.env.Client.KeepPhoto(g.ctx, s)
	if errors.Is(err, app.ErrPhoto) {
		return lang.PhotoUnreadable
	} else if err != nil {
		return lang.PhotoNoSpace
	}
	if inForm {
		g.setFormPhotos(append(g.formPhotos(), blob.String()))
		g.form.typed = true
		g.keepDraft()
		return 0
	}
	if _, err := g.env.Client.AddPhoto(g.ctx, about, blob, ""); err != nil {
		g.sweepPhotos()
		return lang.PhotoNoSpace
	}
	g.say(lang.NoticePhotoAdded)
	return 0
}

func (g *Guide) photoCount(about diary.ID) (n int) {
	g.env.Client.Look(func(l app.Look) {
		if it, ok := l.Diary().Get(about); ok {
			n = len(l.Diary().Photos(it))
		}
	})
	return n
}

// formPhotos are the photos of the form, in the order they were chosen.
func (g *Guide) formPhotos() []string { return photosIn(&g.form) }

func photosIn(f *form) []string { return strings.Fields(f.get(view.FieldPhotos)) }

func (g *Guide) setFormPhotos(list []string) {
	g.form.fields[view.FieldPhotos] = strings.Join(list, " ")
	if len(list) == 0 {
		delete(g.form.fields, view.FieldPhotos)
	}
}

// draftPhotos are the photos of the form as it shows them.
func (g *Guide) draftPhotos() (out []view.DraftPhoto) {
	for _, id := range g.formPhotos() {
		if src := g.shots.previews[id]; src != "" {
			out = append(out, view.DraftPhoto{ID: id, Src: src, Caption: g.form.get(view.FieldCaption + id)})
		}
	}
	return out
}

// loadPreviews reads those of the form's photos that are not in memory. It is
// called outside of Look.
func (g *Guide) loadPreviews() {
	if !g.open || g.at.name != atBleed {
		return
	}
	for _, id := range g.formPhotos() {
		if g.shots.previews[id] != "" {
			continue
		}
		blob, _ := diary.ParseID(id)
		s, err := g.env.Client.DraftPhoto(g.ctx, blob)
		if err != nil {
			continue
		}
		if g.shots.previews == nil {
			g.shots.previews = make(map[string]string)
		}
		g.shots.previews[id] = preview(s.Preview)
	}
}

// savePhotos makes the form's photos part of the diary, with a bleed that has
// just been written under root. It lists those that could not be kept.
func (g *Guide) savePhotos(root diary.ID) (failed []string) {
	for _, id := range g.formPhotos() {
		blob, _ := diary.ParseID(id)
		if _, err := g.env.Client.AddPhoto(g.ctx, root, blob, clipText(diary.Clean(g.form.get(view.FieldCaption+id), false), diary.MaxCaption)); err != nil {
			failed = append(failed, id)
		}
	}
	if g.shots.late = (diary.ID{}); g.shots.busy > 0 {
		g.shots.late = root
	}
	return failed
}

// clipText cuts s between letters.
func clipText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := 0
	for i := range s {
		if i > limit {
			break
		}
		end = i
	}
	return s[:end]
}

// sweepPhotos deletes pictures of forms that are gone.
func (g *Guide) sweepPhotos() {
	if !g.open {
		return
	}
	var keep []diary.ID
	for _, f := range []*form{&g.form, &g.kept.form} {
		for _, id := range photosIn(f) {
			if blob, ok := diary.ParseID(id); ok {
				keep = append(keep, blob)
			}
		}
	}
	g.env.Client.SweepPhotos(g.ctx, keep)
}

/* ---- showing ---- */

func preview(jpeg []byte) string {
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg)
}

// photo is one of an entry's as screens show it.
func (g *Guide) photo(l app.Look, n uint32, it *diary.Item, of *view.Entry) view.Photo {
	p := it.Photo()
	out := view.Photo{ID: it.ID.String(), Src: preview(p.Preview), Caption: p.Caption, Alt: p.Caption}
	if out.Alt == "" {
		out.Alt = g.lang.T(lang.PhotoAlt, "what", of.Title(g.lang), "when", g.lang.When(g.local(g.now()), of.At))
	}
	switch info := l.PhotoInfo(n, it.ID); {
	case info.NoRoom:
		out.State = view.PhotoNoChannel
	case info.Refusal == wire.TenantFull, info.Refusal == wire.ChannelFull, info.Refusal == wire.DiskFull:
		out.State = view.PhotoFull
	case info.Refusal != 0:
		out.State = view.PhotoRefused
	case info.Waiting:
		out.State = view.PhotoWaiting
	case !info.Here && !info.There:
		out.State = view.PhotoElsewhere
	}
	return out
}

// photosOf are the photos on an entry's page.
func (g *Guide) photosOf(l app.Look, d *diary.Diary, n uint32, it *diary.Item, may bool) view.Photos {
	kind := it.Kind()
	out := view.Photos{May: may && (kind == diary.KindBleed || kind == diary.KindTreatment || kind == diary.KindNote), Busy: g.shots.busy, Wrong: g.shots.wrong}
	e := g.entry(l, d, n, it)
	out.List = e.Photos
	for _, p := range d.Photos(it) {
		if g.shots.open == p.ID.String() {
			out.Open = &view.OpenPhoto{
				Photo: g.photo(l, n, p, &e), Picture: g.shots.picture, Problem: g.shots.problem, Added: g.local(p.Photo().Entered.Time()), May: may, Asking: g.shots.asking,
			}
		}
	}
	return out
}

// openPhoto shows a photo large, and fetches it if it is not here.
func (g *Guide) openPhoto(entry string) {
	g.closePhoto()
	id, ok := diary.ParseID(entry)
	if !ok {
		return
	}
	g.shots.open = entry
	g.getPhoto(id)
}

// photoAgain tries once more to show a photo that was not there yet: what has
// changed may be that it is.
func (g *Guide) photoAgain() {
	s := &g.shots
	if id, ok := diary.ParseID(s.open); ok && !s.getting && (s.problem == lang.PhotoNotYet || s.problem == lang.PhotoOffline) {
		g.getPhoto(id)
	}
}

func (g *Guide) getPhoto(id diary.ID) {
	g.shots.getting = true
	entry, n, ctx := g.shots.open, g.at.n, g.ctx
	go func() {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
		defer cancel()
		picture, err := g.env.Client.Photo(ctx, n, id)
		select {
		case g.do <- func() { g.gotPhoto(entry, picture, err) }:
		case <-g.ctx.Done():
		}
	}()
}

func (g *Guide) gotPhoto(entry string, picture []byte, err error) {
	s := &g.shots
	if !g.open || s.open != entry || s.picture != "" {
		return // closed meanwhile
	}
	s.getting = false
	switch {
	case err == nil:
		s.picture, s.free = g.env.Blob("image/jpeg", picture)
		s.problem = 0
	case errors.Is(err, app.ErrPhotoAway):
		s.problem = lang.PhotoNotYet
	case errors.Is(err, app.ErrPhotoGone):
		s.problem = lang.PhotoLost
	case errors.Is(err, app.ErrPhotoDamaged):
		s.problem = lang.PhotoDamagedText
	case errors.Is(err, app.ErrOffline):
		s.problem = lang.PhotoOffline
	default:
		s.problem = lang.PhotoNotShown
	}
}

func (g *Guide) closePhoto() {
	s := &g.shots
	if s.free != nil {
		s.free()
	}
	s.open, s.picture, s.free, s.problem, s.asking, s.getting = "", "", nil, 0, false, false
}

// captionPhoto corrects the caption of a photo.
func (g *Guide) captionPhoto(entry, caption string) {
	caption = clipText(diary.Clean(caption, false), diary.MaxCaption)
	var fixed diary.Entry
	g.item(entry, func(it *diary.Item) {
		if p := it.Photo(); p == nil || p.Caption == caption {
			return
		}
		if e, err := diary.Amend(it, diary.MomentOf(g.local(g.now())), g.lang.T(lang.PhotoCaption)); err == nil {
			e.(*diary.Photo).Caption = caption
			fixed = e
		}
	})
	g.closePhoto()
	if fixed == nil {
		return
	}
	if err := g.record(fixed); err != nil {
		g.notice = &view.Notice{Key: unkept(err), Bad: true}
		return
	}
	g.say(lang.NoticeCorrected)
	g.offerUndo()
}

// removePhoto takes a photo back.
func (g *Guide) removePhoto(entry string) {
	var id diary.ID
	g.item(entry, func(it *diary.Item) {
		if it.Photo() != nil {
			id = it.ID
		}
	})
	g.closePhoto()
	if id.IsZero() {
		return
	}
	if _, err := g.env.Client.Record(g.ctx, &diary.Retract{Entry: id, Reason: g.lang.T(lang.NoticePhotoRemoved)}); err != nil {
		g.notice = &view.Notice{Key: unkept(err), Bad: true}
		return
	}
	g.say(lang.NoticePhotoRemoved)
}
