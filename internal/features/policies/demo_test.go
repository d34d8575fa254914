package policies

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/content/contenttest"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/webtest"
)

// now is a moment of the demo company's.
var now = time.Date(2026, time.March, 4, 9, 30, 12, 345, time.FixedZone("", -3*60*60))

func TestTheDemosHandbook(t *testing.T) {
	t.Parallel()
	c := seed.Company(now)
	slugs, categories, originals := map[string]bool{}, map[string]int{}, map[string]bool{}
	acknowledged, overdue, urgent := 0, 0, 0
	for _, p := range rules {
		if !contenttest.Slug.MatchString(p.slug) || len(p.slug) > 120 || slugs[p.slug] {
			t.Errorf("the slug %q is not one or is there twice", p.slug)
		}
		slugs[p.slug], originals[p.lang] = true, true
		categories[p.category]++
		if !contenttest.Writes(c, p.owner+"@"+seed.Domain, p.lang) {
			t.Errorf("%s: %s cannot have written this in %s", p.slug, p.owner, p.lang)
		}
		if p.days < 200 || p.days > 1500 {
			t.Errorf("%s: published %d days ago", p.slug, p.days)
		}
		switch {
		case p.review < 0:
			overdue++
		case p.review <= 7:
			urgent++
		case p.review < 30 || p.review > 360:
			t.Errorf("%s: the next review is in %d days", p.slug, p.review)
		}
		if p.acknowledged {
			acknowledged++
		}
	}
	if len(rules) != 25 || acknowledged != 6 || overdue != 2 || urgent != 1 || len(originals) != len(i18n.Languages) {
		t.Errorf("%d policies, %d acknowledged, %d overdue, %d nearly so, written in %d languages; want 25, 6, 2, 1, 3",
			len(rules), acknowledged, overdue, urgent, len(originals))
	}
	for _, c := range parts {
		if categories[c.Slug] != 5 {
			t.Errorf("%d policies in %s, want 5", categories[c.Slug], c.Slug)
		}
		delete(categories, c.Slug)
	}
	if len(categories) > 0 {
		t.Errorf("categories that do not exist: %v", slices.Collect(maps.Keys(categories)))
	}
	entries, err := files.ReadDir("demo")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(rules)*len(i18n.Languages) {
		t.Errorf("%d files for %d policies", len(entries), len(rules))
	}
}

// The demo's handbook goes into the database.
func TestTheDemosPoliciesAreStored(t *testing.T) {
	t.Parallel()
	i := webtest.Demo(t, Feature())
	n, confirmed := i.Count(`policies`), i.Count(`policies_acknowledgements`)
	if n != 25 || confirmed < 300 || i.Count(`policy_categories`) != 5 {
		t.Errorf("%d policies, %d times confirmed", n, confirmed)
	}
}

func TestTheDemosCategoriesAreNamedInEveryLanguage(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range parts {
		if !contenttest.Slug.MatchString(c.Slug) || len(c.Names) != len(i18n.Languages) {
			t.Errorf("%s: %v", c.Slug, c.Names)
		}
		for lang, name := range c.Names {
			if seen[name] || name == "" {
				t.Errorf("%s: %q in %s is there twice", c.Slug, name, lang)
			}
			seen[name] = true
		}
	}
	if len(parts) != 5 {
		t.Errorf("%d categories, want 5", len(parts))
	}
}

func TestEveryPolicyIsWellFormedAndTranslated(t *testing.T) {
	t.Parallel()
	titles := map[string]string{} // of which policy
	for _, p := range written(seed.Company(now)) {
		for _, text := range p.Texts {
			contenttest.WellFormed(t, p.Slug, text, [2]int{150, 350})
			if other, ok := titles[text.Title]; ok {
				t.Errorf("%s.%s is called like %s: %s", p.Slug, text.Lang, other, text.Title)
			}
			titles[text.Title] = p.Slug
		}
		contenttest.Translated(t, p.Slug, p.Texts)
	}
}

func TestPoliciesAreConfirmedByManyAndNotByThePersonas(t *testing.T) {
	t.Parallel()
	c := seed.Company(now)
	due := map[string]int{} // by persona
	for _, p := range written(c) {
		n := len(p.Acknowledged)
		if !p.MustRead && n > 0 || p.MustRead && (n < len(c.People)/3 || n > len(c.People)*19/20) {
			t.Errorf("%s: %d have confirmed it", p.Slug, n)
		}
		if p.UpdatedAt.Before(p.PublishedAt) || p.UpdatedAt.After(now) || p.ReviewOn.Sub(p.UpdatedAt).Hours() > 367*24 {
			t.Errorf("%s: published %v, changed %v, to be reviewed %v", p.Slug, p.PublishedAt, p.UpdatedAt, p.ReviewOn)
		}
		for _, q := range seed.Personas() {
			if p.MustRead && !slices.Contains(p.Acknowledged, q.Email) {
				due[q.Email]++
			}
		}
	}
	for _, q := range seed.Personas() {
		if due[q.Email] != 3 {
			t.Errorf("%s has %d policies to confirm, want 3", q.Name, due[q.Email])
		}
	}
}
