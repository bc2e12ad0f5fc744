package diary

// A Place is a part of the body with its side. The number is on the wire:
// region times four plus side, so it stays when the table grows.
type Place uint16

// A Side tells left from right.
type Side uint8

const (
	NoSide Side = iota
	Left
	Right
)

// Key is the catalogue key, "side.left".
func (s Side) Key() string {
	switch s {
	case Left:
		return "side.left"
	case Right:
		return "side.right"
	}
	return "side.none"
}

// A Region is a part of the body without side. Numbers are never reused.
type Region uint16

const (
	Shoulder Region = 1 + iota
	Elbow
	Wrist
	FingerJoint
	Hip
	Knee
	Ankle
	ToeJoint
	Jaw
	UpperArmMuscle
	ForearmMuscle
	HandMuscle
	Iliopsoas
	Buttock
	ThighMuscle
	CalfMuscle
	FootMuscle
	BackMuscle
	AbdomenMuscle
	ChestMuscle
	SkinHead
	SkinTrunk
	SkinArm
	SkinLeg
	Nose
	Gums
	Tongue
	SkullInside
	Eye
	Throat
	Spine
	Chest
	Gut
	Urine
	Elsewhere
)

type region struct {
	key   string
	kind  BleedKind
	sided bool
	large bool // one of the five large joints of the definition of prophylaxis
	red   bool // show "call now"
}

// regions is reference data, version 1. Red flags: head, throat and neck, gut
// and iliopsoas after the Canadian clinicians' grading of bleeds; eye, spine,
// chest and tongue are added because waiting there costs more than a call.
var regions = [...]region{
	Shoulder:       {"joint.shoulder", BleedJoint, true, true, false},
	Elbow:          {"joint.elbow", BleedJoint, true, true, false},
	Wrist:          {"joint.wrist", BleedJoint, true, false, false},
	FingerJoint:    {"joint.finger", BleedJoint, true, false, false},
	Hip:            {"joint.hip", BleedJoint, true, true, false},
	Knee:           {"joint.knee", BleedJoint, true, true, false},
	Ankle:          {"joint.ankle", BleedJoint, true, true, false},
	ToeJoint:       {"joint.toe", BleedJoint, true, false, false},
	Jaw:            {"joint.jaw", BleedJoint, false, false, false},
	UpperArmMuscle: {"muscle.upperarm", BleedMuscle, true, false, false},
	ForearmMuscle:  {"muscle.forearm", BleedMuscle, true, false, false},
	HandMuscle:     {"muscle.hand", BleedMuscle, true, false, false},
	Iliopsoas:      {"muscle.iliopsoas", BleedMuscle, true, false, true},
	Buttock:        {"muscle.buttock", BleedMuscle, true, false, false},
	ThighMuscle:    {"muscle.thigh", BleedMuscle, true, false, false},
	CalfMuscle:     {"muscle.calf", BleedMuscle, true, false, false},
	FootMuscle:     {"muscle.foot", BleedMuscle, true, false, false},
	BackMuscle:     {"muscle.back", BleedMuscle, false, false, false},
	AbdomenMuscle:  {"muscle.abdomen", BleedMuscle, false, false, false},
	ChestMuscle:    {"muscle.chest", BleedMuscle, false, false, false},
	SkinHead:       {"skin.head", BleedSkin, false, false, false},
	SkinTrunk:      {"skin.trunk", BleedSkin, false, false, false},
	SkinArm:        {"skin.arm", BleedSkin, true, false, false},
	SkinLeg:        {"skin.leg", BleedSkin, true, false, false},
	Nose:           {"mucosa.nose", BleedMucosal, false, false, false},
	Gums:           {"mucosa.gums", BleedMucosal, false, false, false},
	Tongue:         {"mucosa.tongue", BleedMucosal, false, false, true},
	SkullInside:    {"head.skull", BleedHead, false, false, true},
	Eye:            {"head.eye", BleedHead, true, false, true},
	Throat:         {"neck.throat", BleedInternal, false, false, true},
	Spine:          {"internal.spine", BleedInternal, false, false, true},
	Chest:          {"internal.chest", BleedInternal, false, false, true},
	Gut:            {"internal.gut", BleedInternal, false, false, true},
	Urine:          {"internal.urine", BleedInternal, false, false, false},
	Elsewhere:      {"other", BleedOther, false, false, false},
}

// The places that are named most.
const (
	LeftShoulder  = Place(Shoulder)<<2 | Place(Left)
	RightShoulder = Place(Shoulder)<<2 | Place(Right)
	LeftElbow     = Place(Elbow)<<2 | Place(Left)
	RightElbow    = Place(Elbow)<<2 | Place(Right)
	LeftHip       = Place(Hip)<<2 | Place(Left)
	RightHip      = Place(Hip)<<2 | Place(Right)
	LeftKnee      = Place(Knee)<<2 | Place(Left)
	RightKnee     = Place(Knee)<<2 | Place(Right)
	LeftAnkle     = Place(Ankle)<<2 | Place(Left)
	RightAnkle    = Place(Ankle)<<2 | Place(Right)
)

// PlaceOf is the region r on side s. The result is not Known if r has no
// sides and s names one, or the other way round.
func PlaceOf(r Region, s Side) Place { return Place(r)<<2 | Place(s) }

func (p Place) Region() Region { return Region(p >> 2) }
func (p Place) Side() Side     { return Side(p & 3) }

// Known tells whether this version's table has the place.
func (p Place) Known() bool {
	r := p.row()
	return r.key != "" && p.Side() <= Right && r.sided == (p.Side() != NoSide)
}

// Joint tells whether p is a joint.
func (p Place) Joint() bool { return p.row().kind == BleedJoint }

// LargeJoint tells whether p is a shoulder, elbow, hip, knee or ankle.
func (p Place) LargeJoint() bool { return p.row().large }

// RedFlag tells whether a bleed at p means: call now.
func (p Place) RedFlag() bool { return p.row().red }

// Kind is the kind of a bleed at p, 0 if p is not known.
func (p Place) Kind() BleedKind { return p.row().kind }

// Key is the catalogue key, "place.joint.knee.left".
func (p Place) Key() string {
	if !p.Known() {
		return "place.unknown"
	}
	switch p.Side() {
	case Left:
		return "place." + p.row().key + ".left"
	case Right:
		return "place." + p.row().key + ".right"
	}
	return "place." + p.row().key
}

// RegionKey is the catalogue key without the side, "place.joint.knee".
func (p Place) RegionKey() string {
	if !p.Known() {
		return "place.unknown"
	}
	return "place." + p.row().key
}

func (p Place) row() region {
	if r := p.Region(); int(r) < len(regions) {
		return regions[r]
	}
	return region{}
}

// Places lists all known places in the order of the list twin of the body map.
func Places() []Place {
	var out []Place
	for r := range regions {
		switch {
		case regions[r].key == "":
		case regions[r].sided:
			out = append(out, PlaceOf(Region(r), Left), PlaceOf(Region(r), Right))
		default:
			out = append(out, PlaceOf(Region(r), NoSide))
		}
	}
	return out
}

// ParsePlace is the inverse of Key.
func ParsePlace(key string) (Place, bool) {
	for _, p := range Places() {
		if p.Key() == key {
			return p, true
		}
	}
	return 0, false
}
