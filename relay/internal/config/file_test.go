package config

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vialog/relay/internal/hub"
)

func inFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "relay.conf")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFileGivesWayToTheEnvironmentAndThatToFlags(t *testing.T) {
	path := inFile(t, "\ufeff# ours", "", "  store=/srv/a", "origin = https://a.example", "origin = https://b.example",
		"limit = boxes=7", "limit = frames=9", "behind-proxy = true", "trusted-proxy = 10.1.2.3/8", "listen = :1")
	c, err := Parse(serve, []string{"-config", path}, none, io.Discard)
	if err != nil || c.Store != "/srv/a" || !slices.Equal(c.Origins, []string{"https://a.example", "https://b.example"}) ||
		c.Limits.Boxes != 7 || c.Limits.Frames != 9 || len(c.Proxies) != 1 || c.Proxies[0].String() != "10.0.0.0/8" {
		t.Fatalf("%+v %v", c, err)
	}
	e := env("VIALOG_CONFIG="+path, "VIALOG_ORIGIN=https://c.example", "VIALOG_LISTEN=:2", "VIALOG_STORE=/srv/b")
	c, err = Parse(serve, []string{"-listen", ":3", "-trusted-proxy", "192.0.2.7"}, e, io.Discard)
	if err != nil || c.Store != "/srv/b" || !slices.Equal(c.Origins, []string{"https://c.example"}) || c.Listen != ":3" ||
		len(c.Proxies) != 1 || c.Proxies[0].String() != "192.0.2.7/32" || c.Limits.Boxes != 7 {
		t.Errorf("%+v %v", c, err)
	}
	// Another verb takes what it knows.
	c, err = Parse(add, []string{"-config", path, "My centre"}, none, io.Discard)
	if err != nil || c.Store != "/srv/a" || c.AppLink() != "https://a.example" || c.Listen != "" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestWhatIsWrongInAFileIsSaidWithItsLine(t *testing.T) {
	for _, tt := range []struct{ lines, says string }{
		{"lisen = :1", `line 1: there is no setting "lisen"`},
		{"\n\nlisten :1", "line 3: \"listen :1\" is not a setting"},
		{"listen =", "line 1: listen has no value"},
		{"listen = :1\nlisten = :2", "line 2: listen was set in line 1 already"},
		{"config = other", "line 1: a file cannot name another"},
		{"limit = boxes=0", "line 1: limit: limit boxes"},
		{"app-only = perhaps", "line 1: app-only"},
		{"trusted-proxy = 10.0.0.0/40", "line 1: trusted-proxy"},
		{"# ours\nlisten = 8080", "line 2: -listen: \"8080\""},
		{"# ours\norigin = a.example", "line 2: -origin"},
		{"tls-key = k", "line 1: -tls-key: -tls-cert and -tls-key belong together"},
		{"trusted-proxy = 10.0.0.0/8", "line 1: -trusted-proxy"},
		{"listen = " + strings.Repeat("x", 1<<17), "line 1"},
		{strings.Repeat("#\n", 1<<20), "larger than"},
	} {
		for _, v := range []Verb{serve, add} {
			path := inFile(t, tt.lines)
			_, err := Parse(v, []string{"-config", path}, none, io.Discard)
			if v.Add && err == nil {
				continue // it has no such flag
			}
			if err == nil || !strings.Contains(err.Error(), path+" ") || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s, %.30q: %v", v.Name, tt.lines, err)
			}
		}
	}
	// All at once, so that nobody mends one after the other.
	if _, err := Parse(serve, []string{"-config", inFile(t, "a = 1", "b = 2")}, none, io.Discard); err == nil || strings.Count(err.Error(), "there is no setting") != 2 {
		t.Error(err)
	}
	// What a flag says in its place is not blamed on the file.
	if _, err := Parse(serve, []string{"-config", inFile(t, "listen = :1"), "-listen", "8080"}, none, io.Discard); err == nil || strings.Contains(err.Error(), "line") {
		t.Error(err)
	}
	if _, err := Parse(serve, []string{"-config", "/nowhere/x"}, none, io.Discard); err == nil || !strings.Contains(err.Error(), "-config: open /nowhere/x") {
		t.Error(err)
	}
}

func TestTheExampleHasEverySettingWithItsDefault(t *testing.T) {
	var out bytes.Buffer
	if err := Example(&out); err != nil {
		t.Fatal(err)
	}
	usual, err := Parse(serve, []string{"-config", inFile(t, out.String())}, none, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	usual.File = ""
	bare, err := Parse(serve, nil, none, io.Discard)
	if err != nil || !reflect.DeepEqual(usual, bare) {
		t.Errorf("as printed it says %+v, not %+v (%v)", usual, bare, err)
	}
	seen := map[string]string{}
	for line := range strings.SplitSeq(out.String(), "\n") {
		if len(line) > 100 {
			t.Errorf("long: %s", line)
		}
		if line == "" || line == "#" || strings.HasPrefix(line, "# ") {
			continue
		}
		name, value, _ := strings.Cut(line[1:], " = ")
		if _, twice := seen[name]; twice || value == "" {
			t.Errorf("%q", line)
		}
		seen[name] = value
	}
	(&Config{}).flags(serve).VisitAll(func(f *flag.Flag) {
		if f.Name == "config" {
			return
		}
		value, ok := seen[f.Name]
		delete(seen, f.Name)
		c := &Config{Limits: hub.Limits{}}
		known := c.flags(serve)
		if err := setLine(f.Name+" = "+value, known, known, map[string]int{}, 1); !ok || err != nil {
			t.Errorf("%s = %q: %v %v", f.Name, value, ok, err)
		}
		if f.DefValue != "" {
			fresh := &Config{}
			fresh.flags(serve)
			if !reflect.DeepEqual(c, fresh) {
				t.Errorf("%s = %s is not the default", f.Name, value)
			}
		}
	})
	if len(seen) > 0 {
		t.Errorf("no flags: %v", seen)
	}
}

// Whatever is in the file, it is read or refused with its name.
func FuzzFile(f *testing.F) {
	f.Add("listen = :1\n#x\norigin=https://a.example")
	f.Add("limit = boxes=1\n\ufefflimit=frames=2")
	f.Fuzz(func(t *testing.T, text string) {
		path := inFile(t, text)
		if _, err := Parse(serve, []string{"-config", path}, none, io.Discard); err != nil && !strings.Contains(err.Error(), path) && !strings.Contains(err.Error(), "-") {
			t.Error(err)
		}
	})
}
