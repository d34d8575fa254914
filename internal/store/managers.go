package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// ManagersAbove says who reports to whom from these people on upwards: the manager's
// e-mail by the person's, in lower case.
func ManagersAbove(ctx context.Context, tx pgx.Tx, emails ...string) (map[string]string, error) {
	above := map[string]string{}
	rows, _ := tx.Query(ctx, `WITH RECURSIVE above AS (
			SELECT id, email, manager_id FROM people WHERE lower(email) = ANY ($1)
			UNION
			SELECT p.id, p.email, p.manager_id FROM above a JOIN people p ON p.id = a.manager_id)
		SELECT lower(a.email), lower(m.email) FROM above a JOIN above m ON m.id = a.manager_id`, emails)
	var email, manager string
	_, err := pgx.ForEachRow(rows, []any{&email, &manager}, func() error { above[email] = manager; return nil })
	return above, err
}

// Circles are the people who are above themselves. Whoever is on the way up to a
// circle without being in it is none of them.
func Circles(above map[string]string) map[string]bool {
	in, seen := map[string]bool{}, map[string]bool{}
	for email := range above {
		var way []string
		for ; email != "" && !seen[email]; email = above[email] {
			seen[email] = true
			way = append(way, email)
		}
		if n := slices.Index(way, email); n >= 0 { // back where this way has been
			for _, email := range way[n:] {
				in[email] = true
			}
		}
	}
	return in
}
