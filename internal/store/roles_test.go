package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// rolesSQL is deploy/roles.sql for a role of that name, as psql would send it.
func rolesSQL(t *testing.T, role string) string {
	t.Helper()
	file, err := os.ReadFile("../../deploy/roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	sql := regexp.MustCompile(`(?m)^\\.*$`).ReplaceAllString(string(file), "") // psql's own commands
	return strings.ReplaceAll(sql, `:"app"`, pgx.Identifier{role}.Sanitize())
}

// applicationsRole signs in to pool's database with a role of its own, which has the
// rights of deploy/roles.sql: testdb.App keeps those of who has signed in. It goes when
// the test ends.
func applicationsRole(t *testing.T, pool *pgxpool.Pool) *pgxpool.Pool {
	t.Helper()
	role, password := "intranet_app_"+strings.ToLower(rand.Text()), rand.Text()
	name := pgx.Identifier{role}.Sanitize()
	exec := func(ctx context.Context, sql string) {
		t.Helper()
		if _, err := pool.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(t.Context(), `CREATE ROLE `+name+` LOGIN PASSWORD '`+password+`'`)
	t.Cleanup(func() {
		exec(context.Background(), `DROP OWNED BY `+name) // the test's context is over
		exec(context.Background(), `DROP ROLE `+name)
	})
	exec(t.Context(), rolesSQL(t, role))
	// A second time, as after an upgrade: what it had before is taken back.
	exec(t.Context(), `GRANT ALL ON ALL TABLES IN SCHEMA public TO `+name)
	exec(t.Context(), `GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO `+name)
	exec(t.Context(), `GRANT ALL ON SCHEMA public TO `+name)
	exec(t.Context(), rolesSQL(t, role))
	config := pool.Config()
	config.ConnConfig.User, config.ConnConfig.Password = role, password
	app, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	return app
}

// refuses fails the test unless Postgres itself says no.
func refuses(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	_, err := pool.Exec(t.Context(), sql)
	if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42501" {
		t.Errorf("%s: %v", sql, err)
	}
}

func TestTheApplicationsRoleCannotTouchTheAuditTrail(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	seededIn(t, pool)
	app := applicationsRole(t, pool)
	s, ctx := store.New(app), t.Context()
	if err := s.Record(ctx, by(ctx), store.Entry{Action: store.SignInFailed}); err != nil {
		t.Fatal(err)
	}
	if has, knows, err := s.Schema(ctx); has != knows || err != nil { // for /readyz
		t.Errorf("migrations: %d of %d, %v", has, knows, err)
	}

	var before, after string
	trail := `SELECT string_agg(a::text, E'\n' ORDER BY id) FROM audit a`
	if err := pool.QueryRow(t.Context(), trail).Scan(&before); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`UPDATE audit SET detail = ''`,
		`UPDATE audit SET detail = detail WHERE false`,
		`DELETE FROM audit`,
		`DELETE FROM audit WHERE at < now() - interval '1 year'`,
		`TRUNCATE audit`,
		`INSERT INTO audit (at, action) VALUES (now() - interval '1 year', 'session.created')`,
		`INSERT INTO audit (id, action) OVERRIDING SYSTEM VALUE VALUES (1000, 'session.created')`,
		`INSERT INTO audit (action) VALUES ('session.created') ON CONFLICT (id) DO UPDATE SET detail = ''`,
		`SELECT FROM audit FOR UPDATE`,
		`ALTER TABLE audit DISABLE TRIGGER ALL`,
		`ALTER TABLE audit DISABLE TRIGGER audit_rows`,
		`ALTER TABLE audit ALTER detail DROP NOT NULL`,
		`ALTER TABLE audit OWNER TO CURRENT_USER`,
		`ALTER SEQUENCE audit_id_seq RESTART`,
		`SELECT setval('audit_id_seq', 1)`,
		`DROP TRIGGER audit_rows ON audit`,
		`DROP TABLE audit`,
		`DROP FUNCTION audit_is_append_only() CASCADE`,
		`DROP FUNCTION expire_audit(timestamptz)`,
		`CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql
			AS 'BEGIN RETURN OLD; END'`,
		`CREATE RULE nothing AS ON INSERT TO audit DO INSTEAD NOTHING`,
		`CREATE TABLE mine ()`,
		`DROP SCHEMA public CASCADE`,
		`SET session_replication_role = replica`,
		`SET ROLE pg_write_all_data`,
		`COPY audit FROM PROGRAM 'true'`,
		`DELETE FROM people`,
		`TRUNCATE sessions`,
		`UPDATE departments SET slug = slug`,
		`DELETE FROM vocabulary`,
		`DELETE FROM goose_db_version`,
	} {
		refuses(t, app, sql)
	}
	var more bool // what the triggers refuse too, and what could get round them
	err := app.QueryRow(t.Context(), `SELECT
		has_table_privilege('audit', 'UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
		OR has_any_column_privilege('audit', 'UPDATE, REFERENCES')`).Scan(&more)
	if err != nil || more {
		t.Errorf("it has more than SELECT and INSERT: %t, %v", more, err)
	}
	_, _ = app.Exec(t.Context(), `GRANT ALL ON audit TO CURRENT_USER`) // a warning only, and no effect
	refuses(t, app, `DELETE FROM audit`)
	if _, err := app.Exec(t.Context(), `SELECT expire_audit(now() + interval '100 years')`); err != nil {
		t.Error(err)
	}
	if err := pool.QueryRow(t.Context(), trail).Scan(&after); err != nil || after != before {
		t.Errorf("the trail is not what it was: %v", err)
	}
}

// psql runs the files of deploy/ as the service rights of docker-compose.yml does.
func psql(t *testing.T, pool *pgxpool.Pool, role, password string) {
	t.Helper()
	program, err := exec.LookPath("psql")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("!! no psql: what docker-compose.yml does with deploy/ was not tried")
	}
	to := pool.Config().ConnConfig
	cmd := exec.CommandContext(t.Context(), program, "--no-psqlrc", "--quiet", "--set=app="+role,
		"--file=../../deploy/compose.sql", "--file=../../deploy/roles.sql")
	cmd.Env = append(os.Environ(), "PGHOST="+to.Host, "PGPORT="+strconv.Itoa(int(to.Port)), "PGUSER="+to.User,
		"PGDATABASE="+to.Database, "PGPASSWORD="+to.Password, "POSTGRES_APP_PASSWORD="+password)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// The role that compose makes signs in with its password, an upgrade leaves it as it is, and
// it may do no more than serve.
func TestTheRoleOfComposeMayServeAndNoMore(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	seededIn(t, pool)
	role := "compose_" + strings.ToLower(rand.Text())
	t.Cleanup(func() {
		name := pgx.Identifier{role}.Sanitize()
		for _, sql := range []string{`DROP OWNED BY ` + name, `DROP ROLE ` + name} {
			if _, err := pool.Exec(context.Background(), sql); err != nil {
				t.Log(err)
			}
		}
	})
	for _, password := range []string{"first ' quoted", rand.Text()} {
		psql(t, pool, role, password)
		var stored string
		const hash = `SELECT rolpassword FROM pg_authid WHERE rolname = $1 AND NOT rolsuper AND rolcanlogin`
		if err := pool.QueryRow(t.Context(), hash, role).Scan(&stored); err != nil ||
			!strings.HasPrefix(stored, "SCRAM-SHA-256$") {
			t.Fatalf("%q, %v", stored, err)
		}
		config := pool.Config()
		config.ConnConfig.User, config.ConnConfig.Password = role, password
		app, err := pgxpool.NewWithConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(app.Close)
		s := store.New(app)
		if err := s.Record(t.Context(), by(t.Context()), store.Entry{Action: store.SignInFailed}); err != nil {
			t.Error(err)
		}
		if has, knows, err := s.Schema(t.Context()); has != knows || err != nil {
			t.Errorf("migrations: %d of %d, %v", has, knows, err)
		}
		for _, sql := range []string{
			`DELETE FROM audit`, `ALTER TABLE audit DISABLE TRIGGER ALL`, `CREATE TABLE mine ()`, `DELETE FROM people`,
			`SELECT rolpassword FROM pg_authid`, `CREATE ROLE another`,
		} {
			refuses(t, app, sql)
		}
	}
}

// The owner of the database is no superuser, as in production, and the functions of the extension are not theirs.
func TestTheOwnerGivesTheRightsWithoutAWarning(t *testing.T) {
	t.Parallel()
	config, err := pgxpool.ParseConfig(testdb.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	admin, err := pgx.ConnectConfig(t.Context(), config.ConnConfig.Copy())
	if err != nil {
		t.Fatal(err)
	}
	owner, app := "owner_"+strings.ToLower(rand.Text()), "app_"+strings.ToLower(rand.Text())
	database := pgx.Identifier{config.ConnConfig.Database}.Sanitize()
	exec := func(ctx context.Context, statements ...string) {
		t.Helper()
		for _, sql := range statements {
			if _, err := admin.Exec(ctx, sql); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
	t.Cleanup(func() {
		ctx := context.Background() // the test's is over
		exec(ctx, `ALTER DATABASE `+database+` OWNER TO CURRENT_USER`, `DROP OWNED BY `+owner+`, `+app+` CASCADE`,
			`DROP ROLE `+owner+`, `+app)
		_ = admin.Close(ctx)
	})
	exec(t.Context(), `CREATE ROLE `+owner, `CREATE ROLE `+app, `ALTER DATABASE `+database+` OWNER TO `+owner)

	config.ConnConfig.RuntimeParams["role"] = owner
	config.ConnConfig.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.Severity == "WARNING" {
			t.Errorf("Postgres warns: %s", n.Message)
		}
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if err := store.Migrate(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(t.Context(), rolesSQL(t, app)); err != nil {
		t.Fatal(err)
	}
}

// A role that roles.sql does not name gets nothing.
func TestNobodyElseMayExpireTheAuditTrail(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	applicationsRole(t, pool)
	var public bool
	err := pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_proc, aclexplode(proacl) a
		WHERE proname = 'expire_audit' AND a.grantee = 0)`).Scan(&public)
	if err != nil || public {
		t.Errorf("everybody may call expire_audit: %v, %v", public, err)
	}
}

// A table that a migration makes and roles.sql forgets would be a page that fails in one
// kind of installation alone.
func TestTheRolesNameEveryTable(t *testing.T) {
	t.Parallel()
	rows, _ := testdb.New(t).Query(t.Context(), `SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'`)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	sql := rolesSQL(t, "app")
	for _, table := range tables {
		if !regexp.MustCompile(`GRANT [^;]*\b` + table + `\b[^;]* TO `).MatchString(sql) {
			t.Errorf("deploy/roles.sql says nothing of the table %s", table)
		}
	}
}
