package sandbox

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket/wsjson"
	"github.com/golang-jwt/jwt/v5"
)

func TestTokenClaims(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	auth := b.admit(t, anaSouza)
	var got jwt.MapClaims
	token, _, err := jwt.NewParser().ParseUnverified(auth.Token, &got)
	if err != nil {
		t.Fatal(err)
	}
	if token.Method.Alg() != "HS256" {
		t.Errorf("alg %s", token.Method.Alg())
	}
	iat, exp := got["iat"].(float64), got["exp"].(float64)
	if life := exp - iat; life < 300 || life > 301 {
		t.Errorf("lives %v s, want 300", life)
	}
	aud, _ := got.GetAudience()
	if got["iss"] != tokenIssuer || len(aud) != 1 || aud[0] != testProject || got["sub"] != auth.CustomerID ||
		got["lang"] != "pt" || got["jti"] == "" {
		t.Errorf("claims %v", got)
	}
	if len(got) != 7 {
		t.Errorf("the token says more than it needs to: %v", got)
	}
}

func TestTokenIsRefused(t *testing.T) {
	t.Parallel()
	sign := func(s *Sandbox, method jwt.SigningMethod, key any, edit func(*claims)) string {
		now := s.tokens.now()
		c := claims{RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    tokenIssuer,
			Audience:  jwt.ClaimStrings{testProject},
			Subject:   "c_x",
			ID:        "1",
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(time.Minute)),
		}}
		if edit != nil {
			edit(&c)
		}
		token, err := jwt.NewWithClaims(method, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	hs256 := jwt.SigningMethodHS256
	for _, tt := range []struct {
		name   string
		token  func(*Sandbox) string
		reason string
	}{
		{"empty", func(*Sandbox) string { return "" }, tokenInvalid},
		{"no JWT", func(*Sandbox) string { return "eyJ.x" }, tokenInvalid},
		{"forged", func(s *Sandbox) string { return sign(s, hs256, []byte("another key"), nil) }, tokenInvalid},
		{"alg none", func(s *Sandbox) string {
			return sign(s, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil)
		}, tokenInvalid},
		{"another algorithm with the right key", func(s *Sandbox) string {
			return sign(s, jwt.SigningMethodHS512, s.tokens.key, nil)
		}, tokenInvalid},
		{"changed", func(s *Sandbox) string {
			token := sign(s, hs256, s.tokens.key, nil)
			head, rest, _ := strings.Cut(token, ".")
			_, signature, _ := strings.Cut(rest, ".")
			other := strings.Split(sign(s, hs256, s.tokens.key, func(c *claims) { c.Subject = "c_y" }), ".")[1]
			return head + "." + other + "." + signature
		}, tokenInvalid},
		{"another project", func(s *Sandbox) string {
			return sign(s, hs256, s.tokens.key, func(c *claims) { c.Audience = jwt.ClaimStrings{"p_other"} })
		}, tokenProject},
		{"another issuer", func(s *Sandbox) string {
			return sign(s, hs256, s.tokens.key, func(c *claims) { c.Issuer = "x" })
		}, tokenInvalid},
		{"expired", func(s *Sandbox) string {
			return sign(s, hs256, s.tokens.key, func(c *claims) {
				c.ExpiresAt = jwt.NewNumericDate(s.tokens.now().Add(-time.Second))
			})
		}, tokenExpired},
		{"without an end", func(s *Sandbox) string {
			return sign(s, hs256, s.tokens.key, func(c *claims) { c.ExpiresAt = nil })
		}, tokenInvalid},
		{"of nobody it knows", func(s *Sandbox) string { return sign(s, hs256, s.tokens.key, nil) }, tokenExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newTestSandbox(t)
			if _, reason := b.try(t, tt.token(b.Sandbox), ""); reason != tt.reason {
				t.Errorf("reason %q, want %q", reason, tt.reason)
			}
		})
	}
}

func TestSocketWithoutAToken(t *testing.T) {
	t.Parallel()
	silent := newTestSandbox(t, func(s *Sandbox) { s.socketTimeout = 20 * time.Millisecond }).dial(t)
	if data, err := silent.read(); err == nil {
		t.Errorf("silent: %s", data)
	}
	patient := newTestSandbox(t)
	c := patient.dial(t)
	c.say(t, "let me in")
	if reason := c.closed(t); reason != tokenInvalid {
		t.Errorf("another message first: %q", reason)
	}
	c = patient.dial(t)
	c.write(t, authFrame{Type: "auth", Token: patient.admit(t, ana).Token, ProjectID: "p_other"})
	if reason := c.closed(t); reason != tokenProject {
		t.Errorf("page of another project: %q", reason)
	}
	c = patient.dial(t)
	c.write(t, authFrame{Type: "auth", Token: strings.Repeat("x", maxFrame)})
	if reason := c.closed(t); !strings.HasPrefix(reason, "1009 ") {
		t.Errorf("a token without end: %q", reason)
	}
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	clk := &clock{t: time.Now()}
	b := newTestSandbox(t, func(s *Sandbox) { s.tokens.now = clk.now })
	unused, used := b.admit(t, ana), b.admit(t, ana)
	c, reason := b.try(t, used.Token, "")
	if reason != "" {
		t.Fatal(reason)
	}
	clk.advance(5*time.Minute + time.Second)
	if _, reason := b.try(t, unused.Token, ""); reason != tokenExpired {
		t.Errorf("unused: %q", reason)
	}
	if _, reason := b.try(t, used.Token, c.hello.Session); reason != tokenExpired {
		t.Errorf("reconnect: %q", reason)
	}
	// The token is only needed to connect: the open chat continues.
	c.say(t, "thanks")
	if m := c.next(t); m.Text != "thanks" {
		t.Errorf("got %+v", m)
	}
}

func TestTokenOpensOneSession(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	token := b.admit(t, ana).Token
	first, reason := b.try(t, token, "")
	if reason != "" {
		t.Fatal(reason)
	}
	if _, reason := b.try(t, token, ""); reason != tokenUsed {
		t.Errorf("while open: %q", reason)
	}
	if _, reason := b.try(t, token, "guessed"); reason != tokenUsed {
		t.Errorf("with a wrong session: %q", reason)
	}
	if _, reason := b.try(t, b.admit(t, ana).Token, first.hello.Session); reason != tokenInvalid {
		t.Errorf("a session with another token: %q", reason)
	}
	first.conn.CloseNow()
	if _, reason := b.try(t, token, ""); reason != tokenUsed {
		t.Errorf("after the end: %q", reason)
	}

	again, reason := b.try(t, token, first.hello.Session)
	if reason != "" || again.hello.Session != first.hello.Session {
		t.Fatalf("reconnect: %q, session %q", reason, again.hello.Session)
	}
	again.say(t, "thanks")
	if m := again.next(t); m.Text != "thanks" {
		t.Errorf("got %+v", m)
	}
	// A reconnect replaces a socket that is still open.
	if _, reason := b.try(t, token, first.hello.Session); reason != "" {
		t.Errorf("take-over: %q", reason)
	}
	if data, err := again.read(); err == nil {
		if _, err := again.read(); err == nil {
			t.Errorf("the earlier socket still reads: %s", data) // after the answer to thanks
		}
	}
}

func TestTokenUsedByManyAtOnce(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	token := b.admit(t, ana).Token
	reasons := make([]string, 16)
	var wg sync.WaitGroup
	for i := range reasons {
		c := b.dial(t)
		wg.Go(func() {
			err := wsjson.Write(t.Context(), c.conn, authFrame{Type: "auth", Token: token, ProjectID: testProject})
			if err == nil {
				_, err = c.read()
			}
			if err != nil {
				reasons[i] = err.Error()
			}
		})
	}
	wg.Wait()
	won := 0
	for _, r := range reasons {
		switch {
		case r == "":
			won++
		case !strings.Contains(r, tokenUsed):
			t.Errorf("refused with %q", r)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d got in, want 1", won, len(reasons))
	}
}

func TestUsedTokensAreBounded(t *testing.T) {
	t.Parallel()
	clk := &clock{t: time.Now()}
	tokens := newTokens(testProject)
	tokens.now = clk.now
	use := func() string {
		c, reason := tokens.verify(tokens.issue("c_x", "en", time.Minute))
		if reason == "" {
			_, reason = tokens.openSession(c, "", false, func() {})
		}
		return reason
	}
	for i := range maxSessions {
		if reason := use(); reason != "" {
			t.Fatalf("token %d: %q", i, reason)
		}
	}
	if reason := use(); reason != tryAgain {
		t.Errorf("one more: %q", reason)
	}
	clk.advance(time.Hour)
	if reason := use(); reason != "" || len(tokens.sessions) != 1 {
		t.Errorf("after an hour: %q, %d remembered", reason, len(tokens.sessions))
	}
}
