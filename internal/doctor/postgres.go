package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
)

const minPostgres = 15

// checkPostgres signs in once, and looks around. The pool it returns is nil without
// a database to sign in to.
func (d *doctor) checkPostgres(ctx context.Context) (pool *pgxpool.Pool, closePool func()) {
	const reachable = "postgres.reachable"
	var (
		session *tls.ConnectionState
		skew    time.Duration
		closing = func() {}
	)
	d.check(ctx, reachable, []string{"settings.database_url"}, func(ctx context.Context) (c Check) {
		config := d.parsed.Database.Copy()
		// Statements are not kept: behind a pooler they may be gone.
		config.MaxConns, config.MinConns, config.MinIdleConns, config.ConnConfig.DefaultQueryExecMode = 2, 0, 0, pgx.QueryExecModeExec
		var err error
		if pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), config); err != nil {
			return fail("set DATABASE_URL right", "the address cannot be used")
		}
		closing = pool.Close
		conn, err := pool.Acquire(ctx)
		if err == nil {
			if secured, ok := conn.Conn().PgConn().Conn().(*tls.Conn); ok {
				state := secured.ConnectionState()
				session = &state
			}
			conn.Release()
			before := time.Now()
			d.database, err = describe(ctx, pool)
			skew = d.database.Clock.Sub(before.Add(time.Since(before) / 2))
		}
		if err != nil {
			return d.postgresTrouble(whereabouts(config.ConnConfig), err)
		}
		return fine("%s, as %s", whereabouts(config.ConnConfig), d.database.Role)
	})
	after := func(id string, f func(ctx context.Context) Check) {
		d.check(ctx, "postgres."+id, []string{reachable}, f)
	}
	after("tls", func(context.Context) Check {
		switch c := d.parsed.Database.ConnConfig; {
		case session == nil && d.parsed.DatabaseVerified():
			return fine("no TLS, and none is needed: the server is on this machine")
		case session == nil:
			return warn("use sslmode=verify-full in DATABASE_URL", "no TLS: whoever is on the way to %s reads along", c.Host)
		case !d.parsed.DatabaseVerified():
			return warn("use sslmode=verify-full in DATABASE_URL, and sslrootcert where the authority is your own", "%s, and nobody checks whose certificate it is", tls.VersionName(session.Version))
		}
		return certificate(session)
	})
	after("version", func(context.Context) Check {
		if major := d.database.Version / 10000; major < minPostgres {
			return fail(fmt.Sprintf("use Postgres %d or later", minPostgres), "Postgres %d", major)
		}
		return fine("Postgres %d.%d", d.database.Version/10000, d.database.Version%10000)
	})
	after("rights", func(context.Context) Check {
		switch {
		case !d.database.Writable:
			return fail("use the primary: with several hosts in DATABASE_URL add target_session_attrs=read-write", "the database is read-only: a standby, or set so")
		case len(d.database.Lacks) > 0:
			return fail("as the owner of the tables, after every upgrade: psql -v app="+d.database.Role+" -f deploy/roles.sql", "%s may not read or write: %s", d.database.Role, strings.Join(d.database.Lacks, ", "))
		}
		return fine("%s reads and writes%s", d.database.Role, map[bool]string{true: ", and may migrate", false: "; it may not migrate"}[d.database.CanMigrate])
	})
	after("audit_trail", func(context.Context) Check {
		if d.database.ChangesAudit {
			return warn("serve as the role that deploy/roles.sql makes", "%s may change the audit trail: so may who takes the server over", d.database.Role)
		}
		return fine("%s cannot change what is in it", d.database.Role)
	})
	after("migrations", func(ctx context.Context) Check {
		role := d.database.Role
		if slices.Contains(d.database.Lacks, "goose_db_version") {
			return fail("as the owner of the tables: GRANT SELECT ON goose_db_version TO "+pgx.Identifier{role}.Sanitize()+"; deploy/roles.sql gives all rights",
				"%s lacks the right SELECT on goose_db_version, which counts the migrations", role)
		}
		switch has, knows, err := store.New(pool).Schema(ctx); {
		case err != nil:
			return d.postgresTrouble("the migrations", err)
		case has > knows:
			return fail("use the program that migrated it, or a later one", "the database has %d, this program knows %d only", has, knows)
		case has < knows && d.database.CanMigrate:
			return warn("intranet serve applies them when it starts, but with --migrate=false: then run intranet migrate", "pending: the database has %d of %d", has, knows)
		case has < knows:
			return fail("run intranet migrate as the owner of the tables, and then deploy/roles.sql", "pending: the database has %d of %d, and %s may not migrate", has, knows, role)
		default:
			return fine("all %d are applied", has)
		}
	})
	after("clock", func(context.Context) Check {
		if skew.Abs() > 2*time.Second {
			return warn("keep both clocks right (NTP): sessions, codes and the audit trail go by them", "the server's clock is %v off this machine's", skew.Round(time.Second/10))
		}
		return fine("less than 2 s off this machine's")
	})
	after("connections", func(context.Context) Check {
		size, most, free := int(d.parsed.Database.MaxConns), d.database.Connections, d.database.Free
		const mend = "lower pool_max_conns in DATABASE_URL, or raise the limit of the server, the role or the database"
		switch {
		case size > most:
			return fail(mend, "%d for each replica, and the server gives this role %d", size, most)
		case size > free:
			return warn(mend, "%d for each replica, and the server has %d free now", size, free)
		}
		return fine("%d for each replica; the server gives this role %d, and has %d free now", size, most, free)
	})
	after("pooler", func(ctx context.Context) Check {
		between, transactions, err := findPooler(ctx, pool)
		mode := d.parsed.Database.ConnConfig.DefaultQueryExecMode
		switch {
		case err != nil:
			return d.postgresTrouble("no second connection", err)
		case !between:
			return fine("none: the server itself answers")
		case transactions && mode == pgx.QueryExecModeCacheStatement:
			return warn("add default_query_exec_mode=cache_describe to DATABASE_URL", "a pooler such as PgBouncer lends connections for a transaction: prepared statements may be gone")
		case transactions:
			return fine("one that lends connections for a transaction, and no statement is kept")
		}
		return fine("one that seems to lend connections for a session")
	})
	return pool, closing
}

// whereabouts is where DATABASE_URL leads: never the password.
func whereabouts(c *pgx.ConnConfig) string {
	host := c.Host
	if !strings.HasPrefix(host, "/") {
		host = net.JoinHostPort(host, fmt.Sprint(c.Port))
	}
	return fmt.Sprintf("database %s at %s", c.Database, host)
}

// postgresTrouble puts in plain words what a server said, or why it said nothing.
func (d *doctor) postgresTrouble(where string, err error) Check {
	failed := func(seen, mend string) Check { return fail(mend, "%s: %s", where, seen) }
	pg, answered := errors.AsType[*pgconn.PgError](err)
	if !answered {
		return failed(trouble(err))
	}
	user := d.parsed.Database.ConnConfig.User
	switch pg.Code {
	case "28P01":
		return failed("the server answers, and refuses the password of "+user, "set user and password right in DATABASE_URL; in an address, escape characters such as @ and /")
	case "28000":
		return failed("the server answers, and does not let in "+user, "make the role; let pg_hba.conf allow it from this machine, with or without TLS (sslmode)")
	case "3D000":
		return failed("the server answers, and has no such database", "make it with CREATE DATABASE, or set its right name in DATABASE_URL")
	case "53300":
		return failed("the server answers, and has no connection left", "lower pool_max_conns of the other replicas, or raise max_connections")
	case "57P03":
		return failed("the server is starting or stopping", "try again in a moment")
	case "42501":
		return failed(user+" lacks a right: postgres.rights names the tables", "run deploy/roles.sql as the owner of the tables")
	}
	return failed("the server answers with the error "+pg.Code, "look it up in Postgres' list of error codes, and in the server's log")
}
