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
func (hs *handshakes) report(id string, p *store.Person, seen Browser) {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if h := hs.find(id); h != nil && h.PersonID == p.ID {
		h.Browser = views.Browser(seen)
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

// observe keeps what is worth knowing of a handshake. The texts are copies: a part
// of a request's address would keep all of it.
func (hs *handshakes) observe(seen Handshake) {
	p, o, page := seen.Person, seen.Outcome, seen.Page
	h := views.Handshake{
		ID: seen.ID, At: time.Now(), Page: strings.Clone(page[:min(len(page), maxHandshakePage)]),
		PersonID: p.ID, Name: p.Name, Email: p.Email, Lang: p.Lang,
		Kind: string(o.Kind), Status: o.Status, Calls: o.Calls, Duration: o.Duration,
		Connect: o.Split.Connect, TLS: o.Split.TLS, Wait: o.Split.Wait, Read: o.Split.Read,
		Type: o.Answer.Type, Size: o.Answer.Size, Keys: o.Answer.Keys, Expires: o.Answer.Expires,
		Held: seen.Held, ProjectID: seen.ProjectID,
	}
	if o.Err != nil {
		problem, _, _ := strings.Cut(o.Err.Error(), "\n") // a panic has its stack behind it
		h.Problem = strings.Clone(Text(problem, maxProblem))
	}
	hs.add(h)
}

func (h *handlers) handshakesIndex(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	props, err := h.handshakesProps(r)
	if err != nil {
		return err
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "title.handshakes"), Current: paths.AdminAssistant,
		Body: views.Handshakes(props),
	})
}

// handshakesLive is the list and nothing around it: no page, so no token.
func (h *handlers) handshakesLive(w http.ResponseWriter, r *http.Request, p *store.Person) error {
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
			return p, StatusError(http.StatusBadRequest)
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

func (h *handlers) handshakeShow(w http.ResponseWriter, r *http.Request, p *store.Person) error {
	h.handshakes.mu.Lock()
	found := h.handshakes.find(r.PathValue("id"))
	if found == nil {
		h.handshakes.mu.Unlock()
		return StatusError(http.StatusNotFound) // or older than what is kept
	}
	props := views.HandshakeProps{Handshake: *found, Now: time.Now(), SDKURL: h.SDKURL.String(), Mask: caramelo.Secret{}.String()}
	h.handshakes.mu.Unlock()
	props.Request = caramelo.Shown(caramelo.Customer{ID: props.PersonID, Name: props.Name, Email: props.Email, Lang: props.Lang})
	if h.Caramelo != nil {
		props.Endpoint = h.Caramelo.Endpoint()
	}
	return h.Render(w, r, Page{
		Title: i18n.T(r.Context(), "title.handshake"), Current: paths.AdminAssistant,
		Body: views.HandshakePage(props),
	})
}
