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
	"encoding/json"
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
	BreakAfter  int           // consecutive failures, of three people or more, that open the circuit; default 5
	BreakFor    time.Duration // how long the circuit stays open before one call may try again; default 10 s

	// Observe, if set, is called once at the end of each handshake, in the
	// handshake's own goroutine, with the context it was started with. It must
	// neither block nor panic: a page may be waiting.
	Observe func(context.Context, Outcome)

	// Wrap, if set, is given what sends a request and returns what does it instead, such as to
	// add a header. The request has a context made of the handshake's. Its body must be left
	// alone: the secret is in it.
	Wrap func(http.RoundTripper) http.RoundTripper
}

// Client performs handshakes. It is safe for concurrent use. Make one for the
// whole process.
type Client struct {
	config   Config
	endpoint string
	pooled   atomic.Pointer[http.Transport] // keeps a pool of idle connections
	fresh    *http.Transport                // for the retry: opens a new connection
	inFlight chan struct{}                  // semaphore with one place for each handshake
	breaker  *gobreaker.CircuitBreaker[struct{}]
	openedAt atomic.Int64 // when the circuit opened last, in Unix nanoseconds
	trouble  trouble
}

// New returns a client, or an error that names every setting that is wrong.
func New(config Config) (*Client, error) {
	if err := config.validate(); err != nil {
		return nil, fmt.Errorf("caramelo client: %w", err)
	}
	config.setDefaults()
	fresh := newTransport(config.Timeout)
	fresh.DisableKeepAlives = true
	base := strings.TrimRight(config.APIURL, "/")
	c := &Client{
		config:   config,
		endpoint: base + "/api/chatbox/project/" + url.PathEscape(config.ProjectID) + "/intranet-auth",
		fresh:    fresh,
		inFlight: make(chan struct{}, config.MaxInFlight),
	}
	c.pooled.Store(newTransport(config.Timeout))
	c.breaker = c.newBreaker()
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
	if c.Wrap == nil {
		c.Wrap = func(sender http.RoundTripper) http.RoundTripper { return sender }
	}
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
	PausedUntil time.Time // zero unless the vendor asked for a pause, for three people or more
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
	if until := c.trouble.allPausedUntil(); time.Now().Before(until) {
		s.PausedUntil = until
	}
	return s
}

// Shown is the body of the call for customer, for display: indented, and with
// the secret masked.
func Shown(customer Customer) string {
	body, _ := json.MarshalIndent(newRequestBody(masked, customer), "", "  ") // a struct of strings cannot fail
	return string(body)
}

// Endpoint is the address that is called. It holds no secret.
func (c *Client) Endpoint() string { return c.endpoint }

// Close closes idle connections. Handshakes in flight are not interrupted.
func (c *Client) Close() { c.pooled.Load().CloseIdleConnections() }

// renew makes calls leave a pool in which a connection broke or was silent: where a
// firewall or a balancer has forgotten one connection, it has forgotten the others too.
func (c *Client) renew(pool *http.Transport) {
	if c.pooled.CompareAndSwap(pool, newTransport(c.config.Timeout)) {
		pool.CloseIdleConnections()
	}
}

// newTransport keeps many idle connections, so that a busy site does not open one
// for each page (by default Go keeps two for a host). It gives up early on a host
// that cannot be reached, so that the budget has room for the retry.
//
// It is used without an http.Client: a client follows a 307 and sends the body,
// with the secret in it, to any host that the answer names.
//
// An HTTP/2 connection that has died without a word would otherwise take every call. It
// is asked for a sign of life within a third of the budget and given up after another,
// so that the last third is left for the retry.
func newTransport(budget time.Duration) *http.Transport {
	third := max(budget/3, 100*time.Millisecond)
	dialer := &net.Dialer{Timeout: 2 * time.Second, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: third, PingTimeout: third},
		TLSHandshakeTimeout:    2 * time.Second,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    1024,
		IdleConnTimeout:        30 * time.Second, // less than the 60 s that servers and load balancers commonly allow
		MaxResponseHeaderBytes: 64 << 10,
		WriteBufferSize:        1 << 10, // what is sent is smaller, and many pages may wait at the same time
		ReadBufferSize:         1 << 10,
		DisableCompression:     true, // the answer is small, and a decompression bomb would not be
	}
}
