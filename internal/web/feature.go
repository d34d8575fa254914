package web

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"slices"

	"github.com/a-h/templ"
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/seal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/wire"
	"github.com/carameloai/intranet/views"
)

// Feature is a part of the intranet, with everything that belongs to it. A feature in
// features.Optional can be taken out: delete its folder, its migrations and its line
// there, and run make golden. A field that is left out adds nothing.
type Feature struct {
	Name string // of its folder and its migrations

	// Needs are parts that several features share, such as what all texts have in common.
	// Each part is there once, by its name, as long as a feature needs it. Of a part only
	// Texts, Style, Scripts and Nav count.
	Needs []Feature
	// Routes returns its pages and actions. It is called once, before the server answers
	// its first request.
	Routes func(*Server) []Route
	// Programs answers other programs below a path such as "/x/": without a session, a cookie
	// or a form. It finds out who asks.
	Programs func(*Server) (path string, answers http.Handler)
	// Nav are its entries in the navigation.
	Nav []views.Entry
	// PageLinks are what it adds to the head of pages of other features, by their
	// paths: see Server.PageLinks.
	PageLinks map[string][]views.Entry
	// Header is shown above the navigation, on every page for people who are signed in.
	Header templ.Component
	// Home adds to the home page. It queues its queries into the batch, which is the only
	// round trip of that page. When the batch is done, the function that it returned is
	// called and adds the cards. Home may return nil. What is the same for many people is a
	// store.Remembered.
	Home func(*store.Batch, *store.Person) func(*views.HomeProps)
	// Search are the kinds of things that it adds to the search.
	Search []store.Source

	// Actions are what it records in the audit trail. Each has a name in its texts, with
	// the key audit.action.<action>.
	Actions []store.Action
	// Texts holds en.json, pt.json and es.json.
	Texts fs.FS
	// Style is added to the style sheet.
	Style string
	// Scripts holds files *.js. Every page for people who are signed in loads them async.
	Scripts fs.FS
	// Observe is told what happens with the assistant on all pages.
	Observe Observer
	// Run is what it does beside the requests, until its context ends. No request waits for it.
	Run func(context.Context, *Server)

	// UserCommands are pointers to structs of kong commands, for `intranet user`. A
	// command's tag has its order among the others; its Run gets a Command.
	UserCommands []any
	// Mail are the kinds of mail that it sends: see Config.Mail.
	Mail []mail.Kind
	// Grants is SQL that says what the application's role, :"app", may do with its tables.
	Grants string
	// Personal is what its tables hold of people.
	Personal []personal.Table
	// Demo adds its part of the demo company. The people of the company are there already.
	Demo func(context.Context, pgx.Tx, store.Company) error
}

// PageLinks are what features add to the head of a page of another one.
func (s *Server) PageLinks(path string) (all []views.Entry) {
	for _, f := range s.features {
		all = append(all, f.PageLinks[path]...)
	}
	return all
}

// Command is what a command of a feature works with.
type Command struct {
	In       *os.File
	Out, Err io.Writer
	// Store calls f with the database of the settings, migrated.
	Store func(ctx context.Context, f func(context.Context, *store.Store) error) error
	// PublicURL reads a value of the setting PUBLIC_URL.
	PublicURL func(raw string) (*url.URL, error)
	Features  []Feature                   // of the program
	Seal      func() (seal.Sealer, error) // with the key of the settings, if there is one
}

// Observer is told what happens, with the assistant above all, on all pages. Each function may be
// nil. It may be called by many requests at once.
type Observer struct {
	// Answered is called at the end of each request, for the configuration's observer alone.
	Answered func(context.Context, *wire.Answered)
	// Handshake is called when a page's call to Caramelo has ended.
	Handshake func(Handshake)
	// Browser is called with what the browser of a page reported. id is that of the page's
	// handshake as the browser sent it, and p who sent it: it may be another person's.
	Browser func(id string, p *store.Person, seen Browser)
	// Violation is called when a browser reported what the policy made it block.
	Violation func(csp.Violation)
	// Dropped is called when reports of browsers came too fast and were not read.
	Dropped func()
}

// SignIn is the way in which people sign in, as the frame needs it.
type SignIn struct {
	Routes []Route
	Texts  fs.FS
	// Required returns the page that somebody must visit before they may do anything
	// else, such as the one on which they add a second factor. "" means none. It is nil if
	// there is no such page for anybody.
	Required func(context.Context) string
	// ConfirmedLately reports whether the person has confirmed so lately who they are
	// that they may make a sensitive change.
	ConfirmedLately func(context.Context) bool
	// Confirm asks the person to confirm who they are, and leads back to what they wanted
	// to do.
	Confirm Handler
	// ChangePassword changes the password of the person who is signed in, as they have
	// filled it in on the page of their account. If that is refused, it returns a status
	// and, in the reader's language, why.
	ChangePassword func(http.ResponseWriter, *http.Request, *store.Person) (status int, why string, err error)
}

// Texts returns the texts of the frame, of the features, and of the other file systems.
func Texts(features []Feature, others ...fs.FS) (*i18n.Texts, error) {
	for _, f := range withNeeds(features) {
		others = append(others, f.Texts)
	}
	return i18n.Load(others...)
}

// withNeeds returns the features, each after those of its parts that are not in the list
// before.
func withNeeds(features []Feature) (all []Feature) {
	for _, f := range features {
		for _, part := range f.Needs {
			if !slices.ContainsFunc(all, func(there Feature) bool { return there.Name == part.Name }) {
				all = append(all, part)
			}
		}
		all = append(all, f)
	}
	return all
}

// ChangePassword is that of SignIn.
func (s *Server) ChangePassword(w http.ResponseWriter, r *http.Request, p *store.Person) (int, string, error) {
	return s.signIn.ChangePassword(w, r, p)
}

// Demos returns what adds the features' parts of the demo company.
func Demos(features []Feature) (all []func(context.Context, pgx.Tx, store.Company) error) {
	for _, f := range features {
		if f.Demo != nil {
			all = append(all, f.Demo)
		}
	}
	return all
}

// Actions are all that can be in the audit trail, in the order in which its filter offers
// them.
func (s *Server) Actions() []store.Action {
	all := store.CoreActions
	for _, f := range s.features {
		all = append(all[:len(all):len(all)], f.Actions...)
	}
	return all
}
