package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/wire"
)

// requests are about requests and their answers.
type requests struct {
	log       *slog.Logger
	answers   *prometheus.CounterVec
	firstByte *prometheus.HistogramVec
	render    prometheus.Histogram
	tail      prometheus.Histogram
}

// The words of labels. Anybody can send another method; it is "other".
var (
	methods  = []string{http.MethodGet, http.MethodHead, http.MethodPost}
	statuses = []string{"2xx", "3xx", "4xx", "5xx"}
)

// noRoute is the route of what no route is for, such as a page that is not there.
const noRoute = "none"

var fromMilliseconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}

func newRequests(r prometheus.Registerer, log *slog.Logger) requests {
	m := requests{
		log: log,
		answers: counter(r, "intranet_requests_total",
			"Requests by the pattern of their path, method and class of status.", "route", "method", "status"),
		firstByte: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "intranet_request_first_byte_seconds",
			Help:    "How long it took until the first part of an answer was sent.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"route"}),
		render: histogram("intranet_page_render_seconds",
			"How long it took to render a page, when its data was there.", fromMilliseconds),
		tail: histogram("intranet_page_tail_wait_seconds",
			"How long a page whose first part was sent waited for the assistant.",
			[]float64{.001, .025, .05, .1, .2, .4, .8, 1.5, 3, 6}),
	}
	r.MustRegister(m.firstByte, m.render, m.tail)
	return m
}

// mayAnswer makes metrics for all routes, so that the first failure of each is an increase.
func (m *requests) mayAnswer(routes []web.Route) {
	for _, route := range routes {
		for _, status := range statuses {
			m.answers.WithLabelValues(route.Path, route.Method, status)
		}
	}
}

// answered counts a request and its answer.
func (m *requests) answered(ctx context.Context, a *wire.Answered) {
	route, status := a.Route, "none" // the client has left before there was an answer
	if route == "" {
		route = noRoute
	}
	if class := a.Status / 100; class > 0 {
		status = known(strconv.Itoa(class)+"xx", statuses)
	}
	m.answers.WithLabelValues(route, known(a.Method, methods), status).Inc()
	if a.Status != 0 {
		m.firstByte.WithLabelValues(route).Observe(a.FirstByte.Seconds())
	}
	if a.Render != 0 {
		m.render.Observe(a.Render.Seconds())
	}
	if a.Tail != 0 {
		m.tail.Observe(a.Tail.Seconds())
	}
	m.tellSlow(ctx, a)
}

// slowAfter is the time from which on a person feels that a page is slow. It is also what is
// left of the three seconds for a page when the database hangs: see store.Limited.
const slowAfter = time.Second

// tellSlow logs where the time of a slow page went. What the intranet does not work in does
// not count: the wait for the assistant, for a turn to check a password, for a form that
// comes slowly and a browser that reads slowly. Files and exports take as long as their readers.
func (m *requests) tellSlow(ctx context.Context, a *wire.Answered) {
	own := a.Duration - a.Read - a.Turn - a.Send - a.Tail
	if own < slowAfter || a.Render == 0 && a.Method != http.MethodPost {
		return
	}
	m.log.LogAttrs(ctx, slog.LevelWarn, "slow page",
		slog.String("route", a.Route), slog.Duration("own", own), slog.Duration("session", a.Session),
		slog.Int64("statements", a.Statements.Load()), slog.Duration("database", time.Duration(a.Database.Load())),
		slog.Duration("render", a.Render), slog.Duration("flush", a.Send), slog.Duration("tail_wait", a.Tail))
}
