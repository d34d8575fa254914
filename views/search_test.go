package views_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// sources are what a search looks in.
var sources = []store.Source{{Kind: "notes", Page: "/notes/{id}"}, {Kind: "minutes", Page: "/minutes/{id}"}}

func searchPages() map[string]templ.Component {
	found := func(id, lang string) views.Found {
		return views.Found{
			Hit: store.Hit{ID: id, Lang: lang}, Title: []views.Piece{{Text: "Férias", Hit: true}, {Text: ` & <b>"x"`}},
			Snippet: []views.Piece{{Text: "… as "}, {Text: "férias", Hit: true}, {Text: " …"}},
		}
	}
	page := func(f store.SearchFilter, p store.SearchPage, n int) templ.Component {
		all := map[store.Kind][]views.Found{}
		for _, source := range sources {
			for i := range n {
				all[source.Kind] = append(all[source.Kind], found(string(source.Kind)+string(rune('a'+i)), []string{"pt", "en", "es"}[i%3]))
			}
		}
		return views.Search(views.SearchProps{Sources: sources, Filter: f, Page: p, Found: all})
	}
	kind := sources[0].Kind
	return map[string]templ.Component{
		"search, nothing yet": page(store.SearchFilter{}, store.SearchPage{}, 0),
		"search, no words":    page(store.SearchFilter{Query: "?!"}, store.SearchPage{}, 0),
		"search, no hits":     page(store.SearchFilter{Query: `<b>"`}, store.SearchPage{Words: []string{"b"}}, 0),
		"search":              page(store.SearchFilter{Query: "férias"}, store.SearchPage{Words: []string{"férias"}, More: map[store.Kind]bool{kind: true}}, 4),
		"search, one kind":    page(store.SearchFilter{Query: "férias", Kind: kind, After: "a"}, store.SearchPage{Words: []string{"férias"}, More: map[store.Kind]bool{kind: true}, Next: "b"}, 1),
	}
}

// What is said to screen readers is how many there are, or that these are not all.
func TestACountOfHitsIsNotOfAPageAlone(t *testing.T) {
	kind := sources[0].Kind
	words := []string{"x"}
	more := store.SearchPage{Words: words, More: map[store.Kind]bool{kind: true}}
	for want, props := range map[string]views.SearchProps{
		"1 result": {Page: store.SearchPage{Words: words}},
		"1 result on this page, and there are more": {Page: more},
	} {
		props.Sources, props.Found = sources, map[store.Kind][]views.Found{kind: {{}}}
		if got := strings.TrimSpace(page(t, "en", views.Search(props)).Find("[data-said]").Text()); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for what, props := range map[string]views.SearchProps{
		"one kind's first page": {Filter: store.SearchFilter{Kind: kind}, Page: more},
		"one kind's last page":  {Filter: store.SearchFilter{Kind: kind, After: "a"}, Page: store.SearchPage{Words: words}},
		"more people":           {Page: store.SearchPage{Words: words, MorePeople: true}},
	} {
		props.Sources, props.Found = sources, map[store.Kind][]views.Found{kind: {{}}}
		if got := page(t, "en", views.Search(props)).Find("[data-said]").Text(); !strings.Contains(got, "there are more") {
			t.Errorf("%s: %q", what, got)
		}
	}
}

func TestTheKindWithTheBestHitComesFirst(t *testing.T) {
	first, last := sources[0].Kind, sources[len(sources)-1].Kind
	found := map[store.Kind][]views.Found{
		first: {{Hit: store.Hit{ID: "a", Rank: .2}}, {Hit: store.Hit{ID: "b", Rank: .1}}},
		last:  {{Hit: store.Hit{ID: "c", Rank: .9}}},
	}
	doc := page(t, "en", views.Search(views.SearchProps{Sources: sources, Page: store.SearchPage{Words: []string{"x"}}, Found: found}))
	if got := doc.Find("#results section").First().AttrOr("aria-labelledby", ""); doc.Find("#results section").Length() != 2 || got != "found-"+string(last) {
		t.Errorf("%s comes first", got)
	}
}
