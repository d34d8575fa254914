// Package fork makes the intranet a team's own, and keeps it up to date: it renames it,
// takes features out, and takes what upstream has changed since. What a fork has chosen
// stands in a file of its tree, so that upstream's next version can be renamed and cut in
// the same way before it is merged. Then a merge has no conflict but in what both have
// changed.
//
// It knows the tree by its files alone and imports nothing of it, so that one version of it
// can work on the tree of another.
package fork

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Repo is the repository of a fork.
type Repo struct {
	Dir string
	Out io.Writer // what is done is said here
}

func (r Repo) say(format string, args ...any) { _, _ = fmt.Fprintf(r.Out, format+"\n", args...) }

// undo is how to get back what was there before a command that failed on its way.
const undo = "what was done until then is not committed: git reset --hard && git clean -fd undoes it"

// Rename gives the intranet another module, name and domain. What is "" stays.
func (r Repo) Rename(ctx context.Context, to Choices) error {
	c, err := chosen(r.Dir)
	if err != nil {
		return err
	}
	to = to.or(c)
	c.Module, c.Name, c.Domain = to.Module, to.Name, to.Domain
	if err := c.check(ctx, r.Dir); err != nil {
		return err
	}
	if err := r.clean(ctx); err != nil {
		return err
	}
	if err := r.make(ctx, c); err != nil {
		return err
	}
	r.say("Module: %s\nName:   %s\nDomain: %s", c.Module, c.Name, c.Domain)
	return r.keep(ctx, "Rename the intranet: "+c.Name+", "+c.Module,
		"The look is in static/brand: logo.svg, brand.css. Then make check test, and make demo to see it.")
}

// Cut takes features out.
func (r Repo) Cut(ctx context.Context, names []string) error {
	c, err := chosen(r.Dir)
	if err != nil {
		return err
	}
	names = merged(names)
	here := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(c.Cut, name) })
	if len(names) == 0 {
		return fmt.Errorf("nothing was changed: FEATURES names none")
	}
	if err := checkFeatures(r.Dir, here); err != nil {
		return err
	}
	if err := r.clean(ctx); err != nil {
		return err
	}
	c.Cut = merged(c.Cut, names)
	if err := r.make(ctx, c); err != nil {
		return err
	}
	r.say("Taken out, all in all: %s", strings.Join(c.Cut, " "))
	return r.keep(ctx, "Take out "+strings.Join(names, " and "),
		"Their tables stay where a database has them: a migration of yours may drop them. Then make check test.")
}

// make makes of the tree what was chosen, and looks whether it builds.
func (r Repo) make(ctx context.Context, c Choices) error {
	err := Apply(ctx, r.Dir, c)
	if err == nil {
		r.say("Building it anew: go vet ./...")
		err = run(ctx, r.Dir, "go", "vet", "./...")
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, undo)
	}
	return nil
}

// keep commits what was done, and says what comes next.
func (r Repo) keep(ctx context.Context, message, next string) error {
	switch committed, err := r.commit(ctx, message); {
	case err != nil:
		return fmt.Errorf("%w\n%s", err, undo)
	case committed:
		r.say("Committed, which git show --stat shows and git revert undoes. Next: %s", next)
	default:
		r.say("It was so before: nothing was changed.")
	}
	return nil
}

// Apply makes of a tree what was chosen, with all that is generated from it, and writes the
// choices into it. Nothing is committed.
func Apply(ctx context.Context, dir string, c Choices) error {
	names, err := tracked(ctx, dir)
	if err != nil {
		return err
	}
	gone, err := takeOut(dir, c.Cut)
	if err != nil {
		return err
	}
	changed, err := rename(dir, names, c)
	if err != nil {
		return err
	}
	if err := c.write(dir); err != nil {
		return err
	}
	var targets []string
	if changed > 0 {
		targets = append(targets, "fmt", "generate")
	}
	if len(gone) > 0 {
		// A feature may have been the last to use a module.
		if err := run(ctx, dir, "go", "mod", "tidy"); err != nil {
			return err
		}
		targets = append(targets, "golden")
	}
	if targets == nil {
		return nil
	}
	return run(ctx, dir, "make", targets...)
}

// ApplyFile is Apply with the choices of the tree's file. What it leaves out stays as it is.
func ApplyFile(ctx context.Context, dir string) error {
	c, err := noted(dir)
	if err != nil {
		return err
	}
	is, err := nameOf(dir)
	if err != nil {
		return err
	}
	return Apply(ctx, dir, c.or(is))
}
