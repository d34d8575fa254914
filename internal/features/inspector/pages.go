package inspector

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// handlers answer the routes.
type handlers struct {
	*web.Server
	seen *recorder
}

func (h handlers) index(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	props, err := h.list(r)
	if err != nil {
		return err
	}
	if props.Configured && h.AskFirst {
		consents, err := h.Store.Consents(r.Context())
		if err != nil {
			return err
		}
		props.Consents = &consents
	}
	return h.page(w, r, Index, "title.handshakes", indexPage(props))
}

func (h handlers) page(w http.ResponseWriter, r *http.Request, current, title string, body templ.Component) error {
	return h.Render(w, r, web.Page{Title: i18n.T(r.Context(), title), Current: current, Body: body})
}

// live is the list and nothing around it: no page, so no token.
func (h handlers) live(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	props, err := h.list(r)
	if err != nil {
		return err
	}
	return web.Fragment(w, r, liveList(props))
}

func (h handlers) list(r *http.Request) (p indexProps, err error) {
	after, before := r.URL.Query().Get("after"), int64(noCursor)
	if after != "" {
		if before, err = strconv.ParseInt(after, 10, 64); err != nil || before < 0 {
			return p, web.StatusError(http.StatusBadRequest)
		}
	}
	if p, err = list(r.Context(), h.Store, before); errors.Is(err, errStandby) {
		p.Standby = true
	} else if err != nil {
		return p, err
	}
	p.After, p.Agreed, p.Backlog = after, h.ConsentForm(r) == nil, h.seen.backlog()
	if h.Caramelo != nil {
		p.Configured, p.State = true, h.Caramelo.State()
	}
	if h.Script != nil {
		p.Script = h.Script.State()
	}
	return p, nil
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	found, err := find(r.Context(), h.Store, r.PathValue("id"))
	if errors.Is(err, errStandby) {
		return h.page(w, r, Index, "title.handshake", standbyPage("handshake.title"))
	} else if err != nil {
		return err // also where it is older than what is kept
	}
	props := showProps{
		Handshake: found, Now: time.Now(), Policy: h.Policy, Mask: caramelo.Secret{}.String(),
		Request: caramelo.Shown(caramelo.Customer{
			ID: found.PersonID, Name: found.Name, Email: found.Email, Lang: found.Lang,
		}),
	}
	if h.Caramelo != nil {
		props.Endpoint = h.Caramelo.Endpoint()
	}
	return h.page(w, r, Index, "title.handshake", showPage(props))
}

func (h handlers) reports(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	props, err := violations(r.Context(), h.Store)
	if errors.Is(err, errStandby) {
		return h.page(w, r, Reports, "reports.title", standbyPage("reports.title"))
	} else if err != nil {
		return err
	}
	props.Policy, props.Backlog = h.Policy, h.seen.backlog()
	return h.page(w, r, Reports, "reports.title", reportsPage(props))
}
