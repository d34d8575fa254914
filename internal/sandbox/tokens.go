package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Why a connection token was refused, or its session ended: the reason of the
// close frame.
const (
	tokenInvalid = "token_invalid" // not one of ours, or changed
	tokenExpired = "token_expired"
	tokenProject = "token_project" // for another project
	tokenUsed    = "token_used"    // already opened another session
	otherTab     = "other_tab"     // the same customer has opened another one, which took over
	tryAgain     = "try_again_later"
)

const (
	tokenIssuer = "caramelo-sandbox"
	maxSessions = 10_000 // used and not yet expired
)

// claims are what a connection token says. Name and e-mail are not among them:
// the token stands in a page, and holds no more than the widget needs.
type claims struct {
	jwt.RegisteredClaims
	Lang string `json:"lang"` // en, pt or es
}

// tokens makes and checks connection tokens, and remembers the used ones. A
// token opens one session: the first socket that shows it is given a session
// id, and only a socket that shows both may come back, in the place of the one
// before it. So a token that was read off a page cannot join the conversation.
type tokens struct {
	project string
	now     func() time.Time
	key     []byte

	mu       sync.Mutex
	sessions map[string]session // by the token's jti
}

type session struct {
	id      string
	expires time.Time
	end     context.CancelFunc // ends its socket
}

func newTokens(project string) *tokens {
	return &tokens{project: project, now: time.Now, key: []byte(rand.Text() + rand.Text()), sessions: make(map[string]session)}
}

func (t *tokens) issue(customerID, lang string, lifetime time.Duration) string {
	now := t.now()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{Lang: lang, RegisteredClaims: jwt.RegisteredClaims{
		Issuer:    tokenIssuer,
		Audience:  jwt.ClaimStrings{t.project},
		Subject:   customerID,
		ID:        rand.Text(),
		IssuedAt:  jwt.NewNumericDate(now),
		ExpiresAt: jwt.NewNumericDate(now.Add(lifetime + time.Second - 1)), // in whole seconds, rounded up
	}}).SignedString(t.key)
	if err != nil {
		panic("sandbox: sign a connection token: " + err.Error()) // plain strings and a key of bytes always sign
	}
	return token
}

// verify returns what a token says, or why it is refused.
func (t *tokens) verify(token string) (c claims, reason string) {
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return t.key, nil },
		jwt.WithValidMethods([]string{"HS256"}), // pinned: no "none", no mixing of keys
		jwt.WithStrictDecoding(), jwt.WithIssuer(tokenIssuer), jwt.WithAudience(t.project),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(t.now))
	switch {
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return c, tokenProject
	case errors.Is(err, jwt.ErrTokenExpired):
		return c, tokenExpired
	case err != nil:
		return c, tokenInvalid
	}
	return c, ""
}

// claim gives the token's session to a socket, which end can end, and returns
// the session's id, or why it is refused. sessionID is empty but for a reconnect.
// If reusable, the token opens as many sessions as ask, and remembers the last.
func (t *tokens) claim(c claims, sessionID string, reusable bool, end context.CancelFunc) (id, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if len(t.sessions) >= maxSessions { // expired ones need no memory: verify refuses them
		maps.DeleteFunc(t.sessions, func(_ string, s session) bool { return !now.Before(s.expires) })
	}
	s, used := t.sessions[c.ID]
	switch {
	case !now.Before(c.ExpiresAt.Time):
		return "", tokenExpired // since verify
	case used && s.id != sessionID && !reusable:
		return "", tokenUsed
	case used && s.id != sessionID:
		s.id = rand.Text()
	case used:
		s.end() // usually dead already, without the server knowing
	case sessionID != "":
		return "", tokenInvalid // a session of another token
	case len(t.sessions) >= maxSessions:
		return "", tryAgain
	default:
		s = session{id: rand.Text(), expires: c.ExpiresAt.Time}
	}
	s.end = end
	t.sessions[c.ID] = s
	return s.id, ""
}
