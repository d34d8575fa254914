package caramelo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func discard() *log.Logger { return log.New(io.Discard, "", 0) }

// newRawVendor is a vendor without net/http. It reads one request from each
// connection and then calls handle with the connection and its number.
func newRawVendor(t *testing.T, handle func(n int64, conn *net.TCPConn)) (url string, connections *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections = new(atomic.Int64)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			n := connections.Add(1)
			go func() {
				defer func() { _ = conn.Close() }()
				if readRequest(conn) == nil {
					handle(n, conn.(*net.TCPConn))
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String(), connections
}

func readRequest(conn net.Conn) error {
	buffer := make([]byte, 4096)
	var seen strings.Builder
	for {
		n, err := conn.Read(buffer)
		seen.Write(buffer[:n])
		if err != nil {
			return err
		}
		if strings.HasSuffix(seen.String(), "}") {
			return nil
		}
	}
}

const rawGood = "HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n" + `{"real_time_access_token":"raw"}`

// observed sets an Observe that keeps the outcome.
func observed(outcome *Outcome) func(*Config) {
	return func(c *Config) { c.Observe = func(_ context.Context, o Outcome) { *outcome = o } }
}

func TestConnectionsThatFail(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	reset := func(conn *net.TCPConn) { _ = conn.SetLinger(0); _ = conn.Close() }
	for _, test := range []struct {
		name   string
		handle func(n int64, conn *net.TCPConn)
		want   Kind
		calls  int
	}{
		{"reset before any answer", func(_ int64, c *net.TCPConn) { reset(c) }, Unavailable, 2},
		{"closed before any answer", func(int64, *net.TCPConn) {}, Unavailable, 2},
		{"reset once, then well", func(n int64, c *net.TCPConn) {
			if n == 1 {
				reset(c)
				return
			}
			_, _ = io.WriteString(c, rawGood)
		}, OK, 2},
		{"reset within the headers", func(_ int64, c *net.TCPConn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-")
			_ = c.CloseWrite()
		}, Unavailable, 1},
		{"closed within the body", func(_ int64, c *net.TCPConn) {
			_, _ = io.WriteString(c, rawGood[:len(rawGood)-9])
		}, Unavailable, 1},
		{"not HTTP", func(_ int64, c *net.TCPConn) {
			_, _ = io.WriteString(c, "SSH-2.0-OpenSSH\r\n\r\n")
		}, Unavailable, 1},
		{"hangs before the headers", func(int64, *net.TCPConn) { <-hang }, Timeout, 1},
		{"hangs within the body", func(_ int64, c *net.TCPConn) {
			_, _ = io.WriteString(c, rawGood[:len(rawGood)-9])
			<-hang
		}, Timeout, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, connections := newRawVendor(t, test.handle)
			var outcome Outcome
			c := newClient(t, url, observed(&outcome), func(c *Config) {
				if test.want == Timeout {
					c.Timeout = 100 * time.Millisecond
				}
			})
			began := time.Now()
			_, err := c.Start(t.Context(), ana).Join()
			if KindOf(err) != test.want || outcome.Calls != test.calls || int(connections.Load()) != test.calls {
				t.Errorf("%v; %d calls on %d connections, want %s with %d",
					err, outcome.Calls, connections.Load(), test.want, test.calls)
			}
			if test.want == Timeout && time.Since(began) > 2*time.Second {
				t.Errorf("took %v with a budget of 100 ms", time.Since(began))
			}
		})
	}
}

// The error of net/http for an answer that is not HTTP quotes the answer, and the
// vendor or a proxy may repeat the request in it.
func TestAnEchoOfTheSecretIsInNoError(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"header":          "HTTP/1.1 200 OK\r\n%s\r\n\r\n",
		"header value":    "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
		"status line":     "HTTP/1.1 %s\r\n\r\n",
		"protocol":        "%s\r\n\r\n",
		"location":        "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://[%s\r\nContent-Length: 0\r\n\r\n",
		"transfer coding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n",
		"chunk":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n",
		"body":            "HTTP/1.1 500 No\r\nContent-Length: 14\r\n\r\n%s",
		"no JSON":         "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n%s",
		"no token":        "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{\"chat\":\"%s",
		"another token":   "HTTP/1.1 200 OK\r\nContent-Length: 46\r\n\r\n{\"real_time_access_token\": [\"%s\"]}",
	} {
		url, _ := newRawVendor(t, func(_ int64, c *net.TCPConn) { _, _ = fmt.Fprintf(c, answer, canary) })
		_, err := newClient(t, url).Start(t.Context(), ana).Join()
		if err == nil || strings.Contains(err.Error(), canary) ||
			strings.Contains(fmt.Sprintf("%+v %#v", err, err), canary) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "location" && KindOf(err) != Malformed {
			t.Errorf("a redirect to nowhere: %v", err)
		}
	}
}

func TestARequestThatEndsFirstSaysNothingOfTheVendor(t *testing.T) {
	t.Parallel()
	vendor := newVendor(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	c := newClient(t, vendor.URL, func(c *Config) { c.BreakAfter = 1 })
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		if _, err := c.Start(ctx, ana).Join(); KindOf(err) != Canceled {
			t.Error(err)
		}
		cancel()
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	_, err = newClient(t, "http://"+listener.Addr().String()).Start(t.Context(), ana).Join()
	if KindOf(err) != Unavailable {
		t.Error(err)
	}
}

// This vendor closes each connection right after its answer, without announcing
// it, so that the client often takes a closed connection from its pool.
func TestADeadKeptConnectionCostsNoPage(t *testing.T) {
	t.Parallel()
	url, _ := newRawVendor(t, func(_ int64, c *net.TCPConn) { _, _ = io.WriteString(c, rawGood) })
	c := newClient(t, url)
	for i := range 300 {
		if _, err := c.Start(t.Context(), ana).Join(); err != nil {
			t.Fatalf("page %d: %v", i, err)
		}
	}
}

func TestTheRetrySharesTheBudget(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	url, connections := newRawVendor(t, func(n int64, c *net.TCPConn) {
		if n > 1 {
			<-hang
		}
	})
	c := newClient(t, url, func(c *Config) { c.Timeout = 150 * time.Millisecond })
	began := time.Now()
	_, err := c.Start(t.Context(), ana).Join()
	if KindOf(err) != Timeout || connections.Load() != 2 || time.Since(began) > 2*time.Second {
		t.Errorf("%v, %d connections, %v", err, connections.Load(), time.Since(began))
	}
}

func TestAPersonWhoLeavesCancelsTheCall(t *testing.T) {
	t.Parallel()
	arrived, left := make(chan struct{}), make(chan struct{})
	vendor := newVendor(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(arrived)
		<-r.Context().Done()
		close(left)
	})
	ctx, cancel := context.WithCancel(t.Context())
	c := newClient(t, vendor.URL)
	h := c.Start(ctx, ana)
	<-arrived
	select {
	case <-h.Done():
		t.Fatal("ended while the vendor was still busy")
	default:
	}
	cancel()
	if _, err := h.Join(); KindOf(err) != Canceled {
		t.Error(err)
	}
	<-left
}

func TestTheCircuitOpensAndClosesByItself(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status int
		opens  bool
	}{
		{500, true},
		{503, true},
		{400, false},
		{401, false},
		{404, false},
		{200, false},
	} {
		t.Run(fmt.Sprint(test.status), func(t *testing.T) {
			t.Parallel()
			var calls, status atomic.Int64
			status.Store(int64(test.status))
			vendor := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				answer(int(status.Load()), good)(w, nil)
			})
			c := newClient(t, vendor.URL, func(c *Config) { c.BreakAfter, c.BreakFor = 3, 50*time.Millisecond })
			for n := range 3 {
				_, _ = c.Start(t.Context(), somebody(n)).Join()
			}
			_, err := c.Start(t.Context(), ana).Join()
			if opened := KindOf(err) == CircuitOpen; opened != test.opens || (calls.Load() == 3) != test.opens {
				t.Fatalf("after three times %d: %v, %d calls", test.status, err, calls.Load())
			}
			if !test.opens {
				return
			}
			status.Store(200)
			deadline := time.After(5 * time.Second)
			for {
				if _, err = c.Start(t.Context(), ana).Join(); err == nil {
					break
				}
				select {
				case <-deadline:
					t.Fatalf("still %v", err)
				case <-time.After(5 * time.Millisecond):
				}
			}
		})
	}
}

// A closed tab is neither a failure nor a success: it does not open the circuit,
// and it does not interrupt a series of failures.
func TestPeopleWhoLeaveDoNotMoveTheCircuit(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	vendor := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), "leaves") {
			answer(500, "")(w, nil)
			return
		}
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	c := newClient(t, vendor.URL, func(c *Config) { c.BreakAfter = 2 })
	leave := func() {
		ctx, cancel := context.WithCancel(t.Context())
		h := c.Start(ctx, Customer{Name: "leaves"})
		<-arrived
		cancel()
		if _, err := h.Join(); KindOf(err) != Canceled {
			t.Fatal(err)
		}
	}
	for range 5 {
		leave()
	}
	for n := range 3 {
		if _, err := c.Start(t.Context(), somebody(n)).Join(); KindOf(err) != Unavailable {
			t.Fatalf("opened by people who left: %v", err)
		}
		if c.breaker.State().String() == "closed" {
			leave()
		}
	}
	if _, err := c.Start(t.Context(), ana).Join(); KindOf(err) != CircuitOpen {
		t.Errorf("three failures with closed tabs between them: %v", err)
	}
}

func TestRetryAfterIsHonouredUpTo30Seconds(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]time.Duration{
		"1": time.Second, "86400": 30 * time.Second, "": 0, "soon": 0, "-5": 0,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat): 30 * time.Second,
	} {
		for _, status := range []int{429, 503} {
			var calls atomic.Int64
			vendor := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.Header().Set("Retry-After", header)
				w.WriteHeader(status)
			})
			c := newClient(t, vendor.URL)
			_, err := c.Start(t.Context(), ana).Join()
			e, ok := errors.AsType[*Error](err)
			if !ok || e.RetryAfter != want {
				t.Errorf("%q: %+v", header, err)
			}
			_, err = c.Start(t.Context(), ana).Join()
			wanted := want > 0 || status == 429 // which pauses for a while by itself
			if paused := KindOf(err) == CircuitOpen && calls.Load() == 1; paused != wanted {
				t.Errorf("%d with %q: then %v after %d calls", status, header, err, calls.Load())
			}
		}
	}
	// A shorter pause does not replace a longer one.
	longer := newClient(t, "http://127.0.0.1:1")
	for _, wait := range []time.Duration{20 * time.Second, time.Second} {
		_ = longer.judge(ana.ID, &Error{Kind: RateLimited, RetryAfter: wait})
	}
	if _, err := longer.Start(t.Context(), ana).Join(); err == nil || err.(*Error).RetryAfter < 10*time.Second {
		t.Error(err)
	}
	// The pause ends by itself.
	c := newClient(t, newVendor(t, answer(200, good)).URL)
	_ = c.judge(ana.ID, &Error{Kind: RateLimited, RetryAfter: 20 * time.Millisecond})
	for deadline := time.Now().Add(5 * time.Second); ; {
		if _, err := c.Start(t.Context(), ana).Join(); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestAStalledVendorCannotPileUpCalls(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	var calls atomic.Int64
	vendor := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		calls.Add(1)
		<-release
		_, _ = io.WriteString(w, good)
	})
	letGo := sync.OnceFunc(func() { close(release) })
	t.Cleanup(letGo) // before the vendor's, which waits for its calls
	c := newClient(t, vendor.URL, func(c *Config) { c.MaxInFlight = 4 })
	var pages []*Handshake
	for range 100 {
		pages = append(pages, c.Start(t.Context(), ana))
	}
	overloaded := 0
	for overloaded < 96 { // these end while the vendor still holds the others
		overloaded = 0
		for _, h := range pages {
			select {
			case <-h.Done():
				if _, err := h.Join(); KindOf(err) != Overloaded {
					t.Fatal(err)
				}
				overloaded++
			default:
			}
		}
	}
	letGo()
	for _, h := range pages {
		_, _ = h.Join()
	}
	if calls.Load() != 4 {
		t.Errorf("%d calls", calls.Load())
	}
	if _, err := c.Start(t.Context(), ana).Join(); err != nil {
		t.Errorf("the slots do not come free: %v", err)
	}
}

func TestAPanicIsAFailedHandshake(t *testing.T) {
	t.Parallel()
	c := newClient(t, "http://127.0.0.1:1")
	c.breaker = nil // stands for a mistake of ours
	_, err := c.Start(t.Context(), ana).Join()
	if KindOf(err) != Unavailable || !strings.Contains(err.Error(), "panic") {
		t.Error(err)
	}
}

func TestNoSecretInAnyForm(t *testing.T) {
	t.Parallel()
	const token = "token_canary"
	echo := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Location", "/"+string(body))
		status := http.StatusOK
		if strings.Contains(string(body), "fail") {
			status = http.StatusTeapot
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"real_time_access_token":"`+token+`"}`)
	})
	c := newClient(t, echo.URL)
	h := c.Start(t.Context(), ana)
	connection, err := h.Join()
	if err != nil || connection.Token.Reveal() != token {
		t.Fatal(err)
	}
	_, failure := c.Start(t.Context(), Customer{Name: "fail"}).Join()
	if failure == nil {
		t.Fatal("no failure")
	}
	holder := struct {
		hidden Secret
		Shown  *Secret
	}{connection.Token, &connection.Token}
	var out strings.Builder
	values := []any{
		c.config,
		*h, h,
		connection, &connection,
		connection.Token, &connection.Token,
		failure,
		holder, &holder,
		[]Secret{connection.Token},
		map[string]any{"k": c.config.Secret},
	}
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
	}
	for _, secret := range []string{canary, token} {
		for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret)} {
			if strings.Contains(out.String(), form) {
				t.Errorf("%s leaks", secret)
			}
		}
	}
	if !strings.Contains(out.String(), masked) {
		t.Error("nothing was printed at all")
	}
	if (Secret{}).Reveal() != "" {
		t.Error("the zero secret is not empty")
	}
}
