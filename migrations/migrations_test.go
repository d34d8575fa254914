package migrations_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/carameloai/intranet/migrations"
)

var update = flag.Bool("update", false, "write checksums.txt anew")

// list holds the SHA-256 of each file, as sha256sum writes it.
const list = "checksums.txt"

func names(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	return names
}

// A database has a released file as it was: who edits it later leaves everybody
// with another schema than they believe to have.
func TestMigrationsAreWhatTheirChecksumsSay(t *testing.T) {
	t.Parallel()
	var sums strings.Builder
	for _, name := range names(t) {
		sql, err := fs.ReadFile(migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(sql), name)
	}
	if *update {
		if err := os.WriteFile(list, []byte(sums.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]string{} // by name
	for line := range strings.Lines(string(listed)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		left[name] = sum
	}
	for line := range strings.Lines(sums.String()) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		switch was, ok := left[name]; {
		case !ok:
			t.Errorf("%s is new: run make golden", name)
		case was != sum:
			t.Errorf("%s is not what it was. While nothing is released: run make golden. "+
				"Once it is: undo the change, and add a new migration instead", name)
		}
		delete(left, name)
	}
	for name := range left {
		t.Logf("%s is listed and gone: run make golden", name) // a feature that was taken out
	}
}

// A lower number would be taken for one from before the first release.
func TestNumbersBeginAtTheFirst(t *testing.T) {
	t.Parallel()
	for _, name := range names(t) {
		if number, err := goose.NumericComponent(name); err != nil || number < migrations.First {
			t.Errorf("%s: %d, %v", name, number, err)
		}
	}
}
