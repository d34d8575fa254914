// Package lossy is a TCP proxy for tests that can forget its connections in silence, as
// firewalls and load balancers do: nothing arrives any more, and nobody is told.
package lossy

import (
	"net"
	"sync"
	"testing"
)

// Proxy passes bytes between whoever connects to it and a server.
type Proxy struct {
	listener net.Listener
	network  string
	address  string

	mu     sync.Mutex
	pairs  []*pair
	opened int
}

// pair is one connection through the proxy.
type pair struct {
	mu        sync.Mutex
	forgotten bool
	ends      [2]net.Conn
}

// New starts a proxy to the server at address, which is stopped with the test.
func New(t testing.TB, network, address string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: listener, network: network, address: address}
	var running sync.WaitGroup
	running.Go(func() { p.accept(&running) })
	t.Cleanup(func() {
		_ = listener.Close()
		p.mu.Lock()
		for _, pair := range p.pairs {
			pair.close()
		}
		p.mu.Unlock()
		running.Wait()
	})
	return p
}

// Addr is where the proxy listens.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Opened is how many connections were made until now.
func (p *Proxy) Opened() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened
}

// Forget forgets the connections that there are, and returns how many. Both sides may go
// on writing; neither is answered. Later connections work.
func (p *Proxy) Forget() (open int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pair := range p.pairs {
		pair.mu.Lock()
		pair.forgotten = true
		pair.mu.Unlock()
	}
	return len(p.pairs)
}

func (p *Proxy) accept(running *sync.WaitGroup) {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial(p.network, p.address)
		if err != nil {
			_ = near.Close()
			continue
		}
		pair := &pair{ends: [2]net.Conn{near, far}}
		p.mu.Lock()
		p.pairs = append(p.pairs, pair)
		p.opened++
		p.mu.Unlock()
		running.Go(func() { p.pass(pair, far, near) })
		running.Go(func() { p.pass(pair, near, far) })
	}
}

// pass copies one direction until an end closes. What arrives on a forgotten connection is
// dropped, its end included.
func (p *Proxy) pass(pair *pair, to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		pair.mu.Lock()
		forgotten := pair.forgotten
		pair.mu.Unlock()
		if forgotten && err == nil {
			continue
		}
		if !forgotten && n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				err = failed
			}
		}
		if err == nil {
			continue
		}
		if !forgotten {
			p.remove(pair)
			pair.close()
		}
		return
	}
}

func (p *Proxy) remove(gone *pair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, pair := range p.pairs {
		if pair == gone {
			p.pairs = append(p.pairs[:i], p.pairs[i+1:]...)
			return
		}
	}
}

func (pair *pair) close() {
	_ = pair.ends[0].Close()
	_ = pair.ends[1].Close()
}
