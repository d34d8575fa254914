//go:build unix

package app

import "syscall"

// openFiles is how many files this process may have open: a connection is one.
func openFiles() (uint64, bool) {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	return uint64(limit.Cur), err == nil // #nosec G115 -- some systems have it signed; it is never below 0
}
