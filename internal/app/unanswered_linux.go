package app

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// unansweredLimit closes a connection on which what was sent is not acknowledged. Without it the
// system sends it again for a quarter of an hour, and asks for no sign of life meanwhile. Pages and
// forms have their own limits; this is for work that has none.
const unansweredLimit = 30 * time.Second

func limitUnanswered(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		// Where it is refused, as for a unix socket, the connection does without.
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unansweredLimit.Milliseconds()))
	})
}
