package localpg

import "syscall"

// childAttr puts a child into its own process group, so that Ctrl-C in the terminal does
// not reach it and this process can stop it in order. If this process ends without
// having stopped it, the kernel interrupts it.
func childAttr(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.cred, Setpgid: true, Pdeathsig: syscall.SIGINT}
}
