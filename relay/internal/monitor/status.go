package monitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"vialog/shared/wire"
)

// A Status is how the relay is at one moment.
type Status struct {
	Version      string         `json:"version"`
	Protocol     int            `json:"protocol"`
	Started      time.Time      `json:"started"`
	Clock        time.Time      `json:"clock"`
	Connections  int            `json:"connections"`
	ChannelsOpen int            `json:"channels_open"`
	WaitingBytes int64          `json:"waiting_bytes"`
	TailBytes    int64          `json:"tail_bytes"`
	Appends      uint64         `json:"appends"` // acknowledged since Started
	Tenants      map[string]int `json:"tenants"` // by state
	Channels     int            `json:"channels"`
	StoredBytes  uint64         `json:"stored_bytes"`

	StoreBytes    uint64 `json:"store_bytes,omitempty"`
	WALBytes      uint64 `json:"wal_bytes,omitempty"`
	DiskBytes     uint64 `json:"disk_bytes,omitempty"`
	DiskFreeBytes uint64 `json:"disk_free_bytes,omitempty"`

	Backup      time.Time    `json:"backup,omitzero"`      // zero: none is known
	Certificate time.Time    `json:"certificate,omitzero"` // its end; zero: no TLS here
	Maintenance *Maintenance `json:"maintenance,omitempty"`

	Problems []Problem `json:"problems"`
}

// Maintenance is on.
type Maintenance struct {
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until,omitzero"` // zero: nobody said
	Reason string    `json:"reason,omitempty"`
}

// A Problem needs a person.
type Problem struct {
	Code   string `json:"problem"`
	Detail string `json:"detail,omitempty"` // a number, a date or what the system said; no language
	Text   string `json:"text"`             // in English, with what to do
}

func (s *Status) has(code string) bool {
	return slices.ContainsFunc(s.Problems, func(p Problem) bool { return p.Code == code })
}

// When something needs a person.
const (
	diskLow         = 10 // percent that are free
	certificateSoon = 14 * 24 * time.Hour
	backupOld       = 48 * time.Hour
	clockOff        = time.Minute
)

// problems are all that there may be, in the order in which they are told.
var problems = []struct{ code, english, german string }{
	{"store", "The store cannot be read (%s). Look at the log, then at relay fsck.",
		"Der Speicher ist nicht lesbar (%s). Sehen Sie in das Protokoll, dann auf relay fsck."},
	{"read-only", "Nothing can be written beside the store (%s). Look at the disk and at the rights of its folder.",
		"Neben dem Speicher lässt sich nichts schreiben (%s). Prüfen Sie den Datenträger und die Rechte des Ordners."},
	{"appends-fail", "Nothing has been stored since %s. The log says why.",
		"Seit %s wurde nichts mehr gespeichert. Das Protokoll sagt, warum."},
	{"disk", "Only %s of the disk is free. Make room before it is full.",
		"Nur noch %s des Datenträgers sind frei. Schaffen Sie Platz, bevor er voll ist."},
	{"certificate", "The certificate ends on %s. Renew it.",
		"Das Zertifikat endet am %s. Erneuern Sie es."},
	{"backup", "The last backup is of %s. Look at why there is no newer one.",
		"Die letzte Sicherung ist vom %s. Sehen Sie nach, warum es keine neuere gibt."},
	{"reviews", "Tenants that somebody should have looked at by now: %s. relay tenant list says which; relay tenant review notes that it was done.",
		"Mandanten, deren Überprüfung überfällig ist: %s. relay tenant list sagt, welche; relay tenant review hält fest, dass es geschehen ist."},
	{"maintenance", "Maintenance was to end at %s and is still on: relay maintenance off.",
		"Die Wartung sollte bis %s dauern und ist noch an: relay maintenance off."},
	{"clock", "The clock is off by %s from the time that has passed: it was set, or the machine slept. Check it, then restart the relay: invitations and certificates go by it.",
		"Die Uhr weicht um %s von der vergangenen Zeit ab: Sie wurde gestellt, oder der Rechner hat geruht. Prüfen Sie sie und starten Sie das Relay neu: Einladungen und Zertifikate richten sich nach ihr."},
}

// Status looks at everything.
func (m *Monitor) Status(ctx context.Context) Status {
	now := m.source.Now()
	stats := m.source.Hub()
	s := Status{
		Version: m.source.Version, Protocol: wire.Version, Started: m.started.UTC().Truncate(time.Second), Clock: now.UTC().Truncate(time.Second),
		Connections: stats.Connections, ChannelsOpen: stats.Channels, WaitingBytes: stats.WaitingBytes, TailBytes: stats.TailBytes,
		Appends: m.appended.Load(), Tenants: map[string]int{}, Problems: []Problem{},
	}
	found := map[string]string{}
	tenants, err := m.source.Tenants(ctx)
	if err != nil {
		found["store"] = err.Error()
	}
	overdue := 0
	for _, t := range tenants {
		if t.Overdue(now) {
			overdue++
		}
		s.Tenants[t.State.String()]++
		s.Channels += t.Channels
		s.StoredBytes += t.Bytes
	}
	if overdue > 0 {
		found["reviews"] = strconv.Itoa(overdue)
	}
	if m.source.Store != "" {
		m.storage(&s, found)
	}
	if since := m.failing.Load(); since != 0 {
		found["appends-fail"] = time.UnixMilli(since).UTC().Format(time.RFC3339)
	}
	if s.Certificate = m.source.Certificate().UTC(); !s.Certificate.IsZero() && s.Certificate.Sub(now) < certificateSoon {
		found["certificate"] = s.Certificate.Format(time.RFC3339)
	}
	if p := m.source.Maintenance(); p.On() {
		s.Maintenance = &Maintenance{Since: p.Since, Until: p.Until, Reason: p.Reason}
		if !p.Until.IsZero() && now.After(p.Until) {
			found["maintenance"] = p.Until.UTC().Format(time.RFC3339)
		}
	}
	if by := now.Round(0).Sub(m.started) - m.source.Up(); by.Abs() > clockOff {
		found["clock"] = by.Round(time.Second).String()
	}
	for _, p := range problems {
		if detail, ok := found[p.code]; ok {
			s.Problems = append(s.Problems, Problem{p.code, detail, fmt.Sprintf(p.english, detail)})
		}
	}
	return s
}

func (m *Monitor) storage(s *Status, found map[string]string) {
	path := m.source.Store
	size := func(path string) uint64 {
		info, err := os.Stat(path)
		switch {
		case err == nil:
			return uint64(info.Size())
		case !errors.Is(err, os.ErrNotExist):
			found["store"] = err.Error()
		}
		return 0
	}
	s.StoreBytes, s.WALBytes = size(path), size(path+"-wal")
	folder := filepath.Dir(path)
	all, free, err := disk(folder)
	if err == nil && all > 0 {
		s.DiskBytes, s.DiskFreeBytes = all, free
		if share := float64(free) / float64(all) * 100; share < diskLow {
			found["disk"] = fmt.Sprintf("%.1f %%", share)
		}
	}
	if err := probe(folder); err != nil {
		found["read-only"] = err.Error()
	}
	if s.Backup, err = LastBackup(path); err != nil {
		found["backup"] = err.Error()
	} else if !s.Backup.IsZero() && s.Clock.Sub(s.Backup) > backupOld {
		found["backup"] = s.Backup.Format(time.RFC3339)
	}
}

// probe reports why nothing can be written in a folder.
func probe(folder string) error {
	f, err := os.CreateTemp(folder, ".vialog-probe-")
	if err != nil {
		return err
	}
	_, err = f.Write([]byte{'\n'})
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

const statusPath = "/status"

// Socket answers Ask. It belongs on a socket that only the operator can open.
func (m *Monitor) Socket() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+statusPath, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(m.Status(r.Context()))
	})
	return mux
}

// maxStatus bounds what Ask reads.
const maxStatus = 1 << 20

// Ask returns the status of the relay that serves the socket.
func Ask(ctx context.Context, socket string) (Status, error) {
	var s Status
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://relay"+statusPath, nil)
	if err != nil {
		return s, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return s, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return s, fmt.Errorf("the relay answers with status %d", resp.StatusCode)
	}
	err = json.NewDecoder(io.LimitReader(resp.Body, maxStatus)).Decode(&s)
	return s, err
}
