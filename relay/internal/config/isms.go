package config

import (
	"flag"
	"strings"
	"time"
)

// ISMS is what the verbs of the ISMS may be told.
type ISMS struct {
	Reach   string // an address to connect to in place of the origin's
	Backups string // folder
	Scan    string // file of govulncheck
	Modules string // file of go list
	Tests   string // file of go test
	Targets []string
	To      string // folder
	Files   string // folder
	Lang    string
	Role    string
	Says    string
	File    string
	Action  string
	Who     string
	Close   bool
	Day     time.Time // by which something is to be done, or until which it holds
}

func (i *ISMS) flags(v Verb, c *Config, f *flag.FlagSet) {
	name, ok := strings.CutPrefix(v.Name, "isms ")
	if !ok {
		return
	}
	if name != "verify" {
		f.StringVar(&c.Actor, "actor", operator(), "who does this, for the audit log")
	}
	switch name {
	case "plan":
		f.Var(&list{to: &i.Targets}, "target", "a target as `NAME=NUMBER`; repeat for more (default: those of the cycle before)")
		f.Var((*day)(&i.Day), "until", "the `DATE` (2027-11-30) by which the next cycle begins (default: in a year)")
		f.StringVar(&c.Reason, "reason", "", "what this cycle is to reach, for the report")
	case "check":
		f.StringVar(&i.Reach, "reach", "", "connect to this `ADDRESS` (127.0.0.1:443) to see what users see (default: where the origin's name leads)")
		f.StringVar(&i.Backups, "backups", "", "the `FOLDER` with backups")
		f.StringVar(&i.Scan, "scan", "", "the `FILE` that govulncheck -format json wrote")
		f.StringVar(&i.Modules, "modules", "", "the `FILE` that go list -m -u -json all wrote")
		f.StringVar(&i.Tests, "tests", "", "the `FILE` that go test -json ./... wrote for this release")
		f.StringVar(&c.Key, "key", "", "the `FILE` with the key that signs the audit log's heads (default: the store's name with .audit-key)")
		f.StringVar(&c.Head, "head", "", "a `FILE` with an earlier head, which the audit log must continue (default: the last that was signed here)")
		f.StringVar(&c.Verifier, "verifier", "", "the `VERIFIER` (name+hash+key) that must have signed it (default: that of the key)")
	case "declare":
		f.StringVar(&i.Role, "role", "", "who answers for it: a role, such as \"head of operations\"")
		f.StringVar(&i.Says, "says", "", "what is declared, in one line")
		f.StringVar(&i.File, "file", "", "the `FILE` with the document, of which the hash is kept")
		f.Var((*day)(&i.Day), "until", "the `DATE` until which it holds (default: as long as the register allows)")
		f.StringVar(&c.Key, "key", "", "the `FILE` with the key that signs (default: that of the audit log)")
	case "act":
		f.StringVar(&i.Action, "action", "", "what is done about it")
		f.StringVar(&i.Who, "who", "", "the role that does it")
		f.Var((*day)(&i.Day), "due", "the `DATE` by which it is done")
		f.BoolVar(&i.Close, "close", false, "close it: its check has passed since")
		f.StringVar(&c.Reason, "reason", "", "why, for the report")
	case "verify":
		f.StringVar(&i.Files, "files", "", "the `FOLDER` with files of a report, which must be as they were handed out")
		f.StringVar(&c.Key, "key", "", "the `FILE` with the key that signs the audit log's heads (default: the store's name with .audit-key)")
		f.StringVar(&c.Head, "head", "", "a `FILE` with an earlier head, which the audit log must continue (default: the last that was signed here)")
		f.StringVar(&c.Verifier, "verifier", "", "the `VERIFIER` (name+hash+key) that must have signed it (default: that of the key)")
	case "report":
		f.StringVar(&i.To, "to", "isms-report", "the `FOLDER` to write it to, made if there is none")
		f.StringVar(&i.Lang, "lang", "en", "the language of the page: en or de")
	}
}
