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

// on sets the faults with these slugs.
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
		if slices.Contains(seen, f.Slug) || f.Name == "" ||
			!strings.HasSuffix(f.Good, ".") || !strings.HasPrefix(f.Page, "/") {
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
	for want, d := range map[string]time.Duration{
		"0s":    0,
		"300ms": 300 * time.Millisecond,
		"10s":   10 * time.Second,
		"1m30s": 90 * time.Second,
		"5m":    5 * time.Minute,
		"10m":   10 * time.Minute,
		"1h30m": 90 * time.Minute,
		"24h":   24 * time.Hour,
	} {
		if got := Duration(d).String(); got != want {
			t.Errorf("%v reads %q, want %q", d, got, want)
		}
	}
}

// answersOf checks what the caller gets, for each fault in the group Answers that is no
// status.
var answersOf = map[string]func(*http.Response, string, error) bool{
	"malformed": func(res *http.Response, body string, err error) bool {
		return err == nil && res.StatusCode == http.StatusOK && body != "" && !json.Valid([]byte(body))
	},
	"truncated": func(res *http.Response, body string, err error) bool {
		return errors.Is(err, io.ErrUnexpectedEOF) && res.ContentLength > int64(len(body)) &&
			strings.Contains(body, "real_time_access_token")
	},
	"empty": func(res *http.Response, body string, err error) bool {
		return err == nil && res.StatusCode == http.StatusOK && body == ""
	},
	"error-200": func(res *http.Response, body string, err error) bool {
		return err == nil && res.StatusCode == http.StatusOK && strings.HasPrefix(body, `{"error":{"code":"fault"`)
	},
	"blank-token": func(res *http.Response, body string, err error) bool {
		return err == nil && res.StatusCode == http.StatusOK &&
			strings.Contains(body, `"real_time_access_token":""`)
	},
	"html": func(res *http.Response, body string, err error) bool {
		return err == nil && strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") &&
			strings.HasPrefix(body, "<!doctype html>")
	},
	"huge": func(res *http.Response, body string, err error) bool {
		return err == nil && len(body) > hugeBody && json.Valid([]byte(body))
	},
	"redirect": func(res *http.Response, _ string, err error) bool {
		return err == nil && res.StatusCode == http.StatusTemporaryRedirect &&
			res.Header.Get("Location") == elsewherePath
	},
	"reset": func(res *http.Response, _ string, err error) bool {
		return res == nil && errors.Is(err, syscall.ECONNRESET)
	},
	// These do not end by themselves: the caller ends them with its timeout.
	"hang-before": func(res *http.Response, _ string, err error) bool {
		return res == nil && errors.Is(err, context.DeadlineExceeded)
	},
	"hang-within": func(res *http.Response, _ string, err error) bool {
		return res == nil && errors.Is(err, context.DeadlineExceeded)
	},
	"hang-after": func(res *http.Response, body string, err error) bool {
		return res != nil && res.StatusCode == http.StatusOK && body == "" &&
			errors.Is(err, context.DeadlineExceeded)
	},
	"drip": func(res *http.Response, body string, err error) bool {
		return res != nil && strings.HasPrefix(body, "{") && len(body) < 10 &&
			errors.Is(err, context.DeadlineExceeded)
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
			b := newTestSandbox(t, on(f.Slug))
			check := answersOf[f.Slug]
			timeout := 20 * time.Second
			if strings.HasPrefix(f.Slug, "hang-") || f.Slug == "drip" {
				timeout = 150 * time.Millisecond
			}
			if status, is := strings.CutPrefix(f.Slug, "status-"); is {
				check = func(res *http.Response, body string, err error) bool {
					return err == nil && fmt.Sprint(res.StatusCode) == status &&
						strings.Contains(body, `"fault"`) && res.Header.Get("Retry-After") == ""
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			res, body, err := b.call(t, ctx)
			if check == nil || !check(res, body, err) {
				t.Errorf("%v, %d bytes, %v: %.100s", res, len(body), err, body)
			}
			// The call is listed even if the caller left.
			eventually(t, "the call on the list", func() bool {
				calls, _, _ := b.traffic.lastCalls()
				return len(calls) == 1 && calls[0].Fault == f.Slug && calls[0].Lang == "pt" &&
					(calls[0].Status == 0) == (res == nil)
			})
		})
	}
}

// call makes one call on a new connection. It returns what came before an error, too.
func (b *testSandbox) call(t *testing.T, ctx context.Context) (*http.Response, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.authURL(), strings.NewReader(authBody(anaSouza)))
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
		b := newTestSandbox(t, with(Faults{Answer: Slug(slug), RetryAfter: Duration(1100 * time.Millisecond)}))
		if res, _, err := b.call(t, t.Context()); err != nil || res.Header.Get("Retry-After") != "2" {
			t.Errorf("%s: %v, %v", slug, res, err)
		}
	}
}

// A fault must not hide a mistake of the integrator, and must not be shown to a caller
// without the secret.
func TestACallThatIsWrongInItselfIsToldSoFirst(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t, on("status-500"))
	wrong := strings.Replace(authBody(ana), testSecret, "another", 1)
	if status, _ := b.post(t, wrong); status != http.StatusUnauthorized {
		t.Errorf("a wrong secret: %d", status)
	}
}

func TestWhoeverFollowsTheRedirectIsTold(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t, on("redirect"))
	for body, want := range map[string]int{`{"secret_token":"another"}`: 0, authBody(ana): 1} {
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
	b.post(t, authBody(ana)) // with a client that follows redirects
	if _, _, strayed := b.traffic.lastCalls(); strayed != 2 {
		t.Errorf("%d secrets strayed, want 2", strayed)
	}
	_, page := get(t, b.url+"/", nil)
	if !strings.Contains(page, "A secret followed the redirect to elsewhere: 2 times") ||
		strings.Contains(page, testSecret) {
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
	b := newTestSandbox(t, func(s *Sandbox) { s.tokens.now = clk.now })
	long := b.admit(t, ana).Token
	b.set(t, `{"token_lifetime":"1s"}`)
	short := b.admit(t, ana).Token
	clk.advance(3 * time.Second)
	if _, reason := b.try(t, short, ""); reason != tokenExpired {
		t.Errorf("the short one: %q", reason)
	}
	if _, reason := b.try(t, long, ""); reason != "" {
		t.Errorf("the one before: %q", reason)
	}
}

// set changes the faults that a JSON object names.
func (b *testSandbox) set(t *testing.T, object string) {
	t.Helper()
	if _, err := b.change([]byte(object), true); err != nil {
		t.Fatal(err)
	}
}

func TestReusableTokensOpenManySessions(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t, on("reusable-tokens"))
	token := b.admit(t, ana).Token
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
	b := newTestSandbox(t, on("one-tab"))
	first, other := b.enter(t, ana), b.enter(t, rui)
	second := b.enter(t, ana)
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
	b := newTestSandbox(t)
	address := b.url + "/sdk/latest/authenticated.js"
	fine, script := get(t, address, nil)
	known := http.Header{"If-Modified-Since": {fine.Header.Get("Last-Modified")}}
	b.set(t, `{"sdk":"sdk-404"}`)
	res, _ := get(t, address, known)
	if res.StatusCode != http.StatusNotFound || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("sdk-404: %v", res)
	}
	b.set(t, `{"sdk":"sdk-broken"}`)
	res, body := get(t, address, known)
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(body, "throw ") ||
		res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Last-Modified") != "" {
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
	b := newTestSandbox(t, on("socket-refused"))
	_, res, err := websocket.Dial(t.Context(), b.url+"/ws", nil)
	if err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("refused: %v %v", res, err)
	}
	b = newTestSandbox(t, with(Faults{Socket: "socket-drops", DropEvery: Duration(50 * time.Millisecond)}))
	token := b.admit(t, ana).Token
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
	b := newTestSandbox(t, on("lenient"))
	const secret = `"secret_token":"` + testSecret + `"`
	const least = `{` + secret + `,"external_customer_id":"7"}`
	for _, tt := range []struct {
		body   string
		status int
	}{
		{
			body:   least,
			status: http.StatusOK,
		},
		{
			body: `{` + secret + `,"external_customer_id":"7","name":null,"email":" ","lang":"pt",` +
				`"department":{"id":1}}`,
			status: http.StatusOK,
		},
		{
			body:   `{` + secret + `}`,
			status: http.StatusBadRequest,
		},
		{
			body:   `{"external_customer_id":"7"}`,
			status: http.StatusBadRequest,
		},
		{
			body:   `{` + secret + `,"external_customer_id":"7","name":7}`,
			status: http.StatusBadRequest,
		},
		{
			body:   `{"secret_token":"another","external_customer_id":"7"}`,
			status: http.StatusUnauthorized,
		},
	} {
		if status, body := b.post(t, tt.body); status != tt.status {
			t.Errorf("%s: %d %s", tt.body, status, body)
		}
	}
	b.reset()
	if status, _ := b.post(t, least); status != http.StatusBadRequest {
		t.Errorf("strict again: %d", status)
	}
}

// When the sandbox closes, it ends the calls that hang.
func TestCloseEndsWhatHangs(t *testing.T) {
	t.Parallel()
	for _, slug := range []string{"hang-before", "hang-within", "hang-after", "drip", "latency"} {
		t.Run(slug, func(t *testing.T) {
			t.Parallel()
			b := newTestSandbox(t, on(slug))
			if slug == "latency" {
				b.set(t, `{"latency":"30s"}`)
			}
			conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			body := authBody(ana)
			fmt.Fprintf(conn, "POST /api/chatbox/project/%s/intranet-auth HTTP/1.1\r\n"+
				"Host: x\r\n"+
				"Connection: close\r\n"+
				"Content-Type: application/json\r\n"+
				"Content-Length: %d\r\n"+
				"\r\n%s", testProject, len(body), body)
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
