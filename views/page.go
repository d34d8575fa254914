package views

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/static"
)

// Page is what the layout needs to know of a page.
type Page struct {
	Title   string        // in the reader's language
	Person  *store.Person // who is signed in; nil: nobody
	Current string        // path of the navigation entry that is current; "" for none
	Sandbox bool          // every page says that its assistant is a sandbox
	Notice  string        // key of what the page before wants to be said; "" for nothing
	Posted  bool          // it answers a form: asking for it again would send the form again
	// Elsewhere says that the assistant is on the other pages: this one has a secret.
	Elsewhere bool
	Links     static.Links
	Nav       []Entry           // of the navigation, in order
	Header    []templ.Component // above the navigation
	// Handshake is the id with which the page's browser reports what became of the
	// assistant; "" for a page without one.
	Handshake string
	// Consent is the question in place of the assistant; nil for none.
	Consent *ConsentForm
	// Open says how the page opens the vendor's chat: event:NAME or function:path.of.window;
	// "" where nobody knows.
	Open string
	// Assistant joins the handshake that was started before the page was rendered, and
	// blocks until its outcome. It is called once, after everything above the tail was
	// flushed. It is nil for a page without an assistant.
	Assistant func(ctx context.Context) Assistant
}

// Entry is an entry of the navigation.
type Entry struct {
	Order int // among the others
	Path  string
	Icon  string
	Text  string // key
	Admin bool   // for administration: only admins see it
}

// Assistant is the outcome of a page's handshake: what its tail writes.
type Assistant struct {
	Available bool // false: a notice instead of the chat
	Token     string
	ProjectID string
	SDKURL    string
	Expires   time.Time // of the token; zero: not known
}
