package fork

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Branch holds upstream with the names and without the features of the fork. It is written
// by Upgrade alone.
const Branch = "upstream-as-ours"

// held is the line of a commit's message that says which commit of upstream it holds.
const held = "Upstream-Commit: "

// Upgrade takes what upstream has changed until a commit of its, such as that of a tag.
// since is the commit of upstream that the fork began with; "" where history says it.
//
// Both are renamed and cut as the fork is, each in a commit beside the fork's: what the fork
// began with is noted as merged, without a change, and what is to come is merged then. So
// git compares three trees with the same names.
func (r Repo) Upgrade(ctx context.Context, from, since string) (err error) {
	if err := r.clean(ctx); err != nil {
		return err
	}
	if on, _ := git(ctx, r.Dir, "symbolic-ref", "--quiet", "--short", "HEAD"); on == Branch {
		return fmt.Errorf("%s holds upstream alone: git switch to a branch of yours", Branch)
	}
	c, err := chosen(r.Dir)
	if err != nil {
		return err
	}
	to, err := r.upstreamCommit(ctx, from)
	if err != nil {
		return err
	}
	began, err := r.began(ctx, c, to, since)
	if err != nil {
		return err
	}
	if _, err := git(ctx, r.Dir, "merge-base", "--is-ancestor", to, began); err == nil {
		r.say("The fork has %s already: nothing was changed.", from)
		return nil
	}
	if _, err := git(ctx, r.Dir, "merge-base", "--is-ancestor", began, to); err != nil {
		return fmt.Errorf("%s is not later than what the fork has, %s", from, r.called(ctx, began))
	}
	if c.Cut, err = r.missing(ctx, c.Cut, began); err != nil {
		return err
	}

	base, err := r.base(ctx, c, began)
	if err != nil {
		return err
	}
	c.Upstream = to
	r.say("Renaming and cutting %s as it is here.", from)
	theirs, err := r.asOurs(ctx, c, base)
	if err != nil {
		return err
	}
	return r.merge(ctx, theirs, from)
}

// upstreamCommit is a commit of upstream, by its name.
func (r Repo) upstreamCommit(ctx context.Context, name string) (string, error) {
	commit, err := git(ctx, r.Dir, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if name == "" || err != nil {
		return "", fmt.Errorf("there is no tag and no commit %q here: git fetch upstream --tags, and see git tag", name)
	}
	if _, err := git(ctx, r.Dir, "cat-file", "-e", commit+":"+File); err == nil {
		return "", fmt.Errorf("%s is a commit of a fork, not of upstream: it has a file %s", name, File)
	}
	return commit, nil
}

// began is the commit of upstream whose changes the fork has.
func (r Repo) began(ctx context.Context, c Choices, to, since string) (string, error) {
	switch {
	case since != "":
		return r.upstreamCommit(ctx, since)
	case c.Upstream != "":
		return r.upstreamCommit(ctx, c.Upstream)
	}
	if commit, err := git(ctx, r.Dir, "merge-base", "HEAD", to); err == nil {
		return commit, nil
	}
	// A repository that was made from a template, or of an archive, has no history of
	// upstream. Its first commit is the whole tree of one of upstream's, as it was.
	first, err := git(ctx, r.Dir, "log", "--max-parents=0", "--format=%T", "HEAD")
	if err != nil {
		return "", err
	}
	all, err := git(ctx, r.Dir, "log", "--format=%T %H", to)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(all) {
		tree, commit, _ := strings.Cut(strings.TrimSpace(line), " ")
		if slices.Contains(strings.Fields(first), tree) {
			return commit, nil
		}
	}
	return "", errors.New("history does not say with which version of upstream this fork began: " +
		"say it once with SINCE=<tag>, and if this is a shallow clone run git fetch --unshallow before")
}

// called is a commit's name for people.
func (r Repo) called(ctx context.Context, commit string) string {
	if name, err := git(ctx, r.Dir, "describe", "--tags", "--always", commit); err == nil {
		return name
	}
	return commit
}

// missing are the features that were taken out, also by hand.
func (r Repo) missing(ctx context.Context, cut []string, began string) ([]string, error) {
	source, err := git(ctx, r.Dir, "show", began+":"+listFile)
	if err != nil {
		return nil, err
	}
	l, err := parseList([]byte(source))
	if err != nil {
		return nil, err
	}
	for _, name := range l.optional {
		_, gone := os.Stat(filepath.Join(r.Dir, "internal", "features", name))
		if gone != nil && !slices.Contains(cut, name) {
			r.say("%s is gone from here: it is noted in %s, so that it stays away.", name, File)
			cut = merged(cut, []string{name})
		}
	}
	return cut, nil
}

// base returns a commit that the fork has merged and that holds what it began with, as it
// would have it today. Where there is none, because this is the first time or the fork has
// chosen anew, it makes one and merges it without a change.
func (r Repo) base(ctx context.Context, c Choices, began string) (string, error) {
	c.Upstream = began
	last, choices, err := r.lastHeld(ctx)
	if err != nil || choices == c.String() {
		return last, err
	}
	r.say("Renaming and cutting %s, with which this fork began, as it is here.", r.called(ctx, began))
	base, err := r.asOurs(ctx, c, last)
	if err != nil {
		return "", err
	}
	// Histories have nothing in common where the repository was made from a template.
	_, err = git(ctx, r.Dir, "merge", "--quiet", "--strategy=ours", "--no-commit", "--no-ff",
		"--allow-unrelated-histories", base)
	if err == nil {
		err = c.write(r.Dir)
	}
	if err == nil {
		_, err = r.commit(ctx, "Note which version of upstream is in here: "+r.called(ctx, began))
	}
	return base, err
}

// lastHeld is the last commit of Branch that the fork has merged, and the choices with which
// it was made. It follows the commit of upstream that it holds; one that does not is a copy,
// made by squashing or rebasing, and holds what is the fork's own, too.
func (r Repo) lastHeld(ctx context.Context) (commit, choices string, err error) {
	all, err := git(ctx, r.Dir, "log", "--topo-order", "--format=%H %P", "--grep=^"+held, "HEAD")
	if err != nil {
		return "", "", err
	}
	for line := range strings.Lines(all) {
		commits := strings.Fields(line)
		text, err := git(ctx, r.Dir, "show", commits[0]+":"+File)
		if err != nil {
			continue
		}
		if c, err := parseChoices(text); err == nil && slices.Contains(commits[1:], c.Upstream) {
			return commits[0], text + "\n", nil
		}
	}
	return "", "", nil
}

// asOurs commits what c.Upstream is with the names of the fork and without its features, as
// the successor of the commit before and of upstream's, and lets Branch be there.
func (r Repo) asOurs(ctx context.Context, c Choices, before string) (commit string, err error) {
	parent, err := os.MkdirTemp("", "fork")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(parent)) }()
	dir := filepath.Join(parent, "upstream")
	if _, err := git(ctx, r.Dir, "worktree", "add", "--quiet", "--detach", dir, c.Upstream); err != nil {
		return "", err
	}
	defer func() {
		_, gone := git(context.WithoutCancel(ctx), r.Dir, "worktree", "remove", "--force", dir)
		err = errors.Join(err, gone)
	}()
	// The program of a version knows its own tree best.
	if _, none := os.Stat(filepath.Join(dir, "cmd", "fork")); none == nil {
		err = c.write(dir)
		if err == nil {
			err = run(ctx, dir, "go", "run", "./cmd/fork", "apply")
		}
	} else {
		err = Apply(ctx, dir, c)
	}
	if err != nil {
		return "", err
	}
	if _, err := git(ctx, dir, "add", "--all"); err != nil {
		return "", err
	}
	tree, err := git(ctx, dir, "write-tree")
	if err != nil {
		return "", err
	}
	parents := []string{"-p", c.Upstream}
	if before != "" {
		parents = []string{"-p", before, "-p", c.Upstream}
	}
	message := fmt.Sprintf("Upstream %s, renamed and cut\n\n%s%s", r.called(ctx, c.Upstream), held, c.Upstream)
	commit, err = git(ctx, r.Dir, append([]string{"commit-tree", tree, "-m", message}, parents...)...)
	if err != nil {
		return "", err
	}
	_, err = git(ctx, r.Dir, "update-ref", "refs/heads/"+Branch, commit)
	return commit, err
}

// merge merges a commit of Branch, writes anew what is generated, and looks whether it builds.
func (r Repo) merge(ctx context.Context, theirs, from string) error {
	const mend = "then make fmt generate golden check, git add --all and git commit. " +
		"git reset --hard goes back to before"
	_, merged := git(ctx, r.Dir, "merge", "--quiet", "--no-commit", "--no-ff", theirs)
	out, err := git(ctx, r.Dir, "diff", "--name-only", "--diff-filter=U")
	if err != nil {
		return errors.Join(merged, err)
	}
	if out != "" {
		return fmt.Errorf("merged, but for what both have changed. Mend these files, %s:\n%s", mend, out)
	}
	if merged != nil {
		return merged
	}
	r.say("Merged. Writing anew what is generated: make fmt generate golden.")
	if err = run(ctx, r.Dir, "make", "fmt", "generate", "golden"); err == nil {
		err = run(ctx, r.Dir, "go", "vet", "./...")
	}
	if err != nil {
		return fmt.Errorf("merged, and no file is in conflict, but it does not build. Mend it, %s:\n%w", mend, err)
	}
	return r.keep(ctx, "Take "+from+" of upstream", "make check test; docs/changelog.md says what is new. "+
		"Push the merge as it is: squashed, the next one takes longer.")
}
