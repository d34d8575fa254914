package fork

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// File is where a fork's choices stand, in its tree.
const File = ".fork"

// Choices are what a fork has made of the intranet.
type Choices struct {
	Module   string   // the path of the module
	Name     string   // of the company
	Domain   string   // of the company's addresses
	Cut      []string // the features that were taken out, sorted
	Upstream string   // the commit of upstream whose changes the fork has; "" until the first upgrade
}

const heading = "# What this fork has chosen: make rename, make cut and make upgrade write it, and read it again.\n"

// String is the content of the file.
func (c Choices) String() string {
	text := heading
	for _, line := range [][2]string{
		{"module", c.Module}, {"name", c.Name}, {"domain", c.Domain}, {"cut", strings.Join(c.Cut, " ")},
		{"upstream", c.Upstream},
	} {
		if line[1] != "" {
			text += fmt.Sprintf("%-8s %s\n", line[0], line[1])
		}
	}
	return text
}

// parseChoices reads what String has written, and people may have edited.
func parseChoices(text string) (c Choices, err error) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		value = strings.TrimSpace(value)
		switch {
		case key == "" || strings.HasPrefix(key, "#"):
		case key == "module":
			c.Module = value
		case key == "name":
			c.Name = value
		case key == "domain":
			c.Domain = value
		case key == "cut":
			c.Cut = merged(strings.Fields(value))
		case key == "upstream":
			c.Upstream = value
		default:
			return c, fmt.Errorf("%s:%d: there is no %q: module, name, domain, cut and upstream are known",
				File, number, key)
		}
	}
	return c, nil
}

// noted are the choices that a tree's file has; none where there is no file.
func noted(dir string) (Choices, error) {
	text, err := os.ReadFile(filepath.Join(dir, File)) // #nosec G304 -- a file of the tree
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Choices{}, err
	}
	return parseChoices(string(text))
}

// chosen are the choices of a fork: its names are those of its tree, also where somebody has
// changed them by hand, and the rest is in its file.
func chosen(dir string) (Choices, error) {
	c, err := noted(dir)
	if err != nil {
		return c, err
	}
	is, err := nameOf(dir)
	c.Module, c.Name, c.Domain = is.Module, is.Name, is.Domain
	return c, err
}

// or is c, with the names of another where it has none.
func (c Choices) or(other Choices) Choices {
	c.Module, c.Name = cmp.Or(c.Module, other.Module), cmp.Or(c.Name, other.Name)
	c.Domain = cmp.Or(c.Domain, other.Domain)
	return c
}

func (c Choices) write(dir string) error {
	return os.WriteFile(filepath.Join(dir, File), []byte(c.String()), 0o644) // #nosec G306 -- a file of the tree
}

// merged are the names of several lists, sorted, each once.
func merged(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
