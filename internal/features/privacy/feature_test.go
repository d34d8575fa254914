package privacy

import (
	"net/url"
	"testing"

	"github.com/carameloai/intranet/internal/features/account"
	"github.com/carameloai/intranet/internal/features/accounts"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of this one.
var fixture = webtest.Fixture{
	Feature: Feature,
	Others:  func() []web.Feature { return []web.Feature{account.Feature(), accounts.Feature()} },
	Fill: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO people (name, email, manager_id) VALUES ($1, 'eva@company.example', $2)`,
			`Eva <i>"x"</i>`, i.IDs["bea"])
	},
	Personal: func(i *webtest.Intranet) { own(i, i.IDs["bea"]) },
	Params: func(i *webtest.Intranet) map[string]string {
		return map[string]string{string(paths.AdminPerson): eva(i)}
	},
	Forms: func(i *webtest.Intranet) map[string]url.Values {
		return map[string]url.Values{
			paths.AccountData:                  {},
			paths.AdminPersonDelete.Of(eva(i)): {"email": {"Eva@company.example"}},
		}
	},
}

// eva is somebody who is not signed in.
func eva(i *webtest.Intranet) string {
	return i.Once(`SELECT id::text FROM people WHERE name LIKE 'Eva%'`)
}

// own puts something of a person's into each table that belongs to no feature.
func own(i *webtest.Intranet, id string) {
	i.T.Helper()
	for _, sql := range []string{
		`INSERT INTO sessions (token_hash, person_id, data, expires_at, agent) VALUES ('t', $1, 'x', now(), 'Own/1.0')`,
		`INSERT INTO sent_forms (key_hash, person_id, sessions, content) VALUES ('k', $1, '{}', 'c')`,
		`INSERT INTO drafts (person_id, form, page, fields) VALUES ($1, '/x', '/x', '{"body": ["half a thought"]}')`,
		`INSERT INTO invitations (person_id, code_hash, expires_at) VALUES ($1, 'c', now() + interval '1 day')`,
		`INSERT INTO second_factors (person_id, secret, confirmed_at) VALUES ($1, 'canary seed', now())`,
		`INSERT INTO recovery_codes (person_id, code_hash) VALUES ($1, 'c'), ($1, 'd')`,
	} {
		i.Exec(sql, id)
	}
}

func TestPrivacy(t *testing.T) { webtest.Check(t, fixture) }

// start runs an intranet with the pages of privacy, and those that lead there.
func start(t testing.TB) *webtest.Intranet { return fixture.Start(t, webtest.Options{}) }
