package seed

import (
	"regexp"
	"testing"
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
