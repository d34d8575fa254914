package mail_test

import (
	"io"
	"net"
	"testing"
)

// listener takes connections and never says a word. The channel has an element for each.
func listener(t *testing.T) (accepted <-chan struct{}, port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	all := make(chan struct{}, 1000)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all <- struct{}{}
			go func() { _, _ = io.Copy(io.Discard, conn); _ = conn.Close() }()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-ended })
	return all, l.Addr().(*net.TCPAddr).Port
}
