package inspector

import (
	"strings"
	"time"

	"github.com/carameloai/intranet/internal/caramelo"
	"github.com/carameloai/intranet/internal/store"
	"github.com/carameloai/intranet/internal/web"
)

// Bounds of a handshake's texts, in bytes.
const (
	maxPage    = 200
	maxProblem = 200
)

// Handshake is a call to Caramelo for one page. It holds neither the secret nor
// the token, and nothing of the answer as it came. In JSON it has the names of the columns.
type Handshake struct {
	N           int64         `json:"-"`  // in the order in which they were written
	ID          string        `json:"id"` // that of the page's request, as in the log
	At          time.Time     `json:"at"`
	Replica     string        `json:"replica"` // that served the page
	Page        string        `json:"page"`    // its path
	PersonID    string        `json:"person_id"`
	Name        string        `json:"name"`
	Email       string        `json:"email"`
	Lang        string        `json:"lang"`
	Kind        string        `json:"kind"` // how it ended
	Status      int           `json:"status"`
	Calls       int           `json:"calls"`
	Problem     string        `json:"problem"` // in English, as in the log; "" for none
	Duration    time.Duration `json:"duration"`
	Connect     time.Duration `json:"connect"`
	TLS         time.Duration `json:"tls"`
	Wait        time.Duration `json:"wait"`
	Read        time.Duration `json:"read"`
	Held        time.Duration `json:"held"`             // that the page waited for it
	Type        string        `json:"type"`             // of the answer's content
	Size        int           `json:"size"`             // of the answer
	Keys        []string      `json:"keys"`             // the documented ones that the answer had
	Expires     time.Time     `json:"expires,omitzero"` // zero: unknown
	ProjectID   string        `json:"project_id"`
	web.Browser `json:"-"`
}

// ok reports whether there was a token.
func (h Handshake) ok() bool { return h.Kind == string(caramelo.OK) }

// bad reports whether something went wrong. That a person left first is nothing wrong.
func (h Handshake) bad() bool { return !h.ok() && h.Kind != string(caramelo.Canceled) }

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
