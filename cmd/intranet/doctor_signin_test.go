package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/sandbox/provider"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestDoctorAsksTheProviders(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.examine().wants(t, "signin.providers", checks.Fine, "passwords")

	var p *provider.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Handler().ServeHTTP(w, r)
	}))
	defer server.Close()
	p = provider.New(provider.Config{Issuer: server.URL})
	d.env["OIDC_PROVIDERS"], d.env["OIDC_X_ISSUER"], d.env["OIDC_X_CLIENT_ID"] = "x", server.URL, "intranet"
	d.env["OIDC_X_DOMAINS"], d.env["OIDC_X_CLIENT_SECRET"] = "example.com", d.canary()
	d.env["PASSWORD_SIGN_IN"] = "admins"
	r := d.examine()
	r.wants(t, "signin.providers", checks.Fine, "they answer: x")
	r.wants(t, "signin.way_in", checks.Warning, "no admin has a password", "intranet user password")

	p.Break(provider.OtherIssuer)
	d.examine().wants(t, "signin.providers", checks.Failure, "it calls itself", "OIDC_X_ISSUER", "to the letter")
	p.Break(provider.Down)
	d.examine().wants(t, "signin.providers", checks.Failure, "it answers 502")
	server.Close()
	d.examine().wants(t, "signin.providers", checks.Failure, "cannot be reached")

	d.env["OIDC_X_DOMAINS"] = ""
	r = d.examine()
	r.wants(t, "settings.oidc_providers", checks.Failure, "OIDC_X_DOMAINS is missing")
	r.wants(t, "signin.providers", checks.Skipped, "see settings.oidc_providers")
}

// Before the first migration there is nothing to count, and that is no failure of its own.
func TestDoctorLooksForAdminsOnceThereAreTables(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.env["DATABASE_URL"] = testdb.Empty(t)
	r := d.examine()
	r.wants(t, "postgres.migrations", checks.Warning, "pending")
	r.wants(t, "signin.way_in", checks.Skipped, "see postgres.migrations")
}

// A link to a provider is forgotten from the command line, and whoever has none is said to.
func TestUnlinkFromTheCommandLine(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.addPerson("ana@example.com")
	pool, err := pgxpool.New(t.Context(), d.env["DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	_, err = pool.Exec(t.Context(), `INSERT INTO identities (person_id, issuer, subject)
		SELECT id, 'https://provider.example', 'ana' FROM people WHERE email = 'ana@example.com'`)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := d.command(t.Context(), "user", "unlink", "Ana@example.com").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var left, recorded int
	err = pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM identities),
		(SELECT count(*) FROM audit WHERE action = 'identity.unlinked' AND actor = 'command line')`).Scan(&left, &recorded)
	if err != nil || left != 0 || recorded != 1 {
		t.Errorf("%d are left, %d entries, %v", left, recorded, err)
	}
	out, err := d.command(t.Context(), "user", "unlink", "ana@example.com").CombinedOutput()
	if err == nil || !strings.Contains(string(out), `nobody with the e-mail "ana@example.com" has signed in with a provider`) {
		t.Errorf("%v: %s", err, out)
	}
}
