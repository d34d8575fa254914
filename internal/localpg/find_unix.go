//go:build unix && !aix && !solaris

package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oldest is the oldest major version that the migrations and the tests run on.
const oldest = 15

// binaries are one installation's initdb and postgres.
type binaries struct {
	dir   string
	major int
}

// places are where binaries are looked for; the tests look elsewhere.
type places struct {
	bindir string   // PG_BINDIR: if set, the only place
	path   string   // as PATH
	globs  []string // bin folders that packages install into
}

func systemPlaces() places {
	return places{
		bindir: os.Getenv("PG_BINDIR"),
		path:   os.Getenv("PATH"),
		globs: []string{
			"/usr/lib/postgresql/*/bin",                               // Debian, Ubuntu
			"/usr/pgsql-*/bin",                                        // the PostgreSQL project's own packages, for Fedora and its kin
			"/usr/libexec/postgresql*",                                // Alpine
			"/opt/homebrew/opt/postgresql@*/bin",                      // Homebrew on Apple silicon
			"/usr/local/opt/postgresql@*/bin",                         // Homebrew on Intel
			"/Applications/Postgres.app/Contents/Versions/[0-9]*/bin", // Postgres.app
		},
	}
}

// find chooses an installation: of the major version want, or if want is 0 the
// newest of at least the oldest supported version. Without a match it returns
// no binaries and a note for every place, for the error that says what to do.
func (p places) find(ctx context.Context, want int, a account) (binaries, []string, error) {
	if p.bindir != "" {
		b, err := examine(ctx, p.bindir, a)
		if err != nil {
			return binaries{}, nil, fmt.Errorf("PG_BINDIR: %w: set it to the folder that holds initdb and postgres, version %d or newer, or unset it", err, oldest)
		}
		if want != 0 && b.major != want {
			return binaries{}, []string{fmt.Sprintf("PG_BINDIR=%s holds Postgres %d, and nothing else is looked at while it is set", p.bindir, b.major)}, nil
		}
		return b, nil, nil
	}
	var (
		best  binaries
		notes []string
	)
	for _, dir := range p.dirs(ctx) {
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
	if best.dir == "" && len(notes) == 0 {
		notes = append(notes, "no initdb or pg_config on PATH, and nothing in "+strings.Join(p.globs, ", "))
	}
	return best, notes, nil
}

// dirs are the folders that hold an initdb, each once: those on PATH first.
func (p places) dirs(ctx context.Context) []string {
	var dirs []string
	add := func(dir string) {
		// Homebrew and others link their programs into PATH, and Postgres finds
		// its libraries beside the real file.
		initdb, err := filepath.EvalSymlinks(filepath.Join(dir, "initdb"))
		if err == nil && !slices.Contains(dirs, filepath.Dir(initdb)) {
			dirs = append(dirs, filepath.Dir(initdb))
		}
	}
	for _, dir := range filepath.SplitList(p.path) {
		if !filepath.IsAbs(dir) {
			continue // never run a program out of the current folder
		}
		add(dir)
		config := filepath.Join(dir, "pg_config")
		if _, err := os.Stat(config); err != nil {
			continue
		}
		if out, err := output(ctx, config, "--bindir"); err == nil {
			add(strings.TrimSpace(out))
		}
	}
	for _, glob := range p.globs {
		matches, _ := filepath.Glob(glob) // fails on a malformed pattern only
		for _, dir := range matches {
			add(dir)
		}
	}
	return dirs
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// examine asks an installation for its version, and checks that the account
// which is to run it can.
func examine(ctx context.Context, dir string, a account) (binaries, error) {
	for _, name := range []string{"initdb", "postgres"} {
		file := filepath.Join(dir, name)
		info, err := os.Stat(file)
		switch {
		case err != nil:
			return binaries{}, err
		case info.Mode()&0o111 == 0 || info.IsDir():
			return binaries{}, fmt.Errorf("%s is not a program", file)
		case a.cred != nil && !a.may(info, 1):
			return binaries{}, fmt.Errorf("%s may not run %s (%v)", a.name, file, info.Mode())
		}
	}
	if err := a.reaches(dir); err != nil {
		return binaries{}, err
	}
	out, err := output(ctx, filepath.Join(dir, "postgres"), "--version")
	if err != nil {
		return binaries{}, fmt.Errorf("ask %s for its version: %w", filepath.Join(dir, "postgres"), err)
	}
	match := versionLine.FindStringSubmatch(out)
	if match == nil {
		return binaries{}, fmt.Errorf("%s calls itself %q", filepath.Join(dir, "postgres"), strings.TrimSpace(out))
	}
	major, err := strconv.Atoi(match[1])
	if err != nil || major < oldest {
		return binaries{}, fmt.Errorf("%s holds Postgres %s, older than %d", dir, match[1], oldest)
	}
	return binaries{dir: dir, major: major}, nil
}

func output(ctx context.Context, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}

// locate finds binaries on this machine, then downloaded ones, then downloads
// them. A cluster that exists needs its own major version (want, 0 for none).
func locate(ctx context.Context, p places, want int, o Options, f *folder, a account) (binaries, error) {
	b, notes, err := p.find(ctx, want, a)
	if err != nil || b.dir != "" {
		return b, err
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
