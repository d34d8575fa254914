package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Rotate makes a new key to sign with, in place of the one before.
func (p *Provider) Rotate() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key, p.keyID = key, rand.Text()
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	public, err := p.key.PublicKey.Bytes() // an uncompressed point: 4, X, Y
	if err != nil {
		panic(err)
	}
	answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
		"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": p.keyID,
		"x": encode(public[1:33]), "y": encode(public[33:]),
	}}})
}

// token redeems a code, once.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if p.has(Redirects) {
		http.Redirect(w, r, p.config.Issuer+"/elsewhere", http.StatusTemporaryRedirect)
		return
	}
	id, secret, basic := r.BasicAuth()
	if p.config.AuthMethod == "client_secret_post" {
		id, secret, basic = r.PostFormValue("client_id"), r.PostFormValue("client_secret"), !basic
	}
	if !basic || id != p.config.Client.ID || secret != p.config.Client.Secret {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	p.mu.Lock()
	g, known := p.codes[code]
	good := known && !g.used && g.challenge == encode(sum[:]) && g.redirectURI == r.PostFormValue("redirect_uri")
	g.used = true
	if known {
		p.codes[code] = g
	}
	p.mu.Unlock()
	if !good {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	access := "access-" + rand.Text()
	p.mu.Lock()
	p.access[access] = g.subject
	p.mu.Unlock()
	says := map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": p.idToken(g, access),
	}
	if p.has(NoToken) {
		delete(says, "id_token")
	}
	answer(w, http.StatusOK, says)
}

// idToken says who somebody is.
func (p *Provider) idToken(g grant, access string) string {
	person, _ := p.person(g.subject)
	claims, now := jwt.MapClaims{}, time.Now()
	if !p.has(Thin) {
		maps.Copy(claims, person.Claims)
	}
	sum := sha256.Sum256([]byte(access))
	maps.Copy(claims, jwt.MapClaims{
		"iss": p.config.Issuer, "sub": g.subject, "aud": g.clientID, "iat": now.Unix(),
		"exp": now.Add(time.Minute).Unix(), "nonce": g.nonce, "sid": g.id, "auth_time": g.since.Unix(),
		"at_hash": encode(sum[:16]),
	})
	p.spoil(claims)
	return p.sign("JWT", claims)
}

// LogoutToken says that somebody has signed out, or that a session has ended. alter, if it is
// not nil, changes what the token says.
func (p *Provider) LogoutToken(subject, sid string, alter func(jwt.MapClaims)) string {
	claims, now := jwt.MapClaims{
		"iss": p.config.Issuer, "aud": p.config.Client.ID, "jti": rand.Text(),
		"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
	}, time.Now()
	claims["iat"], claims["exp"] = now.Unix(), now.Add(time.Minute).Unix()
	if subject != "" {
		claims["sub"] = subject
	}
	if sid != "" {
		claims["sid"] = sid
	}
	if alter != nil {
		alter(claims)
	}
	kind := "logout+jwt"
	if p.has(OthersKind) {
		kind = "at+jwt"
	}
	return p.sign(kind, claims)
}

func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	access := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	subject := p.access[access]
	p.mu.Unlock()
	person, there := p.person(subject)
	if !there {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	says := maps.Clone(person.Claims)
	says["sub"] = person.Subject
	if p.has(OthersInfo) {
		says["sub"] = "somebody-else"
	}
	answer(w, http.StatusOK, says)
}
