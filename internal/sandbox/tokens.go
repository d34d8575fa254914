package sandbox

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Why a connection token was refused: the reason of the close frame.
const (
	tokenMissing = "token_missing" // none within the time allowed
	tokenInvalid = "token_invalid" // not one of ours, or changed
	tokenExpired = "token_expired"
	tokenProject = "token_project" // for another project
	tokenUsed    = "token_used"    // already opened another session
)

const (
	tokenIssuer = "caramelo-sandbox"
	// maxSessions bounds how many used tokens are remembered; each is forgotten
	// once it has expired, or within sweepEvery after.
	maxSessions = 100_000
	sweepEvery  = 10 * time.Second
)

// claims are what a connection token says. The e-mail is not among them: the
// token stands in a page, and holds no more than the widget needs.
type claims struct {
	jwt.RegisteredClaims
	Name string `json:"name"`
	Lang string `json:"lang"`
}

// tokens makes and checks connection tokens, and remembers the used ones. A
// token opens one session: the first socket that shows it is given a session
// id, and only a socket that shows both may come back, in the place of the one
// before it. Without the session id a used token is worth nothing, so one that
// was read off a page cannot join the conversation.
type tokens struct {
	project  string
	lifetime time.Duration
	now      func() time.Time
	key      []byte

	mu        sync.Mutex
	sessions  map[string]*session // by the token's jti
	nextSweep time.Time
}

type session struct {
	id      string
	socket  *socket // nil between two connections
	expires time.Time
}

func newTokens(project string, lifetime time.Duration, now func() time.Time) *tokens {
	key := make([]byte, 32)
	rand.Read(key)
	return &tokens{project: project, lifetime: lifetime, now: now, key: key, sessions: make(map[string]*session)}
}

func (t *tokens) issue(customerID, name, lang string) (string, error) {
	now := t.now()
	// A JWT counts whole seconds: round so that a token lives no less than
	// its lifetime.
	expires := now.Add(t.lifetime + time.Second - 1).Truncate(time.Second)
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    tokenIssuer,
			Audience:  jwt.ClaimStrings{t.project},
			Subject:   customerID,
			ID:        rand.Text(),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(expires),
		},
		Name: name,
		Lang: lang,
	}).SignedString(t.key)
	if err != nil {
		return "", fmt.Errorf("sign a connection token: %w", err)
	}
	return token, nil
}

// verify returns what a token says, or why it is refused.
func (t *tokens) verify(token string) (*claims, string) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.key, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), // pinned: no "none", no mixing of keys
		jwt.WithStrictDecoding(),
		jwt.WithIssuer(tokenIssuer), jwt.WithAudience(t.project),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(t.now))
	switch {
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return nil, tokenProject
	case errors.Is(err, jwt.ErrTokenExpired):
		return nil, tokenExpired
	case err != nil || c.ID == "" || c.Subject == "":
		return nil, tokenInvalid
	}
	return &c, ""
}

// claim gives the token's session to a socket and returns the session's id, the
// socket that held it before if there is one, and why it is refused if it is.
func (t *tokens) claim(c *claims, sessionID string, by *socket) (id string, before *socket, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if !now.Before(c.ExpiresAt.Time) {
		return "", nil, tokenExpired // since verify; its use may be forgotten below
	}
	t.sweep(now)
	s, used := t.sessions[c.ID]
	if !used {
		if sessionID != "" {
			return "", nil, tokenInvalid // a session of another token
		}
		if len(t.sessions) >= maxSessions {
			return "", nil, tryAgain
		}
		s = &session{id: rand.Text(), socket: by, expires: c.ExpiresAt.Time}
		t.sessions[c.ID] = s
		return s.id, nil, ""
	}
	if subtle.ConstantTimeCompare([]byte(s.id), []byte(sessionID)) != 1 {
		return "", nil, tokenUsed
	}
	before, s.socket = s.socket, by
	return s.id, before, ""
}

// release notes that a socket is gone; its token stays used.
func (t *tokens) release(jti string, by *socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.sessions[jti]; s != nil && s.socket == by {
		s.socket = nil
	}
}

// sweep forgets the tokens that have expired: verify refuses them without it.
func (t *tokens) sweep(now time.Time) {
	if now.Before(t.nextSweep) {
		return
	}
	t.nextSweep = now.Add(sweepEvery)
	for jti, s := range t.sessions {
		if !now.Before(s.expires) {
			delete(t.sessions, jti)
		}
	}
}
