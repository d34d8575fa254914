package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// A Way is another way to sign in, beside the password: see package oidc.
type Way struct {
	// Links are what the sign-in page leads to. next is where to go afterwards.
	Links func(next string) []Link
	// Confirm stands before a sensitive change of somebody who came that way. It asks them to
	// prove that it is them.
	Confirm web.Handler
	// SignedOut is the page after such a session has ended; "" for the sign-in page.
	SignedOut func(by string) string
}

// Link is a link of the sign-in page.
type Link struct{ Name, Path string }

// Elsewhere is a proof of who somebody is that was given to somebody else, whom we trust.
type Elsewhere struct {
	PersonID     string
	By           string    // to whom
	Session      string    // what they call their own session; "" where it has no name
	At           time.Time // when it was given; zero where they do not say
	SecondFactor bool      // it was more than a password
}

// Session values of who came by another way.
const (
	ByKey          = "by"           // Elsewhere.By
	BySessionKey   = "by session"   // Elsewhere.Session
	vouchedKey     = "vouched"      // their second factor was asked for elsewhere
	pendingHereKey = "pending here" // the proof of whoever still has to give a code
)

// Admit signs in whoever has proved elsewhere who they are. Who has a second factor of ours
// is asked for its code, unless they have used one there. It is store.ErrNotFound for
// somebody who is disabled.
func (in *SignIn) Admit(w http.ResponseWriter, r *http.Request, proof Elsewhere, next string) error {
	ctx := r.Context()
	credentials, err := in.accounts.credentialsOf(ctx, proof.PersonID)
	if err != nil {
		return err
	}
	if !credentials.SecondFactor || proof.SecondFactor {
		return in.signIn(w, r, credentials, proof, next)
	}
	kept, err := json.Marshal(proof)
	if err == nil {
		err = in.awaitCode(ctx, credentials, next)
	}
	if err != nil {
		return err
	}
	in.Sessions().Put(ctx, pendingHereKey, string(kept))
	return web.Redirect(w, r, paths.LoginCode)
}

// pendingProof is what was proved elsewhere by whoever now gives a code; zero after a password.
func pendingProof(ctx context.Context, session *scs.SessionManager) (proof Elsewhere) {
	_ = json.Unmarshal([]byte(session.GetString(ctx, pendingHereKey)), &proof)
	return proof
}

// Reconfirm notes that the person who is signed in has proved once more, elsewhere, that it
// is them. The session goes on under a new token. Who has a second factor of ours, and has
// used none there, has to give its code, too: see ConfirmCode.
func (in *SignIn) Reconfirm(ctx context.Context, proof Elsewhere) error {
	credentials, err := in.accounts.credentialsOf(ctx, proof.PersonID)
	if errors.Is(err, store.ErrNotFound) {
		return store.ErrEnded
	}
	if err != nil {
		return err
	}
	if credentials.SecondFactor && !proof.SecondFactor {
		kept, err := json.Marshal(proof)
		in.Sessions().Put(ctx, pendingHereKey, string(kept))
		return err
	}
	return in.reopen(ctx, credentials, proof)
}

// reopen gives the session of who has proved once more that it is them a new token.
func (in *SignIn) reopen(ctx context.Context, c Credentials, proof Elsewhere) error {
	err := in.open(ctx, proof.PersonID, c.SessionVersion)
	if err == nil {
		in.Sessions().Remove(ctx, pendingHereKey)
		cameBy(ctx, in.Sessions(), proof)
	}
	return err
}

// AwaitsCode reports whether the person who is signed in has proved elsewhere that it is them,
// and has only to give a code.
func AwaitsCode(ctx context.Context, in *SignIn) bool {
	proof := pendingProof(ctx, in.Sessions())
	return proof.By != "" && time.Since(proof.At) < confirmedFor
}

// ConfirmCode is the second step of Reconfirm. A status other than 0 says that the code was
// refused, and the message why.
func ConfirmCode(
	w http.ResponseWriter, r *http.Request, in *SignIn, p *store.Person, code string,
) (status int, message string, err error) {
	ctx := r.Context()
	proof := pendingProof(ctx, in.Sessions())
	credentials, err := in.accounts.credentialsOf(ctx, p.ID)
	if err != nil || proof.PersonID != p.ID || !AwaitsCode(ctx, in) {
		return 0, "", cmp.Or(err, store.ErrEnded)
	}
	err = in.verifyCode(r, credentials, code)
	if status, message := in.refusal(w, r, err); status != 0 {
		return status, message, nil
	}
	if err == nil {
		err = in.reopen(ctx, credentials, proof)
	}
	return 0, "", err
}

// cameBy notes in a session how its person has proved who they are. Whoever was signed in
// elsewhere for hours has not proved it now.
func cameBy(ctx context.Context, session *scs.SessionManager, proof Elsewhere) {
	if proof.By == "" {
		return
	}
	session.Put(ctx, ByKey, proof.By)
	session.Put(ctx, BySessionKey, proof.Session)
	session.Remove(ctx, vouchedKey)
	if proof.SecondFactor {
		session.Put(ctx, vouchedKey, "yes")
	}
	session.Remove(ctx, ConfirmedKey)
	if now := time.Now(); !proof.At.IsZero() {
		if proof.At.After(now) { // by their clock
			proof.At = now
		}
		session.Put(ctx, ConfirmedKey, proof.At.Format(time.RFC3339))
	}
}

// Refused records that somebody's proof from elsewhere was not good enough. The error is that
// of the database, if there is one.
func (in *SignIn) Refused(ctx context.Context, personID, email, why string) error {
	in.config.Tried(notElsewhere)
	f := failure{Credentials: Credentials{PersonID: personID, Email: email}, typed: email, what: why}
	err := in.failed(ctx, f, errElsewhere)
	if errors.Is(err, errElsewhere) {
		return nil
	}
	return err
}

var errElsewhere = errors.New("a proof from elsewhere was refused")

// ByAddress is the limit of the address of a request, for what strangers can make us ask of
// others.
func ByAddress(ctx context.Context, what string, rate store.Rate) store.Limit {
	return store.Limit{Key: what + " " + network(store.RequestOf(ctx).Address), Rate: rate}
}

// passwordsFor reports whether somebody of that role may sign in with a password.
func (c Config) passwordsFor(role store.Role) bool {
	return cmp.Or(c.PasswordsFor, Everyone) == Everyone || role == store.Admin
}

// notByPassword is what somebody reads whose password was right, and who has to go another way.
func notByPassword(ctx context.Context) (status int, message string) {
	return http.StatusForbidden, i18n.T(ctx, "login.error.way")
}
