package diary

import "slices"

// A Bleeding is a bleed with what was done about it.
type Bleeding struct {
	*Item
	Again      *Item   // the bleed that this one is again, nil: a new bleed. To count bleeds, count those
	Treatments []*Item // that were given, oldest first
	Open       bool    // no end was written
	Stale      bool    // open, and nothing heard of it for two weeks
	Holds      int64   // ms: until then Open and Stale are as they are, if nothing is added to the diary
	Ask8h      bool    // it is time to ask for the response at 8 hours
	Ask72h     bool    // and at 72 hours, after the first dose
	Doses72h   int     // doses within 72 hours of the first
}

const (
	staleBleed = 14 * day
	askWithin  = 14 * day // a response that nobody remembers is not asked for
)

// RedFlag tells whether a place of the bleed means: call now.
func (b *Bleed) RedFlag() bool {
	for _, p := range b.Places {
		if p.RedFlag() {
			return true
		}
	}
	return b.Type == BleedHead
}

// Joint tells whether the bleed is in a joint.
func (b *Bleed) Joint() bool {
	for _, p := range b.Places {
		if p.Joint() {
			return true
		}
	}
	return b.Type == BleedJoint
}

// KindOf is the kind of a bleed at places, by the one that matters most: 0 without
// places.
func KindOf(places []Place) BleedKind {
	for _, k := range [...]BleedKind{BleedHead, BleedInternal, BleedJoint, BleedMuscle, BleedMucosal, BleedSkin, BleedOther} {
		for _, p := range places {
			if p.Kind() == k {
				return k
			}
		}
	}
	return 0
}

// Bleeding is the bleed it with its treatments, at now in ms.
func (d *Diary) Bleeding(it *Item, now int64) Bleeding {
	b := it.Bleed()
	out := Bleeding{Item: it, Again: d.continues(it), Treatments: d.referring(it, (*Item).Given), Open: b.End.IsZero()}
	heard := max(it.When.Ms, it.Written)
	out.Holds = maxMs
	doses := known(out.Treatments, now)
	if len(doses) < len(out.Treatments) {
		out.Holds = out.Treatments[len(doses)].When.Ms - clockSkew // written ahead
	}
	if len(doses) > 0 {
		first := doses[0].When.Ms
		heard = max(heard, doses[len(doses)-1].When.Ms)
		for _, t := range doses {
			if t.When.Ms <= first+72*hour {
				out.Doses72h++
			}
		}
		since := now - first
		out.Ask8h = b.Response8h == 0 && b.Response72h == 0 && since >= 8*hour && since < askWithin
		out.Ask72h = b.Response72h == 0 && since >= 72*hour && since < askWithin
	}
	if out.Stale = out.Open && now-heard > staleBleed; out.Open && !out.Stale {
		out.Holds = min(out.Holds, heard+staleBleed+1)
	}
	return out
}

// Prompts lists the bleeds whose response it is time to ask for, oldest first.
func (d *Diary) Prompts(now int64) []Bleeding {
	var out []Bleeding
	// Whose first dose lies in the last two weeks began in the last two months.
	for _, b := range d.Bleeds(Filter{From: now - 60*day}, now) {
		if b.Ask8h || b.Ask72h {
			out = append(out, b)
		}
	}
	slices.Reverse(out)
	return out
}

// Bleeds lists bleeds with their treatments, newest first.
func (d *Diary) Bleeds(f Filter, now int64) []Bleeding {
	f.Kinds = []Kind{KindBleed}
	var out []Bleeding
	for _, it := range d.Timeline(f) {
		out = append(out, d.Bleeding(it, now))
	}
	return out
}

// OpenBleeds lists the bleeds without an end, newest first.
func (d *Diary) OpenBleeds(now int64) []Bleeding {
	return d.Bleeds(Filter{Match: func(it *Item) bool { return it.Bleed().End.IsZero() }}, now)
}

// LastTreatment is the latest dose that was given for reason, or for any if it
// is 0: what "same as last time" offers. It is nil if there is none.
func (d *Diary) LastTreatment(reason Reason) *Item {
	list := d.items(KindTreatment)
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Given() && (reason == 0 || list[i].Treatment().Reason == reason) {
			return list[i]
		}
	}
	return nil
}

// Counters are the figures of the home screen. Days observed stand beside each
// count: three bleeds in ten days are not three in a year.
type Counters struct {
	Days30, Days365             int // observed, since the first entry
	Bleeds30, Bleeds365         int // new ones: re-bleeds are not counted
	Joint30, Joint365           int
	Treatments30, Treatments365 int
}

// Counters counts back from now, in ms. The diary is observed since its first
// dose or bleed.
func (d *Diary) Counters(now int64) Counters {
	var c Counters
	first := now
	for _, k := range []Kind{KindTreatment, KindBleed} {
		list := d.items(k)
		for _, it := range list {
			if it.Retracted == nil {
				first = min(first, it.When.Ms)
				break
			}
		}
		for i := len(list) - 1; i >= 0 && list[i].When.Ms > now-365*day; i-- {
			it := list[i]
			if it.Retracted != nil || it.When.Ms > now {
				continue
			}
			recent := it.When.Ms > now-30*day
			if k == KindTreatment {
				count(it.Given(), recent, &c.Treatments365, &c.Treatments30)
				continue
			}
			fresh := d.continues(it) == nil
			count(fresh, recent, &c.Bleeds365, &c.Bleeds30)
			count(fresh && it.Bleed().Joint(), recent, &c.Joint365, &c.Joint30)
		}
	}
	days := int((now - first + day - 1) / day)
	c.Days30, c.Days365 = min(days, 30), min(days, 365)
	return c
}

func count(yes, recent bool, year, month *int) {
	if yes {
		*year++
		if recent {
			*month++
		}
	}
}
