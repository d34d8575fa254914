package oidc_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/features/audit"
	"github.com/carameloai/intranet/internal/sandbox/provider"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// secret is that of the client: a page or a log that has it fails its test.
const secret = "client-canary-secret"

// somebody is whom a provider knows.
func somebody(subject, email string) provider.Person {
	return provider.Person{Subject: subject, Claims: map[string]any{
		"name": "Somebody <b>", "email": email, "email_verified": true,
	}}
}

// serve runs a provider that knows ana, bea and caio of the company of the tests.
func serve(t testing.TB, id string) *provider.Provider { return serveAs(t, id, provider.Config{}) }

func serveAs(t testing.TB, id string, config provider.Config) *provider.Provider {
	t.Helper()
	var p *provider.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	config.Issuer, config.Name = server.URL, id
	config.Client = provider.Client{
		ID: "intranet", Secret: secret, RedirectURI: public + oidc.CallbackPath(id), SignedOut: public + "/login",
	}
	for _, name := range []string{"ana", "bea", "caio"} {
		config.People = append(config.People, somebody(name, name+"@company.example"))
	}
	p = provider.New(config)
	return p
}

// public is the address at which browsers reach the intranet of the tests, they say.
const public = "http://127.0.0.1"

// settings are those of a provider. Options change them.
func settings(id, issuer string, options ...func(*oidc.Provider)) oidc.Provider {
	p := oidc.Provider{
		ID: id, Name: "Provider " + strings.ToUpper(id), Issuer: issuer, ClientID: "intranet",
		Secret: caramelo.NewSecret(secret), Domains: []string{"company.example"}, Factors: []string{"mfa"},
	}
	for _, change := range options {
		change(&p)
	}
	return p
}

// way is webtest.Options.Way for these providers.
func way(providers ...oidc.Provider) func() (func(*signin.SignIn) signin.Way, web.Feature) {
	return func() (func(*signin.SignIn) signin.Way, web.Feature) {
		sealer, err := seal.New("the key of the tests, which is long enough")
		if err != nil {
			panic(err)
		}
		in := oidc.New(oidc.Config{Providers: providers, Seal: sealer})
		return in.Way, in.Feature()
	}
}

// company is an intranet with one provider.
type company struct {
	*webtest.Intranet
	t        testing.TB
	provider *provider.Provider
}

func start(t testing.TB, options ...func(*oidc.Provider)) company {
	t.Helper()
	p := serve(t, "x")
	return company{
		webtest.NewWith(t, webtest.Options{Way: way(settings("x", p.Issuer(), options...))}, audit.Feature()), t, p,
	}
}

// visitor is a browser in which nobody is signed in.
func (c company) visitor() visitor { return visitor{c.Browser(), c.t} }

// visitor follows links that lead to a provider, which Browser does not know.
type visitor struct {
	*webtest.Browser
	t testing.TB
}

// elsewhere asks for an address of a provider, and returns where that leads.
func (v visitor) elsewhere(address string) (status int, location *url.URL) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	res, err := v.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	_ = res.Body.Close()
	location, _ = res.Location()
	return res.StatusCode, location
}

// toProvider follows a link of ours to a provider, and returns the address that it leads to.
func (v visitor) toProvider(path string) *url.URL {
	v.t.Helper()
	res := v.Get(path)
	to, err := res.Location()
	if res.StatusCode != http.StatusSeeOther || err != nil {
		v.t.Fatalf("%s: %d, %v: %s", path, res.StatusCode, err, res.Body)
	}
	return to
}

// choose says at the provider who one is, and returns where it leads back to.
func (v visitor) choose(at *url.URL, subject string) *url.URL {
	v.t.Helper()
	q := at.Query()
	if subject != "" {
		q.Set("as", subject)
	}
	to := *at
	to.RawQuery = q.Encode()
	status, back := v.elsewhere(to.String())
	if status != http.StatusSeeOther {
		v.t.Fatalf("the provider answers %d", status)
	}
	return back
}

// come goes the whole way from a link, as whom the provider knows by that subject.
func (v visitor) come(path, subject string) webtest.Answer {
	v.t.Helper()
	return v.Get(v.choose(v.toProvider(path), subject).RequestURI())
}

// signIn signs in at the provider x.
func (v visitor) signIn(subject string) webtest.Answer {
	v.t.Helper()
	return v.come("/login/oidc/x", subject)
}

// who is the e-mail of who is signed in; "" for nobody.
func (v visitor) who() string {
	v.t.Helper()
	return v.I.First(`SELECT coalesce((SELECT p.email FROM sessions s JOIN people p ON p.id = s.person_id
		WHERE s.token_hash = sha256($1::bytea) AND s.revoked_at IS NULL AND p.active
			AND p.session_version = s.version), '')`, []byte(v.Session()))
}

// isProblem fails the test unless the answer is the page for that problem, in which nobody is
// signed in, and says what to do next.
func (v visitor) isProblem(res webtest.Answer, status int, name string) {
	v.t.Helper()
	title := v.I.Says("en", "oidc."+name+".title", "Provider", "Provider X")
	page := res.HTML(v.t)
	if res.StatusCode != status || strings.TrimSpace(page.Find("h1").Text()) != title {
		v.t.Errorf("%d %q, not %d %q", res.StatusCode, page.Find("h1").Text(), status, title)
	}
	if page.Find("main .actions a").Length() == 0 {
		v.t.Error("the page does not say what to do next")
	}
}

// nobody fails the test if somebody is signed in.
func (v visitor) nobody() {
	v.t.Helper()
	if who := v.who(); who != "" {
		v.t.Errorf("%s is signed in", who)
	}
}

// fixture is what the tests of every feature need to know.
var fixture = webtest.Fixture{
	Options: func(o *webtest.Options) { o.Way = way(settings("x", "http://127.0.0.1:1")) },
	Routes:  func(s *web.Server) []web.Route { return oidc.New(oidc.Config{}).Feature().Routes(s) },
	Fill: func(i *webtest.Intranet) {
		sealer, _ := seal.New("the key of the tests, which is long enough")
		for _, id := range i.IDs {
			kept := `{"Action":"/sensitive","Back":"/","Fields":{"a":["</script><b>"],"form_key":["` +
				rand.Text() + `.` + id + `.x"]}}`
			i.Exec(`INSERT INTO proof_forms (name_hash, person_id, sealed) VALUES ($1, $2, $3)`,
				store.HashToken("kept"), id, sealer.Seal(kept, "a form of "+id))
		}
	},
	Pages:  func(*webtest.Intranet) []string { return []string{"/login/oidc/x/form?form=kept"} },
	Secret: []string{"/login/oidc/x/form?form=kept"},
}

func TestThePagesOfProviders(t *testing.T) { webtest.Check(t, fixture) }
