package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// recorded are the events of somebody's e-mail, or all of them for "", in order.
func recorded(t *testing.T, s *store.Store, email string) (events []store.Entry) {
	t.Helper()
	rows, _ := s.Pool.Query(t.Context(), `
		SELECT action, subject, detail FROM audit WHERE $1 IN ('', actor, subject) ORDER BY id`, email)
	events, err := pgx.CollectRows(rows, pgx.RowToStructByNameLax[store.Entry])
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func TestWhatIsRecordedIsOneLineOfText(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	ctx := store.WithRequest(t.Context(), store.RequestInfo{Address: "a\r\nb", ID: strings.Repeat("r", 1000)})
	event := store.Entry{
		Action: store.SignInFailed, Subject: "a\x00b\nc\x7f\xff", Detail: strings.Repeat("é", 5000),
	}
	if err := s.Record(ctx, by(ctx), event); err != nil {
		t.Fatal(err)
	}
	var address, subject, detail, request string
	err := s.Pool.QueryRow(t.Context(), `SELECT address, subject, detail, request_id FROM audit`).
		Scan(&address, &subject, &detail, &request)
	if err != nil {
		t.Fatal(err)
	}
	if address != "a  b" || subject != "a\uFFFDb c \uFFFD" || len([]rune(detail)) != 1000 || len(request) != 64 {
		t.Errorf("%q %q, %d and %d characters", address, subject, len([]rune(detail)), len(request))
	}
}

func TestSettingsAreRecordedWhenTheyChange(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	for _, settings := range []string{"A=1", "A=1", "A=2", "A=1"} {
		if err := s.RecordSettings(t.Context(), settings); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, e := range recorded(t, s, "") {
		got = append(got, string(e.Action)+" "+e.Detail)
	}
	if strings.Join(got, ", ") != "settings.changed A=1, settings.changed A=2, settings.changed A=1" {
		t.Error(got)
	}
}

// With one role for everything, which owns the tables: who may do anything still
// cannot change the trail by mistake, or with one injected statement.
func TestTheAuditTrailIsAppendOnly(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	s := store.New(pool)
	for _, age := range []string{"0", "89 days", "91 days", "200 days", "400 days"} {
		_, err := pool.Exec(t.Context(), `INSERT INTO audit (at, action, detail)
			VALUES (now() - $1::interval, 'session.created', $1)`, age)
		if err != nil {
			t.Fatal(err)
		}
	}
	left := func() (ages []string) {
		t.Helper()
		rows, _ := pool.Query(t.Context(), `SELECT detail FROM audit ORDER BY at`)
		ages, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return ages
	}
	roles := []string{"origin"}
	var super bool
	err := pool.QueryRow(t.Context(), `SELECT rolsuper FROM pg_roles WHERE rolname = current_user`).Scan(&super)
	if err != nil {
		t.Fatal(err)
	}
	if super {
		roles = append(roles, "replica") // switches ordinary triggers off
	}
	for _, role := range roles {
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if super {
			_, err = conn.Exec(t.Context(), `SET session_replication_role = `+role)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{
			`UPDATE audit SET detail = ''`,
			`UPDATE audit SET detail = '' WHERE at < now() - interval '300 days'`,
			`DELETE FROM audit`,
			`DELETE FROM audit WHERE at > now() - interval '90 days'`,
			`DELETE FROM audit WHERE detail = '89 days'`,
			`TRUNCATE audit`,
			`TRUNCATE audit, people CASCADE`,
			`INSERT INTO audit (id, action) OVERRIDING SYSTEM VALUE SELECT id, action FROM audit
				ON CONFLICT (id) DO UPDATE SET detail = ''`,
			`WITH gone AS (DELETE FROM audit RETURNING 1) SELECT count(*) FROM gone`,
		} {
			_, err := conn.Exec(t.Context(), sql)
			if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "42501" {
				t.Errorf("%s as %s: %v", sql, role, err)
			}
		}
		conn.Conn().Close(t.Context()) // its setting with it
		conn.Release()
	}
	if ages := left(); len(ages) != 5 {
		t.Fatalf("left: %q", ages)
	}
	const day = 24 * time.Hour
	for _, test := range []struct {
		retention time.Duration
		left      int
	}{{365 * day, 4}, {100 * day, 3}, {time.Hour, 2}, {0, 2}, {-1000 * day, 2}} {
		if err := s.ExpireAudit(t.Context(), test.retention); err != nil {
			t.Fatal(err)
		}
		if ages := left(); len(ages) != test.left {
			t.Errorf("with a retention of %v: %q", test.retention, ages)
		}
	}
}
