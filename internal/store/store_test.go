package store_test

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/features/accounts"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// nobody is a UUID that is in no database.
const nobody = "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11"

// aReader is nobody in particular.
func aReader(lang string) *store.Person {
	return &store.Person{ID: nobody, Lang: lang, TimeZone: "UTC"}
}

// company is small, and full of what makes a query stumble.
func company() store.Company {
	return store.Company{
		Departments: []store.NewDepartment{
			{Slug: "finance", Names: store.Texts{"en": "Finance", "pt": "Financeiro", "es": "Finanzas"}},
			{Slug: "it", Names: store.Texts{"en": "IT"}},
		},
		People: []store.NewPerson{
			{Name: "Ana Conceição", Email: "ana@aroeira.example", Role: store.Admin, Lang: "pt", Department: "finance", Title: "Diretora", PasswordHash: "hash"},
			{Name: "Átila Brandão", Email: "atila@aroeira.example", Role: store.Employee, Lang: "pt", Department: "finance", Title: "Analista 100%"},
			{Name: "Bea O'Neill", Email: "bea_o@aroeira.example", Role: store.Editor, Lang: "en", Department: "it", Title: "Engineer"},
			{Name: "Zoë", Email: "zoe@aroeira.example", Role: store.Employee, Lang: "es"},
		},
	}
}

func seeded(t *testing.T) *store.Store {
	t.Helper()
	s := store.New(testdb.New(t))
	if err := s.Seed(t.Context(), company()); err != nil {
		t.Fatal(err)
	}
	return s
}

func names(people []store.Person) (names []string) {
	for _, p := range people {
		names = append(names, p.Name)
	}
	return names
}

// administration looks after the people of a store.
func administration(s *store.Store) accounts.Accounts { return accounts.Accounts{Store: s} }

// readers is a store with a company in it, and people by their first name.
func readers(t testing.TB, change func(*store.Company)) (*store.Store, *pgxpool.Pool, map[string]*store.Person) {
	t.Helper()
	pool := testdb.New(t)
	s, c := store.New(pool), company()
	change(&c)
	if err := s.Seed(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	everybody, err := administration(s).Everybody(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]*store.Person{}
	for _, p := range everybody {
		name, _, _ := strings.Cut(p.Name, " ")
		people[name] = &p
	}
	return s, pool, people
}

// as is a request of somebody who is signed in.
func as(t testing.TB, s *store.Store, _ *pgxpool.Pool, p *store.Person) context.Context {
	t.Helper()
	expires := time.Now().Add(time.Hour)
	data, err := store.SessionCodec{}.Encode(expires, map[string]any{store.SessionPersonKey: p.ID, store.SessionVersionKey: "1"})
	if err == nil {
		err = s.Sessions().CommitCtx(t.Context(), p.ID, data, expires)
	}
	if err != nil {
		t.Fatalf("sign in as %s: %v", p.Name, err)
	}
	ctx := withSession(t, s, t.Context(), p.ID)
	if by(ctx) == store.CommandLine {
		t.Fatalf("nobody is signed in as %s", p.Name)
	}
	return ctx
}

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
