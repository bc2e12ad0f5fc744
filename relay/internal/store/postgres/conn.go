package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"vialog/relay/internal/store"
)

const (
	// lockClass is the first half of the keys of our advisory locks: "Vlog".
	// The second is the schema's number, or 0 while one is made.
	lockClass int32 = 0x566c6f67

	// Schema is where the tables are, unless the URL names one with search_path.
	Schema = "vialog"

	connectWithin = 5 * time.Second
	// answerWithin is how long a statement may take. A server that has died
	// without a word is noticed then.
	answerWithin = 30 * time.Second
	oldest       = 13 // major version of the server that is still looked after
)

var (
	// ErrURL reports a text that does not say where the database is. It does
	// not hold the text, which may have a password in it.
	ErrURL = errors.New("the store's URL is not understood: give postgres://USER@HOST/DATABASE")
	// ErrClear reports a server elsewhere to which the way may not be encrypted.
	ErrClear = errors.New("the database is on another machine and its URL does not say whether TLS is asked for: add sslmode=verify-full, or sslmode=disable where the network between is yours alone")
	// ErrNotDurable reports a server or role that answers before data is on disk.
	ErrNotDurable = errors.New("the database may lose what it has acknowledged")
	// ErrStandby reports a server that cannot be written to.
	ErrStandby = errors.New("the database is read-only: give the address of the primary")
	// ErrOld reports a server of a version that is too old.
	ErrOld = errors.New("the server is too old")
)

// An address says where the tables are.
type address struct {
	config *pgxpool.Config
	schema string
}

func parse(name string) (*address, error) {
	if !strings.HasPrefix(name, "postgres://") && !strings.HasPrefix(name, "postgresql://") {
		return nil, ErrURL // pgx would take other forms too
	}
	c, err := pgxpool.ParseConfig(name)
	if err != nil {
		return nil, ErrURL // what pgx says may quote the URL
	}
	a := &address{config: c, schema: Schema}
	p := c.ConnConfig.RuntimeParams
	if named := p["search_path"]; named != "" {
		a.schema = named
	}
	// Temporary tables last: nobody can put one before ours.
	p["search_path"] = pgx.Identifier{a.schema}.Sanitize() + ", pg_temp"
	p["application_name"] = reading
	p["lock_timeout"] = "10s"
	p["statement_timeout"] = fmt.Sprint(answerWithin.Milliseconds())
	// The writer's lock is every node's: one that stops in the middle loses it.
	p["idle_in_transaction_session_timeout"] = "10s"
	// Each statement is to go by its index from the first row on, not only
	// once the server has looked at the tables.
	p["enable_seqscan"] = "off"
	p["jit"] = "off" // compiling would take longer than any of them
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = connectWithin
	}
	if c.ConnConfig.ValidateConnect == nil && len(a.hosts()) > 1 { // the one that can be written to
		c.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	c.ConnConfig.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3,
	}}).DialContext
	if a.clear() {
		return nil, ErrClear
	}
	return a, nil
}

// clear reports whether a connection to another machine might do without TLS
// although nobody said so. pgx gives each attempt a fallback.
func (a *address) clear() bool {
	c := &a.config.ConnConfig.Config
	with, without, away := 0, 0, false
	look := func(host string, tls bool) {
		if tls {
			with++
		} else {
			without++
		}
		ip := net.ParseIP(host)
		away = away || !strings.HasPrefix(host, "/") && host != "localhost" && (ip == nil || !ip.IsLoopback())
	}
	look(c.Host, c.TLSConfig != nil)
	for _, f := range c.Fallbacks {
		look(f.Host, f.TLSConfig != nil)
	}
	return away && with > 0 && without > 0
}

// Where says which database a URL means, without who asks and how.
func Where(name string) string {
	a, err := parse(name)
	if err != nil {
		return "PostgreSQL"
	}
	return fmt.Sprintf("PostgreSQL, database %s on %s", a.config.ConnConfig.Database, strings.Join(a.hosts(), ", "))
}

// hosts are the servers that are tried one after the other.
func (a *address) hosts() []string {
	c := &a.config.ConnConfig.Config
	all := []string{c.Host}
	for _, f := range c.Fallbacks {
		if !slices.Contains(all, f.Host) {
			all = append(all, f.Host)
		}
	}
	return all
}

// What our connections are called in pg_stat_activity.
const (
	reading   = "vialog relay"
	writing   = "vialog relay, writing"
	listening = "vialog relay, listening"
)

// dial opens a connection to a server that keeps what it acknowledges.
func (a *address) dial(ctx context.Context, called string) (*pgx.Conn, error) {
	config := a.config.ConnConfig.Copy()
	config.RuntimeParams["application_name"] = called
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, classify(err)
	}
	if err := examine(ctx, c); err != nil {
		c.Close(ctx)
		return nil, classify(err)
	}
	return c, nil
}

// examine refuses a server that does not do what the store promises.
func examine(ctx context.Context, c *pgx.Conn) error {
	var version int
	var standby bool
	var fsync, commit, readOnly string
	err := c.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('fsync'),
		current_setting('synchronous_commit'), current_setting('default_transaction_read_only')`).Scan(&version, &standby, &fsync, &commit, &readOnly)
	switch {
	case err != nil:
		return err
	case version < oldest*10000:
		return fmt.Errorf("%w: version %d, and %d or newer is needed", ErrOld, version/10000, oldest)
	case standby, readOnly != "off":
		return ErrStandby
	case fsync != "on":
		return fmt.Errorf("%w: set fsync = on for the server", ErrNotDurable)
	case commit == "off":
		return fmt.Errorf("%w: set synchronous_commit = on for the server, the database and the role", ErrNotDurable)
	}
	return nil
}

// A fault is an error of the server or of the way to it. It says what the
// server said, without how we connect.
type fault struct {
	text string
	code string // SQLSTATE
	err  error  // of context or store, if any
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.err }

// classify turns what the server did into an error a caller can decide by.
// Nothing of pgx is passed on: its errors carry the configuration.
func classify(err error) error {
	var ours *fault
	var server *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case err == nil, errors.As(err, &ours):
		return err
	case errors.As(err, &server):
		f := &fault{text: "database: " + server.Message + " (SQLSTATE " + server.Code + ")", code: server.Code}
		switch server.Code {
		case "53100": // disk_full
			f.err = store.ErrDiskFull
		case "25006": // read_only_sql_transaction
			f.err = ErrStandby
		}
		return f
	case errors.As(err, &connect):
		return &fault{text: "database: no connection: " + last(connect).Error(), err: contextual(err)}
	}
	for _, known := range []error{store.ErrClosed, store.ErrDiskFull, ErrNotDurable, ErrStandby, ErrOld, ErrNewer, ErrForeign, ErrNone, ErrURL, ErrClear, ErrAnother, errRow} {
		if errors.Is(err, known) {
			return err
		}
	}
	return &fault{text: "database: " + err.Error(), err: contextual(err)}
}

func contextual(err error) error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return known
		}
	}
	return nil
}

// last returns what is at the bottom of err: the network's word, without the
// address and the role that pgx puts around it.
func last(err error) error {
	for {
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			if next := x.Unwrap(); next != nil {
				err = next
				continue
			}
		case interface{ Unwrap() []error }:
			if all := x.Unwrap(); len(all) > 0 {
				err = all[len(all)-1]
				continue
			}
		}
		return err
	}
}
