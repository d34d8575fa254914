package links

import (
	"net/url"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of links.
var fixture = webtest.Fixture{
	Feature: Feature,
	Fill: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO links (position, url, labels)
			VALUES (0, $1, jsonb_build_object('en', $2::text, 'pt', $2::text))`,
			`/people?q=<i>"x"</i>`, `</a><i>"x"</i> </script><b> <script>alert(1)`)
	},
	Params: func(i *webtest.Intranet) map[string]string { return map[string]string{string(Edit): link(i)} },
	Pages:  func(*webtest.Intranet) []string { return []string{paths.Home} },
	Forms: func(i *webtest.Intranet) map[string]url.Values {
		return map[string]url.Values{
			Index: fields(), Edit.Of(link(i)): fields(), Delete.Of(link(i)): {"version": {"1"}},
		}
	},
}

func TestLinks(t *testing.T) { webtest.Check(t, fixture) }

// start runs an intranet with a link in it.
func start(t testing.TB) *webtest.Intranet { return fixture.Start(t, webtest.Options{}) }

// link is the id of the one that Fill made.
func link(i *webtest.Intranet) string {
	return i.Once(`SELECT id::text FROM links ORDER BY position LIMIT 1`)
}

// fields is the form of a link without a text in Spanish.
func fields() url.Values {
	return url.Values{
		"version": {"1"}, "url": {"https://leave.example/"},
		"label_en": {"Time off"}, "label_pt": {"Férias"}, "label_es": {""},
	}
}
