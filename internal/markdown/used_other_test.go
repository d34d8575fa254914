//go:build !linux

package markdown

import (
	"testing"
	"time"
)

var started = time.Now()

// used is the time that has passed: elsewhere nobody counts it by thread.
func used(*testing.T) time.Duration { return time.Since(started) }
