package caramelo

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const canary = "sk_live_canary"

var ana = Customer{
	ID:    "7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11",
	Name:  `Ana "Aninha" <b>`,
	Email: "ana@company.example",
	Lang:  "pt",
}

// proxied counts the requests that reach the proxy. net/http reads HTTP_PROXY once
// in a process, so TestMain sets it before the first test.
var proxied atomic.Int64

func TestMain(m *testing.M) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxied.Add(1)
		_, _ = io.WriteString(w, `{"real_time_access_token":"via proxy"}`)
	}))
	folder, err := os.MkdirTemp("", "caramelo")
	if err != nil {
		panic(err)
	}
	// The certificate that all httptest servers share becomes the only system CA.
	tls := httptest.NewTLSServer(http.NotFoundHandler())
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw})
	tls.Close()
	certificateFile := filepath.Join(folder, "ca.pem")
	if err := os.WriteFile(certificateFile, certificate, 0o600); err != nil {
		panic(err)
	}
	environment := map[string]string{
		"HTTP_PROXY":    proxy.URL,
		"NO_PROXY":      "",
		"SSL_CERT_FILE": certificateFile,
		"SSL_CERT_DIR":  folder,
	}
	for name, value := range environment {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	proxy.Close()
	_ = os.RemoveAll(folder)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func newClient(t testing.TB, url string, change ...func(*Config)) *Client {
	t.Helper()
	config := Config{APIURL: url, ProjectID: "p_test", Secret: NewSecret(canary), Timeout: 5 * time.Second}
	for _, f := range change {
		f(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func newVendor(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

const good = `{"real_time_access_token":"jwt.of.ana","customer_id":"c_1","chat":{},"chatbot":{"x":[1]}}`

func TestTheRequestIsTheDocumentedOne(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body []byte
	vendor := newVendor(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		_, _ = io.WriteString(w, good)
	})
	var outcome Outcome
	c := newClient(t, vendor.URL+"/base/", observed(&outcome))
	connection, err := c.Start(t.Context(), ana).Join()
	if err != nil || connection.Token.Reveal() != "jwt.of.ana" || connection.ProjectID != "p_test" {
		t.Fatalf("connection to %q, error %v", connection.ProjectID, err)
	}
	if got.Header.Get("Accept-Encoding") != "identity" {
		t.Errorf("it accepts the codings %q", got.Header.Get("Accept-Encoding"))
	}
	if got.Method != "POST" || got.URL.String() != "/base/api/chatbox/project/p_test/intranet-auth" ||
		got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("request %s %s %v", got.Method, got.URL, got.Header)
	}
	want := `{"secret_token":"sk_live_canary",` +
		`"external_customer_id":"7d9a4a52-9e0f-4a57-8d0c-0f4f4bde9c11",` +
		`"name":"Ana \"Aninha\" \u003cb\u003e",` +
		`"email":"ana@company.example",` +
		`"lang":"pt"}`
	if string(body) != want {
		t.Errorf("body\n%s\nwant\n%s", body, want)
	}
	if outcome.Kind != OK || outcome.Status != 200 || outcome.Calls != 1 ||
		outcome.Duration <= 0 || outcome.Err != nil {
		t.Errorf("outcome %+v", outcome)
	}
}

func TestEveryAnswerHasItsKind(t *testing.T) {
	t.Parallel()
	token := func(size int) string { // a document of exactly size bytes
		const frame = `{"real_time_access_token":""}`
		return strings.Replace(frame, `""`, `"`+strings.Repeat("x", size-len(frame))+`"`, 1)
	}
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   Kind
	}{
		{"documented", 200, good, OK},
		{"white space around", 200, " \n" + good + "\n ", OK},
		{"just under 64 KiB", 200, token(64<<10 - 1), OK},
		{"64 KiB", 200, token(64 << 10), Malformed},
		{"unauthorized", 401, `{}`, Credentials},
		{"forbidden", 403, good, Credentials},
		{"no such project", 404, good, Project},
		{"too many", 429, "", RateLimited},
		{"bad data", 400, good, Rejected},
		{"unprocessable", 422, good, Rejected},
		{"teapot", 418, "", Rejected},
		{"broken", 500, good, Unavailable},
		{"gateway", 502, "<html>", Unavailable},
		{"down", 503, "", Unavailable},
		{"created", 201, good, Malformed},
		{"no content", 204, "", Malformed},
		{"not modified", 304, "", Malformed},
		{"empty", 200, "", Malformed},
		{"html", 200, "<!doctype html><title>Login</title>", Malformed},
		{"array", 200, "[" + good + "]", Malformed},
		{"null", 200, "null", Malformed},
		{"error in a 200", 200, `{"error":"no"}`, Malformed},
		{"empty token", 200, `{"real_time_access_token":""}`, Malformed},
		{"blank token", 200, `{"real_time_access_token":" \t"}`, Malformed},
		{"number", 200, `{"real_time_access_token":1}`, Malformed},
		{"null token", 200, `{"real_time_access_token":null}`, Malformed},
		{"other spelling", 200, `{"Real_Time_Access_Token":"x"}`, Malformed},
		{"two documents", 200, good + good, Malformed},
		{"cut off", 200, good[:40], Malformed},
		{"not UTF-8", 200, "{\"real_time_access_token\":\"\xff\"}", Malformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			vendor := newVendor(t, answer(test.status, test.body))
			_, err := newClient(t, vendor.URL).Start(t.Context(), ana).Join()
			if KindOf(err) != test.want {
				t.Errorf("kind %s, want %s (%v)", KindOf(err), test.want, err)
			}
		})
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		var followed atomic.Int64
		elsewhere := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
			followed.Add(1)
			_, _ = io.WriteString(w, good)
		})
		vendor := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(status)
		})
		_, err := newClient(t, vendor.URL).Start(t.Context(), ana).Join()
		if KindOf(err) != Malformed || followed.Load() != 0 {
			t.Errorf("%d: %v, followed %d times", status, err, followed.Load())
		}
	}
}

func TestAnEndlessBodyIsNotRead(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	ended := make(chan struct{})
	vendor := newVendor(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(ended)
		chunk := make([]byte, 64<<10)
		for sent.Load() < 100<<20 {
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	_, err := newClient(t, vendor.URL).Start(t.Context(), ana).Join()
	<-ended
	if KindOf(err) != Malformed || sent.Load() > 50<<20 {
		t.Errorf("%v after %d bytes", err, sent.Load())
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	vendor := httptest.NewUnstartedServer(answer(200, good))
	vendor.Config.ErrorLog = discard()
	vendor.StartTLS()
	t.Cleanup(vendor.Close)
	if _, err := newClient(t, vendor.URL).Start(t.Context(), ana).Join(); err != nil {
		t.Errorf("a certificate that the system trusts: %v", err)
	}
	other := strings.Replace(vendor.URL, "127.0.0.1", "localhost", 1)
	_, err := newClient(t, other).Start(t.Context(), ana).Join()
	if KindOf(err) != Unavailable || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate of another name: %v", err)
	}
}

func TestTheEnvironmentsProxyIsUsed(t *testing.T) {
	t.Parallel()
	c := newClient(t, "http://vendor.invalid", func(c *Config) { c.AllowHTTP = true })
	connection, err := c.Start(t.Context(), ana).Join()
	if err != nil || connection.Token.Reveal() != "via proxy" || proxied.Load() == 0 {
		t.Errorf("%v, %d requests through the proxy", err, proxied.Load())
	}
}

func TestManyPagesShareFewConnections(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	vendor := httptest.NewUnstartedServer(answer(200, good))
	vendor.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	vendor.Start()
	t.Cleanup(vendor.Close)
	c := newClient(t, vendor.URL)
	const pages, atOnce = 2000, 64
	var failed atomic.Int64
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for range pages / atOnce {
				if _, err := c.Start(t.Context(), ana).Join(); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if failed.Load() != 0 || opened.Load() > 2*atOnce {
		t.Errorf("%d failed, %d connections for %d pages", failed.Load(), opened.Load(), pages)
	}
}

func TestNewNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := New(Config{
		APIURL:    "http://" + "user:" + canary + "@api.example",
		ProjectID: " ",
		Secret:    NewSecret("\n"),
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"API URL", "project id", "secret token"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name the %s", err, want)
		}
	}
	if strings.Contains(err.Error(), canary) {
		t.Error("the error repeats what was given")
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		url           string
		allowHTTP, ok bool
	}{
		{"https://api.carameloai.com", false, true},
		{"https://api.carameloai.com/base", false, true},
		{"http://127.0.0.1:8081", false, true},
		{"http://localhost:8081", false, true},
		{"http://[::1]:8081", false, true},
		{"http://sandbox:8081", false, false},
		{"http://sandbox:8081", true, true},
		{"http://localhost.evil.example", false, false},
		{"ftp://api.carameloai.com", true, false},
		{"ws://127.0.0.1", true, false},
		{"api.carameloai.com", true, false},
		{"https://", true, false},
		{"", true, false},
		{"https://u:p@api.carameloai.com", true, false},
		{"https://api.carameloai.com?x=1", true, false},
		{"https://api.carameloai.com#x", true, false},
		{"https://[::1", true, false},
		{"https://a;script-src'unsafe-inline'/x.js", true, false},
		{"https://a,b", true, false},
		{"https://*.example.com", true, false},
	} {
		if err := CheckURL(test.url, test.allowHTTP); (err == nil) != test.ok {
			t.Errorf("%q, plain http allowed %v: %v", test.url, test.allowHTTP, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		good,
		"",
		"null",
		"{}",
		`{"real_time_access_token":"</script>"}`,
		`{"real_time_access_token":"\u2028"}`,
		"[[[[",
		good + "x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		token, err := decode(strings.NewReader(body), "", &Answer{})
		if err != nil {
			if !token.Blank() {
				t.Fatal("a token beside an error")
			}
			return
		}
		var document struct {
			Token string `json:"real_time_access_token"`
		}
		if token.Blank() || !json.Valid([]byte(strings.TrimPrefix(body, "\ufeff"))) || len(body) >= maxBody {
			t.Fatalf("accepted %q", body)
		}
		_ = json.Unmarshal([]byte(body), &document)
	})
}

func FuzzRetryAfter(f *testing.F) {
	seeds := []string{"", "0", "30", "-1", "99999999999999999999", "Mon, 23 Nov 2026 18:00:00 GMT", "1.5"}
	for _, seed := range seeds {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 23, 17, 59, 50, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header string) {
		if d := retryAfter(header, now); d < 0 || d > maxRetryAfter {
			t.Fatalf("%q is %v", header, d)
		}
	})
}
