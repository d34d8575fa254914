package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// Who opens many connections and says nothing, or a letter at a time, keeps
// nobody else waiting, and is shown out.
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
		if status, body := get(t, "http://"+a.address+"/login"); status != http.StatusOK || !strings.Contains(body, "</html>") {
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
