package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest/pgbouncer"
)

// exec changes the deployment's database as its owner.
func (d *deployment) exec(sql string) {
	d.t.Helper()
	if _, err := connect(d.t, d.env["DATABASE_URL"]).Exec(d.t.Context(), sql); err != nil {
		d.t.Fatal(err)
	}
}

func (d *deployment) addPerson(email string) {
	d.exec(`INSERT INTO people (name, email) VALUES ('Somebody', '` + email + `')`)
}

// dsn is the deployment's database by another way.
func (d *deployment) dsn(change func(*pgx.ConnConfig)) string {
	d.t.Helper()
	c, err := pgx.ParseConfig(d.env["DATABASE_URL"])
	if err != nil {
		d.t.Fatal("the test's database has no address")
	}
	change(c)
	q := url.Values{
		"host":     {c.Host},
		"port":     {fmt.Sprint(c.Port)},
		"user":     {c.User},
		"password": {c.Password},
		"dbname":   {c.Database},
	}
	return "postgres:///?" + q.Encode()
}

// role makes one that may sign in, with a password that nobody may see.
func (d *deployment) role() (name, dsn string) {
	d.t.Helper()
	name, password := "doctor_"+strings.ToLower(rand.Text()), d.canary()
	owner := connect(d.t, d.env["DATABASE_URL"])
	if _, err := owner.Exec(d.t.Context(), `CREATE ROLE `+name+` LOGIN PASSWORD '`+password+`'`); err != nil {
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "42501" {
			if os.Getenv("CI") == "true" {
				d.t.Fatal("CI must run this, and the role of DATABASE_URL may not create roles")
			}
			d.t.Skip("ROLES NOT TESTED: the role of DATABASE_URL may not create roles")
		}
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if _, err := owner.Exec(context.Background(), `DROP OWNED BY `+name+`; DROP ROLE `+name); err != nil {
			d.t.Error(err)
		}
	})
	return name, d.dsn(func(c *pgx.ConnConfig) { c.User, c.Password = name, password })
}

func TestDoctorTellsWhatTheRoleMayDo(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	name, dsn := d.role()
	owner := d.env["DATABASE_URL"]
	d.env["DATABASE_URL"] = dsn
	r := d.examine()
	r.wants(t, "postgres.rights", checks.Failure, name, "sessions", "psql -v app="+name+" -f deploy/roles.sql")
	statement := `GRANT SELECT ON goose_db_version TO "` + name + `"`
	r.wants(t, "postgres.migrations", checks.Failure,
		name+" lacks the right SELECT on goose_db_version", "as the owner of the tables: "+statement)
	r = d.examine("--mint=ana@example.com")
	r.wants(t, "caramelo.mint", checks.Failure, "lacks a right", "roles.sql")
	d.env["DATABASE_URL"] = owner
	d.exec(statement)
	d.env["DATABASE_URL"] = dsn
	d.examine().wants(t, "postgres.migrations", checks.Fine)

	roles, err := os.ReadFile("../../deploy/roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	d.env["DATABASE_URL"] = owner
	d.exec(strings.ReplaceAll(regexp.MustCompile(`(?m)^\\.*$`).ReplaceAllString(string(roles), ""), `:"app"`, name))
	d.exec(`ALTER ROLE ` + name + ` CONNECTION LIMIT 5`)
	d.env["DATABASE_URL"] = dsn + "&pool_max_conns=50"
	r = d.examine()
	r.wants(t, "postgres.reachable", checks.Fine, name)
	r.wants(t, "postgres.rights", checks.Fine, "may not migrate")
	r.wants(t, "postgres.audit_trail", checks.Fine)
	r.wants(t, "postgres.migrations", checks.Fine)
	r.wants(t, "postgres.pooler", checks.Fine)
	r.wants(t, "postgres.connections", checks.Failure,
		"51 for each replica, and the server gives this role 5", "pool_max_conns")

	d.env["DATABASE_URL"] = owner
	d.exec(`GRANT UPDATE (detail) ON audit TO ` + name)
	d.env["DATABASE_URL"] = dsn
	d.examine().wants(t, "postgres.audit_trail", checks.Warning, name)

	d.env["DATABASE_URL"] = owner
	d.exec(`CREATE TABLE later ()`)
	d.exec(`DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`)
	r = d.examine()
	r.wants(t, "postgres.migrations", checks.Warning, "pending", "serve applies them")
	d.env["DATABASE_URL"] = dsn
	r = d.examine()
	r.wants(t, "postgres.rights", checks.Failure, "later")
	r.wants(t, "postgres.migrations", checks.Failure, "pending", "intranet migrate")
}

func TestDoctorTellsWhatTheDatabaseIsLike(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	// The server's clock and version, as this database has them.
	d.exec(`CREATE SCHEMA fake;
		CREATE FUNCTION fake.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$
			SELECT pg_catalog.clock_timestamp() - interval '1 hour' $$;
		CREATE FUNCTION fake.current_setting(name text) RETURNS text LANGUAGE sql AS $$
			SELECT CASE name WHEN 'server_version_num' THEN '140011' ELSE pg_catalog.current_setting(name) END $$;
		INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true);
		DO $$ BEGIN
			EXECUTE format('ALTER DATABASE %I SET search_path = fake, pg_catalog, public', current_database());
			EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
		END $$`)
	var most int
	sql := `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
		- coalesce(current_setting('reserved_connections', true), '0')::int`
	if err := connect(t, d.env["DATABASE_URL"]).QueryRow(t.Context(), sql).Scan(&most); err != nil {
		t.Fatal(err)
	}
	d.env["DATABASE_URL"] = d.dsn(func(*pgx.ConnConfig) {}) + fmt.Sprintf("&pool_max_conns=%d", most-1)
	r := d.examine()
	r.wants(t, "postgres.connections", checks.Warning, "free now") // one is doctor's own
	r.wants(t, "postgres.clock", checks.Warning, "1h0m", "NTP")
	r.wants(t, "postgres.version", checks.Failure, "Postgres 14", "15 or later")
	r.wants(t, "postgres.migrations", checks.Failure, "99999")
	r.wants(t, "postgres.rights", checks.Failure, "read-only")
	r.wants(t, "postgres.pooler", checks.Fine, "none")

	d = deployed(t)
	d.exec(`UPDATE goose_db_version SET sha256 = 'another' WHERE version_id = 105`)
	d.examine().wants(t, "postgres.migrations", checks.Failure, "with other files", "00105_sessions.sql", "never edited")

	d = deployed(t)
	d.exec(`UPDATE goose_db_version SET version_id = 20 WHERE version_id > 0`)
	d.examine().wants(t, "postgres.migrations", checks.Failure, "before the first release", "an empty database")

	d.env["DATABASE_URL"] = testdb.Empty(t)
	r = d.examine()
	r.wants(t, "postgres.migrations", checks.Warning, "the database has 0 of")
	r.wants(t, "postgres.audit_trail", checks.Fine)
	var tables int
	sql = `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`
	err := connect(t, d.env["DATABASE_URL"]).QueryRow(t.Context(), sql).Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("it made %d tables, %v", tables, err)
	}
}

func TestDoctorTellsWhyADatabaseCannotBeReached(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	_, withPassword := d.role()
	hanging := listening(t, func(net.Conn) {})
	forward := forwarded(t, d)
	for _, test := range []struct{ dsn, want string }{
		{d.dsn(func(c *pgx.ConnConfig) { c.Host, c.Port, c.Password = "a..b", 5432, d.canary() }), "not known (DNS)"},
		{"postgres://u:" + d.canary() + "@" + freeAddr(t) + "/x", "nothing listens there"},
		{d.dsn(func(c *pgx.ConnConfig) { c.Database = "nowhere" }), "no such database"},
		{"postgres://u:" + d.canary() + "@" + hanging + "/x?sslmode=disable&connect_timeout=1", "no answer in time"},
		{"postgres://u:" + d.canary() + "@" + forward + "/x?sslmode=require", "no TLS"},
		{"postgres:///x?host=" + t.TempDir() + "&password=" + d.canary(), "no socket"},
		{wrongPassword(t, d, withPassword), "refuses the password"},
	} {
		d.env["DATABASE_URL"] = test.dsn
		r := d.examine("--mint=ana@example.com")
		r.wants(t, "postgres.reachable", checks.Failure, test.want)
		r.wants(t, "postgres.rights", checks.Skipped, "see postgres.reachable first")
		r.wants(t, "caramelo.mint", checks.Skipped, "see postgres.reachable first")
		r.wants(t, "caramelo.reachable", checks.Fine)
	}
}

// wrongPassword is a DSN that the server refuses: it asks that role for one, where
// it asked nobody before.
func wrongPassword(t *testing.T, d *deployment, dsn string) string {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal("the DSN is wrong")
	}
	refused := func() bool {
		wrong := config.Copy()
		wrong.Password = d.canary()
		conn, err := pgx.ConnectConfig(t.Context(), wrong)
		if err == nil {
			_ = conn.Close(t.Context())
		}
		return err != nil
	}
	if !refused() {
		owner := connect(t, d.env["DATABASE_URL"])
		var file string
		if err := owner.QueryRow(t.Context(), `SHOW hba_file`).Scan(&file); err != nil {
			t.Fatal(err)
		}
		rules, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, fmt.Appendf(nil, "local all %s scram-sha-256\n%s", config.User, rules), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		for !refused() { // the server reads it when it gets round to it
			if _, err := owner.Exec(t.Context(), `SELECT pg_reload_conf()`); err != nil {
				t.Fatal(err)
			}
		}
	}
	return strings.ReplaceAll(dsn, config.Password, d.canary())
}

// listening calls f with each connection to the address it returns, and keeps it
// open until the test ends.
func listening(t *testing.T, f func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			go f(conn)
		}
	}()
	return l.Addr().String()
}

// forwarded is the deployment's server at an address of TCP, with TLS where there
// is a certificate: the tests' own has a socket only.
func forwarded(t *testing.T, d *deployment, certificates ...tls.Certificate) (address string) {
	t.Helper()
	config, err := pgx.ParseConfig(d.env["DATABASE_URL"])
	if err != nil {
		t.Fatal("the test's database has no address")
	}
	network, to := pgconn.NetworkAddress(config.Host, config.Port)
	return listening(t, func(conn net.Conn) {
		defer func() { _ = conn.Close() }()
		if len(certificates) > 0 { // the client asks for it, in 8 bytes
			if _, err := io.CopyN(io.Discard, conn, 8); err != nil {
				return
			}
			_, _ = io.WriteString(conn, "S")
			conn = tls.Server(conn, &tls.Config{Certificates: certificates})
		}
		server, err := net.Dial(network, to)
		if err != nil {
			return
		}
		defer func() { _ = server.Close() }()
		go func() { _, _ = io.Copy(server, conn) }()
		_, _ = io.Copy(conn, server)
	})
}

func TestDoctorLooksAtTheDatabasesCertificate(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	certificate, authority := selfSigned(t, time.Now().AddDate(0, 0, 10))
	host, port, _ := net.SplitHostPort(forwarded(t, d, certificate))
	number, _ := strconv.Atoi(port)
	secured := d.dsn(func(c *pgx.ConnConfig) { c.Host, c.Port = host, uint16(number) })
	d.env["DATABASE_URL"] = secured + "&sslmode=verify-full"
	d.examine().wants(t, "postgres.reachable", checks.Failure, "authority is unknown")
	d.env["DATABASE_URL"] += "&sslrootcert=" + authority
	d.examine().wants(t, "postgres.tls", checks.Warning, "TLS 1.3", "good for 9 days")
}

func TestDoctorNoticesAPooler(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]checks.Level{"transaction": checks.Warning, "session": checks.Fine} {
		d := deployed(t)
		d.env["DATABASE_URL"] = pgbouncer.Start(t, d.env["DATABASE_URL"], mode)
		d.examine().wants(t, "postgres.pooler", checks.Fine, mode) // serve adapts itself
		d.env["DATABASE_URL"] += "&default_query_exec_mode=cache_statement"
		d.examine().wants(t, "postgres.pooler", want, mode)
	}
}

// A SECRET_KEY that was replaced shuts everybody with a second factor out: the doctor says
// how many, and what to do.
func TestDoctorCountsTheSecondFactorsThatAreLost(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	key := d.env["SECRET_KEY"]
	sealer, err := seal.New(key)
	if err != nil {
		t.Fatal(err)
	}
	d.exec(`INSERT INTO people (name, email) VALUES ('A', 'a@x.example'), ('B', 'b@x.example'), ('C', 'c@x.example')`)
	d.examine().wants(t, "postgres.second_factors", checks.Fine)
	pool, err := pgxpool.New(t.Context(), d.env["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	rows, _ := pool.Query(t.Context(), `SELECT id::text FROM people`)
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for n, id := range ids {
		_, err := pool.Exec(t.Context(), `INSERT INTO second_factors (person_id, secret, confirmed_at)
			VALUES ($1, $2, CASE WHEN $3 THEN now() END)`, id, sealer.Seal("JBSWY3DP", id), n < 2)
		if err != nil {
			t.Fatal(err)
		}
	}
	d.examine().wants(t, "postgres.second_factors", checks.Fine)
	for _, other := range []string{d.canary(), ""} {
		d.env["SECRET_KEY"] = other
		d.examine().wants(t, "postgres.second_factors", checks.Warning, "2 of 2 second factors cannot be opened",
			"put the old one back", "recovery codes", "intranet user factor")
	}
	d.env["SECRET_KEY"] = "short"
	d.examine().wants(t, "postgres.second_factors", checks.Skipped)
	d.env["SECRET_KEY"] = key
	d.examine().wants(t, "postgres.second_factors", checks.Fine)
}
