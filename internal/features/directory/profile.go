package directory

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/store"
)

// people asks the database for profiles.
type people struct{ *store.Store }

// Profile is a person with their place in the organisation.
type Profile struct {
	Person     store.Person
	Written    store.PersonDetails
	Above      []store.Person // their active managers, the topmost first, at most 12
	Reports    []store.Person // by name, at most maxReports and one: then there are more
	Colleagues []store.Person // of the same department, by name, at most 6
}

// maxReports is how many people a profile shows who report to its person.
const maxReports = 12

// profile returns an active person by id.
func (p people) profile(ctx context.Context, lang, id string) (profile Profile, err error) {
	if !store.ValidID(id) {
		return profile, store.Wrap(store.ErrNotFound, "find person")
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT `+store.PersonColumns+store.PeopleJoin+`WHERE p.id = $2 AND p.active`, lang, id).
		Query(store.CollectOne(&profile.Person))
	store.QueueWritten(batch, id, &profile.Written, new(int))
	// A circle should not be there; if it is, it ends where it closes.
	batch.Queue(`WITH RECURSIVE above AS (
			SELECT m.id, m.manager_id, 1 AS depth, ARRAY[p.id, m.id] AS path
			FROM people p JOIN people m ON m.id = p.manager_id WHERE p.id = $2
			UNION ALL
			SELECT m.id, m.manager_id, a.depth + 1, a.path || m.id
			FROM above a JOIN people m ON m.id = a.manager_id
			WHERE a.depth < 12 AND m.id <> ALL (a.path))
		SELECT `+store.PersonColumns+`
		FROM above a JOIN people p ON p.id = a.id LEFT JOIN departments d ON d.slug = p.department
		WHERE p.active ORDER BY a.depth DESC`, lang, id).Query(store.Collect(&profile.Above))
	batch.Queue(`SELECT `+store.PersonColumns+store.PeopleJoin+`WHERE p.active AND p.manager_id = $2
		ORDER BY p.name, p.id LIMIT $3`, lang, id, maxReports+1).Query(store.Collect(&profile.Reports))
	batch.Queue(`SELECT `+store.PersonColumns+store.PeopleJoin+`WHERE p.active AND p.id <> $2
			AND p.department = (SELECT department FROM people WHERE id = $2)
		ORDER BY p.name, p.id LIMIT 6`, lang, id).Query(store.Collect(&profile.Colleagues))
	return profile, p.Send(ctx, batch, "find person "+id)
}

// newest are the people who came in the last two months, the newest first, for a
// language: one more than the home page shows, which leaves out its reader. There are
// others when the two months of one are over.
var newest = &store.Remembered[store.Person]{
	Rows:  `SELECT ` + store.PersonColumns + store.PeopleJoin + latest,
	Until: `SELECT min(created_at) + interval '60 days' FROM (SELECT p.created_at FROM people p ` + latest + `) p`,
}

const latest = `WHERE p.active AND p.created_at > now() - interval '60 days'
	ORDER BY p.created_at DESC, p.id LIMIT 5`
