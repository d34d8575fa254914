//go:build !linux

package testdb

import "os"

// baseFolder is where the server's folder goes.
func baseFolder() string { return os.TempDir() }
