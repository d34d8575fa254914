//go:build !linux

package app

import "syscall"

// limitUnanswered does nothing: this system has no such limit.
func limitUnanswered(_, _ string, _ syscall.RawConn) error { return nil }
