package store

import (
	"fmt"
	"strings"
)

// Source is a kind of thing that a feature adds to the search. Its texts name it:
// search.kind.<kind>.
type Source struct {
	Kind string
	Page string // pattern of the page of a hit, such as /news/{slug}
	// Hits is a SELECT of the columns of a Hit but its kind. q (lang, query) has what is
	// searched for in each language, reader (id, lang, department) the one who asks.
	Hits string
}

// Hit is something that was found.
type Hit struct {
	Kind  string
	ID    string // of its page
	Lang  string // of the texts
	Title string
	Text  string // without markup
	Rank  float32
}

// Terms are what is searched for.
type Terms struct {
	Typed string // see search_queries in 00101_text.sql, which cuts it as texts are cut
	After *Hit   // the last one of the page before; nil for the first page
	Limit int    // of each kind
}

// SearchByIndex goes first in the batch of a search. The planner would read a small table as
// a whole, because it does not know that this unpacks the words of each long text. JIT is
// off, because the high cost that the planner now gives to such a scan would start it.
const SearchByIndex = `SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)`

// SearchStatement asks for what is found of each source: the best first, as far as the
// reader may see it. Its rows are Hits.
func SearchStatement(sources []Source, reader *Person, t Terms) (sql string, args []any) {
	var rank any // NULL for the first page
	id := ""
	if t.After != nil {
		rank, id = t.After.Rank, t.After.ID
	}
	args = []any{t.Typed, reader.ID, reader.Lang, reader.Department, rank, id, t.Limit}
	var parts []string
	for _, s := range sources {
		args = append(args, s.Kind)
		parts = append(parts, fmt.Sprintf(`(SELECT $%d::text AS kind, id, lang, title, text, rank FROM (%s) hit
		WHERE $5::real IS NULL OR (rank, id) < ($5, $6::text)
		ORDER BY rank DESC, id DESC LIMIT $7)`, len(args), s.Hits))
	}
	return `WITH q (lang, query) AS MATERIALIZED (SELECT * FROM search_queries($1)),
		reader (id, lang, department) AS (VALUES ($2::uuid, $3::text, $4::text))
		SELECT * FROM (` + strings.Join(parts, "\n\t\tUNION ALL\n\t\t") + `) found
		ORDER BY rank DESC, id DESC`, args
}
