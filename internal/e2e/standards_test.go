package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/carameloai/intranet/internal/i18n"
)

// Every kind of page in every language, light and dark, on the narrowest screen
// and on a wide one: it fits (WCAG 1.4.10), axe-core finds nothing against WCAG
// 2.2 AA, and the Nu checker nothing against the HTML standard. All on one tour:
// to come to a page takes as long as to check it.
func TestEveryPageMeetsTheStandards(t *testing.T) {
	sharedBrowser(t)
	t.Parallel()
	axe, noAxe := os.ReadFile(fromNpm("axe-core/axe.min.js"))
	sent := newSources(t)
	check := func(b *tab, name string) {
		b.t.Helper()
		sent.add(b, name)
		b.looksRight(string(axe), name)
	}
	t.Run("WCAG", func(t *testing.T) {
		for _, lang := range i18n.Languages {
			t.Run(lang, func(t *testing.T) { start(t).tour(t, lang, check) })
		}
		t.Run("bare", func(t *testing.T) {
			in := start(t, bare)
			for _, lang := range i18n.Languages {
				in.bareTour(t, lang, check)
			}
		})
	})
	t.Run("HTML", sent.valid)
	if noAxe != nil {
		missing(t, noNpm)
	}
}

const noNpm = "npm's packages are missing; run: npm ci --prefix internal/e2e --ignore-scripts"

// fromNpm is a file of one of the packages in package.json.
func fromNpm(name string) string { return filepath.Join("node_modules", name) }

// missing skips a test for want of what it needs, but not in CI.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI must run this, and %s", what)
	}
	t.Skipf("NOT CHECKED: %s", what)
}
