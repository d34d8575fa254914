package privacy

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// maxTime is for a copy over a slow line, and for a deletion in a large company.
const maxTime = time.Minute

// offer says what a copy of one's data has in it.
func (h handlers) offer(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "privacy.copy.title"), Current: paths.Account, Body: copyPage(h.copies.held),
	})
}

// export sends people a copy of what is held of them. It is a POST: that it was made is recorded.
func (h handlers) export(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	select {
	case h.places <- struct{}{}:
		defer func() { <-h.places }()
	case <-ctx.Done():
		return web.StatusError(http.StatusServiceUnavailable)
	}
	err := h.copies.record(ctx, p, p.ID)
	if errors.Is(err, errOften) {
		return web.StatusError(http.StatusTooManyRequests)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="intranet-data.zip"`)
	if err := h.copies.write(ctx, w, p.ID); err != nil {
		// The connection breaks off, so that half a file does not look whole.
		h.Log.ErrorContext(ctx, "an export broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// person is whom administration asks about.
type person struct {
	ID, Name, Email, Lang string
	Known                 personal.KnownAs `db:"-"`
}

func (h handlers) person(ctx context.Context, id string) (a person, err error) {
	if !store.ValidID(id) {
		return a, store.Wrap(store.ErrNotFound, "find person")
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT id, name, email, lang FROM people WHERE id = $1`, id).Query(store.CollectOne(&a))
	personal.QueueKnownAs(batch, id, &a.Known)
	return a, h.Store.Send(ctx, batch, "find person")
}

// ask says what is deleted with a person and what stays, and asks for their e-mail.
func (h handlers) ask(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	a, err := h.person(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if a.ID == p.ID {
		return h.Done(w, r, web.Flash{Text: "notice.privacy.self", Next: paths.AdminPerson.Of(a.ID)})
	}
	return h.renderAsk(w, r, http.StatusOK, askProps{Person: a})
}

func (h handlers) renderAsk(w http.ResponseWriter, r *http.Request, status int, props askProps) error {
	props.Held, props.Assistant = h.copies.held, h.Caramelo != nil
	return h.Render(w, r, web.Page{
		Status: status, Title: i18n.T(r.Context(), "privacy.delete.title", "Name", props.Person.Name),
		Current: paths.AdminPeople, Body: askPage(props),
	})
}

// delete deletes a person whose e-mail was typed, and shows what to ask Caramelo for: it is
// kept nowhere, and so cannot be shown again.
func (h handlers) delete(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	ctx := r.Context()
	a, err := h.person(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	typed := web.Field(r, "email")
	if a.ID != p.ID && !strings.EqualFold(store.Email(typed), a.Email) {
		props := askProps{Person: a, Typed: typed, Errors: views.FieldErrors{"email": "privacy.delete.error"}}
		return h.renderAsk(w, r, http.StatusUnprocessableEntity, props)
	}
	known, err := personal.Erase(ctx, h.Store, p, a.ID)
	for refused, notice := range map[error]string{
		personal.ErrSelf: "notice.privacy.self", store.ErrLastAdmin: "notice.privacy.lastadmin",
	} {
		if errors.Is(err, refused) {
			return h.Done(w, r, web.Flash{Text: notice, Next: paths.AdminPerson.Of(a.ID)})
		}
	}
	if err != nil {
		return err
	}
	return web.ShowOnce(h.Server, w, r, web.Page{
		Title: i18n.T(ctx, "privacy.deleted.title"), Current: paths.AdminPeople,
		Body: deletedPage(deletedProps{Known: known, Assistant: h.Caramelo != nil}),
	})
}
