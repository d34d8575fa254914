package app

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The house stands as long as imports run one way: cmd to app to web to store,
// caramelo and views. The vendor's client imports nothing of ours, so that it
// can be copied; production has no sandbox in it.
func TestImportsRunOneWay(t *testing.T) {
	const module = "github.com/carameloai/intranet/"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}}: {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]string{ // what each may import of ours; commands may all of it
		"internal/caramelo": "", "internal/paths": "", "internal/password": "", "internal/localpg": "", "internal/sandbox": "", "static": "", "migrations": "",
		"internal/i18n": "", "internal/seal": "",
		"internal/store":  "migrations",
		"internal/seed":   "internal/store internal/paths",
		"internal/testdb": "internal/store internal/localpg",
		"views":           "internal/store internal/password internal/i18n internal/paths static",
		"internal/web":    "internal/store internal/caramelo internal/password internal/seal internal/i18n internal/paths views static",
		"internal/app":    "internal/web internal/store internal/caramelo internal/password internal/paths internal/seal internal/seed views",
	}
	for line := range strings.Lines(string(out)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(line, module, "")), ":")
		for _, path := range strings.Fields(imports) {
			ours := strings.HasPrefix(path, "internal/") || path == "views" || path == "static" || path == "migrations"
			if !ours || strings.HasPrefix(name, "cmd/") {
				continue
			}
			if !slices.Contains(strings.Fields(allowed[name]), path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
	out, err = exec.CommandContext(t.Context(), "go", "list", "-deps", module+"cmd/intranet").Output()
	if err != nil || strings.Contains(string(out), "internal/sandbox") || strings.Contains(string(out), "internal/localpg") {
		t.Errorf("the production server holds the sandbox or the private Postgres: %v", err)
	}
}
