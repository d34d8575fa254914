package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestIntranetAuth(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	res, err := http.Post(b.authURL(), "application/json; charset=utf-8", strings.NewReader(authBody(anaSouza)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got authResponse
	if err := json.NewDecoder(res.Body).Decode(&got); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", res.Status, err)
	}
	for name, want := range map[string]string{
		"Content-Type":           "application/json",
		"Cache-Control":          "no-store",
		"X-Content-Type-Options": "nosniff",
	} {
		if res.Header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, res.Header.Get(name), want)
		}
	}
	if got.Token == "" || !regexp.MustCompile(`^c_[\w-]{20}$`).MatchString(got.CustomerID) {
		t.Errorf("token %q, customer %q", got.Token, got.CustomerID)
	}
	if got.Chat.Lang != "pt" || got.Chat.Status != "open" || !got.Chatbot.Sandbox {
		t.Errorf("chat %+v, chatbot %+v", got.Chat, got.Chatbot)
	}

	again := b.admit(t, employee{id: "7", name: "Ana S.", lang: "en"})
	other := b.admit(t, employee{id: "8", name: "Ana Souza", lang: "pt-BR"})
	if again.CustomerID != got.CustomerID || again.Token == got.Token {
		t.Errorf("the same person again: customer %s, then %s", got.CustomerID, again.CustomerID)
	}
	if other.CustomerID == got.CustomerID {
		t.Error("two people are one customer")
	}
	if elsewhere := newTestSandbox(t).admit(t, anaSouza); elsewhere.CustomerID == got.CustomerID {
		t.Error("two sandboxes derive the same customer id")
	}
}

// No answer and no log line holds the secret, or what was sent in place of it.
func TestIntranetAuthRefuses(t *testing.T) {
	t.Parallel()
	good := authBody(ana)
	with := func(from, to string) string {
		if !strings.Contains(good, from) {
			t.Fatalf("%s is not in %s", from, good)
		}
		return strings.Replace(good, from, to, 1)
	}
	method := func(name string) func(*http.Request) {
		return func(r *http.Request) { r.Method = name }
	}
	contentType := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Content-Type", value) }
	}
	project := func(id string) func(*http.Request) {
		return func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, testProject, id, 1) }
	}
	for _, tt := range []struct {
		name     string
		edit     func(*http.Request)
		body     string
		status   int
		code     string
		mentions string // must be in the message
	}{
		{name: "GET", edit: method(http.MethodGet), body: good, status: 405, code: "method_not_allowed"},
		{
			name:   "OPTIONS, as a browser would ask",
			edit:   method(http.MethodOptions),
			body:   good,
			status: 405,
			code:   "method_not_allowed",
		},
		{
			name:   "no content type",
			edit:   func(r *http.Request) { r.Header.Del("Content-Type") },
			body:   good,
			status: 415,
			code:   "unsupported_media_type",
		},
		{
			name:   "a form",
			edit:   contentType("application/x-www-form-urlencoded"),
			body:   good,
			status: 415,
			code:   "unsupported_media_type",
		},
		{
			name:   "latin-1",
			edit:   contentType("application/json; charset=iso-8859-1"),
			body:   good,
			status: 415,
			code:   "unsupported_media_type",
		},
		{name: "another project", edit: project("p_other"), body: good, status: 404, code: "project_not_found"},
		{name: "the secret as project", edit: project(testSecret), body: good, status: 404, code: "project_not_found"},
		{
			name:   "large body",
			body:   with(`"Ana"`, `"`+strings.Repeat("a", maxAuthBody)+`"`),
			status: 413,
			code:   "body_too_large",
		},
		{name: "empty body", body: "", status: 400, code: "malformed_body"},
		{name: "not JSON", body: "secret_token=" + testSecret, status: 400, code: "malformed_body"},
		{name: "cut off", body: good[:len(good)-1], status: 400, code: "malformed_body"},
		{name: "an array", body: "[" + good + "]", status: 400, code: "malformed_body"},
		{name: "null", body: "null", status: 400, code: "malformed_body"},
		{name: "two objects", body: good + good, status: 400, code: "malformed_body"},
		{name: "text after it", body: good + "x", status: 400, code: "malformed_body"},
		{name: "invalid UTF-8", body: with(`"Ana"`, "\"An\xe3\""), status: 400, code: "malformed_body"},
		{
			name:     "unknown field",
			body:     with(`"name"`, `"nickname":"A","name"`),
			status:   400,
			code:     "unknown_field",
			mentions: "exactly",
		},
		{
			name:     "field in upper case",
			body:     with(`"name"`, `"Name"`),
			status:   400,
			code:     "missing_field",
			mentions: "name",
		},
		{
			name:   "the secret as a field",
			body:   with(`"name"`, `"x-`+testSecret+`":"A","name"`),
			status: 400,
			code:   "unknown_field",
		},
		{name: "number", body: with(`"7"`, `7`), status: 400, code: "invalid_field", mentions: "external_customer_id"},
		{name: "huge number", body: with(`"7"`, `1e999`), status: 400, code: "malformed_body"},
		{name: "null name", body: with(`"Ana"`, `null`), status: 400, code: "invalid_field", mentions: "name"},
		{name: "object", body: with(`"Ana"`, `{"first":"Ana"}`), status: 400, code: "invalid_field", mentions: "name"},
		{name: "no lang", body: with(`"lang":"en",`, ``), status: 400, code: "missing_field", mentions: "lang"},
		{
			name:     "no secret",
			body:     with(`"secret_token"`, `"token"`),
			status:   400,
			code:     "missing_field",
			mentions: "secret_token",
		},
		{name: "blank name", body: with(`"Ana"`, `" \t"`), status: 400, code: "missing_field", mentions: "name"},
		{
			name:     "blank e-mail",
			body:     with(`"7@example.com"`, `""`),
			status:   400,
			code:     "missing_field",
			mentions: "email",
		},
		{
			name:     "long name",
			body:     with(`"Ana"`, `"`+strings.Repeat("é", 201)+`"`),
			status:   400,
			code:     "invalid_field",
			mentions: "name",
		},
		{
			name:     "long lang",
			body:     with(`"en"`, `"`+strings.Repeat("e", 36)+`"`),
			status:   400,
			code:     "invalid_field",
			mentions: "lang",
		},
		{name: "NUL", body: with(`"Ana"`, `"A\u0000na"`), status: 400, code: "invalid_field", mentions: "name"},
		{name: "wrong secret", body: with(testSecret, "sk_wrong_value"), status: 401, code: "invalid_credentials"},
		{name: "secret with a space", body: with(testSecret, testSecret+" "), status: 401, code: "invalid_credentials"},
		{
			name:   "secret in upper case",
			body:   with(testSecret, strings.ToUpper(testSecret)),
			status: 401,
			code:   "invalid_credentials",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newTestSandbox(t)
			req, err := http.NewRequest(http.MethodPost, b.authURL(), strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			if tt.edit != nil {
				tt.edit(req)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var raw json.RawMessage
			if err := json.NewDecoder(res.Body).Decode(&raw); err != nil {
				t.Fatal(err)
			}
			var got struct {
				Error struct{ Code, Message string }
			}
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != tt.status || got.Error.Code != tt.code {
				t.Errorf("%d %s, want %d %s", res.StatusCode, raw, tt.status, tt.code)
			}
			if got.Error.Message == "" || !strings.Contains(got.Error.Message, tt.mentions) {
				t.Errorf("message %q does not mention %q", got.Error.Message, tt.mentions)
			}
			if tt.status == http.StatusMethodNotAllowed && res.Header.Get("Allow") != "POST" {
				t.Errorf("Allow: %q", res.Header.Get("Allow"))
			}
			eventually(t, "a log line", func() bool { return strings.Contains(b.logs.String(), tt.code) })
			for _, secret := range []string{testSecret, strings.ToUpper(testSecret), "sk_wrong_value"} {
				if strings.Contains(string(raw)+b.logs.String(), secret) {
					t.Errorf("%s is in the answer or in the log:\n%s\n%s", secret, raw, b.logs)
				}
			}
		})
	}
}

func TestLogsHoldNoTokenAndNoPerson(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	auth := b.admit(t, anaSouza.speaking("pt"))
	c, _ := b.try(t, auth.Token, "")
	c.say(t, "confidencial")
	c.next(t)
	_, reason := b.try(t, auth.Token, "")
	if reason != tokenUsed {
		t.Fatalf("second use: %q", reason)
	}
	eventually(t, "the refusal in the log", func() bool { return strings.Contains(b.logs.String(), tokenUsed) })
	for _, private := range []string{
		testSecret, auth.Token, c.hello.Session,
		"Ana", "7@example.com", "confidencial",
	} {
		if strings.Contains(b.logs.String(), private) {
			t.Errorf("%q is in the log:\n%s", private, b.logs)
		}
	}
	if !strings.Contains(b.logs.String(), auth.CustomerID) {
		t.Error("the log does not name the customer")
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	quick := newTestSandbox(t, with(Faults{Latency: Duration(30 * time.Millisecond)}))
	start := time.Now()
	quick.admit(t, ana)
	if took := time.Since(start); took < 30*time.Millisecond {
		t.Errorf("answered after %v", took)
	}

	// A caller who leaves ends the wait. If not, this test would last an hour, because
	// the server waits for its handlers.
	slow := newTestSandbox(t, with(Faults{Latency: Duration(time.Hour)}))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, slow.authURL(), strings.NewReader(authBody(ana)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
		t.Errorf("answered: %s", res.Status)
	}
}

func FuzzAuthBody(f *testing.F) {
	f.Add([]byte(authBody(ana)))
	f.Add([]byte(`{"secret_token":"\u0000","name":{"a":[1,2,{}]}}`))
	f.Add([]byte(" {\"name\":\"a\",\"name\":\"b\"}"))
	f.Add([]byte(`{"` + testSecret + `":1}`))
	f.Add([]byte("[]"))
	f.Fuzz(func(t *testing.T, body []byte) {
		req, p := decodeAuth(body, false)
		if p != nil {
			if p.status != http.StatusBadRequest || p.Code == "" ||
				p.Message == "" || !utf8.ValidString(p.Message) || len(p.Message) > 2000 {
				t.Fatalf("problem %+v", p)
			}
			if strings.Contains(p.Message, testSecret) {
				t.Fatalf("the message repeats the secret: %s", p.Message)
			}
			return
		}
		for _, field := range authFields {
			v := req[field.name]
			if strings.TrimSpace(v) == "" || utf8.RuneCountInString(v) > field.max ||
				strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
				t.Fatalf("%s was let through: %q", field.name, v)
			}
		}
	})
}
