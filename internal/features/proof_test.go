package features_test

import (
	"net/http"
	"testing"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/web"
)

// changesNothing are actions of admins that need no proof of identity.
var changesNothing = map[string]bool{
	tryImport: true, // see TestPeopleAreImportedOnceTheyWereShown
}

// What an admin does to others asks for a proof of identity, whichever feature it is
// of. That a route with a proof really asks for one is tested by webtest.Check.
func TestEveryActionOfAdminsAsksForAProof(t *testing.T) {
	t.Parallel()
	actions := 0
	for _, route := range unserved(t, features.All()...).Routes() {
		if route.Method == http.MethodPost && route.Access == web.Admins {
			actions++
			if !route.Proof && !changesNothing[route.Path] {
				t.Errorf("%s asks for no proof", route.Path)
			}
		}
	}
	if actions < 10 {
		t.Errorf("%d actions: does the test still find them?", actions)
	}
}
