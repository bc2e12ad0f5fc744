package monitor

import (
	_ "embed"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle []byte

var page = template.Must(template.New("page").Parse(pageText))

// Local serves the metrics and the page, to this machine only.
func (m *Monitor) Local() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.scraped())
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Write(pageStyle)
	})
	mux.HandleFunc("GET /{$}", m.page)
	return atHome(mux)
}

// atHome answers only who means this machine: a page elsewhere could have its
// own name lead here, and read what comes back.
func atHome(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		if host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "ask for localhost or 127.0.0.1", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

type pageModel struct {
	Lang, Other, OtherName string
	Title, Headline, Says  string
	Good                   bool
	Problems               []string
	ProblemsTitle          string
	Groups                 []group
	Reload, Metrics, Taken string
}

type group struct {
	Title string
	Rows  []row
}

type row struct{ Name, Value string }

// words of the page, English then German.
var words = map[string][2]string{
	"title":       {"Vialog relay", "Vialog-Relay"},
	"good":        {"All is well", "Alles in Ordnung"},
	"good-says":   {"Nothing needs a person.", "Niemand muss etwas tun."},
	"bad":         {"Needs a person", "Jemand muss etwas tun"},
	"bad-says":    {"Somebody has to see to this:", "Darum muss sich jemand kümmern:"},
	"maintenance": {"Maintenance", "Wartung"},
	"maint-says":  {"The relay takes nothing new. Clients keep what they have and send it afterwards.", "Das Relay nimmt nichts Neues an. Die Geräte behalten alles und senden es danach."},
	"until":       {"Until", "Bis"},
	"since":       {"Since", "Seit"},
	"open-end":    {"not said", "nicht angegeben"},
	"reason":      {"Reason", "Grund"},
	"now":         {"Now", "Jetzt"},
	"connections": {"Connections", "Verbindungen"},
	"open":        {"Channels in use", "Kanäle in Gebrauch"},
	"waiting":     {"On the way to the disk", "Auf dem Weg zum Datenträger"},
	"appends":     {"Writes acknowledged since the start", "Seit dem Start bestätigte Schreibvorgänge"},
	"holds":       {"What it holds", "Bestand"},
	"tenants":     {"Tenants", "Mandanten"},
	"channels":    {"Channels", "Kanäle"},
	"stored":      {"Sealed data", "Versiegelte Daten"},
	"storage":     {"Storage", "Speicher"},
	"file":        {"Store file", "Datei des Speichers"},
	"wal":         {"Write-ahead log", "Schreibprotokoll"},
	"free":        {"Free on the disk", "Frei auf dem Datenträger"},
	"backup":      {"Last backup", "Letzte Sicherung"},
	"unknown":     {"none known", "keine bekannt"},
	"program":     {"Program", "Programm"},
	"version":     {"Version", "Version"},
	"up":          {"Up for", "Läuft seit"},
	"certificate": {"Certificate until", "Zertifikat bis"},
	"elsewhere":   {"no TLS here", "kein TLS an dieser Stelle"},
	"clock":       {"Clock (UTC)", "Uhr (UTC)"},
	"of":          {"of", "von"},
	"none":        {"none", "keine"},
	"reload":      {"Look again", "Neu laden"},
	"metrics":     {"Metrics for Prometheus", "Messwerte für Prometheus"},
	"requested":   {"requested", "beantragt"},
	"pending":     {"pending", "wartend"},
	"active":      {"active", "aktiv"},
	"suspended":   {"suspended", "gesperrt"},
	"leaving":     {"leaving", "in Abmeldung"},
	"erased":      {"erased", "gelöscht"},
}

type language struct{ n int }

func (l language) word(key string) string {
	if w, ok := words[key]; ok {
		return w[l.n]
	}
	return key
}

// languageOf is what the link asks for, or the browser.
func languageOf(r *http.Request) language {
	want := r.URL.Query().Get("lang")
	if want == "" {
		want, _, _ = strings.Cut(r.Header.Get("Accept-Language"), ",")
	}
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(want)), "de") {
		return language{1}
	}
	return language{0}
}

func (m *Monitor) page(w http.ResponseWriter, r *http.Request) {
	l := languageOf(r)
	s := m.Status(r.Context())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language")
	page.Execute(w, l.model(&s)) // what fails here is the connection
}

func (l language) model(s *Status) pageModel {
	p := pageModel{
		Lang: [2]string{"en", "de"}[l.n], Other: [2]string{"de", "en"}[l.n], OtherName: [2]string{"Deutsch", "English"}[l.n],
		Title: l.word("title"), Headline: l.word("good"), Says: l.word("good-says"), Good: true,
		Reload: l.word("reload"), Metrics: l.word("metrics"), Taken: l.moment(s.Clock),
	}
	if s.Maintenance != nil {
		p.Headline, p.Says = l.word("maintenance"), l.word("maint-says")
		rows := []row{{l.word("since"), l.moment(s.Maintenance.Since)}, {l.word("until"), l.word("open-end")}}
		if !s.Maintenance.Until.IsZero() {
			rows[1].Value = l.moment(s.Maintenance.Until)
		}
		if s.Maintenance.Reason != "" {
			rows = append(rows, row{l.word("reason"), s.Maintenance.Reason})
		}
		p.Groups = append(p.Groups, group{l.word("maintenance"), rows})
	}
	if len(s.Problems) > 0 {
		p.Good, p.Headline, p.Says = false, l.word("bad"), l.word("bad-says")
		for _, problem := range s.Problems {
			p.Problems = append(p.Problems, l.problem(problem))
		}
	}
	p.Groups = append(p.Groups,
		group{l.word("now"), []row{
			{l.word("connections"), l.number(uint64(s.Connections))},
			{l.word("open"), l.number(uint64(s.ChannelsOpen))},
			{l.word("waiting"), l.bytes(uint64(max(0, s.WaitingBytes)))},
			{l.word("appends"), l.number(s.Appends)},
		}},
		group{l.word("holds"), []row{
			{l.word("tenants"), l.tenants(s.Tenants)},
			{l.word("channels"), l.number(uint64(s.Channels))},
			{l.word("stored"), l.bytes(s.StoredBytes)},
		}})
	if s.StoreBytes > 0 {
		rows := []row{{l.word("file"), l.bytes(s.StoreBytes)}, {l.word("wal"), l.bytes(s.WALBytes)}}
		if s.DiskBytes > 0 {
			rows = append(rows, row{l.word("free"), l.bytes(s.DiskFreeBytes) + " " + l.word("of") + " " + l.bytes(s.DiskBytes)})
		}
		backup := l.word("unknown")
		if !s.Backup.IsZero() {
			backup = l.moment(s.Backup)
		}
		p.Groups = append(p.Groups, group{l.word("storage"), append(rows, row{l.word("backup"), backup})})
	}
	certificate := l.word("elsewhere")
	if !s.Certificate.IsZero() {
		certificate = l.moment(s.Certificate)
	}
	p.Groups = append(p.Groups, group{l.word("program"), []row{
		{l.word("version"), s.Version},
		{l.word("up"), l.span(s.Clock.Sub(s.Started))},
		{l.word("certificate"), certificate},
		{l.word("clock"), l.moment(s.Clock)},
	}})
	return p
}

func (l language) problem(p Problem) string {
	if l.n == 0 {
		return p.Text
	}
	for _, known := range problems {
		if known.code == p.Code {
			detail := p.Detail
			if at, err := time.Parse(time.RFC3339, detail); err == nil {
				detail = l.moment(at)
			}
			if strings.HasSuffix(detail, " %") {
				detail = strings.Replace(detail, ".", ",", 1)
			}
			return fmt.Sprintf(known.german, detail)
		}
	}
	return p.Text
}

func (l language) tenants(by map[string]int) string {
	var parts []string
	for _, s := range states() {
		if n := by[s.String()]; n > 0 {
			parts = append(parts, l.number(uint64(n))+" "+l.word(s.String()))
		}
	}
	if len(parts) == 0 {
		return l.word("none")
	}
	return strings.Join(parts, ", ")
}

// moment writes a time in UTC, as whoever compares logs needs it.
func (l language) moment(t time.Time) string {
	return t.UTC().Format([2]string{"2 January 2006 15:04 UTC", "02.01.2006 15:04 UTC"}[l.n])
}

func (l language) number(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + [2]string{",", "."}[l.n] + digits[i:]
	}
	return digits
}

func (l language) bytes(n uint64) string {
	units := []string{"KiB", "MiB", "GiB", "TiB"}
	if n < 1024 {
		return l.number(n) + [2]string{" bytes", " Bytes"}[l.n]
	}
	v, unit := float64(n)/1024, 0
	for v >= 1024 && unit < len(units)-1 {
		v, unit = v/1024, unit+1
	}
	s := strconv.FormatFloat(v, 'f', 1, 64)
	if l.n == 1 {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s + " " + units[unit]
}

// Size writes an amount of bytes as people read it in English.
func Size(n uint64) string { return language{}.bytes(n) }

func (l language) span(d time.Duration) string {
	minutes := int(d.Minutes())
	days, hours := minutes/1440, minutes/60%24
	switch {
	case days > 0:
		return fmt.Sprintf([2]string{"%d d %d h", "%d T. %d Std."}[l.n], days, hours)
	case hours > 0:
		return fmt.Sprintf([2]string{"%d h %d min", "%d Std. %d Min."}[l.n], hours, minutes%60)
	}
	return fmt.Sprintf([2]string{"%d min", "%d Min."}[l.n], minutes)
}
