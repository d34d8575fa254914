package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/wire"
	"github.com/carameloai/intranet/views"
)

// Page is one answer in HTML.
type Page struct {
	Status  int    // 0 is 200
	Title   string // in the reader's language
	Current string // path of the navigation entry that is current
	Body    templ.Component
	// NoAssistant is for pages that must cost no token, such as error pages.
	NoAssistant bool
	// Asks is for pages that ask by themselves whether the assistant may be told about somebody.
	Asks bool
	// Secret is for pages that show or take a password, a code or a one-time link. The
	// vendor's script does not run there, and the page says where the assistant is.
	Secret bool
}

// Render writes a page. A handler calls it when it has its data, so that a page
// which turns out to be an error costs no token.
//
// The page never waits for the assistant. Render starts the call to Caramelo and
// renders the layout meanwhile. At its end the layout flushes: all that is there
// goes to the browser. Only then the layout's last part joins the call, and writes
// the token or a notice. See wire.Page.
//
// An error means that nothing was written yet, so that there can still be an error
// page.
func (s *Server) Render(w http.ResponseWriter, r *http.Request, p Page) error {
	began, note := time.Now(), wire.AnswerOf(r.Context())
	layout := s.layout(r, p)
	out := &wire.Page{To: w, Request: r, Status: max(p.Status, http.StatusOK), Plain: p.Secret}
	chat := s.startChat(w, r, p) // runs while the page is rendered and sent
	if chat != nil {
		layout.Handshake = RequestID(r.Context())
		layout.Assistant = s.joinChat(r, chat)
		out.Waits = chat.Done()
	}
	// templ stops in the middle of a page when its context ends. The deadline is
	// for the data and the handshake; what they brought is always written.
	ctx := templ.WithChildren(context.WithoutCancel(r.Context()), p.Body)
	if err := views.Layout(layout).Render(ctx, out); err != nil {
		if !out.Sent() {
			return fmt.Errorf("render %q: %w", r.Pattern, err)
		}
		// Half a page is out: it must not look whole.
		s.Log.LogAttrs(ctx, slog.LevelError, "a page broke off",
			slog.String("pattern", r.Pattern), slog.Any("error", err))
		panic(http.ErrAbortHandler)
	}
	out.Close()
	note.Render = time.Since(began) - note.Tail - note.Send
	return nil
}

// layout is what stands around a page's body.
func (s *Server) layout(r *http.Request, p Page) views.Page {
	layout := views.Page{
		Title: p.Title, Person: person(r), Current: p.Current, Sandbox: s.Sandbox, Links: s.assets.Links, Open: s.Open,
		// It is taken now: after the first byte is sent, the session can no longer change.
		Notice: s.flash(r),
		Posted: r.Method == http.MethodPost, Elsewhere: p.Secret && s.Caramelo != nil && person(r) != nil,
	}
	if !p.NoAssistant && !p.Secret && !p.Asks {
		layout.Consent = s.ConsentForm(r)
	}
	if layout.Person != nil {
		layout.Nav = s.nav
		for _, f := range s.features {
			if f.Header != nil {
				layout.Header = append(layout.Header, f.Header)
			}
		}
	}
	return layout
}

// flash takes the key of the flash out of the session. Some error pages are made before
// the session is read; they have none.
func (s *Server) flash(r *http.Request) string {
	if r.Context().Value(inSessionKey{}) == nil {
		return ""
	}
	return s.sessions.PopString(r.Context(), flashKey)
}

// flashKey is the session's value for the text key of a flash.
const flashKey = "notice"

// startChat starts the handshake for a page that is about to be rendered. It returns nil
// for a page without the assistant. The customer comes from the session, and from
// nothing that the browser sends. Only a page with the assistant may load the vendor's
// script: it is none for somebody who has yet to agree.
func (s *Server) startChat(w http.ResponseWriter, r *http.Request, page Page) *caramelo.Handshake {
	p, nonce := person(r), templ.GetNonce(r.Context())
	if s.Caramelo == nil || p == nil || page.NoAssistant || page.Secret || s.ConsentForm(r) != nil {
		allow(w, nonce, s.policy) // again: it may be the error page of one with the assistant
		return nil
	}
	allow(w, nonce, s.chatPolicy)
	if r.Method == http.MethodHead {
		return nil
	}
	return s.Caramelo.Start(r.Context(), caramelo.Customer{ID: p.ID, Name: p.Name, Email: p.Email, Lang: p.Lang})
}

// ConsentForm returns the question that a page asks in place of the assistant: nil where there
// is no assistant, where nobody has to be asked, and for who has said yes.
func (c Config) ConsentForm(r *http.Request) *views.ConsentForm {
	session := store.SessionOf(r.Context())
	if c.Caramelo == nil || !c.AskFirst || session.Person == nil || !session.ConsentedAt.IsZero() {
		return nil
	}
	form := &views.ConsentForm{Next: r.URL.RequestURI(), Vendor: c.VendorPrivacy, Company: c.CompanyPrivacy}
	if r.Method == http.MethodPost {
		form.Next, form.NewTab = paths.Assistant, true
	}
	return form
}

// allow sets the Content-Security-Policy of an answer.
func allow(w http.ResponseWriter, nonce, policy string) {
	w.Header().Set("Content-Security-Policy", strings.ReplaceAll(policy, "{nonce}", nonce))
}

// joinChat returns what waits for the handshake. The layout calls it after everything
// else of the page has been sent. If the handshake fails, the reason is logged (see
// package app) and goes to the observers; the page says only that there is no assistant.
func (s *Server) joinChat(r *http.Request, chat *caramelo.Handshake) func(context.Context) views.Assistant {
	return func(context.Context) views.Assistant {
		began := time.Now()
		connection, err := chat.Join()
		held := time.Since(began)
		wire.AnswerOf(r.Context()).Tail = held
		s.observe(func(o Observer) {
			if o.Handshake != nil {
				o.Handshake(Handshake{
					ID: RequestID(r.Context()), Person: person(r), Page: r.URL.EscapedPath(),
					Outcome: chat.Outcome(), Held: held, ProjectID: connection.ProjectID,
				})
			}
		})
		if err != nil {
			return views.Assistant{}
		}
		return views.Assistant{
			Available: true, Token: connection.Token.Reveal(), ProjectID: connection.ProjectID,
			SDKURL: s.Policy.Script.String(), Expires: chat.Outcome().Answer.Expires,
		}
	}
}

// observe calls tell with the observer of the configuration and of each feature.
func (s *Server) observe(tell func(Observer)) {
	tell(s.Observe)
	for _, f := range s.features {
		tell(f.Observe)
	}
}
