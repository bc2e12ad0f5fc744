package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vialog/relay/internal/hub"
	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// a is a relay that is well; tests make it worse.
func a(t *testing.T) Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), "relay.sqlite")
	for name, size := range map[string]int{path: 3 << 20, path + "-wal": 5000} {
		if err := os.WriteFile(name, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Source{
		Version: "v1.2.3", Store: path,
		Tenants: func(context.Context) ([]store.Tenant, error) {
			due := noon.Add(24 * time.Hour)
			return []store.Tenant{{State: store.Active, Channels: 1200, Bytes: 5 << 20, Review: due}, {State: store.Active, Channels: 34, Review: due}, {State: store.Pending, Review: due}}, nil
		},
		Hub:         func() hub.Stats { return hub.Stats{Connections: 17, Channels: 40, WaitingBytes: 2048, TailBytes: 7} },
		Certificate: func() time.Time { return noon.Add(60 * 24 * time.Hour) },
		Maintenance: func() store.Pause { return store.Pause{} },
		Now:         func() time.Time { return noon },
		Up:          func() time.Duration { return 0 },
	}
}

func codes(s Status) (all []string) {
	for _, p := range s.Problems {
		all = append(all, p.Code)
	}
	return all
}

func TestWhatNeedsAPersonIsSaid(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(t *testing.T, s *Source)
		then func(m *Monitor)
		want []string
	}{
		{name: "all is well"},
		{name: "the certificate ends in ten days", want: []string{"certificate"},
			make: func(_ *testing.T, s *Source) {
				s.Certificate = func() time.Time { return noon.Add(10 * 24 * time.Hour) }
			}},
		{name: "the certificate has ended", want: []string{"certificate"},
			make: func(_ *testing.T, s *Source) { s.Certificate = func() time.Time { return noon.Add(-time.Hour) } }},
		{name: "no TLS here", make: func(_ *testing.T, s *Source) { s.Certificate = func() time.Time { return time.Time{} } }},
		{name: "the tenants cannot be read", want: []string{"store"},
			make: func(_ *testing.T, s *Source) {
				s.Tenants = func(context.Context) ([]store.Tenant, error) { return nil, errors.New("torn") }
			}},
		{name: "two tenants should have been looked at", want: []string{"reviews"},
			make: func(_ *testing.T, s *Source) {
				s.Tenants = func(context.Context) ([]store.Tenant, error) {
					return []store.Tenant{{State: store.Active, Review: noon}, {State: store.Suspended}, {State: store.Leaving}, {State: store.Erased}, {State: store.Requested}}, nil
				}
			}},
		{name: "the folder is gone", want: []string{"read-only"},
			make: func(t *testing.T, s *Source) { s.Store = filepath.Join(t.TempDir(), "gone", "relay.sqlite") }},
		{name: "a backup of yesterday", make: func(t *testing.T, s *Source) { backedUp(t, s.Store, noon.Add(-24*time.Hour)) }},
		{name: "a backup of last week", want: []string{"backup"},
			make: func(t *testing.T, s *Source) { backedUp(t, s.Store, noon.Add(-7*24*time.Hour)) }},
		{name: "maintenance that goes on", make: func(_ *testing.T, s *Source) {
			s.Maintenance = func() store.Pause { return store.Pause{Since: noon, Until: noon.Add(time.Hour)} }
		}},
		{name: "maintenance that was to be over", want: []string{"maintenance"},
			make: func(_ *testing.T, s *Source) {
				s.Maintenance = func() store.Pause { return store.Pause{Since: noon.Add(-time.Hour), Until: noon.Add(-time.Minute)} }
			}},
		{name: "the disk was full, and still is", then: func(m *Monitor) { m.Refused(wire.DiskFull) }, want: []string{"appends-fail"}},
		{name: "the disk was full, and is not any more", then: func(m *Monitor) { m.Refused(wire.DiskFull); m.Appended(time.Millisecond) }},
		{name: "a client was too fast", then: func(m *Monitor) { m.Refused(wire.RateLimited) }},
		{name: "the store failed and the certificate ends", want: []string{"appends-fail", "certificate"},
			make: func(_ *testing.T, s *Source) { s.Certificate = func() time.Time { return noon } },
			then: func(m *Monitor) { m.Refused(wire.Failed) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := a(t)
			if tt.make != nil {
				tt.make(t, &s)
			}
			m := New(s)
			if tt.then != nil {
				tt.then(m)
			}
			got := m.Status(t.Context())
			// The disk that this runs on may be short of room.
			got.Problems = slices.DeleteFunc(got.Problems, func(p Problem) bool { return p.Code == "disk" })
			if !slices.Equal(codes(got), tt.want) {
				t.Errorf("%+v", got.Problems)
			}
			for _, p := range got.Problems {
				if strings.Contains(p.Text, "%!") || p.Text == "" || (language{1}).problem(p) == p.Text {
					t.Errorf("%+v", p)
				}
			}
		})
	}
}

func backedUp(t *testing.T, store string, at time.Time) {
	t.Helper()
	if err := NoteBackup(store, at); err != nil {
		t.Fatal(err)
	}
}

func TestAClockThatWasSetIsSeen(t *testing.T) {
	s := a(t)
	now, up := noon, time.Duration(0)
	s.Now = func() time.Time { return now }
	s.Up = func() time.Duration { return up }
	m := New(s)
	for _, tt := range []struct {
		clock, up time.Duration
		seen      bool
	}{{0, 0, false}, {5 * time.Hour, 5 * time.Hour, false}, {5*time.Hour + 10*time.Second, 5 * time.Hour, false}, {5 * time.Hour, 3 * time.Hour, true}, {-time.Hour, time.Hour, true}} {
		now, up = noon.Add(tt.clock), tt.up
		if got := m.Status(t.Context()); got.has("clock") != tt.seen {
			t.Errorf("the clock went on by %v in %v: %v", tt.clock, tt.up, got.Problems)
		}
	}
}

func TestTheSocketTellsTheSame(t *testing.T) {
	m := New(a(t))
	path := filepath.Join(t.TempDir(), "s")
	l, err := listenUnix(path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: m.Socket()}
	go server.Serve(l)
	defer server.Close()
	got, err := Ask(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := json.Marshal(got)
	two, _ := json.Marshal(m.Status(t.Context()))
	// What is free may change between the two.
	free := regexp.MustCompile(`"disk_free_bytes":\d+`)
	if string(free.ReplaceAll(one, nil)) != string(free.ReplaceAll(two, nil)) || got.Connections != 17 || got.Tenants["active"] != 2 || got.StoreBytes != 3<<20 || got.WALBytes != 5000 {
		t.Errorf("%s\n%s", one, two)
	}
}

func scrapeOf(t *testing.T, m *Monitor) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Local().ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1:9464/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d\n%s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestWhatHappensIsCounted(t *testing.T) {
	m := New(a(t))
	m.Connected()
	m.TurnedAway(503)
	m.TurnedAway(418)
	m.Received(100, 2)
	m.Received(10, 0)
	m.Sent(300, 3)
	m.Appended(3 * time.Millisecond)
	m.Refused(wire.Busy)
	m.Refused(4711)
	m.Committed(7, 4*time.Millisecond)
	text := scrapeOf(t, m)
	for _, line := range []string{
		`vialog_relay_connections_total 1`, `vialog_relay_turned_away_total{status="503"} 1`, `vialog_relay_turned_away_total{status="other"} 1`,
		`vialog_relay_turned_away_total{status="429"} 0`,
		`vialog_relay_frames_total{direction="in"} 2`, `vialog_relay_frame_bytes_total{direction="in"} 110`, `vialog_relay_boxes_total{direction="in"} 2`,
		`vialog_relay_boxes_total{direction="out"} 3`, `vialog_relay_append_seconds_count 1`, `vialog_relay_commit_changes_sum 7`,
		`vialog_relay_refusals_total{code="busy"} 1`, `vialog_relay_refusals_total{code="other"} 1`, `vialog_relay_refusals_total{code="maintenance"} 0`,
		`vialog_relay_connections 17`, `vialog_relay_channels 1234`, `vialog_relay_tenants{state="active"} 2`, `vialog_relay_tenants{state="suspended"} 0`,
		`vialog_relay_store_bytes 3.145728e+06`, `vialog_relay_backup_age_seconds 0`, `vialog_relay_certificate_seconds 5.184e+06`,
		`vialog_relay_maintenance 0`, `vialog_relay_needs_a_person{problem="certificate"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no %s", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// Dashboard, rules and metrics name the same things.
func TestEveryMetricOfTheDashboardAndTheRulesIsThere(t *testing.T) {
	m := New(a(t))
	own := map[string]bool{}
	all := map[string]bool{"up": true}
	for line := range strings.SplitSeq(scrapeOf(t, m), "\n") {
		if name, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(name, " ")
			all[name] = true
			if strings.HasPrefix(name, namespace) {
				own[name] = true
			}
			if kind == "histogram" {
				for _, part := range []string{"_bucket", "_sum", "_count"} {
					all[name+part] = true
				}
			}
		}
	}
	name := regexp.MustCompile(`\b(?:vialog_relay|process|go)_[a-z0-9_]+`)
	label := regexp.MustCompile(`needs_a_person\{problem[!=]~?"([^"]+)"`)
	for _, file := range []string{"grafana.json", "alerts.yml"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "deploy", file))
		if err != nil {
			t.Fatal(err)
		}
		if file == "grafana.json" && !json.Valid(b) {
			t.Error("the dashboard is no JSON")
		}
		used := name.FindAllString(string(b), -1)
		if len(used) < 5 {
			t.Errorf("%s names %d metrics", file, len(used))
		}
		for _, n := range used {
			if !all[n] {
				t.Errorf("%s names %s, which is not there", file, n)
			}
			delete(own, n)
			for _, part := range []string{"_bucket", "_sum", "_count"} {
				delete(own, strings.TrimSuffix(n, part))
			}
		}
		for _, l := range label.FindAllStringSubmatch(string(b), -1) {
			for code := range strings.SplitSeq(l[1], "|") {
				if !slices.ContainsFunc(problems, func(p struct{ code, english, german string }) bool { return p.code == code }) {
					t.Errorf("%s names the problem %q", file, code)
				}
			}
		}
	}
	for n := range own {
		t.Errorf("nobody looks at %s", n)
	}
}

// What is told of a relay names nobody: not where clients are, nor what they open.
func TestOnlyThisMachineIsAnswered(t *testing.T) {
	m := New(a(t))
	for host, want := range map[string]int{"127.0.0.1:9464": 200, "localhost:9464": 200, "[::1]:9464": 200, "localhost": 200, "evil.example": 421, "192.0.2.7:9464": 421, "127.0.0.1.evil.example:9464": 421} {
		for _, path := range []string{"/", "/metrics", "/page.css"} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			m.Local().ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s%s: %d", host, path, w.Code)
			}
		}
	}
}

var update = flag.Bool("update", false, "write the golden files anew")

func TestThePageSaysItInGermanAndEnglish(t *testing.T) {
	for name, worse := range map[string]func(*Status){
		"well": func(*Status) {},
		"bad": func(s *Status) {
			s.Maintenance = &Maintenance{Since: noon.Add(-3 * time.Hour), Until: noon.Add(-time.Hour), Reason: "A larger disk <b>"}
			for _, p := range problems {
				s.Problems = append(s.Problems, Problem{Code: p.code, Detail: map[string]string{"disk": "4.2 %", "clock": "2h0m0s", "reviews": "2", "store": "torn", "read-only": "open /srv: read-only file system"}[p.code], Text: "English: " + p.code})
				if last := &s.Problems[len(s.Problems)-1]; last.Detail == "" {
					last.Detail = noon.Format(time.RFC3339)
				}
			}
		},
	} {
		s := a(t)
		st := New(s).Status(t.Context())
		st.DiskBytes, st.DiskFreeBytes, st.Problems = 200<<30, 61<<30, nil
		st.Started = noon.Add(-50 * time.Hour)
		worse(&st)
		for n, lang := range []string{"en", "de"} {
			var b strings.Builder
			if err := page.Execute(&b, language{n}.model(&st)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+"-"+lang+".html")
			if *update {
				if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("%s differs; look at it, then -update", file)
			}
			if strings.Contains(b.String(), "<script") || strings.Contains(b.String(), "style=") || strings.Contains(b.String(), "<b>") {
				t.Errorf("%s: what the policy does not allow", file)
			}
		}
	}
	for word, in := range words {
		if in[0] == "" || in[1] == "" {
			t.Errorf("%s: %q", word, in)
		}
	}
	for _, s := range states() {
		if _, ok := words[s.String()]; !ok {
			t.Errorf("no word for tenants that are %s", s)
		}
	}
	// The browser's language, unless a link says otherwise.
	m := New(a(t))
	for _, tt := range []struct{ query, accepts, says string }{
		{"", "de-AT,en;q=0.5", "Alles in Ordnung"}, {"", "fr", "All is well"}, {"?lang=en", "de", "All is well"}, {"?lang=de", "", "Alles in Ordnung"},
	} {
		r := httptest.NewRequest("GET", "http://localhost/"+tt.query, nil)
		r.Header.Set("Accept-Language", tt.accepts)
		w := httptest.NewRecorder()
		m.Local().ServeHTTP(w, r)
		b, _ := io.ReadAll(w.Body)
		if !strings.Contains(string(b), "<main>") || len(m.Status(t.Context()).Problems) == 0 && !strings.Contains(string(b), tt.says) {
			t.Errorf("%q, %q:\n%s", tt.query, tt.accepts, b)
		}
	}
}

func listenUnix(path string) (net.Listener, error) { return net.Listen("unix", path) }
