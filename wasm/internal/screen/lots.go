package screen

import (
	"strconv"
	"strings"
	"time"

	"vialog/wasm/internal/app"
	"vialog/wasm/internal/diary"
	"vialog/wasm/internal/lang"
	"vialog/wasm/internal/view"
)

// What the treatment's form knows of the stock: which lots there are, and which
// must not be used.

// offersShown is how many lots are offered.
const offersShown = 3

// A refusedLot is a lot of a treatment that must not be used.
type refusedLot struct {
	at int // index of the lot
	view.LotRefusal
}

// refusals are the lots of a treatment that must not be used at its time. Those
// that the version before has were decided on then.
func (g *Guide) refusals(l app.Look, t *diary.Treatment, before *diary.Treatment) []refusedLot {
	var out []refusedLot
	if t.NotGiven != 0 || t.Taken.IsZero() {
		return nil
	}
	for i, lot := range t.Lots {
		if before != nil && hasBatch(before.Lots, lot) && before.Product == t.Product {
			continue
		}
		st := l.Diary().LotState(t.Product, lot, t.Taken)
		r := refusedLot{i, view.LotRefusal{Batch: lot.Batch}}
		switch {
		case lot.Batch == "" || st.Usable():
			continue
		case st.Recall != nil:
			r.Recalled, r.By = g.local(time.UnixMilli(st.Recall.Written)), g.recalledBy(l, st.Recall)
		default:
			r.Expired = st.Expiry
		}
		out = append(out, r)
	}
	return out
}

func hasBatch(list []diary.Lot, l diary.Lot) bool {
	for _, x := range list {
		if diary.SameBatch(x.Batch, l.Batch) {
			return true
		}
	}
	return false
}

// corrected is the treatment that the form corrects, nil for a new one.
func (g *Guide) corrected(l app.Look) *diary.Treatment {
	if id, ok := diary.ParseID(g.form.entry); ok {
		if it, ok := l.Diary().Get(id); ok {
			return it.Treatment()
		}
	}
	return nil
}

// guard is what the form shows of the stock.
func (g *Guide) guard(l app.Look) view.LotGuard {
	x := &g.form
	m := view.LotGuard{Given: x.get(view.FieldGivenAnyway) != "", Phone: l.EmergencyPhone()}
	t := &diary.Treatment{Product: diary.ProductID(x.get(view.FieldProduct)), ProductName: x.get(view.FieldOther)}
	p, ok := diary.Products.Find(t.Product)
	if !ok {
		return m
	}
	now := diary.MomentOf(g.local(g.now()))
	t.Taken = now
	if at, field, _ := g.momentAt(x.get(view.FieldDate), x.get(view.FieldTime)); field == "" {
		t.Taken = at
	}
	rest := diary.Amount(0)
	if a, ok := g.lang.ParseAmount(x.get(view.FieldAmount)); ok && a > 0 {
		rest = diary.Amount(a)
	}
	h := holdingOf(l.Diary(), p.ID, t.ProductName, now)
	for _, f := range x.lotFields() {
		lot := diary.Lot{Batch: diary.Clean(f.Batch, false)}
		lot.Expiry, _ = parseExpiry(strings.TrimSpace(f.Expiry))
		t.Lots = append(t.Lots, lot)
		for _, y := range h.Lots {
			if n, ok := typedVials(f.Packs); diary.SameBatch(y.Batch, lot.Batch) {
				if !ok {
					n = y.Vials // as far as it goes
				}
				rest -= min(rest, diary.Amount(n)*y.Strength)
			}
		}
	}
	for _, r := range g.refusals(l, t, g.corrected(l)) {
		m.Refusals = append(m.Refusals, r.LotRefusal)
	}
	for _, y := range h.Lots {
		if len(m.Offers) == offersShown || x.entry != "" {
			break
		}
		if y.Vials == 0 || !y.State.Usable() || hasBatch(t.Lots, y.Lot) {
			continue
		}
		use := 1
		if y.Strength != 0 && rest > 0 {
			use = min(y.Vials, int((rest+y.Strength-1)/y.Strength))
		}
		m.Offers = append(m.Offers, view.LotOffer{Value: strings.Join([]string{y.Batch, y.Expiry.String(), strconv.Itoa(use), y.Strength.String(), y.PZN}, "\n"), Lot: g.stockLot(p.ID, y), Use: use})
	}
	return m
}

// takeOffer puts a lot of the stock into the form: batch, expiry, vials, strength
// and PZN.
func (g *Guide) takeOffer(value string) {
	parts := strings.Split(value, "\n")
	if len(parts) != 5 {
		return
	}
	x := &g.form
	at := -1
	for i, l := range x.lotFields() {
		if strings.TrimSpace(l.Batch) == "" {
			at = i
			break
		}
	}
	if at < 0 {
		if x.lots >= diary.MaxLots {
			return
		}
		at = x.lots
		x.lots++
	}
	n := strconv.Itoa(at)
	x.fields[view.FieldLot+n], x.fields[view.FieldPacks+n] = parts[0], parts[2]
	delete(x.fields, view.FieldExpiry+n)
	if e, ok := diary.ParseDate(parts[1]); ok {
		x.fields[view.FieldExpiry+n] = g.expiryField(e)
	}
	x.fields[view.FieldStrength+n], x.fields[view.FieldPZN+n] = "", parts[4]
	if parts[3] != "0" {
		x.fields[view.FieldStrength+n] = parts[3]
	}
	if sum := g.contents(); sum > 0 && strings.TrimSpace(x.get(view.FieldAmount)) == "" {
		x.fields[view.FieldAmount] = g.lang.Milli(int64(sum))
		x.filled++
	}
	g.redrawLots()
}

// checkLots says what speaks against using the lots of a treatment, as problems
// beside their fields. It is asked before a treatment is written in whichever
// way. That it was given all the same has to be said expressly.
func (g *Guide) checkLots(l app.Look, t *diary.Treatment) []view.Problem {
	if g.at.name == atTreatment && g.form.get(view.FieldGivenAnyway) != "" {
		return nil
	}
	var before *diary.Treatment
	if g.at.name == atTreatment {
		before = g.corrected(l)
	}
	var out []view.Problem
	for _, r := range g.refusals(l, t, before) {
		out = append(out, view.Problem{Field: view.FieldLot + strconv.Itoa(r.at), Key: lang.ProblemLotRefused, Args: []string{"lot", r.Batch}})
	}
	return out
}

// ownUp writes into the note of a treatment which of its lots should not have
// been used, and tells whether there is one.
func (g *Guide) ownUp(t *diary.Treatment) (found bool) {
	g.env.Client.Look(func(l app.Look) {
		for _, r := range g.refusals(l, t, g.corrected(l)) {
			if t.Note != "" {
				t.Note += "\n"
			}
			t.Note += g.refusalText(r.LotRefusal) + " " + g.lang.T(lang.LotGivenNote)
			found = true
		}
	})
	return found
}

// refusalText is why a lot is refused, with dates that stay true.
func (g *Guide) refusalText(r view.LotRefusal) string {
	switch {
	case !r.Recalled.IsZero() && r.By != "":
		return g.lang.T(lang.LotRefusedRecall, "lot", r.Batch, "when", g.lang.DateShort(r.Recalled), "who", r.By)
	case !r.Recalled.IsZero():
		return g.lang.T(lang.LotRefusedHome, "lot", r.Batch, "when", g.lang.DateShort(r.Recalled))
	}
	return g.lang.T(lang.LotRefusedExpired, "lot", r.Batch, "date", g.expiryText(r.Expired))
}
