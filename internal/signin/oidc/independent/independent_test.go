// Package independent tests signing in with a provider that is not ours, in a browser. It is a
// module of its own, so that nobody else carries that provider's modules.
package independent

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/e2e"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

const password = "verysecure"

// serve runs zitadel's provider with the logins of the demo company, and gives it to an
// intranet.
func serve(t *testing.T) func(*app.Settings) {
	t.Helper()
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	users := map[string]storage.User{}
	for _, who := range seed.Personas() {
		users[who.Email] = storage.User{
			ID: "id of " + who.Email, Username: who.Email, Password: password, FirstName: who.Name, Email: who.Email,
			EmailVerified: true,
		}
	}
	byID := map[string]storage.User{}
	for _, u := range users {
		byID[u.ID] = u
	}
	file := filepath.Join(t.TempDir(), "users.json")
	written, err := json.Marshal(byID)
	if err == nil {
		err = os.WriteFile(file, written, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	people, err := storage.StoreFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return func(s *app.Settings) {
		client := storage.WebClient("intranet", "secret", s.PublicURL+oidc.CallbackPath("x"))
		store := storage.NewStorageWithClients(people, map[string]*storage.Client{"intranet": client})
		handler = exampleop.SetupServer(server.URL, store, slog.New(slog.DiscardHandler), false)
		s.SecretKey = caramelo.NewSecret("a key of at least thirty-two characters")
		s.Providers = []string{"x"}
		s.Provider = map[string]app.ProviderSettings{"x": {
			Issuer: server.URL, ClientID: "intranet", Secret: caramelo.NewSecret("secret"), Domains: seed.Domain,
		}}
	}
}

// Somebody signs in with a provider that is not ours, with a password and a form of its own, and
// makes a sensitive change, for which they sign in there once more.
func TestSomebodySignsInWithAnIndependentProvider(t *testing.T) {
	in := e2e.Start(t, serve(t))
	who := e2e.Employee(t, "en")
	b := in.NewTab(t, 1280, 800)
	signIn := func() {
		t.Helper()
		b.Until(`document.title === "Login" && $("#username")`)
		b.Set("#username", who.Email)
		b.Set("#password", password)
		b.Click(`$("form button")`)
	}
	b.Visit("/login?next=/account/second-factor")
	b.Click(`$(".ways a")`)
	signIn()
	b.Until(`location.pathname === "/account/second-factor" && $("main form button")`)

	in.ForgetProof(t, who)
	b.Click(`$("main form button")`)
	b.Until(`text("h1") === ` + e2e.Quoted(in.Says(t, "en", "oidc.confirm.title")))
	b.Click(`$("main .actions a.button")`)
	signIn()
	b.Until(`location.pathname === "/login/oidc/x/form" && $("main form button")`)
	b.Click(`$("main form button")`)
	b.Until(`$("img.qr") && text(".steps code").length === 32`)

	// They are known by their subject from now on.
	in.SQL(t, `UPDATE people SET email = 'renamed@company.example' WHERE email = $1`, who.Email)
	again := in.NewTab(t, 390, 800)
	b = again
	b.Visit("/login/oidc/x?next=/people")
	signIn()
	b.Until(`location.pathname === "/people" && online()`)
}
