package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Connections that send nothing, or one letter at a time, keep nobody else waiting and are
// closed.
func TestSlowClientsDoNotHoldTheServer(t *testing.T) {
	a := attacked(t, 1)
	began := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	var slow sync.WaitGroup
	drip := func(conn net.Conn, text string, every time.Duration) {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for i := range len(text) {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
				return
			}
		}
	}
	for n := range 200 {
		conn := a.dial()
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetReadDeadline(began.Add(readHeaderTimeout + 5*time.Second))
		kind := n % 5
		if kind >= 2 && kind < 4 {
			go drip(conn, "GET /login HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 1000), 100*time.Millisecond)
		}
		if kind == 4 {
			whole := login("Connection: close")
			_, _ = io.WriteString(conn, strings.TrimSuffix(whole, "email=a"))
			go drip(conn, "email=a", 300*time.Millisecond)
		}
		slow.Go(func() {
			answer, err := io.ReadAll(conn)
			timeout, ok := errors.AsType[net.Error](err)
			switch hangs := ok && timeout.Timeout(); {
			case kind == 4 && !strings.HasPrefix(string(answer), "HTTP/1.1 422"): // slow is not wrong
				t.Errorf("a slow form got %.40q, %v", answer, err)
			case kind != 4 && hangs:
				t.Errorf("a connection without a request is open after %v", time.Since(began))
			}
		})
	}
	var slowest time.Duration
	for range 100 {
		asked := time.Now()
		if status, body := get(t, "http://"+a.address+"/login"); status != http.StatusOK ||
			!strings.Contains(body, "</html>") {
			t.Fatalf("%d", status)
		}
		slowest = max(slowest, time.Since(asked))
	}
	if slowest > time.Second {
		t.Errorf("a page took %v while others were slow", slowest)
	}
	if time.Since(began) > readHeaderTimeout {
		t.Logf("the pages took %v: not all of them were asked for while the slow ones were there", time.Since(began))
	}
	slow.Wait()
	t.Logf("the slowest page of 100 took %v; the last slow connection ended after %v", slowest, time.Since(began))
	stop()
	a.end()
}

// When everybody signs in at once, all with the right password get in, because who finds no
// place comes again when the answer says so, as the script of the sign-in page does. On a
// machine with nothing else to do it takes a minute at most. The hashes do not take all
// the memory: 500 of 19 MiB each would be 9 GiB.
func TestFiveHundredSignInsAtOnce(t *testing.T) {
	const (
		people   = 500
		patience = 15 * time.Second // for one answer
		allIn    = 2 * time.Minute  // twice as long, for a machine with other tests
	)
	a := attacked(t, people)
	runtime.GC()
	debug.FreeOSMemory()
	before := held()
	// Peaks are short: they are looked for all the time.
	peak, measured, stop := before, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(measured)
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				peak = max(peak, held())
			case <-stop:
				return
			}
		}
	}()
	results, start := make([]signedIn, people), make(chan struct{})
	var refused atomic.Int64
	var began time.Time
	var all sync.WaitGroup
	for n := range people {
		secret := theirPassword
		if n%5 == 4 {
			secret = "wrong"
		}
		all.Go(func() {
			<-start
			for {
				results[n] = a.post(fmt.Sprintf("p%d@x.example", n), secret, patience)
				if results[n].status != http.StatusServiceUnavailable || time.Since(began) > allIn {
					return
				}
				refused.Add(1)
				<-time.After(results[n].again + rand.N(time.Second)) // as static/signin.js does
			}
		})
	}
	began = time.Now()
	close(start)
	all.Wait()
	took := time.Since(began)
	close(stop)
	<-measured
	statuses, slowest := map[int]int{}, time.Duration(0)
	for n, res := range results {
		statuses[res.status]++
		slowest = max(slowest, res.took)
		right := n%5 != 4
		switch {
		case res.err != nil:
			t.Errorf("p%d: %v", n, res.err)
		case res.status == http.StatusSeeOther && right, res.status == http.StatusUnprocessableEntity && !right:
		default:
			t.Errorf("p%d, with the right password %v: %d", n, right, res.status)
		}
	}
	grown := peak - before
	t.Logf("answers %v after %v, %d told to come again, the slowest answer after %v; memory grew by %d MiB at most",
		statuses, took, refused.Load(), slowest, grown>>20)
	if took > allIn {
		t.Errorf("it took %v", took)
	}
	if grown > allowed() {
		t.Errorf("memory grew by %d MiB, more than %d", grown>>20, allowed()>>20)
	}
	a.end()
}

// held is the memory that the Go runtime has from the system, in bytes: what of
// a process's size is ours. The client's side of the 500 connections is in it.
func held() uint64 {
	samples := []runtimemetrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	runtimemetrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// allowed is 200 MiB with two processors: a hash for each of them, twice, for what
// the collector has not seen yet, and the connections.
func allowed() uint64 {
	return uint64(200+(runtime.GOMAXPROCS(0)-2)*2*19) << 20
}
