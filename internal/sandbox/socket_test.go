package sandbox

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func TestConversation(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	c := b.enter(t, "7", "Ana Souza", "pt-BR")
	if c.hello.Lang != "pt" || c.hello.MaxLength != 4000 || c.hello.Session == "" {
		t.Errorf("hello %+v", c.hello)
	}
	if len(c.hello.History) != 1 || !strings.HasPrefix(c.hello.History[0].Text, "Olá, Ana Souza!") {
		t.Fatalf("greeting: %+v", c.hello.History)
	}
	ref := c.say(t, "  Como peço FÉRIAS?\n")
	said := c.next(t, "message").Message
	if said.Ref != ref || said.From != fromPerson || said.Text != "Como peço FÉRIAS?" || said.At.IsZero() {
		t.Errorf("what was said: %+v", said)
	}
	c.next(t, "typing")
	answer := c.next(t, "message").Message
	if answer.From != fromAssistant || answer.ID != said.ID+1 || !strings.Contains(answer.Text, "política de férias") {
		t.Errorf("answer: %+v", answer)
	}
}

func TestHistoryIsKeptAndIsNobodyElses(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	ana := b.enter(t, "7", "Ana", "en")
	ana.say(t, "a secret of Ana")
	ana.next(t, "typing")
	ana.next(t, "message")
	ana.conn.CloseNow()

	for _, m := range b.enter(t, "8", "Rui", "pt").hello.History {
		if strings.Contains(m.Text, "Ana") {
			t.Errorf("Rui reads %q", m.Text)
		}
	}
	history := b.enter(t, "7", "Ana", "en").hello.History
	if len(history) != 3 || history[1].Text != "a secret of Ana" || history[2].From != fromAssistant {
		t.Errorf("history: %+v", history)
	}
}

func TestTwoTabsOfOnePersonSeeTheSame(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	one, two := b.enter(t, "7", "Ana", "en"), b.enter(t, "7", "Ana", "en")
	other := b.enter(t, "8", "Rui", "en")
	one.say(t, "thanks")
	for _, from := range []string{fromPerson, fromAssistant} {
		x, y := one.next(t, "message").Message, two.next(t, "message").Message
		if *x != *y || x.From != from {
			t.Errorf("one tab got %+v, the other %+v", x, y)
		}
	}
	// Were it to come, it would come before Rui's own.
	other.say(t, "hello")
	if m := other.next(t, "message").Message; m.Text != "hello" {
		t.Errorf("Rui got %+v", m)
	}
}

func TestMessageSentTwiceIsSaidOnce(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	c := b.enter(t, "7", "Ana", "en")
	m := incoming{Type: "message", Ref: "r1", Text: "thanks"}
	c.write(t, m)
	first := c.next(t, "message").Message
	c.next(t, "message")
	c.write(t, m)
	if again := c.next(t, "message").Message; *again != *first {
		t.Errorf("the receipt is %+v, was %+v", again, first)
	}
	if n := len(b.enter(t, "7", "Ana", "en").hello.History); n != 3 {
		t.Errorf("%d messages, want greeting, thanks, answer", n)
	}
}

func TestMessagesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	c := b.enter(t, "7", "Ana", "en")
	for _, tt := range []struct {
		name, frame, code, ref string
	}{
		{"too long", `{"type":"message","ref":"a","text":"` + strings.Repeat("é", maxMessage+1) + `"}`, "message_too_long", "a"},
		{"blank", `{"type":"message","ref":"b","text":" \n"}`, "message_empty", "b"},
		{"not JSON", `hello`, "bad_message", ""},
		{"other type", `{"type":"auth","ref":"c"}`, "bad_message", ""},
		{"long ref", `{"type":"message","text":"x","ref":"` + strings.Repeat("r", maxRef+1) + `"}`, "bad_message", ""},
	} {
		if err := c.conn.Write(t.Context(), websocket.MessageText, []byte(tt.frame)); err != nil {
			t.Fatal(err)
		}
		if e := c.next(t, "error"); e.Code != tt.code || e.Ref != tt.ref || e.Detail == "" {
			t.Errorf("%s: %+v", tt.name, e)
		}
	}
	longest := strings.Repeat("😀", maxMessage)
	c.say(t, longest)
	if m := c.next(t, "message").Message; m.Text != longest {
		t.Errorf("the longest message came as %d bytes", len(m.Text))
	}
}

func TestFramesThatEndTheSocket(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	for _, tt := range []struct {
		name, want string
		kind       websocket.MessageType
		frame      string
	}{
		{"too large", "1009 ", websocket.MessageText, strings.Repeat("x", maxChatFrame+2)},
		{"not UTF-8", "1007 invalid_utf8", websocket.MessageText, "{\"type\":\"message\",\"text\":\"\xff\"}"},
		{"binary", "1003 text_only", websocket.MessageBinary, "x"},
	} {
		c := b.enter(t, "7", "Ana", "en")
		if err := c.conn.Write(t.Context(), tt.kind, []byte(tt.frame)); err != nil {
			t.Fatal(err)
		}
		if got := c.closed(t); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: closed with %q, want %q", tt.name, got, tt.want)
		}
	}
	if n := len(b.enter(t, "7", "Ana", "en").hello.History); n != 1 {
		t.Errorf("%d messages were kept, want the greeting alone", n)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	c := &customer{}
	for i := range maxHistory + 50 {
		c.add(message{Text: fmt.Sprint(i)})
	}
	if len(c.messages) != maxHistory || c.messages[0].Text != "50" || c.messages[maxHistory-1].ID != maxHistory+50 {
		t.Errorf("%d messages, from %q on", len(c.messages), c.messages[0].Text)
	}
}

func TestCustomersAreBounded(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	c := b.enter(t, "7", "Ana", "en")
	stays := b.admit(t, "7", "Ana", "en").CustomerID
	goes := b.admit(t, "8", "Rui", "en").CustomerID
	for i := range maxCustomers {
		b.chats.admit(fmt.Sprint(i), "")
	}
	b.chats.mu.Lock()
	n, kept, gone := b.chats.recent.Len(), b.chats.customers[stays] != nil, b.chats.customers[goes] == nil
	b.chats.mu.Unlock()
	if n != maxCustomers || !kept || !gone {
		t.Errorf("%d customers; the one with a socket kept: %v; the one unseen for longest gone: %v", n, kept, gone)
	}
	c.say(t, "thanks")
	if m := c.next(t, "message").Message; m.Text != "thanks" {
		t.Errorf("got %+v", m)
	}
}

func TestSocketsAreBounded(t *testing.T) {
	t.Parallel()
	b := newBed(t, func(s *Sandbox) { s.limits.sockets = 2 })
	c := b.enter(t, "7", "Ana", "en")
	b.enter(t, "8", "Rui", "en")
	_, res, err := websocket.Dial(t.Context(), b.url+"/ws", nil)
	if err == nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("the third: %v %v", res, err)
	}
	c.conn.CloseNow()
	token := b.admit(t, "7", "Ana", "en").Token
	eventually(t, "a free place", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.open < 2
	})
	if _, reason := b.try(t, token, ""); reason != "" {
		t.Errorf("after one has gone: %q", reason)
	}
}

// One tab stops reading. It is dropped, and the other never waits for it.
func TestSlowConsumerIsDropped(t *testing.T) {
	t.Parallel()
	b := newBed(t, func(s *Sandbox) { s.limits.queue = 4 })
	token := b.admit(t, "7", "Ana", "en").Token
	conn, _, err := websocket.Dial(t.Context(), b.url+"/ws", &websocket.DialOptions{HTTPClient: &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true, Dial: func(network, addr string) (net.Conn, error) {
			c, err := net.Dial(network, addr)
			if err == nil {
				err = c.(*net.TCPConn).SetReadBuffer(4096)
			}
			return c, err
		}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	slow := &client{conn: conn}
	slow.write(t, incoming{Type: "auth", Token: token, ProjectID: testProject})
	if _, err := slow.read(); err != nil {
		t.Fatal(err)
	}
	tabs := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.sockets)
	}
	quick := b.enter(t, "7", "Ana", "en")
	text := strings.Repeat("😀", maxMessage)
	for i := 0; tabs() == 2; i++ {
		if i == 2000 {
			t.Fatal("32 MB later it is still there")
		}
		quick.say(t, text)
		quick.next(t, "message")
		quick.next(t, "message")
	}
	quick.say(t, "thanks")
	if m := quick.next(t, "message").Message; m.Text != "thanks" {
		t.Errorf("got %+v", m)
	}
}

func TestSignsOfLife(t *testing.T) {
	t.Parallel()
	b := newBed(t, func(s *Sandbox) { s.limits.heartbeat = 5 * time.Millisecond })
	c := b.enter(t, "7", "Ana", "en")
	for range 3 {
		c.next(t, "heartbeat") // and the library answers the pings meanwhile
	}

	// A peer that has stopped reading answers no ping.
	dead := newBed(t, func(s *Sandbox) { s.limits.heartbeat, s.limits.pong = 5*time.Millisecond, 20*time.Millisecond })
	dead.enter(t, "7", "Ana", "en")
	eventually(t, "the silent peer is dropped", func() bool {
		dead.mu.Lock()
		defer dead.mu.Unlock()
		return len(dead.sockets) == 0
	})
}

func TestCloseEndsEverySocket(t *testing.T) {
	t.Parallel()
	b := newBed(t, func(s *Sandbox) { s.typingDelay = time.Hour })
	in, before := b.enter(t, "7", "Ana", "en"), b.dial(t)
	in.say(t, "hello") // the answer is being "typed" when the end comes
	in.next(t, "typing")
	ends := make(chan string, 2)
	for _, c := range []*client{in, before} {
		go func() { ends <- c.closed(t) }()
	}
	b.Close()
	for range 2 {
		if got := <-ends; got != "1001 sandbox_closed" {
			t.Errorf("closed with %q", got)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.sockets) != 0 || b.open != 0 {
		t.Errorf("%d sockets are left, %d places taken", len(b.sockets), b.open)
	}
}

// Whoever leaves for another page while the assistant types finds the answer
// there.
func TestAnswerOutlivesTheSocket(t *testing.T) {
	t.Parallel()
	b := newBed(t, func(s *Sandbox) { s.typingDelay = 50 * time.Millisecond })
	c := b.enter(t, "7", "Ana", "en")
	c.say(t, "thanks")
	c.next(t, "typing")
	c.conn.CloseNow()
	eventually(t, "the answer", func() bool {
		b.chats.mu.Lock()
		defer b.chats.mu.Unlock()
		return len(b.chats.recent.Front().Value.(*customer).messages) == 3
	})
}
