package store_test

import (
	"testing"

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
		People: []store.NewPerson{
			{Name: "Ana Conceição", Email: "ana@aroeira.example", Role: store.Admin, Lang: "pt", Department: "finance", Title: "Diretora", PasswordHash: "hash"},
			{Name: "Átila Brandão", Email: "atila@aroeira.example", Role: store.Employee, Lang: "pt", Department: "finance", Title: "Analista 100%"},
			{Name: "Bea O'Neill", Email: "bea_o@aroeira.example", Role: store.Editor, Lang: "en", Department: "it", Title: "Engineer"},
			{Name: "Zoë", Email: "zoe@aroeira.example", Role: store.Employee, Lang: "es"},
		},
		Links: someLinks(),
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
