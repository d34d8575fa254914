package web_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/web"
)

// The numbers that docs/security.md promises: the other test only asks that there is a
// limit.
func TestTheLimitOfPagesIsTheOnePromised(t *testing.T) {
	t.Parallel()
	if web.PagesAtOnce != 240 || web.PagesPerSecond != 4 {
		t.Errorf("%d at once, then %v a second", web.PagesAtOnce, web.PagesPerSecond)
	}
}

func TestAPersonWhoAsksForTooManyPagesHasToWait(t *testing.T) {
	t.Parallel()
	i := start(t)
	i.Server.SetPace(3)
	ana, bea := i.As("ana"), i.As("bea")
	for range 3 {
		if res := ana.Get(paths.Home); res.StatusCode != http.StatusOK {
			t.Fatalf("%d", res.StatusCode)
		}
	}
	calls := i.Calls.Load()
	res := ana.Get(paths.Home)
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" || i.Calls.Load() != calls {
		t.Errorf("%d, %d calls of the vendor", res.StatusCode, i.Calls.Load()-calls)
	}
	if res := bea.Get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("somebody else waits too: %d", res.StatusCode)
	}
	if res := ana.Post(paths.Logout, nil); res.Header.Get("Location") != paths.Login {
		t.Errorf("they cannot leave: %d", res.StatusCode)
	}
	for n := range web.MaxVisitors + 10 {
		if people := i.Server.Paced(fmt.Sprint(n)); people > web.MaxVisitors {
			t.Fatalf("%d people are remembered", people)
		}
	}
}
