package e2e

import (
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/conformance"
	"github.com/carameloai/intranet/internal/seed"
)

// Our own intranet does all that the check for other apps asks for.
func TestTheCheckForOtherAppsFindsNothingHere(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := conformance.Config{Listener: listener, Budget: 5 * time.Second}
	in := Launch(t, func(s *app.Settings) {
		s.APIURL = "http://" + listener.Addr().String()
		s.SDKURL = s.APIURL + "/sdk/latest/authenticated.js"
		cfg.ProjectID, cfg.SecretToken = s.ProjectID, s.SecretToken.Reveal()
	})
	at := func(path string) *url.URL {
		u, err := url.Parse(in.url + path)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for _, who := range seed.Personas()[:2] {
		cfg.People = append(cfg.People, conformance.Person{Name: who.Email, Password: in.Passwords[who.Email]})
	}
	in.SQL(t, "UPDATE people SET name = $1 WHERE email = $2", `Ana <b>"O'Neil"</b></script>`, cfg.People[0].Name)
	cfg.Pages = []*url.URL{at("/"), at("/people")}
	cfg.Login.Page, cfg.Logout, cfg.Redirect = at("/login"), at("/logout"), at("/login")
	all, err := conformance.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Level != checks.Fine {
			t.Errorf("%s %s: %s -> %s", c.Level, c.ID, c.Seen, c.Mend)
		}
	}
}
