package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"image/png"
	"net/http"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/static/brand"
	"github.com/carameloai/intranet/views"
)

// Who must have a second factor.
const (
	SecondFactorOptional = "optional"
	SecondFactorAdmins   = "admins"
	SecondFactorEveryone = "everyone"
)

// mustEnrol reports whether the person has to add a second factor before they
// can go on.
func (h *handlers) mustEnrol(session store.Session) bool {
	required := h.SecondFactor == SecondFactorEveryone || h.SecondFactor == SecondFactorAdmins && session.Person.Role == store.Admin
	return required && !session.SecondFactor
}

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
// each works once. A wrong one is errCode.
func (h *handlers) verifyCode(r *http.Request, c store.Credentials, typed string) error {
	ctx, personID := r.Context(), c.PersonID
	limit := store.Limit{Key: "code " + personID, Rate: codeRate}
	if err := h.throttle(ctx, limit); err != nil {
		return err
	}
	secret, inUse, err := h.Store.SecondFactor(ctx, personID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	good, code := false, normalCode(typed)
	if len(code) == recoveryCodeLen {
		err = h.Store.UseRecoveryCode(ctx, actor(ctx), personID, code)
		good = err == nil
	} else if inUse {
		good, err = h.useStep(ctx, personID, secret, code)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if !good {
		return h.failed(ctx, c, "", "code", errCode)
	}
	return h.Store.Refund(ctx, 0, limit)
}

// useStep checks a code of an app, and uses it up.
func (h *handlers) useStep(ctx context.Context, personID, sealed, code string) (bool, error) {
	secret, err := h.Seal.Open(sealed, personID)
	if err != nil {
		return false, fmt.Errorf("a second factor: %w", err)
	}
	step, ok := totpStep(secret, code, h.now())
	if !ok {
		return false, nil
	}
	return h.Store.UseStep(ctx, personID, step)
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

// normalCode is what somebody typed, without what makes a code readable.
func normalCode(typed string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\t", "").Replace(Text(typed, 100)))
}

func (h *handlers) secondFactorShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return h.renderSecondFactor(w, r, p, http.StatusOK, views.SecondFactorProps{})
}

func (h *handlers) renderSecondFactor(w http.ResponseWriter, r *http.Request, p *store.Person, status int, props views.SecondFactorProps) error {
	props.InUse = props.InUse || store.SessionOf(r.Context()).SecondFactor
	props.Required = h.mustEnrol(store.SessionOf(r.Context()))
	return h.Render(w, r, Page{
		Status: status, Title: i18n.T(r.Context(), "factor.title"), Current: paths.Account,
		Body: views.SecondFactor(props),
	})
}

// secondFactorBegin shows the secret for the authenticator app, on this page
// alone.
func (h *handlers) secondFactorBegin(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	fresh := make([]byte, 20) // as long as the hash (RFC 4226, 4)
	_, _ = rand.Read(fresh)   // never fails (crypto/rand)
	key, err := h.totpKey(r, p, fresh)
	if err != nil {
		return err
	}
	sealed, err := h.Store.BeginSecondFactor(r.Context(), p, h.Seal.Seal(key.Secret(), p.ID))
	if errors.Is(err, store.ErrConflict) { // one is in use: the page says so
		return Redirect(w, r, paths.SecondFactor)
	}
	if err != nil {
		return err
	}
	return h.renderSetup(w, r, p, http.StatusOK, sealed, "")
}

func (h *handlers) totpKey(r *http.Request, p *store.Person, secret []byte) (*otp.Key, error) {
	return totp.Generate(totp.GenerateOpts{Issuer: brand.Company, AccountName: p.Email, Secret: secret, Period: totpPeriod})
}

// renderSetup shows the secret as text and as a QR code.
func (h *handlers) renderSetup(w http.ResponseWriter, r *http.Request, p *store.Person, status int, sealed, problem string) error {
	secret, err := h.Seal.Open(sealed, p.ID)
	if err != nil {
		return fmt.Errorf("a second factor: %w", err)
	}
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return errors.New("the secret of a second factor is not base32")
	}
	key, err := h.totpKey(r, p, raw)
	if err != nil {
		return err
	}
	image, err := key.Image(240, 240)
	if err != nil {
		return fmt.Errorf("draw a QR code: %w", err)
	}
	var buffer bytes.Buffer
	if err := png.Encode(&buffer, image); err != nil {
		return fmt.Errorf("draw a QR code: %w", err)
	}
	return h.renderSecondFactor(w, r, p, status, views.SecondFactorProps{
		Secret: secret, QRCode: "data:image/png;base64," + base64.StdEncoding.EncodeToString(buffer.Bytes()), Error: problem,
	})
}

func (h *handlers) secondFactorConfirm(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	sealed, inUse, err := h.Store.SecondFactor(ctx, p.ID)
	if errors.Is(err, store.ErrNotFound) || inUse {
		return Redirect(w, r, paths.SecondFactor)
	}
	if err != nil {
		return err
	}
	if err := h.throttle(ctx, store.Limit{Key: "code " + p.ID, Rate: codeRate}); err != nil {
		status, message := h.refusal(w, r, err)
		if status == 0 {
			return err
		}
		return h.renderSetup(w, r, p, status, sealed, message)
	}
	secret, err := h.Seal.Open(sealed, p.ID)
	if err != nil {
		return fmt.Errorf("a second factor: %w", err)
	}
	step, ok := totpStep(secret, normalCode(r.PostForm.Get("code")), h.now())
	if !ok {
		return h.renderSetup(w, r, p, http.StatusUnprocessableEntity, sealed, i18n.T(ctx, "factor.error.code"))
	}
	shown, stored := newRecoveryCodes()
	version, err := h.Store.ConfirmSecondFactor(ctx, p, step, stored)
	if errors.Is(err, store.ErrConflict) { // added in this very moment, by a second click
		return Redirect(w, r, paths.SecondFactor)
	}
	if err != nil {
		return err
	}
	// Every session has ended; this one goes on under a new token.
	if err := h.openSession(ctx, p.ID, version); err != nil {
		return err
	}
	return h.renderSecondFactor(w, r, p, http.StatusOK, views.SecondFactorProps{InUse: true, RecoveryCodes: shown, Added: true})
}

func (h *handlers) secondFactorRecovery(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	shown, stored := newRecoveryCodes()
	err := h.Store.ReplaceRecoveryCodes(r.Context(), p, stored)
	if errors.Is(err, store.ErrConflict) {
		return Redirect(w, r, paths.SecondFactor)
	}
	if err != nil {
		return err
	}
	return h.renderSecondFactor(w, r, p, http.StatusOK, views.SecondFactorProps{RecoveryCodes: shown})
}

func (h *handlers) secondFactorRemove(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	if err := h.Store.RemoveSecondFactor(r.Context(), p); err != nil {
		return err
	}
	return h.Done(w, r, Flash{Text: "notice.factor.removed", Next: paths.Account})
}
