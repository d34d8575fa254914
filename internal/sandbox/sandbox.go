// Package sandbox is a Caramelo AI to develop and test against: the
// intranet-auth API, the browser SDK and the WebSocket behind it, with canned
// answers, in one http.Handler without any state on disk.
//
// It follows the vendor's guide where the guide speaks, and is strict where the
// guide is silent, so that what works against it has a fair chance to work
// against the real service. It must not know anything of the intranet: it sees
// only what a vendor would see. Never put it in front of real people: whoever
// knows its secret can be any customer, and every answer is made up.
package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxSockets bounds the sockets open at once.
const maxSockets = 1000

// Config is what a sandbox needs to know.
type Config struct {
	// ProjectID is the one project this sandbox serves, e.g. "p_demo": letters,
	// digits, "_" and "-", at most 64. Required.
	ProjectID string
	// SecretToken is the key the intranet's server must show. Required, at most
	// 512 characters.
	SecretToken string `json:"-"`
	// Faults are set from the start.
	Faults Faults
	// IntranetURL, such as http://127.0.0.1:8080, lets the panel link to what the
	// intranet does. May be empty.
	IntranetURL string
	// TypingDelay is how long the assistant pretends to type. 0 means 350 ms; a
	// negative value means no delay.
	TypingDelay time.Duration
	// Logger receives one line for each answer of intranet-auth and for each
	// socket. It never receives a secret, a token, a name or an e-mail. nil
	// means slog.Default().
	Logger *slog.Logger
}

// Format keeps the secret out of whatever prints a Config, with any verb.
func (c Config) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "sandbox.Config{ProjectID:%q Faults:%+v}", c.ProjectID, c.Faults)
}

// Sandbox is one running sandbox. Its methods may be called concurrently.
type Sandbox struct {
	cfg        Config            // without the secret
	secret     [sha256.Size]byte // its hash
	customerID func(external string) string
	tokens     *tokens
	chats      chats
	faults     atomic.Pointer[Faults] // what it points to never changes; a call reads it once
	changes    sync.Mutex             // one change of faults at a time
	traffic    traffic

	slots chan struct{} // one for each open socket
	wait  time.Duration // for a socket's first message, and for each write
	ctx   context.Context
	close func()
}

// New returns a sandbox that serves one project. Its errors name every setting
// that is missing or out of range.
func New(cfg Config) (*Sandbox, error) {
	if cfg.TypingDelay == 0 {
		cfg.TypingDelay = 350 * time.Millisecond
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	faults, err := cfg.Faults.checked()
	if err := errors.Join(cfg.check(), err); err != nil {
		return nil, err
	}
	s := &Sandbox{
		cfg:        cfg,
		secret:     sha256.Sum256([]byte(cfg.SecretToken)),
		customerID: customerIDs(),
		tokens:     newTokens(cfg.ProjectID),
		chats:      chats{customers: make(map[string]*customer)},
		slots:      make(chan struct{}, maxSockets),
		wait:       5 * time.Second,
	}
	s.faults.Store(&faults)
	s.cfg.SecretToken = ""
	ctx, cancel := context.WithCancel(context.Background())
	s.ctx = ctx
	s.close = sync.OnceFunc(func() {
		cancel()
		for range cap(s.slots) { // each is free once its socket is gone
			s.slots <- struct{}{}
		}
	})
	return s, nil
}

var (
	projectID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	origin    = regexp.MustCompile(`^https?://[A-Za-z0-9.:\[\]-]+$`)
)

func (c Config) check() error {
	var errs []error
	complain := func(bad bool, message string) {
		if bad {
			errs = append(errs, errors.New("sandbox: "+message))
		}
	}
	complain(!projectID.MatchString(c.ProjectID), `ProjectID must be 1 to 64 letters, digits, "_" and "-": choose any, but the intranet must use the same`)
	complain(strings.TrimSpace(c.SecretToken) == "" || len(c.SecretToken) > 512, "SecretToken must have 1 to 512 characters: choose any, but the intranet must use the same")
	complain(c.IntranetURL != "" && !origin.MatchString(c.IntranetURL), "IntranetURL must be an address such as http://127.0.0.1:8080, without a path")
	return errors.Join(errs...)
}

// customerIDs derives the public id of a customer. The key is random, not the
// secret: the id stands in every page, and must not help to guess the secret.
func customerIDs() func(string) string {
	key := []byte(rand.Text())
	return func(external string) string {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(external))
		return "c_" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:15])
	}
}

// Handler is the whole sandbox over HTTP.
func (s *Sandbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /sdk/latest/authenticated.js", s.authenticatedJS)
	mux.HandleFunc("GET /sdk/latest/index.js", script(indexJS))
	mux.HandleFunc("GET /ws", s.serveSocket)
	// Without a method, so that a wrong one is answered in the API's own form.
	mux.HandleFunc("/api/chatbox/project/{project_id}/intranet-auth", s.intranetAuth)
	mux.HandleFunc("POST "+elsewherePath, s.elsewhere)
	s.routePanel(mux)
	s.routeAPI(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

// Close ends every open socket and waits until they are gone. From then on the
// sandbox answers 503.
func (s *Sandbox) Close() { s.close() }
