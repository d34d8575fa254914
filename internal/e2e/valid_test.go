package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// valid has the Nu checker read all pages at once: it takes longer to start than
// to read a page. Warnings count. It reads what is in static, too.
func valid(t *testing.T, pages []sent) {
	t.Helper()
	jar := fromNpm("vnu-jar/build/dist/vnu.jar")
	if _, err := os.Stat(jar); err != nil {
		missing(t, noNpm)
	}
	java, err := exec.LookPath("java")
	if err != nil {
		missing(t, "java is not on PATH; on Debian: apt-get install default-jre-headless")
	}
	dir, names := t.TempDir(), map[string]string{}
	files := []string{"../../static/app.css", "../../static/brand/brand.css", "../../static/brand/logo.svg",
		"../../static/brand/favicon.svg"}
	for n, page := range pages {
		file := filepath.Join(dir, fmt.Sprintf("%d.html", n))
		if err := os.WriteFile(file, []byte(page.body), 0o600); err != nil {
			t.Fatal(err)
		}
		files, names["file:"+file] = append(files, file), page.name
	}
	// It runs for a few seconds: to compile its code well would take longer.
	options := []string{
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss8m", "-jar", jar,
		"--also-check-css", "--also-check-svg", "--format", "json", "--stdout", "--exit-zero-always",
	}
	checker := exec.CommandContext(t.Context(), java, append(options, files...)...)
	checker.Stderr = t.Output()
	out, err := checker.Output()
	if err != nil {
		t.Fatalf("vnu: %v\n%s", err, out)
	}
	var said struct {
		Messages []struct {
			URL, Type, SubType, Message, Extract string
			LastLine                             int
		}
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("vnu: %v\n%s", err, out)
	}
	for _, m := range said.Messages {
		// It is a list anyway, but not to WebKit where its style sheet takes the
		// bullets away, unless the page says so.
		if m.SubType == "warning" && strings.HasPrefix(m.Message, "The “list” role is unnecessary for element ") {
			continue
		}
		name := cmp.Or(names[m.URL], m.URL)
		t.Errorf("%s, line %d: %s %s: %s\n%s", name, m.LastLine, m.Type, m.SubType, m.Message, m.Extract)
	}
}
