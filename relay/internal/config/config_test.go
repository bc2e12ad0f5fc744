package config

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var (
	serve = Verb{Name: "serve", Help: "Serve.", Serve: true}
	add   = Verb{Name: "tenant add", Args: "NAME", Help: "Add.", Add: true}
)

func none(string) string { return "" }

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if k, v, _ := strings.Cut(p, "="); k == name {
				return v
			}
		}
		return ""
	}
}

func TestAFlagWinsOverTheEnvironment(t *testing.T) {
	e := env("VIALOG_STORE=/srv/a", "VIALOG_ORIGIN=https://a.example,https://b.example", "VIALOG_LOG_LEVEL=debug", "VIALOG_BEHIND_PROXY=true")
	c, err := Parse(serve, nil, e, io.Discard)
	if err != nil || c.Store != "/srv/a" || len(c.Origins) != 2 || c.Log.String() != "DEBUG" || !c.Proxy {
		t.Errorf("%+v %v", c, err)
	}
	c, err = Parse(serve, []string{"-store", "b", "-origin", "https://c.example", "-origin", "https://d.example"}, e, io.Discard)
	if err != nil || c.Store != "b" || !slices.Equal(c.Origins, []string{"https://c.example", "https://d.example"}) {
		t.Errorf("%+v %v", c, err)
	}
}

func TestWithoutAnOriginTheRelayIsForThisMachine(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "http://localhost:8080 http://127.0.0.1:8080"},
		{"-listen 127.0.0.1:80", "http://localhost http://127.0.0.1"},
		{"-listen :8443 -tls-cert c -tls-key k", "https://localhost:8443 https://127.0.0.1:8443"},
	} {
		c, err := Parse(serve, strings.Fields(tt.args), none, io.Discard)
		if err != nil || strings.Join(c.Origins, " ") != tt.want {
			t.Errorf("%q: %v %v", tt.args, c, err)
		}
	}
}

func TestWhatIsWrongIsSaidWithWhatToDo(t *testing.T) {
	for _, tt := range []struct{ args, says string }{
		{"-tls-cert c", "both or none"},
		{"-origin https://A.example", "lower case"},
		{"-origin a.example", "https://relay.example"},
		{"-app-origin https://a.example/", "without a path"},
		{"-listen 8080", "give it as :8080"},
		{"-acme-domain Diary.example.org", "in lower case"},
		{"-acme-domain 192.0.2.7", "diary.example.org"},
		{"-acme-domain a.example -tls-cert c -tls-key k", "one of the two"},
		{"-acme-domain a.example -acme-directory http://ca.example", "https://"},
		{"-http-listen :80", "does not speak"},
		{"-acme-domain a.example -http-listen 80", "give it as :80"},
		{"-acme-domain a.example -http-listen :80 -origin http://a.example", "begin with https://"},
		{"-metrics 0.0.0.0:9464", "this machine alone"},
		{"-metrics :9464", "this machine alone"},
		{"-security-contact security@example.org", "mailto:security@example.org"},
		{"-security-contact mailto:nobody", "mailto:security@example.org"},
		{"-security-contact http://example.org/report", "mailto:security@example.org"},
		{"-security-contact https:///report", "mailto:security@example.org"},
		{"-security-key https://example.org/key.asc", "security-contact"},
		{"-security-contact tel:+49-30-1234 -security-key http://example.org/key.asc", "https://example.org/key.asc"},
		{"-security-contact tel:+49-30-1234 -security-key openpgp4fpr:5f2de5521c63a801ab59ccb603d49de44b29100", "openpgp4fpr:FINGERPRINT"},
		{"-security-contact tel:+49-30-1234 -security-key https://a:b@example.org/key.asc", "openpgp4fpr:FINGERPRINT"},
		{"-limit boxes=0", "above 0"},
		{"-limit nonsense=1", "there are: connections"},
		{"-log-level loud", "-help"},
		{"-nonsense", "-help"},
	} {
		_, err := Parse(serve, strings.Fields(tt.args), none, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: %v", tt.args, err)
		}
	}
	if _, err := Parse(serve, nil, env("VIALOG_LIMIT=boxes=x"), io.Discard); err == nil || !strings.Contains(err.Error(), "VIALOG_LIMIT") {
		t.Errorf("environment: %v", err)
	}
}

func TestASocketsNameIsNeverLongerThanOneMayBe(t *testing.T) {
	dir := "/" + strings.Repeat("long/", 30)
	one, same, other := &Config{Store: dir + "a"}, &Config{Store: dir + "./x/../a"}, &Config{Store: dir + "b"}
	if s := one.Socket(); len(s) > 103 || s != same.Socket() || s == other.Socket() || !filepath.IsAbs(s) {
		t.Errorf("%s, %s, %s", s, same.Socket(), other.Socket())
	}
	if s := (&Config{Store: "vialog.sqlite"}).Socket(); s != "vialog.sqlite.status" {
		t.Error(s)
	}
	if s := (&Config{Store: dir + "a", StatusSocket: dir + "named"}).Socket(); s != dir+"named" {
		t.Errorf("what the operator named is %s", s) // and serve says that it is too long
	}
}

func TestFlagsMayFollowTheName(t *testing.T) {
	c, err := Parse(add, []string{"My centre", "-channels", "5", "-bytes=100"}, none, io.Discard)
	if err != nil || !slices.Equal(c.Args, []string{"My centre"}) || c.Channels != 5 || c.Bytes != 100 || c.Actor == "" {
		t.Errorf("%+v %v", c, err)
	}
	if c.AppLink() != "http://localhost:8080" {
		t.Errorf("link %s", c.AppLink())
	}
}

func TestHelpListsEveryFlag(t *testing.T) {
	var out bytes.Buffer
	if _, err := Parse(serve, []string{"-help"}, none, &out); !errors.Is(err, ErrHelp) {
		t.Error(err)
	}
	for _, f := range []string{"-listen", "-store", "-origin", "-app-origin", "-app", "-tls-cert", "-tls-key", "-log-level", "-limit", "-behind-proxy", "VIALOG_"} {
		if !strings.Contains(out.String(), f) {
			t.Errorf("no %s in the help", f)
		}
	}
}

func TestAnOpenTenantHasLimitsUnlessTheOperatorSaysOtherwise(t *testing.T) {
	for _, tt := range []struct {
		args, env string
		channels  int
		bytes     uint64
	}{
		{"-open Everyone", "", OpenChannels, OpenBytes},
		{"-open Everyone -channels 5", "", 5, OpenBytes},
		{"-open Everyone -channels 0 -bytes 0", "", 0, 0},
		{"-open Everyone", "VIALOG_BYTES=7", OpenChannels, 7},
		{"Centre", "", 0, 0}, // its tickets are its own affair
	} {
		c, err := Parse(add, strings.Fields(tt.args), env(tt.env), io.Discard)
		if err != nil || c.Channels != tt.channels || c.Bytes != tt.bytes {
			t.Errorf("%q %q: %d channels, %d bytes, %v", tt.args, tt.env, c.Channels, c.Bytes, err)
		}
	}
}
