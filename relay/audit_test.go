package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // to damage a store
)

// An operator makes a key, hands out heads and proofs, and an auditor who has no
// store checks them. Then somebody with the disk rewrites the past.
func TestTheAuditLogIsProvedToSomebodyWithoutTheStore(t *testing.T) {
	dir, auditor := t.TempDir(), t.TempDir()
	run := func(args ...string) string { t.Helper(); return mustRelay(t, dir, args...) }
	refused := func(where, says string, args ...string) {
		t.Helper()
		if out, err := relay(t, where, args...); err == nil || !strings.Contains(out, says) {
			t.Errorf("relay %v: %v, without %q\n%s", args, err, says, out)
		}
	}
	hand := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(auditor, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("tenant", "add", "Centre North")
	refused(dir, "relay audit key NAME", "audit", "head")
	refused(dir, "no spaces", "audit", "key", "a name")
	verifier := regexp.MustCompile(`\n    (\S+)\n`).FindStringSubmatch(run("audit", "key", "relay.example.org/audit"))[1]
	refused(dir, "never replaced", "audit", "key", "relay.example.org/audit")
	hand("monday", run("audit", "head"))
	run("tenant", "add", "Centre South")
	run("tenant", "add", "-open", "Everyone")
	hand("proof", run("audit", "prove", "2"))
	refused(dir, "no record with that number", "audit", "prove", "9")
	hand("log", run("audit", "export"))
	hand("tuesday", run("audit", "head"))
	for _, name := range []string{"monday", "tuesday"} {
		copied, _ := os.ReadFile(filepath.Join(auditor, name))
		if err := os.WriteFile(filepath.Join(dir, name), copied, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hand("growth", run("audit", "growth", "-head", "monday"))

	for _, tt := range []struct {
		says string
		args []string
	}{
		{"head of a log of 1 record", []string{"monday"}},
		{"Record 2 is in the log of relay.example.org/audit, which had 3 records", []string{"proof"}},
		{"Centre South", []string{"proof"}},
		{"whole log of 3 records", []string{"log"}},
		{"continue your head of 1 record", []string{"log", "-head", "monday"}},
		{"grew from 1 record to 3", []string{"growth", "-head", "monday"}},
	} {
		if out := mustRelay(t, auditor, append([]string{"audit", "check", "-verifier", verifier}, tt.args...)...); !strings.Contains(out, tt.says) {
			t.Errorf("audit check %v:\n%s", tt.args, out)
		}
	}
	proof, _ := os.ReadFile(filepath.Join(auditor, "proof"))
	hand("forged", strings.Replace(string(proof), "index 1", "index 2", 1))
	hand("empty", "")
	refused(auditor, "does not show it", "audit", "check", "-verifier", verifier, "forged")
	refused(auditor, "give the one you kept", "audit", "check", "-verifier", verifier, "growth")
	refused(auditor, "another head", "audit", "check", "-verifier", verifier, "growth", "-head", "tuesday")
	refused(auditor, "is empty", "audit", "check", "-verifier", verifier, "empty")
	refused(auditor, "as relay audit key printed it", "audit", "check", "monday")
	refused(auditor, "as relay audit key printed it", "audit", "check", "-verifier", "x", "monday")
	if out := run("audit", "verify", "-head", "monday"); !strings.Contains(out, "They continue the head of 1 record") {
		t.Errorf("audit verify:\n%s", out)
	}

	// The newest record is cut off, which the chain alone does not show.
	damage(t, filepath.Join(dir, "vialog.sqlite"), `DELETE FROM audits WHERE n = 3`)
	if out := run("audit", "verify", "-head", "monday"); !strings.Contains(out, "2 records") {
		t.Errorf("audit verify:\n%s", out)
	}
	refused(dir, "the end of the log was cut off", "audit", "verify", "-head", "tuesday")
	refused(dir, "the end of the log was cut off", "audit", "verify") // against what was signed here
	refused(dir, "restored from a backup", "audit", "head")
	run("tenant", "add", "Centre West")
	refused(dir, "the past of the log was altered", "audit", "verify", "-head", "tuesday")
	refused(dir, "the past of the log was altered", "audit", "export")
	damage(t, filepath.Join(dir, "vialog.sqlite"), `UPDATE audits SET actor = 'nobody' WHERE n = 1`)
	refused(dir, "does not verify", "audit", "verify")
}

func damage(t *testing.T, path, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
}
