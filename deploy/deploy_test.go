package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// program finds one, or says what to install.
func program(t *testing.T, name, debian string) string {
	t.Helper()
	for _, place := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(place); err == nil {
			return found
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI must run this, and there is no %s: apt-get install %s", name, debian)
	}
	t.Skipf("NOT CHECKED: there is no %s here; on Debian: apt-get install %s", name, debian)
	return ""
}

// edited is an example with some texts replaced. Each must be there once.
func edited(t *testing.T, name string, replace ...string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for i := 0; i < len(replace); i += 2 {
		if strings.Count(text, replace[i]) != 1 {
			t.Fatalf("%s has %q %d times", name, replace[i], strings.Count(text, replace[i]))
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	return text
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
