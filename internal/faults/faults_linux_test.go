package faults_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/carameloai/intranet/internal/paths"
)

// long says that each fault lasts longer, and comes more than once.
var long = os.Getenv("FAULTS") == "long"

// A fault is something that goes wrong while people work.
type fault struct {
	name   string
	hold   time.Duration // for how long
	people int
	pause  time.Duration // of each person, between two pages
	allow  allowance
	back   time.Duration // after its end nothing fails later than this
	last   bool          // nothing comes after it: the standby has taken over
	crowd  bool          // the people themselves are the fault: it ends when they leave
	// begin makes it so. What it returns ends it, and returns once that is done.
	begin func(s *stand) (end func())
}

// What people and promises are, where a fault does not say something else.
func (f fault) withDefaults() fault {
	if f.people == 0 {
		f.people = 16
	}
	if f.pause == 0 {
		f.pause = 50 * time.Millisecond
	}
	if f.back == 0 {
		f.back = 2 * time.Second
	}
	if long {
		f.hold, f.pause = 4*f.hold, 5*f.pause // one person may have four pages a second for as long as they like
	}
	return f
}

// sayNo are faults during which pages and forms are answered with a page that says so.
var sayNo = allowance{reads: true, writes: true}

// behindPooler are the faults of an intranet whose replicas reach Postgres through PgBouncer.
var behindPooler = []fault{
	{name: "replica killed", hold: 2 * time.Second, allow: allowance{cut: true}, begin: func(s *stand) func() {
		r := s.replicas[0]
		letGo := s.holdForms(6)
		r.kill()
		letGo()
		return func() { s.start(r) }
	}},
	// The balancer waits for 6 s before it asks the other one, which has 3 s.
	{name: "replica stopped", hold: 4 * time.Second,
		allow: allowance{reads: true, writes: true, cut: true, late: 6 * time.Second},
		begin: func(s *stand) func() { return s.replicas[1].pause() }},
	{name: "pooler killed", hold: 2 * time.Second, allow: sayNo, begin: func(s *stand) func() {
		s.pooler.kill()
		return s.startPooler
	}},
	{name: "Caramelo slow", hold: time.Second, begin: caramelo(`{"latency":"400ms","jitter":"400ms"}`)},
	{name: "Caramelo hanging", hold: 4 * time.Second, begin: caramelo(`{"answer":"hang-before"}`)},
	{name: "Caramelo flapping", hold: 2 * time.Second, begin: flapping},
	{name: "rolling restart", begin: func(s *stand) func() {
		for _, r := range s.replicas {
			s.restart(r)
		}
		return func() {}
	}},
	{name: "failover behind the pooler", last: true, allow: sayNo, begin: func(s *stand) func() {
		s.primary.die()
		s.standby.promote(s.t)
		return s.leadPooler
	}},
}

// direct are those of one whose replicas know both servers.
var direct = []fault{
	{name: "Postgres stopped", hold: 4 * time.Second, allow: sayNo, begin: func(s *stand) func() {
		return s.primary.pause()
	}},
	{name: "Postgres killed", hold: time.Second, allow: sayNo, begin: func(s *stand) func() {
		s.primary.crash()
		return func() { s.primary.start(s.t) }
	}},
	{name: "table locked", hold: 3 * time.Second, allow: sayNo, begin: func(s *stand) func() {
		conn := s.primary.connect(s.t)
		s.in(conn, `BEGIN; LOCK TABLE sessions`)
		return func() { s.in(conn, `ROLLBACK`) }
	}},
	{name: "read-only", hold: 2 * time.Second, allow: allowance{writes: true}, begin: func(s *stand) func() {
		s.primary.exec(s.t, `ALTER SYSTEM SET default_transaction_read_only = on`, `SELECT pg_reload_conf()`)
		conn := s.primary.connect(s.t)
		s.in(conn, `SET default_transaction_read_only = off`)
		return func() {
			s.in(conn, `ALTER SYSTEM RESET default_transaction_read_only`)
			s.in(conn, `SELECT pg_reload_conf()`)
		}
	}},
	{name: "no connection left", hold: 2 * time.Second, allow: sayNo, begin: exhausted},
	{name: "a crowd", crowd: true, hold: 2 * time.Second, people: 200, pause: time.Millisecond,
		allow: allowance{reads: true, writes: true, late: 4 * time.Second},
		begin: func(*stand) func() { return func() {} }},
	{name: "failover", last: true, allow: sayNo, begin: func(s *stand) func() {
		s.primary.die()
		s.standby.promote(s.t)
		return func() {}
	}},
}

// fullDisk is that of one whose only Postgres is on a small disk.
var fullDisk = []fault{
	{name: "disk full", hold: 2 * time.Second, allow: sayNo, begin: func(s *stand) func() {
		ballast := s.fillDisk()
		conn := s.primary.connect(s.t)
		for range 64 { // each needs a new segment of the log, until there is no room for one
			if _, err := conn.Exec(s.t.Context(), `SELECT pg_switch_wal() FROM txid_current()`); err != nil {
				break
			}
		}
		return func() {
			if err := os.Remove(ballast); err != nil {
				s.t.Fatal(err)
			}
			s.primary.start(s.t) // where it has ended
		}
	}},
}

func caramelo(faults string) func(*stand) func() {
	return func(s *stand) func() {
		s.vendorDoes(faults)
		return func() { s.vendorDoes("") }
	}
}

// flapping makes Caramelo come and go.
func flapping(s *stand) func() {
	stop := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		for n := 0; ; n++ {
			s.vendorDoes([]string{`{"answer":"status-503"}`, "", `{"answer":"reset"}`, ""}[n%4])
			select {
			case <-stop:
				return
			case <-time.After(300 * time.Millisecond):
			}
		}
	})
	return func() { close(stop); running.Wait(); s.vendorDoes("") }
}

// exhausted takes every connection that the intranet's role may have.
func exhausted(s *stand) func() {
	var all []*pgx.Conn
	full := func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		conn, err := pgx.Connect(ctx, s.primary.url("intranet"))
		if err == nil {
			all = append(all, conn)
		}
		return err != nil
	}
	until(s.t, "there is no connection left", 10*time.Second, full)
	// What the replicas have is taken from them, and they find no place again.
	s.primary.exec(s.t, fmt.Sprintf(`ALTER ROLE intranet CONNECTION LIMIT %d`, len(all)),
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'intranet' AND query <> ''`)
	return func() {
		s.primary.exec(s.t, `ALTER ROLE intranet CONNECTION LIMIT -1`)
		for _, conn := range all {
			_ = conn.Close(context.Background())
		}
	}
}

// in sends statements on a connection.
func (s *stand) in(conn *pgx.Conn, sql string) {
	s.t.Helper()
	if _, err := conn.Exec(s.t.Context(), sql); err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
}

// holdForms keeps forms waiting in the middle, and returns once so many of them wait.
func (s *stand) holdForms(n int) (letGo func()) {
	s.t.Helper()
	conn, other := s.primary.connect(s.t), s.primary.connect(s.t)
	s.in(conn, `BEGIN; LOCK TABLE departments IN SHARE MODE`)
	until(s.t, "forms wait", 10*time.Second, func() bool {
		var waiting int
		const sql = `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`
		return other.QueryRow(s.t.Context(), sql).Scan(&waiting) == nil && waiting >= n
	})
	return func() { s.in(conn, `ROLLBACK`) }
}

// restart ends a replica as a deployment does, and waits until the new one is asked for pages.
func (s *stand) restart(r *replica) {
	s.t.Helper()
	r.signal(syscall.SIGTERM)
	until(s.t, "a replica ends by itself", 20*time.Second, func() bool {
		select {
		case <-r.ended:
			return true
		default:
			return false
		}
	})
	if code := r.cmd.ProcessState.ExitCode(); code != 0 {
		s.t.Errorf("a replica ended with %d", code)
	}
	s.start(r)
	until(s.t, "it is asked for pages", 20*time.Second, func() bool {
		return strings.Contains(r.output.String(), `"path":"/people"`)
	})
}

func TestFaults(t *testing.T) {
	for _, way := range []struct {
		name   string
		start  func(*testing.T) *stand
		faults []fault
	}{
		{"behind a pooler", func(t *testing.T) *stand { return newStand(t, true) }, behindPooler},
		{"direct", func(t *testing.T) *stand { return newStand(t, false) }, direct},
		{"small disk", smallStand, fullDisk},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			s := way.start(t)
			for _, f := range way.faults {
				times := 1
				if long && !f.last {
					times = 3
				}
				for range times {
					t.Run(f.name, func(t *testing.T) { f.withDefaults().happens(t, s) })
				}
			}
		})
	}
}

// happens lets a fault happen while people work.
func (f fault) happens(t *testing.T, s *stand) {
	t.Helper()
	c := newCrowd(t, s, f.people, f.pause, f.allow)
	c.come()
	<-time.After(300 * time.Millisecond)
	began := time.Now()
	end := f.begin(s)
	<-time.After(f.hold)
	end()
	ended := time.Now()
	if !f.crowd {
		until(t, "everybody can save something again", time.Minute, func() bool { return c.served(ended) })
		<-time.After(500 * time.Millisecond)
	}
	c.leave(30 * time.Second)
	db := s.primary
	if f.last {
		db = s.standby
	}
	c.verify(db)
	f.measure(t, c, began, ended)
}

// served reports whether everybody has saved something since then.
func (c *crowd) served(since time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	served := map[int]bool{}
	for _, r := range c.requests {
		if r.what == "POST "+paths.AdminDepartments && !r.failed && r.began.After(since) {
			served[r.by] = true
		}
	}
	return len(served) == len(c.all)
}

// measure says what people saw of a fault.
func (f fault) measure(t *testing.T, c *crowd, began, ended time.Time) {
	t.Helper()
	failed, longest, back := 0, time.Duration(0), time.Duration(0)
	for _, r := range c.requests {
		if r.ended.Before(began) {
			continue
		}
		longest = max(longest, r.took())
		if r.failed {
			failed++
			back = max(back, r.ended.Sub(ended))
		}
	}
	saved := 0
	for _, v := range c.all {
		saved += len(v.saved)
	}
	t.Logf("| %s | %.1f s | %d | %d | %d | %.1f s | %.1f s | %.1f s |", f.name, ended.Sub(began).Seconds(),
		len(c.requests), failed, saved, longest.Seconds(), back.Seconds(), c.noise.Seconds())
	if back > f.back+c.noise && !f.crowd {
		t.Errorf("the last failure was %v after the fault", back)
	}
	if len(c.requests) < 5*f.people || saved < 16 {
		t.Errorf("only %d requests and %d writes: nothing is proved", len(c.requests), saved)
	}
}
