package web

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
)

// redirectToLogin sends somebody who is signed out to the sign-in page. After a GET that
// page leads back to where they wanted to go. A form cannot be sent again: after a POST
// the page says what became of it, and leads back to the page of the form.
func (s *Server) redirectToLogin(w http.ResponseWriter, r *http.Request) {
	to := paths.Login
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		to = paths.LoginNext(paths.Local(r.URL.RequestURI()))
	} else if r.URL.Path != paths.Logout {
		ended := paths.EndedLost
		if newDrafts(s).keep(r) {
			ended = paths.EndedKept
		}
		to = paths.LoginEnded(formPage(s.mux, r), ended)
	}
	http.Redirect(w, r, to, http.StatusSeeOther) // #nosec G710 -- our sign-in page, whose next is paths.Local
}

// PageFor is the page that a browser can show for a path: the path itself, or, if it is that
// of a file, the one above it. A browser that is led to a file stays where it is.
func PageFor(s *Server, local string) string {
	u, err := url.Parse(local)
	if err != nil {
		return paths.Home
	}
	_, pattern := s.mux.Handler(&http.Request{Method: http.MethodGet, URL: u})
	for _, route := range s.routes {
		if route.File && route.Method+" "+route.Path == pattern {
			return path.Dir(u.Path)
		}
	}
	return local
}

// formPage is the page on which a form was filled in, or the home page.
func formPage(mux *http.ServeMux, r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil {
		return paths.Home
	}
	if _, page := mux.Handler(&http.Request{Method: http.MethodGet, URL: from}); page == "" {
		return paths.Home // it was the answer to a form, which has no page of its own
	}
	return paths.Local(from.RequestURI())
}

// redirectSlash redirects a path that ends with a slash to the page without it, if there is
// one. Whoever is signed out is asked to sign in there. It reports whether it has.
func redirectSlash(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) bool {
	to := url.URL{Path: strings.TrimRight(r.URL.Path, "/"), RawQuery: r.URL.RawQuery}
	// An escaped path stays as it is: its slash may be one that is escaped.
	plain := r.URL.RawPath == "" && to.Path == path.Clean(r.URL.Path) && to.Path != r.URL.Path
	if !plain || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	if _, page := mux.Handler(&http.Request{Method: r.Method, URL: &to}); page == "" {
		return false
	}
	http.Redirect(w, r, to.RequestURI(), http.StatusPermanentRedirect) // #nosec G710 -- a path of our table
	return true
}

// Flash is a message that the next page shows once, and which page that is.
type Flash struct {
	Text string // key
	Next string // path
}

// Done redirects to a page that says what was done.
func (s *Server) Done(w http.ResponseWriter, r *http.Request, flash Flash) error {
	s.sessions.Put(r.Context(), flashKey, flash.Text)
	return Redirect(w, r, flash.Next)
}

// Settle redirects like Done after a change. Where err is store.ErrConflict, which says
// that somebody else changed the thing meanwhile, it redirects to conflict.
func (s *Server) Settle(w http.ResponseWriter, r *http.Request, err error, done, conflict Flash) error {
	if errors.Is(err, store.ErrConflict) {
		return s.Done(w, r, conflict)
	}
	if err != nil {
		return err
	}
	return s.Done(w, r, done)
}

// Redirect makes the browser get another page. to must be a path of ours: one that
// package paths has built, or has let through (paths.Local).
func Redirect(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther) // #nosec G710 -- see above
	return nil
}

// Fragment writes a part of a page by itself, for a script. It makes no handshake.
func Fragment(w http.ResponseWriter, r *http.Request, body templ.Component) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return body.Render(r.Context(), w)
}
