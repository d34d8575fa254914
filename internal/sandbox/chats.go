package sandbox

import (
	"container/list"
	"encoding/json"
	"sync"
	"time"
)

const (
	maxCustomers = 10_000 // remembered; the one unseen for longest goes first
	maxHistory   = 200    // messages kept for each customer
)

// message is one message of a conversation, as it travels to the SDK.
type message struct {
	ID   int       `json:"id"`            // counts up from 1 within one customer
	Ref  string    `json:"ref,omitempty"` // the sender's own id for it
	From string    `json:"from"`          // "person" or "assistant"
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

const (
	fromPerson    = "person"
	fromAssistant = "assistant"
)

// chats holds every customer's conversation, in memory, and the sockets that
// follow it. One lock orders everything: each socket sees the same messages in
// the same order, none missing and none twice.
type chats struct {
	now func() time.Time

	mu        sync.Mutex
	customers map[string]*list.Element // of *customer
	recent    *list.List               // the one seen last in front
}

type customer struct {
	id       string
	email    string
	created  time.Time
	lastID   int
	messages []message
	sockets  map[*socket]struct{}
}

func newChats(now func() time.Time) *chats {
	return &chats{now: now, customers: make(map[string]*list.Element), recent: list.New()}
}

// admit notes what the intranet told of a customer, and returns when the
// conversation began.
func (h *chats) admit(id, email string) time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.customer(id)
	c.email = email
	return c.created
}

// customer finds or adds a customer, marks it as seen and makes room for it.
func (h *chats) customer(id string) *customer {
	if e, ok := h.customers[id]; ok {
		h.recent.MoveToFront(e)
		return e.Value.(*customer)
	}
	// There are fewer sockets than customers, so one without a socket is found.
	for e := h.recent.Back(); e != nil && h.recent.Len() >= maxCustomers; {
		oldest := e.Value.(*customer)
		before := e.Prev()
		if len(oldest.sockets) == 0 {
			h.recent.Remove(e)
			delete(h.customers, oldest.id)
		}
		e = before
	}
	c := &customer{id: id, created: h.now().UTC(), sockets: make(map[*socket]struct{})}
	h.customers[id] = h.recent.PushFront(c)
	return c
}

// join lets a socket follow its customer's conversation: first the greeting and
// all that was said, from then on every new message.
func (h *chats) join(s *socket, hello hello) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.ctx.Err() != nil {
		return // superseded meanwhile
	}
	c := h.customer(s.claims.Subject)
	if len(c.messages) == 0 {
		c.add(message{From: fromAssistant, Text: greeting(s.person(c.email)), At: h.now().UTC()})
	}
	hello.Type = "hello"
	hello.History = c.messages
	s.send(encode(hello))
	c.sockets[s] = struct{}{}
}

// leave ends what join began. It may be called more than once.
func (h *chats) leave(s *socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e, ok := h.customers[s.claims.Subject]; ok {
		delete(e.Value.(*customer).sockets, s)
	}
}

// heard adds what a person said and shows it to all their sockets. It reports
// false if there is nothing to answer: the socket has left, or this message
// came before and the sender only missed the receipt, which it gets again.
func (h *chats) heard(s *socket, ref, text string) (who person, isNew bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.customer(s.claims.Subject)
	if _, joined := c.sockets[s]; !joined {
		return person{}, false
	}
	for _, m := range c.messages {
		if ref != "" && m.Ref == ref {
			s.send(encode(event{Type: "message", Message: &m}))
			return person{}, false
		}
	}
	c.publish(message{Ref: ref, From: fromPerson, Text: text, At: h.now().UTC()})
	c.broadcast(event{Type: "typing"})
	return s.person(c.email), true
}

// answer adds the assistant's words, for the sockets that are open now and for
// those to come.
func (h *chats) answer(customerID, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.customer(customerID).publish(message{From: fromAssistant, Text: text, At: h.now().UTC()})
}

func (c *customer) publish(m message) {
	m = c.add(m)
	c.broadcast(event{Type: "message", Message: &m})
}

func (c *customer) add(m message) message {
	c.lastID++
	m.ID = c.lastID
	c.messages = append(c.messages, m)
	if extra := len(c.messages) - maxHistory; extra > 0 {
		c.messages = append(make([]message, 0, maxHistory+1), c.messages[extra:]...)
	}
	return m
}

func (c *customer) broadcast(e event) {
	data := encode(e)
	for s := range c.sockets {
		s.send(data)
	}
}

// hello is the first message to a socket, event every other.
type hello struct {
	Type      string    `json:"type"`
	Session   string    `json:"session"`
	Lang      string    `json:"lang"` // en, pt or es: the language of the widget
	Assistant string    `json:"assistant"`
	MaxLength int       `json:"max_length"` // of a message, in code points
	History   []message `json:"history"`
}

type event struct {
	Type    string   `json:"type"` // message, typing, error or heartbeat
	Message *message `json:"message,omitempty"`
	Ref     string   `json:"ref,omitempty"`  // of an error: the message it is about
	Code    string   `json:"code,omitempty"` // of an error
	Detail  string   `json:"detail,omitempty"`
}

func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: encode a message: " + err.Error()) // plain strings and times always encode
	}
	return data
}
