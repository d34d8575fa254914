// Package news is the announcements: editors write them in several languages, for
// everyone or for some departments, and ask people to confirm that they have read
// them.
package news

import (
	"embed"

	"github.com/carameloai/intranet/internal/content"
	"github.com/carameloai/intranet/internal/mail"
	"github.com/carameloai/intranet/internal/markdown"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/personal"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/views"
)

// The pages and actions of news.
const (
	Index                           = "/news"
	New                             = "/news/new"
	Show              paths.Pattern = Index + "/{slug}"
	Edit              paths.Pattern = Show + "/edit"
	DeleteTranslation paths.Pattern = Show + "/translation/delete"
	Unpublish         paths.Pattern = Show + "/unpublish"
	Delete            paths.Pattern = Show + "/delete"
	Acknowledgement   paths.Pattern = Show + "/acknowledgement"
	Acknowledgements  paths.Pattern = Show + "/acknowledgements"
	Confirmed         paths.Pattern = Acknowledgements + "/text"
	Export            paths.Pattern = Acknowledgements + "/export"
)

// What is recorded of news. Who has read it is not: see content.Statements.
const (
	Created     store.Action = "news.created"
	Changed     store.Action = "news.changed"
	Published   store.Action = "news.published" // or it will be, at a time
	Unpublished store.Action = "news.unpublished"
	Deleted     store.Action = "news.deleted"
	Exported    store.Action = "news.exported" // who has confirmed it
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature returns the news.
func Feature() web.Feature {
	return web.Feature{
		Name:    "news",
		Needs:   []web.Feature{content.Feature()},
		Routes:  routes,
		Nav:     []views.Entry{{Order: 100, Path: Index, Icon: "news", Text: "nav.news"}},
		Home:    home,
		Search:  []store.Source{{Kind: "news", Page: string(Show), Hits: hits}},
		Actions: []store.Action{Created, Changed, Published, Unpublished, Deleted, Exported},
		Mail:    []mail.Kind{mustRead},
		Texts:   texts,
		Style:   style,
		Demo:    demo,
		Grants: `
GRANT SELECT, INSERT, UPDATE, DELETE ON news, news_texts TO :"app";
GRANT SELECT, INSERT, DELETE ON news_departments TO :"app";
GRANT SELECT, INSERT ON news_confirmed TO :"app"; -- goes with its article, and with nothing else
GRANT SELECT, INSERT ON news_acknowledgements TO :"app"; -- goes with its article, and with nothing else
`,
		Personal: []personal.Table{{
			Name: "news", Table: "news", Person: []string{"author_id"}, Stays: true,
			Export: `SELECT n.*, (
					SELECT json_agg(json_build_object('lang', lang, 'title', title, 'summary', summary, 'body', body))
					FROM news_texts t WHERE t.news_id = n.id) AS texts
				FROM news n WHERE n.author_id = $1 ORDER BY n.published_at, n.id`,
		}, {
			Name: "news_confirmed", Table: "news_acknowledgements", Person: []string{"person_id"},
			Export: `SELECT a.*, c.lang, c.title, c.summary, c.body
				FROM news_acknowledgements a JOIN news_confirmed c USING (news_id, edition, digest)
				WHERE a.person_id = $1 ORDER BY a.at`,
		}},
	}
}

// handlers answer the routes; those that all kinds of texts have are content's.
type handlers struct {
	content.Handlers
	articles articles
}

func routes(s *web.Server) []web.Route {
	articles := articles{content.Store{Store: s.Store, Kind: kind, Mail: s.Mail}}
	h := handlers{articles: articles, Handlers: content.Handlers{
		Server: s, Texts: articles.Store, Markdown: markdown.New(), Open: articles.open,
	}}
	return []web.Route{
		web.Get(Index, web.Employees, h.index),
		web.Get(New, web.Editors, h.New),
		web.Post(Index, web.Editors, h.Create).Creating(),
		web.Get(Show, web.Employees, h.show),
		web.Post(Show, web.Editors, web.OrNew(h.Update, h.Gone)),
		web.Get(Edit, web.Editors, h.Edit),
		web.Post(DeleteTranslation, web.Editors, h.DeleteTranslation),
		web.Post(Unpublish, web.Editors, h.unpublish),
		web.Post(Delete, web.Editors, h.delete),
		web.Post(Acknowledgement, web.Employees, h.Acknowledge),
		web.Get(Acknowledgement, web.Employees, h.Mine),
		web.Get(Acknowledgements, web.Editors, h.Acknowledgements),
		web.Get(Confirmed, web.Editors, h.Confirmed),
		web.Post(Export, web.Editors, h.Export),
	}
}
