package localpg

import "syscall"

// childAttr puts a child into a process group of its own, so that a Ctrl-C in
// the terminal reaches only us and we stop it in order, and has the kernel
// interrupt it should we die without having stopped it.
func childAttr(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.cred, Setpgid: true, Pdeathsig: syscall.SIGINT}
}
