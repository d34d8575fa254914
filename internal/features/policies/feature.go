// Package policies is the company's handbook: editors keep its policies by category
// and in several languages, review them, and ask people to confirm that they have
// read them.
package policies

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

// The pages and actions of policies.
const (
	Index                           = "/policies"
	New                             = "/policies/new"
	Show              paths.Pattern = Index + "/{slug}"
	Edit              paths.Pattern = Show + "/edit"
	DeleteTranslation paths.Pattern = Show + "/translation/delete"
	Publish           paths.Pattern = Show + "/publish"
	Unpublish         paths.Pattern = Show + "/unpublish"
	Review            paths.Pattern = Show + "/review"
	Delete            paths.Pattern = Show + "/delete"
	Acknowledgement   paths.Pattern = Show + "/acknowledgement"
	Acknowledgements  paths.Pattern = Show + "/acknowledgements"
	Confirmed         paths.Pattern = Acknowledgements + "/text"
	Export            paths.Pattern = Acknowledgements + "/export"
	Categories                      = "/policy-categories"
	RenameCategory    paths.Pattern = Categories + "/{slug}"
	DeleteCategory    paths.Pattern = RenameCategory + "/delete"
)

// What is recorded of policies. Who has read one is not: see content.Statements.
const (
	Created         store.Action = "policy.created"
	Changed         store.Action = "policy.changed"
	Published       store.Action = "policy.published"
	Unpublished     store.Action = "policy.unpublished"
	Reviewed        store.Action = "policy.reviewed"
	Deleted         store.Action = "policy.deleted"
	Exported        store.Action = "policy.exported" // who has confirmed it
	CategorySet     store.Action = "policy.category" // added or renamed
	CategoryDeleted store.Action = "policy.category.deleted"
)

//go:embed en.json pt.json es.json
var texts embed.FS

//go:embed style.css
var style string

// Feature returns the policies.
func Feature() web.Feature {
	return web.Feature{
		Name:   "policies",
		Needs:  []web.Feature{content.Feature()},
		Routes: routes,
		Nav:    []views.Entry{{Order: 300, Path: Index, Icon: "book", Text: "nav.policies"}},
		Home:   home,
		Search: []store.Source{{Kind: "policies", Page: string(Show), Hits: hits}},
		Actions: []store.Action{
			Created, Changed, Published, Unpublished, Reviewed, Deleted, Exported, CategorySet, CategoryDeleted,
		},
		Mail:  []mail.Kind{mustRead, reviewDue},
		Texts: texts,
		Style: style,
		Demo:  demo,
		Grants: `
GRANT SELECT, INSERT, UPDATE, DELETE ON policy_categories TO :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON policies TO :"app";
GRANT SELECT, INSERT, UPDATE, DELETE ON policies_texts TO :"app";
GRANT SELECT, INSERT ON policies_confirmed TO :"app"; -- goes with its policy, and with nothing else
GRANT SELECT, INSERT ON policies_acknowledgements TO :"app"; -- goes with its policy, and with nothing else
`,
		Personal: []personal.Table{{
			Name: "policies", Table: "policies", Person: []string{"owner_id"}, Stays: true,
			Export: `SELECT p.*, (SELECT json_object_agg(lang, title) FROM policies_texts t WHERE t.policy_id = p.id) AS titles
				FROM policies p WHERE p.owner_id = $1 ORDER BY p.created_at, p.id`,
		}, {
			Name: "policies_confirmed", Table: "policies_acknowledgements", Person: []string{"person_id"},
			Export: `SELECT a.*, c.lang, c.title, c.summary, c.body
				FROM policies_acknowledgements a JOIN policies_confirmed c USING (policy_id, edition, digest)
				WHERE a.person_id = $1 ORDER BY a.at`,
		}},
	}
}

// home adds the policies that the reader has yet to confirm to the home page.
func home(batch *store.Batch, p *store.Person) func(*views.HomeProps) {
	var due []unconfirmed
	batch.Queue(listDue, p.Lang, store.NullText(p.ID)).Query(store.Collect(&due))
	return func(home *views.HomeProps) {
		for _, d := range due {
			home.Due = append(home.Due, views.DueItem{
				Title: d.Title, Lang: d.Lang, Path: Show.Of(d.Slug), Kind: "policies.one",
			})
		}
	}
}

// handlers answer the routes; those that all kinds of texts have are content's.
type handlers struct {
	content.Handlers
	handbook handbook
}

func routes(s *web.Server) []web.Route {
	handbook := handbook{content.Store{Store: s.Store, Kind: kind, Mail: s.Mail}}
	h := handlers{handbook: handbook, Handlers: content.Handlers{
		Server: s, Texts: handbook.Store, Markdown: markdown.New(), Open: handbook.open,
	}}
	return []web.Route{
		web.Get(Index, web.Employees, h.index),
		web.Get(New, web.Editors, h.New),
		web.Post(Index, web.Editors, h.Create).Creating(),
		web.Get(Show, web.Employees, h.show),
		web.Post(Show, web.Editors, web.OrNew(h.Update, h.Gone)),
		web.Get(Edit, web.Editors, h.Edit),
		web.Post(DeleteTranslation, web.Editors, h.DeleteTranslation),
		web.Post(Publish, web.Editors, h.publish),
		web.Post(Unpublish, web.Editors, h.unpublish),
		web.Post(Review, web.Editors, h.review),
		web.Post(Delete, web.Editors, h.delete),
		web.Post(Acknowledgement, web.Employees, h.Acknowledge),
		web.Get(Acknowledgement, web.Employees, h.Mine),
		web.Get(Acknowledgements, web.Editors, h.Acknowledgements),
		web.Get(Confirmed, web.Editors, h.Confirmed),
		web.Post(Export, web.Editors, h.Export),
		web.Get(Categories, web.Editors, h.categories),
		web.Post(Categories, web.Editors, h.createCategory).Creating(),
		web.Post(RenameCategory, web.Editors, web.OrNew(h.renameCategory, h.goneCategory)),
		web.Post(DeleteCategory, web.Editors, h.deleteCategory),
	}
}
