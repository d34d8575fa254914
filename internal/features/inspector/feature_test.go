package inspector

import (
	"testing"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of the inspector. It has seen
// a failure: of a success its page shows the very script that no page may have early.
var fixture = webtest.Fixture{
	Feature: Feature,
	Fill: func(i *webtest.Intranet) {
		inspector := i.Server.Features()[0]
		inspector.Observe.Handshake(web.Handshake{
			ID: "ONE", Person: i.Person("bea"), Page: `/people/<i>"`,
			Outcome: caramelo.Outcome{Kind: caramelo.Timeout, Calls: 1},
		})
		inspector.Observe.Violation(csp.Violation{Directive: `<i>"`, Blocked: "</script><b>", Page: `/<i>"`})
	},
	Params: func(*webtest.Intranet) map[string]string { return map[string]string{string(Show): "ONE"} },
	Pages:  func(*webtest.Intranet) []string { return []string{listPath("1")} },
}

func TestInspector(t *testing.T) { webtest.Check(t, fixture) }

// intranet is one whose inspector a test can look into.
type intranet struct {
	*webtest.Intranet
	seen    *handshakes
	blocked *violations
}

func start(t testing.TB, o webtest.Options) intranet {
	t.Helper()
	seen, blocked := newHandshakes(), &violations{}
	return intranet{webtest.NewWith(t, o, feature(seen, blocked)), seen, blocked}
}
