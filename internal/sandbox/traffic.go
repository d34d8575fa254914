package sandbox

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const maxCalls = 100 // kept for the panel, which shows at most as many sockets

// call describes a call that intranet-auth has received, without personal data.
type call struct {
	At       time.Time `json:"at"`
	Status   int       `json:"status"` // 0: the caller got no answer
	Code     string    `json:"code"`
	Customer string    `json:"customer"` // empty if the call was refused, and so are Lang and Fault
	Lang     string    `json:"lang"`
	Fault    string    `json:"fault"`
	Took     Duration  `json:"took"`
	Request  string    `json:"request"` // the caller's id of its own request; empty for none
}

// openSocket is what the panel shows of a socket.
type openSocket struct {
	Customer string    `json:"customer"`
	Since    time.Time `json:"since"`
	Messages int64     `json:"messages"`
}

// traffic holds the last calls and the open sockets.
type traffic struct {
	mu       sync.Mutex
	calls    [maxCalls]call // ring buffer
	received int            // calls since the start
	sockets  map[*socket]bool

	strayed atomic.Int64 // secrets that were sent along with a redirect
}

func (t *traffic) add(c call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls[t.received%maxCalls] = c
	t.received++
}

func (t *traffic) open(s *socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sockets == nil {
		t.sockets = make(map[*socket]bool)
	}
	t.sockets[s] = true
}

func (t *traffic) closed(s *socket) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.sockets, s)
}

// lastCalls returns the last calls, the newest first, the number of calls since the
// start, and the number of secrets that were sent along with a redirect.
func (t *traffic) lastCalls() (calls []call, received, strayed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	calls = []call{} // not nil, so that JSON has an empty list
	for i := t.received - 1; i >= 0 && i >= t.received-maxCalls; i-- {
		calls = append(calls, t.calls[i%maxCalls])
	}
	return calls, t.received, int(t.strayed.Load())
}

// openSockets returns the newest sockets, the newest first, and how many are open.
func (t *traffic) openSockets() (sockets []openSocket, open int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sockets = make([]openSocket, 0, len(t.sockets))
	for s := range t.sockets {
		sockets = append(sockets, openSocket{Customer: s.customer, Since: s.since, Messages: s.messages.Load()})
	}
	slices.SortFunc(sockets, func(a, b openSocket) int {
		return cmp.Or(b.Since.Compare(a.Since), strings.Compare(a.Customer, b.Customer))
	})
	return sockets[:min(len(sockets), maxCalls)], len(t.sockets)
}

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// requestID is what the caller says in X-Request-Id, if that can be an id and is not the secret.
func (s *Sandbox) requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if !requestID.MatchString(id) || s.isSecret(id) {
		return ""
	}
	return id
}

var languageBase = regexp.MustCompile(`^[A-Za-z]{2,3}(?:-|$)`)

// baseTag is the language of a language tag, or "" if tag is none: a text that the
// caller put there by mistake must not be shown.
func baseTag(tag string) string {
	return strings.TrimSuffix(languageBase.FindString(tag), "-")
}
