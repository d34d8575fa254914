package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Fault is something that a provider must not do, or that happens to one.
type Fault string

// The faults.
const (
	Down          Fault = "down"             // answers 502
	OtherIssuer   Fault = "other issuer"     // calls itself something else in its discovery
	PlainAddress  Fault = "plain address"    // names an address of another machine without TLS
	OtherState    Fault = "other state"      // leads back with a state that nobody has sent
	OtherAnswers  Fault = "other answers"    // leads back as another provider (mix-up)
	NobodyAnswers Fault = "nobody answers"   // leads back without saying who it is
	Redirects     Fault = "redirects"        // answers a code with a redirect
	NoToken       Fault = "no token"         // no ID token
	OthersToken   Fault = "other's token"    // iss of another provider
	OthersClient  Fault = "other's client"   // aud of another client
	Party         Fault = "party"            // aud of ours, azp of another client
	ManyClients   Fault = "many clients"     // aud of two clients, and no azp
	OthersNonce   Fault = "other's nonce"    // of another sign-in
	NoNonce       Fault = "no nonce"         // none
	Expired       Fault = "expired"          // an hour ago
	Future        Fault = "future"           // issued in an hour
	AlgNone       Fault = "alg none"         // an unsigned token that says so
	AlgHS256      Fault = "alg HS256"        // signed with the client's secret
	Unsigned      Fault = "unsigned"         // the signature is cut off
	OthersKey     Fault = "other's key"      // signed with a key that is not published, under the name of one that is
	OthersAccess  Fault = "other's access"   // at_hash of another access token
	NoSubject     Fault = "no subject"       // names nobody
	NoProof       Fault = "no proof"         // no auth_time
	OldProof      Fault = "old proof"        // auth_time of an hour ago, whatever was asked for
	Thin          Fault = "thin"             // the ID token has no e-mail
	OthersKind    Fault = "other's kind"     // a logout token that calls itself an access token
	OthersInfo    Fault = "other's userinfo" // of another subject
)

// Hostile are the faults of an ID token that nobody may be signed in with.
var Hostile = []Fault{
	NoToken, OthersToken, OthersClient, Party, ManyClients, OthersNonce, NoNonce, Expired, Future, AlgNone, AlgHS256,
	Unsigned, OthersKey, OthersAccess, NoSubject,
}

// Break makes the provider have these faults, and no others.
func (p *Provider) Break(faults ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = map[Fault]bool{}
	for _, f := range faults {
		p.faults[f] = true
	}
}

// Hang makes the provider answer nobody until the returned function is called.
func (p *Provider) Hang() (mend func()) {
	release := make(chan struct{})
	p.mu.Lock()
	p.release = release
	p.mu.Unlock()
	return func() {
		p.mu.Lock()
		p.release = nil
		p.mu.Unlock()
		close(release)
	}
}

func (p *Provider) has(f Fault) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults[f]
}

// spoil changes what an ID token says.
func (p *Provider) spoil(claims jwt.MapClaims) {
	now := time.Now()
	for fault, do := range map[Fault]func(){
		OthersToken:  func() { claims["iss"] = "https://other.example" },
		OthersClient: func() { claims["aud"] = "other" },
		Party:        func() { claims["azp"] = "other" },
		ManyClients:  func() { claims["aud"] = []string{p.config.Client.ID, "other"} },
		OthersNonce:  func() { claims["nonce"] = rand.Text() },
		NoNonce:      func() { delete(claims, "nonce") },
		Expired:      func() { claims["exp"] = now.Add(-time.Hour).Unix() },
		Future:       func() { claims["iat"], claims["exp"] = now.Add(time.Hour).Unix(), now.Add(2*time.Hour).Unix() },
		OthersAccess: func() { claims["at_hash"] = encode(make([]byte, 16)) },
		NoSubject:    func() { delete(claims, "sub") },
		NoProof:      func() { delete(claims, "auth_time") },
	} {
		if p.has(fault) {
			do()
		}
	}
}

// sign signs a token, or does not.
func (p *Provider) sign(kind string, claims jwt.MapClaims) string {
	p.mu.Lock()
	key, keyID := p.key, p.keyID
	p.mu.Unlock()
	var method jwt.SigningMethod = jwt.SigningMethodES256
	var with any = key
	switch {
	case p.has(AlgNone):
		method, with = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType
	case p.has(AlgHS256):
		method, with = jwt.SigningMethodHS256, []byte(p.config.Client.Secret)
	case p.has(OthersKey):
		other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		with = other
	}
	token := jwt.NewWithClaims(method, claims)
	token.Header["kid"], token.Header["typ"] = keyID, kind
	signed, err := token.SignedString(with)
	if err != nil {
		panic(err) // a key of ours always fits
	}
	if p.has(Unsigned) {
		return signed[:strings.LastIndexByte(signed, '.')+1]
	}
	return signed
}
