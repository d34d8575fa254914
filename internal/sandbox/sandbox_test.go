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

// testSandbox is a sandbox with a server, and with its log.
type testSandbox struct {
	*Sandbox
	url  string
	logs *logBuffer
}

// newTestSandbox starts a sandbox without typing delay and closes it at the end of the
// test. edit changes it before it serves.
func newTestSandbox(t *testing.T, edit ...func(*Sandbox)) *testSandbox {
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
	return &testSandbox{Sandbox: s, url: srv.URL, logs: logs}
}

// with sets faults before the sandbox serves. It does not check their bounds.
func with(f Faults) func(*Sandbox) {
	return func(s *Sandbox) {
		f.TokenLifetime = cmp.Or(f.TokenLifetime, defaultTokenLifetime)
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

// clock is a clock that is moved by the test alone.
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

// employee is a person whom the intranet sends to the sandbox.
type employee struct{ id, name, lang string }

var (
	ana      = employee{id: "7", name: "Ana", lang: "en"}
	anaSouza = employee{id: "7", name: "Ana Souza", lang: "pt-BR"}
	rui      = employee{id: "8", name: "Rui", lang: "en"}
)

// speaking returns e with another language.
func (e employee) speaking(lang string) employee {
	e.lang = lang
	return e
}

// authBody is the body of intranet-auth for a person.
func authBody(e employee) string {
	body, _ := json.Marshal(map[string]string{
		"secret_token":         testSecret,
		"external_customer_id": e.id,
		"name":                 e.name,
		"email":                e.id + "@example.com",
		"lang":                 e.lang,
	})
	return string(body)
}

// authURL is the address of intranet-auth.
func (b *testSandbox) authURL() string {
	return b.url + "/api/chatbox/project/" + testProject + "/intranet-auth"
}

// post calls intranet-auth and returns the status and the body.
func (b *testSandbox) post(t *testing.T, body string) (int, string) {
	t.Helper()
	res, err := http.Post(b.authURL(), "application/json", strings.NewReader(body))
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

// admit gets a token for a person.
func (b *testSandbox) admit(t *testing.T, e employee) authResponse {
	t.Helper()
	status, body := b.post(t, authBody(e))
	var res authResponse
	if err := json.Unmarshal([]byte(body), &res); status != http.StatusOK || err != nil {
		t.Fatalf("intranet-auth: %d %s (%v)", status, body, err)
	}
	return res
}

// client is the browser's side of a socket.
type client struct {
	conn  *websocket.Conn
	hello helloFrame
	sent  int // messages
}

func (b *testSandbox) dial(t *testing.T) *client {
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

// try opens a socket with a token and, for a reconnect, the id of the session. It
// returns the reason if the socket is refused.
func (b *testSandbox) try(t *testing.T, token, session string) (*client, string) {
	t.Helper()
	c := b.dial(t)
	c.write(t, authFrame{Type: "auth", Token: token, ProjectID: testProject, Session: session})
	data, err := c.read()
	if err != nil {
		return nil, closeReason(t, err)
	}
	if err := json.Unmarshal(data, &c.hello); err != nil || c.hello.Type != "hello" {
		t.Fatalf("first message: %s (%v)", data, err)
	}
	return c, ""
}

// enter opens a chat with a new token.
func (b *testSandbox) enter(t *testing.T, e employee) *client {
	t.Helper()
	c, reason := b.try(t, b.admit(t, e).Token, "")
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
	c.sent++
	ref := fmt.Sprintf("ref-%p-%d", c, c.sent)
	c.write(t, sentFrame{Type: "message", Ref: ref, Text: text})
	return ref
}

// next waits for the next message.
func (c *client) next(t *testing.T) message {
	t.Helper()
	data, err := c.read()
	var frame messageFrame
	if err == nil {
		err = json.Unmarshal(data, &frame)
	}
	if err != nil || frame.Type != "message" {
		t.Fatalf("waiting for a message: %s (%v)", data, err)
	}
	return frame.Message
}

// closed waits until the sandbox closes the socket and returns the closeReason.
func (c *client) closed(t *testing.T) string {
	t.Helper()
	for {
		if _, err := c.read(); err != nil {
			return closeReason(t, err)
		}
	}
}

// closeReason is the reason of a close frame, after the code unless that is "policy
// violation".
func closeReason(t *testing.T, err error) string {
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

// eventually waits until a condition holds. It asks repeatedly, for conditions that no
// event announces.
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
	_, err := New(Config{
		Faults: Faults{
			Answer:        "status-418",
			Latency:       -1,
			TokenLifetime: Duration(time.Millisecond),
		},
		IntranetURL: "javascript:alert(1)",
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"ProjectID must",
		"SecretToken must",
		`"answer" must`,
		`"token_lifetime" must`,
		`"latency" must`,
		"IntranetURL must",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %s:\n%v", want, err)
		}
	}
	_, err = New(Config{ProjectID: "a/b", SecretToken: testSecret})
	if err == nil || strings.Contains(err.Error(), testSecret) {
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
	b := newTestSandbox(t)
	b.Close()
	b.Close() // twice does no harm
	status, body := b.post(t, authBody(ana))
	if status != http.StatusServiceUnavailable || !strings.Contains(body, `"unavailable"`) {
		t.Errorf("intranet-auth: %d %s", status, body)
	}
	_, res, err := websocket.Dial(t.Context(), b.url+"/ws", nil)
	if err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("socket: %v %v", res, err)
	}
}
