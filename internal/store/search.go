package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
)

// Kind is a kind of thing that a search finds.
type Kind string

// Source is a kind of thing that a feature adds to the search. Its texts name it:
// search.kind.<kind>.
type Source struct {
	Kind Kind
	Page string // pattern of the page of a hit, such as /news/{slug}
	// Hits is a SELECT of the columns of a Hit. q (lang, query) has what is searched
	// for in each language, reader (id, lang, department) the one who asks.
	Hits string
}

// Hit is something that was found.
type Hit struct {
	ID    string // of its page
	Lang  string // of the texts
	Title string
	Text  string // Markdown
	Rank  float32
}

// SearchFilter is what is searched for.
type SearchFilter struct {
	Query string // words that must all occur, or begin words that do; accents, case and inflection are ignored
	Kind  Kind   // "": a few of each
	After string // the cursor of the page before, within one kind; "" is the first page
	Limit int    // hits of a kind, 1 to 50
}

// SearchPage is what was found: by rank, the best first.
type SearchPage struct {
	Words      []string // that were searched for
	People     []Person // among everything only
	MorePeople bool
	Meant      string // of the people, as in PeoplePage
	Hits       map[Kind][]Hit
	More       map[Kind]bool // there are more than these
	Next       string        // the cursor of the next page within one kind; "" on the last one
}

// MaxSearchWords bounds a search: more words are left out.
const MaxSearchWords = 8

// SearchWords are the words of what was typed: letters and digits, nothing else.
func SearchWords(query string) []string {
	words := strings.FieldsFunc(Plain(query), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	return words[:min(len(words), MaxSearchWords)]
}

// inflections are endings that the languages' own rules do not bring together
// where the accent is missing, or at all: ação and ações, cancion and canciones.
var inflections = map[string][]string{
	"cao": {"ção", "ções"}, "ção": {"ções"}, "coes": {"ções", "ção"}, "ções": {"ção"},
	"sao": {"são", "sões"}, "são": {"sões"}, "soes": {"sões", "são"}, "sões": {"são"},
	"cion": {"ción", "ciones"}, "sion": {"sión", "siones"},
}

// forms are a word and its likely inflections, for websearch_to_tsquery.
func forms(word string) string {
	all := `"` + word + `"`
	lower := strings.ToLower(word)
	for ending, others := range inflections {
		if stem, ok := strings.CutSuffix(lower, ending); ok {
			for _, other := range others {
				all += ` or "` + stem + other + `"`
			}
		}
	}
	return all
}

type searchCursor struct {
	Rank float32 `json:"r"`
	ID   string  `json:"i"`
}

// SQL asks for what a source finds, where q has the query in each language and
// reader the one who asks.
func (source Source) SQL() string {
	return `WITH q (lang, query) AS MATERIALIZED (SELECT l, search_query(l, $1, $2) FROM unnest(ARRAY['en', 'pt', 'es']) l),
		reader (id, lang, department) AS (VALUES ($3::uuid, $4::text, $5::text))
		SELECT id, lang, title, text, rank FROM (` + source.Hits + `) hit
		WHERE $6::real IS NULL OR (rank, id) < ($6, $7::text)
		ORDER BY rank DESC, id DESC LIMIT $8`
}

// Search returns what reader may see of what they search for in the sources, in one
// round trip.
func (s *Store) Search(ctx context.Context, reader *Person, sources []Source, f SearchFilter) (page SearchPage, err error) {
	f.Limit = min(max(f.Limit, 1), 50)
	page = SearchPage{Words: SearchWords(f.Query), Hits: map[Kind][]Hit{}, More: map[Kind]bool{}}
	if f.Kind != "" {
		i := slices.IndexFunc(sources, func(source Source) bool { return source.Kind == f.Kind })
		if i < 0 {
			return page, Wrap(ErrNotFound, "search")
		}
		sources = sources[i : i+1]
	}
	var rank any // NULL on the first page
	var after searchCursor
	if f.After != "" {
		if after, err = ParseCursor(f.After, func(c searchCursor) bool { return c.ID != "" && c.ID == Plain(c.ID) }); err != nil || f.Kind == "" {
			return page, fmt.Errorf("search: %w", ErrCursor)
		}
		rank = after.Rank
	}
	if len(page.Words) == 0 {
		return page, nil
	}
	var inflected []string
	for _, word := range page.Words {
		inflected = append(inflected, forms(word))
	}
	batch, people := &pgx.Batch{}, []found(nil)
	if f.Kind == "" {
		QueuePeopleSearch(batch, reader.Lang, PeopleFilter{Query: f.Query, Limit: f.Limit}, beforeEverybody, &people, &page.Meant)
	}
	for _, source := range sources {
		kind := source.Kind
		batch.Queue(source.SQL(), page.Words, inflected, reader.ID, reader.Lang, reader.Department, rank, after.ID, f.Limit+1).Query(func(rows pgx.Rows) error {
			hits, err := pgx.CollectRows(rows, pgx.RowToStructByName[Hit])
			if len(hits) > f.Limit {
				hits, page.More[kind] = hits[:f.Limit], true
			}
			page.Hits[kind] = hits
			return err
		})
	}
	err = s.Pool.SendBatch(ctx, batch).Close()
	page.MorePeople = len(people) > f.Limit
	for _, p := range people[:min(len(people), f.Limit)] {
		page.People = append(page.People, p.Person)
	}
	if f.Kind != "" && page.More[f.Kind] {
		last := page.Hits[f.Kind][f.Limit-1]
		page.Next = CursorOf(searchCursor{last.Rank, last.ID})
	}
	return page, Wrap(err, "search")
}
