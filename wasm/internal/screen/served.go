package screen

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"vialog/shared/release"
	"vialog/wasm/internal/app"
	"vialog/wasm/internal/node"
	"vialog/wasm/internal/served"
	"vialog/wasm/internal/view"
)

// The files of the app: what runs here, what the server sends, and whether an
// update may be taken.

const (
	atVersion placeName = placesServed + iota
)

// lookTime is how long the files of the app are waited for.
const lookTime = 30 * time.Second

// files is what is known about the files of the app.
type files struct {
	report  *served.Report // of the last comparison; nil: none, or under way
	looking int            // comparisons under way

	found   bool           // the browser has found an update
	ready   bool           // and loaded it
	judging bool           // it is being judged
	again   bool           // and will have to be once more
	offer   *served.Report // what came of it; nil: not known yet
}

// bad reports whether files were offered that must not be taken.
func bad(r *served.Report) bool { return r != nil && r.Verdict >= served.Wrong }

// trouble reports whether to warn of the server.
func (f *files) trouble() bool { return bad(f.offer) || bad(f.report) }

// updateFound is told by the browser when it has found an update, and again when
// that has been loaded and waits.
func (g *Guide) updateFound(ready bool) {
	f := &g.files
	f.found, f.ready = true, ready
	if !bad(f.offer) {
		f.offer = nil // it was another one
	}
	g.judge()
}

// judge finds out whether the update may be taken. What is bad stays so until a
// person has it looked at again: what was offered can be offered again.
func (g *Guide) judge() {
	f := &g.files
	if !f.found || bad(f.offer) || g.env.Fetch == nil {
		return
	}
	if f.judging {
		f.again = true
		return
	}
	f.judging, f.again = true, false
	g.lookAside(func(ctx context.Context) served.Report { return served.Offer(ctx, g.env.Build, g.env.Fetch) }, func(r served.Report) {
		f.judging = false
		if !f.again || bad(&r) {
			f.offer = &r
		}
		if f.again {
			g.judge()
		}
	})
}

// lookAside runs what takes time beside everything else.
func (g *Guide) lookAside(work func(context.Context) served.Report, then func(served.Report)) {
	ctx := g.ctx
	go func() {
		limited, cancel := context.WithTimeout(ctx, lookTime)
		defer cancel()
		r := work(limited)
		select {
		case g.do <- func() { then(r) }:
		case <-ctx.Done():
		}
	}()
}

// compare holds what runs here against what the server sends.
func (g *Guide) compare() {
	f := &g.files
	f.report = nil
	if g.env.Fetch == nil {
		f.report = new(served.Report)
		return
	}
	f.looking++
	if bad(f.offer) {
		f.offer = nil
		g.judge()
	}
	g.lookAside(func(ctx context.Context) served.Report {
		return served.Look(ctx, g.env.Build, g.env.Loaded, g.env.Fetch)
	}, func(r served.Report) {
		if f.looking--; f.looking == 0 {
			f.report = &r
		}
	})
}

// mayTake reports whether a waiting update may be started: one that was judged
// to be good, or any in an app that asks for nobody's signature.
func (g *Guide) mayTake() bool {
	return g.env.Build.Signer == "" || g.files.offer != nil && g.files.offer.Verdict == served.Newer
}

// reload starts anew, with the update that waits if it may be taken.
func (g *Guide) reload() {
	accept := ""
	if g.mayTake() {
		accept = "yes"
	}
	g.env.Page.Command("reload", "accept", accept)
}

// refusedBy is the fault that keeps this release out of the vault.
func refusedBy(err error) (view.Fault, bool) {
	switch {
	case errors.Is(err, served.ErrOlder):
		return view.FaultOlder, true
	case errors.Is(err, served.ErrSigner):
		return view.FaultSigner, true
	}
	return 0, false
}

func (g *Guide) servedAct(e node.Event, _ map[string]string) bool {
	switch e.Act {
	case view.ActServed:
		if g.at.name != atVersion {
			g.into(place{name: atVersion})
		}
		g.compare()
	case view.ActServedAccept:
		g.reload()
	default:
		return false
	}
	return true
}

func (g *Guide) servedScreen(_ app.Look, f view.Frame) view.Screen {
	if g.at.name != atVersion {
		return nil
	}
	f.Place = view.PlaceSettings
	b := g.env.Build
	m := view.ThisVersion{
		Frame: f, Name: b.Name, Number: b.Number, PolicyNo: b.Policy, Signer: release.SignerName(b.Signer), SignerKey: b.Signer, Origin: g.env.Origin,
	}
	r := g.files.report
	if o := g.files.offer; r != nil && o != nil && (bad(o) && !bad(r) || o.Verdict == served.Newer && r.Verdict <= served.Same) {
		r = o // the update says more
	}
	if r == nil {
		return m
	}
	m.State = map[served.Verdict]view.FilesState{
		served.Unknown: view.FilesUnreachable, served.Same: view.FilesSame, served.Newer: view.FilesNewer, served.Unsigned: view.FilesNoSigner,
		served.Wrong: view.FilesWrong, served.Old: view.FilesOld, served.Changed: view.FilesChanged,
	}[r.Verdict]
	m.Loaded, m.Compared = r.Loaded, r.Compared
	m.Differ = slices.Sorted(slices.Values(r.Differ))
	m.Ready = g.files.ready && g.mayTake()
	if r.Manifest != nil {
		hash := r.Manifest.Hash()
		m.Hash, m.Newer = hex.EncodeToString(hash[:]), r.Manifest.Name
		m.Date, _ = time.Parse(time.DateOnly, r.Manifest.Date) // checked by package release
	}
	return m
}

// fatalFor shows why the vault does not open.
func (g *Guide) fatalFor(err error, otherwise view.Fault) {
	fault, ok := refusedBy(err)
	if !ok {
		fault = otherwise
	}
	g.fatal = &view.Fatal{Fault: fault, Detail: clip(err.Error())}
}
