package directory

import (
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of the directory.
var fixture = webtest.Fixture{
	Feature: Feature,
	Fill: func(i *webtest.Intranet) {
		i.Exec(`UPDATE people SET manager_id = $2, phone = $3, skills = $4 WHERE id = $1`, i.IDs["bea"], i.IDs["ana"],
			"ramal </script><b>1</b>", `latte <i>"art"</i>, <script>alert(1)</script>`)
		i.Exec(`INSERT INTO people (name, email) VALUES ('李', 'li@company.example')`)
	},
	Params: func(i *webtest.Intranet) map[string]string {
		return map[string]string{string(paths.Person): i.IDs["bea"]}
	},
	Pages: func(i *webtest.Intranet) []string {
		return []string{
			paths.PeopleList("ana", "finance", ""), paths.PeopleList("", "", cursor),
			paths.PeopleReports(i.IDs["ana"], ""), paths.PeopleList("xyz", "", ""), paths.PeopleList("", "none", ""),
			paths.Person.Of(i.Once(`SELECT id::text FROM people WHERE email = 'li@company.example'`)),
		}
	},
}

// cursor is behind everybody.
var cursor = strings.TrimRight("eyJuIjoiWloiLCJpIjoiN2Q5YTRhNTItOWUwZi00YTU3LThkMGMtMGY0ZjRiZGU5YzExIn0=", "=")

func TestDirectory(t *testing.T) { webtest.Check(t, fixture) }

// start runs an intranet with the directory.
func start(t testing.TB) *webtest.Intranet { return webtest.New(t, Feature()) }
