package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"go.uber.org/goleak"
)

const secret = "sk_test_5b1f0c9d7e"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		cfg  settings
		env  func(string) string
		want []string
	}{
		{"everything", settings{}, env(), []string{"CARAMELO_PROJECT_ID is not set", "CARAMELO_SECRET_TOKEN is not set"}},
		{"blank secret", settings{ProjectID: "p_demo"}, env("CARAMELO_SECRET_TOKEN", " "), []string{"CARAMELO_SECRET_TOKEN is not set"}},
		{"both secrets", settings{ProjectID: "p_demo"}, env("CARAMELO_SECRET_TOKEN", secret, "CARAMELO_SECRET_TOKEN_FILE", "x"), []string{"are both set"}},
		{"no such file", settings{ProjectID: "p_demo"}, env("CARAMELO_SECRET_TOKEN_FILE", filepath.Join(t.TempDir(), "none")), []string{"cannot be read"}},
		{"empty file", settings{ProjectID: "p_demo"}, env("CARAMELO_SECRET_TOKEN_FILE", secretFile(t, "\n")), []string{"is empty"}},
		{"wrong project", settings{ProjectID: "a/b", TokenLifetime: time.Minute}, env("CARAMELO_SECRET_TOKEN", secret), []string{"ProjectID must be"}},
	} {
		err := run(t.Context(), tt.cfg, tt.env, io.Discard, io.Discard)
		if err == nil {
			t.Errorf("%s: started", tt.name)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", tt.name, err, want)
			}
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error holds the secret: %v", tt.name, err)
		}
	}
}

func TestSecretFromAFile(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{secret: secret, secret + "\n": secret, secret + "\r\n": secret, secret + "\n\n": secret} {
		got, err := check(settings{ProjectID: "p_demo"}, env("CARAMELO_SECRET_TOKEN_FILE", secretFile(t, content)))
		if err != nil || got != want {
			t.Errorf("%q is read as %q, %v", content, got, err)
		}
	}
}

func TestSettingsFromEnvironmentAndFlags(t *testing.T) {
	t.Setenv("ADDR", ":9999")
	t.Setenv("CARAMELO_PROJECT_ID", "p_env")
	t.Setenv("SANDBOX_LATENCY", "2s")
	t.Setenv("LOG_LEVEL", "debug")
	var cfg settings
	parser, err := kong.New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"--project-id=p_flag", "--log-format=json"}); err != nil {
		t.Fatal(err)
	}
	if cfg.Addr != ":9999" || cfg.ProjectID != "p_flag" || cfg.Latency != 2*time.Second || cfg.TokenLifetime != 5*time.Minute ||
		cfg.LogLevel.String() != "DEBUG" || cfg.LogFormat != "json" {
		t.Errorf("settings %+v", cfg)
	}
	if _, err := parser.Parse([]string{"--secret-token=x"}); err == nil {
		t.Error("the secret is taken from a flag")
	}
}

func TestServeAndStop(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	cfg := settings{Addr: "127.0.0.1:0", ProjectID: "p_demo", TokenLifetime: time.Minute, LogFormat: "json"}
	go func() {
		ended <- run(ctx, cfg, env("CARAMELO_SECRET_TOKEN", secret), in, io.Discard)
		in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("it did not start: %v, %v", err, <-ended)
	}
	_, rest, _ := strings.Cut(line, "http://")
	addr, _, ok := strings.Cut(rest, ",")
	if !ok || !strings.Contains(line, "for development only") || strings.Contains(line, secret) {
		t.Fatalf("it says %q", line)
	}
	if err := run(ctx, settings{Healthcheck: true, Addr: addr}, env(), io.Discard, io.Discard); err != nil {
		t.Error(err)
	}
	_, port, _ := strings.Cut(addr, ":")
	if err := healthcheck(ctx, ":"+port); err != nil {
		t.Errorf("of a server that listens everywhere: %v", err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + addr + "/sdk/latest/authenticated.js")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Errorf("the SDK: %s", res.Status)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopping: %v", err)
	}
	if err := healthcheck(t.Context(), addr); err == nil {
		t.Error("healthy after the end")
	}
}
