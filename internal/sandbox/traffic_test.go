package sandbox

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Neither the calls that the panel shows nor the customers that are kept grow without
// bound.
func TestAMillionCallsTakeNoMoreMemoryThanAFew(t *testing.T) {
	s, err := New(Config{ProjectID: "p_test", SecretToken: "sk_test", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	customers := 0
	record := func(times int) (heap uint64) {
		for range times {
			customers++
			c := person{
				id:    fmt.Sprint("c_", customers),
				name:  strings.Repeat("n", 200),
				email: strings.Repeat("e", 320),
				lang:  "pt",
			}
			s.chats.remember(c)
			s.record(t.Context(), call{At: time.Now(), Status: 200, Code: "ok", Customer: c.id, Lang: baseTag(c.lang)})
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	few := record(2 * maxCustomers)
	if many := record(1_000_000); many > few+8<<20 {
		t.Errorf("the heap grew from %d to %d bytes", few, many)
	}
	calls, received, _ := s.traffic.lastCalls()
	if received != customers || len(calls) != maxCalls || calls[0].Customer != fmt.Sprint("c_", customers) {
		t.Errorf("%d of %d calls are shown, the last of %s", len(calls), received, calls[0].Customer)
	}
}

// "call" measures a call without a fault, and "panel" the part of it that faults and
// panel need. Run it with make bench.
func BenchmarkIntranetAuth(b *testing.B) {
	s, err := New(Config{ProjectID: testProject, SecretToken: testSecret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	handler, body := s.Handler(), authBody(ana.speaking("pt"))
	path := "/api/chatbox/project/" + testProject + "/intranet-auth"
	b.Run("call", func(b *testing.B) {
		for b.Loop() {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if handler.ServeHTTP(w, r); w.Code != http.StatusOK {
				b.Fatal(w.Code, w.Body)
			}
		}
	})
	b.Run("panel", func(b *testing.B) {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		for b.Loop() {
			faults := *s.faults.Load()
			if !s.pause(r, faults.delay()) || faults.Answer != "" {
				b.Fatal("a fault is set")
			}
			s.traffic.add(call{At: time.Now(), Status: 200, Code: "ok", Customer: "c_7", Lang: baseTag("pt")})
		}
	})
}

// The panel shows whose call it was in the caller's own log, and nothing that is no id.
func TestACallIsShownWithItsRequest(t *testing.T) {
	b := newTestSandbox(t)
	for n, test := range []struct{ sent, shown string }{
		{"7f0c9a52-9e0f-4a57-8d0c-0f4f4bde9c11", "7f0c9a52-9e0f-4a57-8d0c-0f4f4bde9c11"},
		{"", ""},
		{testSecret, ""},
		{"<script>", ""},
		{strings.Repeat("x", 65), ""},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.authURL(), strings.NewReader(authBody(ana)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Request-Id", test.sent)
		res, err := http.DefaultClient.Do(req)
		if err != nil || res.Body.Close() != nil || res.StatusCode != http.StatusOK {
			t.Fatal(res, err)
		}
		eventually(t, "the call", func() bool { _, received, _ := b.traffic.lastCalls(); return received == n+1 })
		if calls, _, _ := b.traffic.lastCalls(); calls[0].Request != test.shown {
			t.Errorf("%q is shown as %q", test.sent, calls[0].Request)
		}
		if shown := b.panel(t).Find("#calls tbody tr").First().Find("td").Last().Text(); shown != test.shown {
			t.Errorf("the panel shows %q for %q", shown, test.sent)
		}
	}
}
