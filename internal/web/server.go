// Package web is the frame of the intranet: the server, the middleware that every request
// passes, the route table, pages and their errors, and the assistant at the end of each
// page. What the intranet is about comes in as features: see Feature. The frame knows
// none of them.
package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/scriptwatch"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/static"
	"github.com/carameloai/intranet/views"
)

// Config is everything the frame needs. All of it is required except for TrustedProxies,
// Caramelo and what is about its question, Open, Script, SandboxPanel and Observe.
type Config struct {
	Store *store.Store
	Log   *slog.Logger

	// PublicURL is the address at which browsers reach the intranet. With https, cookies
	// are Secure and browsers are told to use nothing else (HSTS).
	PublicURL *url.URL
	// TrustedProxies are believed when they say in X-Forwarded-For or Forwarded where a
	// request comes from.
	TrustedProxies []netip.Prefix

	// Seal keeps what people have typed and not saved from whoever reads the database.
	Seal seal.Sealer

	Mail *mail.Outbox // nil: no mail is sent
	// SignIn is the way in which people sign in: see package signin.
	SignIn func(*Server) SignIn

	// Caramelo makes the handshakes. Without it pages have no assistant.
	Caramelo *caramelo.Client
	// Script watches the vendor's script. Pages do not wait for it.
	Script *scriptwatch.Watch
	// Policy is that of pages with the assistant, with the address of the vendor's script.
	Policy csp.Policy
	// AskFirst makes pages ask people before anything of theirs goes to Caramelo. The question
	// links to the vendor's and the company's words on privacy; "" for none.
	AskFirst                      bool
	VendorPrivacy, CompanyPrivacy string
	// Open says how pages open the vendor's chat: see views.Page.
	Open string
	// Sandbox makes every page say that its assistant is a sandbox.
	Sandbox bool
	// SandboxPanel is the address of the sandbox's panel; "" where there is none.
	SandboxPanel string

	// Ready returns nil if this replica should get traffic. It must not wait for anything.
	Ready func() error

	// Observe is told what happens with the assistant, as the features' own are.
	Observe Observer
}

// Server is the intranet: the frame with its features. Features get it when they are
// asked for their routes, and use its exported methods.
type Server struct {
	Config
	features []Feature
	signIn   SignIn
	texts    *i18n.Texts
	assets   *static.Assets
	nav      []views.Entry
	sessions *scs.SessionManager
	routes   []Route
	mux      *http.ServeMux
	special  map[string]Route // those with limits of their own, by path
	// unattended are the paths that pages ask by themselves.
	unattended map[string]bool
	pace       *pace
	reports    reports
	timeout    time.Duration
	handler    http.Handler

	// Each Content-Security-Policy has {nonce} in place of the nonce.
	policy     string // without the vendor
	chatPolicy string // of pages with the assistant
}

// Limits of a request. The time is enough for the database and for the whole time limit
// of a handshake; the server's write timeout must be longer. The body is enough for the
// longest text: a form may need twelve bytes for a character.
const (
	requestTimeout = 10 * time.Second
	maxBodyBytes   = 256 << 10
)

// New returns the intranet with these features. It fails where two of them have
// a text or a file of the same name.
func New(config Config, features ...Feature) (*Server, error) {
	s := &Server{
		Config: config, features: features, special: map[string]Route{}, unattended: map[string]bool{},
		pace: newPace(), timeout: requestTimeout,
	}
	s.policy = csp.Policy{Secure: s.Secure()}.Header()
	s.chatPolicy = s.policy
	if s.Caramelo != nil {
		s.chatPolicy = s.Policy.Header()
	}
	s.sessions, s.reports = s.newSessions(), newReports(s)
	s.signIn = config.SignIn(s)
	var err error
	if s.texts, err = Texts(features, s.signIn.Texts); err != nil {
		return nil, err
	}
	files := static.Parts{}
	for _, f := range withNeeds(features) {
		files.Add(f.Style, f.Scripts)
		s.nav = append(s.nav, f.Nav...)
	}
	if s.assets, err = static.New(files); err != nil {
		return nil, fmt.Errorf("collect the static files: %w", err)
	}
	s.nav = append(s.nav, ownNav...)
	slices.SortStableFunc(s.nav, func(a, b views.Entry) int { return a.Order - b.Order })
	s.routes = s.collectRoutes()
	s.handler = s.middleware()
	return s, nil
}

// Sessions is where values are kept in the session of a browser. A value must be put
// there before the page is sent.
func (s *Server) Sessions() *scs.SessionManager { return s.sessions }

// Speak returns a context in which texts of this intranet come in a language.
func (s *Server) Speak(ctx context.Context, lang string) context.Context {
	return s.texts.With(ctx, lang)
}

// Features are those that this intranet has.
func (s *Server) Features() []Feature { return s.features }

// Secure reports whether browsers reach the intranet over https.
func (c Config) Secure() bool { return c.PublicURL.Scheme == "https" }

// ownNav are the frame's own entries of the navigation.
var ownNav = []views.Entry{
	{Order: 0, Path: paths.Home, Icon: "home", Text: "nav.home"},
	{Order: 1000, Path: paths.Assistant, Icon: "chat", Text: "nav.assistant"},
}
