package testdb

import (
	"fmt"
	"os"
	"path/filepath"
)

// NewFolder makes a folder for a server: in memory where there is room, because on a disk
// Postgres spends half of its time with the files of hundreds of databases. TMPDIR says
// where else.
func NewFolder() (string, error) {
	parent := ""
	if os.Getenv("TMPDIR") == "" {
		parent = inMemory()
	}
	// The name is short, because it is a part of the socket's path.
	dir, err := os.MkdirTemp(parent, fmt.Sprintf("testdb-%d-", os.Getpid()))
	if err != nil {
		return "", err
	}
	removeLeftovers(filepath.Dir(dir))
	// #nosec G302 -- root runs the server as another user, who must enter it
	return dir, os.Chmod(dir, 0o711)
}
