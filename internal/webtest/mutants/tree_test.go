package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const guarded = `package guarded

func Allowed(age int) bool {
	return age >= 18
}
`

const itsTests = `package guarded

import "testing"

func TestChildren(t *testing.T) {
	if Allowed(17) {
		t.Error("let in")
	}
}

func TestGrownUps(t *testing.T) {
	if !Allowed(30) {
		t.Error("kept out")
	}
}

func TestSkipped(t *testing.T) { t.Skip() }
`

// A change is caught where the named test fails, and by nothing else. The tree is as before
// afterwards.
func TestOnlyTheNamedTestCatchesAChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module guarded\n", "guarded/guarded.go": guarded, "guarded/guarded_test.go": itsTests,
	} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	copied, err := copyTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(string(copied)) })

	for _, test := range []struct{ name, was, now, verdict, why string }{
		{"TestChildren", "\treturn age >= 18", "\treturn age >= 0", caught, ""},
		{"TestGrownUps", "\treturn age >= 18", "\treturn age >= 0", survived, ""},
		{"TestChildren", "\treturn age >= 18", "\treturn true", caught, ""},
		{"TestChildren", "\treturn age >= 18", "\treturn aeg >= 18", "", "does not compile"},
		{"TestChildren", "\treturn age >= 18", "\tgo panic(age)\n\tselect {}", "", "did not end"},
		{"TestChildren", "\treturn age > 17", "\treturn true", "", "0 times"},
	} {
		m := mutant{file: "guarded/guarded.go", pkg: "guarded", test: test.name, hunks: []hunk{{test.was, test.now}}}
		verdict, err := copied.try(t.Context(), m)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if verdict != test.verdict || !strings.Contains(said, test.why) {
			t.Errorf("%s with %q: %q, %v", test.name, test.now, verdict, err)
		}
	}
	if content, err := os.ReadFile(filepath.Join(string(copied), "guarded/guarded.go")); string(content) != guarded {
		t.Errorf("the copy is not as before: %s, %v", content, err)
	}

	bad := copied.asItIs(t.Context(), "guarded", []string{"TestChildren", "TestSkipped", "TestMissing"})
	if len(bad) != 2 || bad["TestChildren"] != nil {
		t.Errorf("they do not pass as they are: %v", bad)
	}
}

// What is no change, or of no test, is refused with its line.
func TestWhatIsNoChangeIsRefused(t *testing.T) {
	t.Parallel()
	const head = "## What is taken away\n\n### 1.1.1\n\n`internal/web.TestX` fails with this in `a.go`:\n\n```diff\n"
	good, err := parse(head + " a\n-b\n+c\n@@\n-d\n```\n")
	if err != nil || len(good.mutants) != 1 || len(good.mutants[0].hunks) != 2 {
		t.Fatalf("%+v, %v", good, err)
	}
	if got, err := good.mutants[0].apply("x\na\nb\nd\ny\n"); got != "x\na\nc\ny\n" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for _, content := range []string{"a\nb\n", "a\nb\nd\na\nb\n", "aa\nb\nd\n"} {
		if got, err := good.mutants[0].apply(content); err == nil {
			t.Errorf("%q became %q", content, got)
		}
	}
	for page, why := range map[string]string{
		head + " a\n```\n":                   "nothing is changed",
		head + "-a\n+a\n```\n":               "nothing is changed",
		head + "+a\n```\n":                   "nothing is changed",
		head + "a\n```\n":                    "not a line of a change",
		head + "-a\n":                        "has no end",
		"## What is taken away\n`x` fails\n": "no test of a requirement",
	} {
		if _, err := parse(page); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %s", page, err, why)
		}
	}
}
