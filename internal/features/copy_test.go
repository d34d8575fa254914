package features_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/features"
)

// inCopies reports whether the tests that build copies of the tree are to run: they
// take minutes. CI runs them for the model feature, make nightly for all.
func inCopies(t *testing.T, when ...string) {
	t.Helper()
	for _, name := range when {
		if os.Getenv(name) == "true" {
			return
		}
	}
	t.Skipf("it builds a copy of the tree: set one of %v to true", when)
}

// A feature is taken out in four steps: its folder, its migrations, its lines in the
// list, and make golden. What is left builds, and its tests pass.
func TestAFeatureIsTakenOutInFourSteps(t *testing.T) {
	t.Parallel()
	inCopies(t, "CI", "NIGHTLY")
	tree := copyTree(t)
	takeOut(t, tree, "events")
	tree.passes(t)
	tree.knowsNothingOf(t, "events")
}

// All optional features can go at once.
func TestAllOptionalFeaturesAreTakenOut(t *testing.T) {
	t.Parallel()
	inCopies(t, "CI", "NIGHTLY")
	tree := copyTree(t)
	gone := names(features.Optional())
	takeOut(t, tree, gone...)
	tree.passes(t)
	for _, name := range gone {
		tree.knowsNothingOf(t, name)
	}
}

// The model feature is copied to another noun with sed, one migration and one line.
// It builds, serves, and its copied tests pass: they ask it over HTTP.
func TestTheModelFeatureIsCopiedToAnotherNoun(t *testing.T) {
	t.Parallel()
	inCopies(t, "CI", "NIGHTLY")
	tree := copyTree(t)
	tree.run(t, "cp", "-r", "internal/features/events", "internal/features/rooms")
	rename := `s/event/room/g; s/Event/Room/g; s/attendance/booking/g; s/Attendance/Booking/g`
	tree.run(t, "sh", "-c", `find internal/features/rooms -type f | xargs sed -i '`+rename+`' && `+
		`for f in internal/features/rooms/*event*; do mv "$f" "$(echo "$f" | sed s/event/room/)"; done`)
	model, err := filepath.Glob(tree.path("migrations/*_events.sql"))
	if err != nil || len(model) != 1 {
		t.Fatal(model, err)
	}
	// One of the company's own migrations: from 90001 on.
	tree.run(t, "sh", "-c", `sed '`+rename+`' `+model[0]+` > migrations/90001_rooms.sql`)
	tree.edit(t, "internal/features/features.go", func(s string) string {
		s = strings.Replace(s, "\t\tevents.Feature(),\n", "\t\tevents.Feature(),\n\t\trooms.Feature(),\n", 1)
		line := "\t\"" + module + "internal/features/events\"\n"
		return strings.Replace(s, line, line+strings.Replace(line, "events", "rooms", 1), 1)
	})
	tree.run(t, "gofmt", "-w", "internal/features")
	tree.golden(t)
	tree.run(t, "go", "vet", "./internal/features/...", "./cmd/...")
	tree.run(t, "go", "test", "./internal/features/rooms", "./internal/features")
}

// passes builds what is left and runs its tests: every night all but the browser's, and
// with each change those that look at the whole. No feature knows another one, so the
// tests of those that stay rarely have something to find.
func (tr tree) passes(t *testing.T) {
	t.Helper()
	tr.run(t, "go", "build", "./...")
	tr.run(t, "go", "vet", "./...")
	// How much the server bears does not depend on its features.
	tests := []string{
		"-skip=^(TestFiveHundredSignInsAtOnce|TestSlowClientsDoNotHoldTheServer)$",
		"./internal/features", "./internal/app", "./internal/i18n", "./internal/paths", "./migrations", "./static",
	}
	if os.Getenv("NIGHTLY") != "" {
		tests = []string{
			"./cmd/...", "./internal/app", "./internal/content/...", "./internal/features/...", "./internal/i18n",
			"./internal/paths", "./internal/signin", "./internal/store", "./internal/web", "./migrations", "./static",
			"./views",
		}
	}
	tr.run(t, "go", append([]string{"test"}, tests...)...)
}

// tree is a copy of the module's tree.
type tree string

func (tr tree) path(name string) string { return filepath.Join(string(tr), filepath.FromSlash(name)) }

// copyTree copies the tree, without what is not in the repository.
func copyTree(t *testing.T) tree {
	t.Helper()
	tr := tree(t.TempDir())
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules" || name == "tmp"):
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(tr.path(name), 0o755)
		}
		content, err := fs.ReadFile(root, name)
		if err == nil {
			err = os.WriteFile(tr.path(name), content, 0o600)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func (tr tree) edit(t *testing.T, name string, change func(string) string) {
	t.Helper()
	content, err := os.ReadFile(tr.path(name))
	if err == nil {
		err = os.WriteFile(tr.path(name), []byte(change(string(content))), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// takeOut does what the README says.
func takeOut(t *testing.T, tr tree, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.RemoveAll(tr.path("internal/features/" + name)); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(tr.path("migrations/*_" + name + ".sql"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
		imported, listed := `"`+module+`internal/features/`+name+`"`, `\t`+name+`\.Feature\(.*\),`
		lines := regexp.MustCompile(`(?m)^\t(` + imported + `|` + listed + `)\n`)
		tr.edit(t, "internal/features/features.go", func(s string) string {
			if found := lines.FindAllString(s, -1); len(found) != 2 {
				t.Fatalf("%s has the lines %q in features.go", name, found)
			}
			return lines.ReplaceAllString(s, "")
		})
	}
	tr.golden(t)
}

func (tr tree) golden(t *testing.T) {
	t.Helper()
	tr.run(t, "make", "golden")
}

// knowsNothingOf fails where a feature that was taken out is still known somewhere
// outside of documents.
func (tr tree) knowsNothingOf(t *testing.T, name string) {
	t.Helper()
	for _, f := range features.All() {
		if f.Name != name {
			continue
		}
		all := traces(t, f)
		walkIn(t, os.DirFS(string(tr)), ".", func(file, content string) {
			if strings.HasSuffix(file, ".md") {
				return
			}
			for _, tr := range all {
				if tr.in(file, content) {
					t.Errorf("%s still knows the %s %s of %s", file, tr.kind, tr.text, name)
				}
			}
		})
	}
}

// run runs a command in the tree. Paths are left out of what is built, so that the
// build cache serves every copy.
func (tr tree) run(t *testing.T, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	cmd.Dir = string(tr)
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath", "CI=", "NIGHTLY=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
