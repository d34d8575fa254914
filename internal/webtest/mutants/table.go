package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// tablePath is the document that says what is taken away.
const tablePath = "docs/mutants.md"

// A mutant is a change to one file that takes a protection away.
type mutant struct {
	ids   []string // requirements
	file  string
	pkg   string // the folder of the test, from the root of the tree
	test  string // must fail
	hunks []hunk
}

// A hunk replaces lines: whole ones, without the last line break.
type hunk struct{ old, now string }

// table is what docs/mutants.md says.
type table struct {
	mutants []mutant
	reasons map[string]string // why a requirement cannot be tried
	untried []string
}

var (
	requirement = regexp.MustCompile(`\b\d+\.\d+\.\d+\b`)
	// `internal/web.TestNoOtherSiteMayRead` fails with this in `internal/web/middleware.go`:
	sentence = regexp.MustCompile("^`([a-z0-9/]+)\\.((?:Test|Fuzz)\\w+)` fails with this in `([^`]+)`:$")
)

const (
	tried     = "What is taken away"
	hopeless  = "What cannot be tried"
	remaining = "Not tried yet"
)

// parse reads the document.
func parse(page string) (table, error) {
	t := table{reasons: map[string]string{}}
	var (
		part, ids string
		open      *mutant // whose lines are being read
		old, now  []string
	)
	for number, line := range strings.Split(page, "\n") {
		wrong := func(what string) error { return fmt.Errorf("%s:%d: %s", tablePath, number+1, what) }
		switch {
		case line == "" || line == "```diff":
		case open != nil && (line == "```" || line == "@@"):
			change := hunk{strings.Join(old, "\n"), strings.Join(now, "\n")}
			if len(old) == 0 || change.old == change.now {
				return t, wrong("nothing is changed")
			}
			open.hunks, old, now = append(open.hunks, change), nil, nil
			if line == "```" {
				t.mutants, open = append(t.mutants, *open), nil
			}
		case open != nil:
			switch line[0] {
			case '-':
				old = append(old, line[1:])
			case '+':
				now = append(now, line[1:])
			case ' ':
				old, now = append(old, line[1:]), append(now, line[1:])
			default:
				return t, wrong("not a line of a change")
			}
		case strings.HasPrefix(line, "## "):
			part = line[3:]
		case strings.HasPrefix(line, "### "):
			ids = line[4:]
		case part == tried && strings.HasPrefix(line, "`"):
			match := sentence.FindStringSubmatch(line)
			if match == nil || !requirement.MatchString(ids) {
				return t, wrong("no test of a requirement")
			}
			open = &mutant{ids: requirement.FindAllString(ids, -1), pkg: match[1], test: match[2], file: match[3]}
			old, now = nil, nil
		case part == hopeless && strings.HasPrefix(line, "| "):
			cells := strings.Split(line, "|")
			for _, id := range requirement.FindAllString(cells[1], -1) {
				t.reasons[id] = strings.TrimSpace(cells[2])
			}
		case part == remaining:
			t.untried = append(t.untried, requirement.FindAllString(line, -1)...)
		}
	}
	if open != nil {
		return t, fmt.Errorf("%s: the last change has no end", tablePath)
	}
	return t, nil
}

// isOf reports whether m is about one of the requirements, or about any.
func (m mutant) isOf(ids []string) bool {
	return len(ids) == 0 || slices.ContainsFunc(m.ids, func(id string) bool { return slices.Contains(ids, id) })
}

// gone reports whether m was about a feature that has been taken out.
func (m mutant) gone(root string) bool {
	for _, name := range []string{m.pkg, filepath.Dir(m.file)} {
		_, err := os.Stat(filepath.Join(root, name))
		if strings.HasPrefix(name, "internal/features/") && errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

// apply changes the content of the file. What is replaced must be there once.
func (m mutant) apply(content string) (string, error) {
	content = "\n" + content + "\n"
	for _, h := range m.hunks {
		old := "\n" + h.old + "\n"
		if n := strings.Count(content, old); n != 1 {
			return "", fmt.Errorf("%s has these lines %d times, want once:\n%s", m.file, n, h.old)
		}
		now := "\n" + h.now + "\n"
		if h.now == "" {
			now = "\n"
		}
		content = strings.Replace(content, old, now, 1)
	}
	return content[1 : len(content)-1], nil
}
