package fork

import (
	"fmt"
	"strings"
	"testing"
)

var ours = Choices{Module: "git.orvalho.test/intranet", Name: "D'Orvalho & Filhos", Domain: "orvalho.test"}

// Renaming reaches imports, in templates and documents too, the module and the brand, and
// nothing else. A second time it changes nothing, and back again it leaves what was before.
func TestRename(t *testing.T) {
	t.Parallel()
	tr := upstream(t).clone()
	const trap = "package x\n\nimport \"example.org/up/intranet/internal/web\"\n\n" +
		"// Feature is of example.org/up/intranet by Aroeira, aroeira.example.\n" +
		"var Feature, text = web.Feature{}, \"example.org/up/intranet/internal/web\"\n"
	tr.write("internal/x/x.go", trap)
	tr.write("internal/x/name.txt", "Caramelo, Aroeira and aroeira.example are words\n")
	tr.write("deploy/kubernetes/go.mod", "module example.org/up/intranet/deploy/kubernetes\n\ngo 1.26.0\n")
	tr.commit("theirs")
	tr.rename(ours)
	tr.wants("go.mod", "module git.orvalho.test/intranet\n")
	tr.wants("deploy/kubernetes/go.mod", "module git.orvalho.test/intranet/deploy/kubernetes\n")
	tr.wants("internal/features/news/list.templ", `import "git.orvalho.test/intranet/internal/web"`)
	tr.wants("docs/mutants.md",
		"\n \t\"git.orvalho.test/intranet/internal/web\"\n", "\n+\t_ \"git.orvalho.test/intranet/x\"\n")
	tr.wants("internal/x/x.go", "import \"git.orvalho.test/intranet/internal/web\"\n")
	tr.wants("static/brand/brand.go", `= "D'Orvalho & Filhos"`, `= "orvalho.test"`, `= "help@" + Domain`)
	tr.wants("README.md", "# D'Orvalho & Filhos intranet\n\nHow to run it.\n")
	tr.wants(File, "module   git.orvalho.test/intranet\nname     D'Orvalho & Filhos\ndomain   orvalho.test\n")
	for text, want := range map[string]string{
		"example.org/up": "internal/x/x.go", "Aroeira": "internal/x/name.txt internal/x/x.go",
	} {
		if got := tr.knows(text); got != want {
			t.Errorf("%s still stands in %q, want %q", text, got, want)
		}
	}
	head := tr.git("rev-parse", "HEAD")
	tr.rename(ours)
	if tr.git("rev-parse", "HEAD") != head {
		t.Error("the second time changed something")
	}

	tr.edit("static/brand/brand.go", "D'Orvalho & Filhos", "Orvalho")
	tr.edit("README.md", "D'Orvalho & Filhos", "Orvalho")
	tr.commit("by-hand")
	tr.rename(Choices{Domain: "orvalho.example"})
	tr.wants("static/brand/brand.go", `= "Orvalho"`, `= "orvalho.example"`)
	tr.wants(File, "name     Orvalho\ndomain   orvalho.example\n")
	tr.rename(Choices{Module: "example.org/up/intranet", Name: "Aroeira", Domain: "aroeira.example"})
	tr.edit("README.md", "# Aroeira", "# Caramelo")
	if changed := tr.git("diff", "--name-only", "theirs"); changed != File {
		t.Errorf("there and back again, other than before: %s", tr.git("diff", "theirs"))
	}
}

// A path that begins with the old one, or with which the old one begins, is renamed once.
func TestRenameToALongerAndAShorterPath(t *testing.T) {
	t.Parallel()
	tr := upstream(t).clone()
	for _, module := range []string{"example.org/up/intranet/ours", "example.org/up", "intranet", "example.org/x/v2"} {
		tr.rename(Choices{Module: module})
		tr.wants("go.mod", "module "+module+"\n")
		tr.wants("internal/features/news/feature.go", `import "`+module+`/internal/web"`)
	}
}

// What cannot be is refused, all of it at once, before anything is changed.
func TestWhatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	tr := upstream(t).clone()
	tr.edit("go.mod", "go 1.26.0\n", "go 1.26.0\n\nrequire example.net/lib/v2 v2.0.0\n")
	tr.commit("library")
	before := tr.state()
	for _, test := range []struct {
		to   Choices
		want string
	}{
		{Choices{Module: "with space/x"}, "MODULE"},
		{Choices{Module: `a.test/"x`}, "MODULE"},
		{Choices{Module: "-a.test/x"}, "MODULE"},
		{Choices{Module: "https://a.test/x"}, "MODULE"},
		{Choices{Module: "a.test/x/"}, "MODULE"},
		{Choices{Module: "./x"}, "MODULE"},
		{Choices{Module: "net/intranet"}, "Go's own"},
		{Choices{Module: "example.net/lib"}, "example.net/lib/v2"},
		{Choices{Name: "<b>Acme</b>"}, "NAME"},
		{Choices{Name: "Acme\n"}, "NAME"},
		{Choices{Name: " Acme"}, "begins"},
		{Choices{Name: "Acme  Brasil"}, "spaces"},
		{Choices{Name: "42"}, "letter"},
		{Choices{Name: `"Acme"`}, "NAME"},
		{Choices{Name: "Acme\xff"}, "NAME"},
		{Choices{Name: strings.Repeat("a", 61)}, "60"},
		{Choices{Domain: "acme"}, "DOMAIN"},
		{Choices{Domain: "Acme.test"}, "DOMAIN"},
		{Choices{Domain: "acme..test"}, "DOMAIN"},
		{Choices{Domain: "-acme.test"}, "DOMAIN"},
		{Choices{Domain: "acme.test/x"}, "DOMAIN"},
		{Choices{Domain: "10.0.0.1"}, "DOMAIN"},
		{Choices{Domain: strings.Repeat("a.", 100) + "test"}, "DOMAIN"},
	} {
		err := tr.repo().Rename(t.Context(), test.to)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "nothing was ch") {
			t.Errorf("%q: %v", test.to, err)
		}
	}
	err := tr.repo().Rename(t.Context(), Choices{Module: "a b", Name: "*", Domain: "x"})
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("not all at once: %v", err)
	}
	for names, want := range map[string]string{
		"nope": `"nope" is no feature`, "account": "core", "events account": "core", "../events": "no feature",
		"": "none",
	} {
		err := tr.repo().Cut(t.Context(), strings.Fields(names))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("cut %q: %v", names, err)
		}
	}
	for _, from := range []string{"", "v9", "--all", "HEAD:go.mod"} {
		if err := tr.repo().Upgrade(t.Context(), from, ""); err == nil || !strings.Contains(err.Error(), "no tag") {
			t.Errorf("upgrade from %q: %v", from, err)
		}
	}
	if now := tr.state(); now != before {
		t.Errorf("something was changed:\n%s", now)
	}
}

// Nothing is done over what is not committed: it could not be told from what a command does.
func TestATreeThatIsNotCleanIsRefused(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(tree){
		"not committed": func(tr tree) { tr.edit("README.md", "run", "start") },
		"mine.txt":      func(tr tree) { tr.write("mine.txt", "not known to git\n") },
		"under way": func(tr tree) {
			tr.git("checkout", "--quiet", "-b", "other")
			tr.git("commit", "--quiet", "--allow-empty", "--message", "theirs")
			tr.git("checkout", "--quiet", "main")
			tr.git("commit", "--quiet", "--allow-empty", "--message", "ours")
			tr.git("merge", "--quiet", "--no-commit", "other")
		},
		"the top of the repository": func(tr tree) {
			for _, name := range []string{"go.mod", brandFile, listFile} {
				tr.write("inner/"+name, tr.read(name))
			}
			tr.commit("inner")
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			tr := upstream(t).clone()
			spoil(tr)
			repo, before := tr.repo(), tr.state()
			if tr.has("inner") {
				repo.Dir = tr.path("inner")
			}
			for name, err := range map[string]error{
				"rename": repo.Rename(t.Context(), ours), "cut": repo.Cut(t.Context(), []string{"events"}),
				"upgrade": repo.Upgrade(t.Context(), "HEAD", ""),
			} {
				if err == nil || !strings.Contains(err.Error(), what) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if now := tr.state(); now != before {
				t.Errorf("something was changed:\n%s", now)
			}
		})
	}
	without := tree{t, t.TempDir()}
	for name, content := range small {
		without.write(name, content)
	}
	if err := without.repo().Rename(t.Context(), ours); err == nil || !strings.Contains(err.Error(), "git init") {
		t.Errorf("without git: %v", err)
	}
}

// The file is read as it was written, and a mistake in it is named by its line.
func TestChoicesAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	c := Choices{"a.test/x", "D'Ávila (Brasil) S/A", "a.test", []string{"events", "news"}, strings.Repeat("0f", 20)}
	got, err := parseChoices(c.String())
	if err != nil || fmt.Sprint(got) != fmt.Sprint(c) {
		t.Errorf("%v, %v", got, err)
	}
	got, err = parseChoices("cut news events news\n\n# a note\n  name   Acme Brasil  \n")
	if err != nil || fmt.Sprint(got) != fmt.Sprint(Choices{Name: "Acme Brasil", Cut: []string{"events", "news"}}) {
		t.Errorf("%v, %v", got, err)
	}
	_, err = parseChoices("name Acme\ncolor red\n")
	if err == nil || !strings.Contains(err.Error(), File+`:2: there is no "color"`) {
		t.Error(err)
	}
}
