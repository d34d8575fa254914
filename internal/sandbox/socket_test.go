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
	b := newTestSandbox(t)
	c := b.enter(t, anaSouza)
	if len(c.hello.History) != 1 || !strings.HasPrefix(c.hello.History[0].Text, "Olá, Ana Souza!") {
		t.Fatalf("greeting: %+v", c.hello.History)
	}
	ref := c.say(t, "  Como peço FÉRIAS?\n")
	said := c.next(t)
	if said.Ref != ref || said.From != "person" || said.Text != "Como peço FÉRIAS?" || said.At.IsZero() {
		t.Errorf("what was said: %+v", said)
	}
	answer := c.next(t)
	if answer.From != "assistant" || answer.ID != said.ID+1 || !strings.Contains(answer.Text, "política de férias") {
		t.Errorf("answer: %+v", answer)
	}
}

func TestHistoryIsKeptAndIsNobodyElses(t *testing.T) {
	t.Parallel()
	// A person who opens another page while the assistant types finds the answer there.
	// Nobody else gets it.
	b := newTestSandbox(t, func(s *Sandbox) { s.cfg.TypingDelay = 50 * time.Millisecond })
	c := b.enter(t, ana)
	c.say(t, "a secret of Ana")
	c.next(t)
	c.conn.CloseNow()
	eventually(t, "the answer", func() bool { return len(b.enter(t, ana).hello.History) == 3 })
	for _, m := range b.enter(t, rui.speaking("pt")).hello.History {
		if strings.Contains(m.Text, "Ana") {
			t.Errorf("Rui reads %q", m.Text)
		}
	}
}

func TestTwoTabsOfOnePersonSeeTheSame(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	one, two := b.enter(t, ana), b.enter(t, ana)
	other := b.enter(t, rui)
	one.say(t, "thanks")
	for _, from := range []string{"person", "assistant"} {
		if x, y := one.next(t), two.next(t); x != y || x.From != from {
			t.Errorf("one tab got %+v, the other %+v", x, y)
		}
	}
	// If Rui got Ana's message, it would come before this one.
	other.say(t, "hello")
	if m := other.next(t); m.Text != "hello" {
		t.Errorf("Rui got %+v", m)
	}
}

func TestMessageSentTwiceIsSaidOnce(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	c := b.enter(t, ana)
	frame := sentFrame{Type: "message", Ref: "r1", Text: "thanks"}
	c.write(t, frame)
	first := c.next(t)
	c.next(t)
	c.write(t, frame)
	if again := c.next(t); again != first {
		t.Errorf("the receipt is %+v, was %+v", again, first)
	}
	if n := len(b.enter(t, ana).hello.History); n != 3 {
		t.Errorf("%d messages, want greeting, thanks, answer", n)
	}
}

func TestMessagesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t)
	for _, tt := range []struct{ name, want, frame string }{
		{"too long", "bad_message", `{"type":"message","ref":"a","text":"` + strings.Repeat("é", maxMessage+1) + `"}`},
		{"blank", "bad_message", `{"type":"message","ref":"b","text":" \n"}`},
		{"other type", "bad_message", `{"type":"auth","ref":"c","text":"x"}`},
		{"no ref", "bad_message", `{"type":"message","text":"x"}`},
		{"long ref", "bad_message", `{"type":"message","text":"x","ref":"` + strings.Repeat("r", maxRef+1) + `"}`},
		{"not JSON", "1007 ", `hello`},
		{"too large", "1009 ", strings.Repeat("x", maxFrame+2)},
	} {
		c := b.enter(t, ana)
		if err := c.conn.Write(t.Context(), websocket.MessageText, []byte(tt.frame)); err != nil {
			t.Fatal(err)
		}
		if got := c.closed(t); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: closed with %q, want %q", tt.name, got, tt.want)
		}
	}
	c := b.enter(t, ana)
	if n := len(c.hello.History); n != 1 {
		t.Errorf("%d messages were kept, want the greeting alone", n)
	}
	longest := strings.Repeat("😀", maxMessage)
	c.say(t, longest)
	if m := c.next(t); m.Text != longest {
		t.Errorf("the longest message came as %d bytes", len(m.Text))
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	c := &customer{}
	for i := range maxHistory + 50 {
		c.answer(fmt.Sprint(i))
	}
	if len(c.messages) != maxHistory || c.messages[0].Text != "50" ||
		c.messages[maxHistory-1].ID != maxHistory+50 {
		t.Errorf("%d messages, from %q on", len(c.messages), c.messages[0].Text)
	}
	h := chats{customers: make(map[string]*customer)}
	for i := range maxCustomers + 50 {
		h.remember(person{id: fmt.Sprint(i)})
	}
	if len(h.customers) != maxCustomers || h.find("49") != nil || h.find("50") == nil {
		t.Errorf("%d customers", len(h.customers))
	}
}

func TestSocketsAreBounded(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t, func(s *Sandbox) { s.slots = make(chan struct{}, 2) })
	c := b.enter(t, ana)
	b.enter(t, rui)
	_, res, err := websocket.Dial(t.Context(), b.url+"/ws", nil)
	if err == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("the third: %v %v", res, err)
	}
	c.conn.CloseNow()
	eventually(t, "a free place", func() bool { return len(b.slots) < 2 })
	b.enter(t, ana)
}

// A tab that stops reading is dropped, and the other one continues.
func TestSlowConsumerIsDropped(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t, func(s *Sandbox) { s.socketTimeout = 500 * time.Millisecond })
	transport := &http.Transport{
		DisableKeepAlives: true,
		Dial: func(network, addr string) (net.Conn, error) {
			c, err := net.Dial(network, addr)
			if err == nil {
				err = c.(*net.TCPConn).SetReadBuffer(4096)
			}
			return c, err
		},
	}
	conn, _, err := websocket.Dial(t.Context(), b.url+"/ws", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	slow := &client{conn: conn}
	slow.write(t, authFrame{Type: "auth", Token: b.admit(t, ana).Token, ProjectID: testProject})
	if _, err := slow.read(); err != nil {
		t.Fatal(err)
	}
	quick := b.enter(t, ana)
	text := strings.Repeat("😀", maxMessage)
	for i := 0; len(b.slots) == 2; i++ {
		if i == 2000 {
			t.Fatal("after 32 MB it is still open")
		}
		quick.say(t, text)
		quick.next(t)
		quick.next(t)
	}
	quick.say(t, "thanks")
	if m := quick.next(t); m.Text != "thanks" {
		t.Errorf("got %+v", m)
	}
}

func TestCloseEndsEverySocket(t *testing.T) {
	t.Parallel()
	b := newTestSandbox(t, func(s *Sandbox) { s.cfg.TypingDelay = time.Hour })
	open, unauthenticated := b.enter(t, ana), b.dial(t)
	open.say(t, "hello") // the assistant is still typing when the sandbox closes
	open.next(t)
	b.Close()
	for _, c := range []*client{open, unauthenticated} {
		for {
			if _, err := c.read(); err != nil {
				break
			}
		}
	}
}
