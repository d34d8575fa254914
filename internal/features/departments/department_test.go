package departments

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// admin is who makes changes in the tests of SQL.
var admin = store.CommandLine

func TestDepartmentsAreAddedRenamedAndDeletedWhenEmpty(t *testing.T) {
	t.Parallel()
	i := start(t)
	d := departments{i.Store}
	for _, names := range []store.Texts{
		{"en": "Research & Development", "pt": "Pesquisa"}, {"en": "Ação"}, {"en": "研究"},
	} {
		if err := d.create(t.Context(), admin, names); err != nil {
			t.Errorf("%v: %v", names, err)
		}
	}
	err := d.create(t.Context(), admin, store.Texts{"en": "Research, development"})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("the same slug twice: %v", err)
	}
	all, err := d.list(t.Context(), "pt")
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]int{}
	for _, d := range all {
		people[d.Slug] = d.People
	}
	if _, there := people["acao"]; len(all) != 5 || people["finance"] != 3 || people["empty"] != 0 || !there {
		t.Errorf("%+v", all)
	}
	const slug = "research-development"
	if err := d.update(t.Context(), admin, Change{slug, 1, store.Texts{"en": "Research"}}); err != nil {
		t.Error(err)
	}
	err = d.update(t.Context(), admin, Change{slug, 1, store.Texts{"en": "Late"}})
	if !errors.Is(err, store.ErrConflict) {
		t.Errorf("an old version: %v", err)
	}
	if err := d.delete(t.Context(), admin, "finance", 1); !errors.Is(err, store.ErrInUse) {
		t.Errorf("one with people: %v", err)
	}
	if err := d.delete(t.Context(), admin, slug, 1); !errors.Is(err, store.ErrConflict) {
		t.Errorf("one that was renamed since: %v", err)
	}
	for slug, want := range map[string]error{"acao": nil, "no-such": store.ErrNotFound, "\x00": store.ErrNotFound} {
		if err := d.delete(t.Context(), admin, slug, 1); !errors.Is(err, want) {
			t.Errorf("delete %q: %v", slug, err)
		}
		if _, err := d.find(t.Context(), "en", slug); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q is there: %v", slug, err)
		}
		err := d.update(t.Context(), admin, Change{slug, 1, store.Texts{"en": "x"}})
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("change %q: %v", slug, err)
		}
	}
}

// Lists and imports know departments by what they are called.
func TestNoTwoDepartmentsHaveTheSameName(t *testing.T) {
	t.Parallel()
	i := start(t)
	d := departments{i.Store}
	for _, names := range []store.Texts{{"en": "Sales", "pt": "Vêndas"}, {"en": "Legal"}} {
		if err := d.create(t.Context(), admin, names); err != nil {
			t.Fatal(err)
		}
	}
	for want, names := range map[string]store.Texts{
		"en":    {"en": "VENDAS"},
		"pt":    {"en": "Trade", "pt": "sales"},
		"es":    {"en": "Trade", "es": "Légal"},
		"en es": {"en": "Vendas", "es": "Legal", "pt": "Comércio"},
	} {
		for what, err := range map[string]error{
			"add":    d.create(t.Context(), admin, names),
			"rename": d.update(t.Context(), admin, Change{"finance", 1, names}),
		} {
			taken, _ := errors.AsType[store.NamesTaken](err)
			if slices.Sort(taken); strings.Join(taken, " ") != want {
				t.Errorf("%s %v: %v", what, names, err)
			}
		}
	}
	own := Change{"sales", 1, store.Texts{"en": "Vendas", "es": "Vendas"}}
	if err := d.update(t.Context(), admin, own); err != nil {
		t.Errorf("its own names: %v", err)
	}
}

func TestNamesOfDepartments(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		names store.Texts
		want  string
	}{
		{store.Texts{"en": "A"}, ""}, {store.Texts{"pt": "A"}, "en"}, {nil, "en"},
		{store.Texts{"en": "a\nb", "pt": strings.Repeat("x", 101), "es": " x"}, "en pt es"},
	} {
		if got := strings.Join(store.InvalidNames(test.names), " "); got != test.want {
			t.Errorf("%v: %q", test.names, got)
		}
	}
}

// What people type for a department is its name of today.
func TestARenamedDepartmentIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	i := start(t)
	err := departments{i.Store}.update(t.Context(), admin, Change{"finance", 1, store.Texts{"en": "Treasury"}})
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{"treasury": 3, "financeiro": 0} {
		page, err := i.Store.People(t.Context(), "en", store.PeopleFilter{Query: query, Limit: 10})
		if err != nil || len(page.People) != want {
			t.Errorf("%s: %d people, %v", query, len(page.People), err)
		}
	}
}

func TestCountingPeopleDoesNotScanTheTable(t *testing.T) {
	t.Parallel()
	crowd := testdb.NewCrowd(t, 30_000)
	d := departments{store.New(crowd.Pool)}
	crowd.NeverScans("departments", func(ctx context.Context) error { _, err := d.list(ctx, "pt"); return err })
	crowd.NeverScans("department", func(ctx context.Context) error { _, err := d.find(ctx, "pt", "d3"); return err })
}
