package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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
	// ConsentedAt is since when the person agrees that the assistant's vendor is told about
	// them; zero: they do not.
	ConsentedAt time.Time

	tokenHash []byte // of the request's cookie
	valid     bool   // there is such a session
	data      []byte
	expiresAt time.Time
	lists     int64 // the version of what is remembered: see Remembered
}

// TokenHash is the hash of the token that the request came with, even if it opens no
// session any more; nil for none.
func (s Session) TokenHash() []byte { return s.tokenHash }

// Valid reports whether there is such a session, of somebody who is signed in or of nobody.
func (s Session) Valid() bool { return s.valid }

// is reports whether s is what was found for that token.
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

// HashToken is what is stored in place of a token, a one-time code or the key of a limit.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// Session returns the valid session with that token, with the person who is signed in, in
// one query. If there is none, nobody is signed in. A session is not valid if its person
// is disabled, or if it is from before their last change of password.
func (s *Store) Session(ctx context.Context, token string) (Session, error) {
	if token == "" {
		return Session{}, nil
	}
	first, cancel := context.WithTimeout(ctx, sessionTimeout)
	defer cancel()
	found, err := s.findSession(first, token)
	if err != nil && (s.Readable(ctx, err) || first.Err() != nil) {
		again, cancel := context.WithTimeout(ctx, sessionTimeout)
		defer cancel()
		return s.findSession(again, token) // on another connection
	}
	return found, err
}

// sessionTimeout is after how long a session is looked for on another connection, once.
const sessionTimeout = time.Second

func (s *Store) findSession(ctx context.Context, token string) (Session, error) {
	var p Person
	var consented *time.Time
	hash := HashToken(token)
	found := Session{tokenHash: hash, valid: true}
	err := s.Pool.QueryRow(ctx, `
		SELECT s.data, s.expires_at,
			coalesce(p.id::text, ''), coalesce(p.name, ''), coalesce(p.email, ''), coalesce(p.role, ''),
			coalesce(p.lang, ''), coalesce(p.department, ''), coalesce(d.names->>p.lang, d.names->>'en', ''),
			coalesce(p.title, ''), coalesce(p.active, false), coalesce(p.time_zone, ''), coalesce(p.theme, ''),
			EXISTS (SELECT FROM second_factors f WHERE f.person_id = p.id AND f.confirmed_at IS NOT NULL),
			p.consented_at, (SELECT coalesce(sum(part), 0) + 1 FROM lists_version)::bigint
		FROM sessions s
			LEFT JOIN people p ON p.id = s.person_id
			LEFT JOIN departments d ON d.slug = p.department
		WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > now()
			AND (s.person_id IS NULL OR p.active AND p.session_version = s.version)`, hash).
		Scan(&found.data, &found.expiresAt,
			&p.ID, &p.Name, &p.Email, &p.Role,
			&p.Lang, &p.Department, &p.DepartmentName,
			&p.Title, &p.Active, &p.TimeZone, &p.Theme,
			&found.SecondFactor, &consented, &found.lists)
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{tokenHash: hash}, nil
	}
	if err != nil {
		return Session{}, Wrap(err, "find session")
	}
	if p.Active {
		found.Person = &p
	}
	if consented != nil {
		found.ConsentedAt = *consented
	}
	return found, nil
}

// The session values of a signed-in person: their id, and the SessionVersion of
// the credentials that were checked, in decimal digits.
const (
	SessionPersonKey  = "person"
	SessionVersionKey = "version"
)

// Sessions keeps the sessions of alexedwards/scs in Postgres: it is an scs.CtxStore. It
// differs from the published store in three ways. It respects the context of the request.
// The table holds only hashes of the tokens. And a request that was still being answered
// when a session ended cannot bring it back.
type Sessions struct {
	store *Store
}

// Sessions returns the session store.
func (s *Store) Sessions() *Sessions { return &Sessions{store: s} }

// IdleTimeout is how long a session lasts without a visit.
const IdleTimeout = 2 * time.Hour

// visitStep is how far the end of a session must have moved before it is written. Most
// page views write nothing, therefore.
const visitStep = time.Minute

// Due reports whether a visit moves the end of a session far enough to note it.
func (s Session) Due() bool { return s.valid && time.Until(s.expiresAt) < IdleTimeout-visitStep }

// FindCtx returns the data of a valid session. That of the request itself comes out of
// the context, where WithSession has put it.
func (s *Sessions) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	session := SessionOf(ctx)
	if !session.is(HashToken(token)) {
		session, err = s.store.Session(ctx, token)
	}
	return session.data, session.valid, err
}

// Find is FindCtx without a context. The interface scs.Store needs it, Commit and Delete,
// but scs calls the methods above.
func (s *Sessions) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// sessionData is a session as it is stored: JSON, which other programs can read and which
// holds only texts. The default of scs is gob.
type sessionData struct {
	Deadline time.Time      `json:"deadline"`
	Values   map[string]any `json:"values"`
}

// SessionCodec writes a session's values as JSON. It is an scs.Codec.
type SessionCodec struct{}

// Encode implements scs.Codec.
func (SessionCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(sessionData{Deadline: deadline, Values: values})
}

// Decode implements scs.Codec.
func (SessionCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var d sessionData
	if err := json.Unmarshal(b, &d); err != nil {
		return time.Time{}, nil, fmt.Errorf("decode session: %w", err)
	}
	if d.Values == nil {
		d.Values = map[string]any{}
	}
	return d.Deadline, d.Values, nil
}
