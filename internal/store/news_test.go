package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

func text(lang, title string) store.Written {
	return store.Written{Lang: lang, Title: title, Summary: "s", Body: "b"}
}

// written is an article in English, published so long from now.
func written(slug string, from time.Duration) store.NewArticle {
	return store.NewArticle{Slug: slug, Lang: "en", PublishedAt: time.Now().Add(from), Texts: []store.Written{text("en", slug)}}
}

// newsReaders is a store with news in it, and people by their first name.
func newsReaders(t testing.TB, news ...store.NewArticle) (*store.Store, *pgxpool.Pool, map[string]*store.Person) {
	t.Helper()
	return readers(t, func(c *store.Company) { c.News = news })
}

func slugs(articles []store.Article) (all []string) {
	for _, a := range articles {
		all = append(all, a.Slug)
	}
	return all
}

func TestNewsIsReadInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	pinned := written("old-but-pinned", -90*24*time.Hour)
	pinned.Lang, pinned.Pinned, pinned.Texts = "pt", true, []store.Written{text("pt", "Fixado")}
	translated := written("newest", -time.Hour)
	translated.AuthorEmail = "bea_o@aroeira.example"
	translated.Texts = append(translated.Texts, store.Written{Lang: "es", Title: "Nuevo", Summary: "s", Body: "cuerpo"})
	s, _, _ := newsReaders(t, pinned, translated, written("older", -2*time.Hour), written("tomorrow", 24*time.Hour))
	for lang, want := range map[string][3]string{
		"en": {"Fixado", "newest", "older"},
		"es": {"Fixado", "Nuevo", "older"},
		"pt": {"Fixado", "newest", "older"},
	} {
		home, err := home(t, s, aReader(lang))
		if err != nil || len(home.News) != 3 {
			t.Fatalf("%s: %v, %v", lang, home.News, err)
		}
		for i, title := range want {
			if home.News[i].Title != title || home.News[i].Body != "" {
				t.Errorf("%s: %d is %+v, want %q", lang, i, home.News[i], title)
			}
		}
	}
	article, err := s.Article(t.Context(), &store.Person{Lang: "es"}, "newest")
	if err != nil || article.Title != "Nuevo" || article.Lang != "es" || article.Body != "cuerpo" || article.Author != "Bea O'Neill" {
		t.Errorf("%+v, %v", article, err)
	}
	for _, slug := range []string{"tomorrow", "no-such", "", "\x00", "\xff"} {
		if _, err := s.Article(t.Context(), &store.Person{Lang: "en"}, slug); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", slug, err)
		}
	}
}

// Readers see what is published and for them, everywhere; who writes news sees
// the rest where it is edited, and finds nothing new among what they read.
func TestReadersSeeWhatIsPublishedAndForThem(t *testing.T) {
	t.Parallel()
	draft, finance, it, both := written("draft", 0), written("finance", -2*time.Hour), written("it", -3*time.Hour), written("both", -4*time.Hour)
	draft.PublishedAt = time.Time{}
	finance.Departments, it.Departments, both.Departments = []string{"finance"}, []string{"it"}, []string{"it", "finance"}
	later := written("later", time.Hour)
	later.Departments = []string{"it"}
	all := []store.NewArticle{draft, written("everyone", -time.Hour), finance, it, both, later}
	for i := range all {
		all[i].MustRead = true
	}
	s, _, people := newsReaders(t, all...)
	for name, want := range map[string]map[store.Which][]string{
		"Átila": {"": {"everyone", "finance", "both"}, "everyone": {"everyone"}, "department": {"finance", "both"}, "others": {"everyone", "finance", "both"}, "unpublished": {"everyone", "finance", "both"}},
		"Zoë":   {"": {"everyone"}, "everyone": {"everyone"}, "department": nil, "others": {"everyone"}, "unpublished": {"everyone"}},
		"Bea":   {"": {"everyone", "it", "both"}, "everyone": {"everyone"}, "department": {"it", "both"}, "others": {"finance"}, "unpublished": {"later", "draft"}},
		"Ana":   {"": {"everyone", "finance", "both"}, "everyone": {"everyone"}, "department": {"finance", "both"}, "others": {"it"}, "unpublished": {"later", "draft"}},
	} {
		reader := people[name]
		for which, slugsWanted := range want {
			page, err := s.News(t.Context(), reader, store.NewsFilter{Which: which, Limit: 10})
			got := slugs(page.Articles)
			if which == store.UnpublishedNews && reader.Edits() {
				slices.SortFunc(got, func(a, b string) int { return slices.Index(slugsWanted, a) - slices.Index(slugsWanted, b) })
			}
			if err != nil || !slices.Equal(got, slugsWanted) {
				t.Errorf("%s, %q: %q, want %q; %v", name, which, got, slugsWanted, err)
			}
		}
		home, err := home(t, s, reader)
		if err != nil || !slices.Equal(slugs(home.News), want[""]) || !slices.Equal(slices.Sorted(slices.Values(slugs(home.NewsDue))), slices.Sorted(slices.Values(want[""]))) {
			t.Errorf("%s at home: %q and %q, %v", name, slugs(home.News), slugs(home.NewsDue), err)
		}
		for _, a := range all {
			article, err := s.Article(t.Context(), reader, a.Slug)
			reads := slices.Contains(want[""], a.Slug)
			if sees := err == nil; sees != (reads || reader.Edits()) || !sees && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s, %s: %v", name, a.Slug, err)
			} else if sees && article.Asked != reads {
				t.Errorf("%s is asked to confirm %s", name, a.Slug)
			}
		}
	}
}

// An article that is to be published is there from its moment on, and not before.
func TestWhatIsScheduledAppearsAtItsTime(t *testing.T) {
	t.Parallel()
	s, pool, people := newsReaders(t, written("soon", time.Hour))
	sees := func() bool {
		t.Helper()
		_, err := s.Article(t.Context(), people["Zoë"], "soon")
		page, listErr := s.News(t.Context(), people["Zoë"], store.NewsFilter{Limit: 5})
		home, homeErr := home(t, s, people["Zoë"])
		if listErr != nil || homeErr != nil || len(page.Articles) != len(home.News) || (err == nil) != (len(home.News) == 1) {
			t.Fatalf("%v, %d listed, %d at home: %v, %v", err, len(page.Articles), len(home.News), listErr, homeErr)
		}
		return err == nil
	}
	for _, test := range []struct {
		at   string
		want bool
	}{{"now() + interval '1 minute'", false}, {"now()", true}, {"now() + interval '1 minute'", false}, {"now() - interval '1 microsecond'", true}, {"NULL", false}} {
		if _, err := pool.Exec(t.Context(), `UPDATE news SET published_at = `+test.at); err != nil {
			t.Fatal(err)
		}
		if got := sees(); got != test.want {
			t.Errorf("at %s: %v", test.at, got)
		}
	}
}

func TestNewsComesPinnedFirstAndPageByPage(t *testing.T) {
	t.Parallel()
	var news []store.NewArticle
	var want, drafts []string
	at := time.Now().Add(-time.Hour)
	for i := range 9 {
		a := written(fmt.Sprintf("n%d", i), 0)
		a.PublishedAt, a.Pinned = at.Add(-time.Duration(i/2)*time.Minute), i%4 == 3 // two share a moment
		news = append(news, a)
		d := written(fmt.Sprintf("d%d", i), 0)
		d.PublishedAt = time.Time{}
		news, drafts = append(news, d), append(drafts, d.Slug)
	}
	s, pool, people := newsReaders(t, news...)
	rows, err := pool.Query(t.Context(), `SELECT slug FROM news WHERE published_at IS NOT NULL ORDER BY pinned DESC, published_at DESC, id DESC`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var slug string
		if err := rows.Scan(&slug); err != nil {
			t.Fatal(err)
		}
		want = append(want, slug)
	}
	for limit := 1; limit <= 10; limit++ {
		for which, want := range map[store.Which][]string{store.AllNews: want, store.UnpublishedNews: drafts} {
			var got []string
			f := store.NewsFilter{Which: which, Limit: limit}
			for {
				page, err := s.News(t.Context(), people["Bea"], f)
				if err != nil || len(page.Articles) > limit {
					t.Fatalf("%d articles, %v", len(page.Articles), err)
				}
				got = append(got, slugs(page.Articles)...)
				if f.After = page.Next; f.After == "" {
					break
				}
			}
			if which == store.UnpublishedNews { // all of one transaction's moment
				slices.Sort(got)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q by %d: %q, want %q", which, limit, got, want)
			}
		}
	}
}

func TestAnArticleIsChangedFromTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	s, pool, people := newsReaders(t)
	bea := as(t, s, pool, people["Bea"])
	slug, err := s.CreateArticle(bea, by(bea), text("pt", "Férias: o que muda?"), store.ArticleSettings{Publish: store.Never, Departments: []string{"it"}})
	if err != nil || slug != "ferias-o-que-muda" {
		t.Fatal(slug, err)
	}
	edit := func() store.ArticleEdit {
		t.Helper()
		edit, err := s.ArticleEdit(t.Context(), people["Bea"], slug)
		if err != nil {
			t.Fatal(err)
		}
		return edit
	}
	if e := edit(); e.Article.Version != 1 || !e.Article.Draft() || e.Article.Author != "Bea O'Neill" || !slices.Equal(e.For, []string{"it"}) || len(e.Texts) != 1 || len(e.Departments) != 2 {
		t.Errorf("%+v", e)
	}
	settings := store.ArticleSettings{Pinned: true, MustRead: true, Publish: store.Now}
	if err := s.UpdateArticle(bea, by(bea), slug, 1, text("en", "Leave"), settings); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"change": s.UpdateArticle(bea, by(bea), slug, 1, text("en", "Lost"), settings), "unpublish": s.UnpublishArticle(bea, by(bea), slug, 1),
		"translation": s.DeleteTranslation(bea, by(bea), slug, 1, "en"), "delete": s.DeleteArticle(bea, by(bea), slug, 1),
	} {
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s from a version that is gone: %v", what, err)
		}
	}
	e := edit()
	if e.Article.Version != 2 || !e.Article.Published || !e.Article.Pinned || !e.Article.MustRead || len(e.For) != 0 || e.Article.Title != "Férias: o que muda?" || len(e.Texts) != 2 || e.Texts[0].Lang != "pt" || e.Texts[1].Title != "Leave" {
		t.Errorf("%+v", e)
	}
	published := e.Article.PublishedAt
	settings.Publish, settings.At = store.At, time.Now().Add(time.Hour).Truncate(time.Second)
	for version, change := range []func() error{
		func() error {
			return s.UpdateArticle(bea, by(bea), slug, 2, text("en", "Leave 2"), store.ArticleSettings{Publish: store.Now})
		},
		func() error { return s.UpdateArticle(bea, by(bea), slug, 3, text("en", "Leave 3"), settings) },
		func() error { return s.DeleteTranslation(bea, by(bea), slug, 4, "en") },
		func() error { return s.UnpublishArticle(bea, by(bea), slug, 5) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		e := edit().Article
		if e.Version != version+3 || e.Title != "Férias: o que muda?" {
			t.Errorf("%+v", e)
		}
		if want := []time.Time{published, settings.At, settings.At, {}}[version]; !e.PublishedAt.Equal(want) {
			t.Errorf("published at %v, want %v", e.PublishedAt, want)
		}
	}
	if err := s.DeleteTranslation(bea, by(bea), slug, 6, "pt"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the original can be removed: %v", err)
	}
	if err := s.DeleteArticle(bea, by(bea), slug, 6); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{"change": s.UpdateArticle(bea, by(bea), slug, 7, text("en", "x"), settings), "delete": s.DeleteArticle(bea, by(bea), slug, 7), "none": s.UnpublishArticle(bea, by(bea), "\x00", 1)} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s what is gone: %v", what, err)
		}
	}
	var got []string
	for _, e := range recorded(t, s, "bea_o@aroeira.example") {
		got = append(got, string(e.Action)+" "+e.Detail)
	}
	if want := []string{
		"news.created Férias: o que muda?", "news.changed Leave", "news.published Leave", "news.changed Leave 2",
		"news.changed Leave 3", "news.published Leave 3, at " + settings.At.UTC().Format(time.RFC3339), "news.changed Leave 3 (en)",
		"news.unpublished Férias: o que muda?", "news.deleted Férias: o que muda?",
	}; !slices.Equal(got, want) {
		t.Errorf("recorded\n%q, want\n%q", got, want)
	}
}

// A slug is the title's, one article's, and no page of ours.
func TestSlugs(t *testing.T) {
	t.Parallel()
	s, _, _ := newsReaders(t)
	long := "a" + fmt.Sprintf("%0200d", 1)
	for _, test := range [][2]string{
		{"Ação & emoção: 50% já!", "acao-emocao-50-ja"}, {"ação  emoção 50 já", "acao-emocao-50-ja-2"}, {"AÇÃO, EMOÇÃO, 50, JÁ", "acao-emocao-50-ja-3"},
		{"New", "new-2"}, {"new!", "new-3"}, {"New 2", "new-2-2"}, {"新闻", "news"}, {"---", "news-2"}, {long, long[:80]}, {long + " x", long[:80] + "-2"},
		{"Straße ﬁn Ⅳ", "stra-e-fin-iv"}, {"../edit", "edit"},
	} {
		slug, err := s.CreateArticle(t.Context(), by(t.Context()), text("en", test[0][:min(len(test[0]), 200)]), store.ArticleSettings{})
		if err != nil || slug != test[1] {
			t.Errorf("%q: %q, want %q; %v", test[0], slug, test[1], err)
		}
	}
	var wait sync.WaitGroup
	var taken sync.Map
	for range 8 {
		wait.Go(func() {
			slug, err := s.CreateArticle(t.Context(), by(t.Context()), text("en", "At once"), store.ArticleSettings{})
			if _, twice := taken.LoadOrStore(slug, true); twice || err != nil {
				t.Errorf("%q: %v", slug, err)
			}
		})
	}
	wait.Wait()
}

// The database refuses by itself what the form would.
func TestTheDatabaseTakesNoArticleThatIsNone(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	for _, columns := range []string{
		`news (slug, lang) VALUES ('new', 'en')`,
		`news (slug, lang) VALUES ('New', 'en')`,
		`news (slug, lang) VALUES ('a/b', 'en')`,
		`news (slug, lang) VALUES ('x', 'fr')`,
		`news (slug, lang, published_at) VALUES ('x', 'en', '0206-01-01')`,
		`news (slug, lang, published_at) VALUES ('x', 'en', '2200-01-01Z')`,
		`news (slug, lang, published_at) VALUES ('x', 'en', 'infinity')`,
		`news_texts (news_id, lang, title, summary, body) VALUES (gen_random_uuid(), 'en', '', 's', 'b')`,
		`news_texts (news_id, lang, title, summary, body) VALUES (gen_random_uuid(), 'en', 't', repeat('s', 501), 'b')`,
	} {
		_, err := pool.Exec(t.Context(), `INSERT INTO `+columns)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "23514" {
			t.Errorf("%s: %v", columns, err)
		}
	}
}

func FuzzNewsCursor(f *testing.F) {
	for _, seed := range []string{"", "!", "eyJwIjp0cnVlLCJ0IjoiMjAyNi0wMS0wMVQwMDowMDowMFoiLCJpIjoiN2Q5YTRhNTItOWUwZi00YTU3LThkMGMtMGY0ZjRiZGU5YzExIn0", "e30", "bnVsbA"} {
		f.Add(seed)
	}
	s, _, people := newsReaders(f, written("one", -time.Hour), written("two", time.Hour))
	f.Fuzz(func(t *testing.T, after string) {
		for _, which := range []store.Which{store.AllNews, store.UnpublishedNews} {
			if _, err := s.News(t.Context(), people["Bea"], store.NewsFilter{Which: which, After: after, Limit: 1}); err != nil && !errors.Is(err, store.ErrCursor) {
				t.Fatalf("%q: %v", after, err)
			}
		}
	})
}

// useNews calls every method of the store for news.
func useNews(ctx context.Context, s *store.Store, does func(method string, err error)) {
	self := store.SessionOf(ctx).Person
	settings := store.ArticleSettings{MustRead: true, Publish: store.Now, Departments: []string{self.Department}}
	slug, err := s.CreateArticle(ctx, by(ctx), text("en", "Title"), settings)
	does("CreateArticle", err)
	does("UpdateArticle", s.UpdateArticle(ctx, by(ctx), slug, 1, text("pt", "Título"), settings))
	_, err = s.News(ctx, self, store.NewsFilter{Which: store.NewsForMine, Limit: 10})
	does("News", err)
	_, err = s.Article(ctx, self, slug)
	does("Article", err)
	_, err = s.ArticleEdit(ctx, self, slug)
	does("ArticleEdit", err)
	does("AcknowledgeNews", s.AcknowledgeNews(ctx, by(ctx), slug, 1))
	_, _, err = s.NewsAcknowledgements(ctx, self, slug, store.AcknowledgementsFilter{Limit: 10})
	does("NewsAcknowledgements", err)
	asked, err := s.ExportNewsAcknowledgements(ctx, by(ctx), "pt", slug)
	does("ExportNewsAcknowledgements", err)
	for _, err := range asked {
		does("ExportNewsAcknowledgements", err)
	}
	does("DeleteTranslation", s.DeleteTranslation(ctx, by(ctx), slug, 2, "pt"))
	does("UnpublishArticle", s.UnpublishArticle(ctx, by(ctx), slug, 3))
	does("DeleteArticle", s.DeleteArticle(ctx, by(ctx), slug, 4))
}
