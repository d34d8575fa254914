package sandbox

import (
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	maxCustomers = 10_000 // remembered; the oldest goes first
	maxHistory   = 200    // messages kept for each customer
)

// person is what the intranet told of a customer.
type person struct{ id, name, email, lang string }

// message is one message of a conversation, as it travels to the SDK.
type message struct {
	ID   int       `json:"id"`            // counts up from 1 within one customer
	Ref  string    `json:"ref,omitempty"` // the sender's own id for it
	From string    `json:"from"`          // "person" or "assistant"
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// chats holds every customer's conversation, in memory.
type chats struct {
	mu        sync.Mutex
	customers map[string]*customer
	oldest    []string // their ids
}

// customer is one conversation and the sockets that follow it. Its lock is held
// while they are written to: each sees the same messages in the same order. One
// that does not read holds up its own customer alone, for one write's timeout.
type customer struct {
	id string

	mu       sync.Mutex
	person   person
	lastID   int
	messages []message
	sockets  map[*socket]bool
}

// admit notes what the intranet told of a person.
func (h *chats) admit(p person) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.customers[p.id]
	if c == nil {
		if len(h.oldest) >= maxCustomers {
			delete(h.customers, h.oldest[0])
			h.oldest = h.oldest[1:]
		}
		c = &customer{id: p.id, sockets: make(map[*socket]bool)}
		h.customers[p.id] = c
		h.oldest = append(h.oldest, p.id)
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

// join lets a socket follow the conversation: first all that was said, from
// then on every new message. If alone, it takes the place of all the others.
func (c *customer) join(s *socket, session string, alone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.messages) == 0 {
		c.add(message{From: "assistant", Text: reply("hello", c.person)})
	}
	s.send(hello{"hello", session, c.messages})
	if alone {
		for other := range c.sockets {
			// Beside this: a tab that does not answer would hold up the one that is in use.
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

// hear adds what a person said and returns the answer to it, or "" if the same
// message came before: then its sender gets the receipt again.
func (c *customer) hear(s *socket, ref, text string) (answer string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.messages {
		if m.Ref == ref {
			s.send(event{"message", m})
			return ""
		}
	}
	c.add(message{Ref: ref, From: "person", Text: text})
	return reply(text, c.person)
}

// say adds the assistant's words.
func (c *customer) say(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(message{From: "assistant", Text: text})
}

// add keeps a message and shows it to all the customer's sockets.
func (c *customer) add(m message) {
	c.lastID++
	m.ID, m.At = c.lastID, time.Now().UTC()
	if len(c.messages) == maxHistory {
		c.messages = c.messages[1:]
	}
	c.messages = append(c.messages, m)
	for s := range c.sockets {
		s.messages.Add(1)
		s.send(event{"message", m})
	}
}
