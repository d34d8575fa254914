package metrics

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/wire"
)

// page is what is served.
func page(m *Metrics) string {
	page := httptest.NewRecorder()
	m.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return page.Body.String()
}

// counted are the lines of a metric.
func counted(m *Metrics, name string) []string {
	return regexp.MustCompile(`(?m)^`+name+`[ {].*$`).FindAllString(page(m), -1)
}

func quiet() *Metrics { return New(slog.New(slog.DiscardHandler)) }

// There are so many labels and no more, from the start on, so that the first of each is an
// increase.
func TestWhatBrowsersSawIsCounted(t *testing.T) {
	t.Parallel()
	m := quiet()
	for _, seen := range []web.Browser{
		{SDK: "loaded", Socket: "online"}, {SDK: "loaded", Socket: "online"}, {SDK: "failed"}, {},
	} {
		m.Observer().Browser("leaky", nil, seen)
	}
	want := []string{
		`caramelo_browser_reports_total{state="blocked"} 0`, `caramelo_browser_reports_total{state="connected"} 2`,
		`caramelo_browser_reports_total{state="ended"} 0`, `caramelo_browser_reports_total{state="failed"} 1`,
		`caramelo_browser_reports_total{state="loaded"} 0`, `caramelo_browser_reports_total{state="lost"} 0`,
		`caramelo_browser_reports_total{state="slow"} 0`,
	}
	if got := counted(m, "caramelo_browser_reports_total"); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Names, units and helps are as Prometheus wants them.
func TestTheMetricsAreWellNamed(t *testing.T) {
	t.Parallel()
	problems, err := promlint.New(strings.NewReader(page(quiet()))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// An error of the database is a word of a list, whatever it says.
func TestAnErrorOfTheDatabaseIsACode(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"23505": fmt.Errorf("add ana@example.com: %w", &pgconn.PgError{Code: "23505", Detail: "(email)=(ana@example.com)"}),
		"other": &pgconn.PgError{Code: "ana's"}, codeCanceled: fmt.Errorf("ask: %w", context.Canceled),
		codeTimeout: context.DeadlineExceeded, codeConnection: io.ErrUnexpectedEOF,
	} {
		if got := codeOf(err); got != want {
			t.Errorf("%v is %s, want %s", err, got, want)
		}
	}
	if got := codeOf(errors.New("cannot scan into ana")); got != codeOther {
		t.Errorf("a mistake of ours is %s", got)
	}
}

// What was recorded is counted, and goes on to the log of the audit trail.
func TestWhatIsRecordedIsCounted(t *testing.T) {
	t.Parallel()
	m, told := quiet(), 0
	recorded := m.Recorded(func(store.Recorded) { told++ })
	recorded(store.Recorded{Action: store.ConsentGiven, Actor: "ana@example.com"})
	recorded(store.Recorded{Action: store.ConsentGiven})
	m.Recorded(nil)(store.Recorded{Action: store.ConsentWithdrawn})
	want := []string{
		`intranet_actions_total{action="consent.given"} 2`, `intranet_actions_total{action="consent.withdrawn"} 1`,
	}
	if got := counted(m, "intranet_actions_total"); !slices.Equal(got, want) || told != 2 {
		t.Errorf("%q, told %d times", got, told)
	}
}

// Only what the intranet itself takes makes a page slow.
func TestWhatMakesAPageSlow(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	m := New(slog.New(slog.NewTextHandler(&log, nil)))
	long := slowAfter + time.Millisecond
	page := func(change func(*wire.Answered)) *wire.Answered {
		a := &wire.Answered{Method: http.MethodGet, Route: "/x", Status: 200, Duration: long, Render: time.Millisecond}
		change(a)
		return a
	}
	for name, test := range map[string]struct {
		answered *wire.Answered
		slow     bool
	}{
		"a page":                     {page(func(*wire.Answered) {}), true},
		"a form":                     {page(func(a *wire.Answered) { a.Method, a.Render = http.MethodPost, 0 }), true},
		"a fast page":                {page(func(a *wire.Answered) { a.Duration = slowAfter - 1 }), false},
		"a download":                 {page(func(a *wire.Answered) { a.Render = 0 }), false},
		"a slow assistant":           {page(func(a *wire.Answered) { a.Tail = time.Second }), false},
		"a slow reader":              {page(func(a *wire.Answered) { a.Send = time.Second }), false},
		"a form that came slowly":    {page(func(a *wire.Answered) { a.Method, a.Read = http.MethodPost, time.Second }), false},
		"a line at the sign-in":      {page(func(a *wire.Answered) { a.Method, a.Turn = http.MethodPost, time.Second }), false},
		"slow, and a slow assistant": {page(func(a *wire.Answered) { a.Duration, a.Tail = 2*long, time.Second }), true},
	} {
		log.Reset()
		m.Observer().Answered(t.Context(), test.answered)
		if got := strings.Contains(log.String(), "slow page"); got != test.slow {
			t.Errorf("%s: %q", name, log.String())
		}
	}
}
