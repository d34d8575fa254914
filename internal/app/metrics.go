package app

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/carameloai/intranet/internal/caramelo"
)

// metrics counts what an operator watches. It is served on METRICS_ADDR only.
type metrics struct {
	registry   *prometheus.Registry
	handshakes *prometheus.CounterVec
	duration   prometheus.Histogram
	reports    *prometheus.CounterVec
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
	}
	m.registry.MustRegister(
		m.handshakes,
		m.duration,
		m.reports,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

func (m *metrics) observe(o caramelo.Outcome) {
	m.handshakes.WithLabelValues(string(o.Kind)).Inc()
	m.duration.Observe(o.Duration.Seconds())
}

func (m *metrics) observeReport(directive string) { m.reports.WithLabelValues(directive).Inc() }

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
