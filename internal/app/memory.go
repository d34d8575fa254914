package app

import (
	"context"
	"runtime/debug"
	"time"
)

// giveBackEvery is how long the server keeps memory that it needed for a rush. Without this the
// system would have it back two minutes and more after the last request.
const giveBackEvery = 30 * time.Second

// giveBack gives memory that is free back to the system.
func giveBack(ctx context.Context) {
	ticker := time.NewTicker(giveBackEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			debug.FreeOSMemory()
		}
	}
}
