package web

import (
	"context"
	"net/http"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/views"
)

// startChat begins the handshake for the page that is about to be rendered. A
// handler calls it when it has its data, so that a page that turns out to be an
// error costs no token; the call runs while the page is rendered and sent.
//
// Who it is for comes from the session alone.
func (h *handlers) startChat(r *http.Request) *caramelo.Handshake {
	p := person(r)
	if h.Caramelo == nil || p == nil || r.Method == http.MethodHead {
		return nil
	}
	return h.Caramelo.Start(r.Context(), caramelo.Customer{ID: p.ID, Name: p.Name, Email: p.Email, Lang: p.Lang})
}

// tail joins the handshake once everything else of the page is out. What went
// wrong is in the log (see app) and the inspector; the page only says that it did.
func (h *handlers) tail(r *http.Request, chat *caramelo.Handshake) func(context.Context) views.Assistant {
	return func(context.Context) views.Assistant {
		began := time.Now()
		connection, err := chat.Join()
		held := time.Since(began)
		seen := observed(person(r), RequestID(r.Context()), r.URL.EscapedPath(), chat.Outcome())
		seen.Held, seen.ProjectID = held, connection.ProjectID
		h.handshakes.add(seen)
		if err != nil {
			return views.Assistant{}
		}
		return views.Assistant{Available: true, Token: connection.Token.Reveal(), ProjectID: connection.ProjectID, SDKURL: h.SDKURL.String()}
	}
}

func (h *handlers) assistantShow(w http.ResponseWriter, r *http.Request) error {
	return h.render(w, r, page{
		status: http.StatusOK, title: i18n.T(r.Context(), "title.assistant"), current: paths.Assistant,
		chat: h.startChat(r),
		body: views.AssistantPage(views.AssistantPageProps{Person: *person(r), Configured: h.Caramelo != nil}),
	})
}
