//go:build unix && !aix && !solaris && !linux

package localpg

import "syscall"

// childAttr puts a child into a process group of its own, so that a Ctrl-C in
// the terminal reaches only us and we stop it in order. These systems have no
// signal for an orphan: a server that outlives us is stopped by the next Start.
func childAttr(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.cred, Setpgid: true}
}
