package app

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// requirements are how many of levels 1 and 2 each section of OWASP ASVS 5.0
// has. They come first in their section, so that they are numbered from 1.
const requirements = `
	1.1:2 1.2:9 1.3:11 1.4:3 1.5:2
	2.1:3 2.2:3 2.3:4 2.4:1
	3.2:2 3.3:4 3.4:6 3.5:5 3.7:2
	4.1:3 4.2:1 4.3:2 4.4:4
	5.1:1 5.2:3 5.3:2 5.4:3
	6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4
	7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2
	8.1:2 8.2:3 8.3:1 8.4:1
	9.1:3 9.2:4
	10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3
	11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1
	12.1:3 12.2:2 12.3:4
	13.1:1 13.2:5 13.3:2 13.4:5
	14.1:2 14.2:4 14.3:3
	15.1:3 15.2:3 15.3:7
	16.1:1 16.2:5 16.3:4 16.4:3 16.5:3
	17.1:1 17.2:4 17.3:2`

// What docs/security.md says must be so: each test that it names exists, each
// requirement is in it once, and no row is without a test.
func TestEverySecurityTestThatIsNamedExists(t *testing.T) {
	exists := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := fs.ReadFile(root, name)
		for _, match := range declared.FindAllSubmatch(source, -1) {
			exists[string(match[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := fs.ReadFile(root, "docs/security.md")
	if err != nil {
		t.Fatal(err)
	}

	var (
		test   = regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
		id     = regexp.MustCompile(`\b\d+\.\d+\.\d+\b`)
		named  = map[string]bool{}
		listed = map[string]int{}
		part   string
	)
	list := func(ids string) {
		for _, id := range id.FindAllString(ids, -1) {
			listed[id]++
		}
	}
	for number, line := range strings.Split(string(page), "\n") {
		complain := func(format string, args ...any) {
			t.Helper()
			t.Errorf("docs/security.md:%d: %s", number+1, fmt.Sprintf(format, args...))
		}
		for _, match := range test.FindAllStringSubmatch(line, -1) {
			named[match[1]] = true
			if !exists[match[1]] {
				complain("there is no test %s", match[1])
			}
		}
		if strings.Contains(line, "TODO(") || strings.Contains(line, "GAP") {
			complain("something is left to do")
		}

		if title, found := strings.CutPrefix(line, "## "); found {
			part = title
		}
		cells, row := strings.Split(line, "|"), strings.HasPrefix(line, "| ")
		switch {
		case part == "What it does" && row && id.MatchString(cells[1]):
			list(cells[1])
			if proof := strings.TrimSpace(cells[len(cells)-2]); len(cells) != 5 ||
				!test.MatchString(proof) && !strings.HasPrefix(proof, "by construction: ") {
				complain("a row without a test")
			}
		case part == "Does not apply" && row:
			list(cells[1])
		case part == "Left to whoever runs it" && strings.HasPrefix(line, "- [ ] **"):
			list(strings.Split(line, "**")[1])
		case part == "Documented decisions" && strings.HasPrefix(line, "### "):
			list(line)
		}
	}

	for _, section := range strings.Fields(requirements) {
		var chapter, number, last int
		if _, err := fmt.Sscanf(section, "%d.%d:%d", &chapter, &number, &last); err != nil {
			t.Fatal(err)
		}
		for n := range last {
			id := fmt.Sprintf("%d.%d.%d", chapter, number, n+1)
			if listed[id] != 1 {
				t.Errorf("docs/security.md has %s %d times, want once", id, listed[id])
			}
			delete(listed, id)
		}
	}
	for id := range listed {
		t.Errorf("docs/security.md has %s, which is no requirement of level 1 or 2", id)
	}
	if len(named) < 80 {
		t.Errorf("docs/security.md names %d tests, want 80 or more", len(named))
	}
}
