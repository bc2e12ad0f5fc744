package screen

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/pack"
	"vialog/wasm/internal/scan"
	"vialog/wasm/internal/view"
)

// Scanning codes.
//
// The scanner is a dialog over any screen inside the frame. The page looks
// through the camera and sends either the code that the browser has found or a
// picture in grey, and waits for the command "look" before it sends more.

const (
	scanSlow   = 20 * time.Second // after which the scanner says what helps
	scanPause  = 2 * time.Minute  // after which it stops the camera
	scanRicher = 3 * time.Second  // how long it looks for more than which product it is
	scanSame   = 5 * time.Second  // how long it passes over the pack before, which is still there
	scanMost   = time.Minute      // for one picture, with loading the decoder
)

// A scanner is a look for one code.
type scanner struct {
	then    func(pack.Code)
	text    func(string) *view.Problem // takes any text instead, or says what is wrong with it
	camera  view.Camera
	reading bool
	problem *view.Problem
	typed   string
	since   time.Time // the camera looks; zero: not yet
	ask     bool      // the page waits for an answer about the camera

	before   string // the code read just before, when one scan asked for the next
	beforeAt time.Time

	poor     pack.Code // says only which product it is
	poorAt   time.Time
	poorText string
}

// scan asks for the code of a pack and hands it to then, which finds the person
// where they were. It may ask for the next one.
func (g *Guide) scan(then func(pack.Code)) {
	g.scanner = &scanner{then: then}
}

func (g *Guide) scanningAct(e node.Event, f map[string]string) bool {
	switch e.Act {
	case view.ActScanLot:
		g.typedIn(f)
		g.scan(g.scannedLot)
	case view.ActScanClose:
		g.scanner = nil
	case view.ActScanAgain:
		if s := g.scanner; s != nil {
			*s = scanner{then: s.then, text: s.text}
			g.focus = "scan-title" // what was pressed has gone
		}
	case view.ActScanTyped:
		s := g.scanner
		if s == nil {
			break
		}
		s.typed = f[view.FieldScanText]
		if s.text != nil {
			g.scannedText(s.typed)
			break
		}
		c, err := pack.Parse(s.typed)
		if err != nil {
			s.problem = &view.Problem{Key: scanProblem(err)}
			break
		}
		g.scanned(c, s.typed)
	default:
		return false
	}
	return true
}

// scannerModel is the scanner for the frame, nil while none is asked for.
func (g *Guide) scannerModel() *view.Scanner {
	s := g.scanner
	if s == nil {
		return nil
	}
	return &view.Scanner{Camera: s.camera, Reading: s.reading, Problem: s.problem, Typed: s.typed, Link: s.text != nil}
}

// cameras says what the names of the browser's errors mean.
var cameras = map[string]view.Camera{
	"NotAllowedError": view.CameraRefused, "SecurityError": view.CameraRefused,
	"NotFoundError": view.CameraNone, "OverconstrainedError": view.CameraNone,
	"TypeError": view.CameraUnsupported, "NotSupportedError": view.CameraUnsupported,
}

// sawCamera takes what the page tells of the camera or of a picture.
func (g *Guide) sawCamera(e node.Event) {
	s, f := g.scanner, e.Fields
	if s == nil {
		return
	}
	picture := f["picture"] != ""
	switch {
	case picture && f["failed"] != "":
		s.problem = &view.Problem{Key: lang.ScanBadPicture}
	case f["failed"] != "":
		s.since, s.ask = time.Time{}, false
		if s.camera = cameras[f["failed"]]; s.camera == view.CameraStarting {
			s.camera = view.CameraBusy
		}
	case f["on"] != "":
		s.camera, s.since = view.CameraOn, g.now()
	case f["text"] != "":
		s.ask = true
		found := scan.Finding{Symbology: formats[f["format"]], Text: f["text"]}
		if _, err := pack.Read(found); s.text == nil && errors.Is(err, pack.ErrUnclear) {
			// This browser loses the separators. Ours does not.
			g.look("own")
			return
		}
		g.sawCodes([]scan.Finding{found}, false)
	case len(e.Files) == 1:
		w, _ := strconv.Atoi(f["width"])
		h, _ := strconv.Atoi(f["height"])
		frame := scan.Frame{Width: w, Height: h, Luma: e.Files[0].Data}
		if !picture {
			s.ask = true
		}
		if frame.Valid() {
			g.decode(frame, picture)
		}
	}
}

// formats are the browser's names for kinds of codes.
var formats = map[string]scan.Symbology{
	"data_matrix": scan.DataMatrix, "qr_code": scan.QR, "code_39": scan.Code39, "code_128": scan.Code128, "ean_13": scan.EAN13,
}

// look has the page send what the camera sees next; with "own" as a picture,
// whatever codes the browser may find itself.
func (g *Guide) look(how string) {
	if s := g.scanner; s != nil && s.ask {
		s.ask = false
		g.env.Page.Command("look", "how", how)
	}
}

// decode has the second program look for codes in a picture.
func (g *Guide) decode(f scan.Frame, picture bool) {
	s := g.scanner
	s.reading = picture
	if picture {
		s.problem = nil
	}
	ctx, cancel := context.WithTimeout(g.ctx, scanMost)
	go func() {
		defer cancel()
		out, err := g.env.Extra(ctx, scan.Op, f.Bytes())
		var list []scan.Finding
		if err == nil {
			list, err = scan.ParseFindings(out)
		}
		select {
		case g.do <- func() {
			if g.scanner != s {
				return // closed meanwhile
			}
			if picture {
				s.reading = false
			}
			if err != nil {
				s.problem = &view.Problem{Key: lang.ScanFailed}
				if errors.Is(err, ErrNotLoaded) {
					s.problem.Key = lang.ScanNotLoaded
				}
				if !picture {
					s.camera = view.CameraPaused // it would fail with each picture
				}
				return
			}
			g.sawCodes(list, picture)
		}:
		case <-g.ctx.Done():
		}
	}()
}

// sawCodes takes the codes of one look.
func (g *Guide) sawCodes(list []scan.Finding, picture bool) {
	s, now := g.scanner, g.now()
	if s.text != nil {
		g.sawTexts(list, picture)
		return
	}
	var why error
	for _, f := range list {
		if f.Text == s.before && now.Sub(s.beforeAt) < scanSame && !picture {
			continue
		}
		c, err := pack.Read(f)
		switch {
		case err != nil:
			if why == nil || errors.Is(why, pack.ErrNotMedicine) {
				why = err
			}
			continue
		case c.Batch == "" && !picture && len(s.poorText) == 0:
			s.poor, s.poorAt, s.poorText = c, now, f.Text
			continue
		case c.Batch == "" && !picture && f.Text == s.poorText:
			continue
		}
		g.scanned(c, f.Text)
		return
	}
	switch {
	case s.poorText != "" && now.Sub(s.poorAt) >= scanRicher:
		g.scanned(s.poor, s.poorText)
		return
	case why != nil && s.poorText == "":
		s.problem = &view.Problem{Key: scanProblem(why)}
	case picture:
		s.problem = &view.Problem{Key: lang.ScanNoCode}
	}
	g.scanClock()
	if !picture && s.camera.Shown() {
		g.look("")
	}
}

// scanned closes the scanner and hands the code over.
func (g *Guide) scanned(c pack.Code, text string) {
	s := g.scanner
	g.scanner = nil
	g.env.Page.Command("buzz")
	if c.Batch != "" {
		g.env.Page.Command("say", "text", g.lang.T(lang.ScanFoundBatch, "lot", c.Batch))
	} else {
		g.env.Page.Command("say", "text", g.lang.T(lang.ScanFound))
	}
	s.then(c)
	if next := g.scanner; next != nil && s.camera.Shown() {
		// The same camera goes on.
		next.camera, next.ask, next.before, next.beforeAt = s.camera, s.ask, text, g.now()
		if !s.since.IsZero() {
			next.camera, next.since = view.CameraOn, g.now()
		}
		g.look("")
	}
}

// sawTexts takes the codes of one look where a text is looked for.
func (g *Guide) sawTexts(list []scan.Finding, picture bool) {
	s := g.scanner
	for _, f := range list {
		if g.scannedText(f.Text); g.scanner != s {
			return
		}
	}
	if picture && len(list) == 0 {
		s.problem = &view.Problem{Key: lang.ScanNoCode}
	}
	g.scanClock()
	if !picture && s.camera.Shown() {
		g.look("")
	}
}

// scannedText hands a text over and closes the scanner, unless it is refused.
func (g *Guide) scannedText(text string) {
	s := g.scanner
	if s.problem = s.text(text); s.problem == nil {
		g.scanner = nil
		g.env.Page.Command("buzz")
		g.env.Page.Command("say", "text", g.lang.T(lang.ScanFound))
	}
}

// scanClock says what helps when nothing is found, and stops the camera when
// that has lasted long.
func (g *Guide) scanClock() (changed bool) {
	s := g.scanner
	if s == nil || s.since.IsZero() || !s.camera.Shown() {
		return false
	}
	was := s.camera
	switch d := g.now().Sub(s.since); {
	case d >= scanPause:
		s.camera, s.since = view.CameraPaused, time.Time{}
	case d >= scanSlow:
		s.camera = view.CameraSlow
	}
	return s.camera != was
}

func scanProblem(err error) lang.Key {
	for _, p := range [...]struct {
		err error
		key lang.Key
	}{
		{pack.ErrCheck, lang.ScanCheck}, {pack.ErrCut, lang.ScanCut}, {pack.ErrDate, lang.ScanDate},
		{pack.ErrText, lang.ScanText}, {pack.ErrUnclear, lang.ScanUnclear},
	} {
		if errors.Is(err, p.err) {
			return p.key
		}
	}
	return lang.ScanNotMedicine
}

// scannedLot puts a code into the first lot of the treatment's form that is
// empty, or into a new one: batch, expiry and PZN, and the strength of earlier
// packs with the same number.
func (g *Guide) scannedLot(c pack.Code) {
	f := &g.form
	g.problems = nil
	strength := g.scannedProduct(c)
	if c.Batch == "" {
		g.sayUnlessBad(lang.ScanNoBatch)
		g.redrawLots()
		return
	}
	at := -1
	for i := range max(1, f.lots) {
		batch := f.get(view.FieldLot + strconv.Itoa(i))
		if diary.SameBatch(batch, c.Batch) {
			g.sayUnlessBad(lang.ScanLotThere, "lot", c.Batch)
			return
		}
		if at < 0 && strings.TrimSpace(batch) == "" {
			at = i
		}
	}
	if at < 0 {
		if f.lots >= diary.MaxLots {
			g.notice = &view.Notice{Key: lang.ScanLotsFull, Bad: true}
			return
		}
		at = f.lots
		f.lots++
	}
	n := strconv.Itoa(at)
	f.fields[view.FieldLot+n], f.fields[view.FieldPZN+n] = c.Batch, c.PZN
	delete(f.fields, view.FieldExpiry+n)
	if !c.Expiry.IsZero() {
		f.fields[view.FieldExpiry+n] = g.expiryField(c.Expiry)
	}
	if strength != 0 {
		f.fields[view.FieldStrength+n] = strength.String()
	}
	if !c.Expiry.IsZero() && c.Expiry.Before(diary.DateOf(g.local(g.now()))) {
		g.notice = &view.Notice{Key: lang.ScanExpired, Args: []string{"expiry", g.expiryText(c.Expiry)}, Bad: true}
	}
	g.sayUnlessBad(lang.ScanLotFilled, "lot", c.Batch)
	g.redrawLots()
}

// sayUnlessBad says it, unless there is something worse to say.
func (g *Guide) sayUnlessBad(k lang.Key, args ...string) {
	if g.notice == nil || !g.notice.Bad {
		g.say(k, args...)
	}
}

// redrawLots has the form show what came from a code, over what was typed.
func (g *Guide) redrawLots() {
	g.form.scans++
	g.form.typed = true
	g.keepDraft()
}

// scannedProduct chooses the product of the code in the treatment's form, where
// the diary knows it, and returns the strength of such a pack, 0 if unknown. A
// product that is chosen already is not changed.
func (g *Guide) scannedProduct(c pack.Code) (strength diary.Amount) {
	var p diary.Product
	known := false
	g.env.Client.Look(func(l app.Look) {
		if it := l.Diary().PackLike(c.PZN, c.GTIN); it != nil {
			like := it.Entry.(*diary.Pack)
			p, known = diary.Products.Find(like.Product)
			known = known && !p.Typed
			for _, lot := range like.Lots {
				strength = max(strength, lot.Strength)
			}
			return
		}
		p, known = productOf(l.Diary(), c)
	})
	if !known {
		return 0
	}
	chosen, ok := diary.Products.Find(diary.ProductID(g.form.get(view.FieldProduct)))
	switch {
	case !ok:
		g.form.fields[view.FieldProduct] = string(p.ID)
	case chosen.ID != p.ID:
		g.notice = &view.Notice{Key: lang.ScanOther, Args: []string{"product", p.Brand, "other", chosen.Brand}, Bad: true}
		return 0
	}
	return strength
}

// expiryField is a date as the form's field has it, and as parseExpiry reads it.
func (g *Guide) expiryField(d diary.Date) string {
	if d.Day != 0 && g.lang != lang.German {
		return d.String()
	}
	return g.expiryText(d)
}

// productOf is the product that the diary knows a code by: from packs with its
// number, or because it holds that very lot already.
func productOf(d *diary.Diary, c pack.Code) (diary.Product, bool) {
	if it := d.PackLike(c.PZN, c.GTIN); it != nil {
		p, ok := diary.Products.Find(it.Entry.(*diary.Pack).Product)
		return p, ok && !p.Typed
	}
	if c.Batch == "" {
		return diary.Product{}, false
	}
	var found diary.ProductID
	d.Timeline(diary.Filter{Kinds: []diary.Kind{diary.KindTreatment, diary.KindPack}, Match: func(it *diary.Item) bool {
		var id diary.ProductID
		var lots []diary.Lot
		switch e := it.Entry.(type) {
		case *diary.Treatment:
			id, lots = e.Product, e.Lots
		case *diary.Pack:
			id, lots = e.Product, e.Lots
		}
		for _, l := range lots {
			if diary.SameBatch(l.Batch, c.Batch) && (l.Expiry.IsZero() || c.Expiry.IsZero() || l.Expiry.Year == c.Expiry.Year && l.Expiry.Month == c.Expiry.Month) {
				if found != "" && found != id {
					found = "-" // two products with a lot of that name: no telling
				} else {
					found = id
				}
			}
		}
		return false
	}})
	p, ok := diary.Products.Find(found)
	return p, ok && !p.Typed
}
