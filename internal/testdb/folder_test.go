package testdb_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/carameloai/intranet/internal/testdb"
)

// What a run of tests leaves behind that was killed is removed by the next one.
func TestTheFoldersOfKilledTestsAreRemoved(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux keeps them in memory")
	}
	parent := t.TempDir()
	t.Setenv("TMPDIR", parent)
	ended := exec.CommandContext(t.Context(), "true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(parent, fmt.Sprintf("testdb-%d-1", ended.Process.Pid))
	living := filepath.Join(parent, fmt.Sprintf("testdb-%d-2", os.Getpid()))
	for _, dir := range []string{killed, living} {
		if err := os.MkdirAll(filepath.Join(dir, "pg"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	made, err := testdb.NewFolder()
	if err != nil || filepath.Dir(made) != parent {
		t.Fatal(made, err)
	}
	for dir, want := range map[string]bool{killed: false, living: true, made: true} {
		if _, err := os.Stat(dir); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", dir, err == nil, want)
		}
	}
}
