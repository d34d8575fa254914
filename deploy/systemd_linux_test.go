package deploy_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/app"
)

// units are those of the example, in a folder of their own, with programs that are here.
func units(t *testing.T) (files []string) {
	t.Helper()
	all, _ := filepath.Glob("systemd/*")
	dir, programs := t.TempDir(), regexp.MustCompile(`(?m)^(ExecStart=)(\S+)`)
	for _, name := range all {
		text := programs.ReplaceAllString(edited(t, name), "${1}/bin/true")
		files = append(files, write(t, dir, filepath.Base(name), text))
	}
	if len(files) < 4 {
		t.Fatalf("units: %q", all)
	}
	return files
}

// systemd reads every line of the units, and finds next to nothing that a service could do without.
func TestSystemdUnitsAreRightAndHardened(t *testing.T) {
	t.Parallel()
	analyze, files := program(t, "systemd-analyze", "systemd"), units(t)
	out, err := exec.CommandContext(t.Context(), analyze, append([]string{"verify"}, files...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("verify: %v: %s", err, out)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, ".service") {
			continue
		}
		threshold := "--threshold=9" // tenths of the exposure level
		if strings.HasSuffix(file, "/intranet.service") {
			threshold = "--threshold=13" // it has a network
		}
		arguments := []string{"security", "--offline=true", "--no-pager", threshold, file}
		if out, err := exec.CommandContext(t.Context(), analyze, arguments...).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", filepath.Base(file), err, out)
		}
	}
}

// The secrets are credentials, which the settings find where systemd puts them.
func TestSystemdCredentialsAreTheSecrets(t *testing.T) {
	unit, dir := edited(t, "systemd/intranet.service"), t.TempDir()
	secrets := map[string]string{
		"database_url": "postgres://x", "caramelo_secret_token": "sk_x", "secret_key": strings.Repeat("x", 32),
	}
	for _, found := range regexp.MustCompile(`(?m)^LoadCredential=(\w+):/etc/intranet/secrets/(\w+)$`).
		FindAllStringSubmatch(unit, -1) {
		if found[1] != found[2] || secrets[found[1]] == "" {
			t.Errorf("a credential: %s", found[0])
		}
		write(t, dir, found[1], secrets[found[1]]+"\n")
	}
	for _, name := range []string{"DATABASE_URL", "CARAMELO_SECRET_TOKEN", "SECRET_KEY"} {
		t.Setenv(name, "")
		t.Setenv(name+"_FILE", "")
	}
	for _, found := range regexp.MustCompile(`(?m)^Environment=(\w+_FILE)=%d(/\w+)$`).FindAllStringSubmatch(unit, -1) {
		t.Setenv(found[1], dir+found[2])
	}
	var settings app.Settings
	settings.ReadSecrets()
	if settings.DatabaseURL.Reveal() != secrets["database_url"] || settings.SecretKey.Reveal() != secrets["secret_key"] ||
		settings.SecretToken.Reveal() != secrets["caramelo_secret_token"] {
		t.Error("a secret is not what is in its credential")
	}
	if strings.Count(unit, "/etc/intranet/secrets/") != len(secrets) {
		t.Error("a credential is not one of the settings")
	}
}
