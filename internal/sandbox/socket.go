package sandbox

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// socket is one open WebSocket. Three goroutines serve it: the handler's own
// reads, one writes, one keeps it alive.
type socket struct {
	conn   *websocket.Conn
	claims *claims // set before the socket joins its customer
	out    chan []byte
	ctx    context.Context // done once the socket is ending
	cancel context.CancelFunc
	once   sync.Once
	work   sync.WaitGroup
}

func (c *socket) firstMessage(wait time.Duration) (incoming, bool) {
	timer := time.AfterFunc(wait, func() { c.end(websocket.StatusPolicyViolation, tokenMissing) })
	defer timer.Stop()
	c.conn.SetReadLimit(maxAuthFrame)
	_, data, err := c.conn.Read(context.Background()) // ended by the timer and by Close
	if err != nil {
		return incoming{}, false
	}
	var in incoming
	if json.Unmarshal(data, &in) != nil || in.Type != "auth" || in.Token == "" {
		c.end(websocket.StatusPolicyViolation, tokenMissing)
		return incoming{}, false
	}
	return in, true
}

// pause waits, and no longer than the socket lives: the answer to somebody who
// has left for the next page belongs into its history at once.
func (c *socket) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.ctx.Done():
	}
}

func (c *socket) person(email string) person {
	return person{name: c.claims.Name, email: email, lang: c.claims.Lang}
}

// send queues a message. It never waits: a socket that does not keep up is
// dropped rather than let it hold up the others.
func (c *socket) send(data []byte) {
	select {
	case c.out <- data:
	default:
		c.finish(func() { c.conn.CloseNow() })
	}
}

// end closes the socket with a reason. It returns at once; the first call, and
// only that, counts.
func (c *socket) end(code websocket.StatusCode, reason string) {
	c.finish(func() { c.conn.Close(code, reason) })
}

func (c *socket) finish(closing func()) {
	c.once.Do(func() {
		c.cancel()
		c.work.Go(closing) // it waits for the peer, up to some seconds
	})
}

func (c *socket) write(timeout time.Duration) {
	for {
		select {
		case <-c.ctx.Done():
			return
		case data := <-c.out:
			ctx, cancel := context.WithTimeout(context.Background(), timeout)
			err := c.conn.Write(ctx, websocket.MessageText, data)
			cancel()
			if err != nil {
				c.finish(func() { c.conn.CloseNow() })
				return
			}
		}
	}
}

// keepAlive gives both sides a sign of life: a browser's script does not see
// pings, so it gets a message of its own, and the ping's answer is for us.
func (c *socket) keepAlive(every, pong time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-tick.C:
		}
		c.send(encode(event{Type: "heartbeat"}))
		ctx, cancel := context.WithTimeout(context.Background(), pong)
		err := c.conn.Ping(ctx)
		cancel()
		if err != nil {
			c.finish(func() { c.conn.CloseNow() })
			return
		}
	}
}
