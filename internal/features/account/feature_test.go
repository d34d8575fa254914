package account

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of the account.
var fixture = webtest.Fixture{
	Feature: Feature,
	Fill: func(i *webtest.Intranet) {
		i.Exec(`UPDATE people SET phone = '+55 11 5555', skills = $1`, `<i>"latte"</i> </script><b>`)
		other := i.As("ana").Get(paths.Home, "User-Agent", `Firefox/1 <script>alert(1)</script>`)
		if other.StatusCode != http.StatusOK {
			i.T.Fatal(other.StatusCode)
		}
	},
	Params: func(i *webtest.Intranet) map[string]string {
		return map[string]string{string(paths.AccountSession): session(i)}
	},
	Secret: []string{paths.AccountPassword},
	Forms: func(i *webtest.Intranet) map[string]url.Values {
		return map[string]url.Values{
			paths.AccountProfile:                {"version": {"1"}, "phone": {"1"}, "skills": {"latte art"}},
			paths.AccountPreferences:            preferences("pt"),
			paths.AccountSessions:               {},
			paths.AccountSession.Of(session(i)): {},
		}
	},
}

func TestAccount(t *testing.T) { webtest.Check(t, fixture) }

// start runs an intranet with the account.
func start(t testing.TB) *webtest.Intranet { return webtest.New(t, Feature()) }

// session is the first one that Ana has.
func session(i *webtest.Intranet) string {
	return i.Once(`SELECT id::text FROM sessions WHERE person_id =
		(SELECT id FROM people WHERE email = 'ana@company.example') ORDER BY seen_at, id LIMIT 1`)
}

const anotherPassword = "nine green frogs on a log"

// login is the form of a sign-in.
func login(email, password, next string) url.Values {
	return url.Values{"email": {email}, "password": {password}, "next": {next}}
}

// preferences is the form of them, with that language.
func preferences(lang string) url.Values {
	return url.Values{"lang": {lang}, "time_zone": {"America/Bogota"}, "theme": {"dark"}}
}
