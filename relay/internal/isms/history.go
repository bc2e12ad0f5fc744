// Package isms runs the cycle of a relay's information security management:
// it checks the deployment, keeps what was planned, found, declared and decided,
// and reports it against the register of vialog/shared/isms.
//
// What holds:
//   - everything is kept in the audit log, so it is ordered, dated, in backups
//     and covered by signed heads (FORMAT.md);
//   - a check passes only if it saw what it asserts: what could not be looked at
//     is not evidenced;
//   - the same log and register give the same report, byte for byte.
//
// It does not certify anything, and does not know whether a declaration is true.
package isms

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"
	"unicode/utf8"

	"vialog/relay/internal/ledger"
	"vialog/relay/internal/store"
	"vialog/shared/isms"
)

var (
	// ErrRecord reports a record of an act that is not as FORMAT.md says.
	ErrRecord = errors.New("not a record of the ISMS")
	// ErrLong reports an act that is too long to be kept.
	ErrLong = errors.New("the act is too long for the audit log")
)

const (
	maxPart  = 4000
	maxParts = 400
	maxText  = 1_000_000
)

// Names of the acts in the audit log.
const (
	actPlan    = "isms.plan"
	actCheck   = "isms.check"
	actDeclare = "isms.declare"
	actAct     = "isms.act"
	actImport  = "isms.import"
	actReport  = "isms.report"
)

// An Entry is one act. Exactly one of its pointers is set.
type Entry struct {
	Number uint64 // of its first record in the audit log
	Time   time.Time
	Actor  string
	Digest [sha256.Size]byte

	Plan        *Plan
	Run         *Run
	Declaration *Declaration
	Decision    *Decision
	Import      *Import
	Issue       *Issue
}

// A Plan begins a cycle.
type Plan struct {
	Cycle   int            `json:"cycle"`
	Targets map[string]int `json:"targets"`
	Until   Day            `json:"until"`
	Reason  string         `json:"reason"`
}

// Over reports whether the next cycle should have begun.
func (p *Plan) Over(now time.Time) bool { return p.Until.over(now) }

// A State is what a check found.
type State string

const (
	Passed       State = "passed"
	Failed       State = "failed"
	NotEvidenced State = "not-evidenced" // nothing was there to look at
)

// A Result is what one check found.
type Result struct {
	Check   string    `json:"check"`
	State   State     `json:"state"`
	Finding isms.Text `json:"finding"`
	Next    isms.Text `json:"next"` // what to do; empty if nothing
}

// A Run is one pass over all checks.
type Run struct {
	Cycle   int      `json:"cycle"`
	Origin  string   `json:"origin"`
	Version string   `json:"version"`
	Results []Result `json:"results"`
	Tests   *Tests   `json:"tests,omitempty"`
}

// Result returns what a check found, or nil.
func (r *Run) Result(check string) *Result {
	for i := range r.Results {
		if r.Results[i].Check == check {
			return &r.Results[i]
		}
	}
	return nil
}

// A Decision is what was decided about a nonconformity.
type Decision struct {
	Item   string `json:"item"`
	Action string `json:"action,omitempty"`
	Who    string `json:"who,omitempty"`
	Due    Day    `json:"due,omitzero"`
	Close  bool   `json:"close,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// act returns the name of the act and its value.
func (e *Entry) act() (string, any) {
	switch {
	case e.Plan != nil:
		return actPlan, e.Plan
	case e.Run != nil:
		return actCheck, e.Run
	case e.Declaration != nil:
		return actDeclare, e.Declaration
	case e.Decision != nil:
		return actAct, e.Decision
	case e.Import != nil:
		return actImport, e.Import
	case e.Issue != nil:
		return actReport, e.Issue
	}
	panic("isms: an entry without an act")
}

// Records returns what the audit log keeps of an entry (ErrLong).
func (e *Entry) Records() ([]store.Audit, error) {
	act, value := e.act()
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	if len(text) > maxText || !utf8.Valid(text) {
		return nil, ErrLong
	}
	digest := sha256.Sum256(text)
	var parts []string
	for len(text) > 0 {
		n := min(len(text), maxPart)
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n--
		}
		parts, text = append(parts, string(text[:n])), text[n:]
	}
	var records []store.Audit
	for i, p := range parts {
		a := store.Audit{Time: e.Time, Actor: e.Actor, Act: act, Subject: fmt.Sprintf("part %d of %d sha256 %x", i+1, len(parts), digest), Detail: p}
		if err := a.Check(); err != nil {
			return nil, err
		}
		records = append(records, a)
	}
	return records, nil
}

// A Recorder keeps records of acts.
type Recorder interface {
	Record(ctx context.Context, a store.Audit) error
}

// Add keeps an entry. If it is interrupted, the entry was not made.
func Add(ctx context.Context, to Recorder, e Entry) error {
	records, err := e.Records()
	if err != nil {
		return err
	}
	for _, a := range records {
		if err := to.Record(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// A History is every act so far, oldest first.
type History struct {
	Entries     []Entry
	Reports     []Entry // that were handed out
	Interrupted int     // acts of which not all parts are there, in their order
	Size        uint64  // of the audit log, in records

	acts   [][sha256.Size]byte // that each report had before it
	commit hash.Hash           // over the acts so far
}

// an unfinished act waits for its next part.
type unfinished struct {
	first store.Audit
	last  int // the last part that was read
	text  strings.Builder
}

// Read reads the history from an audit log (ErrRecord, store.ErrAudit).
func Read(ctx context.Context, log ledger.Log) (*History, error) {
	r := reader{open: map[string]*unfinished{}}
	r.h.commit = newCommit()
	var last store.Audit
	for {
		page, err := log.Audits(ctx, last.Index, 500)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		if last, err = store.VerifyAudits(last, page); err != nil {
			return nil, err
		}
		for _, a := range page {
			if !strings.HasPrefix(a.Act, "isms.") {
				continue
			}
			if err := r.add(a); err != nil {
				return nil, fmt.Errorf("record %d: %w", a.Index, err)
			}
		}
	}
	r.h.Interrupted += len(r.open)
	r.h.Size = last.Index
	return &r.h, nil
}

type reader struct {
	h    History
	open map[string]*unfinished
}

func (r *reader) add(a store.Audit) error {
	var part, parts int
	var digest string
	if n, err := fmt.Sscanf(a.Subject, "part %d of %d sha256 %s", &part, &parts, &digest); n != 3 || err != nil ||
		a.Subject != fmt.Sprintf("part %d of %d sha256 %s", part, parts, digest) || parts < 1 || parts > maxParts || part < 1 || part > parts {
		return ErrRecord
	}
	if len(a.Detail) > store.MaxAuditText {
		return ErrRecord
	}
	key := fmt.Sprint(a.Act, " ", a.Actor, " ", a.Time.UnixMilli(), " ", parts, " ", digest)
	u := r.open[key]
	if u != nil && part != u.last+1 || u == nil && part != 1 {
		r.h.Interrupted++ // its writer was, or two wrote the same at the same moment
		delete(r.open, key)
		if part != 1 {
			return nil
		}
		u = nil // and began again
	}
	if u == nil {
		u = &unfinished{first: a}
		r.open[key] = u
	}
	u.last = part
	u.text.WriteString(a.Detail)
	if part < parts {
		return nil
	}
	delete(r.open, key)
	e := Entry{Number: u.first.Index, Time: u.first.Time, Actor: u.first.Actor, Digest: sha256.Sum256([]byte(u.text.String()))}
	if hex.EncodeToString(e.Digest[:]) != digest {
		return ErrRecord
	}
	if err := e.parse(u.first.Act, []byte(u.text.String())); err != nil {
		return err
	}
	if e.Issue != nil {
		if parts > 1 {
			return ErrRecord
		}
		r.h.Reports = append(r.h.Reports, e)
		r.h.acts = append(r.h.acts, r.h.committed())
		return nil
	}
	r.h.Entries = append(r.h.Entries, e)
	e.commitTo(r.h.commit)
	return nil
}

func (e *Entry) parse(act string, text []byte) error {
	var to any
	switch act {
	case actPlan:
		e.Plan = &Plan{}
		to = e.Plan
	case actCheck:
		e.Run = &Run{}
		to = e.Run
	case actDeclare:
		e.Declaration = &Declaration{}
		to = e.Declaration
	case actAct:
		e.Decision = &Decision{}
		to = e.Decision
	case actImport:
		e.Import = &Import{}
		to = e.Import
	case actReport:
		e.Issue = &Issue{}
		to = e.Issue
	default:
		return ErrRecord
	}
	if len(text) == 0 || text[0] != '{' || json.Unmarshal(text, to) != nil {
		return ErrRecord
	}
	if e.Issue != nil && !e.Issue.wellFormed() {
		return ErrRecord
	}
	if e.Run != nil {
		for _, r := range e.Run.Results {
			if r.State != Passed && r.State != Failed && r.State != NotEvidenced {
				return ErrRecord
			}
		}
	}
	return nil
}
