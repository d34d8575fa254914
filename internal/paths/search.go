package paths

// The search over everything. SearchResults is its results alone, for the page
// that shows them while one types.
const (
	Search        = "/search"
	SearchResults = "/search/results"
)

// SearchFor is the search for words, within one kind of thing or ("") all, and
// continued behind a cursor.
func SearchFor(q, kind, after string) string {
	return WithQuery(Search, "q", q, "in", kind, "after", after)
}
