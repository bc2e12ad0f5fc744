package config

import (
	"errors"
	"flag"
	"slices"
	"strings"
	"time"
)

// Register is what the verbs of the tenants' process and of the audit log may be told.
type Register struct {
	Key      string // the file with the key that signs the audit log's heads
	Head     string // a file with an earlier head
	Verifier string // whose signature a head must have

	Contact  string    // the role that answers for a tenant
	Reason   string    // for the audit log
	Next     time.Time // when a tenant is to be looked at again; zero: not said
	Grace    int       // days
	Days     int       // without an append
	FourEyes bool      // whoever requested a tenant does not approve it

	GaveChannels, GaveBytes bool
}

// Usual values of the process, in days.
const (
	UsualGrace   = 30
	UsualDormant = 90
)

func (r *Register) flags(v Verb, f *flag.FlagSet) {
	name, isAudit := strings.CutPrefix(v.Name, "audit ")
	if isAudit && name != "list" {
		f.StringVar(&r.Key, "key", "", "the `FILE` with the key that signs heads (default: the store's name with .audit-key)")
		if slices.Contains([]string{"verify", "growth", "check"}, name) {
			f.StringVar(&r.Head, "head", "", "a `FILE` with an earlier head, which the log must continue")
			f.StringVar(&r.Verifier, "verifier", "", "the `VERIFIER` (name+hash+key) that must have signed (default: that of the key)")
		}
	}
	name, isTenant := strings.CutPrefix(v.Name, "tenant ")
	if !isTenant || slices.Contains([]string{"list", "show", "dormant"}, name) {
		if name == "dormant" {
			f.IntVar(&r.Days, "days", UsualDormant, "how many `DAYS` nothing was written")
		}
		return
	}
	f.StringVar(&r.Reason, "reason", "", "why, for the audit log")
	switch name {
	case "add", "request":
		f.StringVar(&r.Contact, "contact", "", "the role that answers for it, such as \"head of the outpatient clinic\"")
	case "remove":
		f.IntVar(&r.Grace, "grace", UsualGrace, "how many `DAYS` its users have to take away what is theirs")
	}
	switch name {
	case "add", "approve", "review":
		f.Var((*day)(&r.Next), "next", "the `DATE` (2027-01-31) to look at it again (default: in a year)")
	}
	switch name {
	case "add", "approve":
		f.BoolVar(&r.FourEyes, "four-eyes", false, "refuse unless somebody else than the approver requested it")
	}
}

// A day is a flag that takes a date.
type day time.Time

func (d *day) String() string {
	if t := time.Time(*d); !t.IsZero() {
		return t.Format(time.DateOnly)
	}
	return ""
}

func (d *day) Set(s string) error {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return errors.New("write a date as 2027-01-31")
	}
	*d = day(t)
	return nil
}
