package signin

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// How often a password may be tried. For one account from one address: ten
// times, then once in half a minute. The other two are wider: they stop who
// comes with many addresses, or with many accounts. An address that an account
// was signed in from lately is spared the limit on the account, so that strangers
// elsewhere cannot lock its owner out. A right password gives its try back.
//
// Whoever is known has a limit of their own, as narrow as that of account and address,
// which nobody else can use up: a session for the proofs of its person, and a browser that
// somebody was signed in with for their sign-in.
var (
	pairRate    = store.Rate{Burst: 10, Every: 30 * time.Second}
	accountRate = store.Rate{Burst: 50, Every: time.Minute}
	addressRate = store.Rate{Burst: 600, Every: 2 * time.Second}
	// codeRate is for the codes of one account: at this pace, guessing one of the three in
	// a million that count takes more than a year on average for who has the password. A copy
	// of the cookie of a known browser adds a limit of its own, and so does each copy of a
	// session: with one of each it is 30 guesses at once, and five months on average.
	codeRate = store.Rate{Burst: 10, Every: 2 * time.Minute}
	// failureRate bounds what the failures from one address add to the audit
	// trail, which keeps them for months. The log has them all.
	failureRate = store.Rate{Burst: 50, Every: time.Minute}
)

// knownFor is how long an address or a browser is spared after a sign-in.
const knownFor = 90 * 24 * time.Hour

// limiter says how often people may try to prove who they are.
type limiter struct{ *web.Server }

// limits are what a try counts for.
type limits struct {
	own    *store.Limit // of a browser that is known; nil for any other
	others []store.Limit
}

func passwordLimits(email, address string) []store.Limit {
	email, address = strings.ToLower(email), network(address)
	pair := email + " " + address
	return []store.Limit{
		{Key: "pair " + pair, Rate: pairRate},
		{Key: "account " + email, Rate: accountRate, Unless: "known " + pair},
		{Key: "address " + address, Rate: addressRate},
	}
}

// password returns those of a password: of the session for who is signed in to that
// account.
func (l limiter) password(r *http.Request, email string) (limits, error) {
	ctx := r.Context()
	if p := store.SessionOf(ctx).Person; p != nil && p.Email == email {
		return l.proof(ctx, "password", pairRate), nil
	}
	return l.signIn(r, email, "password", passwordLimits(email, store.RequestOf(ctx).Address)...)
}

// code returns those of a code: of the session for who is signed in.
func (l limiter) code(r *http.Request, c Credentials) (limits, error) {
	if store.SessionOf(r.Context()).Person != nil {
		return l.proof(r.Context(), "code", codeRate), nil
	}
	return l.signIn(r, c.Email, "code", store.Limit{Key: "code " + c.PersonID, Rate: codeRate})
}

// proof returns those of who is signed in and proves that it is them: nobody without
// their session counts for them. what is "password" or "code".
func (l limiter) proof(ctx context.Context, what string, rate store.Rate) limits {
	// The name stays when the session's token is renewed: else whoever has the session could
	// start over with each change that renews it.
	name := cmp.Or(l.Sessions().GetString(ctx, proverKey), l.Sessions().Token(ctx))
	return limits{others: []store.Limit{{Key: what + " session " + name, Rate: rate}}}
}

// signIn returns those of a sign-in to an account.
func (l limiter) signIn(r *http.Request, email, what string, others ...store.Limit) (limits, error) {
	found := limits{others: others}
	known, err := l.knows(r, email)
	if known {
		found.own = &store.Limit{Key: what + " " + deviceKey(email, l.deviceOf(r)), Rate: others[0].Rate}
	}
	return found, err
}

// knows reports whether that person has signed in with the browser of a request.
func (l limiter) knows(r *http.Request, email string) (bool, error) {
	device := l.deviceOf(r)
	if device == "" {
		return false, nil
	}
	return l.Store.Remembers(r.Context(), deviceKey(email, device))
}

// take takes one from the limits, and returns from which. The error is throttledError
// where there is none left. Where somebody has used up the own one, with a copy of the
// browser's cookie, there are still the others.
func (l limiter) take(ctx context.Context, from limits) ([]store.Limit, error) {
	if from.own != nil {
		if wait, err := l.Store.Allow(ctx, *from.own); err != nil || wait == 0 {
			return []store.Limit{*from.own}, err
		}
	}
	return from.others, l.throttle(ctx, from.others...)
}

// throttledError says how long to wait for another try.
type throttledError struct{ wait time.Duration }

func (e throttledError) Error() string { return fmt.Sprintf("too many tries: wait %v", e.wait) }

// throttle takes one from the limits, or says how long to wait.
func (l limiter) throttle(ctx context.Context, limits ...store.Limit) error {
	wait, err := l.Store.Allow(ctx, limits...)
	if err == nil && wait > 0 {
		l.Log.LogAttrs(ctx, slog.LevelWarn, "sign-in throttled",
			slog.String("address", store.RequestOf(ctx).Address), slog.Duration("wait", wait))
		return throttledError{wait}
	}
	return err
}

// isThrottled reports whether there are no tries left. A code that nobody can guess is
// looked for all the same, because those who try to use the limit up have none.
func isThrottled(err error) bool {
	_, is := errors.AsType[throttledError](err)
	return is
}

// deviceOf is what the browser of a request was called at a sign-in; "" for one that is
// new.
func (l limiter) deviceOf(r *http.Request) string {
	cookie, err := r.Cookie(l.deviceCookie())
	if err != nil || len(cookie.Value) != deviceLen {
		return ""
	}
	return cookie.Value
}

const deviceLen = 26 // rand.Text: 130 bits

func (l limiter) deviceCookie() string {
	if l.Secure() {
		return "__Host-device"
	}
	return "device"
}

func deviceKey(email, device string) string { return "device " + device + " " + strings.ToLower(email) }

// knowDevice remembers that the person with that e-mail has proved in this browser who they
// are. The cookie opens nothing and says nothing of them: it spares them the limits that
// others use up.
func (l limiter) knowDevice(w http.ResponseWriter, r *http.Request, email string) error {
	device := l.deviceOf(r)
	if device == "" {
		device = rand.Text()
	}
	http.SetCookie(w, &http.Cookie{ // #nosec G124 -- Secure wherever PUBLIC_URL is https
		Name: l.deviceCookie(), Value: device, Path: "/", MaxAge: int(knownFor.Seconds()),
		HttpOnly: true, Secure: l.Secure(), SameSite: http.SameSiteLaxMode,
	})
	return l.Store.Remember(r.Context(), knownFor, deviceKey(email, device))
}

// network is what rate limits count as one address. With IPv6 it is the /64, because
// everybody has that many addresses.
func network(address string) string {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Is6() {
		if prefix, err := ip.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return address
}
