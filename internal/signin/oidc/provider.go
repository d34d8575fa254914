package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/carameloai/intranet/internal/store"
)

// errDown says that a provider did not answer, or not in a way that one can go on with.
var errDown = errors.New("the provider does not answer")

// untrusted says why an answer of a provider is not believed. It never repeats a token.
type untrusted string

func (e untrusted) Error() string { return string(e) }

// Limits of what is asked of a provider, and of what it answers.
const (
	askTimeout = 4 * time.Second // of each question
	maxAnswer  = 1 << 20         // in bytes
	foundFor   = time.Hour       // what was discovered is good
	pauseFor   = 2 * time.Second // between two tries to discover it
	clockSkew  = time.Minute     // between its clock and ours
)

// algorithms are those of signatures that a provider alone can make. "none" is not among them,
// nor is one whose key is the client's secret.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512,
	oidc.EdDSA,
}

// provider asks a Provider. What it says of itself is asked for when it is first needed, so
// that one that is down stops no start.
type provider struct {
	Provider
	client *http.Client

	mu     sync.Mutex
	found  *discovered
	tried  time.Time // when discovering failed the last time
	reason error     // why
}

// discovered is what a provider says of itself.
type discovered struct {
	*oidc.Provider
	at       time.Time
	verifier *oidc.IDTokenVerifier
	style    oauth2.AuthStyle
	Metadata struct {
		BackChannel bool     `json:"backchannel_logout_supported"`
		EndSession  string   `json:"end_session_endpoint"`
		NamesItself bool     `json:"authorization_response_iss_parameter_supported"`
		Auth        []string `json:"token_endpoint_auth_methods_supported"`
		JWKS        string   `json:"jwks_uri"`
	}
}

func newProvider(p Provider) *provider {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true // a sign-in is rare, and no connection is left behind
	return &provider{Provider: p, client: &http.Client{
		Timeout: askTimeout, Transport: bounded{transport},
		// A redirect would take the code and the client's secret to where nobody has looked.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// bounded cuts what is answered.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}

// discover asks the provider what it says of itself, once an hour. If it does not answer then,
// what it said before is still good.
func (p *provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	found, tried, reason := p.found, p.tried, p.reason
	p.mu.Unlock()
	if found != nil && time.Since(found.at) < foundFor {
		return found, nil
	}
	if time.Since(tried) < pauseFor {
		if found != nil {
			return found, nil
		}
		return nil, reason
	}
	fresh, err := p.ask(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil:
		p.found = fresh
	case ctx.Err() == nil: // else somebody has left, which says nothing of the provider
		p.tried, p.reason = time.Now(), err
	}
	if p.found != nil {
		return p.found, nil
	}
	return nil, err
}

func (p *provider) ask(ctx context.Context) (*discovered, error) {
	ctx = oidc.ClientContext(ctx, p.client)
	found, err := oidc.NewProvider(ctx, p.Issuer)
	if mismatch, is := errors.AsType[*oidc.IssuerMismatchError](err); is {
		return nil, fmt.Errorf("%w: it calls itself %q", errDown, store.Clip(mismatch.Discovered, 200))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s", errDown, notFound(err))
	}
	d := &discovered{Provider: found, at: time.Now(), style: oauth2.AuthStyleInHeader}
	if err := found.Claims(&d.Metadata); err != nil {
		return nil, fmt.Errorf("%w: its discovery cannot be read", errDown)
	}
	endpoint := found.Endpoint()
	for _, address := range []string{
		endpoint.AuthURL, endpoint.TokenURL, d.Metadata.JWKS, found.UserInfoEndpoint(), d.Metadata.EndSession,
	} {
		needed := address != found.UserInfoEndpoint() && address != d.Metadata.EndSession
		if (address != "" || needed) && !p.mayAsk(address) {
			return nil, fmt.Errorf("%w: discovery names an address that is not https", errDown)
		}
	}
	// Told which way it is, the library does not try both: the second would use a code again.
	auth := d.Metadata.Auth
	if len(auth) > 0 && !slices.Contains(auth, "client_secret_basic") || p.Secret.Blank() {
		d.style = oauth2.AuthStyleInParams
	}
	d.verifier = found.VerifierContext(ctx, &oidc.Config{ClientID: p.ClientID, SupportedSigningAlgs: algorithms})
	return d, nil
}

// notFound says why a provider's discovery cannot be had, without what was answered.
func notFound(err error) string {
	if away, is := errors.AsType[*url.Error](err); is {
		return "it cannot be reached: " + store.Clip(away.Err.Error(), 150)
	}
	if status, _, _ := strings.Cut(err.Error(), ":"); status != "" && status[0] >= '1' && status[0] <= '5' {
		return "it answers " + store.Clip(status, 50)
	}
	return "what it answers is no discovery"
}

// mayAsk reports whether an address of the provider is https, or on this machine as the
// provider is.
func (p *provider) mayAsk(address string) bool {
	own, err := url.Parse(p.Issuer)
	u, wrong := url.Parse(address)
	if err != nil || wrong != nil || u.Hostname() == "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && own.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// client is how the provider knows us.
func (p *provider) oauth(d *discovered, publicURL string) *oauth2.Config {
	endpoint := d.Endpoint()
	endpoint.AuthStyle = d.style
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.Secret.Reveal(), Endpoint: endpoint,
		RedirectURL: publicURL + CallbackPath(p.ID),
		Scopes:      append([]string{oidc.ScopeOpenID, "profile", "email"}, p.Scopes...),
	}
}

// redeem gives the provider a code, and returns what it then says of somebody.
func (p *provider) redeem(ctx context.Context, publicURL string, f flow, code string) (c claims, err error) {
	d, err := p.discover(ctx)
	if err != nil {
		return c, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.oauth(d, publicURL).Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if refused, is := errors.AsType[*oauth2.RetrieveError](err); is && refused.Response.StatusCode < 500 {
		// The whole error repeats the answer, in which there may be anything.
		return c, untrusted("the code was refused: " + store.Clip(refused.ErrorCode, 50))
	}
	if err != nil {
		return c, fmt.Errorf("%w: the code was not redeemed", errDown)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return c, why(err)
	}
	if c, err = p.read(id, f); err != nil {
		return c, err
	}
	if id.AccessTokenHash != "" && id.VerifyAccessToken(token.AccessToken) != nil {
		return c, untrusted("the access token is another than the ID token says")
	}
	p.complete(ctx, d, token, &c)
	return c, nil
}

// why is what was wrong with a token. The library tells apart in words alone that the keys
// could not be had.
func why(err error) error {
	if strings.Contains(err.Error(), "fetching keys") {
		return fmt.Errorf("%w: its keys cannot be had", errDown)
	}
	return untrusted(store.Clip(err.Error(), 200))
}

// read checks what go-oidc leaves to its users: for whom the token was made, in which sign-in,
// and when.
func (p *provider) read(id *oidc.IDToken, f flow) (c claims, err error) {
	var payload json.RawMessage
	if err := id.Claims(&payload); err != nil {
		return c, untrusted("the claims of the ID token cannot be read")
	}
	if c, err = parseClaims(payload); err != nil {
		return c, err
	}
	c.issuer, c.subject = p.Issuer, id.Subject
	azp := c.text("azp")
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1:
		return c, untrusted("the nonce is another than that of this sign-in")
	case azp != "" && azp != p.ClientID, azp == "" && len(id.Audience) > 1:
		return c, untrusted("the ID token was made for somebody else")
	case id.IssuedAt.After(time.Now().Add(clockSkew)):
		return c, untrusted("the ID token is from the future: the clocks differ")
	case id.Subject == "" || len(id.Subject) > 255 || id.Subject != store.Plain(id.Subject):
		return c, untrusted("the ID token names nobody")
	}
	return c, nil
}

// complete asks for what an ID token leaves out, as those of some providers do. Who somebody is
// it does not change.
func (p *provider) complete(ctx context.Context, d *discovered, token *oauth2.Token, c *claims) {
	noGroups := p.mapsGroups() && c.values[p.groupsClaim()] == nil
	if c.text("email") != "" && !noGroups || d.UserInfoEndpoint() == "" {
		return
	}
	info, err := d.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil || info.Subject != c.subject {
		return
	}
	var payload json.RawMessage
	if info.Claims(&payload) != nil {
		return
	}
	more, err := parseClaims(payload)
	if err != nil {
		return
	}
	names := []string{"name", "locale", p.groupsClaim()}
	if c.text("email") == "" { // an e-mail and whether it is verified are of one answer
		names = append(names, "email", p.verifiedClaim())
		delete(c.values, p.verifiedClaim())
	}
	for _, name := range names {
		if _, there := c.values[name]; !there && more.values[name] != nil {
			c.values[name] = more.values[name]
		}
	}
}

func (p *provider) verifiedClaim() string {
	if p.Verified == "" {
		return "email_verified"
	}
	return p.Verified
}
