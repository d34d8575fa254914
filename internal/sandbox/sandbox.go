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
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config is what a sandbox needs to know.
type Config struct {
	// ProjectID is the one project this sandbox serves, e.g. "p_demo": letters,
	// digits, "_" and "-", at most 64. Required.
	ProjectID string
	// SecretToken is the key the intranet's server must show. Required, at most
	// 512 characters.
	SecretToken string `json:"-"`
	// TokenLifetime is how long a connection token can open a socket, from one
	// second to 24 hours. 0 means 5 minutes.
	TokenLifetime time.Duration
	// Latency is how long intranet-auth waits before it answers, at most a
	// minute. It ends early when the caller goes away.
	Latency time.Duration
	// TypingDelay is how long the assistant pretends to type, at most 400 ms.
	// 0 means 350 ms; a negative value means no delay.
	TypingDelay time.Duration
	// Logger receives one line for each answer of intranet-auth and for each
	// socket. It never receives a secret, a token, a name or an e-mail. nil
	// means slog.Default().
	Logger *slog.Logger
}

// Format keeps the secret out of whatever prints a Config, with any verb.
func (c Config) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "sandbox.Config{ProjectID:%q TokenLifetime:%v Latency:%v TypingDelay:%v}",
		c.ProjectID, c.TokenLifetime, c.Latency, c.TypingDelay)
}

// Sandbox is one running sandbox. Its methods may be called concurrently.
type Sandbox struct {
	project     string
	latency     time.Duration
	typingDelay time.Duration
	log         *slog.Logger
	now         func() time.Time
	limits      limits

	// The secret itself stays inside two closures, where no %+v finds it.
	isSecret   func(string) bool
	hasSecret  func(string) bool
	customerID func(external string) string

	tokens *tokens
	chats  *chats

	mu      sync.Mutex
	closed  bool
	open    int // sockets being set up or served
	sockets map[*socket]struct{}
	serving sync.WaitGroup
	done    chan struct{}
}

// New returns a sandbox that serves one project. Its errors name every setting
// that is missing or out of range.
func New(cfg Config) (*Sandbox, error) {
	if cfg.TokenLifetime == 0 {
		cfg.TokenLifetime = 5 * time.Minute
	}
	if cfg.TypingDelay == 0 {
		cfg.TypingDelay = 350 * time.Millisecond
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	s := &Sandbox{
		project:     cfg.ProjectID,
		latency:     cfg.Latency,
		typingDelay: max(cfg.TypingDelay, 0),
		log:         cfg.Logger,
		now:         time.Now,
		limits:      defaultLimits,
		sockets:     make(map[*socket]struct{}),
		done:        make(chan struct{}),
	}
	now := func() time.Time { return s.now() }
	s.isSecret, s.hasSecret = secretChecks(cfg.SecretToken)
	s.customerID = customerIDs(cfg.ProjectID)
	s.tokens = newTokens(cfg.ProjectID, cfg.TokenLifetime, now)
	s.chats = newChats(now)
	return s, nil
}

func (c Config) check() error {
	var errs []error
	complain := func(bad bool, message string) {
		if bad {
			errs = append(errs, errors.New("sandbox: "+message))
		}
	}
	complain(c.ProjectID == "", "ProjectID is missing: any name will do, e.g. p_demo, but the intranet must use the same")
	complain(len(c.ProjectID) > 64 || strings.Trim(c.ProjectID, projectIDChars) != "",
		`ProjectID must be at most 64 letters, digits, "_" and "-"`)
	complain(strings.TrimSpace(c.SecretToken) == "", "SecretToken is missing: any long random text will do, but the intranet must use the same")
	complain(len(c.SecretToken) > 512, "SecretToken is longer than 512 characters")
	complain(c.TokenLifetime < time.Second || c.TokenLifetime > 24*time.Hour, "TokenLifetime must be between 1s and 24h")
	complain(c.Latency < 0 || c.Latency > time.Minute, "Latency must be between 0 and 1m")
	complain(c.TypingDelay > 400*time.Millisecond, "TypingDelay must be at most 400ms")
	return errors.Join(errs...)
}

const projectIDChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

// customerIDs derives the public id of a customer. The key is random, not the
// secret: the id stands in every page, and must not help to guess the secret.
func customerIDs(project string) func(string) string {
	key := make([]byte, 32)
	rand.Read(key) // never fails: crypto/rand ends the process instead
	return func(external string) string {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(project + "\x00" + external)) // neither holds a NUL
		return "c_" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:15])
	}
}

// Handler is the whole sandbox over HTTP.
func (s *Sandbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /sandbox.css", asset("text/css; charset=utf-8", indexCSS))
	mux.HandleFunc("GET /healthz", health)
	mux.HandleFunc("GET /sdk/latest/authenticated.js", sdkScript(authenticatedJS))
	mux.HandleFunc("GET /sdk/latest/index.js", sdkScript(indexJS))
	mux.HandleFunc("GET /ws", s.serveSocket)
	// Without a method, so that a wrong one is answered in the API's own form.
	mux.HandleFunc("/api/chatbox/project/{project_id}/intranet-auth", s.intranetAuth)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, r)
	})
}

// Close ends every open socket and waits until they are gone: a peer that does
// not answer costs about 5 s. From then on the sandbox answers 503.
func (s *Sandbox) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	for c := range s.sockets {
		c.end(closeGoingAway, "sandbox_closed")
	}
	s.mu.Unlock()
	s.serving.Wait()
}

func health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintln(w, "ok")
}

// problem is an answer that is not a success. Its message may be shown to
// anybody: it holds nothing that the caller sent but the name of a field.
type problem struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
}

func writeProblem(w http.ResponseWriter, p *problem) {
	writeJSON(w, p.status, map[string]*problem{"error": p})
}

// writeJSON ignores the error of the write: the caller is gone, and there is
// nobody left to tell.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}
