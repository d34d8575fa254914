package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

type fixture struct {
	*store.Sessions
	store *store.Store
	pool  *pgxpool.Pool
	ana   string
}

func newSessions(t *testing.T) fixture {
	t.Helper()
	pool := testdb.New(t)
	s := seededIn(t, pool)
	another := store.PersonDetails{ // Ana is not the last admin
		Name: "Zuleica", Email: "zuleica@company.example", Role: store.Admin, Lang: "pt", PasswordHash: "x",
	}
	if _, err := administration(s).Create(t.Context(), by(t.Context()), another); err != nil {
		t.Fatal(err)
	}
	ana, err := administration(s).ID(t.Context(), "ana@company.example")
	if err != nil {
		t.Fatal(err)
	}
	return fixture{Sessions: s.Sessions(), store: s, pool: pool, ana: ana}
}

func (f fixture) data(t *testing.T, extra string) []byte {
	t.Helper()
	b, err := store.SessionCodec{}.Encode(time.Now().Add(time.Hour), map[string]any{
		store.SessionPersonKey: f.ana, store.SessionVersionKey: "1", "extra": extra,
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (f fixture) commit(ctx context.Context, t *testing.T, token string, data []byte, expires time.Time) {
	t.Helper()
	if err := f.CommitCtx(ctx, token, data, expires); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) find(ctx context.Context, t *testing.T, token string) (string, bool) {
	t.Helper()
	data, found, err := f.FindCtx(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), found
}

// version changes with every write to the session's row.
func (f fixture) version(t *testing.T) (xmin string) {
	t.Helper()
	if err := f.pool.QueryRow(t.Context(), `SELECT xmin::text FROM sessions`).Scan(&xmin); err != nil {
		t.Fatal(err)
	}
	return xmin
}

func TestASessionComesWithItsPerson(t *testing.T) {
	t.Parallel()
	f := newSessions(t)
	data := f.data(t, "1")
	f.commit(t.Context(), t, "token", data, time.Now().Add(time.Hour))
	ctx := withSession(t, f.store, t.Context(), "token")
	if got, found := f.find(ctx, t, "token"); !found || got != string(data) {
		t.Fatalf("found %v: %s", found, got)
	}
	if p := store.SessionOf(ctx).Person; p == nil || p.ID != f.ana || p.Name != "Ana Conceição" ||
		p.DepartmentName != "Financeiro" || p.Role != store.Admin {
		t.Errorf("%+v", p)
	}
	var stored int
	err := f.pool.QueryRow(t.Context(), `SELECT count(*) FROM sessions
		WHERE encode(token_hash, 'escape') LIKE '%token%' OR convert_from(data, 'UTF8') LIKE '%token%'`).Scan(&stored)
	if err != nil || stored != 0 {
		t.Errorf("the token itself is stored: %d, %v", stored, err)
	}
}

func TestAPageViewWritesNothing(t *testing.T) {
	t.Parallel()
	f := newSessions(t)
	deadline := time.Now().Add(12 * time.Hour)
	data, err := store.SessionCodec{}.Encode(deadline, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.commit(t.Context(), t, "token", data, deadline)
	visit := func() {
		t.Helper()
		ctx := withSession(t, f.store, t.Context(), "token")
		if session := store.SessionOf(ctx); session.Due() {
			if err := f.store.Visit(ctx, session); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := f.version(t)
	for range 10 {
		visit()
	}
	if f.version(t) != before {
		t.Error("an unchanged session was written")
	}
	if _, err := f.pool.Exec(t.Context(), `UPDATE sessions SET expires_at = now() + interval '1 hour'`); err != nil {
		t.Fatal(err)
	}
	before = f.version(t)
	visit()
	if f.version(t) == before {
		t.Error("an idle limit that moved was not written")
	}
}

func TestAnEndedSessionStaysEnded(t *testing.T) {
	t.Parallel()
	expires := time.Now().Add(time.Hour)
	for name, end := range map[string]func(f fixture) error{
		"sign-out": func(f fixture) error { return f.DeleteCtx(t.Context(), "token") },
		"disabling": func(f fixture) error {
			return administration(f.store).SetActive(t.Context(), by(t.Context()), f.ana, false)
		},
		"disabling in SQL": func(f fixture) error {
			_, err := f.pool.Exec(t.Context(), `UPDATE people SET active = false WHERE id = $1`, f.ana)
			return err
		},
		"new password": func(f fixture) error {
			return administration(f.store).SetPassword(t.Context(), by(t.Context()), f.ana, "new")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newSessions(t)
			f.commit(t.Context(), t, "token", f.data(t, "1"), expires)
			inFlight := withSession(t, f.store, t.Context(), "token")
			if err := end(f); err != nil {
				t.Fatal(err)
			}
			// The request in flight ends later and commits what it changed; so does one
			// whose context was lost.
			f.commit(inFlight, t, "token", f.data(t, "2"), expires.Add(time.Hour))
			f.commit(t.Context(), t, "token", f.data(t, "3"), expires.Add(time.Hour))
			if name == "disabling" || name == "new password" {
				// A sign-in whose password was checked before the change ends after it.
				f.commit(t.Context(), t, "new token", f.data(t, "4"), expires)
				if _, found := f.find(t.Context(), t, "new token"); found {
					t.Error("credentials from before the change opened a session")
				}
			}
			if name == "disabling" { // and being enabled again revives nothing
				if err := administration(f.store).SetActive(t.Context(), by(t.Context()), f.ana, true); err != nil {
					t.Fatal(err)
				}
			}
			if _, found := f.find(t.Context(), t, "token"); found {
				t.Error("the session is back")
			}
		})
	}
}

func TestExpiredSessionsAreGoneAndSwept(t *testing.T) {
	t.Parallel()
	f := newSessions(t)
	f.commit(t.Context(), t, "old", f.data(t, "1"), time.Now().Add(-time.Second))
	f.commit(t.Context(), t, "living", f.data(t, "1"), time.Now().Add(time.Hour))
	if _, found := f.find(t.Context(), t, "old"); found {
		t.Error("an expired session lives")
	}
	for _, sql := range []string{ // what else has an end
		`INSERT INTO invitations SELECT id, 'x', now() - interval '1 second' FROM people LIMIT 1`,
		`UPDATE sessions SET expires_at = expires_at - interval '7 days' WHERE expires_at < now()`,
		`INSERT INTO throttles (key, tat)
			VALUES ('over', now() - interval '2 minutes'), ('holds', now() + interval '1 hour')`,
	} {
		if _, err := f.pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.store.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]int{"sessions": 1, "invitations": 0, "throttles": 1} {
		var left int
		if err := f.pool.QueryRow(t.Context(), `SELECT count(*) FROM `+table).Scan(&left); err != nil || left != want {
			t.Errorf("%d left in %s, %v", left, table, err)
		}
	}
	if _, found := f.find(t.Context(), t, "living"); !found {
		t.Error("a living session was swept")
	}
}

func TestAHungDatabaseEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	f := newSessions(t)
	tx, err := f.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `LOCK TABLE sessions`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := f.FindCtx(ctx, "token"); err == nil {
		t.Error("no error from a table that is locked")
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
}
