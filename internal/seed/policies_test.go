package seed

import (
	"maps"
	"slices"
	"testing"
)

func TestHandbook(t *testing.T) {
	t.Parallel()
	everybody := people()
	slugs, categories, originals := map[string]bool{}, map[string]int{}, map[string]bool{}
	acknowledged, overdue, urgent := 0, 0, 0
	for _, p := range handbook {
		if !slugPattern.MatchString(p.slug) || len(p.slug) > 120 || slugs[p.slug] {
			t.Errorf("the slug %q is not one or is there twice", p.slug)
		}
		slugs[p.slug], originals[p.lang] = true, true
		categories[p.category]++
		if !writes(everybody, p.owner+"@"+Domain, p.lang) {
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
	if len(handbook) != 25 || acknowledged != 6 || overdue != 2 || urgent != 1 || len(originals) != len(languages) {
		t.Errorf("%d policies, %d acknowledged, %d overdue, %d nearly so, written in %d languages; want 25, 6, 2, 1, 3",
			len(handbook), acknowledged, overdue, urgent, len(originals))
	}
	for _, c := range policyCategories {
		if categories[c.Slug] != 5 {
			t.Errorf("%d policies in %s, want 5", categories[c.Slug], c.Slug)
		}
		delete(categories, c.Slug)
	}
	if len(categories) > 0 {
		t.Errorf("categories that do not exist: %v", slices.Collect(maps.Keys(categories)))
	}
	entries, err := policyFiles.ReadDir("policies")
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(handbook)*len(languages) {
		t.Errorf("%d files for %d policies", len(entries), len(handbook))
	}
}

func TestPolicyCategories(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range policyCategories {
		named(t, seen, c.Slug, c.Names)
		if !slugPattern.MatchString(c.Slug) {
			t.Errorf("the slug %q is not one", c.Slug)
		}
	}
	if len(policyCategories) != 5 {
		t.Errorf("%d categories, want 5", len(policyCategories))
	}
}

func TestEveryPolicyIsWellFormedAndTranslated(t *testing.T) {
	t.Parallel()
	titles := map[string]string{} // of which policy
	for _, p := range handbook {
		texts := translations(policyFiles, "policies/"+p.slug)
		for _, text := range texts {
			wellFormed(t, p.slug, text, 150, 350)
			if other, ok := titles[text.Title]; ok {
				t.Errorf("%s.%s is called like %s: %s", p.slug, text.Lang, other, text.Title)
			}
			titles[text.Title] = p.slug
		}
		translated(t, p.slug, texts)
	}
}

func TestPoliciesAreConfirmedByManyAndNotByThePersonas(t *testing.T) {
	t.Parallel()
	c := Company(now)
	due := map[string]int{} // by persona
	for _, p := range c.Policies {
		if n := len(p.Acknowledged); !p.MustRead && n > 0 || p.MustRead && (n < len(c.People)/3 || n > len(c.People)*19/20) {
			t.Errorf("%s: %d have confirmed it", p.Slug, n)
		}
		if p.UpdatedAt.Before(p.PublishedAt) || p.UpdatedAt.After(now) || p.ReviewOn.Sub(p.UpdatedAt).Hours() > 367*24 {
			t.Errorf("%s: published %v, changed %v, to be reviewed %v", p.Slug, p.PublishedAt, p.UpdatedAt, p.ReviewOn)
		}
		for _, q := range Personas() {
			if p.MustRead && !slices.Contains(p.Acknowledged, q.Email) {
				due[q.Email]++
			}
		}
	}
	for _, q := range Personas() {
		if due[q.Email] != 3 {
			t.Errorf("%s has %d policies to confirm, want 3", q.Name, due[q.Email])
		}
	}
}
