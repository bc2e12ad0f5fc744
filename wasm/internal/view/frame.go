package view

import (
	"strconv"
	"strings"

	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// TitleOf is the first heading of a screen, for the title of the page.
func TitleOf(n node.Node) string {
	if n.Tag() == "h1" {
		return n.Content()
	}
	for _, k := range n.Children() {
		if s := TitleOf(k); s != "" {
			return s
		}
	}
	return ""
}

func (b Base) brand() node.Node {
	return node.Span(node.Class("brand"),
		node.SVG(node.Class("mark"), node.ViewBox("0 0 64 64"), node.Width("32"), node.Height("32"), node.Aria("hidden", "true"), node.Set("focusable", "false"),
			node.Rect(node.Class("mark-ground"), node.Width("64"), node.Height("64"), node.Set("rx", "16")),
			node.Path(node.Class("mark-drop"), node.D("M32 11c7 10 13 17 13 25a13 13 0 0 1-26 0c0-8 6-15 13-25z")),
			node.Path(node.Class("mark-check"), node.D("M25 37l5 5 9-10"))),
		node.Span(b.t(lang.AppName)))
}

func (b Base) skip() node.Node {
	return node.A(node.Class("skip"), node.Href("#main"), node.Act(ActFocus), b.t(lang.SkipToContent))
}

// bare is a screen outside an open vault: one column, nothing around it.
// The key changes when the screen does; then its main element takes the focus.
func (b Base) bare(key string, items ...node.Item) node.Node {
	main := []node.Item{node.ID("main"), node.Tabindex(-1), node.Key(key)}
	return node.Div(node.ID("frame"), node.Class("bare"), node.Lang(b.Lang.Tag()), b.skip(),
		node.Header(node.Class("top"), b.brand()),
		node.Main(append(main, items...)...))
}

// A page is what the frame needs to know of a screen.
type page struct {
	key   string
	back  bool   // leads back to where one came from
	width string // class: "narrow" for forms, "wide" for tables
}

// inside puts a screen into the frame of an open vault.
func (f Frame) inside(p page, items ...node.Item) node.Node {
	class, home := "patient", ActGoToday
	if f.Role == Centre {
		class, home = "centre", ActGoWork
	}
	top := node.Header(node.Class("top"))
	if p.back {
		top = top.With(node.Button(node.ID("go-back"), node.Type("button"), node.Class("round"), node.Act(ActBack), iconBack.draw(""), hidden(f.Lang.T(lang.Back))))
	}
	top = top.With(
		node.Button(node.ID("go-home"), node.Type("button"), node.Class("home"), node.Act(home), f.brand()),
		f.strip())
	if f.Role == Patient {
		top = top.With(node.Button(node.ID("go-settings"), node.Type("button"), node.Class("round"), node.Act(ActGoSettings),
			node.If(f.Place == PlaceSettings, node.Aria("current", "page")), iconSettings.draw(""), hidden(f.Lang.T(lang.PlaceSettingsName))))
	}
	if f.Place == PlaceRecord {
		class += " focus" // a form: a phone leaves the places away
	}
	main := []node.Item{node.ID("main"), node.Class(p.width), node.Tabindex(-1), node.Key(p.key), f.alarm(), f.deviceNews(), f.vain(), f.due(), f.notice(), f.reading()}
	return f.offered(node.Div(node.ID("frame"), node.Class("app "+class), node.Lang(f.Lang.Tag()),
		f.skip(), top, f.places(), node.Main(append(main, items...)...), f.scanner(f.Scanner)))
}

func (f Frame) places() node.Node {
	item := func(p Place, act string, i icon, k lang.Key) node.Node {
		it := node.Button(node.ID("place-"+act[len("go."):]), node.Type("button"), node.Act(act), i.draw(""), node.Span(f.t(k)))
		if f.Place == p {
			it = it.With(node.Aria("current", "page"))
		}
		if f.Unread > 0 && (p == PlaceCentre || p == PlacePatients) {
			it = it.With(node.Span(node.Class("dot"), node.Text(f.Lang.Int(f.Unread)), hidden(" "+f.Lang.T(lang.MessageNew))))
		}
		if f.Work > 0 && p == PlaceWork {
			it = it.With(node.Span(node.Class("dot"), node.Text(f.Lang.Int(f.Work))))
		}
		return node.Li(it)
	}
	nav := node.Nav(node.ID("places"), node.Class("places"), node.Aria("label", f.Lang.T(lang.PlacesLabel)))
	if f.Role == Centre {
		return nav.With(
			node.Ul(item(PlaceWork, ActGoWork, iconToday, lang.PlaceWorkName),
				item(PlacePatients, ActGoPatients, iconPatients, lang.PlacePatientsName),
				item(PlaceSettings, ActGoSettings, iconSettings, lang.PlaceSettingsName)),
			node.Button(node.ID("record"), node.Type("button"), node.Class("record"), node.Act(ActInviteForm), iconInvite.draw(""), node.Span(f.t(lang.InviteButton))))
	}
	return nav.With(
		node.Ul(item(PlaceToday, ActGoToday, iconToday, lang.PlaceTodayName),
			item(PlaceDiary, ActGoDiary, iconDiary, lang.PlaceDiaryName),
			item(PlaceFigures, ActGoFigures, iconFigures, lang.PlaceFiguresName),
			item(PlaceCentre, ActGoCentre, iconCentre, lang.PlaceCentreName)),
		node.Button(node.ID("record"), node.Type("button"), node.Class("record"), node.Act(ActGoRecord),
			node.If(f.Place == PlaceRecord, node.Aria("current", "page")), iconPlus.draw(""), node.Span(f.t(lang.RecordButton))))
}

// strip says how the device stands with the relay. It is short when all is well.
func (f Frame) strip() node.Node {
	state, i, text := "ok", iconCheck, f.t(lang.StripUpToDate)
	switch {
	case f.Expelled:
		state, i, text = "offline", iconOffline, f.t(lang.StripRemoved)
	case f.Link == Offline && f.Waiting > 0:
		state, i, text = "offline", iconOffline, f.n(lang.StripOfflineWaiting, f.Waiting)
	case f.Link == Offline:
		state, i, text = "offline", iconOffline, f.t(lang.StripOffline)
	case f.Waiting > 0:
		state, i, text = "waiting", iconClock, f.n(lang.StripWaiting, f.Waiting)
	case f.ReadOf > 0:
		state, i, text = "connecting", iconClock, f.t(lang.StripReading)
	case f.Link == Connecting:
		state, i, text = "connecting", iconClock, f.t(lang.StripConnecting)
	}
	return node.P(node.ID("strip"), node.Class("strip"), node.Data("state", state), node.Role("status"), i.draw("small"), node.Span(text))
}

// reading says that not all diaries of a centre are read, and how many are. Only the
// strip is read aloud: the numbers change all the time.
func (f Frame) reading() node.Node {
	if f.ReadOf == 0 {
		return node.Node{}
	}
	return node.Div(node.ID("reading"), node.Class("sub"),
		node.P(f.t(lang.ReadingCount, "done", f.Lang.Int(f.Read), "of", f.Lang.Int(f.ReadOf))),
		node.Progress(node.ID("reading-progress"), node.Aria("label", f.Lang.T(lang.StripReading)), node.Max(strconv.Itoa(f.ReadOf)), node.Value(strconv.Itoa(f.Read))))
}

// Reading stands for a page that is of no use before all diaries are read.
type Reading struct{ Frame }

// Node draws the screen.
func (m Reading) Node() node.Node {
	return m.inside(page{key: "reading-all", back: true, width: "narrow"}, node.H1(m.t(lang.ReadingTitle)), m.p("lead", lang.ReadingNote))
}

// alarm is what stands above everything else.
func (f Frame) alarm() node.Node {
	var title, text lang.Key
	var why, do node.Node
	centre := f.Role == Centre
	switch f.Alarm {
	case NoAlarm:
		return node.Node{}
	case AlarmHistory:
		title, text = lang.AlarmHistoryTitle, lang.AlarmHistoryText
		if centre {
			text = lang.AlarmHistoryCentre
		}
	case AlarmStale:
		title, text = lang.AlarmStaleTitle, lang.AlarmStaleText
	case AlarmStorage:
		title, text = lang.AlarmStorageTitle, lang.AlarmStorageText
	case AlarmRemoved:
		title, text = lang.AlarmRemovedTitle, lang.AlarmRemovedText
		if centre {
			text = lang.AlarmRemovedCentre
		}
	case AlarmUnprotected:
		title, text = lang.AlarmUnprotectedTitle, lang.AlarmUnprotectedText
		do = f.button(ActKeepStored, "", lang.AlarmUnprotectedDo)
	case AlarmRefused:
		title, text = lang.AlarmRefusedTitle, lang.AlarmRefusedText
		if centre {
			text = lang.AlarmRefusedCentre
		}
		if f.Refusal.Key != 0 {
			why = f.p("", f.Refusal.Key, f.Refusal.Args...)
		}
	case AlarmMaintenance:
		title, text = lang.AlarmMaintenanceTitle, lang.AlarmMaintenanceText
	case AlarmOutdated:
		title, text = lang.AlarmOutdatedTitle, lang.AlarmOutdatedText
		do = f.button(ActServed, "", lang.AlarmOutdatedDo)
	case AlarmEnding:
		title, text = lang.AlarmEndingTitle, lang.AlarmEndingText
		do = f.button(ActServed, "", lang.AlarmOutdatedDo)
	case AlarmUnknownCentre:
		title, text = lang.AlarmUnknownTitle, lang.AlarmUnknownText
		do = f.button(ActCodeForm, "", lang.AlarmUnknownDo)
	case AlarmMissing:
		title, text = lang.AlarmMissingTitle, lang.AlarmMissingText
		if centre {
			text = lang.AlarmMissingCentre
		}
	case AlarmErased:
		title, text = lang.AlarmErasedTitle, lang.AlarmErasedText
		do = f.button(ActErase, "", lang.AlarmErasedDo)
	case AlarmFiles:
		title, text = lang.AlarmFilesTitle, lang.AlarmFilesText
		if centre {
			text = lang.AlarmFilesCentre
		}
	case AlarmForked:
		title, text = lang.AlarmForkedTitle, lang.AlarmForkedText
		do = f.button(ActAgain, "", lang.AlarmForkedDo)
	case AlarmUnconfirmed:
		title, text = lang.AlarmUnconfirmedTitle, lang.AlarmUnconfirmedText
		if centre {
			text = lang.AlarmUnconfirmedCentre
		}
	case AlarmFull:
		title, text = lang.AlarmFullTitle, lang.AlarmFullText
		if centre {
			text = lang.AlarmFullCentre
		}
	}
	tone := "alarm"
	if f.Alarm == AlarmStale || f.Alarm == AlarmUnprotected || f.Alarm == AlarmMissing || f.Alarm == AlarmUnconfirmed || f.Alarm == AlarmMaintenance || f.Alarm == AlarmErased || f.Alarm == AlarmEnding {
		tone = "calm"
	}
	return node.Div(node.ID("alarm"), node.Class("panel "+tone), node.Role("alert"), iconAlert.draw(""),
		node.Div(node.P(node.Class("strong"), f.t(title, "date", f.Lang.Date(f.Restored))), why, f.p("", text), do))
}

func (f Frame) notice() node.Node {
	box := node.Div(node.ID("notice"), node.Role("status"))
	if f.Notice == nil {
		return box
	}
	tone := "good"
	i := iconCheck
	if f.Notice.Bad {
		tone, i = "alarm", iconAlert
	}
	said := node.P(f.t(f.Notice.Key, f.Notice.Args...))
	if len(f.Notice.Do) > 0 {
		said = node.Div(said, node.Div(node.Class("actions"), node.Each(f.Notice.Do, func(d NoticeDo) node.Node {
			items := []node.Item{node.ID("notice-" + strings.ReplaceAll(d.Act, ".", "-"))}
			if d.Field != "" {
				items = append(items, with(d.Field, d.Value)...)
			}
			return f.button(d.Act, "", d.Label, items...)
		})))
	}
	return box.With(node.Class("panel "+tone), i.draw(""), said,
		node.Button(node.Type("button"), node.Class("round"), node.Act(ActNoticeClose), iconClose.draw("small"), hidden(f.Lang.T(lang.Close))))
}
