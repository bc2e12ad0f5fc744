package view

import "vialog/wasm/internal/node"

// An icon is one path on a 24 by 24 grid, drawn as a line in the colour of the
// text beside it. Icons only repeat what that text says.
type icon string

const (
	iconPlus      icon = "M12 5v14M5 12h14"
	iconToday     icon = "M5.5 5.5h13a1.5 1.5 0 0 1 1.5 1.5v11.5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18.5V7a1.5 1.5 0 0 1 1.5-1.5zM4 10h16M8.5 3.5v3.5M15.5 3.5v3.5M9 14.800l2.100 2.100 3.9-4"
	iconDiary     icon = "M6.5 3.800H18a1 1 0 0 1 1 1v15.4H7.300A2.300 2.300 0 0 1 5 17.9V5.300a1.5 1.5 0 0 1 1.5-1.5zM5 17.9a2.300 2.300 0 0 1 2.300-2.300H19M9 7.800h6M9 11h4"
	iconCentre    icon = "M5 20V6a1.5 1.5 0 0 1 1.5-1.5h11A1.5 1.5 0 0 1 19 6v14M3.5 20h17M12 7.800v5.4M9.300 10.5h5.4M10 20v-3.200h4V20"
	iconPatients  icon = "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 19.5c.4-3 2.800-5 6-5s5.6 2 6 5M15.5 5a3.300 3.300 0 0 1 0 6.200M17.200 14.800c2.100.6 3.5 2.200 3.800 4.700"
	iconInvite    icon = "M10 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM4 19.5c.4-3 2.800-5 6-5 1.200 0 2.300.3 3.200.8M18 13.5v6M15 16.5h6"
	iconSettings  icon = "M4 7.5h8.5M17.5 7.5H20M4 16.5h2.5M11.5 16.5H20M15 10a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM9 19a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"
	iconTreatment icon = "M8.800 3.5h6.4M10 3.5v3.300c0 .5-.3.9-.7 1.300-.8.6-1.300 1.4-1.300 2.4v8a2 2 0 0 0 2 2h4a2 2 0 0 0 2-2v-8c0-1-.5-1.8-1.300-2.4-.4-.4-.7-.8-.7-1.300V3.5M8 13.5h8"
	iconBleed     icon = "M12 3.5c3.300 4.100 5.5 6.9 5.5 10.200a5.5 5.5 0 0 1-11 0c0-3.300 2.200-6.100 5.5-10.200z"
	iconNote      icon = "M5 19l.9-3.9L15.300 5.700a1.9 1.9 0 0 1 2.700 0l.3.300a1.9 1.9 0 0 1 0 2.700L8.9 18.100 5 19zM13.5 7.5l3 3"
	iconPlan      icon = "M5.5 5.5h13a1.5 1.5 0 0 1 1.5 1.5v11.5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18.5V7a1.5 1.5 0 0 1 1.5-1.5zM4 10h16M8.5 3.5v3.5M15.5 3.5v3.5M8 13.5h8M8 16.5h5"
	iconMessage   icon = "M5.5 5h13A1.5 1.5 0 0 1 20 6.5v8.5a1.5 1.5 0 0 1-1.5 1.5H12l-4.5 3.5v-3.5h-2A1.5 1.5 0 0 1 4 15V6.5A1.5 1.5 0 0 1 5.5 5z"
	iconCheck     icon = "M5 12.5l4.5 4.5L19 7.5"
	iconClock     icon = "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 7.5V12l3 2"
	iconAlert     icon = "M12 4.200l8.800 15.300H3.200L12 4.200zM12 10v4.5M12 16.9v.1"
	iconOffline   icon = "M4 4l16 16M8.300 8.5a6 6 0 0 0-1.5 2.6A4 4 0 0 0 7.300 19h9.200M11.200 6.700a6 6 0 0 1 6 4.5 3.9 3.9 0 0 1 2.700 5.6"
	iconPhone     icon = "M6.6 4h2.700l1.6 4-2 1.5a11 11 0 0 0 5.6 5.6l1.5-2 4 1.6v2.700A1.6 1.6 0 0 1 18.300 19C11 18.5 5.5 13 5 5.700A1.6 1.6 0 0 1 6.6 4z"
	iconNext      icon = "M9.5 5.5L16 12l-6.5 6.5"
	iconBack      icon = "M14.5 5.5L8 12l6.5 6.5"
	iconClose     icon = "M6.5 6.5l11 11M17.5 6.5l-11 11"
	iconLock      icon = "M7.5 11V8.5a4.5 4.5 0 0 1 9 0V11M6.5 11h11a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5v-6A1.5 1.5 0 0 1 6.5 11z"
	iconAgain     icon = "M5 11.5A7 7 0 0 1 17 7l2 2M19 4.5V9h-4.5M19 12.5A7 7 0 0 1 7 17l-2-2M5 19.5V15h4.5"
	iconShield    icon = "M12 3.5l7 2.5v5.5c0 4.300-2.9 7.4-7 9-4.100-1.6-7-4.700-7-9V6l7-2.5z"
	iconCopy      icon = "M10 8.5h8.5A1.5 1.5 0 0 1 20 10v8.5a1.5 1.5 0 0 1-1.5 1.5H10a1.5 1.5 0 0 1-1.5-1.5V10A1.5 1.5 0 0 1 10 8.5zM5.5 15.5A1.5 1.5 0 0 1 4 14V5.5A1.5 1.5 0 0 1 5.5 4H14a1.5 1.5 0 0 1 1.5 1.5"
	iconPrint     icon = "M7.5 8.5V4h9v4.5M7.5 17h-2A1.5 1.5 0 0 1 4 15.5V10a1.5 1.5 0 0 1 1.5-1.5h13A1.5 1.5 0 0 1 20 10v5.5a1.5 1.5 0 0 1-1.5 1.5h-2M7.5 14h9v6h-9z"
	iconSend      icon = "M4 11.5L20 4.5l-5.5 15.5-3.300-6.200L4 11.5zM11.200 13.800L20 4.5"
	iconSeen      icon = "M2.5 12.5l4.5 4.5L15.5 7.5M12 15.2l1.8 1.8L22 8"
	iconKey       icon = "M8.5 15.5a4 4 0 1 1 3.700-5.5H20v3.5h-2v2h-3v-2h-2.800a4 4 0 0 1-3.700 2zM8.300 11.5v.1"
	iconFigures   icon = "M4 20h16M6.5 16.5v-4M11 16.5V8M15.5 16.5v-6M20 16.5V4.5"
	iconVial      icon = "M8.800 3.5h6.4M10 3.5v3.300c0 .5-.3.9-.7 1.300-.8.6-1.300 1.4-1.300 2.4v8a2 2 0 0 0 2 2h4a2 2 0 0 0 2-2v-8c0-1-.5-1.8-1.300-2.4-.4-.4-.7-.8-.7-1.300V3.5"
	iconDevice    icon = "M5.5 6h13A1.5 1.5 0 0 1 20 7.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 16.5v-9A1.5 1.5 0 0 1 5.5 6zM4 14.500h16"
	iconMobile    icon = "M8.500 3.500h7A1.5 1.5 0 0 1 17 5v14a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 7 19V5a1.5 1.5 0 0 1 1.5-1.5zM11 17.500h2"
	iconTablet    icon = "M6.500 3.500h11A1.5 1.5 0 0 1 19 5v14a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 19V5a1.5 1.5 0 0 1 1.5-1.5zM11 17.500h2"
	iconComputer  icon = "M6.500 5.500h11A1.5 1.5 0 0 1 19 7v8.500H5V7a1.5 1.5 0 0 1 1.5-1.5zM2.500 18.500h19"
	iconScan      icon = "M4 8.5V5.5A1.5 1.5 0 0 1 5.5 4h3M15.5 4h3A1.5 1.5 0 0 1 20 5.5v3M20 15.5v3a1.5 1.5 0 0 1-1.5 1.5h-3M8.5 20h-3A1.5 1.5 0 0 1 4 18.5v-3M8 8v8h8M8 8h2.500M13 8h3v3M16 13v3M12 12h.1"
	iconCamera    icon = "M5.5 7.5h2.300l1.4-2.500h5.600l1.4 2.500h2.300A1.5 1.5 0 0 1 20 9v8.5a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5V9a1.5 1.5 0 0 1 1.5-1.5zM12 16.200a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400z"
	iconPicture   icon = "M5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5v-11A1.5 1.5 0 0 1 5.5 5zM4.5 16.5l4.5-4.500 3.5 3.500 2.500-2.500 4.5 4.500M14.800 10a1.200 1.200 0 1 0 0-2.400 1.200 1.200 0 0 0 0 2.400z"
)

func (i icon) draw(class string) node.Node {
	return node.SVG(node.Class("icon "+class), node.ViewBox("0 0 24 24"), node.Width("24"), node.Height("24"),
		node.Aria("hidden", "true"), node.Set("focusable", "false"), node.Path(node.D(string(i))))
}

func (k EntryKind) icon() icon {
	switch k {
	case KindTreatment:
		return iconTreatment
	case KindBleed:
		return iconBleed
	case KindPlan:
		return iconPlan
	case KindMessage:
		return iconMessage
	case KindPack, KindRemoval:
		return iconVial
	case KindRecall:
		return iconAlert
	}
	return iconNote
}
