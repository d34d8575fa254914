package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

const (
	maxMessage    = 4000     // code points a person may send at once
	maxAuthFrame  = 8 << 10  // bytes of the first frame, the token
	maxChatFrame  = 64 << 10 // bytes of any other: 4000 code points, all escaped, fit
	maxRef        = 64       // bytes of the sender's own id of a message
	assistantName = "Caramelo"

	tryAgain       = "try_again_later"
	closeGoingAway = websocket.StatusGoingAway
)

// limits are bounds that tests make smaller.
type limits struct {
	sockets   int           // open at once; one more is answered 503
	queue     int           // messages waiting for one socket; one more ends it
	auth      time.Duration // to the first message
	write     time.Duration // of one message
	heartbeat time.Duration // between two signs of life; the SDK gives up after 45 s without one
	pong      time.Duration // to the answer of a ping
}

var defaultLimits = limits{
	sockets:   1000,
	queue:     64,
	auth:      5 * time.Second,
	write:     10 * time.Second,
	heartbeat: 20 * time.Second,
	pong:      10 * time.Second,
}

// The protocol, one JSON object for each text frame:
//
//	SDK     {"type":"auth","token":…,"project_id":…,"session":…}   first, within 5 s
//	sandbox {"type":"hello","session":…,"lang":…,"assistant":…,"max_length":…,"history":[…]}
//	SDK     {"type":"message","ref":…,"text":…}
//	sandbox {"type":"message","message":{"id":…,"ref":…,"from":…,"text":…,"at":…}}
//	sandbox {"type":"typing"} · {"type":"heartbeat"} · {"type":"error","ref":…,"code":…,"detail":…}
//
// A message comes back to its sender as a receipt. One that is sent again with
// the same ref is said once. A close with 1008 is final, its reason says why;
// after any other the SDK comes back with the token and the session of hello.

// serveSocket is GET /ws. It takes connections from any origin: the intranet
// lives on another one, and nothing here rests on cookies that a foreign page
// could ride on. The connection token alone authorises, and it comes as the
// first message, because a URL ends up in logs.
func (s *Sandbox) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !s.reserve() {
		w.Header().Set("Retry-After", "5")
		writeProblem(w, &problem{http.StatusServiceUnavailable, "too_many_connections", "no socket is free, try again later"})
		return
	}
	defer s.release()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has answered
	}
	c := &socket{conn: conn, out: make(chan []byte, s.limits.queue)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	if !s.track(c) {
		c.end(closeGoingAway, "sandbox_closed")
	}
	defer s.forget(c)
	defer c.work.Wait()
	defer c.end(websocket.StatusNormalClosure, "") // does nothing where it has ended
	s.serve(c)
}

func (s *Sandbox) serve(c *socket) {
	first, ok := c.firstMessage(s.limits.auth)
	if !ok {
		return
	}
	session, reason := s.enter(c, first)
	if reason != "" {
		s.log.Info("socket refused", "reason", reason)
		code := websocket.StatusPolicyViolation
		if reason == tryAgain {
			code = websocket.StatusTryAgainLater
		}
		c.end(code, reason)
		return
	}
	defer s.tokens.release(c.claims.ID, c)
	defer s.chats.leave(c)
	s.log.Info("socket open", "customer", c.claims.Subject)
	c.work.Go(func() { c.write(s.limits.write) })
	c.work.Go(func() { c.keepAlive(s.limits.heartbeat, s.limits.pong) })
	s.chats.join(c, hello{Session: session, Lang: replyLang(c.claims.Lang), Assistant: assistantName, MaxLength: maxMessage})
	s.listen(c)
	s.log.Info("socket closed", "customer", c.claims.Subject)
}

// incoming is a message of the SDK: auth, always first, or message.
type incoming struct {
	Type string `json:"type"`
	// auth
	Token     string `json:"token"`
	ProjectID string `json:"project_id"`
	Session   string `json:"session"` // empty but for a reconnect
	// message
	Ref  string `json:"ref"`
	Text string `json:"text"`
}

// enter lets a socket in, or says why not. The token counts at this moment
// only: a session that is open goes on after its token has expired.
func (s *Sandbox) enter(c *socket, in incoming) (session, reason string) {
	if in.ProjectID != s.project {
		return "", tokenProject
	}
	who, reason := s.tokens.verify(in.Token)
	if reason != "" {
		return "", reason
	}
	c.claims = who
	session, before, reason := s.tokens.claim(who, in.Session, c)
	if before != nil {
		// A session never has two sockets. The one before is usually dead
		// without the server knowing yet. Its end comes first: join refuses a
		// socket that has ended.
		before.end(websocket.StatusPolicyViolation, "superseded")
		s.chats.leave(before)
	}
	return session, reason
}

// listen serves what a person says until the socket ends.
func (s *Sandbox) listen(c *socket) {
	c.conn.SetReadLimit(maxChatFrame)
	for {
		kind, data, err := c.conn.Read(context.Background())
		switch {
		case err != nil:
			return
		case kind != websocket.MessageText:
			c.end(websocket.StatusUnsupportedData, "text_only")
			return
		case !utf8.Valid(data):
			c.end(websocket.StatusInvalidFramePayloadData, "invalid_utf8")
			return
		}
		s.hear(c, data)
	}
}

func (s *Sandbox) hear(c *socket, data []byte) {
	var in incoming
	refuse := func(code, detail string) {
		c.send(encode(event{Type: "error", Ref: in.Ref, Code: code, Detail: detail}))
	}
	if json.Unmarshal(data, &in) != nil || in.Type != "message" || len(in.Ref) > maxRef {
		in.Ref = ""
		refuse("bad_message", `send {"type":"message","ref":"at most 64 bytes","text":"…"}`)
		return
	}
	text := strings.TrimSpace(in.Text)
	switch {
	case text == "":
		refuse("message_empty", "a message needs a text")
		return
	case utf8.RuneCountInString(text) > maxMessage:
		refuse("message_too_long", "a message may have at most 4000 characters")
		return
	}
	if who, isNew := s.chats.heard(c, in.Ref, text); isNew {
		c.pause(s.typingDelay)
		s.chats.answer(c.claims.Subject, reply(text, who))
	}
}

// reserve takes one of the places for sockets, release gives it back.
func (s *Sandbox) reserve() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.open >= s.limits.sockets {
		return false
	}
	s.open++
	s.serving.Add(1)
	return true
}

func (s *Sandbox) release() {
	s.mu.Lock()
	s.open--
	s.mu.Unlock()
	s.serving.Done()
}

// track makes a socket known to Close. It reports false if that came first.
func (s *Sandbox) track(c *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets[c] = struct{}{}
	return !s.closed
}

func (s *Sandbox) forget(c *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, c)
}
