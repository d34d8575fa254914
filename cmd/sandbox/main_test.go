package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"go.uber.org/goleak"

	"github.com/carameloai/intranet/internal/sandbox"
)

const secret = "sk_test_5b1f0c9d7e"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func secretFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for _, tt := range []struct{ name, project, secret, file, want string }{
		{
			name:   "project",
			secret: secret,
			want:   "ProjectID must",
		},
		{
			name:    "wrong project",
			project: "a/b",
			secret:  secret,
			want:    "ProjectID must",
		},
		{
			name:    "secret",
			project: "p_demo",
			secret:  " ",
			want:    "SecretToken must",
		},
		{
			name:    "both secrets",
			project: "p_demo",
			secret:  secret,
			file:    "x",
			want:    "are both set",
		},
		{
			name:    "no such file",
			project: "p_demo",
			file:    filepath.Join(t.TempDir(), "none"),
			want:    "cannot be read",
		},
		{
			name:    "empty file",
			project: "p_demo",
			file:    secretFile(t, "\n"),
			want:    "SecretToken must",
		},
	} {
		t.Setenv("CARAMELO_SECRET_TOKEN", tt.secret)
		t.Setenv("CARAMELO_SECRET_TOKEN_FILE", tt.file)
		cfg := settings{ProjectID: tt.project, TokenLifetime: sandbox.Duration(time.Minute)}
		err := run(t.Context(), cfg, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v does not say %q, or holds the secret", tt.name, err, tt.want)
		}
	}
}

func TestSecretFromAFile(t *testing.T) {
	t.Setenv("CARAMELO_SECRET_TOKEN", "")
	for _, end := range []string{"", "\n", "\r\n", "\n\n"} {
		t.Setenv("CARAMELO_SECRET_TOKEN_FILE", secretFile(t, secret+end))
		if got, err := secretToken(); err != nil || got != secret {
			t.Errorf("with %q at its end it is read as %q, %v", end, got, err)
		}
	}
}

func TestSettingsFromEnvironmentAndFlags(t *testing.T) {
	t.Setenv("ADDR", ":9999")
	t.Setenv("CARAMELO_PROJECT_ID", "p_env")
	t.Setenv("SANDBOX_LATENCY", "3s")
	t.Setenv("SANDBOX_FAULT", "sdk-404,latency")
	var cfg settings
	parser, err := kong.New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse([]string{"--project-id=p_flag"}); err != nil {
		t.Fatal(err)
	}
	if cfg.Addr != ":9999" || cfg.ProjectID != "p_flag" {
		t.Errorf("settings %+v", cfg)
	}
	want := sandbox.Faults{
		SDK:           "sdk-404",
		Latency:       sandbox.Duration(3 * time.Second),
		TokenLifetime: sandbox.Duration(5 * time.Minute),
		DropEvery:     sandbox.Duration(5 * time.Second),
	}
	if set, err := cfg.faults(); err != nil || set != want {
		t.Errorf("faults %+v, %v, want %+v", set, err, want)
	}
	twoAnswers := settings{Fault: []string{"status-500", "sdk-404", "status-401"}}
	_, err = twoAnswers.faults()
	if err == nil || !strings.Contains(err.Error(), "status-500 and status-401") {
		t.Errorf("two answers at once: %v", err)
	}
	unknown := settings{Fault: []string{"status-418"}}
	_, err = unknown.faults()
	if err == nil || !strings.Contains(err.Error(), "status-400, status-401") {
		t.Errorf("an unknown fault: %v", err)
	}
	if _, err := parser.Parse([]string{"--secret-token=x"}); err == nil {
		t.Error("the secret is taken from a flag")
	}
}

// The table in docs/integrating.md has each flag with its variable and its default.
func TestTheDocumentNamesEveryFlag(t *testing.T) {
	document, err := os.ReadFile("../../docs/integrating.md")
	if err != nil {
		t.Fatal(err)
	}
	parser, err := kong.New(&settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range parser.Model.Flags {
		if flag.Name == "help" {
			continue
		}
		row := regexp.MustCompile("(?m)^\\| .*\\| `--" + flag.Name + "` \\|.*$").FindString(string(document))
		if row == "" {
			t.Errorf("it has no --%s", flag.Name)
			continue
		}
		for _, want := range append(flag.Envs, flag.Default) {
			if want != "" && !strings.Contains(row, "`"+want+"`") {
				t.Errorf("it does not say %s of --%s: %s", want, flag.Name, row)
			}
		}
	}
}

func TestServeAndStop(t *testing.T) {
	t.Setenv("CARAMELO_SECRET_TOKEN", secret)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	ended := make(chan error, 1)
	cfg := settings{Addr: "127.0.0.1:0", ProjectID: "p_demo", TokenLifetime: sandbox.Duration(time.Minute)}
	go func() {
		ended <- run(ctx, cfg, in)
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
	if err := run(ctx, settings{Healthcheck: true, Addr: addr}, io.Discard); err != nil {
		t.Error(err)
	}
	_, port, _ := strings.Cut(addr, ":")
	if err := healthcheck(":" + port); err != nil {
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
	if err := healthcheck(addr); err == nil {
		t.Error("healthy after the end")
	}
}
