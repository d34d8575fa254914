package webtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Exec runs a statement as the owner of the tables.
func (i *Intranet) Exec(sql string, args ...any) {
	i.T.Helper()
	if _, err := i.Pool.Exec(i.T.Context(), sql, args...); err != nil {
		i.T.Fatal(err)
	}
}

// First is the text that a query finds.
func (i *Intranet) First(sql string, args ...any) (found string) {
	i.T.Helper()
	if err := i.Pool.QueryRow(i.T.Context(), sql, args...).Scan(&found); err != nil {
		i.T.Fatalf("%s: %v", sql, err)
	}
	return found
}

// Once is First, but the database is asked only the first time.
func (i *Intranet) Once(sql string) string {
	i.T.Helper()
	if found, ok := i.firsts.Load(sql); ok {
		return found.(string)
	}
	found := i.First(sql)
	i.firsts.Store(sql, found)
	return found
}

// Count is how many rows there are: "events WHERE version > 1".
func (i *Intranet) Count(from string, args ...any) int {
	i.T.Helper()
	n, err := strconv.Atoi(i.First(`SELECT count(*)::text FROM `+from, args...))
	if err != nil {
		i.T.Fatal(err)
	}
	return n
}

// Recorded are the actions in the audit trail, in order, each with its detail.
func (i *Intranet) Recorded() []string {
	i.T.Helper()
	rows, _ := i.Pool.Query(i.T.Context(), `SELECT concat_ws(' ', action, nullif(detail, '')) FROM audit ORDER BY id`)
	events, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		i.T.Fatal(err)
	}
	return events
}

// Dump is everything in the database except for the sessions and unlogged tables, which
// change with every visit, and the version of lists, which also moves on where a change
// changes no row.
func (i *Intranet) Dump() string {
	i.T.Helper()
	var all strings.Builder
	for _, table := range i.tables("lists_version") {
		rows := i.First(`SELECT coalesce(string_agg(t::text, E'\n' ORDER BY t::text), '') FROM ` + table + ` t`)
		all.WriteString(table + "\n" + rows + "\n")
	}
	return all.String()
}

// tables are those of the database but for what changes with every visit.
func (i *Intranet) tables(without ...string) []string {
	i.T.Helper()
	rows, _ := i.Pool.Query(i.T.Context(), `SELECT relname::text FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relpersistence = 'p'
			AND relname <> ALL ($1) ORDER BY 1`,
		append(without, "sessions", "sent_forms", "goose_db_version"))
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 5 {
		i.T.Fatal(tables, err)
	}
	return tables
}

// Database watches what the application asks its database, and can take it away.
type Database struct {
	Away       atomic.Bool
	RoundTrips atomic.Int64 // a batch is one
	Writes     atomic.Int64
	// CutCommit cuts the connection of the next commit off.
	CutCommit atomic.Int32
	unheard   atomic.Int64 // commits whose answer was lost: nobody is told of their entries

	mu    sync.Mutex
	asked []Statement // by batches
}

// Statement is one of a batch, as the application sent it.
type Statement struct {
	SQL  string
	Args []any
}

// Asked returns what batches have asked for since it was called last.
func (d *Database) Asked() []Statement {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() { d.asked = nil }()
	return d.asked
}

// Where the connection of a commit is cut off.
const (
	CutBefore int32 = iota + 1 // it never reaches the server
	CutAfter                   // the server has done it, and its answer is lost
)

// cut is a connection to the server that a commit can cut off.
type cut struct {
	net.Conn
	database *Database
	lost     atomic.Bool // the next answer of the server, and with it the connection
}

func (c *cut) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("commit\x00")) {
		switch c.database.CutCommit.Swap(0) {
		case CutBefore:
			_ = c.Close()
			return len(b), nil
		case CutAfter:
			c.lost.Store(true)
			c.database.unheard.Add(1)
		}
	}
	return c.Conn.Write(b)
}

func (c *cut) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == nil && c.lost.Load() {
		_ = c.Close()
		return 0, io.EOF
	}
	return n, err
}

func (d *Database) watch(config *pgxpool.Config) {
	config.ConnConfig.Tracer = d
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if d.Away.Load() {
			return nil, &net.OpError{Op: "dial", Net: network, Err: io.EOF}
		}
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &cut{Conn: conn, database: d}, nil
	}
}

// unwatchedKey is in the context of what happens beside requests.
type unwatchedKey struct{}

func watched(ctx context.Context) bool { return ctx.Value(unwatchedKey{}) == nil }

// TakeAway ends every connection of the application and lets no new one through.
func (i *Intranet) TakeAway() {
	i.T.Helper()
	i.Database.Away.Store(true)
	i.Exec(`
		SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}

// ReadOnly makes the database take changes no more, or again, on new connections. Those of the
// application are new.
func (i *Intranet) ReadOnly(on bool) {
	i.T.Helper()
	ctx := i.T.Context()
	err := pgx.BeginTxFunc(ctx, i.Pool, pgx.TxOptions{AccessMode: pgx.ReadWrite}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, fmt.Sprintf(`DO $$ BEGIN EXECUTE
			format('ALTER DATABASE %%I SET default_transaction_read_only = %t', current_database()); END $$`, on))
		return err
	})
	if err != nil {
		i.T.Fatal(err)
	}
	i.Store.Pool.Reset()
}

func (d *Database) note(sql string) {
	for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
		if strings.Contains(sql, verb) {
			d.Writes.Add(1)
			return
		}
	}
}

// TraceQueryStart counts a statement. With the methods below it makes a pgx.QueryTracer
// and a pgx.BatchTracer.
func (d *Database) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if watched(ctx) {
		d.RoundTrips.Add(1)
		d.note(data.SQL)
	}
	return ctx
}

// TraceQueryEnd does nothing.
func (d *Database) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart counts a batch.
func (d *Database) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	if watched(ctx) {
		d.RoundTrips.Add(1)
	}
	return ctx
}

// TraceBatchQuery notes a statement of a batch, and whether it writes.
func (d *Database) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if !watched(ctx) {
		return
	}
	d.note(data.SQL)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, Statement{data.SQL, data.Args})
}

// TraceBatchEnd does nothing.
func (d *Database) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
