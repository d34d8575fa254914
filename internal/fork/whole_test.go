package fork

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// whole is a repository with the tree of this intranet, as version v1.
func whole(t *testing.T) tree {
	t.Helper()
	tr, root := repository(t, nil), os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (base == ".git" || base == "node_modules" || name == "tmp"):
			return fs.SkipDir
		case entry.IsDir() || base == ".git": // which is a file where the tree is a worktree of git's
			return nil
		}
		content, err := fs.ReadFile(root, name)
		info, bad := entry.Info()
		if err != nil || bad != nil {
			return fmt.Errorf("%w, %w", err, bad)
		}
		tr.write(name, string(content))
		return os.Chmod(tr.path(name), info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
	tr.commit("v1")
	return tr
}

// upstreamAlone skips what a fork does not have to hold: its names stand where it likes.
func (tr tree) upstreamAlone() {
	tr.Helper()
	if tr.has(File) {
		tr.Skip("NOT CHECKED: this is a fork, and upstream's names are upstream's business")
	}
}

// left is where a name of upstream's stays, and why.
var left = map[string]string{
	"internal/seal/seal.go": "the labels of derived keys: with others, nobody's second factor could be opened",
	"internal/fork/":        "the names that are replaced",
	"docs/forking.md":       "where upstream is",
}

// The real tree is renamed and cut as the small one is.
func TestTheTree(t *testing.T) {
	t.Parallel()
	tr := whole(t)
	t.Run("nothing of upstream's names is left", func(t *testing.T) { nothingIsLeft(t, tree{t, tr.dir}) })
	tr.git("checkout", "--quiet", ".")
	t.Run("each feature is taken out", func(t *testing.T) { eachIsTakenOut(t, tree{t, tr.dir}) })
}

// After renaming, upstream's module, name and domain stand nowhere but where there is a reason.
func nothingIsLeft(t *testing.T, tr tree) {
	tr.upstreamAlone()
	is, err := nameOf(tr.dir)
	if err != nil {
		t.Fatal(err)
	}
	names, err := tracked(t.Context(), tr.dir)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := rename(tr.dir, names, ours)
	if err != nil || changed < 400 {
		t.Fatalf("%d files were changed, %v", changed, err)
	}
	used := map[string]bool{}
	for _, text := range []string{is.Module, is.Name, is.Domain, ourName + " intranet", ourName + "-intranet"} {
		for _, file := range strings.Fields(tr.knows(text)) {
			known := false
			for place := range left {
				if strings.HasPrefix(file, place) {
					known, used[place] = true, true
				}
			}
			if !known {
				t.Errorf("%s still has %q. It belongs to one place: static/brand, go.mod or imports", file, text)
			}
		}
	}
	for place, why := range left {
		if !used[place] {
			t.Errorf("%s has nothing of upstream's any more: %s", place, why)
		}
	}
	again, err := rename(tr.dir, names, ours)
	if err != nil || again != 0 {
		t.Errorf("the second time %d files were changed, %v", again, err)
	}
	if _, err := rename(tr.dir, names, is); err != nil {
		t.Fatal(err)
	}
	if changed := tr.git("diff", "--name-only"); changed != "README.md" { // whose title is Caramelo's
		t.Errorf("back again, these are not what they were: %s", changed)
	}
}

// Each feature that can go takes along what is its own, and nothing of the others.
func eachIsTakenOut(t *testing.T, tr tree) {
	all, err := listIn(tr.dir)
	if err != nil || len(all.optional) < 2 {
		t.Fatal(all, err)
	}
	for _, name := range all.optional {
		gone, err := takeOut(tr.dir, []string{name})
		if err != nil || !slices.Equal(gone, []string{name}) {
			t.Fatal(gone, err)
		}
		own := regexp.MustCompile(`^(internal/features/` + name + `/.*|migrations/\d+_` + name + `\.sql|` +
			listFile + `|docs/architecture\.md)$`)
		for file := range strings.Lines(tr.git("diff", "--name-only")) {
			if file = strings.TrimSpace(file); !own.MatchString(file) {
				t.Errorf("%s changes %s", name, file)
			}
		}
		if strings.Contains(tr.read(listFile), name+".") ||
			strings.Contains(tr.read("docs/architecture.md"), "\n| `"+name) {
			t.Errorf("%s is still listed", name)
		}
		tr.git("commit", "--quiet", "--all", "--message", name)
	}
	if gone, err := takeOut(tr.dir, slices.Concat(all.optional, all.core)); err != nil || gone != nil {
		t.Errorf("again, and of the core: %v, %v", gone, err)
	}
	if l, err := listIn(tr.dir); err != nil || len(l.optional) != 0 || !slices.Equal(l.core, all.core) {
		t.Error(l, err)
	}
}

// The whole way on the real tree: a fork renames, cuts two, copies the model feature with a
// migration of its own, and then takes a version of upstream in which thirty files are changed and
// a migration is new. There is no conflict, and what comes of it passes make check. It takes some
// ten minutes, so it runs at night: NIGHTLY=true.
func TestTheWholeWay(t *testing.T) {
	t.Parallel()
	if os.Getenv("NIGHTLY") != "true" {
		t.Skip("it builds the tree some times, which takes ten minutes: set NIGHTLY to true")
	}
	up := whole(t)
	up.upstreamAlone()
	fork, gone := up.clone(), []string{"links", "tour"}
	fork.rename(ours)
	fork.cut(gone...)
	fork.copyModel()

	changed := up.changeThirty()
	const migration = "migrations/00199_next.sql"
	up.write(migration, "-- +goose Up\nCREATE TABLE next_things (id int PRIMARY KEY);\n")
	up.golden("v2")
	fork.must(fork.upgrade("v2"))

	for _, name := range changed {
		cut := slices.ContainsFunc(gone, func(feature string) bool {
			return strings.HasPrefix(name, "internal/features/"+feature+"/")
		})
		if fork.has(name) == cut || !cut && !strings.Contains(fork.read(name), "A later version.") {
			t.Errorf("%s has not come, or should not have", name)
		}
	}
	if err := fork.upgrade("v2"); err != nil {
		t.Errorf("the same again: %v", err)
	}
	fork.wants("migrations/checksums.txt", "  00199_next.sql\n", "  90001_rooms.sql\n")
	fork.wants("internal/features/routes.txt", "GET     /rooms  ")
	if is, err := nameOf(up.dir); err != nil || fork.knows(`"`+is.Module+`/`) != "" {
		t.Errorf("upstream's module stands in %s, %v", fork.knows(`"`+is.Module+`/`), err)
	}
	for _, args := range [][]string{
		{"make", "check"},
		// Without what is for the night: the copies of copies.
		{"env", "NIGHTLY=", "CI=", "go", "test", "./internal/features/rooms", "./internal/features", "./internal/i18n",
			"./internal/paths", "./internal/webtest/mutants", "./migrations", "./views"},
	} {
		fork.must(run(t.Context(), fork.dir, args[0], args[1:]...))
	}
}

// copyModel copies the model feature to rooms, with the commands of the README.
func (tr tree) copyModel() {
	tr.Helper()
	_, add, _ := strings.Cut(tr.read("README.md"), "### Add a feature")
	_, commands, _ := strings.Cut(add, "```sh\n")
	commands, _, found := strings.Cut(commands, "```")
	if !found {
		tr.Fatal("the README has no commands that add a feature")
	}
	if err := run(tr.Context(), tr.dir, "sh", "-e", "-c", commands); err != nil {
		tr.Fatal(err)
	}
	tr.edit(listFile, "\t\tevents.Feature(),\n", "\t\tevents.Feature(),\n\t\trooms.Feature(),\n")
	line := "\t\"" + ours.Module + "/internal/features/events\"\n"
	tr.edit(listFile, line, line+strings.Replace(line, "events", "rooms", 1))
	if err := run(tr.Context(), tr.dir, "gofmt", "-w", "internal/features"); err != nil {
		tr.Fatal(err)
	}
	tr.golden("rooms")
}

// changeThirty changes a line that a fork's names stand in, or one beside it, in files of all
// parts of the tree: in Go below the imports, in documents and styles at the end.
func (tr tree) changeThirty() (changed []string) {
	tr.Helper()
	names, err := tracked(tr.Context(), tr.dir)
	if err != nil {
		tr.Fatal(err)
	}
	for n, name := range names {
		content := tr.read(name)
		after := "\n)\n" // the end of the imports
		switch {
		case len(changed) == 30:
			return changed
		case n%(len(names)/45) != 0 || strings.HasSuffix(name, "_templ.go"):
			continue
		case strings.HasSuffix(name, ".go") && strings.Contains(content, after):
			tr.write(name, strings.Replace(content, after, after+"\n// A later version.\n", 1))
		case strings.HasSuffix(name, ".md"), strings.HasSuffix(name, ".css"):
			tr.write(name, content+"\n<!-- /* A later version. */ -->\n")
		default:
			continue
		}
		changed = append(changed, name)
	}
	tr.Fatalf("only %d files can be changed", len(changed))
	return nil
}
