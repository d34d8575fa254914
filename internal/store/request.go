package store

import (
	"bytes"
	"context"
	"time"
)

// RequestInfo is where a request comes from. The caller has checked the address; the rest
// is what the other side says.
type RequestInfo struct {
	Address string
	Agent   string // the browser, as it calls itself
	ID      string
}

// Session is a valid session as it was read at the beginning of a request.
type Session struct {
	Person       *Person // nil: nobody is signed in
	SecondFactor bool    // the person has one in use

	tokenHash []byte
	data      []byte
	expiresAt time.Time
}

// is reports whether s is the session with that token.
func (s Session) is(tokenHash []byte) bool {
	return s.tokenHash != nil && bytes.Equal(s.tokenHash, tokenHash)
}

type (
	requestKey struct{}
	sessionKey struct{}
)

// WithRequest returns a context that knows where the request comes from.
func WithRequest(ctx context.Context, info RequestInfo) context.Context {
	return context.WithValue(ctx, requestKey{}, info)
}

// RequestOf is where the request of ctx comes from; zero outside of requests.
func RequestOf(ctx context.Context) RequestInfo {
	info, _ := ctx.Value(requestKey{}).(RequestInfo)
	return info
}

// WithSession returns a context with the session of the request. That session is then not
// read from the database again, and a change can check that it has not ended meanwhile.
func WithSession(ctx context.Context, s Session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// SessionOf is the session that the request of ctx came with; zero for none.
func SessionOf(ctx context.Context) Session {
	s, _ := ctx.Value(sessionKey{}).(Session)
	return s
}

// These two change something without being signed in.
var (
	// CommandLine is whoever runs one of the intranet's commands.
	CommandLine = &Person{Email: "command line"}
	// Visitor is somebody who is not signed in, and has shown in another way that
	// they may: with a one-time link, or with the second step of a sign-in.
	Visitor = &Person{}
)
