package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/seed"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/internal/webtest"
)

// The journeys that matter, in each of the three engines that browsers are made of: they are
// written once, in engines/journeys.mjs. The other tests run in Chromium alone. The journeys that
// seldom fail in one engine alone are for the night.
func TestThreeEngines(t *testing.T) {
	const debian = ", on Debian: apt-get install "
	for engine, find := range map[string]func() (programs map[string]string, lacks string){
		"chromium": func() (map[string]string, string) {
			program := webtest.Chromium()
			return map[string]string{"program": program}, lacking(program, "Chromium"+debian+"chromium-headless-shell")
		},
		"firefox": func() (map[string]string, string) {
			program := onPath("firefox-esr", "firefox")
			return map[string]string{"program": program}, lacking(program, "Firefox"+debian+"firefox-esr")
		},
		"webkit": func() (map[string]string, string) {
			driver, display := onPath("WebKitWebDriver"), onPath("Xvfb")
			browser := installed("/usr/lib/*/webkit2gtk-4.*/MiniBrowser", "/usr/lib*/webkit2gtk-4.*/MiniBrowser",
				"/usr/libexec/webkit2gtk-4.*/MiniBrowser")
			lacks := lacking(browser, "WebKit's MiniBrowser"+debian+"webkit2gtk-driver") +
				lacking(driver, "WebKitWebDriver"+debian+"webkit2gtk-driver") + lacking(display, "Xvfb"+debian+"xvfb")
			return map[string]string{"program": driver, "browser": browser, "xvfb": display}, lacks
		},
	} {
		t.Run(engine, func(t *testing.T) {
			programs, lacks := find()
			node := onPath("node")
			lacks += lacking(node, "Node"+debian+"nodejs")
			if _, err := os.Stat(fromNpm("ws/package.json")); err != nil {
				lacks += noNpm
			}
			if lacks != "" {
				missing(t, engine+": "+lacks)
			}
			in := Start(t, aPatientApp)
			in.journeys(t, node, map[string]any{"engine": engine, "programs": programs})
		})
	}
}

// lacking is what to say where a program was not found.
func lacking(program, what string) string {
	if program != "" {
		return ""
	}
	return "there is no " + what + ". "
}

func onPath(names ...string) string {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

func installed(patterns ...string) string {
	for _, pattern := range patterns {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[len(found)-1]
		}
	}
	return ""
}

// journeys runs them all in one engine, and ends everything that they started.
func (in *Intranet) journeys(t *testing.T, node string, setup map[string]any) {
	t.Helper()
	person := func(p seed.Persona) map[string]string {
		return map[string]string{"name": p.Name, "email": p.Email, "password": in.Passwords[p.Email], "lang": p.Lang}
	}
	setup["url"], setup["vendor"], setup["control"] = in.url, in.Vendor.url, in.control(t)
	setup["folder"] = t.TempDir()
	setup["people"] = map[string]any{
		"en": person(Employee(t, "en")), "pt": person(Employee(t, "pt")), "es": person(Employee(t, "es")),
		"editor": person(Editor(t)), "admin": person(Admin(t)),
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	says := map[string]string{}
	for _, key := range []string{"login.kept", "error.other.title", "notice.profile", "idle.title"} {
		says[key] = in.Says(t, "en", key)
	}
	setup["says"] = says // in English
	setup["manners"], setup["styled"] = Manners(), styled
	if n := slices.IndexFunc(features.All(), func(f web.Feature) bool { return f.Name == "inspector" }); n >= 0 {
		nav := features.All()[n].Nav
		setup["reports"] = nav[len(nav)-1].Path
	}
	run := exec.CommandContext(ctx, node, "--test-reporter=spec", "engines/journeys.mjs")
	run.Env = append(os.Environ(), "JOURNEYS="+Quoted(setup), "HOME="+setup["folder"].(string))
	run.Stdout, run.Stderr = t.Output(), t.Output()
	run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	run.WaitDelay = 10 * time.Second
	_, err := run.StdinPipe() // which ends with this test, whatever happens to it: see process.mjs
	if err == nil {
		err = run.Start()
	}
	if err == nil {
		all := -run.Process.Pid // its process group: browsers, their drivers and displays
		run.Cancel = func() error { return syscall.Kill(all, syscall.SIGKILL) }
		err = run.Wait()
		_ = syscall.Kill(all, syscall.SIGKILL) // mostly there is nobody left
	}
	if err != nil {
		t.Error(err)
	}
}

// control is where the journeys ask for what no browser can do: each path is a step.
func (in *Intranet) control(t *testing.T) string {
	t.Helper()
	steps := http.NewServeMux()
	step := func(path string, do func()) {
		steps.HandleFunc("POST "+path, func(w http.ResponseWriter, _ *http.Request) {
			do()
			w.WriteHeader(http.StatusNoContent)
		})
	}
	var answer, unlock, waits func()
	step("/vendor/hold", func() { answer = in.Vendor.hold(t, in.Vendor.sandbox) })
	step("/vendor/answer", func() { answer() })
	step("/sessions/expire", func() {
		in.SQL(t, `UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE revoked_at IS NULL`)
	})
	step("/changes/hold", func() { waits, unlock = in.hold(t, `LOCK TABLE audit IN EXCLUSIVE MODE`) })
	step("/changes/wait", func() { waits() })
	step("/changes/go", func() { unlock() })
	server := httptest.NewServer(steps)
	t.Cleanup(server.Close)
	return server.URL
}
