package seed

import (
	"regexp"
	"slices"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

var linkPattern = regexp.MustCompile(`^(https?://|mailto:|/[^/\\]|/$)`)

func TestLinks(t *testing.T) {
	t.Parallel()
	links, seen := links(), map[string]bool{}
	for _, l := range links {
		named(t, seen, l.URL, l.Labels)
		if !linkPattern.MatchString(l.URL) || !allowed(l.URL) {
			t.Errorf("%s leads out of the company", l.URL)
		}
	}
	if len(links) != 8 {
		t.Errorf("%d links, want 8", len(links))
	}
}

var companyURL = regexp.MustCompile(`^(mailto:[a-z.-]+@|https://([a-z]+\.)?)aroeira\.example$`)

// allowed reports whether a link leads to a page of every intranet or to an
// address of the company, which is nowhere.
func allowed(url string) bool {
	return slices.Contains([]string{paths.People, paths.Assistant}, url) || companyURL.MatchString(url)
}
