package departments

import (
	"net/url"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of departments.
var fixture = webtest.Fixture{
	Feature: Feature,
	Fill: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO departments (slug, names) VALUES ('empty', jsonb_build_object('en', $1::text))`,
			`Empty <i>"x"</i> </script><b>`)
	},
	Params: func(*webtest.Intranet) map[string]string {
		return map[string]string{string(paths.AdminDepartment): "empty"}
	},
	Pages: func(*webtest.Intranet) []string { return []string{paths.AdminDepartment.Of("finance")} },
	Forms: func(*webtest.Intranet) map[string]url.Values {
		return map[string]url.Values{
			paths.AdminDepartments:                  {"name_en": {"Research"}},
			paths.AdminDepartment.Of("finance"):     {"name_en": {"Money"}, "version": {"1"}},
			paths.AdminDepartmentDelete.Of("empty"): {"version": {"1"}},
		}
	},
}

func TestDepartments(t *testing.T) { webtest.Check(t, fixture) }

// start runs an intranet with two departments: finance, in which everybody is, and
// an empty one.
func start(t testing.TB) *webtest.Intranet { return fixture.Start(t, webtest.Options{}) }
