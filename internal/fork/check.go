package fork

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hostname is a domain in lower case: letters, digits and hyphens between dots.
var hostname = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// What names and domains may have at most. An address with the longest domain still fits
// the 254 characters of an e-mail address.
const (
	maxName   = 60
	maxDomain = 190
)

// check says what is wrong with a module's path, a name and a domain, all at once.
func (c Choices) check(ctx context.Context, dir string) error {
	var wrong []string
	if err := checkModule(ctx, dir, c.Module); err != nil {
		wrong = append(wrong, fmt.Sprintf("MODULE=%s: %v", c.Module, err)+
			"; wanted is a path such as git.example.com/intranet")
	}
	if what := checkName(c.Name); what != "" {
		wrong = append(wrong, fmt.Sprintf("NAME=%q: %s", c.Name, what))
	}
	if len(c.Domain) > maxDomain || !hostname.MatchString(c.Domain) {
		wrong = append(wrong, fmt.Sprintf("DOMAIN=%s: wanted is a domain such as example.com, in lower case and ASCII",
			c.Domain))
	}
	if wrong != nil {
		return fmt.Errorf("nothing was changed:\n%s", strings.Join(wrong, "\n"))
	}
	return nil
}

// checkModule asks the go command, which knows the rules.
func checkModule(ctx context.Context, dir, module string) error {
	empty, err := os.MkdirTemp("", "fork")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(empty) }()
	cmd := exec.CommandContext(ctx, "go", "mod", "init", "--", module) // #nosec G204 -- what the user names
	cmd.Dir = empty
	if out, err := cmd.CombinedOutput(); err != nil {
		first, _, _ := strings.Cut(strings.TrimPrefix(string(out), "go: "), "\n")
		return fmt.Errorf("%s", strings.TrimSpace(first))
	}
	// Go's own packages have no dot there.
	if first, _, _ := strings.Cut(module, "/"); !strings.Contains(first, ".") {
		std, err := exec.CommandContext(ctx, "go", "list", "std", "cmd").Output()
		if err != nil {
			return fmt.Errorf("list Go's own packages: %w", err)
		}
		for line := range strings.Lines(string(std)) {
			if own, _, _ := strings.Cut(strings.TrimSpace(line), "/"); own == first {
				return fmt.Errorf("Go's own packages begin with %s", first)
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod")) // #nosec G304 -- a file of the tree
	if err != nil {
		return err
	}
	was := moduleIn(string(text))
	for _, word := range strings.Fields(string(text)) {
		if word != was && (word == module || strings.HasPrefix(word, module+"/")) {
			return fmt.Errorf("%s of go.mod begins with it", word)
		}
	}
	return nil
}

// checkName says what is wrong with the name of a company. It stands in Go, in HTML, in
// Markdown and in the names of apps for one-time codes.
func checkName(name string) string {
	first, _ := utf8.DecodeRuneInString(name)
	odd := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) || strings.ContainsRune(" &'’.,+-!/()", r) {
			return -1
		}
		return r
	}, name)
	switch {
	case odd != "" || !utf8.ValidString(name):
		return fmt.Sprintf("a name has letters, digits, spaces and &'’.,+-!/(), but not %q", odd)
	case !unicode.IsLetter(first) && !unicode.IsDigit(first):
		return "a name begins with a letter or a digit"
	case !strings.ContainsFunc(name, unicode.IsLetter):
		return "a name has a letter"
	case strings.Join(strings.Fields(name), " ") != name:
		return "a name has no spaces around it, and one between its words"
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Sprintf("a name has at most %d characters", maxName)
	}
	return ""
}

// checkFeatures says which names are no features that can be taken out of a tree.
func checkFeatures(dir string, names []string) error {
	list, err := listIn(dir)
	if err != nil {
		return err
	}
	var wrong []string
	for _, name := range names {
		switch {
		case slices.Contains(list.core, name):
			wrong = append(wrong, name+" belongs to the core, which an intranet cannot do without")
		case !slices.Contains(list.optional, name):
			wrong = append(wrong, fmt.Sprintf("%q is no feature", name))
		}
	}
	if wrong != nil {
		return fmt.Errorf("nothing was changed:\n%s\nThese can go: %s",
			strings.Join(wrong, "\n"), strings.Join(list.optional, " "))
	}
	return nil
}
