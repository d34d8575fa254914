package inspector

import (
	"crypto/rand"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/carameloai/intranet/internal/csp"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// recorder notes what a replica sees, and writes it from time to time. A page waits for
// nothing but the lock of the notes.
type recorder struct {
	replica string        // how this one is called
	every   time.Duration // between two writes
	noted   chan struct{} // has an element when there is something to write

	mu      sync.Mutex
	notes   notes     // not yet given to Postgres
	writing notes     // given to Postgres, which has not said yet that it has them
	failing time.Time // since when it does not take them; zero: it does
}

// writeEvery is how long what is seen next waits at most after a write, so that a busy
// replica writes for many pages at once. What is seen after a rest is written at once.
const writeEvery = time.Second

func newRecorder() *recorder {
	return &recorder{replica: replicaName(), every: writeEvery, noted: make(chan struct{}, 1)}
}

// replicaName is the name of the machine, and some letters that tell its starts apart.
func replicaName() string {
	host, _ := os.Hostname() // without one the letters do
	return strings.TrimPrefix(store.Plain(web.Text(host, 63))+"-"+strings.ToLower(rand.Text()[:4]), "-")
}

// note notes something, and has it written.
func (r *recorder) note(f func(*notes)) {
	r.mu.Lock()
	f(&r.notes)
	r.mu.Unlock()
	r.wake()
}

func (r *recorder) wake() {
	select {
	case r.noted <- struct{}{}:
	default: // it is known already
	}
}

// browser notes what a person's browser says of a page. Whether the page is theirs shows when
// it is read: its handshake may be another replica's.
func (r *recorder) browser(id string, p *store.Person, seen web.Browser) {
	if id == "" || len(id) > maxID {
		return
	}
	key := browserKey{store.Plain(strings.Clone(id)), p.ID}
	said := browserReport{key, time.Now(), seen, seen.State()}
	r.note(func(n *notes) { n.browser(said) })
}

func (r *recorder) violation(seen csp.Violation) {
	now := time.Now()
	r.note(func(n *notes) { n.violation(Report{seen, 1, now, now}) })
}

// unread counts a request with reports that came too fast.
func (r *recorder) unread() { r.note(func(n *notes) { n.Unread++ }) }

// maxID is longer than the id of a request, in bytes.
const maxID = 64

// browserKey is a page and whose browser has said something of it: see Handshake.
type browserKey struct{ ID, PersonID string }

// browserReport is what a browser said last.
type browserReport struct {
	browserKey
	At time.Time
	web.Browser
	State string
}

// notes are what waits to be written. They are bounded as what is kept: however much there
// is, the last of it counts.
type notes struct {
	Handshakes []Handshake
	Browsers   []browserReport
	Violations []Report

	Lost   int // handshakes and what browsers said of them, without a place
	Rest   int // violations that are in no row
	Unread int // requests with reports that were not looked at
}

func (n *notes) handshake(h Handshake) { n.Handshakes = add(n, n.Handshakes, h) }

func (n *notes) browser(said browserReport) { n.Browsers = add(n, n.Browsers, said) }

// add appends to a list of the notes. Where it is full, the oldest one is lost.
func add[T any](n *notes, all []T, one T) []T {
	if len(all) >= keptHandshakes {
		all = all[1:]
		n.Lost++
	}
	return append(all, one)
}

// violation takes the place of the one that was reported longest ago, so that nobody can fill
// the list for good with what no browser has blocked.
func (n *notes) violation(seen Report) {
	i := slices.IndexFunc(n.Violations, func(known Report) bool { return known.Violation == seen.Violation })
	switch {
	case i >= 0:
		n.Violations[i].Count++
		n.Violations[i].Last = seen.Last
	case len(n.Violations) < keptViolations:
		n.Violations = append(n.Violations, seen)
	default:
		oldest := slices.MinFunc(n.Violations, func(a, b Report) int { return a.Last.Compare(b.Last) })
		n.Violations[slices.Index(n.Violations, oldest)] = seen
		n.Rest += oldest.Count
	}
}

// clear empties the notes for those that follow, which take their memory.
func (n *notes) clear() {
	clear(n.Handshakes)
	clear(n.Browsers)
	clear(n.Violations)
	*n = notes{Handshakes: n.Handshakes[:0], Browsers: n.Browsers[:0], Violations: n.Violations[:0]}
}

func (n *notes) entries() int { return len(n.Handshakes) + len(n.Browsers) + len(n.Violations) }

// empty reports whether there is nothing to write.
func (n *notes) empty() bool { return n.entries()+n.Lost+n.Rest+n.Unread == 0 }

// left reports whether something was not written yet.
func (r *recorder) left() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.notes.empty() || !r.writing.empty()
}

// backlog is what this replica has seen and the tables do not have.
type backlog struct {
	Replica string
	Failing time.Time // since when Postgres does not take it; zero: it does
	Waiting int
	Lost    int
}

func (r *recorder) backlog() backlog {
	r.mu.Lock()
	defer r.mu.Unlock()
	return backlog{
		r.replica, r.failing, r.notes.entries() + r.writing.entries(), r.notes.Lost + r.writing.Lost,
	}
}

// Bounds of a handshake's texts, in bytes.
const (
	maxPage    = 200
	maxProblem = 200
)

// handshake notes what is worth knowing of one. The texts are copies: a part of a
// request's address would keep all of it.
func (r *recorder) handshake(seen web.Handshake) {
	p, o, page := seen.Person, seen.Outcome, seen.Page
	h := Handshake{
		ID: seen.ID, At: time.Now(), Replica: r.replica, Page: strings.Clone(page[:min(len(page), maxPage)]),
		PersonID: p.ID, Name: p.Name, Email: p.Email, Lang: p.Lang,
		Kind: string(o.Kind), Status: o.Status, Calls: o.Calls, Duration: o.Duration,
		Connect: o.Split.Connect, TLS: o.Split.TLS, Wait: o.Split.Wait, Read: o.Split.Read,
		Type: o.Answer.Type, Size: o.Answer.Size, Keys: o.Answer.Keys, Expires: o.Answer.Expires,
		Held: seen.Held, ProjectID: seen.ProjectID,
	}
	if o.Err != nil {
		h.Problem = problem(o.Err)
	}
	r.note(func(n *notes) { n.handshake(h) })
}

// problem is an error in a line.
func problem(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n") // a panic has its stack behind it
	return store.Plain(strings.Clone(web.Text(line, maxProblem)))
}
