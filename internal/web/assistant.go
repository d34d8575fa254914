package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// startChat starts the handshake for a page that is about to be rendered. It returns nil
// for a page without the assistant. The customer comes from the session, and from
// nothing that the browser sends.
func (s *Server) startChat(r *http.Request, page Page) *caramelo.Handshake {
	p := person(r)
	if s.Caramelo == nil || p == nil || page.NoAssistant || r.Method == http.MethodHead {
		return nil
	}
	return s.Caramelo.Start(r.Context(), caramelo.Customer{ID: p.ID, Name: p.Name, Email: p.Email, Lang: p.Lang})
}

// joinChat returns what waits for the handshake. The layout calls it after everything
// else of the page has been sent. If the handshake fails, the reason is logged (see
// package app) and goes to the observers; the page says only that there is no assistant.
func (s *Server) joinChat(r *http.Request, chat *caramelo.Handshake) func(context.Context) views.Assistant {
	return func(context.Context) views.Assistant {
		began := time.Now()
		connection, err := chat.Join()
		s.observe(func(o Observer) {
			if o.Handshake != nil {
				o.Handshake(Handshake{
					ID: RequestID(r.Context()), Person: person(r), Page: r.URL.EscapedPath(),
					Outcome: chat.Outcome(), Held: time.Since(began), ProjectID: connection.ProjectID,
				})
			}
		})
		if err != nil {
			return views.Assistant{}
		}
		return views.Assistant{
			Available: true, Token: connection.Token.Reveal(), ProjectID: connection.ProjectID,
			SDKURL: s.SDKURL.String(),
		}
	}
}

// Handshake is a call to Caramelo for one page, for observers. It holds neither the
// secret nor the token.
type Handshake struct {
	ID        string // of the page's request, as in the log
	Person    *store.Person
	Page      string // path; it shares memory with the request, so clone what you keep
	Outcome   caramelo.Outcome
	Held      time.Duration // how long the page waited for it
	ProjectID string
}

// Browser is what a page's browser reported of the assistant, in known words.
type Browser struct {
	SDK     string   // loaded, failed or slow; "" if not reported
	Socket  string   // online, offline or ended; "" if not reported
	Blocked []string // directives of the Content-Security-Policy
}

// observe calls tell with the observer of each feature.
func (s *Server) observe(tell func(Observer)) {
	for _, f := range s.features {
		tell(f.Observe)
	}
}

func (s *Server) assistantShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return s.Render(w, r, Page{
		Title: i18n.T(r.Context(), "title.assistant"), Current: paths.Assistant,
		Body: views.AssistantPage(views.AssistantPageProps{Person: *p, Configured: s.Caramelo != nil}),
	})
}

// Limits of what a browser reports of its page.
const (
	maxStateBytes = 1 << 10
	maxBlocked    = 8 // directives
)

// browserReport takes what a page's browser reports of the assistant: see
// static/reports.js. Words that are not known are dropped.
func (s *Server) browserReport(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	seen := Browser{
		SDK:    known(r.PostForm.Get("sdk"), "loaded", "failed", "slow"),
		Socket: known(r.PostForm.Get("socket"), "online", "offline", "ended"),
	}
	blocked := r.PostForm["blocked"]
	for _, directive := range blocked[:min(len(blocked), maxBlocked)] {
		seen.Blocked = append(seen.Blocked, pick(directives, directive))
	}
	seen.Blocked = slices.Compact(slices.Sorted(slices.Values(seen.Blocked)))
	s.observe(func(o Observer) {
		if o.Browser != nil {
			o.Browser(r.PostForm.Get("handshake"), p, seen)
		}
	})
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// known returns word if it is one of words, and "" otherwise.
func known(word string, words ...string) string {
	if i := slices.Index(words, word); i >= 0 {
		return words[i]
	}
	return ""
}
