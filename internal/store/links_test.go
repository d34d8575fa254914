package store_test

import (
	"testing"

	"github.com/carameloai/intranet/internal/store"
)

func someLinks() []store.NewLink {
	return []store.NewLink{
		{URL: "/people", Labels: store.Texts{"en": "People", "pt": "Pessoas"}},
		{URL: "mailto:it@aroeira.example", Labels: store.Texts{"en": "IT desk"}},
	}
}

func TestLinksAreReadInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	for lang, want := range map[string]string{"en": "People", "es": "People", "pt": "Pessoas"} {
		home, err := s.Home(t.Context(), &store.Person{Lang: lang})
		if err != nil || len(home.Links) != 2 || home.Links[0].Label != want || home.Links[1].Label != "IT desk" {
			t.Errorf("%s: links %v, %v", lang, home.Links, err)
		}
	}
}
