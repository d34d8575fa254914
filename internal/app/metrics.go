package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/scriptwatch"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// metrics counts what an operator watches. It is served on METRICS_ADDR only.
type metrics struct {
	registry   *prometheus.Registry
	handshakes *prometheus.CounterVec
	duration   prometheus.Histogram
	reports    *prometheus.CounterVec
	browsers   *prometheus.CounterVec
	scripts    *prometheus.CounterVec
	databases  *prometheus.GaugeVec
}

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		handshakes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "caramelo_handshakes_total",
			Help: "Handshakes with Caramelo by how they ended.",
		}, []string{"kind"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "caramelo_handshake_duration_seconds",
			Help:    "How long handshakes with Caramelo took.",
			Buckets: []float64{.025, .05, .1, .2, .4, .8, 1.5, 3, 6},
		}),
		reports: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "csp_reports_total",
			Help: "Violations of the Content-Security-Policy that browsers reported, by directive.",
		}, []string{"directive"}),
		browsers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "caramelo_browser_reports_total",
			Help: "What browsers reported of the assistant on their pages. A page reports each change.",
		}, []string{"state"}),
		scripts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "caramelo_script_looks_total",
			Help: "Looks at Caramelo's script by what they brought: the same as before, a changed one, or none.",
		}, []string{"result"}),
		databases: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "intranet_database_state",
			Help: "1 for what Postgres did when it was looked at last: writable, read_only or away.",
		}, []string{"state"}),
	}
	for _, result := range []string{"same", "changed", "failed"} {
		m.scripts.WithLabelValues(result)
	}
	for _, state := range web.States {
		m.browsers.WithLabelValues(state) // 0, so that the first one is an increase
	}
	m.registry.MustRegister(
		m.handshakes,
		m.duration,
		m.reports,
		m.browsers,
		m.scripts,
		m.databases,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func (m *metrics) observe(o caramelo.Outcome) {
	m.handshakes.WithLabelValues(string(o.Kind)).Inc()
	m.duration.Observe(o.Duration.Seconds())
}

// database notes the state of the database.
func (m *metrics) database(state string) {
	for _, each := range []string{writable, readOnly, away} {
		now := 0.0
		if each == state {
			now = 1
		}
		m.databases.WithLabelValues(each).Set(now)
	}
}

// observer counts what browsers report, in known words alone.
func (m *metrics) observer() web.Observer {
	return web.Observer{
		Violation: func(v csp.Violation) { m.reports.WithLabelValues(v.Directive).Inc() },
		Browser: func(_ string, _ *store.Person, seen web.Browser) {
			if state := seen.State(); state != "" {
				m.browsers.WithLabelValues(state).Inc()
			}
		},
	}
}

func (m *metrics) observeScript(look scriptwatch.Look) {
	result := "same"
	switch {
	case look.Err != nil:
		result = "failed"
	case look.Changed():
		result = "changed"
	}
	m.scripts.WithLabelValues(result).Inc()
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
