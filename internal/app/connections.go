package app

import (
	"math"
	"net"

	"golang.org/x/net/netutil"
)

// spareFiles are for what the server opens beside connections of browsers and their calls
// to Caramelo: its listeners, files with secrets, the log.
const spareFiles = 64

// bounded makes a listener take no more connections than this process may have files open.
// Those beyond wait in the system's queue. Otherwise the connections of a crowd, or of one
// who opens them and is silent, would leave none for Postgres, and every page would fail.
func bounded(l net.Listener, poolSize int32) net.Listener {
	files, limited := openFiles()
	if !limited {
		return l
	}
	return netutil.LimitListener(l, mostConnections(files, poolSize))
}

// mostConnections leaves each connection a second file: its page calls Caramelo meanwhile.
func mostConnections(files uint64, poolSize int32) int {
	most := (int64(min(files, math.MaxInt32)) - spareFiles - int64(poolSize) - 1) / 2
	return int(max(most, 8))
}
