package metrics

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/wire"
)

// Database is about Postgres, as this replica sees it.
type Database struct {
	state  *prometheus.GaugeVec
	schema *prometheus.GaugeVec
	trips  prometheus.Histogram
	errors *prometheus.CounterVec
}

// What Postgres did when it was looked at.
const (
	Writable = "writable"
	ReadOnly = "read_only"
	Away     = "away"
)

// The codes of failures that no SQLSTATE stands for.
const (
	codeConnection = "connection" // no answer, or none that came
	codeTimeout    = "timeout"    // the time of the request, or of the statement, was over
	codeCanceled   = "canceled"   // the client has left
	codeOther      = "other"
)

// watchedCodes are there from the start, because alarms ask for them.
var watchedCodes = []string{
	codeConnection, codeTimeout, codeCanceled, codeOther,
	"25006", "40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "57P01", "57P03",
}

func newDatabase(r prometheus.Registerer) Database {
	m := Database{
		state: gauge(r, "intranet_database_state",
			"1 for what Postgres did when it was looked at last: writable, read_only or away.", "state"),
		schema: gauge(r, "intranet_schema_version",
			"The number of the last migration that the database has, and that this program has.", "of"),
		trips: histogram("intranet_database_round_trip_seconds",
			"How long a statement took, or several that were sent together.", fromMilliseconds),
		errors: counter(r, "intranet_database_errors_total",
			"Statements and connections that failed, by SQLSTATE or a word of ours.", "code"),
	}
	r.MustRegister(m.trips)
	startAtZero(m.errors, watchedCodes)
	return m
}

// State notes what the database did when it was looked at.
func (m *Database) State(state string) { isOne(m.state, state, Writable, ReadOnly, Away) }

// Schema notes the last migration of the database and of this program.
func (m *Database) Schema(has, knows int64) {
	m.schema.WithLabelValues("database").Set(float64(has))
	m.schema.WithLabelValues("program").Set(float64(knows))
}

// Asked counts a round trip, and adds it to what is known of its request.
func (m *Database) Asked(ctx context.Context, took time.Duration, err error) {
	answered := wire.AnswerOf(ctx)
	answered.Statements.Add(1)
	answered.Database.Add(int64(took))
	m.trips.Observe(took.Seconds())
	m.Failed(err)
}

// Failed counts an error; nil is none.
func (m *Database) Failed(err error) {
	if err != nil {
		m.errors.WithLabelValues(codeOf(err)).Inc()
	}
}

var sqlState = regexp.MustCompile(`^[0-9A-Z]{5}$`)

// codeOf is an error in a word. There are as many as Postgres and our functions have codes:
// what people send has no part in them.
func codeOf(err error) string {
	pg, answered := errors.AsType[*pgconn.PgError](err)
	switch {
	case answered && sqlState.MatchString(pg.Code):
		return pg.Code
	case answered:
		return codeOther
	case errors.Is(err, context.Canceled):
		return codeCanceled
	case errors.Is(err, context.DeadlineExceeded), pgconn.Timeout(err):
		return codeTimeout
	case errors.Is(store.Wrap(err, "ask"), store.ErrUnavailable):
		return codeConnection
	}
	return codeOther
}

// Pool shows how the connections of a pool are used.
func (m *Metrics) Pool(pool *pgxpool.Pool) {
	connections := prometheus.NewDesc("intranet_database_connections",
		"Connections to Postgres by what they do.", []string{"state"}, nil)
	limit := prometheus.NewDesc("intranet_database_connections_limit", "How many connections there may be.", nil, nil)
	acquires := prometheus.NewDesc("intranet_database_acquires_total", "Connections that were lent.", nil, nil)
	waits := prometheus.NewDesc("intranet_database_waits_total",
		"How often somebody waited for a connection, because none was idle.", nil, nil)
	waited := prometheus.NewDesc("intranet_database_wait_seconds_total", "How long all those waited.", nil, nil)
	gaveUp := prometheus.NewDesc("intranet_database_waits_given_up_total",
		"How often waiting for a connection took too long, or the client left.", nil, nil)
	all := []*prometheus.Desc{connections, limit, acquires, waits, waited, gaveUp}
	m.registry.MustRegister(reading{all, func(into chan<- prometheus.Metric) {
		now := pool.Stat()
		count := func(d *prometheus.Desc, value float64) {
			into <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value)
		}
		show := func(d *prometheus.Desc, value int32, labels ...string) {
			into <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
		}
		show(connections, now.AcquiredConns(), "acquired")
		show(connections, now.IdleConns(), "idle")
		show(connections, now.ConstructingConns(), "connecting")
		show(limit, now.MaxConns())
		count(acquires, float64(now.AcquireCount()))
		count(waits, float64(now.EmptyAcquireCount()))
		count(waited, now.EmptyAcquireWaitTime().Seconds())
		count(gaveUp, float64(now.CanceledAcquireCount()))
	}})
}
