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

// jwt is a token with these claims and a signature that is not valid.
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
	o := newClient(t, gone.URL).Start(t.Context(), ana).Outcome()
	if o.Kind != Unavailable || o.Split.Connect <= 0 || o.Split.Wait != 0 || o.Split.Read != 0 {
		t.Errorf("nobody listens: %+v", o)
	}
}

// An outcome holds only the parts of an answer that are on our lists: any other
// part may be the secret.
func TestAnOutcomeDescribesTheAnswerAndQuotesNothing(t *testing.T) {
	t.Parallel()
	exp := time.Now().Add(time.Hour).Truncate(time.Second)
	withToken := func(token, more string) string { return `{"real_time_access_token":"` + token + `"` + more + `}` }
	onlyToken := []string{"real_time_access_token"}
	for name, test := range map[string]struct {
		status      int
		contentType string
		body        string
		want        Answer // a Size of 0 stands for the whole body
	}{
		"documented": {
			status:      200,
			contentType: "application/json; charset=utf-8",
			body:        good,
			want: Answer{
				Type: "application/json",
				Keys: []string{"real_time_access_token", "customer_id", "chat", "chatbot"},
			},
		},
		"a JWT": {
			status:      200,
			contentType: "text/plain",
			body:        withToken(jwt(fmt.Sprintf(`{"exp":%d}`, exp.Unix())), `,"`+canary+`":1`),
			want:        Answer{Type: "text/plain", Keys: onlyToken, Expires: exp},
		},
		"no exp": {
			status: 200,
			body:   withToken(jwt(`{}`), ""),
			want:   Answer{Type: "text/plain", Keys: onlyToken},
		},
		"wild exp": {
			status:      200,
			contentType: canary,
			body:        withToken(jwt(`{"exp":1e300}`), ""),
			want:        Answer{Type: "other", Keys: onlyToken},
		},
		"text exp": {
			status:      200,
			contentType: "text/" + canary,
			body:        withToken(jwt(`{"exp":"soon"}`), ""),
			want:        Answer{Type: "other", Keys: onlyToken},
		},
		"no token": {
			status:      200,
			contentType: "application/json",
			body:        `{"chat":"` + canary + `"}`,
			want:        Answer{Type: "application/json", Keys: []string{"chat"}},
		},
		"an error": {
			status:      401,
			contentType: "text/html",
			body:        canary,
			want:        Answer{Type: "text/html"},
		},
		"huge": {
			status:      503,
			contentType: "text/html",
			body:        strings.Repeat(canary, 1000),
			want:        Answer{Type: "text/html", Size: 4 << 10},
		},
	} {
		vendor := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
			if test.contentType != "" {
				w.Header().Set("Content-Type", test.contentType)
			}
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		})
		if test.want.Size == 0 {
			test.want.Size = len(test.body)
		}
		o := newClient(t, vendor.URL).Start(t.Context(), ana).Outcome()
		got := o.Answer
		if got.Type != test.want.Type || got.Size != test.want.Size ||
			!slices.Equal(got.Keys, test.want.Keys) || !got.Expires.Equal(test.want.Expires) {
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
  "email": "ana@company.example",
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
	breakFor := func(d time.Duration) func(*Config) {
		return func(c *Config) { c.BreakAfter, c.BreakFor = 1, d }
	}

	c := newClient(t, vendor.URL, breakFor(time.Hour), func(c *Config) { c.MaxInFlight = 7 })
	h := c.Start(t.Context(), ana)
	release <- struct{}{} // the call has reached the vendor, so it was counted as in flight
	h.Outcome()
	if s := c.State(); s != (State{Circuit: "closed", Limit: 7}) {
		t.Errorf("at rest: %+v", s)
	}
	h = c.Start(t.Context(), ana)
	for c.State().UnderWay != 1 {
		select {
		case <-h.Done():
			t.Fatal("it ended without being counted")
		default:
		}
	}
	close(release)
	h.Outcome()

	status = http.StatusInternalServerError
	three := func(c *Client) {
		for n := range 3 {
			c.Start(t.Context(), somebody(n)).Outcome()
		}
	}
	three(c)
	if s := c.State(); s.Circuit != "open" || !s.PausedUntil.IsZero() ||
		time.Until(s.OpenUntil) < time.Hour-time.Minute || time.Until(s.OpenUntil) > time.Hour {
		t.Errorf("after a failure: %+v", s)
	}
	c = newClient(t, vendor.URL, breakFor(time.Nanosecond))
	three(c)
	if s := c.State(); s.Circuit != "half-open" || !s.OpenUntil.IsZero() {
		t.Errorf("when the circuit may close: %+v", s)
	}
	header = "20"
	three(c)
	if s := c.State(); time.Until(s.PausedUntil) < 10*time.Second || time.Until(s.PausedUntil) > 20*time.Second {
		t.Errorf("when the vendor asks for a pause: %+v", s)
	}
}
