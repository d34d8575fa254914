package browser_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/sandbox/provider"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// withProvider gives an intranet a provider that knows its logins.
func withProvider(t *testing.T) func(*app.Settings) {
	var p *provider.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return func(s *app.Settings) {
		config := provider.Config{Issuer: server.URL, Name: "The provider", Client: provider.Client{
			ID: "intranet", Secret: "secret", RedirectURI: s.PublicURL + oidc.CallbackPath("x"),
			SignedOut: s.PublicURL + "/login", BackChannel: s.PublicURL + oidc.BackChannelPath("x"),
		}}
		for _, who := range seed.Personas() {
			config.People = append(config.People, provider.Person{Subject: who.Email, Claims: map[string]any{
				"name": who.Name, "email": who.Email, "email_verified": true,
			}})
		}
		p = provider.New(config)
		s.SecretKey = caramelo.NewSecret("a key of at least thirty-two characters")
		s.Providers = []string{"x"}
		s.Provider = map[string]app.ProviderSettings{"x": {
			Issuer: server.URL, ClientID: "intranet", Secret: caramelo.NewSecret("secret"), Name: "The provider",
			Domains: seed.Domain,
		}}
	}
}

// Somebody signs in with the provider, makes a sensitive change, for which they sign in there
// once more, and signs out here and there. Then nobody is led on from the sign-in page.
func TestSomebodyComesByTheProviderAndGoes(t *testing.T) {
	in := e2e.Start(t, withProvider(t))
	who := e2e.Employee(t, "en")
	b := in.NewTab(t, 1280, 800)
	choose := `$$("a").find((a) => a.textContent.includes(` + e2e.Quoted(who.Email) + `))`

	b.Visit("/login?next=/account/second-factor")
	b.Click(`$(".ways a")`)
	b.Until(`document.title === "The provider"`)
	b.Click(choose)
	b.Until(`location.pathname === "/account/second-factor" && $("main form button")`)

	in.ForgetProof(t, who)
	b.Click(`$("main form button")`)
	b.Until(`text("h1") === ` + e2e.Quoted(in.Says(t, "en", "oidc.confirm.title")))
	b.Click(`$("main .actions a.button")`)
	b.Until(`document.title === "The provider"`) // they are signed in there, and asked all the same
	b.Click(choose)
	b.Until(`location.pathname === "/login/oidc/x/form" && document.activeElement === $("main form button")`)
	b.Click(`$("main form button")`)
	b.Until(`$("img.qr") && text(".steps code").length === 32`)

	b.Visit("/account")
	b.Click(`$(".account-leave")`)
	b.Until(`location.pathname === "/login/oidc/x/signed-out"`)
	b.Click(`$("main .actions a.button")`)
	b.Until(`location.pathname === "/login" && $(".ways a")`)
	b.Click(`$(".ways a")`)
	b.Until(`document.title === "The provider"`) // nobody is signed in there any more
}

// Whoever signs out at the provider is signed out here, too.
func TestWhoSignsOutAtTheProviderIsSignedOutHere(t *testing.T) {
	with := withProvider(t)
	issuer := ""
	in := e2e.Start(t, func(s *app.Settings) { with(s); issuer = s.Provider["x"].Issuer })
	who := e2e.Employee(t, "es")
	b := in.NewTab(t, 1280, 800)
	b.Visit("/login/oidc/x")
	b.Click(`$$("a").find((a) => a.textContent.includes(` + e2e.Quoted(who.Email) + `))`)
	b.Until(`location.pathname === "/" && online()`)
	b.Leave(`location.assign(` + e2e.Quoted(issuer+"/end-session") + `)`)
	b.Until(`document.body.innerText.includes("You are signed out.")`)
	b.Visit("/people")
	b.Until(`location.pathname === "/login"`)
}

// The pages on the way are accessible: axe-core finds nothing, on a narrow screen.
func TestThePagesOnTheWayAreAccessible(t *testing.T) {
	axe, err := os.ReadFile("../../../e2e/node_modules/axe-core/axe.min.js")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip("NOT CHECKED: accessibility, because axe-core is not there: npm ci --prefix internal/e2e")
	}
	with := withProvider(t)
	in := e2e.Start(t, func(s *app.Settings) { with(s); s.Passwords = "admins" })
	who := e2e.Employee(t, "en")
	b := in.NewTab(t, 390, 800)
	b.Before(string(axe))
	look := func(name string) {
		t.Helper()
		b.Until(`window.axe && $("main h1")`)
		found := e2e.Ask[[]string](b, `(await axe.run(document)).violations.map(
			(v) => v.id + " " + v.nodes.map((n) => n.html).join(" | "))`)
		if len(found) > 0 {
			t.Errorf("%s: %q", name, found)
		}
	}
	choose := `$$("a").find((a) => a.textContent.includes(` + e2e.Quoted(who.Email) + `))`
	b.Visit("/login")
	look("the sign-in page")
	b.Click(`$("summary")`)
	look("with the form for admins")
	b.Visit("/login/oidc/x/callback")
	look("a problem")
	b.Visit("/login/oidc/x/signed-out")
	look("signed out")
	b.Visit("/login/oidc/x?next=/account/second-factor")
	b.Click(choose)
	b.Until(`location.pathname === "/account/second-factor" && $("main form button")`)
	in.ForgetProof(t, who)
	b.Click(`$("main form button")`)
	b.Until(`text("h1") === ` + e2e.Quoted(in.Says(t, "en", "oidc.confirm.title")))
	look("a sensitive change")
	b.Click(`$("main .actions a.button")`)
	b.Click(choose)
	b.Until(`location.pathname === "/login/oidc/x/form" && $("main form button")`)
	look("the form that was kept")
}
