package app

import (
	"math"
	"net"
	"sync"
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
	return &boundedListener{
		Listener: l, places: make(chan struct{}, mostConnections(files, poolSize)), closed: make(chan struct{}),
	}
}

// mostConnections leaves each connection a second file: its page calls Caramelo meanwhile.
// Beyond a hundred thousand, memory ends first.
func mostConnections(files uint64, poolSize int32) int {
	most := (int64(min(files, math.MaxInt32)) - spareFiles - int64(poolSize) - 1) / 2
	return int(min(max(most, 8), 100_000))
}

type boundedListener struct {
	net.Listener
	places chan struct{} // has an element for each connection
	once   sync.Once
	closed chan struct{}
}

func (l *boundedListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed: // net/http waits for nobody's place when it shuts down
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err
	}
	left := sync.OnceFunc(func() { <-l.places })
	if tcp, ok := conn.(*net.TCPConn); ok {
		return &placedTCP{tcp, left}, nil
	}
	return &placed{conn, left}, nil
}

func (l *boundedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// placed is a connection that has a place.
type placed struct {
	net.Conn
	left func()
}

func (c *placed) Close() error {
	defer c.left()
	return c.Conn.Close()
}

// placedTCP is one that net/http can also close in one direction, so that an answer to a
// request that is not read to its end arrives.
type placedTCP struct {
	*net.TCPConn
	left func()
}

func (c *placedTCP) Close() error {
	defer c.left()
	return c.TCPConn.Close()
}
