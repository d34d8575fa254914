package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/carameloai/intranet/internal/sandbox"
)

// buildPage makes a program of the whole page in Go and the client's folder, in a
// module of its own, as the document says.
func buildPage(t *testing.T) (program string) {
	t.Helper()
	_, block, found := strings.Cut(section(t, "In other stacks"), "\n### Go\n")
	_, block, opened := strings.Cut(block, "\n```go\n")
	source, _, closed := strings.Cut(block, "\n```\n")
	if !found || !opened || !closed {
		t.Fatal("docs/integrating.md has no whole page in Go")
	}
	folder := t.TempDir()
	if err := os.CopyFS(filepath.Join(folder, "caramelo"), os.DirFS("../caramelo")); err != nil {
		t.Fatal(err)
	}
	// What go mod tidy would fetch, at the version that is here already.
	ours, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	breaker := regexp.MustCompile(`github\.com/sony/gobreaker/v2 v\S+`).Find(ours)
	for name, text := range map[string]string{
		"main.go": source + "\n",
		"go.mod":  "module example.com/app\n\ngo 1.26.0\n\nrequire " + string(breaker) + "\n",
		"go.sum":  string(sums),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"vet", "."}, {"build", "-o", "app", "."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = folder, append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off", "GOPROXY=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	gofmt := exec.CommandContext(t.Context(), "gofmt", "-l", filepath.Join(folder, "main.go"))
	if out, err := gofmt.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("gofmt would change the page: %v %s", err, out)
	}
	return filepath.Join(folder, "app")
}

// serve runs the program until the returned function, which gives what it logged.
func serve(t *testing.T, program, caramelo, project, secret string) (url string, stop func() string) {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var log bytes.Buffer
	cmd := exec.CommandContext(ctx, program)
	cmd.Stderr = &log
	cmd.Env = append(os.Environ(),
		"ADDR="+addr,
		"CARAMELO_API_URL="+caramelo,
		"CARAMELO_SDK_URL="+caramelo+"/sdk/latest/authenticated.js",
		"CARAMELO_ORIGINS="+caramelo+" "+strings.Replace(caramelo, "http", "ws", 1),
		"CARAMELO_PROJECT_ID="+project,
		"CARAMELO_SECRET_TOKEN="+secret)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // killed, in the end
	stop = func() string { cancel(); <-ended; return log.String() }
	t.Cleanup(func() { stop() })
	for tick := time.Tick(10 * time.Millisecond); ; {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return "http://" + addr, stop
		}
		select {
		case <-tick:
		case <-ended:
			t.Fatalf("the page does not start: %s", log.String())
		}
	}
}

// The whole page in Go keeps what the document promises: it is out before a slow
// Caramelo answers, its token opens the chat, no token ends its script, and
// without one it has the notice.
func TestTheWholePageRunsAgainstTheSandbox(t *testing.T) {
	t.Parallel()
	const project, secret, hostile = "p_dev", "sk_dev_only", `</script><!--"'\ é`
	caramelo, err := sandbox.New(sandbox.Config{
		ProjectID:   project,
		SecretToken: secret,
		Logger:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(caramelo.Close)
	var calls atomic.Int32
	answers := make(chan http.Handler) // who answers the next call, once it may
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/intranet-auth") {
			caramelo.Handler().ServeHTTP(w, r)
			return
		}
		calls.Add(1)
		select {
		case answer := <-answers:
			answer.ServeHTTP(w, r)
		case <-t.Context().Done():
		}
	}))
	t.Cleanup(vendor.Close)
	url, stop := serve(t, buildPage(t), vendor.URL, project, secret)

	res, err := http.Head(url)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %v %v", res, err)
	}
	// open asks for the page, and lets answer answer once all but the tail is there.
	open := func(answer http.Handler) (header http.Header, tail string) {
		t.Helper()
		res, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body := bufio.NewReader(res.Body)
		for line := ""; !strings.Contains(line, "</main>"); {
			if line, err = body.ReadString('\n'); err != nil {
				t.Fatalf("the page ends before its tail: %v", err)
			}
		}
		select {
		case answers <- answer:
		case <-time.After(10 * time.Second):
			t.Fatal("Caramelo is not called")
		}
		rest, err := io.ReadAll(body)
		if err != nil || res.StatusCode != http.StatusOK || !strings.HasSuffix(string(rest), "</body>\n</html>\n") {
			t.Fatalf("%d, %v: %s", res.StatusCode, err, rest)
		}
		return res.Header, string(rest)
	}
	inScript := regexp.MustCompile(`<script nonce="(\w+)">var carameloaiChatbot = ` +
		`\{secure_connection_token: (".*"), project_id: "p_dev"\};</script>\n` +
		`<script nonce="(\w+)" src="` + regexp.QuoteMeta(vendor.URL) + `/sdk/latest/authenticated\.js"></script>`)
	token := func(header http.Header, tail string) (token string) {
		t.Helper()
		found := inScript.FindStringSubmatch(tail)
		if found == nil || strings.Count(tail, "</script>") != 2 || strings.Contains(tail, "not available") {
			t.Fatalf("the tail: %s", tail)
		}
		if policy := header.Get("Content-Security-Policy"); found[1] != found[3] ||
			!strings.Contains(policy, "'nonce-"+found[1]+"'") || header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v", header)
		}
		if err := json.Unmarshal([]byte(found[2]), &token); err != nil {
			t.Fatalf("%v: %s", err, found[2])
		}
		return token
	}

	conn, _, err := websocket.Dial(t.Context(), vendor.URL+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	auth := map[string]string{"type": "auth", "token": token(open(caramelo.Handler())), "project_id": project}
	if err := wsjson.Write(t.Context(), conn, auth); err != nil {
		t.Fatal(err)
	}
	var hello struct{ Type string }
	if err := wsjson.Read(t.Context(), conn, &hello); err != nil || hello.Type != "hello" {
		t.Errorf("the sandbox takes no such token: %v %+v", err, hello)
	}

	if got := token(open(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"real_time_access_token": hostile})
	}))); got != hostile {
		t.Errorf("%q arrives as %q", hostile, got)
	}

	_, tail := open(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, secret, http.StatusUnauthorized)
	}))
	if strings.Contains(tail, "<script") || !strings.Contains(tail, "not available") {
		t.Errorf("without a token: %s", tail)
	}
	if n := calls.Load(); n != 3 {
		t.Errorf("%d calls for three pages and a HEAD", n)
	}
	if log := stop(); !strings.Contains(log, "credentials (status 401)") || strings.Contains(log, secret) ||
		strings.Contains(log, "superfluous") {
		t.Errorf("the log: %s", log)
	}
}
