package views_test

import (
	"testing"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

func searchPages() map[string]templ.Component {
	found := func(id, lang string) views.Found {
		return views.Found{
			Hit: store.Hit{ID: id, Lang: lang}, Title: []views.Piece{{Text: "Férias", Hit: true}, {Text: ` & <b>"x"`}},
			Snippet: []views.Piece{{Text: "… as "}, {Text: "férias", Hit: true}, {Text: " …"}},
		}
	}
	page := func(f store.SearchFilter, p store.SearchPage, n int) templ.Component {
		all := map[store.Kind][]views.Found{}
		for _, kind := range store.Kinds {
			for i := range n {
				all[kind] = append(all[kind], found(string(kind)+string(rune('a'+i)), []string{"pt", "en", "es"}[i%3]))
			}
		}
		return views.Search(views.SearchProps{Filter: f, Page: p, Found: all})
	}
	kind := store.Kinds[0]
	return map[string]templ.Component{
		"search, nothing yet": page(store.SearchFilter{}, store.SearchPage{}, 0),
		"search, no words":    page(store.SearchFilter{Query: "?!"}, store.SearchPage{}, 0),
		"search, no hits":     page(store.SearchFilter{Query: `<b>"`}, store.SearchPage{Words: []string{"b"}}, 0),
		"search":              page(store.SearchFilter{Query: "férias"}, store.SearchPage{Words: []string{"férias"}, More: map[store.Kind]bool{kind: true}}, 4),
		"search, one kind":    page(store.SearchFilter{Query: "férias", Kind: kind, After: "a"}, store.SearchPage{Words: []string{"férias"}, More: map[store.Kind]bool{kind: true}, Next: "b"}, 1),
	}
}

func TestTheKindWithTheBestHitComesFirst(t *testing.T) {
	first, last := store.Kinds[0], store.Kinds[len(store.Kinds)-1]
	found := map[store.Kind][]views.Found{
		first: {{Hit: store.Hit{ID: "a", Rank: .2}}, {Hit: store.Hit{ID: "b", Rank: .1}}},
		last:  {{Hit: store.Hit{ID: "c", Rank: .9}}},
	}
	doc := page(t, "en", views.Search(views.SearchProps{Page: store.SearchPage{Words: []string{"x"}}, Found: found}))
	if got := doc.Find("#results section").First().AttrOr("aria-labelledby", ""); doc.Find("#results section").Length() != 2 || got != "found-"+string(last) {
		t.Errorf("%s comes first", got)
	}
}
