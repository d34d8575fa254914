package store_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/store"
)

func TestDepartmentsAreAddedRenamedAndDeletedWhenEmpty(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	for _, names := range []store.Texts{{"en": "Research & Development", "pt": "Pesquisa"}, {"en": "Ação"}, {"en": "研究"}} {
		if err := s.CreateDepartment(t.Context(), by(t.Context()), names); err != nil {
			t.Errorf("%v: %v", names, err)
		}
	}
	if err := s.CreateDepartment(t.Context(), by(t.Context()), store.Texts{"en": "Research, development"}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the same slug twice: %v", err)
	}
	all, err := s.DepartmentRecords(t.Context(), "pt")
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]int{}
	for _, d := range all {
		people[d.Slug] = d.People
	}
	if len(all) != 5 || people["finance"] != 2 || people["it"] != 1 || !slices.ContainsFunc(all, func(d store.DepartmentRecord) bool { return d.Slug == "acao" }) {
		t.Errorf("%+v", all)
	}
	if err := s.UpdateDepartment(t.Context(), by(t.Context()), "research-development", 1, store.Texts{"en": "Research"}); err != nil {
		t.Error(err)
	}
	if err := s.UpdateDepartment(t.Context(), by(t.Context()), "research-development", 1, store.Texts{"en": "Late"}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("an old version: %v", err)
	}
	if err := s.DeleteDepartment(t.Context(), by(t.Context()), "it", 1); !errors.Is(err, store.ErrInUse) {
		t.Errorf("one with people: %v", err)
	}
	if err := s.DeleteDepartment(t.Context(), by(t.Context()), "research-development", 1); !errors.Is(err, store.ErrConflict) {
		t.Errorf("one that was renamed since: %v", err)
	}
	for slug, want := range map[string]error{"acao": nil, "no-such": store.ErrNotFound, "\x00": store.ErrNotFound} {
		if err := s.DeleteDepartment(t.Context(), by(t.Context()), slug, 1); !errors.Is(err, want) {
			t.Errorf("delete %q: %v", slug, err)
		}
		if _, err := s.DepartmentRecord(t.Context(), "en", slug); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q is there: %v", slug, err)
		}
		if err := s.UpdateDepartment(t.Context(), by(t.Context()), slug, 1, store.Texts{"en": "x"}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("change %q: %v", slug, err)
		}
	}
}

// Lists and imports know departments by what they are called.
func TestNoTwoDepartmentsHaveTheSameName(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	if err := s.CreateDepartment(t.Context(), by(t.Context()), store.Texts{"en": "Sales", "pt": "Vêndas"}); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateDepartment(t.Context(), by(t.Context()), store.Texts{"en": "Legal"}); err != nil {
		t.Fatal(err)
	}
	for want, names := range map[string]store.Texts{
		"en": {"en": "VENDAS"}, "pt": {"en": "Trade", "pt": "sales"}, "es": {"en": "Trade", "es": "Légal"}, "en es": {"en": "Vendas", "es": "Legal", "pt": "Comércio"},
	} {
		for what, err := range map[string]error{"add": s.CreateDepartment(t.Context(), by(t.Context()), names), "rename": s.UpdateDepartment(t.Context(), by(t.Context()), "it", 1, names)} {
			taken, _ := errors.AsType[store.NamesTaken](err)
			if slices.Sort(taken); strings.Join(taken, " ") != want {
				t.Errorf("%s %v: %v", what, names, err)
			}
		}
	}
	if err := s.UpdateDepartment(t.Context(), by(t.Context()), "sales", 1, store.Texts{"en": "Vendas", "es": "Vendas"}); err != nil {
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

// useDepartments is for the test of the application's role.
func useDepartments(ctx context.Context, s *store.Store, does func(string, error)) {
	does("CreateDepartment", s.CreateDepartment(ctx, by(ctx), store.Texts{"en": "Empty"}))
	does("UpdateDepartment", s.UpdateDepartment(ctx, by(ctx), "empty", 1, store.Texts{"en": "Still empty"}))
	_, err := s.DepartmentRecord(ctx, "pt", "empty")
	does("DepartmentRecord", err)
	_, err = s.DepartmentRecords(ctx, "pt")
	does("DepartmentRecords", err)
	does("DeleteDepartment", s.DeleteDepartment(ctx, by(ctx), "empty", 2))
}
