package web

import (
	"net/http"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// Hits of a search: of each kind among all of them, and on a page of one kind.
const (
	hitsPerKind = 5
	hitsPerPage = 20
)

func (h *handlers) searchShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	props, err := h.search(r, p)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "search.title"), Current: paths.Search,
		Body: views.Search(props),
	})
}

// searchResults is what a search found and nothing around it: no page, so no
// token.
func (h *handlers) searchResults(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	props, err := h.search(r, p)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return views.SearchResults(props).Render(r.Context(), w)
}

func (h *handlers) search(r *http.Request, p *store.Person) (props views.SearchProps, err error) {
	query := r.URL.Query()
	filter := store.SearchFilter{Query: Text(query.Get("q"), maxQuery), Kind: store.Kind(query.Get("in")), After: query.Get("after"), Limit: hitsPerKind}
	if filter.Kind != "" {
		filter.Limit = hitsPerPage
	}
	var sources []store.Source
	for _, f := range h.Features() {
		sources = append(sources, f.Search...)
	}
	found, err := h.Store.Search(r.Context(), p, sources, filter)
	if err != nil {
		return props, err
	}
	props = views.SearchProps{Sources: sources, Filter: filter, Page: found, Found: map[store.Kind][]views.Found{}}
	for kind, hits := range found.Hits {
		for _, hit := range hits {
			body, err := h.markdown.Plain(hit.Text)
			if err != nil {
				return props, err
			}
			props.Found[kind] = append(props.Found[kind], views.Found{Hit: hit, Title: marked(hit.Title, found.Words), Snippet: marked(excerpt(body, found.Words), found.Words)})
		}
	}
	return props, nil
}

// An excerpt has so many words, the first hit behind so many of them.
const (
	excerptWords  = 32
	excerptBefore = 6
)

// excerpt cuts a text to the part around the first word that was searched for.
func excerpt(text string, words []string) string {
	all := strings.Fields(text)
	first := 0
	for i, word := range all {
		if isHit(word, words) {
			first = max(i-excerptBefore, 0)
			break
		}
	}
	last := min(first+excerptWords, len(all))
	cut := strings.Join(all[first:last], " ")
	if first > 0 {
		cut = "… " + cut
	}
	if last < len(all) {
		cut += " …"
	}
	return cut
}

// marked splits a text at the words that were searched for.
func marked(text string, words []string) (pieces []views.Piece) {
	add := func(s string, hit bool) {
		if n := len(pieces); n > 0 && pieces[n-1].Hit == hit {
			pieces[n-1].Text += s
		} else if s != "" {
			pieces = append(pieces, views.Piece{Text: s, Hit: hit})
		}
	}
	for text != "" {
		end := strings.IndexFunc(text, inWord)
		if end < 0 {
			end = len(text)
		}
		add(text[:end], false)
		text = text[end:]
		if end = strings.IndexFunc(text, func(r rune) bool { return !inWord(r) }); end < 0 {
			end = len(text)
		}
		add(text[:end], isHit(text[:end], words))
		text = text[end:]
	}
	return pieces
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }

// isHit reports whether a word is to be marked: it begins as a word that was
// searched for does, up to an ending. It is for the eye; what is found is
// decided by Postgres, which knows the endings of each language.
func isHit(word string, words []string) bool {
	word = folded(strings.TrimFunc(word, func(r rune) bool { return !inWord(r) }))
	for _, w := range words {
		w = folded(w)
		same := 0
		for same < len(w) && same < len(word) && w[same] == word[same] {
			same++
		}
		if same > 0 && same == len(w) || same >= max(5, len(w)-3) {
			return true
		}
	}
	return false
}

// folded is a text as a search compares it: lower case, without accents.
func folded(s string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s)))
}
