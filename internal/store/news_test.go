package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestNewsIsReadInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := store.New(testdb.New(t))
	now := time.Now()
	c := company()
	c.News = []store.NewArticle{
		{Slug: "old-but-pinned", Lang: "pt", AuthorEmail: "ana@aroeira.example", Pinned: true, PublishedAt: now.Add(-90 * 24 * time.Hour),
			Texts: []store.ArticleText{{Lang: "pt", Title: "Fixado", Summary: "s", Body: "corpo"}}},
		{Slug: "new", Lang: "en", AuthorEmail: "bea_o@aroeira.example", PublishedAt: now.Add(-time.Hour),
			Texts: []store.ArticleText{{Lang: "en", Title: "New", Summary: "s", Body: "body"}, {Lang: "es", Title: "Nuevo", Summary: "s", Body: "cuerpo"}}},
		{Slug: "older", Lang: "en", PublishedAt: now.Add(-2 * time.Hour), Texts: []store.ArticleText{{Lang: "en", Title: "Older", Summary: "s", Body: "b"}}},
		{Slug: "tomorrow", Lang: "en", PublishedAt: now.Add(24 * time.Hour), Texts: []store.ArticleText{{Lang: "en", Title: "Tomorrow", Summary: "s", Body: "b"}}},
	}
	if err := s.Seed(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string][3]string{
		"en": {"Fixado", "New", "Older"},
		"es": {"Fixado", "Nuevo", "Older"},
		"pt": {"Fixado", "New", "Older"},
	} {
		home, err := s.Home(t.Context(), &store.Person{Lang: lang})
		if err != nil || len(home.News) != 3 {
			t.Fatalf("%s: %v, %v", lang, home.News, err)
		}
		for i, title := range want {
			if home.News[i].Title != title || home.News[i].Body != "" {
				t.Errorf("%s: %d is %+v, want %q", lang, i, home.News[i], title)
			}
		}
	}
	article, err := s.Article(t.Context(), "es", "new")
	if err != nil || article.Title != "Nuevo" || article.Lang != "es" || article.Body != "cuerpo" || article.Author != "Bea O'Neill" {
		t.Errorf("%+v, %v", article, err)
	}
	for _, slug := range []string{"tomorrow", "no-such", "", "\x00", "\xff"} {
		if _, err := s.Article(t.Context(), "en", slug); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", slug, err)
		}
	}
}

func useNews(ctx context.Context, s *store.Store, does func(method string, err error)) {
	_, err := s.Article(ctx, "pt", "none")
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	does("Article", err)
}
