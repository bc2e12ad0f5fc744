package main

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// Both hosts are told the same, under their own names for it.
func TestBothHostsAreToldTheSame(t *testing.T) {
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	capnp, wrangler, glue := read("relay.capnp"), read("wrangler.jsonc"), read("worker.mjs")
	for what, patterns := range map[string][2]string{
		"compatibility date":  {`compatibilityDate = "(.*?)"`, `"compatibility_date": "(.*?)"`},
		"compatibility flags": {`compatibilityFlags = \[(.*?)\]`, `"compatibility_flags": \[(.*?)\]`},
		"class":               {`className = "(.*?)"`, `"class_name": "(.*?)"`},
		"class with SQLite":   {`className = "(.*?)".* enableSql = true`, `"new_sqlite_classes": \["(.*?)"\]`},
		"name of the object":  {`name = "(.*?)", durableObjectNamespace`, `"bindings": \[\{ "name": "(.*?)"`},
	} {
		a, b := regexp.MustCompile(patterns[0]).FindStringSubmatch(capnp), regexp.MustCompile(patterns[1]).FindStringSubmatch(wrangler)
		if a == nil || b == nil || a[1] != b[1] {
			t.Errorf("%s: %q and %q", what, a, b)
		}
	}
	var settings []string
	for _, m := range regexp.MustCompile(`name = "([A-Z_]+)", fromEnvironment = "VIALOG_([A-Z_]+)"`).FindAllStringSubmatch(capnp, -1) {
		if m[1] != m[2] {
			t.Errorf("%s is set as %s", m[1], m[2])
		}
		settings = append(settings, m[1])
	}
	program := glue + read("main.go")
	for _, m := range regexp.MustCompile(`setting\("([A-Z_]+)"\)|env\.([A-Z_]+)\.split`).FindAllStringSubmatch(program, -1) {
		if !slices.Contains(settings, m[1]+m[2]) {
			t.Errorf("nobody can set %s", m[1]+m[2])
		}
	}
	for _, name := range settings {
		if !regexp.MustCompile(`"` + name + `": |put ` + name + `\b`).MatchString(wrangler) {
			t.Errorf("wrangler.jsonc says nothing of %s", name)
		}
	}
	if len(settings) != 4 {
		t.Errorf("found the settings %q", settings)
	}
}
