package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/testdb"
	"github.com/carameloai/intranet/internal/web"
	"github.com/carameloai/intranet/static/brand"
)

func TestALargeCompanyIsSeededAndImportedInto(t *testing.T) {
	t.Setenv("DATABASE_URL", testdb.Empty(t))
	t.Setenv("PUBLIC_URL", "")
	for _, n := range []string{"-1", "1000001"} {
		if _, err := command(t, "", "seed", "--people="+n); err == nil || !strings.Contains(err.Error(), "1000000") {
			t.Errorf("--people=%s: %v", n, err)
		}
	}
	out, err := command(t, "", "seed", "--people=1500")
	if err != nil || strings.Count(out, "100 % of 1500 people\nIndexing them") != 1 ||
		strings.Count(out, "@"+brand.Domain) != 5 {
		t.Fatalf("%q, %v", out, err)
	}
	people := func() int {
		t.Helper()
		out, err := command(t, "", "user", "list")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(out, "@")
	}
	if people() != 1500 {
		t.Errorf("%d people", people())
	}
	if !slices.ContainsFunc(features.All(), func(f web.Feature) bool { return f.Name == "imports" }) {
		return // a fork took it out
	}
	file := filepath.Join(t.TempDir(), "people.csv")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("name,email,department\nRosa,rosa@company.example,Nowhere\n")
	if out, err := command(t, "", "user", "import", file); err == nil ||
		!strings.Contains(out, `line 2: There is no department “Nowhere”.`) || people() != 1500 {
		t.Errorf("%q, %v", out, err)
	}
	write("name,email,department,departament\nRosa,rosa@company.example,Quality,x\n")
	if out, err := command(t, "", "user", "import", "--dry-run", file); err != nil ||
		!strings.Contains(out, "1 added") || !strings.Contains(out, "“departament”") || people() != 1500 {
		t.Errorf("%q, %v", out, err)
	}
	if out, err := command(t, "", "user", "import", file); err != nil ||
		!strings.Contains(out, "1 added, 0 changed, 0 unchanged") || people() != 1501 {
		t.Errorf("%q, %v", out, err)
	}
	write("name,email,title\nRosa,rosa@company.example,Painter\n")
	if out, err := command(t, "", "user", "import", "--dry-run", file); err != nil ||
		!strings.Contains(out, "rosa@company.example: Job title: Painter (until now: (empty))\n") {
		t.Errorf("%q, %v", out, err)
	}
	enabled := func() int {
		t.Helper()
		out, err := command(t, "", "user", "list")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(out, "  enabled")
	}
	all := enabled()
	out, err = command(t, "", "user", "import", "--disable-missing", "--dry-run", file)
	words := append([]string{"", ""}, strings.Fields(out)...)
	number := words[len(words)-2] // … 1400 disabled
	if err != nil || strings.Count(out, ": Missing from the file, and disabled.\n") < 1400 || enabled() != all {
		t.Errorf("%.200q, %v", out, err)
	}
	out, err = command(t, "", "user", "import", "--disable-missing", file)
	if err == nil || !strings.Contains(err.Error(), "--confirm-missing="+number) || enabled() != all {
		t.Errorf("a list that is too short: %q, %v", out, err)
	}
	out, err = command(t, "", "user", "import", "--disable-missing", "--confirm-missing="+number, file)
	if err != nil || !strings.Contains(out, number+" disabled\n") || enabled() >= 100 || people() != 1501 {
		t.Errorf("confirmed: %q, %v; %d are left", out, err, enabled())
	}
}
