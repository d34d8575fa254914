package audit

import (
	"net/url"
	"testing"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of the audit trail.
var fixture = webtest.Fixture{
	Feature: Feature,
	Fill: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO audit (action, actor, subject, address, detail) VALUES ('session.failed', $1, $2, $3, $4)`,
			`<i>"x"`, "</script><b>", `<i>"y"`, "<script>alert(1)</script>")
	},
	Personal: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO audit (action, actor_id, actor, subject_id, subject)
			VALUES ('person.role', $1, 'ana@company.example', $2, 'bea@company.example')`, i.IDs["ana"], i.IDs["bea"])
	},
	Pages: func(*webtest.Intranet) []string {
		return []string{Form{Action: "session.failed"}.path(""), Form{}.path(store.CursorOf(1))}
	},
	Forms: func(*webtest.Intranet) map[string]url.Values {
		return map[string]url.Values{Export: {}} // without a filter it exports everything
	},
}

func TestAudit(t *testing.T) { webtest.Check(t, fixture) }

// start runs an intranet with an empty trail.
func start(t testing.TB) *webtest.Intranet { return webtest.New(t, Feature()) }
