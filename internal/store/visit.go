package store

import (
	"context"
	"time"
)

// Client is where a request comes from. All of it is what the other side says,
// but the address, which the caller has checked.
type Client struct {
	Address   string
	Agent     string // the browser, as it calls itself
	RequestID string
}

// visit carries, through one request's context, who asks: where the request
// comes from, and what reading its session found. The person comes with the
// session in the same query; the rest lets an unchanged session cost no second
// one, and lets a change make sure that the session still lives.
type visit struct {
	client    Client
	person    *Person // nil: signed out
	tokenHash []byte
	data      []byte
	expiresAt time.Time

	secondFactor bool // the person has one in use
}

type visitKey struct{}

// WithVisit returns a context with room for what reading the session will find.
func WithVisit(ctx context.Context, client Client) context.Context {
	return context.WithValue(ctx, visitKey{}, &visit{client: client})
}

// ClientOf is where the request of ctx comes from.
func ClientOf(ctx context.Context) Client { return visitOf(ctx).client }

// SignedIn is the person whose session was read with ctx, or nil.
func SignedIn(ctx context.Context) *Person { return visitOf(ctx).person }

// HasSecondFactor reports whether that person has a second factor in use.
func HasSecondFactor(ctx context.Context) bool { return visitOf(ctx).secondFactor }

func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// inVisit reports whether ctx belongs to a request. Without one it is the
// command line that acts.
func inVisit(ctx context.Context) bool {
	_, ok := ctx.Value(visitKey{}).(*visit)
	return ok
}
