//go:build unix && !aix && !solaris && !linux

package localpg

import "syscall"

// childAttr puts a child into its own process group, so that Ctrl-C in the terminal does
// not reach it and this process can stop it in order. These systems do not signal a
// child whose parent has ended: the next Start stops a server that is left.
func childAttr(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.cred, Setpgid: true}
}
