package seed

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

var (
	markdownLink = regexp.MustCompile(`\[([^]]*)\]\(([^)]*)\)`)
	heading      = regexp.MustCompile(`(?m)^## \S`)
	anyHeading   = regexp.MustCompile(`(?m)^#`)
	listItem     = regexp.MustCompile(`(?m)^(- |\d\. )`)
	tableRow     = regexp.MustCompile(`(?m)^\|.*\|$`)
	table        = regexp.MustCompile(`(?m)(^\|.*\n?)+`)
	bold         = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// writes reports whether that person may edit and does so in that language.
func writes(people []store.NewPerson, email, lang string) bool {
	return slices.ContainsFunc(people, func(p store.NewPerson) bool {
		return p.Email == email && p.Lang == lang && p.Role != store.Employee
	})
}

// wellFormed checks an announcement or a policy in one language.
func wellFormed(t *testing.T, slug string, text store.Written, minWords, maxWords int) {
	t.Helper()
	name := slug + "." + text.Lang
	if n := utf8.RuneCountInString(text.Title); n > 100 {
		t.Errorf("%s: the title has %d characters", name, n)
	}
	if n := utf8.RuneCountInString(text.Summary); n > 300 {
		t.Errorf("%s: the summary has %d characters", name, n)
	}
	if n := len(strings.Fields(text.Body)); n < minWords || n > maxWords {
		t.Errorf("%s: the body has %d words", name, n)
	}
	// The title is the page's only first heading.
	if got, want := len(anyHeading.FindAllString(text.Body, -1)), len(heading.FindAllString(text.Body, -1)); got != want || want == 0 {
		t.Errorf("%s: %d headings, of which %d are of the second level", name, got, want)
	}
	for _, link := range markdownLink.FindAllStringSubmatch(text.Body, -1) {
		if !allowed(link[2]) {
			t.Errorf("%s: %s leads out of the company", name, link[2])
		}
		if strings.Contains(link[1], Domain) && !strings.HasSuffix(link[2], link[1]) {
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

// translated checks that a text is there in every language, with the same shape,
// and that no line was forgotten.
func translated(t *testing.T, slug string, texts []store.Written) {
	t.Helper()
	type shape struct{ headings, items, rows int }
	of := func(text store.Written) (s shape, links []string) {
		for _, m := range markdownLink.FindAllStringSubmatch(text.Body, -1) {
			links = append(links, m[2])
		}
		slices.Sort(links) // sentences order them as their language likes
		count := func(what *regexp.Regexp) int { return len(what.FindAllString(text.Body, -1)) }
		return shape{count(heading), count(listItem), count(tableRow)}, links
	}
	if len(texts) != len(languages) {
		t.Fatalf("%s: %d texts", slug, len(texts))
	}
	seen := map[string]string{} // the language of every line
	for i, text := range texts {
		if text.Lang != languages[i] {
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

// named checks a name in every language; keys and names may not occur twice.
func named(t *testing.T, seen map[string]bool, key string, names store.Texts) {
	t.Helper()
	if seen[key] {
		t.Errorf("%s is there twice", key)
	}
	seen[key] = true
	for _, lang := range languages {
		if names[lang] == "" || seen[lang+names[lang]] {
			t.Errorf("%s has the name %q in %s", key, names[lang], lang)
		}
		seen[lang+names[lang]] = true
	}
	if len(names) != len(languages) || names["en"] == names["pt"] || names["en"] == names["es"] || names["pt"] == names["es"] {
		t.Errorf("%s is not translated: %v", key, names)
	}
}

var companyURL = regexp.MustCompile(`^(mailto:[a-z.-]+@|https://([a-z]+\.)?)aroeira\.example$`)

// allowed reports whether a link leads to a page of every intranet or to an
// address of the company, which is nowhere.
func allowed(url string) bool {
	return slices.Contains([]string{paths.People, paths.Assistant}, url) || companyURL.MatchString(url)
}
