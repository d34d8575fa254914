package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// on is what is set when these faults are.
func on(slugs ...string) func(*Sandbox) {
	var f Faults
	for _, slug := range slugs {
		fault, err := FaultOf(slug)
		if err != nil {
			panic(err)
		}
		fault.Set(&f)
	}
	return with(f)
}

func TestEveryFaultCanBeSetAndExplainsItself(t *testing.T) {
	t.Parallel()
	var seen []string
	for _, f := range Catalogue {
		if slices.Contains(seen, f.Slug) || f.Name == "" || !strings.HasSuffix(f.Good, ".") || !strings.HasPrefix(f.Page, "/") {
			t.Errorf("%+v", f)
		}
		seen = append(seen, f.Slug)
		good, err := Faults{}.checked()
		if err != nil || f.On(good) {
			t.Errorf("%s is on from the start (%v)", f.Slug, err)
		}
		set := good
		f.Set(&set)
		if _, err := set.checked(); err != nil || !f.On(set) {
			t.Errorf("%s cannot be set: %+v, %v", f.Slug, set, err)
		}
		for _, other := range Catalogue {
			if other.On(set) && other.Slug != f.Slug {
				t.Errorf("%s sets %s, too", f.Slug, other.Slug)
			}
		}
	}
	if _, err := FaultOf("none"); err == nil || !strings.Contains(err.Error(), "hang-before") {
		t.Errorf("an unknown fault: %v", err)
	}
}

func TestDurationsReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{"0s": 0, "300ms": 300 * time.Millisecond, "10s": 10 * time.Second, "5m": 5 * time.Minute, "24h": 24 * time.Hour, "1h30m": 90 * time.Minute, "10m": 10 * time.Minute, "1m30s": 90 * time.Second} {
		if got := Duration(d).String(); got != want {
			t.Errorf("%v reads %q, want %q", d, got, want)
		}
	}
}

// wrongly is what a caller sees of each fault of the answers.
var wrongly = map[string]func(*http.Response, string, error) bool{
	"malformed": func(res *http.Response, body string, err error) bool {
		return err == nil && res.StatusCode == http.StatusOK && body != "" && !json.Valid([]byte(body))
	},
	"truncated": func(res *http.Response, body string, err error) bool {
		return errors.Is(err, io.ErrUnexpectedEOF) && strings.Contains(body, "real_time_access_token") && res.ContentLength > int64(len(body))
	},
	"empty": func(res *http.Response, body string, err error) bool {
		return err == nil && res.StatusCode == http.StatusOK && body == ""
	},
	"error-200": func(res *http.Response, body string, err error) bool {
		return err == nil && res.StatusCode == http.StatusOK && strings.HasPrefix(body, `{"error":{"code":"fault"`)
	},
	"blank-token": func(res *http.Response, body string, err error) bool {
		return err == nil && res.StatusCode == http.StatusOK && strings.Contains(body, `"real_time_access_token":""`)
	},
	"html": func(res *http.Response, body string, err error) bool {
		return err == nil && strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && strings.HasPrefix(body, "<!doctype html>")
	},
	"huge": func(res *http.Response, body string, err error) bool {
		return err == nil && len(body) > hugeBody && json.Valid([]byte(body))
	},
	"redirect": func(res *http.Response, _ string, err error) bool {
		return err == nil && res.StatusCode == http.StatusTemporaryRedirect && res.Header.Get("Location") == elsewherePath
	},
	"reset": func(res *http.Response, _ string, err error) bool {
		return res == nil && errors.Is(err, syscall.ECONNRESET)
	},
	// These do not end by themselves: the caller below gives up.
	"hang-before": func(res *http.Response, _ string, err error) bool {
		return res == nil && errors.Is(err, context.DeadlineExceeded)
	},
	"hang-within": func(res *http.Response, _ string, err error) bool {
		return res == nil && errors.Is(err, context.DeadlineExceeded)
	},
	"hang-after": func(res *http.Response, body string, err error) bool {
		return res != nil && res.StatusCode == http.StatusOK && body == "" && errors.Is(err, context.DeadlineExceeded)
	},
	"drip": func(res *http.Response, body string, err error) bool {
		return res != nil && strings.HasPrefix(body, "{") && len(body) < 10 && errors.Is(err, context.DeadlineExceeded)
	},
}

func TestEveryAnswerThatCanBeSet(t *testing.T) {
	t.Parallel()
	for _, f := range Catalogue {
		if f.Group != Answers {
			continue
		}
		t.Run(f.Slug, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, on(f.Slug))
			right := wrongly[f.Slug]
			patience := 20 * time.Second
			if strings.HasPrefix(f.Slug, "hang-") || f.Slug == "drip" {
				patience = 150 * time.Millisecond
			}
			if status, is := strings.CutPrefix(f.Slug, "status-"); is {
				right = func(res *http.Response, body string, err error) bool {
					return err == nil && fmt.Sprint(res.StatusCode) == status && strings.Contains(body, `"fault"`) && res.Header.Get("Retry-After") == ""
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			res, body, err := b.call(t, ctx)
			if right == nil || !right(res, body, err) {
				t.Errorf("%v, %d bytes, %v: %.100s", res, len(body), err, body)
			}
			// The sandbox notices who leaves, and notes it.
			eventually(t, "the call on the list", func() bool {
				calls, _, _ := b.traffic.lastCalls()
				return len(calls) == 1 && calls[0].Fault == f.Slug && calls[0].Lang == "pt" && (calls[0].Status == 0) == (res == nil)
			})
		})
	}
}

// call asks once, as far as a caller comes, on a connection of its own.
func (b *bed) call(t *testing.T, ctx context.Context) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.path(), strings.NewReader(authBody("7", "Ana Souza", "pt-BR")))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

func TestRetryAfterIsInWholeSeconds(t *testing.T) {
	t.Parallel()
	for _, slug := range []string{"status-429", "status-503"} {
		b := newBed(t, with(Faults{Answer: Slug(slug), RetryAfter: Duration(1100 * time.Millisecond)}))
		if res, _, err := b.call(t, t.Context()); err != nil || res.Header.Get("Retry-After") != "2" {
			t.Errorf("%s: %v, %v", slug, res, err)
		}
	}
}

// A fault must not hide what an integrator does wrong, nor be asked for by
// somebody who does not know the secret.
func TestACallThatIsWrongInItselfIsToldSoFirst(t *testing.T) {
	t.Parallel()
	b := newBed(t, on("status-500"))
	if status, _ := b.post(t, strings.Replace(authBody("7", "Ana", "en"), testSecret, "another", 1)); status != http.StatusUnauthorized {
		t.Errorf("a wrong secret: %d", status)
	}
}

func TestWhoeverFollowsTheRedirectIsTold(t *testing.T) {
	t.Parallel()
	b := newBed(t, on("redirect"))
	for body, want := range map[string]int{`{"secret_token":"another"}`: 0, authBody("7", "Ana", "en"): 1} {
		res, err := http.Post(b.url+elsewherePath, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		_, _, strayed := b.traffic.lastCalls()
		if strayed < want {
			t.Errorf("%d secrets strayed, want %d", strayed, want)
		}
	}
	b.post(t, authBody("7", "Ana", "en")) // by a client that follows
	if _, _, strayed := b.traffic.lastCalls(); strayed != 2 {
		t.Errorf("%d secrets strayed, want 2", strayed)
	}
	if _, page := get(t, b.url+"/", nil); !strings.Contains(page, "A secret followed the redirect to elsewhere: 2 times") || strings.Contains(page, testSecret) {
		t.Errorf("the panel does not say so, or says too much:\n%s", page)
	}
	b.reset()
	if _, _, strayed := b.traffic.lastCalls(); strayed != 0 {
		t.Error("a reset leaves it")
	}
}

func TestLatencyAndJitter(t *testing.T) {
	t.Parallel()
	f := Faults{Latency: Duration(time.Second), Jitter: Duration(time.Second)}
	least, most := time.Hour, time.Duration(0)
	for range 1000 {
		least, most = min(least, f.delay()), max(most, f.delay())
	}
	if least < time.Second || most > 2*time.Second || most-least < 500*time.Millisecond {
		t.Errorf("from %v to %v", least, most)
	}
	if d := (Faults{}).delay(); d != 0 {
		t.Errorf("%v without any", d)
	}
}

func TestTokenLifetimeCountsFromTheNextCallOn(t *testing.T) {
	t.Parallel()
	clk := &clock{t: time.Now()}
	b := newBed(t, func(s *Sandbox) { s.tokens.now = clk.now })
	long := b.admit(t, "7", "Ana", "en").Token
	b.set(t, `{"token_lifetime":"1s"}`)
	short := b.admit(t, "7", "Ana", "en").Token
	clk.advance(3 * time.Second)
	if _, reason := b.try(t, short, ""); reason != tokenExpired {
		t.Errorf("the short one: %q", reason)
	}
	if _, reason := b.try(t, long, ""); reason != "" {
		t.Errorf("the one before: %q", reason)
	}
}

// set changes some of what is set.
func (b *bed) set(t *testing.T, object string) {
	t.Helper()
	if _, err := b.change([]byte(object), true); err != nil {
		t.Fatal(err)
	}
}

func TestReusableTokensOpenManySessions(t *testing.T) {
	t.Parallel()
	b := newBed(t, on("reusable-tokens"))
	token := b.admit(t, "7", "Ana", "en").Token
	first, reason := b.try(t, token, "")
	if reason != "" {
		t.Fatal(reason)
	}
	second, reason := b.try(t, token, "")
	if reason != "" || first.hello.Session == second.hello.Session {
		t.Fatalf("the second: %q", reason)
	}
	first.say(t, "thanks") // the first goes on
	if m := second.next(t); m.Text != "thanks" {
		t.Errorf("got %+v", m)
	}
	b.set(t, `{"reusable_tokens":false}`)
	if _, reason := b.try(t, token, ""); reason != tokenUsed {
		t.Errorf("once it is off: %q", reason)
	}
}

func TestASecondTabEndsTheFirst(t *testing.T) {
	t.Parallel()
	b := newBed(t, on("one-tab"))
	first, other := b.enter(t, "7", "Ana", "en"), b.enter(t, "8", "Rui", "en")
	second := b.enter(t, "7", "Ana", "en")
	if reason := first.closed(t); reason != otherTab {
		t.Errorf("closed with %q", reason)
	}
	for _, c := range []*client{second, other} {
		c.say(t, "thanks")
		if m := c.next(t); m.Text != "thanks" {
			t.Errorf("got %+v", m)
		}
	}
}

func TestTheScriptWithItsFaults(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	address := b.url + "/sdk/latest/authenticated.js"
	fine, script := get(t, address, nil)
	known := http.Header{"If-Modified-Since": {fine.Header.Get("Last-Modified")}}
	b.set(t, `{"sdk":"sdk-404"}`)
	if res, _ := get(t, address, known); res.StatusCode != http.StatusNotFound || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("sdk-404: %v", res)
	}
	b.set(t, `{"sdk":"sdk-broken"}`)
	if res, body := get(t, address, known); res.StatusCode != http.StatusOK || !strings.HasPrefix(body, "throw ") || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Last-Modified") != "" {
		t.Errorf("sdk-broken: %v\n%s", res, body)
	}
	b.set(t, `{"sdk":"sdk-slow"}`)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
		t.Errorf("sdk-slow: %s", res.Status)
	}
	b.set(t, `{"sdk":"none"}`)
	if res, body := get(t, address, nil); res.StatusCode != http.StatusOK || body != script {
		t.Errorf("fine again: %s, %d bytes", res.Status, len(body))
	}
}

func TestSocketsRefusedAndDropped(t *testing.T) {
	t.Parallel()
	b := newBed(t, on("socket-refused"))
	if _, res, err := websocket.Dial(t.Context(), b.url+"/ws", nil); err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("refused: %v %v", res, err)
	}
	b = newBed(t, with(Faults{Socket: "socket-drops", DropEvery: Duration(50 * time.Millisecond)}))
	token := b.admit(t, "7", "Ana", "en").Token
	session := ""
	for range 3 {
		c, reason := b.try(t, token, session)
		if reason != "" {
			t.Fatal(reason)
		}
		session = c.hello.Session
		for {
			_, err := c.read()
			if err == nil {
				continue
			}
			if errors.As(err, new(websocket.CloseError)) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("dropped with %v, want no close frame", err)
			}
			break
		}
	}
}

func TestLenientAsksForLess(t *testing.T) {
	t.Parallel()
	b := newBed(t, on("lenient"))
	for _, tt := range []struct {
		body   string
		status int
	}{
		{`{"secret_token":"` + testSecret + `","external_customer_id":"7"}`, http.StatusOK},
		{`{"secret_token":"` + testSecret + `","external_customer_id":"7","name":null,"email":" ","lang":"pt","department":{"id":1}}`, http.StatusOK},
		{`{"secret_token":"` + testSecret + `"}`, http.StatusBadRequest},
		{`{"external_customer_id":"7"}`, http.StatusBadRequest},
		{`{"secret_token":"` + testSecret + `","external_customer_id":"7","name":7}`, http.StatusBadRequest},
		{`{"secret_token":"another","external_customer_id":"7"}`, http.StatusUnauthorized},
	} {
		if status, body := b.post(t, tt.body); status != tt.status {
			t.Errorf("%s: %d %s", tt.body, status, body)
		}
	}
	b.reset()
	if status, _ := b.post(t, `{"secret_token":"`+testSecret+`","external_customer_id":"7"}`); status != http.StatusBadRequest {
		t.Errorf("strict again: %d", status)
	}
}

// Faults that hang hold neither the sandbox nor its caller when it closes.
func TestCloseEndsWhatHangs(t *testing.T) {
	t.Parallel()
	for _, slug := range []string{"hang-before", "hang-within", "hang-after", "drip", "latency"} {
		t.Run(slug, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, on(slug))
			if slug == "latency" {
				b.set(t, `{"latency":"30s"}`)
			}
			conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			body := authBody("7", "Ana", "en")
			fmt.Fprintf(conn, "POST /api/chatbox/project/%s/intranet-auth HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", testProject, len(body), body)
			if slug != "latency" {
				eventually(t, "the customer", func() bool { return b.chats.find(b.customerID("7")) != nil })
			}
			b.Close()
			if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("it still hangs")
			}
		})
	}
}

func FuzzFaults(f *testing.F) {
	f.Add([]byte(`{"answer":"status-429","retry_after":"5s","one_tab":true}`))
	f.Add([]byte(`{"drop_every":"9999999999h","sdk":null}`))
	f.Add([]byte(`{"` + testSecret + `":1}`))
	f.Fuzz(func(t *testing.T, object []byte) {
		set, err := Faults{}.with(object)
		if err != nil {
			if strings.Contains(err.Error(), testSecret) || len(err.Error()) > 2000 {
				t.Fatalf("the error repeats what was sent: %v", err)
			}
			return
		}
		again, err := json.Marshal(set)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := (Faults{}).with(again); err != nil || same != set {
			t.Fatalf("%s is read as %+v, %v", again, same, err)
		}
	})
}
