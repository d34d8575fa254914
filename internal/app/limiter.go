package app

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carameloai/intranet/internal/store"
)

// How long a request waits for a connection, and for the answer to a statement.
const (
	acquireLimit   = 2 * time.Second
	statementLimit = 2 * time.Second
)

// limitTime makes the pool of config keep the limits of store.Limited. They are deadlines of ours,
// after which pgx cancels the statement at the server: PgBouncer refuses the setting
// statement_timeout for a connection, and gives it to the next client for a session.
func limitTime(config *pgxpool.Config) { config.ConnConfig.Tracer = limiter{} }

// limiter is what pgx calls around each statement, with the context that it uses.
type limiter struct{}

type cancelKey struct{}

func within(ctx context.Context, limit time.Duration) context.Context {
	end, limited := store.LimitOf(ctx)
	if !limited {
		return ctx
	}
	deadline := time.Now().Add(limit)
	if !end.IsZero() && end.Before(deadline) {
		deadline = end
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	return context.WithValue(ctx, cancelKey{}, cancel)
}

func release(ctx context.Context) {
	if cancel, ok := ctx.Value(cancelKey{}).(context.CancelFunc); ok {
		cancel()
	}
}

// TraceAcquireStart implements pgxpool.AcquireTracer, and the methods below
// pgx.QueryTracer and pgx.BatchTracer.
func (limiter) TraceAcquireStart(
	ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData,
) context.Context {
	return within(ctx, acquireLimit)
}

func (limiter) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireEndData) {
	release(ctx)
}

func (limiter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return within(ctx, statementLimit)
}

func (limiter) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) { release(ctx) }

func (limiter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return within(ctx, statementLimit)
}

func (limiter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (limiter) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) { release(ctx) }
