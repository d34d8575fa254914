package signin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/store"
)

// How often a password may be tried. For one account from one address: ten
// times, then once in half a minute. The other two are wider: they stop who
// comes with many addresses, or with many accounts. An address that an account
// was signed in from lately is spared the limit on the account, so that strangers
// elsewhere cannot lock its owner out. A right password gives its try back.
var (
	pairRate    = store.Rate{Burst: 10, Every: 30 * time.Second}
	accountRate = store.Rate{Burst: 50, Every: time.Minute}
	addressRate = store.Rate{Burst: 600, Every: 2 * time.Second}
	// codeRate is for the codes of one account: at this pace, guessing one of the
	// three in a million that count takes more than a year on average.
	codeRate = store.Rate{Burst: 10, Every: 2 * time.Minute}
	// failureRate bounds what the failures from one address add to the audit
	// trail, which keeps them for months. The log has them all.
	failureRate = store.Rate{Burst: 50, Every: time.Minute}
)

const (
	// knownFor is how long an address is spared after a sign-in.
	knownFor = 90 * 24 * time.Hour
	// hashPatience is how long a try may take until its turn to be checked comes.
	hashPatience = 5 * time.Second
)

var (
	// errBusy says that too many passwords are being checked.
	errBusy = errors.New("too many sign-ins at once")
	// errCode says that a code is wrong, used or late.
	errCode = errors.New("wrong code")
)

// throttledError says how long to wait for another try.
type throttledError struct{ wait time.Duration }

func (e throttledError) Error() string { return fmt.Sprintf("too many tries: wait %v", e.wait) }

func passwordLimits(email, address string) []store.Limit {
	email, address = strings.ToLower(email), network(address)
	pair := email + " " + address
	return []store.Limit{
		{Key: "pair " + pair, Rate: pairRate},
		{Key: "account " + email, Rate: accountRate, Unless: "known " + pair},
		{Key: "address " + address, Rate: addressRate},
	}
}

// verifyPassword returns the credentials of the person whose e-mail and password
// these are. A wrong password and an unknown or disabled account are the same
// password.ErrMismatch, after the same work.
func (in *SignIn) verifyPassword(r *http.Request, email, secret string) (Credentials, error) {
	ctx, began := r.Context(), time.Now()
	limits := passwordLimits(email, store.RequestOf(r.Context()).Address)
	if err := in.throttle(ctx, limits...); err != nil {
		return Credentials{}, err
	}
	credentials, err := in.accounts.credentials(ctx, email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return credentials, err
	}
	patient, cancel := context.WithDeadline(ctx, began.Add(in.patience))
	defer cancel()
	err = in.config.Passwords.Verify(patient, credentials.PasswordHash, secret)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		// Nobody learned anything: a whole office that signs in at nine does not use
		// up the limit on its address.
		return credentials, cmp.Or(in.Store.Refund(ctx, 0, limits...), errBusy)
	case errors.Is(err, password.ErrMismatch):
		return credentials, in.failed(ctx, failure{credentials, email, "password"}, err)
	case err != nil:
		return credentials, err
	}
	in.rehash(patient, credentials, secret)
	return credentials, in.Store.Refund(ctx, knownFor, limits...)
}

// throttle takes one from the limits, or says how long to wait.
func (in *SignIn) throttle(ctx context.Context, limits ...store.Limit) error {
	wait, err := in.Store.Allow(ctx, limits...)
	if err == nil && wait > 0 {
		in.Log.LogAttrs(ctx, slog.LevelWarn, "sign-in throttled",
			slog.String("address", store.RequestOf(ctx).Address), slog.Duration("wait", wait))
		return throttledError{wait}
	}
	return err
}

// actor is who is signed in, or else a visitor.
func actor(ctx context.Context) *store.Person {
	return cmp.Or(store.SessionOf(ctx).Person, store.Visitor)
}

// failure is a try with a wrong password or code.
type failure struct {
	Credentials
	typed string // as an e-mail
	what  string // was wrong: password or code
}

// failed records a failure and returns why. What was typed as an e-mail is kept
// only if it looks like one: people type passwords there too.
func (in *SignIn) failed(ctx context.Context, f failure, why error) error {
	address := store.RequestOf(ctx).Address
	in.Log.LogAttrs(ctx, slog.LevelWarn, "sign-in failed",
		slog.String("person", f.PersonID), slog.String("address", address), slog.String("what", f.what))
	limit := store.Limit{Key: "failures " + network(address), Rate: failureRate}
	if wait, err := in.Store.Allow(ctx, limit); err != nil || wait > 0 {
		return cmp.Or(err, why)
	}
	entry := store.Entry{Action: store.SignInFailed, SubjectID: f.PersonID, Subject: f.Email, Detail: f.what}
	if f.PersonID == "" && store.LooksLikeEmail(f.typed) {
		entry.Subject = f.typed
	}
	return cmp.Or(in.Store.Record(ctx, actor(ctx), entry), why)
}

// rehash stores a stronger hash where the parameters have grown since the
// password was set. It can wait for the next time: no sign-in fails because of it.
func (in *SignIn) rehash(ctx context.Context, c Credentials, secret string) {
	if !password.NeedsRehash(c.PasswordHash) {
		return
	}
	hash, err := in.config.Passwords.Hash(ctx, secret)
	if err == nil {
		err = in.accounts.rehash(ctx, c, hash)
	}
	if err != nil {
		in.Log.LogAttrs(ctx, slog.LevelWarn, "rehash", slog.Any("error", err))
	}
}

// refusal is the status and the words for a try that did not succeed; 0 for
// anything else. It sets Retry-After where there is something to wait for.
func (in *SignIn) refusal(w http.ResponseWriter, r *http.Request, err error) (status int, message string) {
	ctx := r.Context()
	if throttled, ok := errors.AsType[throttledError](err); ok {
		seconds := int(math.Ceil(throttled.wait.Seconds()))
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		return http.StatusTooManyRequests, i18n.N(ctx, "login.error.throttled", seconds, "Seconds", seconds)
	}
	switch {
	case errors.Is(err, password.ErrMismatch) && store.SessionOf(ctx).Person != nil:
		return http.StatusUnprocessableEntity, i18n.T(ctx, "confirm.error.password")
	case errors.Is(err, password.ErrMismatch):
		return http.StatusUnprocessableEntity, i18n.T(ctx, "login.error.credentials")
	case errors.Is(err, errCode):
		return http.StatusUnprocessableEntity, i18n.T(ctx, "login.error.code")
	case errors.Is(err, errBusy):
		w.Header().Set("Retry-After", "5")
		return http.StatusServiceUnavailable, i18n.T(ctx, "login.error.busy")
	}
	return 0, ""
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
