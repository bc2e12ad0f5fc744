package view

import (
	"strconv"
	"strings"
	"testing"

	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/node"
)

func find(n node.Node, f func(node.Node) bool) (out []node.Node) {
	if f(n) {
		out = append(out, n)
	}
	for _, k := range n.Children() {
		out = append(out, find(k, f)...)
	}
	return out
}

func value(n node.Node, name string) string {
	v, _ := n.Attribute(name)
	return v
}

// What has no area of its own lies above or below others: skin covers muscles.
func offTheMap(p diary.Place) bool {
	switch p.Region() {
	case diary.SkinHead, diary.SkinTrunk, diary.SkinArm, diary.SkinLeg, diary.Elsewhere:
		return true
	}
	return false
}

func TestEveryPlaceIsOnTheMapAndInTheList(t *testing.T) {
	var form BleedForm
	shown := make(map[string]bool)
	for v := range mapViews {
		for _, g := range find(form.chooser(v), func(n node.Node) bool { return value(n, "data-act") == ActBleedPlace }) {
			key := strings.TrimPrefix(value(g, "id"), "map-")
			p, ok := diary.ParsePlace(key)
			if !ok || value(g, "role") != "button" || !strings.HasPrefix(value(g, "aria-label"), lang.English.Label(key)) {
				t.Errorf("%s: an area is named %q", mapViewKeys[v], value(g, "aria-label"))
			}
			if strings.Contains(value(g, "aria-label"), lang.English.T(lang.MapDanger)) != p.RedFlag() {
				t.Errorf("%s: the danger is not said", key)
			}
			shown[key] = true
		}
	}
	listed := make(map[string]bool)
	for _, b := range find(form.placeList(), func(n node.Node) bool { return value(n, "data-act") == ActBleedPlace }) {
		listed[value(b, "value")] = true
	}
	for _, p := range diary.Places() {
		if shown[p.Key()] == offTheMap(p) {
			t.Errorf("%s: on the map %v", p.Key(), shown[p.Key()])
		}
		if !listed[p.Key()] {
			t.Errorf("%s is not in the list", p.Key())
		}
		if v := MapViewOf(p); !offTheMap(p) && len(find(form.chooser(parseMapView(v)), func(n node.Node) bool { return value(n, "id") == "map-"+p.Key() })) != 1 {
			t.Errorf("%s is not in the view %s", p.Key(), v)
		}
	}
}

// The figure faces the reader, but for its back.
func TestThePatientsRightIsOnTheReadersLeft(t *testing.T) {
	for v := range mapViews {
		for _, a := range v.drawn() {
			if !a.twin || a.region == 0 {
				continue
			}
			left := a.places[0].Side() == diary.Left
			if onTheLeft := a.x < 150; onTheLeft != (left == (v == mapBack)) {
				t.Errorf("%s: %s is at %d", mapViewKeys[v], a.places[0].Key(), a.x)
			}
		}
		sides := Base{}.sides(v, true).Content()
		if right := strings.HasPrefix(sides, "Your right"); right == (v == mapBack) {
			t.Errorf("%s: above it stands %s", mapViewKeys[v], sides)
		}
	}
}

// On a telephone 360 pixels wide the map is 296 wide. Each area can be hit in a
// circle 44 pixels across around a middle that no other covers.
func TestEveryAreaIsLargeEnoughForAFinger(t *testing.T) {
	const scale = 296.0 / 300
	var form BleedForm
	for v := range mapViews {
		hits := find(form.chooser(v), func(n node.Node) bool { return value(n, "class") == "hit" })
		areas := v.drawn()
		if len(hits) != len(areas) {
			t.Fatalf("%s: %d of %d areas can be hit", mapViewKeys[v], len(hits), len(areas))
		}
		for i, h := range hits {
			r, _ := strconv.ParseFloat(value(h, "r"), 64)
			if 2*r*scale < 44 {
				t.Errorf("%s: an area is %.1f wide", mapViewKeys[v], 2*r*scale)
			}
			for _, b := range areas[i+1:] {
				if dx, dy := float64(b.x-areas[i].x), float64(b.y-areas[i].y); dx*dx+dy*dy < r*r {
					t.Errorf("%s: the middle of %d %d is covered by %d %d", mapViewKeys[v], areas[i].x, areas[i].y, b.x, b.y)
				}
			}
		}
	}
}

func TestTheTabKeyStopsOnceInTheMapAtWhatIsChosen(t *testing.T) {
	for v := range mapViews {
		for _, m := range []BleedForm{{}, {Places: []diary.Place{diary.LeftKnee, diary.PlaceOf(diary.Nose, diary.NoSide)}}} {
			stops := find(m.chooser(v), func(n node.Node) bool { return value(n, "tabindex") == "0" })
			if len(stops) != 1 {
				t.Fatalf("%s: %d stops", mapViewKeys[v], len(stops))
			}
			if len(m.Places) > 0 && v == mapFront && value(stops[0], "id") != "map-"+diary.LeftKnee.Key() {
				t.Errorf("the stop is %s", value(stops[0], "id"))
			}
		}
	}
}

// Every bleed that has a place on the figure is counted on it once, and every
// place stands in the list.
func TestTheMapToReadCountsEachBleedOnce(t *testing.T) {
	var counts []diary.PlaceCount
	want := 0
	for i, p := range diary.Places() {
		counts = append(counts, diary.PlaceCount{Place: p, Bleeds: i + 1})
		if !offTheMap(p) || p.Region() == diary.SkinHead {
			want += i + 1
		}
	}
	n := Base{}.bodyMap(counts, nil, true)
	got := 0
	for _, x := range find(n, func(n node.Node) bool { return value(n, "class") == "map-number" }) {
		k, err := strconv.Atoi(x.Content())
		if err != nil {
			t.Fatal(err)
		}
		got += k
	}
	if got != want {
		t.Errorf("%d on the figure, %d in the diary", got, want)
	}
	if li := find(n, func(n node.Node) bool { return n.Tag() == "li" }); len(li) != len(counts) {
		t.Errorf("%d of %d places in the list", len(li), len(counts))
	}
}
