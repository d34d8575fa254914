//go:build !unix

package app

// openFiles is false: this system has no such limit.
func openFiles() (uint64, bool) { return 0, false }
