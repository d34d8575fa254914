package imports

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Missing is somebody whom a whole list does not have, and who is disabled for it. Admins are
// none of them: the account with which an intranet is set up is often in no list of people,
// and whoever imports must not shut themselves out.
type Missing struct{ ID, Name, Email string }

// tooMany is the part of all people, as one of so many, beyond which the number of those who
// are disabled has to be confirmed. A list that was cut off must not shut out a company.
const tooMany = 5

// findMissing finds out whom a whole list does not have. Where anything is wrong with a line,
// nothing is imported.
func (i *Import) findMissing(ctx context.Context, tx pgx.Tx, inFile map[string]bool) error {
	i.Missing, i.Staff = nil, 0
	if !i.Whole {
		return nil
	}
	rows, _ := tx.Query(ctx, `SELECT id, name, email FROM people WHERE active AND role <> 'admin' ORDER BY name, id`)
	var p Missing
	_, err := pgx.ForEachRow(rows, []any{&p.ID, &p.Name, &p.Email}, func() error {
		i.Staff++
		if !inFile[strings.ToLower(p.Email)] {
			i.Missing = append(i.Missing, p)
		}
		return nil
	})
	return err
}

func (i Import) missingIDs() (ids []string) {
	for _, p := range i.Missing {
		ids = append(ids, p.ID)
	}
	return ids
}

// confirmed reports whether as many people may be disabled as would be: few of all, or the
// number that somebody has seen.
func (i Import) confirmed(number int) bool { return !i.many() || number == len(i.Missing) }

// many reports whether those who would be disabled are so many that it may be a mistake.
func (i Import) many() bool { return len(i.Missing)*tooMany > i.Staff }

// String is for the digest.
func (m Missing) String() string { return fmt.Sprintf("%s %q %q", m.ID, m.Name, m.Email) }
