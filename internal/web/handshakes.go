package web

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/i18n"
	"github.com/carameloai/intranet/internal/paths"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/views"
)

// What is kept of handshakes does not grow, however many pages there are.
const (
	keptHandshakes    = 200
	keptLatencies     = 1000
	handshakesPerPage = 25
	barsOfChart       = 100
	maxHandshakePage  = 200 // bytes of a path
	maxProblem        = 200 // and of what went wrong

	maxStateBytes = 1 << 10 // of what a browser says
	maxBlocked    = 8       // directives in it
)

// kinds are all that a handshake can come to, as they are listed.
var kinds = []caramelo.Kind{
	caramelo.OK, caramelo.Credentials, caramelo.Project, caramelo.RateLimited, caramelo.Rejected, caramelo.Unavailable,
	caramelo.Timeout, caramelo.Malformed, caramelo.CircuitOpen, caramelo.Overloaded, caramelo.Canceled,
}

// handshakes are those of this replica since its start.
type handshakes struct {
	since time.Time

	mu        sync.Mutex
	count     int // all of them; the one of number n is in kept[n%keptHandshakes]
	kept      [keptHandshakes]views.Handshake
	totals    map[string]int // by kind
	measured  int            // that called the vendor, as with count
	latencies [keptLatencies]time.Duration
}

func newHandshakes() *handshakes { return &handshakes{since: time.Now(), totals: map[string]int{}} }

func (hs *handshakes) add(h views.Handshake) {
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

// find returns the one with that id, or nil. Whoever calls it has the lock.
func (hs *handshakes) find(id string) *views.Handshake {
	for i := range hs.kept {
		if hs.kept[i].ID == id && id != "" {
			return &hs.kept[i]
		}
	}
	return nil
}

// report notes what a person's browser says of their own page.
func (hs *handshakes) report(id, personID string, browser views.Browser) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if h := hs.find(id); h != nil && h.PersonID == personID {
		h.Browser = browser
	}
}

// props are a page of the list, older than the handshake of number before, and
// everything around it.
func (hs *handshakes) props(before int) (p views.HandshakesProps) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	p.Since = hs.since
	oldest, next := max(0, hs.count-keptHandshakes), min(before, hs.count)
	for next--; next >= oldest && len(p.Rows) < handshakesPerPage; next-- {
		p.Rows = append(p.Rows, hs.kept[next%keptHandshakes])
	}
	if next >= oldest {
		p.Next = strconv.Itoa(next + 1)
	}
	for n := hs.count - 1; n >= oldest && len(p.Bars) < barsOfChart; n-- {
		if h := hs.kept[n%keptHandshakes]; h.Calls > 0 {
			p.Bars = append(p.Bars, h)
		}
	}
	slices.Reverse(p.Bars)
	for _, kind := range kinds {
		if n := hs.totals[string(kind)]; n > 0 || kind == caramelo.OK {
			p.Totals = append(p.Totals, views.HandshakeTotal{Kind: string(kind), Count: n})
		}
	}
	p.Measured = min(hs.measured, keptLatencies)
	sorted := slices.Sorted(slices.Values(hs.latencies[:p.Measured]))
	p.P50, p.P95, p.P99 = percentile(sorted, 50), percentile(sorted, 95), percentile(sorted, 99)
	return p
}

// percentile is the smallest value that so many per cent of all do not exceed.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*percent+99)/100-1]
}

// observed is what is kept of a handshake for a person's page. The texts are
// copies: a part of a request's address would keep all of it.
func observed(p *store.Person, id, page string, o caramelo.Outcome) views.Handshake {
	h := views.Handshake{
		ID: id, At: time.Now(), Page: strings.Clone(page[:min(len(page), maxHandshakePage)]),
		PersonID: p.ID, Name: p.Name, Email: p.Email, Lang: p.Lang,
		Kind: string(o.Kind), Status: o.Status, Calls: o.Calls, Duration: o.Duration,
		Connect: o.Split.Connect, TLS: o.Split.TLS, Wait: o.Split.Wait, Read: o.Split.Read,
		Type: o.Answer.Type, Size: o.Answer.Size, Keys: o.Answer.Keys, Expires: o.Answer.Expires,
	}
	if o.Err != nil {
		problem, _, _ := strings.Cut(o.Err.Error(), "\n") // a panic has its stack behind it
		h.Problem = strings.Clone(text(problem, maxProblem))
	}
	return h
}

func (h *handlers) handshakesIndex(w http.ResponseWriter, r *http.Request) error {
	props, err := h.handshakesProps(r)
	if err != nil {
		return err
	}
	return h.render(w, r, page{
		status: http.StatusOK, title: i18n.T(r.Context(), "title.handshakes"), current: paths.AdminAssistant, chat: h.startChat(r),
		body: views.Handshakes(props),
	})
}

// handshakesLive is the list and nothing around it: no page, so no token.
func (h *handlers) handshakesLive(w http.ResponseWriter, r *http.Request) error {
	props, err := h.handshakesProps(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return views.HandshakesLive(props).Render(r.Context(), w)
}

func (h *handlers) handshakesProps(r *http.Request) (p views.HandshakesProps, err error) {
	after := r.URL.Query().Get("after")
	before := math.MaxInt
	if after != "" {
		if before, err = strconv.Atoi(after); err != nil || before < 0 {
			return p, statusError(http.StatusBadRequest)
		}
	}
	p = h.handshakes.props(before)
	p.After = after
	if h.Caramelo != nil {
		s := h.Caramelo.State()
		p.Configured, p.Circuit, p.OpenUntil, p.PausedUntil, p.UnderWay, p.Limit = true, s.Circuit, s.OpenUntil, s.PausedUntil, s.UnderWay, s.Limit
	}
	return p, nil
}

func (h *handlers) handshakeShow(w http.ResponseWriter, r *http.Request) error {
	h.handshakes.mu.Lock()
	found := h.handshakes.find(r.PathValue("id"))
	if found == nil {
		h.handshakes.mu.Unlock()
		return statusError(http.StatusNotFound) // or older than what is kept
	}
	props := views.HandshakeProps{Handshake: *found, Now: time.Now(), SDKURL: h.SDKURL.String(), Mask: caramelo.Secret{}.String()}
	h.handshakes.mu.Unlock()
	props.Request = caramelo.Shown(caramelo.Customer{ID: props.PersonID, Name: props.Name, Email: props.Email, Lang: props.Lang})
	if h.Caramelo != nil {
		props.Endpoint = h.Caramelo.Endpoint()
	}
	return h.render(w, r, page{
		status: http.StatusOK, title: i18n.T(r.Context(), "title.handshake"), current: paths.AdminAssistant, chat: h.startChat(r),
		body: views.HandshakePage(props),
	})
}

// handshakeReport takes what a page's browser makes of the assistant. One of few
// known words is kept of each thing; no person reads the answer.
func (h *handlers) handshakeReport(w http.ResponseWriter, r *http.Request) error {
	browser := views.Browser{
		SDK:    known(r.PostForm.Get("sdk"), "loaded", "failed", "slow"),
		Socket: known(r.PostForm.Get("socket"), "online", "offline", "ended"),
	}
	for _, directive := range r.PostForm["blocked"][:min(len(r.PostForm["blocked"]), maxBlocked)] {
		browser.Blocked = append(browser.Blocked, pick(directives, directive))
	}
	browser.Blocked = slices.Compact(slices.Sorted(slices.Values(browser.Blocked)))
	h.handshakes.report(r.PostForm.Get("handshake"), person(r).ID, browser)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// known is word if it is one of words, and "" otherwise.
func known(word string, words ...string) string {
	if i := slices.Index(words, word); i >= 0 {
		return words[i]
	}
	return ""
}
