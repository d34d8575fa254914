//go:build unix && !aix && !solaris

package localpg

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldest is the oldest major version that the migrations and the tests run on.
const oldest = 15

// binaries are the initdb, postgres and pg_ctl of one installation.
type binaries struct {
	dir   string
	major int
}

// places are where binaries are searched. Tests use other ones than systemPlaces.
type places struct {
	bindir string   // PG_BINDIR; if set, the only place
	path   string   // PATH
	globs  []string // bin folders of packages
}

func systemPlaces() places {
	return places{
		bindir: os.Getenv("PG_BINDIR"),
		path:   os.Getenv("PATH"),
		globs: []string{
			"/usr/lib/postgresql/*/bin",                               // Debian, Ubuntu
			"/usr/pgsql-*/bin",                                        // Fedora, with the PostgreSQL project's packages
			"/usr/libexec/postgresql*",                                // Alpine
			"/opt/homebrew/opt/postgresql@*/bin",                      // Homebrew on Apple silicon
			"/usr/local/opt/postgresql@*/bin",                         // Homebrew on Intel
			"/Applications/Postgres.app/Contents/Versions/[0-9]*/bin", // Postgres.app
		},
	}
}

// find chooses an installation of the major version want. If want is 0, it chooses the
// newest one that is supported. If there is none, it returns no binaries, and notes
// that say for each place why.
func (p places) find(ctx context.Context, want int, a account) (best binaries, notes []string) {
	for _, dir := range p.dirs(ctx, a) {
		b, err := examine(ctx, dir, a)
		switch {
		case err != nil:
			notes = append(notes, err.Error())
		case want != 0 && b.major != want:
			notes = append(notes, fmt.Sprintf("%s holds Postgres %d", dir, b.major))
		case b.major > best.major:
			best = b
		}
	}
	if p.bindir != "" {
		notes = append(notes, "PG_BINDIR is set, so nothing else is looked at: "+
			"unset it, or set it to the folder that holds initdb and postgres")
	} else if len(notes) == 0 {
		notes = append(notes, "no initdb or pg_config on PATH, and nothing in "+strings.Join(p.globs, ", "))
	}
	return best, notes
}

// dirs returns the folders that hold an initdb, each once, those of PATH first.
func (p places) dirs(ctx context.Context, a account) (dirs []string) {
	if p.bindir != "" {
		return []string{p.bindir}
	}
	add := func(dir string) {
		// Homebrew and others put links to their programs into a folder of PATH, but
		// Postgres finds its libraries only next to the real file.
		initdb, err := filepath.EvalSymlinks(filepath.Join(dir, "initdb"))
		if err == nil && !slices.Contains(dirs, filepath.Dir(initdb)) {
			dirs = append(dirs, filepath.Dir(initdb))
		}
	}
	for _, dir := range filepath.SplitList(p.path) {
		if !filepath.IsAbs(dir) {
			continue // never run a program from the current folder
		}
		add(dir)
		config := filepath.Join(dir, "pg_config")
		if _, err := os.Stat(config); err != nil {
			continue
		}
		if bindir, err := output(ctx, a.command(ctx, config, "--bindir")); err == nil {
			add(bindir)
		}
	}
	for _, glob := range p.globs {
		matches, _ := filepath.Glob(glob) // fails only if the pattern is malformed
		for _, dir := range matches {
			add(dir)
		}
	}
	return dirs
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// examine asks an installation for its version, as the account that will run it.
func examine(ctx context.Context, dir string, a account) (binaries, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return binaries{}, err
	}
	postgres := filepath.Join(dir, "postgres")
	said, err := output(ctx, a.command(ctx, postgres, "--version"))
	if err != nil {
		return binaries{}, fmt.Errorf("%s cannot run %s: %w", a.name, postgres, err)
	}
	match := versionLine.FindStringSubmatch(said)
	if match == nil {
		return binaries{}, fmt.Errorf("%s calls itself %q", postgres, said)
	}
	major, err := strconv.Atoi(match[1])
	if err != nil || major < oldest {
		return binaries{}, fmt.Errorf("%s holds Postgres %s, older than %d", dir, match[1], oldest)
	}
	return binaries{dir: dir, major: major}, nil
}

// locate finds binaries on this machine or in the cache, or else downloads them. want
// is the major version that made the data of f, or 0 if it has no data.
func locate(ctx context.Context, p places, want int, o Options, f *folder) (binaries, error) {
	a := f.account
	b, notes := p.find(ctx, want, a)
	if b.dir != "" {
		return b, nil
	}
	if p.bindir == "" && (want == 0 || want == packageMajor) {
		b, err := download(ctx, p, o, a)
		if err == nil || ctx.Err() != nil {
			return b, err
		}
		notes = append(notes, err.Error())
	}
	said := strings.Join(notes, "\n  ")
	if want != 0 {
		return binaries{}, fmt.Errorf(`the data in %s was made by Postgres %d, and that version is not here:
  %s
Install Postgres %[2]d, or set PG_BINDIR to its bin folder, or choose another
folder and start with new data. Nothing was changed.`, f.dir, want, said)
	}
	return binaries{}, fmt.Errorf("no Postgres found, version %d or newer:\n  %s\n%s", oldest, said, advice)
}
