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

// The lines to copy are the program's own: each block begins with the name of its file.
func TestTheLinesToCopyAreTheProgramsOwn(t *testing.T) {
	lines := 0
	for _, block := range blocks(section(t, "The hundred lines")) {
		if block.file == "" {
			t.Errorf("a block does not begin with the name of its file:\n%s", block.code)
			continue
		}
		lines += block.isOf(t)
	}
	if lines < 80 || lines > 130 {
		t.Errorf("there are %d lines to copy, and a hundred were promised", lines)
	}
}

// So are those of other stacks, where there is a program.
func TestTheLinesOfOtherStacksAreTheProgramsOwn(t *testing.T) {
	lines := map[string]int{}
	for _, block := range blocks(section(t, "In other stacks")) {
		if block.file != "" {
			lines[block.file] += block.isOf(t)
		}
	}
	for _, name := range []string{"express/app.js", "flask/app.py", "php/index.php"} {
		if lines["docs/examples/"+name] < 10 {
			t.Errorf("%d lines are of %s, want 10 or more", lines["docs/examples/"+name], name)
		}
	}
}

// block is code in a document. Its first line may name the file that it is of.
type block struct{ file, code string }

var (
	fileName = regexp.MustCompile(`^(?://|#) ([\w./-]+/[\w.-]+)\n`)
	omission = regexp.MustCompile(`(?m)^[\t ]*(?://|#) ….*\n`)
)

func blocks(text string) (all []block) {
	for n, part := range strings.Split(text, "\n```") {
		if n%2 == 0 {
			continue // text between two blocks
		}
		_, code, _ := strings.Cut(part, "\n")
		b := block{code: code + "\n"}
		if name := fileName.FindStringSubmatch(b.code); name != nil {
			b.file, b.code = name[1], strings.TrimPrefix(b.code, name[0])
		}
		all = append(all, b)
	}
	return all
}

// isOf checks that what stands between two marks of an omission is in the file, in the same
// order, as it is. It returns how many lines that are.
func (b block) isOf(t *testing.T) (lines int) {
	t.Helper()
	source, err := os.ReadFile("../../" + b.file)
	if err != nil {
		t.Error(err)
		return 0
	}
	rest := string(source)
	for _, part := range omission.Split(b.code, -1) {
		lines += strings.Count(part, "\n")
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("%s has no such lines, or has them further up:\n%s", b.file, part)
			break
		}
		rest = after
	}
	return lines
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
