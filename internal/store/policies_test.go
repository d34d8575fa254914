package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
)

// aPolicy is one in English of Bea's, published and to be reviewed in so many days.
func aPolicy(slug, category string, review int) store.NewPolicy {
	today := time.Now().UTC().Truncate(24 * time.Hour)
	return store.NewPolicy{
		Slug: slug, Category: category, Lang: "en", OwnerEmail: "bea_o@aroeira.example", ReviewOn: today.AddDate(0, 0, review), PublishedAt: today.AddDate(0, 0, -9), UpdatedAt: today,
		Texts: []store.Written{{Lang: "en", Title: "The " + slug, Summary: "s", Body: "body"}},
	}
}

// policyReaders is a store with policies in it, and people by their first name.
// Átila and Zoë are employees, Bea is an editor and Ana an admin.
func policyReaders(t testing.TB, policies ...store.NewPolicy) (*store.Store, *pgxpool.Pool, map[string]*store.Person) {
	t.Helper()
	return readers(t, func(c *store.Company) {
		c.PolicyCategories = []store.NewPolicyCategory{{Slug: "work", Names: store.Texts{"en": "Work", "pt": "Trabalho"}}, {Slug: "money", Names: store.Texts{"en": "Money"}}, {Slug: "empty", Names: store.Texts{"en": "Empty"}}}
		c.Policies = policies
	})
}

// listed are the slugs of a list, which is read by so many at a time.
func listed(t *testing.T, s *store.Store, reader *store.Person, f store.PoliciesFilter) (slugs []string) {
	t.Helper()
	for {
		page, err := s.Policies(t.Context(), reader, f)
		if err != nil || len(page.Policies) > f.Limit {
			t.Fatalf("%d policies, %v", len(page.Policies), err)
		}
		for _, p := range page.Policies {
			slugs = append(slugs, p.Slug)
		}
		if f.After = page.Next; f.After == "" {
			return slugs
		}
	}
}

func TestPoliciesComeByCategoryAndTitleToThoseWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	draft := aPolicy("draft", "money", -100)
	draft.PublishedAt = time.Time{}
	accents := aPolicy("agua", "work", 400)
	accents.Texts[0].Title = "The água"
	s, _, people := policyReaders(t, aPolicy("zebra", "money", -3), draft, aPolicy("apple", "work", 20), accents, aPolicy("bee", "work", -30), aPolicy("late", "work", 31))
	for limit := 1; limit <= 7; limit++ {
		for _, test := range []struct {
			who    string
			filter store.PoliciesFilter
			want   string
		}{
			{"Zoë", store.PoliciesFilter{}, "agua apple bee late zebra"},
			{"Bea", store.PoliciesFilter{}, "agua apple bee late draft zebra"},
			{"Zoë", store.PoliciesFilter{Category: "money"}, "zebra"},
			{"Ana", store.PoliciesFilter{Category: "money"}, "draft zebra"},
			{"Zoë", store.PoliciesFilter{Category: "no\x00ne"}, ""},
			{"Bea", store.PoliciesFilter{ToReview: true}, "bee zebra apple"},
			{"Bea", store.PoliciesFilter{ToReview: true, Category: "work"}, "bee apple"},
			{"Zoë", store.PoliciesFilter{ToReview: true}, "agua apple bee late zebra"}, // not theirs to choose
		} {
			test.filter.Limit = limit
			if got := strings.Join(listed(t, s, people[test.who], test.filter), " "); got != test.want {
				t.Errorf("%s, %+v: %q, want %q", test.who, test.filter, got, test.want)
			}
		}
	}
	page, err := s.Policies(t.Context(), people["Átila"], store.PoliciesFilter{Limit: 10})
	if err != nil || fmt.Sprint(page.Categories[0].Name, page.Categories[1].Name, page.Categories[1].Used, page.Categories[2].Used) != "TrabalhoMoneytrue false" {
		t.Errorf("%+v, %v", page.Categories, err)
	}
	for slug, who := range map[string]string{"draft": "Zoë", "no-such": "Bea", "": "Bea", "\x00": "Bea", "\xff": "Bea"} {
		if _, err := s.Policy(t.Context(), people[who], slug); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q for %s: %v", slug, who, err)
		}
	}
	if p, err := s.Policy(t.Context(), people["Ana"], "draft"); err != nil || p.Published || p.Body != "body" || p.Owner != "Bea O'Neill" || p.OwnerID != people["Bea"].ID || !p.Overdue {
		t.Errorf("%+v, %v", p, err)
	}
}

// A review is over with the reader's day, as an event that is all day is.
func TestAPolicyIsReadInTheReadersLanguageAndTime(t *testing.T) {
	t.Parallel()
	today := aPolicy("rule", "work", 0)
	today.Texts = append(today.Texts, store.Written{Lang: "es", Title: "La regla", Summary: "r", Body: "cuerpo"})
	s, pool, people := policyReaders(t, today)
	for who, want := range map[string]string{"Zoë": "es La regla cuerpo Work", "Átila": "en The rule body Trabalho"} {
		p, err := s.Policy(t.Context(), people[who], "rule")
		if got := fmt.Sprint(p.Lang, " ", p.Title, " ", p.Body, " ", p.CategoryName); err != nil || got != want {
			t.Errorf("%s: %q, %v", who, got, err)
		}
	}
	reader := *people["Bea"]
	for _, name := range []string{"Pacific/Kiritimati", "UTC", "Etc/GMT+12"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		reader.TimeZone = name
		p, err := s.Policy(t.Context(), &reader, "rule")
		if over := time.Now().In(zone).Format(time.DateOnly) > today.ReviewOn.Format(time.DateOnly); err != nil || p.Overdue != over || !p.ToReview {
			t.Errorf("in %s: overdue %v, %v", name, p.Overdue, err)
		}
	}
	// Who has left is named, and led to no more.
	if err := s.SetActive(t.Context(), by(t.Context()), people["Bea"].ID, false); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Policy(t.Context(), people["Ana"], "rule"); err != nil || p.Owner != "Bea O'Neill" || p.OwnerID != "" {
		t.Errorf("%q %q, %v", p.Owner, p.OwnerID, err)
	}
	if _, err := pool.Exec(t.Context(), `DELETE FROM people WHERE id = $1`, people["Bea"].ID); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Policy(t.Context(), people["Ana"], "rule"); err != nil || p.Owner != "" {
		t.Errorf("%q, %v", p.Owner, err)
	}
}

func inEnglish(title string) store.Written {
	return store.Written{Lang: "en", Title: title, Summary: "s", Body: "b"}
}

func theSettings() store.PolicySettings {
	return store.PolicySettings{Category: "work", OwnerEmail: "BEA_o@aroeira.example", ReviewOn: time.Date(2040, 2, 29, 0, 0, 0, 0, time.UTC)}
}

// A slug is made of the first title, and nothing that is changed afterwards
// changes it. No policy takes the address of the form for a new one.
func TestThePoliciesSlugIsOfItsFirstTitle(t *testing.T) {
	t.Parallel()
	s, pool, people := policyReaders(t)
	bea := as(t, s, pool, people["Bea"])
	for _, test := range [][2]string{
		{"Férias: o que muda?", "ferias-o-que-muda"}, {"Férias, o que muda!", "ferias-o-que-muda-2"}, {"Ferias O Que Muda", "ferias-o-que-muda-3"},
		{"New", "new-2"}, {"¡New!", "new-3"}, {"员工手册", "policy"}, {"---", "policy-2"}, {strings.Repeat("long word ", 20), strings.Repeat("long-word-", 7) + "long-word"},
	} {
		slug, err := s.CreatePolicy(bea, by(bea), inEnglish(strings.TrimSpace(test[0])), theSettings())
		if err != nil || slug != test[1] {
			t.Errorf("%q: %q, %v", test[0], slug, err)
		}
	}
	if err := s.UpdatePolicy(bea, by(bea), "new-2", 1, inEnglish("Something else"), theSettings()); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Policy(t.Context(), people["Bea"], "new-2"); err != nil || p.Title != "Something else" {
		t.Errorf("%+v, %v", p, err)
	}
	done := make(chan error)
	for _, who := range []string{"Ana", "Bea", "Átila", "Zoë"} {
		ctx := as(t, s, pool, people[who])
		go func() { _, err := s.CreatePolicy(ctx, by(ctx), inEnglish("At once"), theSettings()); done <- err }()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Errorf("at once: %v", err)
		}
	}
}

func TestAPolicyIsChangedFromTheVersionThatWasRead(t *testing.T) {
	t.Parallel()
	s, pool, people := policyReaders(t)
	bea := as(t, s, pool, people["Bea"])
	slug, err := s.CreatePolicy(bea, by(bea), inEnglish("First"), theSettings())
	if err != nil {
		t.Fatal(err)
	}
	edit := func() store.PolicyEdit {
		t.Helper()
		edit, err := s.PolicyEdit(t.Context(), people["Ana"], slug)
		if err != nil {
			t.Fatal(err)
		}
		return edit
	}
	if e := edit(); e.Policy.Version != 1 || e.Policy.Published || e.Policy.OwnerID != people["Bea"].ID || !e.Policy.ReviewOn.Equal(theSettings().ReviewOn) || len(e.Texts) != 1 {
		t.Errorf("%+v", e)
	}
	other := theSettings()
	other.Category, other.OwnerEmail, other.MustRead = "money", "zoe@aroeira.example", true
	if err := s.UpdatePolicy(bea, by(bea), slug, 1, store.Written{Lang: "es", Title: "Primera", Summary: "s", Body: "c"}, other); err != nil {
		t.Fatal(err)
	}
	if e := edit(); e.Policy.Version != 2 || e.Policy.Title != "First" || len(e.Texts) != 2 || e.Texts[1].Title != "Primera" || e.Policy.Category != "money" || e.Policy.Owner != "Zoë" || !e.Policy.MustRead {
		t.Errorf("%+v", e)
	}
	today := time.Now().UTC().Truncate(24 * time.Hour)
	changes := map[string]func(slug string, version int) error{
		"update": func(slug string, v int) error {
			return s.UpdatePolicy(bea, by(bea), slug, v, inEnglish("Second"), other)
		},
		"publish":     func(slug string, v int) error { return s.PublishPolicy(bea, by(bea), slug, v) },
		"unpublish":   func(slug string, v int) error { return s.UnpublishPolicy(bea, by(bea), slug, v) },
		"review":      func(slug string, v int) error { return s.ReviewPolicy(bea, by(bea), slug, v, today.AddDate(1, 0, 0)) },
		"translation": func(slug string, v int) error { return s.DeletePolicyTranslation(bea, by(bea), slug, v, "es") },
		"delete":      func(slug string, v int) error { return s.DeletePolicy(bea, by(bea), slug, v) },
	}
	for what, change := range changes {
		if err := change(slug, 1); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s, from a version that is gone: %v", what, err)
		}
		if err := change("no-such", 1); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s, what is not there: %v", what, err)
		}
	}
	updated, version := edit().Policy.UpdatedAt, 2
	for _, what := range []string{"publish", "publish", "review", "unpublish", "unpublish", "translation"} {
		if err := changes[what](slug, version); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		version++
	}
	if e := edit(); !e.Policy.UpdatedAt.Equal(updated) || !e.Policy.ReviewOn.Equal(today.AddDate(1, 0, 0)) || len(e.Texts) != 1 || e.Policy.Published {
		t.Errorf("%+v", e)
	}
	for _, lang := range []string{"es", "en", "\x00"} { // gone, the original, nothing
		if err := s.DeletePolicyTranslation(bea, by(bea), slug, version, lang); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("removing %q: %v", lang, err)
		}
	}
	for _, day := range []time.Time{{}, today.AddDate(0, 0, -1), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if _, invalid := errors.AsType[store.InvalidFields](s.ReviewPolicy(bea, by(bea), slug, version, day)); !invalid {
			t.Errorf("the next review may be on %v", day)
		}
	}
	other.OwnerEmail, other.Category = "nobody@aroeira.example", "none"
	err = s.UpdatePolicy(bea, by(bea), slug, version, inEnglish("x"), other)
	if fields, _ := errors.AsType[store.InvalidFields](err); !slices.Equal(fields, []string{"owner", "category"}) {
		t.Error(err)
	}
	if err := changes["delete"](slug, version); err != nil {
		t.Error(err)
	}
	var got []string
	for _, e := range recorded(t, s, "bea_o@aroeira.example") {
		got = append(got, string(e.Action)+" "+e.Detail)
	}
	want := []string{"policy.created First", "policy.changed Primera", "policy.published First", "policy.reviewed First, next on " + today.AddDate(1, 0, 0).Format(time.DateOnly),
		"policy.unpublished First", "policy.changed Primera (es)", "policy.deleted First"}
	if !slices.Equal(got, want) {
		t.Errorf("recorded %q", got)
	}
}

// Policies are for everybody, and one that is published only; who has read one is
// in no trail.
func TestPoliciesThatMustBeReadAreConfirmed(t *testing.T) {
	t.Parallel()
	rule, draft := aPolicy("rule", "work", 9), aPolicy("draft", "work", 9)
	rule.MustRead, draft.MustRead, draft.PublishedAt = true, true, time.Time{}
	rule.Acknowledged = []string{"ana@aroeira.example"}
	s, pool, people := policyReaders(t, rule, draft, aPolicy("other", "work", 9))
	zoe := as(t, s, pool, people["Zoë"])
	for slug, want := range map[string]error{"rule": nil, "draft": store.ErrNotFound, "other": store.ErrNotFound, "\x00": store.ErrNotFound} {
		if err := s.AcknowledgePolicy(zoe, by(zoe), slug, 1); !errors.Is(err, want) {
			t.Errorf("%q: %v", slug, err)
		}
	}
	if err := s.AcknowledgePolicy(zoe, by(zoe), "rule", 2); !errors.Is(err, store.ErrConflict) {
		t.Errorf("another edition: %v", err)
	}
	_, page, err := s.PolicyAcknowledgements(t.Context(), people["Bea"], "rule", store.AcknowledgementsFilter{Limit: 10})
	if err != nil || page.Asked != 4 || page.Confirmed != 2 || !slices.Equal(names(page.Missing), []string{"Átila Brandão", "Bea O'Neill"}) {
		t.Errorf("%+v, %v", page, err)
	}
	if p, err := s.Policy(t.Context(), people["Zoë"], "rule"); err != nil || p.Due() || p.ConfirmedAt == nil {
		t.Errorf("%+v, %v", p, err)
	}
	for _, slug := range []string{"other", "none"} {
		if _, _, err := s.PolicyAcknowledgements(t.Context(), people["Bea"], slug, store.AcknowledgementsFilter{Limit: 10}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", slug, err)
		}
	}
	asked, err := s.ExportPolicyAcknowledgements(as(t, s, pool, people["Bea"]), by(as(t, s, pool, people["Bea"])), "pt", "rule")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for p, err := range asked {
		rows = append(rows, fmt.Sprint(p.Name, " ", p.ConfirmedAt != nil, " ", err))
	}
	if !slices.Equal(rows, []string{"Ana Conceição true <nil>", "Átila Brandão false <nil>", "Bea O'Neill false <nil>", "Zoë true <nil>"}) {
		t.Errorf("%q", rows)
	}
	settings := theSettings()
	settings.MustRead, settings.AskAgain = true, true
	if err := s.UpdatePolicy(as(t, s, pool, people["Bea"]), by(as(t, s, pool, people["Bea"])), "rule", 1, inEnglish("Rule"), settings); err != nil {
		t.Fatal(err)
	}
	if p, err := s.Policy(t.Context(), people["Zoë"], "rule"); err != nil || !p.Due() || p.Edition != 2 {
		t.Errorf("asked again: %+v, %v", p, err)
	}
	if trail := recorded(t, s, people["Zoë"].Email); len(trail) != 0 {
		t.Errorf("what people read is in the trail: %v", trail)
	}
}

func TestCategoriesOfPoliciesAreAddedRenamedAndDeleted(t *testing.T) {
	t.Parallel()
	s, pool, people := policyReaders(t, aPolicy("rule", "work", 9))
	bea := as(t, s, pool, people["Bea"])
	if err := s.CreatePolicyCategory(bea, by(bea), store.Texts{"en": "Health & safety", "es": "Salud"}); err != nil {
		t.Fatal(err)
	}
	if err := s.CreatePolicyCategory(bea, by(bea), store.Texts{"en": "Health, Safety"}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a second time: %v", err)
	}
	if err := s.RenamePolicyCategory(bea, by(bea), "work", 1, store.Texts{"en": "Working here"}); err != nil {
		t.Fatal(err)
	}
	if err := s.RenamePolicyCategory(bea, by(bea), "work", 1, store.Texts{"en": "Too late"}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("from a version that is gone: %v", err)
	}
	for what, err := range map[string]error{"add": s.CreatePolicyCategory(bea, by(bea), store.Texts{"en": "Fitness", "pt": "salud"}), "rename": s.RenamePolicyCategory(bea, by(bea), "empty", 1, store.Texts{"en": "Fitness", "pt": "SALÚD"})} {
		if taken, _ := errors.AsType[store.NamesTaken](err); !slices.Equal(taken, []string{"pt"}) {
			t.Errorf("%s one of a name that another has in Spanish: %v", what, err)
		}
	}
	for slug, want := range map[string]error{"work": store.ErrInUse, "empty": nil, "none": store.ErrNotFound} {
		if err := s.DeletePolicyCategory(bea, by(bea), slug, 2); slug == "empty" && !errors.Is(err, store.ErrConflict) {
			t.Errorf("delete one of another version: %v", err)
		}
		if err := s.DeletePolicyCategory(bea, by(bea), slug, 1); !errors.Is(err, want) {
			t.Errorf("delete %s: %v", slug, err)
		}
	}
	if err := s.RenamePolicyCategory(bea, by(bea), "no\x00ne", 1, store.Texts{"en": "x"}); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	categories, err := s.PolicyCategories(t.Context(), people["Zoë"])
	var got []string
	for _, c := range categories {
		got = append(got, c.Slug+" "+c.Name)
	}
	if err != nil || !slices.Equal(got, []string{"work Working here", "money Money", "health-safety Salud"}) {
		t.Errorf("%q, %v", got, err)
	}
	for _, test := range []struct {
		names store.Texts
		want  string
	}{{store.Texts{}, "en"}, {store.Texts{"en": "x", "pt": "two\nlines", "es": strings.Repeat("x", 101)}, "pt es"}, {store.Texts{"en": "x"}, ""}} {
		if got := strings.Join(store.InvalidNames(test.names), " "); got != test.want {
			t.Errorf("%v: %q", test.names, got)
		}
	}
}

// The database refuses by itself what the form would.
func TestTheDatabaseTakesNoPolicyThatIsNone(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	if _, err := pool.Exec(t.Context(), `INSERT INTO policy_categories (slug, names) VALUES ('work', '{"en": "Work"}')`); err != nil {
		t.Fatal(err)
	}
	const id = `7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11`
	if _, err := pool.Exec(t.Context(), `INSERT INTO policies (id, slug, category, lang, review_on) VALUES ('`+id+`', 'rule', 'work', 'en', now())`); err != nil {
		t.Fatal(err)
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
		`1, '` + id + `', now()`:             "23503",
	} {
		insert := `INSERT INTO policies (slug, category, lang, review_on) VALUES (` + values + `)`
		switch {
		case strings.HasPrefix(values, `'en'`):
			insert = `INSERT INTO policies_texts (policy_id, lang, title, summary, body) VALUES ('` + id + `', ` + values + `)`
		case strings.HasPrefix(values, `1`):
			insert = `INSERT INTO policies_acknowledgements (policy_id, edition, person_id, at) VALUES ('` + id + `', ` + values + `)`
		}
		_, err := pool.Exec(t.Context(), insert)
		if pg, ok := errors.AsType[*pgconn.PgError](err); !ok || pg.Code != code {
			t.Errorf("%s: %v", insert, err)
		}
	}
}

func FuzzPoliciesCursor(f *testing.F) {
	for _, seed := range []string{"", "!", "eyJyIjoxLCJ0IjoiVGhlIG9uZSIsImkiOiI3ZDlhNGE1Mi05ZTBmLTRhNTctOGQwYy0wZjRmNGJkZTljMTEifQ", "eyJyIjo5OTk5OTk5OTk5LCJ0IjoiIiwiaSI6IjdkOWE0YTUyLTllMGYtNGE1Ny04ZDBjLTBmNGY0YmRlOWMxMSJ9", "e30", "bnVsbA"} {
		f.Add(seed)
	}
	s, _, people := policyReaders(f, aPolicy("one", "work", 1), aPolicy("two", "money", 2))
	f.Fuzz(func(t *testing.T, after string) {
		for _, review := range []bool{false, true} {
			if _, err := s.Policies(t.Context(), people["Ana"], store.PoliciesFilter{ToReview: review, After: after, Limit: 1}); err != nil && !errors.Is(err, store.ErrCursor) {
				t.Fatalf("%q: %v", after, err)
			}
		}
	})
}

// usePolicies calls every method of the store for policies.
func usePolicies(ctx context.Context, s *store.Store, does func(method string, err error)) {
	reader, settings := store.SessionOf(ctx).Person, theSettings()
	settings.MustRead, settings.OwnerEmail = true, reader.Email
	does("CreatePolicyCategory", s.CreatePolicyCategory(ctx, by(ctx), store.Texts{"en": "Work"}))
	does("RenamePolicyCategory", s.RenamePolicyCategory(ctx, by(ctx), "work", 1, store.Texts{"en": "Work", "pt": "Trabalho"}))
	_, err := s.PolicyCategories(ctx, reader)
	does("PolicyCategories", err)
	does("CreatePolicyCategory", s.CreatePolicyCategory(ctx, by(ctx), store.Texts{"en": "Mistake"}))
	does("DeletePolicyCategory", s.DeletePolicyCategory(ctx, by(ctx), "mistake", 1))
	slug, err := s.CreatePolicy(ctx, by(ctx), inEnglish("Rule"), settings)
	does("CreatePolicy", err)
	does("UpdatePolicy", s.UpdatePolicy(ctx, by(ctx), slug, 1, store.Written{Lang: "es", Title: "Regla", Summary: "r"}, settings))
	_, err = s.PolicyEdit(ctx, reader, slug)
	does("PolicyEdit", err)
	does("DeletePolicyTranslation", s.DeletePolicyTranslation(ctx, by(ctx), slug, 2, "es"))
	does("PublishPolicy", s.PublishPolicy(ctx, by(ctx), slug, 3))
	does("ReviewPolicy", s.ReviewPolicy(ctx, by(ctx), slug, 4, time.Now().AddDate(1, 0, 0)))
	does("AcknowledgePolicy", s.AcknowledgePolicy(ctx, by(ctx), slug, 1))
	_, err = s.Policies(ctx, reader, store.PoliciesFilter{Limit: 10})
	does("Policies", err)
	_, err = s.Policy(ctx, reader, slug)
	does("Policy", err)
	_, _, err = s.PolicyAcknowledgements(ctx, reader, slug, store.AcknowledgementsFilter{Limit: 10})
	does("PolicyAcknowledgements", err)
	asked, err := s.ExportPolicyAcknowledgements(ctx, by(ctx), "pt", slug)
	does("ExportPolicyAcknowledgements", err)
	for _, err := range asked {
		does("ExportPolicyAcknowledgements", err)
	}
	does("UnpublishPolicy", s.UnpublishPolicy(ctx, by(ctx), slug, 5))
	does("DeletePolicy", s.DeletePolicy(ctx, by(ctx), slug, 6))
}
