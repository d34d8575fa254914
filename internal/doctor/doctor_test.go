package doctor

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/testdb"
)

// Most tests of the doctor run the command: see cmd/intranet.
func TestMain(m *testing.M) { testdb.Main(m) }

func TestACheckIsSkippedWhereOneThatItNeedsHasFailed(t *testing.T) {
	e := &examination{}
	ends := func(c checks.Check) func(context.Context) checks.Check {
		return func(context.Context) checks.Check { return c }
	}
	e.check(t.Context(), "first", nil, ends(checks.Fail("it is broken").MendBy("mend it")))
	e.check(t.Context(), "second", []string{"first"}, ends(checks.OK("never asked")))
	e.check(t.Context(), "third", []string{"second"}, ends(checks.OK("never asked")))
	e.check(t.Context(), "other", []string{"fourth"}, ends(checks.Warn("it works").MendBy("better it")))
	e.check(t.Context(), "last", []string{"other"}, ends(checks.OK("it was asked")))
	for i, want := range []checks.Check{
		{ID: "first", Level: checks.Failure, Seen: "it is broken", Mend: "mend it"},
		{ID: "second", Level: checks.Skipped, Seen: "see first first"},
		{ID: "third", Level: checks.Skipped, Seen: "see first first"}, // the cause, not the way to it
		{ID: "other", Level: checks.Warning, Seen: "it works", Mend: "better it"},
		{ID: "last", Level: checks.Fine, Seen: "it was asked"},
	} {
		if e.checks[i] != want {
			t.Errorf("%+v, want %+v", e.checks[i], want)
		}
	}
}

func TestSourcesCoverWhatBrowsersLetThem(t *testing.T) {
	public, err := url.Parse("https://intranet.example.com")
	if err != nil {
		t.Fatal(err)
	}
	e := &examination{parsed: app.Parsed{PublicURL: public}}
	for _, test := range []struct {
		sources, want string
		allowed       bool
	}{
		{"*", "https://api.example.com", true},
		{"https:", "https://api.example.com", true},
		{"https:", "wss://api.example.com", false},
		{"https://*.example.com", "https://api.example.com", true},
		{"https://*.example.com", "https://example.com", false},
		{"https://*.example.com", "https://*.example.com", true},
		{"https://api.example.com", "https://*.example.com", false},
		{"http://api.example.com", "https://api.example.com", true}, // the safe one of the same
		{"https://api.example.com", "http://api.example.com", false},
		{"https://api.example.com/path", "https://api.example.com", true},
		{"api.example.com", "https://api.example.com", true},
		{"https://intranet.example.com", "'self'", true},
		{"'self'", "https://intranet.example.com", true},
		{"'none'", "'self'", false},
		{"'nonce-a'", "'nonce-a'", true},
		{"'nonce-b'", "'nonce-a'", false},
		{"'unsafe-inline'", "'nonce-a'", true},
		{"'unsafe-inline' 'nonce-b'", "'nonce-a'", false},
	} {
		if got := e.allowed(strings.Fields(test.sources), test.want); got != test.allowed {
			t.Errorf("%s allows %s: %t", test.sources, test.want, got)
		}
	}
}

func TestTheDatabaseIsAskedOfItselfAndOfAPerson(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	about, err := describe(t.Context(), pool)
	if err != nil || !about.Writable || !about.CanMigrate || about.Version < minPostgres*10000 || len(about.Lacks) > 0 {
		t.Errorf("%+v, %v", about, err)
	}
	if pooler, err := findPooler(t.Context(), pool); err != nil || pooler.found {
		t.Errorf("%+v, %v", pooler, err)
	}
	const add = `INSERT INTO people (name, email, lang, active) VALUES ('Ana', 'ana@example.com', 'pt', false)`
	if _, err := pool.Exec(t.Context(), add); err != nil {
		t.Fatal(err)
	}
	ana, err := findPerson(t.Context(), pool, "Ana@Example.com")
	want := person{Customer: caramelo.Customer{ID: ana.ID, Name: "Ana", Email: "ana@example.com", Lang: "pt"}}
	if err != nil || ana.ID == "" || ana != want {
		t.Errorf("%+v, %v", ana, err)
	}
	for _, nobody := range []string{"eva@example.com", "ana\xff@example.com"} {
		if _, err := findPerson(t.Context(), pool, nobody); !errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("%q: %v", nobody, err)
		}
	}
}
