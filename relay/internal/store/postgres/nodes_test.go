package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"vialog/relay/internal/store"
	"vialog/relay/postgrestest"
	"vialog/shared/wire"
)

// seeded opens so many nodes on one store with one channel of an open tenant.
func seeded(t *testing.T, url string, n int) ([]*Store, store.Channel) {
	t.Helper()
	var all []*Store
	for range n {
		all = append(all, openAt(t, url))
	}
	c := store.Channel{Founding: wire.FoundingKey{1}, Access: wire.AccessKey{1}, Tenant: wire.TenantID{1}}
	c.ID = wire.ChannelOf(c.Founding)
	if err := all[0].AddTenant(t.Context(), store.Tenant{ID: c.Tenant, State: store.Active, Open: true, Name: "Centre"}, store.Audit{Act: "add"}); err != nil {
		t.Fatal(err)
	}
	if err := all[0].Create(t.Context(), c, store.TicketUse{}); err != nil {
		t.Fatal(err)
	}
	return all, c
}

// name returns one that no other role of the server has.
func name(what string) string { return what + strings.ToLower(rand.Text()[:8]) }

func boxOf(w, i int, size int) wire.Box {
	return wire.Box{ID: wire.BoxID{byte(w), byte(i >> 8), byte(i)}, Data: make([]byte, size)}
}

func TestQuotasTicketsPositionsAndAuditsAreOneOverAllNodes(t *testing.T) {
	nodes, c := seeded(t, postgrestest.Get(t).URL(), 3)
	const writers, each, size = 9, 12, 300
	const fits = 50
	if _, err := nodes[0].ChangeTenant(t.Context(), c.Tenant, func(n *store.Tenant) (store.Audit, error) {
		n.MaxBytes, n.MaxChannels = fits*size, 6
		return store.Audit{Act: "quota"}, nil
	}); err != nil {
		t.Fatal(err)
	}
	use := store.TicketUse{ID: [16]byte{1}, Max: 4}
	var wg sync.WaitGroup
	var mu sync.Mutex
	at := map[uint64]wire.BoxID{}
	var made, full atomic.Int32
	for w := range writers {
		wg.Go(func() {
			s := nodes[w%len(nodes)]
			for i := range each {
				box := boxOf(w, i, size)
				pos, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{box}, 0)
				switch {
				case err == nil:
					mu.Lock()
					if had, twice := at[pos[0]]; twice {
						t.Errorf("position %d was given to %v and %v", pos[0], had, box.ID)
					}
					at[pos[0]] = box.ID
					mu.Unlock()
				case errors.Is(err, store.ErrQuota):
					full.Add(1)
				default:
					t.Error(err)
				}
			}
			mine := store.Channel{Founding: wire.FoundingKey{2, byte(w)}, Access: wire.AccessKey{2}, Tenant: c.Tenant}
			mine.ID = wire.ChannelOf(mine.Founding)
			switch err := s.Create(t.Context(), mine, use); {
			case err == nil:
				made.Add(1)
			case !errors.Is(err, store.ErrTicketUsed) && !errors.Is(err, store.ErrQuota):
				t.Error(err)
			}
			other := store.Tenant{ID: wire.TenantID{2, byte(w)}, Name: "Centre", State: store.Active}
			if err := s.AddTenant(t.Context(), other, store.Audit{Act: "add"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(at) != fits || full.Load() != writers*each-fits || made.Load() != 4 {
		t.Errorf("%d boxes of %d that fit, %d refused, %d channels of 4", len(at), fits, full.Load(), made.Load())
	}
	for pos := range uint64(fits) {
		if _, ok := at[pos+1]; !ok {
			t.Errorf("nobody has position %d", pos+1)
		}
	}
	for _, s := range nodes {
		records, err := s.Audits(t.Context(), 0, 100)
		if err != nil || len(records) != writers+2 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		if _, err := store.VerifyAudits(store.Audit{}, records); err != nil {
			t.Error(err)
		}
	}
	if err := nodes[1].Check(t.Context()); err != nil {
		t.Error(err)
	}
}

// news collects what a node is told.
type told struct {
	blind    chan bool
	channels chan uint64
	tenants  chan struct{}
	ended    chan error
}

func watched(t *testing.T, s *Store) *told {
	t.Helper()
	n := &told{make(chan bool, 100), make(chan uint64, 1000), make(chan struct{}, 1000), make(chan error, 1)}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.ended <- s.Watch(ctx, Watcher{
			Channel: func(m uint64) { n.channels <- m },
			Tenants: func() { n.tenants <- struct{}{} },
			Blind:   func(b bool) { n.blind <- b },
			Failed:  func(error) {},
		})
	}()
	t.Cleanup(func() { stop(); <-done })
	n.sees(t)
	return n
}

// sees waits until the node is told of what happens.
func (n *told) sees(t *testing.T) {
	t.Helper()
	for b := range soon(t, n.blind) {
		if !b {
			return
		}
	}
}

// soon yields what comes within a minute.
func soon[T any](t *testing.T, c <-chan T) func(func(T) bool) {
	t.Helper()
	late := time.After(time.Minute)
	return func(yield func(T) bool) {
		for {
			select {
			case v := <-c:
				if !yield(v) {
					return
				}
			case <-late:
				t.Fatal("nothing came")
			}
		}
	}
}

func one[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	for v = range soon(t, c) {
		break
	}
	return v
}

func TestNodesAreToldWhatOthersChangeAndNotWhatTheyDid(t *testing.T) {
	url := postgrestest.Get(t).URL()
	nodes, c := seeded(t, url, 2)
	mine, theirs := watched(t, nodes[0]), watched(t, nodes[1])
	one(t, theirs.tenants) // it begins with looking
	heard := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if m := one(t, theirs.channels); m != Mark(c.ID) {
			t.Errorf("%s: told of %x", what, m)
		}
	}
	_, err := nodes[0].Append(t.Context(), c.ID, c.Access, []wire.Box{boxOf(1, 1, 300)}, 0)
	heard("append", err)
	next := wire.AccessKey{2}
	_, err = nodes[0].Rotate(t.Context(), c.ID, c.Access, next, nil, nil, 0)
	heard("rotate", err)
	heard("cede", nodes[0].Cede(t.Context(), c.ID, c.Founding, wire.FoundingKey{3}))
	_, err = nodes[0].ChangeTenant(t.Context(), c.Tenant, func(n *store.Tenant) (store.Audit, error) {
		n.State = store.Suspended
		return store.Audit{Act: "suspend"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	one(t, theirs.tenants)

	// A listener whose connection is cut says so, listens again, and hears on.
	admin := raw(t, url)
	if _, err := admin.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`, listening); err != nil {
		t.Fatal(err)
	}
	if !one(t, theirs.blind) {
		t.Error("the listener did not say that it is blind")
	}
	theirs.sees(t)
	mine.sees(t)
	heard("delete", nodes[0].Delete(t.Context(), c.ID))
	select {
	case m := <-mine.channels:
		t.Errorf("a node was told of its own: %x", m)
	default:
	}

	// Marked as restored, it is another store.
	id, err := nodes[0].Renew(t.Context(), func(from, to string) store.Audit {
		return store.Audit{Act: "store.restored", Subject: to, Detail: from}
	})
	if err != nil || id == nodes[1].ID() {
		t.Fatal(id, err)
	}
	if err := one(t, theirs.ended); !errors.Is(err, ErrAnother) {
		t.Errorf("a node goes on with another store: %v", err)
	}
	theirs.ended <- nil
	if got := openAt(t, url).ID(); got != id {
		t.Errorf("opened again it is %v, want %v", got, id)
	}
}

func TestALargeGroupOfNewsArrivesInPieces(t *testing.T) {
	var n news
	n.tenants = true
	for i := range 2000 {
		n.channel(wire.Channel{byte(i >> 8), byte(i)})
	}
	s := &Store{}
	s.node.Store(7)
	got, tenants := map[uint64]bool{}, 0
	w := Watcher{Channel: func(m uint64) { got[m] = true }, Tenants: func() { tenants++ }}
	texts := n.texts(8)
	for _, text := range texts {
		if len(text) > notifyBytes {
			t.Errorf("a text of %d bytes", len(text))
		}
		if err := s.hear(w, text); err != nil {
			t.Error(err)
		}
	}
	if len(got) != 2000 || tenants != 1 || len(texts) < 2 {
		t.Errorf("%d channels and %d for tenants in %d texts", len(got), tenants, len(texts))
	}
	for _, odd := range []string{"0000000000000008 x", "0000000000000008 ", "0000000000000008 12", "words", "0000000000000008 000000000000000g"} {
		if err := s.hear(w, odd); err == nil && odd != "words" {
			t.Errorf("%q was taken", odd)
		}
	}
}

// A node that stops in the middle of a group, with the lock, must not stop the others for good.
func TestANodeThatHangsLosesTheLock(t *testing.T) {
	url := postgrestest.Get(t).URL()
	nodes, c := seeded(t, url, 1)
	stuck := raw(t, url)
	for _, q := range []string{`SET idle_in_transaction_session_timeout = '300ms'`, `BEGIN`, fmt.Sprintf(`SELECT pg_advisory_xact_lock(%d, %d)`, lockClass, nodes[0].number)} {
		if _, err := stuck.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := nodes[0].Append(t.Context(), c.ID, c.Access, []wire.Box{boxOf(1, 1, 300)}, 0); err != nil {
		t.Error(err)
	}
	if got := nodes[0].address.config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"]; got != "10s" {
		t.Errorf("a node's own limit is %q", got)
	}
}

func TestAServerThatMayLoseWhatItAcknowledgedIsRefused(t *testing.T) {
	server := postgrestest.Get(t)
	url := server.URL()
	admin := raw(t, url)
	hasty, reader := name("hasty"), name("reader")
	for _, q := range []string{`CREATE ROLE ` + hasty + ` LOGIN PASSWORD '` + postgrestest.Password + `'`, `ALTER ROLE ` + hasty + ` SET synchronous_commit = off`,
		`CREATE ROLE ` + reader + ` LOGIN PASSWORD '` + postgrestest.Password + `'`, `ALTER ROLE ` + reader + ` SET default_transaction_read_only = on`} {
		if _, err := admin.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	for role, want := range map[string]string{hasty: "synchronous_commit", reader: "read-only"} {
		s, err := Open(t.Context(), server.As(role, "any"), true)
		if err == nil || s != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", role, err)
		}
	}
	if _, err := Open(t.Context(), server.As(hasty, "any"), true); !errors.Is(err, ErrNotDurable) {
		t.Errorf("got %v", err)
	}
}

func TestAServerWithoutFsyncAndAStandbyAreRefused(t *testing.T) {
	server := postgrestest.New(t)
	url := server.URL()
	s, err := Open(t.Context(), url, true)
	if err != nil {
		t.Fatal(err)
	}
	id := s.ID()
	s.Close()
	refused := func(want error, says string) {
		t.Helper()
		for _, create := range []bool{true, false} {
			if s, err := Open(t.Context(), url, create); s != nil || !errors.Is(err, want) || !strings.Contains(err.Error(), says) {
				t.Errorf("got %v, want %q", err, says)
			}
		}
	}
	restart := func(settings ...string) {
		t.Helper()
		server.Kill()
		if err := server.Start(settings...); err != nil {
			t.Fatal(err)
		}
	}
	restart("fsync=off")
	refused(ErrNotDurable, "set fsync = on for the server")
	restart()
	if s, err = Open(t.Context(), url, false); err != nil || s.ID() != id {
		t.Fatalf("with fsync again: %v", err)
	}
	s.Close()
	if err := server.Standby(); err != nil {
		t.Fatal(err)
	}
	restart()
	refused(ErrStandby, "give the address of the primary")
}

func TestARoleThatMayOnlyChangeRowsCanServe(t *testing.T) {
	server := postgrestest.Get(t)
	url := server.URL()
	nodes, c := seeded(t, url, 1)
	schema := nodes[0].address.schema
	admin := raw(t, url)
	serving := name("serving")
	for _, q := range []string{`CREATE ROLE ` + serving + ` LOGIN PASSWORD '` + postgrestest.Password + `'`, `GRANT USAGE ON SCHEMA ` + schema + ` TO ` + serving,
		`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ` + schema + ` TO ` + serving} {
		if _, err := admin.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	s := openAt(t, server.As(serving, schema))
	if _, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{boxOf(1, 1, 300)}, 0); err != nil {
		t.Error(err)
	}
	if _, err := s.Rotate(t.Context(), c.ID, c.Access, wire.AccessKey{2}, []byte("note"), nil, 0); err != nil {
		t.Error(err)
	}
	if err := s.Delete(t.Context(), c.ID); err != nil {
		t.Error(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.vacuum(t.Context()); !errors.Is(err, errVacuum) {
		t.Errorf("wiping by a role that may not: %v", err)
	}
	if _, err := Open(t.Context(), server.As(serving, "not_theirs"), true); err == nil || !strings.Contains(err.Error(), "permission") {
		t.Errorf("making a schema without the right to: %v", err)
	}
}

func TestErrorsDoNotHoldThePassword(t *testing.T) {
	server := postgrestest.Get(t)
	const secret = "s3cr3t/with?odd#signs"
	good := strings.Replace(server.URL(), "postgres://", "", 1)
	_, host, _ := strings.Cut(good, "@")
	for claim, url := range map[string]string{
		"wrong password":        "postgres://vialog:" + strings.NewReplacer("/", "%2F", "?", "%3F", "#", "%23").Replace(secret) + "@" + host,
		"odd signs not escaped": "postgres://vialog:" + secret + "@" + host,
		"no such port":          "postgres://vialog:" + "s3cr3t" + "@127.0.0.1:1/vialog?sslmode=disable",
		"a port that is none":   "postgres://vialog:" + "s3cr3t" + "@localhost:port/vialog",
		"unknown role":          "postgres://nobody:" + "s3cr3t" + "@" + host,
		"password as parameter": "postgres://vialog@" + host + "&password=s3cr3t",
		"unknown parameter":     "postgres://vialog:s3cr3t@" + host + "&sslmode=nonsense",
		"another scheme":        "mysql://vialog:s3cr3t@localhost/x",
		"elsewhere, in clear":   "postgres://vialog:s3cr3t@db.example.org/vialog",
	} {
		s, err := Open(t.Context(), url, true)
		if err == nil {
			s.Close()
			t.Errorf("%s: opened", claim)
			continue
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if text := fmt.Sprintf("%v %+v %#v %s", e, e, e, Where(url)); strings.Contains(text, "s3cr3t") {
				t.Errorf("%s: %s", claim, text)
			}
		}
	}
	if _, err := Open(t.Context(), "postgres://vialog@db.example.org/vialog", true); !errors.Is(err, ErrClear) {
		t.Errorf("without TLS to another machine: %v", err)
	}
}

func TestStrangeSchemasAreRefused(t *testing.T) {
	server := postgrestest.Get(t)
	with := func(queries ...string) string {
		url := server.URL()
		openAt(t, url).Close()
		c := raw(t, url)
		for _, q := range queries {
			if _, err := c.Exec(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		return url
	}
	for _, tt := range []struct {
		claim, url string
		want       error
	}{
		{"a later release", with(`UPDATE meta SET value = '2' WHERE name = 'layout'`), ErrNewer},
		{"no layout", with(`DELETE FROM meta WHERE name = 'layout'`), ErrForeign},
		{"an unknown layout", with(`UPDATE meta SET value = 'x' WHERE name = 'layout'`), ErrForeign},
		{"no identifier", with(`DELETE FROM meta WHERE name = 'store'`), ErrForeign},
		{"another program", with(`DROP TABLE meta`), ErrForeign},
	} {
		if s, err := Open(t.Context(), tt.url, true); !errors.Is(err, tt.want) || s != nil {
			t.Errorf("%s: got %v, want %v", tt.claim, err, tt.want)
		}
	}
	if _, err := Open(t.Context(), server.URL(), false); !errors.Is(err, ErrNone) {
		t.Errorf("no store: %v", err)
	}
	url := server.URL()
	var wg sync.WaitGroup
	var stores [4]*Store
	for i := range stores {
		wg.Go(func() {
			s, err := Open(t.Context(), url, true)
			if err != nil {
				t.Error(err)
				return
			}
			stores[i] = s
		})
	}
	wg.Wait()
	for _, s := range stores {
		if s == nil {
			t.FailNow() // not opened, as said above
		}
		defer s.Close()
		if s.ID() != stores[0].ID() {
			t.Error("one database has several identifiers")
		}
	}
}

func TestCheckFindsWhatIsWrong(t *testing.T) {
	url := postgrestest.Get(t).URL()
	nodes, c := seeded(t, url, 1)
	s := nodes[0]
	if _, err := s.Append(t.Context(), c.ID, c.Access, []wire.Box{boxOf(1, 1, 300), boxOf(1, 2, 300), boxOf(1, 3, 300)}, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rotate(t.Context(), c.ID, c.Access, wire.AccessKey{9}, []byte("note"), nil, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	admin := raw(t, url)
	// What is damaged is mended by going back to a copy of its table.
	for _, tt := range []struct{ claim, table, damage, finds string }{
		{"a box is missing", "boxes", `DELETE FROM boxes WHERE pos = 2`, "positions"},
		{"the first box is missing", "boxes", `DELETE FROM boxes WHERE pos = 1`, "positions"},
		{"the last box is missing", "boxes", `DELETE FROM boxes WHERE pos = 3`, "tenant"},
		{"a box was cut", "boxes", `UPDATE boxes SET data = substr(data, 2) WHERE pos = 2`, "bytes at position"},
		{"boxes of no channel", "boxes", `INSERT INTO boxes VALUES (99, 1, 0, '', '')`, "does not exist"},
		{"a note was cut", "notes", `UPDATE notes SET note = ''`, "bytes of notes"},
		{"a former key is in force", "notes", `UPDATE notes SET old = (SELECT access FROM channels)`, "in force"},
		{"notes of no channel", "notes", `INSERT INTO notes (ch, old, note) VALUES (99, '', '')`, "does not exist"},
		{"a tenant counts too little", "tenants", `UPDATE tenants SET bytes = bytes - 1`, "tenant"},
		{"a tenant counts too many channels", "tenants", `UPDATE tenants SET channels = channels + 1`, "tenant"},
		{"a tenant is missing", "tenants", `DELETE FROM tenants`, "no tenant"},
		{"a deleted channel is there", "graves", `INSERT INTO graves SELECT n FROM channels`, "still there"},
		{"an erased channel has boxes", "channels", `UPDATE channels SET access = decode(repeat('00', 32), 'hex')`, "was erased"},
		{"a ticket counts nothing", "tickets", `INSERT INTO tickets SELECT id, id, 0, 0 FROM tenants`, "ticket"},
		{"an act was altered", "audits", `UPDATE audits SET actor = 'nobody'`, "audit"},
		{"an act is missing", "audits", `UPDATE audits SET n = 2`, "audit"},
		{"an act is of a wrong form", "audits", `UPDATE audits SET hash = '\x00'`, "form"},
	} {
		for _, q := range []string{`CREATE TEMP TABLE copy AS SELECT * FROM ` + tt.table, tt.damage} {
			if _, err := admin.Exec(t.Context(), q); err != nil {
				t.Fatalf("%s: %v", tt.claim, err)
			}
		}
		if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), tt.finds) {
			t.Errorf("%s: found %v, want %q", tt.claim, err, tt.finds)
		}
		for _, q := range []string{`DELETE FROM ` + tt.table, `INSERT INTO ` + tt.table + ` OVERRIDING SYSTEM VALUE SELECT * FROM copy`, `DROP TABLE copy`} {
			if _, err := admin.Exec(t.Context(), q); err != nil {
				t.Fatalf("%s: %v", tt.claim, err)
			}
		}
		if err := s.Check(t.Context()); err != nil {
			t.Fatalf("%s: mended it is not sound: %v", tt.claim, err)
		}
	}
}

func TestDeletedBoxesLeaveTheTableALittleLater(t *testing.T) {
	nodes, c := seeded(t, postgrestest.Get(t).URL(), 2)
	var boxes []wire.Box
	for i := range 3 * sweepBoxes {
		boxes = append(boxes, boxOf(1, i, 300))
	}
	if _, err := nodes[0].Append(t.Context(), c.ID, c.Access, boxes, 0); err != nil {
		t.Fatal(err)
	}
	if err := nodes[1].Delete(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		left, err := query(t.Context(), nodes[0], pgx.RowTo[int64],
			`SELECT (SELECT count(*) FROM boxes) + (SELECT count(*) FROM notes) + (SELECT count(*) FROM graves)`)
		if err != nil {
			t.Fatal(err)
		}
		if left[0] == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d rows are left", left[0])
		}
	}
}

func TestManyChannelsThatExpireTogetherAllDo(t *testing.T) {
	url := postgrestest.Get(t).URL()
	nodes, c := seeded(t, url, 1)
	admin := raw(t, url)
	const many = 2*expireAtOnce + 1
	for _, q := range []string{
		`INSERT INTO channels (id, founding, access, tenant, created, expires, noted, day)
			SELECT sha256(i::text::bytea), founding, access, tenant, 0, 100, 0, 0 FROM channels, generate_series(1, $1::int) i`,
		`UPDATE tenants SET channels = channels + $1::int`,
	} {
		if _, err := admin.Exec(t.Context(), q, many); err != nil {
			t.Fatal(err)
		}
	}
	gone, err := nodes[0].Expire(t.Context(), time.Unix(100, 0))
	if err != nil || len(gone) != many {
		t.Errorf("%d channels expired, %v", len(gone), err)
	}
	if n, err := nodes[0].Tenant(t.Context(), c.Tenant); err != nil || n.Channels != 1 {
		t.Errorf("%d channels are left, %v", n.Channels, err)
	}
	if err := nodes[0].Check(t.Context()); err != nil {
		t.Error(err)
	}
}
