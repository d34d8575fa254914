package app

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/webtest/pgbouncer"
)

// The server deletes who has been disabled for as long as the setting says, also through a pooler,
// and the log has what to ask Caramelo for.
func TestTheServerDeletesWhoIsDisabledForLong(t *testing.T) {
	t.Parallel()
	for days, want := range map[string]int{"0": 3, "30": 1} {
		settings, listener := local(t)
		dsn := settings.DatabaseURL.Reveal()
		settings.DatabaseURL = caramelo.NewSecret(pgbouncer.Start(t, dsn, "transaction"))
		settings.DisabledDays = days
		written := &log{}
		a, err := Start(t.Context(), settings, Options{Migrate: true, Listener: listener},
			slog.New(slog.NewTextHandler(written, nil)))
		if err != nil {
			t.Fatal(err)
		}
		serving(t, a)
		pool, err := pgxpool.New(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		const add = `INSERT INTO people (name, email, active) VALUES ('Ana', 'ana@x.example', true),
			('Bea', 'bea@x.example', false), ('Caio', 'caio@x.example', false)`
		const disabled = `UPDATE people SET disabled_at = now() - interval '31 days' WHERE NOT active`
		for _, sql := range []string{add, disabled} {
			if _, err := pool.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.eraseDisabled(t.Context()); err != nil {
			t.Error(err)
		}
		var left int
		if err := pool.QueryRow(t.Context(), `SELECT count(*) FROM people`).Scan(&left); err != nil || left != want {
			t.Errorf("after %s days %d are left, %v", days, left, err)
		}
		told := strings.Count(written.String(), "external_customer_id=")
		if told != 3-want || strings.Contains(written.String(), "bea@x.example") {
			t.Errorf("after %s days the log tells of %d: %s", days, told, written)
		}
	}
}
