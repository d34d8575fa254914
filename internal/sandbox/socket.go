package sandbox

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

const (
	maxMessage = 4000     // code points of a person's message
	maxFrame   = 64 << 10 // bytes: room for 4000 code points even if all are escaped
	maxRef     = 64       // bytes of the sender's own id of a message
)

// The protocol, with one JSON object in each text frame:
//
//	SDK     {"type":"auth","token":…,"project_id":…,"session":…}   first, within 5 s
//	sandbox {"type":"hello","session":…,"history":[…]}
//	SDK     {"type":"message","ref":…,"text":…}
//	sandbox {"type":"message","message":{"id":…,"ref":…,"from":…,"text":…,"at":…}}
//
// A message is sent back to its sender as a receipt. If it is sent again with the
// same ref, it is not added again. A close with code 1008 is final, and its reason
// says why. After any other close the SDK reconnects with the token and the session
// of the hello frame.
type (
	authFrame struct {
		Type      string `json:"type"`
		Token     string `json:"token"`
		ProjectID string `json:"project_id"`
		Session   string `json:"session"` // empty except for a reconnect
	}
	helloFrame struct {
		Type    string    `json:"type"`
		Session string    `json:"session"`
		History []message `json:"history"`
	}
	sentFrame struct {
		Type string `json:"type"`
		Ref  string `json:"ref"`
		Text string `json:"text"`
	}
	messageFrame struct {
		Type    string  `json:"type"`
		Message message `json:"message"`
	}
)

// socket is an open WebSocket. Only its handler reads from it; any goroutine may call
// send. It is closed when ctx ends.
type socket struct {
	*websocket.Conn
	ctx     context.Context
	end     context.CancelFunc
	timeout time.Duration

	customer string
	since    time.Time
	messages atomic.Int64 // sent to it, without the history
}

// send writes a frame. It closes a socket that reads too slowly.
func (s *socket) send(v any) {
	ctx, cancel := context.WithTimeout(s.ctx, s.timeout)
	defer cancel()
	if wsjson.Write(ctx, s.Conn, v) != nil {
		s.end()
	}
}

// serveSocket is GET /ws. It accepts connections from any origin: the intranet has
// another origin, and there are no cookies that a page of another site could misuse.
// Only the connection token authorizes. It comes in the first message, because URLs
// are written to logs.
func (s *Sandbox) serveSocket(w http.ResponseWriter, r *http.Request) {
	faults := *s.faults.Load()
	if faults.Socket == "socket-refused" {
		http.Error(w, "the sandbox was told to refuse", http.StatusServiceUnavailable)
		return
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		http.Error(w, "no socket is free, try again later", http.StatusServiceUnavailable)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // Accept has sent the answer
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxFrame)
	ctx, end := context.WithCancel(s.ctx)
	defer end()
	c := &socket{Conn: conn, ctx: ctx, end: end, timeout: s.socketTimeout, since: time.Now().UTC()}
	customer, session, reason := s.authenticateSocket(c, faults.ReusableTokens)
	if reason != "" {
		s.cfg.Logger.Info("socket refused", "reason", reason)
		code := websocket.StatusPolicyViolation
		if reason == tryAgain {
			code = websocket.StatusTryAgainLater
		}
		_ = conn.Close(code, reason) // the other side may have closed it already
		return
	}
	if faults.Socket == "socket-drops" {
		defer time.AfterFunc(time.Duration(faults.DropEvery), end).Stop()
	}
	c.customer = customer.id
	s.traffic.open(c)
	defer s.traffic.closed(c)
	customer.join(c, session, faults.OneTab)
	defer customer.leave(c)
	s.cfg.Logger.Info("socket open", "customer", customer.id)
	s.listen(c, customer)
	s.cfg.Logger.Info("socket closed", "customer", customer.id)
}

// authenticateSocket reads the first frame and returns the customer and the session,
// or the reason why the socket is refused. The token is checked only at this moment:
// an open session continues after its token has expired.
func (s *Sandbox) authenticateSocket(c *socket, reusable bool) (who *customer, session, reason string) {
	ctx, cancel := context.WithTimeout(c.ctx, c.timeout)
	defer cancel()
	var in authFrame
	if wsjson.Read(ctx, c.Conn, &in) != nil || in.Type != "auth" {
		return nil, "", tokenInvalid
	}
	if in.ProjectID != s.cfg.ProjectID {
		return nil, "", tokenProject
	}
	claims, reason := s.tokens.verify(in.Token)
	if reason != "" {
		return nil, "", reason
	}
	if who = s.chats.find(claims.Subject); who == nil {
		return nil, "", tokenExpired // its customer was forgotten
	}
	session, reason = s.tokens.openSession(claims, in.Session, reusable, c.end)
	return who, session, reason
}

// listen answers the person's messages until the socket closes.
func (s *Sandbox) listen(c *socket, who *customer) {
	for {
		var in sentFrame
		if wsjson.Read(c.ctx, c.Conn, &in) != nil {
			return
		}
		text := strings.TrimSpace(in.Text)
		if in.Type != "message" || in.Ref == "" || len(in.Ref) > maxRef ||
			text == "" || utf8.RuneCountInString(text) > maxMessage {
			_ = c.Close(websocket.StatusPolicyViolation, "bad_message") // the sandbox's SDK sends none
			return
		}
		if answer := who.receive(c, in.Ref, text); answer != "" {
			select {
			case <-time.After(s.cfg.TypingDelay):
			case <-c.ctx.Done():
			}
			who.answer(answer) // even if the socket has closed: the person's next page shows it
		}
	}
}
