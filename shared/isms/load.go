package isms

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed data/*.json
var data embed.FS

// A Register is all of the data.
type Register struct {
	Areas     []Area
	Controls  []Control // in the order of their numbers
	Tables    []Table
	Checks    []Check
	Documents []Document
	Assets    []Asset
	Levels    Levels
	Risks     []Risk
	Crypto    Crypto
}

// Load reads the register that is built in. It fails only if the data are wrong,
// which a test sees before a release does.
func Load() (*Register, error) {
	var r Register
	for _, f := range []struct {
		name string
		to   any
	}{
		{"areas", &r.Areas}, {"controls", &r.Controls}, {"checks", &r.Checks}, {"documents", &r.Documents},
		{"assets", &r.Assets}, {"levels", &r.Levels}, {"risks", &r.Risks}, {"crypto", &r.Crypto},
	} {
		if err := read(f.name, f.to); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"registration", "cryptography", "tr-03161-2", "tr-03161-3", "tr-02102-1", "pseudonyms", "gdpr", "obligations", "edition-2022", "health-2025"} {
		var t Table
		if err := read(name, &t); err != nil {
			return nil, err
		}
		r.Tables = append(r.Tables, t)
	}
	return &r, r.check()
}

// read reads one file.
func read(name string, to any) error {
	f, err := data.Open("data/" + name + ".json")
	if err != nil {
		return err
	}
	defer f.Close()
	if err := decode(f, to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// decode reads one value, all there is, and nothing that the types do not know.
func decode(r io.Reader, to any) error {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows")
	}
	return nil
}

// Control returns the control with a number, or nil.
func (r *Register) Control(id string) *Control { return find(r.Controls, id, (*Control).id) }

// Check returns the check with an ID, or nil.
func (r *Register) Check(id string) *Check { return find(r.Checks, id, (*Check).id) }

// Document returns the document with an ID, or nil.
func (r *Register) Document(id string) *Document { return find(r.Documents, id, (*Document).id) }

// Asset returns the asset with an ID, or nil.
func (r *Register) Asset(id string) *Asset { return find(r.Assets, id, (*Asset).id) }

// Table returns the table with an ID, or nil.
func (r *Register) Table(id string) *Table { return find(r.Tables, id, (*Table).id) }

// In returns the controls of an area.
func (r *Register) In(area int) []Control {
	var of []Control
	for _, c := range r.Controls {
		if c.Area() == area {
			of = append(of, c)
		}
	}
	return of
}

func (c *Control) id() string     { return c.ID }
func (c *Check) id() string       { return c.ID }
func (d *Document) id() string    { return d.ID }
func (a *Asset) id() string       { return a.ID }
func (t *Table) id() string       { return t.ID }
func (q *Requirement) id() string { return q.ID }
func (a *Algorithm) id() string   { return a.ID }
func (p *Period) id() string      { return p.ID }
func (k *Key) id() string         { return k.ID }

func find[T any](in []T, id string, of func(*T) string) *T {
	for i := range in {
		if of(&in[i]) == id {
			return &in[i]
		}
	}
	return nil
}

var number = regexp.MustCompile(`^([5-9]|1[0-8])\.[1-9]\.[1-9][0-9]?$`)

// A checker collects what is wrong.
type checker struct {
	r    *Register
	errs []error
}

func (c *checker) wrong(where, format string, args ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: %s", where, fmt.Sprintf(format, args...)))
}

// check reports everything in which the data contradict themselves.
func (r *Register) check() error {
	c := &checker{r: r}
	once(c, "area", r.Areas, func(a *Area) string { return strconv.Itoa(a.Number) })
	once(c, "control", r.Controls, (*Control).id)
	once(c, "check", r.Checks, (*Check).id)
	once(c, "document", r.Documents, (*Document).id)
	once(c, "asset", r.Assets, (*Asset).id)
	once(c, "table", r.Tables, (*Table).id)
	once(c, "risk", r.Risks, func(k *Risk) string { return strconv.Itoa(k.Threat) })
	once(c, "algorithm", r.Crypto.Algorithms, (*Algorithm).id)
	once(c, "period", r.Crypto.Periods, (*Period).id)
	once(c, "key", r.Crypto.Keys, (*Key).id)
	for _, a := range r.Areas {
		c.text("area "+strconv.Itoa(a.Number), a.Title)
	}
	for i := range r.Controls {
		c.control(&r.Controls[i])
	}
	for _, k := range r.Checks {
		c.text("check "+k.ID, k.Title, k.Fails)
		c.owner("check "+k.ID, k.Owner)
	}
	for _, d := range r.Documents {
		c.text("document "+d.ID, d.Title)
		c.owner("document "+d.ID, d.Owner)
		if d.Review < 1 || d.Review > 36 {
			c.wrong("document "+d.ID, "reviewed after %d months", d.Review)
		}
	}
	for _, a := range r.Assets {
		c.text("asset "+a.ID, a.Title)
		c.owner("asset "+a.ID, a.Owner)
	}
	for _, t := range r.Tables {
		c.text("table "+t.ID, t.Title)
		if t.Source == "" {
			c.wrong("table "+t.ID, "no source")
		}
		once(c, "table "+t.ID, t.Rows, (*Requirement).id)
		for i := range t.Rows {
			c.requirement(t.ID, &t.Rows[i])
		}
	}
	if len(r.Levels.Likelihood) != 5 || len(r.Levels.Impact) != 5 {
		c.wrong("levels", "there are not five of each")
	}
	c.text("levels", slices.Concat(r.Levels.Likelihood, r.Levels.Impact)...)
	for i := range r.Risks {
		c.risk(&r.Risks[i])
	}
	c.crypto(&r.Crypto)
	return errors.Join(c.errs...)
}

func once[T any](c *checker, what string, in []T, id func(*T) string) {
	seen := map[string]bool{}
	for i := range in {
		k := id(&in[i])
		if k == "" || seen[k] || strings.ContainsAny(k, " #") {
			c.wrong(what, "%q is no name, or there twice", k)
		}
		seen[k] = true
	}
}

func (c *checker) text(where string, all ...Text) {
	for _, t := range all {
		if !t.whole() {
			c.wrong(where, "a text is missing in a language, or has spaces around it: %q, %q", t.EN, t.DE)
		}
	}
}

func (c *checker) owner(where string, o Owner) {
	if o != Product && o != Operator && o != Centre {
		c.wrong(where, "%q is no owner", o)
	}
}

func (c *checker) gap(where string, g *Gap) {
	c.text(where, g.Reason)
	if g.Review.IsZero() {
		c.wrong(where, "is open without a date of review")
	}
}

// evidence looks at what is named, and reports which kinds there are.
func (c *checker) evidence(where string, all []Evidence) (shown, said bool) {
	seen := map[Evidence]bool{}
	for _, e := range all {
		if seen[e] {
			c.wrong(where, "%s twice", e)
		}
		seen[e] = true
		switch {
		case e.Kind == ByCheck && c.r.Check(e.ID) == nil, e.Kind == ByDocument && c.r.Document(e.ID) == nil:
			c.wrong(where, "there is no %s", e)
		case e.Kind == ByDocument:
			said = true
		default:
			shown = true
		}
	}
	return shown, said
}

func (c *checker) controls(where string, ids []string) {
	for _, id := range ids {
		if c.r.Control(id) == nil {
			c.wrong(where, "there is no control %s", id)
		}
	}
}

func (c *checker) control(k *Control) {
	where := "control " + k.ID
	if !number.MatchString(k.ID) {
		c.wrong(where, "is no number of a control")
		return
	}
	c.text(where, k.Title, k.Why)
	c.owner(where, k.Owner)
	if len(k.Edition22) == 0 {
		c.wrong(where, "has no place in the edition of 2022")
	}
	if k.Kind != Technical && k.Kind != Partly && k.Kind != Declared {
		c.wrong(where, "%q is no kind", k.Kind)
	}
	shown, said := c.evidence(where, k.Evidence)
	if !k.Applicable {
		if !k.Does.empty() || len(k.Evidence) > 0 || k.Open != nil {
			c.wrong(where, "does not apply, and says more")
		}
		return
	}
	c.text(where, k.Does)
	if k.Open != nil {
		c.gap(where, k.Open)
		return
	}
	switch {
	case k.Kind != Declared && !shown:
		c.wrong(where, "nothing shows it, and it is not open")
	case k.Kind != Technical && !said:
		c.wrong(where, "no organisation says it, and it is not open")
	case k.Kind == Declared && k.Owner == Product:
		c.wrong(where, "the product declares nothing")
	}
}

func (c *checker) requirement(table string, q *Requirement) {
	where := table + " " + q.ID
	c.text(where, q.Demand)
	if !q.How.empty() {
		c.text(where, q.How)
	}
	shown, said := c.evidence(where, q.Evidence)
	c.controls(where, q.Controls)
	if (q.Open != nil) != (q.State == Missing || q.State == Deviates) {
		c.wrong(where, "is %s, with or without a reason", q.State)
	}
	if q.Open != nil {
		c.gap(where, q.Open)
	}
	switch q.State {
	case Met:
		if q.How.empty() || len(q.Code) == 0 || !shown {
			c.wrong(where, "is met by no code, or nothing shows it")
		}
	case Organised:
		if q.How.empty() || !said {
			c.wrong(where, "is declared by no document")
		}
	case Missing, Deviates:
	case NotApplicable:
		if q.How.empty() || len(q.Code) > 0 || len(q.Evidence) > 0 {
			c.wrong(where, "does not apply, without a reason or with evidence")
		}
	default:
		c.wrong(where, "%q is no state", q.State)
	}
}

func (c *checker) risk(k *Risk) {
	where := "risk " + strconv.Itoa(k.Threat)
	c.text(where, k.Title, k.Measures, k.After.Why)
	for _, l := range []Level{k.Likelihood, k.Impact, k.After.Likelihood, k.After.Impact} {
		if l < 1 || l > 5 {
			c.wrong(where, "%d is no level", l)
		}
	}
	if k.After.Likelihood > k.Likelihood || k.After.Impact > k.Impact {
		c.wrong(where, "is larger after its treatment")
	}
	if k.Treatment == Accept && k.After.Value() != k.Value() {
		c.wrong(where, "is accepted, and smaller after that")
	}
	if !slices.Contains([]Treatment{Reduce, Avoid, Share, Accept}, k.Treatment) {
		c.wrong(where, "%q is no treatment", k.Treatment)
	}
	if len(k.Assets) == 0 {
		c.wrong(where, "endangers nothing")
	}
	for _, a := range k.Assets {
		if c.r.Asset(a) == nil {
			c.wrong(where, "there is no asset %s", a)
		}
	}
	c.controls(where, k.Controls)
	c.evidence(where, k.Evidence)
}

func (c *checker) crypto(p *Crypto) {
	if p.Version < 1 || p.Issued.IsZero() || !p.Review.Time().After(p.Issued.Time()) {
		c.wrong("crypto", "no version, or no dates in their order")
	}
	for _, a := range p.Algorithms {
		where := "algorithm " + a.ID
		c.text(where, a.Use, a.Why)
		shown, _ := c.evidence(where, a.Evidence)
		if !slices.Contains([]Place{OnDevice, InBox, OnWire, InLog, InBackup, InRelease, InReport}, a.Place) {
			c.wrong(where, "%q is no place", a.Place)
		}
		if !slices.Contains([]string{"ae", "hash", "kdf", "kem", "mac", "pke", "signature", "drbg", "other", TLS}, a.Primitive) {
			c.wrong(where, "%q is no primitive", a.Primitive)
		}
		if a.Name == "" || a.Parameters == "" || a.Standard == "" || len(a.Code) == 0 || !shown {
			c.wrong(where, "a name, parameters, a standard, its code or what shows it is missing")
		}
		if a.State != "write" && a.State != "read" && a.State != "refuse" {
			c.wrong(where, "%q is no state", a.State)
		}
		if a.Since.IsZero() || !a.Until.Time().After(a.Since.Time()) {
			c.wrong(where, "no dates, or not in their order")
		}
		if a.Verdict != Listed && a.Verdict != NotListed || a.Review.IsZero() {
			c.wrong(where, "no verdict, or no date at which it is looked at again")
		}
	}
	for _, d := range p.Periods {
		c.text("period "+d.ID, d.Says)
		if d.Value == "" || len(d.Code) == 0 {
			c.wrong("period "+d.ID, "no value or no code")
		}
	}
	for _, k := range p.Keys {
		c.text("key "+k.ID, k.Purpose, k.Where, k.Ends, k.Owner)
		if find(p.Algorithms, k.Algorithm, (*Algorithm).id) == nil || len(k.Code) == 0 {
			c.wrong("key "+k.ID, "no algorithm or no code")
		}
		from := &k
		for n := 0; from != nil && from.From != ""; n++ {
			if from = find(p.Keys, from.From, (*Key).id); from == nil || n > len(p.Keys) {
				c.wrong("key "+k.ID, "is derived from nothing, or from itself")
				break
			}
		}
	}
	once(c, "label", p.Labels, func(l *Label) string { return l.Label })
	for _, l := range p.Labels {
		if !slices.Contains([]string{"hash", "name", "commitment", "context", "signature", "seal", "reserved"}, l.Kind) {
			c.wrong("label "+l.Label, "%q is no kind", l.Kind)
		}
	}
}
