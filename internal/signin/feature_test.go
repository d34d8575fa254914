package signin_test

import (
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/carameloai/intranet/internal/features/accounts"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// start runs an intranet that people can sign in to, and no more.
func start(t testing.TB) *webtest.Intranet { return webtest.New(t) }

// administration looks after its people.
func administration(i *webtest.Intranet) accounts.Accounts { return accounts.Accounts{Store: i.Store} }

// startBehindProxy is start behind a proxy that says where a request comes from.
func startBehindProxy(t testing.TB) *webtest.Intranet {
	return webtest.NewWith(t, webtest.Options{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
}

// from is the header with which a test's proxy says where a request comes from.
func from(address string) []string { return []string{"X-Forwarded-For", address} }

const anotherPassword = "nine green frogs on a log"

// login is the form of a sign-in.
func login(email, password, next string) url.Values {
	return url.Values{"email": {email}, "password": {password}, "next": {next}}
}

// signIn sends the form of a sign-in.
func signIn(b *webtest.Browser, email, secret string) webtest.Answer {
	b.I.T.Helper()
	return b.Post(paths.Login, login(email, secret, ""))
}

// try signs in as Ana, and returns the status.
func try(i *webtest.Intranet, secret string, header []string) int {
	i.T.Helper()
	return i.Browser().Post(paths.Login, login("ana@company.example", secret, ""), header...).StatusCode
}

// sensitivePath is a change that asks for a proof of identity.
const sensitivePath = "/sensitive"

// A sensitive change keeps what was posted to it.
type sensitive struct {
	mu     sync.Mutex
	posted []url.Values
}

func (s *sensitive) feature() web.Feature {
	return web.Feature{Name: "sensitive", Routes: func(*web.Server) []web.Route {
		return []web.Route{web.Post(sensitivePath, web.Employees, s.change).WithProof()}
	}}
}

func (s *sensitive) change(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posted = append(s.posted, maps.Clone(r.PostForm))
	return web.Redirect(w, r, paths.Home)
}

// done are the changes that were let through.
func (s *sensitive) done() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posted
}

// fixture is what the tests of every feature need to know of the second factor,
// whose pages are for who is signed in.
var fixture = webtest.Fixture{
	Routes: func(s *web.Server) []web.Route {
		return slices.DeleteFunc(slices.Clone(s.Routes()), func(route web.Route) bool {
			return !strings.HasPrefix(route.Path, paths.SecondFactor)
		})
	},
	Secret: []string{paths.SecondFactor},
	Fill:   func(i *webtest.Intranet) { i.Protect("ana") },
	Forms: func(*webtest.Intranet) map[string]url.Values {
		return map[string]url.Values{paths.SecondFactorRecovery: {}, paths.SecondFactorRemove: {}}
	},
}

func TestTheSecondFactorsPages(t *testing.T) { webtest.Check(t, fixture) }

// The routes that anybody may use, signed in or not. A new one is a decision.
func TestNothingButSigningInIsOpenToAnybody(t *testing.T) {
	t.Parallel()
	open := map[string]bool{}
	for _, route := range start(t).Server.Routes() {
		if route.Access == web.Public {
			open[route.Method+" "+route.Path] = true
		}
	}
	want := map[string]bool{
		"GET /login": true, "POST /login": true, "GET /login/code": true, "POST /login/code": true,
		"GET /invitation": true, "POST /invitation": true,
		"GET /forgot": true, "POST /forgot": true, // the same answer to everybody
		"GET /session":      true, // says only whether the session is of the person that is asked for
		"GET /drafts/kept":  true, // to nobody nothing
		"POST /drafts/keep": true, // takes what was typed until a session ended, for its person
	}
	if !maps.Equal(open, want) {
		t.Errorf("open to anybody: %v", open)
	}
}
