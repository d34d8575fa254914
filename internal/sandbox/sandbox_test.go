package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"go.uber.org/goleak"
)

const (
	testProject = "p_test"
	testSecret  = "sk_test_5b1f0c9d7e"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bed is a sandbox that listens, with what it logged.
type bed struct {
	*Sandbox
	url  string
	logs *logBuffer
}

// newBed starts a sandbox without typing delay; edit changes it before it
// serves. It ends with the test.
func newBed(t *testing.T, edit ...func(*Sandbox)) *bed {
	t.Helper()
	logs := &logBuffer{}
	s, err := New(Config{
		ProjectID:   testProject,
		SecretToken: testSecret,
		TypingDelay: -1,
		Logger:      slog.New(slog.NewJSONHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range edit {
		f(s)
	}
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	t.Cleanup(s.Close)
	return &bed{Sandbox: s, url: srv.URL, logs: logs}
}

// with sets faults before the sandbox serves, within bounds or not.
func with(f Faults) func(*Sandbox) {
	return func(s *Sandbox) {
		f.TokenLifetime = cmp.Or(f.TokenLifetime, usualLifetime)
		s.faults.Store(&f)
	}
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// clock is a time that only moves when a test says so.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func authBody(customer, name, lang string) string {
	body, _ := json.Marshal(map[string]string{
		"secret_token": testSecret, "external_customer_id": customer,
		"name": name, "email": customer + "@example.com", "lang": lang,
	})
	return string(body)
}

func (b *bed) path() string {
	return b.url + "/api/chatbox/project/" + testProject + "/intranet-auth"
}

// post calls intranet-auth and returns the status and the body.
func (b *bed) post(t *testing.T, body string) (int, string) {
	t.Helper()
	res, err := http.Post(b.path(), "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(data)
}

type authResponse struct {
	Token      string `json:"real_time_access_token"`
	CustomerID string `json:"customer_id"`
	Chat       struct{ ID, Status, Lang string }
	Chatbot    struct{ Sandbox bool }
}

// admit gets a token for a customer.
func (b *bed) admit(t *testing.T, customer, name, lang string) authResponse {
	t.Helper()
	status, body := b.post(t, authBody(customer, name, lang))
	var res authResponse
	if err := json.Unmarshal([]byte(body), &res); status != http.StatusOK || err != nil {
		t.Fatalf("intranet-auth: %d %s (%v)", status, body, err)
	}
	return res
}

// client is the other end of a socket.
type client struct {
	conn  *websocket.Conn
	hello hello
	n     int
}

func (b *bed) dial(t *testing.T) *client {
	t.Helper()
	conn, res, err := websocket.Dial(t.Context(), b.url+"/ws", &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {"https://intranet.example"}},
	})
	if err != nil {
		t.Fatalf("dial: %v (%v)", err, res)
	}
	t.Cleanup(func() { conn.CloseNow() })
	conn.SetReadLimit(-1)
	return &client{conn: conn}
}

// try shows a token, and a session's id for a reconnect, and returns the reason
// of a refusal.
func (b *bed) try(t *testing.T, token, session string) (*client, string) {
	t.Helper()
	c := b.dial(t)
	c.write(t, map[string]string{"type": "auth", "token": token, "project_id": testProject, "session": session})
	data, err := c.read()
	if err != nil {
		return nil, closing(t, err)
	}
	if err := json.Unmarshal(data, &c.hello); err != nil || c.hello.Type != "hello" {
		t.Fatalf("first message: %s (%v)", data, err)
	}
	return c, ""
}

// enter opens a chat with a token of its own.
func (b *bed) enter(t *testing.T, customer, name, lang string) *client {
	t.Helper()
	c, reason := b.try(t, b.admit(t, customer, name, lang).Token, "")
	if reason != "" {
		t.Fatalf("refused: %s", reason)
	}
	return c
}

func (c *client) read() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, data, err := c.conn.Read(ctx)
	return data, err
}

func (c *client) write(t *testing.T, v any) {
	t.Helper()
	if err := wsjson.Write(t.Context(), c.conn, v); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// say sends a message and returns its ref.
func (c *client) say(t *testing.T, text string) string {
	t.Helper()
	c.n++
	ref := fmt.Sprintf("ref-%p-%d", c, c.n)
	c.write(t, said{"message", ref, text})
	return ref
}

// next waits for the next message.
func (c *client) next(t *testing.T) message {
	t.Helper()
	data, err := c.read()
	var e event
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if err != nil || e.Type != "message" {
		t.Fatalf("waiting for a message: %s (%v)", data, err)
	}
	return e.Message
}

// closed waits for the end of the socket and returns its code and reason.
func (c *client) closed(t *testing.T) string {
	t.Helper()
	for {
		if _, err := c.read(); err != nil {
			return closing(t, err)
		}
	}
}

// closing is the reason of a close frame, with the code where that is not
// "policy violation".
func closing(t *testing.T, err error) string {
	t.Helper()
	var e websocket.CloseError
	if !errors.As(err, &e) {
		t.Fatalf("no close frame: %v", err)
	}
	if e.Code == websocket.StatusPolicyViolation {
		return e.Reason
	}
	return fmt.Sprintf("%d %s", e.Code, e.Reason)
}

// eventually waits for a condition that no event announces.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("never: %s", what)
		}
	}
}

func TestNewNamesEveryWrongSetting(t *testing.T) {
	t.Parallel()
	_, err := New(Config{Faults: Faults{Answer: "status-418", Latency: -1, TokenLifetime: Duration(time.Millisecond)}, IntranetURL: "javascript:alert(1)"})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"ProjectID must", "SecretToken must", `"answer" must`, `"token_lifetime" must`, `"latency" must`, "IntranetURL must"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s:\n%v", want, err)
		}
	}
	if _, err := New(Config{ProjectID: "a/b", SecretToken: testSecret}); err == nil || strings.Contains(err.Error(), testSecret) {
		t.Errorf("project a/b: %v", err)
	}
}

func TestSecretStaysOutOfPrintedValues(t *testing.T) {
	t.Parallel()
	cfg := Config{ProjectID: testProject, SecretToken: testSecret}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "cfg", cfg)
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "cfg", cfg)
	printed := fmt.Sprintf("%v %+v %#v %s %+v %+v %#v", cfg, cfg, cfg, cfg, &cfg, s, s) + log.String()
	if strings.Contains(printed, testSecret) {
		t.Errorf("the secret is printed: %s", printed)
	}
}

func TestClosedSandboxAnswers503(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	b.Close()
	b.Close() // twice does no harm
	if status, body := b.post(t, authBody("1", "Ana", "en")); status != http.StatusServiceUnavailable || !strings.Contains(body, `"unavailable"`) {
		t.Errorf("intranet-auth: %d %s", status, body)
	}
	if _, res, err := websocket.Dial(t.Context(), b.url+"/ws", nil); err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("socket: %v %v", res, err)
	}
}
