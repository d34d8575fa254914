package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// page is one answer in HTML.
type page struct {
	status  int
	title   string              // in the reader's language
	current string              // path of the navigation entry that is current
	chat    *caramelo.Handshake // joined at the tail; nil: no assistant on this page
	body    templ.Component
}

// render writes p inside the layout. An error means that nothing was written
// yet, so that there can still be an error page.
func (h *handlers) render(w http.ResponseWriter, r *http.Request, p page) error {
	// The notice is taken now: behind the first byte the session cannot change.
	props := views.Page{Title: p.title, Person: person(r), Current: p.current, Sandbox: h.Sandbox, Notice: h.notice(r), Posted: r.Method == http.MethodPost}
	if p.chat != nil {
		props.Assistant, props.Handshake = h.tail(r, p.chat), RequestID(r.Context())
	}
	out := &pageWriter{w: w, status: p.status, chat: p.chat, head: r.Method == http.MethodHead}
	// templ stops in the middle of a page when its context ends. The deadline is
	// for the data and the handshake; what they brought is always written.
	ctx := context.WithoutCancel(r.Context())
	if err := views.Layout(props).Render(templ.WithChildren(ctx, p.body), out); err != nil {
		if !out.started {
			return fmt.Errorf("render %q: %w", r.Pattern, err)
		}
		// Half a page is out: it must not look whole.
		h.Log.LogAttrs(ctx, slog.LevelError, "a page broke off", slog.String("pattern", r.Pattern), slog.Any("error", err))
		panic(http.ErrAbortHandler)
	}
	out.finish()
	return nil
}

// notice takes what the page before wanted to be said. There is none outside the
// sessions, where some error pages are made.
func (h *handlers) notice(r *http.Request) string {
	if r.Context().Value(inSessionKey{}) == nil {
		return ""
	}
	return h.sessions.PopString(r.Context(), noticeKey)
}

// pageWriter collects a page. When the layout flushes, at its tail, everything
// so far goes out, unless the token is there already: then the page leaves in
// one piece with its length. Up to that moment an error can still become an
// error page.
type pageWriter struct {
	w       http.ResponseWriter
	status  int
	chat    *caramelo.Handshake
	head    bool
	buffer  bytes.Buffer
	started bool
}

// Write keeps NUL out, which HTML cannot hold: it may be in a form that is shown
// again. Browsers show U+FFFD for it.
func (p *pageWriter) Write(b []byte) (int, error) {
	p.buffer.Write(bytes.ReplaceAll(b, []byte{0}, []byte("\uFFFD")))
	return len(b), nil
}

// Flush has no result on purpose: templ passes over a writer whose Flush
// returns an error.
func (p *pageWriter) Flush() {
	if p.chat == nil {
		return
	}
	select {
	case <-p.chat.Done():
	default:
		p.send()
		// Without a client there is nobody to flush to, and the context says so.
		_ = http.NewResponseController(p.w).Flush()
	}
}

// finish sends what is left.
func (p *pageWriter) finish() {
	if !p.started && !p.head {
		p.w.Header().Set("Content-Length", strconv.Itoa(p.buffer.Len()))
	}
	p.send()
}

func (p *pageWriter) send() {
	if !p.started {
		p.started = true
		p.w.Header().Set("Content-Type", "text/html; charset=utf-8")
		p.w.WriteHeader(p.status)
	}
	_, _ = p.w.Write(p.buffer.Bytes()) // fails only where the client has left
	p.buffer.Reset()
}

// done leads on to a page that says what was done. notice is the key of its
// text.
func (h *handlers) done(w http.ResponseWriter, r *http.Request, notice, next string) error {
	h.sessions.Put(r.Context(), noticeKey, notice)
	return redirect(w, r, next)
}

// settled leads on like done, or back with another notice where the change does
// not fit what is stored by now: ErrConflict.
func (h *handlers) settled(w http.ResponseWriter, r *http.Request, err error, notice, next, conflict, back string) error {
	if errors.Is(err, store.ErrConflict) {
		return h.done(w, r, conflict, back)
	}
	if err != nil {
		return err
	}
	return h.done(w, r, notice, next)
}

// redirect leads on by GET, to a path of ours: package paths has built it, or let
// it through (Local).
func redirect(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther) // #nosec G710 -- see above
	return nil
}
