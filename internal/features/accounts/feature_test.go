package accounts

import (
	"net/url"
	"testing"

	"github.com/carameloai/intranet/internal/features/account"
	"github.com/carameloai/intranet/internal/features/directory"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of accounts.
var fixture = webtest.Fixture{
	Feature: Feature,
	Others:  func() []web.Feature { return []web.Feature{account.Feature(), directory.Feature()} },
	Fill: func(i *webtest.Intranet) {
		i.Exec(`INSERT INTO people (name, email, manager_id, phone, skills)
			VALUES ($1, 'eva@company.example', $2, $3, $4)`,
			`Eva <i>"x"</i>`, i.IDs["ana"], "ramal </script><b>1</b>", `latte <i>"art"</i>, <script>alert(1)</script>`)
		i.Protect("caio")
	},
	Params: func(i *webtest.Intranet) map[string]string {
		return map[string]string{string(paths.AdminPerson): eva(i)}
	},
	Pages: func(i *webtest.Intranet) []string {
		return []string{
			paths.AdminPeopleList("ana", ""), paths.AdminPeopleList("xyz", ""), paths.AdminPerson.Of(i.IDs["caio"]),
		}
	},
	Forms: func(i *webtest.Intranet) map[string]url.Values {
		eva := eva(i)
		return map[string]url.Values{
			paths.AdminPeople:                     typed("Dora", "dora@company.example"),
			paths.AdminPerson.Of(eva):             typed("Eva II", "eva2@company.example"),
			paths.AdminPersonRole.Of(eva):         {"role": {"admin"}, "version": {"1"}},
			paths.AdminPersonDisable.Of(eva):      {},
			paths.AdminPersonEnable.Of(eva):       {},
			paths.AdminPersonSessions.Of(eva):     {},
			paths.AdminPersonInvitation.Of(eva):   {},
			paths.AdminPersonSecondFactor.Of(eva): {},
		}
	},
}

// eva is somebody who is not signed in: what is done to her ends nobody's session.
func eva(i *webtest.Intranet) string {
	return i.Once(`SELECT id::text FROM people WHERE name LIKE 'Eva%'`)
}

func TestAccounts(t *testing.T) { webtest.Check(t, fixture) }

// start runs an intranet with accounts, and with the pages of people about
// themselves and each other.
func start(t testing.TB) *webtest.Intranet {
	return webtest.New(t, Feature(), account.Feature(), directory.Feature())
}

// typed is the form of a person.
func typed(name, email string) url.Values {
	return url.Values{
		"name": {name}, "email": {email}, "title": {"Analyst"}, "department": {"finance"}, "lang": {"es"},
		"role": {"editor"}, "version": {"1"},
	}
}

// login is the form of a sign-in.
func login(email, password string) url.Values {
	return url.Values{"email": {email}, "password": {password}}
}

const anotherPassword = "nine green frogs on a log"

// accept sets a password with the code of a one-time link.
func accept(b *webtest.Browser, code string) webtest.Answer {
	b.I.T.Helper()
	return b.Post(paths.Invitation, url.Values{"code": {code}, "new_password": {anotherPassword}})
}

// preferences is the form of what people choose for themselves.
func preferences(lang string) url.Values {
	return url.Values{"lang": {lang}, "time_zone": {"America/Bogota"}, "theme": {"dark"}}
}
