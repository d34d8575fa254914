package search

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// Filter is what is searched for.
type Filter struct {
	Query string // words that must all occur, or begin words that do; see search_queries in 00101_text.sql
	Kind  string // "": a few of each
	After string // the cursor of the page before, within one kind; "" is the first page
	Limit int    // hits of a kind, 1 to 50
}

// Page is what was found.
type Page struct {
	Parts  []part           // of what was searched for
	Kinds  []string         // that can be found but people, in the order in which a search names them
	People store.PeoplePage // among everything only
	Found  map[string]Hits  // by kind
	Next   string           // the cursor of the next page within one kind; "" on the last one
}

// Hits is what was found of a kind: by rank, the best first.
type Hits struct {
	Source store.Source
	All    []store.Hit
	More   bool // there are more than these
}

// finder looks for what the features contribute, and for people.
type finder struct {
	*store.Store
	sources []store.Source
}

type cursor struct {
	Rank float32 `json:"r"`
	ID   string  `json:"i"`
}

// of are the sources of a kind, or all for "".
func (f finder) of(kind string) []store.Source {
	for _, source := range f.sources {
		if source.Kind == kind {
			return []store.Source{source}
		}
	}
	if kind != "" {
		return nil
	}
	return f.sources
}

// after is the hit behind which a page begins; nil for the first page.
func (f Filter) after() (*store.Hit, error) {
	if f.After == "" {
		return nil, nil
	}
	at, err := store.ParseCursor(f.After, func(c cursor) bool { return c.ID != "" && c.ID == store.Plain(c.ID) })
	if err != nil || f.Kind == "" {
		return nil, fmt.Errorf("search: %w", store.ErrCursor)
	}
	return &store.Hit{ID: at.ID, Rank: at.Rank}, nil
}

// find returns what reader may see of what they search for, in one round trip.
func (f finder) find(ctx context.Context, reader *store.Person, filter Filter) (page Page, err error) {
	filter.Limit = min(max(filter.Limit, 1), 50)
	page = Page{Parts: partsOf(filter.Query), Found: map[string]Hits{}}
	for _, source := range f.sources {
		page.Kinds = append(page.Kinds, source.Kind)
	}
	sources := f.of(filter.Kind)
	if filter.Kind != "" && len(sources) == 0 {
		return page, store.Wrap(store.ErrNotFound, "search")
	}
	after, err := filter.after()
	if err != nil || len(page.Parts) == 0 {
		return page, err
	}
	batch := &pgx.Batch{}
	batch.Queue(store.SearchByIndex)
	if filter.Kind == "" {
		people := store.PeopleFilter{Query: filter.Query, Limit: filter.Limit}
		store.QueuePeopleSearch(batch, reader.Lang, people, &page.People)
	}
	if len(sources) > 0 {
		terms := store.Terms{Typed: store.Plain(filter.Query), After: after, Limit: filter.Limit + 1}
		sql, args := store.SearchStatement(sources, reader, terms)
		batch.Queue(sql, args...).Query(func(rows pgx.Rows) error {
			hits, err := pgx.CollectRows(rows, pgx.RowToStructByName[store.Hit])
			page.add(sources, hits, filter.Limit)
			return err
		})
	}
	err = f.Send(ctx, batch, "search")
	if hits := page.Found[filter.Kind]; hits.More {
		last := hits.All[len(hits.All)-1]
		page.Next = store.CursorOf(cursor{last.Rank, last.ID})
	}
	return page, err
}

// add sorts what was found by its kind, of each of which one more was asked for.
func (p *Page) add(sources []store.Source, hits []store.Hit, limit int) {
	for _, source := range sources {
		found := Hits{Source: source}
		for _, hit := range hits {
			switch {
			case hit.Kind != source.Kind:
			case len(found.All) == limit:
				found.More = true
			default:
				found.All = append(found.All, hit)
			}
		}
		p.Found[source.Kind] = found
	}
}
