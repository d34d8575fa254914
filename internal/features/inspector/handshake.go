package inspector

import (
	"strings"
	"sync"
	"time"

	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// What is kept of handshakes does not grow, however many pages there are.
const (
	keptHandshakes = 200
	keptLatencies  = 1000
	perPage        = 25
	barsOfChart    = 100
	maxPage        = 200 // bytes of a page's path
	maxProblem     = 200 // and of what went wrong
)

// Handshake is a call to Caramelo for one page. It holds neither the secret nor
// the token, and nothing of the answer as it came.
type Handshake struct {
	ID             string // that of the page's request, as in the log
	At             time.Time
	Page           string // its path
	PersonID, Name string
	Email, Lang    string
	Kind           string // how it ended
	Status, Calls  int
	Problem        string // in English, as in the log; "" for none
	Duration       time.Duration
	Connect, TLS   time.Duration
	Wait, Read     time.Duration
	Held           time.Duration // that the page waited for it
	Type           string        // of the answer's content
	Size           int           // of the answer
	Keys           []string      // the documented ones that the answer had
	Expires        time.Time     // zero: unknown
	ProjectID      string
	Browser        web.Browser
}

// handshakes are those of this replica since its start.
type handshakes struct {
	since time.Time

	mu        sync.Mutex
	count     int // all of them; the one of number n is in kept[n%keptHandshakes]
	kept      [keptHandshakes]Handshake
	totals    map[string]int // by kind
	measured  int            // that called the vendor, as with count
	latencies [keptLatencies]time.Duration
}

func newHandshakes() *handshakes { return &handshakes{since: time.Now(), totals: map[string]int{}} }

// observe keeps what is worth knowing of a handshake. The texts are copies: a part
// of a request's address would keep all of it.
func (hs *handshakes) observe(seen web.Handshake) {
	p, o, page := seen.Person, seen.Outcome, seen.Page
	h := Handshake{
		ID: seen.ID, At: time.Now(), Page: strings.Clone(page[:min(len(page), maxPage)]),
		PersonID: p.ID, Name: p.Name, Email: p.Email, Lang: p.Lang,
		Kind: string(o.Kind), Status: o.Status, Calls: o.Calls, Duration: o.Duration,
		Connect: o.Split.Connect, TLS: o.Split.TLS, Wait: o.Split.Wait, Read: o.Split.Read,
		Type: o.Answer.Type, Size: o.Answer.Size, Keys: o.Answer.Keys, Expires: o.Answer.Expires,
		Held: seen.Held, ProjectID: seen.ProjectID,
	}
	if o.Err != nil {
		h.Problem = problem(o.Err)
	}
	hs.add(h)
}

// problem is an error in a line.
func problem(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n") // a panic has its stack behind it
	return strings.Clone(web.Text(line, maxProblem))
}

func (hs *handshakes) add(h Handshake) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	hs.kept[hs.count%keptHandshakes] = h
	hs.count++
	hs.totals[h.Kind]++
	if h.Calls > 0 {
		hs.latencies[hs.measured%keptLatencies] = h.Duration
		hs.measured++
	}
}

// report notes what a person's browser says of their own page.
func (hs *handshakes) report(id string, p *store.Person, seen web.Browser) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if h := hs.locate(id); h != nil && h.PersonID == p.ID {
		h.Browser = seen
	}
}

// find returns a copy of the one with that id, and whether it is still kept.
func (hs *handshakes) find(id string) (h Handshake, found bool) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if kept := hs.locate(id); kept != nil {
		return *kept, true
	}
	return h, false
}

// locate returns the one with that id, or nil. Whoever calls it has the lock.
func (hs *handshakes) locate(id string) *Handshake {
	for i := range hs.kept {
		if hs.kept[i].ID == id && id != "" {
			return &hs.kept[i]
		}
	}
	return nil
}
