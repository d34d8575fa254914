package store

import (
	"context"
	"sync/atomic"
	"time"
)

// How long a request waits for the database, all in all. A server that hangs, a locked table or a
// pool whose connections are all in use costs a person a page that says so, and not more time.
const (
	readingLimit = 2500 * time.Millisecond
	writingLimit = 2500 * time.Millisecond // of which only the database's own time counts
	leastLimit   = 250 * time.Millisecond  // of a statement, so that a slow form can still be committed
)

// TimeLimit is how long the statements of a request may take yet.
type TimeLimit struct {
	end   time.Time    // zero for a form
	spent atomic.Int64 // of a form
}

// Left is how long the next statement may take.
func (l *TimeLimit) Left() time.Duration {
	if l.end.IsZero() {
		return max(writingLimit-time.Duration(l.spent.Load()), leastLimit)
	}
	return time.Until(l.end)
}

// Spend counts the time of a statement. Without a limit it does nothing.
func (l *TimeLimit) Spend(d time.Duration) {
	if l != nil {
		l.spent.Add(int64(d))
	}
}

type limitKey struct{}

// Limited returns a context whose statements have limits of time on pools that keep
// them. What a page does has an end; what a form does may begin later, such as after a
// password was checked, so that the time of its statements is added up. What has a time of its
// own, such as an import or a migration, does without.
func Limited(ctx context.Context, reads bool) context.Context {
	l := &TimeLimit{}
	if reads {
		l.end = time.Now().Add(readingLimit)
	}
	return context.WithValue(ctx, limitKey{}, l)
}

// Unlimited returns a context without limits: an export is read as fast as its reader takes it.
func Unlimited(ctx context.Context) context.Context { return context.WithValue(ctx, limitKey{}, nil) }

// TimeLimitOf is the limit of the statements of ctx; nil for none.
func TimeLimitOf(ctx context.Context) *TimeLimit {
	l, _ := ctx.Value(limitKey{}).(*TimeLimit)
	return l
}
