package signin

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/password"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/wire"
)

// hashPatience is how long a try may take until its turn to be checked comes.
const hashPatience = 5 * time.Second

// errCode says that a code is wrong, used or late.
var errCode = errors.New("wrong code")

// verifyPassword returns the credentials of the person whose e-mail and password
// these are. A wrong password and an unknown or disabled account are the same
// password.ErrMismatch, after the same work. It is busyError where too many are waiting.
func (in *SignIn) verifyPassword(r *http.Request, email, secret string) (Credentials, error) {
	ctx, began := r.Context(), time.Now()
	place, err := in.line.enter()
	if err != nil {
		return Credentials{}, err
	}
	defer place.leave()
	limits, err := in.limiter.password(r, email)
	if err != nil {
		return Credentials{}, err
	}
	taken, err := in.limiter.take(ctx, limits)
	if err != nil {
		return Credentials{}, err
	}
	// What the database has cost until then is no reason to let them pay for the try.
	refund := func(known time.Duration) error {
		return in.Store.Refund(store.Limited(ctx, false), known, taken...)
	}
	credentials, err := in.accounts.credentials(ctx, email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return credentials, errors.Join(err, refund(0))
	}
	turn := time.Now()
	patient, cancel := context.WithDeadline(ctx, began.Add(in.patience))
	defer cancel()
	err = in.config.Passwords.Verify(patient, credentials.PasswordHash, secret)
	wire.AnswerOf(ctx).Turn = time.Since(turn)
	place.served()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		// Nobody learned anything: a whole office that signs in at nine does not use
		// up the limit on its address.
		return credentials, cmp.Or(refund(0), place.lost())
	case errors.Is(err, password.ErrMismatch):
		return credentials, in.failed(ctx, failure{credentials, email, "password"}, err)
	case err != nil:
		return credentials, err
	}
	in.rehash(patient, credentials, secret)
	return credentials, refund(knownFor)
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
	// Junk for accounts that are none hides no failure of one that is there.
	limit := store.Limit{Key: strings.TrimSpace("failures " + network(address) + " " + f.PersonID), Rate: failureRate}
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

// How a try to sign in can end. A right password that a code has to follow is no end.
const (
	signedIn        = "signed_in"
	wrongPassword   = "password" // or no such account
	wrongCode       = "code"
	tooMany         = "throttled"
	tooManyAtOnce   = "busy"
	notElsewhere    = "provider" // what another way gave as a proof is none here
	failedOtherwise = "failed"
)

// Results are all of them.
var Results = []string{signedIn, wrongPassword, wrongCode, tooMany, tooManyAtOnce, notElsewhere, failedOtherwise}

// resultOf is how a try with that error ends.
func resultOf(err error) string {
	if _, throttled := errors.AsType[throttledError](err); throttled {
		return tooMany
	}
	if _, busy := errors.AsType[busyError](err); busy {
		return tooManyAtOnce
	}
	switch {
	case errors.Is(err, password.ErrMismatch):
		return wrongPassword
	case errors.Is(err, errCode):
		return wrongCode
	}
	return failedOtherwise
}

// refusal is the status and the words for a try that did not succeed; 0 for
// anything else. It sets Retry-After where there is something to wait for.
func (in *SignIn) refusal(w http.ResponseWriter, r *http.Request, err error) (status int, message string) {
	ctx := r.Context()
	if throttled, ok := errors.AsType[throttledError](err); ok {
		seconds := retryAfter(w, throttled.wait)
		return http.StatusTooManyRequests,
			i18n.N(ctx, "login.error.throttled", seconds, "Seconds", strconv.Itoa(seconds))
	}
	if busy, ok := errors.AsType[busyError](err); ok {
		retryAfter(w, busy.wait)
		return http.StatusServiceUnavailable, i18n.T(ctx, "login.error.busy")
	}
	switch {
	case errors.Is(err, password.ErrMismatch) && store.SessionOf(ctx).Person != nil:
		return http.StatusUnprocessableEntity, i18n.T(ctx, "confirm.error.password")
	case errors.Is(err, password.ErrMismatch):
		return http.StatusUnprocessableEntity, i18n.T(ctx, "login.error.credentials")
	case errors.Is(err, errCode):
		return http.StatusUnprocessableEntity, i18n.T(ctx, "login.error.code")
	case errors.Is(err, errSealed):
		return http.StatusUnprocessableEntity, i18n.T(ctx, "login.error.sealed")
	}
	return 0, ""
}

// retryAfter tells a browser how long to wait, in seconds, which it returns.
func retryAfter(w http.ResponseWriter, wait time.Duration) int {
	seconds := int(math.Ceil(wait.Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return seconds
}
