package caramelo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"runtime/debug"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Handshake is a call under way.
type Handshake struct {
	done       chan struct{}
	connection Connection
	err        error
	outcome    Outcome
}

// Start begins a handshake for customer and returns at once, so that the page
// can be rendered and flushed meanwhile. It ends with ctx, which should be the
// request's: a person who leaves cancels the call.
func (c *Client) Start(ctx context.Context, customer Customer) *Handshake {
	h := &Handshake{done: make(chan struct{})}
	began := time.Now()
	go func() {
		defer close(h.done)
		h.connection, h.err = c.guarded(ctx, customer, &h.outcome)
		h.outcome.Kind, h.outcome.Err, h.outcome.Duration = KindOf(h.err), h.err, time.Since(began)
		if c.config.Observe != nil {
			c.config.Observe(ctx, h.outcome)
		}
	}()
	return h
}

// Join waits for the handshake's end: within the client's timeout, always. It
// may be called any number of times. The error is an *Error.
func (h *Handshake) Join() (Connection, error) {
	<-h.done
	return h.connection, h.err
}

// Outcome is what became of the handshake. It waits as Join does.
func (h *Handshake) Outcome() Outcome {
	<-h.done
	return h.outcome
}

// Done is closed when Join would not wait.
func (h *Handshake) Done() <-chan struct{} { return h.done }

// guarded turns a panic into a failed handshake: in a goroutine of its own it
// would end the whole process.
func (c *Client) guarded(ctx context.Context, customer Customer, outcome *Outcome) (connection Connection, err error) {
	defer func() {
		if v := recover(); v != nil {
			connection, err = Connection{}, &Error{Kind: Unavailable, Err: fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
		}
	}()
	return c.bounded(ctx, customer, outcome)
}

// bounded takes a slot, asks the breaker, and spends the budget.
func (c *Client) bounded(ctx context.Context, customer Customer, outcome *Outcome) (Connection, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	default:
		return Connection{}, &Error{Kind: Overloaded, Err: fmt.Errorf("%d handshakes are under way", cap(c.slots))}
	}
	if wait := time.Until(time.Unix(0, c.notUntil.Load())); wait > 0 {
		return Connection{}, &Error{Kind: CircuitOpen, RetryAfter: wait, Err: errors.New("the vendor asked for a pause")}
	}
	connection, err := c.breaker.Execute(func() (Connection, error) {
		budget, cancel := context.WithTimeout(ctx, c.config.Timeout)
		defer cancel()
		connection, err := c.exchange(budget, customer, outcome)
		if err != nil && ctx.Err() != nil {
			// The request ended before the budget did: nothing against the vendor.
			err = &Error{Kind: Canceled, Err: ctx.Err()}
		}
		return connection, err
	})
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return Connection{}, &Error{Kind: CircuitOpen, Err: err}
	}
	return connection, err
}

// request is the body of a call.
type request struct {
	SecretToken        string `json:"secret_token"`
	ExternalCustomerID string `json:"external_customer_id"`
	Name               string `json:"name"`
	Email              string `json:"email"`
	Lang               string `json:"lang"`
}

func newRequest(secret string, c Customer) request {
	return request{secret, c.ID, c.Name, c.Email, c.Lang}
}

// Shown is the body of the call for a customer, to be looked at: the secret is
// masked, and there are line breaks.
func Shown(customer Customer) string {
	body, _ := json.MarshalIndent(newRequest(masked, customer), "", "  ") // plain texts cannot fail
	return string(body)
}

// exchange makes the call, and once more if the connection died before any
// answer: that is what a kept connection does that the vendor closed meanwhile.
// A second token minted by then does no harm; a third call is never made.
func (c *Client) exchange(ctx context.Context, customer Customer, outcome *Outcome) (Connection, error) {
	body, err := json.Marshal(newRequest(c.config.Secret.Reveal(), customer))
	if err != nil {
		return Connection{}, &Error{Kind: Rejected, Err: errors.New("encode the request")}
	}
	token, answered, err := c.call(ctx, c.pooled, body, outcome)
	if err != nil && !answered && ctx.Err() == nil {
		token, _, err = c.call(ctx, c.fresh, body, outcome)
	}
	if err != nil {
		return Connection{}, c.classify(ctx, err)
	}
	return Connection{Token: token, ProjectID: c.config.ProjectID}, nil
}

// call sends one request. answered reports whether a byte of an answer came.
func (c *Client) call(ctx context.Context, transport *http.Transport, body []byte, outcome *Outcome) (token Secret, answered bool, err error) {
	outcome.Calls++
	watch := newStopwatch()
	defer func() { outcome.Split = watch.split(time.Now()) }()
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, watch.trace()), http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return token, true, errors.New("build the request")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := transport.RoundTrip(req)
	if err != nil {
		return token, watch.answered.Load() > 0, err
	}
	defer func() { _ = res.Body.Close() }()
	outcome.Status, outcome.Answer = res.StatusCode, Answer{Type: mediaType(res.Header.Get("Content-Type"))}
	if res.StatusCode != http.StatusOK {
		// A short rest is read so that the connection can be kept.
		n, _ := io.CopyN(io.Discard, res.Body, 4<<10)
		outcome.Answer.Size = int(n)
		return token, true, statusError(res, time.Now())
	}
	token, err = decode(res.Body, &outcome.Answer)
	if err != nil && errors.Is(err, errMalformed) {
		err = &Error{Kind: Malformed, Status: res.StatusCode, Err: err}
	}
	return token, true, err
}

// classify turns the end of an exchange into an *Error and notes a pause that
// the vendor asked for.
func (c *Client) classify(ctx context.Context, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		if e.RetryAfter > 0 {
			c.pauseUntil(time.Now().Add(e.RetryAfter))
		}
		return e
	}
	if ctx.Err() != nil {
		return &Error{Kind: Timeout, Err: context.DeadlineExceeded}
	}
	return &Error{Kind: Unavailable, Err: safe(err)}
}

// pauseUntil lets no call through before t. A pause that is longer already stays.
func (c *Client) pauseUntil(t time.Time) {
	for at := t.UnixNano(); ; {
		before := c.notUntil.Load()
		if before >= at || c.notUntil.CompareAndSwap(before, at) {
			return
		}
	}
}
