package doctor

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
)

// database is what can go wrong with a database before anything is stored in it.
type database struct {
	Version  int       // as server_version_num: 150004 is 15.4
	Clock    time.Time // the server's
	Writable bool      // not a standby, not set to read-only

	Connections int // that the server allows this role, to this database
	Free        int // of the server's

	Role         string
	CanMigrate   bool // may make tables, and owns those that are there
	ChangesAudit bool // owns the audit trail, or may change or remove what is in it
	Lacks        []string
}

// describe says what the database is like and what this role may do in it. It reads
// nothing but what everybody may read.
//
// Lacks are the tables in which the role may not do what deploy/roles.sql gives
// to the server, as far as that is the same for all tables, and what every
// request needs.
func describe(ctx context.Context, pool *pgxpool.Pool) (database, error) {
	rows, _ := pool.Query(ctx, `
		WITH trail AS (SELECT oid, relowner FROM pg_class WHERE oid = to_regclass('audit')),
		     server AS (SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
		         - coalesce(current_setting('reserved_connections', true), '0')::int AS n), -- of Postgres 16
		     smallest AS (SELECT min(n) AS n FROM (SELECT n FROM server
		         UNION ALL SELECT rolconnlimit FROM pg_roles WHERE rolname = current_user
		         UNION ALL SELECT datconnlimit FROM pg_database WHERE datname = current_database()) limits WHERE n >= 0)
		SELECT current_setting('server_version_num')::int AS version, clock_timestamp() AS clock,
		    NOT pg_is_in_recovery() AND NOT current_setting('default_transaction_read_only')::bool AS writable,
		    (SELECT n FROM smallest) AS connections,
		    (SELECT n FROM server) - (SELECT sum(numbackends)::int FROM pg_stat_database) AS free,
		    current_user::text AS role,
		    has_schema_privilege('public', 'CREATE') AND NOT EXISTS (SELECT FROM trail WHERE NOT pg_has_role(relowner, 'USAGE')) AS can_migrate,
		    EXISTS (SELECT FROM trail WHERE pg_has_role(relowner, 'USAGE') OR has_table_privilege(oid, 'DELETE, TRUNCATE')
		        OR has_any_column_privilege(oid, 'UPDATE')) AS changes_audit,
		    ARRAY(SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT (
		        has_any_column_privilege(oid, 'SELECT')
		        AND (relname = 'goose_db_version' OR has_any_column_privilege(oid, 'INSERT'))
		        AND (relname NOT IN ('people', 'sessions') OR has_table_privilege(oid, 'UPDATE'))) ORDER BY relname) AS lacks`)
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[database])
}

// findPooler reports whether something between this program and the server, such as
// PgBouncer, pools connections, and whether it lends them for a transaction only.
// The pool must allow two connections.
//
// A pooler makes up the process id with which a connection begins. One that lends
// for a transaction gives away the process that another client had just now; where
// other clients keep it busy that may go unnoticed.
func findPooler(ctx context.Context, pool *pgxpool.Pool) (between, transactions bool, err error) {
	one, err := pool.Acquire(ctx)
	if err != nil {
		return false, false, err
	}
	defer one.Release()
	process := func(conn interface {
		QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	}) (pid uint32) {
		if err == nil {
			err = conn.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&pid)
		}
		return pid
	}
	first := process(one)
	if err != nil || first == one.Conn().PgConn().PID() {
		return false, false, err
	}
	tx, err := pool.Begin(ctx)
	if err != nil {
		return true, false, err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	others, again := process(tx), process(one)
	return true, others == first || again != first, err
}

// findPerson returns whoever has that e-mail, as Caramelo gets to know them, and
// whether they may sign in; pgx.ErrNoRows for nobody.
func findPerson(ctx context.Context, pool *pgxpool.Pool, email string) (p caramelo.Customer, active bool, err error) {
	email = strings.ToValidUTF8(email, "\uFFFD") // Postgres refuses anything else; nobody has that e-mail
	err = pool.QueryRow(ctx, `SELECT id, name, email, lang, active FROM people WHERE lower(email) = lower($1)`, email).
		Scan(&p.ID, &p.Name, &p.Email, &p.Lang, &active)
	return p, active, err
}
