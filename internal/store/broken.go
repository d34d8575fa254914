package store

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
)

// unavailable reports whether err says that the database is away. It is false for an
// answer of the database, and for a person who has left (a canceled context).
func unavailable(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		// Connection exceptions, too many connections, shutting or starting up,
		// limits of time: of a statement (57014), and for a lock.
		return slices.Contains([]string{"08", "53", "57"}, pg.Code[:min(len(pg.Code), 2)]) || pg.Code == "55P03"
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return !errors.Is(err, context.Canceled)
	}
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, context.DeadlineExceeded) || pgconn.SafeToRetry(err)
}

// broken reports whether err says that a connection ended which had worked: its process
// at the server was ended, or the network broke.
func broken(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return false
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.Contains([]string{"08000", "08003", "08006", "57P01", "57P02", "57P05"}, pg.Code)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	network, ok := errors.AsType[net.Error](err)
	return ok && !network.Timeout() || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		pgconn.SafeToRetry(err)
}

// Readable reports whether what was read may be read once more, because err says that the
// connection broke. The pool leaves its connections then: mostly they broke together.
// Nothing but reading may be repeated: a change may have been made all the same.
func (s *Store) Readable(ctx context.Context, err error) bool {
	if ctx.Err() != nil || !errors.Is(err, ErrBroken) {
		return false
	}
	s.Pool.Reset()
	return true
}
