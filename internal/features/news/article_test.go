package news

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/content/contenttest"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

// written is an article in English, published so long from now.
func written(slug string, from time.Duration, departments ...string) newArticle {
	return newArticle{
		Slug: slug, Lang: "en", PublishedAt: time.Now().Add(from), Departments: departments,
		Texts: []content.Text{{Lang: "en", Title: slug, Summary: "s", Body: "b"}},
	}
}

// with is the news in a database. Bea, an employee, and Ana, an admin, are in finance,
// Caio, an editor, is in it, and Zoe, an employee, in no department.
func with(t testing.TB, all ...newArticle) (articles, *webtest.Intranet) {
	t.Helper()
	i := webtest.New(t, Feature())
	i.Exec(`INSERT INTO departments (slug, names) VALUES ('it', '{"en": "IT"}')`)
	i.Exec(`UPDATE people SET department = 'it' WHERE id = $1`, i.IDs["caio"])
	i.IDs["zoe"] = i.First(`INSERT INTO people (name, email, lang)
		VALUES ('Zoe', 'zoe@company.example', 'es') RETURNING id::text`)
	insert(i, all...)
	return articles{content.Store{Store: i.Store, Kind: kind}}, i
}

func slugs(articles []Article) (all []string) {
	for _, a := range articles {
		all = append(all, a.Slug)
	}
	return all
}

// atHome is what the home page asks for.
func atHome(t testing.TB, a articles, reader *store.Person) (newest []Article, due []string) {
	t.Helper()
	batch := a.NewBatch(t.Context())
	found := queueHome(batch, reader)
	if err := a.Send(t.Context(), &batch.Batch, "home"); err != nil {
		t.Fatal(err)
	}
	newest, unconfirmed := found()
	for _, u := range unconfirmed {
		due = append(due, u.Slug)
	}
	return newest, due
}

// Readers see what is published and for them, everywhere; who writes news sees the
// rest where it is edited, and finds nothing new among what they read.
func TestReadersSeeWhatIsPublishedAndForThem(t *testing.T) {
	t.Parallel()
	draft := written("draft", 0)
	draft.PublishedAt = time.Time{}
	all := []newArticle{
		draft, written("everyone", -time.Hour), written("finance", -2*time.Hour, "finance"),
		written("it", -3*time.Hour, "it"), written("both", -4*time.Hour, "it", "finance"),
		written("later", time.Hour, "it"),
	}
	for n := range all {
		all[n].MustRead = true
	}
	news, i := with(t, all...)
	for name, want := range map[string]map[Which]string{
		"bea": {
			All: "everyone finance both", ForEveryone: "everyone", ForMine: "finance both",
			ForOthers: "everyone finance both", NotYetPublished: "everyone finance both",
		},
		"zoe": {
			All: "everyone", ForEveryone: "everyone", ForMine: "", ForOthers: "everyone", NotYetPublished: "everyone",
		},
		"caio": {
			All: "everyone it both", ForEveryone: "everyone", ForMine: "it both", ForOthers: "finance",
			NotYetPublished: "draft later",
		},
		"ana": {
			All: "everyone finance both", ForEveryone: "everyone", ForMine: "finance both", ForOthers: "it",
			NotYetPublished: "draft later",
		},
	} {
		reader := i.Person(name)
		for which, want := range want {
			page, err := news.list(t.Context(), reader, Filter{Which: which, Limit: 10})
			got := slugs(page.Articles)
			if want == "draft later" { // of one moment
				slices.Sort(got)
			}
			if err != nil || strings.Join(got, " ") != want {
				t.Errorf("%s, %q: %q, want %q; %v", name, which, got, want, err)
			}
		}
		newest, due := atHome(t, news, reader)
		slices.Reverse(due)
		if got := strings.Join(slugs(newest), " "); got != want[All] || strings.Join(due, " ") != want[All] {
			t.Errorf("%s at home: %q and %q", name, got, due)
		}
		for _, a := range all {
			article, err := news.find(t.Context(), reader, a.Slug)
			reads, edits := slices.Contains(strings.Fields(want[All]), a.Slug), name == "caio" || name == "ana"
			if sees := err == nil; sees != (reads || edits) || !sees && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s, %s: %v", name, a.Slug, err)
			} else if sees && article.Asked != reads {
				t.Errorf("%s is asked to confirm %s", name, a.Slug)
			}
			// Who is not asked cannot confirm.
			if err := news.Acknowledge(i.Request(name), reader, a.Slug, shown(a)); (err == nil) != reads {
				t.Errorf("%s confirms %s: %v", name, a.Slug, err)
			}
		}
	}
}

// An article that is to be published is there from its moment on, and not before.
func TestWhatIsScheduledAppearsAtItsTime(t *testing.T) {
	t.Parallel()
	news, i := with(t, written("soon", time.Hour))
	zoe := i.Person("zoe")
	for _, test := range []struct {
		at   string
		want bool
	}{
		{"now() + interval '1 minute'", false}, {"now()", true}, {"now() + interval '1 minute'", false},
		{"now() - interval '1 microsecond'", true}, {"NULL", false},
	} {
		i.Exec(`UPDATE news SET published_at = ` + test.at)
		_, err := news.find(t.Context(), zoe, "soon")
		page, listErr := news.list(t.Context(), zoe, Filter{Limit: 5})
		newest, _ := atHome(t, news, zoe)
		if (err == nil) != test.want || listErr != nil || (len(page.Articles) == 1) != test.want ||
			(len(newest) == 1) != test.want {
			t.Errorf("at %s: %v, %d listed, %d at home", test.at, err, len(page.Articles), len(newest))
		}
	}
}

// The home page remembers its announcements, and yet has one from its moment on.
func TestTheHomePageHasWhatIsScheduledFromItsMomentOn(t *testing.T) {
	t.Parallel()
	_, i := with(t, written("soon", time.Hour))
	i.Exec(`UPDATE news SET published_at = now() + interval '2 seconds'`)
	i.ByTheClock("/news/soon", true)
}

func TestNewsComesPinnedFirstAndPageByPage(t *testing.T) {
	t.Parallel()
	var all []newArticle
	var drafts []string
	at := time.Now().Add(-time.Hour)
	for n := range 9 {
		a, d := written(fmt.Sprintf("n%d", n), 0), written(fmt.Sprintf("d%d", n), 0)
		a.PublishedAt, a.Pinned = at.Add(-time.Duration(n/2)*time.Minute), n%4 == 3 // two share a moment
		d.PublishedAt = time.Time{}
		all, drafts = append(all, a, d), append(drafts, d.Slug)
	}
	news, i := with(t, all...)
	rows, _ := i.Pool.Query(t.Context(), `SELECT slug FROM news WHERE published_at IS NOT NULL
		ORDER BY pinned DESC, published_at DESC, id DESC`)
	published, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	caio := i.Person("caio")
	for limit := 1; limit <= 10; limit++ {
		for which, want := range map[Which][]string{All: published, NotYetPublished: drafts} {
			var got []string
			f := Filter{Which: which, Limit: limit}
			for {
				page, err := news.list(t.Context(), caio, f)
				if err != nil || len(page.Articles) > limit {
					t.Fatalf("%d articles, %v", len(page.Articles), err)
				}
				got = append(got, slugs(page.Articles)...)
				if f.After = page.Next; f.After == "" {
					break
				}
			}
			if which == NotYetPublished {
				slices.Sort(got)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q by %d: %q, want %q", which, limit, got, want)
			}
		}
	}
}

// Those who are asked are the people of the article's departments, or everybody.
func TestWhoHasYetToConfirmIsOfTheArticlesDepartments(t *testing.T) {
	t.Parallel()
	all, both := written("all", -time.Hour), written("both", -time.Hour, "it", "finance")
	finance := written("finance", -time.Hour, "finance")
	all.MustRead, both.MustRead, finance.MustRead = true, true, true
	all.Acknowledged = []string{"zoe@company.example"}
	news, i := with(t, all, both, finance)
	check := func(slug, confirmed, want string) {
		t.Helper()
		for limit := 1; limit <= 4; limit++ {
			var names []string
			counted, f := "", content.MissingFilter{Limit: limit}
			for {
				page, err := news.Missing(t.Context(), "en", slug, f)
				if err != nil || len(page.People) > limit {
					t.Fatalf("%d of %d people, %v", len(page.People), limit, err)
				}
				for _, p := range page.People {
					name, _, _ := strings.Cut(p.Name, " ")
					names = append(names, name)
				}
				if f.After == "" {
					counted = fmt.Sprintf("%d of %d", page.Confirmed, page.Asked)
				}
				if f.After = page.Next; f.After == "" {
					break
				}
			}
			if got := strings.Join(names, " "); got != want || counted != confirmed {
				t.Errorf("%s, by %d: %q and %s, want %q and %s", slug, limit, got, counted, want, confirmed)
			}
		}
	}
	check("all", "1 of 4", "Ana Bea Caio")
	check("both", "0 of 3", "Ana Bea Caio")
	check("finance", "0 of 2", "Ana Bea")
	if err := news.Acknowledge(i.Request("bea"), i.Person("bea"), "finance", shown(finance)); err != nil {
		t.Fatal(err)
	}
	check("finance", "1 of 2", "Ana")
	i.Exec(`UPDATE people SET active = false WHERE id = $1`, i.IDs["ana"]) // who is gone is not waited for
	check("finance", "1 of 1", "")
	check("all", "1 of 3", "Bea Caio")
	asked, err := news.Export(i.Request("caio"), i.Person("caio"), "finance")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for p, err := range asked {
		rows = append(rows, fmt.Sprint(p.Email, " ", p.Department, " ", p.ConfirmedAt != nil, " ", err))
	}
	if !slices.Equal(rows, []string{"bea@company.example Finanzas true <nil>"}) {
		t.Errorf("%q", rows)
	}
}

// However many people there are in the departments that an article is for.
func TestTheListOfADepartmentIsReadFromAnIndex(t *testing.T) {
	t.Parallel()
	both := written("both", -time.Hour, "it", "finance")
	both.MustRead, both.Acknowledged = true, []string{"ana@company.example"}
	_, i := with(t, both)
	i.Exec(`INSERT INTO people (name, email, department)
		SELECT 'Person ' || n, n || '@company.example', (ARRAY['it', 'finance'])[1 + n % 2]
		FROM generate_series(1, 20000) n`)
	i.Exec(`INSERT INTO news_acknowledgements (news_id, edition, digest, person_id)
		SELECT c.news_id, 1, c.digest, p.id FROM news_confirmed c, people p WHERE p.name LIKE '%7'`)
	i.Exec(`VACUUM ANALYZE people`)
	i.Exec(`VACUUM ANALYZE news_acknowledgements`)
	contenttest.ReadsAnIndex(t, i, kind, "both")
}

// An announcement is found by those whom it is for, once it is published.
func TestAnnouncementsAreFoundAsTheyAreRead(t *testing.T) {
	t.Parallel()
	_, i := with(t, written("coffee", -time.Hour, "it"))
	for department, want := range map[string]int{"": 0, "finance": 0, "it": 1} {
		if got := i.FindsAs(store.Person{Lang: "en", Department: department}, "coffee"); len(got) != want {
			t.Errorf("of the department %q: %q", department, got)
		}
	}
	i.Exec(`UPDATE news SET published_at = now() + interval '1 hour'`)
	if got := i.FindsAs(store.Person{Lang: "en", Department: "it"}, "coffee"); len(got) != 0 {
		t.Errorf("found before it is published: %q", got)
	}
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
		`news (slug, lang, published_at) VALUES ('x', 'en', '2200-01-02Z')`,
		`news (slug, lang, published_at) VALUES ('x', 'en', 'infinity')`,
		`news_texts SELECT gen_random_uuid(), 'en', '', 's', 'b', 'b'`,
		`news_texts SELECT gen_random_uuid(), 'en', 't', repeat('s', 501), 'b', 'b'`,
	} {
		_, err := pool.Exec(t.Context(), `INSERT INTO `+columns)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != "23514" {
			t.Errorf("%s: %v", columns, err)
		}
	}
}

func FuzzNewsCursor(f *testing.F) {
	for _, seed := range []string{
		"", "!", "e30", "bnVsbA",
		"eyJwIjp0cnVlLCJ0IjoiMjAyNi0wMS0wMVQwMDowMDowMFoiLCJpIjoiN2Q5YTRhNTItOWUwZi00YTU3LThkMGMtMGY0ZjRiZGU5YzExIn0",
	} {
		f.Add(seed)
	}
	news, i := with(f, written("one", -time.Hour), written("two", time.Hour))
	caio := i.Person("caio")
	f.Fuzz(func(t *testing.T, after string) {
		for _, which := range []Which{All, NotYetPublished} {
			_, err := news.list(t.Context(), caio, Filter{Which: which, After: after, Limit: 1})
			if err != nil && !errors.Is(err, store.ErrCursor) {
				t.Fatalf("%q: %v", after, err)
			}
		}
	})
}

// shown is what the page of an article shows.
func shown(a newArticle) content.Shown {
	return content.Shown{Edition: 1, Digest: a.Texts[0].SHA256()}
}
