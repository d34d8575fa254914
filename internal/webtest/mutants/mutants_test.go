package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../../.."

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, name)) // #nosec G304 -- a file of the tree
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// rows are those of docs/security.md: the line of each requirement, and the requirements of
// each line that has tests.
func rows(t *testing.T) (line map[string]string, ids [][]string) {
	t.Helper()
	line = map[string]string{}
	does, _, _ := strings.Cut(read(t, "docs/security.md"), "\n## Does not apply")
	for row := range strings.Lines(does) {
		cells := strings.Split(row, "|")
		if len(cells) != 5 {
			continue
		}
		all := requirement.FindAllString(cells[1], -1)
		for _, id := range all {
			line[id] = row
		}
		if len(all) > 0 && !strings.HasPrefix(strings.TrimSpace(cells[3]), "by construction") {
			ids = append(ids, all)
		}
	}
	if len(ids) < 60 {
		t.Fatalf("docs/security.md has %d rows with tests, want 60 or more", len(ids))
	}
	return line, ids
}

func document(t *testing.T) table {
	t.Helper()
	parsed, err := parse(read(t, tablePath))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// Each row of docs/security.md with tests has a change that takes its protection away, or a
// reason why there can be none, or is said to be not tried yet.
func TestEveryProtectionIsTakenAwayOnce(t *testing.T) {
	t.Parallel()
	line, ids := rows(t)
	table, known := document(t), map[string]bool{}
	for _, m := range table.mutants {
		for _, id := range m.ids {
			known[id] = true
			if !m.gone(root) && !strings.Contains(line[id], "`"+m.test+"`") {
				t.Errorf("the row of %s in docs/security.md does not name %s", id, m.test)
			}
		}
	}
	for id, why := range table.reasons {
		known[id] = true
		if len(why) < 10 {
			t.Errorf("%s has no reason", id)
		}
	}
	for _, id := range table.untried {
		known[id] = true
	}
	for _, row := range ids {
		found := false
		for _, id := range row {
			found = found || known[id]
		}
		if !found {
			t.Errorf("%s says nothing of %s", tablePath, row[0])
		}
	}
	for id := range known {
		if line[id] == "" {
			t.Errorf("%s has %s, which is in no row", tablePath, id)
		}
	}
	t.Logf("%d changes, %d requirements not tried yet", len(table.mutants), len(table.untried))
}

// What a change replaces is there, once, and its test exists.
func TestTheChangesFitTheTree(t *testing.T) {
	t.Parallel()
	for _, m := range document(t).mutants {
		if m.gone(root) {
			continue
		}
		if _, err := m.apply(read(t, m.file)); err != nil {
			t.Errorf("%s: %v", strings.Join(m.ids, ", "), err)
		}
		names, err := fs.Glob(os.DirFS(filepath.Join(root, m.pkg)), "*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		declared, found := regexp.MustCompile(`(?m)^func `+m.test+`\(`), false
		for _, name := range names {
			found = found || declared.MatchString(read(t, filepath.Join(m.pkg, name)))
		}
		if !found {
			t.Errorf("%s: there is no test %s in %s", strings.Join(m.ids, ", "), m.test, m.pkg)
		}
	}
}
