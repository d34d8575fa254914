// Package metrics counts what an operator watches, for Prometheus. No label has a value that
// somebody sent: each is of a list that the program knows. Where the list is known at the start,
// all of it is there from then on, so that the first of each is an increase. docs/operations.md
// lists all metrics.
package metrics

import (
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/carameloai/intranet/internal/signin"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// Metrics counts what an operator watches.
type Metrics struct {
	Vendor   Vendor
	Database Database
	requests requests
	registry *prometheus.Registry
	signIns  *prometheus.CounterVec
	actions  *prometheus.CounterVec
	tasks    *prometheus.GaugeVec

	mails                   *prometheus.CounterVec // nil where no mail is sent
	mailWaiting, mailOldest *prometheus.GaugeVec
}

// New returns the metrics of one replica. log is told of slow pages.
func New(log *slog.Logger) *Metrics {
	r := prometheus.NewRegistry()
	m := &Metrics{
		registry: r,
		requests: newRequests(r, log),
		Vendor:   newVendor(r),
		Database: newDatabase(r),
		signIns:  counter(r, "intranet_signins_total", "Sign-ins that succeeded, and why others did not.", "result"),
		actions:  counter(r, "intranet_actions_total", "Entries of the audit trail, by what was done.", "action"),
		tasks: gauge(r, "intranet_task_last_success_timestamp_seconds",
			"When a task beside the requests succeeded last; the start, where it has not yet.", "task"),
	}
	startAtZero(m.signIns, signin.Results)
	build := gauge(r, "intranet_build_info", "1 for what this program was built from.", "version", "commit", "go_version")
	build.WithLabelValues(builtFrom()).Set(1)
	r.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// counter registers a counter for each value of its labels.
func counter(r prometheus.Registerer, name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	r.MustRegister(c)
	return c
}

// gauge registers a gauge for each value of its labels.
func gauge(r prometheus.Registerer, name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	r.MustRegister(g)
	return g
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
}

// startAtZero makes a counter for each value of its one label.
func startAtZero[Word ~string](c *prometheus.CounterVec, words []Word) {
	for _, word := range words {
		c.WithLabelValues(string(word))
	}
}

// isOne sets the gauge of one value to 1, and those of the others to 0.
func isOne(g *prometheus.GaugeVec, value string, all ...string) {
	for _, each := range all {
		g.WithLabelValues(each).Set(number(each == value))
	}
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// known is value if it is one of those, and "other" if not.
func known(value string, all []string) string {
	if slices.Contains(all, value) {
		return value
	}
	return "other"
}

// reading is a collector of what is read when the metrics are asked for.
type reading struct {
	all  []*prometheus.Desc
	read func(chan<- prometheus.Metric)
}

func (r reading) Describe(all chan<- *prometheus.Desc) {
	for _, each := range r.all {
		all <- each
	}
}

func (r reading) Collect(into chan<- prometheus.Metric) { r.read(into) }

// value reads one value when the metrics are asked for.
func (m *Metrics) value(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Replica shows whether a replica is ready, and whether it shuts down.
func (m *Metrics) Replica(ready func() error, draining func() bool) {
	m.value("intranet_ready", "1 where /readyz says so.", func() float64 { return number(ready() == nil) })
	m.value("intranet_draining", "1 while the server shuts down.", func() float64 { return number(draining()) })
}

// Tried counts a try to sign in that ended with one of signin.Results.
func (m *Metrics) Tried(result string) { m.signIns.WithLabelValues(result).Inc() }

// Line shows how long the line is in which people wait until their password is checked.
func (m *Metrics) Line(in *signin.SignIn) {
	m.value("intranet_signin_waiting", "People who wait until their password is checked.", func() float64 {
		waiting, _ := in.Waiting()
		return float64(waiting)
	})
	m.value("intranet_signin_places", "How many may wait until their password is checked.", func() float64 {
		_, places := in.Waiting()
		return float64(places)
	})
}

// Intranet makes metrics for all routes of an intranet, and for all that it records in its audit
// trail.
func (m *Metrics) Intranet(s *web.Server) {
	m.requests.mayAnswer(s.Routes())
	startAtZero(m.actions, s.Actions())
}

// Recorded counts an entry of the audit trail, and hands it on to next, if there is one.
func (m *Metrics) Recorded(next func(store.Recorded)) func(store.Recorded) {
	return func(r store.Recorded) {
		m.actions.WithLabelValues(string(r.Action)).Inc()
		if next != nil {
			next(r)
		}
	}
}

// Sweep is the task that removes what has expired.
const Sweep = "sweep"

// Done notes that a task has succeeded now.
func (m *Metrics) Done(task string) { m.tasks.WithLabelValues(task).Set(float64(time.Now().Unix())) }

// builtFrom is the version and the commit of this program, as far as it knows them, and that of Go.
func builtFrom() (version, commit, goVersion string) {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "", "", runtime.Version()
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			commit = setting.Value
		}
	}
	return build.Main.Version, commit, build.GoVersion
}

// Observer counts what happens on all pages.
func (m *Metrics) Observer() web.Observer {
	return web.Observer{Answered: m.requests.answered, Violation: m.Vendor.violation, Browser: m.Vendor.browser}
}

// Handler serves the metrics.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}
