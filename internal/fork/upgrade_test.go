package fork

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// made is a fork of the small intranet that has its own name and feature, without events.
func made(t *testing.T) (up, fork tree) {
	t.Helper()
	up = upstream(t)
	fork = up.clone()
	fork.rename(ours)
	fork.cut("events")
	fork.addRooms()
	return up, fork
}

// addRooms is what a fork does: a feature and a migration of its own, and a few words.
func (tr tree) addRooms() {
	tr.Helper()
	rooms := strings.ReplaceAll(feature("rooms"), "example.org/up/intranet", ours.Module)
	tr.write("internal/features/rooms/feature.go", rooms)
	tr.write("migrations/90001_rooms.sql", "-- rooms\n")
	const news = "\t\tnews.Feature(),\n"
	tr.edit(listFile, news, news+"\t\trooms.Feature(),\n")
	line := "\t\"" + ours.Module + "/internal/features/news\"\n"
	tr.edit(listFile, line, line+strings.Replace(line, "news", "rooms", 1))
	tr.edit("README.md", "How to run it.", "How we run it.")
	tr.golden("rooms")
}

// next is a version of upstream: a new feature and migration, and changes to most files, those
// of events among them.
func (tr tree) next(version, feat string) {
	tr.Helper()
	tr.write("internal/features/"+feat+"/feature.go", feature(feat))
	tr.write("migrations/0013"+version[1:]+"_"+feat+".sql", "-- "+feat+"\n")
	const account = "\t\taccount.Feature(),\n"
	tr.edit(listFile, account, "\t\t"+feat+".Feature(),\n"+account)
	line := "\t\"example.org/up/intranet/internal/features/account\"\n"
	tr.edit(listFile, line, line+strings.Replace(line, "account", feat, 1))
	for _, name := range []string{"account", "events", "links", "news"} {
		if file := "internal/features/" + name + "/feature.go"; tr.has(file) {
			tr.edit(file, "// Feature is", "// "+version+" is new.\n\n// Feature is")
		}
	}
	tr.edit("README.md", "How to change it.", "How to change "+version+".\n\nHow to change it.")
	tr.golden(version)
}

// golden writes anew what is generated, and commits.
func (tr tree) golden(name string) {
	tr.Helper()
	if err := run(tr.Context(), tr.dir, "make", "golden"); err != nil {
		tr.Fatal(err)
	}
	tr.commit(name)
}

// is fails where the fork lacks what it has made, or what upstream's versions have brought.
func (tr tree) is(versions ...string) {
	tr.Helper()
	if got := tr.knows("example.org/up"); got != "" {
		tr.Errorf("upstream's module stands in %s", got)
	}
	for _, gone := range []string{"internal/features/events", "migrations/00110_events.sql"} {
		if tr.has(gone) {
			tr.Errorf("%s is back", gone)
		}
	}
	tr.wants("README.md", "# D'Orvalho & Filhos intranet", "How we run it.")
	tr.wants(listFile, "rooms.Feature()")
	tr.wants("migrations/checksums.txt", "migrations/90001_rooms.sql\n")
	tr.wants("internal/features/routes.txt", "internal/features/rooms/feature.go\n")
	for _, version := range versions {
		tr.wants("README.md", "How to change "+version+".")
		tr.wants("internal/features/news/feature.go", "// "+version+" is new.")
		tr.wants("migrations/checksums.txt", "migrations/0013"+version[1:]+"_")
	}
	last := tr.git("rev-parse", slices.Concat([]string{"v1"}, versions)[len(versions)]+"^{commit}")
	tr.wants(File, "upstream "+last)
	tr.must(run(tr.Context(), tr.dir, "go", "vet", "./..."))
}

// A fork takes one version after the other, without a conflict, whatever it has renamed, cut
// and added, and also where it chooses anew in between. What it has is not taken again.
func TestAForkTakesOneVersionAfterTheOther(t *testing.T) {
	t.Parallel()
	up, fork := made(t)
	up.next("v2", "polls")
	fork.must(fork.upgrade("v2"))
	fork.is("v2")
	if fork.git("rev-parse", Branch+"^2") != fork.git("rev-parse", "v2^{commit}") {
		t.Error("the branch does not say what it holds")
	}
	head := fork.git("rev-parse", "HEAD")
	for _, from := range []string{"v2", "v1"} {
		fork.must(fork.upgrade(from))
	}
	if fork.git("rev-parse", "HEAD") != head {
		t.Error("what is there was taken again")
	}

	fork.git("switch", "--quiet", Branch)
	if err := fork.upgrade("v2"); err == nil || !strings.Contains(err.Error(), "switch") {
		t.Errorf("on upstream's own branch: %v", err)
	}
	fork.git("switch", "--quiet", "main")

	fork.cut("links")
	fork.rename(Choices{Domain: "orvalho.example"})
	up.next("v3", "forum")
	fork.must(fork.upgrade("v3"))
	fork.is("v2", "v3")
	fork.wants("static/brand/brand.go", `"orvalho.example"`)
	if fork.has("internal/features/links") {
		t.Error("links is back")
	}
	if worktrees := fork.git("worktree", "list"); strings.Contains(worktrees, "\n") {
		t.Errorf("left behind:\n%s", worktrees)
	}
	if err := fork.repo().Upgrade(t.Context(), "HEAD", ""); err == nil || !strings.Contains(err.Error(), "of a fork") {
		t.Errorf("its own commit was taken: %v", err)
	}
}

// Only what both have changed is left to people, and it is named. Afterwards it goes on.
func TestOnlyWhatBothHaveChangedIsLeftToPeople(t *testing.T) {
	t.Parallel()
	up, fork := made(t)
	up.edit("README.md", "How to run it.", "How to start it.")
	up.next("v2", "polls")
	err := fork.upgrade("v2")
	if err == nil || !strings.HasSuffix(err.Error(), "\nREADME.md") {
		t.Fatalf("not named alone: %v", err)
	}
	fork.edit("README.md", "=======\n", "")
	for line := range strings.Lines(fork.read("README.md")) {
		if strings.ContainsAny(line, "<>") || strings.HasPrefix(line, "How to start") {
			fork.edit("README.md", line, "")
		}
	}
	fork.golden("mended")
	fork.is("v2")
	up.next("v3", "forum")
	fork.must(fork.upgrade("v3"))
	fork.is("v2", "v3")
}

// What does not build although git finds no conflict is left to people, too, and nothing is lost
// by going back.
func TestAMergeThatDoesNotBuildIsNotCommitted(t *testing.T) {
	t.Parallel()
	up, fork := made(t)
	for _, name := range []string{"account", "events", "links", "news"} {
		up.edit("internal/features/"+name+"/feature.go", "web.Feature", "web.Part")
	}
	up.edit("internal/web/web.go", "type Feature", "type Part")
	up.edit(listFile, "[]web.Feature", "[]web.Part")
	up.next("v2", "polls")
	err := fork.upgrade("v2")
	if err == nil || !strings.Contains(err.Error(), "does not build") || !strings.Contains(err.Error(), "rooms") {
		t.Fatal(err)
	}
	fork.git("reset", "--quiet", "--hard")
	up.edit("internal/web/web.go", "type Part struct{ Name string }", ""+
		"type Part = Feature\n\n// Feature is the old name.\ntype Feature struct{ Name string }")
	up.next("v3", "forum")
	fork.must(fork.upgrade("v3"))
	fork.is("v2", "v3")
}

// A fork that was renamed and cut by hand takes the next version, too. What it has chosen is
// found out and kept.
func TestAForkThatNeverHadTheFile(t *testing.T) {
	t.Parallel()
	up, fork := made(t)
	fork.git("reset", "--quiet", "--soft", "v1")
	if err := os.Remove(fork.path(File)); err != nil {
		t.Fatal(err)
	}
	fork.commit("by-hand")
	up.next("v2", "polls")
	fork.must(fork.upgrade("v2"))
	fork.is("v2")
	fork.wants(File, "cut      events\n")
}

// A merge that was squashed, as some do with each branch, is no obstacle to the next.
func TestASquashedUpgrade(t *testing.T) {
	t.Parallel()
	up, fork := made(t)
	before := fork.git("rev-parse", "HEAD")
	up.next("v2", "polls")
	fork.must(fork.upgrade("v2"))
	words := fork.git("log", "--format=%B", before+"..HEAD") // hosts put them all into the new commit
	fork.git("reset", "--quiet", "--soft", before)
	fork.git("commit", "--quiet", "--message", words)
	fork.git("branch", "--quiet", "-D", Branch)
	up.next("v3", "forum")
	fork.must(fork.upgrade("v3"))
	fork.is("v2", "v3")
}

// A repository that was made from a template has no history of upstream: its first commit says
// what it began with. Where it does not, people say it once.
func TestAForkWithoutTheHistory(t *testing.T) {
	t.Parallel()
	for _, same := range []bool{true, false} {
		up := upstream(t)
		files := map[string]string{}
		for name, content := range small {
			files[name] = content
		}
		if !same {
			files["MINE.md"] = "Ours.\n"
		}
		fork := repository(t, files)
		fork.commit("Initial")
		fork.rename(ours)
		fork.cut("events")
		fork.addRooms()
		fork.git("remote", "add", "upstream", up.dir)
		up.next("v2", "polls")
		err := fork.upgrade("v2")
		if !same {
			if err == nil || !strings.Contains(err.Error(), "SINCE") {
				t.Fatalf("it does not ask: %v", err)
			}
			err = fork.repo().Upgrade(t.Context(), "v2", "v1")
		}
		fork.must(err)
		fork.is("v2")
		up.next("v3", "forum")
		fork.must(fork.upgrade("v3"))
		fork.is("v2", "v3")
		if fork.has("MINE.md") == same {
			t.Error("a file of the fork's was lost")
		}
	}
}
