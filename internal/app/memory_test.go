package app

import (
	"context"
	"runtime"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

// It must run alone, because it measures the whole process.
func TestMemoryOfARushIsGivenBackWithinAMinute(t *testing.T) {
	const rush = 64 << 20
	debug.FreeOSMemory() // what tests before this one have needed
	before := held()
	needed := make([]byte, rush)
	for i := range needed {
		needed[i] = 1
	}
	runtime.KeepAlive(needed)
	if during := held(); during < before+rush/2 {
		t.Fatalf("a rush takes %d bytes more", int64(during)-int64(before))
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go giveBack(ctx)
		time.Sleep(time.Minute)
		cancel()
		synctest.Wait()
	})
	if after := held(); after > before+rush/4 {
		t.Errorf("%d MiB more than before are held a minute later", (after-before)>>20)
	}
}
