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

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/store"
)

const minPostgres = 15

// postgres is what signing in to the database has brought.
type postgres struct {
	pool *pgxpool.Pool // nil without a DATABASE_URL that can be used
	database
	session *tls.ConnectionState // nil without TLS
	skew    time.Duration        // how far the server's clock is ahead of this machine's
}

// checkPostgres signs in once, and looks around. closePostgres must follow.
func (e *examination) checkPostgres(ctx context.Context) {
	e.check(ctx, "postgres.reachable", []string{"settings.database_url"}, e.postgresReachable)
	for _, c := range []struct {
		id string
		f  func(context.Context) checks.Check
	}{
		{"postgres.tls", e.postgresTLS},
		{"postgres.version", e.postgresVersion},
		{"postgres.rights", e.postgresRights},
		{"postgres.audit_trail", e.postgresAuditTrail},
		{"postgres.migrations", e.postgresMigrations},
		{"postgres.clock", e.postgresClock},
		{"postgres.connections", e.postgresConnections},
		{"postgres.pooler", e.postgresPooler},
	} {
		e.check(ctx, c.id, []string{"postgres.reachable"}, c.f)
	}
	e.check(ctx, "postgres.second_factors", []string{"postgres.reachable", "settings.secret_key"}, e.postgresFactors)
}

func (e *examination) closePostgres() {
	if e.postgres.pool != nil {
		e.postgres.pool.Close()
	}
}

func (e *examination) postgresReachable(ctx context.Context) checks.Check {
	config := e.parsed.Database.Copy()
	config.MaxConns, config.MinConns, config.MinIdleConns = 2, 0, 0
	// Statements are not kept: behind a pooler they may be gone.
	config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	var err error
	if e.postgres.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), config); err != nil {
		return checks.Fail("the address cannot be used").MendBy("set DATABASE_URL right")
	}
	if err := e.postgres.signIn(ctx); err != nil {
		return e.postgresTrouble(whereabouts(config.ConnConfig), err)
	}
	return checks.OK("%s, as %s", whereabouts(config.ConnConfig), e.postgres.Role)
}

func (p *postgres) signIn(ctx context.Context) error {
	conn, err := p.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	if secured, ok := conn.Conn().PgConn().Conn().(*tls.Conn); ok {
		state := secured.ConnectionState()
		p.session = &state
	}
	conn.Release()
	before := time.Now()
	p.database, err = describe(ctx, p.pool)
	p.skew = p.Clock.Sub(before.Add(time.Since(before) / 2))
	return err
}

func (e *examination) postgresTLS(context.Context) checks.Check {
	session, verified := e.postgres.session, e.parsed.DatabaseVerified()
	switch {
	case session == nil && verified:
		return checks.OK("no TLS, and none is needed: the server is on this machine")
	case session == nil:
		return checks.Warn("no TLS: whoever is on the way to %s reads along", e.parsed.Database.ConnConfig.Host).
			MendBy("use sslmode=verify-full in DATABASE_URL")
	case !verified:
		return checks.Warn("%s, and nobody checks whose certificate it is", tls.VersionName(session.Version)).
			MendBy("use sslmode=verify-full in DATABASE_URL, and sslrootcert where the authority is your own")
	}
	return certificate(session)
}

func (e *examination) postgresVersion(context.Context) checks.Check {
	major, minor := e.postgres.Version/10000, e.postgres.Version%10000
	if major < minPostgres {
		return checks.Fail("Postgres %d", major).MendBy(fmt.Sprintf("use Postgres %d or later", minPostgres))
	}
	return checks.OK("Postgres %d.%d", major, minor)
}

func (e *examination) postgresRights(context.Context) checks.Check {
	role := e.postgres.Role
	switch {
	case !e.postgres.Writable:
		return checks.Fail("the database is read-only: a standby, or set so").
			MendBy("use the primary: with several hosts in DATABASE_URL add target_session_attrs=read-write")
	case len(e.postgres.Lacks) > 0:
		return checks.Fail("%s may not read or write: %s", role, strings.Join(e.postgres.Lacks, ", ")).
			MendBy("as the owner of the tables, after every upgrade: psql -v app=" + role + " -f deploy/roles.sql")
	case e.postgres.CanMigrate:
		return checks.OK("%s reads and writes, and may migrate", role)
	}
	return checks.OK("%s reads and writes; it may not migrate", role)
}

// postgresFactors says whether the second factors can be opened with the SECRET_KEY.
func (e *examination) postgresFactors(ctx context.Context) checks.Check {
	lost, err := e.parsed.LostFactors(ctx, store.New(e.postgres.pool))
	switch {
	case err != nil:
		return checks.Skip("they cannot be read: see postgres.migrations and postgres.rights")
	case lost != nil:
		return checks.Warn("%s", lost.Seen).MendBy(lost.Mend)
	}
	return checks.OK("all can be opened with the SECRET_KEY")
}

func (e *examination) postgresAuditTrail(context.Context) checks.Check {
	if e.postgres.ChangesAudit {
		return checks.Warn("%s may change the audit trail: so may who takes the server over", e.postgres.Role).
			MendBy("serve as the role that deploy/roles.sql makes")
	}
	return checks.OK("%s cannot change what is in it", e.postgres.Role)
}

func (e *examination) postgresMigrations(ctx context.Context) checks.Check {
	role := e.postgres.Role
	if slices.Contains(e.postgres.Lacks, "goose_db_version") {
		return checks.Fail("%s lacks the right SELECT on goose_db_version, which counts the migrations", role).
			MendBy("as the owner of the tables: GRANT SELECT ON goose_db_version TO " +
				pgx.Identifier{role}.Sanitize() + "; deploy/roles.sql gives all rights")
	}
	has, knows, err := store.New(e.postgres.pool).Schema(ctx)
	switch {
	case errors.Is(err, store.ErrOldSchema):
		return checks.Fail("the tables are from before the first release, and nothing converts them").
			MendBy("start with an empty database")
	case errors.Is(err, store.ErrOtherSchema):
		return checks.Fail("%v", err).
			MendBy("use the program that migrated it; a file that was applied is never edited")
	case err != nil:
		return e.postgresTrouble("the migrations", err)
	case has > knows:
		return checks.Fail("the database has %d, this program knows %d only", has, knows).
			MendBy("use the program that migrated it, or a later one")
	case has < knows && e.postgres.CanMigrate:
		return checks.Warn("pending: the database has %d of %d", has, knows).
			MendBy("intranet serve applies them when it starts, but with --migrate=false: then run intranet migrate")
	case has < knows:
		return checks.Fail("pending: the database has %d of %d, and %s may not migrate", has, knows, role).
			MendBy("run intranet migrate as the owner of the tables, and then deploy/roles.sql")
	}
	return checks.OK("all %d are applied", has)
}

func (e *examination) postgresClock(context.Context) checks.Check {
	if e.postgres.skew.Abs() > 2*time.Second {
		return checks.Warn("the server's clock is %v off this machine's", e.postgres.skew.Round(time.Second/10)).
			MendBy("keep both clocks right (NTP): sessions, codes and the audit trail go by them")
	}
	return checks.OK("less than 2 s off this machine's")
}

func (e *examination) postgresConnections(context.Context) checks.Check {
	const mend = "lower pool_max_conns in DATABASE_URL, or raise the limit of the server, the role or the database"
	// One looks after the database, apart from those of the pages.
	size, most, free := int(e.parsed.Database.MaxConns)+1, e.postgres.Connections, e.postgres.Free
	switch {
	case size > most:
		return checks.Fail("%d for each replica, and the server gives this role %d", size, most).MendBy(mend)
	case size > free:
		return checks.Warn("%d for each replica, and the server has %d free now", size, free).MendBy(mend)
	}
	return checks.OK("%d for each replica; the server gives this role %d, and has %d free now", size, most, free)
}

func (e *examination) postgresPooler(ctx context.Context) checks.Check {
	pooler, err := findPooler(ctx, e.postgres.pool)
	mode := e.parsed.Database.ConnConfig.DefaultQueryExecMode
	prepares := e.parsed.Statements && mode == pgx.QueryExecModeCacheStatement // else serve adapts itself
	switch {
	case err != nil:
		return e.postgresTrouble("no second connection", err)
	case !pooler.found:
		return checks.OK("none: the server itself answers")
	case pooler.transactions && prepares:
		return checks.Warn("a pooler such as PgBouncer lends connections for a transaction: " +
			"prepared statements may be gone").
			MendBy("take default_query_exec_mode=cache_statement out of DATABASE_URL")
	case pooler.transactions:
		return checks.OK("one that lends connections for a transaction, and no statement is kept")
	}
	return checks.OK("one that seems to lend connections for a session")
}

// whereabouts is where DATABASE_URL leads: never the password.
func whereabouts(c *pgx.ConnConfig) string {
	host := c.Host
	if !strings.HasPrefix(host, "/") {
		host = net.JoinHostPort(host, fmt.Sprint(c.Port))
	}
	return fmt.Sprintf("database %s at %s", c.Database, host)
}

// postgresTrouble says in plain words what the server answered, or why it did not.
func (e *examination) postgresTrouble(where string, err error) checks.Check {
	t := explain(err)
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		t = e.refusal(pg.Code)
	}
	return checks.Fail("%s: %s", where, t.seen).MendBy(t.mend)
}

// refusal explains a code of Postgres' appendix "Error Codes".
func (e *examination) refusal(code string) trouble {
	user := e.parsed.Database.ConnConfig.User
	switch code {
	case "28P01":
		return trouble{
			seen: "the server answers, and refuses the password of " + user,
			mend: "set user and password right in DATABASE_URL; in an address, escape characters such as @ and /",
		}
	case "28000":
		return trouble{
			seen: "the server answers, and does not let in " + user,
			mend: "make the role; let pg_hba.conf allow it from this machine, with or without TLS (sslmode)",
		}
	case "3D000":
		return trouble{
			seen: "the server answers, and has no such database",
			mend: "make it with CREATE DATABASE, or set its right name in DATABASE_URL",
		}
	case "53300":
		return trouble{
			seen: "the server answers, and has no connection left",
			mend: "lower pool_max_conns of the other replicas, or raise max_connections",
		}
	case "57P03":
		return trouble{
			seen: "the server is starting or stopping",
			mend: "try again in a moment",
		}
	case "42501":
		return trouble{
			seen: user + " lacks a right: postgres.rights names the tables",
			mend: "run deploy/roles.sql as the owner of the tables",
		}
	}
	return trouble{
		seen: "the server answers with the error " + code,
		mend: "look it up in Postgres' list of error codes, and in the server's log",
	}
}
