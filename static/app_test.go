package static

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Our scripts, those of features too, make no HTML out of texts, run none of them,
// take messages from no other window, and leave nothing in the browser's storage.
func TestOurScriptsWriteNoHTMLAndKeepNothing(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|` +
		`setTimeout\(["']|localStorage|sessionStorage|indexedDB|document\.cookie|` +
		`addEventListener\("message"|window\.postMessage|parent\.|opener`)
	// The sign-in page empties what the vendor's script has kept.
	emptied := regexp.MustCompile(
		`(?:localStorage|sessionStorage)\.clear\(\)|indexedDB\.(?:databases|deleteDatabase)\(`)
	scripts := 0
	for _, folder := range []fs.FS{FS, os.DirFS("../internal/features")} {
		err := fs.WalkDir(folder, ".", func(name string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(name, ".js") {
				return err
			}
			scripts++
			content, err := fs.ReadFile(folder, name)
			if found := forbidden.Find(emptied.ReplaceAll(content, nil)); found != nil {
				t.Errorf("%s has %s", name, found)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if scripts < 3 {
		t.Errorf("found only %d scripts", scripts)
	}
}
