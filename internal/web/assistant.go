package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

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

// States are the words of Browser.State, from well to not at all.
var States = []string{"connected", "loaded", "lost", "ended", "blocked", "slow", "failed"}

// State is one word for what a page's browser saw of the assistant last; "" for nothing.
// What is blocked counts only where the chat is not known to work: it may be a browser
// extension's.
func (b Browser) State() string {
	switch {
	case b.Socket != "":
		return map[string]string{"online": "connected", "offline": "lost", "ended": "ended"}[b.Socket]
	case len(b.Blocked) > 0:
		return "blocked"
	}
	return b.SDK // a script may say nothing of its connection
}

func (s *Server) assistantShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	return s.Render(w, r, Page{
		Title: i18n.T(r.Context(), "title.assistant"), Current: paths.Assistant, Asks: true,
		Body: views.AssistantPage(views.AssistantPageProps{
			Person: *p, Configured: s.Caramelo != nil, AskFirst: s.AskFirst, Consent: s.ConsentForm(r),
		}),
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
		seen.Blocked = append(seen.Blocked, csp.Directive(directive))
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
