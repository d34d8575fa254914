package main

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/app"
	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/sandbox/provider"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/signin/oidc"
)

// providerID is the demo's provider in the settings.
const providerID = "demo"

// serveProvider runs a small OpenID Connect provider on l until the returned function is
// called, and writes it into the settings. It knows the people of the logins, and one who is
// new in the company.
func serveProvider(l net.Listener, settings *app.Settings, log *slog.Logger) (stop func()) {
	issuer, secret := "http://"+reachable(l.Addr()), rand.Text()
	config := provider.Config{
		Issuer: issuer, Name: "Demo provider",
		Client: provider.Client{
			ID: "intranet", Secret: secret, RedirectURI: settings.PublicURL + oidc.CallbackPath(providerID),
			SignedOut:   settings.PublicURL + paths.Login,
			BackChannel: settings.PublicURL + oidc.BackChannelPath(providerID),
		},
	}
	personas := seed.Personas()
	personas = append(personas, seed.Persona{Name: "Nina Nova", Email: "nina.nova@" + seed.Domain, Lang: "en"})
	for _, p := range personas {
		config.People = append(config.People, provider.Person{Subject: p.Email, Claims: map[string]any{
			"name": p.Name, "email": p.Email, "email_verified": true, "locale": p.Lang, "amr": []string{"pwd", "mfa"},
		}})
	}
	settings.Providers = []string{providerID}
	settings.Provider = map[string]app.ProviderSettings{providerID: {
		Issuer: issuer, ClientID: config.Client.ID, Secret: caramelo.NewSecret(secret), Name: config.Name,
		Domains: seed.Domain, Join: "true",
	}}
	server := &http.Server{
		Handler: provider.New(config).Handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("serve the provider", slog.Any("error", err))
		}
	}()
	return func() {
		_ = server.Close()
		<-done
	}
}
