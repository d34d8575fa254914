package trace

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// statements makes spans of statements, beside what another tracer does with them.
type statements struct {
	tracer   trace.Tracer
	database string
	known    *known
}

func (t *Tracer) statements(config *pgx.ConnConfig) pgx.QueryTracer {
	s := statements{t.tracer, config.Database, &known{}}
	if config.Tracer == nil {
		return s
	}
	return multitracer.New(config.Tracer, s)
}

// known is what is told of statements, most of which are sent again and again.
type known struct {
	mu  sync.Mutex
	all map[string]told // by the SQL
}

// told is what leaves of a statement.
type told struct{ name, text string }

const mostKnown = 1000

func (k *known) of(sql string) told {
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.all[sql]
	if !ok {
		found = told{summary(sql), withoutValues(sql)}
		if k.all == nil || len(k.all) >= mostKnown {
			k.all = map[string]told{} // it begins anew, so that memory does not grow
		}
		k.all[sql] = found
	}
	return found
}

// start begins a span within that of a request. Where there is none, nothing is traced: what
// runs beside requests has nobody who asks for it.
func (s statements) start(ctx context.Context, about func() told) context.Context {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	is := about()
	ctx, span := s.tracer.Start(ctx, is.name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system.name", "postgresql"),
		attribute.String("db.namespace", s.database),
		attribute.String("db.query.summary", is.name),
		attribute.String("db.query.text", is.text),
	))
	return context.WithValue(ctx, statementKey{}, span)
}

// statementKey is for the span of a statement: that of ctx may be the request's.
type statementKey struct{}

func end(ctx context.Context, err error) {
	span, ok := ctx.Value(statementKey{}).(trace.Span)
	if !ok {
		return
	}
	if err != nil {
		code := failure(err)
		if pg, ok := errors.AsType[*pgconn.PgError](err); ok { // its message and its detail may hold values
			code = pg.Code
			span.SetAttributes(attribute.String("db.response.status_code", code))
		}
		span.SetAttributes(attribute.String("error.type", code))
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// TraceQueryStart implements pgx.QueryTracer.
func (s statements) TraceQueryStart(
	ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData,
) context.Context {
	return s.start(ctx, func() told { return s.known.of(data.SQL) })
}

// TraceQueryEnd implements pgx.QueryTracer.
func (s statements) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	end(ctx, data.Err)
}

// TraceBatchStart implements pgx.BatchTracer.
func (s statements) TraceBatchStart(
	ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData,
) context.Context {
	return s.start(ctx, func() told {
		var names, texts []string
		for _, q := range data.Batch.QueuedQueries {
			if one := s.known.of(q.SQL); !slices.Contains(names, one.name) && len(names) < mostNames {
				names, texts = append(names, one.name), append(texts, one.text)
			}
		}
		return told{"BATCH " + strings.Join(names, ", "), clip(strings.Join(texts, "; "))}
	})
}

// mostNames is how many different statements a span names.
const mostNames = 12

// TraceBatchQuery implements pgx.BatchTracer. It is called when the result is there, so that
// what takes long is seen within the one round trip.
func (s statements) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if span, ok := ctx.Value(statementKey{}).(trace.Span); ok {
		span.AddEvent(s.known.of(data.SQL).name)
	}
}

// TraceBatchEnd implements pgx.BatchTracer.
func (s statements) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	end(ctx, data.Err)
}

type acquireKey struct{}

// TraceAcquireStart implements pgxpool.AcquireTracer.
func (s statements) TraceAcquireStart(
	ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData,
) context.Context {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	return context.WithValue(ctx, acquireKey{}, time.Now())
}

// worthASpan is how long somebody must wait for a connection, so that it is shown.
const worthASpan = time.Millisecond

// TraceAcquireEnd implements pgxpool.AcquireTracer.
func (s statements) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, data pgxpool.TraceAcquireEndData) {
	began, ok := ctx.Value(acquireKey{}).(time.Time)
	if !ok || time.Since(began) < worthASpan {
		return
	}
	_, span := s.tracer.Start(ctx, "wait for a connection", trace.WithTimestamp(began))
	if data.Err != nil {
		span.SetAttributes(attribute.String("error.type", failure(data.Err)))
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

var (
	verb  = regexp.MustCompile(`^\s*(\w+)`)
	table = regexp.MustCompile(`(?i)\b(?:from|into|update)\s+(?:only\s+)?([a-z_][a-z0-9_.]*)`)
	// literal is a text in SQL, in quotes or between dollars.
	literal = regexp.MustCompile(
		`(?s)\b[eE]'(?:[^'\\]|\\.|'')*'?|'(?:[^']|'')*'?|\$\$.*?(?:\$\$|$)|\$[A-Za-z_]\w*\$.*`)
	blanks = regexp.MustCompile(`\s+`)
)

// summary is a short name of a statement: what it does and to which table.
func summary(sql string) string {
	name := "SQL"
	if found := verb.FindStringSubmatch(sql); found != nil {
		name = strings.ToUpper(found[1])
	}
	for _, found := range table.FindAllStringSubmatchIndex(sql, -1) {
		before := sql[:found[0]]
		if strings.Count(before, "(") == strings.Count(before, ")") { // not that of a part in brackets
			return clip(name + " " + sql[found[2]:found[3]])
		}
	}
	return clip(name)
}

// withoutValues is a statement without its texts. Values are sent beside our statements, so that
// there is nothing of a person in them: this holds where somebody once writes one into the SQL.
func withoutValues(sql string) string {
	return clip(strings.TrimSpace(blanks.ReplaceAllString(literal.ReplaceAllString(sql, "'?'"), " ")))
}

// maxText is how much of a statement is told, in bytes.
const maxText = 2000

func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
