package oidc

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// keptForm is a sensitive change that somebody has asked for, and has to prove first that it is
// them. They do so at the provider, which no form can be sent along to.
type keptForm struct {
	Action string // where it was posted to
	Back   string // the page that it was on
	Fields url.Values
}

// keptForms keeps them for minutes, sealed.
type keptForms struct {
	*store.Store
	seal seal.Sealer
}

// Limits of what is kept.
const (
	formLife = "30 minutes"
	maxForms = 20 // of one person
)

func formOwner(personID string) string { return "a form of " + personID }

// put keeps a form, and returns by which name.
func (k keptForms) put(ctx context.Context, personID string, f keptForm) (name string, err error) {
	plain, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	name = rand.Text()
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM proof_forms WHERE made_at < now() - $1::interval OR (person_id, name_hash) IN (
		SELECT person_id, name_hash FROM proof_forms WHERE person_id = $2 ORDER BY made_at DESC OFFSET $3)`,
		formLife, personID, maxForms-1)
	batch.Queue(`INSERT INTO proof_forms (name_hash, person_id, sealed) VALUES ($1, $2, $3)`,
		store.HashToken(name), personID, k.seal.Seal(string(plain), formOwner(personID)))
	return name, store.Wrap(k.Pool.SendBatch(ctx, batch).Close(), "keep a form")
}

// get returns a form of that person's; store.ErrNotFound where it is kept no longer.
func (k keptForms) get(ctx context.Context, personID, name string) (f keptForm, err error) {
	var sealed string
	err = k.Pool.QueryRow(ctx, `SELECT sealed FROM proof_forms
		WHERE name_hash = $1 AND person_id = $2 AND made_at > now() - $3::interval`,
		store.HashToken(name), personID, formLife).Scan(&sealed)
	if err != nil {
		return f, store.Wrap(err, "find a form")
	}
	plain, err := k.seal.Open(sealed, formOwner(personID))
	if err != nil {
		return f, store.Wrap(store.ErrNotFound, "open a form") // the key is another now
	}
	return f, json.Unmarshal([]byte(plain), &f)
}

// confirm stands before a sensitive change of somebody who came by a provider: it keeps the
// form, and leads to the provider to sign in once more.
func (in *SignIn) confirm(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	provider, err := in.find(in.Sessions().GetString(ctx, signin.ByKey))
	if err != nil {
		return store.ErrEnded // the provider is not in the settings any more
	}
	if _, gave := r.PostForm[codeField]; gave && signin.AwaitsCode(ctx, in.SignIn) {
		return in.confirmCode(w, r, p, provider)
	}
	kept := keptForm{Action: r.URL.RequestURI(), Back: paths.Home, Fields: web.Posted(r)}
	if from, err := url.Parse(r.Referer()); err == nil {
		kept.Back = paths.Local(from.RequestURI())
	}
	name, err := in.kept.put(ctx, p.ID, kept)
	if err != nil {
		return err
	}
	return in.renderForm(w, r, http.StatusForbidden, formProps{
		Provider: provider.Name, Begin: begin.Of(provider.ID, "form", name), Back: kept.Back,
	})
}

// codeField is that for the code of a second factor of ours, beside the kept form.
const codeField = views.ProofField + "code"

// confirmCode takes the code of whoever has a second factor of ours and has just come back from
// the provider. The form that came with it is then asked for once more, with the new session.
func (in *SignIn) confirmCode(w http.ResponseWriter, r *http.Request, p *store.Person, provider *provider) error {
	status, message, err := signin.ConfirmCode(w, r, in.SignIn, p, r.PostForm.Get(codeField))
	if err != nil {
		return err
	}
	if status != 0 {
		return in.renderForm(w, r, status, formProps{
			Provider: provider.Name, Back: paths.Account, Action: r.URL.RequestURI(), Fields: web.Posted(r),
			Code: true, Error: message,
		})
	}
	// #nosec G710 -- the path that a route of ours has matched
	http.Redirect(w, r, r.URL.RequestURI(), http.StatusTemporaryRedirect)
	return nil
}

// showForm shows a form that was kept: to be sent, once its person has proved that it is them.
func (in *SignIn) showForm(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	provider, err := in.find(r.PathValue("provider"))
	if err != nil {
		return err
	}
	name := r.URL.Query().Get("form")
	kept, err := in.kept.get(r.Context(), p.ID, name)
	if err != nil {
		return err
	}
	props := formProps{Provider: provider.Name, Begin: begin.Of(provider.ID, "form", name), Back: kept.Back}
	props.Code = signin.AwaitsCode(r.Context(), in.SignIn)
	if props.Code || in.Confirmed(r.Context()) {
		props.Action, props.Fields = kept.Action, kept.Fields
	}
	return in.renderForm(w, r, http.StatusOK, props)
}

func (in *SignIn) renderForm(w http.ResponseWriter, r *http.Request, status int, props formProps) error {
	return in.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "oidc.confirm.title"), Body: formPage(props), Secret: true,
	})
}

// proven is who is signed in, and what the provider has just said.
type proven struct {
	person *store.Person
	claims claims
}

// reconfirm takes a fresh sign-in at the provider as proof that it is still the same person.
func (in *SignIn) reconfirm(w http.ResponseWriter, r *http.Request, p *provider, f flow, proved proven) error {
	ctx := r.Context()
	id, err := in.identities.person(ctx, proved.claims)
	switch {
	case err != nil:
		return err
	case id != proved.person.ID:
		return errOther
	case proved.claims.provedAt().Before(f.Begun.Add(-clockSkew)):
		return errStale
	}
	if _, err := in.kept.get(ctx, id, f.Form); err != nil {
		return errLost
	}
	proof := p.proof(id, proved.claims)
	proof.At = time.Now() // they have come back from there
	if err := in.Reconfirm(ctx, proof); err != nil {
		return err
	}
	return web.Redirect(w, r, form.Of(p.ID, "form", f.Form))
}
