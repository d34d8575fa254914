package scim

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/paths"
	sandbox "github.com/carameloai/intranet/internal/sandbox/provider"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// signInAt comes the whole way from the sign-in page over the provider, and returns the answer to who
// is back from there.
func signInAt(t *testing.T, b *webtest.Browser, subject string) webtest.Answer {
	t.Helper()
	at, err := b.Get("/login/oidc/x").Location()
	if err != nil {
		t.Fatal(err)
	}
	q := at.Query()
	q.Set("as", subject)
	at.RawQuery = q.Encode()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	back, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	return b.Get(back.RequestURI())
}

// Who is known by SCIM and by signing in is one person, whichever came first; and whom SCIM has
// disabled the provider cannot let in.
func TestSigningInAndSCIMMeanTheSamePerson(t *testing.T) {
	t.Parallel()
	const secret = "client-canary-secret"
	var idp *sandbox.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		idp.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	const public = "http://127.0.0.1"
	config := sandbox.Config{Issuer: server.URL, Name: "x", Client: sandbox.Client{
		ID: "intranet", Secret: secret, RedirectURI: public + oidc.CallbackPath("x"), SignedOut: public + paths.Login,
	}}
	for _, name := range []string{"dora", "eva"} {
		config.People = append(config.People, sandbox.Person{Subject: name, Claims: map[string]any{
			"name": name, "email": name + "@company.example", "email_verified": true,
		}})
	}
	idp = sandbox.New(config)
	way := func() (func(*signin.SignIn) signin.Way, web.Feature) {
		sealer, err := seal.New("the key of the tests, which is long enough")
		if err != nil {
			t.Error(err)
		}
		in := oidc.New(oidc.Config{Seal: sealer, Providers: []oidc.Provider{{
			ID: "x", Name: "Provider X", Issuer: server.URL, ClientID: "intranet", Secret: caramelo.NewSecret(secret),
			Domains: []string{"company.example"}, Join: true,
		}}})
		return in.Way, in.Feature()
	}
	p := allow(t, webtest.NewWith(t, webtest.Options{Way: way}, Feature()), "entra")

	// Made by SCIM, then signed in.
	dora := p.must(201, "POST", "/Users", dora).text("id")
	in := p.Browser()
	if res := signInAt(t, in, "dora"); res.StatusCode != http.StatusSeeOther || in.Get(paths.Home).StatusCode != 200 {
		t.Fatalf("Dora cannot sign in: %d", res.StatusCode)
	}
	if n := p.Count(`identities WHERE person_id = $1`, dora); n != 1 {
		t.Error("Dora's identity is somebody else's")
	}
	p.must(200, "PATCH", "/Users/"+dora, patch(`{"op": "replace", "path": "active", "value": false}`))
	if res := in.Get(paths.Home); res.StatusCode != http.StatusSeeOther {
		t.Errorf("Dora is still in: %d", res.StatusCode)
	}
	again := p.Browser()
	if signInAt(t, again, "dora"); again.Get(paths.Home).StatusCode == 200 {
		t.Error("the provider lets Dora in, who is disabled")
	}

	// Signed in, then found by SCIM.
	other := p.Browser()
	if signInAt(t, other, "eva"); other.Get(paths.Home).StatusCode != 200 {
		t.Fatal("Eva cannot sign in")
	}
	p.refused(409, "uniqueness", "POST", "/Users", whole(`"userName": "eva@company.example"`))
	found := p.must(200, "GET", "/Users?filter="+url.QueryEscape(`userName eq "eva@company.example"`), "")
	p.must(200, "PATCH", "/Users/"+found.text("Resources/id"), patch(`{"op": "add", "path": "externalId", "value": "7"},
		{"op": "replace", "path": "userName", "value": "eva.dias@company.example"}`))
	if res := other.Get(paths.Home); res.StatusCode != 200 {
		t.Errorf("Eva is out: %d", res.StatusCode)
	}
	// Her identity counts, and not her address: she is the same person with another one.
	if third := p.Browser(); signInAt(t, third, "eva").StatusCode != http.StatusSeeOther ||
		third.Get(paths.Home).StatusCode != 200 || p.Count(`people WHERE email LIKE 'eva%'`) != 1 {
		t.Error("Eva is somebody else with another address")
	}
}
