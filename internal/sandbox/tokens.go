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

// The reasons in a close frame: why a connection token was refused, or why its
// session ended.
const (
	tokenInvalid = "token_invalid" // not issued by this sandbox, or changed
	tokenExpired = "token_expired"
	tokenProject = "token_project" // for another project
	tokenUsed    = "token_used"    // it has opened another session
	otherTab     = "other_tab"     // the same customer has opened the chat in another tab
	tryAgain     = "try_again_later"
)

const (
	tokenIssuer = "caramelo-sandbox"
	maxSessions = 10_000 // of tokens that were used and have not expired
)

// claims are the claims of a connection token. Name and e-mail are not among them:
// the token is in a page and holds only what the widget needs.
type claims struct {
	jwt.RegisteredClaims
	Lang string `json:"lang"` // en, pt or es
}

// tokens issues and verifies connection tokens, and keeps the sessions that they
// opened. A token opens one session: the first socket that sends it gets a session
// id. A later socket must send both, and replaces the earlier one. So somebody who
// copies the token from a page cannot join the conversation.
type tokens struct {
	project string
	now     func() time.Time
	key     []byte

	mu       sync.Mutex
	sessions map[string]session // by the jti of the token
}

type session struct {
	id      string
	expires time.Time
	end     context.CancelFunc // closes its socket
}

func newTokens(project string) *tokens {
	return &tokens{
		project:  project,
		now:      time.Now,
		key:      []byte(rand.Text() + rand.Text()),
		sessions: make(map[string]session),
	}
}

func (t *tokens) issue(customerID, lang string, lifetime time.Duration) string {
	now := t.now()
	c := claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    tokenIssuer,
			Audience:  jwt.ClaimStrings{t.project},
			Subject:   customerID,
			ID:        rand.Text(),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(lifetime + time.Second - 1)), // rounded up to whole seconds
		},
		Lang: lang,
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(t.key)
	if err != nil {
		panic("sandbox: sign a connection token: " + err.Error()) // strings and a key of bytes cannot fail
	}
	return token
}

// verify returns the claims of a token, or the reason why it is refused.
func (t *tokens) verify(token string) (c claims, reason string) {
	key := func(*jwt.Token) (any, error) { return t.key, nil }
	_, err := jwt.ParseWithClaims(token, &c, key,
		jwt.WithValidMethods([]string{"HS256"}), // a token must not choose another algorithm, such as "none"
		jwt.WithStrictDecoding(),
		jwt.WithIssuer(tokenIssuer),
		jwt.WithAudience(t.project),
		jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(t.now))
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

// openSession gives the session of a token to a socket, which end closes. It returns
// the id of the session, or the reason why the socket is refused. sessionID is empty
// except for a reconnect. If reusable is set, the token may open any number of
// sessions, and only the last one is kept.
func (t *tokens) openSession(
	c claims, sessionID string, reusable bool, end context.CancelFunc,
) (id, reason string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if len(t.sessions) >= maxSessions { // those of expired tokens are not needed: verify refuses the tokens
		maps.DeleteFunc(t.sessions, func(_ string, s session) bool { return !now.Before(s.expires) })
	}
	s, used := t.sessions[c.ID]
	switch {
	case !now.Before(c.ExpiresAt.Time):
		return "", tokenExpired // it has expired since verify
	case used && s.id != sessionID && !reusable:
		return "", tokenUsed
	case used && s.id != sessionID:
		s.id = rand.Text()
	case used:
		s.end() // a reconnect: the old connection is lost, but the server may not have noticed
	case sessionID != "":
		return "", tokenInvalid // the session belongs to another token
	case len(t.sessions) >= maxSessions:
		return "", tryAgain
	default:
		s = session{id: rand.Text(), expires: c.ExpiresAt.Time}
	}
	s.end = end
	t.sessions[c.ID] = s
	return s.id, ""
}
