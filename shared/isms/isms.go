// Package isms is the register of Vialog's information security management
// system after ISO/IEC 27001 and, for health, ISO 27799: which controls there
// are, who answers for each, what the product does for it, and what shows that.
//
// The register is data (the JSON files beside this one), so that it can be
// reviewed like a contract and read by a person who does not program. What it
// says is held against the code by tests: a test that is named exists, a symbol
// that is named exists, every threat of THREATS.md has a risk, and the table of
// algorithms is that of the code.
//
// What it says and what it does not:
//
//   - "product" means that the program does it, and a test or a check shows it;
//     "operator" and "centre" are the organisations that run it. What only they
//     can do is Declared: the program can show that a signed declaration is
//     there and how old it is, and nothing else.
//   - What is not there is Open, with a reason and the date at which somebody looks
//     at it again. A row that is neither shown nor open is an error in the data.
//   - A register is no certificate. It supports certification by others.
//
// Numbers and short titles of controls are those of ISO/IEC 27002:2013, with their
// place in the edition of 2022; sentences are our own. The standards themselves are
// not copied and are needed beside this.
//
// The register holds no state of any deployment. When a test ran last, what a
// check found and who declared what belongs to whoever runs the relay.
package isms

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Text is one sentence or short paragraph in both languages.
type Text struct {
	EN string `json:"en"`
	DE string `json:"de"`
}

// In returns t in German for "de", and in English for everything else.
func (t Text) In(lang string) string {
	if lang == "de" {
		return t.DE
	}
	return t.EN
}

func (t Text) empty() bool { return t.EN == "" && t.DE == "" }
func (t Text) whole() bool {
	return t.EN != "" && t.DE != "" && t.EN == strings.TrimSpace(t.EN) && t.DE == strings.TrimSpace(t.DE)
}

// A Date is a day, written 2027-05-31.
type Date struct{ day time.Time }

// Time returns the beginning of the day in UTC.
func (d Date) Time() time.Time { return d.day }

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d.day.IsZero() }

// UnmarshalText reads exactly the form that MarshalText writes.
func (d *Date) UnmarshalText(b []byte) (err error) {
	d.day, err = time.Parse(time.DateOnly, string(b))
	return err
}

// MarshalText writes the day.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d Date) String() string { return d.day.Format(time.DateOnly) }

// An Owner answers for a control, a check or a document.
type Owner string

const (
	Product  Owner = "product"  // who makes Vialog
	Operator Owner = "operator" // who runs the relay
	Centre   Owner = "centre"   // the treatment centre
)

// A Kind says how much of a control a program can show.
type Kind string

const (
	Technical Kind = "technical" // all of it
	Partly    Kind = "partly"    // part of it; the rest is declared
	Declared  Kind = "declared"  // nothing but that a declaration is there and not too old
)

// An Area is one of the fourteen of ISO/IEC 27001, annex A, from 5 to 18.
type Area struct {
	Number int  `json:"number"`
	Title  Text `json:"title"`
}

// A Control is one row of the Statement of Applicability.
type Control struct {
	ID         string     `json:"id"`         // 9.2.1, as in the edition of 2013
	Edition22  []string   `json:"edition22"`  // where it went in the edition of 2022: 5.16
	Title      Text       `json:"title"`      // short
	Applicable bool       `json:"applicable"` // if not, Why says why and the rest but Owner is empty
	Why        Text       `json:"why"`        // it applies, or does not
	Owner      Owner      `json:"owner"`      // who answers for it in the end
	Kind       Kind       `json:"kind"`
	Does       Text       `json:"does"`     // what the product does for it
	Evidence   []Evidence `json:"evidence"` // what shows that, and what the organisations supply
	Open       *Gap       `json:"open"`     // what is missing, if something is
}

// Area returns the number of the area that c belongs to.
func (c *Control) Area() int {
	n, _ := strconv.Atoi(c.ID[:strings.IndexByte(c.ID, '.')]) // load has looked at it
	return n
}

// A Gap is an open nonconformity: something that is asked for and not there.
type Gap struct {
	Reason Text `json:"reason"` // what is missing and why
	Review Date `json:"review"` // by when somebody decides anew
}

// An Evidence names something that shows what is claimed. It is written
//
//	test:wasm/e2e#TestTheRelayLearnsNothing    a test of this source tree
//	check:backup-age                           a Check of a running deployment
//	document:supplier-agreements               a Document that an organisation supplies
type Evidence struct {
	Kind EvidenceKind
	ID   string // of the check or document; the name of the test
	Path string // of the package of a test, from the root of the source tree
}

// An EvidenceKind is one of three.
type EvidenceKind string

const (
	ByTest     EvidenceKind = "test"
	ByCheck    EvidenceKind = "check"
	ByDocument EvidenceKind = "document"
)

// UnmarshalText reads the form that String writes.
func (e *Evidence) UnmarshalText(b []byte) error {
	kind, rest, ok := strings.Cut(string(b), ":")
	*e = Evidence{Kind: EvidenceKind(kind), ID: rest}
	switch {
	case !ok || rest == "" || strings.ContainsAny(rest, " :"):
		return fmt.Errorf("%q is no evidence", b)
	case e.Kind == ByTest:
		e.Path, e.ID, ok = strings.Cut(rest, "#")
		if !ok || e.Path == "" || !strings.HasPrefix(e.ID, "Test") && !strings.HasPrefix(e.ID, "Fuzz") {
			return fmt.Errorf("%q names no test", b)
		}
	case e.Kind != ByCheck && e.Kind != ByDocument:
		return fmt.Errorf("%q is no kind of evidence", kind)
	}
	return nil
}

// MarshalText writes e as in the data.
func (e Evidence) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

func (e Evidence) String() string {
	if e.Kind == ByTest {
		return string(e.Kind) + ":" + e.Path + "#" + e.ID
	}
	return string(e.Kind) + ":" + e.ID
}

// A Check looks at a running deployment. What it looks at and when it fails is
// said here; the relay's command and the centre's app do it.
type Check struct {
	ID    string `json:"id"`
	Title Text   `json:"title"`
	Fails Text   `json:"fails"` // when it is red
	Owner Owner  `json:"owner"` // who has to do something then
}

// A Document is supplied by an organisation: an approval, a contract, a plan.
type Document struct {
	ID     string `json:"id"`
	Title  Text   `json:"title"`
	Owner  Owner  `json:"owner"`
	Review int    `json:"review"` // months after which it counts as not evidenced
}

// A Code is where something is enforced: a file, or a symbol of a package. It is
// written relay/tls.go or relay/internal/admit#Desk.Approve.
type Code struct {
	Path   string // from the root of the source tree
	Symbol string // empty: the file
}

// UnmarshalText reads the form that String writes.
func (c *Code) UnmarshalText(b []byte) error {
	path, symbol, ok := strings.Cut(string(b), "#")
	if path == "" || ok && symbol == "" || strings.Contains(string(b), " ") {
		return fmt.Errorf("%q names no code", b)
	}
	*c = Code{path, symbol}
	return nil
}

// MarshalText writes c as in the data.
func (c Code) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

func (c Code) String() string {
	if c.Symbol == "" {
		return c.Path
	}
	return c.Path + "#" + c.Symbol
}

// A Table is a list of demands with one source.
type Table struct {
	ID     string        `json:"id"`
	Title  Text          `json:"title"`
	Source string        `json:"source"` // standard or law, with edition
	Rows   []Requirement `json:"rows"`
}

// A Requirement is one demand of a table.
type Requirement struct {
	ID       string     `json:"id"`     // within its table; the source's own, if it has one
	Demand   Text       `json:"demand"` // in our words
	State    State      `json:"state"`
	How      Text       `json:"how"`  // what is done for it; may be empty if nothing is
	Code     []Code     `json:"code"` // that enforces it
	Evidence []Evidence `json:"evidence"`
	Open     *Gap       `json:"open"` // if State is Missing or Deviates
	Controls []string   `json:"controls"`
}

// A State is how a requirement stands.
type State string

const (
	Met           State = "met"            // Code enforces it and a test or check shows it
	Organised     State = "declared"       // an organisation does it and a document says so
	Missing       State = "open"           // an open nonconformity; Code and Evidence show what there is
	Deviates      State = "deviates"       // done otherwise, on purpose; Open says why and when that is looked at
	NotApplicable State = "not-applicable" // How says why
)

// A Level is a class of likelihood or impact, from 1 to 5.
type Level int

// Levels say what the classes mean, from 1 on.
type Levels struct {
	Likelihood []Text `json:"likelihood"`
	Impact     []Text `json:"impact"`
}

// A Risk assesses one row of the table of threats in THREATS.md.
type Risk struct {
	Threat     int        `json:"threat"` // its number there
	Title      Text       `json:"title"`  // the English one is that of the table
	Assets     []string   `json:"assets"` // of Register.Assets
	Likelihood Level      `json:"likelihood"`
	Impact     Level      `json:"impact"` // both without the protection
	Treatment  Treatment  `json:"treatment"`
	Measures   Text       `json:"measures"`
	After      Rest       `json:"after"` // with the protection
	Evidence   []Evidence `json:"evidence"`
	Controls   []string   `json:"controls"`
}

// Value is likelihood times impact, from 1 to 25.
func (r *Risk) Value() int { return int(r.Likelihood * r.Impact) }

// A Rest is what remains of a risk after its treatment.
type Rest struct {
	Likelihood Level `json:"likelihood"`
	Impact     Level `json:"impact"`
	Why        Text  `json:"why"` // and what remains
}

// Value is likelihood times impact, from 1 to 25.
func (r Rest) Value() int { return int(r.Likelihood * r.Impact) }

// A Treatment is what is done about a risk.
type Treatment string

const (
	Reduce Treatment = "reduce"
	Avoid  Treatment = "avoid"
	Share  Treatment = "share" // with the operator or the centre
	Accept Treatment = "accept"
)

// An Asset is something of value.
type Asset struct {
	ID    string `json:"id"`
	Title Text   `json:"title"`
	Owner Owner  `json:"owner"`
}

// A Crypto is the policy on the use of cryptography: which algorithm may be used
// for what, since when and until when.
type Crypto struct {
	Version    int         `json:"version"` // of the policy in the code of the app
	Issued     Date        `json:"issued"`
	Review     Date        `json:"review"`
	Algorithms []Algorithm `json:"algorithms"`
	Periods    []Period    `json:"periods"`
	Keys       []Key       `json:"keys"`
	Labels     []Label     `json:"labels"`
}

// An Algorithm is one row of the policy.
type Algorithm struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Place       Place      `json:"place"`
	Primitive   string     `json:"primitive"` // as CycloneDX calls it, or TLS
	Use         Text       `json:"use"`
	Parameters  string     `json:"parameters"`
	Standard    string     `json:"standard"`
	Suite       int        `json:"suite"` // of the app; 0: none
	Strength    int        `json:"strength"`
	PostQuantum bool       `json:"post_quantum"`
	State       string     `json:"state"` // write: make and open, read: open only, refuse: neither
	Since       Date       `json:"since"`
	Until       Date       `json:"until"`    // not used for new data after this day
	Verdict     Verdict    `json:"verdict"`  // on BSI TR-02102-1
	Why         Text       `json:"why"`      // of the verdict
	Review      Date       `json:"review"`   // of the verdict
	Packages    []string   `json:"packages"` // of Go's library and of modules that do it
	Code        []Code     `json:"code"`
	Evidence    []Evidence `json:"evidence"`
}

// A Place is where an algorithm is used.
type Place string

const (
	OnDevice  Place = "device"
	InBox     Place = "box"
	OnWire    Place = "wire"
	InLog     Place = "log"
	InBackup  Place = "backup"
	InRelease Place = "release"
	InReport  Place = "report"
)

// TLS is the primitive of the one row that is a protocol.
const TLS = "tls"

// Cryptographic reports whether a package is one about which the policy has a word.
func Cryptographic(path string) bool {
	for _, p := range []string{"crypto/", "golang.org/x/crypto/", "filippo.io/", "golang.org/x/mod/sumdb/"} {
		if strings.HasPrefix(path, p) {
			return path != "golang.org/x/crypto/cryptobyte" // reads and writes bytes
		}
	}
	return false
}

// A Verdict is what BSI TR-02102-1 says about an algorithm.
type Verdict string

const (
	Listed    Verdict = "listed"
	NotListed Verdict = "not-listed" // not recommended, which is not the same as insecure
)

// A Period is a number of the policy that is no algorithm: how long a key is used,
// how large a secret is.
type Period struct {
	ID    string `json:"id"`    // as in the code: Rotation.Epoch
	Value string `json:"value"` // 720h0m0s, or a number
	Says  Text   `json:"says"`
	Code  []Code `json:"code"`
}

// A Key is a kind of key, with its one purpose and the end of it.
type Key struct {
	ID        string   `json:"id"`
	From      string   `json:"from"` // the Key from which it is derived; empty: it is drawn at random
	Purpose   Text     `json:"purpose"`
	Algorithm string   `json:"algorithm"` // ID of an Algorithm
	Where     Text     `json:"where"`     // it is made and kept
	Ends      Text     `json:"ends"`      // what replaces or destroys it
	Owner     Text     `json:"owner"`     // who holds it
	Labels    []string `json:"labels"`    // of the app's table of purposes, by which such keys are derived
	Code      []Code   `json:"code"`
}

// A Label is one of the app's table of purposes by which no key is derived.
type Label struct {
	Label string `json:"label"`
	Kind  string `json:"kind"` // hash, name, commitment, context, signature, seal; reserved: nothing uses it
}
