// Package sandbox stands in for Caramelo AI in development and tests: the
// intranet-auth API, the browser SDK and its WebSocket, with answers written in
// advance, in one http.Handler that keeps nothing on disk.
//
// It does what the vendor's guide says. Where the guide says nothing it is strict,
// so that what works against it is likely to work against the real service. It must
// not know anything of the intranet: it sees only what the vendor would see. It is
// not for real people: whoever knows its secret can be any customer, and every
// answer is made up.
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

// maxSockets is how many sockets may be open at the same time.
const maxSockets = 1000

// Config holds the settings of a sandbox.
type Config struct {
	// ProjectID is the one project that this sandbox serves, such as "p_demo":
	// letters, digits, "_" and "-", at most 64. Required.
	ProjectID string
	// SecretToken is the secret that the intranet's server must send. Required, at
	// most 512 characters.
	SecretToken string `json:"-"`
	// Faults are set from the start.
	Faults Faults
	// IntranetURL, such as http://127.0.0.1:8080, lets the panel link to pages of the
	// intranet. May be empty.
	IntranetURL string
	// TypingDelay is how long the assistant pretends to type. 0 means 350 ms; a
	// negative value means no delay.
	TypingDelay time.Duration
	// Logger receives a line for each call of intranet-auth, and for each socket that
	// opens, closes or is refused. It never receives a secret, a token, a name or an
	// e-mail. nil means slog.Default().
	Logger *slog.Logger
}

// Format implements fmt.Formatter. It leaves the secret out with every verb.
func (c Config) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "sandbox.Config{ProjectID:%q Faults:%+v}", c.ProjectID, c.Faults)
}

// Sandbox is a running sandbox. It is safe for concurrent use.
type Sandbox struct {
	cfg        Config            // without the secret
	secretHash [sha256.Size]byte // of the secret
	customerID func(external string) string
	tokens     *tokens
	chats      chats
	faults     atomic.Pointer[Faults] // replaced as a whole; each call loads it once
	changes    sync.Mutex             // held while faults is replaced
	traffic    traffic

	slots         chan struct{} // semaphore with one place for each open socket
	socketTimeout time.Duration // for the first message of a socket, and for each write
	ctx           context.Context
	close         func()
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
		cfg:           cfg,
		secretHash:    sha256.Sum256([]byte(cfg.SecretToken)),
		customerID:    customerIDs(),
		tokens:        newTokens(cfg.ProjectID),
		chats:         chats{customers: make(map[string]*customer)},
		slots:         make(chan struct{}, maxSockets),
		socketTimeout: 5 * time.Second,
	}
	s.faults.Store(&faults)
	s.cfg.SecretToken = ""
	ctx, cancel := context.WithCancel(context.Background())
	s.ctx = ctx
	s.close = sync.OnceFunc(func() {
		cancel()
		for range cap(s.slots) { // taking every slot waits for the end of every socket
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
	const chooseAny = ": choose any, but the intranet must use the same"
	complain(!projectID.MatchString(c.ProjectID),
		`ProjectID must be 1 to 64 letters, digits, "_" and "-"`+chooseAny)
	complain(strings.TrimSpace(c.SecretToken) == "" || len(c.SecretToken) > 512,
		"SecretToken must have 1 to 512 characters"+chooseAny)
	complain(c.IntranetURL != "" && !origin.MatchString(c.IntranetURL),
		"IntranetURL must be an address such as http://127.0.0.1:8080, without a path")
	return errors.Join(errs...)
}

// customerIDs returns a function that derives the public id of a customer from the
// external one. Its key is random and not the secret: the id is in every page, and
// must not help to guess the secret.
func customerIDs() func(string) string {
	key := []byte(rand.Text())
	return func(external string) string {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(external))
		return "c_" + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:15])
	}
}

// Handler serves the whole sandbox.
func (s *Sandbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /sdk/latest/authenticated.js", s.authenticatedJS)
	mux.HandleFunc("GET /sdk/latest/index.js", part("index.js", indexJS))
	for name, body := range parts {
		mux.HandleFunc("GET /sdk/latest/"+name, part(name, body))
	}
	mux.HandleFunc("GET /ws", s.serveSocket)
	// Without a method in the pattern, so that a wrong one gets a JSON answer.
	mux.HandleFunc("/api/chatbox/project/{project_id}/intranet-auth", s.intranetAuth)
	mux.HandleFunc("POST "+elsewherePath, s.redirectTarget)
	s.routePanel(mux)
	s.routeAPI(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if !s.ownHost(r) {
			http.Error(w, foreignHost, http.StatusMisdirectedRequest)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// Close closes every socket and waits until all are closed. From then on the
// sandbox answers 503.
func (s *Sandbox) Close() { s.close() }
