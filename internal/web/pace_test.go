package web

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
)

// The numbers that docs/security.md promises: the other test only asks that there is
// a limit.
func TestTheLimitOfPagesIsTheOnePromised(t *testing.T) {
	t.Parallel()
	if pagesAtOnce != 240 || pagesPerSecond != 4 {
		t.Errorf("%d at once, then %v a second", pagesAtOnce, pagesPerSecond)
	}
}

func TestAPersonWhoAsksForTooManyPagesHasToWait(t *testing.T) {
	t.Parallel()
	i := newIntranet(t)
	i.handlers.pace.burst, i.handlers.pace.limit = 3, 0
	ana, bea := i.enter("ana", 0), i.enter("bea", 0)
	for range 3 {
		if res := ana.get(paths.Home); res.StatusCode != http.StatusOK {
			t.Fatalf("%d", res.StatusCode)
		}
	}
	calls := i.calls.Load()
	if res := ana.get(paths.Home); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" || i.calls.Load() != calls {
		t.Errorf("%d, %d calls of the vendor", res.StatusCode, i.calls.Load()-calls)
	}
	if res := bea.get(paths.Home); res.StatusCode != http.StatusOK {
		t.Errorf("somebody else waits too: %d", res.StatusCode)
	}
	if res := ana.post(paths.Logout, nil); res.Header.Get("Location") != paths.Login {
		t.Errorf("they cannot leave: %d", res.StatusCode)
	}
	for n := range maxVisitors + 10 {
		i.handlers.pace.allow(fmt.Sprint(n))
	}
	if n := len(i.handlers.pace.visitors); n > maxVisitors {
		t.Errorf("%d buckets", n)
	}
}
