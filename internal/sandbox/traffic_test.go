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

// What the panel shows does not grow with the calls, nor does what is remembered
// of those who made them.
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
			c := person{id: fmt.Sprint("c_", customers), name: strings.Repeat("n", 200), email: strings.Repeat("e", 320), lang: "pt"}
			s.chats.admit(c)
			s.note(t.Context(), call{At: time.Now(), Status: 200, Code: "ok", Customer: c.id, Lang: baseTag(c.lang)})
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
	if calls, received, _ := s.traffic.lastCalls(); received != customers || len(calls) != maxCalls || calls[0].Customer != fmt.Sprint("c_", customers) {
		t.Errorf("%d of %d calls are shown, the last of %s", len(calls), received, calls[0].Customer)
	}
}

// What the faults and the panel add to a call that none of them touches, next to
// that call: make bench.
func BenchmarkIntranetAuth(b *testing.B) {
	s, err := New(Config{ProjectID: testProject, SecretToken: testSecret, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	handler, body := s.Handler(), authBody("7", "Ana", "pt")
	b.Run("call", func(b *testing.B) {
		for b.Loop() {
			r := httptest.NewRequest(http.MethodPost, "/api/chatbox/project/"+testProject+"/intranet-auth", strings.NewReader(body))
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
