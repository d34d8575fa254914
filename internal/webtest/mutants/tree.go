package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// tree is a copy of the module's tree. A test also reads files that are no Go, such as
// scripts, migrations and the Dockerfile, which go test's own -overlay would not change.
type tree string

const (
	caught   = "caught"
	survived = "SURVIVED"
)

// checkers are the browser tests' tools, which are not copied.
const checkers = "internal/e2e/node_modules"

func copyTree(root string) (tree, error) {
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return "", err
	}
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		target := filepath.Join(dir, name)
		switch {
		case err != nil:
			return err
		case entry.Name() == ".git" || entry.Name() == "node_modules" || name == "tmp":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return os.MkdirAll(target, 0o755) // #nosec G301 -- Postgres reads in it as somebody else
		}
		content, err := os.ReadFile(filepath.Join(root, name)) // #nosec G304 -- a file of the tree
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, info.Mode().Perm())
	})
	if err != nil {
		return tree(dir), err
	}
	return tree(dir), linkCheckers(root, dir)
}

// linkCheckers puts links to the tools of the browser tests into a copy. The folder itself
// is none: tests that read the tree know it by its name, and pass it over.
func linkCheckers(root, dir string) error {
	tools, err := filepath.Abs(filepath.Join(root, checkers))
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(tools)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the tests that need them are skipped, which is said
	}
	if err == nil {
		err = os.MkdirAll(filepath.Join(dir, checkers), 0o750)
	}
	for _, entry := range entries {
		name := entry.Name()
		err = errors.Join(err, os.Symlink(filepath.Join(tools, name), filepath.Join(dir, checkers, name)))
	}
	return err
}

// command is one that runs in the copy. Its path is left out of what is built, so that the
// build cache serves every copy.
func (tr tree) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...) // #nosec G204 -- of a file of the tree
	cmd.Dir = string(tr)
	cmd.Env = append(os.Environ(), "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -trimpath"))
	return cmd
}

// test runs tests of one package.
func (tr tree) test(ctx context.Context, pkg string, names ...string) (output string, err error) {
	run := "-run=^(" + strings.Join(names, "|") + ")$"
	out, err := tr.command(ctx, "test", "-v", "-count=1", "-vet=off", "-timeout=5m", run, "./"+pkg).CombinedOutput()
	return string(out), err
}

// says reports whether a test ended like that.
func says(output, how, name string) bool {
	return regexp.MustCompile(`(?m)^--- ` + how + `: ` + name + ` \(`).MatchString(output)
}

// asItIs runs tests of a package before anything is taken away, and returns what was said
// where one did not pass: a test that fails or is skipped as it is would prove nothing.
func (tr tree) asItIs(ctx context.Context, pkg string, tests []string) map[string]error {
	output, _ := tr.test(ctx, pkg, tests...)
	bad := map[string]error{}
	for _, name := range tests {
		if !says(output, "PASS", name) {
			bad[name] = fmt.Errorf("%s does not pass as it is:\n%s", name, output)
		}
	}
	return bad
}

// try takes the protection away, runs the test, and puts the protection back.
func (tr tree) try(ctx context.Context, m mutant) (verdict string, err error) {
	name := filepath.Join(string(tr), m.file)
	content, err := os.ReadFile(name) // #nosec G304 -- a file of the copy
	if err != nil {
		return "", err
	}
	changed, err := m.apply(string(content))
	if err != nil {
		return "", err
	}
	if err := tr.write(ctx, m.file, changed); err != nil {
		return "", err
	}
	output, failed := tr.test(ctx, m.pkg, m.test)
	if err := tr.write(context.WithoutCancel(ctx), m.file, string(content)); err != nil {
		return "", err
	}
	switch {
	case says(output, "FAIL", m.test):
		return caught, nil
	case strings.Contains(output, "[build failed]") || strings.Contains(output, "[setup failed]"):
		return "", fmt.Errorf("it does not compile:\n%s", output)
	case failed != nil:
		return "", fmt.Errorf("the test did not end: %w\n%s", failed, output)
	}
	return survived, nil
}

// write changes a file, and what is generated from it.
func (tr tree) write(ctx context.Context, file, content string) error {
	if err := os.WriteFile(filepath.Join(string(tr), file), []byte(content), 0o600); err != nil {
		return err
	}
	if filepath.Ext(file) != ".templ" {
		return nil
	}
	if out, err := tr.command(ctx, "tool", "templ", "generate", "-f", file).CombinedOutput(); err != nil {
		return fmt.Errorf("templ generate: %w\n%s", err, out)
	}
	return nil
}
