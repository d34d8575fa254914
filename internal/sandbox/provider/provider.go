// Package provider is a small OpenID Connect provider for the demo and for tests, where a
// company has Entra ID, Okta or Keycloak. People choose who they are from a list: it asks for
// no password, and is not for production. It can be told to answer as no provider should.
package provider

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Person is somebody whom the provider knows.
type Person struct {
	Subject string
	Claims  map[string]any // such as name, email, email_verified, groups, amr
}

// Client is an application that people sign in to.
type Client struct {
	ID, Secret  string
	RedirectURI string
	SignedOut   string // where the provider leads back to after a sign-out
	BackChannel string // where it says that somebody has signed out; "" for nowhere
}

// Config is what a provider knows.
type Config struct {
	Issuer string // its own address
	Name   string
	Client Client
	People []Person
	// AuthMethod is how a client proves that it is itself; "" is client_secret_basic.
	AuthMethod string
}

// Provider is one that runs. Its Handler has to be served at its issuer.
type Provider struct {
	config Config

	mu       sync.Mutex
	key      *ecdsa.PrivateKey
	keyID    string
	people   []Person
	codes    map[string]grant
	access   map[string]string // subjects, by access token
	faults   map[Fault]bool
	sessions map[string]session // by the cookie
	release  chan struct{}      // closed when a slow provider is mended
	asked    map[string]int     // how often, by path
	hooks    http.Client
}

// session is somebody's at the provider.
type session struct {
	id      string // sid
	subject string
	since   time.Time
}

// grant is what a code is good for.
type grant struct {
	session
	clientID, redirectURI, nonce, challenge string
	used                                    bool
}

// New returns a provider.
func New(config Config) *Provider {
	p := &Provider{
		config: config, people: slices.Clone(config.People), codes: map[string]grant{}, access: map[string]string{},
		faults: map[Fault]bool{}, sessions: map[string]session{}, asked: map[string]int{},
		hooks: http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	p.Rotate()
	return p
}

// Issuer is its address, and its name in tokens.
func (p *Provider) Issuer() string { return p.config.Issuer }

// SetPeople replaces whom the provider knows.
func (p *Provider) SetPeople(people ...Person) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people = people
}

// Asked is how often a path was asked for.
func (p *Provider) Asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

// The paths of a provider.
const (
	discoveryPath = "/.well-known/openid-configuration"
	authorizePath = "/authorize"
	TokenPath     = "/token" // #nosec G101 -- a path
	KeysPath      = "/keys"
	userInfoPath  = "/userinfo"
	endPath       = "/end-session"
)

// Handler serves the provider.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+discoveryPath, p.discovery)
	mux.HandleFunc("GET "+authorizePath, p.authorize)
	mux.HandleFunc("POST "+TokenPath, p.token)
	mux.HandleFunc("GET "+KeysPath, p.keys)
	mux.HandleFunc("GET "+userInfoPath, p.userInfo)
	mux.HandleFunc("GET "+endPath, p.endSession)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked[r.URL.Path]++
		down, release := p.faults[Down], p.release
		p.mu.Unlock()
		if release != nil {
			select {
			case <-release:
			case <-r.Context().Done():
				return
			}
		}
		if down {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	issuer := p.config.Issuer
	says := map[string]any{
		"issuer":                                         issuer,
		"authorization_endpoint":                         issuer + authorizePath,
		"token_endpoint":                                 issuer + TokenPath,
		"jwks_uri":                                       issuer + KeysPath,
		"userinfo_endpoint":                              issuer + userInfoPath,
		"end_session_endpoint":                           issuer + endPath,
		"response_types_supported":                       []string{"code"},
		"subject_types_supported":                        []string{"public"},
		"id_token_signing_alg_values_supported":          []string{"ES256"},
		"code_challenge_methods_supported":               []string{"S256"},
		"token_endpoint_auth_methods_supported":          []string{cmp.Or(p.config.AuthMethod, "client_secret_basic")},
		"authorization_response_iss_parameter_supported": true,
		"backchannel_logout_supported":                   true,
		"backchannel_logout_session_supported":           true,
	}
	if p.has(OtherIssuer) {
		says["issuer"] = issuer + "/other"
	}
	if p.has(PlainAddress) {
		says["token_endpoint"] = "http://provider.example" + TokenPath
	}
	answer(w, http.StatusOK, says)
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func answer(w http.ResponseWriter, status int, says any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(says)
}

const cookieName = "sandbox-provider"

// authorize shows who one can be. Who has chosen stays signed in until they sign out, or are
// to prove anew who they are.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	client := p.config.Client
	if q.Get("client_id") != client.ID || q.Get("redirect_uri") != client.RedirectURI {
		http.Error(w, "no such client, or another redirect_uri than it has", http.StatusBadRequest)
		return
	}
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" {
		p.back(w, r, url.Values{"error": {"invalid_request"}})
		return
	}
	if q.Get("cancel") != "" {
		p.back(w, r, url.Values{"error": {"access_denied"}})
		return
	}
	s, known := p.session(r)
	if as := q.Get("as"); as != "" {
		if _, there := p.person(as); !there {
			http.Error(w, "nobody of that name", http.StatusBadRequest)
			return
		}
		s, known = session{id: rand.Text(), subject: as, since: time.Now()}, true
		if p.has(OldProof) {
			s.since = s.since.Add(-time.Hour)
		}
		cookie := rand.Text()
		p.mu.Lock()
		p.sessions[cookie] = s
		p.mu.Unlock()
		http.SetCookie(w, &http.Cookie{ // #nosec G124 -- on loopback
			Name: cookieName, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		})
	} else if anew := q.Get("prompt") == "login" || q.Has("max_age"); anew && !p.has(OldProof) {
		known = false
	}
	if !known {
		p.choose(w, r)
		return
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = grant{
		session: s, clientID: q.Get("client_id"), redirectURI: q.Get("redirect_uri"),
		nonce: q.Get("nonce"), challenge: q.Get("code_challenge"),
	}
	p.mu.Unlock()
	p.back(w, r, url.Values{"code": {code}})
}

// back leads back to the client.
func (p *Provider) back(w http.ResponseWriter, r *http.Request, says url.Values) {
	says.Set("state", r.URL.Query().Get("state"))
	says.Set("iss", p.config.Issuer)
	if p.has(OtherState) {
		says.Set("state", rand.Text())
	}
	if p.has(OtherAnswers) {
		says.Set("iss", "https://other.example")
	}
	if p.has(NobodyAnswers) {
		says.Del("iss")
	}
	http.Redirect(w, r, p.config.Client.RedirectURI+"?"+says.Encode(), http.StatusSeeOther)
}

func (p *Provider) session(r *http.Request) (session, bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return session{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	s, known := p.sessions[cookie.Value]
	return s, known
}

func (p *Provider) person(subject string) (Person, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.people, func(one Person) bool { return one.Subject == subject })
	if i < 0 {
		return Person{}, false
	}
	return p.people[i], true
}

// endSession signs somebody out, here and at the client.
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) {
	client := p.config.Client
	s, known := p.session(r)
	if known {
		cookie, _ := r.Cookie(cookieName)
		p.mu.Lock()
		delete(p.sessions, cookie.Value)
		p.mu.Unlock()
		http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1}) // #nosec G124 -- it deletes one
	}
	if known && client.BackChannel != "" {
		form := url.Values{"logout_token": {p.LogoutToken(s.subject, s.id, nil)}}
		req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, client.BackChannel,
			strings.NewReader(form.Encode()))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if res, err := p.hooks.Do(req); err == nil {
				_ = res.Body.Close()
			}
		}
	}
	q := r.URL.Query()
	if to := q.Get("post_logout_redirect_uri"); to != "" && to == client.SignedOut && q.Get("client_id") == client.ID {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	}
	fmt.Fprintln(w, "You are signed out.")
}
