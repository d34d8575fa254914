package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/metrics"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/wire"
)

// counted are the lines of a metric.
func counted(m *metrics.Metrics, name string) []string {
	page := httptest.NewRecorder()
	m.Handler().ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return regexp.MustCompile(`(?m)^`+name+`[ {].*$`).FindAllString(page.Body.String(), -1)
}

// visited is a running intranet with somebody's one visit: they sign in and see the home page.
// Its first part is there before the assistant has answered.
func visited(
	t *testing.T, settings Settings, options Options, prepare ...func(*App),
) (a *App, visitor *http.Client, written *log) {
	t.Helper()
	gate := make(chan struct{})
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-gate
		_, _ = io.WriteString(w, `{"real_time_access_token":"a-token"}`)
	}))
	t.Cleanup(vendor.Close)
	settings.APIURL, settings.SDKURL = vendor.URL, vendor.URL+"/sdk.js"
	written = &log{}
	a, err := Start(t.Context(), settings, options, NewLog(written, Settings{LogLevel: "info"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range prepare {
		each(a)
	}
	serving(t, a)
	const secret = "a password of tests alone"
	logins, err := Seed(t.Context(), store.New(a.pool), 0, nil, func(string) string { return secret })
	if err != nil {
		t.Fatal(err)
	}
	jar, _ := cookiejar.New(nil)
	visitor = &http.Client{Jar: jar}
	t.Cleanup(visitor.CloseIdleConnections)
	res, err := visitor.PostForm(settings.PublicURL+"/login", url.Values{
		"email": {logins[0].Email}, "password": {secret},
	})
	close(gate)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if _ = res.Body.Close(); err != nil || res.StatusCode != http.StatusOK || !bytes.Contains(body, []byte("a-token")) {
		t.Fatalf("the home page: %d, %v", res.StatusCode, err)
	}
	return a, visitor, written
}

// asked makes a request and reads its answer.
func asked(t *testing.T, client *http.Client, method, address string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// series are the values of labels of a metric.
type series map[string]map[string]bool // by label

// shown is what a page of metrics has: the labels of each metric, and its type.
func shown(page string) (all map[string]series, types map[string]string) {
	all, types = map[string]series{}, map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`).FindAllStringSubmatch(page, -1) {
		types[line[1]], all[line[1]] = line[2], series{}
	}
	label := regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
	for _, line := range regexp.MustCompile(`(?m)^(\w+)(?:\{(.*)\})? \S+$`).FindAllStringSubmatch(page, -1) {
		name := line[1]
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base := strings.TrimSuffix(name, suffix); types[base] == "histogram" {
				name = base
			}
		}
		for _, pair := range label.FindAllStringSubmatch(line[2], -1) {
			if pair[1] == "le" {
				continue
			}
			if all[name][pair[1]] == nil {
				all[name][pair[1]] = map[string]bool{}
			}
			all[name][pair[1]][pair[2]] = true
		}
	}
	return all, types
}

// documented is the table of metrics in docs/operations.md. A label has the values that stand
// behind it; with an ellipsis there may be more, and without any it may have any.
func documented(t *testing.T) (all map[string]series, types map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Metrics\n")
	section, _, _ = strings.Cut(section, "\n## ")
	all, types = map[string]series{}, map[string]string{}
	label := regexp.MustCompile("`(\\w+)`(?:: ([^;]+))?")
	word := regexp.MustCompile("`([^`]+)`|…")
	rows := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (\\w+)[^|]*\\|([^|]*)\\|")
	for _, row := range rows.FindAllStringSubmatch(section, -1) {
		types[row[1]], all[row[1]] = row[2], series{}
		for _, l := range label.FindAllStringSubmatch(row[3], -1) {
			values := map[string]bool{}
			for _, value := range word.FindAllStringSubmatch(l[2], -1) {
				values[value[1]] = true // "" for an ellipsis
			}
			all[row[1]][l[1]] = values
		}
	}
	if len(all) < 20 {
		t.Fatalf("docs/operations.md has %d metrics", len(all))
	}
	return all, types
}

// The table of metrics is what alarms and dashboards are written from: deploy/prometheus has a
// test that they use nothing else.
func TestWhatIsServedIsWhatIsDocumented(t *testing.T) {
	t.Parallel()
	settings, listener := local(t)
	settings.DatabaseURL, settings.MetricsAddr = caramelo.NewSecret(testdb.URL(t)), "127.0.0.1:0"
	settings.SMTPURL, settings.MailFrom = caramelo.NewSecret("smtp://127.0.0.1:1?tls=off"), "a@company.example"
	settings.SecretKey = caramelo.NewSecret(strings.Repeat("k", 40))
	a, _, _ := visited(t, settings, Options{Migrate: true, Listener: listener})
	_, page := get(t, "http://"+a.sideDoor.Addr().String()+"/metrics")
	served, types := shown(page)
	written, typesWritten := documented(t)
	for name, labels := range served {
		if written[name] == nil {
			if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
				t.Errorf("docs/operations.md lacks %s", name)
			}
			continue
		}
		if types[name] != typesWritten[name] {
			t.Errorf("%s is a %s and not a %s", name, types[name], typesWritten[name])
		}
		compare(t, name, labels, written[name])
	}
	for name := range written {
		if served[name] == nil {
			t.Errorf("docs/operations.md has %s, which is not served after a visit", name)
		}
	}
}

func compare(t *testing.T, name string, served, written series) {
	t.Helper()
	for label := range written {
		if served[label] == nil {
			t.Errorf("%s has no label %s", name, label)
		}
	}
	for label, values := range served {
		words := written[label]
		if words == nil {
			t.Errorf("docs/operations.md says nothing of the label %s of %s", label, name)
		}
		for word := range words {
			if word != "" && !values[word] {
				t.Errorf("%s is not there from the start with %s=%q", name, label, word)
			}
		}
		for value := range values {
			if len(words) > 0 && !words[""] && !words[value] {
				t.Errorf("docs/operations.md does not have %s=%q of %s", label, value, name)
			}
		}
	}
}

// What a stranger sends makes no new series: no path, no method, no host.
func TestNobodyMakesMetrics(t *testing.T) {
	t.Parallel()
	a, settings, _ := served(t, Options{Migrate: true})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(client.CloseIdleConnections)
	requests := func() (all []string) {
		for _, line := range counted(a.metrics, "intranet_requests_total") {
			line, _, _ = strings.Cut(line, " ")
			all = append(all, line)
		}
		return all
	}
	send := func(method, path string) {
		asked(t, client, method, settings.PublicURL+path)
	}
	for _, path := range []string{"/", "/nothing", "/static/nothing.js", "/healthz", "/readyz", "/csp-reports", "/login", "/people/x"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PURGE"} {
			send(method, path)
		}
	}
	before := requests()
	for n := range 50 {
		send(fmt.Sprintf("CANARY%d", n), fmt.Sprintf("/canary-%d?canary=%d", n, n))
		send("GET", fmt.Sprintf("/static/canary-%d.js", n))
		send("GET", fmt.Sprintf("/people/canary-%d", n))
		send(fmt.Sprintf("CANARY%d", n), "/login")
		send("POST", fmt.Sprintf("/canary-%d", n))
	}
	if after := requests(); !slices.Equal(before, after) {
		t.Errorf("%d series became %d, the last one %s", len(before), len(after), after[len(after)-1])
	}
	if _, page := get(t, "http://"+a.sideDoor.Addr().String()+"/metrics"); strings.Contains(strings.ToLower(page), "canary") {
		t.Error("what was sent is in the metrics")
	}
	for _, want := range []string{
		`intranet_requests_total{method="GET",route="/static/",status="4xx"} 51`,
		`intranet_requests_total{method="other",route="none",status="3xx"} 53`,
		`intranet_requests_total{method="GET",route="/healthz",status="2xx"} 1`,
	} {
		if !slices.Contains(counted(a.metrics, "intranet_requests_total"), want) {
			t.Errorf("not counted: %s", want)
		}
	}
}

// What a replica does and sees is in its metrics as it is now.
func TestTheMetricsFollowTheReplica(t *testing.T) {
	t.Parallel()
	settings, listener := local(t)
	settings.DatabaseURL, settings.MetricsAddr = caramelo.NewSecret(testdb.URL(t)), "127.0.0.1:0"
	a, _, _ := visited(t, settings, Options{Migrate: true, Listener: listener})
	wants := func(lines ...string) {
		t.Helper()
		_, page := get(t, "http://"+a.sideDoor.Addr().String()+"/metrics")
		for _, line := range lines {
			if !regexp.MustCompile(`(?m)^` + line + `$`).MatchString(page) {
				name := regexp.MustCompile(`^\w+`).FindString(line)
				t.Errorf("no line is %s, of %d", line, len(counted(a.metrics, name)))
			}
		}
	}
	last := strings.TrimLeft(regexp.MustCompile(`\d{5}`).FindString(lastMigration(t)), "0")
	wants(
		`intranet_requests_total\{method="GET",route="/\{\$\}",status="2xx"\} 1`,
		`intranet_requests_total\{method="POST",route="/login",status="3xx"\} 1`,
		`intranet_signins_total\{result="signed_in"\} 1`, `intranet_signins_total\{result="password"\} 0`,
		`intranet_actions_total\{action="session.created"\} 1`, `intranet_actions_total\{action="consent.given"\} 0`,
		`intranet_page_render_seconds_count 1`, `intranet_page_tail_wait_seconds_count 1`,
		`intranet_page_tail_wait_seconds_sum \d\S*[1-9]\S*`,
		`intranet_request_first_byte_seconds_count\{route="/\{\$\}"\} 1`,
		`intranet_database_round_trip_seconds_count [1-9]\d*`,
		`intranet_database_errors_total\{code="connection"\} 0`,
		`intranet_schema_version\{of="database"\} `+last, `intranet_schema_version\{of="program"\} `+last,
		`intranet_ready 1`, `intranet_draining 0`, `intranet_signin_waiting 0`, `intranet_signin_places \d+`,
		`caramelo_circuit_state\{state="closed"\} 1`, `caramelo_circuit_state\{state="open"\} 0`,
		`caramelo_handshakes_total\{kind="ok"\} 1`, `caramelo_handshakes_in_flight 0`,
		`caramelo_handshakes_in_flight_limit 512`,
		fmt.Sprintf(`intranet_database_connections_limit %d`, a.pool.Config().MaxConns),
		`intranet_build_info\{commit="[^"]*",go_version="go1[^"]*",version="[^"]*"\} 1`,
	)

	res, err := (&http.Client{}).PostForm(settings.PublicURL+"/login", url.Values{
		"email": {"nobody@example.com"}, "password": {"a wrong password"},
	})
	if err != nil || res.Body.Close() != nil {
		t.Fatal(err)
	}
	conn, err := a.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `SELECT 1 FROM nothing`); err == nil {
		t.Fatal("there is a table nothing")
	}
	batch := &pgx.Batch{}
	batch.Queue(`SELECT 1 FROM nothing`) // which pgx tells twice: as a batch that it could not send, and at its end
	if conn.SendBatch(t.Context(), batch).Close() == nil {
		t.Fatal("there is a table nothing")
	}
	batch = &pgx.Batch{}
	batch.Queue(`SELECT 1/0`)
	if conn.SendBatch(t.Context(), batch).Close() == nil {
		t.Fatal("a division by zero")
	}
	left, leave := context.WithCancel(t.Context())
	leave()
	if _, err := conn.Exec(left, `SELECT 1`); err == nil {
		t.Fatal("somebody who has left")
	}
	taken := a.pool.AcquireAllIdle(t.Context())
	for int32(len(taken))+1 < a.pool.Config().MaxConns {
		another, err := a.pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, another)
	}
	hasty, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := a.pool.Acquire(hasty); err == nil {
		t.Fatal("there was a connection")
	}
	wants(
		`intranet_task_last_success_timestamp_seconds\{task="sweep"\} [1-9]\S*`,
		`intranet_signins_total\{result="password"\} 1`, `intranet_actions_total\{action="session.failed"\} 1`,
		`intranet_database_errors_total\{code="42P01"\} 2`, `intranet_database_errors_total\{code="22012"\} 1`,
		`intranet_database_errors_total\{code="canceled"\} 1`, `intranet_database_errors_total\{code="timeout"\} 1`,
		fmt.Sprintf(`intranet_database_connections\{state="acquired"\} %d`, a.pool.Config().MaxConns),
		`intranet_database_waits_given_up_total 1`,
	)
	conn.Release()
	for _, each := range taken {
		each.Release()
	}
	const behind = `DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)`
	if _, err := a.pool.Exec(t.Context(), behind); err != nil {
		t.Fatal(err)
	}
	a.watch.look(t.Context())
	a.draining.Store(true)
	wants(`intranet_ready 0`, `intranet_draining 1`, `intranet_schema_version\{of="program"\} `+last)
	if got := counted(a.metrics, "intranet_schema_version"); slices.Contains(got, `intranet_schema_version{of="database"} `+last) {
		t.Errorf("a migration is missing: %q", got)
	}
}

// lastMigration is the name of the file with the highest number.
func lastMigration(t *testing.T) string {
	t.Helper()
	files, err := os.ReadDir("../../migrations")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file.Name(), ".sql") {
			names[file.Name()] = true
		}
	}
	return slices.Max(slices.Collect(maps.Keys(names)))
}

// line is the last line of a log that has all of that.
func line(written *log, parts ...string) (found string) {
	for each := range strings.Lines(written.String()) {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(each, part) }) {
			found = each
		}
	}
	return found
}

// A request's line says which route and which person, by the id alone.
func TestARequestsLineHasItsRouteAndPerson(t *testing.T) {
	t.Parallel()
	settings, listener := local(t)
	settings.DatabaseURL = caramelo.NewSecret(testdb.URL(t))
	a, visitor, written := visited(t, settings, Options{Migrate: true, Listener: listener})
	var id string
	const who = `SELECT actor_id::text FROM audit WHERE action = 'session.created'`
	if err := a.pool.QueryRow(t.Context(), who).Scan(&id); err != nil {
		t.Fatal(err)
	}
	asked(t, visitor, http.MethodGet, settings.PublicURL+"/people/"+id+"?q=a-canary")
	asked(t, visitor, http.MethodGet, settings.PublicURL+"/nothing")
	asked(t, &http.Client{}, http.MethodGet, settings.PublicURL+"/login")
	for _, want := range [][]string{
		{"msg=request", "method=POST", "path=/login ", "route=/login ", "person=" + id},
		{"msg=request", "method=GET", "path=/ ", "route=/{$} ", "status=200", "person=" + id},
		{"msg=request", "path=/people/" + id + " ", "route=/people/{id} ", "person=" + id},
		{"msg=request", "path=/nothing ", "route=\"\" ", "status=404", "person=" + id},
		{"msg=request", "method=GET", "path=/login ", "route=/login ", "person=\"\""},
	} {
		if line(written, want...) == "" {
			t.Errorf("no line has %q in\n%s", want, written)
		}
	}
	if strings.Contains(written.String(), "canary") {
		t.Error("a query is in the log")
	}
}

// Where the time of a slow page went is a warning, with numbers alone. The wait for the
// assistant does not make a page slow.
func TestASlowPageSaysWhereItsTimeWent(t *testing.T) {
	t.Parallel()
	settings, listener := local(t)
	settings.DatabaseURL = caramelo.NewSecret(testdb.URL(t))
	_, visitor, written := visited(t, settings, Options{Migrate: true, Listener: listener})
	if got := line(written, "slow page"); got != "" {
		t.Errorf("a fast page: %s", got)
	}
	holder, err := pgx.Connect(t.Context(), settings.DatabaseURL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Close(context.Background()) }()
	for _, sql := range []string{`BEGIN`, `LOCK TABLE departments`} {
		if _, err := holder.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	let := time.AfterFunc(1200*time.Millisecond, func() { _ = holder.Close(context.Background()) })
	defer let.Stop()
	if status := asked(t, visitor, http.MethodGet, settings.PublicURL+"/people?q=a-canary"); status != http.StatusOK {
		t.Fatalf("the list of people: %d", status)
	}
	slow := line(written, "level=WARN", `msg="slow page"`, "route=/people ", "request_id=")
	for _, want := range []string{
		`own=[12]\.\d+s`, `session=\S+`, `statements=[2-9]`, `database=[12]\.\d+s`, `render=\d\S*s`, `flush=\S+`, `tail_wait=\S+`,
	} {
		if !regexp.MustCompile(want).MatchString(slow) {
			t.Errorf("%s is not in %q of\n%s", want, slow, written)
		}
	}
	if strings.Contains(written.String(), "canary") {
		t.Error("a query is in the log")
	}
}

// What a request has spent is noted part by part.
func TestWhatARequestSpendsIsNoted(t *testing.T) {
	t.Parallel()
	settings, listener := local(t)
	settings.DatabaseURL = caramelo.NewSecret(testdb.URL(t))
	ended := make(chan *wire.Answered, 100)
	visited(t, settings, Options{Migrate: true, Listener: listener}, func(a *App) {
		a.web.Observe.Answered = func(_ context.Context, done *wire.Answered) { ended <- done }
	})
	asked(t, &http.Client{}, http.MethodGet, settings.PublicURL+"/login")
	all := map[string]*wire.Answered{}
	for len(all) < 3 { // the end of a request is noted after its answer
		select {
		case done := <-ended:
			all[done.Method+" "+done.Route] = done
		case <-time.After(10 * time.Second):
			t.Fatalf("only %d requests have ended", len(all))
		}
	}
	signedIn, home, login := all["POST /login"], all["GET /{$}"], all["GET /login"]
	for what, is := range map[string]bool{
		"a form was read":                 signedIn.Read > 0,
		"a password had its turn":         signedIn.Turn > 0,
		"who signed in":                   signedIn.Person != "" && signedIn.Person == home.Person,
		"that a sign-in renders nothing":  signedIn.Render == 0 && signedIn.Status == 303,
		"a session was read":              home.Session > 0,
		"two round trips":                 home.Statements.Load() == 2 && home.Database.Load() > 0,
		"a page was rendered and sent":    home.Render > 0 && home.Send > 0 && home.Bytes > 1000,
		"one that waits for nothing, too": login.Render > 0 && login.Send > 0 && login.Tail == 0,
		"it waited for the assistant":     home.Tail > 0,
		"its first part came before that": home.FirstByte > 0 && home.FirstByte+home.Tail <= home.Duration,
		"no part is longer than all":      home.Render+home.Send+home.Tail+home.Session <= home.Duration,
	} {
		if !is {
			t.Errorf("it is not noted that %s: %+v, %+v", what, signedIn, home)
		}
	}
}

// What has expired is removed, and that is noted.
func TestASweepIsNoted(t *testing.T) {
	t.Parallel()
	pool := testdb.New(t)
	a := &App{log: slog.New(slog.DiscardHandler), pool: pool, metrics: metrics.New(slog.New(slog.DiscardHandler))}
	name := "intranet_task_last_success_timestamp_seconds"
	left, leave := context.WithCancel(t.Context())
	leave()
	if a.sweepNow(left); len(counted(a.metrics, name)) != 0 {
		t.Error("a sweep that failed is noted")
	}
	if a.sweepNow(t.Context()); len(counted(a.metrics, name)) != 1 {
		t.Error("a sweep is not noted")
	}
}
