package store_test

import (
	"cmp"
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/features/accounts"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// company is small, and full of what makes a query stumble.
func company() store.Company {
	return store.Company{
		Departments: []store.NewDepartment{
			{Slug: "finance", Names: store.Texts{"en": "Finance", "pt": "Financeiro", "es": "Finanzas"}},
			{Slug: "it", Names: store.Texts{"en": "IT"}},
		},
		People: []store.PersonDetails{
			{
				Name: "Ana Conceição", Email: "ana@company.example", Role: store.Admin, Lang: "pt",
				Department: "finance", Title: "Diretora", PasswordHash: "hash",
			},
			{
				Name: "Átila Brandão", Email: "atila@company.example", Role: store.Employee, Lang: "pt",
				Department: "finance", Title: "Analista 100%",
			},
			{
				Name: "Bea O'Neill", Email: "bea_o@company.example", Role: store.Editor, Lang: "en",
				Department: "it", Title: "Engineer",
			},
			{Name: "Zoë", Email: "zoe@company.example", Role: store.Employee, Lang: "es"},
		},
	}
}

// seeded is a store with a company in it.
func seeded(t *testing.T) *store.Store {
	t.Helper()
	return seededIn(t, testdb.New(t))
}

// seededIn is a store with a company in pool's database. It has the rights that
// deploy/roles.sql gives the application, and pool has those of the owner.
func seededIn(t *testing.T, pool *pgxpool.Pool) *store.Store {
	t.Helper()
	if err := store.New(pool).Seed(t.Context(), company()); err != nil {
		t.Fatal(err)
	}
	return store.New(testdb.App(t, pool))
}

func names(people []store.Person) (names []string) {
	for _, p := range people {
		names = append(names, p.Name)
	}
	return names
}

// administration looks after the people of a store.
func administration(s *store.Store) accounts.Accounts { return accounts.Accounts{Store: s} }

// withSession is a request that came with a token.
func withSession(t testing.TB, s *store.Store, ctx context.Context, token string) context.Context {
	t.Helper()
	session, err := s.Session(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	return store.WithSession(ctx, session)
}

// by is who is signed in with ctx, or else the command line.
func by(ctx context.Context) *store.Person {
	return cmp.Or(store.SessionOf(ctx).Person, store.CommandLine)
}

func TestASeedThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	s, broken := store.New(testdb.New(t)), errors.New("broken")
	err := s.Seed(t.Context(), company(), func(context.Context, pgx.Tx, store.Company) error { return broken })
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if people, err := administration(s).Everybody(t.Context()); len(people) != 0 || err != nil {
		t.Fatalf("half a seed stayed: %d people, %v", len(people), err)
	}
}
