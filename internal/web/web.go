// Package web is the intranet over HTTP: the route table, the middleware, and
// one file of handlers for each noun. A handler asks the store, starts the
// handshake with Caramelo, and renders a view while the vendor answers.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
)

// Config is everything the pages need. All of it is required but Caramelo
// and ObserveReport.
type Config struct {
	Store     *store.Store
	Passwords *password.Hasher
	Log       *slog.Logger

	// PublicURL is how browsers reach the intranet. https turns on Secure
	// cookies and HSTS.
	PublicURL *url.URL
	// TrustedProxies may say in X-Forwarded-For whom they speak for.
	TrustedProxies []netip.Prefix

	// SecondFactor says who must have one: optional, admins or everyone.
	SecondFactor string
	// Seal keeps the secrets of second factors from whoever has a copy of the
	// database. The zero Sealer leaves them as they are.
	Seal seal.Sealer

	// Caramelo makes the handshakes; nil renders pages without the assistant.
	Caramelo *caramelo.Client
	SDKURL   *url.URL
	// Origins are what the vendor's script may reach beside its own origin.
	Origins []string
	// Sandbox makes every page say that its assistant is a sandbox.
	Sandbox bool
	// Tour is the address of the sandbox's panel: admins get a guided tour on the
	// home page. "" is no tour.
	Tour string

	// Ready returns nil when this replica should get traffic.
	Ready func(context.Context) error

	// ObserveReport is told of each violation of the Content-Security-Policy that
	// a browser reported: the directive, one of few names. nil tells nobody.
	ObserveReport func(directive string)
}

type handlers struct {
	Config
	sessions   *scs.SessionManager
	pages      *http.ServeMux // the route table, see router
	markdown   *markdown
	timeout    time.Duration
	now        func() time.Time // for the codes of second factors
	patience   time.Duration    // for a turn to check a password
	pace       *pace
	reports    *reports
	tours      tours
	handshakes *handshakes
}

// Limits of a request. The deadline leaves room for the database and for the
// whole budget of a handshake; the server's write timeout must be longer. A body
// holds the longest text in any script: a form makes twelve bytes of a character.
const (
	requestTimeout = 10 * time.Second
	maxBodyBytes   = 256 << 10
)

// New returns the whole intranet as one handler.
func New(config Config) http.Handler {
	return newHandlers(config).middleware()
}

func newHandlers(config Config) *handlers {
	h := &handlers{Config: config, markdown: newMarkdown(), timeout: requestTimeout, now: time.Now, patience: hashPatience, pace: newPace(), reports: newReports(), tours: tours{done: map[string][]string{}}, handshakes: newHandshakes()}
	h.sessions = h.newSessions()
	return h
}

func (h *handlers) secure() bool { return h.PublicURL.Scheme == "https" }
