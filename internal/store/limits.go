package store

import (
	"context"
	"time"
)

// How long a request waits for the database. A server that hangs, a locked table or a pool
// whose connections are all in use costs a person a page that says so, and not more time.
const (
	acquireLimit   = 2 * time.Second // for a connection
	statementLimit = 2 * time.Second
	readingLimit   = 2500 * time.Millisecond // from the start of a request that reads, for all of it
)

type limitKey struct{}

// Limited returns a context whose statements have limits of time on pools that LimitTime was
// called for. All that a page reads together has one, too; what a form does may begin
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
