// Package parts proves what the README says of taking a part out of the
// intranet: delete its files and its lines, and the rest builds and passes its
// tests.
package parts

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// part is a row of the README's table.
type part struct {
	name  string
	lines *regexp.Regexp // that go with it, in the files of others
}

// parts reads the table: "| `events` | `a|b|c` |", where a bar is written \|.
func parts(t *testing.T) (all []part) {
	t.Helper()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z]+)` \\| `(.+)` \\|$")
	_, section, _ := strings.Cut(string(readme), "### Take a part out")
	section, _, _ = strings.Cut(section, "A test does this")
	for _, match := range row.FindAllStringSubmatch(section, -1) {
		all = append(all, part{match[1], regexp.MustCompile(strings.ReplaceAll(match[2], `\|`, "|"))})
	}
	return all
}

func TestEachPartCanBeTakenOut(t *testing.T) {
	all := parts(t)
	if len(all) < 4 {
		t.Fatalf("the README lists %d parts", len(all))
	}
	heavy := os.Getenv("CI") == "true" // these take a minute or more
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			tree := copyTree(t)
			p.takeOut(t, tree)
			builds(t, tree)
			run(t, tree, "go", "test", "./internal/i18n", "./internal/paths", "./internal/seed", "./views")
			if heavy {
				// Every statement of the store is sent, with the role's rights.
				run(t, tree, "go", "test", "-run", "Role|Migrat", "./internal/store")
			}
		})
	}
	t.Run("all of them", func(t *testing.T) {
		tree := copyTree(t)
		for _, p := range all {
			p.takeOut(t, tree)
		}
		builds(t, tree)
		if heavy {
			run(t, tree, "go", "test", "./internal/store", "./internal/web", "./internal/app")
		}
	})
}

// builds makes the generated code of a tree anew, and compiles the tests too.
func builds(t *testing.T, tree string) {
	t.Helper()
	forgetTests(t, tree)
	run(t, tree, "go", "tool", "templ", "generate")
	run(t, tree, "gofmt", "-w", ".")
	run(t, tree, "go", "vet", "./...")
}

// copyTree copies the tree, without what is not in the repository.
func copyTree(t *testing.T) string {
	t.Helper()
	from, to := os.DirFS("../.."), t.TempDir()
	err := fs.WalkDir(from, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules" || name == "tmp" || name == "internal/parts"):
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		content, err := fs.ReadFile(from, name)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), content, 0o600)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// takeOut does what the README says: it deletes the files and folders that have
// the part's name in theirs, and the lines that go with it.
func (p part) takeOut(t *testing.T, tree string) {
	t.Helper()
	var files, lines int
	named := regexp.MustCompile(`(^|_)` + p.name + `([._]|$)`)
	err := filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case named.MatchString(entry.Name()):
			files++
			if entry.IsDir() {
				return filepath.SkipDir // its files are deleted below
			}
			return os.Remove(path)
		case entry.IsDir() || !regexp.MustCompile(`\.(go|templ|sql)$`).MatchString(path) || strings.HasSuffix(path, "_templ.go"):
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var kept strings.Builder
		for line := range strings.Lines(string(content)) {
			if p.lines.MatchString(line) {
				lines++
			} else {
				kept.WriteString(line)
			}
		}
		return os.WriteFile(path, []byte(kept.String()), 0o600)
	})
	if err == nil {
		err = os.RemoveAll(filepath.Join(tree, "internal/seed", p.name))
	}
	if err != nil {
		t.Fatal(err)
	}
	if files < 8 || lines < 8 {
		t.Errorf("%s: %d files and %d lines: does the README still find them?", p.name, files, lines)
	}
}

// forgetTests takes the names of tests that are gone out of docs/security.md.
func forgetTests(t *testing.T, tree string) {
	t.Helper()
	there := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir(tree, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range declared.FindAllSubmatch(source, -1) {
			there[string(match[1])] = true
		}
		return err
	})
	page := filepath.Join(tree, "docs/security.md")
	text, failed := os.ReadFile(page)
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	named := regexp.MustCompile("(?:, )?`((?:Test|Fuzz)\\w+)`")
	text = named.ReplaceAllFunc(text, func(name []byte) []byte {
		if there[string(named.FindSubmatch(name)[1])] {
			return name
		}
		return nil
	})
	if err := os.WriteFile(page, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, tree, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	cmd.Dir = tree
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
