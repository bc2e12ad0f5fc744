package view

import (
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// Camera is how the camera of a Scanner stands.
type Camera uint8

const (
	CameraStarting    Camera = iota // the browser may be asking for leave
	CameraOn                        // looking
	CameraSlow                      // looking, and has found nothing for a while
	CameraPaused                    // stopped, because it found nothing
	CameraRefused                   // by the person or the browser
	CameraNone                      // there is none
	CameraBusy                      // another app has it, or it is broken
	CameraUnsupported               // this browser gives none
)

// Shown tells whether the camera's picture is on the screen: then it runs.
func (c Camera) Shown() bool { return c <= CameraSlow }

// A Scanner reads the code of a pack, over the screen that asked for it: by the
// camera, from a picture, or typed. It is part of Frame and of Welcome.
type Scanner struct {
	Camera  Camera
	Reading bool     // a picture is being read
	Problem *Problem // what was found, or could not be read
	Typed   string
	Link    bool // it is to read the link that another device shows, not a pack
}

// scanner is the dialog of a Scanner. Its video has the camera's picture: the
// page starts the camera when it is drawn and stops it when it goes.
func (b Base) scanner(s *Scanner) node.Node {
	if s == nil {
		return node.Node{}
	}
	text, i := lang.ScanStarting, iconScan
	switch s.Camera {
	case CameraOn:
		if text = lang.ScanAim; s.Link {
			text = lang.LinkScanAim
		}
	case CameraSlow:
		text = lang.ScanSlow
	case CameraPaused:
		text, i = lang.ScanPaused, iconOffline
	case CameraRefused:
		text, i = lang.ScanRefused, iconAlert
	case CameraNone:
		text, i = lang.ScanNone, iconAlert
	case CameraBusy:
		text, i = lang.ScanBusy, iconAlert
	case CameraUnsupported:
		text, i = lang.ScanUnsupported, iconAlert
	}
	if s.Reading {
		text, i = lang.ScanReading, iconClock
	}
	var eye, again node.Node
	if s.Camera.Shown() {
		eye = node.Div(node.Class("scan-eye"), node.Video(node.ID("scan-video"), node.Aria("label", b.Lang.T(lang.ScanVideo))), node.Div(node.Class("scan-aim"), node.Aria("hidden", "true")))
	} else if s.Camera != CameraNone && s.Camera != CameraUnsupported {
		again = b.button(ActScanAgain, "", lang.ScanAgain)
	}
	var problem node.Node
	if p := s.Problem; p != nil {
		problem = node.Div(node.ID("scan-problem"), node.Class("panel alarm"), node.Role("alert"), iconAlert.draw(""), node.P(p.node(b)))
	}
	title, do := lang.ScanTitle, lang.ScanTypeDo
	typed := field{Base: b, name: FieldScanText, label: lang.ScanType, hint: lang.ScanTypeHint}
	if s.Link {
		title, do, typed.label, typed.hint = lang.LinkScanTitle, lang.LinkScanDo, lang.LinkScanType, lang.WelcomeCodeHint
	}
	return node.Dialog(node.ID("scan"), node.Class("scan"), node.Act(ActScanClose), node.Open(true), node.Aria("labelledby", "scan-title"),
		node.Header(node.H2(node.ID("scan-title"), node.Tabindex(-1), b.t(title)),
			node.Button(node.ID("scan-close"), node.Type("button"), node.Class("round"), node.Act(ActScanClose), iconClose.draw(""), hidden(b.Lang.T(lang.Close)))),
		eye,
		node.P(node.ID("scan-state"), node.Class("scan-state"), node.Role("status"), i.draw(""), node.Span(b.t(text))),
		problem,
		node.Div(node.Class("actions"), again,
			node.Label(node.Class("btn file"), node.For("scan-picture"), iconPicture.draw(""),
				node.Input(node.ID("scan-picture"), node.Name(FieldScanPicture), node.Type("file"), node.Set("accept", "image/*"), node.Data("kind", "code")), node.Span(b.t(lang.ScanPicture)))),
		form("scan-type", ActScanTyped, node.Class("scan-type"),
			typed.input(s.Typed, append(exact("text", "text"), node.Class("num"), node.Maxlength(200))...),
			b.submit(do)))
}

// scanButton opens the scanner.
func (b Base) scanButton(act string, more ...node.Item) node.Node {
	return b.button(act, "", lang.ScanDo, append(more, iconScan.draw("small"))...)
}
