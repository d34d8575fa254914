package fork

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	// Nobody's own settings of git count here.
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "Test", "GIT_AUTHOR_EMAIL": "test@example.com",
		"GIT_COMMITTER_NAME": "Test", "GIT_COMMITTER_EMAIL": "test@example.com",
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// small is an intranet of a few files: what upstream has at first. Its make golden takes no time.
var small = map[string]string{
	"go.mod":    "module example.org/up/intranet\n\ngo 1.26.0\n",
	"README.md": "# Caramelo intranet\n\nHow to run it.\n\n\n\nHow to change it.\n",
	".gitattributes": "internal/features/features.go merge=union\ninternal/features/routes.txt merge=union\n" +
		"migrations/checksums.txt merge=union\n",
	"Makefile": "fmt:\n\tgofmt -w .\ngenerate:\ngolden:\n" +
		"\tls internal/features/*/feature.go >internal/features/routes.txt\n" +
		"\tls migrations/*.sql >migrations/checksums.txt\n",
	"static/brand/brand.go": "// Package brand is the company.\npackage brand\n\n" +
		"const (\n\tCompany = \"Aroeira\"\n\tDomain  = \"aroeira.example\"\n\t" +
		"Help    = \"help@\" + Domain\n)\n",
	"internal/web/web.go": "// Package web is the frame.\npackage web\n\n// Feature is a feature.\n" +
		"type Feature struct{ Name string }\n",
	"internal/features/features.go": `package features

import (
	"example.org/up/intranet/internal/features/account"
	"example.org/up/intranet/internal/features/events"
	"example.org/up/intranet/internal/features/links"
	"example.org/up/intranet/internal/features/news"
	"example.org/up/intranet/internal/web"
)

func Optional() []web.Feature {
	return []web.Feature{
		news.Feature(),
		events.Feature(),
		links.Feature(),
	}
}

func Core() []web.Feature {
	return []web.Feature{
		account.Feature(),
	}
}
`,
	"internal/features/account/feature.go": feature("account"),
	"internal/features/events/feature.go":  feature("events"),
	"internal/features/links/feature.go":   feature("links"),
	"internal/features/news/feature.go":    feature("news"),
	"internal/features/news/list.templ":    "package news\n\nimport \"example.org/up/intranet/internal/web\"\n",
	"internal/features/routes.txt": "internal/features/account/feature.go\ninternal/features/events/feature.go\n" +
		"internal/features/links/feature.go\ninternal/features/news/feature.go\n",
	"migrations/00100_people.sql":      "-- people\n",
	"migrations/00110_events.sql":      "-- events\n",
	"migrations/00111_links.sql":       "-- links\n",
	"migrations/00112_quick_links.sql": "-- of another feature\n",
	"migrations/checksums.txt": "migrations/00100_people.sql\nmigrations/00110_events.sql\n" +
		"migrations/00111_links.sql\nmigrations/00112_quick_links.sql\n",
	"docs/architecture.md": "| optional | |\n|---|---|\n| `news`, `events` | texts and dates |\n| `links` | links |\n",
	"docs/mutants.md": "```diff\n \t\"example.org/up/intranet/internal/web\"\n" +
		"+\t_ \"example.org/up/intranet/x\"\n```\n",
}

func feature(name string) string {
	return fmt.Sprintf("package %s\n\nimport \"example.org/up/intranet/internal/web\"\n\n"+
		"// Feature is what it adds.\nfunc Feature() web.Feature { return web.Feature{Name: %q} }\n", name, name)
}

// A tree is a repository of a test.
type tree struct {
	*testing.T
	dir string
}

// repository is a new one with files.
func repository(t *testing.T, files map[string]string) tree {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("NOT CHECKED: there is no git here")
	}
	tr := tree{t, t.TempDir()}
	tr.git("init", "--quiet", "--initial-branch=main")
	for name, content := range files {
		tr.write(name, content)
	}
	return tr
}

// upstream is a repository with the small intranet, as its version v1.
func upstream(t *testing.T) tree {
	t.Helper()
	tr := repository(t, small)
	tr.commit("v1")
	return tr
}

// clone is another repository with the history of tr, as people have it.
func (tr tree) clone() tree {
	tr.Helper()
	to := tree{tr.T, filepath.Join(tr.TempDir(), "fork")}
	tr.git("clone", "--quiet", "--origin=upstream", tr.dir, to.dir)
	return to
}

func (tr tree) git(args ...string) string {
	tr.Helper()
	out, err := git(tr.Context(), tr.dir, args...)
	if err != nil {
		tr.Fatal(err)
	}
	return out
}

// commit commits everything, and names it.
func (tr tree) commit(name string) {
	tr.Helper()
	tr.git("add", "--all")
	tr.git("commit", "--quiet", "--message", name)
	tr.git("tag", name)
}

func (tr tree) path(name string) string { return filepath.Join(tr.dir, filepath.FromSlash(name)) }

func (tr tree) write(name, content string) {
	tr.Helper()
	err := os.MkdirAll(filepath.Dir(tr.path(name)), 0o750)
	if err == nil {
		err = os.WriteFile(tr.path(name), []byte(content), 0o600)
	}
	if err != nil {
		tr.Fatal(err)
	}
}

func (tr tree) read(name string) string {
	tr.Helper()
	content, err := os.ReadFile(tr.path(name))
	if err != nil {
		tr.Fatal(err)
	}
	return string(content)
}

// edit replaces a text of a file, which must be there.
func (tr tree) edit(name, old, now string) {
	tr.Helper()
	content := tr.read(name)
	if !strings.Contains(content, old) {
		tr.Fatalf("%s has no %q:\n%s", name, old, content)
	}
	tr.write(name, strings.ReplaceAll(content, old, now))
}

func (tr tree) has(name string) bool {
	_, err := os.Stat(tr.path(name))
	return err == nil
}

// state is what a command that refuses must leave alone.
func (tr tree) state() string {
	tr.Helper()
	return tr.git("log", "--all", "--format=%H %D") + tr.git("status", "--porcelain") + tr.git("worktree", "list")
}

func (tr tree) repo() Repo { return Repo{Dir: tr.dir, Out: io.Discard} }

// must fails where a command of a fork did.
func (tr tree) must(err error) {
	tr.Helper()
	if err != nil {
		tr.Fatal(err)
	}
	if status := tr.git("status", "--porcelain"); status != "" {
		tr.Fatalf("not committed:\n%s", status)
	}
}

func (tr tree) rename(to Choices) {
	tr.Helper()
	tr.must(tr.repo().Rename(tr.Context(), to))
}

func (tr tree) cut(names ...string) {
	tr.Helper()
	tr.must(tr.repo().Cut(tr.Context(), names))
}

// upgrade fetches, and takes a version of upstream.
func (tr tree) upgrade(from string) error {
	tr.Helper()
	tr.git("fetch", "--quiet", "--tags", "upstream")
	return tr.repo().Upgrade(tr.Context(), from, "")
}

// wants fails where a file lacks one of the texts, or does not have it once.
func (tr tree) wants(name string, texts ...string) {
	tr.Helper()
	content := tr.read(name)
	for _, text := range texts {
		if n := strings.Count(content, text); n != 1 {
			tr.Errorf("%s has %q %d times:\n%s", name, text, n, content)
		}
	}
}

// knows lists the files that hold a text.
func (tr tree) knows(text string) string {
	tr.Helper()
	cmd := exec.CommandContext(tr.Context(), "git", "grep", "--ignore-case", "--name-only", "--fixed-strings", text)
	cmd.Dir = tr.dir
	out, _ := cmd.Output() // it fails where there are none
	return strings.Join(strings.Fields(string(out)), " ")
}
