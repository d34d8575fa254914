package sandbox_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/sandbox"
)

// service is a Caramelo that the cases are put to.
type service struct {
	name              string
	api, sdk, project string
	secret            caramelo.Secret
}

// observation is what a case saw.
type observation struct {
	contractCase
	seen  string
	holds bool
}

// put asks one question after the other. It stops if the guide's own request fails, or
// if the service asks for a pause.
func (s service) put(t *testing.T) (observations []observation) {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	received := answers{}
	for i, c := range contractCases() {
		if c.sandboxOnly && s.name != "sandbox" {
			continue
		}
		if c.ask != nil {
			received[c.name] = s.answer(t, transport, c.ask)
		}
		o := observation{contractCase: c, seen: received[c.name].String(), holds: true}
		if c.see != nil {
			o.seen, o.holds = c.see(received)
		}
		// A service may send the secret or a token as a key or in a header.
		o.seen = strings.ReplaceAll(o.seen, s.secret.Reveal(), "[secret]")
		for _, a := range received {
			if a.token() != "" {
				o.seen = strings.ReplaceAll(o.seen, a.token(), "[token]")
			}
		}
		stop := i == 0 && !o.holds || received[c.name].status == http.StatusTooManyRequests
		if stop {
			o.seen, o.holds = o.seen+", so nothing more was asked", false
		}
		observations = append(observations, o)
		if stop {
			break
		}
	}
	return observations
}

// answer asks without an http.Client, which would follow a redirect and send the secret
// along. Only the script is fetched with one, as browsers do.
func (s service) answer(t *testing.T, transport http.RoundTripper, edit func(*question)) (a answer) {
	t.Helper()
	q := question{
		method:      http.MethodPost,
		contentType: "application/json",
		project:     s.project,
		body: map[string]any{
			"secret_token":         s.secret.Reveal(),
			"external_customer_id": onePerson,
			"name":                 "Contract Test",
			"email":                onePerson + "@example.com",
			"lang":                 "en",
		},
	}
	edit(&q)
	address := strings.TrimRight(s.api, "/") + "/api/chatbox/project/" + url.PathEscape(q.project) + "/intranet-auth"
	if q.sdk {
		address = s.sdk
	}
	var body io.Reader
	if q.method == http.MethodPost {
		data, _ := json.Marshal(q.body) // strings and numbers cannot fail
		body = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, q.method, address, body)
	if err != nil {
		t.Fatalf("the %s has no address", s.name)
	}
	req.Header.Set("Content-Type", q.contentType)
	do := transport.RoundTrip
	if q.sdk {
		do = (&http.Client{Transport: transport}).Do
	}
	res, err := do(req)
	if err != nil {
		return answer{} // the error may quote the answer
	}
	defer res.Body.Close()
	a = answer{status: res.StatusCode, header: res.Header}
	a.body, _ = io.ReadAll(io.LimitReader(res.Body, 8<<20))
	_ = json.Unmarshal(a.body, &a.fields) // a body that is no object has no fields
	return a
}

// differences compares the cases that both services were asked.
func differences(sandbox, vendor []observation) (lines []string) {
	said := map[string]string{}
	for _, s := range sandbox {
		said[s.name] = s.seen
	}
	for _, v := range vendor {
		if v.seen != said[v.name] {
			line := fmt.Sprintf("%s: the sandbox says %s, the vendor says %s", v.name, said[v.name], v.seen)
			lines = append(lines, line)
		}
	}
	return lines
}

// vendorFromEnv returns the real service if CONTRACT asks for it, and nil otherwise, so
// that nobody calls it by accident.
func vendorFromEnv(getenv func(string) string) (*service, error) {
	switch getenv("CONTRACT") {
	case "":
		return nil, nil
	case "vendor":
	default:
		return nil, errors.New("CONTRACT must be vendor, or unset for the sandbox alone")
	}
	secret, file := getenv("CARAMELO_SECRET_TOKEN"), getenv("CARAMELO_SECRET_TOKEN_FILE")
	s := service{
		name:    "vendor",
		api:     cmp.Or(getenv("CARAMELO_API_URL"), "https://api.carameloai.com"),
		sdk:     cmp.Or(getenv("CARAMELO_SDK_URL"), "https://static.carameloai.com/sdk/latest/authenticated.js"),
		project: getenv("CARAMELO_PROJECT_ID"),
	}
	var problems []string
	complain := func(name string, err error) {
		if err != nil {
			problems = append(problems, name+": "+err.Error())
		}
	}
	if file != "" && secret == "" {
		data, err := os.ReadFile(file)
		complain("CARAMELO_SECRET_TOKEN_FILE", err)
		secret = strings.TrimRight(string(data), "\r\n")
	} else if file != "" {
		complain("CARAMELO_SECRET_TOKEN_FILE", errors.New("is set beside CARAMELO_SECRET_TOKEN: unset one of them"))
	}
	if s.secret = caramelo.NewSecret(secret); s.secret.Blank() {
		complain("CARAMELO_SECRET_TOKEN or CARAMELO_SECRET_TOKEN_FILE", errors.New("is missing"))
	}
	complain("CARAMELO_PROJECT_ID", caramelo.CheckProjectID(s.project))
	complain("CARAMELO_API_URL", caramelo.CheckURL(s.api, false))
	complain("CARAMELO_SDK_URL", caramelo.CheckURL(s.sdk, false))
	if len(problems) > 0 {
		const format = "CONTRACT=vendor asks the real service; " +
			"mend these, or unset CONTRACT to ask the sandbox alone:\n  %s"
		return nil, fmt.Errorf(format, strings.Join(problems, "\n  "))
	}
	return &s, nil
}

const (
	contractProject = "p_contract"
	contractSecret  = "sk_test_5b1f0c9d7e"
)

func startSandbox(t *testing.T) service {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{
		ProjectID:   contractProject,
		SecretToken: contractSecret,
		Logger:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	t.Cleanup(s.Close)
	return newService("sandbox", srv.URL, "/sdk/latest/authenticated.js")
}

func newService(name, address, sdkPath string) service {
	return service{
		name:    name,
		api:     address,
		sdk:     address + sdkPath,
		project: contractProject,
		secret:  caramelo.NewSecret(contractSecret),
	}
}

// This vendor accepts nearly everything, sends its rate limits, and repeats the secret
// and the token wherever it can.
func TestContractTellsDifferences(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sdk.js" {
			http.Redirect(w, r, "/sdk/v7.js", http.StatusFound)
			return
		}
		asked.Add(1)
		var sent struct {
			Secret string `json:"secret_token"`
			ID     any    `json:"external_customer_id"`
			Email  string
		}
		_ = json.NewDecoder(r.Body).Decode(&sent) // a field of a wrong type stays empty
		testIDs := []any{nil, "contract-test", "contract-test-2"}
		otherID := r.Method == http.MethodPost && !slices.Contains(testIDs, sent.ID)
		otherEmail := sent.Email != "" && !strings.HasSuffix(sent.Email, "@example.com")
		if otherID || otherEmail {
			t.Errorf("the customer is %v, %s", sent.ID, sent.Email)
		}
		token := "opaque" + rand.Text()
		switch {
		case r.URL.Path == "/sdk/v7.js":
			w.Header().Set("Content-Type", "application/javascript")
			fmt.Fprint(w, `boot(carameloaiChatbot.secure_connection_token, "wss://live.example.com/chat")`)
		case r.Method == http.MethodGet:
			http.Redirect(w, r, "/"+contractSecret, http.StatusFound)
		case sent.Secret != contractSecret:
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("X-RateLimit-Remaining", "3")
			w.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(w).Encode(map[string]any{contractSecret: contractSecret, sent.Email: 1})
		default:
			w.Header().Set("Cache-Control", "private; "+contractSecret)
			_ = json.NewEncoder(w).Encode(map[string]any{
				"real_time_access_token": token,
				"customer_id":            "42",
				"chat":                   []int{1},
				"expires_in":             60,
				token:                    true,
			})
		}
	}))
	t.Cleanup(srv.Close)
	ofSandbox := startSandbox(t).put(t)
	ofVendor := newService("vendor", srv.URL, "/sdk.js").put(t)

	lines := differences(ofSandbox, ofVendor)
	report := strings.Join(lines, "\n")
	const refusal = "application/json {error: {code: string, message: string}}"
	for _, want := range []string{
		"JSON: the sandbox says application/json, the vendor says text/plain",
		"customer_id: the sandbox says string, with c_ in front: true, " +
			"the vendor says string, with c_ in front: false",
		"chat: the sandbox says {id: string, lang: string, status: string}, the vendor says [number]",
		"chatbot: the sandbox says {id: string, name: string, sandbox: boolean}, the vendor says null",
		"other keys: the sandbox says {}, the vendor says {expires_in: number, [token]: boolean}",
		"token form: the sandbox says JWT, HS256, the vendor says not a JWT",
		"lifetime: the sandbox says 5m1s, the vendor says not told",
		`caching: the sandbox says Cache-Control: "no-store", the vendor says Cache-Control: "private; [secret]"`,
		"wrong secret: the sandbox says 401 " + refusal +
			", the vendor says 403 application/problem+json {…: number, [secret]: string}",
		"unknown project: the sandbox says 404 " + refusal + ", the vendor says 200 with a token",
		"wrong method: the sandbox says 405 " + refusal + ", the vendor says 302 text/html",
		"name a number: the sandbox says 400 " + refusal + ", the vendor says 200 with a token",
		"another person: the sandbox says another token, another customer, " +
			"the vendor says another token, the same customer",
		"same e-mail, another id: the sandbox says the second customer, the vendor says the first customer",
		"SDK policy: the sandbox says adoptedStyleSheets new WebSocket, the vendor says nothing of the kind",
		"SDK nonce: the sandbox says currentScript, the vendor says nothing of the kind",
		"redirects: the sandbox says none, the vendor says wrong method",
		"limits told: the sandbox says none, the vendor says secret_token missing, wrong secret",
		"SDK: the sandbox says 200 text/javascript, the vendor says 200 application/javascript",
		"SDK configuration: the sandbox says every name is in it, the vendor says without project_id",
		"SDK hosts: the sandbox says its own alone, the vendor says wss://live.example.com",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("there is no line %q", want)
		}
	}
	if strings.Contains(report, contractSecret) || strings.Contains(report, "opaque") {
		t.Errorf("the secret or a token is told:\n%s", report)
	}
	var broken []string
	for _, c := range ofVendor {
		if !c.holds {
			broken = append(broken, c.name)
		}
	}
	want := []string{"chat", "chatbot", "unknown project", "another person", "SDK configuration"}
	if !slices.Equal(broken, want) {
		t.Errorf("against the guide: %q, want %q", broken, want)
	}
	if n := asked.Load(); n >= 25 {
		t.Errorf("the vendor was asked %d things", n)
	}
	if t.Failed() {
		t.Logf("the differences:\n%s", report)
	}
}

func TestContractFindsNoDifferenceWhereThereIsNone(t *testing.T) {
	t.Parallel()
	vendor := startSandbox(t)
	vendor.name = "vendor"
	if lines := differences(startSandbox(t).put(t), vendor.put(t)); len(lines) > 0 {
		t.Errorf("two sandboxes differ:\n%s", strings.Join(lines, "\n"))
	}
}

// A service that refuses the guide's own request, or asks for a pause, is asked nothing
// more.
func TestContractStopsEarly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int32
		from   int32  // the first request that is answered with status, counted from 1
		last   string // the last case that is asked
	}{
		{status: http.StatusUnauthorized, from: 1, last: "success"},
		{status: http.StatusTooManyRequests, from: 2, last: "wrong secret"},
	} {
		var asked atomic.Int32
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) >= tt.from {
				w.WriteHeader(int(tt.status))
			}
			fmt.Fprint(w, `{"real_time_access_token": "x"}`)
		}))
		t.Cleanup(srv.Close)
		observations := newService("vendor", srv.URL, "").put(t)
		last := observations[len(observations)-1]
		if last.name != tt.last || last.holds || asked.Load() != tt.from ||
			!strings.HasSuffix(last.seen, "nothing more was asked") {
			t.Errorf("%d: asked %d times; at last %s: %s", tt.status, asked.Load(), last.name, last.seen)
		}
	}
}

func TestContractAsksTheVendorOnlyWhenTold(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(contractSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	good := map[string]string{
		"CONTRACT":                   "vendor",
		"CARAMELO_PROJECT_ID":        "p_x",
		"CARAMELO_SECRET_TOKEN_FILE": file,
	}
	read := func(env map[string]string) (*service, error) {
		return vendorFromEnv(func(name string) string { return env[name] })
	}
	s, err := read(good)
	if err != nil || s.secret.Reveal() != contractSecret || s.api != "https://api.carameloai.com" {
		t.Fatalf("told to, with credentials: %v", err)
	}
	for _, tt := range []struct{ setting, value, want string }{
		{"CONTRACT", "", ""}, // the sandbox alone, without an error
		{"CONTRACT", "vendro", "CONTRACT must be vendor"},
		{"CARAMELO_PROJECT_ID", "", "CARAMELO_PROJECT_ID: must be"},
		{"CARAMELO_SECRET_TOKEN_FILE", "", "CARAMELO_SECRET_TOKEN or CARAMELO_SECRET_TOKEN_FILE: is missing"},
		{"CARAMELO_SECRET_TOKEN_FILE", file + "x", "no such file"},
		{"CARAMELO_SECRET_TOKEN", contractSecret, "unset one of them"},
		{"CARAMELO_API_URL", "http://api.example.com", "CARAMELO_API_URL: must be https"},
	} {
		env := maps.Clone(good)
		env[tt.setting] = tt.value
		s, err := read(env)
		said := fmt.Sprint(err)
		if s != nil || (err == nil) != (tt.want == "") ||
			!strings.Contains(said, tt.want) || strings.Contains(said, contractSecret) {
			t.Errorf("%s=%q: %v", tt.setting, tt.value, err)
		}
	}
}
