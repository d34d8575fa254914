package app

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The house stands as long as imports run one way: cmd to doctor to app to web to store,
// caramelo and views. The vendor's client imports nothing of ours, so that it
// can be copied; production has no sandbox in it.
func TestImportsRunOneWay(t *testing.T) {
	const module = "github.com/carameloai/intranet/"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}}: {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := map[string]string{ // what each may import of ours; commands may all of it
		"internal/caramelo": "", "internal/paths": "", "internal/password": "", "internal/localpg": "", "internal/sandbox": "", "static": "", "static/brand": "", "migrations": "",
		"internal/i18n": "", "internal/seal": "",
		"internal/store":  "migrations",
		"internal/seed":   "internal/store internal/paths",
		"internal/testdb": "internal/store internal/localpg",
		"views":           "internal/store internal/password internal/i18n internal/paths static static/brand",
		"internal/web":    "internal/store internal/caramelo internal/password internal/seal internal/i18n internal/paths views static static/brand",
		"internal/doctor": "internal/app internal/web internal/store internal/caramelo internal/paths",
		"internal/app":    "internal/web internal/store internal/caramelo internal/password internal/paths internal/seal internal/seed views static/brand",
	}
	for line := range strings.Lines(string(out)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(line, module, "")), ":")
		for _, path := range strings.Fields(imports) {
			if path == "expvar" || path == "net/http/pprof" {
				t.Errorf("%s imports %s", name, path)
			}
			ours := strings.HasPrefix(path, "internal/") || path == "views" || strings.HasPrefix(path, "static") || path == "migrations"
			if !ours || strings.HasPrefix(name, "cmd/") {
				continue
			}
			if !slices.Contains(strings.Fields(allowed[name]), path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

// What is for the demo, for tests or for debugging stays out of production (OWASP
// ASVS 5.0, 13.4.2). Prometheus brings expvar along, whose page needs the default
// mux: TestAnAppStartsServesAndLeavesNothingBehind sees that no listener has it.
func TestProductionHoldsProductionOnly(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "github.com/carameloai/intranet/cmd/intranet").Output()
	if err != nil {
		t.Fatal(err)
	}
	for path := range strings.Lines(string(out)) {
		for _, unwanted := range []string{"net/http/pprof", "net/http/httptest", "testing", "internal/sandbox", "internal/localpg", "internal/testdb", "chromedp", "goquery", "goleak"} {
			if path = strings.TrimSpace(path); path == unwanted || strings.Contains(path, "/"+unwanted) {
				t.Errorf("the production server holds %s", path)
			}
		}
	}
}
