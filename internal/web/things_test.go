package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/a-h/templ"
	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/forms"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
	"github.com/carameloai/intranet/views"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// The tests of the frame have a feature of their own: things, which editors add and
// admins delete.
const (
	index                = "/things"
	show   paths.Pattern = index + "/{id}"
	upload               = index + "/upload" // takes a large body
	remove paths.Pattern = "/admin/things/{id}/delete"
)

// maxUpload is how many bytes an upload may have.
const maxUpload = 1 << 20

func things() web.Feature { return web.Feature{Name: "things", Routes: thingRoutes, Texts: thingTexts} }

// thingTexts are the same in every language.
var thingTexts = func() fstest.MapFS {
	texts := &fstest.MapFile{Data: []byte(`{"notice.thing.added": "Added", "notice.thing.deleted": "Deleted"}`)}
	return fstest.MapFS{"en.json": texts, "pt.json": texts, "es.json": texts}
}()

func thingRoutes(s *web.Server) []web.Route {
	h := thingHandlers{s}
	return []web.Route{
		web.Get(index, web.Employees, h.index),
		web.Get(show, web.Employees, h.show),
		web.Post(index, web.Editors, h.create).Creating(),
		web.Post(upload, web.Editors, h.create).WithBody(maxUpload),
		web.Post(remove, web.Admins, h.remove).WithProof(),
	}
}

type thingHandlers struct{ *web.Server }

// thing is a row of the feature's table.
type thing struct{ ID, Name string }

func (h thingHandlers) index(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	rows, _ := h.Store.Pool.Query(r.Context(), `SELECT id::text, name FROM things ORDER BY id`)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[thing])
	if err != nil {
		return store.Wrap(err, "list the things")
	}
	list := func(w io.Writer) {
		for _, one := range all {
			fmt.Fprintf(w, `<p><a href="%s">%s</a></p>`, show.Of(one.ID), templ.EscapeString(one.Name))
		}
		if web.Editors.Allows(p) {
			fmt.Fprintf(w, `<form method="post" action="%s">%s<input name="name"/></form>`, index, key(r, index))
		}
	}
	return h.Render(w, r, page("Things", list))
}

// key is the key of a form that is posted to a path.
func key(r *http.Request, path string) string {
	return fmt.Sprintf(`<input type="hidden" name="%s" value="%s"/>`, forms.KeyField, forms.KeyFor(r.Context(), path))
}

// page is one with a heading and a body of text.
func page(title string, body func(io.Writer), more ...templ.Component) web.Page {
	text := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := fmt.Fprintf(w, "<h1>%s</h1>", templ.EscapeString(title))
		body(w)
		return err
	})
	return web.Page{Title: title, Current: index, Body: templ.Join(append([]templ.Component{text}, more...)...)}
}

func (h thingHandlers) show(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	one := thing{ID: r.PathValue("id")}
	if !store.ValidID(one.ID) {
		return store.ErrNotFound
	}
	err := h.Store.Pool.QueryRow(r.Context(), `SELECT name FROM things WHERE id = $1`, one.ID).Scan(&one.Name)
	if err != nil {
		return store.Wrap(err, "find the thing")
	}
	return h.Render(w, r, page(one.Name, func(w io.Writer) {
		fmt.Fprintf(w, `<p>For %s, who is an %s</p>`, p.ID, p.Role)
		if web.Admins.Allows(p) {
			fmt.Fprintf(w, `<form method="post" action="%s">%s</form>`, remove.Of(one.ID), key(r, remove.Of(one.ID)))
		}
	}, views.Questions(views.QuestionsProps{
		Title: one.Name, Path: show.Of(one.ID), Keys: []string{"title.home", "title.assistant"},
	})))
}

func (h thingHandlers) create(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	name := web.Field(r, "name")
	if name == "" || !store.Visible(name, 50) {
		form := page("Things", func(w io.Writer) {
			fmt.Fprintf(w, `<form method="post">%s<input name="name" value="%s"/></form>`,
				key(r, r.URL.Path), templ.EscapeString(name))
		})
		form.Status = http.StatusUnprocessableEntity
		return h.Render(w, r, form)
	}
	err := h.Store.Change(r.Context(), p, "add a thing", func(tx pgx.Tx) (store.Entry, error) {
		_, err := tx.Exec(r.Context(), `INSERT INTO things (name) VALUES ($1)`, name)
		return store.Entry{Action: "thing.added", Detail: name}, err
	})
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.thing.added", Next: index})
}

func (h thingHandlers) remove(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	id := r.PathValue("id")
	if !store.ValidID(id) {
		return store.ErrNotFound
	}
	err := h.Store.Administer(r.Context(), p, "delete the thing", func(tx pgx.Tx) (store.Entry, error) {
		tag, err := tx.Exec(r.Context(), `DELETE FROM things WHERE id = $1`, id)
		if err == nil && tag.RowsAffected() == 0 {
			err = store.ErrNotFound
		}
		return store.Entry{Action: "thing.deleted"}, err
	})
	if err != nil {
		return err
	}
	return h.Done(w, r, web.Flash{Text: "notice.thing.deleted", Next: index})
}

// fixture is what the tests of every feature need to know of the things, and of the pages
// of the frame itself.
var fixture = webtest.Fixture{
	Feature: things,
	Routes:  func(s *web.Server) []web.Route { return append(s.OwnRoutes(), thingRoutes(s)...) },
	Fill: func(i *webtest.Intranet) {
		i.Exec(`CREATE TABLE things (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL)`)
		i.Exec(`GRANT SELECT, INSERT, UPDATE, DELETE ON things TO PUBLIC`)
		i.Exec(`INSERT INTO things (name) VALUES ($1)`, `Lamp <i>"x"</i> </script><b>`)
	},
	Params: func(i *webtest.Intranet) map[string]string {
		id, _ := strings.CutPrefix(lamp(i), index+"/")
		return map[string]string{"/{$}": "", string(show): id, "/admin/things/{id}": id}
	},
	Forms: func(i *webtest.Intranet) map[string]url.Values {
		id, _ := strings.CutPrefix(lamp(i), index+"/")
		return map[string]url.Values{index: {"name": {"Chair"}}, remove.Of(id): {}, paths.ConsentGive: {}}
	},
}

func TestThings(t *testing.T) { webtest.Check(t, fixture) }

// lamp is the page of the thing that is there from the start.
func lamp(i *webtest.Intranet) string {
	i.T.Helper()
	return show.Of(i.Once(`SELECT id::text FROM things WHERE name LIKE 'Lamp%' LIMIT 1`))
}

// start runs an intranet with things, and with what more a test needs.
func start(t testing.TB, more ...web.Feature) *webtest.Intranet {
	t.Helper()
	return startWith(t, webtest.Options{}, more...)
}

func startWith(t testing.TB, o webtest.Options, more ...web.Feature) *webtest.Intranet {
	t.Helper()
	with := fixture
	with.Others = func() []web.Feature { return more }
	return with.Start(t, o)
}

// pages are all that somebody who is signed in may look at here.
func pages(i *webtest.Intranet) []string {
	return []string{paths.Home, paths.Assistant, index, lamp(i)}
}

// login is the form of a sign-in of Ana's.
func login(password string) url.Values {
	return url.Values{"email": {"ana@company.example"}, "password": {password}}
}

// routes is a feature of single routes.
func routes(all ...web.Route) web.Feature {
	return web.Feature{Name: "routes", Routes: func(*web.Server) []web.Route { return all }}
}
