package config

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheAddressOfADatabaseIsTakenAndItsPasswordKeptOffTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const bare, secret = "postgres://vialog@db/vialog", "postgres://vialog:hidden@db/vialog"
	good := file("good", secret+"\n")
	for _, tt := range []struct {
		claim string
		args  []string
		env   string
		store string // "": refused
		named string // as another verb would name it
	}{
		{"none", nil, "", DefaultStore, ""},
		{"a file", []string{"-store", "x.sqlite"}, "", "x.sqlite", " -store x.sqlite"},
		{"a database", []string{"-store", bare}, "", bare, " -store '" + bare + "'"},
		{"a password in the environment", nil, secret, secret, ""},
		{"a password in a file", []string{"-store-file", good}, "", secret, " -store-file " + good},
		{"a password on the command line", []string{"-store", secret}, "", "", ""},
		{"a password as a parameter", []string{"-store", bare + "?password=hidden"}, "", "", ""},
		{"an address that cannot be read", []string{"-store", "postgres://a:b#@c"}, "", "", ""},
		{"a file and an address", []string{"-store-file", good}, bare, "", ""},
		{"a file that is not there", []string{"-store-file", filepath.Join(dir, "none")}, "", "", ""},
		{"a file with something else", []string{"-store-file", file("other", "hidden")}, "", "", ""},
		{"a file with two lines", []string{"-store-file", file("two", secret+"\n"+secret)}, "", "", ""},
		{"a file that is too long", []string{"-store-file", file("long", secret+strings.Repeat(" ", maxStoreFile))}, "", "", ""},
	} {
		c, err := Parse(Verb{Name: "fsck"}, tt.args, func(name string) string {
			if name == "VIALOG_STORE" {
				return tt.env
			}
			return ""
		}, io.Discard)
		switch {
		case tt.store == "" && err == nil:
			t.Errorf("%s: taken", tt.claim)
		case tt.store == "" && strings.Contains(err.Error(), "hidden"):
			t.Errorf("%s: %v", tt.claim, err)
		case tt.store == "":
		case err != nil:
			t.Errorf("%s: %v", tt.claim, err)
		case c.Store != tt.store || c.StoreArgs() != tt.named || c.InDatabase() != strings.HasPrefix(tt.store, "postgres"):
			t.Errorf("%s: store %q, named %q", tt.claim, c.Store, c.StoreArgs())
		}
	}
	_, err := Parse(Verb{Name: "fsck"}, []string{"-store", secret}, func(string) string { return "" }, io.Discard)
	if !errors.Is(err, ErrPassword) {
		t.Errorf("got %v", err)
	}
}
