package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/checks"
	"github.com/carameloai/intranet/internal/sandbox"
	"github.com/carameloai/intranet/internal/testdb"
)

// deployment is an environment that doctor examines.
type deployment struct {
	t        *testing.T
	env      map[string]string
	canaries []string // may never come out
}

// deployed is a good one on this machine: a real database, a sandbox, and nothing
// that listens at PUBLIC_URL.
func deployed(t *testing.T) *deployment {
	t.Helper()
	d := &deployment{t: t}
	secret, key := d.canary(), d.canary()
	vendor := sandboxed(t, secret)
	d.env = map[string]string{
		"PUBLIC_URL":            "http://" + freeAddr(t),
		"DATABASE_URL":          testdb.URL(t),
		"SECRET_KEY":            key,
		"CARAMELO_PROJECT_ID":   "p_test",
		"CARAMELO_SECRET_TOKEN": secret,
		"CARAMELO_API_URL":      vendor,
		"CARAMELO_SDK_URL":      vendor + "/sdk/latest/authenticated.js",
	}
	return d
}

func sandboxed(t *testing.T, secret string) (address string) {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{
		ProjectID:   "p_test",
		SecretToken: secret,
		Logger:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	vendor := httptest.NewServer(s.Handler())
	t.Cleanup(func() { s.Close(); vendor.Close() })
	return vendor.URL
}

func (d *deployment) canary() string {
	text := "canary-" + rand.Text() + "-" + rand.Text()
	d.canaries = append(d.canaries, text)
	return text
}

// command is intranet as a process of its own that knows of d only.
func (d *deployment) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0], args...)
	c.Env = []string{"INTRANET_TEST_RUNS_MAIN=1", "PATH=" + os.Getenv("PATH"), "HOME=" + d.t.TempDir()}
	for name, value := range d.env {
		c.Env = append(c.Env, name+"="+value)
	}
	return c
}

// report is what doctor found, by the checks' ids.
type report map[string]checks.Check

// examine runs doctor twice, once for people, and sees to what holds for every
// report: no secret in it, one line for each check, a way to mend what is not
// well, and the right exit status.
func (d *deployment) examine(args ...string) report {
	d.t.Helper()
	run := func(args ...string) (out string, status int) {
		var stdout, stderr bytes.Buffer
		c := d.command(d.t.Context(), append([]string{"doctor"}, args...)...)
		c.Stdout, c.Stderr = &stdout, &stderr
		_ = c.Run() // the status says more
		for _, canary := range d.canaries {
			if strings.Contains(stdout.String()+stderr.String(), canary) {
				d.t.Fatal("a secret came out") // without showing where
			}
		}
		return stdout.String(), c.ProcessState.ExitCode()
	}
	text, status := run(args...)
	document, again := run(append(args, "--json")...)
	var parsed struct {
		Checks []checks.Check
		Counts map[checks.Level]int
	}
	if err := json.Unmarshal([]byte(document), &parsed); err != nil {
		d.t.Fatalf("%v: %s", err, document)
	}
	r, failures := report{}, 0
	for _, c := range parsed.Checks {
		if _, twice := r[c.ID]; twice {
			d.t.Errorf("%s is there twice", c.ID)
		}
		r[c.ID] = c
		if !regexp.MustCompile(`(?m)^` + string(c.Level) + ` +` + regexp.QuoteMeta(c.ID) + `:`).MatchString(text) {
			d.t.Errorf("the text does not say that %s is %s", c.ID, c.Level)
		}
		if c.Seen == "" || (c.Mend == "") != (c.Level == checks.Fine || c.Level == checks.Skipped) {
			d.t.Errorf("%+v", c)
		}
		if c.Level == checks.Failure {
			failures++
		}
	}
	counted := parsed.Counts[checks.Failure] == failures &&
		strings.Contains(text, fmt.Sprintf(" %d failure, ", failures))
	if !counted || (status != 0) != (failures > 0) || again != status {
		d.t.Errorf("%d failures, counted as %v, status %d", failures, parsed.Counts, status)
	}
	for line := range strings.Lines(text) {
		if len([]rune(line)) > 81 && len(strings.Fields(line)) > 1 {
			d.t.Errorf("too wide: %s", line)
		}
	}
	return r
}

// wants fails the test unless the check ended so, and says all of the words.
func (r report) wants(t *testing.T, id string, level checks.Level, words ...string) {
	t.Helper()
	c := r[id]
	for _, word := range words {
		if !strings.Contains(c.Seen+" -> "+c.Mend, word) {
			t.Errorf("%s does not say %q: %+v", id, word, c)
		}
	}
	if c.Level != level {
		t.Errorf("%s is not %s: %+v", id, level, c)
	}
}

func TestDoctorListsEveryCheck(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	help, err := d.command(t.Context(), "doctor", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(help), string(readme)} {
		words := strings.Join(strings.Fields(text), " ")
		if !strings.Contains(words, "with 0 only if nothing has failed: warnings do not count.") {
			t.Error("README and --help do not say the same of the exit status")
		}
	}
	id := regexp.MustCompile(`\b(machine|postgres|signin|mail|caramelo|sdk|csp|public|traces)\.[a-z_]+\b`)
	documented := id.FindAllString(string(help), -1)
	for _, name := range []string{
		"addr", "public_url", "metrics_addr", "trusted_proxies", "second_factor", "audit_retention_days", "oidc_providers", "password_sign_in",
		"retention_disabled_days", "smtp_url", "mail_from", "mail_reply_to",
		"audit_log", "log_level", "log_format", "database_url", "secret_key",
		"caramelo_project_id", "caramelo_secret_token", "caramelo_api_url", "caramelo_sdk_url",
		"caramelo_timeout", "caramelo_origins", "caramelo_policy_deny", "caramelo_policy_allow", "caramelo_open",
		"caramelo_ask_first", "caramelo_privacy_url", "privacy_url", "caramelo_sandbox",
		"otel_exporter_otlp_endpoint", "otel_exporter_otlp_traces_endpoint", "otel_exporter_otlp_headers", // tracing
	} {
		documented = append(documented, "settings."+name)
	}
	slices.Sort(documented)
	if found := slices.Sorted(maps.Keys(d.examine())); !slices.Equal(found, documented) {
		t.Errorf("found %q, documented %q", found, documented)
	}
	d.env = nil // each is there however little there is to look at
	if found := slices.Sorted(maps.Keys(d.examine())); !slices.Equal(found, documented) {
		t.Errorf("without settings: found %q", found)
	}
}

func TestDoctorFindsAGoodDeploymentGood(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.addPerson("ana@example.com")
	d.serves()
	r := d.examine("--mint=Ana@example.com")
	for id, c := range r {
		if c.Level != checks.Fine && id != "postgres.audit_trail" {
			t.Errorf("%s: %+v", id, c)
		}
	}
	r.wants(t, "postgres.audit_trail", checks.Warning, "roles.sql") // the tests' role owns its tables
	r.wants(t, "caramelo.mint", checks.Fine, "status 200", "a JWT of", "good for")
	r.wants(t, "public.reachable", checks.Fine, "the intranet answers")
	res := fetched(t, d.env["CARAMELO_SDK_URL"])
	r.wants(t, "sdk.script", checks.Fine, fmt.Sprintf("%d bytes, sha256 %x", len(res), sha256.Sum256(res)))
}

func TestDoctorShowsSettingsAndWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	secret := d.env["CARAMELO_SECRET_TOKEN"]
	delete(d.env, "CARAMELO_SECRET_TOKEN")
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.env["CARAMELO_SECRET_TOKEN_FILE"], d.env["LOG_FORMAT"], d.env["METRICS_ADDR"] = file, "json", ""
	d.env["ADDR"] = "[::1]:8080"
	r := d.examine("--log-level=debug")
	r.wants(t, "settings.log_level", checks.Fine, "debug (flag)")
	r.wants(t, "settings.log_format", checks.Fine, "json (environment)")
	r.wants(t, "settings.addr", checks.Fine, "[::1]:8080 (environment)")
	r.wants(t, "settings.caramelo_timeout", checks.Fine, "3s (default)")
	r.wants(t, "settings.metrics_addr", checks.Fine, "not set")
	r.wants(t, "settings.caramelo_secret_token", checks.Fine, fmt.Sprintf("set, %d characters (file)", len(secret)))
	r.wants(t, "settings.secret_key", checks.Fine, "set,", "(environment)")
	r.wants(t, "machine.secret_files", checks.Fine, "CARAMELO_SECRET_TOKEN_FILE")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	d.examine().wants(t, "machine.secret_files", checks.Warning, "CARAMELO_SECRET_TOKEN_FILE", "chmod 600")
}

func TestDoctorTellsHowToMendASecretsFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	empty := filepath.Join(folder, "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"DATABASE_URL", "CARAMELO_SECRET_TOKEN", "SECRET_KEY"} {
		d := deployed(t)
		id := "settings." + strings.ToLower(name)
		d.env[name+"_FILE"] = empty
		d.examine().wants(t, id, checks.Failure, "keep only one of the two")
		d.env[name] = ""
		for path, seen := range map[string]string{
			empty:                            "empty file",
			filepath.Join(folder, "missing"): "no such file",
			folder:                           "is a directory",
		} {
			d.env[name+"_FILE"] = path
			r := d.examine()
			r.wants(t, id, checks.Failure, seen, "let the server's user read the file "+path+",")
			if strings.Contains(r[id].Mend, "right") {
				t.Errorf("the setting is right: %+v", r[id])
			}
		}
		for _, secret := range []string{d.canary(), "/" + d.canary(), "postgres://u:" + d.canary() + "@db.example/x"} {
			d.env[name+"_FILE"] = secret
			d.examine().wants(t, id, checks.Failure, "let the server's user read the file that "+name+"_FILE names")
		}
	}
}

func TestDoctorNamesWrongSettingsAndDoesNotShowThem(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.env["PUBLIC_URL"] = "https://user:" + d.canary() + "@intranet.example.com"
	d.env["DATABASE_URL"] = "postgres://user:" + d.canary() + "@[::1"
	d.env["CARAMELO_TIMEOUT"] = d.canary()
	d.env["CARAMELO_ORIGINS"] = "https://*.carameloai.com," + d.canary()
	d.env["CARAMELO_SECRET_TOKEN"] = ""
	d.env["CARAMELO_SECRET_TOKEN_FILE"] = d.canary() // the secret, where a file's name should be
	d.env["CARAMELO_PROJECT_ID"] = d.env["SECRET_KEY"]
	r := d.examine()
	r.wants(t, "settings.public_url", checks.Failure,
		"PUBLIC_URL must have no path, query, fragment or user", "(environment)", "How browsers reach")
	r.wants(t, "settings.database_url", checks.Failure, "DATABASE_URL is not a Postgres address")
	r.wants(t, "settings.caramelo_timeout", checks.Failure, "must be a time between 100ms and 8s")
	r.wants(t, "settings.caramelo_origins", checks.Failure, "number 2")
	r.wants(t, "settings.caramelo_secret_token", checks.Failure, "CARAMELO_SECRET_TOKEN_FILE cannot be read")
	r.wants(t, "settings.caramelo_project_id", checks.Warning, "looks like a secret")
	for _, id := range []string{"postgres.reachable", "postgres.pooler", "public.dns", "public.proxies"} {
		r.wants(t, id, checks.Skipped, "see settings.")
	}
	r.wants(t, "caramelo.reachable", checks.Fine) // one that failed stops no other

	d = deployed(t)
	d.env["CARAMELO_SECRET_TOKEN"] = `"` + d.env["CARAMELO_SECRET_TOKEN"] + `"`
	d.env["SECRET_KEY"] = ""
	r = d.examine()
	r.wants(t, "settings.caramelo_secret_token", checks.Warning, "quote")
	r.wants(t, "settings.secret_key", checks.Warning, "no SECRET_KEY", "openssl rand")

	d = &deployment{t: t, env: map[string]string{"DATABASE_URL": testdb.URL(t), "PUBLIC_URL": "http://" + freeAddr(t)}}
	r = d.examine()
	r.wants(t, "settings.caramelo_project_id", checks.Warning, "no Caramelo credentials")
	for _, id := range []string{"caramelo.reachable", "caramelo.mint", "sdk.script"} {
		r.wants(t, id, checks.Skipped, "no Caramelo credentials")
	}
}

// fetched is what a GET brings.
func fetched(t *testing.T, address string) []byte {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return body
}
