// Command peers compares the home page with others that put the same assistant on a page: the
// vendor guide's own Express example, an Express app that shows what this home page shows,
// and a bare Go handler that makes the same call and the same statements and writes as many
// bytes. Each runs in a process of its own, one at a time, in front of one Postgres and one
// vendor, for many people's sessions. It prints ratios of requests per second.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/carameloai/intranet/internal/testdb"
)

// How the load is made: few connections, as a balancer keeps them, and by turns, so that what
// else the machine does slows all of them.
const (
	connections = 16
	people      = 3000
	projectID   = "p_peers"
)

func main() {
	rounds := flag.Int("rounds", 9, "how often each is measured")
	window := flag.Duration("window", 2*time.Second, "how long it is measured each time")
	bare := flag.Bool("bare", false, "be the bare handler")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := func(ctx context.Context) error { return compare(ctx, *rounds, *window) }
	if *bare {
		run = serveBare
	}
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// peer is a server under test.
type peer struct {
	name    string
	command []string
	env     []string
	address *regexp.Regexp // in the first line that has it: where it listens

	url       string
	perSecond []float64
}

var (
	port      = regexp.MustCompile(`^(\d+)$`)
	listening = regexp.MustCompile(`msg=listening addr=127\.0\.0\.1:(\d+)`)
)

func compare(ctx context.Context, rounds int, window time.Duration) (err error) {
	dir, err := testdb.NewFolder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	company, err := newCompany(ctx, filepath.Join(dir, "pg"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, company.stop()) }()
	intranet := filepath.Join(dir, "intranet")
	build := exec.CommandContext(ctx, "go", "build", "-o", intranet, "./cmd/intranet") // #nosec G204 -- our own
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w: %s", err, out)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	vendor := []string{
		"CARAMELO_API_URL=" + company.vendor.URL, "CARAMELO_PROJECT_ID=" + projectID,
		"CARAMELO_SECRET_TOKEN=" + secretToken,
	}
	home := &peer{
		name: "the home page", command: []string{intranet, "serve"}, address: listening,
		env: append(vendor, "DATABASE_URL="+company.appURL, "PUBLIC_URL=http://127.0.0.1", "ADDR=127.0.0.1:0"),
	}
	stopHome, err := home.start(ctx)
	if err != nil {
		return err
	}
	defer stopHome()
	bytes, err := home.get(ctx, http.DefaultClient, company.sessions[0])
	if err != nil {
		return err
	}
	size := fmt.Sprintf("PAGE_BYTES=%d", bytes)
	statements, err := company.statements(ctx)
	if err != nil {
		return err
	}
	all := []*peer{
		home,
		{
			name: "the guide's example, Express", command: []string{"node", "internal/webtest/peers/node/guide.mjs"},
			address: port, env: vendor,
		}, {
			name: "the same page, Express", command: []string{"node", "internal/webtest/peers/node/whole.mjs"},
			address: port, env: append(append(vendor, size), company.libpq...),
		}, {
			name: "the same call, statements and bytes, bare Go", command: []string{self, "-bare"}, address: port,
			env: append(append(vendor, size, "DATABASE_URL="+company.appURL), statements...),
		},
	}
	for _, p := range all[1:] {
		stop, err := p.start(ctx)
		if err != nil {
			return err
		}
		defer stop()
	}
	for round := range rounds + 1 {
		for _, p := range all {
			perSecond, err := p.measure(ctx, company.sessions, window)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			if round > 0 { // the first one warms up
				p.perSecond = append(p.perSecond, perSecond)
			}
		}
	}
	fmt.Printf("%d connections, %d people, %d bytes a page, medians of %d rounds of %v\n\n",
		connections, len(company.sessions), bytes, rounds, window)
	fmt.Printf("%-48s %12s %26s\n", "", "requests/s", "the home page against it")
	for _, p := range all {
		fmt.Printf("%-48s %12.0f %26.2f\n", p.name, median(p.perSecond), median(home.perSecond)/median(p.perSecond))
	}
	return nil
}

func median(all []float64) float64 {
	sorted := slices.Clone(all)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}

// start starts the server, and returns once it says where it listens.
func (p *peer) start(ctx context.Context) (stop func(), err error) {
	command := exec.CommandContext(ctx, p.command[0], p.command[1:]...) // #nosec G204 -- our own
	command.Env = append([]string{"PATH=" + os.Getenv("PATH"), "NODE_ENV=production", "LOG_LEVEL=info"}, p.env...)
	out, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	command.Stdout, command.Stderr = w, w
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	_ = w.Close()
	var seen []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		seen = append(seen, lines.Text())
		if found := p.address.FindStringSubmatch(lines.Text()); found != nil {
			p.url = "http://127.0.0.1:" + found[1] + "/"
			go func() { _, _ = io.Copy(io.Discard, out) }() // its log
			return func() { _ = command.Process.Signal(syscall.SIGTERM); _ = command.Wait() }, nil
		}
	}
	return nil, fmt.Errorf("%s says nowhere where it listens: %s", p.name, strings.Join(seen, "\n"))
}

func (p *peer) get(ctx context.Context, client *http.Client, session string) (size int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Cookie", "session="+session)
	req.Header.Set("Accept-Encoding", "identity")
	res, err := client.Do(req) // #nosec G704 -- this machine
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err == nil && (res.StatusCode != http.StatusOK || !strings.Contains(string(body), chatToken)) {
		err = fmt.Errorf("status %s, %d bytes, and no token in them", strconv.Itoa(res.StatusCode), len(body))
	}
	return len(body), err
}

// measure asks for the page from all connections for that long.
func (p *peer) measure(ctx context.Context, sessions []string, window time.Duration) (perSecond float64, err error) {
	transport := &http.Transport{MaxIdleConnsPerHost: connections}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	var done atomic.Int64
	var failed atomic.Pointer[error]
	began := time.Now()
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for time.Since(began) < window && failed.Load() == nil {
				session := sessions[int(turn.Add(1))%len(sessions)]
				if _, err := p.get(ctx, client, session); err != nil {
					failed.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(done.Load()) / time.Since(began).Seconds(), nil
}

// turn is whose turn it is: nobody may have too many pages.
var turn atomic.Int64
