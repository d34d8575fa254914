package app

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// section is what docs/integrating.md says under a title.
func section(t *testing.T, title string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/integrating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "\n## "+title+"\n")
	if !found {
		t.Fatalf("docs/integrating.md has no part %q", title)
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// The lines to copy are the program's own: each block begins with the name of its
// file, and what stands between two marks of an omission is in that file, in the
// same order, as it is.
func TestTheLinesToCopyAreTheProgramsOwn(t *testing.T) {
	omission := regexp.MustCompile(`(?m)^\t*// ….*\n`)
	lines := 0
	for n, block := range strings.Split(section(t, "The hundred lines"), "\n```") {
		if n%2 == 0 {
			continue // text between two blocks
		}
		_, block, _ = strings.Cut(block, "\n")
		first, code, _ := strings.Cut(block, "\n")
		name, named := strings.CutPrefix(first, "// ")
		source, err := os.ReadFile("../../" + name)
		if !named || err != nil {
			t.Errorf("a block begins with %q, want the name of its file (%v)", first, err)
			continue
		}
		rest := string(source)
		for _, part := range omission.Split(code+"\n", -1) {
			lines += strings.Count(part, "\n")
			_, after, found := strings.Cut(rest, part)
			if !found {
				t.Errorf("%s has no such lines, or has them further up:\n%s", name, part)
				break
			}
			rest = after
		}
	}
	if lines < 80 || lines > 130 {
		t.Errorf("there are %d lines to copy, and a hundred were promised", lines)
	}
}

// What the table of symptoms says of intranet doctor is what it says: each id is
// one of its checks, and what stands in quotes is in their texts.
func TestTheDoctorSaysWhatTheSymptomsSay(t *testing.T) {
	root := os.DirFS("../..")
	help, err := fs.ReadFile(root, "cmd/intranet/doctor.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, pattern := range []string{"internal/doctor/*.go", "internal/app/settings*.go", "internal/app/secrets.go"} {
		found, err := fs.Glob(root, pattern)
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		names = append(names, found...)
	}
	var sources strings.Builder
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue // what a test says, the doctor does not
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(source)
	}
	// A text may go on in the next line of the source.
	texts := regexp.MustCompile(`" ?\+\n\t*"`).ReplaceAllString(sources.String(), "")
	table := section(t, "When something is wrong")
	ids := regexp.MustCompile(
		"`((settings|machine|postgres|caramelo|sdk|csp|public)\\.([a-z_]+))`",
	).FindAllStringSubmatch(table, -1)
	for _, id := range ids {
		known := regexp.MustCompile(`\b` + regexp.QuoteMeta(id[1]) + `\b`).Match(help)
		if id[2] == "settings" { // of which the help says that there is one for each
			setting := strings.ToUpper(id[3])
			known = strings.Contains(texts, `env:"`+setting+`"`) || strings.Contains(texts, `Name: "`+setting+`"`)
		}
		if !known {
			t.Errorf("intranet doctor has no check %s", id[1])
		}
	}
	quotes := regexp.MustCompile(`“([^”]+)”`).FindAllStringSubmatch(table, -1)
	for _, quote := range quotes {
		if !strings.Contains(texts, quote[1]) {
			t.Errorf("intranet doctor never says %q", quote[1])
		}
	}
	if len(ids) < 15 || len(quotes) < 10 {
		t.Errorf("%d checks are named and %d quoted, want 15 and 10 or more", len(ids), len(quotes))
	}
}
