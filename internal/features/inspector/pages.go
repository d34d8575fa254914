package inspector

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// handlers answer the routes.
type handlers struct {
	*web.Server
	handshakes *handshakes
	violations *violations
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
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "title.handshakes"), Current: Index, Body: indexPage(props),
	})
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
	after := r.URL.Query().Get("after")
	before := math.MaxInt
	if after != "" {
		if before, err = strconv.Atoi(after); err != nil || before < 0 {
			return p, web.StatusError(http.StatusBadRequest)
		}
	}
	p = h.handshakes.list(before)
	p.After, p.Agreed = after, h.ConsentForm(r) == nil
	if h.Caramelo != nil {
		p.Configured, p.State = true, h.Caramelo.State()
	}
	if h.Script != nil {
		p.Script = h.Script.State()
	}
	return p, nil
}

func (h handlers) show(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	found, ok := h.handshakes.find(r.PathValue("id"))
	if !ok {
		return web.StatusError(http.StatusNotFound) // or older than what is kept
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
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "title.handshake"), Current: Index, Body: showPage(props),
	})
}

func (h handlers) reports(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
	props := h.violations.list()
	props.Policy = h.Policy
	return h.Render(w, r, web.Page{
		Title: i18n.T(r.Context(), "reports.title"), Current: Reports, Body: reportsPage(props),
	})
}
