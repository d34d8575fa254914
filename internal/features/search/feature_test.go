package search

import (
	"net/http"
	"testing"
	"testing/fstest"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// fixture is what the tests of every feature need to know of the search.
var fixture = webtest.Fixture{
	Feature: Feature,
	Others:  func() []web.Feature { return []web.Feature{shelf()} },
	Fill: func(i *webtest.Intranet) {
		i.Exec(`CREATE TABLE shelf (
			id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
			kind text NOT NULL, lang text NOT NULL, title text NOT NULL, body text NOT NULL,
			search tsvector NOT NULL GENERATED ALWAYS AS (search_vector(lang, title, body)) STORED)`)
		i.Exec(`CREATE INDEX shelf_search ON shelf USING gin (search)`)
		i.Exec(`GRANT SELECT ON shelf TO PUBLIC`)
		put(i, "notes", "pt", `Fair <i>"x"</i> </script><b>`,
			"<script>alert(1)</script> **bold** [bad](javascript:alert(1)) text")
	},
	Pages: func(*webtest.Intranet) []string {
		return []string{
			address(Filter{Query: "ana"}), address(Filter{Query: `</script>"`}), address(Filter{Query: "bold"}),
			address(Filter{Query: "fair", Kind: "notes"}), address(Filter{Query: "x", Kind: "memos"}),
			Results + "?q=bold",
		}
	},
}

func TestSearch(t *testing.T) { webtest.Check(t, fixture) }

// start runs an intranet with a note in it.
func start(t testing.TB) *webtest.Intranet { return fixture.Start(t, webtest.Options{}) }

// shelf stands for the features that contribute to the search: it has notes and memos.
func shelf() web.Feature {
	source := func(kind string) store.Source {
		return store.Source{Kind: kind, Page: "/" + kind + "/{id}", Hits: `
			SELECT s.id::text, s.lang, s.title, s.body AS text, ts_rank(s.search, q.query) AS rank
			FROM q JOIN shelf s ON s.lang = q.lang AND s.search @@ q.query WHERE s.kind = '` + kind + `'`}
	}
	show := func(s *web.Server) web.Handler {
		return func(w http.ResponseWriter, r *http.Request, _ *store.Person) error {
			return s.Render(w, r, web.Page{Title: r.PathValue("id"), Body: templ.Raw("<h1>Shown</h1>")})
		}
	}
	names := &fstest.MapFile{Data: []byte(`{"search.kind.notes": "Notes", "search.kind.memos": "Memos"}`)}
	return web.Feature{
		Name: "shelf", Search: []store.Source{source("notes"), source("memos")},
		Texts: fstest.MapFS{"en.json": names, "pt.json": names, "es.json": names},
		Routes: func(s *web.Server) []web.Route {
			return []web.Route{
				web.Get("/notes/{id}", web.Employees, show(s)), web.Get("/memos/{id}", web.Employees, show(s)),
			}
		},
	}
}

// put adds something to find.
func put(i *webtest.Intranet, kind, lang, title, body string) {
	i.T.Helper()
	i.Exec(`INSERT INTO shelf (kind, lang, title, body) VALUES ($1, $2, $3, $4)`, kind, lang, title, body)
}
