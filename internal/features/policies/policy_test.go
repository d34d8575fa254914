package policies

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

// aPolicy is one in English of Bea's, published and to be reviewed in so many days.
func aPolicy(slug, category string, review int) newPolicy {
	today := time.Now().UTC().Truncate(24 * time.Hour)
	return newPolicy{
		Slug: slug, Category: category, Lang: "en", OwnerEmail: "bea@company.example",
		ReviewOn: today.AddDate(0, 0, review), PublishedAt: today.AddDate(0, 0, -9), UpdatedAt: today,
		Texts: []content.Text{{Lang: "en", Title: "The " + slug, Summary: "s", Body: "body"}},
	}
}

// with is the policies in a database, in the categories work, money and empty.
func with(t testing.TB, all ...newPolicy) (handbook, *webtest.Intranet) {
	t.Helper()
	i := webtest.New(t, Feature())
	for _, names := range []string{
		`{"en": "Work", "pt": "Trabalho"}`, `{"en": "Money"}`, `{"en": "Empty"}`,
	} {
		i.Exec(`INSERT INTO policy_categories (slug, names) SELECT lower(($1::jsonb)->>'en'), $1`, names)
	}
	insert(i, all...)
	return handbook{content.Store{Store: i.Store, Kind: kind}}, i
}

// listed are the slugs of a list, which is read by so many at a time.
func listed(t *testing.T, h handbook, reader *store.Person, f Filter) string {
	t.Helper()
	var slugs []string
	for {
		page, err := h.list(t.Context(), reader, f)
		if err != nil || len(page.Policies) > f.Limit {
			t.Fatalf("%d policies, %v", len(page.Policies), err)
		}
		for _, p := range page.Policies {
			slugs = append(slugs, p.Slug)
		}
		if f.After = page.Next; f.After == "" {
			return strings.Join(slugs, " ")
		}
	}
}

func TestPoliciesComeByCategoryAndTitleToThoseWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	draft, accents := aPolicy("draft", "money", -100), aPolicy("agua", "work", 400)
	draft.PublishedAt, accents.Texts[0].Title = time.Time{}, "The água"
	h, i := with(t, aPolicy("zebra", "money", -3), draft, aPolicy("apple", "work", 20), accents,
		aPolicy("bee", "work", -30), aPolicy("late", "work", 31))
	for limit := 1; limit <= 7; limit++ {
		for _, test := range []struct {
			who    string
			filter Filter
			want   string
		}{
			{"bea", Filter{}, "agua apple bee late zebra"},
			{"caio", Filter{}, "agua apple bee late draft zebra"},
			{"bea", Filter{Category: "money"}, "zebra"},
			{"ana", Filter{Category: "money"}, "draft zebra"},
			{"bea", Filter{Category: "no\x00ne"}, ""},
			{"caio", Filter{ToReview: true}, "bee zebra apple"},
			{"caio", Filter{ToReview: true, Category: "work"}, "bee apple"},
			{"bea", Filter{ToReview: true}, "agua apple bee late zebra"}, // not theirs to choose
		} {
			test.filter.Limit = limit
			if got := listed(t, h, i.Person(test.who), test.filter); got != test.want {
				t.Errorf("%s, %+v: %q, want %q", test.who, test.filter, got, test.want)
			}
		}
	}
	ana, bea := *i.Person("ana"), i.Person("bea")
	page, err := h.list(t.Context(), bea, Filter{Limit: 10})
	var categories []string
	for _, c := range page.Categories {
		categories = append(categories, fmt.Sprint(c.Name, " ", c.Used))
	}
	if got := strings.Join(categories, ", "); err != nil || got != "Work true, Money true, Empty false" {
		t.Errorf("%q, %v", got, err)
	}
	portuguese, err := h.find(t.Context(), i.Person("ana"), "apple")
	if err != nil || portuguese.CategoryName != "Trabalho" {
		t.Errorf("in Portuguese: %q, %v", portuguese.CategoryName, err)
	}
	for slug, who := range map[string]*store.Person{
		"draft": bea, "no-such": &ana, "": &ana, "\x00": &ana, "\xff": &ana,
	} {
		if _, err := h.find(t.Context(), who, slug); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %v", slug, err)
		}
	}
	p, err := h.find(t.Context(), &ana, "draft")
	if err != nil || p.Published || p.Body != "body" || p.OwnerID != i.IDs["bea"] || !p.Overdue {
		t.Errorf("%+v, %v", p, err)
	}
}

// A review is over with the reader's day, as an event that is all day is.
func TestAReviewIsOverWithTheReadersDay(t *testing.T) {
	t.Parallel()
	today := aPolicy("rule", "work", 0)
	h, i := with(t, today)
	reader := *i.Person("bea")
	for _, name := range []string{"Pacific/Kiritimati", "UTC", "Etc/GMT+12"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		reader.TimeZone = name
		p, err := h.find(t.Context(), &reader, "rule")
		over := time.Now().In(zone).Format(time.DateOnly) > today.ReviewOn.Format(time.DateOnly)
		if err != nil || p.Overdue != over || !p.ToReview {
			t.Errorf("in %s: overdue %v, %v", name, p.Overdue, err)
		}
	}
}

// A review changes nothing but the day of the next one, and neither does publishing.
func TestWhatIsReviewedOrPublishedIsNotChanged(t *testing.T) {
	t.Parallel()
	h, i := with(t, aPolicy("rule", "work", 9))
	caio, ctx, today := i.Person("caio"), i.Request("caio"), time.Now().UTC().Truncate(24*time.Hour)
	was, err := h.find(t.Context(), caio, "rule")
	if err != nil {
		t.Fatal(err)
	}
	at := func(n int) content.Version { return content.Version{Slug: "rule", Number: n} }
	next := today.AddDate(1, 0, 0)
	err = errors.Join(h.unpublish(ctx, caio, at(1)), h.publish(ctx, caio, at(2)), h.review(ctx, caio, at(3), next))
	if err != nil {
		t.Fatal(err)
	}
	is, err := h.find(t.Context(), caio, "rule")
	if err != nil || !is.UpdatedAt.Equal(was.UpdatedAt) || !is.ReviewOn.Equal(next) || is.Version != 4 {
		t.Errorf("%+v, %v", is, err)
	}
	for _, day := range []time.Time{{}, today.AddDate(0, 0, -1), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if _, invalid := errors.AsType[content.InvalidFields](h.review(ctx, caio, at(4), day)); !invalid {
			t.Errorf("the next review may be on %v", day)
		}
	}
	wrong := Settings{OwnerEmail: "nobody@company.example", Category: "none"}
	err = h.update(ctx, caio, at(4), content.Text{Lang: "en", Title: "x", Summary: "s"}, wrong)
	if fields, _ := errors.AsType[content.InvalidFields](err); strings.Join(fields, " ") != "owner category" {
		t.Error(err)
	}
}

func TestCategoriesAreAddedRenamedAndDeleted(t *testing.T) {
	t.Parallel()
	h, i := with(t, aPolicy("rule", "work", 9))
	caio, ctx := i.Person("caio"), i.Request("caio")
	at := func(slug string, n int) content.Version { return content.Version{Slug: slug, Number: n} }
	en := func(name string) store.Texts { return store.Texts{"en": name} }
	for _, test := range []struct {
		what string
		err  error
		want error
	}{
		{"add", h.createCategory(ctx, caio, store.Texts{"en": "Health & safety", "es": "Salud"}), nil},
		{"add twice", h.createCategory(ctx, caio, en("Health, Safety")), store.ErrConflict},
		{"rename", h.renameCategory(ctx, caio, at("work", 1), en("Working here")), nil},
		{"rename another version", h.renameCategory(ctx, caio, at("work", 1), en("Late")), store.ErrConflict},
		{"rename none", h.renameCategory(ctx, caio, at("no\x00ne", 1), en("x")), store.ErrNotFound},
		{"delete one that is used", h.deleteCategory(ctx, caio, at("work", 2)), store.ErrInUse},
		{"delete another version", h.deleteCategory(ctx, caio, at("empty", 2)), store.ErrConflict},
		{"delete", h.deleteCategory(ctx, caio, at("empty", 1)), nil},
		{"delete none", h.deleteCategory(ctx, caio, at("none", 1)), store.ErrNotFound},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%s: %v", test.what, test.err)
		}
	}
	for what, err := range map[string]error{
		"add":    h.createCategory(ctx, caio, store.Texts{"en": "Fitness", "pt": "salud"}),
		"rename": h.renameCategory(ctx, caio, at("money", 1), store.Texts{"en": "Fitness", "pt": "SALÚD"}),
	} {
		if taken, _ := errors.AsType[store.NamesTaken](err); strings.Join(taken, " ") != "pt" {
			t.Errorf("%s one of a name that another has in Spanish: %v", what, err)
		}
	}
	categories, err := h.categories(t.Context(), caio)
	var got []string
	for _, c := range categories {
		got = append(got, c.Slug+" "+c.Name)
	}
	if err != nil || strings.Join(got, ", ") != "work Working here, money Money, health-safety Salud" {
		t.Errorf("%q, %v", got, err)
	}
}

// The database refuses by itself what the form would.
func TestTheDatabaseTakesNoPolicyThatIsNone(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	const id = `7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11`
	for _, sql := range []string{
		`INSERT INTO policy_categories (slug, names) VALUES ('work', '{"en": "Work"}')`,
		`INSERT INTO policies (id, slug, category, lang, review_on) VALUES ('` + id + `', 'rule', 'work', 'en', now())`,
	} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for values, code := range map[string]string{
		`'new', 'work', 'en', now()`:         "23514",
		`'A b', 'work', 'en', now()`:         "23514",
		`'rule', 'work', 'en', now()`:        "23505",
		`'a', 'none', 'en', now()`:           "23503",
		`'a', 'work', 'fr', now()`:           "23514",
		`'a', 'work', 'en', '0203-01-01'`:    "23514",
		`'en', '', 's', ''`:                  "23514",
		`'en', 't', '', ''`:                  "23514",
		`'en', repeat('t', 201), 's', ''`:    "23514",
		`'en', 't', 's', repeat('x', 50001)`: "23514",
		`1, 'x', '` + id + `', now()`:        "23503",
	} {
		insert := `INSERT INTO policies (slug, category, lang, review_on) VALUES (` + values + `)`
		switch {
		case strings.HasPrefix(values, `'en'`):
			insert = `INSERT INTO policies_texts (policy_id, lang, title, summary, body, plain)
				VALUES ('` + id + `', ` + values + `, '')`
		case strings.HasPrefix(values, `1`):
			insert = `INSERT INTO policies_acknowledgements (policy_id, edition, digest, person_id, at)
				VALUES ('` + id + `', ` + values + `)`
		}
		_, err := pool.Exec(t.Context(), insert)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != code {
			t.Errorf("%s: %v", insert, err)
		}
	}
}

func FuzzPoliciesCursor(f *testing.F) {
	for _, seed := range []string{
		"", "!", "e30", "bnVsbA",
		"eyJyIjoxLCJ0IjoiVGhlIG9uZSIsImkiOiI3ZDlhNGE1Mi05ZTBmLTRhNTctOGQwYy0wZjRmNGJkZTljMTEifQ",
		"eyJyIjo5OTk5OTk5OTk5LCJ0IjoiIiwiaSI6IjdkOWE0YTUyLTllMGYtNGE1Ny04ZDBjLTBmNGY0YmRlOWMxMSJ9",
	} {
		f.Add(seed)
	}
	h, i := with(f, aPolicy("one", "work", 1), aPolicy("two", "money", 2))
	ana := i.Person("ana")
	f.Fuzz(func(t *testing.T, after string) {
		for _, review := range []bool{false, true} {
			_, err := h.list(t.Context(), ana, Filter{ToReview: review, After: after, Limit: 1})
			if err != nil && !errors.Is(err, store.ErrCursor) {
				t.Fatalf("%q: %v", after, err)
			}
		}
	})
}
