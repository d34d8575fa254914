package webtest

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
)

// Demo is a database that the features have filled with the demo company, without a server.
func Demo(t testing.TB, features ...web.Feature) *Intranet {
	t.Helper()
	i := &Intranet{T: t, Pool: testdb.New(t)}
	i.Store = store.New(i.Pool)
	if err := i.Store.Seed(t.Context(), seed.Company(time.Now()), web.Demos(features)...); err != nil {
		t.Fatal(err)
	}
	return i
}

var (
	link       = regexp.MustCompile(`\[([^]]*)\]\(([^)]*)\)`)
	companyURL = regexp.MustCompile(
		`^(https://([a-z]+\.)?|mailto:[a-z.-]+@)` + regexp.QuoteMeta(seed.Domain) + `(/[a-z/-]*)?$`,
	)
)

// CheckLinks tests that the links in a text of the demo company lead only to pages that
// always exist, and to the company's own domain.
func CheckLinks(t testing.TB, name, markdown string) {
	t.Helper()
	for _, l := range link.FindAllStringSubmatch(markdown, -1) {
		if !slices.Contains([]string{paths.People, paths.Assistant}, l[2]) && !companyURL.MatchString(l[2]) {
			t.Errorf("%s: %s leads out of the company", name, l[2])
		}
	}
}
