package store

import (
	"context"
	"time"
)

// readingLimit is how long a request that reads waits for the database, all in all. A server
// that hangs, a locked table or a pool whose connections are all in use costs a person a page
// that says so, and not more time.
const readingLimit = 2500 * time.Millisecond

type limitKey struct{}

// Limited returns a context whose statements have limits of time on pools that keep
// them. All that a page reads together has one, too; what a form does may begin
// later, such as after a password was checked. What has a time of its own, such as an
// import or a migration, does without.
func Limited(ctx context.Context, reads bool) context.Context {
	end := time.Time{}
	if reads {
		end = time.Now().Add(readingLimit)
	}
	return context.WithValue(ctx, limitKey{}, end)
}

// unlimited returns a context without limits: an export is read as fast as its reader takes it.
func unlimited(ctx context.Context) context.Context { return context.WithValue(ctx, limitKey{}, nil) }

// LimitOf is until when the statements of ctx may take at most, zero for no such time, and
// whether they have limits at all.
func LimitOf(ctx context.Context) (until time.Time, limited bool) {
	until, limited = ctx.Value(limitKey{}).(time.Time)
	return until, limited
}
