package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/metrics"
	"github.com/carameloai/intranet/internal/store"
)

// How long a request waits for a connection, and for the answer to a statement.
const (
	acquireLimit   = 2 * time.Second
	statementLimit = 2 * time.Second
)

// limitTime makes the pool of config keep the limits of store.Limited, and tell metrics what
// its statements do. The limits are deadlines of ours,
// after which pgx cancels the statement at the server: PgBouncer refuses the setting
// statement_timeout for a connection, and gives it to the next client for a session.
func limitTime(config *pgxpool.Config, m *metrics.Database) { config.ConnConfig.Tracer = limiter{m} }

// limiter is what pgx calls around each statement, with the context that it uses. It tells
// the metrics how long each took, and what failed; nil is nobody.
type limiter struct{ told *metrics.Database }

type limitedKey struct{}

// limited is a statement, or a wait for a connection, that was begun.
type limited struct {
	began  time.Time
	limit  *store.TimeLimit // nil for none
	cancel context.CancelFunc
	ended  bool
}

func within(ctx context.Context, most time.Duration) context.Context {
	l := &limited{began: time.Now(), limit: store.TimeLimitOf(ctx)}
	if l.limit != nil {
		ctx, l.cancel = context.WithTimeout(ctx, min(most, l.limit.Left()))
	}
	return context.WithValue(ctx, limitedKey{}, l)
}

// release ends the limit of ctx, and reports whether that was not done yet: pgx ends a batch
// that it could not send twice.
func release(ctx context.Context) (took time.Duration, now bool) {
	l, ok := ctx.Value(limitedKey{}).(*limited)
	if !ok || l.ended {
		return 0, false
	}
	l.ended, took = true, time.Since(l.began)
	if l.limit != nil {
		l.cancel()
		l.limit.Spend(took)
	}
	return took, true
}

// ended ends a statement, or several that were sent together.
func (l limiter) ended(ctx context.Context, err error) {
	if took, now := release(ctx); now && l.told != nil {
		l.told.Asked(ctx, took, err)
	}
}

// TraceAcquireStart implements pgxpool.AcquireTracer, and the methods below
// pgx.QueryTracer and pgx.BatchTracer.
func (limiter) TraceAcquireStart(
	ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData,
) context.Context {
	return within(ctx, acquireLimit)
}

func (l limiter) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, end pgxpool.TraceAcquireEndData) {
	if _, now := release(ctx); now && l.told != nil {
		l.told.Failed(end.Err)
	}
}

func (limiter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return within(ctx, statementLimit)
}

func (l limiter) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, end pgx.TraceQueryEndData) {
	l.ended(ctx, end.Err)
}

func (limiter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return within(ctx, statementLimit)
}

func (limiter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (l limiter) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, end pgx.TraceBatchEndData) {
	l.ended(ctx, end.Err)
}
