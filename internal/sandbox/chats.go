package sandbox

import (
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	maxCustomers = 10_000 // kept in memory; the oldest is forgotten first
	maxHistory   = 200    // messages kept for each customer
)

// person is what the intranet sent about a customer.
type person struct{ id, name, email, lang string }

// message is a message of a conversation, as it is sent to the SDK.
type message struct {
	ID   int       `json:"id"`            // counted from 1 for each customer
	Ref  string    `json:"ref,omitempty"` // the sender's own id of the message
	From string    `json:"from"`          // "person" or "assistant"
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// chats holds the conversations of all customers, in memory.
type chats struct {
	mu        sync.Mutex
	customers map[string]*customer // by id
	ids       []string             // of the customers, the oldest first
}

// customer is one conversation and the sockets that show it. Its lock is held while
// messages are written to them, so that each gets the same messages in the same
// order. A socket that does not read delays only its own customer, for as long as
// the timeout of one write.
type customer struct {
	id string

	mu       sync.Mutex
	person   person
	lastID   int
	messages []message
	sockets  map[*socket]bool
}

// remember keeps what the intranet sent about a person.
func (h *chats) remember(p person) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.customers[p.id]
	if c == nil {
		if len(h.ids) >= maxCustomers {
			delete(h.customers, h.ids[0])
			h.ids = h.ids[1:]
		}
		c = &customer{id: p.id, sockets: make(map[*socket]bool)}
		h.customers[p.id] = c
		h.ids = append(h.ids, p.id)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.person = p
}

// find returns nil for a customer that has been forgotten.
func (h *chats) find(id string) *customer {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.customers[id]
}

// join sends a socket the messages so far, and from then on every new one. If alone
// is set, the other sockets of the customer are closed.
func (c *customer) join(s *socket, session string, alone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.messages) == 0 {
		c.add(message{From: "assistant", Text: reply("hello", c.person)})
	}
	s.send(helloFrame{Type: "hello", Session: session, History: c.messages})
	if alone {
		for other := range c.sockets {
			// In a goroutine, because a tab that does not answer would delay the one in use.
			go func() { _ = other.Close(websocket.StatusPolicyViolation, otherTab) }()
		}
		clear(c.sockets)
	}
	c.sockets[s] = true
}

func (c *customer) leave(s *socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sockets, s)
}

// receive adds a person's message and returns the answer to it. If the same message
// came before, it is sent back to its sender once more, and the answer is "".
func (c *customer) receive(s *socket, ref, text string) (answer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.messages {
		if m.Ref == ref {
			s.send(messageFrame{Type: "message", Message: m})
			return ""
		}
	}
	c.add(message{Ref: ref, From: "person", Text: text})
	return reply(text, c.person)
}

// answer adds a message of the assistant.
func (c *customer) answer(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(message{From: "assistant", Text: text})
}

// add keeps a message and sends it to all sockets of the customer.
func (c *customer) add(m message) {
	c.lastID++
	m.ID, m.At = c.lastID, time.Now().UTC()
	if len(c.messages) == maxHistory {
		c.messages = c.messages[1:]
	}
	c.messages = append(c.messages, m)
	for s := range c.sockets {
		s.messages.Add(1)
		s.send(messageFrame{Type: "message", Message: m})
	}
}
