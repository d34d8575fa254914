package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/scriptwatch"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// Vendor is about Caramelo, and what browsers say of it.
type Vendor struct {
	handshakes *prometheus.CounterVec
	duration   prometheus.Histogram
	reports    *prometheus.CounterVec
	browsers   *prometheus.CounterVec
	scripts    *prometheus.CounterVec
}

func newVendor(r prometheus.Registerer) Vendor {
	m := Vendor{
		handshakes: counter(r, "caramelo_handshakes_total", "Handshakes with Caramelo by how they ended.", "kind"),
		duration: histogram("caramelo_handshake_duration_seconds", "How long handshakes with Caramelo took.",
			[]float64{.025, .05, .1, .2, .4, .8, 1.5, 3, 6}),
		reports: counter(r, "csp_reports_total",
			"Violations of the Content-Security-Policy that browsers reported, by directive.", "directive"),
		browsers: counter(r, "caramelo_browser_reports_total",
			"What browsers reported of the assistant on their pages. A page reports each change.", "state"),
		scripts: counter(r, "caramelo_script_looks_total",
			"Looks at Caramelo's script by what they brought: the same as before, a changed one, or none.", "result"),
	}
	r.MustRegister(m.duration)
	startAtZero(m.handshakes, caramelo.Kinds)
	startAtZero(m.scripts, []string{"same", "changed", "failed"})
	startAtZero(m.browsers, web.States)
	startAtZero(m.reports, csp.Directives)
	return m
}

// Client shows the state of a client.
func (m *Metrics) Client(client *caramelo.Client) {
	describe := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	circuit := describe("caramelo_circuit_state", "1 for what the circuit breaker is.", "state")
	paused := describe("caramelo_paused", "1 while nobody is called, because Caramelo has asked for a pause.")
	underWay := describe("caramelo_handshakes_in_flight", "Handshakes under way.")
	limit := describe("caramelo_handshakes_in_flight_limit", "How many handshakes may be under way.")
	m.registry.MustRegister(reading{[]*prometheus.Desc{circuit, paused, underWay, limit}, func(into chan<- prometheus.Metric) {
		now := client.State()
		show := func(d *prometheus.Desc, value float64, labels ...string) {
			into <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
		}
		for _, state := range []string{"closed", "half-open", "open"} {
			show(circuit, number(now.Circuit == state), state)
		}
		show(paused, number(!now.PausedUntil.IsZero()))
		show(underWay, float64(now.UnderWay))
		show(limit, float64(now.Limit))
	}})
}

// Handshake counts one that has ended.
func (m *Vendor) Handshake(o caramelo.Outcome) {
	m.handshakes.WithLabelValues(string(o.Kind)).Inc()
	m.duration.Observe(o.Duration.Seconds())
}

// violation and browser count what browsers report, in known words alone.
func (m *Vendor) violation(v csp.Violation) { m.reports.WithLabelValues(v.Directive).Inc() }

func (m *Vendor) browser(_ string, _ *store.Person, seen web.Browser) {
	if state := seen.State(); state != "" {
		m.browsers.WithLabelValues(state).Inc()
	}
}

// Script counts a look at Caramelo's script.
func (m *Vendor) Script(look scriptwatch.Look) {
	result := "same"
	switch {
	case look.Err != nil:
		result = "failed"
	case look.Changed():
		result = "changed"
	}
	m.scripts.WithLabelValues(result).Inc()
}
