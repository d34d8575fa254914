// Package caramelo is the client of Caramelo AI's server-to-server handshake:
// a Customer goes in, a Connection comes out, and a page puts that into its
// last lines. It is written to be copied: nothing in it knows of the rest of
// the intranet.
//
// The contract is the vendor's guide "Authenticated Web Integration". What the
// guide leaves open (the token's lifetime, the bodies of errors, limits) is not
// assumed here.
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

// Customer is the signed-in person whom Caramelo will know in the chat. Every
// field leaves the company; there are no others.
type Customer struct {
	ID    string // immutable, never reused, never the e-mail: external_customer_id
	Name  string
	Email string
	Lang  string // base tag of a language, such as pt
}

// Connection is what a page needs to open the chat, good for that one page. Its
// tail needs Token.Reveal(): a template that prints the Token prints "[secret]".
type Connection struct {
	Token     Secret // real_time_access_token, for secure_connection_token
	ProjectID string
}

// Config says which Caramelo to talk to, and within which bounds.
type Config struct {
	APIURL    string // such as https://api.carameloai.com; a path is kept
	ProjectID string
	Secret    Secret
	// AllowHTTP permits plain http beyond loopback, for a sandbox only: the
	// secret travels in every call.
	AllowHTTP bool

	Timeout     time.Duration // of one handshake, retry included; default 3 s
	MaxInFlight int           // handshakes at once, the next one is "overloaded"; default 512
	BreakAfter  uint32        // failures in a row that open the circuit; default 5
	BreakFor    time.Duration // until an open circuit lets one call probe; default 10 s

	// Observe, if set, is called once at the end of each handshake, in the
	// handshake's own goroutine, with the context it was started with. It must
	// neither block nor panic: a page may be waiting.
	Observe func(context.Context, Outcome)
}

// Outcome describes a handshake that has ended. It holds no secret and no
// personal data.
type Outcome struct {
	Kind     Kind // OK or the kind of failure
	Status   int  // of the HTTP answer; 0 without one
	Calls    int  // requests sent: 0 to 2
	Duration time.Duration
	Err      error // nil with OK
	Split    Split // of the last call
	Answer   Answer
}

// Answer is what may be told of the vendor's answer: nothing of it as it came,
// it may echo the secret.
type Answer struct {
	Type    string    // application/json, another well-known media type, "other", or "" for none
	Size    int       // bytes that were read
	Keys    []string  // those of the documented ones that it had
	Expires time.Time // the token's exp where it is a JWT, for display alone: nobody has checked it
}

// Client performs handshakes. It is safe for use by any number of goroutines;
// make one for the whole process.
type Client struct {
	config   Config
	endpoint string
	pooled   *http.Transport // keeps connections
	fresh    *http.Transport // the retry's: never a connection that may be dead too
	slots    chan struct{}
	breaker  *gobreaker.CircuitBreaker[Connection]
	openedAt atomic.Int64 // Unix nanoseconds when the circuit opened last
	notUntil atomic.Int64 // Unix nanoseconds before which the vendor asked not to be called
}

// New returns a client, or an error that names every setting that is wrong.
func New(config Config) (*Client, error) {
	var problems []error
	if err := CheckURL(config.APIURL, config.AllowHTTP); err != nil {
		problems = append(problems, fmt.Errorf("API URL: %w", err))
	}
	if err := CheckProjectID(config.ProjectID); err != nil {
		problems = append(problems, fmt.Errorf("project id: %w", err))
	}
	if config.Secret.Blank() {
		problems = append(problems, errors.New("secret token: must not be blank"))
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("caramelo client: %w", errors.Join(problems...))
	}

	if config.Timeout <= 0 {
		config.Timeout = 3 * time.Second
	}
	if config.MaxInFlight <= 0 {
		config.MaxInFlight = 512
	}
	if config.BreakAfter == 0 {
		config.BreakAfter = 5
	}
	if config.BreakFor <= 0 {
		config.BreakFor = 10 * time.Second
	}
	transport := newTransport()
	once := transport.Clone()
	once.DisableKeepAlives = true
	c := &Client{
		config:   config,
		endpoint: strings.TrimRight(config.APIURL, "/") + "/api/chatbox/project/" + url.PathEscape(config.ProjectID) + "/intranet-auth",
		pooled:   transport,
		fresh:    once,
		slots:    make(chan struct{}, config.MaxInFlight),
	}
	c.breaker = gobreaker.NewCircuitBreaker[Connection](gobreaker.Settings{
		Timeout:      config.BreakFor,
		ReadyToTrip:  func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= config.BreakAfter },
		IsSuccessful: func(err error) bool { return !countsAgainstVendor(err) },
		IsExcluded:   saysNothingOfVendor,
		OnStateChange: func(_ string, _, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				c.openedAt.Store(time.Now().UnixNano())
			}
		},
	})
	return c, nil
}

// State is how a client is at a moment.
type State struct {
	Circuit     string    // closed, open, or half-open: one call probes
	OpenUntil   time.Time // of an open circuit
	PausedUntil time.Time // the vendor asked for a pause; zero without one
	UnderWay    int       // handshakes
	Limit       int       // of those at once
}

// State tells how the client is.
func (c *Client) State() State {
	s := State{Circuit: c.breaker.State().String(), UnderWay: len(c.slots), Limit: cap(c.slots)}
	if s.Circuit == gobreaker.StateOpen.String() {
		s.OpenUntil = time.Unix(0, c.openedAt.Load()).Add(c.config.BreakFor)
	}
	if until := time.Unix(0, c.notUntil.Load()); time.Now().Before(until) {
		s.PausedUntil = until
	}
	return s
}

// Endpoint is the address that is called. It holds no secret.
func (c *Client) Endpoint() string { return c.endpoint }

// Close drops idle connections. Handshakes under way end on their own.
func (c *Client) Close() { c.pooled.CloseIdleConnections() }

// CheckProjectID reports whether id can be one: it becomes part of a path.
func CheckProjectID(id string) error {
	if strings.TrimSpace(id) == "" || len(id) > 200 || strings.Trim(id, ".") == "" {
		return errors.New("must be 1 to 200 characters, not only blanks or dots")
	}
	return nil
}

// CheckURL reports whether the secret may be sent to raw: an absolute https
// address, or http on loopback, or http anywhere with allowHTTP. Addresses with
// credentials, a query or a fragment are refused.
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
	case u.Scheme == "http" && !allowHTTP && !loopback(u.Hostname()):
		return errors.New("must be https: the secret and the tokens travel there")
	}
	return nil
}

// hostCharacters are those of a host with its port. Go's parser allows more, and
// an address of ours ends up in a header.
const hostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]"

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// newTransport keeps enough idle connections that a busy intranet does not open
// one for each page (the default keeps two), and gives up early on a host that
// cannot be reached, so that the budget leaves room for the retry.
//
// It is used without an http.Client around it: a client follows a 307 and sends
// the body, with the secret in it, to whatever host the answer names.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 2 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    2 * time.Second,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    1024,
		IdleConnTimeout:        30 * time.Second, // below what servers and balancers commonly allow (60 s)
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // the answer is small; a compressed bomb is not decoded
	}
}
