package features_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/features"
	"github.com/carameloai/intranet/internal/web"
)

// module is what the import of each package of ours begins with.
var module = strings.TrimSuffix(reflect.TypeFor[web.Feature]().PkgPath(), "internal/web")

// root is the tree of the module.
var root = os.DirFS("../..")

// allowed is what each package may import of ours; tests may import anything.
var allowed = map[string]string{
	"cmd/intranet": "internal/app internal/doctor internal/checks internal/web internal/store internal/paths " +
		"internal/seed migrations",
	"cmd/demo": "internal/app internal/sandbox internal/sandbox/provider internal/signin/oidc internal/localpg " +
		"internal/store internal/caramelo internal/password " +
		"internal/seed internal/signin internal/paths",
	"cmd/sandbox": "internal/sandbox internal/conformance internal/checks",
	"cmd/fork":    "internal/fork", "internal/fork": "", "internal/dev": "",
	"internal/conformance": "internal/sandbox internal/checks",
	"internal/checks":      "",
	"internal/caramelo":    "", "internal/paths": "", "internal/password": "", "internal/seal": "", "internal/i18n": "",
	"internal/localpg": "", "internal/sandbox": "", "internal/markdown": "", "migrations": "", "static/brand": "",
	"static":         "internal/paths internal/wire static/brand",
	"internal/csp":   "internal/paths",
	"internal/store": "migrations",
	"internal/forms": "internal/store internal/seal", "internal/personal": "internal/store",
	"views": "internal/store internal/forms internal/i18n internal/paths internal/password static " +
		"static/brand",
	"internal/scriptwatch":   "internal/caramelo",
	"internal/mail/mailtest": "internal/mail internal/caramelo",
	"internal/mail":          "internal/store internal/seal internal/caramelo internal/i18n internal/paths static/brand",
	"internal/forwarded":     "", "internal/wire": "",
	"internal/spreadsheet": "internal/i18n",
	"internal/trace":       "internal/forwarded",
	"internal/web": "internal/store internal/forms internal/seal internal/caramelo internal/csp internal/i18n " +
		"internal/forwarded internal/scriptwatch internal/paths internal/wire internal/personal views static " +
		"internal/mail",
	"internal/signin": "internal/web internal/wire internal/store internal/i18n internal/paths internal/password " +
		"internal/seal views static/brand internal/mail internal/signin/letters",
	"internal/signin/letters": "internal/mail internal/seal internal/store internal/i18n internal/paths views " +
		"static/brand",
	"internal/content": "internal/web internal/spreadsheet internal/store internal/i18n internal/paths " +
		"internal/markdown views internal/mail",
	"internal/seed":     "internal/store internal/paths static/brand",
	"internal/features": "internal/web", // and each feature
	"internal/doctor": "internal/app internal/checks internal/web internal/store internal/caramelo internal/csp " +
		"internal/signin internal/signin/oidc " +
		"internal/paths",
	"internal/metrics": "internal/signin internal/web internal/wire internal/store internal/caramelo internal/csp " +
		"internal/scriptwatch internal/mail",
	"internal/app": "internal/features internal/signin internal/signin/oidc internal/web internal/metrics " +
		"internal/store internal/forms internal/trace internal/personal " +
		"internal/caramelo internal/csp internal/scriptwatch " +
		"internal/password internal/paths internal/seal internal/seed static/brand " +
		"internal/mail internal/signin/letters",
	"internal/content/contenttest": "internal/content internal/web internal/webtest internal/store internal/i18n " +
		"internal/seed",
	"internal/testdb":     "internal/store internal/localpg migrations",
	"internal/testdb/run": "internal/testdb internal/localpg",
	"internal/e2e": "internal/app internal/sandbox internal/web internal/webtest internal/store internal/caramelo " +
		"internal/i18n internal/paths internal/testdb internal/seed internal/mail internal/mail/mailtest",
	"internal/faults": "", // tests alone
	"internal/webtest/peers": "internal/features internal/web internal/store internal/caramelo internal/seed " +
		"internal/testdb internal/localpg",
	"internal/webtest/icons":     "",
	"internal/webtest/pgbouncer": "internal/webtest/lossy",
	"internal/webtest": "internal/web internal/signin internal/store internal/forms internal/seal internal/personal " +
		"internal/caramelo internal/csp " +
		"internal/password internal/paths internal/i18n internal/markdown internal/testdb internal/seed " +
		"internal/mail internal/mail/mailtest internal/signin/letters",
	"internal/signin/oidc": "internal/signin internal/web internal/personal internal/store internal/i18n internal/paths internal/seal " +
		"internal/caramelo views",
	"internal/sandbox/provider": "",
}

// aFeature is what every feature may import.
const aFeature = "internal/web internal/wire internal/signin internal/content internal/store internal/spreadsheet " +
	"internal/personal " +
	"internal/forms internal/seal " + // privacy: what people have typed and not saved is theirs, too
	"internal/csp internal/i18n internal/paths internal/markdown internal/seed internal/caramelo " +
	"internal/scriptwatch internal/password views static/brand internal/mail"

// Imports run one way: cmd to app to features to each feature to the frame to the
// store. No feature imports another, and only the list of features imports one. The
// vendor's client imports nothing of ours, so that it can be copied.
func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	const format = `{{.ImportPath}}: {{join .Imports " "}}`
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", format, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(line, module, "")), ":")
		may := strings.Fields(allowed[name])
		isFeature := strings.HasPrefix(name, "internal/features/")
		if isFeature {
			may = strings.Fields(aFeature)
		}
		for _, imported := range strings.Fields(imports) {
			ours := strings.HasPrefix(imported, "internal/") || imported == "views" || imported == "migrations" ||
				strings.HasPrefix(imported, "static")
			feature := strings.HasPrefix(imported, "internal/features/")
			switch {
			case imported == "expvar" || imported == "net/http/pprof":
				t.Errorf("%s imports %s", name, imported)
			case !ours, name == "internal/features" && feature:
			case !slices.Contains(may, imported):
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
}

// What is for the demo, for tests or for debugging stays out of production, and what starts
// other programs (OWASP ASVS 5.0, 13.4.2 and 1.2.5). Prometheus brings expvar along, whose page
// needs the default mux: TestAnAppStartsServesAndLeavesNothingBehind sees that no listener has it.
func TestProductionHoldsProductionOnly(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+"cmd/intranet").Output()
	if err != nil {
		t.Fatal(err)
	}
	unwanted := []string{
		"os/exec", "net/http/pprof", "net/http/httptest", "testing", "internal/sandbox", "internal/localpg",
		"internal/testdb", "internal/dev", "internal/webtest", "chromedp", "goquery", "goleak",
	}
	for line := range strings.Lines(string(out)) {
		imported := strings.TrimSpace(line)
		for _, name := range unwanted {
			if imported == name && name == "os/exec" && onlyForMail(t) {
				continue
			}
			if imported == name || strings.Contains(imported, "/"+name) {
				t.Errorf("the production server holds %s", imported)
			}
		}
	}
}

// onlyForMail reports whether nobody but the library that sends mail starts other programs, which
// it does where it is asked to use the sendmail of the machine. Nobody of ours does that.
func onlyForMail(t *testing.T) bool {
	t.Helper()
	const format = `{{.ImportPath}} {{join .Imports " "}}`
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", format, module+"cmd/intranet").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		name, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
		if slices.Contains(strings.Fields(imports), "os/exec") && name != "github.com/wneessen/go-mail" {
			return false
		}
	}
	only := true
	walk(t, "internal", func(name, content string) {
		if path.Ext(name) == ".go" && !isTest(name) && strings.Contains(content, "WriteToSendmail") {
			only = false
		}
	})
	return only
}

// A package that is read in an afternoon, and a type that is understood.
const (
	maxLines   = 2600 // of a package, without tests and generated code
	maxMethods = 40   // of a type
)

func TestNoPackageAndNoTypeHoldsEverything(t *testing.T) {
	t.Parallel()
	lines, methods := map[string]int{}, map[string]int{}
	method := regexp.MustCompile(`(?m)^func \(\w* ?\*?(\w+)(?:\[[^\]]*\])?\) `)
	walk(t, ".", func(name string, content string) {
		ext := path.Ext(name)
		if ext != ".go" && ext != ".templ" || isTest(name) || strings.HasSuffix(name, "_templ.go") {
			return
		}
		folder := path.Dir(name)
		lines[folder] += strings.Count(content, "\n")
		for _, match := range method.FindAllStringSubmatch(content, -1) {
			methods[folder+"."+match[1]]++
		}
	})
	for folder, n := range lines {
		if n > maxLines {
			t.Errorf("%s has %d lines, at most %d are wanted", folder, n, maxLines)
		}
	}
	for name, n := range methods {
		if n > maxMethods {
			t.Errorf("%s has %d methods, at most %d are wanted", name, n, maxMethods)
		}
	}
}

func isTest(name string) bool {
	return strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/")
}

// walk reads each file of a folder of the tree that people write.
func walk(t testing.TB, folder string, read func(name, content string)) {
	t.Helper()
	walkIn(t, root, folder, read)
}

func walkIn(t testing.TB, root fs.FS, folder string, read func(name, content string)) {
	t.Helper()
	err := fs.WalkDir(root, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			base := entry.Name()
			if base == "node_modules" || base == "tmp" || strings.HasPrefix(base, ".") && base != "." {
				return fs.SkipDir
			}
			return nil
		}
		content, err := fs.ReadFile(root, name)
		if err == nil {
			read(name, string(content))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A trace is something by which a feature is known: its folder, one of its paths,
// text keys, tables or CSS classes.
type trace struct{ kind, text string }

// in reports whether a file knows the feature by it.
func (tr trace) in(name, content string) bool {
	switch tr.kind {
	case "folder":
		return strings.Contains(content, `"`+module+"internal/features/"+tr.text+`"`)
	case "path":
		quoted := regexp.MustCompile("[\"`']" + regexp.QuoteMeta(tr.text) + "[\"/?`']")
		return quoted.MatchString(content)
	case "key":
		return strings.Contains(content, `"`+tr.text+`"`)
	case "table":
		statement := regexp.MustCompile(`(?i)\b(FROM|JOIN|INTO|UPDATE|TABLE|ON|REFERENCES)\s+` + tr.text + `\b`)
		return statement.MatchString(content)
	case "class":
		if path.Ext(name) == ".css" {
			return regexp.MustCompile(`\.` + tr.text + `\b[^-]`).MatchString(content)
		}
		return regexp.MustCompile(`class(=|:)[^>\n]*["{ ]` + tr.text + `["} ]`).MatchString(content)
	}
	panic("no such kind of trace: " + tr.kind)
}

var (
	tableMade = regexp.MustCompile(`(?m)^CREATE (?:UNLOGGED )?TABLE (\w+)`)
	className = regexp.MustCompile(`\.([a-z][a-z0-9]*(?:-[a-z0-9]+)*)`)
	textKey   = regexp.MustCompile(`(?m)^  "([a-z0-9_.]+)":`)
)

// stem is what the classes of a feature begin with: events has event-row.
func stem(name string) string { return strings.TrimSuffix(name[:min(len(name), 5)], "s") }

func read(t testing.TB, name string) string {
	t.Helper()
	content, err := fs.ReadFile(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// traces are those of a feature, read from what it is made of.
func traces(t testing.TB, f web.Feature) (all []trace) {
	t.Helper()
	folder, shared := "internal/features/"+f.Name, read(t, "static/app.css")
	all = append(all, trace{"folder", f.Name})
	for _, route := range routesOf(t, f) {
		if place, _, _ := strings.Cut(route.Path, "/{"); !slices.Contains(all, trace{"path", place}) {
			all = append(all, trace{"path", place})
		}
	}
	walk(t, folder, func(name, content string) {
		switch path.Base(name) {
		case "en.json":
			for _, match := range textKey.FindAllStringSubmatch(content, -1) {
				all = append(all, trace{"key", match[1]})
			}
		case "style.css":
			for _, match := range className.FindAllStringSubmatch(content, -1) {
				tr := trace{"class", match[1]}
				// A class of the frame may stand in a selector of the feature.
				shared := tr.in("app.css", shared) && !strings.HasPrefix(tr.text, stem(f.Name))
				if !shared && !slices.Contains(all, tr) {
					all = append(all, tr)
				}
			}
		}
	})
	migrations, err := fs.Glob(root, "migrations/*_"+f.Name+".sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range migrations {
		content, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range tableMade.FindAllStringSubmatch(string(content), -1) {
			all = append(all, trace{"table", match[1]})
		}
	}
	return all
}

// Nobody knows an optional feature but itself, the list of features, its migrations,
// the grants and the documents: neither the frame nor another feature. What stays
// when one is taken out has no import, path, text key, table or CSS class of it.
func TestNobodyKnowsAnOptionalFeature(t *testing.T) {
	t.Parallel()
	type file struct{ name, content string }
	var files []file
	for _, folder := range []string{"cmd", "internal", "views", "static", "migrations", "deploy"} {
		walk(t, folder, func(name, content string) {
			switch path.Ext(name) {
			case ".go", ".templ", ".css", ".js", ".json", ".sql":
				if !isTest(name) && !strings.HasSuffix(name, "_templ.go") {
					files = append(files, file{name, content})
				}
			}
		})
	}
	for _, f := range features.Optional() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			all := traces(t, f)
			if len(all) < 3 {
				t.Fatalf("it is known by %v alone: does the test still read it?", all)
			}
			own := regexp.MustCompile(`^(internal/features/` + f.Name + `/|internal/features/features\.go$|` +
				`internal/features/routes\.txt$|migrations/\d+_` + f.Name + `\.sql$|deploy/roles\.sql$)`)
			for _, file := range files {
				if own.MatchString(file.name) {
					continue
				}
				for _, tr := range all {
					if tr.in(file.name, file.content) {
						t.Errorf("%s knows the %s %s of %s", file.name, tr.kind, tr.text, f.Name)
					}
				}
			}
		})
	}
}

// Every feature is a folder of its name, and every folder is in one of the lists.
func TestEveryFolderIsAFeatureInOneOfTheLists(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("*/feature.go")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, name := range folders {
		want = append(want, filepath.Dir(name))
	}
	for _, f := range features.All() {
		got = append(got, f.Name)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the lists have %v, the folders are %v", got, want)
	}
	if len(slices.Compact(got)) != len(want) {
		t.Error(fmt.Sprint("a feature is in the lists twice: ", got))
	}
}
