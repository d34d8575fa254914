package sandbox

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const maxCalls = 100 // kept for the panel, which shows as many sockets

// call is one that intranet-auth has received, without anything of a person.
type call struct {
	At       time.Time `json:"at"`
	Status   int       `json:"status"` // 0: the caller got none
	Code     string    `json:"code"`
	Customer string    `json:"customer"` // empty, like the rest, where the call was wrong in itself
	Lang     string    `json:"lang"`
	Fault    string    `json:"fault"`
	Took     Duration  `json:"took"`
}

// openSocket is what the panel tells of a socket.
type openSocket struct {
	Customer string    `json:"customer"`
	Since    time.Time `json:"since"`
	Messages int64     `json:"messages"`
}

// traffic remembers the last calls and the sockets that are open.
type traffic struct {
	mu      sync.Mutex
	calls   [maxCalls]call
	n       int // calls ever received
	sockets map[*socket]bool

	strayed atomic.Int64 // secrets that followed a redirect
}

func (t *traffic) add(c call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls[t.n%maxCalls] = c
	t.n++
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

// lastCalls returns them, the newest first, with how many there ever were and
// how many secrets strayed.
func (t *traffic) lastCalls() (calls []call, received, strayed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	calls = []call{} // in JSON a list, though empty
	for i := t.n - 1; i >= 0 && i >= t.n-maxCalls; i-- {
		calls = append(calls, t.calls[i%maxCalls])
	}
	return calls, t.n, int(t.strayed.Load())
}

// openSockets returns the newest ones, the newest first, and how many are open.
func (t *traffic) openSockets() (sockets []openSocket, open int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sockets = make([]openSocket, 0, len(t.sockets))
	for s := range t.sockets {
		sockets = append(sockets, openSocket{s.customer, s.since, s.messages.Load()})
	}
	slices.SortFunc(sockets, func(a, b openSocket) int {
		return cmp.Or(b.Since.Compare(a.Since), strings.Compare(a.Customer, b.Customer))
	})
	return sockets[:min(len(sockets), maxCalls)], len(t.sockets)
}

var languageBase = regexp.MustCompile(`^[A-Za-z]{2,3}(?:-|$)`)

// baseTag is the language of a tag, or "" if it looks like something else, which
// may be anything that does not belong on a page.
func baseTag(tag string) string {
	return strings.TrimSuffix(languageBase.FindString(tag), "-")
}
