package fork

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// git runs git in a folder and returns what it prints, without the last line break.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...) // #nosec G204 -- its arguments are ours
	cmd.Dir = dir
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(said.String()))
	}
	return strings.TrimSuffix(out.String(), "\n"), nil
}

// tracked are the files of a tree that git knows.
func tracked(ctx context.Context, dir string) ([]string, error) {
	out, err := git(ctx, dir, "ls-files", "-z")
	names := strings.Split(out, "\x00")
	return slices.DeleteFunc(names, func(name string) bool { return name == "" }), err
}

// clean returns an error where something in the tree is not committed, or a merge is under
// way: what a command changes must be told from that.
func (r Repo) clean(ctx context.Context) error {
	top, err := git(ctx, r.Dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return errors.New("this is no git repository, with which what a command does can be seen and undone: " +
			"git init && git add --all && git commit --message Start")
	}
	here, err := filepath.EvalSymlinks(r.Dir)
	if err != nil {
		return err
	}
	if there, err := filepath.EvalSymlinks(top); err != nil || there != here {
		return fmt.Errorf("run this at the top of the repository: %s", top)
	}
	if _, err := git(ctx, r.Dir, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err != nil {
		return errors.New("nothing is committed yet: git add --all && git commit --message Start")
	}
	if r.merging(ctx) {
		return errors.New("a merge is under way: end it with git commit, or git reset --hard")
	}
	status, err := git(ctx, r.Dir, "status", "--porcelain")
	if err != nil {
		return err
	}
	if status != "" {
		return fmt.Errorf("some files are not committed: git commit or git stash them first\n%s", status)
	}
	if _, err := git(ctx, r.Dir, "var", "GIT_COMMITTER_IDENT"); err != nil {
		return fmt.Errorf("git does not know who you are, and this makes a commit: %w", err)
	}
	return nil
}

func (r Repo) merging(ctx context.Context) bool {
	_, err := git(ctx, r.Dir, "rev-parse", "--verify", "--quiet", "MERGE_HEAD")
	return err == nil
}

// commit commits the whole tree, and reports whether there was anything to commit.
func (r Repo) commit(ctx context.Context, message string) (bool, error) {
	if _, err := git(ctx, r.Dir, "add", "--all"); err != nil {
		return false, err
	}
	status, err := git(ctx, r.Dir, "status", "--porcelain")
	if err != nil || status == "" && !r.merging(ctx) {
		return false, err
	}
	_, err = git(ctx, r.Dir, "commit", "--quiet", "--message", message)
	return err == nil, err
}

// run runs a command in a folder. What it prints is shown where it fails.
func run(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...) // #nosec G204 -- its arguments are ours
	cmd.Dir = dir
	// Without the paths of this folder in what is built, the build cache serves all trees of
	// a fork. The settings of the make that runs this are not for the one that it runs.
	flags, err := exec.CommandContext(ctx, "go", "env", "GOFLAGS").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	cmd.Env = append(os.Environ(), "GOFLAGS="+strings.Join(append(strings.Fields(string(flags)), "-trimpath"), " "),
		"MAKEFLAGS=", "MFLAGS=", "MAKEOVERRIDES=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
