package e2e

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"vialog/relay/postgrestest"
	"vialog/wasm/internal/join"
	"vialog/wasm/internal/link"
)

// nodes are two relays that serve one database under one origin.
type nodes struct {
	*postgrestest.Server
	all [2]*relay
}

func startNodes(t *testing.T) *nodes {
	t.Helper()
	c := &nodes{Server: postgrestest.New(t)}
	url := c.URL()
	file := filepath.Join(t.TempDir(), "store")
	if err := os.WriteFile(file, []byte(url+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range c.all {
		r := newRelay(t, "-store-file", file)
		r.database = url
		c.all[i] = r
		r.dial = c.by(func() *relay { return r })
		r.serve(c.all[0].origin)
	}
	return c
}

// by dials the origin by way of one node, as a balancer would.
func (c *nodes) by(choose func() *relay) link.Dialer {
	return func(ctx context.Context, url string) (link.Conn, error) {
		origin := strings.TrimPrefix(c.all[0].origin, "http://")
		return dial(ctx, strings.Replace(url, origin, choose().addr, 1))
	}
}

// cut kills nodes, and the database if it is to be, as a power cut would, and
// starts them again after a while.
func (c *nodes) cut(t *testing.T, pause time.Duration, database bool, nodes ...*relay) {
	t.Helper()
	for _, r := range nodes {
		r.kill()
	}
	if database {
		c.Kill()
	}
	time.Sleep(pause)
	if database {
		if err := c.Start(); err != nil {
			t.Error(err) // who writes has to be told that it is over
		}
	}
	for _, r := range nodes {
		r.start()
	}
}

// alone is somebody without a centre.
func alone(t *testing.T, r *relay) *person {
	t.Helper()
	p := newPerson(t, r)
	// A relay that runs hears of a new tenant within seconds.
	p.until("the relay offers a diary", func() bool { return p.FoundAlone(t.Context()) == nil })
	return p
}

// One person writes on two devices that are served by two nodes, while each of
// these and their database is killed in turn.
func TestTwoDevicesAtTwoNodesLoseNothingWhileNodesAndDatabaseAreKilled(t *testing.T) {
	needsMachine(t)
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	c := startNodes(t)
	c.all[0].run("tenant", "add", "-origin", c.all[0].origin, "-open", "For everyone", c.all[0].where[0], c.all[0].where[1])
	phone := alone(t, c.all[0])
	tablet := phone.admitted(c.all[1], join.Device, "")
	w := &world{relay: c.all[0]}
	w.add(phone, "phone", 0, seed)
	w.add(tablet, "tablet", 0, seed)
	w.guard(t)
	w.through(t, seed, 3, 20, func(n int, rng *rand.Rand) {
		pause := time.Duration(rng.IntN(200)) * time.Millisecond
		switch n {
		case 0:
			c.cut(t, pause, false, c.all[1])
		case 1:
			c.cut(t, pause, true)
		case 2:
			c.cut(t, pause, false, c.all[0])
		}
	})
}

// A centre and its patients, some of whose devices come by another node each
// time, for as long as make soak says.
func TestSoakCentreAtNodesThatAreKilled(t *testing.T) {
	long, err := time.ParseDuration(os.Getenv("VIALOG_SOAK"))
	if err != nil {
		t.Skip("make soak says how long")
	}
	rounds := 0
	for start := time.Now(); time.Since(start) < long && !t.Failed(); rounds++ {
		t.Run("", func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			c := startNodes(t)
			w := assemble(t, c.all[0], c.all[1], seed)
			for _, d := range w.devices[:4] {
				d.env.Dial = c.by(func() *relay { return c.all[rand.IntN(2)] })
			}
			w.guard(t)
			w.through(t, seed, 12, 200, func(_ int, rng *rand.Rand) {
				var nodes []*relay // none, one or both
				for _, r := range c.all {
					if rng.IntN(2) == 0 {
						nodes = append(nodes, r)
					}
				}
				c.cut(t, time.Duration(rng.IntN(400))*time.Millisecond, len(nodes) == 0 || rng.IntN(3) == 0, nodes...)
			})
		})
	}
	t.Logf("%d rounds", rounds)
}
