package monitor

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vialog/relay/internal/store"
	"vialog/shared/wire"
)

const namespace = "vialog_relay"

// metrics are those that count as things happen. Whatever a label can say is
// there from the start, at 0: a rule cannot tell "never" from "not asked".
type metrics struct {
	connected        prometheus.Counter
	turned           map[int]prometheus.Counter
	turnedOther      prometheus.Counter
	in, out          traffic
	appends, commits prometheus.Histogram
	commitTime       prometheus.Histogram
	refusals         map[wire.Refusal]prometheus.Counter
	refusedOther     prometheus.Counter
	erased           prometheus.Counter
}

type traffic struct{ frames, bytes, boxes prometheus.Counter }

func (t *traffic) count(bytes, boxes int) {
	t.frames.Inc()
	t.bytes.Add(float64(bytes))
	if boxes > 0 {
		t.boxes.Add(float64(boxes))
	}
}

func (m *Monitor) turnedAway(status int) prometheus.Counter {
	if c := m.turned[status]; c != nil {
		return c
	}
	return m.turnedOther
}

func (m *Monitor) refusal(code wire.Refusal) prometheus.Counter {
	if c := m.refusals[code]; c != nil {
		return c
	}
	return m.refusedOther
}

// refusals returns every code that a relay can send.
func refusals() (codes []wire.Refusal) {
	for code := wire.Malformed; code.String() != "refusal "+strconv.Itoa(int(code)); code++ {
		codes = append(codes, code)
	}
	return codes
}

// states returns every state of a tenant.
func states() (all []store.State) {
	for s := store.State(1); s < 32; s++ {
		if s.String() != store.State(0).String() {
			all = append(all, s)
		}
	}
	return all
}

func (m *Monitor) register() {
	must := m.registry.MustRegister
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
		must(c)
		return c
	}
	labelled := func(name, help, label string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, []string{label})
		must(c)
		return c
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
		must(h)
		return h
	}
	seconds := []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10}

	m.connected = counter("connections_total", "Sockets that were opened.")
	turned := labelled("turned_away_total", "Requests for a socket that were refused, by the status of HTTP.", "status")
	m.turned = make(map[int]prometheus.Counter)
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusUpgradeRequired, http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		m.turned[status] = turned.WithLabelValues(strconv.Itoa(status))
	}
	m.turnedOther = turned.WithLabelValues("other")
	frames := labelled("frames_total", "Frames of the protocol.", "direction")
	bytes := labelled("frame_bytes_total", "Bytes of these frames.", "direction")
	boxes := labelled("boxes_total", "Boxes in these frames.", "direction")
	for direction, t := range map[string]*traffic{"in": &m.in, "out": &m.out} {
		*t = traffic{frames.WithLabelValues(direction), bytes.WithLabelValues(direction), boxes.WithLabelValues(direction)}
	}
	m.appends = histogram("append_seconds", "From the arrival of boxes to their being durable.", seconds)
	m.commits = histogram("commit_changes", "Changes that one synchronous write made durable together.", prometheus.ExponentialBuckets(1, 2, 11))
	m.commitTime = histogram("commit_seconds", "How long one synchronous write took.", seconds)
	refused := labelled("refusals_total", "Requests that were refused, by the code of the protocol.", "code")
	m.refusals = make(map[wire.Refusal]prometheus.Counter)
	for _, code := range refusals() {
		m.refusals[code] = refused.WithLabelValues(code.String())
	}
	m.refusedOther = refused.WithLabelValues("other")
	m.erased = counter("channels_erased_total", "Channels that their owners erased for good.")
	must(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), gauges{m})
}

// gauges are the metrics that are looked up when they are asked for.
type gauges struct{ m *Monitor }

var (
	descBuild       = describe("build_info", "Always 1; the version is a label.", "version", "go")
	descConnections = describe("connections", "Sockets that are open.")
	descOpen        = describe("channels_open", "Channels that are open on at least one socket.")
	descWaiting     = describe("waiting_bytes", "Bytes on their way to the store.")
	descTail        = describe("tail_bytes", "Bytes of boxes kept in memory for those who follow.")
	descTenants     = describe("tenants", "Tenants, by state.", "state")
	descChannels    = describe("channels", "Channels that are stored.")
	descStored      = describe("stored_bytes", "Bytes of boxes and notes that are stored.")
	descFile        = describe("store_bytes", "Size of the store's file.")
	descLog         = describe("wal_bytes", "Size of the write-ahead log beside it.")
	descDisk        = describe("disk_bytes", "Size of the disk that the store is on.")
	descFree        = describe("disk_free_bytes", "What is free there for the relay.")
	descBackup      = describe("backup_age_seconds", "Since the last backup; 0 until one is known.")
	descCertificate = describe("certificate_seconds", "Until the end of the certificate; 0 where the relay speaks no TLS itself.")
	descMaintenance = describe("maintenance", "1 while the relay takes nothing new.")
	descProblem     = describe("needs_a_person", "1 for each thing that somebody has to see to.", "problem")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

func (gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descBuild, descConnections, descOpen, descWaiting, descTail, descTenants, descChannels, descStored,
		descFile, descLog, descDisk, descFree, descBackup, descCertificate, descMaintenance, descProblem} {
		to <- d
	}
}

// scrape is how long the store may take to answer a scrape.
const scrape = 5 * time.Second

func (g gauges) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrape)
	defer cancel()
	s := g.m.Status(ctx)
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	send(descBuild, 1, s.Version, runtime.Version())
	send(descConnections, float64(s.Connections))
	send(descOpen, float64(s.ChannelsOpen))
	send(descWaiting, float64(s.WaitingBytes))
	send(descTail, float64(s.TailBytes))
	for _, state := range states() {
		send(descTenants, float64(s.Tenants[state.String()]), state.String())
	}
	send(descChannels, float64(s.Channels))
	send(descStored, float64(s.StoredBytes))
	send(descFile, float64(s.StoreBytes))
	send(descLog, float64(s.WALBytes))
	send(descDisk, float64(s.DiskBytes))
	send(descFree, float64(s.DiskFreeBytes))
	age, left := 0.0, 0.0
	if !s.Backup.IsZero() {
		age = max(1, s.Clock.Sub(s.Backup).Seconds())
	}
	if !s.Certificate.IsZero() {
		left = s.Certificate.Sub(s.Clock).Seconds()
	}
	send(descBackup, age)
	send(descCertificate, left)
	on := 0.0
	if s.Maintenance != nil {
		on = 1
	}
	send(descMaintenance, on)
	for _, p := range problems {
		v := 0.0
		if s.has(p.code) {
			v = 1
		}
		send(descProblem, v, p.code)
	}
}

func (m *Monitor) scraped() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: 2 * scrape})
}
