package store

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// PeopleFilter narrows and continues the directory.
type PeopleFilter struct {
	Query      string // words; each is one of the person's, or the beginning of one: see 00104_directory.sql
	Department string // slug; "" is every department
	Manager    string // id: those who report to that person; it goes with no other filter
	Everybody  bool   // the disabled too: for administration
	After      string // the cursor of the page before; "" is the first page
	Limit      int    // rows a page, 1 to 100
}

// PeoplePage is one page of the directory.
type PeoplePage struct {
	People      []Person
	Meant       string  // what found them in place of a typing error, without accents; "" for what was typed
	Manager     *Person // of the filter
	Next        string  // the cursor of the next page; "" on the last one
	Departments []Department
}

// peopleCursor is the last person of a page: of a list by name, or of what a
// search found.
type peopleCursor struct {
	// Lead is which word leads, from 1; 0 for people whose names begin with them, and in a list by name.
	Lead  int    `json:"l,omitempty"`
	Word  string `json:"w,omitempty"` // an entry of people_words, see 00104_directory.sql
	Place int    `json:"p,omitempty"`
	Name  string `json:"n"`
	ID    string `json:"i"`
}

// beforeEverybody is where a list begins.
var beforeEverybody = peopleCursor{ID: "00000000-0000-0000-0000-000000000000"}

func (c peopleCursor) ok() bool {
	return ValidID(c.ID) && c.Name == Plain(c.Name) && c.Word == Plain(c.Word) &&
		min(c.Lead, c.Place) >= 0 && c.Lead <= maxTerms && c.Place <= 2
}

// maxTerms is how many words a search for people looks at.
const maxTerms = 10

// found is a person and where they stand in a list.
type found struct {
	Person
	Lead, Place      int
	Word, Key, Meant string
}

// byName are the columns of found that a list by name has no use for.
const byName = `0 AS lead, 0 AS place, '' AS word, p.name AS key, '' AS meant, `

// People returns a page of the active people, by name or as a search finds them,
// and the departments to filter by, in one round trip.
func (s *Store) People(ctx context.Context, lang string, f PeopleFilter) (page PeoplePage, err error) {
	f.Limit = min(max(f.Limit, 1), 100)
	after := beforeEverybody
	if f.After != "" {
		if after, err = ParseCursor(f.After, peopleCursor.ok); err != nil {
			return page, fmt.Errorf("list people: %w", err)
		}
	}
	var all []found
	batch := &pgx.Batch{}
	switch {
	case f.Manager != "":
		if !ValidID(f.Manager) {
			return page, Wrap(ErrNotFound, "list people")
		}
		asked := batch.Queue(`SELECT `+PersonColumns+PeopleJoin+`WHERE p.id = $2 AND p.active`, lang, f.Manager)
		asked.Query(func(rows pgx.Rows) error {
			manager, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Person])
			page.Manager = &manager
			return err
		})
		batch.Queue(`SELECT `+byName+PersonColumns+PeopleJoin+`WHERE p.active AND p.manager_id = $2
			AND (p.name, p.id) > ($3, $4) ORDER BY p.name, p.id LIMIT $5`,
			lang, f.Manager, after.Name, after.ID, f.Limit+1).Query(Collect(&all))
	case peopleQuery(f.Query) != "":
		queuePeopleSearch(batch, lang, f, after).Query(Collect(&all))
	default:
		where, args := "", []any{lang, after.Name, after.ID, f.Limit + 1}
		if !f.Everybody {
			where = "p.active AND " // as a constant: some indexes are of the active
		}
		if f.Department != "" {
			where, args = where+"p.department = $5 AND ", append(args, Plain(f.Department))
		}
		batch.Queue(`SELECT `+byName+PersonColumns+PeopleJoin+`WHERE `+where+`(p.name, p.id) > ($2, $3)
			ORDER BY p.name, p.id LIMIT $4`, args...).Query(Collect(&all))
	}
	QueueDepartments(batch, lang, &page.Departments)
	if err := s.Send(ctx, batch, "list people"); err != nil {
		return page, err
	}
	page.fill(all, f.Limit)
	return page, nil
}

// fill puts a page's people in, of whom one more was asked for.
func (page *PeoplePage) fill(all []found, limit int) {
	for _, p := range all[:min(len(all), limit)] {
		page.People, page.Meant = append(page.People, p.Person), p.Meant
	}
	if len(all) > limit {
		last := all[limit-1]
		page.Next = CursorOf(peopleCursor{last.Lead, last.Word, last.Place, last.Key, last.ID})
	}
}

// domain is what an e-mail has behind its @. People are found by what is before it.
var domain = regexp.MustCompile(`@\S*`)

// peopleQuery is what is looked for of what was typed.
func peopleQuery(typed string) string {
	return strings.TrimSpace(domain.ReplaceAllString(Plain(typed), " "))
}

// QueuePeopleSearch asks for the first people whom the filter's query finds, for a
// page with a search of its own.
func QueuePeopleSearch(batch *pgx.Batch, lang string, f PeopleFilter, into *PeoplePage) {
	queuePeopleSearch(batch, lang, f, beforeEverybody).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, pgx.RowToStructByName[found])
		into.fill(all, f.Limit)
		return err
	})
}

// queuePeopleSearch asks for the next people whom the filter's query finds, and
// one more, which says that there are others.
func queuePeopleSearch(batch *pgx.Batch, lang string, f PeopleFilter, after peopleCursor) *pgx.QueuedQuery {
	return batch.Queue(`SELECT f.leader AS lead, f.word, f.place, f.name AS key, f.meant, `+PersonColumns+`
		FROM find_people($2, $3, $4, $5, ($6, $7, $8, $9, '', true)::people_words, $10) f
		JOIN people p ON p.id = f.person_id LEFT JOIN departments d ON d.slug = p.department
		ORDER BY f.leader > 0, f.word, f.place, f.name, p.id`,
		lang, peopleQuery(f.Query), Plain(f.Department), f.Everybody,
		after.Lead, after.Word, after.Place, after.Name, after.ID, f.Limit+1)
}
