package oidc_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/carameloai/intranet/internal/sandbox/provider"
	"github.com/carameloai/intranet/internal/signin/oidc"
	"github.com/carameloai/intranet/internal/webtest"
)

// Signing out here leads to a page with a link to sign out at the provider, too. A password
// leads to the sign-in page as ever.
func TestSigningOutOffersTheProviders(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	v.signIn("bea")
	res := v.Post("/logout", nil)
	if res.Header.Get("Location") != "/login/oidc/x/signed-out" || v.who() != "" {
		t.Fatalf("led to %q", res.Header.Get("Location"))
	}
	page := v.Get(res.Header.Get("Location"))
	link, err := url.Parse(page.HTML(t).Find("main a.button").First().AttrOr("href", ""))
	if err != nil || !strings.HasPrefix(link.String(), c.provider.Issuer()+"/end-session?") ||
		link.Query().Get("client_id") != "intranet" ||
		link.Query().Get("post_logout_redirect_uri") != public+"/login" ||
		strings.Contains(page.Body, "eyJ") {
		t.Fatalf("%s", link)
	}
	if _, back := v.elsewhere(link.String()); back.String() != public+"/login" {
		t.Errorf("the provider leads to %s", back)
	}
	if res := v.Get("/login"); res.StatusCode != http.StatusOK {
		t.Errorf("led on by itself: %d", res.StatusCode)
	}
	if b := c.SignIn("bea"); b.Post("/logout", nil).Header.Get("Location") != "/login" {
		t.Error("who came with a password is led to a provider")
	}
	c.provider.Break(provider.Down)
	down := c.Replica(t, webtest.Options{Way: way(settings("x", c.provider.Issuer()))})
	if res := down.Browser().Get("/login/oidc/x/signed-out"); res.Header.Get("Location") != "/login" {
		t.Errorf("with a provider that is down: %d", res.StatusCode)
	}
}

// ended tells the intranet that somebody has signed out at the provider.
func (c company) ended(token string) int {
	c.t.Helper()
	return c.Browser().Post("/login/oidc/x/logout", url.Values{"logout_token": {token}}).StatusCode
}

// sid is what the provider calls its session, in the session of a browser.
func (v visitor) sid() string {
	v.t.Helper()
	return v.I.First(`SELECT convert_from(data, 'UTF8')::json #>> '{values,by session}' FROM sessions
		WHERE token_hash = sha256($1::bytea)`, []byte(v.Session()))
}

// A provider ends the sessions that it names, and no others.
func TestAProviderEndsSessions(t *testing.T) {
	t.Parallel()
	c := start(t)
	one, two, other, password := c.visitor(), c.visitor(), c.visitor(), visitor{c.SignIn("bea"), t}
	one.signIn("bea")
	two.signIn("bea")
	other.signIn("caio")
	who := func() string {
		return strings.Join([]string{one.who(), two.who(), other.who(), password.who()}, " ")
	}
	const bea, caio = "bea@company.example", "caio@company.example"

	if status := c.ended(c.provider.LogoutToken("bea", one.sid(), nil)); status != http.StatusOK {
		t.Fatalf("%d", status)
	}
	if got := who(); got != " "+bea+" "+caio+" "+bea {
		t.Errorf("after one: %q", got)
	}
	entry := `audit WHERE action = 'session.ended' AND actor = 'provider x' AND subject = '` + bea + `'`
	if n := c.Count(entry); n != 1 {
		t.Errorf("%d entries", n)
	}
	one.signIn("bea")
	if c.ended(c.provider.LogoutToken("", two.sid(), nil)); who() != bea+"  "+caio+" "+bea {
		t.Errorf("after a session by its name: %q", who())
	}
	two.signIn("bea")
	if c.ended(c.provider.LogoutToken("bea", "", nil)); who() != "  "+caio+" "+bea {
		t.Errorf("after a person: %q", who())
	}
	if c.ended(c.provider.LogoutToken("nobody", "", nil)); who() != "  "+caio+" "+bea {
		t.Errorf("after nobody: %q", who())
	}
}

// A token that does not say in the right way that somebody has signed out ends nothing.
func TestASignOutThatIsNotTheProvidersEndsNothing(t *testing.T) {
	t.Parallel()
	c := start(t)
	v := c.visitor()
	v.signIn("bea")
	change := func(name string, value any) string {
		return c.provider.LogoutToken("bea", v.sid(), func(claims jwt.MapClaims) {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		})
	}
	c.provider.Break(provider.OthersKey)
	otherKey := change("x", 1)
	c.provider.Break(provider.AlgNone)
	none := change("x", 1)
	c.provider.Break(provider.AlgHS256)
	hs256 := change("x", 1)
	c.provider.Break(provider.OthersKind)
	kind := change("x", 1)
	c.provider.Break(provider.Unsigned)
	unsigned := change("x", 1)
	c.provider.Break()
	for name, token := range map[string]string{
		"empty": "", "junk": "a.b.c", "long": strings.Repeat("a.b.", 10_000), "another key": otherKey, "alg none": none,
		"alg HS256": hs256, "unsigned": unsigned, "of another kind": kind,
		"another issuer":        change("iss", "https://other.example"),
		"another client":        change("aud", "other"),
		"late":                  change("exp", time.Now().Add(-time.Hour).Unix()),
		"no end":                change("exp", nil),
		"an end in years":       change("exp", time.Now().Add(10000*time.Hour).Unix()),
		"made tomorrow":         change("iat", time.Now().Add(20*time.Hour).Unix()),
		"no name of its own":    change("jti", nil),
		"no event":              change("events", nil),
		"another event":         change("events", map[string]any{"https://other.example": map[string]any{}}),
		"an ID token":           change("nonce", "x"),
		"the sub of nobody":     c.provider.LogoutToken("", "", nil),
		"of a provider unknown": c.provider.LogoutToken("bea", "", func(m jwt.MapClaims) { m["iss"] = "x" }),
	} {
		if status := c.ended(token); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	if v.who() != "bea@company.example" {
		t.Error("the session was ended")
	}

	// One that was used already.
	token := c.provider.LogoutToken("bea", "", nil)
	if status := c.ended(token); status != http.StatusOK || v.who() != "" {
		t.Fatalf("%d", status)
	}
	v.signIn("bea")
	if status := c.ended(token); status != http.StatusBadRequest || v.who() == "" {
		t.Errorf("a second time: %d", status)
	}
	if res := c.Browser().Post("/login/oidc/x/logout", url.Values{
		"logout_token": {c.provider.LogoutToken("bea", "", nil)},
	}, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"); res.StatusCode != http.StatusForbidden {
		t.Errorf("by a browser of another site: %d", res.StatusCode)
	}
	if strings.Contains(c.Log.String(), "eyJ") {
		t.Error("a token is in the log")
	}
}

// What one provider says ends nobody's session of another.
func TestAProviderEndsItsOwnSessionsOnly(t *testing.T) {
	t.Parallel()
	x, y := serve(t, "x"), serve(t, "y")
	c := company{webtest.NewWith(t, webtest.Options{
		Way: way(settings("x", x.Issuer()), settings("y", y.Issuer())),
	}), t, x}
	v := c.visitor()
	v.come(strings.TrimSuffix(oidc.CallbackPath("y"), "/callback"), "bea")
	if status := c.ended(x.LogoutToken("bea", v.sid(), nil)); status != http.StatusOK || v.who() == "" {
		t.Errorf("%d, and %q is signed in", status, v.who())
	}
	if status := c.ended(y.LogoutToken("bea", "", nil)); status != http.StatusBadRequest || v.who() == "" {
		t.Errorf("a token of y at the address of x: %d", status)
	}
}

// Strangers cannot make us ask a provider for its keys as often as they like.
func TestSignOutsAreThrottled(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.provider.Break(provider.OthersKey)
	token := c.provider.LogoutToken("bea", "", nil)
	n := 0
	for ; n < 200; n++ {
		if c.ended(token) == http.StatusTooManyRequests {
			break
		}
	}
	if n < 90 || n == 200 {
		t.Errorf("%d in a row", n)
	}
}
