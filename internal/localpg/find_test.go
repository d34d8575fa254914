//go:build unix && !aix && !solaris

package localpg

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestNoBinariesSaysWhatToDo(t *testing.T) {
	t.Parallel()
	nowhere := places{path: "/nonexistent/bin", globs: []string{"/nonexistent/*/bin"}}
	dir := newDir(t)
	_, err := start(t.Context(), Options{Dir: dir, Cache: filepath.Join(filepath.Dir(dir), "cache")}, nowhere)
	mustFail(t, err,
		"no Postgres found, version 15 or newer",
		"/nonexistent/*/bin",
		"npm",
		"apt install",
		"dnf install",
		"brew install",
		"Windows",
		"docker compose up",
		"PG_BINDIR",
		"DATABASE_URL")
}

func TestBadBindirIsSaid(t *testing.T) {
	t.Parallel()
	_, err := start(t.Context(), Options{Dir: newDir(t)}, places{bindir: "/nonexistent/bin"})
	mustFail(t, err, "PG_BINDIR", "/nonexistent/bin/initdb", "unset it", "apt install")
}

// writeProgram writes a program while no other goroutine forks: a child of another test
// would have a copy of the open file for a moment, and then the program could not be run
// ("text file busy").
func writeProgram(t *testing.T, file, content string) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(file, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

// install makes a folder with programs that print a version of Postgres.
func install(t *testing.T, dir, version string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"initdb", "postgres"} {
		writeProgram(t, filepath.Join(dir, name), "#!/bin/sh\necho '"+name+" (PostgreSQL) "+version+"'\n")
	}
	return dir
}

func TestFind(t *testing.T) {
	t.Parallel()
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Dir(newDir(t))
	old := install(t, filepath.Join(base, "13", "bin"), "13.22")
	v15 := install(t, filepath.Join(base, "15", "bin"), "15.18 (Debian 15.18-0+deb12u1)")
	v16 := install(t, filepath.Join(base, "16", "bin"), "16beta1")
	globs := []string{filepath.Join(base, "*", "bin")}

	for _, c := range []struct {
		what   string
		places places
		want   int
		dir    string
	}{
		{"the newest wins", places{globs: globs}, 0, v16},
		{"even over PATH", places{path: v15, globs: globs}, 0, v16},
		{"data needs its own version", places{globs: globs}, 15, v15},
		{"PG_BINDIR is the only place", places{bindir: v15, globs: globs}, 0, v15},
		{"also for data of another version", places{bindir: v15, globs: globs}, 16, ""},
		{"too old", places{path: old}, 0, ""},
		{"too old for data as well", places{globs: globs}, 13, ""},
	} {
		got, notes := c.places.find(t.Context(), c.want, a)
		if got.dir != c.dir {
			t.Errorf("%s: found %q, want %q", c.what, got.dir, c.dir)
		}
		if c.dir == "" && len(notes) == 0 {
			t.Errorf("%s: no note says why", c.what)
		}
	}
	_, notes := places{path: old}.find(t.Context(), 0, a)
	if said := strings.Join(notes, "\n"); !strings.Contains(said, old+" holds Postgres 13") {
		t.Errorf("the old version is not named: %s", said)
	}
}
