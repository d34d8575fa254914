package store

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var (
	// ErrNotFound says that nothing was found that this person may see.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the change does not fit what is stored already, such as an
	// e-mail that somebody else has.
	ErrConflict = errors.New("conflict")
	// ErrStale says that a person was changed since the form was made, where ErrConflict
	// would say that their e-mail is taken.
	ErrStale = errors.New("changed by somebody else meanwhile")
	// ErrInUse says that others refer to what was to be deleted.
	ErrInUse = errors.New("in use")
	// ErrCursor says that a cursor was not made by this package.
	ErrCursor = errors.New("bad cursor")
	// ErrUnavailable says that the database did not answer, or not in time. The same
	// request may succeed in a moment.
	ErrUnavailable = errors.New("database unavailable")
	// ErrReadOnly is an ErrUnavailable: the database answers, and takes no changes for now.
	ErrReadOnly = fmt.Errorf("%w: it is read-only", ErrUnavailable)
	// ErrBroken is an ErrUnavailable: the connection broke, and another may be well.
	ErrBroken = fmt.Errorf("%w: the connection broke", ErrUnavailable)
	// ErrUncertain is an ErrUnavailable: a change was to be committed, and no answer came.
	// It may have been made.
	ErrUncertain = fmt.Errorf("%w: no answer to the commit", ErrUnavailable)
	// ErrEnded says that the actor's session has ended, or their account was changed, since
	// the request began. Nothing was done.
	ErrEnded = errors.New("the session has ended")
	// ErrNoActor says that nobody was named who makes the change.
	ErrNoActor = errors.New("nobody makes this change")
)

// meaning is the error of this package that an error of the driver means, or err itself.
func meaning(err error) error {
	pg, answered := errors.AsType[*pgconn.PgError](err)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return ErrNotFound
	case errors.Is(err, ErrUncertain):
		return err
	case answered && pg.Code == "40P01": // deadlock_detected
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case answered && (pg.Code == "23505" || pg.Code == "22023"):
		// unique_violation, or a time zone that this database does not know
		return ErrConflict
	case answered && pg.Code == "23503" && strings.HasSuffix(pg.ConstraintName, "_person_id_fkey"):
		return ErrEnded // what is a person's own came when they were deleted already
	case answered && pg.Code == "25006": // read_only_sql_transaction
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case broken(err):
		return fmt.Errorf("%w: %w", ErrBroken, err)
	case unavailable(err):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// InUse returns ErrInUse if err says that other rows refer to what was to be deleted, and
// err otherwise.
func InUse(err error) error {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok && pg.Code == "23503" { // foreign_key_violation
		return ErrInUse
	}
	return err
}
