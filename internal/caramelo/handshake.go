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
	"strings"
	"time"
)

// Handshake is one that was started and may still be running.
type Handshake struct {
	done       chan struct{}
	connection Connection
	err        error
	outcome    Outcome
}

// Start begins a handshake for customer and returns at once, so that the page
// can be rendered and flushed meanwhile. The handshake is canceled with ctx,
// which should be the request's: then a person who leaves ends the call too.
func (c *Client) Start(ctx context.Context, customer Customer) *Handshake {
	h := &Handshake{done: make(chan struct{})}
	began := time.Now()
	go func() {
		defer close(h.done)
		h.connection, h.err = c.handshake(ctx, customer, &h.outcome)
		h.outcome.Kind = KindOf(h.err)
		h.outcome.Err = h.err
		h.outcome.Duration = time.Since(began)
		if c.config.Observe != nil {
			c.config.Observe(ctx, h.outcome)
		}
	}()
	return h
}

// Join waits for the end of the handshake, never longer than Config.Timeout. It
// may be called any number of times. The error is an *Error.
func (h *Handshake) Join() (Connection, error) {
	<-h.done
	return h.connection, h.err
}

// Outcome describes how the handshake ended. It waits as Join does.
func (h *Handshake) Outcome() Outcome {
	<-h.done
	return h.outcome
}

// Done is closed at the end of the handshake. From then on Join does not wait.
func (h *Handshake) Done() <-chan struct{} { return h.done }

// handshake performs one handshake and turns a panic into an error: a panic that
// nothing recovers in this goroutine would end the whole process.
func (c *Client) handshake(
	ctx context.Context, customer Customer, outcome *Outcome,
) (connection Connection, err error) {
	defer func() {
		if v := recover(); v != nil {
			connection = Connection{}
			err = &Error{Kind: Unavailable, Err: fmt.Errorf("panic: %v\n%s", v, debug.Stack())}
		}
	}()
	return c.withinLimits(ctx, customer, outcome)
}

// withinLimits makes the call unless too many handshakes are in flight, the
// vendor asked for a pause, or the circuit is open.
func (c *Client) withinLimits(ctx context.Context, customer Customer, outcome *Outcome) (Connection, error) {
	select {
	case c.inFlight <- struct{}{}:
		defer func() { <-c.inFlight }()
	default:
		return Connection{}, &Error{Kind: Overloaded, Err: fmt.Errorf("%d handshakes are under way", cap(c.inFlight))}
	}
	if c.trouble.some.Load() {
		if err := c.heldBack(customer.ID); err != nil {
			return Connection{}, err
		}
	}
	var connection Connection
	var err error
	_, refused := c.breaker.Execute(func() (nothing struct{}, verdict error) {
		budget, cancel := context.WithTimeout(ctx, c.config.Timeout)
		defer cancel()
		connection, err = c.callWithRetry(budget, customer, outcome)
		if err != nil && ctx.Err() != nil {
			// The page's request ended before the budget did: this is not the vendor's failure.
			err = &Error{Kind: Canceled, Err: ctx.Err()}
		}
		if err != nil || c.trouble.some.Load() {
			verdict = c.judge(customer.ID, err)
		}
		return nothing, verdict
	})
	if err == nil && refused != nil {
		err = &Error{Kind: CircuitOpen, Err: refused}
	}
	return connection, err
}

// requestBody is the JSON of a call.
type requestBody struct {
	SecretToken        string `json:"secret_token"`
	ExternalCustomerID string `json:"external_customer_id"`
	Name               string `json:"name"`
	Email              string `json:"email"`
	Lang               string `json:"lang"`
}

func newRequestBody(secret string, customer Customer) requestBody {
	return requestBody{
		SecretToken:        secret,
		ExternalCustomerID: customer.ID,
		Name:               customer.Name,
		Email:              customer.Email,
		Lang:               customer.Lang,
	}
}

// callWithRetry makes the call, and once more if the connection broke before any
// byte of an answer came: that happens when the vendor closes an idle connection
// at the moment at which it is used. If the first call did create a token, a
// second one does no harm. There is never a third call. After a connection that
// broke or was silent no call uses one that is older than that.
func (c *Client) callWithRetry(ctx context.Context, customer Customer, outcome *Outcome) (Connection, error) {
	body, err := json.Marshal(newRequestBody(c.config.Secret.Reveal(), customer))
	if err != nil {
		return Connection{}, &Error{Kind: Rejected, Err: errors.New("encode the request")}
	}
	pool := c.pooled.Load()
	token, answered, err := c.call(ctx, pool, body, outcome)
	if err != nil && (!answered || ctx.Err() != nil) && !errors.Is(ctx.Err(), context.Canceled) {
		c.renew(pool)
		if ctx.Err() == nil {
			token, _, err = c.call(ctx, c.fresh, body, outcome)
		}
	}
	if err != nil {
		return Connection{}, toError(ctx, err)
	}
	return Connection{Token: token, ProjectID: c.config.ProjectID}, nil
}

// call sends one request. answered reports whether a byte of an answer came.
func (c *Client) call(
	ctx context.Context, transport *http.Transport, body []byte, outcome *Outcome,
) (token Secret, answered bool, err error) {
	outcome.Calls++
	watch := newStopwatch()
	defer func() { outcome.Split = watch.split(time.Now()) }()
	ctx = httptrace.WithClientTrace(ctx, watch.trace())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return token, true, errors.New("build the request")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "identity")
	res, err := c.config.Wrap(transport).RoundTrip(req)
	if err != nil {
		return token, watch.firstByte.Load() > 0, err
	}
	defer func() { _ = res.Body.Close() }()
	outcome.Status = res.StatusCode
	outcome.Answer = Answer{Type: mediaType(res.Header.Get("Content-Type"))}
	if res.StatusCode != http.StatusOK {
		// A short body is read to its end, so that the connection can be used again.
		n, _ := io.CopyN(io.Discard, res.Body, 4<<10)
		outcome.Answer.Size = int(n)
		return token, true, statusError(res, time.Now())
	}
	codings := strings.Join(res.Header.Values("Content-Encoding"), ",")
	token, err = decode(res.Body, codings, &outcome.Answer)
	if errors.Is(err, errMalformed) {
		err = &Error{Kind: Malformed, Status: res.StatusCode, Err: err}
	}
	return token, true, err
}
