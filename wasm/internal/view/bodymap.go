package view

import (
	"slices"
	"strconv"
	"strings"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

// The body map: a figure of no age and no sex that faces the reader, so that the
// patient's right is on the reader's left, as everywhere in medicine. What is too
// small on the whole figure has a view of its own. Nothing in it moves by dragging,
// and all it says stands in the list beside it.

// A mapView is one drawing of the body map.
type mapView uint8

const (
	mapFront mapView = iota
	mapBack
	mapHead
	mapHands
	mapFeet
	mapInside
	mapViews
)

var mapViewKeys = [mapViews]string{"front", "back", "head", "hands", "feet", "inside"}

func (v mapView) name() lang.Key {
	return [mapViews]lang.Key{lang.MapFront, lang.MapBack, lang.MapHead, lang.MapHands, lang.MapFeet, lang.MapInside}[v]
}

func parseMapView(s string) mapView { return mapView(max(0, slices.Index(mapViewKeys[:], s))) }

// MapViewOf is the view that a place is shown in, "front" for most: what a form
// begins with.
func MapViewOf(p diary.Place) string {
	for v := range mapViews {
		for _, a := range bodyAreas[v] {
			if a.region == p.Region() {
				return mapViewKeys[v]
			}
		}
	}
	return mapViewKeys[mapFront]
}

// A bodyArea is a shape of the body map: a place, or the way to the view where
// what it covers has room. Of what has two sides the half on the reader's left is
// drawn, and mirrored.
type bodyArea struct {
	region diary.Region
	also   []diary.Region // counted here, on the whole figure
	to     mapView        // with region 0: leads there
	twin   bool           // there are two
	round  bool           // drawn above what it joins
	x, y   int            // its middle
	d      string
}

// mapHeight is what a view is drawn in, its width being 300.
var mapHeight = [mapViews]int{612, 612, 380, 220, 220, 350}

// Shapes that many views have.
const (
	dHead     = "M150 6c24 0 33 18 33 38 0 22-14 42-33 42s-33-20-33-42c0-20 9-38 33-38z"
	dShoulder = "M74 127a23 23 0 1 0 46 0a23 23 0 1 0-46 0z"
	dElbow    = "M36 212a22 22 0 1 0 44 0a22 22 0 1 0-44 0z"
	dWrist    = "M12 298a20 20 0 1 0 40 0a20 20 0 1 0-40 0z"
	dKnee     = "M93 432a23 23 0 1 0 46 0a23 23 0 1 0-46 0z"
	dAnkle    = "M100 544a21 21 0 1 0 42 0a21 21 0 1 0-42 0z"
	dUpperArm = "M80 119Q60 161 45 206L71 218Q95 178 114 135z"
	dForearm  = "M45 208Q30 250 22 295L42 301Q60 260 71 216z"
	dHand     = "M22 302q-10 10-12 32-2 30 4 36 10 4 20 0 8-16 10-34 2-20-2-32z"
)

var (
	inHead = []diary.Region{diary.SkullInside, diary.Eye, diary.Nose, diary.Gums, diary.Tongue, diary.Jaw, diary.SkinHead}
	inHand = []diary.Region{diary.HandMuscle, diary.FingerJoint}
	inFoot = []diary.Region{diary.FootMuscle, diary.ToeJoint}
)

var bodyAreas = [mapViews][]bodyArea{
	mapFront: {
		{to: mapHead, also: inHead, x: 150, y: 46, d: dHead},
		{region: diary.ChestMuscle, also: []diary.Region{diary.Chest}, x: 150, y: 154, d: "M150 112q-26-6-36-2l-6 40q0 22 6 40h72q6-18 6-40l-6-40q-10-4-36 2z"},
		{region: diary.Throat, x: 150, y: 97, d: "M134 80q16 12 32 0v16q6 8 14 10l-30 4-30-4q8-2 14-10z"},
		{region: diary.AbdomenMuscle, also: []diary.Region{diary.Gut, diary.Urine}, x: 150, y: 226, d: "M116 190h68q-3 24 2 42 8 14 10 26-46 14-92 0 2-12 10-26 5-18 2-42z"},
		{region: diary.Iliopsoas, twin: true, x: 132, y: 288, d: "M104 258q22 8 46 8v66q-30-10-42-42z"},
		{region: diary.UpperArmMuscle, twin: true, x: 78, y: 168, d: dUpperArm},
		{region: diary.ForearmMuscle, twin: true, x: 45, y: 255, d: dForearm},
		{to: mapHands, also: inHand, twin: true, x: 26, y: 344, d: dHand},
		{region: diary.ThighMuscle, twin: true, x: 114, y: 372, d: "M80 306q2 70 18 122h36q12-48 14-96-22-8-34-32z"},
		{region: diary.CalfMuscle, twin: true, x: 119, y: 490, d: "M98 433Q99 489 109 545L133 543Q138 487 134 431z"},
		{to: mapFeet, also: inFoot, twin: true, x: 113, y: 582, d: "M110 548q-2 14-14 28-8 12 0 18 14 4 28 2 10-4 8-20v-26z"},
		{region: diary.Shoulder, twin: true, round: true, x: 97, y: 127, d: dShoulder},
		{region: diary.Elbow, twin: true, round: true, x: 58, y: 212, d: dElbow},
		{region: diary.Wrist, twin: true, round: true, x: 32, y: 298, d: dWrist},
		{region: diary.Hip, twin: true, round: true, x: 98, y: 304, d: "M76 304a22 22 0 1 0 44 0a22 22 0 1 0-44 0z"},
		{region: diary.Knee, twin: true, round: true, x: 116, y: 432, d: dKnee},
		{region: diary.Ankle, twin: true, round: true, x: 121, y: 544, d: dAnkle},
	},
	mapBack: {
		{to: mapHead, also: inHead, x: 150, y: 46, d: dHead},
		{region: diary.BackMuscle, x: 118, y: 170, d: "M136 96q-16 12-30 14l4 46q0 24 6 34 3 24-2 42-6 12-8 24 14 6 30 6zM164 96q16 12 30 14l-4 46q0 24-6 34-3 24 2 42 6 12 8 24-14 6-30 6z"},
		{region: diary.Spine, x: 150, y: 172, d: "M136 82q14 6 28 0v180q-14 2-28 0z"},
		{region: diary.Buttock, twin: true, x: 118, y: 300, d: "M106 256q22 6 44 6v72q-36 12-70-4 0-44 26-74z"},
		{region: diary.UpperArmMuscle, twin: true, x: 78, y: 168, d: dUpperArm},
		{region: diary.ForearmMuscle, twin: true, x: 45, y: 255, d: dForearm},
		{to: mapHands, also: inHand, twin: true, x: 26, y: 344, d: dHand},
		{region: diary.ThighMuscle, twin: true, x: 116, y: 380, d: "M80 330q4 56 18 98h36q12-48 15-94-36 12-69-4z"},
		{region: diary.CalfMuscle, twin: true, x: 119, y: 488, d: "M98 433Q96 489 109 545L133 543Q141 487 134 431z"},
		{to: mapFeet, also: inFoot, twin: true, x: 118, y: 582, d: "M110 548q-4 20-8 30-2 16 6 18 12 2 20-2 6-6 4-24v-22z"},
		{region: diary.Shoulder, twin: true, round: true, x: 97, y: 127, d: dShoulder},
		{region: diary.Elbow, twin: true, round: true, x: 58, y: 212, d: dElbow},
		{region: diary.Wrist, twin: true, round: true, x: 32, y: 298, d: dWrist},
		{region: diary.Knee, twin: true, round: true, x: 116, y: 432, d: dKnee},
		{region: diary.Ankle, twin: true, round: true, x: 121, y: 544, d: dAnkle},
	},
	mapHead: {
		{region: diary.SkullInside, x: 150, y: 66, d: "M52 120c0-62 36-106 98-106s98 44 98 106q-48-16-98-16t-98 16z"},
		{region: diary.Throat, x: 150, y: 342, d: "M104 292q20 18 46 18t46-18v46q10 22 40 30h-172q30-8 40-30z"},
		{region: diary.Jaw, x: 150, y: 294, d: "M56 176q10 64 40 100 22 34 54 34t54-34q30-36 40-100l-28 32q-10 48-36 66h-60q-26-18-36-66z"},
		{region: diary.Eye, twin: true, round: true, x: 106, y: 150, d: "M74 150q32-38 64 0-32 38-64 0z"},
		{region: diary.Nose, round: true, x: 150, y: 190, d: "M150 150q-6 26-26 44 2 20 26 20t26-20q-20-18-26-44z"},
		{region: diary.Gums, round: true, x: 116, y: 244, d: "M92 240q58-18 116 0-12 42-58 42t-58-42z"},
		{region: diary.Tongue, round: true, x: 150, y: 260, d: "M124 254q26-16 52 0-4 26-26 26t-26-26z"},
	},
	mapHands: {
		{region: diary.HandMuscle, twin: true, x: 76, y: 98, d: "M48 62q28-12 56 0 10 36 4 72-32 12-64 0-6-36 4-72z"},
		{region: diary.FingerJoint, twin: true, x: 75, y: 172, d: "M43 143a7 7 0 0 1 14 0v48a7 7 0 0 1-14 0zM60 147a7 7 0 0 1 14 0v58a7 7 0 0 1-14 0zM77 146a7 7 0 0 1 14 0v54a7 7 0 0 1-14 0zM94 141a7 7 0 0 1 14 0v40a7 7 0 0 1-14 0zM42 86q-26 20-28 62 8 10 16 0 4-24 16-34z"},
		{region: diary.Wrist, twin: true, round: true, x: 76, y: 42, d: "M48 42a28 28 0 1 0 56 0a28 28 0 1 0-56 0z"},
	},
	mapFeet: {
		{region: diary.FootMuscle, twin: true, x: 84, y: 112, d: "M58 64q26-10 52 0 12 50 12 92-32 16-72 2 0-46 8-94z"},
		{region: diary.ToeJoint, twin: true, x: 87, y: 186, d: "M50 162q36 12 72-2 6 30-2 46-10 10-20 0-6 8-14 0-6 6-14 0-6 4-12-2-6 2-10-6-4-16 0-36z"},
		{region: diary.Ankle, twin: true, round: true, x: 84, y: 42, d: "M56 42a28 28 0 1 0 56 0a28 28 0 1 0-56 0z"},
	},
	mapInside: {
		{region: diary.Chest, x: 110, y: 118, d: "M140 58q-44 0-62 52-10 40 0 66 32 8 62-8zM160 58q44 0 62 52 10 40 0 66-32 8-62-8z"},
		{region: diary.Gut, x: 150, y: 228, d: "M100 192q50-18 100 0 16 36 2 70-52 22-104 0-14-34 2-70z"},
		{region: diary.Iliopsoas, twin: true, x: 98, y: 302, d: "M72 262q12 4 24 12 26 10 28 62-20 8-32-4-24-30-20-70z"},
		{region: diary.Urine, round: true, x: 150, y: 304, d: "M126 304a24 24 0 1 0 48 0a24 24 0 1 0-48 0z"},
	},
}

// backdrop is what a view shows around its areas.
var backdrop = map[mapView]string{
	mapHead:   "M52 120q48-16 98-16t98 16c2 60-14 120-44 156-16 22-34 34-54 34s-38-12-54-34c-30-36-46-96-44-156z",
	mapInside: "M116 6v22q-48 10-76 30-4 60 8 112 4 44-8 84-12 44-10 90h240q2-46-10-90-12-40-8-84 12-52 8-112-28-20-76-30v-22z",
}

// side is the patient's side on the reader's left, or on the right if mirrored.
func (v mapView) side(mirrored bool) diary.Side {
	if (v == mapBack) != mirrored {
		return diary.Left
	}
	return diary.Right
}

// placeOn is the place of region r on a side, if it has sides.
func placeOn(r diary.Region, s diary.Side) diary.Place {
	if p := diary.PlaceOf(r, s); p.Known() {
		return p
	}
	return diary.PlaceOf(r, diary.NoSide)
}

// covers are the places that an area stands for, in this half of the drawing.
func (a bodyArea) covers(s diary.Side) []diary.Place {
	var out []diary.Place
	for _, r := range append([]diary.Region{a.region}[:min(1, int(a.region))], a.also...) {
		if a.twin {
			out = append(out, placeOn(r, s))
			continue
		}
		for _, s := range [...]diary.Side{diary.NoSide, diary.Right, diary.Left} {
			if p := diary.PlaceOf(r, s); p.Known() {
				out = append(out, p)
			}
		}
	}
	return out
}

// A drawnArea is an area in one half of a view.
type drawnArea struct {
	bodyArea
	mirrored bool
	places   []diary.Place // those it stands for; the first is its own, unless it leads elsewhere
}

// drawn are the areas of a view, both halves, in the order in which they lie on
// each other.
func (v mapView) drawn() []drawnArea {
	var out []drawnArea
	for _, a := range bodyAreas[v] {
		out = append(out, drawnArea{a, false, a.covers(v.side(false))})
		if a.twin {
			b := a
			b.x = 300 - a.x
			out = append(out, drawnArea{b, true, a.covers(v.side(true))})
		}
	}
	return out
}

// shape is the outline of the area.
func (a drawnArea) shape() node.Node {
	p := node.Path(node.Class("shape"), node.D(a.d))
	if a.mirrored {
		p = p.With(node.Set("transform", "matrix(-1 0 0 1 300 0)"))
	}
	return p
}

// mark is a small drawing around the middle of the area.
func (a drawnArea) mark(class, d string) node.Node {
	return node.Path(node.Class(class), node.D(d), node.Set("transform", "translate("+strconv.Itoa(a.x)+" "+strconv.Itoa(a.y)+")"))
}

// Marks, around 0 0.
const (
	markCheck = "M-8 0l6 6 10-12"
	markMore  = "M-7 0h14M0-7v14"
	markRed   = "M0-8v9M0 7v.2"
	markDrop  = "M0-7c4 5 6 8 6 11a6 6 0 0 1-12 0c0-3 2-6 6-11z"
)

// mapDrawing is the frame of a view.
func mapDrawing(v mapView, items ...node.Item) node.Node {
	all := []node.Item{node.ViewBox("0 0 300 " + strconv.Itoa(mapHeight[v])), node.Data("kind", mapViewKeys[v])}
	all = append(all, items...)
	if d := backdrop[v]; d != "" {
		all = append(all, node.Path(node.Class("shape back"), node.D(d)))
	}
	return node.SVG(all...)
}

// sides says which side is which above a view.
func (b Base) sides(v mapView, mine bool) node.Node {
	name := func(s diary.Side) node.Node {
		k := [...][2]lang.Key{{lang.MapRight, lang.MapLeft}, {lang.MapYourRight, lang.MapYourLeft}}
		row := k[0]
		if mine {
			row = k[1]
		}
		if s == diary.Right {
			return node.Span(b.t(row[0]))
		}
		return node.Span(b.t(row[1]))
	}
	return node.P(node.Class("map-sides"), node.Aria("hidden", "true"), name(v.side(false)), name(v.side(true)))
}

// chooser is a view in which places are chosen. The first place chosen, else the
// first of all, is where the Tab key stops; the arrow keys go on from there.
func (m BleedForm) chooser(v mapView) node.Node {
	areas := v.drawn()
	stop := 0
	for i, a := range areas {
		if a.region != 0 && slices.Contains(m.Places, a.places[0]) {
			stop = i
			break
		}
	}
	svg := mapDrawing(v, node.Class("bodymap"), node.Role("group"), node.Aria("label", m.Lang.T(lang.MapLabel, "view", m.Lang.T(v.name()))))
	for i, a := range areas {
		tab := -1
		if i == stop {
			tab = 0
		}
		svg = svg.With(m.choice(v, a, tab))
	}
	return node.Div(node.Class("map-box"), m.sides(v, true), svg, node.P(node.Class("hint map-keys"), node.Aria("hidden", "true"), m.t(lang.MapKeys)))
}

// choice is one area as a button.
func (m BleedForm) choice(v mapView, a drawnArea, tab int) node.Node {
	on := slices.ContainsFunc(a.places, func(p diary.Place) bool { return slices.Contains(m.Places, p) })
	bled := 0
	for _, p := range a.places {
		bled += m.bled(p)
	}
	class, label := "area", m.Lang.T(lang.MapHead)
	if len(a.places) > 0 {
		label = m.Lang.Label(a.places[0].Key())
	}
	var id, act string
	red := false
	if a.region != 0 {
		on = slices.Contains(m.Places, a.places[0])
		bled = m.bled(a.places[0])
		red = a.places[0].RedFlag()
		id, act = "map-"+a.places[0].Key(), ActBleedPlace
	} else {
		if a.to == mapHead {
			label = m.Lang.T(lang.MapHead)
		}
		label = m.Lang.T(lang.MapEnlarge, "place", label)
		id, act = "map-"+mapViewKeys[v]+"-"+strconv.Itoa(a.x)+"-to-"+mapViewKeys[a.to], ActBleedView
		class += " more"
	}
	if a.round {
		class += " round-area"
	}
	if bled > 0 {
		label += ", " + m.Lang.N(lang.MapBled, bled)
	}
	if red {
		label += ", " + m.Lang.T(lang.MapDanger)
	}
	g := node.G(node.ID(id), node.Role("button"), node.Act(act), node.Tabindex(tab), a.shape(),
		node.Circle(node.Class("hit"), node.Set("cx", strconv.Itoa(a.x)), node.Set("cy", strconv.Itoa(a.y)), node.Set("r", "23")))
	if a.region != 0 {
		g = g.With(node.Aria("pressed", strconv.FormatBool(on)))
	}
	switch {
	case on:
		class += " on"
		if red {
			class += " red"
		}
		g = g.With(a.mark("map-check", markCheck))
	case a.region == 0:
		g = g.With(a.mark("map-sign", markMore))
	case red:
		g = g.With(a.mark("map-sign", markRed))
	}
	if bled > 0 && !on {
		at := a
		at.x, at.y = a.x+14, a.y-12
		if !red && a.region != 0 {
			at.x, at.y = a.x, a.y
		}
		g = g.With(at.mark("map-drop", markDrop))
	}
	return g.With(node.Class(class), node.Aria("label", label))
}

// bled is how often a place has bled in the last twelve months.
func (m BleedForm) bled(p diary.Place) int { return countOf(m.Bled, p) }

func countOf(list []diary.PlaceCount, p diary.Place) int {
	for _, c := range list {
		if c.Place == p {
			return c.Bleeds
		}
	}
	return 0
}

// bodyMap is the map to read: front and back with the number of bleeds at each
// place, the places of the bleed in question marked, and the list that says the
// same. Counts may be empty, and so may marked.
func (b Base) bodyMap(counts []diary.PlaceCount, marked []diary.Place, mine bool) node.Node {
	counted := make(map[diary.Place]bool) // on the figure, once
	figures := node.Div(node.Class("map-pair"), node.Aria("hidden", "true"))
	for _, v := range [...]mapView{mapFront, mapBack} {
		svg := mapDrawing(v, node.Class("bodymap small-map"), node.Aria("hidden", "true"), node.Set("focusable", "false"))
		var above []node.Node
		for _, a := range v.drawn() {
			class, n := "area", 0
			if a.round {
				class += " round-area"
			}
			on := false
			for _, p := range a.places {
				k := countOf(counts, p)
				if k > 0 {
					class += " bled"
				}
				if !counted[p] {
					n += k
					counted[p] = true
				}
				on = on || slices.Contains(marked, p)
			}
			g := node.G(a.shape())
			if on {
				class += " on"
				if n == 0 {
					above = append(above, a.mark("map-check", markCheck))
				}
			}
			if n > 0 {
				above = append(above, node.Circle(node.Class("map-count"), node.Set("cx", strconv.Itoa(a.x)), node.Set("cy", strconv.Itoa(a.y)), node.Set("r", "17")),
					node.SVGText(node.Class("map-number"), node.Set("x", strconv.Itoa(a.x)), node.Set("y", strconv.Itoa(a.y)), node.Set("text-anchor", "middle"), node.Set("dominant-baseline", "central"), node.Text(strconv.Itoa(n))))
			}
			svg = svg.With(g.With(node.Class(dedupe(class))))
		}
		figures = figures.With(node.Div(node.Class("map-box"), b.sides(v, mine), svg.With(node.Group(above...)), node.P(node.Class("map-view"), b.t(v.name()))))
	}
	list := node.P(node.Class("sub"), b.t(lang.MapBledNone))
	if len(counts) > 0 {
		list = node.Ul(node.Class("map-list"), node.Each(counts, func(c diary.PlaceCount) node.Node {
			return node.Li(node.Span(node.Text(b.Lang.Label(c.Place.Key()))), node.Span(node.Class("num"), b.n(lang.BleedCount, c.Bleeds)))
		}))
	}
	return node.Div(node.Class("map-read"), figures, list)
}

// dedupe keeps each class once.
func dedupe(classes string) string {
	words := strings.Fields(classes)
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

// placeList is the list twin of the map: the same buttons in words.
func (m BleedForm) placeList() node.Node {
	toggle := func(p diary.Place, text string) node.Node {
		on := slices.Contains(m.Places, p)
		n := node.Button(node.ID("list-"+p.Key()), node.Type("button"), node.Class("toggle"), node.Act(ActBleedPlace), node.Name(FieldPlace), node.Value(p.Key()),
			node.Aria("pressed", strconv.FormatBool(on)), node.If(on, iconCheck.draw("small")), node.Span(node.Text(text)))
		if p.Side() != diary.NoSide {
			n = n.With(node.Aria("label", m.Lang.Label(p.Key())))
		}
		return n
	}
	var groups [3]node.Node
	for i := range groups {
		groups[i] = node.Ul(node.Class("place-list"), node.Aria("labelledby", "places-"+strconv.Itoa(i)))
	}
	all := diary.Places()
	for i := 0; i < len(all); i++ {
		p := all[i]
		g := 2
		switch p.Kind() {
		case diary.BleedJoint:
			g = 0
		case diary.BleedMuscle:
			g = 1
		}
		name := m.Lang.Label(p.RegionKey())
		row := node.Li()
		if p.Side() == diary.NoSide {
			row = row.With(node.Class("whole"), toggle(p, name))
		} else {
			i++ // its twin
			row = row.With(node.Span(node.Text(name)), toggle(p, m.Lang.Label(diary.Left.Key())), toggle(all[i], m.Lang.Label(diary.Right.Key())))
		}
		groups[g] = groups[g].With(row)
	}
	box := node.Details(node.ID("places-list"), node.Class("more places-list"), node.Open(m.ListOpen), node.Summary(m.t(lang.PlacesList)))
	for i, k := range [...]lang.Key{lang.PlaceJoints, lang.PlaceMuscles, lang.PlaceOthers} {
		box = box.With(node.P(node.ID("places-"+strconv.Itoa(i)), node.Class("strong"), m.t(k)), groups[i])
	}
	return box
}
