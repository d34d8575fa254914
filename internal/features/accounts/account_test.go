package accounts

import (
	"context"
	"errors"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

// admin is who makes changes in the tests of SQL.
var admin = store.CommandLine

func TestNobodyIsAboveThemselves(t *testing.T) {
	t.Parallel()
	i := start(t)
	all := Accounts{i.Store}
	find := func(name string) Account {
		t.Helper()
		a, err := all.Account(t.Context(), "en", i.IDs[name])
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, test := range []struct {
		name, manager string
		want          error
	}{
		{"bea", "nobody@company.example", ErrNoManager},
		{"bea", "bea@company.example", ErrOwnManager},
		{"bea", "ANA@company.example", nil},
		{"caio", "bea@company.example", nil},
		{"ana", "caio@company.example", ErrOwnManager},
		{"bea", "", nil},
		{"ana", "caio@company.example", nil},
	} {
		a := find(test.name)
		d := a.Written
		d.Manager = test.manager
		if err := all.Update(t.Context(), admin, a.ID, a.Version, d); !errors.Is(err, test.want) {
			t.Errorf("%s under %q: %v, want %v", test.name, test.manager, err, test.want)
		}
	}
	if a := find("ana"); a.Written.Manager != "caio@company.example" {
		t.Errorf("%q", a.Written.Manager)
	}
}

func TestAccountsInSQL(t *testing.T) {
	t.Parallel()
	i := start(t)
	all := Accounts{i.Store}
	dora := store.PersonDetails{
		Name: "Dora", Email: "Dora@company.example", Role: store.Employee, Lang: "pt", PasswordHash: "one",
	}
	id, err := all.Create(t.Context(), admin, dora)
	if err != nil || len(id) != 36 {
		t.Fatal(id, err)
	}
	dora.Email = "dora@COMPANY.example"
	if _, err := all.Create(t.Context(), admin, dora); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the same e-mail twice: %v", err)
	}
	if found, err := all.ID(t.Context(), "DORA@company.example"); err != nil || found != id {
		t.Errorf("%q, %v", found, err)
	}
	if err := all.SetPassword(t.Context(), admin, id, "two"); err != nil {
		t.Fatal(err)
	}
	const stored = `SELECT password_hash || ' ' || session_version FROM people WHERE id = $1`
	if got := i.First(stored, id); got != "two 2" {
		t.Errorf("password and version are %s", got)
	}
	for _, id := range []string{"nobody@company.example", "\x00", "\xff", webtest.NobodysID} {
		for what, err := range map[string]error{
			"enable":   all.SetActive(t.Context(), admin, id, true),
			"password": all.SetPassword(t.Context(), admin, id, "x"),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s %q: %v", what, id, err)
			}
		}
	}
	i.Exec(`UPDATE people SET active = false WHERE id = $1`, id)
	if everybody, err := all.Everybody(t.Context()); err != nil || len(everybody) != 4 {
		t.Errorf("%d accounts, %v", len(everybody), err)
	}
}

func TestNoAccountScansTheTable(t *testing.T) {
	t.Parallel()
	crowd := testdb.NewCrowd(t, 30_000)
	all, leaf := Accounts{store.New(crowd.Pool)}, crowd.Someone(999)
	crowd.NeverScans("account", func(ctx context.Context) error { _, err := all.Account(ctx, "pt", leaf); return err })
}

// The trail says which fields an admin has changed, and what the e-mail was, because that
// is what people sign in with.
func TestTheTrailSaysWhichFieldsWereChanged(t *testing.T) {
	t.Parallel()
	i := start(t)
	all := Accounts{i.Store}
	for _, test := range []struct {
		change func(*store.PersonDetails)
		want   string
	}{
		{func(p *store.PersonDetails) { p.Phone = "+55 11 5555" }, "phone"},
		{func(p *store.PersonDetails) { p.Name = "Beatriz" }, "name"},
		{func(p *store.PersonDetails) { p.Title, p.Manager = "Roaster", "ana@company.example" }, "title, manager"},
		{func(p *store.PersonDetails) { p.Manager = "ANA@company.example" }, ""},
		{func(p *store.PersonDetails) { p.Department, p.Lang = "", "es" }, "department, lang"},
		{func(p *store.PersonDetails) { p.Skills = "latte art" }, "skills"},
		{
			func(p *store.PersonDetails) { p.Email = "bia@company.example" },
			"e-mail: bea@company.example to bia@company.example",
		},
		{
			func(p *store.PersonDetails) { p.Title, p.Email = "", "bea@company.example" },
			"title, e-mail: bia@company.example to bea@company.example",
		},
	} {
		a, err := all.Account(t.Context(), "en", i.IDs["bea"])
		if err != nil {
			t.Fatal(err)
		}
		d := a.Written
		test.change(&d)
		if err := all.Update(t.Context(), admin, a.ID, a.Version, d); err != nil {
			t.Fatal(err)
		}
		if got := i.First(`SELECT detail FROM audit ORDER BY id DESC LIMIT 1`); got != test.want {
			t.Errorf("recorded %q, want %q", got, test.want)
		}
	}
}
