package features_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// Any optional feature can be missing, any two of them, and all: the intranet
// starts, its pages answer, and nothing leads to what is gone.
func TestTheIntranetDoesWithoutAnyOptionalFeature(t *testing.T) {
	t.Parallel()
	i := webtest.New(t, features.All()...)
	all := features.Optional()
	sets := [][]string{nil, names(all)}
	for n, one := range all {
		sets = append(sets, []string{one.Name})
		for _, other := range all[n+1:] {
			sets = append(sets, []string{one.Name, other.Name})
		}
	}
	for _, without := range sets {
		t.Run("without "+strings.Join(without, " and "), func(t *testing.T) {
			t.Parallel()
			checkWithout(t, i, without)
		})
	}
}

func names(all []web.Feature) (names []string) {
	for _, f := range all {
		names = append(names, f.Name)
	}
	return names
}

// checkWithout looks around an intranet without some features, on the database of i.
func checkWithout(t *testing.T, i *webtest.Intranet, without []string) {
	gone := map[string]bool{} // paths
	kept := features.All()
	for _, f := range kept {
		if slices.Contains(without, f.Name) {
			for _, route := range routesOf(t, f) {
				place, _, _ := strings.Cut(route.Path, "/{")
				gone[place] = true
			}
		}
	}
	kept = slices.DeleteFunc(kept, func(f web.Feature) bool { return slices.Contains(without, f.Name) })
	for _, f := range kept { // a path of one that stays is not gone
		for _, route := range routesOf(t, f) {
			place, _, _ := strings.Cut(route.Path, "/{")
			delete(gone, place)
		}
	}
	i = i.With(t, kept...)
	if res := i.Browser().Get(paths.Login); res.StatusCode != http.StatusOK {
		t.Errorf("sign-in answers %d", res.StatusCode)
	}
	ana := i.As("ana")
	seen := map[string]bool{}
	for queue := []string{paths.Home}; len(queue) > 0 && len(seen) < 60; queue = queue[1:] {
		path := queue[0]
		if seen[path] {
			continue
		}
		seen[path] = true
		res := ana.Get(path)
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", path, res.StatusCode)
		}
		for _, target := range res.HTML(t).Find("a[href], form[action]").EachIter() {
			to, _, _ := strings.Cut(target.AttrOr("href", target.AttrOr("action", "")), "?")
			if gone[to] {
				t.Errorf("%s leads to %s, which is gone", path, to)
			}
			// One page of each kind is enough.
			if target.Is("a") && strings.HasPrefix(to, "/") && strings.Count(to, "/") < 3 {
				queue = append(queue, to)
			}
		}
	}
	if len(seen) < 8 {
		t.Errorf("only %d pages were seen", len(seen))
	}
}
