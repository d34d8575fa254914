package caramelo

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// jwt is one without a signature worth the name.
func jwt(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x"
}

func TestAnOutcomeSaysWhereTheTimeWent(t *testing.T) {
	t.Parallel()
	const slow = 5 * time.Millisecond
	vendor := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-time.After(slow)
		_, _ = io.WriteString(w, good[:10])
		_ = http.NewResponseController(w).Flush()
		<-time.After(slow)
		_, _ = io.WriteString(w, good[10:])
	}))
	t.Cleanup(vendor.Close)
	c := newClient(t, vendor.URL)
	for n := range 2 {
		o := c.Start(t.Context(), ana).Outcome()
		s := o.Split
		if o.Kind != OK || s.Wait < slow || s.Read < slow/2 || s.Connect <= 0 || (s.TLS > 0) != (n == 0) {
			t.Errorf("call %d: %s, %+v", n, o.Kind, s)
		}
		if sum := s.Connect + s.TLS + s.Wait + s.Read; sum > o.Duration || sum < o.Duration/2 {
			t.Errorf("call %d: %v of %v", n, sum, o.Duration)
		}
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	if o := newClient(t, gone.URL).Start(t.Context(), ana).Outcome(); o.Kind != Unavailable || o.Split.Connect <= 0 || o.Split.Wait != 0 || o.Split.Read != 0 {
		t.Errorf("nobody listens: %+v", o)
	}
}

// Of an answer only what is on our lists is kept: the rest may be the secret.
func TestAnOutcomeDescribesTheAnswerAndQuotesNothing(t *testing.T) {
	t.Parallel()
	exp := time.Now().Add(time.Hour).Truncate(time.Second)
	for name, test := range map[string]struct {
		status     int
		kind, body string
		want       Answer
	}{
		"documented": {200, "application/json; charset=utf-8", good, Answer{Type: "application/json", Size: len(good), Keys: []string{"real_time_access_token", "customer_id", "chat", "chatbot"}}},
		"a JWT":      {200, "text/plain", `{"real_time_access_token":"` + jwt(fmt.Sprintf(`{"exp":%d}`, exp.Unix())) + `","` + canary + `":1}`, Answer{Type: "text/plain", Keys: []string{"real_time_access_token"}, Expires: exp}},
		"no exp":     {200, "", `{"real_time_access_token":"` + jwt(`{}`) + `"}`, Answer{Type: "text/plain", Keys: []string{"real_time_access_token"}}},
		"wild exp":   {200, canary, `{"real_time_access_token":"` + jwt(`{"exp":1e300}`) + `"}`, Answer{Type: "other", Keys: []string{"real_time_access_token"}}},
		"text exp":   {200, "text/" + canary, `{"real_time_access_token":"` + jwt(`{"exp":"soon"}`) + `"}`, Answer{Type: "other", Keys: []string{"real_time_access_token"}}},
		"no token":   {200, "application/json", `{"chat":"` + canary + `"}`, Answer{Type: "application/json", Keys: []string{"chat"}}},
		"an error":   {401, "text/html", canary, Answer{Type: "text/html"}},
		"huge":       {503, "text/html", strings.Repeat(canary, 1000), Answer{Type: "text/html", Size: 4 << 10}},
	} {
		vendor := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
			if test.kind != "" {
				w.Header().Set("Content-Type", test.kind)
			}
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		})
		if test.want.Size == 0 {
			test.want.Size = len(test.body)
		}
		o := newClient(t, vendor.URL).Start(t.Context(), ana).Outcome()
		got := o.Answer
		if got.Type != test.want.Type || got.Size != test.want.Size || !slices.Equal(got.Keys, test.want.Keys) || !got.Expires.Equal(test.want.Expires) {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
		if strings.Contains(fmt.Sprintf("%+v", o), canary) {
			t.Errorf("%s: the outcome quotes the answer", name)
		}
	}
}

func TestTheRequestIsShownAsItIsSentButForTheSecret(t *testing.T) {
	t.Parallel()
	want := `{
  "secret_token": "[secret]",
  "external_customer_id": "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11",
  "name": "Ana \"Aninha\" \u003cb\u003e",
  "email": "ana@aroeira.example",
  "lang": "pt"
}`
	if got := Shown(ana); got != want {
		t.Error(got)
	}
}

func TestAClientTellsItsState(t *testing.T) {
	t.Parallel()
	release, status, header := make(chan struct{}), http.StatusOK, ""
	vendor := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-release
		w.Header().Set("Retry-After", header)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, good)
	})
	within := func(d time.Duration) func(*Config) { return func(c *Config) { c.BreakAfter, c.BreakFor = 1, d } }

	c := newClient(t, vendor.URL, within(time.Hour), func(c *Config) { c.MaxInFlight = 7 })
	under := c.Start(t.Context(), ana)
	release <- struct{}{} // it is at the vendor, and so has its slot
	under.Outcome()
	if s := c.State(); s != (State{Circuit: "closed", Limit: 7}) {
		t.Errorf("at rest: %+v", s)
	}
	under = c.Start(t.Context(), ana)
	for c.State().UnderWay != 1 {
		select {
		case <-under.Done():
			t.Fatal("it ended without being counted")
		default:
		}
	}
	close(release)
	under.Outcome()

	status = http.StatusInternalServerError
	c.Start(t.Context(), ana).Outcome()
	if s := c.State(); s.Circuit != "open" || time.Until(s.OpenUntil) < time.Hour-time.Minute || time.Until(s.OpenUntil) > time.Hour || !s.PausedUntil.IsZero() {
		t.Errorf("after a failure: %+v", s)
	}
	c = newClient(t, vendor.URL, within(time.Nanosecond))
	c.Start(t.Context(), ana).Outcome()
	if s := c.State(); s.Circuit != "half-open" || !s.OpenUntil.IsZero() {
		t.Errorf("when the circuit may close: %+v", s)
	}
	header = "20"
	c.Start(t.Context(), ana).Outcome()
	if s := c.State(); time.Until(s.PausedUntil) < 10*time.Second || time.Until(s.PausedUntil) > 20*time.Second {
		t.Errorf("when the vendor asks for a pause: %+v", s)
	}
}
