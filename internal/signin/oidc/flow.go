package oidc

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/carameloai/intranet/internal/paths"
)

// flow is a sign-in that has begun. It is kept in the browser alone, sealed, so that no
// stranger fills a table, and nobody finishes what was begun in another browser.
type flow struct {
	Provider string
	State    string // goes to the provider and back
	Nonce    string // is in the token of this sign-in alone
	Verifier string // PKCE: who redeems the code is who has asked for it
	Begun    time.Time
	Next     string // where to go afterwards
	Form     string // that waits for a proof of identity; "" for a sign-in
}

// flowLife is how long somebody may take at the provider.
const flowLife = 15 * time.Minute

// maxFlowNext is the length in bytes of the longest address that somebody is led to afterwards:
// browsers keep no cookie of more than 4,096 bytes.
const maxFlowNext = 400

// maxFlows is how many sign-ins a browser can have begun at a time, in as many tabs.
const maxFlows = 4

func newFlow(provider string) flow {
	return flow{
		Provider: provider, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
		Begun: time.Now(),
	}
}

// flowOwner is what a flow is sealed for: nothing else that is sealed with the same key opens
// as one.
const flowOwner = "a sign-in with a provider"

func (in *SignIn) flowPrefix() string {
	if in.Secure() {
		return "__Host-oidc-"
	}
	return "oidc-"
}

// flowCookie is the name of the cookie of the flow with that state. It has a part of it, so
// that two tabs do not disturb each other.
func (in *SignIn) flowCookie(state string) string {
	return in.flowPrefix() + state[:min(len(state), 8)]
}

// keep keeps a flow in the browser.
func (in *SignIn) keep(w http.ResponseWriter, r *http.Request, f flow) error {
	if len(f.Next) > maxFlowNext {
		f.Next = paths.Home
	}
	plain, err := json.Marshal(f)
	if err != nil {
		return err
	}
	var before []string
	for _, cookie := range r.Cookies() {
		if strings.HasPrefix(cookie.Name, in.flowPrefix()) {
			before = append(before, cookie.Name)
		}
	}
	if len(before) >= maxFlows {
		for _, name := range before {
			in.setFlow(w, name, "", -1)
		}
	}
	in.setFlow(w, in.flowCookie(f.State), in.seal.Seal(string(plain), flowOwner), int(flowLife.Seconds()))
	return nil
}

func (in *SignIn) setFlow(w http.ResponseWriter, name, value string, age int) {
	// Lax, because the provider leads back here from its own site.
	http.SetCookie(w, &http.Cookie{ // #nosec G124 -- Secure wherever PUBLIC_URL is https
		Name: name, Value: value, Path: "/", MaxAge: age,
		HttpOnly: true, Secure: in.Secure(), SameSite: http.SameSiteLaxMode,
	})
}

// take returns the flow of that state, which this browser has begun, and forgets it: each is
// finished once.
func (in *SignIn) take(w http.ResponseWriter, r *http.Request, provider, state string) (f flow, ok bool) {
	name := in.flowCookie(state)
	cookie, err := r.Cookie(name)
	if err != nil || state == "" {
		return f, false
	}
	in.setFlow(w, name, "", -1)
	plain, err := in.seal.Open(cookie.Value, flowOwner)
	if err != nil || plain == cookie.Value { // what was never sealed opens as it is
		return f, false
	}
	if err := json.Unmarshal([]byte(plain), &f); err != nil {
		return f, false
	}
	age := time.Since(f.Begun)
	return f, f.Provider == provider && f.State == state && age >= 0 && age < flowLife
}
