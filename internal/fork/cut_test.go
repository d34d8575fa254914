package fork

import "testing"

// Taking out takes folder, migrations and lines, and leaves the rest as it was.
func TestCut(t *testing.T) {
	t.Parallel()
	tr := upstream(t).clone()
	tr.cut("links")
	for name, want := range map[string]bool{
		"internal/features/links": false, "migrations/00111_links.sql": false, "migrations/00112_quick_links.sql": true,
		"internal/features/events": true, "migrations/00110_events.sql": true,
	} {
		if tr.has(name) != want {
			t.Errorf("%s is there: %t", name, !want)
		}
	}
	if got, want := tr.git("diff", "--name-only", "v1"), ".fork\ndocs/architecture.md\ninternal/features/features.go\n"+
		"internal/features/links/feature.go\ninternal/features/routes.txt\nmigrations/00111_links.sql\n"+
		"migrations/checksums.txt"; got != want {
		t.Errorf("changed:\n%s", got)
	}
	if got := tr.knows("links"); got != ".fork migrations/checksums.txt" {
		t.Errorf("links is known to %s", got)
	}
	head := tr.git("rev-parse", "HEAD")
	tr.cut("links")
	if tr.git("rev-parse", "HEAD") != head {
		t.Error("the second time changed something")
	}
	tr.cut("links", "events", "events")
	tr.wants(File, "cut      events links\n")
	tr.wants("docs/architecture.md", "| `news` | texts and dates |\n")
	tr.cut("news")
	if tr.knows("`news`") != "" {
		t.Error("news is still listed")
	}
}
