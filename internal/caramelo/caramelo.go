// Package caramelo is the client of Caramelo AI's server-to-server handshake.
// It is given a Customer and returns a Connection, which a page needs to open
// the chat. It is written to be copied: it imports nothing of the intranet.
//
// The contract is the vendor's guide "Authenticated Web Integration". The guide
// does not specify the token's lifetime, the bodies of errors, or rate limits,
// so this package assumes nothing about them.
package caramelo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Customer is the signed-in person who will use the chat. Every field is sent to
// Caramelo, and nothing else about the person is.
type Customer struct {
	ID    string // external_customer_id: it never changes, is never reused, and is never the e-mail
	Name  string
	Email string
	Lang  string // base language tag, such as pt
}

// Connection is what one page needs to open the chat. The page must print
// Token.Reveal(): a template that prints the Token itself prints "[secret]".
type Connection struct {
	Token     Secret // real_time_access_token; the page passes it on as secure_connection_token
	ProjectID string
}

// Config holds the address, the credentials and the limits of a Client.
type Config struct {
	APIURL    string // such as https://api.carameloai.com; a path in it is kept
	ProjectID string
	Secret    Secret
	// AllowHTTP permits plain http to hosts other than loopback. It is for a
	// sandbox only: the secret is part of every call.
	AllowHTTP bool

	Timeout     time.Duration // budget of one handshake, its retry included; default 3 s
	MaxInFlight int           // handshakes at the same time, further ones fail as Overloaded; default 512
	BreakAfter  uint32        // consecutive failures that open the circuit breaker; default 5
	BreakFor    time.Duration // how long the circuit stays open before one call may try again; default 10 s

	// Observe, if set, is called once at the end of each handshake, in the
	// handshake's own goroutine, with the context it was started with. It must
	// neither block nor panic: a page may be waiting.
	Observe func(context.Context, Outcome)
}

// Outcome describes a handshake that has ended. It holds no secret and no
// personal data.
type Outcome struct {
	Kind     Kind // OK or the kind of failure
	Status   int  // of the HTTP answer; 0 if there was none
	Calls    int  // requests sent: 0 to 2
	Duration time.Duration
	Err      error // nil if Kind is OK
	Split    Split // of the last call
	Answer   Answer
}

// Answer describes the vendor's answer. It quotes nothing of it, because an
// answer may repeat the request with the secret in it.
type Answer struct {
	Type    string    // application/json or another well-known media type, "other", or "" if there was none
	Size    int       // bytes that were read
	Keys    []string  // the documented keys that were present
	Expires time.Time // exp of the token if it is a JWT; its signature is not verified: only for display
}

// Client performs handshakes. It is safe for concurrent use. Make one for the
// whole process.
type Client struct {
	config      Config
	endpoint    string
	pooled      *http.Transport // keeps a pool of idle connections
	fresh       *http.Transport // for the retry: opens a new connection, because a pooled one may be dead too
	inFlight    chan struct{}   // semaphore with one place for each handshake
	breaker     *gobreaker.CircuitBreaker[Connection]
	openedAt    atomic.Int64 // when the circuit opened last, in Unix nanoseconds
	pausedUntil atomic.Int64 // the vendor asked not to be called before, in Unix nanoseconds
}

// New returns a client, or an error that names every setting that is wrong.
func New(config Config) (*Client, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("caramelo client: %w", err)
	}
	config.setDefaults()
	pooled := newTransport()
	fresh := pooled.Clone()
	fresh.DisableKeepAlives = true
	base := strings.TrimRight(config.APIURL, "/")
	c := &Client{
		config:   config,
		endpoint: base + "/api/chatbox/project/" + url.PathEscape(config.ProjectID) + "/intranet-auth",
		pooled:   pooled,
		fresh:    fresh,
		inFlight: make(chan struct{}, config.MaxInFlight),
	}
	c.breaker = gobreaker.NewCircuitBreaker[Connection](gobreaker.Settings{
		Timeout: config.BreakFor,
		ReadyToTrip: func(counts gobreaker.Counts) bool {
			return counts.ConsecutiveFailures >= config.BreakAfter
		},
		IsSuccessful: func(err error) bool { return !countsAsFailure(err) },
		IsExcluded:   ignoredByBreaker,
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				c.openedAt.Store(time.Now().UnixNano())
			}
		},
	})
	return c, nil
}

func (c *Config) validate() error {
	var problems []error
	if err := CheckURL(c.APIURL, c.AllowHTTP); err != nil {
		problems = append(problems, fmt.Errorf("API URL: %w", err))
	}
	if err := CheckProjectID(c.ProjectID); err != nil {
		problems = append(problems, fmt.Errorf("project id: %w", err))
	}
	if c.Secret.Blank() {
		problems = append(problems, errors.New("secret token: must not be blank"))
	}
	return errors.Join(problems...)
}

func (c *Config) setDefaults() {
	if c.Timeout <= 0 {
		c.Timeout = 3 * time.Second
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = 512
	}
	if c.BreakAfter == 0 {
		c.BreakAfter = 5
	}
	if c.BreakFor <= 0 {
		c.BreakFor = 10 * time.Second
	}
}

// State is a snapshot of a client.
type State struct {
	Circuit     string    // closed, open, or half-open: the next call decides whether it closes or opens again
	OpenUntil   time.Time // zero unless the circuit is open
	PausedUntil time.Time // zero unless the vendor asked for a pause
	UnderWay    int       // handshakes in flight
	Limit       int       // the most that may be in flight
}

// State returns a snapshot of the client.
func (c *Client) State() State {
	s := State{
		Circuit:  c.breaker.State().String(),
		UnderWay: len(c.inFlight),
		Limit:    cap(c.inFlight),
	}
	if s.Circuit == gobreaker.StateOpen.String() {
		s.OpenUntil = time.Unix(0, c.openedAt.Load()).Add(c.config.BreakFor)
	}
	if until := time.Unix(0, c.pausedUntil.Load()); time.Now().Before(until) {
		s.PausedUntil = until
	}
	return s
}

// Endpoint is the address that is called. It holds no secret.
func (c *Client) Endpoint() string { return c.endpoint }

// Close closes idle connections. Handshakes in flight are not interrupted.
func (c *Client) Close() { c.pooled.CloseIdleConnections() }

// CheckProjectID reports whether id can be a project id: it becomes a part of
// the endpoint's path.
func CheckProjectID(id string) error {
	if strings.TrimSpace(id) == "" || len(id) > 200 || strings.Trim(id, ".") == "" {
		return errors.New("must be 1 to 200 characters, not only blanks or dots")
	}
	return nil
}

// CheckURL reports whether the secret may be sent to raw: an absolute https
// address, or http on loopback, or http anywhere if allowHTTP is set. Addresses
// with credentials, a query or a fragment are refused.
func CheckURL(raw string, allowHTTP bool) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return errors.New("is not an address") // the parser's own error would repeat the value
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return errors.New("must be an absolute https address such as https://api.carameloai.com")
	case strings.Trim(u.Host, hostCharacters) != "":
		return errors.New("has a character in its host that no host has")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("must have no user, query or fragment")
	case u.Scheme == "http" && !allowHTTP && !isLoopback(u.Hostname()):
		return errors.New("must be https: the secret and the tokens travel there")
	}
	return nil
}

// hostCharacters may stand in a host with its port. Go's parser allows more, but
// an address that passes CheckURL may be written into a Content-Security-Policy.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]"

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// newTransport keeps many idle connections, so that a busy site does not open one
// for each page (by default Go keeps two for a host). It gives up early on a host
// that cannot be reached, so that the budget has room for the retry.
//
// It is used without an http.Client: a client follows a 307 and sends the body,
// with the secret in it, to any host that the answer names.
func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 2 * time.Second, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    2 * time.Second,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    1024,
		IdleConnTimeout:        30 * time.Second, // less than the 60 s that servers and load balancers commonly allow
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // the answer is small, and a decompression bomb would not be
	}
}
