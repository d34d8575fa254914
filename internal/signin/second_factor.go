package signin

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"image/png"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/static/brand"
)

// The codes of authenticator apps: six digits, for half a minute (RFC 6238). One
// of the half-minutes beside it counts too, for a clock that is a little off.
const totpPeriod = 30

// totpStep returns the half-minute whose code that is.
func totpStep(secret, code string, now time.Time) (step int64, ok bool) {
	for _, offset := range []int64{0, -1, 1} {
		step := now.Unix()/totpPeriod + offset
		want, err := totp.GenerateCode(secret, time.Unix(step*totpPeriod, 0))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true
		}
	}
	return 0, false
}

// verifyCode checks a code from a person's app, or one of their recovery codes:
// each works once. A wrong one is errCode. A recovery code is looked for though there are
// no tries left: nobody guesses one, and who has the password must not be able to shut its
// owner out by using the tries up.
func (in *SignIn) verifyCode(r *http.Request, c Credentials, typed string) error {
	ctx, code := r.Context(), normalCode(typed)
	limits, err := in.limiter.code(r, c)
	if err != nil {
		return err
	}
	taken, throttled := in.limiter.take(ctx, limits)
	if throttled != nil && !(isThrottled(throttled) && len(code) == recoveryCodeLen) {
		return throttled
	}
	good, err := in.useCode(ctx, c.PersonID, code)
	switch {
	case errors.Is(err, seal.ErrSealed): // nobody learned anything
		in.Log.LogAttrs(ctx, slog.LevelError, "a second factor cannot be opened: SECRET_KEY is another than when "+
			"it was set up", slog.String("person", c.PersonID))
		return cmp.Or(in.Store.Refund(ctx, 0, taken...), errSealed)
	case err != nil:
		return err
	case good && throttled == nil:
		return in.Store.Refund(ctx, 0, taken...)
	case good:
		return nil
	}
	return in.failed(ctx, failure{Credentials: c, what: "code"}, cmp.Or(throttled, errCode))
}

// useCode uses a code up, and reports whether it was good.
func (in *SignIn) useCode(ctx context.Context, personID, code string) (good bool, err error) {
	theirs, err := in.factors.of(ctx, personID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	if len(code) == recoveryCodeLen {
		err := in.factors.useCode(ctx, actor(ctx), personID, code)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	}
	if !theirs.inUse {
		return false, nil
	}
	secret, err := in.secret(theirs.sealed, personID)
	if err != nil {
		return false, err
	}
	step, ok := totpStep(secret, code, in.config.Now())
	if !ok {
		return false, nil
	}
	return in.factors.useStep(ctx, personID, step)
}

// secret opens the sealed secret of a person's second factor.
func (in *SignIn) secret(sealed, personID string) (string, error) {
	secret, err := in.config.Seal.Open(sealed, personID)
	if err != nil {
		return "", fmt.Errorf("a second factor: %w", err)
	}
	return secret, nil
}

// recoveryCodeLen is in base32 characters: 130 bits, so that a plain hash of it
// can be stored (OWASP ASVS 5.0, 6.5.2).
const recoveryCodeLen = 26

// newRecoveryCodes are ten, in groups that can be read aloud.
func newRecoveryCodes() (shown, stored []string) {
	for range 10 {
		code := strings.ToLower(rand.Text())
		stored = append(stored, code)
		shown = append(shown, code[0:5]+"-"+code[5:10]+"-"+code[10:15]+"-"+code[15:20]+"-"+code[20:])
	}
	return shown, stored
}

// factorPages are the pages on which people look after their second factor.
type factorPages struct{ *SignIn }

func (in factorPages) show(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	return in.render(w, r, http.StatusOK, factorProps{})
}

func (in factorPages) render(w http.ResponseWriter, r *http.Request, status int, props factorProps) error {
	session := store.SessionOf(r.Context())
	props.InUse = props.InUse || session.SecondFactor
	props.Required = in.mustEnrol(r.Context())
	page := web.Page{
		Status: status, Title: i18n.T(r.Context(), "factor.title"), Current: paths.Account, Body: factorPage(props),
		Secret: true,
	}
	if len(props.RecoveryCodes) > 0 {
		return web.ShowOnce(in.Server, w, r, page)
	}
	return in.Render(w, r, page)
}

// begin shows the secret for the authenticator app, on this page alone.
func (in factorPages) begin(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	fresh := make([]byte, 20) // as long as the hash (RFC 4226, 4)
	_, _ = rand.Read(fresh)   // never fails (crypto/rand)
	key, err := totpKey(p, fresh)
	if err != nil {
		return err
	}
	sealed := in.config.Seal.Seal(key.Secret(), p.ID)
	err = in.factors.begin(r.Context(), p, sealed)
	if errors.Is(err, store.ErrConflict) { // one is in use: the page says so
		return web.Redirect(w, r, paths.SecondFactor)
	}
	if err != nil {
		return err
	}
	in.Sessions().Put(r.Context(), begunKey, markOf(sealed))
	return in.renderSetup(w, r, p, setup{sealed: sealed})
}

// begunKey is the session's value for which second factor was begun in it. Another
// session of the same person neither sees nor confirms that one.
const begunKey = "second factor begun"

func markOf(sealed string) string { return hex.EncodeToString(store.HashToken(sealed)) }

func totpKey(p *store.Person, secret []byte) (*otp.Key, error) {
	return totp.Generate(totp.GenerateOpts{
		Issuer: brand.Company, AccountName: p.Email, Secret: secret, Period: totpPeriod,
	})
}

// setup is a second factor that is being set up.
type setup struct {
	sealed  string // its secret
	status  int    // 0 is 200
	problem string // with the code that was typed, in the reader's language; "" for none
}

// renderSetup shows the secret as text and as a QR code.
func (in factorPages) renderSetup(w http.ResponseWriter, r *http.Request, p *store.Person, s setup) error {
	secret, err := in.secret(s.sealed, p.ID)
	if err != nil {
		return err
	}
	image, err := qrCode(p, secret)
	if err != nil {
		return err
	}
	return in.render(w, r, s.status, factorProps{Secret: secret, QRCode: image, Error: s.problem})
}

// qrCode is a secret as an authenticator app reads it, in a data: address.
func qrCode(p *store.Person, secret string) (string, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return "", errors.New("the secret of a second factor is not base32")
	}
	key, err := totpKey(p, raw)
	if err != nil {
		return "", err
	}
	image, err := key.Image(240, 240)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	var buffer bytes.Buffer
	if err := png.Encode(&buffer, image); err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(buffer.Bytes()), nil
}

func (in factorPages) confirmCode(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	theirs, err := in.factors.of(ctx, p.ID)
	switch {
	case theirs.inUse:
		return web.Redirect(w, r, paths.SecondFactor)
	case errors.Is(err, store.ErrNotFound),
		err == nil && in.Sessions().GetString(ctx, begunKey) != markOf(theirs.sealed):
		return in.render(w, r, http.StatusUnprocessableEntity, factorProps{Error: i18n.T(ctx, "factor.error.late")})
	case err != nil:
		return err
	}
	secret, err := in.secret(theirs.sealed, p.ID)
	if errors.Is(err, seal.ErrSealed) { // the key was replaced meanwhile
		return in.render(w, r, http.StatusUnprocessableEntity, factorProps{Error: i18n.T(ctx, "factor.error.late")})
	}
	if err != nil {
		return err
	}
	if _, err := in.limiter.take(ctx, in.limiter.proof(ctx, "set-up", codeRate)); err != nil {
		status, message := in.refusal(w, r, err)
		if status == 0 {
			return err
		}
		return in.renderSetup(w, r, p, setup{sealed: theirs.sealed, status: status, problem: message})
	}
	step, ok := totpStep(secret, normalCode(r.PostForm.Get("code")), in.config.Now())
	if !ok {
		return in.renderSetup(w, r, p, setup{
			sealed: theirs.sealed, status: http.StatusUnprocessableEntity, problem: i18n.T(ctx, "factor.error.code"),
		})
	}
	shown, stored := newRecoveryCodes()
	version, err := in.factors.confirm(ctx, p, confirmed{theirs.sealed, step, stored})
	if errors.Is(err, store.ErrConflict) { // added or begun anew in this very moment
		return web.Redirect(w, r, paths.SecondFactor)
	}
	if err != nil {
		return err
	}
	// Every session has ended; this one goes on under a new token.
	// A code from a seed that was shown just now proves nothing of the person.
	proved := in.Sessions().GetString(ctx, ConfirmedKey)
	if err := cmp.Or(in.open(ctx, p.ID, version), in.limiter.knowDevice(w, r, p.Email)); err != nil {
		return err
	}
	in.Sessions().Put(ctx, ConfirmedKey, proved)
	return in.render(w, r, http.StatusOK, factorProps{InUse: true, RecoveryCodes: shown, Added: true})
}

func (in factorPages) replaceRecoveryCodes(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	shown, stored := newRecoveryCodes()
	err := in.factors.replaceCodes(r.Context(), p, stored)
	if errors.Is(err, store.ErrConflict) {
		return web.Redirect(w, r, paths.SecondFactor)
	}
	if err != nil {
		return err
	}
	return in.render(w, r, http.StatusOK, factorProps{RecoveryCodes: shown})
}

func (in factorPages) remove(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := in.factors.remove(r.Context(), p); err != nil {
		return err
	}
	return in.Done(w, r, web.Flash{Text: "notice.factor.removed", Next: paths.Account})
}
