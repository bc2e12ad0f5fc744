package view

import (
	"slices"
	"strconv"
	"time"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// PhotoState is how a photo stands, where there is something to say.
type PhotoState uint8

const (
	PhotoFine      PhotoState = iota
	PhotoWaiting              // to be sent
	PhotoFull                 // the relay has no room for it
	PhotoRefused              // the relay refuses it for another reason
	PhotoNoChannel            // there is none for photos
	PhotoElsewhere            // on the device that took it, which has not sent it
)

func (s PhotoState) text() lang.Key {
	return [...]lang.Key{0, lang.PhotoWaitingText, lang.PhotoFullText, lang.PhotoRefusedText, lang.PhotoNoChannelText, lang.PhotoElsewhereText}[s]
}

// A Photo is one of an entry's, as its preview.
type Photo struct {
	ID      string
	Src     string // data: of the preview
	Caption string
	Alt     string
	State   PhotoState
}

// Photos are those of an entry.
type Photos struct {
	List  []Photo
	May   bool // be added to
	Busy  int  // photos that the page is preparing
	Wrong []lang.Key
	Open  *OpenPhoto // the one that is shown large
}

// An OpenPhoto is shown large, over its entry.
type OpenPhoto struct {
	Photo
	Picture string    // blob: of the picture; empty: not there yet
	Problem lang.Key  // why it cannot be shown
	Added   time.Time // to the diary
	May     bool      // be given another caption or be removed
	Asking  bool      // whether it is to be removed
}

// A DraftPhoto belongs to a form that is not saved yet.
type DraftPhoto struct{ ID, Src, Caption string }

// PhotoForm is what Photos' identifier is in a form.
const PhotoForm = "form"

// add is the buttons that add photos to an entry, or to the form, and what
// became of those that were chosen.
func (b Base) addPhotos(key string, busy int, wrong []lang.Key) node.Node {
	file := func(id, class string, i icon, label lang.Key, more ...node.Item) node.Node {
		name := id + "file"
		id += key
		input := []node.Item{node.ID(id), node.Name(name), node.Type("file"), node.Set("accept", "image/*"), node.Data("kind", "photo"), node.Aria("describedby", "photo-hint")}
		return node.Label(node.Class("btn file "+class), node.For(id), i.draw(""), node.Input(append(input, more...)...), node.Span(b.t(label)))
	}
	var said node.Node
	if busy > 0 {
		said = node.P(node.Class("photo-busy"), iconClock.draw("small"), node.Span(node.Text(b.Lang.N(lang.PhotosBusy, busy))))
	}
	return node.Group(
		node.P(node.ID("photo-hint"), node.Class("hint"), b.t(lang.PhotosHint)),
		node.Div(node.ID("photo-said"), node.Role("status"), said, node.Each(wrong, func(k lang.Key) node.Node {
			return node.P(node.Class("photo-wrong"), iconAlert.draw("small"), node.Span(b.t(k)))
		})),
		node.Div(node.Class("actions"),
			file("photo-take-", "take", iconCamera, lang.PhotoTake, node.Set("capture", "environment")),
			file("photo-choose-", "", iconPicture, lang.PhotoChoose, node.Multiple(true))))
}

// draftPhotos are the photos of a form, each with a caption.
func (b Base) draftPhotos(list []DraftPhoto, busy int, wrong []lang.Key) node.Node {
	n := 0
	var drafts node.Node
	if len(list) > 0 {
		drafts = node.Ul(node.Class("photo-drafts"), node.Each(list, func(p DraftPhoto) node.Node {
			n++
			s := strconv.Itoa(n)
			f := field{Base: b, name: FieldCaption + p.ID, label: lang.PhotoCaptionOf, args: []string{"n", s}, optional: true}
			return node.Li(node.ID("draft-"+p.ID),
				node.Img(node.Src(p.Src), node.Alt(b.Lang.T(lang.PhotoDraftAlt, "n", s))),
				f.input(p.Caption, node.Type("text"), node.Autocomplete("off"), node.Maxlength(100)),
				node.Button(node.Type("button"), node.Class("round"), node.Act(ActPhotoDrop), node.Name(FieldPhoto), node.Value(p.ID), iconClose.draw(""), hidden(b.Lang.T(lang.PhotoDropOf, "n", s))))
		}))
	}
	return node.Fieldset(node.Class("card field places-set photo-set"), node.ID("photos"), node.Legend(b.t(lang.PhotosTitle), node.Small(node.Class("opt"), node.Text(" ("+b.Lang.T(lang.Optional)+")"))),
		drafts, b.addPhotos(PhotoForm, busy, wrong))
}

// photos are those of the entry, and the way to add some.
func (m EntryPage) photos() node.Node {
	p := m.Photos
	if len(p.List) == 0 && !p.May {
		return node.Node{}
	}
	var list, add node.Node
	var why []lang.Key // some were not sent
	if len(p.List) > 0 {
		list = node.Ul(node.Class("photos"), node.Each(p.List, func(x Photo) node.Node {
			var state node.Node
			switch k := x.State.text(); {
			case k == 0:
			case x.State == PhotoWaiting, x.State == PhotoElsewhere:
				state = node.P(node.Class("sub"), iconClock.draw("small"), node.Span(m.t(k)))
			default:
				state = node.P(node.Class("sub"), iconAlert.draw("small"), node.Span(m.t(lang.PhotoNotSent)))
				if !slices.Contains(why, k) {
					why = append(why, k)
				}
			}
			return node.Li(
				node.Button(node.ID("photo-"+x.ID), node.Type("button"), node.Class("photo"), node.Act(ActPhotoOpen), node.Name(FieldPhoto), node.Value(x.ID),
					hidden(m.Lang.T(lang.PhotoOpen)+" "), node.Img(node.Src(x.Src), node.Alt(x.Alt))),
				node.If(x.Caption != "", node.P(node.Aria("hidden", "true"), node.Text(x.Caption))), state)
		}))
	}
	if p.May {
		add = m.addPhotos(m.Entry.ID, p.Busy, p.Wrong)
	}
	return node.Section(node.Class("photo-section"), node.Aria("labelledby", "photos-title"),
		node.H2(node.ID("photos-title"), m.t(lang.PhotosTitle)), list,
		node.Each(why, func(k lang.Key) node.Node {
			return node.Div(node.Class("panel calm"), iconAlert.draw(""), node.P(m.t(k)))
		}),
		node.If(p.May, node.Div(node.Class("card"), add)), m.openPhoto(p.Open))
}

// openPhoto is the photo that is shown large. Escape closes it.
func (b Base) openPhoto(o *OpenPhoto) node.Node {
	if o == nil {
		return node.Node{}
	}
	var picture, below node.Node
	switch {
	case o.Problem != 0:
		picture = node.Div(node.ID("photo-problem"), node.Class("panel calm"), node.Role("alert"), iconAlert.draw(""), node.P(b.t(o.Problem)))
		below = b.button(ActPhotoOpen, "", lang.PhotoRetry, with(FieldPhoto, o.ID)...)
	case o.Picture == "":
		picture = node.P(node.ID("photo-loading"), node.Class("photo-busy"), node.Role("status"), iconClock.draw(""), node.Span(b.t(lang.PhotoLoading)))
	default:
		picture = node.Img(node.ID("photo-large"), node.Src(o.Picture), node.Alt(o.Alt))
	}
	body := []node.Item{node.ID("photo"), node.Class("photo-dialog"), node.Act(ActPhotoClose), node.Open(true), node.Aria("labelledby", "photo-title"),
		node.Header(node.H2(node.ID("photo-title"), node.Text(o.Alt)),
			node.Button(node.ID("photo-close"), node.Type("button"), node.Class("round"), node.Act(ActPhotoClose), iconClose.draw(""), hidden(b.Lang.T(lang.Close)))),
		picture, node.P(node.Class("sub"), b.t(lang.PhotoAdded, "when", b.Lang.When(b.Now, o.Added))), below}
	switch {
	case o.Asking:
		body = append(body, node.Div(node.ID("photo-ask"), node.Tabindex(-1), node.Class("panel alarm"), node.Role("group"), node.Aria("label", b.Lang.T(lang.PhotoRemove)), iconAlert.draw(""), node.Div(b.p("", lang.PhotoRemoveAsk),
			node.Div(node.Class("actions"), b.button(ActPhotoRemoveDo, "alarm", lang.PhotoRemoveDo, with(FieldPhoto, o.ID)...), b.button(ActPhotoKeep, "quiet", lang.Cancel)))))
	case o.May:
		caption := field{Base: b, name: FieldCaption + o.ID, label: lang.PhotoCaption, optional: true}
		body = append(body, form("photo-caption", ActPhotoCaption, carry(FieldPhoto, o.ID), caption.input(o.Caption, node.Type("text"), node.Autocomplete("off"), node.Maxlength(100)),
			node.Div(node.Class("actions"), node.Button(node.Type("submit"), node.Class("btn"), node.Span(b.t(lang.PhotoCaptionSave))),
				b.button(ActPhotoRemove, "quiet", lang.PhotoRemove, append(with(FieldPhoto, o.ID), node.ID("photo-remove"))...))))
	}
	return node.Dialog(body...)
}

// thumb is the first photo of an entry in a list.
func (f Frame) thumb(e Entry) node.Node {
	if len(e.Photos) == 0 {
		return node.Node{}
	}
	return node.Span(node.Class("entry-thumb"), node.Img(node.Src(e.Photos[0].Src), node.Alt(f.Lang.N(lang.PhotosCount, len(e.Photos)))))
}
