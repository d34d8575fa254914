package contenttest

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/webtest"
)

var (
	markdownLink = regexp.MustCompile(`\[([^]]*)\]\(([^)]*)\)`)
	heading      = regexp.MustCompile(`(?m)^## \S`)
	anyHeading   = regexp.MustCompile(`(?m)^#`)
	listItem     = regexp.MustCompile(`(?m)^(- |\d\. )`)
	tableRow     = regexp.MustCompile(`(?m)^\|.*\|$`)
	table        = regexp.MustCompile(`(?m)(^\|.*\n?)+`)
)

// Slug is what a slug looks like.
var Slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+){0,50}$`)

// Writes reports whether that person of the company may edit, and does so in that
// language.
func Writes(c store.Company, email, lang string) bool {
	return slices.ContainsFunc(c.People, func(p store.PersonDetails) bool {
		return p.Email == email && p.Lang == lang && p.Role != store.Employee
	})
}

// WellFormed tests a text of the demo company in one language: its body has so many
// words, and leads to nowhere but the company.
func WellFormed(t *testing.T, slug string, text content.Text, words [2]int) {
	t.Helper()
	name := slug + "." + text.Lang
	if n := utf8.RuneCountInString(text.Title); n > 100 {
		t.Errorf("%s: the title has %d characters", name, n)
	}
	if n := utf8.RuneCountInString(text.Summary); n > 300 {
		t.Errorf("%s: the summary has %d characters", name, n)
	}
	if n := len(strings.Fields(text.Body)); n < words[0] || n > words[1] {
		t.Errorf("%s: the body has %d words", name, n)
	}
	if strings.Contains(text.Title+text.Summary+text.Body, "{") {
		t.Errorf("%s: something stands in for what it says", name)
	}
	// The title is the page's only first heading.
	got, want := len(anyHeading.FindAllString(text.Body, -1)), len(heading.FindAllString(text.Body, -1))
	if got != want || want == 0 {
		t.Errorf("%s: %d headings, of which %d are of the second level", name, got, want)
	}
	webtest.CheckLinks(t, name, text.Body)
	for _, link := range markdownLink.FindAllStringSubmatch(text.Body, -1) {
		if strings.Contains(link[1], seed.Domain) && !strings.HasSuffix(link[2], link[1]) {
			t.Errorf("%s: %s leads to %s", name, link[1], link[2])
		}
	}
	for _, rows := range table.FindAllString(text.Body, -1) {
		lines := strings.Split(strings.TrimSpace(rows), "\n")
		for _, line := range lines {
			if !tableRow.MatchString(line) || strings.Count(line, "|") != strings.Count(lines[0], "|") {
				t.Errorf("%s: %q does not fit into its table", name, line)
			}
		}
		if len(lines) < 3 || strings.Trim(lines[1], "|-") != "" {
			t.Errorf("%s: %q is no table", name, rows)
		}
	}
}

// Translated tests that a text is there in every language, with the same shape,
// and that no line was forgotten.
func Translated(t *testing.T, slug string, texts []content.Text) {
	t.Helper()
	type shape struct{ headings, items, rows int }
	of := func(text content.Text) (s shape, links []string) {
		for _, m := range markdownLink.FindAllStringSubmatch(text.Body, -1) {
			links = append(links, m[2])
		}
		slices.Sort(links) // sentences order them as their language likes
		count := func(what *regexp.Regexp) int { return len(what.FindAllString(text.Body, -1)) }
		return shape{count(heading), count(listItem), count(tableRow)}, links
	}
	if len(texts) != len(i18n.Languages) {
		t.Fatalf("%s: %d texts", slug, len(texts))
	}
	seen := map[string]string{} // the language of every line
	for i, text := range texts {
		if text.Lang != i18n.Languages[i] {
			t.Fatalf("%s: text %d is in %s", slug, i, text.Lang)
		}
		for _, line := range append(strings.Split(text.Body, "\n"), text.Title, text.Summary) {
			if !strings.ContainsFunc(line, unicode.IsLetter) { // empty, or the rule of a table
				continue
			}
			if other, ok := seen[line]; ok && other != text.Lang {
				t.Errorf("%s: %q is the same in %s and %s", slug, line, other, text.Lang)
			}
			seen[line] = text.Lang
		}
		got, links := of(text)
		want, wantLinks := of(texts[0])
		if got != want || !slices.Equal(links, wantLinks) {
			t.Errorf("%s: %s has %+v and links to %v; en has %+v and %v", slug, text.Lang, got, links, want, wantLinks)
		}
	}
}
