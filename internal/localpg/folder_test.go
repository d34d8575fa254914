//go:build unix && !aix && !solaris

package localpg

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// newFolder makes the folder of a server, with one file in its data, without a server.
func newFolder(t *testing.T, name, content string) string {
	t.Helper()
	dir := newDir(t)
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	f, err := openFolder(t.Context(), dir, a)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Mkdir(dataName, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.WriteFile(filepath.Join(dataName, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.release(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// listing returns every file of a folder with its mode, owner and content. It leaves out
// the lock file, which every start changes.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == lockName {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		b.WriteString(path + " " + info.Mode().String() + " " + fmt.Sprint(ownerOf(info)))
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b.Write(content)
		}
		b.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnotherVersionsDataIsRefused(t *testing.T) {
	t.Parallel()
	dir := newFolder(t, "PG_VERSION", "99\n")
	before := listing(t, dir)
	_, err := Start(t.Context(), Options{Dir: dir, Test: true})
	mustFail(t, err,
		"made by Postgres 99",
		"Install Postgres 99",
		"another\nfolder",
		"Nothing was changed")
	if after := listing(t, dir); after != before {
		t.Errorf("the folder changed from\n%s\nto\n%s", before, after)
	}
}

func TestForeignDataIsRefused(t *testing.T) {
	t.Parallel()
	dir := newFolder(t, "diary.txt", "dear diary")
	before := listing(t, dir)
	_, err := Start(t.Context(), Options{Dir: dir, Test: true})
	mustFail(t, err, "not empty", "nothing was changed")
	if after := listing(t, dir); after != before {
		t.Errorf("the folder changed from\n%s\nto\n%s", before, after)
	}
}

func TestForeignOwnerIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		// Root owns the root of the file system.
		_, err := Start(t.Context(), Options{Dir: "/", Test: true})
		mustFail(t, err, "belongs to user id 0", "nothing was changed")
		return
	}
	dir := newDir(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	before := listing(t, dir)
	_, err := Start(t.Context(), Options{Dir: dir, Test: true})
	mustFail(t, err, dir, "belongs to user id 0", "choose another folder", "nothing was changed")
	if after := listing(t, dir); after != before {
		t.Errorf("the folder changed from\n%s\nto\n%s", before, after)
	}
}

func TestClosedFolderIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another user")
	}
	closed := t.TempDir() // 0700, like root's home
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{Dir: filepath.Join(closed, "pg"), Test: true})
	mustFail(t, err, "the user", "cannot get to "+closed, "/var/lib", "choose another folder")
	if exists(filepath.Join(closed, "pg")) {
		t.Error("the folder was made nevertheless")
	}
}

func TestEmptyDirIsRefused(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{})
	mustFail(t, err, "Options.Dir is empty")
}

func TestDefaultDir(t *testing.T) {
	t.Parallel()
	dir, err := DefaultDir("intranet-demo")
	if err != nil || !filepath.IsAbs(dir) || !strings.HasPrefix(filepath.Base(dir), "intranet-demo") {
		t.Fatalf("%q, %v", dir, err)
	}
	if os.Geteuid() == 0 {
		a, err := serverAccount()
		if err != nil {
			t.Fatal(err)
		}
		if err := a.reaches(t.Context(), filepath.Dir(dir)); err != nil {
			t.Error(err)
		}
	}
}

// If root runs the tests, TestAsANormalUser runs some of them again as a user without
// any rights.
func TestAsANormalUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("this is a normal user")
	}
	a, err := otherAccount("nobody")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip(err)
	}
	dir := filepath.Dir(newDir(t))
	test := filepath.Join(dir, "localpg.test") // a copy, because the original is in a folder of root
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	writeProgram(t, test, string(program))
	cmd := exec.CommandContext(t.Context(), test, "-test.v", "-test.parallel=2",
		"-test.run=^Test(DataOutlives|Leftover|StartAfter|ServerEnds|Ended|Foreign|Default)")
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "TMPDIR=" + os.TempDir()}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: a.cred}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Contains(string(out), "SKIP") || strings.Count(string(out), "--- PASS") < 6 {
		t.Errorf("%v\n%s", err, out)
	}
}
