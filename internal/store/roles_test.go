package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

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

// applicationsRole makes one, with the rights of deploy/roles.sql in pool's
// database, and signs in with it. It goes when the test ends.
func applicationsRole(t *testing.T, pool *pgxpool.Pool) *pgxpool.Pool {
	t.Helper()
	role, password := "intranet_app_"+strings.ToLower(rand.Text()), rand.Text()
	name := pgx.Identifier{role}.Sanitize()
	if _, err := pool.Exec(t.Context(), `CREATE ROLE `+name+` LOGIN PASSWORD '`+password+`'`); err != nil {
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42501" {
			if os.Getenv("CI") == "true" {
				t.Fatal("the role of DATABASE_URL may not create roles, and CI must try deploy/roles.sql")
			}
			t.Skip("ROLES NOT TESTED: the role of DATABASE_URL may not create roles")
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background() // the test's is over
		if _, err := pool.Exec(ctx, `DROP OWNED BY `+name); err != nil {
			t.Error(err)
		}
		if _, err := pool.Exec(ctx, `DROP ROLE `+name); err != nil {
			t.Error(err)
		}
	})
	for _, before := range []string{``, // a second time after an upgrade: what it gave before is taken back
		`GRANT ALL ON ALL TABLES IN SCHEMA public TO ` + name + `; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ` + name + `; GRANT ALL ON SCHEMA public TO ` + name,
	} {
		if _, err := pool.Exec(t.Context(), before+`; `+rolesSQL(t, role)); err != nil {
			t.Fatal(err)
		}
	}
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
	if err := store.New(pool).Seed(t.Context(), company()); err != nil {
		t.Fatal(err)
	}
	app := applicationsRole(t, pool)
	useAll(t, app)

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
		`CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'`,
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
	if err := app.QueryRow(t.Context(), `SELECT has_table_privilege('audit', 'UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') OR has_any_column_privilege('audit', 'UPDATE, REFERENCES')`).Scan(&more); err != nil || more {
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

// A role that roles.sql does not name gets nothing.
func TestNobodyElseMayExpireTheAuditTrail(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	applicationsRole(t, pool)
	var public bool
	err := pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_proc, aclexplode(proacl) a WHERE proname = 'expire_audit' AND a.grantee = 0)`).Scan(&public)
	if err != nil || public {
		t.Errorf("everybody may call expire_audit: %v, %v", public, err)
	}
}

// A table that a migration makes and roles.sql forgets would be a page that fails
// in one kind of installation alone.
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

// onlyCommands are the methods that the server does not call: what calls them is
// run by the owner.
var onlyCommands = []string{"Seed"}

// useAll calls every method of the store that the server calls, as it does.
func useAll(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	s, used := store.New(pool), map[string]bool{}
	does := func(method string, err error) {
		t.Helper()
		used[method] = true
		if err != nil {
			t.Errorf("%s: %v", method, err)
		}
	}
	ctx := store.WithRequest(t.Context(), store.RequestInfo{Address: "192.0.2.1", Agent: "test", ID: "r"})
	if has, knows, err := store.New(pool).Schema(ctx); has != knows || err != nil {
		t.Errorf("migrations: %d of %d, %v", has, knows, err)
	}
	does("RecordSettings", s.RecordSettings(ctx, "A=1"))

	limit := store.Limit{Key: "k", Unless: "u", Rate: store.Rate{Burst: 2, Every: time.Hour}}
	_, err := s.Allow(ctx, limit)
	does("Allow", err)
	does("Refund", s.Refund(ctx, time.Hour, limit))
	id, err := administration(s).ID(ctx, "ana@aroeira.example")
	if err != nil {
		t.Fatal(err)
	}
	does("Record", s.Record(ctx, by(ctx), store.Event{Action: store.SignedInAction, ActorID: id, Actor: "ana@aroeira.example"}))

	// signIn is a request of Ana's, with a session of the version that counts now.
	sessions, expires := s.Sessions(), time.Now().Add(time.Hour)
	used["Sessions"] = true
	signIn := func(token string) context.Context {
		t.Helper()
		var version string
		if err := pool.QueryRow(t.Context(), `SELECT session_version::text FROM people WHERE id = $1`, id).Scan(&version); err != nil {
			t.Fatal(err)
		}
		data, err := store.SessionCodec{}.Encode(expires, map[string]any{store.SessionPersonKey: id, store.SessionVersionKey: version})
		if err != nil {
			t.Fatal(err)
		}
		ctx := store.WithRequest(t.Context(), store.RequestInfo{Address: "192.0.2.1"})
		does("Sessions", sessions.CommitCtx(ctx, token, data, expires))
		ctx = withSession(t, s, ctx, token)
		used["Session"] = true
		_, found, err := sessions.FindCtx(ctx, token)
		does("Sessions", err)
		if !found || store.SessionOf(ctx).Person == nil {
			t.Fatal("the session is not there")
		}
		does("Sessions", sessions.CommitCtx(ctx, token, data, expires.Add(time.Hour)))
		return ctx
	}
	ana := signIn("one")
	batch := &pgx.Batch{}
	batch.Queue(`SELECT 1`)
	does("Send", s.Send(ana, batch, "load the home page"))
	_, err = s.People(ana, "pt", store.PeopleFilter{Query: "ana", Limit: 10})
	does("People", err)
	_, err = s.Departments(ana, "pt")
	does("Departments", err)

	signIn("three")
	does("Sessions", sessions.DeleteCtx(ana, "three"))
	does("Sweep", s.Sweep(ctx))
	does("ExpireAudit", s.ExpireAudit(ctx, 365*24*time.Hour))

	_, _, err = s.Schema(ctx)
	does("Schema", err)

	for _, method := range []string{"Change", "ChangeOwn", "Administer", "AdministerPerson"} {
		used[method] = true // every change goes through them
	}
	for method := range reflect.TypeFor[*store.Store]().Methods() {
		if !used[method.Name] && !slices.Contains(onlyCommands, method.Name) {
			t.Errorf("%s was not tried with the rights of deploy/roles.sql", method.Name)
		}
	}
}
