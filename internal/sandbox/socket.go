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
	maxMessage = 4000     // code points a person may send at once
	maxFrame   = 64 << 10 // bytes: 4000 code points, all escaped, fit
	maxRef     = 64       // bytes of the sender's own id of a message
)

// The protocol, one JSON object for each text frame:
//
//	SDK     {"type":"auth","token":…,"project_id":…,"session":…}   first, within 5 s
//	sandbox {"type":"hello","session":…,"history":[…]}
//	SDK     {"type":"message","ref":…,"text":…}
//	sandbox {"type":"message","message":{"id":…,"ref":…,"from":…,"text":…,"at":…}}
//
// A message comes back to its sender as a receipt. One that is sent again with
// the same ref is said once. A close with 1008 is final, its reason says why;
// after any other the SDK comes back with the token and the session of hello.
type (
	auth struct {
		Type      string `json:"type"`
		Token     string `json:"token"`
		ProjectID string `json:"project_id"`
		Session   string `json:"session"` // empty but for a reconnect
	}
	hello struct {
		Type    string    `json:"type"`
		Session string    `json:"session"`
		History []message `json:"history"`
	}
	said struct {
		Type string `json:"type"`
		Ref  string `json:"ref"`
		Text string `json:"text"`
	}
	event struct {
		Type    string  `json:"type"`
		Message message `json:"message"`
	}
)

// socket is one open WebSocket. Only its handler reads; send may be called by
// anybody. It lives as long as ctx.
type socket struct {
	*websocket.Conn
	ctx  context.Context
	end  context.CancelFunc
	wait time.Duration

	customer string
	since    time.Time
	messages atomic.Int64 // that it has shown, without the history
}

// send ends a socket that does not keep up.
func (s *socket) send(v any) {
	ctx, cancel := context.WithTimeout(s.ctx, s.wait)
	defer cancel()
	if wsjson.Write(ctx, s.Conn, v) != nil {
		s.end()
	}
}

// serveSocket is GET /ws. It takes connections from any origin: the intranet
// lives on another one, and nothing here rests on cookies that a foreign page
// could ride on. The connection token alone authorises, and it comes as the
// first message, because a URL ends up in logs.
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
		return // Accept has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxFrame)
	ctx, end := context.WithCancel(s.ctx)
	defer end()
	c := &socket{Conn: conn, ctx: ctx, end: end, wait: s.wait, since: time.Now().UTC()}
	customer, session, reason := s.enter(c, faults.ReusableTokens)
	if reason != "" {
		s.cfg.Logger.Info("socket refused", "reason", reason)
		code := websocket.StatusPolicyViolation
		if reason == tryAgain {
			code = websocket.StatusTryAgainLater
		}
		_ = conn.Close(code, reason) // it may have gone by itself
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

// enter lets a socket in, or says why not. The token counts at this moment
// only: a session that is open goes on after its token has expired.
func (s *Sandbox) enter(c *socket, reusable bool) (who *customer, session, reason string) {
	ctx, cancel := context.WithTimeout(c.ctx, c.wait)
	defer cancel()
	var in auth
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
	session, reason = s.tokens.claim(claims, in.Session, reusable, c.end)
	return who, session, reason
}

// listen serves what a person says until the socket ends.
func (s *Sandbox) listen(c *socket, who *customer) {
	for {
		var in said
		if wsjson.Read(c.ctx, c.Conn, &in) != nil {
			return
		}
		text := strings.TrimSpace(in.Text)
		if in.Type != "message" || in.Ref == "" || len(in.Ref) > maxRef || text == "" || utf8.RuneCountInString(text) > maxMessage {
			_ = c.Close(websocket.StatusPolicyViolation, "bad_message") // our SDK sends none
			return
		}
		if answer := who.hear(c, in.Ref, text); answer != "" {
			select {
			case <-time.After(s.cfg.TypingDelay):
			case <-c.ctx.Done():
			}
			who.say(answer) // also for somebody who has left for the next page
		}
	}
}
