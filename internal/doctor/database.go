package doctor

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/store"
)

// database is what Postgres says of a database and of the role that signed in.
type database struct {
	Version  int       // as server_version_num: 150004 is 15.4
	Clock    time.Time // the server's
	Writable bool      // not a standby, not set to read-only

	Connections int // that the server allows this role, to this database
	Free        int // of the server's

	Role         string
	CanMigrate   bool // may make tables, and owns those that exist
	ChangesAudit bool // owns the audit trail, or may change or remove what is in it

	// Lacks are the tables in which the role may not do what deploy/roles.sql lets
	// the server do: what is the same for all tables, and what every request needs.
	Lacks []string
}

// describe reads nothing but what every role may read.
func describe(ctx context.Context, pool *pgxpool.Pool) (database, error) {
	rows, _ := pool.Query(ctx, `
		WITH trail AS (SELECT oid, relowner FROM pg_class WHERE oid = to_regclass('audit')),
		     server AS (SELECT current_setting('max_connections')::int
		         - current_setting('superuser_reserved_connections')::int
		         - coalesce(current_setting('reserved_connections', true), '0')::int AS n), -- of Postgres 16
		     smallest AS (SELECT min(n) AS n FROM (SELECT n FROM server
		         UNION ALL SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user
		         UNION ALL SELECT datconnlimit FROM pg_database WHERE datname = current_database()) limits
		         WHERE n >= 0)
		SELECT current_setting('server_version_num')::int AS version, clock_timestamp() AS clock,
		    NOT pg_is_in_recovery() AND NOT current_setting('default_transaction_read_only')::bool AS writable,
		    (SELECT n FROM smallest) AS connections,
		    (SELECT n FROM server) - (SELECT sum(numbackends)::int FROM pg_stat_database) AS free,
		    current_user::text AS role,
		    has_schema_privilege('public', 'CREATE')
		        AND NOT EXISTS (SELECT FROM trail WHERE NOT pg_has_role(relowner, 'USAGE')) AS can_migrate,
		    EXISTS (SELECT FROM trail WHERE pg_has_role(relowner, 'USAGE')
		        OR has_table_privilege(oid, 'DELETE, TRUNCATE')
		        OR has_any_column_privilege(oid, 'UPDATE')) AS changes_audit,
		    ARRAY(SELECT relname::text FROM pg_class
		        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT (
		            has_any_column_privilege(oid, 'SELECT')
		            AND (relname IN ('goose_db_version', 'lists_version') OR has_any_column_privilege(oid, 'INSERT'))
		            AND (relname NOT IN ('people', 'sessions') OR has_table_privilege(oid, 'UPDATE')))
		        ORDER BY relname) AS lacks`)
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[database])
}

// pooler is what pools connections between this program and the server, such as
// PgBouncer.
type pooler struct {
	found        bool
	transactions bool // it lends a connection for a transaction only
}

// findPooler looks for one. The pool must allow two connections.
//
// A pooler makes up the process id with which a connection begins. One that lends
// for a transaction gives the process that another client had just now to the
// next; where other clients keep it busy that may go unnoticed.
func findPooler(ctx context.Context, pool *pgxpool.Pool) (pooler, error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return pooler{}, err
	}
	defer conn.Release()
	first, err := processID(ctx, conn)
	if err != nil || first == conn.Conn().PgConn().PID() {
		return pooler{}, err
	}
	tx, err := pool.Begin(ctx)
	if err != nil {
		return pooler{found: true}, err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	inTransaction, err := processID(ctx, tx)
	if err != nil {
		return pooler{found: true}, err
	}
	again, err := processID(ctx, conn)
	return pooler{found: true, transactions: inTransaction == first || again != first}, err
}

// processID is that of the server's process that answers.
func processID(ctx context.Context, conn interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}) (pid uint32, err error) {
	err = conn.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&pid)
	return pid, err
}

// person is who the handshake of --mint is made for.
type person struct {
	caramelo.Customer
	active, agrees bool
}

// findPerson returns pgx.ErrNoRows where nobody has that e-mail.
func findPerson(ctx context.Context, pool *pgxpool.Pool, email string) (p person, err error) {
	const sql = `
		SELECT id, name, email, lang, active, consented_at IS NOT NULL FROM people WHERE lower(email) = lower($1)`
	err = pool.QueryRow(ctx, sql, store.Email(email)).Scan(&p.ID, &p.Name, &p.Email, &p.Lang, &p.active, &p.agrees)
	return p, err
}
