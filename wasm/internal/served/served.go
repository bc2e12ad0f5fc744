// Package served judges the files that this app is made of, as far as an app can:
// which release it is, that it is no older than what ran here before, whether
// what the origin serves is what the publisher signed, and whether an update
// may be taken.
//
// All of it runs in the very files it is about. It stops an honest but old
// build, and a server that changes files under an app that is already running.
// It proves nothing about itself: a changed page can show whatever it likes.
package served

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"path"
	"strconv"

	"golang.org/x/crypto/cryptobyte"

	"vialog/shared/release"
	"vialog/wasm/internal/vault"
)

// A Build is what was compiled into this app.
type Build struct {
	Number int
	Name   string
	Policy int
	Signer string // the verifier whose signature releases must have; empty: none
}

// String is the release for people.
func (b Build) String() string { return b.Name + " (" + strconv.Itoa(b.Number) + ")" }

// Fetch loads a file of the app's origin from the network, at most limit bytes.
type Fetch func(ctx context.Context, path string, limit int) ([]byte, error)

// A Store is a vault that is open.
type Store interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Write(ctx context.Context, puts []vault.Record) error
}

var (
	// ErrOlder reports that a newer app has opened the vault before.
	ErrOlder = errors.New("served: a newer release has run here")

	// ErrSigner reports that what ran before was signed by somebody else.
	ErrSigner = errors.New("served: another signer than before")

	errRecord = errors.New("served: the record is not readable")
)

const recordKey = "served"

// A Floor is the newest release that a device has run.
type Floor struct {
	Number, Policy uint32
	Signer         string
}

func (f Floor) bytes() []byte {
	b := []byte{1}
	b = binary.BigEndian.AppendUint32(b, f.Number)
	b = binary.BigEndian.AppendUint32(b, f.Policy)
	b = append(b, byte(len(f.Signer)))
	return append(b, f.Signer...)
}

func parseFloor(b []byte) (Floor, error) {
	var f Floor
	var version uint8
	var signer cryptobyte.String
	s := cryptobyte.String(b)
	if !s.ReadUint8(&version) || version != 1 || !s.ReadUint32(&f.Number) || !s.ReadUint32(&f.Policy) ||
		!s.ReadUint8LengthPrefixed(&signer) || !s.Empty() || f.Number == 0 || f.Policy == 0 {
		return Floor{}, errRecord
	}
	f.Signer = string(signer)
	return f, nil
}

// Admit decides whether this build may go on in a vault, and notes that it did.
// It returns ErrOlder or ErrSigner if not.
func Admit(ctx context.Context, v Store, b Build, fetch Fetch) error {
	raw, err := v.Get(ctx, recordKey)
	if err != nil {
		return err
	}
	now := Floor{uint32(b.Number), uint32(b.Policy), b.Signer}
	if raw != nil {
		old, err := parseFloor(raw)
		switch {
		case err != nil, now.Number < old.Number, now.Policy < old.Policy:
			return ErrOlder
		case old == now:
			return nil
		case old.Signer != "" && old.Signer != now.Signer && !handedOver(ctx, b, old.Signer, fetch):
			return ErrSigner
		}
	}
	return v.Write(ctx, []vault.Record{{Key: recordKey, Value: now.bytes()}})
}

// handedOver reports whether the signer of before has signed this release, which
// names the new one.
func handedOver(ctx context.Context, b Build, before string, fetch Fetch) bool {
	note, err := fetch(ctx, release.Path, release.MaxNote)
	if err != nil {
		return false
	}
	m, err := release.Verify(note, before)
	return err == nil && m.Number == b.Number && m.Signer == b.Signer && b.Signer != ""
}

// A Verdict is what is to be thought of what the origin serves.
type Verdict uint8

// Verdicts, from good to bad.
const (
	Unknown  Verdict = iota // the network gave nothing
	Same                    // the release that runs here, as published
	Newer                   // a newer release, as published
	Unsigned                // this app asks for nobody's signature
	Wrong                   // not signed by the publisher
	Old                     // an older release than the one that runs here, or no newer one where there has to be
	Changed                 // files that differ from the manifest
)

// A Report is what Look found.
type Report struct {
	Verdict  Verdict
	Manifest *release.Manifest // that the origin serves; nil if it cannot be read or is not signed as it should be
	Loaded   int               // files that the page says it has loaded
	Compared int               // files that were fetched again
	Differ   []string          // paths of both that are not as in the manifest
}

// fetchable is the most bytes of a file that is fetched again to compare.
const fetchable = 1 << 20

// Look holds against the signed manifest what the page says it has loaded, with
// the hashes that the browser was asked to check (as in sha256-…), and what the
// origin sends now.
func Look(ctx context.Context, b Build, loaded map[string]string, fetch Fetch) Report {
	m, verdict := manifest(ctx, b, fetch)
	r := Report{Verdict: verdict, Manifest: m}
	if m == nil {
		return r
	}
	switch {
	case m.Number < b.Number:
		r.Verdict = Old
		return r
	case m.Number > b.Number:
		// What runs here is older, as published once, and in no list any more.
		r.Verdict = Newer
		return r
	}
	for p, integrity := range loaded {
		r.Loaded++
		if f := m.File(p); f == nil || "sha256-"+base64.StdEncoding.EncodeToString(f.Hash[:]) != integrity {
			r.Differ = append(r.Differ, p)
		}
	}
	if !r.compare(ctx, fetch, "") {
		return Report{Verdict: Unknown}
	}
	if len(r.Differ) > 0 {
		r.Verdict = Changed
	}
	return r
}

// Offer judges an update that the browser has found while this release runs
// under the service worker of its own: then there is a newer one, signed, and
// the origin serves its page and its service worker, or something is wrong.
func Offer(ctx context.Context, b Build, fetch Fetch) Report {
	m, verdict := manifest(ctx, b, fetch)
	r := Report{Verdict: verdict, Manifest: m}
	if m == nil {
		return r
	}
	if verdict == Unsigned {
		return r
	}
	if m.Number <= b.Number || m.Policy < b.Policy {
		r.Verdict = Old
		return r
	}
	if !r.compare(ctx, fetch, "/sw.js") {
		return Report{Verdict: Unknown}
	}
	r.Verdict = Newer
	if len(r.Differ) > 0 {
		r.Verdict = Changed
	}
	return r
}

// manifest loads that of the origin. It is Same, or Unsigned, if there is nothing
// against it so far.
func manifest(ctx context.Context, b Build, fetch Fetch) (*release.Manifest, Verdict) {
	note, err := fetch(ctx, release.Path, release.MaxNote)
	if err != nil {
		return nil, Unknown
	}
	if b.Signer == "" {
		m, err := release.Read(note)
		if err != nil {
			return nil, Wrong
		}
		return m, Unsigned
	}
	m, err := release.Verify(note, b.Signer)
	if err != nil {
		return nil, Wrong
	}
	return m, Same
}

// compare fetches the page and what it leads to again: files that are not named
// by their content, or only the page and one other. Programs are left out; the
// page names them with their hashes. It is false if the network fails.
func (r *Report) compare(ctx context.Context, fetch Fetch, only string) bool {
	for i := range r.Manifest.Files {
		f := &r.Manifest.Files[i]
		if only != "" && f.Path != only && f.Path != release.Index || path.Ext(f.Path) == ".wasm" || f.Size > fetchable {
			continue
		}
		got, err := fetch(ctx, f.Path, f.Size+1)
		if err != nil {
			return false
		}
		r.Compared++
		if !f.Is(got) {
			r.Differ = append(r.Differ, f.Path)
		}
	}
	return true
}
