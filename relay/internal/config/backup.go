package config

import "flag"

// A Backup is what the verbs for backups may be told.
type Backup struct {
	To         string // folder
	Recipients []string
	Identity   string // file
	Keep       int    // chains; 0: all
	Full       bool
	Quick      bool
	Number     int    // 0: the newest
	Expect     string // hash of the manifest
	Erased     string // a store in which more was erased
}

func (c *Config) backupFlags(f *flag.FlagSet, verb string) {
	b := &c.Backup
	switch verb {
	case "backup":
		f.StringVar(&b.To, "to", "", "the `FOLDER` for backups, made if there is none")
		f.Var(&list{to: &b.Recipients}, "recipient", "an age `RECIPIENT` who can open the backup (relay backup keygen makes one); repeat for more")
		f.BoolVar(&b.Full, "full", false, "copy everything, and begin a new chain")
		f.IntVar(&b.Keep, "keep", 0, "then remove all `CHAINS` but so many; the newest that was verified is always kept (default: remove nothing)")
	case "backup verify":
		f.BoolVar(&b.Quick, "quick", false, "compare the files with the manifests only: needs no identity")
		fallthrough
	case "restore":
		f.StringVar(&b.Identity, "identity", "", "the `FILE` that relay backup keygen wrote")
		f.IntVar(&b.Number, "number", 0, "which `BACKUP` (default: the newest)")
		f.StringVar(&b.Expect, "expect", "", "refuse a backup whose manifest does not have this `HASH`")
	case "fsck":
		f.BoolVar(&c.JSON, "json", false, "print the report for a program to read")
	}
	if verb == "restore" {
		f.StringVar(&b.Erased, "erased", "", "the old `STORE`, as far as it can be read: what people erased there since the backup is erased again")
		f.StringVar(&c.Actor, "actor", operator(), "who does this, for the audit log")
	}
}
