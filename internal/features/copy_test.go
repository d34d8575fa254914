package features_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/carameloai/intranet/internal/features"
)

// inCopies skips a test that builds copies of the tree, which takes a minute: but in CI and
// at night, or where only one of them is named, then.
func inCopies(t *testing.T, when ...string) {
	t.Helper()
	for _, name := range when {
		if os.Getenv(name) == "true" {
			return
		}
	}
	t.Skipf("it builds a copy of the tree: set one of %v to true", when)
}

// A feature is taken out: its folder, its migrations, its lines in the list, and what is
// generated. What is left builds, and its tests pass.
func TestAFeatureIsTakenOut(t *testing.T) {
	t.Parallel()
	inCopies(t, "CI", "NIGHTLY")
	tree := copyTree(t)
	takeOut(t, tree, "events")
	tree.passes(t)
	tree.knowsNothingOf(t, "events")
}

// Each of the other optional features can go, too.
func TestEachOptionalFeatureIsTakenOut(t *testing.T) {
	inCopies(t, "NIGHTLY")
	for _, name := range names(features.Optional()) {
		if name == "events" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			tree := copyTree(t)
			takeOut(t, tree, name)
			tree.looksWhole(t)
			tree.knowsNothingOf(t, name)
		})
	}
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

// The model feature is copied to another noun with the commands of the README, and a line
// of the list. It builds, serves, and all tests pass: its copied ones ask it over HTTP.
func TestTheModelFeatureIsCopiedToAnotherNoun(t *testing.T) {
	t.Parallel()
	_, fork := fs.Stat(root, ".fork")
	if _, model := fs.Stat(root, "internal/features/events"); fork == nil && model != nil {
		t.Skip("NOT CHECKED: this fork has cut the feature that is copied")
	}
	inCopies(t, "CI", "NIGHTLY")
	tree := copyTree(t)
	readme, err := fs.ReadFile(root, "README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, add, found := strings.Cut(string(readme), "### Add a feature")
	_, commands, shell := strings.Cut(add, "```sh\n")
	commands, _, closed := strings.Cut(commands, "```")
	if !found || !shell || !closed {
		t.Fatal("the README has no commands that add a feature")
	}
	tree.run(t, "sh", "-e", "-c", commands)
	tree.edit(t, "internal/features/features.go", func(s string) string {
		s = strings.Replace(s, "\t\tevents.Feature(),\n", "\t\tevents.Feature(),\n\t\trooms.Feature(),\n", 1)
		line := "\t\"" + module + "internal/features/events\"\n"
		return strings.Replace(s, line, line+strings.Replace(line, "events", "rooms", 1), 1)
	})
	tree.run(t, "gofmt", "-w", "internal/features")
	tree.golden(t)
	tree.passes(t, "./internal/features/rooms/...")
}

// passes builds the tree and runs all of its tests every night, and with each change those
// that look at the whole, and more. No feature knows another one, so that its own tests
// rarely have something to find.
func (tr tree) passes(t *testing.T, more ...string) {
	t.Helper()
	if os.Getenv("NIGHTLY") == "" {
		tr.looksWhole(t, more...)
		return
	}
	tr.run(t, "go", "vet", "./...")
	tr.run(t, "go", "test", "-timeout", "30m", "./cmd/...", "./internal/app", "./internal/content/...",
		"./internal/e2e",
		"./internal/features/...", "./internal/i18n", "./internal/paths", "./internal/signin", "./internal/store",
		"./internal/web", "./migrations", "./static", "./views")
}

// looksWhole builds the tree and runs the tests that look at the whole, and more.
func (tr tree) looksWhole(t *testing.T, more ...string) {
	t.Helper()
	tr.run(t, "go", "build", "./...")
	tr.run(t, "go", "vet", "./...")
	// How much the server bears does not depend on its features.
	const bears = "TestFiveHundredSignInsAtOnce|TestSlowClientsDoNotHoldTheServer|" +
		"TestMalformedRequestsAreTheSendersMistake|TestPagesThatWaitForTheVendorHoldLittleMemory"
	tests := append([]string{
		"test", "-skip=^(" + bears + ")$",
		"./internal/features", "./internal/app", "./internal/i18n", "./internal/paths", "./migrations", "./static",
		"./internal/webtest/mutants",
	}, more...)
	tr.run(t, "go", tests...)
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
		case entry.Name() == ".git": // a file where the tree is a worktree: git would work on that one
			return nil
		case entry.IsDir():
			return os.MkdirAll(tr.path(name), 0o755)
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		info, err := entry.Info() // scripts are to be run
		if err == nil {
			err = os.WriteFile(tr.path(name), content, info.Mode().Perm())
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

// takeOut does what make cut does.
func takeOut(t *testing.T, tr tree, names ...string) {
	t.Helper()
	choices := "cut " + strings.Join(names, " ") + "\n"
	if err := os.WriteFile(tr.path(".fork"), []byte(choices), 0o600); err != nil {
		t.Fatal(err)
	}
	tr.run(t, "git", "init", "--quiet")
	tr.run(t, "git", "add", "--all")
	tr.run(t, "go", "run", "./cmd/fork", "apply")
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
			// The home page of another program is compared with the whole intranet's alone.
			if strings.HasSuffix(file, ".md") || strings.HasPrefix(file, "internal/webtest/peers/node/") {
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
