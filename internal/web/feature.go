package web

import (
	"context"
	"io/fs"
	"net/http"
	"slices"

	"github.com/a-h/templ"
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// Feature is a part of the intranet, with everything that belongs to it. One that
// is in features.Optional can be taken out: delete its folder, its migrations and
// its line there, then make golden. A field that is left out adds nothing.
type Feature struct {
	Name string // of its folder and its migrations

	// Needs are parts that several features share, such as what all texts have in
	// common. Each is there once, by its name, as long as a feature needs it.
	Needs []Feature
	// Routes are its pages and actions. It is called once, before the server
	// answers its first request.
	Routes func(*Server) []Route
	// Nav are its entries of the navigation.
	Nav []views.Entry
	// Header is shown above the navigation, on every page of who is signed in.
	Header templ.Component
	// Home queues what it needs for the home page into that page's one round trip.
	// What it returns adds its cards afterwards; Home may return nil.
	Home func(*pgx.Batch, *store.Person) func(*views.HomeProps)
	// Search are the kinds of things that it adds to the search.
	Search []store.Source

	// Actions are what it records in the audit trail. Its texts have a name for
	// each: audit.action.<action>.
	Actions []store.Action
	// Texts holds en.json, pt.json and es.json.
	Texts fs.FS
	// Style is its part of the style sheet.
	Style string
	// Scripts holds files *.js, which every page of who is signed in loads async.
	Scripts fs.FS
	// Observe is told what happens on pages of other features.
	Observe Observer

	// UserCommands are structs of kong commands, for `intranet user`.
	UserCommands []any
	// Grants is SQL: what the application's role, :"app", may do with its tables.
	Grants string
	// Demo adds its part of the demo company, whose people are there already.
	Demo func(context.Context, pgx.Tx, store.Company) error
	// Sweep removes what has expired. It is called every quarter of an hour.
	Sweep func(context.Context, *store.Store) error
}

// Observer is told what happens with the assistant on all pages. Each function
// may be nil, and is called from many requests at once.
type Observer struct {
	Handshake func(Handshake)                                // a page's call to Caramelo has ended
	Browser   func(id string, p *store.Person, seen Browser) // what the browser of that handshake's page saw
	Violation func(Violation)                                // a browser reported what the policy made it block
	Dropped   func()                                         // reports came too fast, and were not read
}

// SignIn is what the frame asks of the way in which people sign in.
type SignIn struct {
	Routes []Route
	Texts  fs.FS
	// Required returns where somebody has to go before they may do anything else,
	// such as to the page of the second factor that they must add; "" for nowhere.
	Required func(session store.Session) string
	// ConfirmedLately reports whether the person has proved so lately that it is
	// them that they may make a sensitive change.
	ConfirmedLately func(context.Context) bool
	// Confirm asks for such a proof, and leads back to what was to be done.
	Confirm Handler
	// ChangePassword changes the password of who is signed in, as they filled it in
	// at their account. Where that is refused it returns a status, and in the
	// reader's language why.
	ChangePassword func(http.ResponseWriter, *http.Request, *store.Person) (status int, why string, err error)
}

// Texts are those of the frame, of the features, and of the other file systems.
func Texts(features []Feature, others ...fs.FS) (*i18n.Texts, error) {
	for _, f := range withNeeds(features) {
		others = append(others, f.Texts)
	}
	return i18n.Load(others...)
}

// withNeeds are the features, each behind the parts that it needs and that are not
// there yet.
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

// ChangePassword is that of the sign-in.
func (s *Server) ChangePassword(w http.ResponseWriter, r *http.Request, p *store.Person) (int, string, error) {
	return s.signIn.ChangePassword(w, r, p)
}

// Demos add what the features have of the demo company.
func Demos(features []Feature) (all []func(context.Context, pgx.Tx, store.Company) error) {
	for _, f := range features {
		if f.Demo != nil {
			all = append(all, f.Demo)
		}
	}
	return all
}

// Actions are all that the audit trail can tell of, in the order in which a filter
// offers them.
func (s *Server) Actions() []store.Action {
	all := store.CoreActions
	for _, f := range s.features {
		all = append(all[:len(all):len(all)], f.Actions...)
	}
	return all
}
