package markdown

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// used is how much time of the processor this thread has used.
func used(t *testing.T) time.Duration {
	t.Helper()
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &at); err != nil {
		t.Fatal(err)
	}
	return time.Duration(at.Nano())
}
