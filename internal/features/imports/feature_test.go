package imports

import (
	"net/url"
	"testing"

	"github.com/carameloai/intranet/internal/features/accounts"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of the import.
var fixture = webtest.Fixture{
	Feature: Feature,
	Others:  func() []web.Feature { return []web.Feature{accounts.Feature()} },
	Forms: func(i *webtest.Intranet) map[string]url.Values {
		return map[string]url.Values{Apply: {"csv": {newcomers}, "shown": {trial(i, newcomers)}}}
	},
}

func TestImports(t *testing.T) { webtest.Check(t, fixture) }

// start runs an intranet with the import, and with the accounts that link to it.
func start(t testing.TB) *webtest.Intranet { return fixture.Start(t, webtest.Options{}) }

// trial is the digest that a trial of file shows.
func trial(i *webtest.Intranet, file string) string {
	never := func(Import) bool { return false }
	tried, err := people{i.Store}.importFile(i.Request("ana"), i.Person("ana"), parse(file), never)
	if err != nil {
		i.T.Fatal(err)
	}
	return tried.Digest()
}
