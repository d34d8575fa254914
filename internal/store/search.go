package store

// Source is a kind of thing that a feature adds to the search. Its texts name it:
// search.kind.<kind>.
type Source struct {
	Kind string
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

// Terms are what is searched for.
type Terms struct {
	Words     []string // that must all occur, or begin words that do
	Inflected []string // for each word, it and its other forms, as websearch_to_tsquery reads them
	After     *Hit     // the last one of the page before; nil for the first page
	Limit     int
}

// Statement asks for what is found of the kind: the best first, as far as the reader
// may see it. Its rows are Hits.
func (s Source) Statement(reader *Person, t Terms) (sql string, args []any) {
	var rank any // NULL for the first page
	id := ""
	if t.After != nil {
		rank, id = t.After.Rank, t.After.ID
	}
	sql = `WITH q (lang, query) AS MATERIALIZED (
			SELECT l, search_query(l, $1, $2) FROM unnest(ARRAY['en', 'pt', 'es']) l),
		reader (id, lang, department) AS (VALUES ($3::uuid, $4::text, $5::text))
		SELECT id, lang, title, text, rank FROM (` + s.Hits + `) hit
		WHERE $6::real IS NULL OR (rank, id) < ($6, $7::text)
		ORDER BY rank DESC, id DESC LIMIT $8`
	return sql, []any{t.Words, t.Inflected, reader.ID, reader.Lang, reader.Department, rank, id, t.Limit}
}
