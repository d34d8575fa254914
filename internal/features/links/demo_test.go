package links

import (
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestTheDemoCompanyHasQuickLinks(t *testing.T) {
	t.Parallel()
	links, seen := examples(seed.Company(time.Now())), map[string]bool{}
	for _, l := range links {
		if wrong := l.Invalid(); len(wrong) > 0 || seen[l.URL] {
			t.Errorf("%s: %v, or there twice", l.URL, wrong)
		}
		seen[l.URL] = true
		for _, lang := range i18n.Languages {
			if label := l.Labels[lang]; label == "" || seen[label] {
				t.Errorf("%s has the text %q in %s", l.URL, label, lang)
			}
			seen[l.Labels[lang]] = true
		}
		webtest.CheckLinks(t, l.URL, "["+l.Labels["en"]+"]("+l.URL+")")
	}
	if len(links) != 8 {
		t.Errorf("%d links, want 8", len(links))
	}
}

func TestTheDemosQuickLinksAreStored(t *testing.T) {
	t.Parallel()
	if i := webtest.Demo(t, Feature()); i.Count(`links`) != 8 {
		t.Errorf("%d links", i.Count(`links`))
	}
}
