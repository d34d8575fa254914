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
		i.Exec(`UPDATE people SET manager_id = $2, phone = $3, skills = $4 WHERE id = $1`, i.IDs["bea"], i.IDs["ana"],
			"ramal </script><b>1</b>", `latte <i>"art"</i>, <script>alert(1)</script>`)
		i.Protect("caio")
	},
	Params: func(i *webtest.Intranet) map[string]string {
		return map[string]string{string(paths.AdminPerson): i.IDs["bea"]}
	},
	Pages: func(i *webtest.Intranet) []string {
		return []string{
			paths.AdminPeopleList("ana", ""), paths.AdminPeopleList("xyz", ""), paths.AdminPerson.Of(i.IDs["caio"]),
		}
	},
	Forms: func(i *webtest.Intranet) map[string]url.Values {
		bea := i.IDs["bea"]
		return map[string]url.Values{
			paths.AdminPeople:                     typed("Dora", "dora@aroeira.example"),
			paths.AdminPerson.Of(bea):             typed("Bea II", "bea2@aroeira.example"),
			paths.AdminPersonRole.Of(bea):         {"role": {"admin"}, "version": {"1"}},
			paths.AdminPersonDisable.Of(bea):      {},
			paths.AdminPersonEnable.Of(bea):       {},
			paths.AdminPersonSessions.Of(bea):     {},
			paths.AdminPersonInvitation.Of(bea):   {},
			paths.AdminPersonSecondFactor.Of(bea): {},
		}
	},
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
